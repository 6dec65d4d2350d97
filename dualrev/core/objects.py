"""Lists that hold traced values, and the object arrays of traced scalars that NumPy makes of them, turned into one traced array."""

from __future__ import annotations

import numbers
import warnings
from typing import Any

import numpy as np

from .errors import OTHER_ARRAYS, at_line, refuse_array
from .rows import Row
from .tracer import Tracer, apply, raise_argument, top_trace

__all__ = ["array_of", "arrays_of", "assembled", "lift"]

LARGE = 1000


def assembled(*entries: Any, shape: tuple[int, ...]) -> Any:
    """Make an array of the given shape out of scalars, which may be traced."""
    if top_trace(entries)[0] is not None:
        return apply(assembled, entries, {"shape": shape})
    return np.array(entries).reshape(shape)


def lift(x: Any) -> Any:
    """Turn an object array that holds traced scalars into one traced array; lists and tuples are searched, the rest is returned as it is."""
    if type(x) in (list, tuple):
        return type(x)(lift(item) for item in x)
    if not isinstance(x, np.ndarray) or x.dtype != object:
        return x
    if type(x) in OTHER_ARRAYS:
        refuse_array(x)
    entries = x.ravel().tolist()
    if top_trace(entries)[0] is None:
        return np.array(x.tolist()) if entries and all(isinstance(entry, (numbers.Number, np.generic)) for entry in entries) else x
    if len(entries) > LARGE:
        warnings.warn(f"an object array of {len(entries)} traced scalars is slow{at_line()}. Use np.stack instead of np.array, "
                      "and leave out np.asarray.", stacklevel=2)
    if any(isinstance(entry, Tracer) and entry.shape for entry in entries):
        raise TypeError(f"an object array holds traced arrays{at_line()}. Use np.stack or np.concatenate to join them.")
    return assembled(*entries, shape=x.shape)


def array_of(x: Any) -> Any:
    """Make one array of nested lists and tuples that hold traced values, as NumPy makes one of numbers; anything else is returned as it is."""
    if type(x) not in (list, tuple):
        return x
    parts = [array_of(item) for item in x]
    if top_trace(parts)[0] is None:
        return np.array(x)
    return np.stack(parts)


def arrays_of(row: Row, args: Any) -> tuple[Any, ...]:
    """The arguments of a function of arrays, with arrays in the place of lists that hold traced values.

    Raises
    ------
    NoRuleError
        If the function has no rule for such an argument.
    """
    made = list(args)
    for i, a in enumerate(args):
        if type(a) in (list, tuple) and top_trace((a,))[0] is not None:
            if row.foreign or not row.differentiable(i):
                raise_argument(row, i)
            made[i] = array_of(a)
    return tuple(made)
