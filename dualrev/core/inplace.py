"""Writing to traced arrays: functional underneath, with NumPy's meaning above, or an error.

A write replaces the payload of the traced array by an updated copy. Where nobody else holds the old payload (no tape entry,
no view) the copy is left out, which keeps loops that fill a buffer linear. Views know their parent: a write through one
reaches the parent; a write that would change another view which is still alive is followed by reading that view anew, or
raises where the view was not made by indexing.
"""

from __future__ import annotations

import dis
import sys
import weakref
from typing import Any, NoReturn

import numpy as np

from .errors import LeavesTraceError, at_line
from .indexing import getitem, is_basic, replaced
from .rows import TABLE
from .tracer import Tracer, apply, meta, top_trace

__all__ = ["augment", "into", "note_view", "only_name", "raise_plain_out", "rebind", "write"]


class Alias:
    """How an array shares memory: its parent with the index that reads it from there, and the views that read from it."""

    __slots__ = ("index", "origin", "parent", "version", "views")

    def __init__(self) -> None:
        self.parent: Any = None
        self.index: Any = None
        self.version = 0
        self.views: list[Any] = []
        self.origin: Any = None


_WHOLE = object()


def note_view(parent: Any, view: Any, index: Any = None) -> None:
    """Remember that a traced array is a view of another; ``index`` is None where it was not made by indexing."""
    mine = parent._alias
    if mine is None:
        mine = parent._alias = Alias()
    live = mine.views
    if len(live) > 16:
        live[:] = [ref for ref in live if ref() is not None]
    live.append(weakref.ref(view))
    other = view._alias = Alias()
    other.parent, other.index, other.version = weakref.ref(parent), index, mine.version


def write(x: Any, index: Any, v: Any) -> None:
    """``x[index] = v`` for a traced x.

    Raises
    ------
    LeavesTraceError
        If x holds integers, or a live view would have to change with x.
    """
    if isinstance(v, Tracer) and v._alias is not None and _wrote_through(x, index, v):
        return
    v = _lifted(v)
    if x.dtype.kind in "biu":
        raise LeavesTraceError(f"x[...] = v would round v to {x.dtype}{at_line()}. Make x a float array.")
    seeing = _seeing(x, index, v)
    higher = isinstance(v, Tracer) and v._trace.level > x._trace.level
    if not higher and not seeing and _alone(x):
        new = x._trace.process(TABLE[replaced], _overwrite, (x, v, index), {})
    else:
        new = apply(replaced, (x, v, index), {})
    _hand_over(x, new)
    _refresh(x, seeing)


def rebind(x: Any, new: Any) -> None:
    """Let the traced array x become ``new``, as an augmented assignment does."""
    if meta(new)[0] != x.shape:
        raise ValueError(f"non-broadcastable output operand with shape {x.shape} doesn't match the broadcast shape {meta(new)[0]}{at_line()}")
    if meta(new)[1] != x.dtype:
        if not np.can_cast(meta(new)[1], x.dtype, "same_kind"):
            raise TypeError(f"cannot write {meta(new)[1]} into an array of {x.dtype}{at_line()}. Write x = x + y instead of x += y.")
        new = new.astype(x.dtype)
    if not isinstance(new, Tracer):
        write(x, ..., new)
        return
    seeing = _seeing(x, _WHOLE, new)
    _hand_over(x, new)
    _refresh(x, seeing)


def augment(x: Any, new: Any) -> Any:
    """Finish ``x op= y`` of which ``new`` is ``x op y``: scalars are bound anew, arrays written to."""
    if isinstance(x, Tracer) and x.shape:
        rebind(x, new)
        return x
    return new


def _hand_over(x: Any, new: Any) -> None:
    """Make x hold what ``new`` holds; a view passes it on to its parent."""
    _take_over(x, new)
    alias = x._alias
    if alias is None:
        return
    alias.version += 1
    parent = alias.parent and alias.parent()
    if parent is None:
        return
    if alias.index is None:
        raise LeavesTraceError(f"writing to a reshaped or transposed view of an array that is still in use{at_line()}. Write to the array itself, or to a copy of the view.")
    alias.parent = None  # so that the parent's own check passes over this view
    try:
        write(parent, alias.index, x)
    finally:
        alias.parent = weakref.ref(parent)
    alias.version = parent._alias.version


