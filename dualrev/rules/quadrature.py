"""Integrals without a closed form, entry by entry: the trapezoidal rule after a change of variables that makes it converge exponentially."""

import functools
import math

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.tracer import passive
from .arithmetic import number

CHUNK = 512  # entries at a time, so that the table of nodes stays in the cache
STRETCH = 8192  # and where there is no such table
MANY = 64  # entries from which the terms of a series, one after the other, take less than all nodes of an integral at once


def entrywise(compute, *args):
    """Evaluate ``compute`` on columns of float64 (complex128 where an argument is complex), a chunk at a time; it returns one number a row."""
    arrays = [np.asarray(a) for a in args]
    kind = np.result_type(*arrays, np.float16 if all(a.dtype.kind == "f" for a in arrays) else np.float64)
    wide = np.complex128 if kind.kind == "c" else np.float64
    return in_parts(compute, [a.astype(wide) for a in arrays], kind, CHUNK, (1,))


def blockwise(compute, *args):
    """Evaluate many operations on whole arrays of float64 a stretch at a time, so that what lies between them stays in the cache."""
    arrays = [np.asarray(a) for a in args]
    return in_parts(compute, [a.astype(float, copy=False) for a in arrays], np.result_type(*arrays, np.float16), STRETCH, ())


def in_parts(compute, arrays, kind, length, column):
    """Evaluate ``compute`` on so many entries at a time, and return all of them in the given type."""
    whole = np.broadcast_arrays(*arrays)
    shape, flat = whole[0].shape, [a.reshape(-1, *column) for a in whole]
    out = np.empty(len(flat[0]), arrays[0].dtype)
    with np.errstate(all="ignore"):
        for start in range(0, len(out), length):
            out[start: start + length] = compute(*(a[start: start + length] for a in flat))
    return out.reshape(shape).astype(kind, copy=False)[()]


def by_rows(mask, first, second, *columns):
    """``first`` of the rows that a column of truth values chooses, and ``second`` of the others; neither is called for none."""
    mask = mask[:, 0]
    out = np.empty(len(mask), np.result_type(*columns))
    for chosen, compute in ((mask, first), (~mask, second)):
        if np.any(chosen):
            out[chosen] = compute(*(c[chosen] for c in columns))
    return out


def worst(*counts):
    """The largest number among these arrays, and 1 at least; of what is missing or infinite there is no count."""
    return max(float(np.max(c, initial=1.0, where=np.isfinite(c))) for c in counts)


def half_line(f, least, most, count=512):
    """The integral of f over (0, inf): the trapezoidal rule in log(t), from ``least`` to ``most``, beyond which nothing is left."""
    low = np.log(least)
    h = (np.log(most) - low) / (count - 1)
    t = np.exp(low + h * np.arange(count))
    return np.sum(f(t) * t, axis=-1) * h[..., 0]


@functools.cache
def gauss(count):
    """Nodes and weights of Gauss's rule on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def cumulative(slopes, m, n=0):
    """The (m, n)-th derivative of exp(f) over exp(f), where ``slopes(i, j)`` is that of f."""
    found = {(0, 0): 1.0}
    for i in range(m + 1):
        for j in range(n + 1):
            if i:
                found[i, j] = sum(math.comb(i - 1, p) * math.comb(j, q) * slopes(p + 1, q) * found[i - 1 - p, j - q] for p in range(i) for q in range(j + 1))
            elif j:
                found[i, j] = sum(math.comb(j - 1, q) * slopes(0, q + 1) * found[0, j - 1 - q] for q in range(j))
    return found[m, n]


def masked(x, mask, other):
    """X where the mask holds, and a harmless number elsewhere."""
    return number(np.where(passive(mask), x, other))


def within(name, outside, domain):
    """Refuse a parameter derivative outside of the domain over which its accuracy is known."""
    if np.any(outside):
        raise NoRuleError(f"the derivative of {name} has no derivative rule outside of {domain}{at_line()}. Pass dualrev.stop_gradient of the parameter to treat it as constant.")
