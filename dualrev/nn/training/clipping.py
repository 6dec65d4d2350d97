"""Gradients that are too large are made smaller: each entry, or all together."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["by_norm", "by_value", "global_norm"]


def global_norm(gradients: list[Any]) -> float:
    """The norm of all gradients as one vector, in float64.

    Examples
    --------
    >>> import numpy as np
    >>> from dualrev.nn.training.clipping import global_norm
    >>> global_norm([np.array([3.0]), np.array([[4.0]])])
    5.0
    """
    sizes = [float(np.linalg.norm(np.asarray(g, np.result_type(g, np.float64)))) for g in gradients]
    return float(np.linalg.norm(sizes)) if sizes else 0.0


def by_norm(gradients: list[Any], most: float) -> list[Any]:
    """Multiply all gradients by one number, so that their norm is at most ``most``; the direction stays.

    Examples
    --------
    >>> import numpy as np
    >>> from dualrev.nn.training.clipping import by_norm
    >>> by_norm([np.array([3.0]), np.array([4.0])], 1.0)
    [array([0.6]), array([0.8])]

    References
    ----------
    R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, ICML 2013.
    """
    norm = global_norm(gradients)
    return gradients if norm <= most else [g * (most / norm) for g in gradients]


def by_value(gradients: list[Any], most: float) -> list[Any]:
    """Limit each entry to [-most, most].

    Examples
    --------
    >>> import numpy as np
    >>> from dualrev.nn.training.clipping import by_value
    >>> by_value([np.array([-3.0, 0.5])], 1.0)
    [array([-1. ,  0.5])]
    """
    return [np.clip(g, -most, most) for g in gradients]
