"""The largest and the average entry of moving windows."""

from __future__ import annotations

from typing import Any

from ...core.errors import at_line
from ...rules.products import array
from ...rules.windows import Geometry, largest, weighed
from .geometry import moving, per_axis

__all__ = ["avg_pool", "max_pool"]


def max_pool(x: Any, window: Any, stride: Any = None, padding: Any = 0, *, axes: int = 2) -> Any:
    """The largest entry of each window over the last axes.

    Parameters
    ----------
    x : array, shape (..., *shape)
    window : int or one for each axis
    stride : int or one for each axis, optional
        By default the window's lengths, so that windows do not overlap.
    padding : as for `conv`
        Padding is never chosen.
    axes : int
        Over how many last axes the window moves.

    Returns
    -------
    array, shape (..., *places)
        The derivative goes to the largest entry, and is divided evenly among equal ones, as that of ``np.max`` is.

    Raises
    ------
    ValueError
        If a number is out of range, or the window does not fit.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.max_pool(np.array([1.0, 5.0, 2.0, 3.0]), 2, axes=1)
    array([5., 3.])
    """
    x = array(x)
    x = x.astype(float) if x.dtype.kind in "biu" else x
    geometry = _geometry(x, window, stride, padding, axes, "max_pool")
    if any(max(pair) >= k for pair, k in zip(geometry.padding, geometry.kernel, strict=True)):
        raise ValueError(f"max_pool: with padding {padding!r} a window of {geometry.kernel} may lie outside the array{at_line()}")
    return largest(x, geometry)


def avg_pool(x: Any, window: Any, stride: Any = None, padding: Any = 0, *, axes: int = 2) -> Any:
    """The average of each window over the last axes; padding counts as zeros.

    Parameters
    ----------
    x : array, shape (..., *shape)
    window, stride, padding, axes
        As for `max_pool`.

    Returns
    -------
    array, shape (..., *places)

    Raises
    ------
    ValueError
        If a number is out of range, or the window does not fit.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.avg_pool(np.array([1.0, 5.0, 2.0, 3.0]), 2, axes=1)
    array([3. , 2.5])
    """
    x = array(x)
    geometry = _geometry(x, window, stride, padding, axes, "avg_pool")
    return weighed(x, None, geometry) / geometry.count


def _geometry(x: Any, window: Any, stride: Any, padding: Any, axes: int, what: str) -> Geometry:
    if axes < 1 or x.ndim < axes:
        raise ValueError(f"{what}: x of shape {x.shape} has fewer than {axes} axes{at_line()}")
    kernel = per_axis(window, axes, f"{what}: window")
    return moving(x.shape[-axes:], kernel, kernel if stride is None else stride, padding, 1, 1, what)
