"""What functions are called, and which of their parameters they take and read."""

from __future__ import annotations

import dis
import inspect
import sys
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

__all__ = ["divides", "name_of", "parameters", "positional", "reads", "takes_any_keyword", "union"]

_KINDS = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def name_of(function: Any) -> str:
    """Name a function as its users write it, such as ``np.linalg.inv``."""
    name = getattr(function, "__name__", None) or repr(function)
    module = getattr(function, "__module__", None) or ("numpy" if type(function).__name__ == "ufunc" else "")
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{name_of(owner)}.{name}"
    if type(function).__name__ == "ufunc" and module == "numpy":
        special = getattr(np, name, None) is not function and getattr(sys.modules.get("scipy.special"), name, None) is function
        return f"scipy.special.{name}" if special else f"np.{name}"
    if module.startswith("numpy"):
        return "np" + module.removeprefix("numpy") + "." + name
    if module.startswith("dualrev.scipy.") and module.count(".") == 2 and hasattr(function, "__wrapped__"):
        return f"dr.{module.removeprefix('dualrev.')}.{name}"
    if module.startswith("dualrev"):
        return name
    return f"{module}.{name}" if module and module != "builtins" else name


class Parameters(NamedTuple):
    """The names of a function's parameters by their kinds."""

    first: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    keyword: tuple[str, ...] = ()
    rest: bool = False


def read(function: Any) -> Parameters:
    """Read a signature. The code of a plain function tells it faster than `inspect.signature`, half of the time that filling the table took."""
    if type(function) is FunctionType and not function.__dict__:
        code = function.__code__
        names, first, count = code.co_varnames, code.co_posonlyargcount, code.co_argcount
        return Parameters(names[:first], names[first:count], names[count:count + code.co_kwonlyargcount], bool(code.co_flags & inspect.CO_VARKEYWORDS))
    given = inspect.signature(function).parameters.items()
    start, either, keyword = (tuple(name for name, p in given if p.kind is kind) for kind in _KINDS)
    return Parameters(start, either, keyword, any(p.kind is p.VAR_KEYWORD for _, p in given))


def takes_any_keyword(rule: Any) -> bool:
    """Whether a rule takes keywords that it does not name."""
    return read(rule).rest


def parameters(rule: Any) -> frozenset[str]:
    """Name the parameters of a rule that may be given by keyword."""
    found = read(rule)
    return frozenset(found.either + found.keyword)


def positional(function: Any) -> tuple[str, ...]:
    """Name the positional parameters of a function, as far as they are known."""
    try:
        found = read(function)
    except (TypeError, ValueError):
        return ()
    return found.first + found.either


def reads(rule: Any) -> tuple[bool, frozenset[int] | None]:
    """Find out from its byte code which parameters a partial ``rule(y, *args)`` reads, so that the tape need not keep the others."""
    if not callable(rule):
        return False, frozenset()
    code = getattr(rule, "__code__", None)
    if code is None or code.co_cellvars or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return True, None
    loaded = {name for i in dis.get_instructions(code) if i.opname.startswith("LOAD_FAST") for name in (i.argval if isinstance(i.argval, tuple) else (i.argval,))}
    names = code.co_varnames[: code.co_argcount]
    return names[0] in loaded, frozenset(i for i, name in enumerate(names[1:]) if name in loaded)


def union(found: list[tuple[bool, frozenset[int] | None]]) -> tuple[bool, frozenset[int] | None]:
    """Join what several partials read."""
    args = [used for _, used in found]
    return any(y for y, _ in found), None if None in args else frozenset().union(*args)  # type: ignore[arg-type]


def divides(rule: Any) -> bool:
    """Whether a rule's byte code divides, or hands its arguments to functions of which that is not known."""
    code = getattr(rule, "__code__", None)
    if code is None:
        return True
    steps = list(dis.get_instructions(code))
    return any(i.opname == "BINARY_TRUE_DIVIDE" or (i.opname == "BINARY_OP" and i.argrepr == "/") for i in steps) or any(
        i.opname == "LOAD_GLOBAL" and i.argval not in _SMOOTH for i in steps)


_SMOOTH = frozenset({"np", "LN2", "LN10"})
