"""scipy.special: orthogonal polynomials, in the variable, in the parameters, and in a real degree, where they are hypergeometric functions."""

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import Tracer, passive
from .arithmetic import number
from .quadrature import masked
from .special_gamma import digamma_rise
from .special_hypergeometric import hyp1f1_slope, hyp2f1_slope
from .special_integrals import sinhc

WHOLE = "the degree is an integer"


def polynomial(function, *partials, samples=(), notes=""):
    """Declare the partials in the degree, the parameters and the variable, which comes last."""
    *rest, last = partials
    plain = [lambda rng, n=n: ((n, *samples, rng.uniform(-0.9, 0.9, 3)), {}) for n in (0, 1, 4)]
    real = [lambda rng: ((rng.uniform(0.3, 2.5, 3), *(s + rng.uniform(0.0, 0.2, 3) for s in samples), rng.uniform(0.7, 0.9, 3)), {})]
    elementwise(function, *rest, last, notes=notes, domain=plain + (real if rest[0] else []))


def below(n):
    """The degree of the derivative; that of a constant polynomial has the factor 0."""
    return n - 1 if isinstance(n, Tracer) else n - (n != 0)


def vanishing(n):
    """0 for the constant polynomial, 1 else."""
    return 1.0 if isinstance(n, Tracer) else (n != 0) * 1.0


def jacobi_moves(n, a, b, x):
    """The factor and the three parameter derivatives of binom(n+a, n) 2F1(-n, n+a+b+1, a+1, (1-x)/2)."""
    at = (-n, n + a + b + 1, a + 1, (1 - x) / 2)
    return sp.binom(n + a, n), lambda *order: hyp2f1_slope(*at, *order)


def jacobi_in_degree(y, n, a, b, x):
    """That of both places of n."""
    factor, slope = jacobi_moves(n, a, b, x)
    return y * digamma_rise(n + 1, a) + factor * (slope(0, 1, 0) - slope(1, 0, 0))


def jacobi_in_first(y, n, a, b, x):
    """That of the three places of a."""
    factor, slope = jacobi_moves(n, a, b, x)
    return y * digamma_rise(a + 1, n) + factor * (slope(0, 1, 0) + slope(0, 0, 1))


def jacobi_in_second(y, n, a, b, x):
    """That of b."""
    factor, slope = jacobi_moves(n, a, b, x)
    return factor * slope(0, 1, 0)


def shifted(partial, logarithmic):
    """A partial of P(p-q, q-1)(2x-1) / binom(2n+p-1, n), from one of P and one of the logarithm of the binomial coefficient."""
    def rule(y, n, p, q, x):
        scale = sp.binom(2 * n + p - 1, n)
        return partial(y * scale, n, p - q, q - 1, 2 * x - 1) / scale - y * logarithmic(n, p)

    return rule


def jacobi_in_difference(y, *at):
    """That of q, which one parameter falls with and the other rises with."""
    return jacobi_in_second(y, *at) - jacobi_in_first(y, *at)


def gegenbauer_moves(n, a, x):
    """The factor and the parameter derivatives of Gamma(n+2a) / (Gamma(2a) n!) 2F1(-n, n+2a, a+1/2, (1-x)/2)."""
    at = (-n, n + 2 * a, a + 0.5, (1 - x) / 2)
    return sp.poch(2 * a, n) * sp.rgamma(n + 1.0), lambda *order: hyp2f1_slope(*at, *order)


def gegenbauer_in_degree(y, n, a, x):
    """That of both places of n."""
    factor, slope = gegenbauer_moves(n, a, x)
    return y * digamma_rise(n + 1, 2 * a - 1) + factor * (slope(0, 1, 0) - slope(1, 0, 0))


def gegenbauer_in_parameter(y, n, a, x):
    """That of the places of a."""
    factor, slope = gegenbauer_moves(n, a, x)
    return 2 * y * digamma_rise(2 * a, n) + factor * (2 * slope(0, 1, 0) + slope(0, 0, 1))


def legendre_in_degree(n, x):
    """That of 2F1(-n, n+1, 1, (1-x)/2)."""
    at = (-n, n + 1, 1.0, (1 - x) / 2)
    return hyp2f1_slope(*at, 0, 1, 0) - hyp2f1_slope(*at, 1, 0, 0)


def laguerre_in_degree(y, n, a, x):
    """That of binom(n+a, n) 1F1(-n, a+1, x)."""
    return y * digamma_rise(n + 1, a) - sp.binom(n + a, n) * hyp1f1_slope(-n, a + 1, x, 1, 0)


