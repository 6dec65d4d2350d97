"""Where the derivatives of distributions lost digits, or all of them: small scales beside loc, ends of the support, large and small shapes, far tails, infinity."""

import mpmath as mp
import numpy as np
import pytest

import dualrev as dr
from dualrev.scipy import stats
from tests.scipy.test_distributions import excess, exponential_normal, passage_cdf, rarity
from tests.scipy.test_stats import beta_cdf, normal, student

HALF = mp.mpf(1) / 2


def burr(z, c, d):
    return (1 + z**-c) ** -d


def later(z, k):
    return normal(z) - k * exponential_normal(z, k)


def truncated(z, a, b):
    return (normal(z) - normal(a)) / (normal(b) - normal(a))


def triangle(z, c):
    return z * z / c if z < c else 1 - (1 - z) ** 2 / (1 - c)


FUNCTIONS = [
    (stats.genextreme.logpdf, lambda z, c: -(1 - c) * excess(z, -c) - rarity(z, c), [(1e-9, -1e-9), (0.3, 1e-30), (1e-9, 2e-9)]),
    (stats.genextreme.cdf, lambda z, c: mp.exp(-rarity(z, c)), [(6.3e-10, 18.0), (2e-9, 1e-4), (-300.0, -1e-5)]),
    (stats.genextreme.logsf, lambda z, c: mp.log(1 - mp.exp(-rarity(z, c))), [(6.3e-10, 18.0)]),
    (stats.exponnorm.logpdf, lambda z, k: mp.log(exponential_normal(z, k)), [(-0.27, 1e-3), (-2e-6, 6e-3), (2.0, 1e-2), (30.0, 0.05)]),
    (stats.exponnorm.cdf, later, [(-0.27, 1e-3), (0.4, 1e-3)]),
    (stats.exponnorm.logcdf, lambda z, k: mp.log(later(z, k)), [(-20.8, 2472.0), (-3.0, 0.7), (0.5, 2.0)]),
    (stats.exponnorm.logsf, lambda z, k: mp.log(1 - later(z, k)), [(9.0, 0.3), (60.0, 2.0), (-3.0, 2.0)]),
    (stats.invgauss.logcdf, lambda z, m: mp.log(passage_cdf(z, m)), [(2.7e-9, 1.6e-3), (1e-5, 0.5)]),
    (stats.invgauss.logsf, lambda z, m: mp.log(1 - passage_cdf(z, m)), [(0.71, 0.02), (1e6, 1e3), (90.0, 2.0)]),
    (stats.wald.logcdf, lambda z: mp.log(passage_cdf(z, mp.mpf(1))), [(1e-5,)]),
    (stats.loggamma.cdf, lambda z, c: mp.exp(c * z) / mp.gamma(c + 1), [(-1500.0, 0.01), (-800.0, 0.05)]),
    (stats.t.logpdf, lambda z, v: mp.log(student(z, v)), [(0.245, 1e10), (21.0, 1e8), (-3.0, 1e6), (0.5, 40.0), (9.0, 25.0)]),
    (stats.cauchy.logpdf, lambda z: -mp.log(1 + z * z), [(1e200,), (-1e160,)]), (stats.halfcauchy.logpdf, lambda z: -mp.log(1 + z * z), [(1e200,)]),
    (stats.burr.cdf, burr, [(0.129, 4015.0, 3.1e-3), (0.01, 800.0, 1e-3)]), (stats.burr.logsf, lambda *p: mp.log(1 - burr(*p)), [(1e28, 0.2, 0.06)]),
    (stats.burr12.logcdf, lambda z, c, d: mp.log(1 - (1 + z**c) ** -d), [(0.7, 82.0, 10.0)]),
]
QUANTILES = [
    (stats.norm, normal, [(0.9,)]), (stats.beta, beta_cdf, [(1e-9, 2.2, 0.5), (0.05, 2.2, 0.13), (0.3, 2.0, 3.0)]),
    (stats.triang, triangle, [(1e-12, 0.21), (0.9, 0.6)]), (stats.arcsine, lambda z: 2 / mp.pi * mp.asin(mp.sqrt(z)), [(1e-7,), (0.8,)]),
    (stats.loguniform, lambda z, a, b: mp.log(z / a) / mp.log(b / a), [(1e-3, 1.0, 1.0 + 1e-9), (0.999, 1.0, 1.0 + 1e-9)]),
    (stats.truncnorm, truncated, [(1e-12, -6.63, -6.57), (1.0 - 1e-12, -6.63, -6.57)]), (stats.powerlaw, lambda z, a: z**a, [(1e-9, 4.9)]),
    (stats.weibull_max, lambda z, c: mp.exp(-((-z) ** c)), [(0.63, 1820.0)]), (stats.weibull_min, lambda z, c: -mp.expm1(-(z**c)), [(0.37, 1820.0)]),
    (stats.pareto, lambda z, b: 1 - z**-b, [(0.99999, 6895.0), (1e-9, 2.0)]),
    (stats.genpareto, lambda z, c: -mp.expm1(-excess(z, c)), [(1e-6, -1.0), (1e-9, -0.5)]), (stats.genextreme, lambda z, c: mp.exp(-rarity(z, c)), [(1e-9, 1.0), (1e-8, 0.5)]),
]


