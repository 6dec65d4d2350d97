"""The errors that dualrev raises, and the user's own line that each of them names."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import types
from typing import Any, NoReturn

import numpy
import scipy

__all__ = ["OTHER_ARRAYS", "DeadTraceError", "DualrevError", "ExamplesDiffer", "LeavesTraceError", "NoRuleError", "ObjectArrayError", "leaves_trace", "raise_missing",
           "refuse_array", "user_line"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STANDARD = sysconfig.get_path("stdlib") + os.sep
_LIBRARIES = (_PACKAGE, "<frozen", "<__array_function__", *(os.path.dirname(os.path.abspath(library.__file__)) + os.sep for library in (numpy, scipy)))


class DualrevError(Exception):
    """Base of every error that dualrev raises on its own account."""


class LeavesTraceError(DualrevError, TypeError):
    """A traced value was about to become a plain number, which would lose its derivative."""


class ExamplesDiffer(LeavesTraceError):
    """A batched value was asked for one truth, number or shape, which differs from example to example.

    Whoever called a rule that asks evaluates it for each example instead, by ``each(function, args, kwargs)``; a program that asks gets the error.
    """

    def __init__(self, message: str, each: Any) -> None:
        super().__init__(message)
        self.each = each


class NoRuleError(DualrevError, NotImplementedError):
    """A function, argument or keyword has no derivative rule."""


class ObjectArrayError(DualrevError, TypeError):
    """NumPy made an object array of traced numbers, which a function cannot go on with."""


class DeadTraceError(DualrevError, RuntimeError):
    """A traced value was used after the transform that made it had ended."""


def user_line() -> str:
    """Say where the call came from: the innermost frame that is neither ours nor NumPy's, SciPy's or Python's.

    Returns
    -------
    str
        ``file:line: source``, or an empty string where no such frame exists.
    """
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        line = line_of(frame, frame.f_lineno)
        if line:
            return line
        frame = frame.f_back
    return ""


def line_of(frame: types.FrameType, number: int) -> str:
    """Write a frame's line as ``file:line: source``; empty where the frame is ours, NumPy's, SciPy's or Python's."""
    name = frame.f_code.co_filename
    if name.startswith(_LIBRARIES) or (name.startswith(_STANDARD) and "-packages" + os.sep not in name):
        return ""
    source = linecache.getline(name, number).strip()
    place = f"{os.path.basename(name)}:{number}"
    return f"{place}: {source}" if source else place


def line_of_error(error: BaseException) -> str:
    """Say from which of the user's lines an error came."""
    trace, line = error.__traceback__, user_line()
    while trace is not None:
        line = line_of(trace.tb_frame, trace.tb_lineno) or line
        trace = trace.tb_next
    return line


def frames_below_user(error: BaseException) -> list[types.FrameType]:
    """The frames of an error that the innermost of the user's own lines called."""
    trace = error.__traceback__
    found: list[types.FrameType] = []
    while trace is not None:
        found = [] if line_of(trace.tb_frame, trace.tb_lineno) else [*found, trace.tb_frame]
        trace = trace.tb_next
    return found


def at_line() -> str:
    """Return the clause ``(at file:line: source)`` for an error message, empty where there is no user frame."""
    line = user_line()
    return f" (at {line})" if line else ""


def leaves_trace(what: str, remedy: str) -> NoReturn:
    """Raise the error for a traced value that would become a plain number.

    Parameters
    ----------
    what : str
        The call that asked for the plain number, such as ``float(x)``.
    remedy : str
        What to write instead.
    """
    raise LeavesTraceError(f"{what} asks for a plain number, but its argument x carries a derivative, which would be lost{at_line()}. {remedy}")


def raise_missing(name: str, reason: str) -> NoReturn:
    """Raise the error for a function without a rule."""
    raise NoRuleError(f"{name} has no derivative rule{reason and f': {reason}'}{at_line()}. Give it one with dualrev.primitive({name}, jvp=lambda t, y, x: ...), "
                      "write it with functions that have rules, or treat it as constant with dualrev.stop_gradient(x).")


OTHER_ARRAYS = frozenset({numpy.matrix, numpy.ma.MaskedArray, type(numpy.ma.masked)})


def refuse_array(x: Any, where: str = "") -> NoReturn:
    """Raise the error for a kind of array whose operators mean something else."""
    raise TypeError(f"{where or 'an operand'} is a {type(x).__name__}, whose operators (the matrix product, the mask) dualrev does not follow"
                    f"{'' if where else at_line()}. Pass np.asarray(x), and write x @ y or a mask of your own.")
