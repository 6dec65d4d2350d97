"""Traced values and `apply`, the one place where a call on them is caught."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import OTHER_ARRAYS, DeadTraceError, ExamplesDiffer, NoRuleError, at_line, leaves_trace, raise_missing, refuse_array
from .rows import TABLE, Row
from .signatures import name_of

__all__ = ["Sized", "Trace", "Tracer", "apply", "concrete", "is_scalar", "meta", "passive", "peek", "widen"]

levels = itertools.count(1)
_FLOAT_FORM: tuple[tuple[int, ...], np.dtype[Any]] = ((), np.dtype(float))


class Trace:
    """One transform call: an interpreter at a level of its own, which is never used again.

    A traced value holds its trace; the highest level among the arguments of a call decides who processes it.
    """

    __slots__ = ("alive", "hand", "level")
    name = "trace"
    notes = False  # whether it takes note of the decisions that depend on its values
    derives = True  # its values carry derivatives, which `passive` takes off

    def __init__(self, level: float | None = None) -> None:
        self.level = next(levels) if level is None else level
        self.alive = True
        self.hand: Any = None  # the level of the dual numbers that a user makes of this trace's values

    def process(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Evaluate a call whose arguments hold values of this trace."""
        raise NotImplementedError

    def overwrite(self, row: Row, x: Any, index: Any, v: Any, call: Callable[..., Any]) -> Any:
        """``x[index] = v``, of which this is the row, in the memory of x, which nobody else holds; ``call(x, v, index)`` does it to the payload."""
        return self.process(row, call, (x, v, index), {})

    def constant(self, value: Any) -> Tracer:
        """Make a traced value that does not depend on the inputs."""
        raise NotImplementedError

    def bare(self, x: Tracer) -> Any:
        """Payload of a value whose plain value is asked for; a recording takes note, because its program holds only for that value."""
        return x._value

    def passive(self, x: Tracer) -> Any:
        """Take the derivatives off a value of this trace."""
        return x._value

    def settled(self, x: Any) -> bool:
        """Whether a value and all its derivatives are known and finite."""
        return False

    def accumulate(self, row: Row, total: Any, g: Any, rest: Any) -> bool:
        """Add to an array of this trace in its own memory, as ``row.add_into`` does to a plain one; report whether nobody else holds that memory."""
        return False

    def takes(self, row: Row) -> bool:
        """Whether a decomposed row is processed as a whole."""
        return False

    def truth(self, x: Tracer) -> bool:
        """Truth value of a value of this trace; a recording notes the branch."""
        return bool(x._value)

    def close(self) -> None:
        """End the trace: its values raise from now on."""
        self.alive = False

    def strip(self, tree: Any) -> Any:
        """Replace the values of this trace by their payloads, inside lists and tuples too."""
        if isinstance(tree, Tracer):
            return tree._value if tree._trace is self else tree
        if type(tree) in _SEQUENCES:
            return type(tree)(self.strip(item) for item in tree)
        return tree


class Tracer:
    """A value under differentiation. It behaves as the array or scalar that it stands for.

    ``_value`` is the payload (an array, a number, or a value of a lower trace) and ``_aux`` what the interpreter adds to it.
    All interpreters share this layout, so that an array written to in place can change hands.
    """

    __slots__ = ("__weakref__", "_alias", "_aux", "_support", "_trace", "_value")
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]
    _trace: Any
    _value: Any
    _aux: Any
    _support: Any
    _alias: Any
    _lead = 0  # axes of the payload that the program does not see

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            return apply(ufunc, inputs, kwargs)
        from .protocols import ufunc_call

        return ufunc_call(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if not (args and isinstance(args[0], Tracer)) and top_trace((*args, *kwargs.values())) == (None, False):  # np.zeros(3, like=x)
            return self._trace.constant(function(*args, **kwargs))
        return apply(function, args, kwargs)

    if TYPE_CHECKING:  # the operators and methods are given in methods.py

        def __getattr__(self, name: str) -> Any: ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return getattr(self._value, "shape", ())

    @property
    def dtype(self) -> Any:
        """Type of the entries."""
        return meta(self._value)[1]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        n = 1
        for k in self.shape:
            n *= k
        return n

    @property
    def itemsize(self) -> int:
        """Bytes in an entry."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes in all entries."""
        return self.size * self.itemsize

    def __bool__(self) -> bool:
        return self._trace.truth(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__.removeprefix('Sized')}({peek(self)!r}, level {self._trace.level})"

    def __format__(self, spec: str) -> str:
        return format(peek(self), spec) if spec and np.ndim(peek(self)) == self.ndim else repr(self)

    def __float__(self) -> float:
        leaves_trace("float(x), math.sin(x) or writing x into a plain array", "Use NumPy's functions (np.sin for math.sin); to fill an array, make it with "
                     "np.zeros_like(x, shape=...) or np.zeros(n, like=x), or collect the entries in a list and use np.stack; dualrev.stop_gradient(x) makes a constant of x.")

    def __int__(self) -> int:
        leaves_trace("int(x)", "Use np.floor or np.trunc, whose derivative is zero, or dualrev.stop_gradient(x).")

    def __index__(self) -> int:
        leaves_trace("an index or a count", "Indices cannot be differentiated: compute them from plain values, or from dualrev.stop_gradient(x).")

    def __complex__(self) -> complex:
        leaves_trace("complex(x)", "Use x + 0j, or dualrev.stop_gradient(x).")

    def __reduce__(self) -> Any:
        raise TypeError("a traced value cannot be pickled: it belongs to a transform that is running. Return it from the function and pickle the result.")


class Sized:
    """What traced arrays have and traced scalars lack: a length. (NumPy takes a class with ``__getitem__`` for a sequence.)"""

    __slots__ = ()

    def __len__(self) -> int:
        shape = self.shape  # type: ignore[attr-defined]
        return shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))  # type: ignore[index]


