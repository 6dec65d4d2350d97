"""More distributions against 50 digits, in the variable and in the shapes, in far tails and near the ends; vectors, matrices and counts."""

import mpmath as mp
import numpy as np
import pytest
import scipy.stats

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.scipy import stats
from tests.scipy.test_stats import beta_cdf, compare, each_slope, gamma_cdf, normal, phi


def excess(z, c):
    return mp.log1p(c * z) / c if c else z


def rarity(z, c):
    return mp.exp(-excess(z, -c))


def passage(z, m):
    return mp.exp(-((z - m) ** 2) / (2 * z * m * m)) / mp.sqrt(2 * mp.pi * z**3)


def passage_cdf(z, m):
    return normal((z / m - 1) / mp.sqrt(z)) + mp.exp(2 / m) * normal(-(z / m + 1) / mp.sqrt(z))


def exponential_normal(z, k):
    return mp.exp(1 / (2 * k * k) - z / k) * normal(z - 1 / k) / k


def johnson(z, a, b):
    return a + b * mp.asinh(z)


def even_power(z, b):
    return (1 + mp.sign(z) * gamma_cdf(abs(z) ** b, 1 / b)) / 2


def circle(z, k):
    return mp.quad(lambda t: mp.exp(k * mp.cos(t)), mp.linspace(-mp.pi, z, 12)) / (2 * mp.pi * mp.besseli(0, k))


def triangle(z, c):
    return 2 * z / c if z < c else 2 * (1 - z) / (1 - c)


