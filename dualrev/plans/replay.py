"""Replaying what was recorded, as fast as NumPy is called: steps over a list of slots, in stages, and straight-line Python where there are many replays."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..core.equations import Branch, Equation, Variable
from ..core.quiet import hush, unhush
from ..core.recording import RecordingTrace
from .steps import Misfit, Steps
from .straight import straight
from .sums import in_place

__all__ = ["Misfit", "Replay", "record", "recorded"]

MANY = 64  # replays after which compiling the steps has paid, whatever their number: both grow with it
LONGEST = 2000  # steps that are compiled


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
        The steps of each stage, as in `Steps`.
    agreed : int
        How many replays were found to be right; for those who count.

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
        steps = Steps(inputs, branches)
        stage: dict[Any, int] = {v: 0 if k == 0 else 2 for k, v in enumerate(inputs)}
        early = reached([*outputs[:first], *(branch.variable for branch in branches)], equations)  # any decision may have shaped the first results
        for equation in equations:
            when = 0
            for v in equation.reads:
                if stage[v] > when:
                    when = stage[v]
            outs = equation.outputs
            if when == 0 and outs[0] not in early and early.isdisjoint(outs):
                when = 1
            for out in outs:
                stage[out] = when
            steps.add(equation, when)
        self.outputs = [steps.slot(y) for y in outputs]
        steps.prune(self.outputs)
        in_place(steps.stages, steps.template, self.outputs, steps.forms)
        self.stages, self.template = steps.stages, steps.template
        self.compiled: list[Callable[[list[Any]], None]] | None = None
        self.begun = self.agreed = 0

    def begin(self, x: Any) -> list[Any]:
        """Run stage 0 at a value of the first input, and return the slots."""
        slots = self.template.copy()
        slots[0] = x
        self.begun += 1
        if self.begun == MANY and sum(map(len, self.stages)) <= LONGEST:
            self.compiled = straight(self.stages, self.template, self.outputs)
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
            if self.compiled is not None:
                self.compiled[stage](slots)
                return
            for out, call, a, b in self.stages[stage]:
                if a < 0:
                    slots[out] = call(*[slots[k] for k in b])
                elif b >= 0:
                    slots[out] = call(slots[a], slots[b])
                else:
                    slots[out] = call(slots[a])
        except Exception as error:  # whatever it is, the function itself is asked next
            raise Misfit(f"the recording cannot be replayed here: {error}") from error
        finally:
            unhush(silence)

    def output(self, slots: list[Any], k: int) -> Any:
        """Return a result, which nobody else holds."""
        y = slots[self.outputs[k]]
        return y.copy("K") if type(y) is np.ndarray else y


def reached(outputs: Sequence[Any], equations: Sequence[Equation]) -> set[Variable]:
    """The variables on which outputs depend."""
    needed = {y for y in outputs if isinstance(y, Variable)}
    for equation in reversed(equations):
        outs = equation.outputs
        if outs[0] in needed or (len(outs) > 1 and not needed.isdisjoint(outs)):
            needed.update(equation.reads)
    return needed


def record(f: Callable[..., Any], args: Sequence[Any], first: int, limit: float = math.inf, most: float = math.inf, kept: Sequence[Any] = ()) -> tuple[Replay, list[Any]]:
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
    kept : sequence of array
        Literals that nobody writes to, so that they need not be copied.

    Returns
    -------
    replay, values
        The replay, and the results here.

    Raises
    ------
    TooLargeError
        If a value has more entries, or there are more calls.
    """
    with recorded(args, limit, most) as (recording, inputs):
        recording.literals.update((id(a), (a, a)) for a in kept)
        results = f(*inputs)
        outputs = [recording.symbol(y) for y in results]
        values = [recording.bare_parts(y) for y in results]
    equations, branches = recording.needed(outputs)
    return Replay([x._aux for x in inputs], outputs, equations, branches, first), values


@contextlib.contextmanager
def recorded(args: Sequence[Any], limit: float = math.inf, most: float = math.inf) -> Iterator[tuple[RecordingTrace, list[Any]]]:
    """A recording of what is done with arguments, without the user's lines, and these arguments in it."""
    recording = RecordingTrace(lines=False, limit=limit, most=most)
    try:
        yield recording, [recording.input(x, "") for x in args]
    finally:
        recording.close()
