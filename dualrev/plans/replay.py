"""Replaying what was recorded, as fast as NumPy is called: equations as steps over a list of slots, in stages."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.equations import PLAIN, Branch, Equation, Variable, mapped
from ..core.errors import DualrevError
from ..core.quiet import hush, unhush
from ..core.recording import RecordingTrace
from ..core.rows import TABLE
from ..core.tree import flatten

__all__ = ["Misfit", "Replay", "record"]

STATIC = frozenset({"elementwise", "linear", "multilinear"})  # of these rows the shape of the value follows from the shapes of smooth arguments
REDUCTIONS = {np.sum: np.add.reduce, np.prod: np.multiply.reduce, np.max: np.maximum.reduce, np.min: np.minimum.reduce}  # what NumPy's wrappers call


class Misfit(DualrevError, ValueError):
    """A recording does not hold at the values of a replay: a decision falls otherwise, or a shape comes out differently."""


class Replay:
    """A recorded function, whose inputs may be given one after the other.

    Stage k computes what follows from the first k + 1 inputs. Within the first stage there may be a part that is wanted earlier than the rest.

    Parameters
    ----------
    inputs : list of Variable
        One for each argument.
    outputs : list
        A variable or a literal for each result.
    equations, branches : list
        What `RecordingTrace.needed` returned.
    first : int
        How many of the outputs are wanted first, from the first input alone: stage 0. Stage 1 is what else follows from the first input, stage 2 the rest.

    Attributes
    ----------
    stages : list
        Of each stage the steps ``(out, call, a, b)``: slot out is ``call`` of the slots a and b, or of slot a alone where b is -1; where a is -1 too, ``call`` gets all
        slots and sets some.

    Examples
    --------
    >>> import numpy as np
    >>> replay, (y, z) = record(lambda x, v: (np.sum(np.sin(x)), np.cos(x) * v), (np.array([0.0, 1.0]), np.array([1.0, 2.0])), first=1)
    >>> slots = replay.begin(np.array([0.0, 0.5]))
    >>> float(replay.output(slots, 0)) == float(np.sin(0.5))
    True
    >>> replay.go(slots, 1)
    >>> replay.give(slots, 1, np.array([1.0, 0.0]))
    >>> replay.go(slots, 2)
    >>> replay.output(slots, 1)
    array([1., 0.])
    """

    def __init__(self, inputs: Sequence[Variable], outputs: Sequence[Any], equations: Sequence[Equation], branches: Sequence[Branch], first: int) -> None:
        self.template: list[Any] = [None] * len(inputs)
        self.slots: dict[Variable, int] = {v: k for k, v in enumerate(inputs)}
        self.literals: dict[Any, int] = {}
        self.known: dict[Any, Any] = {}
        stage = {v: 0 if k == 0 else 2 for k, v in enumerate(inputs)}
        early = reached([*outputs[:first], *(branch.variable for branch in branches)], equations)  # any decision may have shaped the first results
        waiting: dict[Variable, list[Branch]] = {}
        for branch in branches:
            waiting.setdefault(branch.variable, []).append(branch)
        self.stages: list[list[Any]] = [[], [], []]
        parts: list[list[Equation]] = [[], [], []]
        for equation in equations:
            when = max([stage[v] for v in equation.reads], default=0)
            when = 1 if when == 0 and early.isdisjoint(equation.outputs) else when
            stage.update((v, when) for v in equation.outputs if v is not None)
            parts[when].append(equation)
        for k, v in enumerate(inputs):
            self._guard(self.stages[2 if k else 0], v, waiting)
        for steps, part in zip(self.stages, parts, strict=True):
            for equation in part:
                self._append(steps, equation, waiting)
        self.outputs = [self._slot(y) for y in outputs]
        self.known.clear()

    def begin(self, x: Any) -> list[Any]:
        """Run stage 0 at a value of the first input, and return the slots."""
        slots = self.template.copy()
        slots[0] = x
        self.go(slots, 0)
        return slots

    def give(self, slots: list[Any], k: int, value: Any) -> None:
        """Set input k."""
        slots[k] = value

    def go(self, slots: list[Any], stage: int) -> None:
        """Run a stage, without warnings.

        Raises
        ------
        Misfit
            If the recording does not hold here, or a call fails.
        """
        silence = hush()
        try:
            for out, call, a, b in self.stages[stage]:  # a list and not a program in text: its compilation would take longer than many replays
                if b >= 0:
                    slots[out] = call(slots[a], slots[b])
                elif a >= 0:
                    slots[out] = call(slots[a])
                else:
                    call(slots)
        except Exception as error:  # whatever it is, the function itself is asked next
            raise Misfit(f"the recording cannot be replayed here: {error}") from error
        finally:
            unhush(silence)

    def output(self, slots: list[Any], k: int) -> Any:
        """Return a result, which nobody else holds."""
        y = slots[self.outputs[k]]
        return y.copy("K") if type(y) is np.ndarray else y

    def _new(self, value: Any = None) -> int:
        self.template.append(value)
        return len(self.template) - 1

    def _slot(self, x: Any) -> int:
        """The slot of a variable or of a literal."""
        if isinstance(x, Variable):
            return self.slots[x]
        key = _identity(x)
        found = self.literals.get(key)
        if found is None:
            self.literals[key] = found = self._new(x)
        return found

    def _append(self, steps: list[Any], equation: Equation, waiting: dict[Variable, list[Branch]]) -> None:
        """Add the step of an equation, unless the same was computed before, and the checks that belong to it."""
        found = self._short(equation)
        if found is not None:
            call, a, b = found
            out = self.known.get(found, -1)
            known = out >= 0
            if not known:
                self.known[found] = out = self._new()
                steps.append((out, call, a, b))
            self.slots[equation.outputs[0]] = out  # type: ignore[index]
        else:
            known = False
            self.slots.update((v, self._new()) for v in equation.outputs if v is not None)
            steps.append((self._new(), self._long(equation), -1, -1))
        fixed = known or _static(equation)
        for v in equation.outputs:
            if v is not None:
                if not fixed:
                    self._measure(steps, v)
                self._guard(steps, v, waiting)

    def _short(self, equation: Equation) -> Any:
        """The step ``(call, a, b)`` of an equation with one or two plain arguments and one result, None for others."""
        if equation.structure.kind is not None or not 1 <= len(equation.inputs) <= 2 or not _whole(equation):
            return None
        call = equation.call
        if equation.parameters:
            call = functools.partial(call, **equation.parameters)
        elif len(equation.inputs) == 1 and call in REDUCTIONS and isinstance(equation.inputs[0], Variable) and equation.inputs[0].shape:
            return REDUCTIONS[call], self._slot(equation.inputs[0]), self._slot(None)
        return call, self._slot(equation.inputs[0]), self._slot(equation.inputs[1]) if len(equation.inputs) == 2 else -1

    def _long(self, equation: Equation) -> Callable[[list[Any]], None]:
        """The step of any other equation, which sets the slots itself."""
        call, simple = equation.call, equation.structure.kind is None
        places = [None if v is None else self.slots[v] for v in equation.outputs]
        if simple and not equation.parameters and _whole(equation):
            wanted, out = [self._slot(x) for x in equation.inputs], places[0]

            def straight(slots: list[Any]) -> None:
                slots[out] = call(*[slots[k] for k in wanted])  # type: ignore[index]

            return straight
        inputs, parameters = mapped(self._place, equation.inputs), mapped(self._place, equation.parameters)

        def step(slots: list[Any]) -> None:
            def value(x: Any) -> Any:
                return slots[x.k] if type(x) is Place else x

            y = call(*mapped(value, inputs), **mapped(value, parameters))
            for place, part in zip(places, [y] if simple else flatten(y)[0], strict=True):
                if place is not None:
                    slots[place] = part

        return step

    def _place(self, x: Any) -> Any:
        return Place(self.slots[x]) if isinstance(x, Variable) else x

    def _measure(self, steps: list[Any], v: Variable) -> None:
        """Check the shape of a value."""
        k, shape = self.slots[v], v.shape

        def check(slots: list[Any]) -> None:
            if getattr(slots[k], "shape", ()) != shape:
                raise Misfit(f"a value of the shape {shape} has the shape {np.shape(slots[k])} here")

        steps.append((self._new(), check, -1, -1))

    def _guard(self, steps: list[Any], v: Variable, waiting: dict[Variable, list[Branch]]) -> None:
        """Check the decisions that were taken by a value."""
        for branch in waiting.get(v, ()):
            steps.append((self._new(), _checked(branch, self.slots[v]), -1, -1))


class Place:
    """Where a step finds a value."""

    __slots__ = ("k",)

    def __init__(self, k: int) -> None:
        self.k = k


def _checked(branch: Branch, k: int) -> Callable[[list[Any]], None]:
    def check(slots: list[Any]) -> None:
        if not branch.holds(slots[k]):
            raise Misfit(f"the recording holds only where {branch!r}")

    return check


def _whole(equation: Equation) -> bool:
    """Whether all variables are arguments by themselves, and none is inside a container or a keyword."""
    return sum([type(x) is Variable for x in equation.inputs]) == len(equation.reads)


def _identity(x: Any) -> Any:
    """What two literals share only where they are the same: numbers and slices of them by what they are, other things by where they are."""
    if type(x) in PLAIN and type(x) is not np.ndarray:
        return type(x), repr(x)
    return repr(x) if type(x) is slice and {type(x.start), type(x.stop), type(x.step)} <= {int, type(None)} else id(x)


def _static(equation: Equation) -> bool:
    """Whether the shape of an equation's value cannot depend on values."""
    row = TABLE.get(equation.function)
    return row is not None and row.kind in STATIC and all(v.smooth for v in equation.reads)


