"""Points for functions of scipy.special with a closed derivative, against mpmath: near poles and branch points, in the tails, at large arguments, across sign changes.

function: (what mpmath calls it, points, tolerance of each argument; None where the function is discrete)
"""

import mpmath as mp
from scipy import special as sp

from tests.rules.exact_special import Inverse, faddeeva, kolmogorov, log_normal, normal, owens, voigt

CLOSED = 1e-12
DEGREE = mp.pi / 180


def ladder(*xs):
    return [(x,) for x in xs]


def logistic(x):
    return 1 / (1 + mp.exp(-x))


ONE = {
    sp.gamma: (mp.gamma, ladder(0.5, 3.2, -1.5, -20.3, 50.0, 1e-8, 170.0)), sp.gammaln: (mp.loggamma, ladder(0.5, 1.4616321, 3.2, 1e10, 1e-8, 1e3, 1e300)),
    sp.loggamma: (mp.loggamma, ladder(0.5, 1e10, 1e-300)), sp.rgamma: (mp.rgamma, ladder(0.2, -1.5, -3.0, 0.0, 8.0, 1.46)),
    sp.psi: (lambda x: mp.psi(0, x), ladder(0.5, 3.0, -1.5, 1e10, 1e-10)),
    sp.erf: (mp.erf, ladder(0.0, 1.0, 5.0)), sp.erfc: (mp.erfc, ladder(0.5, 10.0, 25.0)),
    sp.erfcx: (lambda x: mp.exp(x * x) * mp.erfc(x), ladder(-25.0, -3.0, 0.4, 5.0, 50.0, 1e5)),
    sp.erfi: (mp.erfi, ladder(0.5, 4.0, 26.0)), sp.dawsn: (lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x), ladder(0.3, 0.9, 2.0, 6.0, 10.0, 30.0)),
    sp.wofz: (faddeeva, ladder(0.3, 2.0, 9.0)), sp.erfinv: (mp.erfinv, ladder(0.3, -0.9, 1e-12)),
    sp.erfcinv: (Inverse(mp.erfc, 0, sp.erfcinv), ladder(1e-100, 0.3, 1.9)), sp.ndtr: (normal, ladder(-30.0, 0.0, 3.0)),
    sp.log_ndtr: (log_normal, ladder(-40.0, -1e4, -1.0, -1e-9, 0.0, 1.0, 20.0)), sp.ndtri: (Inverse(normal, 0, sp.ndtri), ladder(1e-300, 1e-10, 0.3, 0.9)),
    sp.ndtri_exp: (Inverse(log_normal, 0, sp.ndtri_exp), ladder(-800.0, -5.0, -0.1, -1e-3)),
    sp.expit: (logistic, ladder(-700.0, -1.0, 0.0, 40.0, 700.0)), sp.log_expit: (lambda x: -mp.log1p(mp.exp(-x)), ladder(-700.0, 1.0, 40.0, 700.0)),
    sp.logit: (lambda p: mp.log(p / (1 - p)), ladder(1e-300, 1e-10, 0.3, 1 - 2**-30)), sp.exprel: (lambda x: mp.expm1(x) / x, ladder(1e-9, -1e-3, 2.0, -8.0, 9.0, -300.0, 600.0)),
    sp.exp2: (lambda x: 2**x, ladder(0.5, -900.0)), sp.exp10: (lambda x: 10**x, ladder(0.5, -200.0)), sp.expm1: (mp.expm1, ladder(1e-20, -50.0, 2.0)),
    sp.log1p: (mp.log1p, ladder(1e-20, -1 + 2**-30, 1e10)), sp.cbrt: (mp.cbrt, ladder(1e-30, 0.3, 1e20)), sp.cosm1: (lambda x: mp.cos(x) - 1, ladder(1e-9, 1.0)),
    sp.sindg: (lambda x: mp.sin(DEGREE * x), ladder(30.0, 89.0)), sp.cosdg: (lambda x: mp.cos(DEGREE * x), ladder(1.0, 120.0)),
    sp.tandg: (lambda x: mp.tan(DEGREE * x), ladder(30.0, 89.0)), sp.cotdg: (lambda x: mp.cot(DEGREE * x), ladder(30.0, 1.0)),
    sp.entr: (lambda x: -x * mp.log(x), ladder(1e-20, 0.3, 2.0, 1e20)), sp.spence: (lambda x: mp.polylog(2, 1 - x), ladder(1e-10, 0.2, 1 - 1e-9, 1.7, 1e5)),
    sp.ellipk: (mp.ellipk, ladder(-3.0, -1e5, 1e-10, 0.5, 0.999)), sp.ellipe: (mp.ellipe, ladder(-3.0, -1e5, 1e-10, 0.5, 0.999)),
    sp.ellipkm1: (lambda p: mp.ellipk(1 - p), ladder(1e-10, 0.5)),
    sp.exp1: (mp.e1, ladder(1e-10, 0.1, 30.0, 500.0)), sp.expi: (mp.ei, ladder(0.1, 30.0, -2.0, 0.3725074)),
    sp.wrightomega: (lambda x: mp.lambertw(mp.exp(x)), ladder(-30.0, -5.0, 2.0, 50.0, 1e6)),
    sp.kolmogorov: (kolmogorov, ladder(0.3, 0.99, 1.01, 4.0)), sp.kolmogi: (Inverse(kolmogorov, 0, sp.kolmogi), ladder(0.01, 0.9)),
}
TWO = {
    sp.beta: (mp.beta, [(0.5, 3.0), (1e10, 1.0), (200.0, 0.1), (1e-8, 1e-8)]), sp.betaln: (lambda a, b: mp.log(mp.beta(a, b)), [(1e10, 1.0), (2.0, 3e5), (1e-5, 7.0)]),
    sp.binom: (mp.binomial, [(5.3, 2.2), (300.0, 3.5), (4.0, 2.5)]), sp.poch: (mp.rf, [(2.0, 1.5), (1e6, 0.5), (0.1, 20.0)]),
    sp.rel_entr: (lambda x, y: x * mp.log(x / y), [(1.0, 2.5), (1.0 + 1e-9, 1.0), (1e-200, 3.0)]),
    sp.kl_div: (lambda x, y: x * mp.log(x / y) - x + y, [(1.0, 2.5), (1.0 + 1e-9, 1.0)]), sp.xlogy: (lambda x, y: x * mp.log(y), [(0.3, 1e-200), (2.0, 1.5)]),
    sp.xlog1py: (lambda x, y: x * mp.log1p(y), [(0.3, 1e-20), (2.0, -0.9)]), sp.powm1: (lambda x, y: x**y - 1, [(1.0 + 1e-12, 0.3), (3.0, 1e-9), (0.2, 5.0)]),
    sp.boxcox: (lambda x, p: mp.expm1(p * mp.log(x)) / p, [(2.0, 1e-9), (3.0, -1.5), (1e-5, 0.7)]),
    sp.boxcox1p: (lambda x, p: mp.expm1(p * mp.log1p(x)) / p, [(1e-10, 0.5), (3.0, -1.5)]),
    sp.inv_boxcox: (lambda y, p: mp.exp(mp.log1p(p * y) / p), [(0.7, 1e-4), (0.5, -0.5), (3.0, 2.0)]),
    sp.inv_boxcox1p: (lambda y, p: mp.expm1(mp.log1p(p * y) / p), [(0.7, 1e-4), (1e-8, 0.5), (3.0, 2.0)]),
    sp.pseudo_huber: (lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1), [(2.0, 1e-3), (0.5, 30.0), (1e-3, 5.0)]),
    sp.huber: (lambda d, r: r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2), [(2.0, 0.5), (0.5, -30.0)]),
    sp.agm: (mp.agm, [(1.0, 3.0), (1.0, 1.0), (1e-5, 1.0), (1e8, 1e-8)]),
    sp.ellipkinc: (mp.ellipf, [(0.5, 0.3), (2.5, 0.4), (-1.2, -2.0), (1.4, 1e-9), (1.5, 0.99), (1e-5, 0.5)]),
    sp.ellipeinc: (mp.ellipe, [(0.5, 0.3), (2.5, 0.4), (1.4, 1e-9), (1.5, 0.99)]), sp.elliprc: (mp.elliprc, [(1.0, 2.0), (0.3, 0.3), (1e-6, 1.0)]),
    sp.owens_t: (owens, [(0.5, 0.7), (4.0, 2.0), (1e-6, 3.0)]),
}
THREE = {
    sp.elliprf: (mp.elliprf, [(0.5, 1.0, 2.0), (1.0, 1.0, 1.0), (1e-3, 5.0, 1e3)]), sp.elliprd: (mp.elliprd, [(0.5, 1.0, 2.0), (1.0, 1.0, 1.0), (1e-3, 5.0, 1e3)]),
    sp.elliprg: (mp.elliprg, [(0.5, 1.0, 2.0), (1e-3, 5.0, 1e3)]), sp.elliprj: (mp.elliprj, [(0.5, 1.0, 2.0, 0.7), (0.01, 5.0, 50.0, 2.0)]),
    sp.voigt_profile: (voigt, [(0.5, 0.7, 0.3), (20.0, 0.5, 0.1), (0.1, 1.0, 1e-3)]), sp.radian: (lambda d, m, s: DEGREE * (d + m / 60 + s / 3600), [(30.0, 20.0, 10.0)]),
    sp.nrdtrimn: (lambda p, s, x: x - s * mp.sqrt(2) * mp.erfinv(2 * p - 1), [(0.2, 1.5, 0.7), (0.999, 0.3, 2.0)]),
    sp.nrdtrisd: (lambda m, p, x: (x - m) / (mp.sqrt(2) * mp.erfinv(2 * p - 1)), [(0.2, 0.9, 0.7), (0.5, 0.01, -2.0)]),
}
CASES = {function: (exact, points, (CLOSED,) * len(points[0])) for group in (ONE, TWO, THREE) for function, (exact, points) in group.items()}
SEVERAL = {
    sp.sici: ((mp.si, mp.ci), ladder(0.1, 3.0, 50.0)), sp.shichi: ((mp.shi, mp.chi), ladder(0.1, 3.0, 50.0)),
    sp.fresnel: ((mp.fresnels, mp.fresnelc), ladder(0.1, 0.9, 7.3)),
    sp.airy: ((mp.airyai, lambda x: mp.airyai(x, derivative=1), mp.airybi, lambda x: mp.airybi(x, derivative=1)), ladder(-15.0, -1.2, 0.3, 20.0)),
    sp.ellipj: ((lambda u, m: mp.ellipfun("sn", u, m=m), lambda u, m: mp.ellipfun("cn", u, m=m), lambda u, m: mp.ellipfun("dn", u, m=m)), [(0.7, 0.3), (3.0, 0.9), (0.2, 1e-6)]),
}
