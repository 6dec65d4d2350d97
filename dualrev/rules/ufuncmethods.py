"""The methods of ufuncs, keyed by the functions that they are: ``reduce``, ``accumulate``, ``reduceat`` and ``at``."""

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.indexing import replaced
from ..core.rows import decomposed, linear
from ..core.tracer import concrete
from .indexing import scattered
from .reducing import flattened

decomposed(np.add.reduce, lambda a, axis=0, **k: np.sum(a, axis=axis, **k), name="np.add.reduce")
decomposed(np.multiply.reduce, lambda a, axis=0, **k: np.prod(a, axis=axis, **k), name="np.multiply.reduce")
decomposed(np.maximum.reduce, lambda a, axis=0, **k: np.max(a, axis=axis, **k), name="np.maximum.reduce")
decomposed(np.minimum.reduce, lambda a, axis=0, **k: np.min(a, axis=axis, **k), name="np.minimum.reduce")
decomposed(np.add.accumulate, lambda a, axis=0, dtype=None: np.cumsum(a, axis=axis, dtype=dtype), name="np.add.accumulate")
decomposed(np.multiply.accumulate, lambda a, axis=0, dtype=None: np.cumprod(a, axis=axis, dtype=dtype), name="np.multiply.accumulate")


def running(extremum):
    """A running extremum picks, for each place, the entry that attained it first."""
    def body(a, axis=0, dtype=None):
        best = np.moveaxis(extremum.accumulate(concrete(a), axis=axis, dtype=dtype), axis, 0)
        record = np.ones(best.shape, bool)
        record[1:] = (best[1:] != best[:-1]) & ~((best[1:] != best[1:]) & (best[:-1] != best[:-1]))
        place = np.arange(best.shape[0]).reshape((-1,) + (1,) * (best.ndim - 1))
        return np.take_along_axis(a, np.moveaxis(np.maximum.accumulate(np.where(record, place, 0), axis=0), 0, axis), axis)

    return body


decomposed(np.maximum.accumulate, running(np.maximum), name="np.maximum.accumulate")
decomposed(np.minimum.accumulate, running(np.minimum), name="np.minimum.accumulate")


def segments(indices, n):
    """Where each segment of reduceat begins and ends."""
    indices = [int(i) for i in np.asarray(indices)]
    return [(i, j if i < j else i + 1) for i, j in zip(indices, [*indices[1:], n], strict=True)]


def add_reduceat_transpose(g, x, indices, axis=0, dtype=None, out=None):
    """Every summand receives the cotangents of its segments."""
    bounds = segments(indices, x.shape[axis])
    owner = np.repeat(np.arange(len(bounds)), [j - i for i, j in bounds])
    place = np.concatenate([np.arange(i, j) for i, j in bounds]) if bounds else np.zeros(0, int)
    rows = (x.shape[axis], *(n for k, n in enumerate(x.shape) if k != axis % len(x.shape)))
    return np.moveaxis(scattered(np.moveaxis(g, axis, 0)[owner], place, rows), 0, axis)


def reduceat(reduce):
    """ufunc.reduceat as reductions of slices."""
    def body(a, indices, axis=0, dtype=None):
        rows = np.moveaxis(a, axis, 0)
        return np.stack([reduce(rows[i:j], axis=0, dtype=dtype) if dtype else reduce(rows[i:j], axis=0) for i, j in segments(indices, rows.shape[0])], axis=axis)

    return body


linear(np.add.reduceat, add_reduceat_transpose, None, name="np.add.reduceat")
for ufunc, reduce in ((np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min)):
    decomposed(ufunc.reduceat, reduceat(reduce), name=f"np.{ufunc.__name__}.reduceat")


ASSOCIATIVE = (np.fmax, np.fmin, np.hypot, np.logaddexp, np.logaddexp2)
LONG = 32  # slices from which on an associative function is folded in halves, and scanned by doubling


def halved(ufunc, rows):
    """The fold of an associative function along the last axis, by folding the one half onto the other."""
    while rows.shape[-1] > 1:
        n = rows.shape[-1] // 2
        half = ufunc(rows[..., :n], rows[..., n:2 * n])
        rows = half if rows.shape[-1] == 2 * n else np.concatenate([half, rows[..., -1:]], axis=-1)
    return rows[..., 0]


