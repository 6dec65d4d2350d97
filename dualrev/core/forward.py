"""The forward interpreter: dual numbers, each a value with its tangent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .errors import leaves_trace
from .inplace import note_view, own
from .objects import arrays_of
from .quiet import hush, unhush
from .rows import Row
from .support import Marks, Support
from .tangents import formed, moved, tangent_of
from .tracer import Sized, Trace, Tracer, is_scalar, meta, raise_argument, raise_dead, top_trace
from .tree import regrouped

__all__ = ["ALONE", "Dual", "ForwardTrace", "SizedDual", "derived", "traces_of"]


class _Held:
    __slots__ = ("_aux",)
    _aux: Any


def _measure_alone() -> int:
    held = _Held()
    held._aux = np.zeros(1)
    return sys.getrefcount(held._aux)


ALONE = _measure_alone()


def traces_of(x: Any) -> Iterator[Trace]:
    """The traces of a value, the highest first."""
    while isinstance(x, Tracer):
        yield x._trace
        x = x._value


def derived(y: Any) -> bool:
    """Whether a value that is one of several carries derivatives already; the tapes that do leave the others alone then, of which the derivatives of derivatives are not known."""
    found = False
    for trace in traces_of(y[0]):
        if trace.derives:
            found = True
            if getattr(trace, "choices", None):
                trace.choices[-1][0].program = False  # type: ignore[attr-defined]
    return found


class ForwardTrace(Trace):
    """Carries tangents along with values.

    Some values are one of several that are equally right, such as the eigenvectors of equal eigenvalues, and not every choice has a tangent in every
    direction. ``undecided`` tells that NumPy's choice had none; a trace that is ``turning`` takes the one that has. One that is ``probing`` moves these values at random
    instead, which tells how much the result is made of them.
    """

    __slots__ = ("later", "probing", "turning", "undecided")
    name = "forward"

    def __init__(self, level: float | None = None, turning: bool = False, probing: bool = False) -> None:
        Trace.__init__(self, level)
        self.turning, self.probing, self.undecided = turning, probing, False
        self.later: Any = None  # what lets tangents wait, while a tape is recorded above

    def process(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if not self.alive:
            raise_dead()
        later = self.later  # read once: the trace of dual numbers made by hand is shared by threads
        if later is not None and (result := later(self, row, call, args, kwargs)) is not None:
            return result
        tangents: list[tuple[int, Any, Support | None]] = []
        raw = list(args)
        for i, a in enumerate(args):
            if isinstance(a, Dual):
                if a._trace is self:
                    raw[i] = a._value
                    tangents.append((i, a._aux, a._support))
            elif type(a) in (list, tuple) and top_trace(a)[0] is self:
                if row.kind != "constant":
                    return self.process(row, call, arrays_of(row, args), kwargs)
                raw[i] = self.strip(a)
        if row.kind == "constant":
            y = call(*raw, **{k: self.strip(v) for k, v in kwargs.items()})
            return own(self.constant(y)) if row.creates else y
        for i, _, _ in tangents:
            if not row.differentiable(i):
                raise_argument(row, i)
        y = call(*raw, **kwargs)
        if row.multiple:
            return self._several(row, y, tangents, raw, kwargs)
        silence = hush()
        try:
            result = self.dual(y, *tangent_of(row, y, meta(y), tangents, raw, kwargs))
        finally:
            unhush(silence)
        if row.views and type(result) is SizedDual:
            note_view(row, args, kwargs, result)
        return result

    def _several(self, row: Row, ys: Any, tangents: Any, raw: Any, kwargs: Any) -> Any:
        if row.choose is not None:
            derived(ys)
            if self.probing:
                draw = np.random.default_rng(0).normal
                return regrouped(ys, [self.dual(y, formed(draw(size=meta(y)[0]), *meta(y))) for y in ys])
            chosen = row.choose(tangents[0][1], ys, *raw)
            if chosen is not ys:
                self.undecided = True
                ys = chosen if self.turning else ys
        totals: list[Any] = [None] * len(ys)
        moves = [row.push({i: t for i, t, _ in tangents}, ys, raw, kwargs)] if row.push is not None else [row.jvp(i, t, ys, raw, kwargs) for i, t, _ in tangents]
        for move in moves:
            for k, r in enumerate(move):
                r = formed(r, *meta(ys[k]))
                totals[k] = r if totals[k] is None else totals[k] + r
        return regrouped(ys, [self.dual(y, t) for y, t in zip(ys, totals, strict=True)])

    def settled(self, x: Any) -> bool:
        return all(part._trace.settled(part) if isinstance(part, Tracer) else bool(np.isfinite(np.sum(part))) for part in (x._value, x._aux))

    def overwrite(self, row: Row, x: Any, index: Any, v: Any, call: Callable[..., Any]) -> Any:
        """``x[index] = v`` in the memory of x, its tangent's included where nobody else holds that."""
        if sys.getrefcount(x._aux) > ALONE:
            return self.process(row, call, (x, v, index), {})
        mine = isinstance(v, Dual) and v._trace is self
        value, t = (v._value, v._aux) if mine else (v, 0.0)
        support = None
        if not mine or x._support is not None or v._support is not None:
            support = moved(row, x.shape, [(0, x._aux, x._support), (1, t, v._support)] if mine else [(0, x._aux, x._support)], (x._value, value, index), {})
        y = call(x._value, value, index)
        return self.dual(y, formed(call(x._aux, t, index), *meta(y)), support)

    def accumulate(self, row: Row, total: Any, g: Any, rest: Any) -> bool:
        """Add to a dual array in its own memory, as ``row.add_into`` does to a plain one; report whether nobody else holds that memory."""
        value, t, support = (g._value, g._aux, g._support) if isinstance(g, Dual) and g._trace is self else (g, None, None)
        if t is None or isinstance(value, Tracer) or isinstance(t, Tracer) or sys.getrefcount(total._value) > ALONE or sys.getrefcount(total._aux) > ALONE:
            return False
        if not all(type(part) is np.ndarray and part.base is None and part.flags.writeable for part in (total._value, total._aux)):
            return False
        row.add_into(total._value, value, *rest)
        row.add_into(total._aux, t, *rest)
        if total._support is not None:
            total._support = total._support.including(Marks(row, rest, meta(t)[0], support), [] if support is None else [support])
        return True

    def constant(self, value: Any) -> Tracer:
        shape, dtype = meta(value)
        return self.dual(value, np.zeros(shape, dtype), Support(shape, []))

    def dual(self, value: Any, tangent: Any, support: Support | None = None) -> Any:
        """Make a dual number of this level."""
        result: Any = Tracer.__new__(Dual if is_scalar(value) else SizedDual)
        result._trace, result._value, result._aux = self, value, tangent
        result._support, result._alias = support, None
        return result


