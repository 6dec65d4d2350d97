"""Modules with a matrix: the affine map, and a table of vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..functional import embedding, linear
from .module import Module, normal

__all__ = ["Embedding", "Linear"]


@dataclass(frozen=True, eq=False, repr=False)
class Linear(Module):
    """The affine map z -> W z + b.

    Parameters
    ----------
    W : array, shape (outputs, inputs)
    b : array, shape (outputs,), optional

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.Linear(np.array([[1.0, 2.0]]), np.array([0.5]))(np.array([3.0, 4.0]))
    array([11.5])
    >>> dr.nn.Linear.create(3, 2, rng=0)
    Linear(W=float64[2, 3], b=float64[2])
    """

    W: Any
    b: Any = None

    @classmethod
    def create(cls, inputs: int, outputs: int, rng: Any, *, bias: bool = True, gain: float = 1.0, dtype: Any = float) -> Linear:
        """Draw W from a normal distribution of variance gain**2 / inputs; b is zero. A gain of sqrt(2) keeps variances through a ReLU."""
        return cls(normal(rng, (outputs, inputs), inputs, gain, dtype), np.zeros(outputs, dtype) if bias else None)

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return linear(z, self.W, self.b)


@dataclass(frozen=True, eq=False, repr=False)
class Embedding(Module):
    """A vector for each index.

    Parameters
    ----------
    W : array, shape (words, n)

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.Embedding(np.array([[1.0, 2.0], [3.0, 4.0]]))(np.array([1, 1]))
    array([[3., 4.],
           [3., 4.]])
    """

    W: Any
    indices = True

    @classmethod
    def create(cls, words: int, n: int, rng: Any, *, dtype: Any = float) -> Embedding:
        """Draw the vectors from the standard normal distribution."""
        return cls(normal(rng, (words, n), 1, 1.0, dtype))

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return embedding(z, self.W)