def doubled(ufunc, rows):
    """The running fold of an associative function along the first axis, in log2(n) steps on whole arrays."""
    reach = 1
    while reach < rows.shape[0]:
        rows = np.concatenate([rows[:reach], ufunc(rows[:-reach], rows[reach:])])
        reach *= 2
    return rows


def folded(ufunc):
    """ufunc.reduce of any other binary ufunc, slice by slice; long ones of many slices at once, where the order does not matter."""
    def body(a, axis=0, dtype=None, keepdims=False, initial=None, where=True):
        if dtype is not None or where is not True:
            raise NoRuleError(f"np.{ufunc.__name__}.reduce has no derivative rule for dtype= or where={at_line()}. Use astype or np.where on its argument.")
        flat, _, gone = flattened(a, axis)
        many = flat.shape[-1] > LONG and (ufunc in ASSOCIATIVE or ufunc is np.subtract)
        if many and ufunc is np.subtract:
            slices = [flat[..., 0], np.sum(flat[..., 1:], axis=-1)] if initial is None else [np.sum(flat, axis=-1)]
        else:
            slices = [halved(ufunc, flat)] if many else [flat[..., k] for k in range(flat.shape[-1])]
        y = slices.pop(0) if initial is None else initial
        for part in slices:
            y = ufunc(y, part)
        return np.reshape(y, tuple(1 if k in gone else n for k, n in enumerate(a.shape))) if keepdims else y

    return body


def accumulated(ufunc):
    """ufunc.accumulate of any other binary ufunc, slice by slice."""
    def body(a, axis=0, dtype=None):
        if dtype is not None:
            raise NoRuleError(f"np.{ufunc.__name__}.accumulate has no derivative rule for dtype={at_line()}. Use astype on its argument.")
        rows = np.moveaxis(a, axis, 0)
        if not rows.shape[0]:
            return a * 1.0
        if rows.shape[0] > LONG and ufunc in ASSOCIATIVE:
            return np.moveaxis(doubled(ufunc, rows), 0, axis)
        if rows.shape[0] > LONG and ufunc is np.subtract:
            return np.moveaxis(np.concatenate([rows[:1], rows[:1] - np.cumsum(rows[1:], axis=0)]), 0, axis)
        so_far = [rows[0]]
        for k in range(1, rows.shape[0]):
            so_far.append(ufunc(so_far[-1], rows[k]))
        return np.stack(so_far, axis=axis)

    return body


for ufunc in (np.subtract, np.divide, np.fmax, np.fmin, np.hypot, np.logaddexp, np.logaddexp2):
    decomposed(ufunc.reduce, folded(ufunc), name=f"np.{ufunc.__name__}.reduce")
    decomposed(ufunc.accumulate, accumulated(ufunc), name=f"np.{ufunc.__name__}.accumulate")


def at(ufunc):
    """ufunc.at, functionally: the updated array. An entry that is named several times is updated in several rounds."""
    def body(a, indices, b=None):
        place = np.arange(a.size).reshape(a.shape)[indices]
        flat, values = np.ravel(a), None if b is None else np.ravel(np.broadcast_to(b, place.shape))
        for chosen in rounds(place.ravel()):
            old = flat[place.ravel()[chosen]]
            flat = replaced(flat, ufunc(old) if values is None else ufunc(old, values[chosen]), place.ravel()[chosen])
        return np.reshape(flat, a.shape)

    return body


def rounds(places):
    """Split positions into rounds in which no place occurs twice, in their order."""
    order = np.argsort(places, kind="stable")
    first = np.searchsorted(places[order], places[order])
    turn = np.empty(places.size, int)
    turn[order] = np.arange(places.size) - first
    return [np.flatnonzero(turn == k) for k in range(turn.max(initial=-1) + 1)]


for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.negative, np.square, np.sqrt, np.exp, np.log, np.sin, np.cos):
    decomposed(ufunc.at, at(ufunc), name=f"np.{ufunc.__name__}.at")
