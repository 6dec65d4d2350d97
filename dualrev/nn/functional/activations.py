"""Activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from ...rules import activations as rows
from ...rules.products import array

__all__ = ["gelu", "log_softmax", "relu", "sigmoid", "softmax", "softplus", "tanh"]


def relu(z: Any) -> Any:
    """The positive part, max(0, z). Its derivative at 0 is 0, as networks have it; that of ``np.maximum(z, 0)`` is 1/2 there.

    Parameters
    ----------
    z : array

    Returns
    -------
    array
        Of the shape of z. B[relu, z](v) = v (z > 0).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.elementwise_grad(dr.nn.functional.relu)(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 1.])
    """
    return rows.relu(array(z))


def sigmoid(z: Any) -> Any:
    """The logistic function s(z) = 1 / (1 + exp(-z)), without overflow.

    Parameters
    ----------
    z : array

    Returns
    -------
    array
        Of the shape of z. B[sigmoid, z](v) = v s(z) (1 - s(z)).

    Examples
    --------
    >>> import dualrev as dr
    >>> dr.grad(dr.nn.functional.sigmoid)(0.0)
    0.25
    """
    return sp.expit(z)


def tanh(z: Any) -> Any:
    """The hyperbolic tangent.

    Parameters
    ----------
    z : array

    Returns
    -------
    array
        Of the shape of z. B[tanh, z](v) = v (1 - tanh(z)**2).

    Examples
    --------
    >>> import dualrev as dr
    >>> dr.grad(dr.nn.functional.tanh)(0.0)
    1.0
    """
    return np.tanh(z)


def softplus(z: Any) -> Any:
    """A smooth positive part, log(1 + exp(z)).

    Parameters
    ----------
    z : array

    Returns
    -------
    array
        Of the shape of z. B[softplus, z](v) = v s(z), with the logistic function s.

    Examples
    --------
    >>> import dualrev as dr
    >>> dr.grad(dr.nn.functional.softplus)(0.0)
    0.5
    """
    return np.logaddexp(z, 0.0)


def gelu(z: Any) -> Any:
    """z Phi(z), with the distribution function Phi of the normal distribution (not its approximation by tanh).

    Parameters
    ----------
    z : array

    Returns
    -------
    array
        Of the shape of z. B[gelu, z](v) = v (Phi(z) + z exp(-z**2 / 2) / sqrt(2 pi)).

    Examples
    --------
    >>> import dualrev as dr
    >>> dr.grad(dr.nn.functional.gelu)(0.0)
    0.5

    References
    ----------
    D. Hendrycks, K. Gimpel, Gaussian error linear units, arXiv:1606.08415 (2016).
    """
    return z * sp.ndtr(z)


def softmax(z: Any, axis: int = -1) -> Any:
    """Positive weights exp(z) that are divided by their sum along an axis.

    Parameters
    ----------
    z : array
    axis : int

    Returns
    -------
    array
        Weights p of the shape of z. B[softmax, z](v) = p (v - <p, v>).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    return rows.softmax(array(z), axis)


def log_softmax(z: Any, axis: int = -1) -> Any:
    """The logarithm of `softmax`, without underflow.

    Parameters
    ----------
    z : array
    axis : int

    Returns
    -------
    array
        Of the shape of z. B[log_softmax, z](v) = v - softmax(z) sum(v).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.log_softmax(np.array([0.0, -1000.0]))
    array([    0., -1000.])
    """
    return rows.log_softmax(array(z), axis)
