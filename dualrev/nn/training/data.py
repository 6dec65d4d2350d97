"""Examples in an order that a seed decides, cut into minibatches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["Examples"]


class Examples:
    """Inputs and targets, of which the first axis counts the examples.

    Parameters
    ----------
    data : (x, y)
        Arrays, with as many rows each.

    Examples
    --------
    >>> import numpy as np
    >>> from dualrev.nn.training.data import Examples
    >>> [x.tolist() for x, y in Examples((np.arange(5), np.arange(5))).batches(2, seed=0, epoch=0)]
    [[2, 4], [3, 0], [1]]
    """

    def __init__(self, data: Any) -> None:
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise TypeError("the data must be a pair (x, y) of arrays")
        self.x, self.y = np.asarray(data[0]), np.asarray(data[1])
        if not self.x.ndim or not self.y.ndim or len(self.x) != len(self.y) or not len(self.x):
            raise ValueError(f"the data need as many targets as inputs, and at least one, got shapes {self.x.shape} and {self.y.shape}")

    def __len__(self) -> int:
        return len(self.x)

    def batches(self, size: int, seed: int | None = None, epoch: int = 0) -> Iterator[tuple[Any, Any]]:
        """All examples in batches; with a seed, in an order that depends on seed and epoch only."""
        order = None if seed is None else np.random.default_rng([seed, epoch]).permutation(len(self))
        for start in range(0, len(self), size):
            part = slice(start, start + size) if order is None else order[start:start + size]
            yield self.x[part], self.y[part]
