"""The debugging interpreter: it watches every value and derivative for the first that is not finite, and knows the line it comes from.

It is a level of its own on top of the others, there only inside ``dualrev.debug()``; outside it nothing is looked at.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import DualrevError, user_line
from .inplace import note_view
from .objects import lift
from .rows import Row
from .tracer import Sized, Trace, Tracer, is_scalar, peek, raise_argument, raise_dead
from .tree import flatten, regrouped, unflatten

__all__ = ["NonFiniteError", "Watch", "active", "call_watched"]

active: contextvars.ContextVar[Watch | None] = contextvars.ContextVar("dualrev_debug", default=None)


GIVEN = "What it was given was not finite before any call: look at the arguments of the function, and at the plain values in it."


class NonFiniteError(DualrevError, FloatingPointError):
    """A value or a derivative is infinite or NaN; the message says where it became so."""


class Event:
    """Where something finite went in and something that is not finite came out."""

    __slots__ = ("line", "name", "operands", "what")

    def __init__(self, what: str, name: str, operands: list[Any], line: str) -> None:
        self.what, self.name, self.operands, self.line = what, name, operands, line


class Watch:
    """What one ``with dualrev.debug():`` has seen: the first event of each kind, and which call made which tape entry."""

    def __init__(self, remedy: Callable[[str, list[Any]], str]) -> None:
        self.remedy = remedy
        self.calls: dict[int, tuple[Any, str, list[Any], str]] = {}
        self.events: dict[str, Event] = {}

    def see(self, what: str, name: str, operands: list[Any], line: str) -> None:
        """Remember the first event of a kind."""
        self.events.setdefault(what, Event(what, name, operands, line))

    def complain(self, result: str, *kinds: str) -> None:
        """Raise for a result that is not finite, by the first event of the given kinds.

        Raises
        ------
        NonFiniteError
            Naming the function, its operands, the user's line and a remedy.
        """
        for kind in kinds:
            event = self.events.get(kind)
            if event is not None:
                operands = ", ".join(map(shown, event.operands))
                cause = self.remedy(event.name, event.operands) if all(map(finite, event.operands)) else GIVEN
                self.events.clear()
                raise NonFiniteError(f"{result} is not finite. The first {kind} that is not finite comes from {event.name}({operands})"
                                     f"{f' (at {event.line})' if event.line else ''}. {cause}")


def shown(x: Any) -> str:
    """Write an operand in a message: a number, or an array's range and form."""
    x = peek(x)
    if isinstance(x, np.ndarray) and x.size > 4 and x.dtype.kind in "fiu":
        return f"array of shape {x.shape} from {np.nanmin(x):.6g} to {np.nanmax(x):.6g}"
    return np.array2string(x, threshold=4) if isinstance(x, np.ndarray) else repr(x.item()) if isinstance(x, np.generic) else repr(x)[:60]


def finite(x: Any) -> bool:
    """Whether all entries are finite."""
    x = np.asarray(peek(x))
    return x.dtype.kind not in "fc" or bool(np.all(np.isfinite(x)))


class WatchingTrace(Trace):
    """Looks at what goes into and comes out of every call."""

    __slots__ = ("watch",)
    name = "debug"

    def __init__(self, watch: Watch) -> None:
        Trace.__init__(self)
        self.watch = watch

    def process(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if not self.alive:
            raise_dead()
        for i, a in enumerate(args):
            if row.kind != "constant" and isinstance(a, Tracer) and a._trace is self and not row.differentiable(i):
                raise_argument(row, i)
        raw = [self.strip(a) for a in args]
        tapes = {id(a._trace): a._trace for a in raw if isinstance(a, Tracer) and hasattr(a._trace, "entries")}
        before = {key: len(tape.entries) for key, tape in tapes.items()}
        y = call(*raw, **{k: self.strip(v) for k, v in kwargs.items()})
        self._look(row, raw, y, tapes, before)
        if row.multiple:
            parts = [self.watched(part) for part in y]
            return regrouped(y, parts)
        result = self.watched(y)
        if row.views and isinstance(result, SizedWatched):
            note_view(row, args, kwargs, result)
        return result

    def _look(self, row: Row, raw: list[Any], y: Any, tapes: Any, before: Any) -> None:
        operands = [peek(a) for a in raw if isinstance(a, (Tracer, np.ndarray, np.generic, float))]
        line = user_line()
        for key, tape in tapes.items():
            for entry in tape.entries[before[key]:]:
                self.watch.calls[id(entry)] = entry, row.name, operands, line  # with the entry, so that its id stays its own
        results = y if row.multiple else (y,)
        if all(map(finite, operands)) and not all(map(finite, results)):
            self.watch.see("value", row.name, operands, line)
        slopes = [a._aux for a in raw if _has_tangent(a)]
        if all(map(finite, slopes)) and not all(finite(r._aux) for r in results if _has_tangent(r)):
            self.watch.see("derivative", row.name, operands, line)

    def constant(self, value: Any) -> Tracer:
        return self.watched(value)

    def watched(self, value: Any) -> Any:
        """Put a value under watch; plain values need none."""
        if not isinstance(value, Tracer):
            return value
        result: Any = object.__new__(Watched if is_scalar(value) else SizedWatched)
        result._trace, result._value, result._aux = self, value, None
        result._support = result._alias = None
        return result


def _has_tangent(x: Any) -> bool:
    return isinstance(x, Tracer) and x._trace.name == "forward"


class Watched(Tracer):
    """A scalar under watch."""

    __slots__ = ()


class SizedWatched(Sized, Watched):
    """An array under watch."""

    __slots__ = ()


def call_watched(watch: Watch, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function with every traced argument under watch, and complain if its result is not finite."""
    trace = WatchingTrace(watch)
    try:
        leaves, structure = flatten([list(args), kwargs])
        args, kwargs = unflatten(structure, [trace.watched(leaf) for leaf in leaves])
        leaves, structure = flatten(f(*args, **kwargs))
        leaves = [trace.strip(lift(leaf)) for leaf in leaves]
    finally:
        trace.close()
    numeric: list[Any] = [leaf for leaf in leaves if isinstance(leaf, (Tracer, np.ndarray, np.generic, float)) and not (isinstance(leaf, np.ndarray) and leaf.dtype.kind == "O")]
    if not all(map(finite, numeric)):
        watch.complain("the result", "value")
    if not all(finite(leaf._aux) for leaf in numeric if _has_tangent(leaf)):
        watch.complain("the derivative", "derivative", "value")
    return unflatten(structure, leaves)
