"""A direct path for Python's operators, past NumPy's dispatch: scalars on a tape and dual scalars most of all.

Nothing here knows a derivative: the partials are the rows' own. On any surprise the general `apply` takes over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .methods import BINARY, UNARY
from .reverse import Node, SizedNode, Tape
from .rows import TABLE
from .tracer import Tracer, apply

__all__ = ["install"]

REALS = frozenset({float, np.float64})
NUMBERS = frozenset({float, int, np.float64})


def install() -> None:
    """Give the traced classes their fast operators. Call it when the table holds the arithmetic rows."""
    for name, (ufunc, operate) in BINARY.items():
        row = TABLE[ufunc]
        if row.kind == "elementwise":
            forward, reflected = _scalar_binary(row, ufunc, operate)
            setattr(Node, f"__{name}__", forward)
            setattr(Node, f"__r{name}__", reflected)
        array = _array_binary(row, ufunc, operate, getattr(Tracer, f"__{name}__"))
        setattr(SizedNode, f"__{name}__", array)
        if row.kind == "elementwise":
            setattr(SizedNode, f"__r{name}__", getattr(Tracer, f"__r{name}__"))
    for name, (ufunc, operate) in UNARY.items():
        setattr(Node, f"__{name}__", _scalar_unary(TABLE[ufunc], ufunc, operate))
    for node in (Node, SizedNode):
        node.__array_ufunc__ = _array_ufunc  # type: ignore[method-assign]


def _slope(partial: Any, y: Any, *args: Any) -> Any:
    """Evaluate a partial for plain floats; where Python's arithmetic raises, NumPy's gives the infinity."""
    try:
        return partial(y, *args)
    except (ZeroDivisionError, OverflowError):
        with np.errstate(all="ignore"):
            return partial(np.float64(y), *map(np.float64, args))


def _getter(partial: Any) -> Callable[..., Any]:
    """Return the partial as a function; rows hold the constants 1 and -1 as such."""
    return partial if callable(partial) else lambda *_: partial


def _new(tape: Tape, entries: Any, value: Any) -> Any:
    node: Any = _make(Node)
    node._trace, node._value, node._aux = tape, value, len(entries) - 1
    node._support = node._alias = None
    return node


_make: Any = object.__new__


def _scalar_binary(row: Any, ufunc: Any, operate: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    p, q = map(_getter, row.rules)

    def forward(self: Any, other: Any) -> Any:
        a = self._value
        if type(a) in REALS:
            tape = self._trace
            kind = type(other)
            if kind is Node:
                b = other._value
                if other._trace is tape and type(b) in REALS:
                    y = operate(a, b)
                    if type(y) in REALS:
                        entries = tape.entries
                        try:
                            entries.append((self._aux, p(y, a, b), other._aux, q(y, a, b)))
                        except (ZeroDivisionError, OverflowError):
                            entries.append((self._aux, _slope(p, y, a, b), other._aux, _slope(q, y, a, b)))
                        node = _make(Node)
                        node._trace, node._value, node._aux = tape, y, len(entries) - 1
                        node._support = node._alias = None
                        return node
            elif kind in NUMBERS:
                y = operate(a, other)
                if type(y) in REALS:
                    entries = tape.entries
                    try:
                        entries.append((self._aux, p(y, a, other)))
                    except (ZeroDivisionError, OverflowError):
                        entries.append((self._aux, _slope(p, y, a, other)))
                    node = _make(Node)
                    node._trace, node._value, node._aux = tape, y, len(entries) - 1
                    node._support = node._alias = None
                    return node
        return general(self, other)

    def reflected(self: Any, other: Any) -> Any:
        a = self._value
        if type(other) in NUMBERS and type(a) in REALS:
            y = operate(other, a)
            if type(y) in REALS:
                entries = self._trace.entries
                entries.append((self._aux, _slope(q, y, other, a)))
                return _new(self._trace, entries, y)
        return general_reflected(self, other)

    general = getattr(Tracer, f"__{_python_name(ufunc)}__")
    general_reflected = getattr(Tracer, f"__r{_python_name(ufunc)}__")
    return forward, reflected


_NAMES = {ufunc: name for name, (ufunc, _) in BINARY.items()}


def _python_name(ufunc: Any) -> str:
    return _NAMES[ufunc]


def _scalar_unary(row: Any, ufunc: Any, operate: Callable[..., Any]) -> Callable[..., Any]:
    p = _getter(row.rules[0])

    def unary(self: Any) -> Any:
        a = self._value
        if type(a) in REALS:
            y = operate(a)
            entries = self._trace.entries
            entries.append((self._aux, _slope(p, y, a)))
            return _new(self._trace, entries, y)
        return apply(ufunc, (self,), {}, operate)

    return unary


def _array_binary(row: Any, ufunc: Any, operate: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    def binary(self: Any, other: Any) -> Any:
        kind = type(other)
        tape = self._trace
        if kind in NUMBERS or ((kind is SizedNode or kind is Node) and other._trace is tape) or (kind is np.ndarray and other.dtype != object):
            return tape.process(row, operate, (self, other), {})
        return general(self, other)

    return binary


def _array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Short cut for a ufunc of one real scalar, or of one array, on a tape."""
    if len(inputs) == 1 and method == "__call__" and not kwargs:
        row = TABLE.get(ufunc)
        if row is not None and row.kind == "elementwise":
            a = self._value
            tape = self._trace
            if type(a) not in REALS:
                return tape.process(row, ufunc, inputs, {})
            y = ufunc(a)
            if type(y) in REALS:
                entries = tape.entries
                partial = row.rules[0]
                entries.append((self._aux, _slope(partial, y, a) if callable(partial) else partial))
                return _new(tape, entries, y)
    return _general_ufunc(self, ufunc, method, *inputs, **kwargs)


_general_ufunc = Tracer.__array_ufunc__
