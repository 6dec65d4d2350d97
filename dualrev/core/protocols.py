"""NumPy's protocols in full: ufunc methods, ``out=``, ``where=``, ``dtype=``, and arguments given by keyword."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from .errors import NoRuleError, at_line
from .objects import array_of
from .rows import Row
from .signatures import name_of
from .tracer import Tracer, apply, top_trace

__all__ = ["bind", "ufunc_call"]

_HARMLESS = frozenset({"order", "subok"})
_SIMPLE = frozenset({int, bool, float, str, type(None)})
_NOVALUE = np._NoValue


def ufunc_call(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Evaluate ``ufunc.method(*inputs, **kwargs)`` on traced values; ``method`` as in ``__array_ufunc__``."""
    if method == "at":
        return _at(ufunc, *inputs)
    if method == "outer":
        a, b = (x if isinstance(x, (Tracer, np.ndarray)) else np.asarray(x) for x in inputs)
        return ufunc(a.reshape(a.shape + (1,) * b.ndim) if a.ndim else a, b, **kwargs)
    sole = "out" in kwargs and kwargs["out"][0] is inputs[0] and _only_name(kwargs["out"][0])
    kwargs = {k: v for k, v in kwargs.items() if k not in _HARMLESS and (v is not None or k == "axis") and v is not _NOVALUE}
    out = kwargs.pop("out", None)
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    if isinstance(out, tuple):
        raise NoRuleError(f"{name_of(ufunc)} has no derivative rule with several out= arrays{at_line()}. Use its return values.")
    if method != "__call__":
        return _with_out(getattr(ufunc, method), inputs, kwargs, out)
    where = kwargs.pop("where", True)
    dtype = kwargs.pop("dtype", None)
    kwargs.pop("casting", None)
    if dtype is not None:
        inputs = tuple(_cast(x, dtype) for x in inputs)
    if where is True:
        return _with_out(ufunc, inputs, kwargs, out, sole)
    if out is None:
        raise NoRuleError(f"{name_of(ufunc)} with where= and without out= leaves entries undefined{at_line()}. Use np.where, or give out=.")
    return _with_out(np.where, (where, apply(ufunc, inputs, kwargs), out.copy()), {}, out)


def _only_name(out: Any) -> bool:
    from .targets import only_name

    return only_name(out)


def _with_out(function: Any, inputs: Any, kwargs: Any, out: Any, sole: bool = False) -> Any:
    result = apply(function, inputs, kwargs)
    if out is None:
        return result
    from .targets import into

    return into(out, result, sole)


def _cast(x: Any, dtype: Any) -> Any:
    x = array_of(x)
    return x.astype(dtype) if isinstance(x, Tracer) else np.asarray(x, dtype)


def _at(ufunc: np.ufunc, x: Any, index: Any, *values: Any) -> None:
    """``ufunc.at``: an in-place update in which an index may occur several times."""
    if not isinstance(x, Tracer):
        from .targets import raise_plain_out

        raise_plain_out(f"{name_of(ufunc)}.at")
    apply(ufunc.at, (x, index, *values), {})


_signatures: dict[Any, inspect.Signature | None] = {}


def _signature(row: Row) -> inspect.Signature | None:
    try:
        return _signatures[row.function]
    except KeyError:
        try:
            found: inspect.Signature | None = inspect.signature(row.function)
        except (TypeError, ValueError):
            found = None
        _signatures[row.function] = found
        return found


def bind(row: Row, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """Bring the arguments of a call into the order of the row's rules, and take ``out`` aside.

    Raises
    ------
    NoRuleError
        If a keyword has no rule, or carries a derivative itself.
    """
    kwargs = {k: v for k, v in kwargs.items() if v is not _NOVALUE}
    if not row.variadic and ("out" in row.parameters[: len(args)] or not row.array_names.isdisjoint(kwargs)):
        args, kwargs = _rebind(row, args, kwargs)
    out = kwargs.pop("out", None)
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    if row.settle is not None:
        args, kwargs = row.settle(*args, **kwargs)
    if kwargs and row.kind not in ("constant", "decomposed"):
        for name, value in kwargs.items():
            if name not in row.keywords and not row.open_ended and not _default(row, name, value):
                raise NoRuleError(f"{row.name} has no derivative rule for the keyword {name!r}{at_line()}. "
                                  f"Supported: {', '.join(sorted(row.keywords - {'y', 'g', 't', 'out'})) or 'none'}.")
            top = None if type(value) in _SIMPLE else top_trace((value,))[0]
            if top is not None and top.derives and not row.open_ended:
                raise NoRuleError(f"{row.name} has no derivative rule for the keyword {name!r} when it carries a derivative{at_line()}. "
                                  "Pass a plain value, or dualrev.stop_gradient(x).")
        kwargs = {k: v for k, v in kwargs.items() if k in row.keywords or row.open_ended}
    return args, kwargs, out


def _rebind(row: Row, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    signature = _signature(row)
    if signature is None:
        return args, kwargs
    bound = signature.bind(*args, **kwargs).arguments
    count = len(row.rules) if row.kind != "decomposed" else 1
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for place, (name, parameter) in enumerate(signature.parameters.items()):
        if name not in bound:
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            named.update(bound[name])
        elif parameter.kind is parameter.VAR_POSITIONAL:
            positional.extend(bound[name])
        elif place < count and len(positional) == place:
            positional.append(bound[name])
        else:
            named[name] = bound[name]
    return tuple(positional), {k: v for k, v in named.items() if v is not _NOVALUE}


def _default(row: Row, name: str, value: Any) -> bool:
    """Whether a keyword without a rule is given its default, which changes nothing."""
    if name in _HARMLESS:
        return True
    signature = _signature(row)
    parameter = signature.parameters.get(name) if signature else None
    return parameter is not None and (value is parameter.default or value is None)
