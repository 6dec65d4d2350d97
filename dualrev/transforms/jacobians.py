"""Whole matrices of derivatives, and products with the Hessian."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.advance import last_readers, walk_on
from ..core.tracer import concrete, meta
from ..core.tree import unflatten
from ..core.walk import walk_back
from .arguments import Selection, named, require_callable
from .forwardmode import jvp
from .reversemode import evaluate, record

__all__ = ["hessian", "hvp", "jacobian"]

MODES = ("auto", "forward", "reverse")
SPARSE: dict[str, Callable[..., Any]] = {}
"""What makes sparse matrices, by name; `dualrev.sparse` puts itself in here."""


def jacobian(f: Callable[..., Any], argnums: Any = 0, *, mode: str = "auto", sparse: bool = False) -> Callable[..., Any]:
    """Return the Jacobian of a function.

    Parameters
    ----------
    f : callable
        Any function of arrays, numbers or containers of them.
    argnums : int, str, or tuple of these
        The arguments to differentiate, by position or parameter name.
    mode : {"auto", "forward", "reverse"}
        One pass for each input entry, or for each output entry; "auto" takes the fewer.
    sparse : bool
        Return a `scipy.sparse.csr_array` with one row for each entry of the result and one column for each entry of the argument, evaluated in as few passes as a
        colouring of its pattern allows. The pattern is found at the first call, and again where it no longer holds; see `dualrev.sparse.plan`.

    Returns
    -------
    callable
        Takes the arguments of f. The result has the structure of f's result, with that of the argument inside (a tuple of them for a
        tuple of argnums); a block has the shape of the output followed by that of the input. For a complex argument f must be
        holomorphic or real-valued; a real-valued one gives df/dx - i df/dy as `grad` does.

    Raises
    ------
    ValueError
        For an unknown mode, or a complex function that is not holomorphic.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    require_callable(f, "jacobian")
    if mode not in MODES:
        raise ValueError(f"jacobian: mode must be one of {', '.join(MODES)}; got {mode!r}")
    if sparse:
        return SPARSE["jacobian"](f, argnums, mode)

    @functools.wraps(f, updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        selection = Selection(f, argnums, args, kwargs, "jacobian")
        entries, inputs, outputs, structure, _, _ = record(f, selection, "jacobian", False, keeps=True)
        wide = sum(_size(form) for _, form in inputs) > sum(_size(meta(value)) for _, value in outputs)
        reverse = mode == "reverse" or (mode == "auto" and wide)
        blocks = (_by_rows if reverse else _by_columns)(entries, inputs, outputs, named(f))
        return unflatten(structure, [selection.result(row) for row in blocks])

    return matrix


def _size(form: Any) -> int:
    return int(np.prod(form[0], dtype=int))


def _units(form: Any) -> list[Any]:
    """The unit vectors of an array's space."""
    shape, dtype = form
    units = []
    for k in range(_size(form)):
        e = np.zeros(_size(form), dtype)
        e[k] = 1
        units.append(e.reshape(shape)[()])
    return units


def _by_columns(entries: Any, inputs: Any, outputs: Any, name: str) -> list[list[Any]]:
    """Forward mode: push every unit vector of the inputs; blocks[output][input]."""
    targets = [(place, (meta(value)[0], meta(value)[1] if meta(value)[1].kind in "fc" else np.dtype(float))) for place, value in outputs]
    blocks: list[list[Any]] = [[] for _ in outputs]
    done = last_readers(entries, targets)
    for place, form in inputs:
        columns = [walk_on(entries, {place: e}, targets, done) for e in _units(form)]
        if form[1].kind == "c":
            across = [walk_on(entries, {place: 1j * e}, targets, done) for e in _units(form)]
            columns = [[_complex_slope(d, a, 1j, name) for d, a in zip(down, over, strict=True)] for down, over in zip(columns, across, strict=True)]
        for k, (_, out) in enumerate(targets):
            blocks[k].append(_arranged([column[k] for column in columns], form[0], out, last=True))
    return blocks


def _by_rows(entries: Any, inputs: Any, outputs: Any, name: str) -> list[list[Any]]:
    """Reverse mode: pull back every unit vector of the outputs; blocks[output][input]."""
    blocks = []
    for place, value in outputs:
        form = meta(value)
        seeds = _units(form)
        rows = [walk_back(entries, [] if place is None else [(place, e)], inputs, free=False) for e in seeds]
        if form[1].kind == "c":
            across = [walk_back(entries, [] if place is None else [(place, -1j * e)], inputs, free=False) for e in seeds]
            rows = [[_complex_row(d, a, name) for d, a in zip(down, over, strict=True)] for down, over in zip(rows, across, strict=True)]
        blocks.append([_arranged([row[k] for row in rows], form[0], meta_of, last=False) for k, (_, meta_of) in enumerate(inputs)])
    return blocks


def _complex_slope(along: Any, across: Any, i: complex, name: str) -> Any:
    """The derivative in a complex input from those along 1 and along i."""
    if meta(along)[1].kind != "c":
        return along - 1j * across
    _require_linear(across, i * along, name)
    return along


def _complex_row(along: Any, across: Any, name: str) -> Any:
    """The row of a complex output from the cotangents 1 and -i."""
    if meta(along)[1].kind != "c":
        return along + 1j * across
    _require_linear(across, -1j * along, name)
    return along


def _require_linear(a: Any, b: Any, name: str) -> None:
    a, b = np.asarray(concrete(a)), np.asarray(concrete(b))
    if not np.allclose(a, b, rtol=1e-6, atol=1e-9 * (1 + np.max(np.abs(b), initial=0)), equal_nan=True):
        raise ValueError(f"jacobian: {name} is not holomorphic at this complex point, so it has no complex Jacobian. "
                         "Use dualrev.jvp or dualrev.vjp, or split it into real and imaginary parts.")


def _arranged(parts: list[Any], shape: tuple[int, ...], form: Any, last: bool) -> Any:
    """Stack columns (or rows) into a block of shape output + input."""
    out, dtype = form
    if not parts:
        return np.zeros((*out, *shape) if last else (*shape, *out), dtype)
    if not shape:
        return parts[0]
    stacked: Any = np.stack(parts, axis=-1 if last else 0)
    rest = meta(parts[0])[0]
    return np.reshape(stacked, (*rest, *shape) if last else (*shape, *rest))


def hessian(f: Callable[..., Any], argnums: Any = 0, *, sparse: bool = False) -> Callable[..., Any]:
    """Return the Hessian of a scalar function: the forward Jacobian of its gradient.

    Parameters
    ----------
    f : callable
        A function with a real scalar result.
    argnums : int, str, or tuple of these
        The arguments to differentiate, by position or parameter name.
    sparse : bool
        Return a `scipy.sparse.csr_array`, evaluated in as few products as a star colouring of its pattern allows; see `dualrev.sparse.plan`.

    Returns
    -------
    callable
        Takes the arguments of f; returns blocks of shape x.shape + x.shape, nested as the containers are, twice.

    Raises
    ------
    TypeError, ValueError
        If the result is not a real scalar.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    require_callable(f, "hessian")
    if sparse:
        return SPARSE["hessian"](f, argnums)
    return jacobian(gradient_of(f, argnums, "hessian"), argnums, mode="forward")


def gradient_of(f: Callable[..., Any], argnums: Any, transform: str) -> Callable[..., Any]:
    """The gradient of a function, which speaks in the name of another transform."""
    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return evaluate(f, argnums, args, kwargs, False, transform)[1]

    return gradient


def hvp(f: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """Return the product of a scalar function's Hessian with a vector: the forward derivative of its gradient.

    Parameters
    ----------
    f : callable
        A function with a real scalar result.
    argnums : int, str, or tuple of these
        The arguments to differentiate; for a tuple the vector is a tuple too.

    Returns
    -------
    callable
        ``hvp(f)(*args, v)`` with v in the form of the differentiated argument gives H v in that form; keywords are passed on.

    Raises
    ------
    TypeError, ValueError
        If v has not the form of the argument, or the result of f is not a real scalar.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])

    References
    ----------
    B. A. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6 (1994).
    """
    require_callable(f, "hvp")
    gradient = gradient_of(f, argnums, "hvp")

    @functools.wraps(f, updated=())
    def product(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            raise TypeError(f"hvp: call it with the arguments of {named(f)} followed by the vector, as in hvp(f)(x, v)")
        *primals, v = args
        selection = Selection(f, argnums, tuple(primals), kwargs, "hvp")
        chosen = [primals[key] if isinstance(key, int) else kwargs[key] for key in selection.keys]

        def of_chosen(*values: Any) -> Any:
            inner, named_values = list(primals), dict(kwargs)
            for key, value in zip(selection.keys, values, strict=True):
                if isinstance(key, int):
                    inner[key] = value
                else:
                    named_values[key] = value
            return gradient(*inner, **named_values)

        if not selection.single and not isinstance(v, (tuple, list)):
            raise TypeError("hvp: for several argnums the vector is a tuple with one part for each")
        return jvp(of_chosen, tuple(chosen), (v,) if selection.single else tuple(v))[1]

    return product


