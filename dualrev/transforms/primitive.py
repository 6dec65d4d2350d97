"""A row of the user's own for a function that cannot be seen into: `primitive`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.errors import at_line
from ..core.rows import TABLE, Composite, Constant, Elementwise, Linear, Row
from ..core.signatures import name_of
from ..core.tracer import apply, meta, top_trace
from .arguments import require_callable

__all__ = ["primitive"]


def primitive(f: Callable[..., Any] | None = None, *, elementwise: Any = None, jvp: Any = None, vjp: Any = None, linear: Any = None,
              constant: bool = False) -> Any:
    """Give a function that dualrev cannot see into (compiled code, a NumPy function without a rule) its own row, for both modes.

    Parameters
    ----------
    f : callable
        The function, of plain arrays. Without it, a decorator is returned.
    elementwise : callable, number, or tuple of these
        One partial ``partial(y, *args)`` for each argument, for a function that acts entry by entry.
    jvp : callable or tuple of callables
        One tangent ``rule(t, y, *args)`` for each argument; with ``vjp=`` too, neither is found by transposing the other.
    vjp : callable or tuple of callables
        One cotangent ``rule(g, y, *args)`` for each argument.
    linear : callable or tuple of callables
        One transpose ``rule(g, *args)`` for each argument, for a function linear in them together.
    constant : bool
        The derivative is zero.

    Returns
    -------
    callable
        The function, to be called in place of f. A NumPy or SciPy function that dispatches gets the row itself, so that the original works too.

    Raises
    ------
    TypeError
        If not exactly one kind is given.
    ValueError
        If f has a row already.

    Examples
    --------
    >>> import math, numpy as np, dualrev as dr
    >>> cube = dr.primitive(lambda x: math.pow(x, 3), elementwise=lambda y, x: 3 * x**2)
    >>> dr.grad(cube)(2.0)
    12.0
    """
    if f is None:
        return lambda function: primitive(function, elementwise=elementwise, jvp=jvp, vjp=vjp, linear=linear, constant=constant)
    require_callable(f, "primitive")
    kinds = [elementwise is not None, jvp is not None or vjp is not None, linear is not None, constant]
    if sum(kinds) != 1:
        raise TypeError(f"primitive: give exactly one of elementwise=, jvp= and/or vjp=, linear= or constant=True for {name_of(f)}")
    dispatches = isinstance(f, np.ufunc) or hasattr(f, "_implementation")
    if f in TABLE if dispatches else hasattr(f, "dualrev_row"):
        raise ValueError(f"{name_of(f)} has a row already. For another derivative, wrap it in a function with dualrev.custom_jvp.")

    @functools.wraps(f, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        top, objects = top_trace((*args, *kwargs.values()))
        if top is None and not objects:
            return f(*args, **kwargs)
        return apply(f, args, kwargs) if dispatches else apply(call, args, kwargs, evaluated)

    def evaluated(*args: Any, **kwargs: Any) -> Any:
        y = call(*args, **kwargs)
        if y is None or isinstance(y, (tuple, list, dict, str)):
            raise TypeError(f"{name_of(f)} returned {'None' if y is None else f'a {type(y).__name__}'}; a primitive gives one array{at_line()}. "
                            "For several results or containers use dualrev.custom_jvp or dualrev.custom_vjp.")
        if elementwise is not None:
            _require_entrywise(row, y, args)
        return y

    target = f if dispatches else call
    row = _row(target, elementwise, jvp, vjp, linear)
    if dispatches:
        TABLE[f] = row
    call.dualrev_row = row  # type: ignore[attr-defined]
    return call


def _require_entrywise(row: Row, y: Any, args: Any) -> None:
    want = np.broadcast_shapes(*(meta(a)[0] for i, a in enumerate(args) if row.differentiable(i)))
    if meta(y)[0] != want:
        raise ValueError(f"{row.name} was given elementwise=, but its result has shape {meta(y)[0]} where its arguments broadcast to {want}{at_line()}. "
                         "Give it jvp= or vjp= instead.")


def _row(target: Callable[..., Any], elementwise: Any, jvp: Any, vjp: Any, linear: Any) -> Row:
    """Make the row of a primitive."""
    name = name_of(target)
    options: dict[str, Any] = {"foreign": True, "name": name}
    if elementwise is not None:
        return Elementwise(target, tuple(_sloping(rule, i, name) if callable(rule) else rule for i, rule in enumerate(_tuple(elementwise))), **options)
    if linear is not None:
        return Linear(target, _checked(linear, name, "transpose"), **options)
    if jvp is None and vjp is None:
        return Constant(target, (), **options)
    if jvp is None:
        return Composite(target, vjp=_checked(vjp, name, "vjp"), **options)
    return Composite(target, *_checked(jvp, name, "jvp"), vjp=None if vjp is None else _checked(vjp, name, "vjp"), **options)


def _tuple(rules: Any) -> tuple[Any, ...]:
    return rules if isinstance(rules, tuple) else (rules,)


def _checked(rules: Any, name: str, kind: str) -> tuple[Any, ...]:
    """A user's rules, whose results are checked: a wrong form would be a wrong derivative."""
    return tuple(_answering(rule, i, name, kind) if callable(rule) else rule for i, rule in enumerate(_tuple(rules)))


def _sloping(rule: Callable[..., Any], i: int, name: str) -> Callable[..., Any]:
    @functools.wraps(rule)
    def checked(y: Any, *args: Any, **kwargs: Any) -> Any:
        r = rule(y, *args, **kwargs)
        _require_array(r, name, "elementwise")
        (have, dtype), (want, real) = meta(r), meta(y)
        if have != want and (len(have) > len(want) or any(k != 1 and k != n for k, n in zip(have[::-1], want[::-1], strict=False))):
            raise ValueError(f"{name}: its elementwise= rule returned an array of shape {have}, it must have {want}, or broadcast to it")
        if dtype.kind == "c" and real.kind != "c" and meta(args[i])[1].kind != "c":
            raise TypeError(f"{name}: its elementwise= rule returned complex numbers where argument and value are real. Return their real part, if that is what is meant.")
        return r

    return checked


def _require_array(r: Any, name: str, kind: str) -> None:
    if r is None or isinstance(r, (list, tuple, str)):
        raise TypeError(f"{name}: its {kind}= rule returned {'None. Does it lack a return statement?' if r is None else f'a {type(r).__name__}, it must be an array'}")


def _answering(rule: Callable[..., Any], i: int, name: str, kind: str) -> Callable[..., Any]:
    @functools.wraps(rule)
    def checked(d: Any, *args: Any, **kwargs: Any) -> Any:
        r = rule(d, *args, **kwargs)
        _require_array(r, name, kind)
        have, want = meta(r)[0], meta(args[i + (kind == "vjp")] if kind != "jvp" else args[0])[0]
        repeated = kind != "jvp" and have == meta(d)[0] and np.broadcast_shapes(have, want) == have  # an argument that broadcasts: the interpreter adds up
        if have != want and not repeated and not (have == () and top_trace((r,))[0] is None and r == 0):
            raise ValueError(f"{name}: its {kind}= rule returned an array of shape {have}, it must have {want}")
        if kind == "jvp" and meta(r)[1].kind == "c" and meta(args[0])[1].kind != "c":
            raise TypeError(f"{name}: its jvp= rule returned complex numbers where the value is real. Return their real part, if that is what is meant.")
        return r

    return checked
