"""Walking a tape forwards for tangents: the JVP at the recorded point, without running the program again."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .cotangents import parents
from .debugging import active, finite
from .rows import Like
from .tangents import formed, moved, tangent_of
from .tracer import meta, top_trace

__all__ = ["last_readers", "walk_on"]


def walk_on(entries: list[Any], seeds: dict[int, Any], outputs: list[tuple[Any, Any]], done: dict[int, list[int]] | None = None) -> list[Any]:
    """Carry tangents from the inputs of a tape to its end: the JVP at the recorded point, without running the program again.

    Parameters
    ----------
    entries : list
        The tape's entries.
    seeds : dict
        Tangents by place; other inputs do not vary.
    outputs : list of (place or None, form)
        Which tangents are wanted.
    done : dict, optional
        What `last_readers` found, for a tape that is walked often.

    Returns
    -------
    list
        One tangent an output, in full form.
    """
    walk = Advance(len(entries), last_readers(entries, outputs) if done is None else done)
    tangents = walk.tangents
    watch = active.get()
    with np.errstate(all="ignore"):
        for place, entry in enumerate(entries):
            size = len(entry)
            if place in seeds:
                tangents[place] = seeds[place]
            elif size == 2:
                t = tangents[entry[0]]
                tangents[place] = None if t is None else t * entry[1]
            elif size == 4:
                terms = [tangents[p] * d for p, d in (entry[:2], entry[2:]) if tangents[p] is not None]
                tangents[place] = sum(terms[1:], terms[0]) if terms else None
            elif size == 3 and entry[0] is None:
                t = tangents[entry[1]]
                tangents[place] = None if t is None else t[entry[2]]
            elif size == 3:
                row, parent, (to, form, rest) = entry
                walk.step(place, row, None, (Like(*to), *rest), {}, ((0, parent, to),), form)
            elif size == 5:
                row, y, x, parent, form = entry
                walk.step(place, row, y, (x,), {}, ((0, parent, form),), form)
            elif size == 7:
                row, y, a, b, parent, other, form = entry
                walk.step(place, row, y, (a, b), {}, tuple((i, k, form) for i, k in ((0, parent), (1, other)) if k >= 0), form)
            elif size == 6:
                walk.step(place, *entry)
            if watch is not None:
                _look(watch, entry, tangents, place)
            walk.forget(place)
    if watch is not None and not all(tangents[place] is None or finite(tangents[place]) for place, _ in outputs if place is not None):
        watch.complain("the derivative", "derivative", "value")
    return [np.zeros(*form)[()] if place is None or tangents[place] is None else formed(tangents[place], *form) for place, form in outputs]


def _look(watch: Any, entry: Any, tangents: list[Any], place: int) -> None:
    """Remember the first tangent that is not finite, inside ``dualrev.debug()``."""
    now, before = tangents[place], [tangents[parent] for parent in parents(entry)]
    if now is None or isinstance(now, list) or finite(now) or not all(t is None or isinstance(t, list) or finite(t) for t in before):
        return
    _, name, operands, line = watch.calls.get(id(entry), (entry, "an operation", [], ""))
    watch.see("derivative", name, operands, line)


class Advance:
    """The tangents of a tape's values while it is walked forwards, each kept until its last reader."""

    __slots__ = ("done", "supports", "tangents")

    def __init__(self, count: int, done: dict[int, list[int]]) -> None:
        self.tangents: list[Any] = [None] * count
        self.supports: dict[int, Any] = {}
        self.done = done

    def forget(self, place: int) -> None:
        """Drop what nobody reads after this place."""
        for read in self.done.get(place, ()):
            self.tangents[read] = None
            self.supports.pop(read, None)

    def step(self, place: int, row: Any, y: Any, args: Any, kwargs: Any, active: Any, form: Any) -> None:
        """Work out the tangent of one entry that holds arrays."""
        moving = [(i, formed(self.tangents[parent], *to), self.supports.get(parent)) for i, parent, to in active if self.tangents[parent] is not None]
        if not moving:
            return
        if row.multiple:
            self.tangents[place] = _several(row, y, args, kwargs, moving)
            return
        if row.push_into is not None and moving[0][0] == 0 and active[0][1] in self.done.get(place, ()) and self._into(place, row, args, moving, form, active[0][1]):
            return
        t, support = tangent_of(row, y, form, moving, list(args), kwargs)
        self.tangents[place] = t
        if support is not None:
            self.supports[place] = support

    def _into(self, place: int, row: Any, args: Any, moving: Any, form: Any, parent: int) -> bool:
        """Make the tangent in the memory of the first argument's, where nobody else holds that; report whether it could."""
        v = moving[1][1] if len(moving) > 1 else 0.0
        t = self.tangents[parent]
        moving[0] = (0, None, moving[0][2])
        traced = top_trace((v, *args[2:]))[0] is not None
        if traced or type(t) is not np.ndarray or t.base is not None or not t.flags.writeable or sys.getrefcount(t) > _ALONE or t.dtype != form[1]:
            moving[0] = (0, t, moving[0][2])
            return False
        support = moved(row, form[0], [(0, t, moving[0][2]), *moving[1:]], args, {})
        row.push_into(t, v, *args[2:])
        self.tangents[place] = t
        if support is not None:
            self.supports[place] = support
        return True


class _Held:
    __slots__ = ("tangents",)
    tangents: list[Any]


def _measure_alone() -> int:
    """Count the references that `Advance._into` sees on a tangent held by its list only; interpreters differ."""
    held = _Held()
    held.tangents = [np.zeros(1)]
    t = held.tangents[0]
    return sys.getrefcount(t)


_ALONE = _measure_alone()


def _several(row: Any, y: Any, args: Any, kwargs: Any, moving: Any) -> list[Any]:
    """The tangents of a function with several results."""
    if row.push is not None:
        return [formed(part, *meta(whole)) for part, whole in zip(row.push({i: t for i, t, _ in moving}, y, args, kwargs), y, strict=True)]
    total: list[Any] = []
    for i, t, _ in moving:
        r = [formed(part, *meta(whole)) for part, whole in zip(row.jvp(i, t, y, args, kwargs), y, strict=True)]
        total = r if not total else [a + b for a, b in zip(total, r, strict=True)]
    return total


def last_readers(entries: Any, outputs: list[tuple[Any, Any]]) -> dict[int, list[int]]:
    """For each place, the places whose tangents nobody reads after it."""
    last: dict[int, int] = {}
    for place, entry in enumerate(entries):
        for parent in parents(entry):
            last[parent] = place
    kept = {place for place, _ in outputs}
    done: dict[int, list[int]] = {}
    for parent, place in last.items():
        if parent not in kept:
            done.setdefault(place, []).append(parent)
    return done
