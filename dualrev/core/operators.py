"""A direct path for operators, ufuncs, slices and sums of arrays, past NumPy's dispatch.

Nothing here knows a derivative: the partials are the rows' own. On any surprise the general `apply` takes over.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .batching import Batched, SizedBatched
from .forward import Dual, SizedDual
from .indexing import getitem
from .inplace import NONE, note
from .methods import BINARY, UNARY
from .protocols import ufunc_call
from .recorded import SizedRecorded
from .reverse import Node, SizedNode, Tape
from .rows import TABLE
from .scalars import NUMBERS, PARTIALS, new_scalar, quiet, scalar_binary, scalar_ufunc, scalar_unary
from .tracer import Tracer, apply, is_scalar, meta
from .tree import LEAVES
from .waiting import Waiting

__all__ = ["install"]


def install() -> None:
    """Give the traced classes their fast operators. Call it when the table holds the arithmetic rows."""
    for name, (ufunc, operate) in BINARY.items():
        row = TABLE[ufunc]
        if row.kind == "elementwise":
            forward, reflected = scalar_binary(row, ufunc, operate)
            setattr(Node, f"__{name}__", forward)
            setattr(Node, f"__r{name}__", reflected)
        array = _array_binary(row, ufunc, operate, getattr(Tracer, f"__{name}__"))
        setattr(SizedNode, f"__{name}__", array)
        if row.kind == "elementwise" and ufunc is not np.power:  # of which the operator has other ways for some exponents
            _OPERATORS[ufunc] = array
        if row.kind == "elementwise":
            setattr(Batched, f"__{name}__", _batched_binary(operate, getattr(Tracer, f"__{name}__")))
            setattr(Batched, f"__r{name}__", _batched_reflected(operate, getattr(Tracer, f"__r{name}__")))
        general = getattr(Tracer, f"__r{name}__")
        setattr(SizedNode, f"__r{name}__", _array_reflected(row, operate, general) if row.kind == "elementwise" else general)
    for name, (ufunc, operate) in UNARY.items():
        setattr(Node, f"__{name}__", scalar_unary(TABLE[ufunc], ufunc, operate))
        setattr(SizedNode, f"__{name}__", getattr(Tracer, f"__{name}__"))
    PARTIALS.update({ufunc: quiet(row.rules[0]) for ufunc, row in TABLE.items() if row.kind == "elementwise" and isinstance(ufunc, np.ufunc) and callable(row.rules[0])})
    LEAVES.update((Node, SizedNode, Dual, SizedDual))
    Node.__array_ufunc__ = scalar_ufunc  # type: ignore[method-assign]
    SizedNode.__array_ufunc__ = _array_ufunc  # type: ignore[method-assign]
    Batched.__array_ufunc__ = _batched_ufunc  # type: ignore[method-assign]
    global _GETITEM
    _GETITEM = TABLE[getitem]
    setattr(SizedNode, "__getitem__", _getitem)
    SizedNode.__array_function__ = _array_function  # type: ignore[method-assign]
    setattr(SizedNode, "sum", _direct_method(TABLE[np.sum]))


ARRAYS = frozenset({np.ndarray, SizedDual, SizedBatched, SizedRecorded, Waiting})
_FIRST, _SECOND, _BOTH = (0,), (1,), (0, 1)


def _kept(row: Any, active: tuple[int, ...]) -> tuple[bool, ...]:
    """Whether the partials of the active arguments read y, and each argument."""
    keep_y, keep = row.keeps(active)
    return (keep_y, *(keep is None or i in keep for i in range(len(row.rules))))


def _array_binary(row: Any, ufunc: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    elementwise = row.kind == "elementwise" and not row.selective
    both, first = (_kept(row, _BOTH), _kept(row, _FIRST)) if elementwise else ((), ())

    def binary(self: Any, other: Any) -> Any:
        kind = type(other)
        tape = self._trace
        a = self._value
        if elementwise and type(a) in ARRAYS:
            if kind is SizedNode and other._trace is tape and type(b := other._value) in ARRAYS and a.shape == b.shape and a.dtype is b.dtype:
                y, place, kept = operate(a, b), other._aux, both
            elif kind in NUMBERS:
                b, place, kept = other, -1, first
                y = operate(a, b)
            else:
                return surprising(self, other, kind)
            if (dtype := y.dtype) is not a.dtype:
                return _general_entry(tape, row, y, a, b, self._aux, place)
            entries = tape.entries
            entries.append((row, y if kept[0] else None, a if kept[1] else None, b if kept[2] else None, self._aux, place, (y.shape, dtype)))
            node = SizedNode()
            node._trace, node._value, node._aux = tape, y, len(entries) - 1
            node._support = node._alias = None
            return node
        return surprising(self, other, kind)

    def surprising(self: Any, other: Any, kind: Any) -> Any:
        if kind in NUMBERS or ((kind is SizedNode or kind is Node) and other._trace is self._trace) or (kind is np.ndarray and other.dtype != object):
            return self._trace.process(row, operate, (self, other), {})
        return general(self, other)

    return binary


def _batched_binary(operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    """An elementwise operator of a plain payload and a number, or another of as many axes."""
    def binary(self: Any, other: Any) -> Any:
        a, trace = self._value, self._trace
        if type(a) is np.ndarray and trace.alive:
            if type(other) in NUMBERS:
                return trace.batched(operate(a, other))
            if type(other) is type(self) and other._trace is trace and type(b := other._value) is np.ndarray and len(a.shape) == len(b.shape):
                return trace.batched(operate(a, b))
        return general(self, other)

    return binary


def _batched_reflected(operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    def reflected(self: Any, other: Any) -> Any:
        a = self._value
        if type(a) is np.ndarray and type(other) in NUMBERS and self._trace.alive:
            return self._trace.batched(operate(other, a))
        return general(self, other)

    return reflected


def _batched_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Short cut for a ufunc of one batched array."""
    if len(inputs) == 1 and method == "__call__" and not kwargs:
        row: Any = TABLE.get(ufunc)
        if row is not None and row.kind == "elementwise" and not row.views and row.batch is not None and type(self._value) is np.ndarray and self._trace.alive:
            return self._trace.batched(ufunc(self._value))
    if method == "__call__" and not kwargs:
        return apply(ufunc, inputs, kwargs)
    return ufunc_call(ufunc, method, inputs, kwargs)


