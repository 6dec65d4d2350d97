"""The largest and smallest entries: of all, of segments, and so far. Ties share equally; of a running extremum the first has it."""

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.indexing import getitem
from ..core.rows import TABLE, composite, constant, decomposed
from ..core.tracer import Tracer, apply, meta, passive
from .indexing import along, scattered
from .reducing import axes_of, spread

MANY = 1000  # entries from which on a mask costs more than the call of a function
FEW = 16  # entries for each result from which on these are looked up one by one


def attained(x, y, axis, where, initial, missing):
    """Which entries attain an extremum, NaN among them unless it counts as missing, and how many share it, the initial value too."""
    x = passive(x)
    best = spread(passive(y), np.shape(x), axis)
    hit = x == best
    lost = best != best
    if not missing and (isinstance(lost, Tracer) or np.any(lost)):
        hit = hit | ((x != x) & lost)
    if where is not True:
        hit = hit & where
    elif type(hit) is np.ndarray and initial is None and not np.any(lost) and np.count_nonzero(hit) == np.size(best):
        return hit, np.ones(np.shape(best), int)
    n = np.count_nonzero(hit, axis=None if axis is None else axes_of(axis, np.ndim(x)), keepdims=True)
    return hit, np.maximum(n + (False if initial is None else best == initial), 1)


def real_count(n, like):
    """A count in the precision of what it divides."""
    return n.astype(np.finfo(meta(like)[1]).dtype)


def places(y, a, axis, initial, where):
    """The places in a large plain array that attain the extrema, as an index, if each is attained and shared by nothing else; one extremum may be shared."""
    if initial is not None or where is not True or type(a) is not np.ndarray or a.size < MANY or isinstance(y, Tracer):
        return None
    size = getattr(y, "size", 1)
    hit = a == (y if size == 1 else spread(y, a.shape, axis))
    count = np.count_nonzero(hit)
    if size == 1:
        return (np.flatnonzero(hit) if count > 1 else hit.argmax().reshape(1),) if count else None
    if a.size < FEW * size or count != size or np.any(y != y):
        return None
    return np.unravel_index(np.flatnonzero(hit), a.shape)


def read_at(y, a, axis, keepdims, initial, where):
    """The derivative of an extremum in large arrays: to read the entries that attain it, if each is alone. As the row and the index for that."""
    at = squeezed(y, a, axis, keepdims)
    found = places(at, a, axis, initial, where)
    if found is None or (len(found) == 1 and found[0].size > 1):
        return None
    if len(found) == 1:
        place = int(found[0][0])
        index = (place,) if a.ndim == 1 else tuple(map(int, np.unravel_index(place, a.shape)))
        return TABLE[getitem], (tuple(np.full(y.shape, place) for place in index) if getattr(y, "shape", ()) else index,)
    gone = axes_of(axis, a.ndim)
    index = [np.empty(np.shape(at), int) for _ in found]
    for lane, place in zip(index, found, strict=True):
        lane[tuple(other for k, other in enumerate(found) if k not in gone)] = place
    return TABLE[getitem], (tuple(np.reshape(lane, np.shape(y)) for lane in index),)


def extremum_rules(missing):
    """The tangent and the cotangent of an extremum; ties share equally."""
    def tangent(t, y, a, axis=None, out=None, keepdims=False, initial=None, where=True):
        shape, y = meta(y)[0], squeezed(y, a, axis, keepdims)
        found = None if isinstance(t, Tracer) else places(y, a, axis, initial, where)
        if found is None:
            hit, n = attained(a, y, axis, where, initial, missing)
            return np.reshape(np.sum(np.where(hit, t, 0), axis=axis, keepdims=True) / real_count(n, t), shape)
        if len(found) == 1:
            t = np.ravel(t)[found]
            return np.reshape(t if t.size == 1 else np.mean(t), shape)
        gone = axes_of(axis, a.ndim)
        r = np.empty(tuple(1 if k in gone else n for k, n in enumerate(a.shape)), t.dtype)
        r[tuple(0 if k in gone else place for k, place in enumerate(found))] = t[found]
        return np.reshape(r, shape)

    def cotangent(g, y, a, axis=None, out=None, keepdims=False, initial=None, where=True):
        y = squeezed(y, a, axis, keepdims)
        found = None if isinstance(g, Tracer) else places(y, a, axis, initial, where)
        if found is None:
            hit, n = attained(a, y, axis, where, initial, missing)
            return np.where(hit, spread(g, np.shape(a), axis, keepdims) / real_count(n, g), 0)
        r = np.zeros(a.shape, meta(g)[1])
        if len(found) == 1:
            r.reshape(-1)[found] = np.reshape(g, ()) / found[0].size
        else:
            gone = axes_of(axis, a.ndim)
            r[found] = spread(g, a.shape, axis, keepdims)[tuple(0 if k in gone else place for k, place in enumerate(found))]
        return r

    return tangent, cotangent


def squeezed(y, a, axis, keepdims):
    """The result without the axes that keepdims keeps."""
    y = passive(y)
    return np.squeeze(y, axes_of(axis, np.ndim(a))) if keepdims else y


tangent, cotangent = extremum_rules(missing=False)
for extremum in (np.max, np.min):
    composite(extremum, tangent, vjp=(cotangent,), selective=True, batch="axes").fixed = (
        lambda y, a, axis=None, keepdims=False, initial=None, where=True: read_at(y, a, axis, keepdims, initial, where))
for name in ("amax", "amin"):
    if getattr(np, name) not in (np.max, np.min):
        decomposed(getattr(np, name), (lambda f: lambda a, *args, **k: f(a, *args, **k))(getattr(np, name[1:])))
