"""Equations as steps over a list of slots: each calls a function of one or two slots, or of several, and sets one."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.equations import PLAIN, Branch, Equation, Variable, is_whole, mapped
from ..core.errors import DualrevError
from ..core.numbers import ENDS, FLOAT, NUMBERS, is_power_of_two, number_key, one_factor
from ..core.rows import TABLE
from ..core.tree import flatten

__all__ = ["Misfit", "Steps"]

STATIC = frozenset({"linear", "multilinear"})  # of these rows the shape of the value follows from the shapes of smooth arguments
REDUCTIONS = {np.sum: np.add.reduce, np.prod: np.multiply.reduce, np.max: np.maximum.reduce, np.min: np.minimum.reduce}  # what NumPy's wrappers call
KEPT = frozenset({"axis", "keepdims"})  # what they take as the ufuncs' reductions do
POWERS = frozenset({operator.pow, np.power})
OPERATORS = {np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul, np.divide: operator.truediv, np.matmul: operator.matmul}
ARITHMETIC = frozenset({operator.add, operator.sub, operator.mul, operator.truediv})
EXACT = 2**53  # up to which every integer is a float
LONG = 16  # entries from which on a power is slower than products


class Misfit(DualrevError, ValueError):
    """A recording does not hold at the values of a replay: a decision falls otherwise, or a shape comes out differently."""


class Steps:
    """The steps of equations, in stages; what was computed before is not computed again.

    Parameters
    ----------
    inputs : sequence of Variable
        They have the first slots.
    branches : sequence of Branch
        The decisions to be checked as soon as the value is known by which they were taken.

    Attributes
    ----------
    stages : list
        Of each stage the steps ``(out, call, a, b)``: slot out is ``call`` of the slots a and b, of slot a alone where b is -1, and of all slots b where a is -1.
    template : list
        The slots, with the literals.
    """

    def __init__(self, inputs: Sequence[Variable], branches: Sequence[Branch]) -> None:
        self.template: list[Any] = [None] * len(inputs)
        self.slots: dict[Variable, int] = {v: k for k, v in enumerate(inputs)}
        self.stages: list[list[Any]] = [[], [], []]
        self.literals: dict[Any, int] = {}
        self.known: dict[Any, tuple[int, int]] = {}  # calls that were made: their slot and their stage
        self.factors: dict[int, tuple[int, int]] = {}  # what a product is made of
        self.multiples: dict[int, tuple[int, float]] = {}  # of which array a slot is a multiple, and which
        self.forms: dict[int, Any] = {}  # shape and dtype, where a step computes an array or number
        self.checks: list[int] = []
        self.waiting: dict[Variable, list[Branch]] = {}
        for branch in branches:
            self.waiting.setdefault(branch.variable, []).append(branch)
        for k, v in enumerate(inputs):
            self._guard(v, 2 if k else 0)

    def slot(self, x: Any) -> int:
        """The slot of a variable or of a literal."""
        if type(x) is Variable:
            return self.slots[x]
        key = number_key(x) if type(x) in NUMBERS else _identity(x)
        found = self.literals.get(key)
        if found is None:
            self.literals[key] = found = self._new(x)
        return found

    def add(self, equation: Equation, stage: int) -> None:
        """Add an equation to a stage."""
        inputs, call, simple = equation.inputs, equation.call, equation.structure.kind is None
        count = len(inputs) if simple and not equation.parameters else 0
        if count == 2 and (type(inputs[0]) is Variable) + (type(inputs[1]) is Variable) == len(equation.reads):
            out, new = self._pair(call, inputs[0], inputs[1], stage)
        elif count == 1 and type(inputs[0]) is Variable:
            out, new = self._single(call, inputs[0], stage)
        elif count and is_whole(equation):
            out, new = self._new(), True
            self.stages[stage].append((out, call, -1, tuple([self.slot(x) for x in inputs])))
        else:
            out, new = self._long(equation, stage), True
        if simple:
            v: Any = equation.outputs[0]
            self.slots[v] = out
            self.forms[out] = v.shape, v.dtype
        new = new and not _static(equation)
        if new or self.waiting:
            for v in equation.outputs:
                if v is not None:
                    if new:
                        self._check(_measured(v.shape), self.slots[v], stage)
                    self._guard(v, stage)

    def _single(self, call: Any, a: Variable, stage: int) -> tuple[int, bool]:
        """The slot of a call of one variable, and whether it is new."""
        k, short = self.slots[a], REDUCTIONS.get(call)
        if short is None or not a.shape:
            return self._call(call, k, -1, stage)
        if call is np.sum and len(a.shape) == 1 and k in self.factors:
            return self._call(np.ndarray.dot, *self.factors[k], stage)
        return self._call(short, k, self.slot(None), stage)

    def _pair(self, call: Any, a: Any, b: Any, stage: int) -> tuple[int, bool]:
        """The same for two arguments. Arrays of numbers have shorter ways: products for powers, one factor for several, and a number beside one as an array without axes,
        which NumPy takes in half the time."""
        call = OPERATORS.get(call, call)
        if call is operator.matmul and _is_matrix(a) and _is_matrix(b):
            return self._call(np.ndarray.dot, self.slot(a), self.slot(b), stage)
        if call is np.broadcast_to and a.dtype is FLOAT and type(b) is tuple:
            return self._call(np.multiply, self.slots[a], self._ones(b), stage)
        if type(a) is Variable and a.dtype is FLOAT and a.shape:
            k = self.slots[a]
            if type(b) in NUMBERS:
                if call in POWERS:
                    return self._power(k, a.shape, b, stage)
                if call is operator.mul or (call is operator.truediv and is_power_of_two(b)):
                    return self._multiple(k, b if call is operator.mul else 1 / b, stage)
                return self._call(call, k, self._number(b) if call in ARITHMETIC else self.slot(b), stage)
            if b is a and call is operator.add:
                return self._multiple(k, 2.0, stage)
            if call is operator.mul and type(b) is Variable and b.shape == a.shape and b.dtype is FLOAT:
                found = self._call(call, k, self.slots[b], stage)
                self.factors[found[0]] = k, self.slots[b]
                return found
        elif type(b) is Variable and b.dtype is FLOAT and b.shape and type(a) in NUMBERS and call in ARITHMETIC:
            return self._multiple(self.slots[b], a, stage) if call is operator.mul else self._call(call, self._number(a), self.slots[b], stage)
        return self._call(call, self.slot(a), self.slot(b), stage)

    def _multiple(self, k: int, factor: Any, stage: int) -> tuple[int, bool]:
        """A multiple of an array; of a multiple, where one of the factors is a power of two, so that the rounding is the same."""
        base, before = self.multiples.get(k, (k, 1.0))
        both = one_factor(before, factor)
        base, factor = (k, 1.0 * factor) if both is None else (base, both)
        if factor == 1:
            return base, False
        found = self._call(operator.add, base, base, stage) if factor == 2 else self._call(operator.mul, base, self._number(factor), stage)
        self.multiples[found[0]] = base, factor
        return found

    def _number(self, x: Any) -> int:
        if type(x) is int and abs(x) > EXACT:
            return self.slot(x)
        key = "number", repr(float(x))
        found = self.literals.get(key)
        if found is None:
            self.literals[key] = found = self._new(np.array(float(x)))
        return found

    def _ones(self, shape: tuple[int, ...]) -> int:
        key = "ones", shape
        found = self.literals.get(key)
        if found is None:
            self.literals[key] = found = self._new(np.ones(shape))
        return found

    def _new(self, value: Any = None) -> int:
        self.template.append(value)
        return len(self.template) - 1

    def _call(self, call: Any, a: int, b: int, stage: int) -> tuple[int, bool]:
        """The slot of a call, and whether it was not known before this stage."""
        key = call, a, b
        found = self.known.get(key)
        if found is not None and found[1] <= stage:
            return found[0], False
        out = self._new()
        self.known[key] = out, stage
        self.stages[stage].append((out, call, a, b))
        return out, True

    def _power(self, k: int, shape: tuple[int, ...], b: Any, stage: int) -> tuple[int, bool]:
        """A power of an array; the third and the fourth by products, where they are faster."""
        if b == 2 or (b in (3, 4) and (math.prod(shape) >= LONG or (operator.pow, k, self.slot(2)) in self.known)):
            found = self._call(operator.pow, k, self.slot(2), stage)
            square = found[0]
            self.factors[square] = k, k
            if b != 2:
                other = k if b == 3 else square
                found = self._call(operator.mul, square, other, stage)
                self.factors[found[0]] = square, other
            return found
        return self._call(operator.pow, k, self.slot(b), stage)

    def prune(self, outputs: Sequence[int]) -> None:
        """Leave out what nobody reads."""
        needed = {*outputs, *self.checks}
        for stage in reversed(self.stages):
            kept = []
            for step in reversed(stage):
                out, _, a, b = step
                if out in needed:
                    needed.update(b if a < 0 else (a, b))
                    kept.append(step)
            stage[:] = reversed(kept)

    def _long(self, equation: Equation, stage: int) -> int:
        """Add the call of an equation with keywords, containers or several results, and return the slot of its value."""
        reads = list(dict.fromkeys(equation.reads))
        call, out = _gathering(equation, {v: k for k, v in enumerate(reads)}), self._new()
        self.stages[stage].append((out, call, -1, tuple([self.slots[v] for v in reads])))
        if equation.structure.kind is not None:
            for k, v in enumerate(equation.outputs):
                if v is not None:
                    self.slots[v] = self._new()
                    self.stages[stage].append((self.slots[v], operator.itemgetter(k), out, -1))
        return out

    def _check(self, check: Callable[[Any], None], k: int, stage: int) -> None:
        self.checks.append(self._new())
        self.stages[stage].append((self.checks[-1], check, k, -1))

    def _guard(self, v: Variable, stage: int) -> None:
        """Check the decisions that were taken by a value."""
        for branch in self.waiting.get(v, ()):
            self._check(functools.partial(_decided, branch), self.slots[v], stage)


class Place:
    """Where a step finds a value."""

    __slots__ = ("k",)

    def __init__(self, k: int) -> None:
        self.k = k


def _gathering(equation: Equation, places: dict[Variable, int]) -> Callable[..., Any]:
    """The call of an equation as a function of the values it reads; several results come as the list of their parts."""
    call, simple = equation.call, equation.structure.kind is None
    if not places:
        return lambda: call(*equation.inputs, **equation.parameters)
    if simple and len(places) == len(equation.inputs) and is_whole(equation):
        return functools.partial(REDUCTIONS.get(call, call) if KEPT.issuperset(equation.parameters) and "axis" in equation.parameters else call, **equation.parameters)

    def place(x: Any) -> Any:
        return Place(places[x]) if type(x) is Variable else x

    inputs, parameters = mapped(place, equation.inputs), mapped(place, equation.parameters)

    def gather(*values: Any) -> Any:
        def value(x: Any) -> Any:
            return values[x.k] if type(x) is Place else x

        y = call(*mapped(value, inputs), **mapped(value, parameters))
        return y if simple else flatten(y)[0]

    return gather


def _measured(shape: tuple[int, ...]) -> Callable[[Any], None]:
    def check(y: Any) -> None:
        if getattr(y, "shape", ()) != shape:
            raise Misfit(f"a value of the shape {shape} has the shape {np.shape(y)} here")

    return check


def _decided(branch: Branch, y: Any) -> None:
    if not branch.holds(y):
        raise Misfit(f"the recording holds only where {branch!r}")


def _is_matrix(x: Any) -> bool:
    """Whether something is a vector or a matrix of float64 numbers, whose products have a shorter way."""
    return (type(x) is Variable or type(x) is np.ndarray) and x.dtype is FLOAT and 0 < len(x.shape) < 3


def _identity(x: Any) -> Any:
    """What two literals share only where they are the same: numbers and slices of them by what they are, other things by where they are."""
    if type(x) in PLAIN and type(x) is not np.ndarray:
        return number_key(x)
    return repr(x) if type(x) is slice and {type(x.start), type(x.stop), type(x.step)} <= ENDS else id(x)


def _static(equation: Equation) -> bool:
    """Whether the shape of an equation's value follows from the shapes of its arguments, which were checked where they depend on values."""
    row = TABLE.get(equation.function)
    if isinstance(equation.function, np.ufunc) or equation.function is np.where or (row is not None and row.kind == "elementwise"):
        return True
    if row is None or row.kind not in STATIC:
        return False
    for v in equation.reads:
        if not v.smooth:
            return False
    return True
