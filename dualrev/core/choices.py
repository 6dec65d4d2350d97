"""Values that are one of several that are equally right, and what a function makes of the others.

Eigenvectors of equal eigenvalues may be turned among themselves. A function that does not depend on which ones it is given has a derivative, but the cotangents of one
choice do not determine it. Those of other choices do: the function is recorded again with all such values turned, and these tapes are walked back beside the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .cotangents import Cotangents
from .debugging import active
from .errors import ExamplesDiffer
from .forward import traces_of
from .tracer import Tracer, meta, passive, peek
from .walk import descend, parted, sow

__all__ = ["EQUAL", "Choice", "noted", "remember"]

EQUAL = 100  # times eps ** 0.75: how far results may be apart that are the same but for values that count as equal
ERROR = 1000  # times eps: what is left of the largest of the terms that cancel


class Unrepeatable(Exception):
    """The function cannot be run again, or does not do the same then."""


class Choice:
    """One such value on a tape: where it is, and once the tape is complete, which of them it is and how to record the function again."""

    __slots__ = ("number", "place", "program")

    def __init__(self, number: int, place: int) -> None:
        self.number, self.place = number, place
        self.program: Any = None  # False where no other choice is to be made

    def complete(self, entry: Any, g: Any, cotangents: Any, chosen: Any) -> None:
        """Carry the cotangent of the value on to its argument, in the walk and for those beside it."""
        row, y, args, kwargs, ((i, parent, to),), _ = entry
        c = None
        if self.program:
            if cotangents.asides is None:
                cotangents.asides = Asides(self.program)
            try:
                c = row.told(lambda k: cotangents.asides.other(k, self.number, entry, g, cotangents), g, y, *args)
            except (Unrepeatable, ExamplesDiffer):  # a row that decides by values is evaluated for each example by itself
                cotangents.asides.possible = False
        if c is None:
            c = row.vjp(i, g, y, args, kwargs)
        if chosen is not True:
            c = np.where(chosen, c, 0.0)
        if cotangents.asides is not None:
            cotangents.asides.passed[self.number] = c
        cotangents.add(parent, c, to, False)


class Program:
    """A function that has been recorded: how to do that again, and what it gave.

    Parameters
    ----------
    again : callable
        ``again(turned)`` records it on a tape for which other choices are taken, ``turned = (k, program)``; returns the tape's entries, its choices, and the outputs.
    calls : list
        The arguments and values of which there are other choices.
    outputs : list
        The places and values of the results.
    """

    __slots__ = ("again", "calls", "outputs")

    def __init__(self, again: Callable[..., tuple[Any, ...]], calls: list[Any], outputs: list[Any]) -> None:
        self.again, self.calls, self.outputs = again, calls, outputs


def noted(tape: Any, row: Any, y: Any, args: Any) -> tuple[Choice, Any]:
    """Take note of a value that is one of several, and give the one that the tape takes."""
    tape.choices = tape.choices or []
    number = len(tape.choices)
    choice = Choice(number, len(tape.entries))
    if tape.turned is not None:
        k, program = tape.turned
        before, value = program.calls[number] if number < len(program.calls) else ([], None)
        if _same(before, args):
            y = row.turn(k, value, *args)
        else:
            choice.program = False
    tape.choices.append((choice, [_owned(a) for a in args], y))
    return choice, y


def remember(tape: Any, again: Callable[..., tuple[Any, ...]], outputs: list[Any]) -> None:
    """Tell the choices on a tape how to record it again."""
    program = Program(again, [call for _, *call in tape.choices], [(place, _owned(value)) for place, value in outputs])
    for choice, _, _ in tape.choices:
        choice.program = program if choice.program is None else False


def _owned(x: Any) -> Any:
    return x.copy() if type(x) is np.ndarray else x


class Weighed(Cotangents):
    """Cotangents that remember the largest contribution: what cancels leaves rounding errors in proportion to that."""

    __slots__ = ("most",)

    def __init__(self, count: int, first: int, large: bool) -> None:
        Cotangents.__init__(self, count, first, large)
        self.most: Any = 0.0

    def add(self, place: int, r: Any, form: Any, fresh: bool, support: Any = None) -> None:
        self.most = np.maximum(self.most, np.max(np.abs(passive(r)), initial=0))
        Cotangents.add(self, place, r, form, fresh, support)


class Aside:
    """A tape with another choice of the values, as far as it has been walked back."""

    __slots__ = ("away", "choices", "cotangents", "entries", "last", "size")

    def __init__(self, program: Program, k: int, main: Any) -> None:
        token = active.set(None)
        try:
            self.entries, self.choices, outputs = program.again((k, program))
        except Exception as error:
            raise Unrepeatable from error
        finally:
            active.reset(token)
        if len(self.choices) != len(program.calls) or [meta(value) for _, value in outputs] != [meta(value) for _, value in program.outputs]:
            raise Unrepeatable
        self.last: Any = None  # the choice to whose argument its cotangent has still to be carried
        self.cotangents = Weighed(len(self.entries), main.first, bool(main.large))
        results = {place: (value, *other) for (place, value), other in zip(program.outputs, outputs, strict=True)}
        if any(results[place][1] is None for place, _ in main.seeds):
            raise Unrepeatable
        sow(self.cotangents.given, [(results[place][1], g) for place, g in main.seeds])
        self.away = sum(_change(g, results[place][0], results[place][2]) for place, g in main.seeds)
        self.size = sum(_total(g, results[place][0]) for place, g in main.seeds)

    def walk(self, number: int, passed: dict[int, Any]) -> Any:
        """Walk down to one of the choices, with the same cotangents as the first tape has for those above; return its value and cotangent."""
        given = self.cotangents.given
        while True:
            if self.last is not None:
                above, parent, to = self.last
                self.cotangents.add(parent, passed[above], to, False)
            choice = self.choices.pop()
            descend(self.entries, self.cotangents, len(self.entries), choice.place + 1, True)
            self.last = None
            if choice.number == number or choice.number in passed:
                _, y, _, _, ((_, parent, to),), _ = self.entries.pop()
                self.last = choice.number, parent, to
                g, given[choice.place] = given[choice.place], None
                self.cotangents.supports.pop(choice.place, None)
            if choice.number == number:
                return y, parted(g or {}, y)


class Asides:
    """The tapes of other choices, each made when it is first asked for.

    Parameters
    ----------
    program : Program
        What to record.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.passed: dict[int, Any] = {}  # cotangents of the arguments of the choices that are behind
        self.found: dict[int, Aside] = {}
        self.possible = True

    def other(self, k: int, number: int, entry: Any, g: Any, main: Cotangents) -> tuple[Any, Any, Any]:
        """The k-th other value of a choice, its cotangent, and the rounding error of that; it is NaN if the result of the function is not the same with that value."""
        if not self.possible:
            raise Unrepeatable
        aside = self.found.pop(k, None) or Aside(self.program, k, main)
        if number:  # there are more below
            self.found[k] = aside
        if aside.choices[number].program is False:
            raise Unrepeatable
        try:
            value, found = aside.walk(number, self.passed)
        except Exception as error:
            raise Unrepeatable from error
        eps, most = np.finfo(meta(g[0])[1]).eps, aside.cotangents.most
        reads = sum(_total(*part) for part in zip((*g, *found), (*entry[1], *value), strict=True))
        same = aside.away <= EQUAL * eps ** 0.75 * (aside.size + reads) + ERROR * eps * most
        lost = _level_of((reads > 0) & ~same, found)
        return value, tuple(part + np.where(lost, np.nan, 0.0).astype(meta(part)[1]) for part in found), ERROR * eps * _level_of(most, found)


