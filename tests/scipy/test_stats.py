"""dr.scipy.stats: slopes against 50 digits, the far tails, the edges of the support, parameters by name, frozen distributions."""

import mpmath as mp
import numpy as np
import pytest
import scipy.stats

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.scipy import stats
from dualrev.scipy.stats.families import Distribution

CLOSED, INTEGRAL = 1e-12, 1e-8


def phi(z):
    return mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def normal(z):
    return mp.erfc(-z / mp.sqrt(2)) / 2


def log_odds(density):
    return lambda *p: mp.log(density(*p))


def student(z, v):
    return mp.gamma((v + 1) / 2) / mp.gamma(v / 2) / mp.sqrt(v * mp.pi) * (1 + z * z / v) ** (-(v + 1) / 2)


def ratio(z, m, n):
    return mp.sqrt((m * z) ** m * n**n / (m * z + n) ** (m + n)) / z / mp.beta(m / 2, n / 2)


def beta_cdf(z, a, b):
    return mp.betainc(a, b, 0, z, regularized=True)


def gamma_cdf(z, a):
    return mp.gammainc(a, 0, z, regularized=True)


def truncated(z, a, b):
    return phi(z) / (normal(-a) - normal(-b))


DENSITIES = {
    stats.norm: (phi, [(0.3,), (-40.0,), (1e3,)]), stats.lognorm: (lambda z, s: phi(mp.log(z) / s) / (s * z), [(0.7, 0.5), (1e-9, 1.5), (1e12, 2.0)]),
    stats.halfnorm: (lambda z: 2 * phi(z), [(0.5,), (30.0,)]), stats.expon: (lambda z: mp.exp(-z), [(0.5,), (900.0,)]), stats.uniform: (lambda z: mp.mpf(1), [(0.4,)]),
    stats.cauchy: (lambda z: 1 / (mp.pi * (1 + z * z)), [(0.2,), (-1e8,)]), stats.logistic: (lambda z: mp.exp(-z) / (1 + mp.exp(-z)) ** 2, [(0.5,), (-300.0,), (500.0,)]),
    stats.laplace: (lambda z: mp.exp(-abs(z)) / 2, [(0.5,), (-300.0,)]), stats.gumbel_r: (lambda z: mp.exp(-z - mp.exp(-z)), [(0.5,), (-5.0,), (300.0,)]),
    stats.gumbel_l: (lambda z: mp.exp(z - mp.exp(z)), [(0.5,), (5.0,), (-300.0,)]), stats.rayleigh: (lambda z: z * mp.exp(-z * z / 2), [(0.5,), (30.0,)]),
    stats.gamma: (lambda z, a: z ** (a - 1) * mp.exp(-z) / mp.gamma(a), [(0.5, 2.0), (1e-12, 0.3), (700.0, 3.5), (5.0, 1e3)]),
    stats.invgamma: (lambda z, a: z ** (-a - 1) * mp.exp(-1 / z) / mp.gamma(a), [(0.5, 2.0), (0.01, 0.3), (1e6, 3.5)]),
    stats.chi2: (lambda z, v: (z / 2) ** (v / 2 - 1) * mp.exp(-z / 2) / mp.gamma(v / 2) / 2, [(0.5, 3.0), (900.0, 1.5)]),
    stats.beta: (lambda z, a, b: z ** (a - 1) * (1 - z) ** (b - 1) / mp.beta(a, b), [(0.3, 2.0, 0.7), (1e-10, 0.5, 3.0), (0.99, 30.0, 2.0)]),
    stats.f: (ratio, [(0.5, 3.0, 5.0), (1e4, 2.5, 7.0)]), stats.t: (student, [(0.5, 3.0), (-1e5, 2.5), (2.0, 40.0)]),
    stats.weibull_min: (lambda z, c: c * z ** (c - 1) * mp.exp(-(z**c)), [(0.5, 1.7), (20.0, 2.5), (1e-8, 0.6)]),
    stats.pareto: (lambda z, b: b * z ** (-b - 1), [(1.5, 2.0), (1e9, 0.7)]), stats.truncnorm: (truncated, [(0.3, -1.0, 2.0), (31.0, 30.0, 33.0), (-8.0, -9.0, 1.0)]),
}
LOWER = {
    stats.norm: (normal, [(0.3,), (-40.0,), (-300.0,)]), stats.lognorm: (lambda z, s: normal(mp.log(z) / s), [(0.7, 0.5), (1e-9, 0.5)]),
    stats.logistic: (lambda z: 1 / (1 + mp.exp(-z)), [(0.5,), (-600.0,), (30.0,)]), stats.laplace: (lambda z: mp.exp(z) / 2 if z < 0 else 1 - mp.exp(-z) / 2, [(-500.0,), (0.4,)]),
    stats.cauchy: (lambda z: mp.atan2(1, -z) / mp.pi, [(-1e6,), (0.7,)]), stats.gumbel_r: (lambda z: mp.exp(-mp.exp(-z)), [(0.5,), (-6.0,)]),
    stats.weibull_min: (lambda z, c: -mp.expm1(-(z**c)), [(0.5, 1.7), (1e-3, 0.6)]), stats.pareto: (lambda z, b: 1 - z**-b, [(1.5, 2.0)]),
    stats.truncnorm: (lambda z, a, b: (normal(z) - normal(a)) / (normal(b) - normal(a)), [(0.3, -1.0, 2.0), (-7.0, -9.0, 1.0)]),
}
UPPER = {
    stats.norm: (lambda z: normal(-z), [(0.3,), (40.0,)]), stats.lognorm: (lambda z, s: normal(-mp.log(z) / s), [(0.7, 0.5), (1e6, 0.5)]),
    stats.logistic: (lambda z: 1 / (1 + mp.exp(z)), [(600.0,), (-30.0,)]), stats.expon: (lambda z: mp.exp(-z), [(1e4,)]),
    stats.weibull_min: (lambda z, c: mp.exp(-(z**c)), [(0.5, 1.7), (90.0, 2.5)]), stats.pareto: (lambda z, b: z**-b, [(1e9, 2.0)]),
    stats.gumbel_r: (lambda z: -mp.expm1(-mp.exp(-z)), [(0.4,), (200.0,)]), stats.gumbel_l: (lambda z: mp.exp(-mp.exp(z)), [(0.4,), (9.0,)]),
    stats.rayleigh: (lambda z: mp.exp(-z * z / 2), [(0.4,), (200.0,)]),
}
BY_INTEGRAL = {
    stats.gamma: (gamma_cdf, [(0.5, 2.0), (1e-6, 0.3), (9.0, 3.5)]), stats.chi2: (lambda z, v: gamma_cdf(z / 2, v / 2), [(0.5, 3.0)]),
    stats.invgamma: (lambda z, a: mp.gammainc(a, 1 / z, mp.inf, regularized=True), [(0.5, 2.0)]), stats.beta: (beta_cdf, [(0.3, 2.0, 0.7), (1e-6, 0.5, 3.0)]),
    stats.f: (lambda z, m, n: beta_cdf(m * z / (m * z + n), m / 2, n / 2), [(0.5, 3.0, 5.0)]),
    stats.t: (lambda z, v: mp.betainc(v / 2, mp.mpf(1) / 2, 0, v / (v + z * z), regularized=True) / 2, [(-0.5, 3.0), (-20.0, 2.5)]),
}


