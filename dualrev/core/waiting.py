"""Tangents that are worked out when somebody reads them.

Where a tape is recorded over dual numbers, as for a product with a Hessian, much of what the program computes last is only added up: the tape keeps none of
it, and nobody ever reads its tangents. So the tangents of large arrays wait, each with what it is made of, until they are read or forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .forward import Dual, SizedDual
from .numbers import NUMBERS, PARTS
from .quiet import hush, unhush
from .tangents import tangent_of
from .tracer import Tracer, is_scalar, meta

__all__ = ["Waiting", "is_worth_waiting", "later", "recipe_of", "waits"]

WORTH = 1 << 15  # entries from which on a tangent waits
DEEP = 8  # how many may wait for each other, because they keep what they are made of
_slot: Any = Tracer.__dict__["_aux"]
_read, _write = _slot.__get__, _slot.__set__


class Recipe:
    """What a tangent is made of: what the row's partials read of its value and arguments, and the arguments' tangents or the recipes of these."""

    __slots__ = ("args", "depth", "form", "made", "row", "sources", "y")

    args: Any

    def __init__(self, row: Any, y: Any, args: list[Any], sources: list[tuple[int, Any]]) -> None:
        self.row, self.form = row, meta(y)
        if row.kind == "elementwise":
            keep_y, keep = row.keeps(tuple([i for i, _ in sources]))
            args = args if keep is None else [a if i in keep else None for i, a in enumerate(args)]
            self.y, self.args = y if keep_y else None, args
        else:
            self.y, self.args = None, [None] * len(args)
        self.sources: Any = sources
        self.depth: int = 1 + max(source.depth if type(source) is Recipe else 0 for _, source in sources)
        self.made: Any = None

    def tangent(self) -> Any:
        """Make it, once."""
        if self.made is None:
            parts = [(i, source.tangent() if type(source) is Recipe else source, None) for i, source in self.sources]
            silence = hush()
            try:
                self.made = tangent_of(self.row, self.y, self.form, parts, self.args, {})[0]
            finally:
                unhush(silence)
            self.row = self.y = self.args = self.sources = None
            self.depth = 0
        return self.made

    def with_others(self, stand_in: Callable[[Any], Any], form_of: Callable[[Any], Any], known: dict[int, Any]) -> Any:
        """What the tangent is with other values in the place of arrays, and other forms in that of theirs."""
        if self.made is not None:
            return stand_in(self.made)
        if id(self) not in known:
            parts = [(i, source.with_others(stand_in, form_of, known) if type(source) is Recipe else stand_in(source), None) for i, source in self.sources]
            known[id(self)] = tangent_of(self.row, stand_in(self.y), form_of(self.form), parts, [stand_in(a) for a in self.args], {})[0]
        return known[id(self)]

    def outline(self, of: Callable[[Any], Any], known: dict[int, Any]) -> Any:
        """What the recipe looks like, given what values look like."""
        if self.made is not None:
            return of(self.made)
        k = known.get(id(self))
        if k is not None:
            return "again", k
        known[id(self)] = len(known)
        sources = tuple([(i, source.outline(of, known) if type(source) is Recipe else of(source)) for i, source in self.sources])
        return self.row, self.form, of(self.y), tuple(map(of, self.args)), sources


def _made(self: Any) -> Any:
    self._aux = _read(self).tangent()
    return _read(self)


def _settle(self: Any, t: Any) -> None:
    self.__class__ = SizedDual if isinstance(self, SizedDual) else Dual
    _write(self, t)


class Waiting(SizedDual):
    """A dual array whose tangent waits; it is an ordinary one from the first reading on."""

    __slots__ = ()
    _aux = property(_made, _settle)


class WaitingScalar(Dual):
    """The same without axes."""

    __slots__ = ()
    _aux = property(_made, _settle)


def waits(x: Any) -> bool:
    """Whether the tangent of a dual number is not made yet."""
    return type(x) is Waiting and _read(x).made is None


def recipe_of(x: Any) -> Recipe:
    """What the tangent of a dual number that waits will be made of."""
    return _read(x)


def is_worth_waiting(x: Any) -> bool:
    """Whether a dual number is a large array of plain parts."""
    return type(x._value) is np.ndarray and x._value.size >= WORTH


def later(trace: Any, row: Any, call: Any, args: Any, kwargs: Any) -> Any:
    """Evaluate a ufunc or a sum of dual numbers of a trace, and let its tangent wait; None where nothing was done."""
    simple = row.kind == "elementwise" and isinstance(row.function, np.ufunc) and not (row.selective or row.foreign or row.views)
    if kwargs or not (simple or (row.kind == "linear" and row.weight is not None)):
        return None
    sources, raw, large = [], list(args), False
    for i, a in enumerate(args):
        if isinstance(a, Dual) and a._trace is trace and a._support is None and type(a._value) in PARTS:
            raw[i] = a._value
            waits = type(a) is Waiting or type(a) is WaitingScalar
            sources.append((i, _read(a) if waits else a._aux))
            large = large or waits or is_worth_waiting(a)
        elif type(a) not in NUMBERS:
            return None  # a plain array may be changed before the tangent is read
    if not large or any(type(source) is Recipe and source.depth >= DEEP for _, source in sources):
        return None
    y = call(*raw)
    result: Any = Tracer.__new__(WaitingScalar if is_scalar(y) else Waiting)
    result._trace, result._value, result._support, result._alias = trace, y, None, None
    _write(result, Recipe(row, y, raw, sources))
    return result
