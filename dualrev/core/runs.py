"""Programs for runs of elementwise entries: each is made by walking the run once with deferred values, and serves all runs that look the same."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .cotangents import Cotangents
from .forward import Dual
from .kernels import Deferred, Kernel, UndeferredError
from .outline import Outline
from .waiting import recipe_of, waits

__all__ = ["passed", "plan_of"]

LEAF = ()
KEPT = 256  # programs: they are small, and forgotten when there are more
PLANS: dict[Any, Any] = {}  # by what runs look like; what a run computes follows from that, because a walk with deferred values sees nothing else


class Literal:
    """A cotangent, or a part of one, that is the same for all blocks."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def plan_of(run: Any, descend: Callable[..., None]) -> Any:
    """The program for a run.

    Parameters
    ----------
    run : Run
        Its entries.
    descend : callable
        Walks a tape.

    Returns
    -------
    (plan, arrays, leaving, joining), or None where a rule looks at values or an array cannot be cut
        The plan with its sources; (place, what) for the cotangents that leave the run: the number of an output, a pair of such or literals for dual ones, or a literal;
        (place of an input, output or None, output or None) for the value and the tangent of the cotangents to which slices are added.
    """
    outline = Outline(run.shape, run.flat)
    numbers = {place: k for k, place in enumerate([*run.outer, *(place for place, _ in reversed(run.members))])}
    forms = {parent: form for parent, form, _ in run.slices.values()}
    key = _outlined(run, outline, numbers, forms)
    if not outline.fits:
        return None
    found = PLANS.get(key, key)
    if found is key:
        found = _written(run, outline, numbers, forms, descend)
        if outline.lasting:
            if len(PLANS) >= KEPT:
                PLANS.clear()
            PLANS[key] = found
    if found is None:
        return None
    plan, leaving, joining = found
    outside = [place for place in run.outer if place not in run.slices]
    return plan, outline.arrays, list(zip(outside, leaving, strict=True)), [(parent, *what) for parent, what in zip(forms, joining, strict=True) if what is not None]


def _outlined(run: Any, outline: Outline, numbers: dict[int, int], forms: dict[int, Any]) -> Any:
    """What a run looks like, apart from the entries of its arrays."""
    of, given, slices = outline.of, run.cotangents.given, run.slices
    entries: list[Any] = []
    for _, entry in run.members:
        if len(entry) == 5:
            row, y, x, parent, form = entry
            entries += row, of(y), of(x), numbers[parent], form[1]
        elif len(entry) == 7:
            row, y, a, b, parent, other, form = entry
            entries += row, of(y), of(a), of(b), numbers.get(parent, -1), numbers.get(other, -1), form[1]
        else:
            row, y, args, _, active, form = entry
            entries += row, of(y), tuple(map(of, args)), tuple([(i, numbers[parent], to[1]) for i, parent, to in active]), form[1]
    seeds = tuple([of(given[place]) for place in numbers])
    parents = {parent: k for k, parent in enumerate(forms)}
    outer = tuple([(form[1], slices[place][2], parents[slices[place][0]]) if place in slices else form[1] for place, form in run.outer.items()])
    totals = tuple([(form, given[parent] is None, isinstance(given[parent], Dual)) for parent, form in forms.items()])
    return run.shape, run.rows, run.trace is None, run.unread(), tuple(entries), seeds, outer, totals


def _written(run: Any, outline: Outline, numbers: dict[int, int], forms: dict[int, Any], descend: Callable[..., None]) -> Any:
    """The program of a run and where its results go; None where a rule looks at values.

    Rules of plain arrays are tried as they are first, which joins what they have in common, and then as a whole.
    """
    for unseen in (False, True) if run.trace is None else (False,):
        try:
            return _walked(run, outline, numbers, forms, descend, unseen)
        except Exception:  # whatever it is, it comes again where the entries are walked one by one
            found = None
    return found


def _walked(run: Any, outline: Outline, numbers: dict[int, int], forms: dict[int, Any], descend: Callable[..., None], unseen: bool) -> Any:
    """Walk a run with deferred values, and return the program of what they went through."""
    kernel = Kernel(run.cut((run.shape, None))[0], run.rows)
    write = Writer(run, outline, kernel, numbers, unseen)
    first = len(run.outer)
    block = Cotangents(len(numbers), first)
    block.given = [write.deferred(run.cotangents.given[place]) for place in numbers]
    tape = [LEAF] * first + [write.entry(entry) for _, entry in reversed(run.members)]
    descend(tape, block, len(numbers), first, True)
    found = dict(zip(run.outer, block.given, strict=False))
    leaving = [_asked(kernel, g) for place, g in found.items() if place not in run.slices]
    joining = [_joined(run, kernel, parent, form, [(at, found[place]) for place, (k, _, at) in run.slices.items() if k == parent and found[place] is not None])
               for parent, form in forms.items()]
    return kernel.plan(), leaving, joining


