"""Walking elementwise operations on large arrays back block by block, so that what passes between them stays in the cache.

A *run* is a group of elementwise entries of a tape whose values have one shape. Its entries are cut into blocks along the first axis, and each block is a small tape,
which is walked as any other. Only the cotangents that leave the run are put together into whole arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .cotangents import Cotangents, parents
from .forward import Dual
from .numbers import NUMBERS, PARTS

__all__ = ["is_large", "walk_run"]

BLOCK = 1 << 15  # entries of an array in a block: several arrays of 256 kB stay in the second-level cache
LARGE = 1 << 18  # entries from which on blocks are worth their overhead
PATIENCE = 4  # entries of other kinds that may stand between two of a run
SLOPES = 3  # fewer are not worth it
SHARE = 2  # slopes for each cotangent that leaves the run, which is copied
LEAF = ()


def is_large(shape: tuple[int, ...]) -> bool:
    """Whether values of this shape are walked in blocks."""
    return math.prod(shape) >= LARGE


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
    rows = BLOCK * shape[0] // math.prod(shape)
    if not rows or rows == shape[0]:
        return False
    run = Run(shape, rows, cotangents)
    if not run.takes(entry, g):
        return False
    cotangents.given[place] = g
    if run.gather(entries, place, entry, start) and run.walk(descend):
        return True
    cotangents.given[place] = None
    return False


class Run:
    """Entries that are walked together.

    ``members`` are (place, entry), last first; ``outer`` the places outside to which they pass cotangents.
    """

    __slots__ = ("cotangents", "members", "outer", "rows", "shape", "trace")

    def __init__(self, shape: tuple[int, ...], rows: int, cotangents: Cotangents) -> None:
        self.shape, self.rows, self.cotangents = shape, rows, cotangents
        self.members: list[tuple[int, Any]] = []
        self.outer: dict[int, Any] = {}  # with the forms of their values
        self.trace: Any = None  # of the dual numbers among the arrays

    def gather(self, entries: Any, place: int, entry: Any, start: int) -> bool:
        """Collect the entries; report whether there are several."""
        given, waiting, others = self.cotangents.given, set(), 0
        while True:
            live = given[place] is not None or place in self.outer
            if live and self.takes(entry, given[place]):
                self.members.append((place, entry))
                self.outer.pop(place, None)
                for _, parent, form in _passed(entry):
                    self.outer[parent] = form
                others = 0
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
        return self.pays() and all(self.cuts(given[place]) for place in self.outer)

    def pays(self) -> bool:
        """Whether what stays in the cache outweighs the copies of what leaves the run."""
        inner = sum(callable(entry[0].rules[i]) for _, entry in self.members for i, _, _ in _passed(entry))
        return inner >= max(SLOPES, SHARE * len(self.outer))

    def takes(self, entry: Any, g: Any) -> bool:
        """Whether an entry can be cut into blocks."""
        size = len(entry)
        if size < 5 or size > 7 or entry[-1] is None or entry[-1][0] != self.shape or entry[0].foreign:
            return False
        if size == 6:
            row, y, args, kwargs, active, _ = entry
            if row.kind != "elementwise" or row.selective or kwargs or not all(to[0] == self.shape for _, _, to in active):
                return False
            return all(map(self.cuts, (g, y, *args)))
        return all(map(self.cuts, (g, *entry[1:size // 2 + 1])))

    def cuts(self, a: Any) -> bool:
        """Whether a value is a plain number or array, or dual with such parts, of one trace."""
        kind = type(a)
        if kind is np.ndarray or a is None or kind in NUMBERS:
            return True
        if not isinstance(a, Dual):
            return False
        if self.trace is None:
            self.trace = a._trace
        return a._trace is self.trace and a._support is None and type(a._value) in PARTS and type(a._aux) in PARTS

    def walk(self, descend: Callable[..., None]) -> bool:
        """Walk the blocks and put the cotangents of the outer places together; report whether all of them could be."""
        given, mine = self.cotangents.given, self.cotangents.mine
        places = [*self.outer, *(place for place, _ in reversed(self.members))]
        number = {place: k for k, place in enumerate(places)}
        first = len(self.outer)
        local = [_renumbered(entry, number) for _, entry in reversed(self.members)]
        begun = [(k, given[place]) for k, place in enumerate(places) if given[place] is not None]
        into = [self.trace is None and mine[place] and type(g := given[place]) is np.ndarray and g.shape == self.shape for place in self.outer]
        wholes = [Whole(form, given[place] if owned else None) for (place, form), owned in zip(self.outer.items(), into, strict=True)]
        for at in range(0, self.shape[0], self.rows):
            part = slice(at, at + self.rows)
            block = Cotangents(len(places), first)
            for k, g in begun:
                block.given[k] = self.cut(g, part)
            block.mine[:first] = bytes(into)
            shape = (min(self.rows, self.shape[0] - at), *self.shape[1:])
            descend([LEAF] * first + [self.block(entry, part, shape) for entry in local], block, len(places), first, True)
            for k, whole in enumerate(wholes):
                if not whole.put(part, block.given[k]):
                    self.cotangents.large = 0
                    return False
        for place, _ in self.members:
            given[place] = None
        for place, whole in zip(self.outer, wholes, strict=True):
            given[place], mine[place] = whole.found(self.trace)
        return True

    def block(self, entry: Any, part: slice, shape: tuple[int, ...]) -> Any:
        """A block of an entry."""
        form = (shape, entry[-1][1])
        if len(entry) == 5:
            row, y, x, parent, _ = entry
            return row, self.cut(y, part), self.cut(x, part), parent, form
        if len(entry) == 7:
            row, y, a, b, parent, other, _ = entry
            return row, self.cut(y, part), self.cut(a, part), self.cut(b, part), parent, other, form
        row, y, args, kwargs, active, _ = entry
        return row, self.cut(y, part), [self.cut(a, part) for a in args], kwargs, tuple((i, parent, (shape, to[1])) for i, parent, to in active), form

    def cut(self, a: Any, part: slice) -> Any:
        """A block of an array; what is the same for all blocks as it is."""
        shape = getattr(a, "shape", ())
        if len(shape) < len(self.shape) or shape[:1] != self.shape[:1]:
            return a
        return a[part] if type(a) is np.ndarray else a._trace.dual(a._value[part], a._aux[part])


def _passed(entry: Any) -> Any:
    """The active arguments of an entry: (argument, parent, its form) each."""
    if len(entry) == 6:
        return entry[4]
    if len(entry) == 5:
        return [(0, entry[3], entry[4])]
    return [(i, parent, entry[6]) for i, parent in enumerate(entry[4:6]) if parent >= 0]


def _renumbered(entry: Any, number: dict[int, int]) -> Any:
    """An entry of a tape on which places have other numbers."""
    if len(entry) == 5:
        return (*entry[:3], number[entry[3]], entry[4])
    if len(entry) == 7:
        return (*entry[:4], number.get(entry[4], -1), number.get(entry[5], -1), entry[6])
    return (*entry[:4], [(i, number[parent], to) for i, parent, to in entry[4]], entry[5])


class Whole:
    """A cotangent that is put together from its blocks.

    Parameters
    ----------
    form : (shape, dtype)
        Of its value.
    begun : array, optional
        Where the blocks have been added in place.
    """

    __slots__ = ("begun", "form", "small", "tangent", "value")

    def __init__(self, form: Any, begun: Any) -> None:
        self.form, self.begun = form, begun
        self.value: Any = None
        self.tangent: Any = None
        self.small: Any = None  # one that is the same for all blocks

    def put(self, part: slice, g: Any) -> bool:
        """Take a block; report whether it is of a kind that can be put together with others."""
        if self.begun is not None or self.small is not None or g is None:
            return True
        dual = isinstance(g, Dual)
        if dual and (g._support is not None or type(g._value) not in PARTS or type(g._aux) not in PARTS):
            return False
        if len(g.shape) < len(self.form[0]):
            self.small = g
            return True
        if self.value is None:
            self.value = np.empty(*self.form)
            self.tangent = np.empty(*self.form) if dual else None
        if dual is not (self.tangent is not None):
            return False
        if dual:
            self.value[part], self.tangent[part] = g._value, g._aux
        else:
            self.value[part] = g
        return True

    def found(self, trace: Any) -> tuple[Any, bool]:
        """The cotangent, and whether nobody else holds it."""
        if self.begun is not None:
            return self.begun, True
        if self.value is None:
            return self.small, False
        return (self.value if self.tangent is None else trace.dual(self.value, self.tangent)), True
