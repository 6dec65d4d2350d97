"""scipy.special: Kolmogorov's limiting distribution and its inverse, and associated Legendre functions."""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import passive
from .arithmetic import number
from .quadrature import masked


def kolmogorov_slope(x):
    """The derivative of 2 sum (-1)**(k-1) exp(-2 k**2 x**2); for small x of the same by Jacobi's theta transformation."""
    far, near = passive(x) > 1, (passive(x) > 0.03) & (passive(x) <= 1)
    u, w = masked(x, far, 1.0), masked(x, near, 1.0)
    tail = -8 * u * sum((-1) ** (k - 1) * k * k * np.exp(-2 * k * k * u * u) for k in range(1, 6))
    exponents = [(2 * k - 1) ** 2 * math.pi**2 / 8 for k in range(1, 6)]
    body = math.sqrt(2 * math.pi) / (w * w) * sum(np.exp(-c / (w * w)) * (1 - 2 * c / (w * w)) for c in exponents)
    return number(np.where(far, tail, np.where(near, body, 0.0)))


elementwise(sp.kolmogorov, lambda y, x: kolmogorov_slope(x), domain=(0.3, 2.0))
elementwise(sp.kolmogi, lambda y, p: 1 / kolmogorov_slope(y), domain=(0.1, 0.9))
elementwise(sp.lpmv, None, None, lambda y, m, v, x: (v * x * y - (v + m) * sp.lpmv(m, v - 1, x)) / ((x - 1) * (x + 1)),
            domain=[lambda rng, m=m: ((m, 2.5, rng.uniform(-0.7, 0.9, 3)), {}) for m in (0, 1)], notes="in the variable; the order is an integer, the degree raises")