def each_slope(densities, lower, upper, by_integral):
    """Parametrize a test by tables of distributions: every argument of every point."""
    cases = [(getattr(distribution, name), log_odds(exact), point, i, CLOSED) for table, name in ((densities, "logpdf"), (lower, "logcdf"), (upper, "logsf"))
             for distribution, (exact, points) in table.items() for point in points for i in range(len(point))]
    cases += [(distribution.cdf, exact, point, i, INTEGRAL if i else CLOSED)
              for distribution, (exact, points) in by_integral.items() for point in points for i in range(len(point))]
    return pytest.mark.parametrize(("method", "exact", "point", "i", "tolerance"), cases, ids=lambda x: getattr(x, "__name__", None))


@each_slope(DENSITIES, LOWER, UPPER, BY_INTEGRAL)
def test_slopes_against_many_digits(method, exact, point, i, tolerance):
    compare(method, exact, point, i, tolerance)


def compare(method, exact, point, i, tolerance):
    """A derivative in both modes against a difference of many digits."""
    with mp.workdps(80):
        xs = [mp.mpf(x) for x in point]
        h = mp.mpf(10) ** -15 * (abs(xs[i]) or 1)
        want = float((exact(*xs[:i], xs[i] + h, *xs[i + 1:]) - exact(*xs[:i], xs[i] - h, *xs[i + 1:])) / (2 * h))
    assert dr.grad(method, i)(*point) == pytest.approx(want, rel=tolerance, abs=0)
    assert dr.jvp(lambda p: method(*point[:i], p, *point[i + 1:]), (point[i],), (1.0,))[1] == pytest.approx(want, rel=tolerance, abs=0)


