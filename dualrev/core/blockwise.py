"""Walking elementwise operations on large arrays back block by block, so that what passes between them stays in the cache.

A *run* is a group of elementwise entries of a tape whose values have one length. Its part of the tape is walked once, as any other, with values that are deferred;
what the rules do with them is then carried out for one block after the other. Only the cotangents that leave the run become whole arrays, and those of slices of an
input are added to that input's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .cotangents import Cotangents, parents
from .forward import Dual
from .indexing import getitem
from .numbers import NUMBERS, PARTS
from .outline import lies
from .runs import passed, plan_of
from .waiting import waits

__all__ = ["is_large", "walk_run"]

BLOCK = 1 << 14  # entries of an array in a block: several arrays of 128 kB stay in the second-level cache
LARGE = 1 << 17  # entries from which on blocks are worth their overhead
LARGE_DUAL = 1 << 16  # of dual numbers, whose operations are several each
PATIENCE = 4  # entries of other kinds that may stand between two of a run
SLOPES = 3  # fewer are not worth it


def is_large(shape: tuple[int, ...]) -> bool:
    """Whether values of this shape may be walked in blocks."""
    return math.prod(shape) >= min(LARGE, LARGE_DUAL)


def walk_run(entries: Any, cotangents: Cotangents, place: int, entry: Any, g: Any, start: int, descend: Callable[..., None]) -> bool:
    """Walk the run that ends with an entry back in blocks, if there is one; its places have no cotangents afterwards.

    Parameters
    ----------
    entries : list
        The tape's entries, up to this one at least.
    place, entry, g : int, tuple, array or number
        The entry and its cotangent, which has been taken from ``cotangents``.
    start : int
        The first place that may be walked.
    descend : callable
        Walks a tape.

    Returns
    -------
    bool
        False where nothing was done.
    """
    if place >= cotangents.large or entry[-1] is None or not is_large(shape := entry[-1][0]):
        return False
    run = Run(shape, cotangents)
    if not run.takes(entry, g):
        return False
    cotangents.given[place] = g
    if run.gather(entries, place, entry, start) and run.walk(descend):
        return True
    cotangents.given[place] = None
    return False


class Run:
    """Entries that are walked together.

    Blocks are cut along the first axis. Where what follows along the others is more than a block, arrays are cut as they lie in memory instead (``flat``).

    ``members`` are (place, entry), last first; ``outer`` the places outside to which they pass cotangents, with the forms of their values;
    ``slices`` those of them that are slices of an input, with (the input's place, its form, where the slice begins).
    """

    __slots__ = ("cotangents", "flat", "members", "outer", "rows", "shape", "slices", "trace")

    def __init__(self, shape: tuple[int, ...], cotangents: Cotangents) -> None:
        size = math.prod(shape)
        self.shape, self.cotangents, self.flat = shape, cotangents, size > BLOCK * shape[0]
        length = size if self.flat else shape[0]
        self.rows = -(-length // -(-size // BLOCK))
        self.members: list[tuple[int, Any]] = []
        self.outer: dict[int, Any] = {}
        self.slices: dict[int, tuple[int, Any, int]] = {}
        self.trace: Any = None  # of the dual numbers among the arrays

    def gather(self, entries: Any, place: int, entry: Any, start: int) -> bool:
        """Collect the entries; report whether walking them in blocks pays."""
        given, waiting, others = self.cotangents.given, set(), 0
        while True:
            live = given[place] is not None or place in self.outer
            if live and self.takes(entry, given[place]):
                self.members.append((place, entry))
                self.outer.pop(place, None)
                for _, parent, form in passed(entry):
                    self.outer[parent] = form
                others = 0
            elif not self.flat and place in self.outer and (found := self.sliced(entry)) is not None:
                self.slices[place] = found
            elif others == PATIENCE or len(entry) == 1 or (len(entry) == 3 and entry[0] is None):
                break
            else:
                others += 1
                if live:
                    waiting.update(parents(entry))  # they get their share of this entry's cotangent after the run
            place -= 1
            if place < start or place in waiting:
                break
            entry = entries[place]
        self.cotangents.large = place + 1  # nothing above is tried again, so that the time of a walk stays linear
        if not all(self.cuts(given[place]) for place in self.outer) or math.prod(self.shape) < (LARGE if self.trace is None else LARGE_DUAL):
            return False
        return sum(callable(entry[0].rules[i]) for _, entry in self.members for i, _, _ in passed(entry)) >= max(SLOPES, len(self.outer) - len(self.slices))

    def takes(self, entry: Any, g: Any) -> bool:
        """Whether an entry can be cut into blocks."""
        size = len(entry)
        if size < 5 or size > 7 or entry[-1] is None or entry[-1][0] != self.shape or entry[0].foreign:
            return False
        if size == 6:
            row, y, args, kwargs, active, _ = entry
            if row.kind != "elementwise" or row.selective or kwargs or (row.together is not None and len(active) > 1) or not all(to[0] == self.shape for _, _, to in active):
                return False
            return all(map(self.cuts, (g, y, *args)))
        return all(map(self.cuts, (g, *entry[1:size // 2 + 1])))

    def sliced(self, entry: Any) -> Any:
        """(Place, form, begin) of the input of which an entry is an ordinary slice along the first axis; None for other entries.

        A slice that is the whole input is none: the run may pass cotangents to that input itself.
        """
        if len(entry) == 3 and entry[0] is not None:
            row, parent, (to, form, rest) = entry
        elif len(entry) == 6 and len(entry[4]) == 1 and entry[4][0][0] == 0:
            row, _, (_, *rest), _, ((_, parent, to),), form = entry
        else:
            return None
        if row.function is not getitem or parent >= self.cotangents.first or form != (self.shape, to[1]) or not self.cuts(self.cotangents.given[parent]):
            return None
        index = rest[0]
        if to[0] == self.shape or type(index) is not slice or index.step not in (None, 1):
            return None
        return parent, to, index.indices(to[0][0])[0]

    def unread(self) -> bool:
        """Whether nobody reads the values of the inputs' cotangents that are dual numbers."""
        return self.trace is not None and self.cotangents.unread is self.trace and not self.trace.undecided

    def cuts(self, a: Any) -> bool:
        """Whether a value is a plain number or array, or dual with such parts, of one trace."""
        kind = type(a)
        if a is None or kind in NUMBERS:
            return True
        if kind is np.ndarray:
            return not self.flat or lies(a, self.shape)
        if not isinstance(a, Dual):
            return False
        if self.trace is None:
            self.trace = a._trace
        return a._trace is self.trace and a._support is None and type(a._value) in PARTS and (waits(a) or type(a._aux) in PARTS)

    def cut(self, form: Any) -> Any:
        """The form in which an array of a form is cut."""
        return ((math.prod(self.shape),), form[1]) if self.flat and form[0] == self.shape else form

    def walk(self, descend: Callable[..., None]) -> bool:
        """Walk the run and put the cotangents that leave it together; report whether that could be done."""
        made = plan_of(self, descend)
        if made is None:
            return False
        plan, arrays, leaving, joining = made
        given, mine = self.cotangents.given, self.cotangents.mine
        outputs: list[Any] = [None] * len(plan.forms)
        for place, spec in leaving:
            old = given[place]
            if type(spec) is int and mine[place] and type(old) is np.ndarray and self.cut((old.shape, old.dtype)) == plan.forms[spec]:
                outputs[spec] = old
        for parent, *specs in joining:
            for old, spec in zip(_parts(given[parent]), specs, strict=True):
                if spec is not None and old is not None:
                    own = mine[parent] and not isinstance(given[parent], Dual) and type(old) is np.ndarray and (old.shape, old.dtype) == plan.forms[spec]
                    outputs[spec] = old if own else _filled(old, plan.forms[spec])
        if self.flat:
            outputs = [np.empty(self.shape, dtype) if output is None else output for output, (_, dtype) in zip(outputs, plan.forms, strict=True)]
            plan.run(arrays, [output.reshape(-1) for output in outputs])
        else:
            outputs = plan.run(arrays, outputs)
        for place, spec in leaving:
            given[place], mine[place] = self.found(spec, outputs)
        for parent, value, tangent in joining:
            v = _unknown(outputs[tangent]) if value is None else outputs[value]
            given[parent], mine[parent] = v if tangent is None else self.trace.dual(v, outputs[tangent]), 1
        for place in (*(place for place, _ in self.members), *self.slices):
            given[place] = None
        return True

    def found(self, spec: Any, outputs: list[Any]) -> tuple[Any, bool]:
        """A cotangent that leaves the run, and whether nobody else holds it."""
        if type(spec) is int:
            return outputs[spec], True
        if type(spec) is tuple:
            value, tangent = (outputs[part] if type(part) is int else part.value for part in spec)
            if (shape := max(np.shape(value), np.shape(tangent), key=len)) and np.shape(value) != np.shape(tangent):
                value, tangent = np.broadcast_to(value, shape), np.broadcast_to(tangent, shape)
            return self.trace.dual(value, tangent), True
        return spec.value, False


def _parts(g: Any) -> tuple[Any, Any]:
    return (g._value, g._aux) if isinstance(g, Dual) else (g, None)


def _unknown(like: Any) -> Any:
    """NaN in the form of an array, without its memory."""
    return np.ndarray(like.shape, like.dtype, np.array(np.nan, like.dtype).tobytes(), strides=(0,) * like.ndim)


def _filled(a: Any, form: Any) -> Any:
    whole = np.empty(*form)
    whole[...] = a
    return whole
