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

from .tracer import Tracer, concrete

__all__ = ["Support", "guarded", "joined"]


class Support:
    """The live entries of an array, as a mask that is computed when asked for.

    Parameters
    ----------
    shape : tuple of int
        The array's shape.
    parts : list of callable
        Each returns a boolean mask that broadcasts to the shape; an entry is live where any is true.
    """

    __slots__ = ("_mask", "parts", "shape")

    def __init__(self, shape: tuple[int, ...], parts: list[Callable[[], Any]]) -> None:
        self.shape, self.parts = shape, parts
        self._mask: Any = None

    def including(self, part: Callable[[], Any]) -> Support:
        """Return the support with more live entries; a long row of additions stays one list."""
        if self._mask is None:
            return Support(self.shape, [*self.parts, part]) if len(self.parts) < 8 else Support(self.shape, [self.mask, part])
        return Support(self.shape, [self.mask, part])

    def mask(self) -> Any:
        """Return the mask, a boolean array of the shape."""
        if self._mask is None:
            mask = np.zeros(self.shape, bool)
            for part in self.parts:
                mask |= part()
            self._mask, self.parts = mask, []
        return self._mask


def chosen(rule: Callable[[Any], Any], shape: tuple[int, ...], before: Support | None) -> Callable[[], Any]:
    """Make the mask of what a selective rule lets through: where it maps the live entries (as ones) to something other than zero."""
    def part() -> Any:
        ones = np.ones(shape) if before is None else before.mask().astype(float)
        return np.asarray(concrete(rule(ones))) != 0

    return part


def joined(a: Support | None, b: Support | None, shape: tuple[int, ...]) -> Support | None:
    """Unite two supports of broadcastable shapes; None, which is everything, absorbs."""
    if a is None or b is None:
        return None
    return Support(shape, [a.mask, b.mask])


def guarded(r: Any, support: Support | None) -> Any:
    """Keep the structural zeros of a product zero. Values below another level are always masked: their derivatives may be infinite."""
    if support is None:
        return r
    if isinstance(r, Tracer):
        return np.where(support.mask(), r, 0.0)
    if np.isfinite(np.sum(r)):
        return r
    return np.where(support.mask(), r, np.zeros((), getattr(r, "dtype", float)))[()]
