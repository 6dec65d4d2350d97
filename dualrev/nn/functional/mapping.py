"""The affine map, looking up vectors, and dropping entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.deciding import anywhere
from ...core.errors import at_line
from ...rules.products import array, by_rows

__all__ = ["dropout", "embedding", "linear"]


def linear(z: Any, W: Any, b: Any = None) -> Any:
    """The affine map W z + b of a vector, or of each row of an array.

    Parameters
    ----------
    z : array, shape (..., n)
    W : array, shape (m, n)
    b : array, shape (m,), optional

    Returns
    -------
    array, shape (..., m)
        B[., z](v) = W^T v, B[., W](v) = v z^T, B[., b](v) = v; over several rows the last two add up.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.linear(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), np.array([0.5]))
    array([11.5])
    """
    shape, lengths = np.shape(z), np.shape(W)
    if len(lengths) != 2 or not shape or shape[-1] != lengths[1]:
        raise ValueError(f"linear: z of shape {shape} must end in the number of columns of W, which has shape {lengths}{at_line()}")
    if b is not None and np.shape(b) != lengths[:1]:
        raise ValueError(f"linear: b has shape {np.shape(b)}, it must be {lengths[:1]}{at_line()}. A column (m, 1) would be broadcast against a batch.")
    z, W = array(z), array(W)
    y = by_rows(z, W) if z.ndim > 1 else np.matmul(W, z)
    return y if b is None else y + b


def embedding(indices: Any, W: Any) -> Any:
    """The rows of W with the given indices.

    Parameters
    ----------
    indices : array of int
    W : array, shape (words, n)

    Returns
    -------
    array, shape (*indices.shape, n)
        B[., W](v) adds each row of v to the row that it was read from.

    Raises
    ------
    TypeError
        If the indices are not integers.
    IndexError
        If one is negative, or has no row.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.embedding(np.array([1, 0]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[3., 4.],
           [1., 2.]])
    """
    indices = array(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"embedding: the indices must be integers, not {indices.dtype}{at_line()}")
    if anywhere(lambda k: (k < 0) | (k >= np.shape(W)[0]), indices):
        raise IndexError(f"embedding: an index is outside 0..{np.shape(W)[0] - 1}{at_line()}")
    return np.take(array(W), indices, axis=0)


def dropout(z: Any, rate: float, rng: Any) -> Any:
    """Set entries to zero with the given probability, and divide the others by the probability of staying.

    Parameters
    ----------
    z : array
    rate : float
        Probability of an entry to be dropped, in [0, 1).
    rng : numpy.random.Generator or None
        Where the random numbers come from; None drops nothing.

    Returns
    -------
    array
        Of the shape of z.

    Raises
    ------
    ValueError
        If the rate is outside [0, 1).
    TypeError
        If ``rng`` is no generator.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.dropout(np.ones(6), 0.5, np.random.default_rng(0))
    array([2., 0., 0., 0., 2., 2.])

    References
    ----------
    N. Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, J. Mach. Learn. Res. 15 (2014).
    """
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: the rate must be in [0, 1), got {rate}{at_line()}")
    if rng is None or rate == 0:
        return z
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"dropout: rng must be a numpy.random.Generator, got {type(rng).__name__}{at_line()}. Use np.random.default_rng(seed).")
    z = array(z)
    stay = rng.random(z.shape) >= rate
    return z * (stay / (1 - rate)).astype(z.dtype)
