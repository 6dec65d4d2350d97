"""Programs as readable lines: operators between their operands, indices in brackets, large literals by their form."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["listed"]

_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
            "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_SIGNS = {"neg": "-", "pos": "+"}
_SHORT = 6


def listed(x: Any) -> str:
    """Write an equation, a variable, a literal or a container of these as in source code.

    Parameters
    ----------
    x : Equation, Variable or any literal
        What to write.

    Returns
    -------
    str
        One line.
    """
    if hasattr(x, "structure") and hasattr(x, "inputs"):
        outputs = ", ".join("_" if v is None else repr(v) for v in x.outputs)
        return f"{outputs} = {right_side(x)}"
    if hasattr(x, "smooth"):
        return x.name
    if type(x) in (tuple, list):
        inner = ", ".join(map(listed, x))
        return f"[{inner}]" if type(x) is list else f"({inner},)" if len(x) == 1 else f"({inner})"
    if type(x) is dict:
        return "{" + ", ".join(f"{k!r}: {listed(v)}" for k, v in x.items()) + "}"
    return _literal(x)


def right_side(equation: Any) -> str:
    """Write the call of an equation."""
    args, kwargs = equation.inputs, equation.parameters
    python, function = getattr(equation.call, "__name__", ""), getattr(equation.function, "__name__", "")
    if getattr(equation.call, "__module__", "") == "_operator":
        if python in _SYMBOLS and len(args) == 2:
            return f"{_operand(args[0])} {_SYMBOLS[python]} {_operand(args[1])}"
        if python in _SIGNS and len(args) == 1:
            return _SIGNS[python] + _operand(args[0])
    if function == "getitem" and len(args) == 2:
        return f"{listed(args[0])}[{_index(args[1])}]"
    if function == "replaced" and len(args) == 3:
        return f"{listed(args[0])} with [{_index(args[2])}] = {listed(args[1])}"
    if function == "assembled":
        shape = kwargs["shape"]
        entries = f"[{', '.join(map(listed, args))}]"
        return f"np.array({entries})" if len(shape) == 1 else f"np.array({entries}).reshape{shape!r}"
    return f"{equation.name}({', '.join([*map(listed, args), *(f'{k}={listed(v)}' for k, v in kwargs.items())])})"


def _operand(x: Any) -> str:
    text = listed(x)
    return f"({text})" if text.startswith("-") else text


def _index(index: Any) -> str:
    if type(index) is tuple:
        return ", ".join(map(_index, index)) + ("," if len(index) == 1 else "")
    if index is Ellipsis:
        return "..."
    if isinstance(index, slice):
        start, stop, step = ("" if part is None else listed(part) for part in (index.start, index.stop, index.step))
        return f"{start}:{stop}" + (f":{step}" if step else "")
    return listed(index)


def _literal(x: Any) -> str:
    if isinstance(x, np.generic):
        return repr(x.item())
    if isinstance(x, np.ndarray):
        if x.size <= _SHORT and x.ndim <= 1:
            return np.array2string(x, separator=", ", max_line_width=sys.maxsize)
        return f"<{x.dtype}[{','.join(map(str, x.shape))}]>"
    if isinstance(x, np.dtype):
        return str(x)
    if isinstance(x, type) or callable(x):
        return getattr(x, "__name__", repr(x))
    return repr(x)
