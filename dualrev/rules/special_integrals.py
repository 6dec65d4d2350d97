"""scipy.special: exponential, trigonometric and Fresnel integrals, the dilogarithm and Lambert's functions."""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import composite, elementwise
from ..core.tracer import passive
from .special_antiderivatives import parts

elementwise(sp.exp1, lambda y, x: -np.exp(-x) / x, domain=(0.3, 2.0))
elementwise(sp.expi, lambda y, x: np.exp(x) / x, domain=(0.3, 2.0))


def expn_slope(y, n, x):
    """-E_(n-1); E_0 = e**-x / x."""
    first = n == 0
    return np.where(first, -np.exp(-x) * (1 + 1 / x) / x, -sp.expn(np.where(first, 0, n - 1), x))[()]


elementwise(sp.expn, None, expn_slope, domain=[lambda rng, n=n: ((n, rng.uniform(0.3, 2.0, 3)), {}) for n in (0, 1, 3)], notes="the order is an integer")


def sinhc(x):
    """sinh(x) / x."""
    return np.sinh(x) / x if np.iscomplexobj(passive(x)) else (sp.exprel(x) + sp.exprel(-x)) / 2


parts(sp.sici, lambda y, x: np.sinc(x / math.pi), lambda y, x: np.cos(x) / x)
parts(sp.shichi, lambda y, x: sinhc(x), lambda y, x: np.cosh(x) / x)
composite(sp.fresnel, lambda t, y, x: (t * np.sin(math.pi / 2 * x * x), t * np.cos(math.pi / 2 * x * x)),
          vjp=(lambda g, y, x: g[0] * np.sin(math.pi / 2 * x * x) + g[1] * np.cos(math.pi / 2 * x * x),), domain=lambda rng: ((rng.uniform(-2.0, 2.0, 4),), {}), multiple=True)


def spence_slope(y, x):
    """log(x) / (1 - x), which is -1 at 1."""
    return np.log(x) / (1 - x) if np.iscomplexobj(passive(x)) else -1 / sp.exprel(np.log(x))


elementwise(sp.spence, spence_slope, domain=(0.3, 2.0))
elementwise(sp.wrightomega, lambda y, z: y / (1 + y))
elementwise(sp._ufuncs._lambertw, lambda y, z, k, tol: np.exp(-y) / (1 + y), None, None, name="scipy.special.lambertw",
            domain=[lambda rng: ((rng.uniform(0.3, 2.0, 3) + 1j * rng.uniform(0.3, 2.0, 3), 0, 1e-8), {}), lambda rng: ((rng.uniform(0.3, 2.0, 3), 1, 1e-8), {})])
