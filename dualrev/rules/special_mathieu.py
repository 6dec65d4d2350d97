"""scipy.special: Mathieu's characteristic values in the parameter q: eigenvalues of tridiagonal matrices that are linear in q.

By Hellmann and Feynman the derivative is the square form of the matrix's slope at the eigenvector. The order is an integer.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import concrete, passive
from .arithmetic import number
from .quadrature import within, worst


def matrices(size, odd, sine):
    """The matrix of Fourier coefficients at q = 0, and its slope in q."""
    first = 1 if odd else 2 if sine else 0
    slope = np.eye(size, k=1) + np.eye(size, k=-1)
    if odd:
        slope[0, 0] = -1.0 if sine else 1.0
    elif not sine:
        slope[0, 1] = slope[1, 0] = np.sqrt(2.0)
    return np.diag((first + 2.0 * np.arange(size)) ** 2), slope


def characteristic_slope(m, q, sine):
    """The derivative in q of the characteristic value of order m."""
    within("scipy.special.mathieu_a and mathieu_b in q", abs(passive(q)) > 1000, "|q| <= 1000")
    m = np.asarray(passive(m))
    size = int(np.max(m, initial=0)) // 2 + 16 + math.ceil(2.4 * math.sqrt(worst(np.abs(concrete(q)))))
    found = []
    for odd in (False, True):
        if not np.any(m % 2 == odd):
            found.append(np.zeros(size))
            continue
        rest, slope = matrices(size, odd, sine)
        _, vectors = np.linalg.eigh(rest + np.expand_dims(q, (-2, -1)) * slope)
        found.append(np.sum(vectors * (slope @ vectors), axis=-2))
    place = np.broadcast_to(np.maximum((m - (1 if sine else 0)) // 2, 0).astype(int), np.broadcast_shapes(m.shape, np.shape(q)))
    even, odd = (np.take_along_axis(np.broadcast_to(f, (*place.shape, size)), place[..., None], -1)[..., 0] for f in found)
    return number(np.where(m % 2 == 1, odd, even))


DOMAIN: list = [lambda rng, n=n: ((n, rng.uniform(0.3, 4.0, 3)), {}) for n in (1, 2, 5)]
elementwise(sp.mathieu_a, None, lambda y, m, q: characteristic_slope(m, q, False), domain=DOMAIN, notes="the order is an integer")
elementwise(sp.mathieu_b, None, lambda y, m, q: characteristic_slope(m, q, True), domain=DOMAIN, notes="the order is an integer")
