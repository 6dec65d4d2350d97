"""Tridiagonal systems A X = B, in the bands of A and in B: dX = A^-1 (dB - dA X)."""

import numpy as np
import scipy.linalg

from ...core.rows import composite
from ..mirror import dispatched

__all__ = ["tridiagonal"]


@dispatched
def tridiagonal(bands, b):
    """SciPy's solution; the bands above, on and below the diagonal, each entry in its column."""
    return scipy.linalg.solve_banded((1, 1), bands, b, check_finite=False)


def times(bands, x):
    """The product of the matrix with columns."""
    none = np.zeros_like(x[:1])
    above, diagonal, below = (np.expand_dims(bands[k], -1) * x for k in range(3))
    return diagonal + np.concatenate([above[1:], none]) + np.concatenate([none, below[:-1]])


def turned(bands):
    """The bands of the transpose."""
    none = np.zeros_like(bands[0, :1])
    return np.stack([np.concatenate([none, bands[2, :-1]]), bands[1], np.concatenate([bands[0, 1:], none])])


def in_bands(g, y, bands, b):
    """Minus the three diagonals of A^-T g X^T."""
    w, none = -tridiagonal(turned(bands), g), np.zeros_like(y[:1])
    return np.stack([np.sum(part * y, axis=-1) for part in (np.concatenate([none, w[:-1]]), w, np.concatenate([w[1:], none]))])


composite(tridiagonal, lambda t, y, bands, b: -tridiagonal(bands, times(t, y)), lambda t, y, bands, b: tridiagonal(bands, t),
          vjp=(in_bands, lambda g, y, bands, b: tridiagonal(turned(bands), g)), name="dr.scipy.interpolate (tridiagonal systems)",
          domain=lambda rng: ((rng.normal(size=(3, 5)) + np.array([[0.0], [4.0], [0.0]]), rng.normal(size=(5, 2))), {}))
