"""Sums of exponentials, and the weights that they are made of.

The weights are held within [0, 1] and add up to one wherever the sum has a limit: [-inf, -inf] weighs alike, [-inf, 0] as [0, 1], [inf, 0] as [1, 0].
"""

import numpy as np
import scipy.special as sp

from ...core.rows import composite
from ..mirror import mirror

softmax = mirror(sp.softmax)


def softmax_tangent(t, y, x, axis=None):
    """y (t - sum(y t)), which is its own transpose."""
    return y * (t - np.sum(y * t, axis=axis, keepdims=True))


composite(softmax, softmax_tangent, vjp=(softmax_tangent,))
