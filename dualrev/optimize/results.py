"""What a solver returns: SciPy's `OptimizeResult` with a history, and with standard errors from exact derivatives."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize

__all__ = ["OptimizeResult"]


class OptimizeResult(optimize.OptimizeResult):
    """The result of an optimization: a dict whose entries are attributes, as SciPy's, with these and those of the method.

    Attributes
    ----------
    x : container
        The best point that was found, in the form of x0.
    fun : float or array
        The objective (`minimize`) or the residuals there.
    success : bool
        Whether a test of convergence was met.
    status : int
        0 for convergence; `dualrev.optimize.stopping` lists the others.
    message : str
        Why it stopped, as a sentence.
    jac : container or array
        The gradient, in the form of x0, or the Jacobian.
    nit, nfev, njev, nhev, nhvp : int
        Counts of iterations, of values, gradients or Jacobians, Hessians, and products with a Hessian or Jacobian.
    history : History
        One record for each iteration.
    stderr : container
        Standard errors in the form of x0: the roots of the diagonal of `covariance`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        object.__setattr__(self, "_estimate", None)
        object.__setattr__(self, "_known", None)

    def provide_covariance(self, covariance: Callable[[], np.ndarray], variables: Any, at_bound: Any = None) -> None:
        """Say how the covariance of the free entries is found; it is worked out when somebody asks.

        Parameters
        ----------
        covariance : callable
            Takes nothing; returns the matrix (n, n) over the free entries, or over those not at a bound.
        variables : Variables
            The form of x0.
        at_bound : mask (n,), optional
            Which free entries sit on a bound. They are held there, and have no standard error of their own (NaN).
        """
        object.__setattr__(self, "_estimate", (covariance, variables, at_bound))

    def covariance(self) -> np.ndarray:
        """Return the covariance of the estimated entries of x, from exact derivatives at the result.

        For `minimize` it is the inverse of the Hessian, which is right where the objective is a negative log-likelihood; for `least_squares` and `curve_fit` it is the
        variance of the residuals times inv(J.T J).

        Returns
        -------
        array (N, N)
            Over all entries of x in flat order. Rows and columns of fixed entries are zero; those of entries on a bound are NaN, with a warning, and the others are given
            that these stay there.

        Raises
        ------
        ValueError
            If this result has no derivatives to take it from: it comes from a method that was not told, or it was pickled before `covariance` was called.

        Warns
        -----
        IllConditionedWarning
            If some combination of entries is hardly determined; the warning names them.

        Examples
        --------
        >>> import numpy as np
        >>> from dualrev.optimize.variables import Variables
        >>> found = OptimizeResult()
        >>> found.provide_covariance(lambda: np.diag([1.0, 4.0]), Variables(np.zeros(2)))
        >>> found.covariance()
        array([[1., 0.],
               [0., 4.]])
        >>> found.stderr
        array([1., 2.])
        """
        known = self._own("_known")
        if known is None:
            estimate = self._own("_estimate")
            if estimate is None:
                raise ValueError("covariance: this result knows no derivatives to take the covariance from. If it was pickled, call covariance() before that.")
            covariance, variables, at_bound = estimate
            inside = covariance()
            if at_bound is not None and np.any(at_bound):
                names = ", ".join(variables.name(int(k)) for k in np.flatnonzero(at_bound)[:5])
                warnings.warn(f"{names} on a bound: no standard error there; the others are given that it stays there.", UserWarning, stacklevel=2)
                rest = np.flatnonzero(~at_bound)
                spread = np.full((len(at_bound),) * 2, np.nan)
                spread[np.ix_(rest, rest)] = inside
                inside = spread
            with np.errstate(invalid="ignore"):
                known = variables.spread_matrix(inside), variables.spread(np.sqrt(np.diagonal(inside)))
            object.__setattr__(self, "_known", known)
        return known[0].copy()

    @property
    def stderr(self) -> Any:
        """Standard errors in the form of x0; those of fixed entries are 0, of entries on a bound NaN."""
        self.covariance()
        return self._own("_known")[1]

    def _own(self, name: str) -> Any:
        return object.__getattribute__(self, name)

    def __repr__(self) -> str:
        short = {key: NamedOnly(value) if key == "history" else value for key, value in self.items()}
        return repr(optimize.OptimizeResult(short))

    def __dir__(self) -> list[str]:
        return sorted([*self.keys(), "covariance", "stderr"])

    def __copy__(self) -> OptimizeResult:
        return _remade(dict(self), self._own("_known"), self._own("_estimate"))

    def __reduce__(self) -> Any:
        return _remade, (dict(self), self._own("_known"))



class NamedOnly:
    """Stands for a history where a whole result is printed: its table has a line for each iteration."""

    def __init__(self, history: Any) -> None:
        self.history = history

    def __str__(self) -> str:
        return repr(self.history)


def _remade(entries: dict[str, Any], known: Any, estimate: Any = None) -> OptimizeResult:
    result = OptimizeResult(entries)
    object.__setattr__(result, "_known", known)
    object.__setattr__(result, "_estimate", estimate)
    return result