DENSITIES = {
    stats.genpareto: (lambda z, c: mp.exp(-(1 + c) * excess(z, c)), [(0.5, 0.3), (0.5, 1e-9), (1.5, 0.0), (1e8, 0.7), (1.9, -0.5)]),
    stats.genextreme: (lambda z, c: rarity(z, c) ** (1 - c) * mp.exp(-rarity(z, c)), [(0.5, 0.3), (0.5, 1e-9), (-1.5, 0.0), (1e8, -0.7), (1.9, 0.5)]),
    stats.weibull_max: (lambda z, c: c * (-z) ** (c - 1) * mp.exp(-((-z) ** c)), [(-0.5, 1.7), (-20.0, 2.5)]),
    stats.invweibull: (lambda z, c: c * z ** (-c - 1) * mp.exp(-(z**-c)), [(0.5, 1.7), (0.02, 1.5), (1e6, 0.8)]),
    stats.lomax: (lambda z, c: c * (1 + z) ** (-c - 1), [(0.5, 1.7), (1e-9, 2.5), (1e9, 0.8)]),
    stats.fisk: (lambda z, c: c * z ** (c - 1) / (1 + z**c) ** 2, [(0.5, 1.7), (1e-9, 2.5), (1e9, 3.0)]),
    stats.burr: (lambda z, c, d: c * d * z ** (-c - 1) * (1 + z**-c) ** (-d - 1), [(0.5, 1.7, 0.6), (1e-9, 2.5, 1.5), (1e9, 3.0, 2.0)]),
    stats.burr12: (lambda z, c, d: c * d * z ** (c - 1) * (1 + z**c) ** (-d - 1), [(0.5, 1.7, 0.6), (1e-9, 2.5, 1.5), (1e9, 3.0, 2.0)]),
    stats.halfcauchy: (lambda z: 2 / (mp.pi * (1 + z * z)), [(0.5,), (1e9,)]),
    stats.gompertz: (lambda z, c: c * mp.exp(z - c * mp.expm1(z)), [(0.5, 1.7), (4.0, 0.5)]),
    stats.powerlaw: (lambda z, a: a * z ** (a - 1), [(0.5, 1.7), (1e-12, 0.4)]),
    stats.skewnorm: (lambda z, a: 2 * phi(z) * normal(a * z), [(0.5, 1.5), (-8.0, 4.0), (6.0, -7.0), (20.0, 3.0)]),
    stats.exponnorm: (exponential_normal, [(0.5, 1.5), (-6.0, 0.7), (60.0, 2.0)]),
    stats.invgauss: (passage, [(0.5, 1.5), (0.01, 0.7), (90.0, 2.0)]), stats.wald: (lambda z: passage(z, mp.mpf(1)), [(0.5,), (40.0,)]),
    stats.levy: (lambda z: mp.exp(-1 / (2 * z)) / mp.sqrt(2 * mp.pi * z**3), [(0.7,), (0.01,), (1e9,)]),
    stats.johnsonsu: (lambda z, a, b: phi(johnson(z, a, b)) * b / mp.sqrt(1 + z * z), [(0.5, 0.3, 1.2), (-1e3, 1.0, 0.7), (1e6, -1.0, 2.0)]),
    stats.maxwell: (lambda z: mp.sqrt(2 / mp.pi) * z * z * mp.exp(-z * z / 2), [(0.5,), (30.0,)]),
    stats.chi: (lambda z, v: z ** (v - 1) * mp.exp(-z * z / 2) / mp.gamma(v / 2) * 2 ** (1 - v / 2), [(0.5, 1.7), (30.0, 4.0)]),
    stats.nakagami: (lambda z, v: 2 * v**v / mp.gamma(v) * z ** (2 * v - 1) * mp.exp(-v * z * z), [(0.5, 1.7), (9.0, 0.6)]),
    stats.rice: (lambda z, b: z * mp.exp(-(z * z + b * b) / 2) * mp.besseli(0, z * b), [(0.7, 1.2), (8.0, 3.0), (40.0, 38.0)]),
    stats.vonmises: (lambda z, k: mp.exp(k * mp.cos(z)) / (2 * mp.pi * mp.besseli(0, k)), [(0.7, 1.2), (-3.0, 9.0), (0.1, 200.0)]),
    stats.loggamma: (lambda z, c: mp.exp(c * z - mp.exp(z)) / mp.gamma(c), [(0.7, 1.2), (-30.0, 0.5)]),
    stats.gengamma: (lambda z, a, c: abs(c) * z ** (c * a - 1) * mp.exp(-(z**c)) / mp.gamma(a), [(0.7, 1.2, 1.5), (9.0, 0.7, 2.0), (0.6, 1.2, -1.5)]),
    stats.gennorm: (lambda z, b: b / (2 * mp.gamma(1 / b)) * mp.exp(-(abs(z) ** b)), [(0.7, 1.2), (-9.0, 3.0)]),
    stats.betaprime: (lambda z, a, b: z ** (a - 1) * (1 + z) ** (-a - b) / mp.beta(a, b), [(0.7, 1.2, 2.0), (1e-9, 0.5, 2.0), (1e9, 2.0, 0.7)]),
    stats.genlogistic: (lambda z, c: c * mp.exp(-z) * (1 + mp.exp(-z)) ** (-c - 1), [(0.7, 1.2), (-300.0, 2.0), (300.0, 0.5)]),
    stats.halflogistic: (lambda z: mp.sech(z / 2) ** 2 / 2, [(0.7,), (300.0,)]), stats.arcsine: (lambda z: 1 / (mp.pi * mp.sqrt(z * (1 - z))), [(0.3,), (1e-9,)]),
    stats.triang: (triangle, [(0.3, 0.5), (0.7, 0.5)]), stats.loguniform: (lambda z, a, b: 1 / (z * mp.log(b / a)), [(1.5, 0.5, 4.0)]),
    stats.reciprocal: (lambda z, a, b: 1 / (z * mp.log(b / a)), [(1.5, 0.5, 4.0)]), stats.truncexpon: (lambda z, b: mp.exp(-z) / -mp.expm1(-b), [(0.7, 1.5)]),
}
LOWER = {
    stats.genextreme: (lambda z, c: mp.exp(-rarity(z, c)), [(0.5, 0.3), (-1.5, -0.5), (0.5, 0.0), (-4.0, 1e-8)]),
    stats.weibull_max: (lambda z, c: mp.exp(-((-z) ** c)), [(-0.5, 1.7), (-20.0, 2.5)]), stats.invweibull: (lambda z, c: mp.exp(-(z**-c)), [(0.5, 1.7), (0.02, 1.5)]),
    stats.fisk: (lambda z, c: 1 / (1 + z**-c), [(0.5, 1.7), (1e-9, 2.5)]), stats.burr: (lambda z, c, d: (1 + z**-c) ** -d, [(0.5, 1.7, 0.6), (1e-9, 2.5, 1.5)]),
    stats.powerlaw: (lambda z, a: z**a, [(0.5, 1.7), (1e-12, 0.4)]), stats.genlogistic: (lambda z, c: (1 + mp.exp(-z)) ** -c, [(0.7, 1.2), (-300.0, 2.0)]),
    stats.johnsonsu: (lambda z, a, b: normal(johnson(z, a, b)), [(0.5, 0.3, 1.2), (-50.0, 1.0, 1.5)]), stats.triang: (lambda z, c: z * z / c, [(0.3, 0.5)]),
    stats.loguniform: (lambda z, a, b: mp.log(z / a) / mp.log(b / a), [(1.5, 0.5, 4.0)]), stats.truncexpon: (lambda z, b: mp.expm1(-z) / mp.expm1(-b), [(0.7, 1.5)]),
    stats.burr12: (lambda z, c, d: 1 - (1 + z**c) ** -d, [(0.5, 1.7, 0.6), (1e-3, 1.2, 1.5)]),
    stats.skewnorm: (lambda z, a: mp.quad(lambda t: 2 * phi(t) * normal(a * t), [-12, z]), [(0.5, 1.5)]), stats.levy: (lambda z: mp.erfc(1 / mp.sqrt(2 * z)), [(0.7,)]),
}
UPPER = {
    stats.genpareto: (lambda z, c: mp.exp(-excess(z, c)), [(0.5, 0.3), (1.9, -0.5), (30.0, 0.0), (2.0, 1e-8)]), stats.lomax: (lambda z, c: (1 + z) ** -c, [(0.5, 1.7), (1e9, 2.5)]),
    stats.fisk: (lambda z, c: 1 / (1 + z**c), [(0.5, 1.7), (1e9, 2.5)]), stats.burr12: (lambda z, c, d: (1 + z**c) ** -d, [(0.5, 1.7, 0.6), (1e9, 2.5, 1.5)]),
    stats.gompertz: (lambda z, c: mp.exp(-c * mp.expm1(z)), [(0.5, 1.7), (4.0, 0.5)]), stats.halflogistic: (lambda z: 2 / (1 + mp.exp(z)), [(0.7,), (300.0,)]),
    stats.johnsonsu: (lambda z, a, b: normal(-johnson(z, a, b)), [(0.5, 0.3, 1.2), (50.0, 1.0, 1.5)]), stats.halfcauchy: (lambda z: 2 / mp.pi * mp.atan(1 / z), [(0.7,), (1e6,)]),
    stats.burr: (lambda z, c, d: 1 - (1 + z**-c) ** -d, [(0.5, 1.7, 0.6), (30.0, 2.5, 1.5)]), stats.triang: (lambda z, c: (1 - z) ** 2 / (1 - c), [(0.7, 0.5)]),
    stats.genlogistic: (lambda z, c: 1 - (1 + mp.exp(-z)) ** -c, [(0.7, 1.2), (3.0, 2.0)]), stats.lognorm: (lambda z, s: normal(-mp.log(z) / s), [(1e9, 0.7)]),
}
BY_INTEGRAL = {
    stats.vonmises: (circle, [(0.7, 1.2), (-3.0, 9.0), (0.1, 40.0), (-0.4, 40.0), (9.0, 0.01), (2.0, 45.0)]),
    stats.invgauss: (passage_cdf, [(0.5, 1.5), (0.1, 0.7)]), stats.wald: (lambda z: passage_cdf(z, mp.mpf(1)), [(0.5,)]),
    stats.exponnorm: (lambda z, k: normal(z) - k * exponential_normal(z, k), [(0.5, 1.5), (-3.0, 0.7)]),
    stats.maxwell: (lambda z: gamma_cdf(z * z / 2, mp.mpf(3) / 2), [(0.5,)]), stats.chi: (lambda z, v: gamma_cdf(z * z / 2, v / 2), [(0.5, 1.7), (4.0, 3.0)]),
    stats.nakagami: (lambda z, v: gamma_cdf(v * z * z, v), [(0.5, 1.7)]), stats.loggamma: (lambda z, c: gamma_cdf(mp.exp(z), c), [(0.7, 1.2), (-9.0, 0.5)]),
    stats.rice: (lambda z, b: mp.quad(lambda t: t * mp.exp(-(t * t + b * b) / 2) * mp.besseli(0, t * b), [0, z]), [(0.7, 1.2), (2.0, 3.0)]),
    stats.gengamma: (lambda z, a, c: gamma_cdf(z**c, a) if c > 0 else 1 - gamma_cdf(z**c, a), [(0.7, 1.2, 1.5), (0.6, 1.2, -1.5)]),
    stats.gennorm: (even_power, [(0.7, 1.2), (-2.0, 3.0)]), stats.betaprime: (lambda z, a, b: beta_cdf(z / (1 + z), a, b), [(0.7, 1.2, 2.0), (5.0, 0.7, 1.4)]),
    stats.triang: (lambda z, c: 1 - (1 - z) ** 2 / (1 - c), [(0.7, 0.5)]), stats.arcsine: (lambda z: 2 / mp.pi * mp.asin(mp.sqrt(z)), [(0.3,)]),
    stats.genextreme: (lambda z, c: mp.exp(-rarity(z, c)), [(0.5, 0.3)]), stats.genpareto: (lambda z, c: -mp.expm1(-excess(z, c)), [(0.5, 0.3)]),
    stats.gompertz: (lambda z, c: -mp.expm1(-c * mp.expm1(z)), [(0.5, 1.7)]), stats.burr: (lambda z, c, d: (1 + z**-c) ** -d, [(0.5, 1.7, 0.6)]),
    stats.burr12: (lambda z, c, d: 1 - (1 + z**c) ** -d, [(0.5, 1.7, 0.6)]), stats.invweibull: (lambda z, c: mp.exp(-(z**-c)), [(0.5, 1.7)]),
    stats.weibull_max: (lambda z, c: mp.exp(-((-z) ** c)), [(-0.5, 1.7)]), stats.lomax: (lambda z, c: 1 - (1 + z) ** -c, [(0.5, 1.7)]),
}


