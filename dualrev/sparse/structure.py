"""Which entries of a result hang on which entries of the arguments: one word for each linear and multilinear function where it matters.

A word is ``structure(shape, active, raw, options, varies)``: the result's shape, the index sets of the active arguments by position, the plain
arguments and keywords, and ``varies(i)``, which tells whether an argument that carries no derivative may be another one at another point. A function without a
word is taken to mix all entries; elementwise and composite functions need none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.indexing import getitem, item, replaced
from ..core.objects import assembled
from ..core.rows import TABLE
from ..rules.contracting import contracted, rearranged
from ..rules.indexing import scattered
from ..rules.shaping import converted, joined
from ..rules.signals import convolved
from .sets import Sets, gathered, pooled, union

__all__ = ["STRUCTURE"]

Varies = Callable[[Any], bool]
STRUCTURE: dict[Any, Callable[..., Sets | None]] = {}
MOVERS = (np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.ravel, np.copy, np.flip, np.roll, np.diagonal, np.tril, np.triu,
          np.broadcast_to, np.repeat, np.fft.fftshift, np.fft.ifftshift, rearranged)


def word(*functions: Any) -> Callable[[Any], Any]:
    """Declare the structure of functions."""
    def declare(structure: Any) -> Any:
        for function in functions:
            STRUCTURE[function] = structure
        return structure

    return declare


def smeared(a: Sets, axes: tuple[int, ...]) -> Sets:
    """Let every entry have the sets of all entries along some axes."""
    axes = tuple(k for k in axes if a.shape[k] > 1)
    if not axes or not a.codes.size:
        return a
    return summed(a, axes, True).spread(a.shape)


def summed(a: Sets, axes: tuple[int, ...], keepdims: bool = False) -> Sets:
    """The sets of a sum over some axes."""
    shape = a.shape
    kept = tuple(1 if k in axes else n for k, n in enumerate(shape))
    groups = np.broadcast_to(np.arange(int(np.prod(kept, dtype=int))).reshape(kept), shape)
    return gathered(a, a.codes.ravel(), groups.ravel(), kept if keepdims else tuple(n for k, n in enumerate(shape) if k not in axes))


def linked(a: Sets, out: Any, into: Any, shape: tuple[int, ...]) -> Sets:
    """The sets of a result whose entry ``out[k]`` depends on the entry ``into[k]`` of a, both counted in C order."""
    return gathered(a, a.codes.ravel()[into], out, shape)


def everywhere(shape: tuple[int, ...], active: dict[int, Sets]) -> Sets | None:
    """All entries mixed."""
    total: Sets | None = None
    for sets in active.values():
        total = union(total, sets.one())
    return None if total is None else total.spread(shape)


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
    a = active[0]
    place = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)[raw[1]]
    codes = np.broadcast_to(a.codes, place.shape)
    mask = isinstance(raw[1], np.ndarray) and raw[1].dtype == bool
    return smeared(gathered(a, codes.ravel(), place.ravel(), shape), () if mask else unsettled_axes(1, raw, len(shape), varies))


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    return tuple(range(ndim)) if axis is None else tuple(k % ndim for k in (axis if isinstance(axis, tuple) else (axis,))) if ndim else ()


def _argument(raw: Any, options: Any, place: int, name: str, default: Any = None) -> Any:
    return raw[place] if len(raw) > place else options.get(name, default)


@word(np.sum, np.mean)
def reduced(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """All entries along the reduced axes; those that a plain ``where=`` leaves out are not read."""
    a, where = active[0], options.get("where", True)
    if where is not True and not varies("where"):
        a = a.like(np.where(where, a.codes, 0))
    dtype = options.get("dtype")
    if dtype is not None and np.dtype(dtype).kind in "biu":
        return a.like(np.zeros(shape, np.int64))
    found = summed(a, _axes(_argument(raw, options, 1, "axis"), a.codes.ndim))
    return found.like(found.codes.reshape(shape))


@word(np.cumsum)
def running(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """All entries up to each one."""
    a, axis = active[0], _argument(raw, options, 1, "axis")
    codes = a.codes.ravel() if axis is None or not a.codes.ndim else np.moveaxis(a.codes, axis, -1)
    n = codes.shape[-1]
    places = np.arange(codes.size).reshape(-1, n)
    out, into = np.nonzero(np.tri(n, dtype=bool)) if n * n * len(places) <= 4_000_000 else (None, None)
    if out is None:  # too many to tell apart
        total = smeared(a.like(codes), (codes.ndim - 1,))
    else:
        total = linked(a.like(codes), places[:, out].ravel(), places[:, into].ravel(), codes.shape)
    return total.like(total.codes.reshape(shape) if axis is None or not a.codes.ndim else np.moveaxis(total.codes, -1, axis))


@word(np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft)
def transformed(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """All entries along the transformed axis."""
    a, axis = active[0], _argument(raw, options, 2, "axis", -1)
    return summed(a, (axis % a.codes.ndim,), True).spread(shape)


@word(np.add.reduceat)
def segmented(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """The entries of each segment."""
    if varies(1):
        return everywhere(shape, active)
    a, axis = active[0], _argument(raw, options, 2, "axis", 0)
    codes = np.moveaxis(a.codes, axis, 0)
    starts = np.asarray(raw[1])
    ends = np.append(starts[1:], codes.shape[0])
    counts = np.where(starts < ends, ends - starts, 1)
    owner = np.repeat(np.arange(starts.size), counts)
    place = np.arange(owner.size) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
    rest = int(np.prod(codes.shape[1:], dtype=int))
    numbers = np.arange(codes.size).reshape(codes.shape[0], rest)
    out = np.arange(starts.size * rest).reshape(starts.size, rest)[owner]
    found = linked(a.like(codes), out.ravel(), numbers[place].ravel(), (starts.size, *codes.shape[1:]))
    return found.like(np.moveaxis(found.codes, 0, axis))


@word(np.matmul)
def product(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """Row times column; the zeros of a plain matrix are not read."""
    total: Sets | None = None
    for i, sets in active.items():
        other = raw[1 - i]
        plain = 1 - i not in active and not varies(1 - i)
        if plain and np.ndim(other) == 2 and sets.codes.ndim <= 2 and np.count_nonzero(other) < np.size(other):
            total = union(total, _through_matrix(shape, sets, np.asarray(other) if i == 1 else np.asarray(other).T, i))
            continue
        axis = sets.codes.ndim - 1 if i == 0 or sets.codes.ndim == 1 else sets.codes.ndim - 2
        part = summed(sets, (axis,), True)
        if sets.codes.ndim == 1 and np.ndim(other) >= 2:
            part = part.like(part.codes.reshape(()))
        elif np.ndim(other) == 1:
            part = part.like(part.codes.reshape(part.shape[:-1] if i == 0 else (*part.shape[:-2], part.shape[-1])) if sets.codes.ndim > 1 else part.codes.reshape(()))
        total = union(total, part.spread(shape))
    return total


def _through_matrix(shape: Any, a: Sets, matrix: Any, i: int) -> Sets:
    """``matrix @ a``, or its transpose where a stands on the left, by the nonzeros of the matrix."""
    rows, columns = np.nonzero(matrix)
    codes = a.codes if i == 1 or a.codes.ndim == 1 else a.codes.T
    wide = 1 if codes.ndim == 1 else codes.shape[1]
    out = (rows[:, None] * wide + np.arange(wide)).ravel()
    into = (columns[:, None] * wide + np.arange(wide)).ravel()
    found = linked(a.like(codes), out, into, (matrix.shape[0],) if codes.ndim == 1 else (matrix.shape[0], wide))
    return found if i == 1 or codes.ndim == 1 else found.like(found.codes.T)


@word(np.outer)
def outer(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """One entry of each."""
    total: Sets | None = None
    for i, sets in active.items():
        total = union(total, sets.like(sets.codes.reshape((-1, 1) if i == 0 else (1, -1))).spread(shape))
    return total


@word(contracted)
def einsum(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """All entries along the letters that are summed."""
    inputs, output = raw[0].split("->")
    total: Sets | None = None
    for i, sets in active.items():
        letters = "".join(dict.fromkeys(inputs.split(",")[i - 1]))
        part = sets.like(np.einsum(f"{inputs.split(',')[i - 1]}->{letters}", sets.codes))
        part = summed(part, tuple(k for k, c in enumerate(letters) if c not in output))
        left = [c for c in letters if c in output]
        codes = np.transpose(part.codes, [left.index(c) for c in output if c in left])
        missing = tuple(k for k, c in enumerate(output) if c not in left)
        total = union(total, part.like(np.expand_dims(codes, missing)).spread(shape))
    return total


@word(convolved)
def convolution(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """The entries under the reversed other vector; the zeros of a plain one are not read."""
    n, m, count = len(raw[0]), len(raw[1]), shape[0]
    start = 0 if count == n + m - 1 else min(n, m) - 1 if count == max(n, m) - min(n, m) + 1 else (min(n, m) - 1) - min(n, m) // 2
    total: Sets | None = None
    for i, sets in active.items():
        other = np.ones(len(raw[1 - i]), bool) if 1 - i in active or varies(1 - i) else np.asarray(raw[1 - i]) != 0
        into, step = np.nonzero(np.broadcast_to(other, (len(raw[i]), other.size)))
        out = into + step - start
        live = (out >= 0) & (out < count)
        total = union(total, linked(sets, out[live], into[live], shape))
    return total


assert all(TABLE[function].kind in ("linear", "multilinear") for function in STRUCTURE)
