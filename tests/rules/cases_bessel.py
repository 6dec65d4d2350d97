"""Points for Bessel functions and their relatives. Order and tolerance as in cases_closed; near a zero the error is relative to the modulus."""

import mpmath as mp
from scipy import special as sp

from tests.rules.exact_special import Coarse, Integral, characteristic, spherical

CLOSED, SERIES = 1e-12, 1e-8
KELVIN = 2e-9  # SciPy's own precision between 5 and 15


def ladder(*xs):
    return [(x,) for x in xs]


def scaled(function, factor):
    return lambda v, x: function(v, x) * factor(x)


def at_order(function, n):
    return lambda x: function(n, x)


def rising(x):
    return mp.exp(x)


def falling(x):
    return mp.exp(-x)


ORDERS = [(0.3, 0.01), (1.0, 5.0), (2.5, 1e-3), (10.0, 3.0), (20.0, 1.0), (20.0, 40.0), (45.0, 30.0), (45.0, 90.0), (-0.5, 1.0), (-3.2, 4.0), (-49.6, 49.7), (3.0, 3.0),
          (0.0, 30.0)]
FEW = [(0.3, 0.01), (2.5, 5.0), (20.0, 40.0), (0.0, 12.0)]
WHOLE = [(0, 0.3), (2, 5.0), (7, 60.0)]
BOTH, VARIABLE = (SERIES, CLOSED), (None, CLOSED)
NEAR, FAR = ladder(1e-5, 0.1, 2.404, 7.0, 100.0), ladder(1e-5, 0.1, 20.0, 600.0)
CASES = {
    sp.j0: (at_order(mp.besselj, 0), NEAR, (CLOSED,)), sp.j1: (at_order(mp.besselj, 1), NEAR, (CLOSED,)), sp.y0: (at_order(mp.bessely, 0), NEAR, (CLOSED,)),
    sp.y1: (at_order(mp.bessely, 1), NEAR, (CLOSED,)), sp.i0: (at_order(mp.besseli, 0), FAR, (CLOSED,)), sp.i1: (at_order(mp.besseli, 1), FAR, (CLOSED,)),
    sp.k0: (Coarse(at_order(mp.besselk, 0)), FAR, (CLOSED,)), sp.k1: (Coarse(at_order(mp.besselk, 1)), FAR, (CLOSED,)),
    sp.i0e: (lambda x: mp.besseli(0, x) * mp.exp(-x), FAR, (CLOSED,)), sp.i1e: (lambda x: mp.besseli(1, x) * mp.exp(-x), FAR, (CLOSED,)),
    sp.k0e: (Coarse(lambda x: mp.besselk(0, x) * mp.exp(x)), FAR, (CLOSED,)), sp.k1e: (Coarse(lambda x: mp.besselk(1, x) * mp.exp(x)), FAR, (CLOSED,)),
    sp.jv: (mp.besselj, ORDERS, BOTH), sp.yv: (mp.bessely, ORDERS, BOTH), sp.iv: (mp.besseli, ORDERS, BOTH), sp.kv: (Coarse(mp.besselk), ORDERS, BOTH),
    sp.jve: (mp.besselj, FEW, BOTH), sp.yve: (mp.bessely, FEW, BOTH), sp.ive: (scaled(mp.besseli, falling), FEW, BOTH), sp.kve: (Coarse(scaled(mp.besselk, rising)), FEW, BOTH),
    sp.hankel1: (mp.hankel1, FEW, BOTH), sp.hankel2: (mp.hankel2, FEW, BOTH), sp.hankel1e: (scaled(mp.hankel1, lambda x: mp.exp(-1j * x)), FEW, BOTH),
    sp.hankel2e: (scaled(mp.hankel2, lambda x: mp.exp(1j * x)), FEW, BOTH), sp.kn: (Coarse(mp.besselk), WHOLE, VARIABLE), sp.yn: (mp.bessely, WHOLE, VARIABLE),
    sp._ufuncs._spherical_jn: (spherical(mp.besselj), WHOLE, VARIABLE), sp._ufuncs._spherical_yn: (spherical(mp.bessely), WHOLE, VARIABLE),
    sp._ufuncs._spherical_in: (spherical(mp.besseli), WHOLE, VARIABLE), sp._ufuncs._spherical_kn: (Coarse(spherical(mp.besselk)), WHOLE, VARIABLE),
    sp.struve: (mp.struveh, [(0.5, 0.3), (2.5, 10.0), (0.0, 30.0), (40.0, 3.0), (40.0, 90.0), (-0.3, 20.0)], BOTH),
    sp.modstruve: (mp.struvel, [(0.5, 0.3), (2.5, 10.0), (0.0, 30.0), (10.0, 90.0), (40.0, 3.0)], BOTH),
    sp.ber: (lambda x: mp.ber(0, x), ladder(0.01, 2.0, 10.0), (KELVIN,)), sp.bei: (lambda x: mp.bei(0, x), ladder(0.01, 2.0, 10.0), (KELVIN,)),
    sp.ker: (lambda x: mp.ker(0, x), ladder(0.01, 2.0, 10.0), (KELVIN,)), sp.kei: (lambda x: mp.kei(0, x), ladder(0.01, 2.0, 10.0), (KELVIN,)),
    sp.berp: (lambda x: mp.diff(lambda z: mp.ber(0, z), x), ladder(0.3, 4.0), (CLOSED,)), sp.beip: (lambda x: mp.diff(lambda z: mp.bei(0, z), x), ladder(0.3, 4.0), (CLOSED,)),
    sp.kerp: (lambda x: mp.diff(lambda z: mp.ker(0, z), x), ladder(0.3, 4.0), (CLOSED,)), sp.keip: (lambda x: mp.diff(lambda z: mp.kei(0, z), x), ladder(0.3, 4.0), (CLOSED,)),
    sp.itstruve0: (Integral(lambda x: mp.struveh(0, x)), ladder(0.7), (CLOSED,)),
    sp.itmodstruve0: (Integral(lambda x: mp.struvel(0, x)), ladder(0.7), (CLOSED,)),
    sp.it2struve0: (Integral(lambda x: -mp.struveh(0, x) / x), ladder(0.7), (CLOSED,)),
    sp.besselpoly: (lambda a, p, v: mp.quad(lambda x: x**p * mp.besselj(v, 2 * a * x), [0, 1]), [(1.3, 1.0, 0.5), (0.2, 0.0, 2.0)], (1e-10, None, None)),
    sp.lpmv: (Coarse(lambda m, v, x: mp.legenp(v, m, x)), [(0, 2.5, 0.3), (1, 4.0, -0.7), (2, 3.5, 0.9)], (None, None, 1e-11)),
    sp.mathieu_a: (Coarse(lambda m, q: characteristic(m % 2, m % 2, not m % 2)(m, q)), [(0, 0.5), (2, 3.0), (3, 20.0)], VARIABLE),
    sp.mathieu_b: (Coarse(lambda m, q: characteristic(2 - m % 2, -(m % 2), False)(m, q)), [(1, 0.5), (2, 3.0), (5, 20.0)], VARIABLE),
}


