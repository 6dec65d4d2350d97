"""Layer normalisation with its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..functional import layer_norm
from .module import Module, static

__all__ = ["LayerNorm"]


@dataclass(frozen=True, eq=False, repr=False)
class LayerNorm(Module):
    """gain (z - mean) / sqrt(variance + eps) + bias over the last axes.

    Parameters
    ----------
    gain, bias : array of the shape of the last axes, optional
    eps : float

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.LayerNorm.create(4)
    LayerNorm(gain=float64[4], bias=float64[4], eps=1e-05)
    """

    gain: Any = None
    bias: Any = None
    eps: float = static(1e-5)

    @classmethod
    def create(cls, shape: int | tuple[int, ...], *, eps: float = 1e-5, dtype: Any = float) -> LayerNorm:
        """Begin with gain 1 and bias 0."""
        return cls(np.ones(shape, dtype), np.zeros(shape, dtype), eps)

    def __call__(self, z: Any, rng: Any = None) -> Any:
        return layer_norm(z, self.gain, self.bias, self.eps)
