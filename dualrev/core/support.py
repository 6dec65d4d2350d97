"""Structural zeros: which entries of a derivative are live, because the program chose them.

``where``, ``maximum``, ``clip``, indexing and their like do not choose some entries. The derivative there is zero however
infinite the slope of what was not chosen, whereas a zero that was computed stays a number: 0 * inf is NaN. A derivative
may therefore carry a `Support`; no support means that every entry is live. The mask is worked out only when a product
turns out not to be finite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .tracer import Tracer, passive

__all__ = ["Support", "choice", "chosen", "guarded"]


class Support:
    """The live entries of an array, as a mask that is computed when asked for.

    Parameters
    ----------
    shape : tuple of int
        The array's shape.
    parts : list of callable
        Each returns a boolean mask that broadcasts to the shape; an entry is live where any is true.
    reads : list of Support
        The supports whose masks the parts ask for.
    """

    __slots__ = ("_mask", "grows", "parts", "reads", "shape")

    def __init__(self, shape: tuple[int, ...], parts: list[Callable[[], Any]], reads: list[Support] | None = None) -> None:
        self.shape, self.parts, self.reads = shape, parts, reads or []
        self._mask: Any = None
        self.grows = False

    def including(self, part: Callable[[], Any], reads: list[Support]) -> Support:
        """Return the support with more live entries; a long row of additions grows one list."""
        if any(read is self for read in reads):
            return self
        if not self.grows or self._mask is not None:
            grown = Support(self.shape, [self.mask, part], [self, *reads])
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
            mask: Any = np.zeros(self.shape, bool)
            for part in self.parts:
                mask = mask | part()
            self._mask, self.parts, self.reads = mask, [], []


def chosen(rule: Callable[[Any], Any], shape: tuple[int, ...], before: Support | None) -> Callable[[], Any]:
    """Make the mask of what a selective rule lets through: where it maps the live entries (as ones) to something other than zero."""
    def part() -> Any:
        ones = np.ones(shape) if before is None else before.mask() * 1.0
        return passive(rule(ones)) != 0

    return part


def choice(shape: tuple[int, ...], rule: Callable[[Any], Any], given: tuple[int, ...], before: Support | None) -> Support:
    """Make the support, of an array of the given shape, of what a selective rule lets through."""
    return Support(shape, [chosen(rule, given, before)], [] if before is None else [before])


def guarded(r: Any, support: Support | None) -> Any:
    """Keep the structural zeros of a product zero. Values below another level are always masked: their derivatives may be infinite."""
    if support is None:
        return r
    if isinstance(r, Tracer):
        return np.where(support.mask(), r, 0.0)
    if np.isfinite(np.sum(r)):
        return r
    return np.where(support.mask(), r, np.zeros((), getattr(r, "dtype", float)))[()]
