"""`stop_gradient`: a value without its derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.objects import lift
from ..core.rows import constant
from ..core.tracer import Tracer, apply
from ..core.tree import tree_map

__all__ = ["stop_gradient"]


def detached(x: Any) -> Any:
    """x without its derivative."""
    return apply(detached, (x,), {}) if isinstance(x, Tracer) else x


constant(detached, batch="leading")


def stop_gradient(x: Any) -> Any:
    """Return a value that every transform takes for a constant.

    Parameters
    ----------
    x : array, number, or container of them
        What to take the derivative off.

    Returns
    -------
    The plain value, in the same form.

    Examples
    --------
    >>> import dualrev as dr
    >>> dr.grad(lambda x: x * dr.stop_gradient(x))(3.0)
    3.0
    """
    return tree_map(lambda leaf: detached(lift(leaf) if isinstance(leaf, np.ndarray) else leaf), x)
