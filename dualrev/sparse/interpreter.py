"""The pattern interpreter: values with their index sets, which tell on which inputs each entry may depend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.equations import mapped, numeric
from ..core.errors import NoRuleError, at_line, user_line
from ..core.indexing import getitem
from ..core.inplace import note_view
from ..core.objects import arrays_of
from ..core.quiet import hush, unhush
from ..core.recorded import Discrete, SizedDiscrete
from ..core.recording import FORMS
from ..core.rows import Row
from ..core.tracer import Sized, Trace, Tracer, is_scalar, meta, raise_argument, raise_dead
from ..core.tree import LEAF, flatten, regrouped, unflatten
from . import mixing, moving
from .sets import Sets, union
from .structure import STRUCTURE, everywhere

__all__ = ["PatternTrace", "Patterned", "SizedPatterned"]

_ = (mixing, moving)  # the words


class PatternTrace(Trace):
    """Carries index sets along with values.

    Parameters
    ----------
    width : int
        How many inputs there are.
    local : bool
        The pattern at this point, with the branches that ``where``, ``maximum`` and their like choose here. Otherwise every mask or index that
        is computed from the inputs is followed as well, as something that may come out differently, and only what Python decides is fixed.
    """

    __slots__ = ("decisions", "derives", "followed", "local", "running", "width")
    name = "pattern"

    def __init__(self, width: int, local: bool) -> None:
        Trace.__init__(self)
        self.width, self.local, self.derives = width, local, local
        self.decisions: list[str] = []
        self.running: list[tuple[Row, Any]] = []  # decomposed functions that are being evaluated, with their arguments
        self.followed: list[Row] = []  # composite functions whose tangent rules are being evaluated

    def input(self, value: Any, first: int) -> Any:
        """Make an input whose entries are numbered from ``first``."""
        shape = meta(value)[0]
        size = int(np.prod(shape, dtype=int))
        return self.value(value, Sets(np.arange(first + 1, first + size + 1).reshape(shape), None, self.width))

    def value(self, value: Any, sets: Sets | None) -> Any:
        """Make a value with index sets; None for no dependence."""
        return self._made(Patterned if is_scalar(value) else SizedPatterned, value, sets)

    def constant(self, value: Any) -> Tracer:
        return self.value(value, None)

    def varying(self, value: Any) -> Any:
        """Make a value without derivatives that may be another one at another point."""
        return value if self.local else self._made(Discrete if is_scalar(value) else SizedDiscrete, value, None)

    def _made(self, kind: Any, value: Any, sets: Any) -> Any:
        result: Any = Tracer.__new__(kind)
        result._trace, result._value, result._aux = self, value, sets
        result._support = result._alias = None
        return result

    def process(self, row: Row, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if not self.alive:
            raise_dead()
        if row.kind == "decomposed":
            return self._decomposed(row, call, args, kwargs)
        if row.kind != "constant" and any(type(a) in (list, tuple) and self._smooth(a) for a in args):
            args = arrays_of(row, args)
        active = {i: a._aux for i, a in enumerate(args) if isinstance(a, Patterned) and a._trace is self}
        raw, options = [self._bare(a) for a in args], self._bare(kwargs)
        if row.kind == "constant":
            y = call(*raw, **options)
            return self.constant(y) if row.creates else y if row.function in FORMS else self._discrete(y)
        self._require_rules(row, args, kwargs, active)
        y = call(*raw, **options)
        if not active:
            return self._discrete(y)
        silence = hush()
        try:
            result = self._followed(row, y, args, kwargs, {i: sets for i, sets in active.items() if sets is not None}, raw)
        finally:
            unhush(silence)
        if row.views and isinstance(result, Sized):
            note_view(row, args, kwargs, result)
        return result

    def _decomposed(self, row: Any, call: Any, args: Any, kwargs: Any) -> Any:
        """Evaluate the steps of a function; where these ask for the function itself at its own arguments, it is for the plain value."""
        if any(known is row and len(given) == len(args) and all(a is b for a, b in zip(given, args, strict=True)) for known, given in self.running):
            return self._discrete(call(*(self._bare(a) for a in args), **self._bare(kwargs)))
        self.running.append((row, args))
        try:
            return row.rules[0](*args, **kwargs)
        finally:
            self.running.pop()

    def _require_rules(self, row: Row, args: Any, kwargs: Any, active: Any) -> None:
        for i in active:
            if not row.differentiable(i):
                raise_argument(row, i)
        for name, value in kwargs.items():
            if self._smooth(value):
                raise NoRuleError(f"{row.name} has no derivative rule for the keyword {name!r} when it carries a derivative{at_line()}. "
                                  "Pass a plain value, or dualrev.stop_gradient(x).")

    def _smooth(self, tree: Any) -> bool:
        found: list[bool] = []
        mapped(lambda x: found.append(isinstance(x, Patterned) and x._trace is self), tree)
        return any(found)

    def _bare(self, tree: Any) -> Any:
        return mapped(lambda x: x._value if isinstance(x, Tracer) and x._trace is self else x, tree)

    def _discrete(self, y: Any) -> Any:
        """Mark every numeric part of a result as something that may come out differently."""
        leaves, structure = ([y], LEAF) if isinstance(y, (np.ndarray, np.generic, Tracer, float)) else flatten(y)
        return unflatten(structure, [self.varying(leaf) if numeric(leaf) else leaf for leaf in leaves])

    def _followed(self, row: Any, y: Any, args: Any, kwargs: Any, active: dict[int, Sets], raw: Any) -> Any:
        """Find the index sets of a result."""
        if not active:
            return self._several(y, [None] * len(y)) if row.multiple else self.value(y, None)
        structure = STRUCTURE.get(row.function)
        if row.function is getitem and isinstance(raw[1], np.ndarray) and raw[1].dtype == bool and isinstance(args[1], Tracer):
            self.decisions.append(user_line())  # how many entries a mask reads
        if row.kind == "elementwise":
            return self.value(y, self._entrywise(row, y, active, raw, self._bare(kwargs)))
        if structure is not None:
            return self.value(y, structure(meta(y)[0], active, raw, self._bare(kwargs), self._varies(args, kwargs)))
        if row.kind in ("composite", "joint"):
            return self._by_tangents(row, y, args, kwargs, active)
        return self._all_mixed(row, y, active)

    def _varies(self, args: Any, kwargs: Any) -> Callable[[Any], bool]:
        """Tell which arguments, by position, keyword or part of an index, may be others at another point."""
        def varies(which: Any) -> bool:
            if isinstance(which, int):
                a = args[which]
            elif isinstance(which, str):
                a = kwargs.get(which)
            else:
                i, k = which
                a = args[i][k] if type(args[i]) is tuple else args[i]
            found: list[bool] = []
            mapped(lambda x: found.append(isinstance(x, Tracer) and x._trace is self), a)
            return any(found)

        return varies

    def _entrywise(self, row: Any, y: Any, active: dict[int, Sets], raw: Any, options: Any) -> Sets | None:
        total: Sets | None = None
        for i, sets in active.items():
            part: Any = sets.spread(meta(y)[0])
            if self.local and row.selective:
                part = part.like(np.where(np.equal(row.partial(i, y, raw, options), 0), 0, part.codes))
            total = union(total, part)
        return total

    def _by_tangents(self, row: Any, y: Any, args: Any, kwargs: Any, active: dict[int, Sets]) -> Any:
        """The result depends on what its tangent, which is linear in those of the arguments, depends on.

        Where a rule comes back to its own function, as the derivative of a matrix exponential is one of a larger matrix, all entries are taken to mix.
        """
        if any(known is row for known in self.followed):
            return self._all_mixed(row, y, active)
        fixed = [self.varying(a._value) if isinstance(a, Patterned) and a._trace is self else a for a in args]
        at = regrouped(y, [self.varying(part) for part in y]) if row.multiple else self.varying(y)
        moving = {i: self.value(np.ones(*meta(args[i])), sets) for i, sets in active.items()}
        self.followed.append(row)
        try:
            if row.push is not None:
                found = [row.push(moving, at, fixed, kwargs)]
            else:
                found = [row.jvp(i, t, at, fixed, kwargs) for i, t in moving.items()]
        except Exception:  # a rule that needs the numbers of a tangent: no structure is known, so that all entries are taken to mix
            return self._all_mixed(row, y, active)
        finally:
            self.followed.pop()
        if not row.multiple:
            return self.value(y, self._sum_of(found, y))
        return self._several(y, [self._sum_of([part[k] for part in found], whole) for k, whole in enumerate(y)])

    def _sum_of(self, tangents: Any, y: Any) -> Sets | None:
        total: Sets | None = None
        for t in tangents:
            if isinstance(t, Patterned) and t._aux is not None:
                total = union(total, t._aux.spread(meta(y)[0]))
        return total

    def _several(self, y: Any, sets: Any) -> Any:
        return regrouped(y, [self.value(part, one) for part, one in zip(y, sets, strict=True)])

    def _all_mixed(self, row: Any, y: Any, active: dict[int, Sets]) -> Any:
        """Every entry of the result may depend on every entry of the arguments."""
        if not row.multiple:
            return self.value(y, everywhere(meta(y)[0], active))
        return self._several(y, [everywhere(meta(part)[0], active) for part in y])

    def passive(self, x: Any) -> Any:
        return x._value if self.local else x

    def takes(self, row: Row) -> bool:
        return not self.local

    def bare(self, x: Any) -> Any:
        """Hand the value to somebody who goes on with it, and note that the pattern holds only for that value."""
        self.decisions.append(user_line())
        return x._value

    def truth(self, x: Any) -> bool:
        """Decide a condition, and note the line."""
        self.decisions.append(user_line())
        return bool(x._value)


class Patterned(Tracer):
    """A scalar with its index set."""

    __slots__ = ()


class SizedPatterned(Sized, Patterned):
    """An array with its index sets."""

    __slots__ = ()
