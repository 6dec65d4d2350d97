"""Convolutions: bilinear. The cotangent of one signal is g in its place of the full convolution, convolved with the other signal reversed."""

import math

import numpy as np
import scipy.signal as theirs

from ...core.rows import decomposed, multilinear
from ...core.tracer import concrete, meta
from ...rules.products import array
from ..mirror import dispatched, mirror

__all__ = ["convolved"]

FEW = 32  # entries of a cotangent up to which a sum for each costs less than transforms of two long signals

convolve, correlate, fftconvolve, oaconvolve = (mirror(getattr(theirs, name)) for name in ("convolve", "correlate", "fftconvolve", "oaconvolve"))
convolve2d, correlate2d = mirror(theirs.convolve2d), mirror(theirs.correlate2d)


@dispatched
def convolved(a, v, mode, how="auto", axes=None):
    """SciPy's convolution of arrays of as many axes; ``how``: a method of scipy.signal.convolve, or the name of one of its other functions."""
    if how in ("fftconvolve", "oaconvolve"):
        return getattr(theirs, how)(a, v, mode, axes)
    return theirs.convolve2d(a, v, mode) if how == "convolve2d" else theirs.convolve(a, v, mode, how)


def along(axes, ndim):
    """The axes that are convolved; the others are broadcast."""
    return range(ndim) if axes is None else [k % ndim for k in ((axes,) if np.ndim(axes) == 0 else axes)]


def lengthened(g, n, m, mode, axes):
    """g at its place in the full convolution of arrays with the shapes n and m."""
    ends = []
    for k, count in enumerate(g.shape):
        chosen = k in along(axes, g.ndim)
        full = n[k] + m[k] - 1 if chosen else max(n[k], m[k])
        start = min(n[k], m[k]) - 1 if mode == "valid" and chosen else (full - count) // 2
        ends.append((start, full - count - start))
    return np.pad(g, ends)


def back(i):
    """The transpose in the first or in the second array."""
    def rule(g, a, v, mode, how="auto", axes=None):
        kept = (v, a)[i]
        if how in ("fftconvolve", "oaconvolve") and axes is None and math.prod(meta((a, v)[i])[0]) <= FEW:
            how = "direct"
        turned = np.flip(kept, tuple(along(axes, g.ndim)))
        return convolved(lengthened(g, a.shape, v.shape, mode, axes), turned, "valid", how, axes)

    return rule


multilinear(convolved, back(0), back(1), name="dr.scipy.signal.convolve (of arrays)", domain=[
    lambda rng, mode=mode, how=how: ((rng.normal(size=(5, 4)), rng.normal(size=(2, 3)), mode, how), {})
    for mode, how in (("full", "auto"), ("same", "direct"), ("valid", "fft"), ("same", "oaconvolve"), ("full", "convolve2d"))]
    + [lambda rng: ((rng.normal(size=(3, 5)), rng.normal(size=(1, 2)), "same", "fftconvolve", 1), {}),
       lambda rng: ((rng.normal(size=2), rng.normal(size=4), "valid", "direct"), {})])


def of_arrays(a, v, mode, how, axes=None):
    """`convolved` of what SciPy takes: numbers too, and nothing."""
    if a.ndim != v.ndim:
        raise ValueError("in1 and in2 should have the same dimensionality")
    if not a.ndim:
        return a * v
    return np.zeros(0) if not a.size or not v.size else convolved(a, v, mode, how, axes)


def turned(v):
    """What a correlation convolves with."""
    v = np.flip(v)
    return np.conj(v) if v.dtype.kind == "c" else v


PADDING = {"wrap": "wrap", "circular": "wrap", "symm": "symmetric", "symmetric": "symmetric"}


def plane(a, v, mode, boundary, fillvalue):
    """convolve2d: what lies beyond the edges is put there first."""
    if a.ndim != 2 or v.ndim != 2:
        raise ValueError("convolve2d inputs must both be 2-D arrays")
    if mode == "valid" or (boundary in ("fill", "pad") and not np.any(concrete(fillvalue))):
        return convolved(a, v, mode, "convolve2d")
    ends = [(m - 1, m - 1) for m in v.shape]
    if boundary in PADDING:
        padded = np.pad(a, ends, PADDING[boundary])
    else:
        padded = np.where(np.pad(np.ones(a.shape, bool), ends), np.pad(a, ends), fillvalue)
    whole = convolved(padded, v, "valid", "convolve2d")
    if mode == "full":
        return whole
    return whole[tuple(slice((m - 1) // 2, (m - 1) // 2 + n) for n, m in zip(a.shape, v.shape, strict=True))]


def correlated_plane(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """correlate2d; SciPy puts the middle of an even kernel one entry further than a convolution."""
    a, v = array(in1), turned(array(in2))
    if mode != "same":
        return plane(a, v, mode, boundary, fillvalue)
    whole = plane(a, v, "full", boundary, fillvalue)
    return whole[tuple(slice(m // 2, m // 2 + n) for n, m in zip(a.shape, v.shape, strict=True))]


decomposed(convolve, lambda in1, in2, mode="full", method="auto": of_arrays(array(in1), array(in2), mode, method))
decomposed(correlate, lambda in1, in2, mode="full", method="auto": of_arrays(array(in1), turned(array(in2)), mode, method))
decomposed(fftconvolve, lambda in1, in2, mode="full", axes=None: of_arrays(array(in1), array(in2), mode, "fftconvolve", axes))
decomposed(oaconvolve, lambda in1, in2, mode="full", axes=None: of_arrays(array(in1), array(in2), mode, "oaconvolve", axes))
decomposed(convolve2d, lambda in1, in2, mode="full", boundary="fill", fillvalue=0: plane(array(in1), array(in2), mode, boundary, fillvalue))
decomposed(correlate2d, correlated_plane)
