"""The words in which derivatives are declared. One row a function; every interpreter reads the same row.

Letters: ``x`` input, ``y`` output, ``t`` tangent (shaped as x), ``g`` cotangent (shaped as y).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import ExamplesDiffer
from .numbers import of_numpy
from .signatures import name_of, parameters, positional, reads, takes_any_keyword, union

__all__ = ["TABLE", "Like", "Row", "composite", "constant", "decomposed", "elementwise", "linear", "multilinear", "unsupported"]

TABLE: dict[Any, Row] = {}
"""NumPy's or SciPy's own function object -> its row."""

ONE, MINUS_ONE = 1, -1  # the literals that rows are declared with; they cost nothing
_COMMON = frozenset({"out"})


class Like:
    """Stands in for an array of which a rule may read only the form: shape, dtype, ndim and size."""

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = shape, dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        n = 1
        for k in self.shape:
            n *= k
        return n


class Row:
    """The derivative of one function, as the mathematical kind of that function.

    Parameters
    ----------
    function : callable
        The function object that users call.
    rules : tuple or callable
        One rule for each argument (None: no derivative in it), or one callable ``rule(i, ...)`` for variadic functions.
    domain : tuple, optional
        For the table's self-test: interval from which each argument is drawn, one for each, or a callable ``domain(rng)`` giving ``(args, kwargs)``.
    selective : bool
        An entry whose coefficient is zero was not chosen: its derivative is a structural zero.
    views : bool
        The value may share memory with the first argument, as NumPy's view does.
    form_only : tuple of int
        Arguments of which the rules read only the form; the rules do not read y either.
    add_into : callable, optional
        ``add_into(total, g, *rest)`` adds the cotangent of the first argument to an array that is there already.
    reuse : callable, optional
        ``reuse(g, *args)`` makes the cotangent of the first argument in the memory of g.
    push_into : callable, optional
        ``push_into(t, v, *rest)`` makes the tangent in the memory of that of the first argument.
    onto : bool or tuple of int
        The arguments (True: the first, or all of a variadic function) every entry of which reaches y, so that the transpose makes no structural zeros.
    mixes : bool
        Zeros, or entries of several arguments, may come between the entries of one argument.
    compact : bool
        The transpose takes a cotangent that still has to be broadcast.
    direct : callable, optional
        Evaluates the function of one plain array faster than through NumPy's dispatch.
    weight : float, optional
        What the transpose gives every entry of the argument for a cotangent 1 of the scalar result.
    foreign : bool
        The rules are a user's: what they return may be shared with somebody.
    batch : str or callable, optional
        How the function is evaluated for a batch of examples at once, in a word of `words.py`; without one, for each example by itself.
    notes : str
        A remark for the coverage page.
    """

    kind = "row"
    push: Any = None  # rows that take all tangents at once
    pull: Any = None  # rows that give all cotangents at once
    batch: Any = None
    together: Any = None  # together(which, y, *args): partials of an elementwise row that share work, by argument; nothing else holds these arrays
    fixed: Any = None  # True: the partials take no longer than copies; or fixed(y, *args): the row and the other arguments of the derivative at a point (None: no such)
    choose: Any = None  # rows whose value is one of several that are equally right
    write_back: Any = None  # write_back(x, y): x when its view y has been written to, where that is not the transpose
    settle: Any = None  # brings keywords that refer to the memory of an array into a form that does not

    def __init__(self, function: Callable[..., Any], rules: Any, *, domain: Any = None, selective: bool = False, views: bool = False,
                 form_only: tuple[int, ...] = (), add_into: Any = None, reuse: Any = None, push_into: Any = None, onto: bool | tuple[int, ...] = False,
                 compact: bool = False, mixes: bool = False, direct: Any = None, weight: float | None = None, foreign: bool = False,
                 batch: Any = None, name: str | None = None, notes: str = "") -> None:
        self.function, self.rules, self.domain = function, rules, domain
        self.selective, self.views, self.notes, self.foreign = selective, views, notes, foreign
        self.form_only, self.add_into, self.reuse = form_only, add_into, reuse
        self.onto, self.compact, self.direct, self.push_into, self.weight = onto, compact, direct, push_into, weight
        entrywise = self.kind == "elementwise" or (isinstance(function, np.ufunc) and function.signature is None)
        self.batch = None if foreign else "entries" if batch is None and entrywise else batch
        self.name = name or name_of(function)
        self.variadic = callable(rules)
        samples: list[Any] = [rules] if self.variadic else [rule for rule in rules if callable(rule)]
        self.open_ended = any(takes_any_keyword(rule) for rule in samples)
        self.keywords = frozenset().union(*(parameters(rule) for rule in samples)) | _COMMON if samples else _COMMON
        self.parameters = positional(function)
        self.array_names = frozenset(self.parameters[: len(rules)]) if not self.variadic else frozenset()
        self.multiple = self.creates = False
        self.mixes = mixes or self.variadic or sum(rule is not None for rule in rules) > 1
        self._keeps: dict[int, tuple[bool, frozenset[int] | None]] = {}

    @property
    def owner(self) -> Any:
        """What the row is about, by identity."""
        return self

    def transposes(self, active: Any) -> bool:
        """Whether the VJP in one of a tape entry's active arguments is found by transposing the JVP."""
        return False

    def reaches(self, i: int) -> bool:
        """Whether every entry of argument i reaches y."""
        return i in self.onto if isinstance(self.onto, tuple) else self.onto and (i == 0 or self.variadic)

    def differentiable(self, i: int) -> bool:
        """Whether argument i has a rule."""
        return self.variadic or (i < len(self.rules) and self.rules[i] is not None)

    def jvp(self, i: int, t: Any, y: Any, args: Any, kwargs: Any) -> Any:
        """Tangent of y for tangent t of argument i."""
        raise NotImplementedError

    def vjp(self, i: int, g: Any, y: Any, args: Any, kwargs: Any) -> Any:
        """Cotangent of argument i, before un-broadcasting, for cotangent g of y."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


class Elementwise(Row):
    """One partial derivative for each argument: a number, or ``partial(y, *args)``."""

    kind = "elementwise"

    def partial(self, i: int, y: Any, args: Any, kwargs: Any) -> Any:
        """Return the derivative of y in argument i."""
        rule = self.rules[i]
        if not callable(rule):
            return rule
        try:
            return rule(y, *args, **kwargs)
        except ExamplesDiffer as differ:
            return differ.each(rule, (y, *args), kwargs)
        except (ZeroDivisionError, OverflowError):  # Python's numbers raise where NumPy's give the infinity
            with np.errstate(all="ignore"):
                return rule(*map(of_numpy, (y, *args)), **kwargs)

    def jvp(self, i: int, t: Any, y: Any, args: Any, kwargs: Any) -> Any:
        p = self.partial(i, y, args, kwargs)
        return t if p is ONE else -t if p is MINUS_ONE else t * p

    vjp = jvp  # type: ignore[assignment]

    def keeps(self, active: tuple[int, ...]) -> tuple[bool, frozenset[int] | None]:
        """Which of y and the arguments the partials of the active arguments read (None: all of them)."""
        found = self._keeps.get(active)  # type: ignore[call-overload]
        if found is None:
            found = self._keeps[active] = union([reads(self.rules[i]) for i in active])  # type: ignore[index]
        return found


class Linear(Row):
    """Linear in all its differentiable arguments together: the JVP is the function itself, with zeros for arguments that do not vary.

    One transpose ``transpose(g, *args)`` for each argument (None: a static one), which may read only the form of the arguments.
    """

    kind = "linear"

    def __init__(self, function: Callable[..., Any], transposes: Any, *, jvp: Callable[..., Any] | None = None, **options: Any) -> None:
        form_only = () if callable(transposes) else tuple(i for i, rule in enumerate(transposes) if rule is not None)
        super().__init__(function, transposes, form_only=form_only, **options)
        self._jvp = jvp

    def push(self, tangents: dict[int, Any], y: Any, args: Any, kwargs: Any) -> Any:
        """Tangent of y for the tangents of the arguments that vary."""
        moved = [tangents[i] if i in tangents else np.zeros(*_form(a)) if self.differentiable(i) else a for i, a in enumerate(args)]
        return (self._jvp or self.function)(*moved, **kwargs)

    def jvp(self, i: int, t: Any, y: Any, args: Any, kwargs: Any) -> Any:
        return self.push({i: t}, y, args, kwargs)

    def vjp(self, i: int, g: Any, y: Any, args: Any, kwargs: Any) -> Any:
        return self.rules(i, g, *args, **kwargs) if self.variadic else self.rules[i](g, *args, **kwargs)


def _form(a: Any) -> tuple[Any, Any]:
    return (a.shape, a.dtype) if hasattr(a, "dtype") else (np.shape(a), float)


class Multilinear(Row):
    """Linear in each of its arguments: the JVP replaces one argument by its tangent; one VJP for each argument."""

    kind = "multilinear"

    def jvp(self, i: int, t: Any, y: Any, args: Any, kwargs: Any) -> Any:
        return self.function(*args[:i], t, *args[i + 1:], **kwargs)

    def vjp(self, i: int, g: Any, y: Any, args: Any, kwargs: Any) -> Any:
        return self.rules(i, g, *args, **kwargs) if self.variadic else self.rules[i](g, *args, **kwargs)


class Composite(Row):
    """Any other function: the JVP ``rule(t, y, *args)``; its VJP is found by transposing that, or given as a shortcut.

    ``pull(active, g, y, args, kwargs)`` gives the cotangents of several arguments, which share work, as a list; ``push(tangents, y, args, kwargs)`` the whole tangent.
    ``choose(t, y, *args)`` gives, of several values that are equally right, the one that has a derivative in the direction t of the first argument: y itself
    where it has. ``turn(k, y, *args)`` gives the k-th other one, k = 1, 2, ..., and ``told(others, g, y, *args)`` the cotangent of the first argument of a
    function that does not depend on the choice, with ``others(k)`` for the k-th other value and its cotangent.
    """

    kind = "composite"

    def __init__(self, function: Callable[..., Any], *rules: Any, vjp: Any = None, push: Any = None, pull: Any = None, choose: Any = None, turn: Any = None,
                 told: Any = None, multiple: bool = False, **options: Any) -> None:
        self.push, self.choose, self.turn, self.told = push, choose, turn, told
        if pull is not None:
            self.pull = lambda *args: _asked(pull, *args)
            vjp = [None if rule is None else _one_of(pull, i) for i, rule in enumerate(rules)]
        if not rules and vjp is not None:
            rules = tuple(None for _ in vjp)
            self.forward: Any = rules
            super().__init__(function, tuple(vjp), **options)
        else:
            super().__init__(function, rules, **options)
            self.forward = rules
        self.backward: tuple[Any, ...] = tuple(vjp) if vjp is not None else (None,) * len(rules)
        self.multiple = multiple

    def jvp(self, i: int, t: Any, y: Any, args: Any, kwargs: Any) -> Any:
        rule = self.forward[i]
        if rule is None:
            return transposed(lambda g: _asked(self.backward[i], g, y, *args, **kwargs), y, t, self)
        return _asked(rule, t, y, *args, **kwargs)

    def vjp(self, i: int, g: Any, y: Any, args: Any, kwargs: Any) -> Any:
        rule = self.backward[i]
        if rule is None:
            return transposed(lambda t: _asked(self.forward[i], t, y, *args, **kwargs), args[i], g, self)
        return _asked(rule, g, y, *args, **kwargs)

    def transposes(self, active: Any) -> bool:
        return any(self.backward[i] is None for i, _, _ in active)


def _one_of(pull: Any, i: int) -> Callable[..., Any]:
    return lambda g, y, *args, **kwargs: pull((i,), g, y, args, kwargs)[0]


def _asked(rule: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Evaluate a rule, for each example by itself where it decides by values."""
    try:
        return rule(*args, **kwargs)
    except ExamplesDiffer as differ:
        return differ.each(rule, args, kwargs)


