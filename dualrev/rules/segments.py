"""Reductions of segments, ``ufunc.reduceat``: from each index to the next, or of one entry where that does not come later.

The entries are laid out in the order of the segments, each as often as there are segments that it belongs to; where the indices increase, that is a slice.
"""

import numpy as np

from ..core.indexing import getitem
from ..core.rows import TABLE, composite, decomposed, linear
from ..core.tracer import Tracer, apply, meta, passive
from .extrema import real_count
from .indexing import scattered
from .reducing import ordinary, others

LONG = 256  # entries of a segment, on average, from which on segments are dealt with one by one


class Layout:
    """Where each segment begins and how long it is, before and after the entries are laid out along an axis of n."""

    def __init__(self, indices, n, axis, ndim):
        self.starts = np.asarray(passive(indices), dtype=int)
        following = np.append(self.starts[1:], n)
        self.lengths = np.where(self.starts < following, following - self.starts, 1)
        self.begin = np.cumsum(self.lengths) - self.lengths
        self.ordered = bool(np.all(self.starts[1:] > self.starts[:-1])) and self.starts.size > 0
        self.n, self.axis, self.ahead = n, axis, (slice(None),) * (axis % ndim)
        self.long = int(np.sum(self.lengths)) > LONG * self.starts.size

    def slices(self):
        """The index of each segment, before the entries are laid out and after."""
        return [((*self.ahead, slice(i, i + n)), (*self.ahead, slice(k, k + n))) for i, k, n in zip(self.starts.tolist(), self.begin.tolist(), self.lengths.tolist(), strict=True)]

    def place(self):
        """The index of the laid-out entries."""
        if self.ordered:
            return (*self.ahead, slice(int(self.starts[0]), None))
        return (*self.ahead, np.repeat(self.starts - self.begin, self.lengths) + np.arange(np.sum(self.lengths)))

    def laid(self, x):
        """The entries of an array."""
        if self.long and not self.ordered:
            return np.concatenate([x[piece] for piece, _ in self.slices()], axis=self.axis)
        return x[self.place()]

    def back(self, z):
        """The transpose of that: contributions of laid-out entries, added up."""
        shape = list(meta(z)[0])
        shape[self.axis] = self.n
        if isinstance(z, Tracer) or self.ordered or not self.long:
            return scattered(z, self.place(), tuple(shape))
        r = np.zeros(shape, z.dtype)
        for piece, laid in self.slices():
            r[piece] += z[laid]
        return r

    def spread(self, y):
        """What belongs to each segment, for each of its entries."""
        return np.repeat(y, self.lengths, axis=self.axis)

    def sums(self, z):
        """The sums of laid-out entries over the segments."""
        return summed(z, self.begin, self.axis)


def laid_out(indices, a, axis):
    """The layout for segments of an array."""
    return Layout(indices, a.shape[axis], axis, len(a.shape))


def summed(a, indices, axis):
    """np.add.reduceat."""
    return apply(summed, (a, indices, axis), {}) if isinstance(a, Tracer) else np.add.reduceat(a, indices, axis=axis)


def summed_transpose(g, x, indices, axis):
    """Every summand receives the cotangents of its segments."""
    layout = laid_out(indices, x, axis)
    if not layout.long or isinstance(g, Tracer):
        return layout.back(layout.spread(g))
    r = np.zeros(x.shape, meta(g)[1])
    for k, (piece, _) in enumerate(layout.slices()):
        r[piece] += g[(*layout.ahead, slice(k, k + 1))]
    return r


def multiplied(a, indices, axis):
    """np.multiply.reduceat."""
    return apply(multiplied, (a, indices, axis), {}) if isinstance(a, Tracer) else np.multiply.reduceat(a, indices, axis=axis)


def remaining_factors(y, a, layout):
    """The product of all other entries of a segment, for each laid-out entry: divided out, or, exact at zeros, multiplied."""
    if ordinary(y, a):
        return layout.spread(y) / layout.laid(a)
    rows = np.moveaxis(a, layout.axis, -1)
    parts = [others(rows[..., i:i + n], -1) for i, n in zip(layout.starts.tolist(), layout.lengths.tolist(), strict=True)]
    return np.moveaxis(np.concatenate(parts, axis=-1), -1, layout.axis)


