"""Replays of derivatives, remembered by the program that was differentiated: where a function comes again, its derivatives need not be recorded again.

The derivative of a program follows from the program alone: its calls, how they hang together, the literals among their arguments, bit for bit, and the decisions that
were taken. A call whose derivative is a user's own is not remembered, since that may change.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.equations import Variable
from ..core.recording import RecordingTrace
from ..core.rows import TABLE, Row
from ..core.tracer import Tracer
from .replay import Replay

__all__ = ["Known", "noticing", "program_of", "remember"]

MOST = 32  # programs
LONGEST, LARGEST = 500, 80_000  # calls of a program, and bytes of its literals
LITERALS = frozenset({type(None), type(Ellipsis), str, bool})
NUMBERS = frozenset({int, float, complex})


class Known(Exception):
    """The derivative of this program is known."""

    def __init__(self, replay: Replay, value: Any) -> None:
        self.replay, self.value = replay, value


_known: OrderedDict[Any, Replay] = OrderedDict()
_lock = threading.Lock()


def remember(key: Any, replay: Replay) -> None:
    """Keep a replay under the kind of derivative and the program; the one that was not asked for the longest goes."""
    with _lock:
        _known[key] = replay
        while len(_known) > MOST:
            _known.popitem(last=False)


def recall(key: Any) -> Replay | None:
    """The replay that is known under a key."""
    with _lock:
        found = _known.get(key)
        if found is not None:
            _known.move_to_end(key)
        return found


def noticing(f: Callable[..., Any], kind: str, keys: list[Any]) -> Callable[..., Any]:
    """A function that raises `Known` at the end of a recorded run where the derivative of that kind is known, and leaves the key in a list otherwise."""
    def inner(x: Any) -> Any:
        y = f(x)
        program = program_of(x, y)
        if program is not None:
            found = recall((kind, program))
            if found is not None:
                raise Known(found, _plain(y))
            keys.append((kind, program))
        return y

    return inner


def _plain(y: Any) -> Any:
    while isinstance(y, Tracer):
        y = y._value
    return y


def program_of(x: Any, y: Any) -> Any:
    """What a function recorded between its argument and its result, as something that can be looked up; None where it cannot be, or is long."""
    while isinstance(x, Tracer) and not isinstance(x._trace, RecordingTrace):
        if any(map(_own, getattr(x._trace, "entries", ()))):
            return None
        x = x._value
    recording = x._trace if isinstance(x, Tracer) else None
    if recording is None or len(recording.equations) > LONGEST or sum(kept.nbytes for _, kept in recording.literals.values()) > LARGEST:
        return None
    while isinstance(y, Tracer) and y._trace is not recording:
        y = y._value
    places: dict[Variable, int] = {v: k for k, v in enumerate(recording.inputs)}
    parts: list[Any] = [(v.shape, v.dtype) for v in recording.inputs]
    try:
        for equation in recording.equations:
            row = TABLE.get(equation.function)
            if row is None or row.foreign:
                return None
            parts.append((equation.call, *[places[a] if type(a) is Variable else _coded(a, places) for a in equation.inputs]))
            if equation.parameters:
                parts.append(_coded(equation.parameters, places))
            for v in equation.outputs:
                if v is None:
                    parts.append(None)
                else:
                    places[v] = len(places)
                    parts.append((v.shape, v.dtype, v.smooth))
        parts += [(places[branch.variable], _coded(branch.value, places)) for branch in recording.branches]
        parts.append(_coded(y._aux if isinstance(y, Tracer) else y, places))
        hash(found := tuple(parts))
    except TypeError:  # an argument that cannot be looked up
        return None
    return found


def _own(entry: Any) -> bool:
    """Whether a tape entry holds a user's own derivative, or a part of the program that runs again."""
    return len(entry) == 1 or (len(entry) > 2 and isinstance(entry[0], Row) and entry[0].foreign)


def _coded(x: Any, places: dict[Variable, int]) -> Any:
    """An argument with places for variables, such that equal codes mean the same argument."""
    kind = type(x)
    if kind is Variable:
        return places[x]
    if kind in LITERALS:
        return kind, x
    if kind in NUMBERS:
        return kind, repr(x)
    if kind is slice:
        return kind, _coded(x.start, places), _coded(x.stop, places), _coded(x.step, places)
    if kind is tuple or kind is list:
        return kind, *[_coded(part, places) for part in x]
    if kind is dict:
        return kind, *[(name, _coded(part, places)) for name, part in x.items()]
    if kind is np.ndarray or isinstance(x, np.generic):
        if x.dtype.hasobject:
            raise TypeError("objects have no value of their own")
        return kind, x.shape, x.dtype, x.tobytes()
    if isinstance(x, (np.dtype, type)):
        return kind, x
    raise TypeError(f"{kind} cannot be looked up")