def _asked(kernel: Kernel, g: Any) -> Any:
    """Ask for a cotangent that leaves a run."""
    if isinstance(g, Dual):
        return _asked(kernel, g._value), _asked(kernel, g._aux)
    if type(g) is np.ndarray and g.shape:
        raise UndeferredError("an array leaves the run")
    return kernel.whole(g) if type(g) is Deferred else Literal(g)


def _joined(run: Any, kernel: Kernel, parent: int, form: Any, parts: list[tuple[int, Any]]) -> Any:
    """Ask for the cotangent of an input with those of its slices, (where, what) each, added to it: the outputs for its value and for its tangent."""
    if not parts:
        return None
    old = run.cotangents.given[parent]
    if not isinstance(old, Dual) and not any(isinstance(g, Dual) for _, g in parts):
        return kernel.total(form, parts, old is None), None
    moved = [(at, g._aux) for at, g in parts if isinstance(g, Dual)]
    tangent = kernel.total(form, moved, not isinstance(old, Dual))
    if run.unread():
        return None, tangent
    return kernel.total(form, [(at, g._value if isinstance(g, Dual) else g) for at, g in parts], old is None), tangent


class Writer:
    """Puts deferred values in the place of a run's arrays."""

    __slots__ = ("cut", "kernel", "known", "numbers", "outline", "plain", "recipes", "sources", "unseen")

    def __init__(self, run: Any, outline: Outline, kernel: Kernel, numbers: dict[int, int], unseen: bool) -> None:
        self.kernel, self.numbers, self.outline, self.unseen, self.cut = kernel, numbers, outline, unseen, run.cut
        self.plain = run.trace is None
        self.sources = [kernel.source((a.shape, a.dtype)) for a in outline.arrays]
        self.known: dict[int, Any] = {}
        self.recipes: dict[int, Any] = {}

    def entry(self, entry: Any) -> Any:
        """An entry of deferred values, on a tape on which places have other numbers."""
        row, numbers, deferred = entry[0], self.numbers, self.deferred
        if self.plain and (self.unseen or not _is_numpys(row.function)):
            row = Unseen(row, self.kernel)
        if len(entry) == 5:
            _, y, x, parent, form = entry
            return row, deferred(y), deferred(x), numbers[parent], self.cut(form)
        if len(entry) == 7:
            _, y, a, b, parent, other, form = entry
            return row, deferred(y), deferred(a), deferred(b), numbers.get(parent, -1), numbers.get(other, -1), self.cut(form)
        _, y, args, kwargs, active, form = entry
        return row, deferred(y), [deferred(a) for a in args], kwargs, tuple((i, numbers[parent], self.cut(to)) for i, parent, to in active), self.cut(form)

    def deferred(self, a: Any) -> Any:
        """What stands for a value."""
        if type(a) is np.ndarray:
            k = self.outline.numbers.get(id(a))
            return a if k is None else self.sources[k]
        if not isinstance(a, Dual):
            return a
        found = self.known.get(id(a))
        if found is None:
            tangent = recipe_of(a).with_others(self.deferred, self.cut, self.recipes) if waits(a) else self.deferred(a._aux)
            self.known[id(a)] = found = a._trace.dual(self.deferred(a._value), tangent)
        return found


class Unseen:
    """A row whose rules are asked for each block by itself: they may have shorter ways for plain arrays, or look at values."""

    __slots__ = ("rules",)
    kind, selective, foreign, together = "elementwise", False, False, None

    def __init__(self, row: Any, kernel: Kernel) -> None:
        self.rules = tuple(functools.partial(kernel.unseen, rule) if callable(rule) else rule for rule in row.rules)

    def partial(self, i: int, y: Any, args: Any, kwargs: Any) -> Any:
        """The partial derivative in argument i."""
        return self.rules[i](y, *args)


def _is_numpys(function: Any) -> bool:
    return isinstance(function, np.ufunc) and getattr(np, function.__name__, None) is function


def passed(entry: Any) -> Any:
    """The active arguments of an entry: (argument, parent, its form) each."""
    if len(entry) == 6:
        return entry[4]
    if len(entry) == 5:
        return [(0, entry[3], entry[4])]
    return [(i, parent, entry[6]) for i, parent in enumerate(entry[4:6]) if parent >= 0]