def reached(outputs: Sequence[Any], equations: Sequence[Equation]) -> set[Variable]:
    """The variables on which outputs depend."""
    needed = {y for y in outputs if isinstance(y, Variable)}
    for equation in reversed(equations):
        if not needed.isdisjoint(equation.outputs):
            needed.update(equation.reads)
    return needed


def record(f: Callable[..., Any], args: Sequence[Any], first: int, limit: float = math.inf, most: float = math.inf) -> tuple[Replay, list[Any]]:
    """Run a function of arrays once, and make a `Replay` of it.

    Parameters
    ----------
    f : callable
        Its result is a tuple of arrays or numbers.
    args : sequence of array
        Where to run it.
    first : int
        How many results are wanted first; they depend on the first argument alone.
    limit : float
        How many entries a value on the way may have.
    most : float
        How many calls there may be.

    Returns
    -------
    replay, values
        The replay, and the results here.

    Raises
    ------
    TooLargeError
        If a value has more entries, or there are more calls.
    """
    recording = RecordingTrace(lines=False, limit=limit, most=most)
    try:
        inputs = [recording.input(x, "") for x in args]
        results = f(*inputs)
        outputs = [recording.symbol(y) for y in results]
        values = [recording.bare_parts(y) for y in results]
    finally:
        recording.close()
    equations, branches = recording.needed(outputs)
    return Replay([x._aux for x in inputs], outputs, equations, branches, first), values
