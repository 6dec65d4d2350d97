"""Elementwise computations on large arrays, written down first and then carried out block by block, in memory that stays in the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .blockplan import Plan, Step
from .methods import BINARY, COMPARE, UNARY
from .numbers import FLOAT, NUMBERS, PARTS, number_key, one_factor
from .tracer import Sized, Trace, Tracer

__all__ = ["Deferred", "Kernel", "UndeferredError"]

POWERS = {2: np.square, 0.5: np.sqrt, 1: np.positive}  # what NumPy's operator takes for these exponents
SCALING = frozenset({np.add, np.multiply, np.negative})
WHOLE = 2.0**53  # smaller integers are floats
SIGNED = frozenset({np.negative, np.add, np.subtract, np.multiply, np.divide})
UFUNCS = {operate: ufunc for ufunc, operate in (*BINARY.values(), *COMPARE.values(), *UNARY.values())}


class UndeferredError(Exception):
    """A computation reads values, or is not one entry at a time."""


class Deferred(Sized, Tracer):
    """An array whose entries are computed later; its payload has their form, and its ``_aux`` is their slot."""

    __slots__ = ()
    shape = property(lambda self: self._value.shape)
    dtype = property(lambda self: self._value.dtype)


class Kernel(Trace):
    """Writes down functions of arrays that are as long as each other, for a `Plan`.

    Its values know their shapes and dtypes, and nothing else: whoever reads an entry raises `UndeferredError`.

    Parameters
    ----------
    shape : tuple of int
        Of the arrays, or of what they broadcast to but for their length.
    rows : int
        The length of a block.
    """

    __slots__ = ("axes", "forms", "fresh", "known", "length", "multiples", "negatives", "outputs", "payloads", "places", "rows", "slots", "sources", "steps")
    name = "deferred"
    derives = False

    def __init__(self, shape: tuple[int, ...], rows: int) -> None:
        Trace.__init__(self, 0.25)  # below all others: its values are payloads
        self.length, self.axes, self.rows = shape[0], len(shape), rows
        self.slots: list[Any] = []  # of literals; None for what a block has of its own
        self.places: dict[Any, int] = {}  # of literals
        self.sources: list[int] = []
        self.steps: list[Step] = []
        self.known: dict[Any, int] = {}  # the slots of the steps' values; each step is taken once
        self.forms: dict[int, Any] = {}  # of the steps' values
        self.negatives: dict[int, int] = {}  # slot -> the slot of which it is the negative
        self.multiples: dict[int, tuple[int, float]] = {}  # slot -> the slot of which it is a multiple, and which
        self.payloads: dict[Any, Any] = {}  # of deferred values: arrays that have their form, and one entry
        self.outputs: list[Any] = []
        self.fresh: set[int] = set()

    def source(self, form: Any) -> Any:
        """The deferred value that stands for an array of a form."""
        k = self._slot()
        self.sources.append(k)
        return self._deferred(form, k)

    def process(self, row: Any, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        ufunc: Any = UFUNCS.get(call, call)
        if not kwargs and isinstance(ufunc, np.ufunc) and len(args) <= 2:
            return self.step(ufunc, call, args)
        if kwargs or row.kind != "elementwise" or row.selective or row.foreign:
            raise UndeferredError(row.name)
        return self.unseen(call, *args)

    def step(self, ufunc: Any, call: Callable[..., Any], args: Any) -> Any:
        """Write down a ufunc; ``call`` is how the program calls it."""
        if ufunc is np.power and type(args[1]) in NUMBERS and args[1] in POWERS:
            ufunc = call = POWERS[args[1]]
            args = args[:1]
        if ufunc.nout != 1 or ufunc.signature is not None:
            raise UndeferredError(ufunc)
        if ufunc in SIGNED and any(type(a) is Deferred and a._aux in self.negatives for a in args):
            return self._signed(ufunc, args)
        y = self._multiple(ufunc, *args) if ufunc in SCALING else None
        if y is None:
            y = self._value(ufunc, call, args, True)
        if ufunc is np.negative and y.dtype.kind == "f" and self.multiples.get(y._aux, (0, -1.0))[1] == -1.0:  # the negative of a multiple is as quick as that
            self.negatives[y._aux] = args[0]._aux
        return y

    def _multiple(self, ufunc: Any, a: Any, b: Any = None) -> Any:
        """A multiple of an array; of a multiple, where one of the factors is a power of two, so that the rounding is the same. None where it is none."""
        if type(a) is not Deferred:
            a, b = b, a
        if a.dtype is not FLOAT:
            return None
        if ufunc is np.negative:
            factor = -1.0
        elif ufunc is np.multiply and type(b) in NUMBERS and abs(b) < WHOLE:
            factor = float(b)
        elif ufunc is np.add and type(b) is Deferred and b._aux == a._aux:
            factor = 2.0
        else:
            return None
        slot, before = self.multiples.get(a._aux, (a._aux, 1.0))
        both = one_factor(before, factor)
        slot, factor = (a._aux, factor) if both is None else (slot, both)
        of = self._deferred((a.shape, a.dtype), slot)
        if factor == 1:
            return of
        call, args = (np.add, (of, of)) if factor == 2 else (np.negative, (of,)) if factor == -1 else (np.multiply, (of, factor))
        y = self._value(call, call, args, True)
        self.multiples[y._aux] = slot, factor
        return y

    def _signed(self, ufunc: Any, args: Any) -> Any:
        """An operation with negatives, in which as many as possible are left out; to the last bit the same."""
        bare = [self._deferred(self.forms[a._aux], self.negatives[a._aux]) if type(a) is Deferred and a._aux in self.negatives else None for a in args]
        if ufunc is np.negative:
            return bare[0]
        a, b = (full if part is None else part for full, part in zip(args, bare, strict=True))
        if ufunc is np.add:
            if bare[0] is not None and bare[1] is not None and a._aux != b._aux:
                return self._value(np.subtract, np.subtract, (args[0], b), True)
            if bare[0] is not None and bare[1] is not None:
                return self.step(np.negative, np.negative, (self.step(np.add, np.add, (a, a)),))
            return self.step(np.subtract, np.subtract, (a, b) if bare[0] is None else (b, a))
        if ufunc is np.subtract:
            return self._value(ufunc, ufunc, args, True) if bare[1] is None else self.step(np.add, np.add, (args[0], b))
        y = self.step(ufunc, ufunc, (a, b))
        return y if bare[0] is not None and bare[1] is not None else self.step(np.negative, np.negative, (y,))

    def unseen(self, call: Callable[..., Any], *args: Any) -> Any:
        """Write down a function that may look at values: it is asked for each block by itself."""
        return self._value(call, call, args, False)

    def _value(self, call: Any, probe: Callable[..., Any], args: Any, ufunc: bool) -> Any:
        key = (call, *map(self._place, args))
        out = self.known.get(key)
        if out is None:
            y = probe(*[a._value[:0] if type(a) is Deferred else a for a in args])
            if type(y) is not np.ndarray or y.shape[:1] != (0,):
                raise UndeferredError(call)
            self.known[key] = out = self._slot()
            self.forms[out] = (self.length, *y.shape[1:]), y.dtype
            self.steps.append((call, key[1:], out, ufunc))
        return self._deferred(self.forms[out], out)

    def _slot(self, value: Any = None) -> int:
        self.slots.append(value)
        return len(self.slots) - 1

    def _place(self, a: Any) -> int:
        """The slot of an argument."""
        kind = type(a)
        if kind is Deferred:
            return a._aux
        if kind not in PARTS and a is not None and not isinstance(a, (np.generic, complex)):
            raise UndeferredError(kind.__name__)
        if kind is np.ndarray and len(a.shape) >= self.axes and a.shape[0] == self.length:
            raise UndeferredError("a new array")
        key = id(a) if kind is np.ndarray else number_key(a)
        k = self.places.get(key)
        if k is None:
            self.places[key] = k = self._slot(a)
        return k

    def _deferred(self, form: Any, slot: int) -> Any:
        payload = self.payloads.get(form)
        if payload is None:
            shape, dtype = form
            self.payloads[form] = payload = np.ndarray(shape, dtype, bytes(dtype.itemsize), strides=(0,) * len(shape))
        result: Any = Tracer.__new__(Deferred)
        result._trace, result._value, result._aux = self, payload, slot
        result._support = result._alias = None
        return result

    def bare(self, x: Tracer) -> Any:
        raise UndeferredError("a value is read")

    truth = bare

    def passive(self, x: Tracer) -> Any:
        return x

    def constant(self, value: Any) -> Tracer:
        raise UndeferredError("a new array is made")

    def whole(self, y: Any) -> int:
        """Ask for a deferred value as a whole array: its number among the outputs."""
        self.outputs.append(((y.shape, y.dtype), y._aux, {}))
        return len(self.outputs) - 1

    def total(self, form: Any, parts: list[tuple[int, Any]], fresh: bool) -> int:
        """Ask that values, (where, what) each, be added to an array of a form, or to zeros where that is fresh memory; its number among the outputs."""
        sums: dict[int, Any] = {}
        for at, y in parts:
            sums[at] = sums[at] + y if at in sums else y
        self.outputs.append((form, None, {at: self._place(y) for at, y in sums.items()}))
        if fresh:
            self.fresh.add(len(self.outputs) - 1)
        return len(self.outputs) - 1

    def plan(self) -> Plan:
        """The program of what was asked for."""
        return Plan(self.length, self.rows, self.slots, self.sources, self.steps, self.forms, self.outputs, self.fresh)


def _binary(ufunc: Any, operate: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator and its reflection, past the dispatch."""
    def forward(self: Any, other: Any) -> Any:
        return self._trace.step(ufunc, operate, (self, other)) if type(other) in OPERANDS else general(self, other)

    def reflected(self: Any, other: Any) -> Any:
        return self._trace.step(ufunc, operate, (other, self)) if type(other) in OPERANDS else reverse(self, other)

    general, reverse = getattr(Tracer, f"__{operate.__name__}__"), getattr(Tracer, f"__r{operate.__name__}__")
    return forward, reflected


OPERANDS = frozenset({Deferred, *NUMBERS})
for _name in ("add", "sub", "mul", "truediv", "pow"):
    _forward, _reflected = _binary(*BINARY[_name])
    setattr(Deferred, f"__{_name}__", _forward)
    setattr(Deferred, f"__r{_name}__", _reflected)
