"""The caller's own arrays on a tape that outlives the function's run.

The pullback may be called after the caller has changed them, so the tape must own what its rules read. Many rules read only the form of an array. So a large array is
copied only once the function has run, and only if something on the tape refers to it still; until then it is write-protected.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .fixed import fix
from .tracer import Tracer
from .tree import flatten, unflatten
from .watch import fingerprint, guard

__all__ = ["Borrowed"]

LARGE = 1 << 18  # bytes from which on a copy costs more than finding out whether it is needed


class Borrowed:
    """The inputs of one call.

    Parameters
    ----------
    leaves : list
        What the function is called with.
    given : list
        What the caller gave: a leaf that is another object is a conversion of that, in memory of its own. Where it is empty, all are copied at once.
    """

    __slots__ = ("counts", "guarded", "held", "leaves", "owners")

    def __init__(self, leaves: list[Any], given: list[Any]) -> None:
        self.leaves: list[Any] = []
        self.held: list[Any] = []
        self.owners: list[Any] = []  # of the memory of those that are held: the array itself, or one that it is a view of all of
        for k, x in enumerate(leaves):
            if type(x) is np.ndarray and (x.base is not None or not given or x is given[k]):
                owner = owner_of_all(x) if given and x.nbytes >= LARGE else None
                if owner is None or any(owner is other for other in self.owners):
                    x = x.copy("K")
                else:
                    self.held.append(x)
                    self.owners.append(owner)
            self.leaves.append(x)
        self.counts: list[int] = []
        self.guarded = 0

    def begin(self, name: str, tape: Any) -> None:
        """Protect the arrays while a tape is recorded, and count who refers to them before."""
        self.counts = self._references()
        for x, owner in zip(self.held, self.owners, strict=True):
            self.guarded += guard(x, owner, name, tape)

    def _references(self) -> list[int]:
        held, owners = self.held, self.owners
        return [sys.getrefcount(held[k]) + sys.getrefcount(owners[k]) for k in range(len(held))]  # without a name for the array, which would count

    def others(self, watched: list[Any]) -> Any:
        """What a tape watches beside the inputs."""
        return watched[self.guarded:] or None

    def fix(self, entries: list[Any], values: list[Any]) -> None:
        """Put derivatives on the tape in the place of the inputs, and in that of the function's values, which the caller will have."""
        fix(entries, self.owners + [y for y in values if type(y) is np.ndarray and y.nbytes >= LARGE])

    def settle(self, entries: list[Any]) -> list[Any]:
        """Put copies in their places on the tape; what cannot be replaced there is returned with its fingerprint, to be compared before each walk."""
        grown = [k for k, count in enumerate(self._references()) if count > self.counts[k]]
        if not grown:
            return []
        _replace(entries, _Copies([self.owners[k] for k in grown]))
        left = self._references()
        return [(self.held[k], fingerprint(self.held[k]), "the function") for k in grown if left[k] > self.counts[k]]


def owner_of_all(x: Any) -> Any:
    """The array that owns the memory of x: x itself, or one of which it is a view that leaves nothing out and of which nobody else knows; None elsewhere."""
    owner = x.base
    if owner is None:
        return x
    if type(owner) is not np.ndarray or owner.nbytes != x.nbytes or not owner.flags.owndata or sys.getrefcount(owner) > _ALONE:
        return None
    return owner


def _measure_alone() -> int:
    """Count the references that `owner_of_all` sees on an array of which there is one view; interpreters differ."""
    x = np.zeros(1).reshape(1, 1)
    owner = x.base
    return sys.getrefcount(owner)


_ALONE = _measure_alone()


class _Copies:
    """The copies of arrays, and views of them in place of the arrays' own."""

    __slots__ = ("new", "old")

    def __init__(self, old: list[Any]) -> None:
        self.old = {id(a): a for a in old}
        self.new: dict[int, Any] = {}

    def of(self, a: Any) -> Any:
        """What stands for a plain array: itself, where it has another memory."""
        owner = a
        while id(owner) not in self.old:
            owner = getattr(owner, "base", None)
            if owner is None:
                return a
        new = self.new.get(id(owner))
        if new is None:
            self.new[id(owner)] = new = owner.copy(order="K")
        if a is owner:
            return new
        if not a.size:
            return np.empty(a.shape, a.dtype)
        memory = new.reshape(-1, order="A")
        offset = a.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        view: Any = np.ndarray(a.shape, a.dtype, memory, offset, a.strides)
        view.flags.writeable = a.flags.writeable
        return view

    def within(self, part: Any) -> Any:
        """The same inside the parts of a tape entry."""
        kind = type(part)
        if kind is np.ndarray:
            return self.of(part)
        if kind is list or kind is tuple:
            return kind([self.within(item) for item in part])
        if kind is dict:
            return {key: self.within(item) for key, item in part.items()}
        if isinstance(part, Tracer):  # the argument of a checkpointed call
            part._value = self.within(part._value)
        return part


def _replace(entries: list[Any], copies: _Copies) -> None:
    """Let a tape refer to copies wherever it refers to the arrays or views of them."""
    for place, entry in enumerate(entries):
        size = len(entry)
        if size > 4:
            parts = entry[1:4]
            if not _HOLDING.isdisjoint(map(type, parts)):
                entries[place] = (entry[0], *[copies.within(part) for part in parts], *entry[4:])
        elif size == 1:
            leaves, structure = flatten(entry[0].call)
            entry[0].call = unflatten(structure, [copies.within(leaf) for leaf in leaves])


_HOLDING = frozenset({np.ndarray, list, tuple, dict})
