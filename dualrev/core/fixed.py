"""Derivatives at a point, in the place of what they are worked out from.

A tape that outlives its call owns what its rules read. Where the slopes take no more to work out than copies do, or the derivative is that of a few entries, it owns these.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .debugging import active as watching
from .quiet import hush, unhush
from .rows import Elementwise
from .slopes import partials
from .tracer import top_trace

__all__ = ["fix"]


class Slopes(Elementwise):
    """A function whose partial derivatives stand in the place of its arguments."""

    def partial(self, i: int, y: Any, args: Any, kwargs: Any) -> Any:
        """Return the derivative in argument i."""
        return args[i]


_FIRST, _SECOND, _THIRD = lambda y, *p: p[0], lambda y, *p: p[1], lambda y, *p: p[2]
PAIR = Slopes(np.multiply, (_FIRST, _SECOND), name="a derivative at a point")
SLOPES, CHOICES = (Slopes(np.clip, (_FIRST, _SECOND, _THIRD), selective=selective, name="a derivative at a point") for selective in (False, True))


def fix(entries: list[Any], arrays: list[Any]) -> None:
    """Let the entries of a tape that hold plain arrays, or views of them, hold their derivatives instead, where their rows say so."""
    if watching.get() is not None or not arrays:
        return
    silence = hush()
    try:
        for place, entry in enumerate(entries):
            if 4 < len(entry) < 8 and entry[0].fixed is not None:
                parts = (entry[1], *(entry[2] if len(entry) == 6 else entry[2:4] if len(entry) == 7 else entry[2:3]))
                if _touches(parts, arrays) and top_trace(parts)[0] is None:
                    entries[place] = _fixed(entry) or entry
    finally:
        unhush(silence)


def _touches(parts: Any, arrays: list[Any]) -> bool:
    """Whether one of the parts is one of the arrays, or a view of it."""
    for part in parts:
        if type(part) is np.ndarray:
            while type(part.base) is np.ndarray:
                part = part.base
            for a in arrays:
                if part is a:
                    return True
    return False


def _fixed(entry: Any) -> Any:
    """The entry of the derivative at the point of an entry, None where it has none."""
    size, row, y = len(entry), entry[0], entry[1]
    if size == 5:
        return PAIR, None, row.rules[0](y, entry[2]), *entry[3:]
    if size == 7:
        return PAIR, None, *[rule(y, *entry[2:4]) if parent >= 0 else None for rule, parent in zip(row.rules, entry[4:6], strict=True)], *entry[4:]
    args, kwargs, active, form = entry[2:]
    if row.kind == "elementwise":
        slopes = partials(row, [i for i, _, _ in active], y, args, kwargs)
        return CHOICES if row.selective else SLOPES, None, [slopes.get(i) for i in range(len(args))], {}, active, form
    linear = row.fixed(y, *args, **kwargs) if len(active) == 1 and active[0][0] == 0 else None
    return None if linear is None else (linear[0], active[0][1], (active[0][2], form, linear[1]))
