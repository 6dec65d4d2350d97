"""Products without matrices: Hessians and Gauss-Newton matrices as SciPy's linear operators, recorded once and multiplied by walking the tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ..core.advance import last_readers, walk_on
from ..core.tracer import Tracer, meta
from ..core.walk import walk_back
from ..core.watch import fingerprints, verify
from .arguments import Selection, named, require_callable
from .blocks import count, fitting, walked
from .jacobians import gradient_of
from .reversemode import own, record

__all__ = ["gnvp", "hvp_operator"]


class Recorded:
    """A function recorded at a point, to be walked with tangents forwards and with cotangents backwards, any number of times."""

    def __init__(self, f: Callable[..., Any], x: Any, transform: str) -> None:
        selection = Selection(f, 0, (x,), {}, transform)
        for leaf in selection.leaves:
            if isinstance(leaf, Tracer):
                raise TypeError(f"{transform}: x is being differentiated or batched, which SciPy's linear operators cannot follow. Use dualrev.hvp, or dualrev.linearize.")
            if meta(leaf)[1].kind == "c":
                raise TypeError(f"{transform}: x is complex. Split it into its real and imaginary parts.")
        selection.leaves = [own(leaf) for leaf in selection.leaves]  # products may be asked for after the caller has changed them
        self.entries, self.inputs, outputs, self.structure, _, watched = record(f, selection, transform, False, keeps=True)
        self.remembered = fingerprints(watched)
        self.values = [own(value) for _, value in outputs]
        self.targets = [(place, (meta(value)[0], np.result_type(meta(value)[1], np.float32))) for place, value in outputs]
        self.done = last_readers(self.entries, self.targets)
        self.chunk = fitting(self.entries, outputs)

    def push(self, tangents: list[Any]) -> list[Any]:
        """The tangents of the results."""
        verify(self.remembered)
        return walk_on(self.entries, {place: t for (place, _), t in zip(self.inputs, tangents, strict=True)}, self.targets, self.done)

    def pull(self, cotangents: list[Any]) -> list[Any]:
        """The cotangents of the arguments."""
        verify(self.remembered)
        seeds = [(place, g) for (place, _), g in zip(self.targets, cotangents, strict=True) if place is not None]
        return walk_back(self.entries, seeds, self.inputs, free=False)


class Symmetric(LinearOperator):
    """A symmetric matrix given by its products with the parts of a container.

    Parameters
    ----------
    forms : list of (shape, dtype)
        The container's leaves.
    product : callable
        Takes and returns one array for each leaf; linear, so that it can be evaluated for a batch.
    chunk : int
        How many columns go at a time.
    """

    def __init__(self, forms: list[Any], product: Callable[[list[Any]], list[Any]], chunk: int) -> None:
        self.forms, self.product, self.chunk = forms, product, chunk
        n = sum(count(form) for form in forms)
        super().__init__(np.result_type(*(dtype for _, dtype in forms)), (n, n))

    def _matmat(self, columns: Any) -> Any:
        if np.iscomplexobj(columns):
            return self._matmat(columns.real) + 1j * self._matmat(columns.imag)
        rows = np.ascontiguousarray(np.transpose(columns), self.dtype)
        found = [self._rows(rows[k:k + self.chunk]) for k in range(0, len(rows), self.chunk)]
        return np.concatenate(found).T if found else np.zeros((self.shape[0], 0), self.dtype)

    def _rows(self, rows: Any) -> Any:
        """The products with some vectors, which are rows."""
        cuts = np.cumsum([count(form) for form in self.forms])[:-1]
        parts = [part.reshape((len(rows), *shape)).astype(dtype, copy=False) for part, (shape, dtype) in zip(np.split(rows, cuts, axis=1), self.forms, strict=True)]
        found = walked(self.product, parts)
        return np.concatenate([np.reshape(part, (len(rows), -1)) for part in found], axis=1)

    def _matvec(self, v: Any) -> Any:
        return self._matmat(np.reshape(v, (-1, 1)))[:, 0]

    def _adjoint(self) -> Any:
        return self

    def _transpose(self) -> Any:
        return self


def hvp_operator(f: Callable[..., Any], x: Any) -> LinearOperator:
    """Return the Hessian of a scalar function at a point as a linear operator, whose products do not run the function again.

    Parameters
    ----------
    f : callable
        A function of one argument with a real scalar result.
    x : array or container of arrays
        The point. The operator acts on one vector of all n entries: the container's leaves in their order (a dict's in that of insertion), each in C order.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Of shape (n, n), symmetric. ``A @ V`` with a matrix V takes all its columns along the recorded gradient in batches.

    Raises
    ------
    TypeError, ValueError
        If the result of f is not a real scalar, or x is complex or traced.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> A = dr.hvp_operator(lambda x: np.sum(x**3), np.array([1.0, 2.0]))
    >>> A @ np.array([1.0, 1.0])
    array([ 6., 12.])

    References
    ----------
    B. A. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6 (1994).
    """
    require_callable(f, "hvp_operator")
    gradient = Recorded(gradient_of(f, 0, "hvp_operator"), x, "hvp_operator")
    return Symmetric([form for _, form in gradient.inputs], gradient.push, gradient.chunk)


def gnvp(f: Callable[..., Any], loss: Callable[..., Any] | None = None) -> Callable[[Any], LinearOperator]:
    """Return the Gauss-Newton matrix of ``loss(f(x))``: J^T H J with the Jacobian J of f and the Hessian H of the loss, as a linear operator at a point.

    Parameters
    ----------
    f : callable
        A function of one argument, with a real result of any form.
    loss : callable, optional
        A scalar function of that result, convex for a positive semidefinite matrix. By default half the sum of squares, so that H is the identity.

    Returns
    -------
    callable
        ``gnvp(f, loss)(x)`` is a symmetric `scipy.sparse.linalg.LinearOperator`, on vectors as those of `hvp_operator`. f and the loss run once; a product walks
        their tapes forwards and back.

    Raises
    ------
    TypeError, ValueError
        If x or the result of f is complex, or the loss is not a real scalar.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> A = dr.gnvp(lambda x: np.array([x[0], x[0] * x[1]]))(np.array([1.0, 2.0]))
    >>> A @ np.eye(2)
    array([[5., 2.],
           [2., 1.]])

    References
    ----------
    N. N. Schraudolph, Fast curvature matrix-vector products for second-order gradient descent, Neural Computation 14 (2002).
    """
    require_callable(f, "gnvp")

    def at(x: Any) -> LinearOperator:
        inner = Recorded(f, x, "gnvp")
        if any(form[1].kind == "c" for _, form in inner.targets):
            raise TypeError(f"gnvp: the result of {named(f)} is complex. Split it into its real and imaginary parts.")
        if loss is None:
            return Symmetric([form for _, form in inner.inputs], lambda ts: inner.pull(inner.push(ts)), inner.chunk)
        require_callable(loss, "gnvp")
        from ..core.tree import unflatten

        outer = Recorded(gradient_of(loss, 0, "gnvp"), unflatten(inner.structure, inner.values), "gnvp")
        return Symmetric([form for _, form in inner.inputs], lambda ts: inner.pull(outer.push(inner.push(ts))), min(inner.chunk, outer.chunk))

    return at
