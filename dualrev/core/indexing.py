"""Reading and replacing entries as plain functions, so that they can have rows like any other."""

from __future__ import annotations

from typing import Any

import numpy as np

from .tracer import Tracer, apply, top_trace

__all__ = ["cast", "getitem", "is_basic", "item", "repeats", "replaced"]


def getitem(x: Any, index: Any) -> Any:
    """``x[index]``."""
    return apply(getitem, (x, index), {}) if isinstance(x, Tracer) or top_trace((index,))[0] is not None else x[index]


def replaced(x: Any, v: Any, index: Any) -> Any:
    """Copy x with ``x[index] = v`` done to the copy."""
    if isinstance(x, Tracer) or isinstance(v, Tracer) or top_trace((index,))[0] is not None:
        return apply(replaced, (x, v, index), {})
    y = np.array(x, copy=True)
    y[index] = v
    return y


def cast(x: Any, dtype: Any) -> Any:
    """``x.astype(dtype)``."""
    return apply(cast, (x, dtype), {}) if isinstance(x, Tracer) else np.asarray(x).astype(dtype)[()]


def item(x: Any) -> Any:
    """``x.item()``: the one entry as a Python number."""
    return apply(item, (x,), {}) if isinstance(x, Tracer) else x if isinstance(x, (float, complex)) and not isinstance(x, np.generic) else x.item()


def is_basic(index: Any) -> bool:
    """Whether an index reads a view: slices, integers, None and Ellipsis only."""
    parts = index if type(index) is tuple else (index,)
    return all(part is None or part is Ellipsis or (isinstance(part, (slice, int, np.integer)) and not isinstance(part, bool)) for part in parts)


def repeats(index: Any) -> bool:
    """Whether an index may name an entry twice, as integer arrays may."""
    for part in index if type(index) is tuple else (index,):
        kind = type(part)
        if kind is slice or kind is int:
            continue
        if part.dtype != bool if isinstance(part, (np.ndarray, Tracer)) else isinstance(part, list) and np.asarray(part).dtype != bool:
            return True
    return False