decomposed(np.ptp, lambda a, axis=None, keepdims=False: np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims))
decomposed(np.maximum.reduce, lambda a, axis=0, **k: np.max(a, axis=axis, **k), name="np.maximum.reduce")
decomposed(np.minimum.reduce, lambda a, axis=0, **k: np.min(a, axis=axis, **k), name="np.minimum.reduce")


def extreme(a, ufunc, axis, keepdims=False, initial=None, where=True):
    """ufunc.reduce of np.fmax or np.fmin: np.nanmax or np.nanmin, without their warning where all is NaN."""
    if isinstance(a, Tracer):
        return apply(extreme, (a, ufunc, axis), {"keepdims": keepdims, "initial": initial, "where": where})
    return ufunc.reduce(a, axis=axis, keepdims=keepdims, initial=initial, where=where)


def among(rule):
    """The rule of an extremum, with the ufunc among its arguments."""
    return lambda g, y, a, ufunc, axis, keepdims=False, initial=None, where=True: rule(g, y, a, axis=axis, keepdims=keepdims, initial=initial, where=where)


def reduced(ufunc):
    """ufunc.reduce of np.fmax or np.fmin; an initial value with a derivative of its own comes last."""
    def body(a, axis=0, dtype=None, keepdims=False, initial=None, where=True):
        if dtype is not None or (isinstance(initial, Tracer) and where is not True):
            raise NoRuleError(f"np.{ufunc.__name__}.reduce has no derivative rule for dtype=, or where= beside a traced initial={at_line()}. "
                              "Use astype or np.where on its argument.")
        if isinstance(initial, Tracer):
            return ufunc(extreme(a, ufunc, axis, keepdims=keepdims), initial)
        return extreme(a, ufunc, axis, keepdims=keepdims, initial=initial, where=where)

    return body


def sample(ufunc, axis):
    """A sample for the tests of the table."""
    return lambda rng: ((rng.normal(size=(3, 4)), ufunc, axis), {})


tangent, cotangent = extremum_rules(missing=True)
composite(extreme, among(tangent), None, None, vjp=(among(cotangent), None, None), selective=True, batch="axes", name="an extremum beside NaN",
          domain=[sample(np.fmax, 0), sample(np.fmin, (0, 1))]).fixed = (
              lambda y, a, ufunc, axis, keepdims=False, initial=None, where=True: read_at(y, a, axis, keepdims, initial, where))
for ufunc in (np.fmax, np.fmin):
    decomposed(ufunc.reduce, reduced(ufunc), name=f"np.{ufunc.__name__}.reduce")


def so_far(a, ufunc, axis):
    """ufunc.accumulate of an extremum."""
    return apply(so_far, (a, ufunc, axis), {}) if isinstance(a, Tracer) else ufunc.accumulate(a, axis=axis)


def records(y):
    """Where a running extremum along the last axis has changed, its beginning included."""
    new = np.ones(y.shape, bool)
    np.not_equal(y[..., 1:], y[..., :-1], out=new[..., 1:])
    if np.any(y[..., :1] != y[..., :1]) or np.any(y[..., -1:] != y[..., -1:]):  # NaN stays to the end, or gives way to the first number
        new[..., 1:] &= (y[..., 1:] == y[..., 1:]) | (y[..., :-1] == y[..., :-1])
    return new


def holders(y, axis):
    """The place of the entry that attained a running extremum first."""
    if isinstance(y, Tracer):
        return apply(holders, (y, axis), {})
    new = records(np.moveaxis(y, axis, -1))
    return np.moveaxis(np.maximum.accumulate(np.where(new, np.arange(new.shape[-1]), 0), axis=-1), -1, axis)


constant(holders, batch="axis")


def so_far_tangent(t, y, a, ufunc, axis):
    """What the holder's tangent is: that of each record for as long as it stands."""
    y = passive(y)
    if isinstance(y, Tracer) or not y.size:
        return np.take_along_axis(t, holders(y, axis), axis)
    y, t = np.moveaxis(y, axis, -1), np.moveaxis(t, axis, -1)
    begin = np.flatnonzero(records(y))
    return np.moveaxis(np.reshape(np.repeat(np.ravel(t)[begin], np.diff(begin, append=y.size)), y.shape), -1, axis)


def so_far_cotangent(g, y, a, ufunc, axis):
    """Each holder receives the cotangents of all for which it stands."""
    y = passive(y)
    if isinstance(y, Tracer) or not y.size:
        return scattered(g, along(holders(y, axis), y.shape, axis % len(y.shape)), y.shape)
    y, g = np.moveaxis(y, axis, -1), np.moveaxis(g, axis, -1)
    begin = np.flatnonzero(records(y))
    return np.moveaxis(np.reshape(scattered(np.add.reduceat(np.ravel(g), begin), begin, (y.size,)), y.shape), -1, axis)


def accumulated(ufunc):
    """ufunc.accumulate."""
    def body(a, axis=0, dtype=None):
        return so_far(a if dtype is None else a.astype(dtype), ufunc, axis)

    return body


composite(so_far, so_far_tangent, None, None, vjp=(so_far_cotangent, None, None), selective=True, batch="axis", name="an extremum so far",
          domain=[sample(np.maximum, 0), sample(np.fmin, -1)])
for ufunc in (np.maximum, np.minimum, np.fmax, np.fmin):
    decomposed(ufunc.accumulate, accumulated(ufunc), name=f"np.{ufunc.__name__}.accumulate")
