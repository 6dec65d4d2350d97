"""Windows that move over an array: their geometry, reading them, adding into them, and the largest entry of each."""

import dataclasses
import math

import numpy as np

from ..core.rows import composite, constant, linear
from ..core.tracer import Tracer, apply
from ..core.words import several
from . import batched_windows


@dataclasses.dataclass(frozen=True)
class Geometry:
    """How windows of a kernel's shape move over the last axes of an array of the given shape.

    ``stride`` and ``dilation`` have one number an axis, ``padding`` a pair (before, after); ``groups`` divide the channels of a convolution.
    """

    shape: tuple
    kernel: tuple
    stride: tuple
    padding: tuple
    dilation: tuple
    groups: int = 1

    @property
    def padded(self):
        """Lengths with the padding."""
        return tuple(n + a + b for n, (a, b) in zip(self.shape, self.padding, strict=True))

    @property
    def reach(self):
        """Lengths that a window covers, with the gaps that dilation leaves."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def places(self):
        """How many places the window has along each axis."""
        return tuple((n - r) // s + 1 for n, r, s in zip(self.padded, self.reach, self.stride, strict=True))

    @property
    def inner(self):
        """Where the array lies in the padded one."""
        return (..., *(slice(a, a + n) for n, (a, _) in zip(self.shape, self.padding, strict=True)))

    @property
    def count(self):
        """Entries in a window."""
        return math.prod(self.kernel)

    def offsets(self):
        """For each entry of the window the index that reads it from the padded array, at all places at once."""
        for corner in np.ndindex(self.kernel):
            starts = [d * k for d, k in zip(self.dilation, corner, strict=True)]
            yield (..., *(slice(a, a + s * (m - 1) + 1, s) for a, s, m in zip(starts, self.stride, self.places, strict=True)))


def padded(x, geometry, value=0.0):
    """x with its padding."""
    if not any(map(sum, geometry.padding)):
        return x
    lead = x.shape[:x.ndim - len(geometry.shape)]
    y = np.zeros((*lead, *geometry.padded), x.dtype) if value == 0 else np.full((*lead, *geometry.padded), value, x.dtype)
    y[geometry.inner] = x
    return y


def weighed(x, weights, geometry):
    """The sum of each window's entries, times their weights: shape (kernel's size, *lead, *places), or 1."""
    if isinstance(x, Tracer) or isinstance(weights, Tracer):
        return apply(weighed, (x, weights, geometry), {})
    wide = padded(x, geometry)
    y = np.zeros((*x.shape[:x.ndim - len(geometry.shape)], *geometry.places), x.dtype)
    for k, index in enumerate(geometry.offsets()):
        y += wide[index] if weights is None else wide[index] * weights[k]
    return y


def laid_back(g, weights, geometry):
    """Each place's entry added to all entries of its window, times their weights: the transpose of the above."""
    if isinstance(g, Tracer) or isinstance(weights, Tracer):
        return apply(laid_back, (g, weights, geometry), {})
    wide = np.zeros((*g.shape[:g.ndim - len(geometry.shape)], *geometry.padded), g.dtype)
    for k, index in enumerate(geometry.offsets()):
        wide[index] += g if weights is None else g * weights[k]
    return np.ascontiguousarray(wide[geometry.inner])


PLANE = Geometry((4, 5), (2, 3), (2, 1), ((1, 0), (0, 1)), (1, 1))
OVERLAP = Geometry((7,), (3,), (2,), ((1, 1),), (2,))
RAMP = np.arange(3.0).reshape(3, 1, 1)
linear(weighed, lambda g, x, weights, geometry: laid_back(g, weights, geometry), None, None, name="sum over windows", batch=several(batched_windows.weighed),
       domain=[lambda rng: ((rng.normal(size=(2, 4, 5)), None, PLANE), {}), lambda rng: ((rng.normal(size=(2, 7)), RAMP, OVERLAP), {})])
linear(laid_back, lambda g, y, weights, geometry: weighed(g, weights, geometry), None, None, name="sum over windows (transposed)",
       batch=several(batched_windows.weighed),
       domain=[lambda rng: ((rng.normal(size=(2, *PLANE.places)), None, PLANE), {}), lambda rng: ((rng.normal(size=(2, *OVERLAP.places)), RAMP, OVERLAP), {})])


def largest(x, geometry):
    """The largest entry of each window; padding is never chosen."""
    if isinstance(x, Tracer):
        return apply(largest, (x, geometry), {})
    wide = padded(x, geometry, -np.inf)
    first, *rest = geometry.offsets()
    y = np.array(wide[first])
    for index in rest:
        np.maximum(y, wide[index], out=y)
    return y


def chosen(y, x, geometry):
    """The share of each entry of a window in its largest: 1, divided evenly among equals."""
    if isinstance(x, Tracer) or isinstance(y, Tracer):
        return apply(chosen, (y, x, geometry), {})
    wide = padded(x, geometry, -np.inf)
    equal = np.empty((geometry.count, *y.shape), bool)
    for k, index in enumerate(geometry.offsets()):
        np.equal(wide[index], y, out=equal[k])
    ties = np.sum(equal, axis=0)
    ties[ties == 0] = 1  # a window with a NaN
    return equal if np.all(ties == 1) else (equal / ties).astype(y.dtype)


constant(chosen, batch=several(batched_windows.chosen))
composite(largest, lambda t, y, x, geometry: weighed(t, chosen(y, x, geometry), geometry), None,
          vjp=(lambda g, y, x, geometry: laid_back(g, chosen(y, x, geometry), geometry), None), name="maximum over windows", batch="leading",
          domain=[lambda rng: ((rng.normal(size=(2, 4, 5)), PLANE), {}), lambda rng: ((rng.normal(size=(1, 7)), OVERLAP), {})])
