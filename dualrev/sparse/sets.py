"""Index sets: on which inputs each entry of a value may depend.

The cheap cases are kept cheap. Each entry has a code: 0 for no input, ``EVERY`` for all of them, and k > 0 for row k - 1 of a pool of
index sets, which moving, repeating and broadcasting entries leaves alone. A pool of None is that of the unit sets: code k is the input k - 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["EVERY", "LIMIT", "Sets", "gathered", "pooled", "union"]

EVERY = -1
LIMIT = 50_000_000  # index entries that one operation may handle; the largest sets beyond it become EVERY, which misses nothing


class Sets:
    """One index set for each entry of a value.

    Parameters
    ----------
    codes : array of int
        Shaped as the value.
    pool : None or (indptr, indices)
        The sets that the codes name, in compressed rows with sorted columns.
    width : int
        How many inputs there are.
    """

    __slots__ = ("codes", "pool", "width")

    def __init__(self, codes: Any, pool: Any, width: int) -> None:
        self.codes, self.pool, self.width = codes, pool, width

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.codes.shape

    def like(self, codes: Any) -> Sets:
        """The sets of a value whose entries come from this one."""
        return Sets(np.asarray(codes), self.pool, self.width)

    def spread(self, shape: tuple[int, ...]) -> Sets:
        """Broadcast to a shape."""
        return self if self.codes.shape == shape else self.like(np.broadcast_to(self.codes, shape))

    def rows(self) -> tuple[Any, Any]:
        """Return (indptr, indices) with one row for each entry, in C order; an entry of EVERY has an empty row."""
        codes = self.codes.ravel()
        if self.pool is None:
            live = codes > 0
            return _starts(live), codes[live] - 1
        starts, columns = self.pool
        if codes.size == len(starts) - 1 and np.array_equal(codes, np.arange(1, codes.size + 1)):
            return self.pool
        counts = self.counts()
        return _starts(counts), columns[_ranges(starts[np.maximum(codes, 1) - 1] if len(starts) > 1 else np.zeros(codes.size, int), counts)]

    def counts(self) -> Any:
        """The size of each entry's set in C order, 0 for EVERY."""
        codes = self.codes.ravel()
        if self.pool is None:
            return (codes > 0).astype(np.int64)
        sizes = np.diff(self.pool[0], prepend=0)  # the first row stands for code 0
        return sizes[np.maximum(codes, 0)]

    def one(self) -> Sets:
        """The union over all entries, as the set of a scalar."""
        return gathered(self, self.codes.ravel(), np.zeros(self.codes.size, np.int64), ())

    def complete(self) -> tuple[Any, Any]:
        """Return (indptr, indices) with one row for each entry, EVERY written out.

        Raises
        ------
        MemoryError
            If that is too much to be worth it.
        """
        every = self.codes.ravel() == EVERY
        if not every.any():
            return self.rows()
        if int(every.sum()) * self.width > 2 * LIMIT:
            raise MemoryError(f"the sparsity pattern has {int(every.sum())} rows that depend on all {self.width} inputs, so it is dense. "
                              "Use dualrev.hvp, dualrev.jvp and dualrev.vjp for products, or sparse=False.")
        counts = np.where(every, self.width, self.counts())
        starts = _starts(counts)
        columns = np.empty(starts[-1], np.int64)
        full = np.repeat(every, counts)
        columns[full] = np.tile(np.arange(self.width), int(every.sum()))
        columns[~full] = self.rows()[1]
        return starts, columns


