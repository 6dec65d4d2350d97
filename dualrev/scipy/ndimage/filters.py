"""Filters: sums of weighted neighbours, beyond the edges those that the mode names.

y[i] = sum_j w[j] x[i + j - o] in the padded image. In the weights the cotangent is a correlation of g with the image; in the image one spreads g with the weights over
the padded image and adds up what stands for the same entry.
"""

import itertools

import numpy as np
import scipy.ndimage as theirs
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...core.errors import NoRuleError, at_line
from ...core.rows import decomposed, linear, multilinear
from ...core.tracer import concrete
from ...rules.indexing import scattered
from ...rules.products import array
from ..mirror import dispatched, mirror

__all__ = ["image", "one_each"]

correlate1d, convolve1d, correlate, convolve, laplace, sobel, prewitt = (
    mirror(getattr(theirs, name)) for name in ("correlate1d", "convolve1d", "correlate", "convolve", "laplace", "sobel", "prewitt"))
gaussian_filter1d, gaussian_filter, gaussian_laplace, gaussian_gradient_magnitude = (
    mirror(getattr(theirs, name)) for name in ("gaussian_filter1d", "gaussian_filter", "gaussian_laplace", "gaussian_gradient_magnitude"))
uniform_filter1d, uniform_filter = mirror(theirs.uniform_filter1d), mirror(theirs.uniform_filter)

PADDING = {"reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap", "grid-wrap": "wrap"}  # else constant


def image(x, output):
    """A float array; SciPy's ``output`` has no rule."""
    if output is not None:
        raise NoRuleError(f"dr.scipy.ndimage has no derivative rule for output={at_line()}. Use the return value, and astype.")
    x = array(x)
    if x.dtype.kind not in "fc":
        raise NoRuleError(f"dr.scipy.ndimage gives whole numbers for an image of whole numbers, which have no derivative{at_line()}. Give the image as floats.")
    return x


@dispatched
def filtered(x, w, mode, origins):
    """SciPy's correlation with weights of as many axes, 0 beyond constant edges."""
    long = [k for k, n in enumerate(w.shape) if n > 1]
    if len(long) < 2:
        k = long[0] if long else 0
        return theirs.correlate1d(x, w.ravel(), k, mode=mode, origin=origins[k])
    return theirs.correlate(x, w, mode=mode, origin=origins)