CONTINUOUS = [d for d in vars(stats).values() if isinstance(d, Distribution) and d._law.score]
DISCRETE = [d for d in vars(stats).values() if isinstance(d, Distribution) and not d._law.score]


def typical(distribution):
    """A point inside, with its parameters."""
    return tuple((low + high) / 2 if type(low) is float else low for low, high in distribution._law.at)


def test_the_common_distributions_are_there():
    assert len(CONTINUOUS) >= 53
    assert len(DISCRETE) == 6


@pytest.mark.parametrize("distribution", CONTINUOUS, ids=repr)
def test_values_are_scipys_and_the_support_ends(distribution):
    theirs = getattr(scipy.stats, distribution._name)
    _, *shapes = typical(distribution)
    x = np.array([-7.0, -0.5, 0.25, 0.5, 1.5, 8.0])
    for name in ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf"):
        method = getattr(distribution, name)
        want = getattr(theirs, name)(x, *shapes, loc=0.1, scale=1.3)
        for f in (lambda x, m=method: m(x, *shapes, scale=1.3, loc=0.1), lambda p, m=method: m(x, *shapes, p[0], 1.3)):
            y, dy = dr.jvp(f, (x if f(np.full(6, 0.1)).shape == x.shape and f.__code__.co_varnames[0] == "x" else np.array([0.1]),),
                           (np.ones(6 if f.__code__.co_varnames[0] == "x" else 1),))
            np.testing.assert_array_equal(y, want)
            if distribution._law.support is not None:
                low, high = distribution._law.support(*shapes)
                outside = ((x - 0.1) / 1.3 < low) | ((x - 0.1) / 1.3 > high)
                assert not np.any(dy[outside])
            assert np.all(np.isfinite(dy[~np.isnan(y)]))


@pytest.mark.parametrize("distribution", CONTINUOUS, ids=repr)
def test_quantiles_undo_the_distribution_function(distribution):
    x, *shapes = typical(distribution)
    np.testing.assert_allclose(dr.derivative(lambda x: distribution.ppf(distribution.cdf(x, *shapes), *shapes))(x), 1, rtol=1e-8)
    np.testing.assert_allclose(dr.derivative(lambda s: distribution.cdf(distribution.isf(0.4, *shapes, scale=s), *shapes, scale=s))(1.2), 0, atol=1e-8)
    for i in range(len(shapes)):
        moved = lambda p, i=i: [p if k == i else s for k, s in enumerate(shapes)]
        if distribution._law.rises is None and distribution._law.cdf[i] is None:
            with pytest.raises(NoRuleError, match=f"argument {i + 1}"):
                dr.grad(lambda p, moved=moved: distribution.cdf(0.3, *moved(p)))(shapes[i])
            continue
        np.testing.assert_allclose(dr.derivative(lambda p: distribution.cdf(distribution.ppf(0.3, *moved(p)), *moved(p)))(shapes[i]), 0, atol=1e-8)


@pytest.mark.parametrize("distribution", DISCRETE, ids=repr)
def test_probabilities_in_the_parameters(distribution):
    """The slopes of all probabilities sum to 0, those below k to that of the distribution function."""
    _, *shapes = typical(distribution)
    shapes = [round(s) if distribution in (stats.binom, stats.betabinom) and not i else s for i, s in enumerate(shapes)]
    k = np.arange(0, 60)
    for i, rule in enumerate(distribution._law.shapes):
        if rule is None:
            with pytest.raises(NoRuleError, match="argument 1"):
                dr.grad(lambda p: distribution.pmf(2, p, *shapes[1:]))(float(shapes[0]))
            continue
        moved = lambda p, i=i: [p if j == i else s for j, s in enumerate(shapes)]
        slope = lambda name: dr.jvp(lambda p: getattr(distribution, name)(k, *moved(p)), (shapes[i],), (1.0,))[1]
        np.testing.assert_allclose(np.sum(slope("pmf")), 0, atol=1e-9)
        np.testing.assert_allclose(np.cumsum(slope("pmf")), slope("cdf"), atol=1e-9)
        np.testing.assert_allclose(slope("sf"), -slope("cdf"), atol=1e-12)
        pmf = getattr(scipy.stats, distribution._name).pmf(k, *shapes)
        np.testing.assert_allclose(slope("logpmf")[pmf > 0] * pmf[pmf > 0], slope("pmf")[pmf > 0], rtol=1e-9, atol=1e-12)
        assert dr.grad(lambda p: distribution.logpmf(1.5, *moved(p)))(shapes[i]) == 0
        assert dr.grad(lambda p: distribution.pmf(-1, *moved(p)))(shapes[i]) == 0
    assert dr.grad(lambda p: distribution.ppf(0.4, *shapes[:-1], p) + 0.0 * p)(shapes[-1]) == 0
    with pytest.raises(NoRuleError, match=r"argument 0 \('k'\)"):
        dr.grad(lambda k: distribution.pmf(k, *shapes))(2.0)


