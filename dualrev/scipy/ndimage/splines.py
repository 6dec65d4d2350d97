"""Spline coefficients of images, and the weights with which a spline reads them.

The coefficients c solve B c = x with the banded matrix B of the B-spline's values at whole numbers. Where an image goes on periodically or is mirrored between entries,
B is symmetric; mirrored at its first and last entries, B D^-1 is, with D = diag(1/2, 1, ..., 1, 1/2). So the transpose is the filter itself, between two scalings.
M. Unser, A. Aldroubi, M. Eden, B-spline signal processing, IEEE Trans. Signal Processing 41 (1993).
"""

import numpy as np
import scipy.ndimage as theirs

from ...core.errors import NoRuleError, at_line
from ...core.rows import decomposed, linear
from ...rules.products import array
from ..mirror import dispatched, mirror

spline_filter1d, spline_filter = mirror(theirs.spline_filter1d), mirror(theirs.spline_filter)

SYMMETRIC = frozenset({"reflect", "grid-mirror", "nearest", "grid-wrap"})  # the others are mirrored at the entries
BEYOND = {"nearest": "edge", "grid-constant": "constant"}  # modes in which SciPy lengthens the image first
REACH, SHORT = 12, 40


@dispatched
def coefficients(x, order, axis, mode):
    """SciPy's coefficients of a spline along an axis, in the image's own type."""
    if order < 2 or x.shape[axis] < 2:
        return x.copy()
    if x.dtype.kind == "c":
        return (theirs.spline_filter1d(x.real, order, axis, mode=mode) + 1j * theirs.spline_filter1d(x.imag, order, axis, mode=mode)).astype(x.dtype)
    return theirs.spline_filter1d(x, order, axis, mode=mode).astype(x.dtype)


def coefficients_transpose(g, x, order, axis, mode):
    """D B^-1 D^-1; at the ends of a short image SciPy solves another system where that is mirrored between entries, so that its matrix itself is transposed."""
    n = x.shape[axis]
    if mode in SYMMETRIC and 1 < n <= SHORT and order > 1:
        return np.moveaxis(np.tensordot(theirs.spline_filter1d(np.eye(n), order, 0, mode=mode).astype(np.finfo(g.dtype).dtype), g, (0, axis)), 0, axis)
    if mode in SYMMETRIC or n < 2 or order < 2:
        return coefficients(g, order, axis, mode)
    d = np.ones(n, g.dtype)
    d[[0, -1]] = 0.5
    d = np.reshape(d, [n if k == axis % len(x.shape) else 1 for k in range(len(x.shape))])
    return d * coefficients(g / d, order, axis, mode)


linear(coefficients, coefficients_transpose, None, None, None, name="dr.scipy.ndimage.spline_filter1d (in the image's type)", domain=[
    lambda rng, mode=mode, order=order: ((rng.normal(size=(4, 5)), order, 1, mode), {}) for mode, order in (("mirror", 3), ("reflect", 2), ("grid-wrap", 4), ("constant", 5))])


def along(input, order=3, axis=-1, output=np.float64, mode="mirror"):
    """spline_filter1d."""
    return coefficients(double(input, output), order, axis, mode)


def everywhere(input, order=3, output=np.float64, mode="mirror"):
    """spline_filter: one axis after the other."""
    if order not in range(2, 6):
        raise RuntimeError("spline order not supported")
    x = double(input, output)
    return filtered(x, order, mode, range(x.ndim))


def double(input, output):
    """The image in double precision, as SciPy has it unless told otherwise."""
    if output is not np.float64 and output != np.float64:
        raise NoRuleError(f"dr.scipy.ndimage has no derivative rule for output={at_line()}. Use the return value, and astype.")
    x = array(input)
    return x.astype(np.complex128 if x.dtype.kind == "c" else float)


def filtered(x, order, mode, axes):
    """The coefficients along axes."""
    for axis in axes:
        x = coefficients(x, order, axis, mode)
    return x


def prepared(x, order, mode, cval, prefilter, axes):
    """What is read at coordinates along axes for an image, and by how much that is longer at each end."""
    if order < 2 or not prefilter:
        return x, 0
    reach = REACH if mode in BEYOND else 0
    if reach:
        x = np.pad(x, [(reach, reach) if k in axes else (0, 0) for k in range(x.ndim)], BEYOND[mode], **({"constant_values": cval} if mode == "grid-constant" else {}))
    return filtered(x, order, mode, axes), reach


def weights(u, order):
    """The values of the order + 1 B-splines that are not 0 at u in [0, 1], by the recursion of Cox and de Boor."""
    w = [1.0 + 0.0 * u]
    for q in range(1, order + 1):
        w = [((u - (k - q)) / q * w[k - 1] if k else 0.0) + ((k + 1 - u) / q * w[k] if k < q else 0.0) for k in range(q + 1)]
    return w


decomposed(spline_filter1d, along)
decomposed(spline_filter, everywhere)
