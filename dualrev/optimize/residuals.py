"""The residuals of a least-squares problem, or the equations of a system, over a flat vector: values and exact Jacobians, counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core.errors import NoRuleError
from ..core.objects import lift
from ..core.tracer import Tracer
from ..core.tree import unflatten
from ..transforms.arguments import named, output_leaves
from ..transforms.forwardmode import jvp
from ..transforms.jacobians import jacobian
from .problem import Counts, where_defined
from .replayed import Replays
from .variables import Piece, take_apart

__all__ = ["Residuals", "in_line"]

MANY, FEW = 250_000, 0.05  # entries of a Jacobian from which on it is asked for in sparse form, and the share not zero up to which it stays so


def in_line(y: Any, f: Any, where: str) -> Any:
    """Lay a result of any form out as one vector; a complex array gives its real parts, then its imaginary ones."""
    kind = type(y)
    if kind is not np.ndarray and not isinstance(y, Tracer):
        leaves, _ = output_leaves(y, f, where)
        if all(np.ndim(part) == 0 for part in leaves) and leaves:
            leaves = [np.stack(leaves)]
    else:
        leaves = [lift(y) if kind is np.ndarray and y.dtype == object else y]
    vectors = [part for z in leaves for part in _real(z)]
    return vectors[0] if len(vectors) == 1 else np.concatenate(vectors) if vectors else np.zeros(0)


def _real(z: Any) -> list[Any]:
    z = z if hasattr(z, "ndim") else np.asarray(z)
    flat = z if z.ndim == 1 else np.reshape(z, (-1,))
    if z.dtype.kind == "c":
        return [np.real(flat), np.imag(flat)]
    return [flat if z.dtype.kind == "f" else flat.astype(float)]


class Residuals:
    """A function of the user's x, with a result of any form, as a function from flat vectors to flat vectors.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args, **kwargs)``.
    variables : Variables
        The form of x.
    args, kwargs : tuple, dict
        Further arguments.
    jac : callable, optional
        A Jacobian of the user's own, ``jac(x, *args, **kwargs)`` of shape (m, entries of x), dense or sparse; otherwise it is the exact one.
    sparse : bool or None
        Whether to ask for a sparse Jacobian; None asks for one of many entries, and keeps it if few are not zero.
    square : bool
        There must be as many results as free entries.

    Attributes
    ----------
    counts : Counts
        nfev counts values, njev Jacobians, nhvp second derivatives along a direction.
    exact : bool
        Whether the derivatives are made here.

    Examples
    --------
    >>> import numpy as np
    >>> from dualrev.optimize.variables import Variables
    >>> problem = Residuals(lambda p: {"a": p["x"] ** 2, "b": 3 * p["x"][0]}, Variables({"x": np.array([1.0, 2.0])}))
    >>> problem.values(np.array([1.0, 2.0]))
    array([1., 4., 3.])
    >>> problem.matrix(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.],
           [3., 0.]])
    """

    def __init__(self, fun: Callable[..., Any], variables: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None, jac: Any = None,
                 sparse: bool | None = False, square: bool = False) -> None:
        self.fun, self.variables, self.args, self.kwargs, self.counts = fun, variables, args, kwargs or {}, Counts()
        self.size: int | None = None
        self.square, self.sparse = square, sparse
        self._own_jac, self.exact = jac, jac is None
        self._jacobian = jacobian(self.flat, sparse=True) if sparse else jacobian(self.flat)
        self._undecided = sparse is None and jac is None
        self._last: Any = None  # the last point and its residuals
        self._replays = Replays(self.flat, lambda f: {"matrix": lambda x: (f(x), jacobian(f)(x))})

    def flat(self, x: Any) -> Any:
        """The residuals (m,) of a flat vector, which may be traced."""
        return in_line(self.fun(self.variables.form(x), *self.args, **self.kwargs), self.fun, self.variables.where)

    def values(self, x: np.ndarray) -> np.ndarray:
        """The residuals (m,), counted; some may not be finite."""
        self.counts.nfev += 1
        y = self.fun(self.variables.form(x.copy()), *self.args, **self.kwargs)
        r = np.asarray(in_line(y, self.fun, self.variables.where), float)
        if self.size is None:
            self.size = len(r)
            self._remember(y)
            if self.square and self.size != self.variables.n:
                raise ValueError(f"{self.variables.where}: {named(self.fun)} gives {self.size} equations for {self.variables.n} unknowns. "
                                 "least_squares takes any number of either.")
        elif len(r) != self.size:
            raise ValueError(f"{self.variables.where}: {named(self.fun)} returned {len(r)} residuals, and {self.size} at x0")
        self._last = x, r
        return r

    def attempt(self, x: np.ndarray) -> np.ndarray | None:
        """The residuals at a trial point; None where one is not finite or the function says by an arithmetic error or LinAlgError that it is not defined."""
        r = where_defined(self.values, x)
        return r if r is not None and np.isfinite(np.dot(r, r)) else None

    def first(self, x: np.ndarray) -> np.ndarray:
        """The residuals at the start, where they must be finite.

        Raises
        ------
        ValueError
            If they or the sum of their squares are not, since no step can be made from there.
        """
        r = self.values(x)
        if not np.all(np.isfinite(r)):
            k = int(np.argmin(np.isfinite(r)))
            raise ValueError(f"{self.variables.where}: residual {k} of {named(self.fun)} is {r[k]} at x0; start where all are finite. "
                             "dualrev.debug() finds the first value that is not.")
        with np.errstate(over="ignore"):
            squares = np.dot(r, r)
        if not np.isfinite(squares):
            raise ValueError(f"{self.variables.where}: the sum of squares of {named(self.fun)} is not a number at x0, since residuals are too large; use other units.")
        return r

    def matrix(self, x: np.ndarray) -> Any:
        """The Jacobian (m, n) of the residuals in the free entries, counted."""
        self.counts.njev += 1
        if self._own_jac is None:
            J = None if self.sparse else self._replayed(x)
            return self._jacobian(x) if J is None else J
        J = self._own_jac(self.variables.own(x), *self.args, **self.kwargs)
        J = J if sp.issparse(J) else np.atleast_2d(np.asarray(J, float))
        if J.shape != (self.size, self.variables.total):
            raise ValueError(f"{self.variables.where}: jac returned shape {J.shape}; for {self.size} residuals and {self.variables.total} entries of x it must be "
                             f"{(self.size, self.variables.total)}")
        return J if self.variables.free is None else J[:, self.variables.free]

    def _replayed(self, x: np.ndarray) -> Any:
        """The Jacobian at the last point by a replay, where there is one that holds."""
        if self._last is None or not (x is self._last[0] or np.array_equal(x, self._last[0])):
            return None
        fresh = not self._replays.kind
        if not self._replays.prepare("matrix", x):
            return None
        if fresh:
            return self._replays.values[1]
        exact = self._jacobian(x) if self._replays.due else None
        found = self._replays.derivative(x, self._last[1], exact)
        return exact if found is None else found[1]

    def attempt_matrix(self, x: np.ndarray) -> Any:
        """The Jacobian at a point that may be taken, None where it is not finite."""
        J = where_defined(self.matrix, x)
        return J if J is not None and _finite(J) else None

    def first_matrix(self, x: np.ndarray) -> Any:
        """The Jacobian at the start, where it must be finite.

        Raises
        ------
        ValueError
            If it is not.
        """
        J = self._decided(x) if self._undecided else None
        J = self.matrix(x) if J is None else J
        if not _finite(J):
            dense = J.toarray() if sp.issparse(J) else J
            row, column = np.argwhere(~np.isfinite(dense))[0]
            raise ValueError(f"{self.variables.where}: the derivative of residual {row} of {named(self.fun)} in {self.variables.name(int(column))} is "
                             f"{dense[row, column]} at x0; start elsewhere. dualrev.debug() finds the first derivative that is not finite.")
        return J

    def _decided(self, x: np.ndarray) -> Any:
        """The first Jacobian, where it is large and turns out to be sparse."""
        self._undecided, self.sparse = False, False
        entries = (self.size or 0) * self.variables.n
        if entries < MANY:
            return None
        sparse = jacobian(self.flat, sparse=True)
        try:
            J = sparse(x)
        except NoRuleError:  # no pattern
            return None
        if J.nnz > FEW * entries:
            return None
        self.counts.njev += 1
        self._jacobian, self.sparse = sparse, True
        return J

    def second(self, x: np.ndarray, v: np.ndarray) -> np.ndarray | None:
        """The second derivative of the residuals along v, counted as a product (nhvp); None where it is not finite."""
        self.counts.nhvp += 1
        c = where_defined(lambda: jvp(lambda z: jvp(self.flat, (z,), (v,))[1], (x,), (v,))[1])
        return c if c is not None and np.isfinite(np.dot(c, c)) else None

    def _remember(self, y: Any) -> None:
        """Keep the form of the residuals."""
        leaves, self._structure = take_apart(y, self.variables.where)
        self._pieces: list[Piece] = []
        for part in leaves:
            self._pieces.append(Piece(part, "", self._pieces[-1].stop if self._pieces else 0))

    def shaped(self, r: np.ndarray) -> Any:
        """Residuals (m,) in the user's own form, for the result."""
        return unflatten(self._structure, [piece.form(r[piece.start:piece.stop].copy()) for piece in self._pieces])


def _finite(J: Any) -> bool:
    return bool(np.all(np.isfinite(J.data if sp.issparse(J) else J)))
