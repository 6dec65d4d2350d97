"""Reading and replacing entries as plain functions, so that they can have rows like any other."""

from __future__ import annotations

from typing import Any

import numpy as np

from .tracer import Tracer, apply

__all__ = ["getitem", "is_basic", "repeats", "replaced"]


def getitem(x: Any, index: Any) -> Any:
    """``x[index]``."""
    return apply(getitem, (x, index), {}) if isinstance(x, Tracer) else x[index]


def replaced(x: Any, v: Any, index: Any) -> Any:
    """Copy x with ``x[index] = v`` done to the copy."""
    if isinstance(x, Tracer) or isinstance(v, Tracer):
        return apply(replaced, (x, v, index), {})
    y = np.array(x, copy=True)
    y[index] = v
    return y


def is_basic(index: Any) -> bool:
    """Whether an index reads a view: slices, integers, None and Ellipsis only."""
    parts = index if type(index) is tuple else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, (slice, int, np.integer)) and not isinstance(part, bool) for part in parts)


def repeats(index: Any) -> bool:
    """Whether an index may name an entry twice, as integer arrays may."""
    parts = index if type(index) is tuple else (index,)
    return any(isinstance(part, (list, np.ndarray)) and np.asarray(part).dtype != bool for part in parts)
