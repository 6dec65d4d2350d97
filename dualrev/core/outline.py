"""What a group of values looks like, apart from the entries of its arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numbers import NUMBERS, number_key
from .waiting import recipe_of, waits

__all__ = ["Outline", "lies"]


def lies(a: Any, shape: tuple[int, ...]) -> bool:
    """Whether an array of a shape lies in memory as its entries are counted; or is a number without axes."""
    return not a.shape or (a.shape == shape and a.flags.c_contiguous)


class Outline:
    """Describes plain and dual values, one after the other, such that two groups with equal descriptions differ by the entries of their arrays alone.

    Parameters
    ----------
    shape : tuple of int
        Of the arrays that may differ; smaller ones are part of the description, which then serves once.
    flat : bool
        Take these arrays as they lie in memory, with one axis.

    Attributes
    ----------
    arrays : list
        The arrays in the order in which they were met.
    lasting : bool
        Whether the description holds after the values are gone.
    fits : bool
        Whether all arrays can be taken as they lie.
    """

    __slots__ = ("arrays", "axes", "fits", "flat", "lasting", "length", "met", "numbers", "recipes", "shape", "views")

    def __init__(self, shape: tuple[int, ...], flat: bool = False) -> None:
        self.shape, self.flat, self.fits = shape, flat, True
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
        if self.flat:
            self.fits = self.fits and lies(a, self.shape)
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
        self.arrays.append(a.reshape(-1) if self.flat and self.fits else a)
        return k, a.shape, a.dtype
