"""Whole matrices of derivatives, and products with the Hessian."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.tracer import meta
from ..core.tree import unflatten
from .arguments import Selection, named, require_callable
from .blocks import by_columns, by_rows, count, undecided
from .forwardmode import push, pushed
from .reversemode import evaluate, record

__all__ = ["hessian", "hvp", "jacobian"]

MODES = ("auto", "forward", "reverse")
SPARSE: dict[str, Callable[..., Any]] = {}
"""What makes sparse matrices, by name; `dualrev.sparse` puts itself in here."""


def jacobian(f: Callable[..., Any], argnums: Any = 0, *, mode: str = "auto", chunk_size: int | None = None, sparse: bool = False) -> Callable[..., Any]:
    """Return the Jacobian of a function.

    Parameters
    ----------
    f : callable
        Any function of arrays, numbers or containers of them.
    argnums : int, str, or tuple of these
        The arguments to differentiate, by position or parameter name.
    mode : {"auto", "forward", "reverse"}
        One direction for each input entry, or for each output entry; "auto" takes the fewer.
    chunk_size : int, optional
        How many directions go along the recorded program at a time, in one batch. By default as many as stay below 64 MB with all
        that is alive on the way, but at least one; f runs once whatever it is.
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
    require_chunk(chunk_size, "jacobian")
    if mode not in MODES:
        raise ValueError(f"jacobian: mode must be one of {', '.join(MODES)}; got {mode!r}")
    if sparse:
        return SPARSE["jacobian"](f, argnums, mode, chunk_size)

    @functools.wraps(f, updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        selection = Selection(f, argnums, args, kwargs, "jacobian")
        entries, inputs, outputs, structure, _, _ = record(f, selection, "jacobian", False, keeps=True)
        wide = sum(count(form) for _, form in inputs) > sum(count(meta(value)) for _, value in outputs)
        reverse = mode == "reverse" or (mode == "auto" and wide)
        blocks = (by_rows if reverse else by_columns)(entries, inputs, outputs, named(f), chunk_size)
        if mode != "reverse" and undecided(entries, blocks):
            still = [np.zeros(*form) for _, form in inputs]
            blocks = by_columns(entries, inputs, outputs, named(f), chunk_size,
                                lambda k, e: push(f, selection, [*still[:k], e, *still[k + 1:]], "jacobian")[1])
        return unflatten(structure, [selection.result(row) for row in blocks])

    return matrix


def require_chunk(chunk_size: Any, transform: str) -> None:
    """Check a chunk size."""
    if chunk_size is not None and (not isinstance(chunk_size, (int, np.integer)) or isinstance(chunk_size, bool) or chunk_size < 1):
        raise ValueError(f"{transform}: chunk_size must be a positive integer, or None for as many directions as fit; got {chunk_size!r}")


def hessian(f: Callable[..., Any], argnums: Any = 0, *, chunk_size: int | None = None, sparse: bool = False) -> Callable[..., Any]:
    """Return the Hessian of a scalar function: the forward Jacobian of its gradient.

    Parameters
    ----------
    f : callable
        A function with a real scalar result.
    argnums : int, str, or tuple of these
        The arguments to differentiate, by position or parameter name.
    chunk_size : int, optional
        How many columns are made at a time, as for `jacobian`.
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
    require_chunk(chunk_size, "hessian")
    if sparse:
        return SPARSE["hessian"](f, argnums, chunk_size)
    return jacobian(gradient_of(f, argnums, "hessian"), argnums, mode="forward", chunk_size=chunk_size)


def gradient_of(f: Callable[..., Any], argnums: Any, transform: str, moved: bool = False) -> Callable[..., Any]:
    """The gradient of a function, which speaks in the name of another transform; ``moved``: only its tangent is wanted."""
    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return evaluate(f, argnums, args, kwargs, False, transform, valued=False, moved=moved)[1]

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
    gradient = gradient_of(f, argnums, "hvp", moved=True)

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
        if not selection.single and len(v) != len(selection.keys):
            raise ValueError(f"hvp: {len(selection.keys)} arguments are differentiated, but the vector has {len(v)} parts")
        return pushed(of_chosen, tuple(chosen), (v,) if selection.single else tuple(v), "hvp", selection.keys)[1]

    return product


