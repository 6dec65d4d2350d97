"""The derivatives of J and I in their order for many entries: the power series, whose terms carry Taylor coefficients, one term after the other."""

import numpy as np
import scipy.special as sp

from .effort import by_effort, rising_series
from .jets import derivative
from .special_gamma import psi_slope

LOSS = 1e-4  # of the digits of the terms, what a derivative keeps


def ascending(n, v, x, m, sign, other):
    """(x/2)**v / Gamma(v+1) S with S = 1 + sign q / (1 (v+1)) + q**2 / (1 2 (v+1) (v+2)) + ... and q = x**2 / 4; ``other`` where it cancels."""
    log, total = np.log(x / 2), rising_series(n, v, sign * x * x / 4, True, m)

    def own(i, _):
        return (log if i == 1 else 0.0) - psi_slope(v + 1, i - 1)

    front, found = np.exp(v * log - sp.gammaln(v + 1)), derivative(own, total, m)
    size = derivative(lambda i, _: np.abs(own(i, _)), [1 + np.abs(total[0]), *map(np.abs, total[1:])], m)
    y = front * found
    lost = ~(np.abs(found) > LOSS * size)
    if sign < 0:
        lost &= ~(np.hypot(found, total[0]) > LOSS * size)  # where the function is larger than its derivative
    lost &= np.isfinite(v + x)
    if np.any(lost):
        v, x = (np.broadcast_to(a, lost.shape)[lost] for a in (v, x))
        y[lost] = other(v, x)
    return y


def in_order(v, x, m, sign, other):
    """The m-th derivative in the order of J (sign -1) or I (sign 1) of plain numbers; by ``other`` where the series cancels."""
    v, x = np.asarray(v), np.asarray(x)
    with np.errstate(all="ignore"):
        safe = (v > -0.9) & ((x <= 12) | (x * x < 16 * (v + 1)) | (sign > 0))
        count = np.where(safe, 5 + 5 * np.sqrt(x) + 0.4 * x, 1)
    return by_effort((lambda n, v, x: other(v, x), lambda n, v, x: ascending(n, v, x, m, sign, other)), safe, count, v, x)