def laguerre_in_parameter(y, n, a, x):
    """That of both places of a."""
    return y * digamma_rise(a + 1, n) + sp.binom(n + a, n) * hyp1f1_slope(-n, a + 1, x, 0, 1)


def angles(x):
    """Whether x = cos(t) with a real angle t or cosh(t), and both t."""
    turns = passive(x) <= 1
    return turns, np.arccos(masked(x, turns, 0.0)), np.arccosh(masked(x, ~turns, 2.0))


def first_kind_in_degree(n, x):
    """That of cos(n t)."""
    turns, t, u = angles(x)
    return number(np.where(turns, -t * np.sin(n * t), u * np.sinh(n * u)))


def second_kind_in_degree(n, x):
    """That of sin((n+1) t) / sin(t)."""
    turns, t, u = angles(x)
    return number(np.where(turns, np.cos((n + 1) * t) / np.sinc(t / np.pi), np.cosh((n + 1) * u) / sinhc(u)))


polynomial(sp.eval_jacobi, jacobi_in_degree, jacobi_in_first, jacobi_in_second,
           lambda y, n, a, b, x: vanishing(n) * (n + a + b + 1) / 2 * sp.eval_jacobi(below(n), a + 1, b + 1, x), samples=(0.5, 0.7))
polynomial(sp.eval_sh_jacobi, shifted(jacobi_in_degree, lambda n, p: digamma_rise(n + 1, n + p - 1) + digamma_rise(n + p, n)),
           shifted(jacobi_in_first, lambda n, p: digamma_rise(n + p, n)), shifted(jacobi_in_difference, lambda n, p: 0.0),
           lambda y, n, p, q, x: vanishing(n) * (n + p) * sp.eval_jacobi(below(n), p - q + 1, q, 2 * x - 1) / sp.binom(2 * n + p - 1, n), samples=(1.7, 0.6))
polynomial(sp.eval_gegenbauer, gegenbauer_in_degree, gegenbauer_in_parameter, lambda y, n, a, x: vanishing(n) * 2 * a * sp.eval_gegenbauer(below(n), a + 1, x), samples=(0.8,))
polynomial(sp.eval_legendre, lambda y, n, x: legendre_in_degree(n, x), lambda y, n, x: vanishing(n) * sp.eval_gegenbauer(below(n), 1.5, x))
polynomial(sp.eval_sh_legendre, lambda y, n, x: legendre_in_degree(n, 2 * x - 1), lambda y, n, x: 2 * vanishing(n) * sp.eval_gegenbauer(below(n), 1.5, 2 * x - 1))
polynomial(sp.eval_chebyt, lambda y, n, x: first_kind_in_degree(n, x), lambda y, n, x: n * sp.eval_chebyu(below(n), x))
polynomial(sp.eval_chebyc, lambda y, n, x: 2 * first_kind_in_degree(n, x / 2), lambda y, n, x: n * sp.eval_chebys(below(n), x))
polynomial(sp.eval_sh_chebyt, lambda y, n, x: first_kind_in_degree(n, 2 * x - 1), lambda y, n, x: 2 * n * sp.eval_sh_chebyu(below(n), x))
polynomial(sp.eval_chebyu, lambda y, n, x: second_kind_in_degree(n, x), lambda y, n, x: 2 * vanishing(n) * sp.eval_gegenbauer(below(n), 2.0, x))
polynomial(sp.eval_chebys, lambda y, n, x: second_kind_in_degree(n, x / 2), lambda y, n, x: vanishing(n) * sp.eval_gegenbauer(below(n), 2.0, x / 2))
polynomial(sp.eval_sh_chebyu, lambda y, n, x: second_kind_in_degree(n, 2 * x - 1), lambda y, n, x: 4 * vanishing(n) * sp.eval_gegenbauer(below(n), 2.0, 2 * x - 1))
polynomial(sp.eval_laguerre, lambda y, n, x: laguerre_in_degree(y, n, 0.0, x), lambda y, n, x: -vanishing(n) * sp.eval_genlaguerre(below(n), 1.0, x))
polynomial(sp.eval_genlaguerre, laguerre_in_degree, laguerre_in_parameter, lambda y, n, a, x: -vanishing(n) * sp.eval_genlaguerre(below(n), a + 1, x), samples=(0.6,))
polynomial(sp.eval_hermite, None, lambda y, n, x: 2 * n * sp.eval_hermite(below(n), x), notes=WHOLE)
polynomial(sp.eval_hermitenorm, None, lambda y, n, x: n * sp.eval_hermitenorm(below(n), x), notes=WHOLE)
