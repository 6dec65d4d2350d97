"""Forward mode: `jvp`, `derivative`, `linearize`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.advance import last_readers, walk_on
from ..core.borrowing import Borrowed
from ..core.choices import EQUAL
from ..core.debugging import active
from ..core.explaining import explain_objects
from ..core.forward import Dual, ForwardTrace
from ..core.prepared import prepared
from ..core.tangents import formed
from ..core.tracer import Tracer, meta, passive
from ..core.tree import unflatten
from ..core.watch import fingerprints, verify
from .arguments import EVERY, Selection, like_input, named, output_leaves, require_callable, same_structure
from .blocks import plain_values
from .reversemode import plain, record, released, split_aux

__all__ = ["derivative", "jvp", "linearize"]


def push(f: Callable[..., Any], selection: Selection, tangents: list[Any], transform: str, has_aux: bool = False) -> tuple[Any, ...]:
    """Run a function on dual numbers; return its result's leaves, their tangents, the structure and the extra result."""
    trace = ForwardTrace()
    values, out, structure, aux = _run(trace, f, selection, tangents, transform, has_aux)
    if trace.undecided and any(_may_be_nan(t) for t in out):
        turned, found, _, _ = _run(ForwardTrace(turning=True), f, selection, tangents, transform, has_aux)
        weights: Any = [0.0] * len(out)
        if not all(map(_agree, values, turned, weights)):
            weights = _run(ForwardTrace(probing=True), f, selection, [np.zeros(*meta(t)) for t in tangents], transform, has_aux)[1]
        out = [np.where(np.isnan(passive(t)) & _agree(*parts), other, t)[()] for t, other, *parts in zip(out, found, values, turned, weights, strict=True)]
    return values, [apart(t, tangents) for t in out], structure, aux


def _run(trace: ForwardTrace, f: Callable[..., Any], selection: Selection, tangents: list[Any], transform: str, has_aux: bool) -> tuple[Any, ...]:
    try:
        y = selection.call(f, [trace.dual(x, formed(t, *meta(x))) for x, t in zip(selection.leaves, tangents, strict=True)])
        aux = None
        if has_aux:
            y, aux = split_aux(y, f, transform)
        leaves, structure = output_leaves(y, f, transform)
        values = [trace.strip(leaf) for leaf in leaves]
        out = [leaf._aux if isinstance(leaf, Dual) and leaf._trace is trace else np.zeros(*_float_form(leaf))[()] for leaf in leaves]
        return values, out, structure, plain(aux, trace)
    except Exception as error:
        explain_objects(error)
        raise
    finally:
        trace.close()


def _may_be_nan(t: Any) -> bool:
    return isinstance(t, Tracer) or bool(np.any(np.isnan(t)))


def _agree(value: Any, turned: Any, weight: Any) -> bool:
    """Whether a result is the same with another choice of what is one of several, so that its derivatives that NumPy's choice does not have can be taken from there.

    ``weight`` is how much the result moves with that choice: where it happens to be 0 it is still only as exact as what it is made of.
    """
    value, turned, weight = plain_values(value), plain_values(turned), np.abs(plain_values(weight))
    size = np.max(np.abs(value), initial=0) + np.where(np.isfinite(weight), weight, 0.0)
    return bool(np.all(np.abs(turned - value) <= EQUAL * np.finfo(value.dtype if value.dtype.kind in "fc" else float).eps ** 0.75 * size))


def apart(t: Any, given: list[Any]) -> Any:
    """A tangent in memory of its own, not the caller's."""
    return np.array(t) if type(t) is np.ndarray and (t.base is not None or not t.flags.owndata or any(t is s for s in given)) else t


def _float_form(x: Any) -> tuple[Any, Any]:
    shape, dtype = meta(x)
    return shape, dtype if dtype.kind in "fc" else np.dtype(float)


def jvp(f: Callable[..., Any], primals: Any, tangents: Any, *, has_aux: bool = False) -> tuple[Any, ...]:
    """Evaluate a function and its derivative along a direction: the Jacobian-vector product, by forward mode.

    Parameters
    ----------
    f : callable
        Any function of arrays, numbers or containers of them.
    primals : tuple or list
        Its arguments.
    tangents : tuple or list
        One direction for each, in its form.
    has_aux : bool
        f returns a pair (value, aux) and only the value is differentiated.

    Returns
    -------
    y, dy
        The value of f and its derivative along the tangents, in the same form; and aux with ``has_aux``.

    Raises
    ------
    TypeError, ValueError
        If tangents and primals differ in number, structure or shape.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> y, dy = dr.jvp(np.sin, (np.array([0.0, np.pi]),), (np.array([1.0, 2.0]),))
    >>> dy
    array([ 1., -2.])

    References
    ----------
    A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 3.1.
    """
    require_callable(f, "jvp")
    for what, value in (("primals", primals), ("tangents", tangents)):
        if not isinstance(value, (tuple, list)):
            raise TypeError(f"jvp: {what} must be a tuple with one entry for each argument, got {type(value).__name__}; write jvp(f, (x,), (t,))")
    if len(primals) != len(tangents):
        raise ValueError(f"jvp: {len(primals)} primals but {len(tangents)} tangents")
    return pushed(f, tuple(primals), tuple(tangents), "jvp", has_aux=has_aux)


