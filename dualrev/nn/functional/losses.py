"""Losses. A prediction and its target must have one shape: broadcasting (n, 1) against (n,) would compare everything with everything."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from ...core.deciding import anywhere
from ...core.errors import at_line
from ...rules.products import array
from .activations import log_softmax

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "cross_entropy_with_logits", "huber", "mean_squared_error"]


def mean_squared_error(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """(prediction - target)**2 / 2, averaged; with the 1/2, the derivative of one entry is prediction - target.

    Parameters
    ----------
    prediction, target : array
        Of one shape.
    reduction : {"mean", "sum", "none"}
        The average over all entries, their sum, or the entries.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If the shapes differ, or the reduction is unknown.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> float(dr.nn.functional.mean_squared_error(np.array([1.0, 3.0]), np.array([1.0, 1.0])))
    1.0
    """
    difference = array(prediction) - _alike(prediction, target, "mean_squared_error")
    return _reduced(difference * difference * 0.5, reduction, "mean_squared_error")


def huber(prediction: Any, target: Any, delta: float = 1.0, reduction: str = "mean") -> Any:
    """Half the squared difference up to ``delta``, and linear beyond: outliers pull with a bounded force.

    Parameters
    ----------
    prediction, target : array
        Of one shape.
    delta : float
        Where the quadratic part ends.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If the shapes differ, the reduction is unknown, or delta is not positive.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.huber(np.array([0.5, 3.0]), np.zeros(2), reduction="none")
    array([0.125, 2.5  ])

    References
    ----------
    P. J. Huber, Robust estimation of a location parameter, Ann. Math. Statist. 35 (1964).
    """
    if not delta > 0:
        raise ValueError(f"huber: delta must be positive, got {delta}{at_line()}")
    difference = array(prediction) - _alike(prediction, target, "huber")
    return _reduced(sp.huber(np.asarray(delta, difference.dtype)[()], difference), reduction, "huber")


def binary_cross_entropy(probability: Any, target: Any, reduction: str = "mean", label_smoothing: float = 0.0) -> Any:
    """-y log(p) - (1 - y) log(1 - p) of probabilities. Where a network ends in a sigmoid, prefer its logits and `binary_cross_entropy_with_logits`.

    Parameters
    ----------
    probability, target : array
        Of one shape, in [0, 1]. A certain and wrong prediction costs infinity, and so does its derivative, (p - y) / (p (1 - p)).
    reduction : {"mean", "sum", "none"}
    label_smoothing : float
        e replaces the targets y by (1 - e) y + e / 2.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If the shapes differ, a value is outside [0, 1], or an option is unknown.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> p, y = np.array([0.5, 0.8]), np.array([0.0, 1.0])
    >>> np.round(dr.grad(dr.nn.functional.binary_cross_entropy)(p, y, "sum"), 6)
    array([ 2.  , -1.25])
    """
    y = _smoothed(_alike(probability, target, "binary_cross_entropy"), label_smoothing, 2, "binary_cross_entropy")
    _within(probability, "binary_cross_entropy: a probability")
    return _reduced(-(sp.xlogy(y, probability) + sp.xlog1py(1 - y, -array(probability))), reduction, "binary_cross_entropy")


def binary_cross_entropy_with_logits(logit: Any, target: Any, reduction: str = "mean", label_smoothing: float = 0.0) -> Any:
    """The cross-entropy of the probability p = sigmoid(logit): exact and finite however certain a prediction is. Its derivative is p - y.

    Parameters
    ----------
    logit, target : array
        Of one shape; the targets are in [0, 1].
    reduction : {"mean", "sum", "none"}
    label_smoothing : float
        e replaces the targets y by (1 - e) y + e / 2.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If the shapes differ, a target is outside [0, 1], or an option is unknown.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.grad(dr.nn.functional.binary_cross_entropy_with_logits)(np.array([1000.0, 0.0]), np.array([0.0, 1.0]), "sum")
    array([ 1. , -0.5])
    """
    y = _smoothed(_alike(logit, target, "binary_cross_entropy_with_logits"), label_smoothing, 2, "binary_cross_entropy_with_logits")
    z = array(logit)
    return _reduced(-(y * sp.log_expit(z) + (1 - y) * sp.log_expit(-z)), reduction, "binary_cross_entropy_with_logits")


def cross_entropy(probability: Any, target: Any, reduction: str = "mean", label_smoothing: float = 0.0, axis: int = -1) -> Any:
    """-sum of y log(p) over the classes, of probabilities. Where a network ends in a softmax, prefer its logits and `cross_entropy_with_logits`.

    Parameters
    ----------
    probability : array, shape (..., classes)
        Each row adds up to one; B[., p](1) = -y / p.
    target : array of int, shape (...), or array, shape (..., classes)
        The class of each row, or its probabilities.
    reduction : {"mean", "sum", "none"}
        The average over the rows, their sum, or one number a row.
    label_smoothing : float
        e replaces the targets y by (1 - e) y + e / classes.
    axis : int
        Where the classes are.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is outside [0, 1], or an option is unknown.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> float(dr.nn.functional.cross_entropy(np.array([[0.5, 0.5]]), np.array([1])) / np.log(2.0))
    1.0
    """
    p = array(probability)
    y = _classes(p, target, axis, label_smoothing, "cross_entropy")
    _within(p, "cross_entropy: a probability")
    return _reduced(-np.sum(sp.xlogy(y, p), axis=axis), reduction, "cross_entropy")


def cross_entropy_with_logits(logits: Any, target: Any, reduction: str = "mean", label_smoothing: float = 0.0, axis: int = -1) -> Any:
    """The cross-entropy of the probabilities p = softmax(logits), finite for any finite logits. Its derivative is p - y.

    Parameters
    ----------
    logits : array, shape (..., classes)
    target : array of int, shape (...), or array, shape (..., classes)
        The class of each row, or its probabilities.
    reduction, label_smoothing, axis
        As for `cross_entropy`.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If the shapes do not fit, a target is outside [0, 1], or an option is unknown.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.grad(dr.nn.functional.cross_entropy_with_logits)(np.array([[1000.0, 0.0]]), np.array([1]))
    array([[ 1., -1.]])
    """
    z = array(logits)
    y = _classes(z, target, axis, label_smoothing, "cross_entropy_with_logits")
    logs = log_softmax(z, axis)
    if anywhere(np.isneginf, logs):  # classes that are ruled out cost nothing where their target is 0
        logs = np.where(np.equal(y, 0), 0.0, logs)
    return _reduced(-np.sum(y * logs, axis=axis), reduction, "cross_entropy_with_logits")


def _alike(prediction: Any, target: Any, what: str) -> Any:
    """The target, in the prediction's precision and of its shape."""
    found = array(prediction)
    y = array(target)
    if y.shape != found.shape:
        raise ValueError(f"{what}: the prediction has shape {found.shape} and the target {y.shape}; they must be equal{at_line()}. "
                         "Reshape one of them: broadcasting would compare every prediction with every target.")
    return y.astype(found.dtype) if y.dtype.kind in "biu" or (y.dtype != found.dtype and found.dtype.kind == "f" and y.dtype.kind == "f") else y


