"""The cotangents of a tape's values, and the forms they come in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .support import Support
from .tracer import Tracer

__all__ = ["UNIT", "WORTH", "Cotangents", "arrayed", "full", "parents", "typed", "unbroadcast", "unused"]

UNIT = np.float64(1.0)  # the seed of a gradient: recognised by identity, so that nothing is multiplied by it
WORTH = 1 << 15  # bytes from which on an array's memory is worth using again
MANY, SHORT = 1 << 11, 32  # entries from which on, and length of what is left over up to which, a sum over axes is better not NumPy's


class Cotangents:
    """The cotangents of a tape's values while it is walked backwards.

    A cotangent may be of any shape that broadcasts to its value's: the transpose of a sum costs nothing.
    ``mine`` says which arrays nobody else holds, so that they are added to in place.
    """

    __slots__ = ("asides", "first", "given", "large", "mine", "seeds", "supports", "unread")

    seeds: Any  # where the walk began, and with what; set where there may be choices, see `choices.py`
    asides: Any  # the tapes of other choices, which are walked beside

    def __init__(self, count: int, first: int = 0, large: bool = False) -> None:
        self.large = count if large else 0  # elementwise operations at places below this one may be worth walking in blocks
        self.first = first  # the places below are inputs, whose supports nobody asks for
        self.given: list[Any] = [None] * count
        self.mine = bytearray(count)
        self.supports: dict[int, Support] = {}
        self.unread: Any = None  # the trace of dual numbers of which nobody will read more than the tangents of the inputs' cotangents

    def renew(self, start: int, count: int) -> None:
        """Make the places from ``start`` up to ``count`` new: they are used again, for a part of the program that has been recorded again."""
        self.large = count if self.large else 0
        extra = count - len(self.given)
        end = min(count, len(self.given))
        self.given[start:end] = [None] * (end - start)
        self.mine[start:end] = bytes(end - start)
        for place in [place for place in self.supports if start <= place < end]:
            del self.supports[place]
        if extra > 0:
            self.given.extend([None] * extra)
            self.mine.extend(bytes(extra))

    def add(self, place: int, r: Any, form: Any, fresh: bool, support: Support | None = None) -> None:
        """Add a contribution of the given value's form."""
        if r.dtype is not form[1] and r.dtype != form[1]:
            r, fresh = typed(r, form[1]), True
        now = self.given[place]
        if now is None:
            self.given[place] = r
            self.mine[place] = fresh
            if support is not None:
                self.supports[place] = support
            return
        if self.supports:
            self._unite(place, support)
        if self.mine[place] and type(now) is np.ndarray and now.shape == form[0] and not isinstance(r, Tracer):
            now += r
        elif fresh and type(r) is np.ndarray and r.shape == form[0] and not isinstance(now, Tracer):
            r += now
            self.given[place] = r
            self.mine[place] = 1
        else:
            self.given[place] = now + r
            self.mine[place] = 1

    def _unite(self, place: int, support: Support | None) -> None:
        mine = self.supports.get(place)
        if mine is None:
            return
        if support is None:
            del self.supports[place]
        elif support is not mine:
            self.supports[place] = mine.including(support.mask, [support])


def typed(r: Any, dtype: Any) -> Any:
    """Give a cotangent the dtype of its value; that of a real value is the real part."""
    if r.dtype.kind == "c" and dtype.kind != "c":
        r = np.real(r)
    return r if r.dtype == dtype else r.astype(dtype)


def arrayed(r: Any) -> Any:
    """Give a plain number the dtype and shape that arrays have."""
    kind = type(r)
    if kind is float or kind is int or kind is bool:
        return np.float64(r)
    return np.complex128(r) if kind is complex else r


def unused(shape: tuple[int, ...], dtype: Any) -> Any:
    """The cotangent of a value that nobody used: zeros with zero strides, by which a rule can tell them from a cotangent that happens to be zero."""
    zero = np.zeros((), dtype)
    return np.broadcast_to(zero, shape) if shape else zero[()]


def full(g: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Broadcast a compact cotangent to the shape of its value."""
    if getattr(g, "shape", ()) == shape:
        return g
    if isinstance(g, Tracer):
        return np.broadcast_to(g, shape)
    whole = np.empty(shape, dtype)  # contiguous, because matrix products of zero-stride arrays are slow
    whole[...] = g
    return whole


def unbroadcast(r: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum over the axes along which an argument of the given shape was repeated. Compact cotangents pass."""
    have = r.shape
    if have == shape or not have:
        return r
    extra = len(have) - len(shape)
    if extra < 0:
        return r
    axes = tuple(range(extra)) + tuple(extra + k for k, n in enumerate(shape) if n == 1 and have[extra + k] != 1)
    if not axes:
        return r
    if not shape:
        return np.sum(r)
    r = summed(r, axes)
    return np.reshape(r, r.shape[extra:]) if extra > 0 else r


def summed(r: Any, axes: tuple[int, ...]) -> Any:
    """The sum over increasing axes, which stay with one entry each.

    NumPy adds what is left over, entry after entry, in a loop of its own: where that is short, most of the time goes into starting it. A product with ones, which reads
    the array once, or einsum, which begins with the longest axis, take up to twenty times less.
    """
    last = axes[-1] + 1
    if type(r) is np.ndarray and r.size >= MANY and last < r.ndim and r.flags.c_contiguous and r.dtype.char in "fdFD":
        width, shape = math.prod(r.shape[last:]), tuple(1 if k in axes else n for k, n in enumerate(r.shape))
        if width <= SHORT and last == len(axes):
            rows = r.reshape(-1, width)
            return (np.ones(len(rows), r.dtype) @ rows).reshape(shape)
        if width <= SHORT:
            return np.einsum(r, range(r.ndim), [k for k in range(r.ndim) if k not in axes]).reshape(shape)
    return np.sum(r, axis=axes, keepdims=True)


def parents(entry: Any) -> Any:
    """The places that a tape entry reads."""
    size = len(entry)
    if size == 2:
        return entry[:1]
    if size == 4:
        return entry[0::2]
    if size == 3:
        return entry[1:2]
    if size == 5:
        return entry[3:4]
    if size == 7:
        return [k for k in entry[4:6] if k >= 0]
    return [parent for _, parent, _ in entry[4]] if size == 6 else ()