def each(table):
    return [(f, exact, point) for f, exact, points in table for point in points]


@pytest.mark.parametrize(("f", "exact", "point"), each(FUNCTIONS))
def test_functions(f, exact, point):
    """In each argument, by central differences of 600 digits and a part in 1e60 of the argument."""
    for i in range(len(point)):
        with mp.workdps(1500 if f in (stats.burr.cdf, stats.invgauss.logsf) else 600):
            at = [mp.mpf(a) for a in point]
            h = at[i] * mp.mpf(10) ** -60
            high, low = (exact(*at[:i], at[i] + s * h, *at[i + 1:]) for s in (1, -1))
            want = float((high - low) / (2 * h))
        for got in (dr.grad(f, i)(*point), dr.jvp(lambda a, i=i: f(*point[:i], a, *point[i + 1:]), (point[i],), (1.0,))[1]):
            assert got == pytest.approx(want, rel=3e-11, abs=1e-300)


@pytest.mark.parametrize(("loc", "scale"), [(0.0, 1.0), (3.0, 1e-7), (-0.5, 1e-3)])
@pytest.mark.parametrize(("distribution", "exact", "point"), each(QUANTILES))
def test_quantiles(distribution, exact, point, loc, scale):
    """Upper ones, in the probability, the shapes, loc and scale; the equation for the quantile is solved to 50 digits."""
    with mp.workdps(60):
        q, *shapes = (mp.mpf(a) for a in point)
        tail = lambda z, *s: 1 - exact(z, *s) - q
        start = mp.mpf(float(distribution.isf(*point)))
        if distribution is stats.beta and start > 0.999:
            start = 1 - mp.mpf(float(stats.beta.ppf(point[0], point[2], point[1])))
        z = start
        density = lambda z, *s: mp.diff(lambda u: exact(u, *s), z, h=mp.mpf(10) ** -25)
        for _ in range(8):
            z = z + tail(z, *shapes) / density(z, *shapes)
        want = [-scale / density(z, *shapes)]
        want += [-scale * mp.diff(lambda s, j=j: exact(z, *shapes[:j], s, *shapes[j + 1:]), shapes[j], h=mp.mpf(10) ** -25) / density(z, *shapes) for j in range(len(shapes))]
        want = [float(w) for w in (*want, 1, z)]
    got = dr.grad(distribution.isf, tuple(range(len(want))))(*point, loc, scale)
    np.testing.assert_allclose(got, want, rtol=3e-11)
    both = np.array([point[0], 0.5])
    for i in range(len(want)):
        slope = dr.jvp(lambda a, i=i: distribution.isf(*(a if j == i else both if j == 0 else p for j, p in enumerate((*point, loc, scale)))),
                       (both if i == 0 else (*point, loc, scale)[i],), (np.ones(2) if i == 0 else 1.0,))[1]
        assert np.broadcast_to(slope, 2)[0] == pytest.approx(want[i], rel=3e-11)


