"""Reverse mode: `vjp`, `grad` and their kin."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.borrowing import Borrowed
from ..core.choices import remember
from ..core.debugging import active
from ..core.explaining import explain_objects
from ..core.forward import Dual
from ..core.numbers import REALS
from ..core.reverse import Node, Tape
from ..core.tracer import meta
from ..core.tree import LEAF, unflatten
from ..core.walk import walk_back, walk_one
from ..core.watch import explain, fingerprints, recheck, verify
from .arguments import EVERY, Selection, called, is_bare, like_input, named, output_leaves, require_callable, same_structure

__all__ = ["elementwise_grad", "grad", "value_and_grad", "vjp"]


def record(f: Callable[..., Any], selection: Selection, transform: str, has_aux: bool, keeps: bool = False, borrowed: Borrowed | None = None,
           tape: Tape | None = None) -> tuple[Any, ...]:
    """Run a function on a tape, a given one or a new one.

    Returns
    -------
    entries, inputs, outputs, structure, aux, watched
        The tape's entries; (place, form) of each input; the result's leaves; their structure; the extra result; arrays that must not change.
    """
    tape = tape or Tape()
    tape.keeps = keeps
    if borrowed is not None:
        borrowed.begin(f"dualrev.{transform}", tape)
    try:
        given = selection.leaves
        inputs = list(enumerate(map(meta, given)))
        y = selection.call(f, [tape.input(x) for x in given])
        aux = None
        if has_aux:
            y, aux = split_aux(y, f, transform)
        leaves, structure = output_leaves(y, f, transform)
        outputs = [(leaf._aux, leaf._value) if isinstance(leaf, Node) and leaf._trace is tape else (None, tape.strip(leaf)) for leaf in leaves]
        aux = plain(aux, tape) if has_aux else None
    except Exception as error:
        explain(error, tape.watched)
        explain_objects(error)
        raise
    finally:
        entries = tape.close()
    if tape.watched is not None:
        recheck(tape.watched)
        if borrowed is not None:
            tape.watched = borrowed.others(tape.watched)
    if tape.choices is not None and tape.turned is None:
        remember(tape, _turning(f, selection, transform, has_aux, keeps), outputs)
    return entries, inputs, outputs, structure, aux, tape.watched


def _turning(f: Callable[..., Any], selection: Selection, transform: str, has_aux: bool, keeps: bool) -> Callable[..., tuple[Any, ...]]:
    """What records a function again, at the same point, with other choices of values that are one of several."""
    selection = selection.copied()

    def again(turned: Any) -> tuple[Any, ...]:
        tape = Tape(turned)
        entries, _, outputs, _, _, _ = record(f, selection, transform, has_aux, keeps, tape=tape)
        return entries, [choice for choice, _, _ in tape.choices or ()], outputs

    return again


def own(x: Any) -> Any:
    """A copy of a plain array; anything else as it is."""
    return x.copy("K") if type(x) is np.ndarray else x


def released(values: list[Any]) -> list[Any]:
    """The values of a result, each in memory of its own: copies of those that the tape, the caller or another array holds as well."""
    return [own(values[k]) if type(values[k]) is np.ndarray and (values[k].base is not None or sys.getrefcount(values[k]) > _ALONE) else values[k] for k in range(len(values))]


def _measure_alone() -> int:
    """Count the references to an array that a list alone holds; interpreters differ."""
    values = [np.zeros(1), np.zeros(1)]
    return max(sys.getrefcount(values[k]) for k in range(2))


_ALONE = _measure_alone()


def split_aux(y: Any, f: Any, transform: str) -> tuple[Any, Any]:
    """Separate the extra result from the one that is differentiated."""
    if not isinstance(y, tuple) or len(y) != 2:
        raise TypeError(f"{transform}: with has_aux=True, {named(f)} must return a pair (value, aux), got {type(y).__name__}")
    return y


def plain(aux: Any, trace: Any) -> Any:
    """Take the derivatives of a trace off an extra result."""
    from ..core.tree import flatten

    if aux is None:
        return None
    leaves, structure = flatten(aux)
    return unflatten(structure, [trace.strip(leaf) for leaf in leaves])


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Evaluate a function and return its pullback, the vector-Jacobian product at that point.

    Parameters
    ----------
    f : callable
        Any function of arrays, numbers or containers of them.
    *primals
        Where to evaluate it; every argument is differentiated.
    has_aux : bool
        f returns a pair (value, aux) and only the value is differentiated.

    Returns
    -------
    y
        The value of f.
    pullback : callable
        ``pullback(ct)`` with ct in the form of y returns a tuple of cotangents, one for each primal, in its form. It may be called often.
    aux
        Only with ``has_aux``.

    Raises
    ------
    TypeError, ValueError
        If a primal, the result or ct has the wrong type or shape.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> y, pullback = dr.vjp(lambda a, b: a * b, np.array([1.0, 2.0]), 3.0)
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 3., 30.]), 21.0)

    References
    ----------
    A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 3.2.
    """
    require_callable(f, "vjp")
    selection = Selection(f, EVERY, primals, {}, "vjp")
    borrowed = Borrowed(selection.leaves, [] if has_aux else selection.given)  # the pullback may be called after the caller has changed them
    selection.leaves = borrowed.leaves
    entries, inputs, outputs, structure, aux, watched = record(f, selection, "vjp", has_aux, borrowed=borrowed)
    places, values = map(list, zip(*outputs, strict=True)) if outputs else ([], [])
    del outputs
    forms = [meta(value) for value in values]
    borrowed.fix(entries, values)
    y = unflatten(structure, released(values))
    del values
    remembered = fingerprints(watched) + borrowed.settle(entries)

    def pullback(ct: Any) -> tuple[Any, ...]:
        verify(remembered)
        seeds = same_structure(ct, structure, forms, "cotangent", "vjp")
        pairs = [(place, g) for place, g in zip(places, seeds, strict=True) if place is not None]
        return selection.result(walk_back(entries, pairs, inputs, free=False))

    return (y, pullback, aux) if has_aux else (y, pullback)