class Constant(Row):
    """A function whose derivative is zero wherever it exists."""

    kind = "constant"

    def differentiable(self, i: int) -> bool:
        return True


class Decomposed(Row):
    """A function written in terms of functions that have rows: ``body(*args)`` with the user's own arguments."""

    kind = "decomposed"


class Unsupported(Row):
    """A function without a derivative rule, and why."""

    kind = "unsupported"


def elementwise(function: Callable[..., Any], *partials: Any, **options: Any) -> Row:
    """Declare a function that acts entry by entry, by one partial for each argument: ``partial(y, *args)``, 1, -1, or None."""
    return _declare(Elementwise(function, partials, **options))


def linear(function: Callable[..., Any], *transposes: Any, **options: Any) -> Row:
    """Declare a linear function, by one transpose ``transpose(g, *args)`` each (None: static), or ``transpose(i, g, *args)`` for all with ``variadic=True``."""
    return _declare(Linear(function, transposes[0] if options.pop("variadic", False) else transposes, **options))


def multilinear(function: Callable[..., Any], *transposes: Any, **options: Any) -> Row:
    """Declare a function linear in each argument, by one transpose ``transpose(g, *args)`` each, or one ``transpose(i, g, *args)`` for all."""
    return _declare(Multilinear(function, transposes[0] if options.pop("variadic", False) else transposes, **options))


