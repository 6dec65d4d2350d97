"""The recording interpreter: values with a name in a program."""

from __future__ import annotations

import itertools
import keyword
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .equations import PLAIN, Branch, Equation, Variable, mapped, numeric, variables_in
from .errors import DualrevError, NoRuleError, at_line, user_line
from .inplace import NONE, note_view
from .numbers import FLOAT, REALS
from .recorded import Discrete, Recorded, SizedDiscrete, SizedRecorded
from .rows import TABLE, Row
from .tracer import Sized, Trace, Tracer, is_scalar, meta, peek, raise_dead
from .tree import LEAF, flatten, unflatten

__all__ = ["FORMS", "RecordingTrace", "TooLargeError"]

# of these the value follows from shapes and dtypes alone, which a program keeps fixed
FORMS = frozenset({np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast, np.common_type, np.min_scalar_type,
                   np.shares_memory, np.may_share_memory})
# these write to their first argument: what is recorded is their bodies, which do it by in-place assignment
WRITERS = frozenset({np.put_along_axis, np.copyto, np.place, np.putmask, np.put, np.fill_diagonal})


_LITERALS = PLAIN - {np.ndarray}
KINDS: dict[tuple[bool, bool], Any] = {(True, False): Recorded, (True, True): SizedRecorded, (False, False): Discrete, (False, True): SizedDiscrete}  # smooth, with axes


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
        options = {k: self.bare_parts(v) for k, v in kwargs.items()} if kwargs else kwargs
        if row.function in FORMS:
            return call(*map(self.bare_parts, args), **options)
        raw, inputs, reads = self._taken(args)
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
        if (type(y) is np.ndarray and y.dtype != object) or type(y) in REALS:
            return self.jot(row, what, inputs, y, reads, parameters, smooth)
        leaves, structure = ([y], LEAF) if isinstance(y, (np.ndarray, np.generic, Tracer)) else flatten(y)
        outputs: list[Variable | None] = [self._variable(row, leaf, smooth) if numeric(leaf) else None for leaf in leaves]
        if not any(outputs):
            return y
        self._append(Equation(row.name, row.function, what, inputs, parameters, outputs, structure, self._line(), reads))
        return unflatten(structure, [leaf if v is None else self.recorded(leaf, v) for leaf, v in zip(leaves, outputs, strict=True)])

    def jot(self, row: Row, what: Callable[..., Any], inputs: Any, y: Any, reads: list[Variable], parameters: Any = NONE, smooth: bool = True) -> Any:
        """Append an equation with one result, an array or a real number, and give that; any other result takes the long way."""
        if type(y) is np.ndarray and y.dtype is FLOAT:
            v = Variable("", y.shape, FLOAT, smooth)
            if y.size > self.limit:
                raise TooLargeError(f"a value of {row.name} has the shape {v.shape}")
        elif type(y) in REALS:
            v = Variable("", (), FLOAT, smooth)
        elif type(y) is np.ndarray and y.dtype != object:
            v = self._variable(row, y, smooth)
        else:
            return self._emit(row, what, inputs, parameters, y, smooth, reads)
        self._append(Equation(row.name, row.function, what, inputs, parameters, [v], LEAF, user_line() if self.lines else "", reads))
        result: Any = KINDS[smooth, bool(v.shape)]()
        result._trace, result._value, result._aux = self, y, v
        result._support = result._alias = None
        return result

    def _append(self, equation: Equation) -> None:
        if len(self.equations) >= self.most:
            raise TooLargeError(f"there are more than {self.most} calls")
        self.equations.append(equation)

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
        result: Any = KINDS[variable.smooth, not is_scalar(value)]()
        result._trace, result._value, result._aux = self, value, variable
        result._support = result._alias = None
        return result

    def _taken(self, args: Any) -> tuple[list[Any], tuple[Any, ...], list[Variable]]:
        """Positional arguments with their recorded values replaced by payloads, the same replaced by variables, and these."""
        raw: list[Any] = []
        inputs: list[Any] = []
        reads: list[Variable] = []
        for a in args:
            if isinstance(a, Tracer) and a._trace is self:
                raw.append(a._value)
                inputs.append(a._aux)
                reads.append(a._aux)
            elif type(a) in _LITERALS or _is_literal(a):
                raw.append(a)
                inputs.append(a)
            else:
                raw.append(self.bare_parts(a))
                inputs.append(self.symbol(a))
                reads += variables_in(inputs[-1])
        return raw, tuple(inputs), reads

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
        if found is None and x.base is not None and self._is_kept(x.base):
            found = self.literals[id(x)] = x, x
        if found is None or not (found[1] is x or _same(found[1], x)):
            self.literals[id(x)] = found = (x, x.copy())
        return found[1]

    def _is_kept(self, x: Any) -> bool:
        """Whether nobody writes to an array."""
        found = self.literals.get(id(x))
        return found is not None and found[0] is found[1] is x

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
        """Return the equations that the outputs and the branches need, and the branches."""
        needed = {v for v in outputs if isinstance(v, Variable)} | {branch.variable for branch in self.branches}
        kept = []
        for equation in reversed(self.equations):
            outs = equation.outputs
            if outs[0] in needed or (len(outs) > 1 and not needed.isdisjoint(outs)):
                needed.update(equation.reads)
                kept.append(equation)
        kept.reverse()
        return kept, _once(self.branches)

    def named(self, equations: list[Equation]) -> None:
        """Name all variables of equations."""
        names = fresh_names({v.name for v in self.inputs})
        for v in itertools.chain(self.inputs, *(equation.outputs for equation in equations)):
            if v is not None and not v.name:
                v.name = next(names)


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


def _is_literal(a: Any) -> bool:
    """Whether a slice or a tuple holds plain numbers alone."""
    kind = type(a)
    if kind is slice:
        return type(a.start) in _LITERALS and type(a.stop) in _LITERALS and type(a.step) in _LITERALS
    return kind is tuple and _LITERALS.issuperset(map(type, a))


def _same(a: Any, b: Any) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return a.dtype != object and bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def _shares(y: Any, raw: Any) -> bool:
    """Whether a part of a value shows the memory of an argument."""
    arrays = [a for a in map(peek, flatten(raw)[0]) if isinstance(a, np.ndarray)]
    return any(isinstance(part, np.ndarray) and np.may_share_memory(part, a) for part in map(peek, flatten(y)[0]) for a in arrays)
