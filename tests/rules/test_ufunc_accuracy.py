"""NumPy's ufuncs against 60 digits: both modes, every argument, in the tails, near branch points, at large arguments."""

import mpmath as mp
import numpy as np
import pytest

import dualrev as dr
from dualrev.core.rows import TABLE
from tests.rules.exact_special import exact_slope


def ladder(*xs):
    return [(x,) for x in xs]


def arctangent(a, b):
    return mp.atan2(a, b)


PAIRS = [(2.0, 3.0), (-1e-5, 1e5), (1e10, -1e-3)]
CASES = {
    np.exp: (mp.exp, ladder(-700.0, 1e-9, 1.0, 700.0)), np.exp2: (lambda x: 2**x, ladder(-900.0, 0.3)), np.expm1: (mp.expm1, ladder(-50.0, -1e-20, 2.0)),
    np.log: (mp.log, ladder(1e-300, 1 - 2**-40, 1e300)), np.log2: (lambda x: mp.log(x, 2), ladder(1e-300, 3.0)), np.log10: (mp.log10, ladder(1e-300, 3.0)),
    np.log1p: (mp.log1p, ladder(1e-20, -1 + 2**-30, 1e10)), np.sin: (mp.sin, ladder(1e-9, 1.5, 1e5)), np.cos: (mp.cos, ladder(1e-9, 1.5, 1e5)),
    np.tan: (mp.tan, ladder(1e-9, 1.57, 20.0)),
    np.arcsin: (mp.asin, ladder(1e-9, 1 - 2**-30, -0.7)), np.arccos: (mp.acos, ladder(1e-9, 1 - 2**-30, -0.7)), np.arctan: (mp.atan, ladder(1e-9, -3.0, 1e12)),
    np.sinh: (mp.sinh, ladder(1e-9, -3.0, 700.0)), np.cosh: (mp.cosh, ladder(1e-9, -3.0, 700.0)), np.tanh: (mp.tanh, ladder(1e-9, -3.0, 3.79, 3.81, 5.0, -20.0)),
    np.arcsinh: (mp.asinh, ladder(1e-9, -3.0, 1e200)), np.arccosh: (mp.acosh, ladder(1 + 2**-30, 3.0, 1e200)), np.arctanh: (mp.atanh, ladder(1e-9, 1 - 2**-30, -0.7)),
    np.sqrt: (mp.sqrt, ladder(1e-300, 2.0, 1e300)), np.cbrt: (mp.cbrt, ladder(1e-300, 2.0, 1e300)), np.square: (lambda x: x * x, ladder(1e-200, -3.0)),
    np.reciprocal: (lambda x: 1 / x, ladder(1e-100, -3.0, 1e100)), np.absolute: (abs, ladder(-1e-300, 2.0)), np.fabs: (abs, ladder(-1e-300, 2.0)),
    np.negative: (lambda x: -x, ladder(2.0)), np.positive: (lambda x: x, ladder(2.0)), np.deg2rad: (mp.radians, ladder(30.0)), np.rad2deg: (mp.degrees, ladder(0.3)),
    np.radians: (mp.radians, ladder(30.0)), np.degrees: (mp.degrees, ladder(0.3)), np.conjugate: (lambda x: x, ladder(2.0)),
    np.add: (lambda a, b: a + b, PAIRS), np.subtract: (lambda a, b: a - b, PAIRS), np.multiply: (lambda a, b: a * b, PAIRS), np.divide: (lambda a, b: a / b, PAIRS),
    np.power: (lambda a, b: a**b, [(2.0, 3.5), (1e-100, 0.01), (1 + 2**-40, 1e3), (1e3, -20.0)]), np.float_power: (lambda a, b: a**b, [(2.0, 3.5), (1e3, -20.0)]),
    np.hypot: (mp.hypot, [(3.0, 4.0), (1e200, 1e199), (1e-200, 3e-200), (1.0, 1e-9)]),
    np.arctan2: (arctangent, [(3.0, 4.0), (1e200, -1e199), (1e-100, 3e-100), (1.0, -1e-9)]),
    np.logaddexp: (lambda a, b: mp.log(mp.exp(a) + mp.exp(b)), [(1.0, 2.0), (40.0, -20.0), (1e6, 1e6 + 0.5)]),
    np.logaddexp2: (lambda a, b: mp.log(mp.mpf(2) ** a + mp.mpf(2) ** b, 2), [(1.0, 2.0), (40.0, -20.0), (1e4, 1e4 + 0.5)]),
    np.maximum: (max, PAIRS), np.minimum: (min, PAIRS), np.fmax: (max, PAIRS), np.fmin: (min, PAIRS), np.copysign: (lambda a, b: abs(a) * mp.sign(b), [(2.0, -3.0), (-1.0, 2.0)]),
    np.remainder: (lambda a, b: a - b * mp.floor(a / b), [(7.5, 3.2), (-7.5, 3.2)]), np.fmod: (lambda a, b: a - b * int(a / b), [(7.5, 3.2), (-7.5, 3.2)]),
    np.i0: (lambda x: mp.besseli(0, x), ladder(1e-9, 3.0, 100.0)), np.sinc: (lambda x: mp.sinc(mp.pi * x), ladder(1e-9, 0.3, 1.0, 30.5)),
}
DISCRETE = {np.ldexp, np.nextafter, np.heaviside, np.frexp, np.modf, np.divmod, np.real, np.imag, np.angle, np.sign, np._core.umath.clip}
ALL = [(ufunc, exact, point, i) for ufunc, (exact, points) in CASES.items() for point in points for i in range(len(point))]


@pytest.mark.parametrize(("ufunc", "exact", "point", "i"), ALL, ids=[f"{ufunc.__name__}-{i}-{','.join(map(repr, point))}" for ufunc, _, point, i in ALL])
@np.errstate(all="ignore")
def test_slopes(ufunc, exact, point, i):
    def of_one(x):
        return ufunc(*point[:i], x, *point[i + 1:])

    want = float(mp.re(exact_slope(exact, point, i)))
    x = np.array([point[i]] * 2)
    for found in (*dr.jvp(of_one, (x,), (np.ones(2),))[1], *dr.grad(lambda x: np.sum(of_one(x)))(x), dr.grad(of_one)(point[i])):
        assert found == pytest.approx(want, rel=1e-12, abs=1e-320)


def test_every_ufunc_is_covered():
    """A new rule needs points here."""
    ufuncs = {row.function for row in TABLE.values() if row.kind == "elementwise" and isinstance(row.function, np.ufunc) and row.name.startswith("np.")}
    assert {f.__name__ for f in ufuncs - set(CASES) - DISCRETE} == set()
