"""The reverse interpreter: values with a place on a tape, which is walked backwards for cotangents or forwards for tangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import rows
from .choices import noted
from .errors import NoRuleError, at_line
from .forward import SizedDual, derived
from .inplace import note_view, own
from .objects import arrays_of
from .rows import Like, Row
from .tracer import Sized, Trace, Tracer, is_scalar, levels, meta, raise_argument, raise_dead, top_trace, widen
from .tree import regrouped
from .waiting import is_worth_waiting, later
from .walk import walk_back
from .watch import kept, release

__all__ = ["Node", "SizedNode", "Tape", "transposed"]

LEAF = ()
_make: Any = object.__new__
# A tape entry is one of
#   ()                                              an input or a constant
#   (parent, partial)                               a scalar with one active argument
#   (parent, partial, parent, partial)              a scalar with two
#   (None, parent, k)                               part k of a function with several values
#   (row, parent, (form, form, rest))               a linear function of one array: its form, the result's, the other arguments
#   (row, y, x, parent, form)                       an elementwise function of one array, of its form
#   (row, y, a, b, parent, parent, form)            an operator of two arrays of one form, or of one and a number (parent -1)
#   (row, y, args, kwargs, active, form)            anything else; active: (argument, parent, its form) each; a Choice or None for the form of several values
#   (segment,)                                      a checkpointed call, run again on the way back


class _Closed:
    """Takes the place of the entries of a tape that has ended."""

    def append(self, entry: Any) -> None:
        raise_dead()

    def __len__(self) -> int:
        return 0


_CLOSED = _Closed()


class Tape(Trace):
    """Records what its values go through."""

    __slots__ = ("choices", "entries", "keeps", "turned", "under", "watched")
    name = "reverse"

    entries: Any
    watched: Any  # plain arrays that must not change
    keeps: bool  # checkpointed parts too, for tapes that are walked forwards
    under: Any  # the trace of dual numbers whose tangents wait while this tape is recorded
    choices: list[Any] | None  # the values that are one of several that are equally right: a Choice each, its arguments and the value
    turned: Any  # which others of those it takes, beside which program; None for those that NumPy finds

    def __init__(self, turned: Any = None) -> None:
        self.level = next(levels)
        self.alive, self.hand, self.entries, self.keeps, self.watched, self.under = True, None, [], False, None, None
        self.choices, self.turned = None, turned

    def close(self) -> Any:
        """End the recording and hand the entries over."""
        entries, self.entries, self.alive = self.entries, _CLOSED, False
        if self.watched is not None:
            release(self.watched)
        if self.under is not None:
            self.under.later = None
        return entries

    def input(self, value: Any) -> Any:
        """Make an input of the program."""
        if type(value) is SizedDual and self.under is None and is_worth_waiting(value):
            self.under = value._trace
            self.under.later = later
        self.entries.append(LEAF)
        result: Any = _make(SizedNode if (type(value) is np.ndarray and value.shape) or not is_scalar(value) else Node)
        result._trace, result._value, result._aux = self, value, len(self.entries) - 1
        result._support = result._alias = None
        return result

    constant = input

    def node(self, value: Any) -> Any:
        """Make the value of the entry appended last."""
        result: Any = Tracer.__new__(Node if is_scalar(value) else SizedNode)
        result._trace, result._value, result._aux = self, value, len(self.entries) - 1
        result._support = result._alias = None
        return result

    def process(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if not self.alive:
            raise_dead()
        raw = list(args)
        active = []
        for i, a in enumerate(args):
            if isinstance(a, Tracer):
                if a._trace is self:
                    raw[i] = value = a._value
                    active.append((i, a._aux, (value.shape, value.dtype) if type(value) is np.ndarray else meta(value)))
            elif type(a) in (list, tuple) and top_trace(a)[0] is self:
                if row.kind != "constant":
                    return self.process(row, call, arrays_of(row, args), kwargs)
                raw[i] = self.strip(a)
        if row.kind == "constant":
            y = call(*raw, **{k: self.strip(v) for k, v in kwargs.items()})
            return own(self.constant(y)) if row.creates else y
        for i, _, _ in active:
            if not row.differentiable(i):
                raise_argument(row, i)
        y = call(*raw, **kwargs)
        if row.multiple:
            return self._several(row, y, raw, kwargs, active)
        self.entries.append(_entry(self, row, y, raw, kwargs, active))
        result = self.node(y)
        if row.views and result.shape:
            note_view(row, args, kwargs, result)
        return result

    def _several(self, row: Row, ys: Any, raw: Any, kwargs: Any, active: Any) -> Any:
        place = len(self.entries)
        choice = None
        if row.choose is not None and not derived(ys):
            choice, ys = noted(self, row, ys, raw)
        self.entries.append((row, ys, raw, kwargs, active, choice))
        parts = []
        for k, y in enumerate(ys):
            self.entries.append((None, place, k))
            parts.append(self.node(y))
        return regrouped(ys, parts)


def _entry(tape: Tape, row: Row, y: Any, raw: list[Any], kwargs: Any, active: Any) -> tuple[Any, ...]:
    """Keep of a call what its rules will read, so that the rest can be freed."""
    form = meta(y)
    if row.kind == "elementwise":
        widen(raw, form[1])
        keep_y, keep = row.keeps(tuple(i for i, _, _ in active))  # type: ignore[attr-defined]
        if keep is not None:
            raw = [a if i in keep else None for i, a in enumerate(raw)]
        if not keep_y:
            y = None
        for i in row.form_only:
            raw[i] = Like(*meta(raw[i]))
    elif row.kind == "linear" and row.variadic:
        raw, y = [Like(*meta(a)) for a in raw], None
    elif row.form_only:
        y = None
        for i in row.form_only:
            raw[i] = Like(*meta(raw[i]))
    elif row.kind == "multilinear":
        y = None
        if len(active) == 1:
            i = active[0][0]
            raw[i] = Like(*meta(raw[i]))
    if np.ndarray in map(type, raw):
        moving = [i for i, _, _ in active]
        for i, a in enumerate(raw):
            if type(a) is np.ndarray and i not in moving:
                raw[i] = kept(a, row.name, tape)
    return (row, y, raw, kwargs, active, form)


class Node(Tracer):
    """A scalar on a tape."""

    __slots__ = ()


class SizedNode(Sized, Node):
    """An array on a tape."""

    __slots__ = ()


def transposed(function: Callable[[Any], Any], at: Any, g: Any, by: Any = None) -> Any:
    """Apply the transpose of a linear function to a cotangent.

    Parameters
    ----------
    function : callable
        A function linear in its one argument.
    at : array or tuple of arrays
        Of the form of that argument.
    g : array or tuple of arrays
        A cotangent of its value.
    by : Row, optional
        The row whose rule the function is.

    Raises
    ------
    NoRuleError
        If the rule uses its own function on the tangent, so that transposing it would not end.
    ValueError
        If a user's rule is seen not to be linear.
    """
    tape = Tape()
    several = isinstance(at, tuple)
    forms = [meta(a) for a in at] if several else [meta(at)]
    start = [tape.input(np.zeros(*form)) for form in forms]
    try:
        result = function(tuple(start) if several else start[0])
    finally:
        entries = tape.close()
    if by is not None and any(len(entry) == 6 and entry[0].owner is by.owner and entry[0].transposes(entry[4]) for entry in entries):
        raise NoRuleError(f"the JVP of {by.name} uses {by.name} on the tangent, so that its VJP cannot be found by transposing it{at_line()}. "
                          "Use dualrev.primitive with both jvp= and vjp=, or dualrev.custom_vjp.")
    results, gs = (result, g) if isinstance(result, (tuple, list)) else ((result,), (g,))
    if by is not None and by.foreign:
        _require_linear(by, entries, [r._value if isinstance(r, Node) and r._trace is tape else r for r in results])
    seeds = [(r._aux, c) for r, c in zip(results, gs, strict=True) if isinstance(r, Node) and r._trace is tape]
    found = walk_back(entries, seeds, [(s._aux, form) for s, form in zip(start, forms, strict=True)], free=True)
    return tuple(found) if several else found[0]


def _require_linear(by: Any, entries: Any, of_zeros: list[Any]) -> None:
    """Complain of a user's rule that is seen to have no transpose: what it gave for zeros is not zero, or it takes another function of what it is given."""
    reason = next((f"takes {entry[0].name} of it" for entry in entries if len(entry) > 4 and not _is_linear(entry)), "")
    if not reason and any(np.any(np.isfinite(r) & (np.asarray(r) != 0)) for r in of_zeros if not isinstance(r, Tracer)):
        reason = "does not return zeros for zeros"
    if reason:
        raise ValueError(f"{by.name}: its rule must be linear in the tangent or cotangent that it is given, but {reason}{at_line()}. A rule that multiplies it by factors serves "
                         "both modes; for any other, give each mode its own with dualrev.primitive, jvp= and vjp=.")


def _is_linear(entry: Any) -> bool:
    """Whether an entry is linear in its active arguments, as far as its row tells."""
    row = entry[0]
    active = (0,) if len(entry) == 5 else tuple(i for i, k in enumerate(entry[4:6]) if k >= 0) if len(entry) == 7 else tuple(i for i, _, _ in entry[4])
    if row.kind != "elementwise" or row.selective or row.foreign:
        return row.kind != "multilinear" or len(active) < 2
    keep_y, keep = row.keeps(active)
    return not keep_y and keep is not None and keep.isdisjoint(active)


rows.transposed = transposed