def pushed(f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], transform: str, keys: Any = (), has_aux: bool = False) -> tuple[Any, ...]:
    """What `jvp` returns, for a transform that knows the arguments by other names than their numbers."""
    selection = Selection(f, EVERY, primals, {}, transform)
    values, out, structure, aux = push(f, selection, _directions(selection, tangents, transform, keys), transform, has_aux)
    pair = unflatten(structure, values), unflatten(structure, out)
    return (*pair, aux) if has_aux else pair


def _directions(selection: Selection, tangents: tuple[Any, ...], transform: str, keys: Any = ()) -> list[Any]:
    """Take tangents apart and check them against the primals."""
    out: list[Any] = []
    for k, (tangent, structure) in enumerate(zip(tangents, selection.structures, strict=True)):
        n = len(structure.paths())
        forms = [meta(x) for x in selection.leaves[len(out):len(out) + n]]
        out += same_structure(tangent, structure, forms, f"tangent of argument {keys[k] if keys else k}", transform)
    return out


def derivative(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return the derivative of a function of one number, by forward mode; nest it for higher orders.

    Parameters
    ----------
    f : callable
        A function of a scalar, with a result of any form. For a complex argument it must be holomorphic.

    Returns
    -------
    callable
        ``derivative(f)(x)`` has the form of ``f(x)``; further arguments are passed on.

    Raises
    ------
    ValueError
        If x is not a scalar, or f is not holomorphic at a complex x.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.derivative(dr.derivative(lambda x: x**3))(2.0)
    12.0
    """
    require_callable(f, "derivative")

    @functools.wraps(f, updated=())
    def slope(x: Any, *args: Any, **kwargs: Any) -> Any:
        selection = Selection(f, 0, (x, *args), kwargs, "derivative")
        if len(selection.leaves) != 1 or meta(selection.leaves[0])[0] != ():
            raise ValueError(f"derivative: {named(f)} needs a scalar as its first argument. Use dualrev.jacobian or dualrev.grad for arrays.")
        dtype = meta(selection.leaves[0])[1]
        one = np.ones((), dtype)[()]
        _, out, structure, _ = push(f, selection, [one], "derivative")
        if dtype.kind == "c":
            _, across, _, _ = push(f, selection, [one * 1j], "derivative")
            for d, e, path in zip(out, across, structure.paths(), strict=True):
                _require_holomorphic(d, e, named(f), path)
        return unflatten(structure, [like_input(d, x) for d in out])

    return slope


def _require_holomorphic(along: Any, across: Any, name: str, path: str) -> None:
    """Check the Cauchy-Riemann equations: the derivative along i is i times the one along 1."""
    from .blocks import plain_values

    d, e = plain_values(along), plain_values(across)
    if not np.allclose(e, 1j * d, rtol=1e-6, atol=1e-9 * (1 + np.max(np.abs(d), initial=0)), equal_nan=True):
        raise ValueError(f"derivative: the result{path} of {name} is not holomorphic here: its derivative along i is not i times the one along 1. "
                         "Use dualrev.jvp for directional derivatives, or dualrev.grad for a real-valued function.")


def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """Evaluate a function once and return its derivative there as a linear function, which does not run f again.

    Parameters
    ----------
    f : callable
        Any function of arrays, numbers or containers of them.
    *primals
        Where to evaluate it.

    Returns
    -------
    y
        The value of f.
    pushforward : callable
        Takes one tangent for each primal; returns the tangent of y.

    Raises
    ------
    TypeError, ValueError
        If a tangent has the wrong structure or shape.

    Examples
    --------
    >>> import dualrev as dr
    >>> y, pushforward = dr.linearize(lambda x: x**3, 2.0)
    >>> float(y), float(pushforward(1.0)), float(pushforward(10.0))
    (8.0, 12.0, 120.0)
    """
    require_callable(f, "linearize")
    selection = Selection(f, EVERY, primals, {}, "linearize")
    borrowed = Borrowed(selection.leaves, selection.given)  # the pushforward may be called after the caller has changed them
    selection.leaves = borrowed.leaves
    entries, inputs, outputs, structure, _, watched = record(f, selection, "linearize", False, keeps=True, borrowed=borrowed)
    targets, values = [(place, _float_form(value)) for place, value in outputs], [value for _, value in outputs]
    del outputs
    borrowed.fix(entries, values)
    y = unflatten(structure, released(values))
    del values
    remembered = fingerprints(watched) + borrowed.settle(entries)

    done = last_readers(entries, targets)
    ready: list[Any] = []  # the tape made ready, or None where it cannot be, from the first tangent on

    def pushforward(*tangents: Any) -> Any:
        if len(tangents) != len(primals):
            raise ValueError(f"linearize: {len(primals)} primals but {len(tangents)} tangents")
        verify(remembered)
        directions = _directions(selection, tangents, "linearize")
        if active.get() is None:
            if not ready:
                ready.append(prepared(entries, inputs, targets))
            if ready[0] is not None and ready[0].fits(directions):
                return unflatten(structure, [apart(t, directions) for t in ready[0].walk(directions)])
        seeds = {place: t for (place, _), t in zip(inputs, directions, strict=True)}
        return unflatten(structure, [apart(t, directions) for t in walk_on(entries, seeds, targets, done)])

    return y, pushforward