@each_slope(DENSITIES, LOWER, UPPER, BY_INTEGRAL)
def test_slopes_against_many_digits(method, exact, point, i, tolerance):
    compare(method, exact, point, i, tolerance)


@pytest.mark.parametrize("c", [0.4, -0.4, 0.0])
def test_ends_that_move_with_the_shape(c):
    end = 1 / c if c else np.inf
    for z in np.array([-end - 1, -end + 1e-3, end - 1e-3, end + 1])[np.isfinite([end] * 4)]:
        for distribution, inside in ((stats.genextreme, c * z < 1), (stats.genpareto, z >= 0 and -c * z < 1)):
            for i in (0, 1):
                slope = dr.grad(distribution.logpdf, i)(z, c)
                assert np.isfinite(slope)
                assert (slope != 0) == inside
    assert dr.grad(stats.genpareto.pdf, 1)(-0.1, c) == 0
    assert np.isnan(dr.grad(stats.lomax.logpdf, 1)(0.5, -1.0))


def test_angles():
    assert dr.grad(stats.vonmises.cdf, 1)(0.0, 3.0) == 0
    assert dr.grad(stats.vonmises.cdf, 1)(-3.1, 900.0) == 0
    assert dr.grad(stats.vonmises.cdf, 1)(1.0 + 4 * np.pi, 3.0) == pytest.approx(dr.grad(stats.vonmises.cdf, 1)(1.0, 3.0), rel=1e-12)
    with pytest.raises(NoRuleError, match="kappa <= 1000"):
        dr.grad(stats.vonmises.cdf, 1)(0.1, 2000.0)


