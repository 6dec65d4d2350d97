"""The recording interpreter: values with a name in a program."""

from __future__ import annotations

import itertools
import keyword
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .equations import PLAIN, Branch, Equation, Variable, mapped, numeric, variables_in
from .errors import DualrevError, NoRuleError, at_line, leaves_trace, user_line
from .inplace import note_view
from .numbers import REALS
from .rows import TABLE, Constant, Row
from .tracer import Sized, Trace, Tracer, is_scalar, meta, peek, raise_dead
from .tree import LEAF, flatten, unflatten

__all__ = ["Discrete", "Recorded", "RecordingTrace", "SizedDiscrete", "SizedRecorded", "TooLargeError"]

# of these the value follows from shapes and dtypes alone, which a program keeps fixed
FORMS = frozenset({np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast, np.common_type, np.min_scalar_type,
                   np.shares_memory, np.may_share_memory})
# these write to their first argument: what is recorded is their bodies, which do it by in-place assignment
WRITERS = frozenset({np.put_along_axis, np.copyto, np.place, np.putmask, np.put, np.fill_diagonal})


_LITERALS = PLAIN - {np.ndarray}


class TooLargeError(DualrevError, ValueError):
    """A recording was given up because of the size of a value."""


class RecordingTrace(Trace):
    """Writes down every call on its values."""

    __slots__ = ("branches", "equations", "inputs", "limit", "lines", "literals", "most")
    name = "recording"
    derives = False
    notes = True

    def __init__(self, lines: bool = True, limit: float = math.inf, most: float = math.inf) -> None:
        Trace.__init__(self)
        self.limit, self.most = limit, most  # how many entries a value may have, and how many equations there may be, before a `TooLargeError` ends the recording
        self.lines = lines  # whether equations and branches know the user's lines, which take longer to find than all else
        self.inputs: list[Variable] = []
        self.equations: list[Equation] = []
        self.branches: list[Branch] = []
        self.literals: dict[int, tuple[Any, Any]] = {}

    def input(self, value: Any, name: str) -> Any:
        """Make an input of the program."""
        variable = Variable(name, *meta(value))
        self.inputs.append(variable)
        return self.recorded(value, variable)

    def constant(self, value: Any) -> Tracer:
        return self._emit(TABLE[np.copy], np.copy, (self.symbol(value),), {}, value, True, [])

    def process(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if not self.alive:
            raise_dead()
        if row.function in WRITERS or (row.kind == "decomposed" and getattr(row.function, "__name__", "") == "at"):
            return row.rules[0](*args, **kwargs)
        if row.function is None:
            raise NoRuleError(f"{row.name} cannot be recorded, because nothing says how to call it again{at_line()}. Record it without its own rule.")
        raw, options = [self.bare_parts(a) for a in args], {k: self.bare_parts(v) for k, v in kwargs.items()} if kwargs else kwargs
        if row.function in FORMS:
            return call(*raw, **options)
        inputs, reads = self._symbols(args)
        parameters = {k: self.symbol(v) for k, v in kwargs.items()} if kwargs else kwargs
        if parameters:
            reads += variables_in(parameters)
        smooth = row.creates or (row.kind != "constant" and any([v.smooth for v in reads]))  # noqa: C419 (a list is faster than a generator)
        y = call(*raw, **options)
        if row.kind == "decomposed" and _shares(y, raw):
            return row.rules[0](*args, **kwargs)  # its steps are the views that in-place assignment has to know
        result = self._emit(row, call, inputs, parameters, y, smooth, reads)
        if row.views and isinstance(result, Sized):
            note_view(row, args, kwargs, result)
        return result

    def _emit(self, row: Row, call: Callable[..., Any], inputs: Any, parameters: Any, y: Any, smooth: bool, reads: list[Variable]) -> Any:
        """Append an equation and give its value, with every numeric part recorded."""
        what = call if getattr(call, "__module__", "") == "_operator" else row.function
        if len(self.equations) >= self.most:
            raise TooLargeError(f"there are more than {self.most} calls")
        if (type(y) is np.ndarray and y.dtype != object) or type(y) in REALS:
            v = self._variable(row, y, smooth)
            self.equations.append(Equation(row.name, row.function, what, inputs, parameters, [v], LEAF, self._line(), reads))
            return self.recorded(y, v)
        leaves, structure = ([y], LEAF) if isinstance(y, (np.ndarray, np.generic, Tracer)) else flatten(y)
        outputs: list[Variable | None] = [self._variable(row, leaf, smooth) if numeric(leaf) else None for leaf in leaves]
        if not any(outputs):
            return y
        self.equations.append(Equation(row.name, row.function, what, inputs, parameters, outputs, structure, self._line(), reads))
        return unflatten(structure, [leaf if v is None else self.recorded(leaf, v) for leaf, v in zip(leaves, outputs, strict=True)])

    def _variable(self, row: Row, y: Any, smooth: bool) -> Variable:
        """Make the variable of a result."""
        v = Variable("", *meta(y), smooth)
        if v.shape and math.prod(v.shape) > self.limit:
            raise TooLargeError(f"a value of {row.name} has the shape {v.shape}")
        return v

    def _line(self) -> str:
        return user_line() if self.lines else ""

    def recorded(self, value: Any, variable: Variable) -> Any:
        """Make the value that a variable stands for."""
        if is_scalar(value):
            kind: Any = Recorded if variable.smooth else Discrete
        else:
            kind = SizedRecorded if variable.smooth else SizedDiscrete
        result = Tracer.__new__(kind)
        result._trace, result._value, result._aux = self, value, variable
        result._support = result._alias = None
        return result

    def _symbols(self, args: Any) -> tuple[tuple[Any, ...], list[Variable]]:
        """Positional arguments with their recorded values replaced by variables, and these."""
        inputs: list[Any] = []
        reads: list[Variable] = []
        for a in args:
            if isinstance(a, Tracer) and a._trace is self:
                inputs.append(a._aux)
                reads.append(a._aux)
            elif type(a) in _LITERALS:
                inputs.append(a)
            else:
                inputs.append(self.symbol(a))
                reads += variables_in(inputs[-1])
        return tuple(inputs), reads

    def symbol(self, tree: Any) -> Any:
        """Replace recorded values by their variables, and arrays by copies, since a program keeps what others may write to."""
        if isinstance(tree, Tracer) and tree._trace is self:
            return tree._aux
        return tree if type(tree) in _LITERALS else mapped(self._symbol, tree)

    def _symbol(self, x: Any) -> Any:
        if isinstance(x, Tracer):
            return x._aux if x._trace is self else np.copy(x) if x.shape else x
        if not isinstance(x, np.ndarray):
            return x
        found = self.literals.get(id(x))
        if found is None or not _same(found[1], x):
            self.literals[id(x)] = found = (x, x.copy())
        return found[1]

    def bare_parts(self, tree: Any) -> Any:
        """Replace the values of this trace by their payloads, inside containers and slices too."""
        if isinstance(tree, Tracer) and tree._trace is self:
            return tree._value
        return tree if type(tree) in PLAIN else mapped(lambda x: x._value if isinstance(x, Tracer) and x._trace is self else x, tree)

    def bare(self, x: Any) -> Any:
        """Give the payload to somebody who goes on with it unrecorded, and note that the program depends on it."""
        value = peek(x._value)
        self.branches.append(Branch(x._aux, value.copy() if isinstance(value, np.ndarray) else value, self._line()))
        return x._value

    def passive(self, x: Any) -> Any:
        return x

    def takes(self, row: Row) -> bool:
        return True

    def truth(self, x: Any) -> bool:
        """Decide a condition, and note the way taken."""
        taken = bool(x._value)
        self.branches.append(Branch(x._aux, taken, self._line()))
        return taken

    def close(self) -> None:
        """End the trace: its values raise from now on."""
        self.alive = False
        self.literals = {}

    def needed(self, outputs: list[Any]) -> tuple[list[Equation], list[Branch]]:
        """Return the equations that the outputs and the branches need, with all variables named, and the branches."""
        needed = {v for v in outputs if isinstance(v, Variable)} | {branch.variable for branch in self.branches}
        kept = []
        for equation in reversed(self.equations):
            if not needed.isdisjoint(equation.outputs):
                needed.update(equation.reads)
                kept.append(equation)
        kept.reverse()
        names = fresh_names({v.name for v in self.inputs})
        for v in itertools.chain(self.inputs, *(equation.outputs for equation in kept)):
            if v is not None and not v.name:
                v.name = next(names)
        return kept, _once(self.branches)


def fresh_names(taken: set[str]) -> Iterator[str]:
    """Give a, b, ..., z, aa, ab, ... without those taken and Python's keywords."""
    for length in itertools.count(1):
        for letters in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=length):
            name = "".join(letters)
            if name not in taken and not keyword.iskeyword(name):
                yield name