def kelvin(real, imaginary):
    return lambda x: real(0, x) + 1j * imaginary(0, x)


def primed(function):
    return lambda x: mp.diff(function, x)


BE, KE = kelvin(mp.ber, mp.bei), kelvin(mp.ker, mp.kei)
UP, DOWN = (lambda x: mp.exp(2 * x**1.5 / 3)), (lambda x: mp.exp(-2 * x**1.5 / 3))


def fresnel_tail(sign):
    """F and K of modfresnelp (sign 1j) or modfresnelm."""
    def tail(x):
        return mp.exp(sign * mp.pi / 4) * mp.sqrt(mp.pi) / 2 * mp.erfc(mp.exp(-sign * mp.pi / 4) * x)

    return tail, lambda x: tail(x) * mp.exp(-sign * (x * x + mp.pi / 4)) / mp.sqrt(mp.pi)


def with_slope(function):
    return function, lambda v, x: mp.diff(lambda z: function(v, z), x)


SEVERAL = {
    sp.kelvin: ((BE, KE, primed(BE), primed(KE)), ladder(0.3, 4.0)), sp.modfresnelp: (fresnel_tail(1j), ladder(0.3, 3.0)), sp.modfresnelm: (fresnel_tail(-1j), ladder(0.3, 3.0)),
    sp.airye: ((lambda x: mp.airyai(x) * UP(x), lambda x: mp.airyai(x, derivative=1) * UP(x), lambda x: mp.airybi(x) * DOWN(x), lambda x: mp.airybi(x, derivative=1) * DOWN(x)),
               ladder(0.1, 3.0)),
    sp.itj0y0: ((Integral(at_order(mp.besselj, 0)), Integral(at_order(mp.bessely, 0))), ladder(0.7)),
    sp.iti0k0: ((Integral(at_order(mp.besseli, 0)), Integral(at_order(mp.besselk, 0))), ladder(0.7)),
    sp.it2j0y0: ((Integral(lambda t: (1 - mp.besselj(0, t)) / t), Integral(lambda t: -mp.bessely(0, t) / t)), ladder(0.7)),
    sp.it2i0k0: ((Integral(lambda t: (mp.besseli(0, t) - 1) / t), Integral(lambda t: -mp.besselk(0, t) / t)), ladder(0.7)),
    sp.itairy: ((Integral(mp.airyai), Integral(mp.airybi), Integral(lambda t: mp.airyai(-t)), Integral(lambda t: mp.airybi(-t))), ladder(0.7)),
    sp.pbdv: (with_slope(mp.pcfd), [(1.3, 0.5), (-0.7, -2.0)]), sp.pbvv: (with_slope(lambda v, x: mp.pcfv(-v - mp.mpf(1) / 2, x)), [(1.3, 0.5), (0.2, 2.0)]),
    sp.pbwa: (with_slope(mp.pcfw), [(1.3, 0.5), (-0.7, 2.0)]),
}