def test_mixed_probabilities_of_counts():
    """Against the derivative of a sum over all counts, from either end."""
    k = np.arange(9)
    for i in (2, 3):
        slope = dr.jvp(lambda p, i=i: stats.betabinom.cdf(k, 8, *((p, 1.2) if i == 2 else (0.7, p))), (0.7 if i == 2 else 1.2,), (1.0,))[1]
        pmf = dr.jvp(lambda p, i=i: stats.betabinom.pmf(k, 8, *((p, 1.2) if i == 2 else (0.7, p))), (0.7 if i == 2 else 1.2,), (1.0,))[1]
        np.testing.assert_allclose(slope[:-1], np.cumsum(pmf)[:-1], rtol=1e-12)
        assert slope[-1] == 0
    far = dr.grad(stats.betabinom.logsf, 2)(29, 30, 0.7, 40.0)
    assert far == pytest.approx(dr.grad(stats.betabinom.logpmf, 2)(30, 30, 0.7, 40.0), rel=1e-10)


def test_multinomial():
    x, p = np.array([1, 2, 3]), np.array([0.2, 0.3, 0.5])
    np.testing.assert_allclose(dr.grad(stats.multinomial.logpmf, 2)(x, 6, p), [5 - 6, 2 / 0.3 - 6, 0], rtol=1e-12, atol=1e-12)
    assert dr.value_and_grad(stats.multinomial.pmf, 2)(x, 6, p)[0] == pytest.approx(scipy.stats.multinomial.pmf(x, 6, p), rel=1e-14)
    assert not np.any(dr.grad(stats.multinomial.logpmf, 2)(x, 7, p))
    with pytest.raises(NoRuleError, match="counts x and n"):
        dr.grad(stats.multinomial.logpmf)(x * 1.0, 6, p)
    with pytest.raises(NoRuleError, match="one number n"):
        dr.grad(lambda p: stats.multinomial.logpmf(x, np.array([6, 6]), p)[0])(p)


