"""SciPy's functions under their own names: plain arguments go straight to SciPy, traced ones to the row.

A rule file makes the function with `mirror`, or a building block of its own with `dispatched`, and declares its row with the words of `core.rows`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..core.errors import NoRuleError, at_line
from ..core.rows import TABLE, Row
from ..core.tracer import apply, top_trace
from ..rules.products import array

__all__ = ["dispatched", "mirror", "namespace"]

SILENT = frozenset({"check_finite", "lapack_driver", "driver", "lwork", "workers"})
"""Keywords that change how SciPy computes, and not what: no rule needs to know them."""

_MADE: dict[str, dict[str, Callable[..., Any]]] = {}


def mirror(function: Callable[..., Any], *, room: str | None = None, name: str | None = None) -> Callable[..., Any]:
    """Make the function that stands for one of SciPy's, and for which a row is to be declared.

    Called with traced values it brings the arguments into one form: those that the row has rules for are positional, lists of them arrays; the others are given by
    name. ``overwrite_*`` is left out, because the tape keeps the arguments. Keywords that do not change the value reach SciPy and no rule.

    Parameters
    ----------
    function : callable
        SciPy's function.
    room : str, optional
        The sub-module of SciPy that it is in, as users write it; found by itself where left out.
    name : str, optional
        The function's name there.

    Returns
    -------
    callable
        With SciPy's name and signature; ``__wrapped__`` is SciPy's function.
    """
    room = room or function.__module__.split(".")[1]
    name = name or function.__name__
    signature = inspect.signature(function)

    def call(*args: Any, **kwargs: Any) -> Any:
        if not _concerns(args, kwargs):
            return function(*args, **kwargs)
        return _traced(call, signature, args, kwargs)

    summary = (inspect.getdoc(function) or "").strip().partition("\n\n")[0].replace("\n", " ")
    call.__name__ = call.__qualname__ = name
    call.__module__ = f"dualrev.scipy.{room}"
    call.__doc__ = f"{summary}\n\nThe value, the parameters and the results are those of ``scipy.{room}.{name}``; traced arguments carry their derivatives along."
    call.__wrapped__ = function  # type: ignore[attr-defined]
    _MADE.setdefault(room, {})[name] = call
    return call


def dispatched(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a building block of rules, a function of plain arrays, take traced ones by the row that is declared for it.

    Use as a decorator.
    """
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return apply(call, args, kwargs) if _concerns(args, kwargs) else function(*args, **kwargs)

    return call


def _concerns(args: Any, kwargs: Any) -> bool:
    top, objects = top_trace((*args, *kwargs.values()) if kwargs else args)
    return top is not None or objects


def _traced(call: Callable[..., Any], signature: inspect.Signature, args: Any, kwargs: Any) -> Any:
    """Call a mirrored function that has traced arguments."""
    row = TABLE.get(call)
    if row is None or row.kind in ("unsupported", "constant"):
        return apply(call, args, kwargs)
    positional, named = _sorted(signature, signature.bind(*args, **kwargs), 1 if row.kind == "decomposed" else len(row.rules), row.variadic)
    named = {k: v for k, v in named.items() if not k.startswith("overwrite_")}
    if row.kind == "decomposed":
        return apply(call, positional, _known(row, signature, named))
    silent = {k: named.pop(k) for k in SILENT & named.keys() - row.keywords}
    positional = tuple(array(a) if type(a) in (list, tuple) else a for a in positional)
    return apply(call, positional, named, functools.partial(call, **silent) if silent else None)


def _known(row: Row, signature: inspect.Signature, named: dict[str, Any]) -> dict[str, Any]:
    """Those of the keywords that a decomposition knows; the others must leave the value as it is.

    Raises
    ------
    NoRuleError
        If one changes the value.
    """
    if row.open_ended:
        return named
    for key in named.keys() - row.keywords - SILENT:
        default = signature.parameters[key].default
        if named[key] is not default and not (isinstance(default, (str, int, float)) and named[key] == default):
            raise NoRuleError(f"{row.name} has no derivative rule for the keyword {key!r}{at_line()}. Supported: {', '.join(sorted(row.keywords - {'out'}))}.")
    return {k: v for k, v in named.items() if k in row.keywords}


def _sorted(signature: inspect.Signature, bound: inspect.BoundArguments, count: int, variadic: bool) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The first arguments, as many as are given without a gap, and the others by name."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for place, (name, parameter) in enumerate(signature.parameters.items()):
        if name not in bound.arguments:
            continue
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            named.update(value)
        elif parameter.kind is not parameter.KEYWORD_ONLY and len(positional) == place and (place < count or variadic):
            positional.append(value)
        else:
            named[name] = value
    return tuple(positional), named


def namespace(own: dict[str, Any], theirs: ModuleType) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Fill a module that mirrors one of SciPy's with the functions made for it, and make its ``__getattr__`` and ``__dir__``.

    What is not among them is SciPy's: its ufuncs dispatch, and so do NumPy's functions; any other function raises when it is given a traced value.

    Parameters
    ----------
    own : dict
        ``globals()`` of the module.
    theirs : module
        SciPy's.

    Returns
    -------
    tuple of callable
        ``__getattr__`` and ``__dir__``.
    """
    room = theirs.__name__.removeprefix("scipy.")
    own.update(_MADE.get(room, {}))

    def find(name: str) -> Any:
        if name.startswith("_") or not hasattr(theirs, name):
            raise AttributeError(f"dualrev.scipy.{room} has no {name!r}, as scipy.{room} has none")
        found = getattr(theirs, name)
        if inspect.isfunction(found) and found not in TABLE and found.__module__.startswith("scipy."):
            found = own[name] = mirror(found, room=room, name=name)
        return found

    return find, lambda: sorted({*theirs.__all__, *(name for name in own if not name.startswith("_") and hasattr(theirs, name))})
