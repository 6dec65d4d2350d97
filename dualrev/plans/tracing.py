"""`trace`: a function's computational graph as data."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.equations import Variable, numeric
from ..core.explaining import explain_objects
from ..core.recording import RecordingTrace
from ..core.tracer import peek
from ..core.tree import flatten, unflatten
from ..transforms.arguments import leaf, named, output_leaves, require_callable
from ..transforms.reversemode import grad
from .program import Program

__all__ = ["sensitivities", "trace"]


def trace(f: Callable[..., Any], *args: Any) -> Program:
    """Run a function once and record what it computes.

    Parameters
    ----------
    f : callable
        Any function of arrays, numbers or containers of them; transforms may be recorded too, as in ``trace(grad(f), x)``.
    *args
        Where to run it. Numbers and arrays become inputs of the program (integers as float64); anything else, such as a string or
        True, is kept as it is.

    Returns
    -------
    Program
        The computational graph: print it, call it, ``.to_dot()``, ``.draw("f.png")``.

    Raises
    ------
    TypeError
        If f is not a function, or its result is not numeric.
    LeavesTraceError, NoRuleError
        As in every other transform.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> print(dr.trace(lambda x: np.exp(np.sin(x**2)), 1.5))
    <lambda>(x:float64):
        a:float64 = x ** 2
        b:float64 = np.sin(a)
        c:float64 = np.exp(b)
        return c

    References
    ----------
    A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 2.2: evaluation procedures.
    """
    require_callable(f, "trace")
    leaves, arguments = flatten(args)
    recording = RecordingTrace()
    try:
        inputs: list[Any] = []
        values: list[Any] = []
        for x, name in zip(leaves, _leaf_names(f, args), strict=True):
            if _is_input(x):
                x = recording.input(leaf(x, f"trace: argument {name or len(inputs)} of {named(f)}"), name)
                inputs.append(x._aux)
            else:
                inputs.append(x)
            values.append(x)
        point = [_kept(x._value) if isinstance(v, Variable) else x for x, v in zip(values, inputs, strict=True)]
        results, result = output_leaves(f(*unflatten(arguments, values)), f, "trace")
        outputs = [recording.symbol(y) for y in results]
    except Exception as error:
        explain_objects(error)
        raise
    finally:
        recording.close()
    equations, branches = recording.needed(outputs)
    recording.named(equations)
    return Program(named(f), inputs, equations, outputs, branches, point, arguments, result)


def _is_input(x: Any) -> bool:
    return isinstance(x, np.ndarray) or (numeric(x) and not isinstance(x, (bool, np.bool_)))


def _kept(x: Any) -> Any:
    x = peek(x)
    return x.copy("K") if isinstance(x, np.ndarray) else x


def _leaf_names(f: Any, args: tuple[Any, ...]) -> list[str]:
    """Name every leaf of the arguments as the function would write it."""
    names = []
    for k, (name, arg) in enumerate(zip(_parameter_names(f, len(args)), args, strict=True)):
        paths = flatten(arg)[1].paths()
        names += [name + path if name or not path else f"args[{k}]{path}" for path in paths]
    return names


def _parameter_names(f: Any, count: int) -> list[str]:
    """Name the positional arguments of a call as the function does, as far as it is known."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return [""] * count
    names = []
    for k in range(count):
        if k < len(parameters) and parameters[k].kind in (parameters[k].POSITIONAL_ONLY, parameters[k].POSITIONAL_OR_KEYWORD):
            names.append(parameters[k].name)
        else:
            rest = [(i, p.name) for i, p in enumerate(parameters) if p.kind is p.VAR_POSITIONAL]
            names.append(f"{rest[0][1]}[{k - rest[0][0]}]" if rest else "")
    return names


def sensitivities(program: Program, *args: Any) -> dict[str, Any]:
    """Differentiate a program's scalar result in every variable on the way: what `Program.derivatives` returns."""
    if not program.scalar:
        raise ValueError(f"derivatives: the result of {program.name} must be one real scalar that depends on the arguments, got {', '.join(map(repr, program.outputs))}")
    bound = program.bind(args or program.arguments_at_point())
    (result,) = program.outputs
    taps = {v.name: np.full(v.shape, -0.0, v.dtype)[()] for v in program.run(bound) if v.smooth and v.dtype.kind in "fc"}

    def output(taps: dict[str, Any]) -> Any:
        return program.run(bound, lambda v, x: x + taps[v.name] if v.name in taps else x)[result]

    return grad(output)(taps)