def test_student_vectors():
    rng = np.random.default_rng(0)
    x, m, c = rng.normal(size=(4, 3)), rng.normal(size=3), np.eye(3) + 0.3
    dr.check_grads(lambda x, m, root, v: stats.multivariate_t.logpdf(x, m, root @ root.T, v), x, m, np.eye(3) + 0.3, 3.5)
    one = dr.grad(lambda z, v: stats.multivariate_t.logpdf(z, df=v), (0, 1))(0.7, 3.0)
    np.testing.assert_allclose(one, dr.grad(stats.t.logpdf, (0, 1))(0.7, 3.0), rtol=1e-12)
    np.testing.assert_allclose(dr.grad(lambda m: stats.multivariate_t(m, c, 1e9).logpdf(x[0]))(m), dr.grad(stats.multivariate_normal.logpdf, 1)(x[0], m, c), rtol=1e-7)
    with pytest.raises(NoRuleError, match="df=inf"):
        dr.grad(lambda m: stats.multivariate_t.logpdf(x[0], m, c, np.inf))(m)


def test_wishart():
    dr.check_grads(lambda a, v, b: stats.wishart.logpdf(a @ a.T, v, b @ b.T), np.eye(3) + 0.3, 4.5, np.eye(3) - 0.2)
    np.testing.assert_allclose(dr.grad(stats.wishart.logpdf, 1)(np.array([[1.3]]), 4.0, 1.0), dr.grad(stats.chi2.logpdf, 1)(1.3, 4.0), rtol=1e-12)
    with pytest.raises(NoRuleError, match="one matrix at a time"):
        dr.grad(lambda x: stats.wishart.logpdf(x, 4.0, np.eye(2))[0])(np.ones((2, 2, 2)))


DATA = np.array([[0.3, -0.7, 1.2, 0.9, -1.5], [1.0, 0.2, -0.4, 1.7, 0.5]])
POINTS = np.array([[0.1, 2.0, -1.0], [0.4, -0.3, 0.8]])


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5, 1.0, 3.0]])
def test_kernel_densities(weights):
    theirs = scipy.stats.gaussian_kde(DATA, 0.7, weights)
    make = lambda data, factor=0.7: stats.gaussian_kde(data, factor, weights)
    for name in ("evaluate", "pdf", "logpdf"):
        f = lambda data, at, factor, name=name: getattr(make(data, factor), name)(at)
        np.testing.assert_array_equal(dr.vjp(f, DATA, POINTS, 0.7)[0], getattr(theirs, name)(POINTS))
        dr.check_grads(f, DATA, POINTS, 0.7)
    line = lambda data, low, high: stats.gaussian_kde(data, "silverman", weights).integrate_box_1d(low, high)
    assert dr.vjp(line, DATA[0], -0.3, 1.0)[0] == pytest.approx(scipy.stats.gaussian_kde(DATA[0], "silverman", weights).integrate_box_1d(-0.3, 1.0), rel=1e-14)
    assert dr.grad(line, 2)(DATA[0], -0.3, 1.0) == pytest.approx(scipy.stats.gaussian_kde(DATA[0], "silverman", weights)(1.0)[0], rel=1e-12)
    dr.check_grads(line, DATA[0], -0.3, 1.0)
    for f, want in ((lambda data, m: make(data).integrate_gaussian(m, np.eye(2)), theirs.integrate_gaussian(POINTS[:, 0], np.eye(2))),
                    (lambda data, m: make(data).integrate_kde(stats.gaussian_kde(np.stack([m, 2 * m, m**2]).T, 0.9)), None)):
        dr.check_grads(f, DATA, POINTS[:, 0])
        if want is not None:
            assert f(DATA, POINTS[:, 0]) == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize("bandwidth", [0.7, "scott", "silverman"])
