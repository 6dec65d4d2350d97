"""What a program is made of: variables, equations, and the branches that were taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .listing import listed
from .tracer import Tracer, concrete, meta
from .tree import Structure

__all__ = ["PLAIN", "Branch", "Equation", "Variable", "is_whole", "mapped", "numeric", "variables_in"]

PLAIN = frozenset({int, float, bool, str, type(None), type(Ellipsis), np.float64, np.ndarray})  # what holds no variable


class Variable:
    """A value in a program.

    Parameters
    ----------
    name : str
        What the program calls it.
    shape, dtype
        Its form.
    smooth : bool
        Whether it may have a derivative; masks, indices and counts have none.
    """

    __slots__ = ("dtype", "name", "shape", "smooth")

    def __init__(self, name: str, shape: tuple[int, ...], dtype: Any, smooth: bool = True) -> None:
        self.name, self.shape, self.dtype, self.smooth = name, shape, dtype, smooth

    def __repr__(self) -> str:
        axes = f"[{','.join(map(str, self.shape))}]" if self.shape else ""
        return f"{self.name}:{self.dtype}{axes}"


class Equation:
    """One call in a program.

    Parameters
    ----------
    name : str
        The function as users write it, such as ``np.sin``.
    function : callable
        The function object, under which its derivative is found.
    call : callable
        What evaluates it: the function, or the Python operator that was used.
    inputs : tuple
        The positional arguments: variables or literals, also inside tuples, lists and slices.
    parameters : dict
        The keyword arguments.
    outputs : list
        One entry for each part of the value; None for a part that is not numeric.
    structure : Structure
        How the parts make up the value.
    line : str
        The user's line.
    reads : list of Variable
        The variables among the arguments.
    """

    __slots__ = ("call", "function", "inputs", "line", "name", "outputs", "parameters", "reads", "structure")

    def __init__(self, name: str, function: Callable[..., Any], call: Callable[..., Any], inputs: tuple[Any, ...], parameters: dict[str, Any],
                 outputs: list[Variable | None], structure: Structure, line: str, reads: list[Variable]) -> None:
        self.name, self.function, self.call, self.inputs, self.parameters = name, function, call, inputs, parameters
        self.outputs, self.structure, self.line, self.reads = outputs, structure, line, reads

    def __repr__(self) -> str:
        return listed(self)


class Branch:
    """A place where the recorded computation depended on a plain value.

    Parameters
    ----------
    variable : Variable
        Whose value was asked for.
    value : bool, number or array
        What it was: a truth value where an ``if``, ``while`` or ``assert`` asked.
    line : str
        The user's line.
    """

    __slots__ = ("line", "value", "variable")

    def __init__(self, variable: Variable, value: Any, line: str) -> None:
        self.variable, self.value, self.line = variable, value, line

    def __repr__(self) -> str:
        value = "True" if self.value is True else "False" if self.value is False else listed(self.value)
        return f"{self.variable.name} is {value}" + (f"  (at {self.line})" if self.line else "")

    def holds(self, now: Any) -> bool:
        """Whether a replay takes the same way."""
        now = concrete(now)
        if isinstance(self.value, bool):
            return bool(now) is self.value
        return np.shape(now) == np.shape(self.value) and bool(np.array_equal(now, self.value, equal_nan=meta(now)[1].kind in "fc"))


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to every variable and literal of an argument."""
    kind = type(tree)
    if kind is tuple or kind is list:
        return kind(mapped(function, item) for item in tree)
    if kind is dict:
        return {k: mapped(function, v) for k, v in tree.items()}
    if kind is slice:
        return slice(function(tree.start), function(tree.stop), function(tree.step))
    return function(tree)


def variables_in(tree: Any) -> list[Variable]:
    """List the variables of an argument in order."""
    kind = type(tree)
    if kind is Variable:
        return [tree]
    if kind is tuple or kind is list:
        return [v for part in tree if type(part) not in PLAIN for v in ([part] if type(part) is Variable else variables_in(part))]
    if kind is slice:
        return [v for v in (tree.start, tree.stop, tree.step) if type(v) is Variable]
    return [v for part in tree.values() for v in variables_in(part)] if kind is dict else []


def is_whole(equation: Equation) -> bool:
    """Whether all variables are positional arguments by themselves, and none is inside a container or a keyword."""
    return sum([type(x) is Variable for x in equation.inputs]) == len(equation.reads)


def numeric(x: Any) -> bool:
    """Whether a value can be a variable: a number or an array of numbers, traced or not."""
    return isinstance(x, (Tracer, np.ndarray, np.generic, int, float, complex)) and not (isinstance(x, np.ndarray) and x.dtype == object)