def composite(function: Callable[..., Any], *jvps: Any, **options: Any) -> Row:
    """Declare any other function, by its JVP ``jvp(t, y, *args)`` in each argument; ``vjp=`` only as a measured shortcut."""
    return _declare(Composite(function, *jvps, **options))


def constant(*functions: Callable[..., Any], creates: bool = False, batch: Any = None, notes: str = "") -> None:
    """Declare functions that are piecewise constant: their derivative is zero wherever it exists.

    ``creates``: the result is a new array that traced values may be written to, such as ``np.zeros_like(x)``.
    """
    for function in functions:
        _declare(Constant(function, (), batch=batch, notes=notes)).creates = creates


def decomposed(function: Callable[..., Any], body: Callable[..., Any], **options: Any) -> Row:
    """Declare a function as a composition of functions that have rows: ``body(*args)``."""
    row = Decomposed(function, (body,), **options)
    row.function = function
    return _declare(row)


def unsupported(*functions: Callable[..., Any], because: str) -> None:
    """Declare functions that have no rule, and why."""
    for function in functions:
        _declare(Unsupported(function, (), notes=because))


def _declare(row: Row) -> Row:
    if row.function in TABLE:
        raise ValueError(f"{row.name} has a row already; a derivative is written once")
    TABLE[row.function] = row
    return row


def transposed(function: Callable[[Any], Any], at: Any, g: Any, by: Any = None) -> Any:
    """Apply the transpose of a linear function to a cotangent. The reverse interpreter puts itself in here."""
    raise NotImplementedError
