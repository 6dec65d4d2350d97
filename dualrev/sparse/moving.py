"""The structure of functions that move entries about: reshaping, joining, indexing, choosing, writing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.indexing import getitem, item, replaced
from ..core.objects import assembled
from ..rules import ufuncmethods
from ..rules.antidiagonals import along_antidiagonals, windows
from ..rules.contracting import rearranged
from ..rules.indexing import scattered
from ..rules.shaping import converted, joined
from .sets import Sets, gathered, pooled, union
from .structure import STRUCTURE, Varies, everywhere, smeared, word

__all__ = ["MOVERS"]

MOVERS = (np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.copy, np.flip, np.roll, np.diagonal, np.tril, np.triu,
          np.broadcast_to, np.repeat, np.fft.fftshift, np.fft.ifftshift, rearranged, windows)


def _moved(function: Any) -> Any:
    def structure(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
        if any(varies(i) for i in range(1, len(raw))) or any(map(varies, options)):
            return everywhere(shape, active)
        return active[0].like(function(active[0].codes, *raw[1:], **options))

    return structure


for _function in MOVERS:
    STRUCTURE[_function] = _moved(_function)


@word(converted, item, np.conjugate)
def kept(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """Every entry stays where it is."""
    return active[0].like(active[0].codes.reshape(shape))


def _mixed_pool(active: dict[int, Sets], raw: Any, places: Any) -> tuple[dict[int, Any], Sets]:
    """The codes of the active arguments in one pool, and of the others, among the given ones, zeros."""
    parts = pooled(list(active.values()))
    codes = {i: np.zeros(np.shape(raw[i]), np.int64) for i in places}
    codes.update({i: part.codes for i, part in zip(active, parts, strict=True)})
    return codes, parts[0]


@word(joined, assembled)
def side_by_side(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """The entries of several arrays, each once."""
    codes, form = _mixed_pool(active, raw, range(len(raw)))
    if "axis" in options:
        return form.like(np.concatenate([codes[i] for i in range(len(raw))], axis=options["axis"]))
    return form.like(np.array([codes[i] for i in range(len(raw))], np.int64).reshape(shape))


@word(np.where)
def chosen(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """Either array's entry; both, where the condition may come out differently."""
    if varies(0):
        total: Sets | None = None
        for sets in active.values():
            total = union(total, sets.spread(shape))
        return total
    codes, form = _mixed_pool(active, raw, (1, 2))
    return form.like(np.where(raw[0], codes[1], codes[2]))


def unsettled_axes(i: int, raw: Any, ndim: int, varies: Varies) -> tuple[int, ...]:
    """The axes along which an index, argument i, may read other entries at another point."""
    if not varies(i):
        return ()
    index = raw[i] if type(raw[i]) is tuple else (raw[i],)
    plain = all(isinstance(part, (int, np.integer, slice)) or (isinstance(part, np.ndarray) and part.dtype.kind in "iu") for part in index)
    if not plain or any(isinstance(part, slice) and varies((i, k)) for k, part in enumerate(index)):
        return tuple(range(ndim))
    return tuple(k for k in range(len(index)) if varies((i, k)))


@word(getitem)
def read(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """The entries that an index reads. The number that a mask reads is taken to stay."""
    mask = isinstance(raw[1], np.ndarray) and raw[1].dtype == bool
    a = active[0] if mask else smeared(active[0], unsettled_axes(1, raw, active[0].codes.ndim, varies))
    return a.like(a.codes[raw[1]])


@word(replaced)
def written(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """The old entries, but for those that an index names."""
    codes, form = _mixed_pool(active, raw, (0, 1))
    before = np.broadcast_to(codes[0], shape)
    axes = unsettled_axes(2, raw, len(shape), varies)
    if not axes:
        after = before.copy()
        after[raw[2]] = codes[1]
        return form.like(after)
    if 1 not in active:
        return form.like(before)
    if isinstance(raw[2], np.ndarray) and raw[2].dtype == bool:
        return union(form.like(before), active[1].one().spread(shape))
    fresh = np.zeros(shape, np.int64)
    fresh[raw[2]] = codes[1]
    return union(form.like(before), smeared(form.like(fresh), axes))


@word(scattered)
def put(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """Entries put into zeros, added up where an index names a place several times."""
    return put_at(1, active[0], shape, raw, varies)


def put_at(i: int, a: Sets, shape: Any, raw: Any, varies: Varies) -> Sets:
    """The same for the index that is argument i."""
    place = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)[raw[i]]
    codes = np.broadcast_to(a.codes, place.shape)
    mask = isinstance(raw[i], np.ndarray) and raw[i].dtype == bool
    return smeared(gathered(a, codes.ravel(), place.ravel(), shape), () if mask else unsettled_axes(i, raw, len(shape), varies))


@word(ufuncmethods.added)
def increased(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """The old entries, and at an index the new ones as well."""
    total = active[0].spread(shape) if 0 in active else None
    return union(total, put_at(2, active[1], shape, raw, varies)) if 1 in active else total


@word(along_antidiagonals)
def added(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """The entries of each antidiagonal, or of each diagonal."""
    rows, columns = active[0].codes.shape[-2:]
    back = raw[1] if len(raw) > 1 else options.get("back", False)
    batch = np.arange(int(np.prod(shape[:-1], dtype=int))).reshape((*shape[:-1], 1, 1)) * shape[-1]
    place = batch + np.arange(rows)[:, None] + np.arange(columns)[:: -1 if back else 1]
    return gathered(active[0], active[0].codes.ravel(), place.ravel(), shape)
