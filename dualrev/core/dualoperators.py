"""A direct path for operators, ufuncs, slices and sums of dual numbers that are small or recorded, past `apply`.

Nothing here knows a derivative: the partials are the rows' own. Large arrays take the general path, which uses their memory again, and so does every surprise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .cotangents import WORTH
from .forward import Dual, SizedDual
from .indexing import getitem
from .inplace import NONE, note
from .methods import BINARY
from .numbers import ENDS, FLOAT, NUMBERS
from .protocols import ufunc_call
from .quiet import hush, unhush
from .recorded import Recorded, SizedRecorded
from .rows import MINUS_ONE, ONE, TABLE
from .tracer import Tracer, apply
from .waiting import Waiting

__all__ = ["install"]

PLAIN = frozenset({np.ndarray, np.float64, SizedRecorded, Recorded})
_general_function = Tracer.__array_function__


def install() -> None:
    """Give dual numbers their fast operators. Call it when the table holds the arithmetic rows."""
    for name, (ufunc, operate) in BINARY.items():
        row, general, reflected = TABLE[ufunc], getattr(Tracer, f"__{name}__"), getattr(Tracer, f"__r{name}__")
        usual = row.kind == "elementwise" and not row.selective
        setattr(Dual, f"__{name}__", _binary(row, operate, general) if usual else general)
        setattr(SizedDual, f"__{name}__", _binary(row, operate, general) if usual else _processed(row, operate, general))
        if usual:
            setattr(Dual, f"__r{name}__", _reflected(row, operate, reflected))
    SizedDual.__array_ufunc__ = _ufunc  # type: ignore[method-assign]
    SizedDual.__array_function__ = _function  # type: ignore[method-assign]
    setattr(SizedDual, "__getitem__", _getitem)
    setattr(SizedDual, "sum", _sum)


def _simple(x: Any) -> bool:
    """Whether a dual number needs nothing but its value and its tangent to go on."""
    a, trace = x._value, x._trace
    return x._support is None and type(a) in PLAIN and trace.later is None and trace.alive and a.dtype is FLOAT and (type(a) is not np.ndarray or a.nbytes < WORTH)


def _term(t: Any, row: Any, i: int, y: Any, args: Any) -> Any:
    """The product of a tangent and a partial."""
    p = row.rules[i]
    return t if p is ONE else -t if p is MINUS_ONE else t * row.partial(i, y, args, NONE)


def _one(row: Any, i: int, y: Any, args: Any, x: Any) -> Any:
    """The dual number of a call with one that varies, x in the place i."""
    silence = hush()
    try:
        return x._trace.dual(y, _term(x._aux, row, i, y, args))
    finally:
        unhush(silence)


def _both(row: Any, y: Any, args: Any, x: Any, z: Any) -> Any:
    """The dual number of a call with two that vary."""
    silence = hush()
    try:
        t = _term(x._aux, row, 0, y, args)
        t = t - z._aux if row.rules[1] is MINUS_ONE else t + _term(z._aux, row, 1, y, args)
        return x._trace.dual(y, t)
    finally:
        unhush(silence)


def _processed(row: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    def binary(self: Any, other: Any) -> Any:
        kind = type(other)
        if kind in NUMBERS or ((kind is SizedDual or kind is Waiting or kind is Dual) and other._trace is self._trace):
            return self._trace.process(row, operate, (self, other), {})
        return general(self, other)

    return binary


def _binary(row: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    processed = _processed(row, operate, general)

    def binary(self: Any, other: Any) -> Any:
        kind, a = type(other), self._value
        if kind in NUMBERS:
            if _simple(self):
                y = operate(a, other)
                if y.dtype is FLOAT:
                    return _one(row, 0, y, (a, other), self)
        elif kind is type(self) and other._trace is self._trace and _simple(self) and _simple(other):
            b = other._value
            if a.shape == b.shape:
                y = operate(a, b)
                return _both(row, y, (a, b), self, other)
        return processed(self, other)

    return binary


def _reflected(row: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    def reflected(self: Any, other: Any) -> Any:
        if type(other) in NUMBERS and _simple(self):
            b = self._value
            y = operate(other, b)
            if y.dtype is FLOAT:
                return _one(row, 1, y, (other, b), self)
        return general(self, other)

    return reflected


def _ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Short cut for a ufunc of one array."""
    if method != "__call__" or kwargs:
        return ufunc_call(ufunc, method, inputs, kwargs)
    if len(inputs) == 1 and _simple(self):
        row: Any = TABLE.get(ufunc)
        if row is not None and row.kind == "elementwise" and not row.selective and not row.views:
            a = self._value
            y = ufunc(a)
            if y.dtype is FLOAT:
                return _one(row, 0, y, (a,), self)
    return apply(ufunc, inputs, kwargs)


def _function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Short cut for a sum."""
    if function is np.sum and not kwargs and len(args) == 1 and args[0] is self:
        return _sum(self)
    return _general_function(self, function, types, args, kwargs)


def _sum(self: Any, *args: Any, **kwargs: Any) -> Any:
    if args or kwargs or not _simple(self):
        return apply(np.sum, (self, *args), kwargs)
    direct: Any = TABLE[np.sum].direct
    return self._trace.dual(direct(self._value), direct(self._aux))


def _getitem(self: Any, index: Any) -> Any:
    """Short cut for one integer or slice."""
    kind = type(index)
    if kind is slice and {type(index.start), type(index.stop), type(index.step)} <= ENDS and _simple(self):
        result = self._trace.dual(self._value[index], self._aux[index])
        note(self, TABLE[getitem], (index,), NONE, result)
        return result
    return self._trace.process(TABLE[getitem], getitem, (self, index), {}) if kind is int or kind is slice else apply(getitem, (self, index), {})
