"""The structure of functions that add entries up: reductions, transforms and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..rules import segments
from ..rules.contracting import contracted
from ..rules.signals import convolved
from ..rules.sparseproducts import BY_ENTRIES, sparse_product
from .sets import Sets, union
from .structure import Varies, argument, everywhere, linked, smeared, summed, word

__all__: list[str] = []


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    return tuple(range(ndim)) if axis is None else tuple(k % ndim for k in (axis if isinstance(axis, tuple) else (axis,))) if ndim else ()


@word(np.sum, np.mean)
def reduced(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """All entries along the reduced axes; those that a plain ``where=`` leaves out are not read."""
    a, where = active[0], options.get("where", True)
    if where is not True and not varies("where"):
        a = a.like(np.where(where, a.codes, 0))
    dtype = options.get("dtype")
    if dtype is not None and np.dtype(dtype).kind in "biu":
        return a.like(np.zeros(shape, np.int64))
    found = summed(a, _axes(argument(raw, options, 1, "axis"), a.codes.ndim))
    return found.like(found.codes.reshape(shape))


@word(np.cumsum)
def running(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets:
    """All entries up to each one."""
    a, axis = active[0], argument(raw, options, 1, "axis")
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
    a, axis = active[0], argument(raw, options, 2, "axis", -1)
    return summed(a, (axis % a.codes.ndim,), True).spread(shape)


@word(segments.summed, segments.multiplied)
def segmented(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """The entries of each segment."""
    if varies(1):
        return everywhere(shape, active)
    a, axis = active[0], argument(raw, options, 2, "axis", 0)
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


@word(sparse_product)
def sparse_matrix(shape: Any, active: Any, raw: Any, options: Any, varies: Varies) -> Sets | None:
    """The entries that a sparse matrix stores, zeros included."""
    _, x, pattern, *indices = raw
    if any(map(varies, range(3, len(raw)))):
        return everywhere(shape, active)
    if pattern.format in BY_ENTRIES:
        row, column = pattern.places(*indices)
    else:
        row, column = pattern.filled(raw[0], *indices).tocoo().coords
    wide = np.arange(int(np.prod(np.shape(x)[1:], dtype=int)))
    out = (np.asarray(row, np.int64)[:, None] * wide.size + wide).ravel()
    total: Sets | None = None
    for i, sets in active.items():
        into = np.asarray(column, np.int64)[:, None] * wide.size + wide if i == 1 else np.arange(len(row))[:, None] + 0 * wide
        total = union(total, linked(sets, out, into.ravel(), shape))
    return total
