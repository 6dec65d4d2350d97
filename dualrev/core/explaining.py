"""Errors of functions that NumPy and SciPy do not hand over, in words that help.

A function of lists alone, or one that begins with ``np.asarray``, gets an object array of traced numbers. Many go on with that; others complain in their own words.
"""

from __future__ import annotations

import re
import traceback
from typing import Any

import numpy as np

from .errors import LeavesTraceError, ObjectArrayError, frames_below_user, line_of_error
from .signatures import name_of
from .tracer import Tracer, top_trace

__all__ = ["explain_objects"]

_WORDS = ("dtype('O')", "which has no callable", "not supported for the input types",  # how ufuncs complain of an object array
          "NPY_ITER_REFS_OK", "bytes-like object is required, not 'Sized")
_MIRRORED = frozenset({"fft", "interpolate", "linalg", "ndimage", "signal", "special", "stats"})
_MANY = 1000


def explain_objects(error: Exception) -> None:
    """Raise the error of a function that cannot go on with traced values in words that help; return where it is another one."""
    inner = [frame for frame in frames_below_user(error) if not frame.f_code.co_name.startswith("__ua_")]
    leaves = isinstance(error, LeavesTraceError)
    if isinstance(error, SystemError) and isinstance(error.__cause__, LeavesTraceError):  # compiled code went on after an error, to call the user's function again
        inner, leaves = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if _module(frame).startswith("scipy.")], True
    if inner and _module(inner[-1]).startswith("dualrev.") and not leaves:
        return
    first = inner[0] if inner else None
    if first is None:
        lost = isinstance(error, TypeError) and any(words in str(error) for words in _WORDS)
    elif _module(first).startswith("scipy."):
        alone = not _module(first).startswith("scipy.sparse.") or _module(first) == "scipy.sparse._construct"  # its matrices do take traced values, but no object arrays
        held = [value for frame in inner for value in frame.f_locals.values()]
        lost = leaves or any(_holds_traced(value, alone) for value in held) or (_of_types(error) and any(map(_closes_over_traced, held)))
    else:
        lost = _module(first).startswith("numpy.") and any(_holds_traced(value) for frame in inner for value in frame.f_locals.values())
    if lost:
        kind = LeavesTraceError if leaves else ObjectArrayError
        raise kind(f"{_name(error, first)} takes plain numbers only, and not the traced ones that it was given (at {line_of_error(error)}). {_remedy(first)}") from error


def _module(frame: Any) -> str:
    return frame.f_globals.get("__name__", "")


def _name(error: Exception, frame: Any) -> str:
    """Name the function that the user called; a ufunc has no frame, and is named in its own message."""
    if frame is None:
        found = re.search(r"ufunc '(\w+)'|callable (\w+) method", str(error))
        return (found[1] or found[2]) if found else "a function"
    name, module = frame.f_code.co_name, _module(frame)
    owner = frame.f_locals.get("self", frame.f_locals.get("cls"))
    if owner is not None:
        return f"{(owner if isinstance(owner, type) else type(owner)).__name__.removesuffix('_gen')}{'' if name.startswith('_') else '.' + name}"
    if module.startswith("scipy."):
        return f"scipy.{module.split('.')[1]}.{name}"
    if module == "numpy._core._methods":
        return f"ndarray.{name.removeprefix('_')}"
    function = frame.f_globals.get(name)
    return name_of(function) if callable(function) and not name.startswith("_") else "a function"


def _remedy(frame: Any) -> str:
    module = _module(frame) if frame is not None else "numpy."
    room, name = module.split(".")[1], frame.f_code.co_name if frame is not None else ""
    if module.startswith("scipy."):
        return (f"Use dualrev.scipy.{room} in the place of scipy.{room}." if room in _MIRRORED else "Use dualrev.optimize." if room == "optimize" else
                "Give it a derivative with dualrev.primitive, or write it with functions that have rules.")
    if room == "polynomial" and name == "polyfit":
        return "Use np.polyfit, whose coefficients come in the opposite order: np.polyfit(x, y, deg)[::-1]."
    if room == "polynomial" and name.endswith("fit"):
        value = frame.f_locals["cls"]._val if name == "fit" else frame.f_globals[name[:-3] + "val"]
        basis = "np" + value.__module__.removeprefix("numpy") + "." + value.__name__[:-3] + "vander(x, deg)"
        return (f"Use least squares: np.linalg.lstsq({basis}, y)[0], where x is traced with np.array({basis}, like=x)"
                f"{'; these are the coefficients after convert()' if name == 'fit' else ''}.")
    return "Where it is given a list, make an array with np.stack([...]) or np.array([...], like=x) first."


def _of_types(error: Exception) -> bool:
    """Whether an error is about the type of something; MINPACK's has a class of its own."""
    return isinstance(error, TypeError) or type(error).__module__ == "_minpack"


def _closes_over_traced(f: Any) -> bool:
    """Whether a value is a function that reads a traced value of the one around it."""
    for cell in getattr(f, "__closure__", None) or ():
        try:
            if isinstance(cell.cell_contents, Tracer):
                return True
        except ValueError:  # nothing in it yet
            continue
    return False


def _holds_traced(x: Any, alone: bool = False) -> bool:
    """Whether a value is an object array of traced numbers; ``alone``: or a traced value itself, or holds one."""
    if isinstance(x, Tracer):
        return alone
    if type(x) is tuple or type(x) is list:
        return alone and top_trace(x)[0] is not None
    return type(x) is np.ndarray and x.dtype == object and top_trace(x.ravel()[:_MANY].tolist())[0] is not None