def test_kernel_densities_in_their_weights(bandwidth):
    weights = np.array([1.0, 2.0, 0.5, 1.0, 3.0])
    for f in (lambda w, data: stats.gaussian_kde(data, bandwidth, w)(POINTS), lambda w, data: stats.gaussian_kde(data, bandwidth, w).logpdf(POINTS),
              lambda w, data: stats.gaussian_kde(data, bandwidth, w).integrate_gaussian(POINTS[:, 0], np.eye(2)),
              lambda w, data: stats.gaussian_kde(data[0], bandwidth, w).integrate_box_1d(-0.3, 1.0),
              lambda w, data: stats.gaussian_kde(data, bandwidth, w).integrate_kde(stats.gaussian_kde(data, 0.4, w**2))):
        dr.check_grads(f, weights, DATA)
        pulled = dr.grad(lambda w, f=f: np.sum(f(w, DATA) ** 2))(weights)
        assert abs(pulled @ weights) < 1e-13 * np.sum(np.abs(pulled * weights))  # they count in proportion
    mean = lambda w: np.mean(stats.gaussian_kde(DATA, bandwidth, w)(POINTS))
    np.testing.assert_array_equal(dr.vjp(mean, weights)[0], mean(weights))
    assert dr.trace(mean, weights)(weights**2) == pytest.approx(mean(weights**2), rel=1e-14)
    batch = np.stack([weights, weights**2])
    np.testing.assert_allclose(dr.vmap(dr.grad(mean))(batch), [dr.grad(mean)(w) for w in batch], rtol=1e-11)
    np.testing.assert_allclose(dr.grad(mean)(np.array([1.0, 0, 0.5, 1, 3]))[1],
                               (mean(np.array([1.0, 1e-6, 0.5, 1, 3])) - mean(np.array([1.0, 0, 0.5, 1, 3]))) * 1e6, rtol=1e-4)


def test_kernel_densities_like_any_other_function():
    mean = lambda data: np.mean(stats.gaussian_kde(data)(POINTS))
    np.testing.assert_allclose(dr.trace(mean, DATA)(DATA**2), mean(DATA**2), rtol=1e-14)
    batch = np.stack([DATA, DATA**2])
    np.testing.assert_allclose(dr.vmap(dr.grad(mean))(batch), [dr.grad(mean)(data) for data in batch], rtol=1e-12)
    other = lambda data: stats.gaussian_kde(data, lambda kde: 0.3 * np.std(kde.dataset)).logpdf(POINTS)
    np.testing.assert_array_equal(other(DATA), scipy.stats.gaussian_kde(DATA, lambda kde: 0.3 * np.std(kde.dataset)).logpdf(POINTS))
    dr.check_grads(other, DATA)
    far = dr.grad(lambda x: stats.gaussian_kde(DATA[0]).logpdf(x)[0])(1e4)
    assert far == pytest.approx(-(1e4 - 1.2) / stats.gaussian_kde(DATA[0]).covariance[0, 0], rel=1e-12)
    plain = stats.gaussian_kde(DATA)
    assert plain.integrate_box([-1, -1], [1, 1]) == pytest.approx(scipy.stats.gaussian_kde(DATA).integrate_box([-1, -1], [1, 1]), rel=1e-4)
    plain.set_bandwidth("silverman")
    assert plain.factor == scipy.stats.gaussian_kde(DATA, "silverman").factor


