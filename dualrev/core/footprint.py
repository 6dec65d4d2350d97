"""How much memory the derivatives of a tape's values take while the tape is walked."""

from __future__ import annotations

import math
from typing import Any

from .tracer import meta

__all__ = ["footprint"]

SCALAR = 8


def footprint(entries: Any, outputs: list[tuple[Any, Any]]) -> int:
    """Bound the bytes that one direction needs on its way along a tape, forwards or backwards.

    Parameters
    ----------
    entries : list
        The tape's entries.
    outputs : list of (place or None, value)
        What the tape's program returns.

    Returns
    -------
    int
        The most that is alive at a time, and as much as the largest value again twice, for what one step makes on the way. A value's derivative is
        alive between the value and its last reader, whichever way the tape is walked.
    """
    size: dict[int, int] = {}
    last: dict[int, int] = {}
    for place, entry in enumerate(entries):
        for parent, n in _reads(entry):
            size[parent], last[parent] = n, place
    for place, value in outputs:
        if place is not None:
            size[place], last[place] = _bytes(meta(value)), len(entries)
    ends: list[int] = [0] * (len(entries) + 1)
    now = most = 0
    for place in range(len(entries)):
        n = size.get(place, 0)
        now += n
        most = max(most, now)
        ends[last.get(place, place)] += n
        now -= ends[place]
    return most + 2 * max(size.values(), default=SCALAR)


def _bytes(form: Any) -> int:
    shape, dtype = form
    return math.prod(shape) * dtype.itemsize


def _reads(entry: Any) -> Any:
    """The places that an entry reads, with the bytes of their values."""
    count = len(entry)
    if count == 2:
        return ((entry[0], SCALAR),)
    if count == 4:
        return ((entry[0], SCALAR), (entry[2], SCALAR))
    if count == 3:
        return () if entry[0] is None else ((entry[1], _bytes(entry[2][0])),)
    if count == 5:
        return ((entry[3], _bytes(entry[4])),)
    if count == 7:
        return [(k, _bytes(entry[6])) for k in entry[4:6] if k >= 0]
    return [(parent, _bytes(form)) for _, parent, form in entry[4]] if count == 6 else ()
