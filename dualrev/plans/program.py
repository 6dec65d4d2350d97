"""A recorded computation as plain data: inputs, equations, outputs, and the decisions that were taken on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.equations import Branch, Equation, Variable, mapped, numeric
from ..core.errors import DualrevError
from ..core.listing import listed
from ..core.tracer import meta
from ..core.tree import Structure, flatten, unflatten

__all__ = ["Program", "ReplayError"]


class ReplayError(DualrevError, ValueError):
    """A program was called where what it recorded does not hold."""


class Program:
    """A computational graph as data, made by `dualrev.trace`.

    Printing it gives one line for each equation; calling it replays them at other arguments, which may be traced themselves, so
    that a program can be differentiated like the function that it was recorded from.

    Attributes
    ----------
    name : str
        The function's name.
    inputs : list of Variable
        One for each number or array among the arguments.
    equations : list of Equation
        The calls in order; those that neither an output nor a branch needs are left out.
    outputs : list
        A variable or a literal for each leaf of the result.
    branches : list of Branch
        The plain values on which the recording depended. A replay that would take another way raises.
    point : list
        The arguments' leaves at which it was recorded.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> program = dr.trace(lambda x: np.sum(np.sin(x) * 2.0), np.array([0.0, 1.0, 2.0]))
    >>> print(program)
    <lambda>(x:float64[3]):
        a:float64[3] = np.sin(x)
        b:float64[3] = a * 2.0
        c:float64 = np.sum(b)
        return c
    >>> float(program(np.zeros(3)))
    0.0
    """

    def __init__(self, name: str, inputs: list[Any], equations: list[Equation], outputs: list[Any], branches: list[Branch], point: list[Any],
                 arguments: Structure, result: Structure) -> None:
        self.name, self.inputs, self.equations, self.outputs, self.branches, self.point = name, inputs, equations, outputs, branches, point
        self.arguments, self.result = arguments, result

    def __str__(self) -> str:
        inputs = ", ".join(repr(v) for v in self.inputs if isinstance(v, Variable))
        result = unflatten(self.result, [Shown(listed(v)) for v in self.outputs])
        lines = [f"{self.name}({inputs}):", *(f"    {equation!r}" for equation in self.equations), f"    return {result!r}"]
        if self.branches:
            lines += ["    holds only where", *(f"        {branch!r}" for branch in self.branches)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Program {self.name}: {len(self.inputs)} inputs, {len(self.equations)} equations, {len(self.outputs)} outputs>"

    def __call__(self, *args: Any) -> Any:
        """Replay the program.

        Parameters
        ----------
        *args
            Arguments of the structure, shapes and dtypes with which it was recorded.

        Returns
        -------
        container
            The result, in the form of the function's.

        Raises
        ------
        TypeError, ValueError
            If the arguments have another structure or form.
        ReplayError
            If the recording does not hold here: a branch goes the other way, or a shape comes out differently.
        """
        values = self.run(self.bind(args), keep=False)
        return unflatten(self.result, [values[v] if isinstance(v, Variable) else v for v in self.outputs])

    @property
    def scalar(self) -> bool:
        """Whether the result is one real scalar that may have a derivative."""
        y = self.outputs[0] if self.result.kind is None else None
        return isinstance(y, Variable) and y.smooth and y.shape == () and y.dtype.kind == "f"

    def bind(self, args: tuple[Any, ...]) -> dict[Variable, Any]:
        """Take arguments apart and check that they are of the recorded form."""
        leaves, structure = flatten(args)
        if structure != self.arguments:
            raise TypeError(f"{self.name}: this program was recorded for arguments of the structure {self.arguments}, got {structure}. "
                            "Call dualrev.trace again for other arguments.")
        values: dict[Variable, Any] = {}
        for given, wanted in zip(leaves, self.inputs, strict=True):
            if not isinstance(wanted, Variable):
                if given is not wanted and given != wanted:
                    raise ValueError(f"{self.name}: this program was recorded with the argument {wanted!r}, got {given!r}. Call dualrev.trace again for other arguments.")
                continue
            if not numeric(given):
                raise TypeError(f"{self.name}: the argument {wanted.name} must be numeric, got {type(given).__name__}")
            shape, dtype = meta(given)
            if dtype.kind in "biu":
                given, dtype = given * 1.0, np.dtype(float)
            if (shape, dtype) != (wanted.shape, wanted.dtype):
                got = Variable(wanted.name, shape, dtype)
                raise ValueError(f"{self.name}: this program was recorded for {wanted!r}, got {got!r}. Call dualrev.trace again for other arguments.")
            values[wanted] = given
        return values

    def run(self, values: dict[Variable, Any], tap: Callable[[Variable, Any], Any] = lambda variable, value: value, keep: bool = True) -> dict[Variable, Any]:
        """Evaluate all equations.

        Parameters
        ----------
        values : dict
            The inputs' values by variable.
        tap : callable
            ``tap(variable, value)`` is put in the place of each value.
        keep : bool
            Whether all values are wanted; else each is forgotten when nothing reads it any more, so that memory does not grow with the program.

        Returns
        -------
        dict
            The values of all variables, or of the outputs.
        """
        values = {v: tap(v, x) for v, x in values.items()}
        waiting: dict[Variable, list[Branch]] = {}
        for branch in self.branches:
            waiting.setdefault(branch.variable, []).append(branch)
        for v, x in values.items():
            self._check(waiting.get(v, ()), x)

        def known(v: Any) -> Any:
            return values[v] if isinstance(v, Variable) else v

        done = {} if keep else self._last_reads()
        for place, equation in enumerate(self.equations):
            y = equation.call(*mapped(known, equation.inputs), **{k: mapped(known, v) for k, v in equation.parameters.items()})
            for variable, value in zip(equation.outputs, flatten(y)[0], strict=True):
                if variable is None:
                    continue
                if meta(value)[0] != variable.shape:
                    raise ReplayError(f"{self.name}: {equation!r} has the shape {meta(value)[0]} here, which depends on the arguments' values; the program was recorded for "
                                      f"{variable.shape}" + (f" (at {equation.line})" if equation.line else "") + ". Call dualrev.trace again at these arguments.")
                self._check(waiting.get(variable, ()), value)
                values[variable] = tap(variable, value)
            for variable in done.get(place, ()):
                del values[variable]
        return values

    def _last_reads(self) -> dict[int, list[Variable]]:
        """For each equation, by its place, the variables that are no output and that no later one reads."""
        last: dict[Variable, int] = {}
        for place, equation in enumerate(self.equations):
            for variable in (*equation.outputs, *equation.reads):
                if variable is not None:
                    last[variable] = place
        done: dict[int, list[Variable]] = {}
        outputs = {v for v in self.outputs if isinstance(v, Variable)}
        for variable, place in last.items():
            if variable not in outputs:
                done.setdefault(place, []).append(variable)
        return done

    def _check(self, branches: Any, value: Any) -> None:
        for branch in branches:
            if not branch.holds(value):
                raise ReplayError(f"{self.name}: the program was recorded where {branch!r}, which does not hold at these arguments. Call dualrev.trace again at these arguments.")

    def values(self, *args: Any) -> dict[str, Any]:
        """Evaluate every variable.

        Parameters
        ----------
        *args
            Where; the recorded point if left out.

        Returns
        -------
        dict
            The values by the variables' names, in the order in which they are computed.

        Raises
        ------
        TypeError, ValueError, ReplayError
            As in a call of the program.

        Examples
        --------
        >>> import numpy as np, dualrev as dr
        >>> {name: float(value) for name, value in dr.trace(lambda x: x**2 + 1, 3.0).values().items()}
        {'x': 3.0, 'a': 9.0, 'b': 10.0}
        """
        found = self.run(self.bind(args or self.arguments_at_point()))
        return {v.name: value for v, value in found.items()}

    def derivatives(self, *args: Any) -> dict[str, Any]:
        """Differentiate the scalar result in every variable on the way, by one reverse pass.

        Parameters
        ----------
        *args
            Where; the recorded point if left out.

        Returns
        -------
        dict
            The derivatives by the variables' names.

        Raises
        ------
        TypeError, ValueError
            If the result is not one real scalar.

        Examples
        --------
        >>> import numpy as np, dualrev as dr
        >>> {name: float(slope) for name, slope in dr.trace(lambda x: np.sin(x**2), 0.0).derivatives().items()}
        {'x': 0.0, 'a': 1.0, 'b': 1.0}
        """
        from .tracing import sensitivities  # which makes programs, and so imports this file

        return sensitivities(self, *args)

    def arguments_at_point(self) -> tuple[Any, ...]:
        """Return the arguments with which the program was recorded."""
        return unflatten(self.arguments, self.point)

    def to_dot(self) -> str:
        """Describe the graph in the language of Graphviz.

        Returns
        -------
        str
            Text for the ``dot`` program.
        """
        from ..draw import to_dot  # which draws programs, and so imports this file

        return to_dot(self)

    def draw(self, path: Any, values: bool = False, derivatives: bool = False) -> None:
        """Save a picture of the graph, from its inputs at the left to its outputs at the right.

        Parameters
        ----------
        path : path
            Where to; the suffix chooses the format.
        values : bool
            Write each variable's value at the recorded point on its edges.
        derivatives : bool
            Write the derivative of the scalar output with respect to each variable on its edges.

        Raises
        ------
        ImportError
            If the extra ``plot`` is not installed.
        ValueError
            If derivatives are asked for and the output is not one real scalar.
        """
        from ..draw import draw

        draw(self, path, values, derivatives)


class Shown:
    """A text that prints as it is inside containers."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text