def test_kernel_densities_refuse():
    for call, error, says in ((lambda x: stats.gaussian_kde(DATA, weights=x[0, :3])(POINTS)[0], ValueError, "weights"),
                              (lambda x: stats.gaussian_kde(DATA, weights=x)(POINTS)[0], ValueError, "weights"),
                              (lambda x: stats.gaussian_kde(DATA, weights=x[0] ** 2).resample(3)[0, 0], NoRuleError, "resample of a kernel density estimate"),
                              (lambda x: stats.gaussian_kde(x).resample(3)[0, 0], NoRuleError, "resample of a kernel density estimate"),
                              (lambda x: stats.gaussian_kde(x, "best")(POINTS)[0], ValueError, "bw_method"),
                              (lambda x: stats.gaussian_kde(x).integrate_box_1d(0, 1), ValueError, "1D"),
                              (lambda x: stats.gaussian_kde(x).integrate_gaussian(x[0], np.eye(2)), ValueError, "dimension 2"),
                              (lambda x: stats.gaussian_kde(x).integrate_kde(stats.gaussian_kde(x[0])), ValueError, "same dimension"),
                              (lambda x: stats.gaussian_kde(x)(np.ones((3, 3)))[0], ValueError, "dimension")):
        with pytest.raises(error, match=says):
            dr.grad(call)(DATA)


@pytest.mark.parametrize(("distribution", "density", "shape"), [
    (stats.t, lambda z, v: (1 + z * z / v) ** (-(v + 1) / 2) / (mp.sqrt(v) * mp.beta(v / 2, mp.mpf(1) / 2)), 3.0),
    (stats.gennorm, lambda z, b: b / (2 * mp.gamma(1 / b)) * mp.exp(-(abs(z) ** b)), 2.5)])
@pytest.mark.parametrize("z", [0.0, 1e-12, -1e-7, 2e-5, -3e-4, 0.1])
def test_second_derivatives_at_the_centre(distribution, density, shape, z):
    """F = 1/2 + the integral of the density from 0, which is smooth there, as the incomplete functions that it is made of are not."""
    with mp.workdps(40):
        at, s = mp.mpf(z), mp.mpf(shape)
        mixed = float(mp.diff(lambda q: density(at, q), s))
        twice = float(mp.quad(lambda x: mp.diff(lambda q: density(x, q), s, 2), [0, at]))
    f, p, v = (lambda p: distribution.cdf(p[0], p[1])), np.array([z, shape]), np.array([0.0, 1.0])
    want = np.array([mixed, twice])
    for got in (dr.hvp(f)(p, v), dr.grad(lambda q: dr.grad(f)(q) @ v)(p), dr.hessian(f)(p)[0:2, 1], dr.hessian(f)(p)[1]):
        np.testing.assert_allclose(got, want, rtol=1e-9)


def test_quantiles_at_the_ends_of_their_range():
    """There the slopes are one over the density; between them they follow from the tails."""
    for f, at, want in ((stats.expon.ppf, 0.0, 1.0), (stats.expon.ppf, 1.0, np.inf), (stats.expon.isf, 0.0, -np.inf), (stats.expon.isf, 1.0, -1.0)):
        assert dr.grad(f)(at) == want
        np.testing.assert_array_equal(dr.elementwise_grad(f)(np.array([at, 0.5])), [want, dr.grad(f)(0.5)])
    slopes = dr.grad(lambda q, c, d, low, scale: stats.burr.ppf(q, c, d, low, scale), (0, 1, 2, 3, 4))(0.3, 1.5, 0.8, 0.2, 3.0)
    p = 0.3 ** (1 / 0.8)
    z = (p / (1 - p)) ** (1 / 1.5)
    want = (3 * z / (1.5 * 0.8 * 0.3 * (1 - p)), -3 * z * np.log(z) / 1.5, -3 * z * np.log(p) / (1.5 * 0.8 * (1 - p)), 1.0, z)
    np.testing.assert_allclose(slopes, want, rtol=1e-13)


def deviate(p):
    """The normal quantile."""
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def truncated_quantile(p, a, b):
    return deviate(normal(a) + p * (normal(b) - normal(a)))


QUANTILES = {
    stats.lognorm: (lambda p, s: mp.exp(s * deviate(p)), (0.7,)), stats.johnsonsu: (lambda p, a, b: mp.sinh((deviate(p) - a) / b), (0.4, 1.3)),
    stats.burr: (lambda p, c, d: (p ** (-1 / d) - 1) ** (-1 / c), (1.7, 0.6)), stats.burr12: (lambda p, c, d: ((1 - p) ** (-1 / d) - 1) ** (1 / c), (1.7, 0.6)),
    stats.triang: (lambda p, c: mp.sqrt(p * c) if p < c else 1 - mp.sqrt((1 - p) * (1 - c)), (0.4,)),
    stats.truncnorm: (truncated_quantile, (-1.2, 0.8)),
}


