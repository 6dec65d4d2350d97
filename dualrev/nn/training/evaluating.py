"""A trained network on other data: its loss and whatever else is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .data import Examples

__all__ = ["accuracy", "evaluate"]


def accuracy(result: Any, y: Any) -> float:
    """The share of rows whose largest entry is at the right class; of single logits, the share with the right sign.

    Parameters
    ----------
    result : array, shape (batch, classes), or of the shape of y
        Logits, or probabilities of several classes.
    y : array
        Classes, or one-hot rows.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0]))
    0.5
    """
    result, y = np.asarray(result), np.asarray(y)
    if result.ndim == 2 and result.shape[1] > 1:
        return float(np.mean(np.argmax(result, axis=1) == (y if y.ndim == 1 else np.argmax(y, axis=1))))
    if result.shape != y.shape:
        raise ValueError(f"accuracy: the results have shape {result.shape} and the targets {y.shape}")
    return float(np.mean((result > 0) == (y > 0.5)))


def evaluate(network: Any, loss: Callable[..., Any], data: Any, metrics: dict[str, Callable[..., Any]] | None = None, batch_size: int = 1024) -> dict[str, float]:
    """The loss and the metrics of a network, averaged over the data; nothing is dropped, and nothing is recorded.

    Parameters
    ----------
    network : module
    loss : callable
        ``loss(result, y)``, an average over its rows.
    data : (x, y)
    metrics : dict, optional
        Name -> ``metric(result, y)``, averages over their rows as well.
    batch_size : int
        How many rows to run at a time.

    Returns
    -------
    dict
        ``"loss"`` and the metrics by name.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.evaluate(dr.nn.Tanh(), dr.nn.mean_squared_error, (np.zeros((4, 1)), np.ones((4, 1))))
    {'loss': 0.5}
    """
    examples = Examples(data)
    wanted = {"loss": loss, **(metrics or {})}
    totals = dict.fromkeys(wanted, 0.0)
    for x, y in examples.batches(batch_size):
        result = network(x)
        for name, function in wanted.items():
            totals[name] += float(function(result, y)) * len(x) / len(examples)
    return totals
