"""The types of plain numbers, and Python's numbers as NumPy's, which divide by zero without raising."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["NUMBERS", "PARTS", "REALS", "of_numpy"]

REALS = frozenset({float, np.float64})
NUMBERS = REALS | {int}
PARTS = NUMBERS | {np.ndarray}  # plain values that a dual number is made of, or a slope is


def of_numpy(a: Any) -> Any:
    """Turn a Python number, also the one that a traced value holds, into NumPy's."""
    return np.float64(a) if type(a) is int else np.positive(a) if type(a) in (float, complex) or hasattr(a, "_trace") else a
