"""Results that should go into an array that is there already: ``out=``, and ``a += x`` with a plain ``a``."""

from __future__ import annotations

import dis
import sys
from typing import Any, NoReturn

import numpy as np

from .errors import LeavesTraceError, at_line
from .inplace import rebind, write
from .tracer import Tracer, meta

__all__ = ["into", "only_name", "raise_plain_out"]


def into(out: Any, result: Any, sole: bool = False) -> Any:
    """Finish a call with ``out=``.

    Parameters
    ----------
    out : array
        A traced array is written to. A plain one can take a plain result only, unless ``sole``.
    result : array
        What the call computed.
    sole : bool
        The call is ``a += x`` and nothing but the name ``a`` refers to ``out``: binding the name anew is all there is to see.

    Raises
    ------
    LeavesTraceError
        If a result that carries a derivative would go into a plain array.
    """
    traced = isinstance(result, Tracer)
    if isinstance(out, Tracer):
        if traced:
            rebind(out, result)
        else:
            write(out, ..., result)
        return out
    if not traced:
        out[...] = result
        return out
    if sole and meta(result) == meta(out):
        return result
    raise_plain_out("out=")


def raise_plain_out(what: str) -> NoReturn:
    """Raise the error for a traced result that should go into a plain array."""
    raise LeavesTraceError(f"{what} writes a result that carries a derivative into a plain array, which cannot hold it{at_line()}. Write a = a + x instead of a += x, "
                           "or make the array with np.zeros_like(x, shape=...) or np.zeros(n, like=x).")


class _Count(BaseException):
    """Carries the reference count out of the calibrating call."""


def only_name(out: Any) -> bool:
    """Whether the running user line is ``a += x`` for a local ``a`` that is the only reference to a plain array."""
    count = sys.getrefcount(out)
    if _PLAIN_ALONE is None:
        raise _Count(count)
    if type(out) is not np.ndarray or count > _PLAIN_ALONE or out.base is not None or not out.flags.owndata:
        return False
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("dualrev."):
        frame = frame.f_back
    return frame is not None and _augments_local(frame, out)


def _augments_local(frame: Any, out: Any) -> bool:
    """Whether a frame stands at ``a op= ...`` with ``a`` a local variable bound to ``out``."""
    steps = [i for i in dis.get_instructions(frame.f_code) if i.opname not in ("CACHE", "EXTENDED_ARG")]
    here = next((k for k, i in enumerate(steps) if i.offset == frame.f_lasti), None)
    if here is None or here + 1 >= len(steps):
        return False
    operation, following = steps[here], steps[here + 1]
    augmented = operation.opname.startswith("INPLACE_") or (operation.opname == "BINARY_OP" and operation.argrepr.endswith("="))
    return augmented and following.opname.startswith("STORE_FAST") and frame.f_locals.get(following.argval if isinstance(following.argval, str) else following.argval[0]) is out


_PLAIN_ALONE: int | None = None


def _measure_plain_alone() -> int:
    """Count the references that `only_name` sees on an array with one name, by making such a call."""
    a = np.zeros(1)
    try:
        a += Tracer.__new__(Tracer)
    except _Count as count:
        return count.args[0]
    raise AssertionError("the calibrating call was not caught")


_PLAIN_ALONE = _measure_plain_alone()