def multiplied_tangent(t, y, a, indices, axis):
    """The product rule."""
    layout = laid_out(indices, a, axis)
    return layout.sums(remaining_factors(y, a, layout) * layout.laid(t))


def multiplied_cotangent(g, y, a, indices, axis):
    """Each factor receives g times all others."""
    layout = laid_out(indices, a, axis)
    return layout.back(remaining_factors(y, a, layout) * layout.spread(g))


def extremes(a, ufunc, indices, axis):
    """np.maximum.reduceat or np.minimum.reduceat."""
    return apply(extremes, (a, ufunc, indices, axis), {}) if isinstance(a, Tracer) else ufunc.reduceat(a, indices, axis=axis)


def attained(y, a, layout):
    """Which laid-out entries attain the extremum of their segment, NaN among them, and how many share it."""
    y, a = passive(y), layout.laid(passive(a))
    hit, lost = a == layout.spread(y), y != y
    if isinstance(lost, Tracer) or np.any(lost):
        hit = hit | ((a != a) & layout.spread(lost))
    return hit, layout.sums(hit * 1.0)


def places(y, a, layout):
    """Where the extrema of a few long segments of a plain vector are attained."""
    if not layout.long or type(a) is not np.ndarray or a.ndim > 1 or isinstance(y, Tracer):
        return None
    found = []
    for (piece, _), best in zip(layout.slices(), y, strict=True):
        part = a[piece]
        found.append(np.flatnonzero(part == best if best == best else part != part) + piece[0].start)
    return found


def extremes_tangent(t, y, a, ufunc, indices, axis):
    """What was attained, ties shared."""
    layout = laid_out(indices, a, axis)
    found = None if isinstance(t, Tracer) else places(y, a, layout)
    if found is not None:
        return np.array([t[place[0]] if place.size == 1 else np.mean(t[place]) for place in found], t.dtype)
    hit, n = attained(y, a, layout)
    return layout.sums(np.where(hit, layout.laid(t), 0)) / real_count(n, t)


def extremes_cotangent(g, y, a, ufunc, indices, axis):
    """To those that attained it, in equal shares."""
    layout = laid_out(indices, a, axis)
    found = None if isinstance(g, Tracer) else places(y, a, layout)
    if found is None:
        hit, n = attained(y, a, layout)
        return layout.back(np.where(hit, layout.spread(g / real_count(n, g)), 0))
    r = np.zeros(a.shape, g.dtype)
    for share, place in zip(g, found, strict=True):
        r[place] += share / place.size
    return r


def extremes_read(y, a, ufunc, indices, axis):
    """The derivative for long segments, if one entry of each attains its extremum: to read these."""
    found = places(y, a, laid_out(indices, a, axis))
    return None if found is None or any(place.size != 1 for place in found) else (TABLE[getitem], (np.concatenate(found),))


def samples(*ufunc):
    """Samples for the tests of the table: increasing indices, and others."""
    return [lambda rng, indices=indices, axis=axis: ((rng.normal(size=(3, 4)), *ufunc, np.array(indices), axis), {})
            for indices, axis in (([0, 2], 1), ([1, 0, 2], 0), ([1, 2], -1))]


linear(summed, summed_transpose, None, None, selective=True, batch="axis", name="sums of segments", domain=samples())
composite(multiplied, multiplied_tangent, None, None, vjp=(multiplied_cotangent, None, None), batch="axis", name="products of segments", domain=samples())
composite(extremes, extremes_tangent, None, None, None, vjp=(extremes_cotangent, None, None, None), selective=True, batch="axis", name="extrema of segments",
          domain=samples(np.maximum)).fixed = extremes_read


def reduceat(of):
    """ufunc.reduceat with its keywords."""
    return lambda a, indices, axis=0, dtype=None: of(a if dtype is None else a.astype(dtype), indices, axis)


decomposed(np.add.reduceat, reduceat(summed), name="np.add.reduceat")
decomposed(np.multiply.reduceat, reduceat(multiplied), name="np.multiply.reduceat")
for ufunc in (np.maximum, np.minimum):
    decomposed(ufunc.reduceat, reduceat(lambda a, indices, axis, ufunc=ufunc: extremes(a, ufunc, indices, axis)), name=f"np.{ufunc.__name__}.reduceat")
