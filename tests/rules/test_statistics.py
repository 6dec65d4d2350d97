"""Statistics: what is special about medians, quantiles, missing data, covariances and histograms."""

import warnings

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.core.tracer import Tracer

X = np.array([0.4, -1.2, 2.5, 1.1, 0.7])
NAN = np.nan
HOLES = np.array([[0.4, NAN, 2.5], [NAN, NAN, NAN], [1.0, 3.0, NAN]])


def both(f, x):
    """The gradient by reverse mode, after forward mode has given the same."""
    g = dr.grad(f)(x)
    columns = [dr.jvp(f, (x,), (np.reshape(e, x.shape),))[1] for e in np.eye(x.size)]
    np.testing.assert_allclose(np.reshape(columns, x.shape), g, rtol=1e-12, atol=1e-15)
    return g


def test_a_nan_makes_a_median_nan_and_takes_the_derivative():
    x = np.array([1.0, NAN, 3.0])
    for f in (np.median, lambda x: np.quantile(x, 0.3), lambda x: np.percentile(x, 30, method="lower")):
        value, g = dr.value_and_grad(f)(x)
        assert np.isnan(value)
        np.testing.assert_array_equal(g, [0, 1, 0])


@pytest.mark.parametrize("function", [np.nanmedian, np.nanmax, np.nanmin, np.nanmean, np.nanvar, lambda x, **k: np.nanquantile(x, 0.4, **k)])
def test_a_row_of_nan_warns_as_numpy_does_and_has_derivative_zero(function):
    with pytest.warns(RuntimeWarning):
        plain = function(HOLES, axis=1)
    with pytest.warns(RuntimeWarning):
        y, pullback = dr.vjp(lambda x: function(x, axis=1), HOLES)
    g = pullback(np.ones(3))[0]
    np.testing.assert_allclose(y, plain, rtol=1e-15)
    np.testing.assert_array_equal(g[np.isnan(HOLES)], 0)
    assert np.all(np.isfinite(g))


@pytest.mark.parametrize("method", ["linear", "hazen", "weibull", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf"])
def test_a_quantile_moves_with_its_place(method):
    q, h = 0.43, 1e-6
    slope = (np.quantile(X, q + h, method=method) - np.quantile(X, q - h, method=method)) / (2 * h)
    assert dr.derivative(lambda q: np.quantile(X, q, method=method))(q) == pytest.approx(slope, rel=1e-8)
    assert dr.grad(lambda q: np.percentile(X, q, method=method))(100 * q) == pytest.approx(slope / 100, rel=1e-8)


@pytest.mark.parametrize("method", ["lower", "higher", "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf", "closest_observation"])
def test_a_quantile_that_jumps_has_slope_zero_in_its_place(method):
    assert dr.grad(lambda q: np.quantile(X, q, method=method) + 0 * q)(0.43) == 0
    assert np.sum(both(lambda x: np.quantile(x, 0.43, method=method), X)) == pytest.approx(1)


@pytest.mark.parametrize("method", ["lower", "higher", "nearest", "inverted_cdf", "closest_observation", "linear", "hazen"])
def test_a_quantile_of_single_precision(method):
    x = X.astype(np.float32)
    for q in (0.3, [0.3], np.float64(0.3), np.float32(0.3)):
        assert dr.vjp(lambda x, q=q: np.quantile(x, q, method=method), x)[0].dtype == np.quantile(x, q, method=method).dtype
    none = np.zeros((0, 3), np.float32)
    assert dr.vjp(lambda x: np.quantile(x, 0.5, axis=1, method=method), none)[0].dtype == np.quantile(none, 0.5, axis=1, method=method).dtype


def test_a_quantile_of_bad_arguments_raises_as_numpy_does():
    for bad, says in ((lambda x: np.quantile(x, 1.5), "range"), (lambda x: np.percentile(x, -1), "range"), (lambda x: np.quantile(x, 0.5, method="middle"), "middle"),
                      (lambda x: np.quantile(x, 0.5, weights=np.ones(5)), "supports weights"),
                      (lambda x: np.quantile(x, 0.5, method="inverted_cdf", weights=-np.ones(5)), "non-negative")):
        with pytest.raises(ValueError, match=says):
            bad(X)
        with pytest.raises(ValueError, match=says):
            dr.grad(bad)(X)


def test_the_extremes_of_infinite_entries():
    x = np.array([-np.inf, 1.0, 2.0])
    np.testing.assert_array_equal(both(np.nanmin, x), [1, 0, 0])
    np.testing.assert_array_equal(both(np.nanmax, np.array([-np.inf, NAN])), [1, 0])


def test_weights_of_an_average_that_sum_to_zero():
    with pytest.raises(ZeroDivisionError):
        dr.grad(lambda w: np.average(X[:2], weights=w))(np.array([1.0, -1.0]))


def test_an_average_is_differentiated_in_its_weights():
    w = np.array([0.5, 1.0, 2.0, 0.1, 0.3])
    np.testing.assert_allclose(both(lambda w: np.average(X, weights=w), w), (X - np.average(X, weights=w)) / np.sum(w), rtol=1e-13)


def test_covariances_in_weights():
    w, x = np.array([0.5, 1.0, 2.0, 0.3]), np.arange(8.0).reshape(2, 4) ** 1.5
    h = 1e-5
    for k, e in enumerate(np.eye(4)):
        slope = (np.cov(x, aweights=w + h * e)[0, 1] - np.cov(x, aweights=w - h * e)[0, 1]) / (2 * h)
        assert both(lambda w: np.cov(x, aweights=w)[0, 1], w)[k] == pytest.approx(slope, rel=1e-6)
    with pytest.raises(NoRuleError, match="fweights"):
        dr.grad(lambda w: np.cov(x, fweights=w)[0, 1])(np.ones(4))


def test_a_correlation_with_itself_does_not_move():
    for f in (lambda x: np.corrcoef(x, 2 * x)[0, 1], lambda x: np.corrcoef(x)):
        np.testing.assert_allclose(both(f, X), 0, atol=1e-14)


def test_counts_are_constant_and_edges_move():
    def counts(x):
        n, edges = np.histogram(x, 3)
        assert not isinstance(n, Tracer)
        np.testing.assert_array_equal(n, np.histogram(X, 3)[0])
        return edges[1]

    np.testing.assert_allclose(both(counts, X), [0, 2 / 3, 1 / 3, 0, 0], rtol=1e-14)


def test_sums_of_weights_in_a_histogram():
    w = np.arange(1.0, 6.0)
    g = both(lambda w: np.histogram(X, [-2.0, 0.5, 2.0], weights=w)[0][1], w)
    np.testing.assert_array_equal(g, [0, 0, 0, 1, 1])
    g = both(lambda w: np.histogram2d(X, X, [[-2.0, 0.5, 3.0], [0.0, 3.0]], weights=w)[0][0, 0], w)
    np.testing.assert_array_equal(g, [1, 0, 0, 0, 0])


def test_no_warning_where_numpy_gives_none():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f in (np.median, np.nanmean, np.nanstd, np.nanmax, lambda x: np.sum(np.cov(x)), lambda x: np.quantile(x, 0.2)):
            dr.grad(f)(X)