def _smoothed(y: Any, smoothing: float, classes: int, what: str) -> Any:
    _within(y, f"{what}: a target")
    if not 0 <= smoothing <= 1:
        raise ValueError(f"{what}: label_smoothing must be in [0, 1], got {smoothing}{at_line()}")
    return y * (1 - smoothing) + smoothing / classes if smoothing else y


def _within(x: Any, what: str) -> None:
    if anywhere(lambda p: ~((p >= 0) & (p <= 1)), x):
        raise ValueError(f"{what} is outside [0, 1]{at_line()}. Give probabilities, or use the loss with_logits.")


def _classes(z: Any, target: Any, axis: int, smoothing: float, what: str) -> Any:
    """Targets as probabilities of the shape of z."""
    y = array(target)
    if y.dtype.kind in "iu" and y.ndim == z.ndim - 1:
        n = z.shape[axis]
        rest = tuple(np.delete(z.shape, axis))
        if y.shape != rest:
            raise ValueError(f"{what}: the classes have shape {y.shape}, they must be {rest} for predictions of shape {z.shape}{at_line()}")
        if anywhere(lambda k: (k < 0) | (k >= n), y):
            raise ValueError(f"{what}: a class is outside 0..{n - 1}{at_line()}")
        y = np.moveaxis(np.equal(np.expand_dims(y, -1), np.arange(n)), -1, axis)
    return _smoothed(_alike(z, y, what), smoothing, z.shape[axis], what)


def _reduced(losses: Any, reduction: str, what: str) -> Any:
    if reduction == "mean":
        return np.mean(losses)
    if reduction == "sum":
        return np.sum(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"{what}: reduction must be 'mean', 'sum' or 'none', got {reduction!r}{at_line()}")
