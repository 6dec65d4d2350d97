"""Bounds as a box: the projection onto it, the projected gradient, and which entries a bound holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.linalg.blas import idamax

__all__ = ["Box", "largest"]


def largest(g: np.ndarray) -> float:
    """The largest entry in size."""
    return abs(float(g[idamax(g)]))


class Box:
    """lower <= x <= upper.

    Parameters
    ----------
    lower, upper : array (n,)
        With infinities where there is no bound.
    """

    def __init__(self, lower: Any, upper: Any) -> None:
        self.lower, self.upper = lower, upper

    def project(self, x: np.ndarray) -> np.ndarray:
        """The nearest point of the box."""
        return np.minimum(np.maximum(x, self.lower), self.upper)

    def size(self, x: np.ndarray, g: np.ndarray) -> float:
        """The largest entry of the projected gradient x - P(x - g), without the rounding of that difference."""
        return largest(np.maximum(np.minimum(g, x - self.lower), x - self.upper))

    def held(self, x: np.ndarray, g: np.ndarray, near: float = 0.0) -> np.ndarray:
        """Mask of the entries at a bound, or that near to one, which the gradient pushes against it."""
        return ((x <= self.lower + near) & (g > 0)) | ((x >= self.upper - near) & (g < 0))

    def inside(self, x: np.ndarray) -> np.ndarray:
        """Mask of the entries strictly between their bounds."""
        return (x > self.lower) & (x < self.upper)

    def room(self, x: np.ndarray, p: np.ndarray) -> float:
        """How far x + a p stays in the box."""
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.where(p > 0, (self.upper - x) / p, np.where(p < 0, (self.lower - x) / p, math.inf))
        return float(steps.min())
