"""scipy.special against 50 digits: both modes, in every argument that has a rule, in the far tails too."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr

CLOSED, INTEGRAL = 1e-12, 1e-8


def erfcx(x):
    return mp.exp(x * x) * mp.erfc(x)


def normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def quantile(p):
    return mp.findroot(lambda z: normal(z) - p, mp.mpf(float(sp.ndtri(float(p)))))


def beta_function(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def gamma_lower(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def student(v, t):
    half = mp.betainc(v / 2, mp.mpf(1) / 2, 0, v / (v + t * t), regularized=True) / 2
    return 1 - half if t > 0 else half


def ladder(*xs):
    return [(x,) for x in xs]


ONE = {
    sp.gamma: (mp.gamma, ladder(0.5, 3.2, -1.5, 50.0, 1e-8)), sp.gammaln: (mp.loggamma, ladder(0.5, 3.2, 1e10, 1e-8, 1e3)), sp.loggamma: (mp.loggamma, ladder(0.5, 1e10)),
    sp.rgamma: (mp.rgamma, ladder(0.2, -1.5, -3.0, 0.0, 8.0)), sp.psi: (lambda x: mp.psi(0, x), ladder(0.5, 3.0, -1.5, 1e10)),
    sp.erf: (mp.erf, ladder(0.0, 1.0, 5.0)), sp.erfc: (mp.erfc, ladder(0.5, 10.0, 25.0)), sp.erfcx: (erfcx, ladder(-3.0, 0.4, 5.0, 50.0, 1e5)),
    sp.erfi: (mp.erfi, ladder(0.5, 4.0)), sp.dawsn: (lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x), ladder(0.3, 2.0, 6.0, 10.0, 30.0)),
    sp.ndtr: (normal, ladder(-30.0, 0.0, 3.0)), sp.log_ndtr: (lambda x: mp.log1p(-normal(-x)) if x > 0 else mp.log(normal(x)), ladder(-40.0, -1e4, -1.0, 0.0, 1.0, 20.0)),
    sp.expit: (lambda x: 1 / (1 + mp.exp(-x)), ladder(-700.0, -1.0, 0.0, 40.0)), sp.log_expit: (lambda x: -mp.log1p(mp.exp(-x)), ladder(-700.0, 1.0, 40.0)),
    sp.logit: (lambda p: mp.log(p / (1 - p)), ladder(1e-10, 0.3)), sp.exprel: (lambda x: mp.expm1(x) / x, ladder(1e-9, -1e-3, 2.0, -8.0, 9.0, -300.0)),
    sp.entr: (lambda x: -x * mp.log(x), ladder(1e-20, 2.0)), sp.spence: (lambda x: mp.polylog(2, 1 - x), ladder(0.2, 1 - 1e-9, 1.7)),
    sp.ellipk: (mp.ellipk, ladder(-3.0, 1e-10, 0.5, 0.999)), sp.ellipe: (mp.ellipe, ladder(-3.0, 1e-10, 0.5, 0.999)), sp.ellipkm1: (lambda p: mp.ellipk(1 - p), ladder(1e-10, 0.5)),
    sp.i0: (lambda x: mp.besseli(0, x), ladder(0.1, 20.0)), sp.j1: (lambda x: mp.besselj(1, x), ladder(0.1, 7.0)), sp.k1: (lambda x: mp.besselk(1, x), ladder(0.1, 20.0)),
    sp.i0e: (lambda x: mp.besseli(0, x) * mp.exp(-x), ladder(0.1, 20.0)), sp.y1: (lambda x: mp.bessely(1, x), ladder(0.1, 7.0)),
    sp.exp1: (mp.e1, ladder(0.1, 30.0)), sp.expi: (mp.ei, ladder(0.1, 30.0)), sp.wrightomega: (lambda x: mp.lambertw(mp.exp(x)), ladder(-5.0, 2.0, 50.0)),
    sp.ndtri: (quantile, ladder(1e-10, 0.3, 0.9)), sp.erfinv: (mp.erfinv, ladder(0.3, -0.9)),
}
TWO = {
    sp.beta: (mp.beta, [(0.5, 3.0), (1e10, 1.0), (200.0, 0.1)]), sp.betaln: (lambda a, b: mp.log(mp.beta(a, b)), [(1e10, 1.0), (2.0, 3e5)]),
    sp.poch: (mp.rf, [(2.0, 1.5), (1e6, 0.5)]), sp.rel_entr: (lambda x, y: x * mp.log(x / y), [(1.0, 2.5), (1.0 + 1e-9, 1.0)]),
    sp.kl_div: (lambda x, y: x * mp.log(x / y) - x + y, [(1.0, 2.5), (1.0 + 1e-9, 1.0)]),
    sp.boxcox: (lambda x, p: mp.expm1(p * mp.log(x)) / p, [(2.0, 1e-9), (3.0, -1.5)]), sp.agm: (mp.agm, [(1.0, 3.0), (1.0, 1.0), (1e-5, 1.0)]),
    sp.ellipkinc: (mp.ellipf, [(0.5, 0.3), (2.5, 0.4), (-1.2, -2.0), (1.4, 1e-9)]), sp.ellipeinc: (mp.ellipe, [(0.5, 0.3), (2.5, 0.4), (1.4, 1e-9)]),
    sp.elliprc: (mp.elliprc, [(1.0, 2.0), (0.3, 0.3)]), sp.pseudo_huber: (lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1), [(2.0, 1e-3), (0.5, 30.0)]),
    sp.owens_t: (lambda h, a: mp.quad(lambda x: mp.exp(-h * h * (1 + x * x) / 2) / (1 + x * x), [0, a]) / (2 * mp.pi), [(0.5, 0.7), (4.0, 2.0)]),
}
THREE = {
    sp.elliprf: (mp.elliprf, [(0.5, 1.0, 2.0), (1.0, 1.0, 1.0)]), sp.elliprd: (mp.elliprd, [(0.5, 1.0, 2.0), (1.0, 1.0, 1.0)]), sp.elliprg: (mp.elliprg, [(0.5, 1.0, 2.0)]),
}
GAMMAS = [(0.01, 1e-5), (0.01, 0.5), (0.5, 0.5), (2.0, 7.0), (2.0, 30.0), (30.0, 5.0), (30.0, 29.0), (30.0, 100.0), (1000.0, 1100.0), (0.3, 1e-8)]
BETAS = [(0.5, 0.5, 1e-10), (2.0, 3.0, 1e-6), (2.0, 3.0, 1 - 1e-9), (20.0, 5.0, 0.3), (20.0, 5.0, 0.9), (200.0, 300.0, 0.4), (0.05, 0.2, 0.5), (0.01, 3.0, 0.02), (1.0, 1.0, 0.3)]
ORDERS = [(0.3, 0.01), (1.0, 5.0), (2.5, 1e-3), (10.0, 3.0), (20.0, 1.0), (20.0, 40.0), (45.0, 30.0), (45.0, 90.0), (-0.5, 1.0), (-3.2, 4.0), (-49.6, 49.7), (3.0, 3.0)]
PARAMETERS = {
    sp.gammainc: (gamma_lower, GAMMAS, (0,)), sp.gammaincc: (lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True), GAMMAS, (0,)), sp.betainc: (beta_function, BETAS, (0, 1)),
    sp.jv: (mp.besselj, ORDERS, (0,)), sp.yv: (mp.bessely, ORDERS, (0,)), sp.iv: (mp.besseli, ORDERS, (0,)), sp.kv: (mp.besselk, ORDERS, (0,)),
    sp.zetac: (lambda s: mp.zeta(s) - 1, ladder(-1.5, 0.5, 1.5, 6.0, 20.0), (0,)), sp._ufuncs._zeta: (mp.zeta, [(1.5, 0.3), (4.0, 2.5), (20.0, 1.0)], (0,)),
    sp.stdtr: (student, [(3.0, 1.2), (3.0, -20.0), (0.5, 0.1), (50.0, 4.0)], (0,)),
}
VARIABLES = {
    sp.gammainc: (gamma_lower, GAMMAS, (1,)), sp.betainc: (beta_function, BETAS, (2,)), sp.jv: (mp.besselj, ORDERS, (1,)), sp.yv: (mp.bessely, ORDERS, (1,)),
    sp.iv: (mp.besseli, ORDERS, (1,)), sp.kv: (mp.besselk, ORDERS, (1,)), sp.stdtr: (student, [(3.0, 1.2), (3.0, -20.0), (50.0, 4.0)], (1,)),
    sp._ufuncs._zeta: (mp.zeta, [(1.5, 0.3), (4.0, 2.5)], (1,)),
}


def cases():
    for group, places in ((ONE, (0,)), (TWO, (0, 1)), (THREE, (0, 1, 2))):
        for function, (exact, points) in group.items():
            yield from ((function, exact, point, i, CLOSED) for point in points for i in places)
    for group, tolerance in ((PARAMETERS, INTEGRAL), (VARIABLES, CLOSED)):
        for function, (exact, points, places) in group.items():
            yield from ((function, exact, point, i, tolerance) for point in points for i in places)


def exact_slope(exact, point, i):
    """A central difference with 100 digits, good for more than 30."""
    with mp.workdps(100):
        xs = [mp.mpf(x) for x in point]
        h = mp.mpf(10) ** -22 * (abs(xs[i]) or 1)
        return mp.re(exact(*xs[:i], xs[i] + h, *xs[i + 1:]) - exact(*xs[:i], xs[i] - h, *xs[i + 1:])) / (2 * h)


@pytest.mark.parametrize(("function", "exact", "point", "i", "tolerance"), cases(), ids=lambda x: getattr(x, "__name__", None))
def test_slopes(function, exact, point, i, tolerance):
    want = float(exact_slope(exact, point, i))
    assert dr.grad(function, i)(*point) == pytest.approx(want, rel=tolerance, abs=1e-300)
    xs = tuple(np.array([x, x]) for x in point)
    _, dy = dr.jvp(function, xs, tuple(np.ones(2) * (k == i) for k in range(len(xs))))
    np.testing.assert_allclose(dy, want, rtol=tolerance, atol=1e-300)