def _once(branches: list[Branch]) -> list[Branch]:
    """Leave out notes that repeat an earlier one."""
    seen: dict[tuple[Variable, bool, str], Branch] = {}
    for branch in branches:
        seen.setdefault((branch.variable, isinstance(branch.value, bool), branch.line), branch)
    return list(seen.values())


def _same(a: Any, b: Any) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return a.dtype != object and bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def _shares(y: Any, raw: Any) -> bool:
    """Whether a part of a value shows the memory of an argument."""
    arrays = [a for a in map(peek, flatten(raw)[0]) if isinstance(a, np.ndarray)]
    return any(isinstance(part, np.ndarray) and np.may_share_memory(part, a) for part in map(peek, flatten(y)[0]) for a in arrays)


class Recorded(Tracer):
    """A scalar with a name in a program."""

    __slots__ = ()


class SizedRecorded(Sized, Recorded):
    """An array with a name in a program."""

    __slots__ = ()


class Discrete(Recorded):
    """A recorded scalar that is piecewise constant: a truth value, an index or a count.

    In the other interpreters it would be plain, so it may become a plain number here too; the program then notes on which value it depends.
    """

    __slots__ = ()

    def _settled(self) -> Any:
        if self.shape != ():
            raise TypeError("only length-1 arrays can be converted to Python scalars")
        return peek(self._trace.bare(self))

    def __float__(self) -> float:
        return float(self._settled())

    def __int__(self) -> int:
        return int(self._settled())

    def __index__(self) -> int:
        value = self._settled()
        if not isinstance(value, (int, np.integer)):
            leaves_trace("an index or a count", "It must be an integer: use int(x).")
        return int(value)

    def __complex__(self) -> complex:
        return complex(self._settled())

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out")
        into = inputs[:1] if method == "at" else out if isinstance(out, tuple) else ()
        if any(isinstance(a, np.ndarray) for a in into) and not _varies((inputs, kwargs)):
            return getattr(ufunc, method)(*_settle(inputs), **_settle(kwargs))
        if method == "__call__" and not kwargs and ufunc not in TABLE and not _varies(inputs):
            return self._trace.process(Constant(ufunc, ()), ufunc, inputs, kwargs)
        return Tracer.__array_ufunc__(self, ufunc, method, *inputs, **kwargs)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if function not in TABLE and not _varies((args, kwargs)):
            return self._trace.process(Constant(function, ()), function, args, kwargs)
        return Tracer.__array_function__(self, function, types, args, kwargs)


class SizedDiscrete(Sized, Discrete):
    """A recorded array that is piecewise constant: a mask, or indices."""

    __slots__ = ()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        value = peek(self._trace.bare(self))
        return np.array(value, dtype=dtype, copy=True)


def _varies(tree: Any) -> bool:
    """Whether a traced value other than a piecewise constant one is among arguments."""
    found: list[bool] = []
    mapped(lambda x: found.append(isinstance(x, Tracer) and not isinstance(x, Discrete)), tree)
    return any(found)


def _settle(tree: Any) -> Any:
    return mapped(lambda x: peek(x._trace.bare(x)) if isinstance(x, Tracer) else x, tree)