def test_probabilities_at_the_ends_of_their_parameters():
    assert dr.grad(lambda p: stats.bernoulli.pmf(1, p))(0.0) == 1
    assert dr.grad(lambda p: stats.binom.pmf(1, 3, p))(0.0) == 3
    assert dr.grad(lambda p: stats.binom.logpmf(0, 3, p))(0.0) == -3
    assert dr.grad(lambda m: stats.poisson.logpmf(0, m))(0.0) == -1


def test_special_points():
    assert dr.grad(stats.gamma.logpdf)(0.0, 1.0) == -1
    assert dr.grad(stats.gamma.pdf)(0.0, 3.0) == 0
    assert dr.grad(stats.beta.logpdf)(1.0, 2.0, 1.0) == 1
    assert dr.grad(stats.laplace.logpdf)(0.0) == 0
    assert dr.grad(stats.uniform.pdf)(0.5) == 0
    assert dr.grad(dr.grad(lambda x: stats.norm.logcdf(x)))(-1e6) == pytest.approx(-1, rel=1e-10)
    assert np.isnan(dr.grad(lambda s: stats.norm.logpdf(0.3, scale=s))(-1.0))
    assert dr.grad(lambda x: np.where(x > 0, stats.gamma.logpdf(x, 2.0), x))(0.0) == 1


def test_frozen_distributions():
    x = 0.7
    assert dr.grad(lambda a: stats.gamma(a, scale=2.0).logpdf(x))(1.5) == dr.grad(lambda a: stats.gamma.logpdf(x, a, 0, 2.0))(1.5)
    assert stats.norm(1.0, 2.0).mean() == 1.0
    assert dr.grad(lambda m: stats.norm(loc=m).cdf(x))(0.2) == pytest.approx(-scipy.stats.norm.pdf(0.5), rel=1e-14)
    assert stats.poisson(2.0).pmf(1) == scipy.stats.poisson.pmf(1, 2.0)


def test_what_has_no_derivative_is_scipys_own_and_refuses():
    assert stats.norm.mean(1.0, 2.0) == 1.0
    assert stats.norm.name == "norm"
    assert stats.norm.rvs(random_state=1) == scipy.stats.norm.rvs(random_state=1)
    with pytest.raises(NoRuleError, match=r"dr.scipy.stats.gamma.entropy has no derivative rule"):
        dr.grad(stats.gamma.entropy)(2.0)
    with pytest.raises(NoRuleError, match="ranks"):
        dr.grad(lambda x: stats.spearmanr(x, [1.0, 2.0, 3.0]).statistic)(np.arange(3.0))
    with pytest.raises(NoRuleError, match="welch|has no derivative rule"):
        dr.grad(lambda x: stats.ttest_ind(x, [1.0, 2.0, 3.0]).pvalue)(np.arange(3.0))
    with pytest.raises(TypeError, match="argument"):
        stats.gamma.pdf(1.0)


def test_normal_vectors():
    rng = np.random.default_rng(0)
    x, m, c = rng.normal(size=(4, 3)), rng.normal(size=3), np.eye(3) + 0.3
    gx, gm, gc = dr.grad(lambda x, m, c: np.sum(stats.multivariate_normal.logpdf(x, m, cov=c)), (0, 1, 2))(x, m, c)
    u = (x - m) @ np.linalg.inv(c)
    np.testing.assert_allclose(gx, -u, rtol=1e-12)
    np.testing.assert_allclose(gm, u.sum(0), rtol=1e-12)
    np.testing.assert_allclose(gc, (u.T @ u - 4 * np.linalg.inv(c)) / 2, rtol=1e-12)
    assert dr.grad(lambda s: stats.multivariate_normal(0.5, s).logpdf(0.2))(2.0) == pytest.approx(-0.25 + 0.09 / 8, rel=1e-12)
    with pytest.raises(NoRuleError, match="allow_singular"):
        dr.grad(lambda x: stats.multivariate_normal.logpdf(x, m, c, allow_singular=True))(x[0])
    with pytest.raises(np.linalg.LinAlgError):
        dr.grad(lambda x: stats.multivariate_normal.logpdf(x, m, np.ones((3, 3))))(x[0])


