"""What a group of values looks like, apart from the entries of its arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numbers import NUMBERS, number_key
from .waiting import recipe_of, waits

__all__ = ["Outline"]


class Outline:
    """Describes plain and dual values, one after the other, such that two groups with equal descriptions differ by the entries of their arrays alone.

    Parameters
    ----------
    shape : tuple of int
        Of the arrays that may differ; smaller ones are part of the description, which then serves once.

    Attributes
    ----------
    arrays : list
        The arrays in the order in which they were met.
    lasting : bool
        Whether the description holds after the values are gone.
    """

    __slots__ = ("arrays", "axes", "lasting", "length", "met", "numbers", "recipes", "views")

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.length, self.axes, self.lasting = shape[0], len(shape), True
        self.arrays: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.views: dict[Any, int] = {}
        self.met: dict[int, int] = {}
        self.recipes: dict[int, Any] = {}

    def cuts(self, a: Any) -> bool:
        """Whether an array is one of those that may differ."""
        return len(a.shape) >= self.axes and a.shape[0] == self.length

    def of(self, a: Any) -> Any:
        """The description of a value."""
        kind = type(a)
        if kind is np.ndarray:
            return self._of_array(a)
        if a is None:
            return None
        if kind in NUMBERS:
            return number_key(a)
        k = self.met.get(id(a))
        if k is not None:
            return "again", k
        self.met[id(a)] = len(self.met)
        tangent = recipe_of(a).outline(self.of, self.recipes) if waits(a) else self.of(a._aux)
        return "dual", self.of(a._value), tangent

    def _of_array(self, a: Any) -> Any:
        k = self.numbers.get(id(a))
        if k is not None:
            return k, "again"
        if not self.cuts(a):
            self.lasting = False
            return "held", id(a)
        if a.base is not None:  # one part of an array is often read several times
            k = self.views.get(where := (a.__array_interface__["data"][0], a.shape, a.strides, a.dtype))
            if k is not None:
                self.numbers[id(a)] = k
                return k, "again"
            self.views[where] = len(self.arrays)
        self.numbers[id(a)] = k = len(self.arrays)
        self.arrays.append(a)
        return k, a.shape, a.dtype
