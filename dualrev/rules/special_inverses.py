"""scipy.special: the inverses of distribution functions in each of their arguments, by the implicit function theorem.

Where F(..., z, ...) = p defines z, the derivative of z is 1 / F_z in p and -F_a / F_z in another argument. SciPy finds most of these roots to about 1e-8;
the derivative is that at the root it found.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import TABLE, elementwise
from .special_exponential import bent
from .special_incomplete import COUNTS, beta_density, betainc_slope, gamma_density, gammainc_slope


def inverse_partial(partials, slot, k):
    """The partial in argument k of the inverse that has the probability in the place of argument ``slot``."""
    def partial(y, *args):
        at = (*args[:slot], y, *args[slot + 1:])
        down = partials[slot](args[slot], *at)
        return 1 / down if k == slot else -partials[k](args[slot], *at) / down

    return partial


def inverse(function, partials, slot, domain, notes=""):
    """Declare the inverse of a function with these partials (None: discrete) in one of its arguments."""
    elementwise(function, *(None if partial is None else inverse_partial(partials, slot, k) for k, partial in enumerate(partials)), domain=domain, notes=notes)


P, HALF, PLUS = (0.2, 0.8), (0.3, 2.0), (1.5, 4.0)
beta, gamma, student, fisher, chi = (TABLE[f].rules for f in (sp.betainc, sp.gdtr, sp.stdtr, sp.fdtr, sp.chdtr))
inverse(sp.btdtria, beta, 0, (P, HALF, P))
inverse(sp.btdtrib, beta, 1, (HALF, P, P))
inverse(sp.gdtria, gamma, 0, (P, HALF, HALF))
inverse(sp.gdtrib, gamma, 1, (HALF, P, HALF))
inverse(sp.gdtrix, gamma, 2, (HALF, HALF, P))
inverse(sp.chdtriv, chi, 0, (P, HALF))
inverse(sp.fdtri, fisher, 2, (PLUS, PLUS, P))
inverse(sp.fdtridfd, fisher, 1, (PLUS, (0.3, 0.5), (0.8, 1.2)))
inverse(sp.stdtridf, student, 0, ((0.81, 0.83), (1.45, 1.6)))

# the cumulative sums as functions of real counts
BINOMIAL = (lambda y, k, n, p: betainc_slope(n - k, k + 1, 1 - p, 0, 1) - betainc_slope(n - k, k + 1, 1 - p, 1, 0), lambda y, k, n, p: betainc_slope(n - k, k + 1, 1 - p, 1, 0),
            lambda y, k, n, p: -beta_density(n - k, k + 1, 1 - p))
NEGATIVE = (lambda y, k, n, p: betainc_slope(n, k + 1, p, 0, 1), lambda y, k, n, p: betainc_slope(n, k + 1, p, 1, 0), lambda y, k, n, p: beta_density(n, k + 1, p))
POISSON = (lambda y, k, m: -gammainc_slope(k + 1, m, 1), lambda y, k, m: -gamma_density(k + 1, m))
inverse(sp.bdtrik, BINOMIAL, 0, (P, (9.0, 12.0), P))
inverse(sp.bdtrin, BINOMIAL, 1, ((2.0, 4.0), P, P))
inverse(sp.nbdtrik, NEGATIVE, 0, ((0.5, 0.8), PLUS, (0.2, 0.4)))
inverse(sp.nbdtrin, NEGATIVE, 1, (PLUS, P, (0.2, 0.6)))
inverse(sp.pdtrik, POISSON, 0, ((0.5, 0.8), PLUS))
inverse(sp.bdtri, (None, None, TABLE[sp.bdtr].rules[2]), 2, lambda rng: ((2.0, 5, rng.uniform(0.2, 0.8, 3)), {}), COUNTS)
inverse(sp.nbdtri, (None, None, TABLE[sp.nbdtr].rules[2]), 2, lambda rng: ((2, 5, rng.uniform(0.2, 0.8, 3)), {}), COUNTS)
inverse(sp.pdtri, (None, TABLE[sp.pdtr].rules[1]), 1, lambda rng: ((2, rng.uniform(0.2, 0.8, 3)), {}), COUNTS)


def quantile_slope(p):
    """The derivative of the normal quantile."""
    return math.sqrt(2 * math.pi) * np.exp(0.5 * sp.ndtri(p) ** 2)


elementwise(sp.nrdtrimn, lambda y, p, std, x: -std * quantile_slope(p), lambda y, p, std, x: -sp.ndtri(p), 1, domain=(P, HALF, HALF))
elementwise(sp.nrdtrisd, lambda y, mean, p, x: -1 / sp.ndtri(p), lambda y, mean, p, x: -y * quantile_slope(p) / sp.ndtri(p), lambda y, mean, p, x: 1 / sp.ndtri(p),
            domain=((0.0, 0.5), (0.6, 0.9), (1.0, 2.0)))


def tukey_density(p, shape):
    """That of the quantile function (p**s - (1-p)**s) / s, at probability p."""
    return 1 / (p ** (shape - 1) + (1 - p) ** (shape - 1))


elementwise(sp.tklmbda, lambda y, x, shape: tukey_density(y, shape), lambda y, x, shape: (bent(np.log1p(-y), shape) - bent(np.log(y), shape)) * tukey_density(y, shape),
            domain=((-0.9, 0.9), (-0.5, 0.9)))
