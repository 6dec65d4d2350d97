"""Bounds as SciPy's `least_squares` has them: all lower ones, then all upper ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import Bounds

from ..core.tree import flatten

__all__ = ["read_sides"]


def read_sides(bounds: Any, leaves: list[Any], structure: Any) -> Any:
    """Turn ``(low, high)`` into what `Variables` takes.

    Parameters
    ----------
    bounds : None, (low, high), Bounds, or container of pairs
        Each side is a number or of the form of x0; None is unbounded. Anything but a pair is passed on.
    leaves, structure : list, Structure
        x0, taken apart.

    Returns
    -------
    None, Bounds or container of pairs

    Examples
    --------
    >>> from dualrev.core.tree import flatten
    >>> read_sides((0.0, {"b": 5.0}), *flatten({"a": 1.0, "b": 2.0}))
    {'a': (0.0, None), 'b': (0.0, 5.0)}
    """
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        return bounds
    low, high = bounds
    if _is_open(low, -np.inf) and _is_open(high, np.inf):
        return None
    if structure.kind is None and np.ndim(leaves[0]) == 1:
        return Bounds(-np.inf if low is None else np.asarray(low, float), np.inf if high is None else np.asarray(high, float))
    return _paired(low, high, structure)


def _is_open(side: Any, end: float) -> bool:
    return side is None or (isinstance(side, (int, float)) and side == end)


def _paired(low: Any, high: Any, structure: Any) -> Any:
    if structure.kind is None:
        return low, high
    parts = {key: _paired(_part(low, key, k), _part(high, key, k), part) for k, (key, part) in enumerate(zip(structure.keys, structure.parts, strict=True))}
    return parts if issubclass(structure.kind, dict) else list(parts.values())


def _part(side: Any, key: Any, k: int) -> Any:
    """What one side says about a part of x0: a number or None holds for all parts."""
    if isinstance(side, dict):
        return side.get(key)
    leaves = side is None or (np.ndim(side) == 0 and not hasattr(side, "__dataclass_fields__"))
    return side if leaves else list(side)[k] if isinstance(side, (list, tuple, np.ndarray)) else flatten(side)[0][k]