def _take_over(x: Any, new: Any) -> None:
    x.__class__ = new.__class__
    x._trace, x._value, x._aux, x._support = new._trace, new._value, new._aux, new._support


def _wrote_through(x: Any, index: Any, v: Any) -> bool:
    """Whether v is the view ``x[index]`` that has just passed its own write on to x, as in ``x[index] += 1``."""
    alias = v._alias
    return (alias.parent is not None and alias.parent() is x and x._alias is not None and alias.version == x._alias.version
            and _same_index(alias.index, index))


def _same_index(a: Any, b: Any) -> bool:
    if type(a) is tuple and type(b) is tuple:
        return len(a) == len(b) and all(map(_same_index, a, b))
    return type(a) is type(b) and not isinstance(a, np.ndarray) and a == b


def _seeing(x: Any, index: Any, v: Any) -> list[Any]:
    """List the live views of x that have to show what is written there.

    Raises
    ------
    LeavesTraceError
        If one of them was not made by indexing, so that it cannot be read anew.
    """
    alias = x._alias
    if alias is None or not alias.views:
        return []
    live = [view for view in (ref() for ref in alias.views) if view is not None and view is not v and view._alias.parent is not None and view._alias.parent() is x]
    alias.views[:] = [weakref.ref(view) for view in live]
    form = np.empty(x.shape, np.int8) if live else None
    region = form if index is _WHOLE or not is_basic(index) else form[index]  # type: ignore[index]
    seeing = []
    for view in live:
        seen = form if view._alias.index is None else form[view._alias.index]  # type: ignore[index]
        if np.may_share_memory(region, seen) and np.shares_memory(region, seen):  # type: ignore[arg-type]
            if view._alias.index is None:
                raise LeavesTraceError(f"an array is written to while a reshaped or transposed view of it is still in use; with NumPy the view would change too{at_line()}. "
                                       "Take a copy where you made the view (y.T.copy()), or write first and read after.")
            seeing.append(view)
    return seeing


def _refresh(x: Any, views: list[Any]) -> None:
    """Read views anew from the array that has been written to, and their own views after them."""
    for view in views:
        alias = view._alias
        inner = _seeing(view, _WHOLE, None)
        _take_over(view, getitem(x, alias.index))
        alias.version = x._alias.version
        _refresh(view, inner)


def _lifted(v: Any) -> Any:
    from .objects import lift

    if type(v) in (list, tuple) and top_trace(v)[0] is not None:
        v = np.array(v, dtype=object)
    return lift(v)


def _overwrite(x: Any, v: Any, index: Any) -> Any:
    """Write to a payload that its tracer alone holds."""
    if isinstance(x, Tracer):
        if x._alias is not None:
            return replaced(x, v, index)
        write(x, index, v)
        return x
    if isinstance(v, Tracer) or not isinstance(x, np.ndarray) or not x.flags.writeable or x.base is not None:
        return replaced(x, v, index)
    x[index] = v
    return x


def _alone(x: Any) -> bool:
    return sys.getrefcount(x._value) <= _ALONE


class _Held:
    __slots__ = ("_value",)


def _measure_alone() -> int:
    """Count the references that `_alone` sees on a payload held by its tracer only; interpreters differ."""
    held = _Held()
    held._value = object()
    seen = []

    def count(x: Any) -> bool:
        return bool(seen.append(sys.getrefcount(x._value)))

    count(held)
    return seen[0]


_ALONE = _measure_alone()


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
        a += Tracer.__new__(Tracer)  # type: ignore[misc]
    except _Count as count:
        return count.args[0]
    raise AssertionError("the calibrating call was not caught")


_PLAIN_ALONE = _measure_plain_alone()
