"""Diagonal and trace of the Hessian: exact by batches of directions, or estimated by random ones."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..core.advance import last_readers, walk_on
from ..core.tracer import meta
from .arguments import Selection, require_callable
from .blocks import count, fitting, owned, units_of, walked
from .jacobians import gradient_of, require_chunk
from .reversemode import record

__all__ = ["TraceEstimate", "hessian_diagonal", "hessian_trace", "laplacian"]


class Gradient:
    """The gradient of one call, recorded, to be walked with directions."""

    def __init__(self, f: Callable[..., Any], argnums: Any, args: Any, kwargs: Any, transform: str) -> None:
        gradient = gradient_of(f, argnums, transform)
        self.selection = Selection(gradient, argnums, args, kwargs, transform)
        if any(meta(leaf)[1].kind == "c" for leaf in self.selection.leaves):
            raise TypeError(f"{transform}: an argument is complex. Split it into its real and imaginary parts.")
        self.entries, self.inputs, outputs, _, _, _ = record(gradient, self.selection, transform, False, keeps=True)
        self.targets = [(place, form) for (place, _), (_, form) in zip(outputs, self.inputs, strict=True)]
        self.chunk = fitting(self.entries, outputs)

    def diagonal(self, chunk: int | None) -> list[Any]:
        """The second derivative in each entry, in the form of the arguments."""
        found = []
        for target, (place, form) in zip(self.targets, self.inputs, strict=True):
            done, parts, start = last_readers(self.entries, [target]), [], 0
            for units in units_of(form, chunk or self.chunk):
                (columns,) = walked(functools.partial(self._column, place, target, done), units)
                rows = np.arange(len(units))
                parts.append(np.reshape(columns, (len(units), -1))[rows, start + rows])
                start += len(units)
            found.append(owned(np.reshape(np.concatenate(parts), form[0])) if parts else np.zeros(*form))
        return found

    def _column(self, place: int, target: Any, done: Any, e: Any) -> list[Any]:
        return walk_on(self.entries, {place: e}, [target], done)

    def curvatures(self, rows: Any) -> Any:
        """v^T H v for random rows v, some at a time."""
        done, cuts = last_readers(self.entries, self.targets), np.cumsum([count(form) for _, form in self.inputs])[:-1]
        found = []
        for k in range(0, len(rows), self.chunk):
            some = rows[k:k + self.chunk]
            parts = [part.reshape((len(some), *form[0])).astype(form[1]) for part, (_, form) in zip(np.split(some, cuts, axis=1), self.inputs, strict=True)]
            moved = walked(lambda ts: walk_on(self.entries, {place: t for (place, _), t in zip(self.inputs, ts, strict=True)}, self.targets, done), parts)
            found.append(sum(np.sum(np.reshape(t * v, (len(some), -1)), axis=1) for t, v in zip(moved, parts, strict=True)))
        return np.concatenate(found)


def hessian_diagonal(f: Callable[..., Any], argnums: Any = 0, *, chunk_size: int | None = None) -> Callable[..., Any]:
    """Return the diagonal of the Hessian of a scalar function: its second derivative in each entry, exactly.

    Parameters
    ----------
    f : callable
        A function with a real scalar result.
    argnums : int, str, or tuple of these
        The arguments to differentiate.
    chunk_size : int, optional
        How many directions go at a time, as for `jacobian`.

    Returns
    -------
    callable
        Takes the arguments of f; returns the diagonal in the form of the argument. f runs once; n entries take n directions, in batches.

    Raises
    ------
    TypeError, ValueError
        If the result is not a real scalar, or an argument is complex.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.hessian_diagonal(lambda x: np.sum(x**3) * x[0])(np.array([1.0, 2.0]))
    array([12., 12.])
    """
    require_callable(f, "hessian_diagonal")
    require_chunk(chunk_size, "hessian_diagonal")

    @functools.wraps(f, updated=())
    def diagonal(*args: Any, **kwargs: Any) -> Any:
        gradient = Gradient(f, argnums, args, kwargs, "hessian_diagonal")
        return gradient.selection.result(gradient.diagonal(chunk_size))

    return diagonal


def laplacian(f: Callable[..., Any], argnums: Any = 0, *, chunk_size: int | None = None) -> Callable[..., Any]:
    """Return the Laplacian of a scalar function: the trace of its Hessian, exactly.

    Parameters
    ----------
    f : callable
        A function with a real scalar result.
    argnums : int, str, or tuple of these
        The arguments to differentiate; the sum goes over the entries of all of them.
    chunk_size : int, optional
        How many directions go at a time, as for `jacobian`.

    Returns
    -------
    callable
        Takes the arguments of f; returns a number. ``dr.vmap(dr.laplacian(u))`` is the Laplacian of a field at many points.

    Raises
    ------
    TypeError, ValueError
        If the result is not a real scalar, or an argument is complex.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> float(dr.laplacian(lambda x: np.sum(x**2))(np.zeros(3)))
    6.0
    """
    require_callable(f, "laplacian")
    require_chunk(chunk_size, "laplacian")

    @functools.wraps(f, updated=())
    def trace(*args: Any, **kwargs: Any) -> Any:
        return sum(np.sum(part) for part in Gradient(f, argnums, args, kwargs, "laplacian").diagonal(chunk_size))

    return trace


class TraceEstimate(NamedTuple):
    """An estimate of a trace, and the variance of that estimate, itself estimated from the samples."""

    value: Any
    variance: Any


def hessian_trace(f: Callable[..., Any], argnums: Any = 0, *, samples: int, rng: np.random.Generator) -> Callable[..., Any]:
    """Return an unbiased estimate of the trace of the Hessian of a scalar function, from products with random vectors.

    Parameters
    ----------
    f : callable
        A function with a real scalar result.
    argnums : int, str, or tuple of these
        The arguments to differentiate.
    samples : int
        The number of random vectors, at least 2.
    rng : numpy.random.Generator
        Where their signs come from.

    Returns
    -------
    callable
        Takes the arguments of f; returns a `TraceEstimate` (value, variance): the mean of v^T H v over vectors v of random signs, and the sample variance of that
        mean. Its true variance is ``2 sum_{i != j} H_ij^2 / samples``: zero for a diagonal Hessian.

    Raises
    ------
    TypeError, ValueError
        If the result is not a real scalar, an argument is complex, or there are fewer than two samples.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> estimate = dr.hessian_trace(lambda x: np.sum(x**3), samples=4, rng=np.random.default_rng(0))(np.array([1.0, 2.0]))
    >>> float(estimate.value), float(estimate.variance)
    (18.0, 0.0)

    References
    ----------
    M. F. Hutchinson, A stochastic estimator of the trace of the influence matrix for Laplacian smoothing splines, Commun. Statist. Simul. 19 (1990).
    """
    require_callable(f, "hessian_trace")
    if not isinstance(samples, (int, np.integer)) or samples < 2:
        raise ValueError(f"hessian_trace: samples must be an integer of at least 2, got {samples!r}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"hessian_trace: rng must be a numpy.random.Generator, got {type(rng).__name__}; write rng=np.random.default_rng(0)")

    @functools.wraps(f, updated=())
    def trace(*args: Any, **kwargs: Any) -> Any:
        gradient = Gradient(f, argnums, args, kwargs, "hessian_trace")
        n = sum(count(form) for _, form in gradient.inputs)
        found = gradient.curvatures(rng.choice((-1.0, 1.0), (samples, n)))
        return TraceEstimate(np.mean(found), np.var(found, ddof=1) / samples)

    return trace
