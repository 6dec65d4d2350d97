"""A tape made ready for many walks forwards: the slopes of small arrays are worked out once, so that a tangent costs a product an operation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .cotangents import WORTH
from .numbers import FLOAT, PARTS
from .quiet import hush, unhush
from .rows import MINUS_ONE, ONE, Like
from .tangents import formed
from .tracer import meta, top_trace, widen

__all__ = ["Prepared", "prepared"]

WRITES = 16  # each copies what it writes to; many of them would make the time of a walk quadratic


class Prepared:
    """The JVP at a recorded point, as one line an operation.

    Parameters
    ----------
    steps : list
        (place, parent, slope, parent or -1, slope), a slope of None being 1; or (place, -1, function, -1, None), where the function takes the list of all tangents.
    count : int
        The number of entries of the tape.
    inputs : list of (place, form)
        Where tangents come from.
    outputs : list of (place or None, form)
        Which are wanted; None for what does not vary.
    """

    __slots__ = ("count", "inputs", "outputs", "steps")

    def __init__(self, steps: list[Any], count: int, inputs: Any, outputs: Any) -> None:
        self.steps, self.count, self.inputs, self.outputs = steps, count, inputs, outputs

    def fits(self, directions: list[Any]) -> bool:
        """Whether these tangents are plain arrays or numbers of the inputs' own forms."""
        return all(type(t) in PARTS and meta(t) == form for t, (_, form) in zip(directions, self.inputs, strict=True))

    def walk(self, directions: list[Any]) -> list[Any]:
        """Carry one tangent of each input to the outputs."""
        t: list[Any] = [None] * self.count
        for (place, form), direction in zip(self.inputs, directions, strict=True):
            t[place] = formed(direction, *form)
        silence = hush()
        try:
            for place, a, p, b, q in self.steps:
                if a < 0:
                    t[place] = p(t)
                elif b < 0:
                    t[place] = t[a] if p is None else t[a] * p
                else:
                    t[place] = (t[a] if p is None else t[a] * p) + (t[b] if q is None else t[b] * q)
        finally:
            unhush(silence)
        return [np.zeros(*form)[()] if place is None else formed(t[place], *form) for place, form in self.outputs]


def prepared(entries: list[Any], inputs: list[Any], outputs: list[Any]) -> Prepared | None:
    """Make a tape ready, or return None where its tangents need more than slopes: arrays that are large or not float64, values traced by another transform, selections
    and slopes that are not finite, whose structural zeros have to be followed, and many writes, which the walk carries on in the memory of what they write to.

    Parameters
    ----------
    entries : list
        The tape's entries.
    inputs : list of (place, form)
        Its inputs, all of which vary.
    outputs : list of (place or None, form)
        Which tangents are wanted.
    """
    if not all(_small(form) for _, form in (*inputs, *outputs)):
        return None
    if sum(len(entry) == 6 and entry[0].push_into is not None for entry in entries) > WRITES:
        return None
    moves = bytearray(len(entries))
    for place, _ in inputs:
        moves[place] = True
    steps: list[Any] = []
    silence = hush()
    try:
        for place, entry in enumerate(entries):
            if not entry:
                continue
            if len(entry) in (2, 4):
                found: Any = _terms([(k, p) for k, p in zip(entry[::2], entry[1::2], strict=True) if moves[k]])
            else:
                call = _call(entry)
                if call is None:
                    return None
                row, y, args, kwargs, active, form = call
                found = _step(row, y, args, kwargs, [part for part in active if moves[part[1]]], form)
            if found is None:
                return None
            if found:
                moves[place] = True
                steps.append((place, *found))
    finally:
        unhush(silence)
    return Prepared(steps, len(entries), inputs, [(place if place is not None and moves[place] else None, form) for place, form in outputs])


def _small(form: Any) -> bool:
    return (form[1] is FLOAT or form[1] == FLOAT) and 8 * math.prod(form[0]) <= WORTH


def _call(entry: Any) -> Any:
    """An entry as (row, y, args, kwargs, active, form), None where it is none of one result."""
    size = len(entry)
    if size == 6:
        return entry
    if size == 5:
        row, y, x, parent, form = entry
        return row, y, (x,), {}, ((0, parent, form),), form
    if size == 7:
        row, y, a, b, parent, other, form = entry
        return row, y, (a, b), {}, tuple((i, k, form) for i, k in ((0, parent), (1, other)) if k >= 0), form
    if size == 3 and entry[0] is not None:
        row, parent, (to, form, rest) = entry
        return row, None, (Like(*to), *rest), {}, ((0, parent, to),), form
    return None


def _terms(terms: list[Any]) -> Any:
    """A step from its (parent, slope) pairs; () where nothing moves."""
    if not all(p is None or (type(p) in PARTS and math.isfinite(np.add.reduce(p, axis=None) if type(p) is np.ndarray else p)) for _, p in terms):
        return None
    terms = [*terms, (-1, None)] if len(terms) == 1 else terms
    return None if len(terms) > 2 else tuple(part for term in terms for part in term)


def _step(row: Any, y: Any, args: Any, kwargs: Any, moving: Any, form: Any) -> Any:
    """The step of a call; () where nothing moves, None where it cannot be made ready."""
    if not moving:
        return ()
    if row.multiple or row.foreign or not all(_small(part) for part in (form, *(to for _, _, to in moving))) or top_trace((y, *args, *kwargs.values()))[0] is not None:
        return None
    shape, raw = form[0], list(args)
    if row.kind == "elementwise" and not row.selective:
        widen(raw, form[1])
        return _terms([(parent, _slope(row, i, y, raw, kwargs, shape, to[0])) for i, parent, to in moving])
    if row.kind == "linear":
        return -1, lambda t: formed(row.push({i: t[parent] for i, parent, _ in moving}, y, raw, kwargs), *form), -1, None
    if row.kind == "multilinear" and not row.selective:
        return -1, lambda t: sum(formed(row.jvp(i, t[parent], y, raw, kwargs), *form) for i, parent, _ in moving), -1, None
    return None


def _slope(row: Any, i: int, y: Any, args: Any, kwargs: Any, shape: Any, to: Any) -> Any:
    """The partial derivative in one argument, None where it is 1, such that its product with a tangent has the shape of y."""
    p = row.rules[i]
    p = 1.0 if p is ONE else -1.0 if p is MINUS_ONE else row.partial(i, y, args, kwargs)
    if to != shape and np.shape(p) != shape:
        return np.broadcast_to(p, shape)
    return None if type(p) is float and p == 1.0 else p
