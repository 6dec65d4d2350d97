"""scipy.special: Mathieu's characteristic values in the parameter q: eigenvalues of tridiagonal matrices that are linear in q.

By Hellmann and Feynman the derivative is the square form of the matrix's slope at the eigenvector, and perturbation theory gives the next ones. SciPy's value tells where
the eigenvector is found, so that no eigenvalue is searched for. The order is an integer.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import apply
from .effort import by_effort
from .quadrature import within
from .special_incomplete import is_traced
from .tridiagonal import eigenpair, moved


def matrices(size, odd, sine, q):
    """The diagonal and the side diagonal of the matrix of Fourier coefficients, and its slope in q as a function of vectors."""
    first = 1 if odd else 2 if sine else 0
    corner, root = (-1.0 if sine else 1.0) if odd else 0.0, 1.0 if odd or sine else math.sqrt(2.0)
    rest = np.repeat(((first + 2.0 * np.arange(size)) ** 2)[:, None], len(q), axis=1)
    rest[0] += corner * q
    side = np.repeat(q[None], size - 1, axis=0)
    side[0] *= root

    def slope(v):
        y = np.zeros_like(v)
        y[:-1] += v[1:]
        y[1:] += v[:-1]
        y[0] += corner * v[0] + (root - 1) * v[1]
        y[1] += (root - 1) * v[0]
        return y

    return rest, side, slope


def characteristic_slope(m, q, sine, p):
    """The p-th derivative in q of the characteristic value of order m."""
    if is_traced(m, q):
        return apply(characteristic_slope, (m, q, sine, p), {})
    within("scipy.special.mathieu_a and mathieu_b in q", np.abs(q) > 1000, "|q| <= 1000")
    kind = np.result_type(np.asarray(q), np.float16)
    near = (sp.mathieu_b if sine else sp.mathieu_a)(np.asarray(m, float), np.asarray(q, float))

    def way(odd):
        def compute(n, m, q, near):
            *matrix, slope = matrices(n, odd, sine, q)
            pair = eigenpair(*matrix, near, ((m - (1 if sine else 0)) // 2).astype(int))
            return math.factorial(p) * moved(pair, [slope], p)[0][p]

        return compute

    root = np.sqrt(np.abs(q))
    count = 4 + p + np.sqrt(np.square(np.asarray(m, float) / 2) + (np.asarray(m, float) + 18) * root)
    return by_effort((way(False), way(True), lambda n, m, q, near: np.nan), np.where(np.isnan(near), 2, np.asarray(m) % 2), count, m, q, near).astype(kind)[()]


DOMAIN: list = [lambda rng, n=n: ((n, rng.uniform(0.3, 4.0, 3)), {}) for n in (1, 2, 5)]
elementwise(sp.mathieu_a, None, lambda y, m, q: characteristic_slope(m, q, False, 1), domain=DOMAIN, notes="the order is an integer")
elementwise(sp.mathieu_b, None, lambda y, m, q: characteristic_slope(m, q, True, 1), domain=DOMAIN, notes="the order is an integer")
elementwise(characteristic_slope, None, lambda y, m, q, sine, p: characteristic_slope(m, q, sine, p + 1), None, None,
            domain=[lambda rng, n=n, s=s: ((n, rng.uniform(0.3, 4.0, 3), s, 1), {}) for n, s in ((1, False), (2, True), (2, False))])