class Dual(Tracer):
    """A dual number: a value and its tangent, carried through any NumPy code.

    Parameters
    ----------
    value : float or array
        The value.
    tangent : float or array
        The tangent, of the shape of the value.

    Attributes
    ----------
    value, tangent
        What the number was made of, or what a computation gave.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> np.sin(dr.Dual(0.0, 1.0))
    Dual(0.0, 1.0)

    References
    ----------
    W. K. Clifford, Preliminary sketch of biquaternions, Proc. London Math. Soc. 4 (1873).
    """

    __slots__ = ()

    def __new__(cls, value: Any, tangent: Any) -> Any:
        value, tangent = _number(value, "value"), _number(tangent, "tangent")
        if meta(value)[0] != meta(tangent)[0]:
            raise ValueError(f"Dual: the tangent has shape {meta(tangent)[0]}, the value {meta(value)[0]}; they must be equal")
        if meta(tangent)[1].kind == "c" and meta(value)[1].kind != "c":
            raise TypeError("Dual: the tangent is complex where the value is real")
        return _by_hand(top_trace((value, tangent))[0]).dual(value, formed(tangent, *meta(value)))

    @property
    def value(self) -> Any:
        """The value without its tangent."""
        return self._part(self._value)

    @property
    def tangent(self) -> Any:
        """The tangent without the value."""
        return self._part(self._aux)

    def _part(self, part: Any) -> Any:
        if not isinstance(self._trace, HandTrace):
            leaves_trace("x.value or x.tangent", "Inside a function that is being differentiated, use dualrev.stop_gradient(x) for a constant, and dualrev.jvp for a tangent.")
        return part

    def __repr__(self) -> str:
        return f"Dual({_shown(self._value)}, {_shown(self._aux)})" if isinstance(self._trace, HandTrace) else super().__repr__()

    def __reduce__(self) -> Any:
        return (Dual, (self._value, self._aux)) if isinstance(self._trace, HandTrace) else super().__reduce__()


class SizedDual(Sized, Dual):
    """A dual number whose value has axes."""

    __slots__ = ()


class HandTrace(ForwardTrace):
    """The level of dual numbers made by hand: just above what they hold, and never closed."""

    __slots__ = ()


_hand = HandTrace(0.5)


def _by_hand(inner: Trace | None) -> ForwardTrace:
    if inner is None:
        return _hand
    if inner.hand is None:
        inner.hand = HandTrace((inner.level + np.floor(inner.level) + 1) / 2)
    return inner.hand


def _number(x: Any, what: str) -> Any:
    if isinstance(x, Tracer):
        return x
    if isinstance(x, (bool, int)):
        return float(x)
    if isinstance(x, (float, complex)):
        return x
    x = np.asarray(x)
    if x.dtype.kind not in "biufc":
        raise TypeError(f"Dual: the {what} is of dtype {x.dtype}, not a number")
    return x.astype(float) if x.dtype.kind in "biu" else x


def _shown(x: Any) -> str:
    return repr(x.item()) if isinstance(x, np.generic) else repr(x)