def test_scale_of_a_wide_lognormal():
    for s in (1e3, 1e6):
        assert dr.grad(stats.lognorm.logpdf, 3)(2.0, s, 0.0, 1.5) == pytest.approx(np.log(2.0 / 1.5) / s**2 / 1.5, rel=1e-14)
    assert dr.grad(stats.loguniform.logpdf, 4)(1.3, 1.0, 1.7, 0.0, 1.1) == 0


@pytest.mark.parametrize(("name", "shapes"), [("norm", ()), ("gumbel_r", ()), ("gumbel_l", ()), ("gamma", (1.5,)), ("lognorm", (0.5,)), ("f", (2.5, 3.0)), ("invgauss", (0.7,)),
                                              ("burr", (1.5, 0.7)), ("fisk", (1.5,)), ("nakagami", (0.7,)), ("invweibull", (0.5,)), ("t", (3.0,)), ("genpareto", (0.3,))])
def test_a_distribution_function_is_constant_at_infinity(name, shapes):
    distribution = getattr(stats, name)
    places = tuple(range(len(shapes) + 3))
    for x, methods in ((np.inf, ("cdf", "sf", "logcdf")), (-np.inf, ("cdf", "sf", "logsf"))):
        for method in methods:
            assert dr.grad(getattr(distribution, method), places)(x, *shapes, 0.3, 1.7) == (0,) * len(places)
    assert np.all(np.isnan(dr.grad(distribution.cdf, places)(np.nan, *shapes, 0.3, 1.7)))
    censored = dr.grad(lambda p: distribution.cdf(np.array([np.inf, 0.9]), *shapes, p, 2.0)[0])
    assert censored(0.1) == 0


@pytest.mark.parametrize(("name", "shapes"), [("lognorm", (0.5,)), ("f", (2.5, 3.0)), ("invweibull", (0.5,)), ("fisk", (1.5,)), ("burr", (1.5, 0.7)), ("burr12", (1.5, 0.7)),
                                              ("nakagami", (0.7,)), ("genextreme", (-0.5,)), ("gamma", (1.5,)), ("triang", (0.0,))])
def test_no_shape_moves_what_is_below_the_lower_end(name, shapes):
    distribution = getattr(stats, name)
    end = float(distribution.support(*shapes)[0])
    places = tuple(range(1, len(shapes) + 1))
    for method in ("cdf", "sf", "logsf"):
        assert dr.grad(getattr(distribution, method), places)(end, *shapes) == (0,) * len(shapes)


def test_densities_at_the_lower_end():
    assert dr.grad(stats.lognorm.logsf)(0.0, 0.5) == 0
    assert dr.grad(stats.invgauss.logsf)(0.0, 0.5) == 0
    for f, shapes, rise, fall in ((stats.fisk, (1.0,), 1, -2), (stats.burr, (1.0, 1.0), 1, -2), (stats.burr, (0.5, 2.0), 1, -np.inf), (stats.burr12, (1.0, 2.0), 2, -6)):
        assert dr.grad(f.cdf)(0.0, *shapes) == rise
        assert dr.grad(f.logsf)(0.0, *shapes) == -rise
        assert dr.grad(f.pdf)(0.0, *shapes) == fall
    assert dr.grad(stats.genpareto.pdf)(1.0, -1.0) == 0


@pytest.mark.parametrize(("k", "n", "a", "b"), [(13, 40, 154.77, 3063.5), (1, 5, 791.4, 17.2), (3, 40, 0.3, 0.4)])
def test_mixed_counts_by_the_side_on_which_nothing_cancels(k, n, a, b):
    with mp.workdps(60):
        weight = lambda j, a, b: mp.binomial(n, j) * mp.beta(a + j, b + n - j) / mp.beta(a, b)
        tail = lambda a, b: sum(weight(j, a, b) for j in range(k + 1, n + 1))
        at = mp.mpf(a), mp.mpf(b)
        want = [mp.diff(tail, at, (1 - i, i), h=mp.mpf(10) ** -20) for i in (0, 1)]
        rates = [float(w / tail(*at)) for w in want]
    np.testing.assert_allclose(dr.grad(stats.betabinom.cdf, (2, 3))(k, n, a, b), [-float(w) for w in want], rtol=2e-10)
    np.testing.assert_allclose(dr.grad(stats.betabinom.logsf, (2, 3))(k, n, a, b), rates, rtol=2e-10)
