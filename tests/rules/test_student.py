"""Student's distribution in its degrees of freedom, from the fewest to the most, in both tails, against 60 digits."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.rules.special_student import bend, height
from tests.rules.exact_special import DIGITS, exact_second, exact_slope, student
from tests.rules.ways import SECOND

POINTS = [(1e-6, 2.0), (1e-3, -50.0), (0.02, 7e3), (0.5, 8.9), (1.26, 2.48), (3.0, -1e5), (7.0, 0.0), (17.0, -1e-7), (45.0, 1.6), (300.0, -20.0), (5000.0, 0.5), (9000.0, 1e-3),
          (1.4e4, 1.5), (1.6e4, -30.0), (1e5, 3.0), (1e8, 1.6)]
LENGTHS = (1, 2000)


@pytest.mark.parametrize("point", POINTS)
def test_slopes_in_the_degrees_of_freedom(point):
    want = float(exact_slope(student, point, 0))
    for n in LENGTHS:
        v, t = (np.full(n, x) for x in point)
        np.testing.assert_allclose(dr.jvp(lambda v, t=t: sp.stdtr(v, t), (v,), (np.ones(n),))[1], want, rtol=1e-12)
        if point[0] >= 1:
            np.testing.assert_allclose(dr.jvp(lambda v, t=t: dr.scipy.stats.t.cdf(t, v), (v,), (np.ones(n),))[1], want, rtol=1e-12)


def density(v, t):
    return mp.exp(mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2)) / mp.sqrt(mp.pi * v) * (1 + t * t / v) ** (-(v + 1) / 2)


@pytest.mark.parametrize("point", [p for p in POINTS if p[1]])
def test_second_derivatives(point):
    cross, last = (float(exact_slope(density, point, i)) for i in range(2))
    want = [[float(exact_second(student, point, 0, 0)), cross], [cross, last]]
    for n in LENGTHS:
        for way in SECOND:
            found = way(sp.stdtr, *(np.full(n, x) for x in point))
            np.testing.assert_allclose([[np.asarray(x)[0] for x in row] for row in found], want, rtol=1e-11)


def test_many_points_at_once_are_as_each_alone():
    v, t = (np.array(c) for c in zip(*POINTS * 200, strict=True))
    slope = lambda v, t: dr.jvp(lambda v: sp.stdtr(v, t), (v,), (np.ones_like(v),))[1]
    np.testing.assert_allclose(slope(v, t)[: len(POINTS)], [slope(v[k: k + 1], t[k: k + 1])[0] for k in range(len(POINTS))], rtol=1e-12)


@pytest.mark.parametrize("point", [(2.5, 0.3), (40.0, 5.0), (1e6, 1.5), (1e9, 3.0)])
def test_the_density_of_many_degrees_of_freedom(point):
    with mp.workdps(DIGITS):
        value = float(density(*map(mp.mpf, point)))
    slope = float(exact_slope(lambda v, t: mp.log(density(v, t)), point, 0))
    np.testing.assert_allclose(dr.derivative(lambda t: sp.stdtr(point[0], t))(point[1]), value, rtol=1e-13)
    np.testing.assert_allclose(dr.derivative(lambda v: dr.scipy.stats.t.logpdf(point[1], v))(point[0]), slope, rtol=1e-12)


def test_its_parts_to_the_third_derivative():
    for v in (1e-3, 0.7, 3.0, 15.9, 16.1, 1e5):
        with mp.workdps(50):
            exact = lambda v: mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(v / 2) / 2
            want = [float(mp.diff(exact, mp.mpf(v), i, h=mp.mpf(v) * mp.mpf(10) ** -10)) for i in range(4)]
        np.testing.assert_allclose([height(v, i) for i in range(4)], want, rtol=2e-13, atol=1e-16)
    for w in (0.0, 1e-8, 0.09, 0.11, 4.0, 1e10):
        with mp.workdps(50):
            np.testing.assert_allclose(bend(w), float(mp.log1p(w) - mp.mpf(w) / (1 + mp.mpf(w))), rtol=1e-13)


def test_the_ends_and_what_is_outside():
    slope = lambda v, t: dr.derivative(lambda v: sp.stdtr(v, t))(v)
    assert [slope(3.0, np.inf), slope(3.0, -np.inf), slope(np.inf, 1.0), slope(1e300, 1.0)] == [0, 0, 0, 0]
    assert slope(4.0, 1e-170) == pytest.approx(1e-170 * slope(4.0, 1e-3) / 1e-3, rel=1e-5)  # of 1e-340, which a square of t is, nothing is left
    assert np.isnan(slope(3.0, np.nan))
    with pytest.raises(NoRuleError, match="stdtr in df"):
        slope(1e-7, 0.3)
