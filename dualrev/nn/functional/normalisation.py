"""Layer normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import at_line
from ...rules.activations import standardised
from ...rules.products import array

__all__ = ["layer_norm"]


def layer_norm(z: Any, gain: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """gain (z - mean) / sqrt(variance + eps) + bias, over the last axes.

    Parameters
    ----------
    z : array, shape (..., *shape)
    gain, bias : array of the shape of the last axes, optional
        Without a gain, the last axis is normalised.
    eps : float
        Added to the variance.

    Returns
    -------
    array
        Of the shape of z. With h = (z - mean) / s, s = sqrt(variance + eps), and the mean over the normalised axes,

            B[., z](v) = (gain v - mean(gain v) - h mean(h gain v)) / s,   B[., gain](v) = v h,   B[., bias](v) = v.

        The gain stands inside the means: in front of the bracket it would be right only if all its entries were equal.

    Raises
    ------
    ValueError
        If gain or bias do not have the shape of the last axes.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> np.round(dr.nn.functional.layer_norm(np.array([1.0, 2.0, 3.0]), eps=0.0), 3)
    array([-1.225,  0.   ,  1.225])

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton, Layer normalization, arXiv:1607.06450 (2016).
    """
    z = array(z)
    for name, part in (("gain", gain), ("bias", bias)):
        shape = np.shape(part)
        if part is not None and (not shape or z.shape[-len(shape):] != shape or (gain is not None and shape != np.shape(gain))):
            raise ValueError(f"layer_norm: {name} has shape {shape}, which is not that of the last axes of z, {z.shape}{at_line()}")
    axes = tuple(range(-max(np.ndim(gain) if gain is not None else np.ndim(bias) if bias is not None else 1, 1), 0))
    y = standardised(z, axes, eps)
    y = y if gain is None else y * gain
    return y if bias is None else y + bias
