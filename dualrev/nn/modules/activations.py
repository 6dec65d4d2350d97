"""Modules without parameters: activations, and any function of the user's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import functional as F
from .module import Module, static

__all__ = ["GELU", "Dropout", "Flatten", "Function", "ReLU", "Sigmoid", "Softmax", "Tanh"]


@dataclass(frozen=True, eq=False, repr=False)
class Function(Module):
    """A function without parameters as a module; `Sequential` makes one of each plain function that it is given.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.Function(np.sin)(0.0)
    np.float64(0.0)
    """

    function: Callable[..., Any] = static()

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return self.function(z)


@dataclass(frozen=True, eq=False, repr=False)
class ReLU(Module):
    """The positive part; its derivative at 0 is 0."""

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return F.relu(z)


@dataclass(frozen=True, eq=False, repr=False)
class Sigmoid(Module):
    """The logistic function."""

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return F.sigmoid(z)


@dataclass(frozen=True, eq=False, repr=False)
class Tanh(Module):
    """The hyperbolic tangent."""

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return F.tanh(z)


@dataclass(frozen=True, eq=False, repr=False)
class GELU(Module):
    """z Phi(z), with the normal distribution function Phi."""

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return F.gelu(z)


@dataclass(frozen=True, eq=False, repr=False)
class Softmax(Module):
    """Weights that add up to one along an axis. A network that is trained with `cross_entropy_with_logits` ends before it."""

    axis: int = static(-1)

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return F.softmax(z, self.axis)


@dataclass(frozen=True, eq=False, repr=False)
class Dropout(Module):
    """Drop entries with the given probability while a random generator is passed; without one, nothing is dropped.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> drop = dr.nn.Dropout(0.5)
    >>> drop(np.ones(3)), drop(np.ones(3), rng=np.random.default_rng(0))
    (array([1., 1., 1.]), array([2., 0., 0.]))
    """

    rate: float = static(0.5)

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return F.dropout(z, self.rate, rng)


@dataclass(frozen=True, eq=False, repr=False)
class Flatten(Module):
    """All axes but the first, the batch, as one.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.Flatten()(np.zeros((5, 2, 3))).shape
    (5, 6)
    """

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return np.reshape(z, (np.shape(z)[0], int(np.prod(np.shape(z)[1:]))))
