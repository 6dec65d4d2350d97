"""The types of plain numbers, and Python's numbers as NumPy's, which divide by zero without raising."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["ENDS", "FLOAT", "NUMBERS", "PARTS", "REALS", "WALKED", "is_power_of_two", "number_key", "of_numpy", "one_factor"]

REALS = frozenset({float, np.float64})
NUMBERS = REALS | {int}
FLOAT = np.dtype(float)
ENDS = frozenset({int, type(None)})  # what an ordinary slice is made of
WALKED = frozenset({np.ndarray, np.float64})  # plain cotangents, on their way back
PARTS = NUMBERS | {np.ndarray}  # plain values that a dual number is made of, or a slope is


def number_key(a: Any) -> tuple[Any, Any]:
    """What two numbers have in common only where they are the same to the last bit, the sign of zeros and the type included."""
    kind = type(a)
    return (kind, a) if kind in NUMBERS and a and a == a else (kind, repr(a))


def is_power_of_two(x: Any) -> bool:
    """Whether a product with a number is exact, ranges of floats aside."""
    return math.isfinite(x) and abs(math.frexp(x)[0]) == 0.5


def one_factor(first: Any, second: Any) -> Any:
    """The product of two factors, where it rounds as one after the other does: one is a power of two, and the ends of the range of floats are far. None elsewhere."""
    factor = first * second
    return factor if (is_power_of_two(first) or is_power_of_two(second)) and 1e-100 < abs(factor) < 1e100 else None


def of_numpy(a: Any) -> Any:
    """Turn a Python number, also the one that a traced value holds, into NumPy's."""
    return np.float64(a) if type(a) is int else np.positive(a) if type(a) in (float, complex) or hasattr(a, "_trace") else a