def _total(g: Any, y: Any) -> Any:
    """How much a value counts for where a derivative is taken; what is not finite does not."""
    y = passive(y)
    return np.sum(np.abs(passive(g)) * np.where(np.isfinite(y), np.abs(y), 0.0))


def _change(g: Any, before: Any, now: Any) -> Any:
    """How much its change does."""
    g, before, now = passive(g), passive(before), passive(now)
    return np.sum(np.where((g == 0) | (now == before), 0.0, np.abs(g) * np.abs(now - before)))


def _same(args: Any, others: Any) -> bool:
    """Whether two calls have the same arguments, but for rounding, for these may be made of other choices."""
    if len(args) != len(others):
        return False
    pairs = [(peek(a), peek(b)) for a, b in zip(args, others, strict=True) if isinstance(a, (np.ndarray, Tracer))]
    return all(a.shape == b.shape and np.max(np.abs(a - b), initial=0) <= np.sqrt(np.finfo(a.dtype).eps) * np.max(np.abs(a), initial=0) for a, b in pairs)


def _level_of(x: Any, g: Any) -> Any:
    """A number or truth value as it may be used beside cotangents: the largest of all examples, if these are not of the same batches."""
    levels = [trace for part in g for trace in traces_of(part)]
    return x if all(trace in levels for trace in traces_of(x)) else np.max(peek(x))
