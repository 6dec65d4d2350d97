"""The distribution of F in its degrees of freedom, few and many and far apart, in both tails, against 60 digits."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.rules.special_fisher import bow, theta, theta_fall
from tests.rules.exact_special import DIGITS, beta_upper, difference, exact_second, exact_slope
from tests.rules.ways import SECOND

POINTS = [(0.0067, 1.1e4, 3.7e-5), (0.051, 1.65e4, 0.0756), (9.2e3, 0.024, 1.2), (2.6e3, 1.7, 2.6e3), (46.0, 547.0, 3.0), (1.3e4, 0.031, 3.7e6), (6.7, 0.0026, 8.3e19),
          (0.0028, 0.0075, 3.8e18), (1.97e4, 0.137, 840.0), (2.0, 3.0, 0.7), (300.0, 200.0, 1.1), (1.0, 2e4, 1e-12), (5.0, 1.9e4, 0.9), (3.0, 4.0, 1.0)]
LENGTHS = (1, 100)


def complement(d, e, x):
    """One minus the distribution function, which has digits where x is large."""
    return beta_upper(d / 2, e / 2, d * x / (d * x + e)) if d * x < e else mp.betainc(e / 2, d / 2, 0, e / (d * x + e), regularized=True)


def density(d, e, x):
    z = d * x / (d * x + e)
    return mp.exp(d / 2 * mp.log(z) + e / 2 * mp.log(e / (d * x + e)) + mp.loggamma((d + e) / 2) - mp.loggamma(d / 2) - mp.loggamma(e / 2)) / x


@pytest.mark.parametrize("point", POINTS)
def test_slopes(point):
    for i in range(3):
        want = float(exact_slope(complement, point, i))
        for n in LENGTHS:
            at = [np.full(n, x) for x in point]
            for function, sign in ((sp.fdtrc, 1), (sp.fdtr, -1), (lambda d, e, x: dr.scipy.stats.f.cdf(x, d, e), -1)):
                slope = dr.jvp(lambda x, i=i, f=function, at=at: f(*at[:i], x, *at[i + 1:]), (at[i],), (np.ones(n),))[1]
                np.testing.assert_allclose(slope, sign * want, rtol=1e-9, err_msg=f"argument {i}")


@pytest.mark.parametrize("point", POINTS[::3])
def test_second_derivatives(point):
    want = [[float(exact_second(complement, point, max(i, j), min(i, j)) if max(i, j) < 2 else -exact_slope(density, point, min(i, j))) for j in range(3)] for i in range(3)]
    for n in LENGTHS:
        for way in SECOND[:2]:
            found = way(sp.fdtrc, *(np.full(n, x) for x in point))
            np.testing.assert_allclose([[np.asarray(x)[0] for x in row] for row in found], want, rtol=1e-8)


def test_many_points_at_once_are_as_each_alone():
    columns = [np.array(c) for c in zip(*POINTS * 30, strict=True)]
    slope = lambda d, e, x: dr.jvp(lambda e: sp.fdtr(d, e, x), (e,), (np.ones_like(e),))[1]
    np.testing.assert_allclose(slope(*columns)[: len(POINTS)], [slope(*(c[k: k + 1] for c in columns))[0] for k in range(len(POINTS))], rtol=1e-8)


@pytest.mark.parametrize("point", POINTS)
def test_the_density(point):
    d, e, x = point
    for i, slot in ((0, 1), (1, 2)):
        want = float(exact_slope(lambda d, e, x: mp.log(density(d, e, x)), point, i))
        shape = dr.grad(lambda x, d, e: dr.scipy.stats.f.logpdf(x, d, e), slot)(x, d, e)
        np.testing.assert_allclose(shape, want, rtol=1e-10)


def test_its_parts():
    def exact(v):
        return mp.log(v / 2) - mp.psi(0, v / 2)

    for v in (1e-3, 0.7, 15.9, 16.1, 1e5):
        with mp.workdps(DIGITS):
            for i in range(3):
                assert theta(v, i) == pytest.approx(float(mp.diff(exact, v, i)), rel=1e-13)
            for c in (1e-6 * v, 0.4 * v, 0.6 * v, 30 * v):
                assert theta_fall(v, c, 0) == pytest.approx(float(exact(mp.mpf(v)) - exact(mp.mpf(v) + mp.mpf(c))), rel=1e-12)
                want = difference(lambda v, c=c: exact(v) - exact(v + c), [mp.mpf(v)], 0)
                assert theta_fall(v, c, 1) == pytest.approx(float(want), rel=1e-12)
    for r in (-0.7, -0.0999, 0.0, 1e-9, 0.0999, 0.11, 1e5):
        with mp.workdps(DIGITS):
            assert bow(r) == pytest.approx(float(mp.log1p(r) - r), rel=1e-12, abs=0)


def test_ends_and_what_is_outside():
    slope = lambda d, e, x: dr.grad(sp.fdtr, (0, 1))(d, e, x)
    assert [*slope(3.0, 2.0, 0.0), *slope(3.0, 2.0, np.inf)] == [0.0] * 4
    assert np.all(np.isnan(slope(3.0, 2.0, np.nan)))
    with pytest.raises(NoRuleError, match="fdtr in dfn and dfd"):
        slope(1e-3, 2.0, 1.0)