def value_and_grad(f: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that gives the value of f and its gradient.

    Parameters
    ----------
    f : callable
        A function with a real scalar result.
    argnums : int, str, or tuple of these
        The arguments to differentiate, by position or parameter name; a tuple gives a tuple of gradients.
    has_aux : bool
        f returns a pair (value, aux).

    Returns
    -------
    callable
        Takes the arguments of f; returns (value, gradient), or ((value, aux), gradient) with ``has_aux``. The gradient has the form of the argument.

    Raises
    ------
    TypeError, ValueError
        If the result is not a real scalar, or an argument is not numeric.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> value, gradient = dr.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> float(value), gradient
    (5.0, array([2., 4.]))
    """
    require_callable(f, "grad")

    @functools.wraps(f, updated=())
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        return evaluate(f, argnums, args, kwargs, has_aux)

    return value_and_gradient


def evaluate(f: Callable[..., Any], argnums: Any, args: tuple[Any, ...], kwargs: dict[str, Any], has_aux: bool, transform: str = "grad", valued: bool = True,
             moved: bool = False) -> Any:
    """Return the value (with aux) of a scalar function and its gradient. A value that nobody asks for is forgotten first: its tangent may hold much.

    ``moved``: of a gradient that is dual, only the tangent is wanted.
    """
    if not has_aux and type(argnums) is int and 0 <= argnums < len(args) and is_bare(args[argnums]):
        return _evaluate_bare(f, argnums, args, kwargs, transform, valued, moved)
    selection = Selection(f, argnums, args, kwargs, transform)
    entries, inputs, outputs, structure, aux, _ = record(f, selection, transform, has_aux)
    place, value = _scalar(outputs, structure, f, transform)
    dtype, value = meta(value)[1], value if valued else None
    del outputs
    gradient = selection.result(_pulled(entries, inputs, place, dtype))
    return ((value, aux) if has_aux else value), gradient


def _pulled(entries: Any, inputs: Any, place: Any, dtype: Any, unread: Any = None) -> list[Any]:
    return walk_back(entries, [] if place is None else [(place, np.ones((), dtype)[()])], inputs, free=True, unread=unread)


def _evaluate_bare(f: Callable[..., Any], argnum: int, args: tuple[Any, ...], kwargs: dict[str, Any], transform: str, valued: bool, moved: bool) -> Any:
    """The same for one argument that is an array or a number, past `Selection`: the frequent case, in which every microsecond shows."""
    x = args[argnum]
    tape = Tape()
    node = tape.input(x)
    try:
        if active.get() is None and len(args) == 1:
            y = f(node, **kwargs)
        else:
            y = called(f, (*args[:argnum], node, *args[argnum + 1:]), kwargs)
        last = isinstance(y, Node) and y._trace is tape and type(y._value) in REALS and 0 < y._aux == len(tape.entries) - 1
        leaves, structure = ([y], LEAF) if last else output_leaves(y, f, transform)
    except Exception as error:
        explain(error, tape.watched)
        explain_objects(error)
        raise
    finally:
        entries = tape.close()
    if tape.watched is not None:
        recheck(tape.watched)
    form = (x.shape, x.dtype) if type(x) is np.ndarray else meta(x)
    if last and tape.choices is None:
        return y._value, like_input(walk_one(entries, form), x)
    outputs = [(leaf._aux if isinstance(leaf, Node) and leaf._trace is tape else None, tape.strip(leaf)) for leaf in leaves]
    place, value = _scalar(outputs, structure, f, transform)
    if tape.choices is not None:
        remember(tape, _turning(f, Selection(f, argnum, args, kwargs, transform), transform, False, False), [(place, value)])
    dtype, value = meta(value)[1], value if valued else None
    del y, leaves, outputs
    return value, like_input(_pulled(entries, [(0, form)], place, dtype, x._trace if moved and isinstance(x, Dual) else None)[0], x)


def _scalar(outputs: Any, structure: Any, f: Any, transform: str) -> Any:
    """Check that a function has one real scalar result."""
    if structure.kind is not None:
        raise TypeError(f"{transform}: {named(f)} returned a {structure.kind.__name__}; the gradient needs one real scalar. "
                        "Use dualrev.vjp or dualrev.jacobian, or has_aux=True for extra results.")
    place, value = outputs[0]
    shape, dtype = meta(value)
    if shape != ():
        raise ValueError(f"{transform}: the result of {named(f)} has shape {shape}; the gradient needs a scalar. "
                         "Use dualrev.jacobian, dualrev.elementwise_grad or dualrev.vjp, or reduce it with np.sum.")
    if dtype.kind == "c":
        raise TypeError(f"{transform}: the result of {named(f)} is complex; the gradient needs a real scalar. "
                        "Use np.real, np.abs(y)**2, or dualrev.derivative for a holomorphic function.")
    return place, value


def grad(f: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """Return the gradient of a scalar function, by reverse mode: one pass whatever the number of variables.

    Parameters
    ----------
    f : callable
        A function with a real scalar result.
    argnums : int, str, or tuple of these
        The arguments to differentiate, by position or parameter name; a tuple gives a tuple of gradients.
    has_aux : bool
        f returns a pair (value, aux), and the gradient function a pair (gradient, aux).

    Returns
    -------
    callable
        Takes the arguments of f; returns the gradient in the form of the argument. At a complex point it is df/dx - i df/dy.

    Raises
    ------
    TypeError, ValueError
        If the result is not a real scalar, or an argument is not numeric.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.grad(lambda x: np.sum(np.sin(x) * x))(np.array([0.0, np.pi]))
    array([ 0.        , -3.14159265])
    """
    require_callable(f, "grad")

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, g = evaluate(f, argnums, args, kwargs, has_aux, valued=False)
        return (g, value[1]) if has_aux else g

    return gradient


def elementwise_grad(f: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """Return the entry-by-entry derivative of a function that acts entry by entry: the gradient of the sum of its results.

    Parameters
    ----------
    f : callable
        A function whose result has the shape of the argument.
    argnums : int, str, or tuple of these
        The arguments to differentiate.

    Returns
    -------
    callable
        Takes the arguments of f; returns the derivative in the form of the argument.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.elementwise_grad(np.sin)(np.array([0.0, np.pi]))
    array([ 1., -1.])
    """
    require_callable(f, "elementwise_grad")

    @functools.wraps(f, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        selection = Selection(f, argnums, args, kwargs, "elementwise_grad")
        entries, inputs, outputs, _, _, _ = record(f, selection, "elementwise_grad", False)
        seeds = [(place, np.ones(*meta(value))[()]) for place, value in outputs if place is not None]
        return selection.result(walk_back(entries, seeds, inputs, free=True))

    return derivative


