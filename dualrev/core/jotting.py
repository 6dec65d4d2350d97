"""A direct path for recordings: operators, ufuncs, slices and sums of plain payloads, past NumPy's dispatch.

What is written down is the same as on the general path, to which everything else goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .indexing import getitem
from .inplace import NONE, note
from .methods import BINARY, UNARY
from .numbers import ENDS, NUMBERS, REALS
from .protocols import ufunc_call
from .recorded import Discrete, Recorded, SizedRecorded
from .rows import TABLE
from .tracer import Tracer, apply

__all__ = ["install"]

PLAIN = REALS | {np.ndarray}
_general_function = Tracer.__array_function__


def install() -> None:
    """Give recorded values their fast operators. Call it when the table holds the arithmetic rows."""
    for name, (ufunc, operate) in BINARY.items():
        row, general, reflected = TABLE[ufunc], getattr(Tracer, f"__{name}__"), getattr(Tracer, f"__r{name}__")
        setattr(Recorded, f"__{name}__", _binary(row, operate, general))
        setattr(Recorded, f"__r{name}__", _reflected(row, operate, reflected))
        setattr(Discrete, f"__{name}__", general)
        setattr(Discrete, f"__r{name}__", reflected)
    for name, (ufunc, operate) in UNARY.items():
        setattr(Recorded, f"__{name}__", _unary(TABLE[ufunc], operate, getattr(Tracer, f"__{name}__")))
        setattr(Discrete, f"__{name}__", getattr(Tracer, f"__{name}__"))
    Recorded.__array_ufunc__ = _ufunc  # type: ignore[method-assign]
    SizedRecorded.__array_function__ = _function  # type: ignore[method-assign]
    setattr(SizedRecorded, "__getitem__", _getitem)
    setattr(SizedRecorded, "sum", _sum)


def _binary(row: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    def binary(self: Any, other: Any) -> Any:
        a, trace, kind = self._value, self._trace, type(other)
        if type(a) in PLAIN and trace.alive:
            v = self._aux
            if kind in NUMBERS:
                return trace.jot(row, operate, (v, other), operate(a, other), [v])
            if (kind is SizedRecorded or kind is Recorded) and other._trace is trace and type(b := other._value) in PLAIN:
                return trace.jot(row, operate, (v, other._aux), operate(a, b), [v, other._aux])
        return general(self, other)

    return binary


def _reflected(row: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    def reflected(self: Any, other: Any) -> Any:
        a, trace = self._value, self._trace
        if type(other) in NUMBERS and type(a) in PLAIN and trace.alive:
            return trace.jot(row, operate, (other, self._aux), operate(other, a), [self._aux])
        return general(self, other)

    return reflected


def _unary(row: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    def unary(self: Any) -> Any:
        a, trace = self._value, self._trace
        return trace.jot(row, operate, (self._aux,), operate(a), [self._aux]) if type(a) in PLAIN and trace.alive else general(self)

    return unary


def _ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Short cut for a ufunc of one value."""
    if method == "__call__" and not kwargs:
        if len(inputs) == 1:
            row: Any = TABLE.get(ufunc)
            a, trace = self._value, self._trace
            if row is not None and row.kind == "elementwise" and type(a) in PLAIN and trace.alive:
                return trace.jot(row, ufunc, (self._aux,), ufunc(a), [self._aux])
        return apply(ufunc, inputs, kwargs)
    return ufunc_call(ufunc, method, inputs, kwargs)


def _function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Short cut for a sum."""
    if function is np.sum and not kwargs and len(args) == 1 and args[0] is self:
        return _sum(self)
    return _general_function(self, function, types, args, kwargs)


def _sum(self: Any, *args: Any, **kwargs: Any) -> Any:
    a, trace = self._value, self._trace
    if args or kwargs or type(a) is not np.ndarray or not trace.alive:
        return apply(np.sum, (self, *args), kwargs)
    return trace.jot(TABLE[np.sum], np.sum, (self._aux,), a.sum(), [self._aux])


def _getitem(self: Any, index: Any) -> Any:
    """Short cut for one integer or slice."""
    kind, a, trace = type(index), self._value, self._trace
    if type(a) is np.ndarray and trace.alive and (kind is int or (kind is slice and {type(index.start), type(index.stop), type(index.step)} <= ENDS)):
        result = trace.jot(TABLE[getitem], getitem, (self._aux, index), a[index], [self._aux])
        if type(result) is SizedRecorded:
            note(self, TABLE[getitem], (index,), NONE, result)
        return result
    return apply(getitem, (self, index), {})
