"""Writing to traced arrays: functional underneath, with NumPy's meaning above, or an error.

A write replaces the payload of the traced array by an updated copy. Where nobody else holds the old payload (no tape entry,
no view) the copy is left out, which keeps loops that fill a buffer linear. Views know their parent: a write through one
reaches the parent, and after a write the other views that are still alive are read anew.
"""

from __future__ import annotations

import operator
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import LeavesTraceError, at_line
from .indexing import getitem, is_basic, replaced
from .numbers import NUMBERS
from .rows import TABLE, Like
from .tracer import Tracer, apply, meta, peek, top_trace

__all__ = ["NONE", "augment", "changer", "note", "note_view", "own", "rebind", "update", "write"]


NONE: dict[str, Any] = {}


class Alias:
    """How an array shares memory: its parent, the call that reads it from there, and the views that read from it."""

    __slots__ = ("args", "kwargs", "parent", "row", "synced", "version", "views")

    def __init__(self, parent: Any, row: Any, args: Any, kwargs: Any, synced: int, views: list[Any] | None) -> None:
        self.parent = parent  # strong, as ndarray.base is
        self.row, self.args, self.kwargs = row, args, kwargs
        self.version = 0  # counts the writes to this array
        self.synced = synced  # the parent's version at which both last held the same
        self.views = views  # weak; None until there is one

    def read(self) -> Any:
        """Read the view from its parent anew."""
        return apply(self.row.function, (self.parent, *self.args), self.kwargs)

    def seen(self, form: Any) -> Any:
        """The part of the parent's memory that the view shows, in an array of its shape."""
        return form[self.args[0]] if self.row.function is getitem else form

    def pass_on(self, view: Any) -> None:
        """Let the parent have what was written to the view."""
        if self.row.function is getitem:
            _write(self.parent, self.args[0], view)
        elif self.row.onto and view.dtype == self.parent.dtype:
            rebind(self.parent, self.row.vjp(0, view, None, (Like(*meta(self.parent)), *self.args), self.kwargs), view)
        elif self.row.write_back is not None:
            rebind(self.parent, self.row.write_back(self.parent, view), view)
        else:
            raise LeavesTraceError(f"writing through {self.row.name} to the array that it shows{at_line()}. Write to that array itself, or to a copy.")


_WHOLE = object()


def note_view(row: Any, args: Any, kwargs: Any, view: Any) -> None:
    """Remember that a traced array is a view of the first argument of the call that made it, where NumPy's would be one."""
    parent = args[0]
    if row.function is getitem:
        if not is_basic(args[1]):
            return
    elif not np.may_share_memory(peek(parent), peek(view)):
        return
    note(parent, row, args[1:], kwargs, view)


def note(parent: Any, row: Any, args: Any, kwargs: Any, view: Any) -> None:
    """Remember that a traced array is a view of another, read from it by the row's function."""
    mine, ref = getattr(parent, "_alias", None), _weak(view)
    if mine is None:
        mine = parent._alias = Alias(None, None, (), NONE, 0, [ref])
    elif mine.views is None:
        mine.views = [ref]
    else:
        live = mine.views
        n = len(live)
        if n > 16 and not n & (n - 1):  # at powers of two, so that a view costs the same however many are alive
            live[:] = [ref for ref in live if ref() is not None]
        live.append(ref)
    view._alias = Alias(parent, row, args, kwargs, mine.version, None)
    if mine.version:
        _detach(view, parent)


def _detach(view: Any, parent: Any) -> None:
    """Give a small part of an array that is written to memory of its own: a tape that kept NumPy's view would keep the whole array, which the next write would copy."""
    if view.size * 4 > parent.size:
        return
    for name in ("_value", "_aux"):
        part, whole = getattr(view, name), getattr(parent, name)
        if type(part) is np.ndarray:
            if part.base is not None:
                setattr(view, name, part.copy("K"))
        elif isinstance(part, Tracer) and isinstance(whole, Tracer):
            alias = getattr(whole, "_alias", None)
            if alias is not None and alias.views and alias.views[-1]() is part:
                alias.views.pop()
                part._alias = None
            _detach(part, whole)


_weak = weakref.ref


def write(x: Any, index: Any, v: Any) -> None:
    """``x[index] = v`` for a traced x.

    Raises
    ------
    LeavesTraceError
        If x holds integers, or is a view that cannot be written through.
    """
    if not (isinstance(v, Tracer) and v.shape and v._alias is not None and _wrote_through(x, index, v)):
        _write(x, index, v)


def update(x: Any, index: Any, v: Any, function: Callable[..., Any], change: Callable[..., Any]) -> None:
    """Let a traced x become ``function(x, v, index)``, which differs from x at an index only; ``change(x, v, index)``, from `changer`, does it to a payload."""
    _write(x, index, v, function, change)


def _write(x: Any, index: Any, v: Any, function: Callable[..., Any] = replaced, change: Any = None) -> None:
    v = _lifted(v)
    if x.dtype.kind in "biu":
        raise LeavesTraceError(f"x[...] = v would round v to {x.dtype}{at_line()}. Make x a float array.")
    seeing = _seeing(x, index, v)
    higher = isinstance(v, Tracer) and v._trace.level > x._trace.level
    if not higher and not seeing and _alone(x):
        new = x._trace.overwrite(TABLE[function], x, index, v, change or _overwrite)
    else:
        new = apply(function, (x, v, index), {})
    _hand_over(x, new)
    _refresh(x, seeing)