def _starts(counts: Any) -> Any:
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def _ranges(first: Any, counts: Any) -> Any:
    """Concatenate the ranges that begin at ``first`` and have the lengths ``counts``."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(first - (ends - counts), counts)


def _of_keys(keys: Any, shape: tuple[int, ...], width: int, every: Any) -> Sets:
    """The sets given by sorted unique keys, an entry's number in front of an input's; ``every`` marks the entries that depend on all inputs."""
    count, bits = every.size, _bits(width)
    entries = keys >> bits
    sizes = np.bincount(entries, minlength=count)
    starts = _starts(sizes)
    codes = np.where(sizes > 0, np.arange(1, count + 1), 0)
    codes[every | (sizes == width)] = EVERY if width else 0
    columns = keys & ((1 << bits) - 1)
    if keys.size == 0 or sizes.max() == 1:
        single = np.zeros(count, np.int64)
        single[sizes == 1] = columns + 1
        return Sets(np.where(codes == EVERY, EVERY, single).reshape(shape), None, width)
    return Sets(codes.reshape(shape), (starts, columns), width)


def _bounded(counts: Any) -> Any:
    """Which sets are too large to go on with, given their sizes."""
    if counts.sum() <= LIMIT:
        return np.zeros(len(counts), bool)
    return counts > LIMIT // len(counts)


def union(a: Sets | None, b: Sets | None) -> Sets | None:
    """The union entry by entry; the shapes are broadcast. None stands for no dependence at all."""
    if a is None or b is None or a is b:
        return a if b is None else b
    shape = np.broadcast_shapes(a.shape, b.shape)
    a, b = a.spread(shape), b.spread(shape)
    if a.pool is b.pool and np.array_equal(a.codes, b.codes):
        return a
    if a.pool is None and b.pool is None:
        low, high = np.minimum(a.codes, b.codes), np.maximum(a.codes, b.codes)
        if not ((low > 0) & (low < high)).any():
            return a.like(np.where(low == EVERY, EVERY, high))
    every = ((a.codes == EVERY) | (b.codes == EVERY)).ravel()
    p, q = a.counts(), b.counts()
    every |= _bounded(p + q)
    a, b = (Sets(np.where(every.reshape(shape), 0, s.codes), s.pool, s.width) for s in (a, b)) if every.any() else (a, b)
    return _of_keys(_distinct(np.concatenate([_keys(a), _keys(b)])), shape, a.width, every)


def _keys(a: Sets) -> Any:
    starts, columns = a.rows()
    return np.repeat(np.arange(len(starts) - 1) << _bits(a.width), np.diff(starts)) | columns


def _bits(count: int) -> int:
    """How many bits hold the numbers below ``count``."""
    return max(count - 1, 0).bit_length()


def _distinct(keys: Any) -> Any:
    """Sort keys that nobody else holds and leave out repetitions; two runs that are sorted already are merged."""
    keys.sort(kind="stable")
    first = np.ones(keys.size, bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    return keys[first]


def gathered(a: Sets, codes: Any, groups: Any, shape: tuple[int, ...]) -> Sets:
    """The unions of groups of entries.

    Parameters
    ----------
    a : Sets
        Whose pool the codes name.
    codes, groups : array of int
        A code and the number of the entry of the result that it goes to.
    shape : tuple of int
        Of the result.
    """
    width, count = a.width, int(np.prod(shape, dtype=int))
    every = np.zeros(count, bool)
    every[groups[codes == EVERY]] = True
    live = (codes > 0) & ~every[groups]
    codes, groups = codes[live], groups[live]
    if count == 1:
        return _of_keys(_all_of(a, codes), shape, width, every)
    if a.pool is None:
        return _of_keys(_distinct(groups << _bits(width) | codes - 1), shape, width, every)
    bits = _bits(len(a.pool[0]))
    pairs = _distinct(groups << bits | codes)
    groups, codes = pairs >> bits, pairs & ((1 << bits) - 1)
    counts = np.diff(a.pool[0])[codes - 1]
    every |= _bounded(np.bincount(groups, counts, count).astype(np.int64))
    if every.any():
        live = ~every[groups]
        codes, groups, counts = codes[live], groups[live], counts[live]
    columns = a.pool[1][_ranges(a.pool[0][codes - 1], counts)]
    return _of_keys(_distinct(np.repeat(groups << _bits(width), counts) | columns), shape, width, every)


def _all_of(a: Sets, codes: Any) -> Any:
    """The inputs that any of the codes names, sorted."""
    if a.pool is not None:
        used = np.flatnonzero(_marked(codes - 1, len(a.pool[0]) - 1))
        codes = a.pool[1][_ranges(a.pool[0][used], np.diff(a.pool[0])[used])] + 1
    return np.flatnonzero(_marked(codes - 1, a.width))


def _marked(places: Any, size: int) -> Any:
    hit = np.zeros(size, bool)
    hit[places] = True
    return hit


def pooled(parts: list[Sets]) -> list[Sets]:
    """Give several sets one pool, so that their codes can be mixed."""
    if all(part.pool is parts[0].pool for part in parts):
        return parts
    pools, out, offset = [], [], 0
    for part in parts:
        starts, columns, codes = _compact(part)
        out.append(np.where(codes > 0, codes + offset, codes))
        pools.append((starts, columns))
        offset += len(starts) - 1
    pool = _starts(np.concatenate([np.diff(starts) for starts, _ in pools])), np.concatenate([columns for _, columns in pools])
    return [Sets(codes, pool, part.width) for codes, part in zip(out, parts, strict=True)]


def _compact(a: Sets) -> tuple[Any, Any, Any]:
    """A pool without the rows that no entry names, where these are many, and the codes in it."""
    if a.pool is not None and len(a.pool[0]) <= 2 * a.codes.size + 8:
        return (*a.pool, a.codes)
    if a.pool is None and a.width <= 2 * a.codes.size + 8:
        return np.arange(a.width + 1), np.arange(a.width), a.codes
    used, codes = np.unique(a.codes, return_inverse=True)
    live = used[used > 0]
    codes = np.where(a.codes > 0, codes.reshape(a.codes.shape) - (used.size - live.size) + 1, a.codes)
    starts, columns = Sets(live, a.pool, a.width).rows()
    return starts, columns, codes
