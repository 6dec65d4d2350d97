"""The batching interpreter: values for many examples at once, along an axis of the payload that the program does not see."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import DualrevError, ExamplesDiffer, at_line
from .inplace import note_view, own
from .objects import array_of
from .rows import Row
from .signatures import name_of
from .tracer import Sized, Trace, Tracer, apply, meta, passive, peek, raise_dead, top_trace
from .tree import flatten, regrouped, unflatten
from .words import Step, evaluate, spread

__all__ = ["BatchTrace", "Batched", "SizedBatched", "example", "gathered"]

CHOOSE = "Use np.where, np.maximum and their like, which choose for each example (of a list make an array with np.stack), or call the function on one example at a time."
STAY = "Use NumPy's functions (np.sin for math.sin, np.array(a, like=i)[i] for a[i] of a plain array), or call the function on one example at a time."
ARRAYS = frozenset({"elementwise", "linear", "multilinear", "composite"})  # kinds of functions of arrays, which take a list for one
OF_ALL = {np.any: True, np.all: False}  # what a rule that asks for any entry, or for all, is told where the examples differ


class BatchTrace(Trace):
    """Evaluates every call for all examples at once.

    Parameters
    ----------
    size : int
        The number of examples.
    """

    __slots__ = ("size",)
    name = "batching"
    derives = False

    def __init__(self, size: int) -> None:
        Trace.__init__(self)
        self.size = size

    def batched(self, payload: Any, aux: Any = None) -> Any:
        """Make the value whose examples are ``payload[0]``, ``payload[1]``, ..."""
        result: Any = Tracer.__new__(SizedBatched if len(payload.shape) > 1 else Batched)
        result._trace, result._value, result._aux = self, payload, aux
        result._support = result._alias = None
        return result

    def constant(self, value: Any) -> Any:
        return self.batched(spread(value, False, self.size))

    def process(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if not self.alive:
            raise_dead()
        if row.creates:
            return own(self._created(row, call, args, kwargs))
        if row.batch == "form":
            return call(*self.example(args, 0), **self.example(kwargs, 0))
        y = NotImplemented if row.batch is None else evaluate(self._step(row, call, args, kwargs))
        if y is NotImplemented:
            return self.each(call, args, kwargs)
        if isinstance(y, (tuple, list)):
            return regrouped(y, [self.batched(part) for part in y])
        result = self.batched(y, OF_ALL.get(row.function))
        if row.views and type(result) is SizedBatched and isinstance(args[0], Batched) and args[0]._trace is self:
            note_view(row, args, kwargs, result)
        return result

    def _step(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Step:
        """Take the payloads out of the arguments."""
        raw, lead = list(args), [False] * len(args)
        for i, a in enumerate(args):
            if isinstance(a, Tracer):
                if a._trace is self:
                    raw[i], lead[i] = a._value, True
            elif type(a) in (list, tuple) and top_trace(a)[0] is self:
                raw[i], lead[i] = _peeled(array_of(a) if row.kind in ARRAYS and row.differentiable(i) and not row.foreign else a, self)
        named: dict[str, Any] = {}
        if kwargs:
            kwargs = dict(kwargs)
            for name, a in kwargs.items():
                if top_trace((a,))[0] is self:
                    kwargs[name], named[name] = _peeled(a, self)
        return Step(row, call, self.size, raw, lead, kwargs, named)

    def _created(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """A new array for each example: ``np.zeros_like(x)``."""
        first, *rest = args
        if rest and len(rest) > 3:
            return self.constant(call(*self.example(args, 0), **kwargs))
        shape = kwargs.get("shape")
        shape = first.shape if shape is None else (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        return self.batched(call(first._value, *rest, **{**kwargs, "shape": (self.size, *shape)}))

    def each(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Evaluate a function for each example by itself, at whatever level it is."""
        found = [function(*self.example(args, k), **self.example(kwargs, k)) for k in range(self.size)]
        return self._joined(found, function)

    def example(self, tree: Any, k: int) -> Any:
        """Replace the batched values of an argument, inside containers too, by example k."""
        if isinstance(tree, Tracer):
            return example(tree, self, k)
        if isinstance(tree, (tuple, list)):
            return regrouped(tree, [self.example(item, k) for item in tree])
        if type(tree) is dict:
            return {name: self.example(item, k) for name, item in tree.items()}
        return tree

    def _joined(self, found: list[Any], function: Callable[..., Any]) -> Any:
        """Make one value of those of all examples."""
        first = found[0]
        if first is None:
            raise DualrevError(f"{name_of(function)} gives nothing that could be joined for a batch of examples{at_line()}. Call it outside of dualrev.vmap.")
        leaves, structures = zip(*map(flatten, found), strict=True)
        if any(structure != structures[0] for structure in structures):
            raise self._differs(function, "a number of results")
        return unflatten(structures[0], [self._leaf(parts, function) for parts in zip(*leaves, strict=True)])

    def _leaf(self, parts: Any, function: Callable[..., Any]) -> Any:
        first = parts[0]
        if not isinstance(first, (np.ndarray, np.generic, Tracer, int, float, complex)):
            if any(type(other) is not type(first) or other != first for other in parts):
                raise self._differs(function, f"a {type(first).__name__}")
            return first
        if len({meta(part)[0] for part in parts}) > 1:
            raise self._differs(function, "a result of a shape")
        return gathered(*parts, trace=self)

    def passive(self, x: Any) -> Any:
        payload = x._value
        return self.batched(passive(payload), x._aux) if isinstance(payload, Tracer) else x

    def takes(self, row: Row) -> bool:
        return row.batch is not None

    def bare(self, x: Any) -> Any:
        raise self.asked("a plain value is asked for", "Call the function on one example at a time.")

    def settled(self, x: Any) -> bool:
        payload = x._value
        return payload._trace.settled(payload) if isinstance(payload, Tracer) else bool(np.isfinite(np.sum(payload)))

    def truth(self, x: Any) -> bool:
        """Decide a condition for all examples, which a rule may ask for where they agree, and a program never."""
        if x.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
        if sys._getframe(2).f_globals.get("__name__", "").startswith(RULES):
            plain = np.asarray(peek(x._value)) != 0
            if plain.all() or not plain.any():
                return bool(plain.all())
            if x._aux is not None:
                return x._aux
        raise self.asked("if, while, and, or, not, assert, min and max ask for one truth", CHOOSE)

    def asked(self, what: str, remedy: str) -> ExamplesDiffer:
        """The error for one truth or number that was asked for."""
        return ExamplesDiffer(f"{what}, but a batched value has one for each of {self.size} examples{at_line()}. {remedy}", self.each)

    def _differs(self, function: Callable[..., Any], what: str) -> ExamplesDiffer:
        return ExamplesDiffer(f"{name_of(function)} gives {what} that depends on the values, so that it differs from example to example{at_line()}. Use functions "
                              "whose shapes do not depend on values, such as np.where for a mask, or call it outside of dualrev.vmap.", self.each)