def rebind(x: Any, new: Any, writer: Any = None) -> None:
    """Let the traced array x become ``new``, as an augmented assignment does; ``writer`` is the view that passes it on."""
    if meta(new)[0] != x.shape:
        raise ValueError(f"non-broadcastable output operand with shape {x.shape} doesn't match the broadcast shape {meta(new)[0]}{at_line()}")
    if meta(new)[1] != x.dtype:
        if not np.can_cast(meta(new)[1], x.dtype, "same_kind"):
            raise TypeError(f"cannot write {meta(new)[1]} into an array of {x.dtype}{at_line()}. Write x = x + y instead of x += y.")
        new = new.astype(x.dtype)
    if not isinstance(new, Tracer):
        write(x, ..., new)
        return
    seeing = _seeing(x, _WHOLE, writer)
    _hand_over(x, new)
    _refresh(x, seeing)


def augment(x: Any, new: Any) -> Any:
    """Finish ``x op= y`` of which ``new`` is ``x op y``: scalars are bound anew, arrays written to."""
    if isinstance(x, Tracer) and (x.shape or _is_array(x)):
        rebind(x, new)
        return x
    return new


def _is_array(x: Any) -> bool:
    """Whether a value without axes is an array, to which others may refer, and not a number."""
    while isinstance(x, Tracer):
        if x._lead or getattr(x, "_alias", None) is not None:
            return x._alias is not None  # the payload has axes of its own
        x = x._value
    return isinstance(x, np.ndarray)


def own(x: Any) -> Any:
    """Mark a new array that a program will write to, where its shape does not tell it from a number."""
    if not x.shape:
        x._alias = Alias(None, None, (), NONE, 0, None)
    return x


def _hand_over(x: Any, new: Any) -> None:
    """Make x hold what ``new`` holds; a view passes it on to its parent."""
    _take_over(x, new)
    alias = getattr(x, "_alias", None)
    if alias is None:
        return
    alias.version += 1
    parent = alias.parent
    if parent is None:
        return
    alias.pass_on(x)
    alias.synced = parent._alias.version


def _take_over(x: Any, new: Any) -> None:
    x.__class__ = new.__class__
    x._trace, x._value, x._aux, x._support = new._trace, new._value, new._aux, getattr(new, "_support", None)  # scalars on a tape have neither
    if not x.shape:
        x._alias = getattr(x, "_alias", None)


def _wrote_through(x: Any, index: Any, v: Any) -> bool:
    """Whether v is the view ``x[index]`` that has just passed its own write on to x, as in ``x[index] += 1``."""
    alias = v._alias
    return (alias.parent is x and alias.row.function is getitem and x._alias is not None and alias.synced == x._alias.version
            and _same_index(alias.args[0], index))


def _same_index(a: Any, b: Any) -> bool:
    if type(a) is tuple and type(b) is tuple:
        return len(a) == len(b) and all(map(_same_index, a, b))
    return type(a) is type(b) and not isinstance(a, np.ndarray) and a == b


def _seeing(x: Any, index: Any, v: Any) -> list[Any]:
    """List the live views of x that have to show what is written there."""
    alias = getattr(x, "_alias", None)
    if alias is None or not alias.views:
        return []
    live = [view for view in (ref() for ref in alias.views) if view is not None and view._alias.parent is x]
    alias.views[:] = [weakref.ref(view) for view in live]
    others = [view for view in live if view is not v]
    if not others:
        return []
    form = np.empty(x.shape, np.int8)
    region = form if index is _WHOLE or not is_basic(index) else form[index]
    if not isinstance(region, np.ndarray):  # a single entry: NumPy reads it as a copy
        region = form[(*index, ...) if type(index) is tuple else (index, ...)]
    return [view for view in others if np.may_share_memory(region, view._alias.seen(form))]


def _refresh(x: Any, views: list[Any]) -> None:
    """Read views anew from the array that has been written to, and their own views after them."""
    for view in views:
        inner = _seeing(view, _WHOLE, None)
        _take_over(view, view._alias.read())
        view._alias.version += 1
        view._alias.synced = x._alias.version
        _refresh(view, inner)


def _lifted(v: Any) -> Any:
    kind = type(v)
    if kind in NUMBERS or isinstance(v, Tracer) or (kind is np.ndarray and v.dtype.kind in "biufc"):
        return v
    from .objects import lift

    if type(v) in (list, tuple) and top_trace(v)[0] is not None:
        v = np.array(v, dtype=object)
    return lift(v)


def changer(function: Callable[..., Any], do: Callable[..., Any]) -> Callable[..., Any]:
    """What makes ``function(x, v, index)`` of a payload that its tracer alone holds: ``do(x, index, v)`` changes a plain array in place."""
    def change(x: Any, v: Any, index: Any) -> Any:
        if isinstance(x, Tracer):
            alias = getattr(x, "_alias", None)
            if alias is not None and (alias.parent is not None or any(view() is not None for view in alias.views or ())):
                return function(x, v, index)
            _write(x, index, v, function, change)
            return x
        if isinstance(v, Tracer) or not isinstance(x, np.ndarray) or not x.flags.writeable or x.base is not None:
            return function(x, v, index)
        do(x, index, v)
        return x

    return change


_overwrite = changer(replaced, operator.setitem)


def _alone(x: Any) -> bool:
    return sys.getrefcount(x._value) <= _ALONE


class _Held:
    __slots__ = ("_value",)
    _value: Any


def _measure_alone() -> int:
    """Count the references that `_alone` sees on a payload held by its tracer only; interpreters differ."""
    held = _Held()
    held._value = object()
    seen = []

    def count(x: Any) -> None:
        seen.append(sys.getrefcount(x._value))

    count(held)
    return seen[0]


_ALONE = _measure_alone()
