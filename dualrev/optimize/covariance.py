"""Covariance of estimated parameters, from the exact Hessian or Jacobian at the estimate."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["IllConditionedWarning", "from_hessian", "from_jacobian"]

LIMIT = 1e10  # of the condition number after scaling: beyond it fewer than about six digits are left


class IllConditionedWarning(UserWarning):
    """The data hardly determine some combination of the parameters."""


def from_hessian(H: np.ndarray, name: Callable[[int], str]) -> np.ndarray:
    """Return the inverse of a Hessian: the covariance where the objective is a negative log-likelihood.

    Parameters
    ----------
    H : array (n, n)
        The exact Hessian at the minimum.
    name : callable
        Gives the name of the k-th parameter, for the warning.

    Returns
    -------
    array (n, n)
        Infinite with a warning where H is not positive definite.
    """
    scale = np.sqrt(np.abs(np.diagonal(H)))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(H / np.outer(scale, scale))
    return _inverse(values, vectors, scale, name, "Hessian")


def from_jacobian(J: np.ndarray, variance: float, name: Callable[[int], str]) -> np.ndarray:
    """Return ``variance * inv(J.T @ J)``: the covariance of a least-squares fit, computed without forming J.T @ J.

    Parameters
    ----------
    J : array (m, n)
        The exact Jacobian of the residuals at the minimum.
    variance : float
        That of one residual: the sum of squares over m - n, or 1 where the residuals are scaled by known errors.
    name : callable
        Gives the name of the k-th parameter, for the warning.

    Returns
    -------
    array (n, n)
        Infinite with a warning where J has not full rank.
    """
    scale = np.linalg.norm(J, axis=0)
    scale[scale == 0] = 1.0
    _, singular, rows = np.linalg.svd(J / scale, full_matrices=True)
    singular = np.concatenate([singular, np.zeros(J.shape[1] - len(singular))])
    return variance * _inverse(singular[::-1] ** 2, rows[::-1].T, scale, name, "Jacobian")


def _inverse(values: np.ndarray, vectors: np.ndarray, scale: np.ndarray, name: Callable[[int], str], what: str) -> np.ndarray:
    """Invert a scaled symmetric matrix from its eigenvalues in rising order, and warn where that has few digits."""
    n = len(values)
    if not values[0] > n * np.finfo(float).eps ** (2 if what == "Jacobian" else 1) * values[-1]:
        reason = f"The {what} is {'singular' if what == 'Jacobian' else 'not positive definite'} at the result"
        warnings.warn(f"{reason}: {_blame(vectors[:, 0] / scale, scale, name)} not determined, and the covariance is infinite.", IllConditionedWarning, stacklevel=4)
        return np.full((n, n), np.inf)
    condition = values[-1] / values[0]
    if condition > LIMIT:
        condition = np.sqrt(condition) if what == "Jacobian" else condition
        warnings.warn(f"The covariance has few correct digits, since the condition number of the scaled {what} is {condition:.0e}: "
                      f"{_blame(vectors[:, 0] / scale, scale, name)} hardly determined.", IllConditionedWarning, stacklevel=4)
    root = vectors / np.sqrt(values)
    return (root @ root.T) / np.outer(scale, scale)


def _blame(direction: np.ndarray, scale: np.ndarray, name: Callable[[int], str]) -> str:
    """Name the parameters that the worst direction moves most."""
    share: Any = np.abs(direction * scale)
    worst = [int(k) for k in np.argsort(-share)[:3] if share[k] > 0.3 * np.max(share)]
    return " and ".join(name(k) for k in worst) + (" is" if len(worst) == 1 else " together are")
