"""Corners of the domains of parameter derivatives, which random points over many decades have found, against 60 digits, alone and among many."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.core.errors import NoRuleError
from tests.rules.exact_special import beta_lower, exact_second, exact_slope, fisher_noncentral, voigt
from tests.rules.ways import SECOND

LENGTHS = (1, 100)
CORNERS = [
    (sp.betainc, beta_lower, 0, (6456.6, 0.00108, 1 - 1.084e-9), 1e-9), (sp.betainc, beta_lower, 0, (5e3, 1e-3, 1 - 1e-12), 1e-9),
    (sp.betainc, beta_lower, 1, (1e-3, 8e3, 3e-7), 1e-9),
    (sp.voigt_profile, voigt, 1, (216.28, 0.0117, 0.033), 1e-11), (sp.voigt_profile, voigt, 1, (-984.4, 0.112, 17.6), 1e-11), (sp.voigt_profile, voigt, 1, (0.3, 0.7, 0.2), 1e-12),
    (sp.ncfdtr, fisher_noncentral, 0, (354.48, 0.0117, 1.03, 6.63), 1e-9), (sp.ncfdtr, fisher_noncentral, 1, (0.0298, 634.4, 0.0058, 3.29), 1e-9),
    (sp.hyperu, mp.hyperu, 2, (0.139058686, -2.197076568, 22.8836915), 1e-11), (sp.hyperu, mp.hyperu, 2, (3.62353e-4, -0.014724, 22.4783), 1e-11),
    (sp.hyp0f1, mp.hyp0f1, 0, (3.2, -149.0), 1e-11), (sp.hyp0f1, mp.hyp0f1, 0, (-20.4, -400.0), 1e-11), (sp.hyp0f1, mp.hyp0f1, 0, (0.3, -2400.0), 1e-11),
]


@pytest.mark.parametrize(("function", "exact", "i", "point", "tolerance"), CORNERS)
def test_slopes(function, exact, i, point, tolerance):
    want = float(exact_slope(exact, point, i))
    for n in LENGTHS:
        at = [np.full(n, x) for x in point]
        slope = dr.jvp(lambda x, at=at: function(*at[:i], x, *at[i + 1:]), (at[i],), (np.ones(n),))[1]
        np.testing.assert_allclose(slope, want, rtol=tolerance)


@pytest.mark.parametrize("point", [(3.2, -100.0), (0.5, -140.0), (-7.3, -800.0), (40.0, -2000.0)])
def test_second_derivatives_of_hyp0f1_where_its_series_cancels(point):
    want = [[float(exact_second(mp.hyp0f1, point, i, j)) for j in range(2)] for i in range(2)]
    for n in LENGTHS:
        for way in SECOND:
            np.testing.assert_allclose([[np.asarray(x)[0] for x in row] for row in way(sp.hyp0f1, *(np.full(n, x) for x in point))], want, rtol=1e-9)


@pytest.mark.parametrize("point", [(5.37e-5, 242000.0), (9447.0, 5.66e-6), (0.7, 0.2)])
def test_second_derivatives_of_betaln_of_arguments_far_apart(point):
    exact = lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    want = [[float(exact_second(exact, point, i, j)) for j in range(2)] for i in range(2)]
    for way in SECOND:
        np.testing.assert_allclose(way(sp.betaln, *point), want, rtol=1e-12)


def gamma_density(a, x):
    return mp.exp((a - 1) * mp.log(x) - x - mp.loggamma(a))


def beta_density(a, b, x):
    return mp.exp((a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) - mp.log(mp.beta(a, b)))


DENSITIES = [(lambda a, x: sp.gammainc(a, x), gamma_density, (2e5, 2.03e5)), (lambda a, x: sp.gammainc(a, x), gamma_density, (1e9, 1e9 + 3e4)),
             (lambda a, x: sp.gammaincc(a, x), lambda a, x: -gamma_density(a, x), (400.0, 150.0)),
             (lambda k, m: sp.pdtrc(k, m), lambda k, m: gamma_density(k + 1, m), (1e5, 1.004e5)),
             (lambda a, b, x: sp.betainc(a, b, x), beta_density, (3e5, 7e4, 0.8125)), (lambda a, b, x: sp.betainc(a, b, x), beta_density, (0.02, 1e6, 1e-6)),
             (lambda n, k, p: sp.nbdtr(int(k), int(n), p), lambda n, k, p: beta_density(n, k + 1, p), (30000.0, 50000.0, 0.375)),
             (lambda d, e, x: sp.fdtr(d, e, x), lambda d, e, x: d * e / (d * x + e) ** 2 * beta_density(d / 2, e / 2, d * x / (d * x + e)), (3e6, 2e6, 1.0009765625))]


@pytest.mark.parametrize(("function", "exact", "point"), DENSITIES)
def test_densities_of_large_parameters(function, exact, point):
    with mp.workdps(50):
        want = float(exact(*map(mp.mpf, point)))
    for n in LENGTHS:
        x = np.full(n, point[-1])
        np.testing.assert_allclose(dr.jvp(lambda x: function(*point[:-1], x), (x,), (np.ones(n),))[1], want, rtol=1e-12)


def test_second_derivatives_of_ncfdtr_of_degrees_far_apart():
    slope = lambda d, e: dr.grad(sp.ncfdtr, (0, 1))(d, e, 0.1, 3.0)
    want = float(exact_second(fisher_noncentral, (0.3, 800.0, 0.1, 3.0), 1, 1))
    assert dr.derivative(lambda e: slope(0.3, e)[1])(800.0) == pytest.approx(want, rel=1e-8)
    with pytest.raises(NoRuleError, match="the derivative of scipy.special.ncfdtr in dfn or dfd"):
        dr.derivative(lambda e: slope(0.02, e)[1])(800.0)


def test_hyp0f1_outside():
    for b, z in ((3.2, -2600.0), (60.0, -200.0), (3.2, 2e5)):
        with pytest.raises(NoRuleError, match="hyp0f1 in b"):
            dr.derivative(lambda b, z=z: sp.hyp0f1(b, z))(b)
