"""Series and continued fractions, entry by entry: entries that take about as many terms are worked out together, in stretches that stay in the cache."""

import math

import numpy as np

from .quadrature import STRETCH

WIDTH = 150_000  # numbers in a table, so that a few of them stay in the cache
LEAST = 2048  # but so many in a row, which makes a call for it worth while
FEW = 256  # entries up to which a way is taken once, with the terms of the worst of them


def spread(a, shape):
    """The entries of an array of this shape that broadcasts."""
    return (a if a.shape == shape else np.broadcast_to(a, shape)).reshape(-1)


def by_effort(ways, which, count, *args, results=None):
    """Evaluate ``ways[i](n, *args)`` on the entries where ``which`` is i, with an n of at least their ``count`` of terms (256 at most to the octave of four steps).

    All are numbers or arrays that broadcast. What has one entry reaches the way with one entry, so that what is made of it alone is made once. Integers count as
    float64, and the result has the type of the arguments. With a number of ``results`` the ways return, and so does this, an array of so many.
    """
    arrays = [np.asarray(a) for a in args]
    kind = np.result_type(*arrays, np.float16)
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    flat = [a.astype(float, copy=False).reshape(1) if a.size == 1 else spread(a, shape).astype(float, copy=False) for a in arrays]
    size = math.prod(shape)
    out = np.empty((*(() if results is None else (results,)), size))
    which, count = spread(np.asarray(which), shape), spread(np.asarray(count), shape)
    with np.errstate(all="ignore"):
        level = np.ceil(4 * np.log2(np.maximum(1.0, count)))
        level = np.where(np.isfinite(level), level, 0).astype(np.int16)  # what is not finite has no finite result however many terms are taken
        for i, step, chosen in grouped(len(ways), which, level):
            for start in range(0, len(chosen), STRETCH):
                part = chosen[start: start + STRETCH]
                out[..., part] = ways[i](int(np.ceil(2.0 ** (step / 4))), *(a if len(a) == 1 else a[part] for a in flat))
    return out.reshape((*out.shape[:-1], *shape)).astype(kind, copy=False)[()]


def grouped(ways, which, level):
    """The numbers of the entries with the same way and level, with these two; of few entries those with the same way, with the highest level of them."""
    if len(level) <= FEW:
        own = [(i, np.flatnonzero(which == i)) for i in range(ways)] if ways > 1 else [(0, np.arange(len(level)))]
        return [(i, np.max(level[chosen]), chosen) for i, chosen in own if len(chosen)]
    most = int(np.max(level)) + 1
    key = level + np.int16(most) * which.astype(np.int16)
    size = np.bincount(key)
    groups = np.flatnonzero(size)
    return [(*divmod(int(group), most), chosen) for group, chosen in zip(groups, np.split(np.argsort(key, kind="stable"), np.cumsum(size[groups])[:-1]), strict=True)]


def tabled(compute, n, *columns):
    """Evaluate ``compute(n, *columns)`` so many columns at a time that the tables stay in the cache; what has one entry is given as it is."""
    length = max(LEAST, WIDTH // n)
    count = max(map(len, columns))
    return np.concatenate([compute(n, *(c if len(c) == 1 else c[start: start + length] for c in columns)) for start in range(0, count, length)]) if count > length \
        else compute(n, *columns)


def rising_series(n, a, z, factorial, m=1):
    """The Taylor coefficients in a of S = 1 + z/(a+1) + z**2/((a+1)(a+2)) + ..., each term over k! too where ``factorial``, by n terms.

    That of 1/((a+1)...(a+k)) over itself is (-1)**i times the i-th complete symmetric polynomial of 1/(a+1), ..., 1/(a+k).
    """
    term = np.ones(np.broadcast_shapes(a.shape, z.shape))
    total, share = [np.ones_like(term), *(np.zeros_like(term) for _ in range(m))], np.empty_like(term)
    rest = [np.zeros_like(a) for _ in range(m)]
    for k in range(1, n + 1):
        step = 1 / (a + k)
        np.multiply(z, step / k if factorial else step, out=share)
        term *= share
        total[0] += term
        for i in range(m):
            rest[i] += step * rest[i - 1] if i else step
            np.multiply(term, rest[i], out=share)
            total[i + 1] += share
    for odd in total[1::2]:
        np.negative(odd, out=odd)
    return total