def _array_reflected(row: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    second = _kept(row, _SECOND)

    def reflected(self: Any, other: Any) -> Any:
        if type(other) in NUMBERS and type(a := self._value) in ARRAYS:
            return _reflected_entry(self, row, operate(other, a), other, a, second)
        return general(self, other)

    return reflected


def _reflected_entry(self: Any, row: Any, y: Any, a: Any, b: Any, kept: Any) -> Any:
    """Append an elementwise operation of a number and an array."""
    tape = self._trace
    dtype = y.dtype
    if dtype is not b.dtype:
        return _general_entry(tape, row, y, a, b, -1, self._aux)
    entries = tape.entries
    entries.append((row, y if kept[0] else None, a if kept[1] else None, b if kept[2] else None, -1, self._aux, (y.shape, dtype)))
    node = SizedNode()
    node._trace, node._value, node._aux = tape, y, len(entries) - 1
    node._support = node._alias = None
    return node


def _general_entry(tape: Tape, row: Any, y: Any, a: Any, b: Any, parent: int, other: int) -> Any:
    active = tuple((i, place, meta(x)) for i, (place, x) in enumerate(((parent, a), (other, b))) if place >= 0)
    tape.entries.append((row, y, (a, b), {}, active, meta(y)))
    return tape.node(y)


def _array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Short cut for a ufunc of one array on a tape."""
    if len(inputs) == 1 and method == "__call__" and not kwargs:
        row: Any = TABLE.get(ufunc)
        if row is not None and row.kind == "elementwise":
            a = self._value
            if type(a) in ARRAYS:
                y = ufunc(a)
                if type(y) in ARRAYS and (dtype := y.dtype) is a.dtype:
                    keep_y, keep = row.keeps(_FIRST)
                    tape = self._trace
                    entries = tape.entries
                    entries.append((row, y if keep_y else None, a if keep is None or keep else None, self._aux, (y.shape, dtype)))
                    node = SizedNode()
                    node._trace, node._value, node._aux = tape, y, len(entries) - 1
                    node._support = node._alias = None
                    return node
            return self._trace.process(row, ufunc, inputs, {})
    if method == "__call__" and not kwargs:
        if ufunc in _OPERATORS and inputs[0] is self and ((kind := type(inputs[1])) is SizedNode or kind in NUMBERS):
            return _OPERATORS[ufunc](self, inputs[1])
        return apply(ufunc, inputs, kwargs)
    return ufunc_call(ufunc, method, inputs, kwargs)


_OPERATORS: dict[Any, Any] = {}


def _array_function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Short cut for a reduction of one array on a tape."""
    if not kwargs and len(args) == 1 and args[0] is self:
        row = TABLE.get(function)
        if row is not None and row.direct is not None and type(self._value) in ARRAYS:
            return _direct(row, self)
    return _general_function(self, function, types, args, kwargs)


_general_function = Tracer.__array_function__


def _direct(row: Any, x: Any) -> Any:
    """Append a linear function of one array."""
    a, tape = x._value, x._trace
    y = row.direct(a)
    entries = tape.entries
    if row.weight is not None and type(y) is np.float64 and a.dtype is y.dtype and not tape.keeps:
        entries.append((x._aux, row.weight))  # compact: the cotangent of every entry is the same number
        return new_scalar(tape, entries, y)
    entries.append((row, x._aux, ((a.shape, a.dtype), _FLOAT_FORM if type(y) is np.float64 else meta(y), ())))
    return new_scalar(tape, entries, y) if is_scalar(y) else tape.node(y)


_FLOAT_FORM = meta(1.0)


def _direct_method(row: Any) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return apply(row.function, (self, *args), kwargs) if args or kwargs or type(self._value) not in ARRAYS else _direct(row, self)

    return method


def _getitem(self: Any, index: Any) -> Any:
    """Short cut for one integer, slice or array."""
    kind = type(index)
    if kind is tuple and len(index) == 1 and type(index[0]) in _SINGLE:
        index = index[0]
        kind = type(index)
    a = self._value
    if (kind is int or kind is slice) and type(a) in ARRAYS:
        y = a[index]
        tape = self._trace
        entries = tape.entries
        entries.append((_GETITEM, self._aux, ((a.shape, a.dtype), (y.shape, y.dtype), (index,))))
        if kind is int and is_scalar(y):
            return new_scalar(tape, entries, y)
        node = SizedNode()
        node._trace, node._value, node._aux, node._support = tape, y, len(entries) - 1, None
        note(self, _GETITEM, (index,), NONE, node)
        return node
    if kind is np.ndarray and index.dtype.kind in "iub":
        return self._trace.process(_GETITEM, operator.getitem, (self, index), {})
    return _read(self, index)


def _read(self: Any, index: Any) -> Any:
    """Short cut for one integer or slice of any other traced array."""
    if type(index) is int or type(index) is slice:
        return self._trace.process(_GETITEM, getitem, (self, index), {})
    return apply(getitem, (self, index), {})


_GETITEM: Any = None
_SINGLE = frozenset({int, slice, np.ndarray})