_SEQUENCES = frozenset({list, tuple})


def concrete(x: Any) -> Any:
    """Return the plain value under all levels; a recording takes note that its program depends on it."""
    while isinstance(x, Tracer):
        x = x._trace.bare(x)
    return x


def peek(x: Any) -> Any:
    """Return the plain value under all levels, for display only."""
    while isinstance(x, Tracer):
        x = x._value
    return x


def passive(x: Any) -> Any:
    """Return x without its derivatives: plain, or recorded where a program is being recorded, or batched."""
    while isinstance(x, Tracer):
        trace = x._trace
        x = trace.passive(x)
        if not trace.derives:
            return x
    return x


def meta(x: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and dtype of an array, number or traced value."""
    kind = type(x)
    if kind is np.ndarray:
        return x.shape, x.dtype
    if kind is float:
        return _FLOAT_FORM
    if isinstance(x, Tracer):
        form = meta(x._value)
        return (form[0][1:], form[1]) if x._lead else form
    try:
        return x.shape, x.dtype
    except AttributeError:
        return np.shape(x), np.result_type(type(x)) if isinstance(x, (bool, int, float, complex)) else np.asarray(x).dtype


def widen(raw: list[Any], dtype: Any) -> None:
    """Convert floats of less precision than a result of the given dtype, so that its partials are computed as precisely."""
    for i, a in enumerate(raw):
        kind = type(a)
        if (kind is np.ndarray and a.dtype is dtype) or kind in _EXACT or not isinstance(a, (np.ndarray, np.floating)):
            continue
        have = a.dtype
        if have.kind == "f" and dtype.kind in "fc" and have.itemsize < (dtype.itemsize if dtype.kind == "f" else dtype.itemsize // 2):
            raw[i] = a.astype(np.result_type(have, dtype) if dtype.kind == "f" else np.finfo(dtype).dtype)


_EXACT = frozenset({float, int, np.float64, complex})


def is_scalar(x: Any) -> bool:
    """Whether a payload has no axes."""
    return not getattr(x, "shape", ())


def top_trace(values: Iterable[Any]) -> tuple[Trace | None, bool]:
    """Find the highest trace among values, inside lists and tuples too, and whether an object array is among them."""
    top, level, objects = None, -1.0, False
    for value in values:
        if isinstance(value, Tracer):
            trace = value._trace
            if trace.level > level:
                top, level = trace, trace.level
        else:
            kind = type(value)
            if kind in _SEQUENCES:
                inner, inside = top_trace(value)
                objects = objects or inside
                if inner is not None and inner.level > level:
                    top, level = inner, inner.level
            elif kind is np.ndarray:
                objects = objects or value.dtype == object
            elif kind in OTHER_ARRAYS:
                refuse_array(value)
    return top, objects


def apply(function: Callable[..., Any], args: Any, kwargs: dict[str, Any], call: Callable[..., Any] | None = None) -> Any:
    """Evaluate a function of traced values.

    Parameters
    ----------
    function : callable
        The function whose row is looked up.
    args, kwargs : tuple, dict
        Its arguments; at least one is traced, or an object array that holds traced values.
    call : callable, optional
        What evaluates it on payloads, where that is not the function itself (an operator for its ufunc).

    Returns
    -------
    traced value, or a plain one where the function is piecewise constant.

    Raises
    ------
    NoRuleError
        If the function, an argument or a keyword has no rule.
    """
    top, objects = top_trace(args)
    if kwargs:
        inner, inside = top_trace(kwargs.values())
        objects = objects or inside
        if inner is not None and (top is None or inner.level > top.level):
            top = inner
    if objects:
        from .objects import lift

        args, kwargs = tuple(lift(a) for a in args), {k: lift(v) for k, v in kwargs.items()}
        if top_trace((*args, *kwargs.values()))[1]:
            raise TypeError(f"{name_of(function)}: an object array of other things than numbers cannot be differentiated{at_line()}. Pass arrays of numbers.")
        return apply(function, args, kwargs, call)
    if top is None:
        return (call or function)(*args, **kwargs)
    if not top.alive:
        raise_dead()
    row = TABLE.get(function) or getattr(function, "dualrev_row", None)
    if row is None or row.kind == "unsupported":
        raise_missing(row.name if row is not None else name_of(function), row.notes if row is not None else "")
    if kwargs or len(args) > 2:
        from .protocols import bind

        args, kwargs, out = bind(row, args, kwargs)
        if out is not None:
            from .targets import into

            return into(out, apply(function, args, kwargs, call))
    if row.kind == "decomposed" and not top.takes(row):
        try:
            return row.rules[0](*args, **kwargs)
        except ExamplesDiffer as differ:
            return differ.each(function, args, kwargs)
    return top.process(row, call or function, args, kwargs)


def raise_dead() -> None:
    """Raise the error for a traced value that outlived its transform."""
    raise DeadTraceError(f"a traced value was used after the transform that made it had ended{at_line()}. "
                         "Return it from the differentiated function (has_aux=True for extra results) instead of storing it elsewhere.")


def raise_argument(row: Row, i: int) -> None:
    """Raise the error for a traced value in an argument without a rule."""
    named = f" ({row.parameters[i]!r})" if i < len(row.parameters) else ""
    raise NoRuleError(f"{row.name} has no derivative rule for argument {i}{named}, which carries a derivative{at_line()}. "
                      "Pass a plain value there, or dualrev.stop_gradient(x) to treat it as constant.")