@pytest.mark.parametrize(("distribution", "quantile", "shapes"), [(d, *v) for d, v in QUANTILES.items()], ids=[repr(d) for d in QUANTILES])
@pytest.mark.parametrize("q", [0.03, 0.39, 0.41, 0.97, 1e-9])
def test_slopes_of_quantiles_against_many_digits(distribution, quantile, shapes, q):
    for method, p in ((distribution.ppf, lambda q: q), (distribution.isf, lambda q: 1 - q)):
        for i in range(1 + len(shapes)):
            compare(method, lambda q, *shapes, p=p: quantile(p(q), *shapes), (q, *shapes), i, 1e-12)
        slopes = dr.grad(method, tuple(range(1 + len(shapes))))(q, *shapes)
        np.testing.assert_allclose(slopes, [dr.grad(method, i)(q, *shapes) for i in range(1 + len(shapes))], rtol=1e-14)  # together and each by itself


def test_quantiles_at_the_ends_in_the_shapes():
    """The end of the support stays where it is."""
    assert dr.grad(stats.lognorm.ppf, (0, 1))(0.0, 0.7) == (np.inf, 0.0)
    assert dr.grad(stats.triang.ppf, (0, 1))(0.0, 0.4) == (np.inf, 0.0)
    assert dr.grad(stats.triang.isf, (0, 1))(0.0, 0.4) == (-np.inf, 0.0)
    assert dr.grad(stats.triang.ppf)(1.0, 1.0) == dr.grad(stats.triang.ppf)(0.0, 0.0) == 0.5
    assert dr.grad(stats.johnsonsu.ppf, (0, 1))(0.0, 0.4, 1.3) == (np.inf, -np.inf)
    np.testing.assert_allclose(dr.grad(stats.truncnorm.ppf, (1, 2))(1.0, -1.2, 0.8), [0.0, 1.0], atol=1e-15)
    assert np.all(np.isnan(dr.grad(stats.lognorm.ppf, (0, 1, 2, 3))(1.5, 0.7, 0.1, 2.0)))


@pytest.mark.parametrize(("distribution", "shapes", "want"), [
    (stats.burr, (1.25, 0.8), 1.0), (stats.burr, (2.0, 0.8), 0.0), (stats.burr, (0.5, 0.8), np.inf), (stats.burr12, (1.0, 0.7), 0.7), (stats.burr12, (2.0, 0.7), 0.0),
    (stats.lognorm, (0.7,), 0.0)])
def test_distribution_functions_at_zero(distribution, shapes, want):
    """The density there, and a value that no shape changes; outside nothing changes it."""
    every = tuple(range(1 + len(shapes)))
    assert dr.grad(distribution.cdf, every)(0.0, *shapes) == pytest.approx((want, *[0.0] * len(shapes)), rel=1e-15)
    assert dr.grad(distribution.sf, every)(0.0, *shapes) == pytest.approx((-want, *[0.0] * len(shapes)), rel=1e-15)
    assert dr.grad(distribution.cdf, every)(-1.0, *shapes) == (0.0,) * len(every)
    at = np.array([-1.0, 0.0, 0.5, np.nan])
    slopes = dr.vjp(distribution.cdf, at, *shapes)[1](np.ones(4))[0]
    np.testing.assert_allclose(slopes, [0.0, want, distribution.pdf(0.5, *shapes), np.nan], rtol=1e-14)


def test_partials_share_their_work(monkeypatch):
    """SciPy's density is asked for once for x, loc and scale together, in both modes; also where long arrays are walked in blocks."""
    asked, theirs = [], scipy.stats.levy.pdf
    monkeypatch.setattr(stats.levy, "pdf", lambda *args: (asked.append(1), theirs(*args))[1])
    f = lambda x, loc, scale: np.exp(-2.0 * stats.levy.cdf(3.0 * x, loc, scale) ** 2)
    x = np.linspace(0.1, 0.9, 1 << 17)
    every = x, np.full_like(x, 0.1), np.full_like(x, 1.3)
    found = dr.vjp(f, *every)[1](np.ones_like(x))
    assert len(asked) == 1
    pushed = dr.jvp(f, every, (np.ones_like(x),) * 3)[1]
    assert len(asked) == 2
    np.testing.assert_allclose(pushed, sum(found), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found, [dr.elementwise_grad(f, i)(*every) for i in range(3)], rtol=1e-14)