def widths(w, origins):
    """How many entries are needed before and after each axis."""
    return [(n // 2 + o, n - 1 - n // 2 - o) for n, o in zip(w.shape, origins, strict=True)]


def spread_out(g, x, w, mode, origins):
    """The cotangent of the image."""
    ends = widths(w, origins)
    whole = np.pad(g, [(n - 1 - n // 2, n // 2) for n in w.shape])
    z = filtered(whole, np.flip(w), "constant", (0,) * len(origins))
    for axis, (before, after) in enumerate(ends):
        z = folded(z, axis, x.shape[axis], before, after, mode)
    return z


def folded(z, axis, n, before, after, mode):
    """The entries of a padded axis, added up where they stand for."""
    lead = (slice(None),) * axis
    middle = z[(*lead, slice(before, before + n))]
    if mode not in PADDING or not before + after:
        return middle
    place = np.pad(np.arange(n), (before, after), PADDING[mode])
    beyond = np.r_[:before, before + n: before + n + after]
    return middle + scattered(z[(*lead, beyond)], (*lead, place[beyond]), middle.shape)


def against_image(g, x, w, mode, origins):
    """The cotangent of the weights."""
    padded = np.pad(x, widths(w, origins), PADDING.get(mode, "constant"))
    parts = [np.sum(g * padded[tuple(slice(j, j + n) for j, n in zip(place, x.shape, strict=True))]) for place in itertools.product(*map(range, w.shape))]
    return np.reshape(np.stack(parts), w.shape)


multilinear(filtered, spread_out, against_image, name="dr.scipy.ndimage.correlate (of zero edges)", domain=[
    lambda rng, mode=mode, o=o: ((rng.normal(size=(4, 5)), rng.normal(size=(3, 2)), mode, o), {})
    for mode, o in (("reflect", (0, 0)), ("mirror", (1, 0)), ("nearest", (-1, -1)), ("wrap", (0, 0)), ("constant", (1, -1)))]
    + [lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=(1, 7)), "reflect", (0, 2)), {})])


def whole_filter(x, w, mode, cval, origins):
    """`filtered`, and what a constant beyond the edges adds."""
    y = filtered(x, w.astype(np.result_type(w.dtype, np.float32)), mode, origins)
    if mode in ("constant", "grid-constant") and np.any(concrete(cval)):
        y = y + cval * (np.sum(w) - filtered(np.ones(x.shape), w, mode, origins))
    return y.astype(x.dtype)


def line_filter(turned):
    """correlate1d, or convolve1d: the same with the weights turned round."""
    def body(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
        x, w = image(input, output), array(weights)
        axis, n = normalize_axis_index(axis, x.ndim), w.shape[0]
        if turned:
            w, origin = w[::-1], -origin - (n + 1) % 2
        origins = tuple(origin if k == axis else 0 for k in range(x.ndim))
        return whole_filter(x, np.reshape(w, [n if k == axis else 1 for k in range(x.ndim)]), mode, cval, origins)

    return body


def space_filter(turned):
    """correlate, or convolve."""
    def body(input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
        x, w = image(input, output), array(weights)
        axes = tuple(range(x.ndim)) if axes is None else normalize_axis_tuple(axes, x.ndim)
        if w.ndim != len(axes):
            raise RuntimeError(f"weights.ndim ({w.ndim}) must match len(axes) ({len(axes)})")
        given = dict(zip(axes, one_each(origin, len(axes)), strict=True))
        w = np.expand_dims(w, tuple(k for k in range(x.ndim) if k not in given))  # in the order of the image's axes, whatever that of ``axes``
        origins = [given.get(k, 0) for k in range(x.ndim)]
        if turned:
            w, origins = np.flip(w), [-o - (n + 1) % 2 if k in given else 0 for k, (o, n) in enumerate(zip(origins, w.shape, strict=True))]
        return whole_filter(x, w, mode, cval, tuple(origins))

    return body


decomposed(correlate1d, line_filter(False))
decomposed(convolve1d, line_filter(True))
decomposed(correlate, space_filter(False))
decomposed(convolve, space_filter(True))


def one_each(value, n):
    """One value an axis."""
    return [value] * n if isinstance(value, str) or not np.iterable(value) else list(value)


def bell(input, sigma, axis=-1, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *, radius=None):
    """gaussian_filter1d; its weights are SciPy's answer to a single one."""
    reach = int(truncate * float(sigma) + 0.5) if radius is None else radius
    impulse = np.zeros(2 * reach + 1)
    impulse[reach] = 1.0
    weights = theirs.gaussian_filter1d(impulse, sigma, order=order, mode="constant", truncate=truncate, radius=radius)[::-1]
    return line_filter(False)(input, weights, axis, output, mode, cval)


def bells(input, sigma, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *, radius=None, axes=None):
    """gaussian_filter: one axis after the other."""
    x = image(input, output)
    axes = tuple(range(x.ndim)) if axes is None else normalize_axis_tuple(axes, x.ndim)
    n = len(axes)
    for k, s, how, m, r in zip(axes, one_each(sigma, n), one_each(order, n), one_each(mode, n), one_each(radius, n), strict=True):
        if s > 1e-15:
            x = bell(x, s, k, how, None, m, cval, truncate, radius=r)
    return x


decomposed(gaussian_filter1d, bell)
decomposed(gaussian_filter, bells)


def box(size, axis, ndim):
    """The weights of a mean."""
    return np.full([size if k == axis % ndim else 1 for k in range(ndim)], 1.0 / size)


def box_transpose(g, input, size, axis=-1, mode="reflect", cval=0.0, origin=0):
    """The transpose of a mean of neighbours."""
    return spread_out(g, input, box(size, axis, g.ndim), mode, tuple(origin if k == axis % g.ndim else 0 for k in range(g.ndim)))


def boxes(input, size=3, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    """uniform_filter: one axis after the other."""
    x = image(input, output)
    axes = tuple(range(x.ndim)) if axes is None else normalize_axis_tuple(axes, x.ndim)
    n = len(axes)
    for k, s, m, o in zip(axes, one_each(size, n), one_each(mode, n), one_each(origin, n), strict=True):
        if s > 1:
            x = uniform_filter1d(x, int(s), k, mode=m, cval=cval, origin=o)
    return x


linear(uniform_filter1d, box_transpose, jvp=lambda t, size, axis=-1, mode="reflect", cval=0.0, origin=0: uniform_filter1d(t, size, axis, mode=mode, origin=origin))
decomposed(uniform_filter, boxes)


def edges(weights):
    """A difference along one axis, a mean along the others."""
    def body(input, axis=-1, output=None, mode="reflect", cval=0.0):
        x = image(input, output)
        axis, modes, run = normalize_axis_index(axis, x.ndim), one_each(mode, x.ndim), line_filter(False)
        y = run(x, np.array([-1.0, 0, 1]), axis, None, modes[axis], cval)
        for k in range(x.ndim):
            if k != axis:
                y = run(y, np.array(weights), k, None, modes[k], cval)
        return y

    return body


def summed(derivative, power=1):
    """The sum of a derivative along each axis, or the length of the vector of them."""
    def body(input, *sigma, output=None, mode="reflect", cval=0.0, axes=None, **keywords):
        x = image(input, output)
        axes = tuple(range(x.ndim)) if axes is None else normalize_axis_tuple(axes, x.ndim)
        modes = one_each(mode, len(axes))
        parts = [derivative(x, k, axes, m if derivative is second else modes, cval, *sigma, **keywords) for k, m in zip(axes, modes, strict=True)]
        return np.linalg.norm(np.stack(parts), axis=0) if power == 2 else sum(parts)

    return body


def second(x, k, axes, mode, cval):
    """The second difference along an axis."""
    return line_filter(False)(x, np.array([1.0, -2, 1]), k, None, mode, cval)


def smooth(order):
    """A derivative of the image blurred."""
    def derivative(x, k, axes, modes, cval, sigma, **keywords):
        return bells(x, sigma, [order if a == k else 0 for a in axes], None, modes, cval, axes=axes, **keywords)

    return derivative


decomposed(sobel, edges([1.0, 2, 1]))
decomposed(prewitt, edges([1.0, 1, 1]))
decomposed(laplace, lambda input, output=None, mode="reflect", cval=0.0, *, axes=None: summed(second)(input, output=output, mode=mode, cval=cval, axes=axes))
decomposed(gaussian_laplace, lambda input, sigma, output=None, mode="reflect", cval=0.0, **keywords:
           summed(smooth(2))(input, sigma, output=output, mode=mode, cval=cval, **keywords))
decomposed(gaussian_gradient_magnitude, lambda input, sigma, output=None, mode="reflect", cval=0.0, **keywords:
           summed(smooth(1), 2)(input, sigma, output=output, mode=mode, cval=cval, **keywords))
