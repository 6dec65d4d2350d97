"""Structural zeros: which entries of a derivative are live, because the program chose them.

``where``, ``maximum``, ``clip``, indexing and their like do not choose some entries. The derivative there is zero however
infinite the slope of what was not chosen, whereas a zero that was computed stays a number: 0 * inf is NaN. A derivative
may therefore carry a `Support`; no support means that every entry is live. The mask is worked out only when a product
turns out not to be finite.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .tracer import Tracer, passive

__all__ = ["Marks", "Support", "choice", "chosen", "guarded", "remaining"]


class Support:
    """The live entries of an array, as a mask that is computed when asked for.

    Parameters
    ----------
    shape : tuple of int
        The array's shape.
    parts : list of callable or Marks
        Each returns a boolean mask that broadcasts to the shape; an entry is live where any is true.
    reads : list of Support
        The supports whose masks the parts ask for.
    """

    __slots__ = ("_mask", "grows", "parts", "reads", "shape")

    def __init__(self, shape: tuple[int, ...], parts: list[Any], reads: list[Support] | None = None) -> None:
        self.shape, self.parts, self.reads = shape, parts, reads or []
        self._mask: Any = None
        self.grows = False

    def including(self, part: Any, reads: list[Support]) -> Support:
        """Return the support with more live entries; a long row of additions grows one list."""
        if any(read is self for read in reads):
            return self
        if not self.grows or self._mask is not None:
            grown = Support(self.shape, [Rest(None, (), self.shape, self), part], [self, *reads])
            grown.grows = True
            return grown
        self.parts.append(part)
        self.reads += reads
        return self

    def mask(self) -> Any:
        """Return the mask, a boolean array of the shape. Long chains of supports are worked through without recursion."""
        stack = [self]
        while stack:
            support = stack[-1]
            waiting = [read for read in support.reads if read._mask is None] if support._mask is None else []
            if waiting:
                stack += waiting
                continue
            support._fill()
            stack.pop()
        return self._mask

    def _fill(self) -> None:
        if self._mask is None:
            parts, self.parts, self.reads = self.parts, [], []
            taken = bool(parts) and isinstance(parts[0], Rest)
            mask: Any = parts.pop(0).mask() if taken else np.zeros(self.shape, bool)
            for part in parts:
                mask = part.onto(mask) if isinstance(part, Marks) else mask | part()
            self._mask = mask


class Marks:
    """Live entries that a row's ``add_into`` marks in a mask that is there already, at the cost of these entries alone."""

    __slots__ = ("args", "before", "given", "row")

    def __init__(self, row: Any, args: Any, given: tuple[int, ...], before: Support | None) -> None:
        self.row, self.args, self.given, self.before = row, args, given, before

    def onto(self, mask: Any) -> Any:
        """Mark the entries."""
        mark = np.ones(self.given, bool) if self.before is None else self.before.mask()
        if isinstance(mask, Tracer) or isinstance(mark, Tracer):
            mask = mask * 1.0
        self.row.add_into(mask, mark, *self.args)
        return mask if mask.dtype == bool else mask != 0


class Rest:
    """What was live before, but for the entries that a row (if any) has overwritten; in that mask's memory, where nobody else asks for it or holds it."""

    __slots__ = ("args", "before", "row", "shape")

    def __init__(self, row: Any, args: Any, shape: tuple[int, ...], before: Support | None) -> None:
        self.row, self.args, self.shape, self.before = row, args, shape, before

    def mask(self) -> Any:
        """Return the mask."""
        before, self.before = self.before, None
        mask = np.ones(self.shape, bool) if before is None else before.mask()
        if isinstance(mask, Tracer):
            return mask if self.row is None else self.row.vjp(0, np.multiply(mask, 1.0), None, self.args, {}) != 0
        if before is not None and (sys.getrefcount(before) > _ALONE[0] or sys.getrefcount(mask) > _ALONE[1]):
            mask = mask.copy()
        return mask if self.row is None else self.row.reuse(mask, *self.args)


def _measure_alone() -> tuple[int, int]:
    """Count the references that `Rest.mask` sees on a support that it alone holds, and on its mask, which a tape may hold as well; interpreters differ."""
    before = Support((), [])
    mask = before._mask = np.ones((), bool)
    return sys.getrefcount(before), sys.getrefcount(mask)


_ALONE = _measure_alone()


def remaining(row: Any, args: Any, shape: tuple[int, ...], before: Support | None) -> Support:
    """Make the support of an array of which a row has overwritten some entries."""
    return Support(shape, [Rest(row, args, shape, before)], [] if before is None else [before])


def chosen(rule: Callable[[Any], Any], shape: tuple[int, ...], before: Support | None) -> Callable[[], Any]:
    """Make the mask of what a selective rule lets through: where it maps the live entries (as ones) to something other than zero."""
    def part() -> Any:
        ones = np.ones(shape) if before is None else before.mask() * 1.0
        if ones.shape != shape:  # the cotangent was compact
            ones = np.broadcast_to(ones, shape)
        return passive(rule(ones)) != 0

    return part


def choice(shape: tuple[int, ...], rule: Callable[[Any], Any], given: tuple[int, ...], before: Support | None) -> Support:
    """Make the support, of an array of the given shape, of what a selective rule lets through."""
    return Support(shape, [chosen(rule, given, before)], [] if before is None else [before])


def guarded(r: Any, support: Support | None) -> Any:
    """Keep the structural zeros of a product zero.

    A value of another level is masked unless its derivative is known to be finite.
    """
    if support is None:
        return r
    if isinstance(r, Tracer):
        return r if r._trace.settled(r) else np.where(support.mask(), r, 0.0)
    if np.isfinite(np.sum(r)):
        return r
    return np.where(support.mask(), r, np.zeros((), getattr(r, "dtype", float)))[()]
