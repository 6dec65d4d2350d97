"""Real scalars on a tape: operators and ufuncs that store their partials as plain numbers, past every dispatch.

Nothing here knows a derivative: the partials are the rows' own. On any surprise the general `apply` takes over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .methods import BINARY
from .numbers import NUMBERS, REALS
from .protocols import ufunc_call
from .quiet import hush, unhush
from .reverse import Node, Tape
from .signatures import divides
from .tracer import Tracer, apply

__all__ = ["NUMBERS", "PARTIALS", "REALS", "new_scalar", "quiet", "scalar_binary", "scalar_slope", "scalar_ufunc", "scalar_unary"]



def quiet(partial: Callable[..., Any]) -> Callable[..., Any]:
    """Silence a partial that divides: where the program chooses another branch, its slope may be infinite."""
    if not divides(partial):
        return partial

    def silent(y: Any, a: Any) -> Any:
        silence = hush()
        try:
            return partial(y, a)
        finally:
            unhush(silence)

    return silent


def scalar_slope(partial: Any, y: Any, *args: Any) -> Any:
    """Evaluate a partial for plain floats; where Python's arithmetic raises, NumPy's gives the infinity."""
    try:
        return partial(y, *args)
    except (ZeroDivisionError, OverflowError):
        with np.errstate(all="ignore"):
            return partial(np.float64(y), *map(np.float64, args))


def _getter(partial: Any) -> Callable[..., Any]:
    """Return the partial as a function; rows hold the constants 1 and -1 as such."""
    return partial if callable(partial) else lambda *_: partial


def new_scalar(tape: Tape, entries: Any, value: Any) -> Any:
    """Make the scalar of the entry appended last."""
    node: Any = Node()
    node._trace, node._value, node._aux = tape, value, len(entries) - 1
    return node


def scalar_binary(row: Any, ufunc: Any, operate: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Make the operator, and its reflection, of real scalars on a tape for an elementwise row."""
    p, q = map(_getter, row.rules)
    called, constant = callable(row.rules[1]), row.rules[1] if callable(row.rules[1]) else float(row.rules[1])  # float: multiplying by an int is slower
    safe = ufunc is not np.power  # a power of a negative number may be complex
    fixed = None if callable(row.rules[0]) or called else (float(row.rules[0]), constant)

    def forward(self: Any, other: Any) -> Any:
        a = self._value
        if type(a) in REALS:
            tape = self._trace
            kind = type(other)
            if kind is Node:
                b = other._value
                if other._trace is tape and type(b) in REALS:
                    y = operate(a, b)
                    if safe or type(y) in REALS:
                        entries = tape.entries
                        if fixed is not None:
                            entries.append((self._aux, fixed[0], other._aux, constant))
                        else:
                            try:
                                entries.append((self._aux, p(y, a, b), other._aux, q(y, a, b)))
                            except (ZeroDivisionError, OverflowError):
                                entries.append((self._aux, scalar_slope(p, y, a, b), other._aux, scalar_slope(q, y, a, b)))
                        node = Node()
                        node._trace, node._value, node._aux = tape, y, len(entries) - 1
                        return node
            elif kind in NUMBERS:
                y = operate(a, other)
                if safe or type(y) in REALS:
                    entries = tape.entries
                    if fixed is not None:
                        entries.append((self._aux, fixed[0]))
                    else:
                        try:
                            entries.append((self._aux, p(y, a, other)))
                        except (ZeroDivisionError, OverflowError):
                            entries.append((self._aux, scalar_slope(p, y, a, other)))
                    node = Node()
                    node._trace, node._value, node._aux = tape, y, len(entries) - 1
                    return node
        return general(self, other)

    def reflected(self: Any, other: Any) -> Any:
        a = self._value
        if type(other) in NUMBERS and type(a) in REALS:
            y = operate(other, a)
            if safe or type(y) in REALS:
                tape = self._trace
                entries = tape.entries
                try:
                    entries.append((self._aux, q(y, other, a) if called else constant))
                except (ZeroDivisionError, OverflowError):
                    entries.append((self._aux, scalar_slope(q, y, other, a)))
                node = Node()
                node._trace, node._value, node._aux = tape, y, len(entries) - 1
                return node
        return general_reflected(self, other)

    general = getattr(Tracer, f"__{_python_name(ufunc)}__")
    general_reflected = getattr(Tracer, f"__r{_python_name(ufunc)}__")
    return forward, reflected


_NAMES = {ufunc: name for name, (ufunc, _) in BINARY.items()}


def _python_name(ufunc: Any) -> str:
    return _NAMES[ufunc]


def scalar_unary(row: Any, ufunc: Any, operate: Callable[..., Any]) -> Callable[..., Any]:
    """Make the operator of one real scalar on a tape for an elementwise row."""
    p = _getter(row.rules[0])

    def unary(self: Any) -> Any:
        a = self._value
        if type(a) in REALS:
            y = operate(a)
            entries = self._trace.entries
            entries.append((self._aux, scalar_slope(p, y, a)))
            return new_scalar(self._trace, entries, y)
        return apply(ufunc, (self,), {}, operate)

    return unary


PARTIALS: dict[Any, Callable[..., Any]] = {}


def scalar_ufunc(self: Any, ufunc: Any, method: str, x: Any, *rest: Any, **kwargs: Any) -> Any:
    """Short cut for a ufunc of one real scalar on a tape."""
    a = self._value
    if not rest and type(a) in REALS and method == "__call__" and not kwargs and ufunc in PARTIALS:
        y = ufunc(a)
        tape = self._trace
        entries = tape.entries
        partial = PARTIALS[ufunc]
        try:
            entries.append((self._aux, float(partial(y, a))))  # Python's floats make the way back three times as fast
        except (ZeroDivisionError, OverflowError):
            entries.append((self._aux, scalar_slope(partial, y, a)))
        node = Node()
        node._trace, node._value, node._aux = tape, y, len(entries) - 1
        return node
    inputs = (x, *rest)
    del x  # only_name counts references
    if method == "__call__" and not kwargs:
        return apply(ufunc, inputs, kwargs)
    return ufunc_call(ufunc, method, inputs, kwargs)