def test_dirichlet():
    x, a = np.array([0.2, 0.3, 0.5]), np.array([1.5, 2.0, 0.7])
    np.testing.assert_allclose(dr.grad(stats.dirichlet.logpdf)(x, a), (a - 1) / x, rtol=1e-13)
    want = [float(mp.log(p) - mp.psi(0, q) + mp.psi(0, sum(a))) for p, q in zip(x, a, strict=True)]
    np.testing.assert_allclose(dr.grad(stats.dirichlet.logpdf, 1)(x, a), want, rtol=1e-12)
    with pytest.raises(ValueError, match="simplex"):
        dr.grad(stats.dirichlet.logpdf)(2 * x, a)


def test_summaries_refuse_other_policies_for_nan():
    with pytest.raises(NoRuleError, match=r"nan_policy='omit'.*Select the entries"):
        dr.grad(lambda x: stats.zscore(x, nan_policy="omit")[0])(np.arange(3.0))
    assert dr.grad(lambda x: stats.moment(x, 1))(np.arange(3.0)).tolist() == [0, 0, 0]


PAIR = np.array([0.3, 1.9, -0.4, 2.2, 0.9, 1.1]), np.array([1.3, 2.1, 0.2, 1.6, 0.1, 2.4])


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_correlation_and_straight_line(alternative):
    together = lambda x, y: tuple(stats.pearsonr(x, y, alternative=alternative))
    line = lambda x, y: (*(found := stats.linregress(x, y, alternative)), found.intercept_stderr)
    for f in (together, line):
        for sign in (1, -1):
            point = (PAIR[0], sign * PAIR[1])
            np.testing.assert_allclose(dr.vjp(f, *point)[0], f(*point), rtol=1e-12)
            dr.check_grads(f, *point)
    program = dr.trace(lambda x: together(x, PAIR[1])[0] + line(x, PAIR[1])[5], PAIR[0])
    assert program(PAIR[0] ** 2) == pytest.approx(together(PAIR[0] ** 2, PAIR[1])[0] + line(PAIR[0] ** 2, PAIR[1])[5])
    batch = np.stack([PAIR[0], PAIR[0] ** 2])
    np.testing.assert_allclose(dr.vmap(lambda x: stats.pearsonr(x, PAIR[1]).statistic)(batch), stats.pearsonr(batch, PAIR[1][None], axis=1).statistic)


def test_correlations_along_axes_and_of_two_points():
    x, y = np.stack(PAIR), np.stack(PAIR[::-1]) ** 2
    for axis in (1, -1, None):
        dr.check_grads(lambda x, y, axis=axis: stats.pearsonr(x, y, axis=axis).statistic, x, y)
        np.testing.assert_allclose(dr.vjp(lambda x, axis=axis: stats.pearsonr(x, y, axis=axis).pvalue, x)[0], scipy.stats.pearsonr(x, y, axis=axis).pvalue, rtol=1e-12)
    assert dr.value_and_grad(lambda x: stats.pearsonr(x, [1.0, 4.0]).statistic)(np.array([3.0, 2.0]))[0] == -1
    assert dr.grad(lambda y: stats.linregress([1.0, 3.0], y).slope)(np.array([3.0, 2.0])) == pytest.approx([-0.5, 0.5])
    for call, says in ((lambda x: stats.pearsonr(x, [1.0]).statistic, "same length"), (lambda x: stats.linregress(x, [1.0]).slope, "same length"),
                       (lambda x: stats.linregress([1.0, 1.0], x).slope, "identical"), (lambda x: stats.pearsonr(x, [1.0, 2, 4], alternative="other").statistic, "alternative")):
        with pytest.raises(ValueError, match=says):
            dr.grad(call)(np.arange(3.0) if "alternative" in says else np.arange(2.0))
    with pytest.raises(NoRuleError, match="method="):
        dr.grad(lambda x: stats.pearsonr(x, PAIR[1], method=scipy.stats.PermutationMethod()).statistic)(PAIR[0])
