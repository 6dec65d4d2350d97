"""scipy.special: the inverses of distribution functions in each of their arguments, by the implicit function theorem.

Where F(..., z, ...) = p defines z, the derivative of z is 1 / F_z in p and -F_a / F_z in another argument. SciPy finds most of these roots to about 1e-8;
the derivative is that at the root it found. Roots that it finds to four digits are made exact by Newton's method first.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.errors import NoRuleError, at_line
from ..core.rows import TABLE, constant, elementwise
from ..core.tracer import apply, passive
from .special_exponential import bent
from .special_incomplete import COUNTS, beta_density, betainc_slope, gamma_density, gammainc_slope, is_traced


def to_root(function, slot, y, *args):
    """What has to be added to an inverse's value y to make it exact, by Newton's method on the distribution function. A number without a derivative."""
    if is_traced(y, *args):
        return apply(to_root, (function, slot, *map(passive, (y, *args))), {})
    z, slope = np.asarray(y, float), TABLE[function].rules[slot]
    args = [np.asarray(a, float) for a in args]
    for _ in range(4):
        at = (*args[:slot], z, *args[slot + 1:])
        step = (function(*at) - args[slot]) / slope(args[slot], *at)
        z = z - step
    if not np.all((abs(z - y) <= 0.05 * abs(z)) & (abs(step) <= 1e-10 * abs(z))):
        name = function.__name__
        raise NoRuleError(f"the inverse of scipy.special.{name} in argument {slot} has no derivative rule here{at_line()}: SciPy did not find this root. "
                          f"Solve scipy.special.{name}(...) = p with dualrev.optimize.root.")
    return np.asarray(z - y, np.result_type(np.asarray(y), np.float16))[()]


constant(to_root, batch="entries", notes="a correction of rounding errors")


def inverse_partial(partials, slot, k, of=None):
    """The partial in argument k of the inverse that has the probability in the place of argument ``slot``."""
    def partial(y, *args):
        z = y + to_root(of, slot, y, *args) if of else y
        at = (*args[:slot], z, *args[slot + 1:])
        down = partials[slot](args[slot], *at)
        return 1 / down if k == slot else -partials[k](args[slot], *at) / down

    return partial


def inverse(function, partials, slot, domain, notes="", of=None):
    """Declare the inverse of a function with these partials (None: discrete) in one of its arguments; ``of`` is that function where the root needs to be refined."""
    elementwise(function, *(None if partial is None else inverse_partial(partials, slot, k, of) for k, partial in enumerate(partials)), domain=domain, notes=notes)


P, HALF, PLUS = (0.2, 0.8), (0.3, 2.0), (1.5, 4.0)
beta, gamma, chi = (TABLE[f].rules for f in (sp.betainc, sp.gdtr, sp.chdtr))
inverse(sp.btdtria, beta, 0, (P, HALF, P))
inverse(sp.btdtrib, beta, 1, (HALF, P, P))
inverse(sp.gdtria, gamma, 0, (P, HALF, HALF))
inverse(sp.gdtrib, gamma, 1, (HALF, P, HALF))
inverse(sp.gdtrix, gamma, 2, (HALF, HALF, P))
inverse(sp.chdtriv, chi, 0, (P, HALF))

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
