"""Lists that hold traced values, and the object arrays of traced scalars that NumPy makes of them, turned into one traced array."""

from __future__ import annotations

import numbers
import re
import warnings
from typing import Any

import numpy as np

from .errors import LeavesTraceError, ObjectArrayError, at_line, frames_below_user, line_of_error
from .rows import Row
from .signatures import name_of
from .tracer import Tracer, apply, raise_argument, top_trace

__all__ = ["array_of", "arrays_of", "assembled", "explain_objects", "lift"]

LARGE = 1000
_OBJECTS = ("dtype('O')", "which has no callable", "not supported for the input types")  # how ufuncs complain of an object array


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


def explain_objects(error: Exception) -> None:
    """Raise the error of a function that cannot go on with an object array in words that help; return where it is another one."""
    inner = frames_below_user(error)
    if inner and _ours(inner[-1]) and not isinstance(error, LeavesTraceError):
        return
    lost = any(_holds_traced(value) for frame in inner if not _ours(frame) for value in frame.f_locals.values())
    if not lost and (inner or not any(words in str(error) for words in _OBJECTS)):
        return
    raise ObjectArrayError(f"{_function_of(error, inner)} was given an object array, which NumPy makes of a list of traced numbers, and cannot go on with it "
                           f"(at {line_of_error(error)}). Make the array with np.stack([...]) or np.array([...], like=x) instead.") from error


def _ours(frame: Any) -> bool:
    return frame.f_globals.get("__name__", "").startswith("dualrev.")


def _function_of(error: Exception, inner: list[Any]) -> str:
    """Name the function that the user called; a ufunc has no frame, and is named in its own message."""
    ufunc = re.search(r"ufunc '(\w+)'|callable (\w+) method", str(error))
    function = inner[0].f_globals.get(inner[0].f_code.co_name) if inner else None
    if callable(function) and not inner[0].f_code.co_name.startswith("_"):
        return name_of(function)
    return (ufunc[1] or ufunc[2]) if ufunc else "a function"


def _holds_traced(x: Any) -> bool:
    return type(x) is np.ndarray and x.dtype == object and top_trace(x.ravel()[:LARGE].tolist())[0] is not None