RULES = ("dualrev.rules.", "dualrev.scipy.")


def _peeled(a: Any, trace: BatchTrace) -> tuple[Any, Any]:
    """An argument with payloads in place of batched values, and where those are."""
    if isinstance(a, Tracer):
        return (a._value, True) if a._trace is trace else (a, False)
    if type(a) in (list, tuple) and top_trace(a)[0] is trace:
        raw, lead = zip(*(_peeled(item, trace) for item in a), strict=True)
        return type(a)(raw), lead
    return a, False


def example(x: Any, trace: BatchTrace, k: int) -> Any:
    """Example k of a value that is batched at a trace, under whatever levels; other values are the same for all examples."""
    if not isinstance(x, Tracer) or x._trace.level < trace.level:
        return x
    return x._value[k] if x._trace is trace else apply(example, (x, trace, k), {})


def gathered(*parts: Any, trace: BatchTrace) -> Any:
    """The batched value that has the given examples."""
    top = top_trace(parts)[0]
    if top is trace:
        raise DualrevError(f"a function that is evaluated for each example by itself uses a batched value that is not among its arguments{at_line()}. Pass it as an argument.")
    if top is not None and top.level > trace.level:
        return apply(gathered, parts, {"trace": trace})
    return trace.batched(np.stack([part if isinstance(part, Tracer) else np.asarray(part) for part in parts]))


class Batched(Tracer):
    """A scalar for each example."""

    __slots__ = ()
    _lead = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes of an example."""
        return self._value.shape[1:]

    def _asked(self, what: str) -> Any:
        raise self._trace.asked(f"{what} asks for one plain number", STAY)

    def __float__(self) -> float:
        return self._asked("float(x), math.sin(x) or writing x into a plain array")

    def __int__(self) -> int:
        return self._asked("int(x)")

    def __index__(self) -> int:
        return self._asked("an index or a count")

    def __complex__(self) -> complex:
        return self._asked("complex(x)")


class SizedBatched(Sized, Batched):
    """An array for each example."""

    __slots__ = ()
