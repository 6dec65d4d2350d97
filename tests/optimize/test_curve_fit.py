"""`curve_fit` beside SciPy's: parameters, covariances, weights, and what it does with odd data."""

import numpy as np
import pytest
from scipy import optimize

from dualrev.optimize import IllConditionedWarning, curve_fit

X = np.linspace(0.0, 4.0, 30)
NOISE = np.random.default_rng(3).standard_normal(30)
Y = 2.5 * np.exp(-1.3 * X) + 0.5 + 0.05 * NOISE
SIGMA = 0.03 + 0.02 * X
_Q = np.random.default_rng(4).standard_normal((30, 30))
COVARIANCE = 0.002 * (np.eye(30) + 0.1 * _Q @ _Q.T / 30)


def model(x, a, k, c):
    return a * np.exp(-k * x) + c


@pytest.mark.parametrize("options", [{}, {"sigma": SIGMA}, {"sigma": SIGMA, "absolute_sigma": True}, {"sigma": COVARIANCE, "absolute_sigma": True}, {"sigma": COVARIANCE},
                                     {"p0": [1.0, 2.0, 0.0]}, {"bounds": (0.0, [3.0, 3.0, 3.0])}, {"sigma": SIGMA, "loss": "soft_l1", "method": "trf"}])
@pytest.mark.parametrize("own", [{}, {"method": "dogleg"}, {"method": "scipy:trf"}])
def test_same_as_scipy(options, own):
    theirs = optimize.curve_fit(model, X, Y, **options, ftol=1e-14, xtol=1e-14, gtol=1e-14)
    mine = curve_fit(model, X, Y, **{**options, **own})
    tight = 1e-5 if "scipy" in own.get("method", "") or "loss" in options else 2e-6
    np.testing.assert_allclose(mine[0], theirs[0], rtol=tight)
    np.testing.assert_allclose(mine[1], theirs[1], rtol=100 * tight)


def test_full_output_and_maxfev():
    popt, pcov, info, message, ier = curve_fit(model, X, Y, full_output=True)
    assert ier in (1, 2, 3, 4) and message.startswith("Converged") and info["nfev"] == info["result"].nfev
    np.testing.assert_allclose(info["fvec"], model(X, *popt) - Y)
    np.testing.assert_allclose(info["result"].stderr, np.sqrt(np.diag(pcov)))
    with pytest.raises(RuntimeError, match="optimal parameters not found. Not converged: max_nfev = 2"):
        curve_fit(model, X, Y, p0=[9.0, 9.0, 9.0], maxfev=2)


def test_parameters_by_name():
    popt, pcov = curve_fit(model, X, Y)
    named, covariance = curve_fit(model, X, Y, p0={"a": 1.0, "k": 1.0, "c": 0.0})
    assert list(named) == ["a", "k", "c"]
    np.testing.assert_allclose(list(named.values()), popt, rtol=1e-8)
    np.testing.assert_allclose(covariance, pcov, rtol=1e-6)
    for start in ({"a": 1.0, "k": 1.0, "c": 0.4}, [1.0, 1.0, 0.4]):
        held, part = curve_fit(model, X, Y, p0=start, fixed="c")
        assert (held["c"] if isinstance(held, dict) else held[2]) == 0.4 and np.all(part[2] == 0) and np.all(part[:2, :2] != 0)
    two, theirs = curve_fit(model, X, Y, p0=[1.0, 1.0, 0.4], fixed=["c"]), optimize.curve_fit(lambda x, a, k: model(x, a, k, 0.4), X, Y)
    np.testing.assert_allclose(two[0][:2], theirs[0], rtol=1e-5)
    np.testing.assert_allclose(two[1][:2, :2], theirs[1], rtol=1e-4)


def test_jacobian_of_ones_own():
    def jac(x, a, k, c):
        return np.stack([np.exp(-k * x), -a * x * np.exp(-k * x), np.ones_like(x)], axis=1)

    for sigma in (None, SIGMA, COVARIANCE):
        np.testing.assert_allclose(curve_fit(model, X, Y, jac=jac, sigma=sigma)[0], curve_fit(model, X, Y, sigma=sigma)[0], rtol=1e-6)


def test_data_of_several_axes():
    grid = np.stack(np.meshgrid(np.arange(4.0), np.arange(5.0)))
    z = 2 * grid[0] - 0.5 * grid[1] ** 2 + 1
    popt, pcov = curve_fit(lambda xy, a, b, c: a * xy[0] + b * xy[1] ** 2 + c, grid, z)
    np.testing.assert_allclose(popt, [2.0, -0.5, 1.0], rtol=1e-12)
    assert np.all(np.abs(pcov) < 1e-25)


def test_missing_data():
    y = Y.copy()
    y[[3, 8]] = np.nan
    keep = ~np.isnan(y)
    popt, pcov = curve_fit(model, X, y, sigma=SIGMA, nan_policy="omit")
    again = curve_fit(model, X[keep], y[keep], sigma=SIGMA[keep])
    np.testing.assert_allclose(popt, again[0])
    np.testing.assert_allclose(pcov, again[1])
    for options in ({}, {"nan_policy": "raise"}):
        with pytest.raises(ValueError, match="ydata holds NaN or infinities"):
            curve_fit(model, X, y, **options)


def test_a_parameter_on_its_bound_has_no_deviation_of_its_own():
    with pytest.warns(UserWarning, match=r"x\[1\] on a bound"):
        popt, pcov = curve_fit(model, X, Y, bounds=(0.0, [5.0, 1.0, 5.0]))
    assert popt[1] == 1.0 and np.all(np.isnan(pcov[1])) and np.all(np.isfinite(pcov[np.ix_([0, 2], [0, 2])]))


def test_too_few_data_give_an_infinite_covariance():
    with pytest.warns(IllConditionedWarning, match="no degrees of freedom"):
        popt, pcov = curve_fit(model, X[:3], Y[:3], p0=[2.0, 1.0, 0.5])
    assert np.all(np.isinf(pcov))
    np.testing.assert_allclose(model(X[:3], *popt), Y[:3], rtol=1e-8)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: curve_fit(lambda *p: p[0], X, Y), "cannot tell the number of parameters"),
    (lambda: curve_fit(lambda x: x, X, Y), "has no parameters after its first argument"),
    (lambda: curve_fit(model, X, []), "ydata is empty"),
    (lambda: curve_fit(model, X, Y, sigma=np.ones(7)), r"sigma has shape \(7,\); for 30 data"),
    (lambda: curve_fit(model, X, Y, sigma=np.zeros(30)), "sigma must be positive"),
    (lambda: curve_fit(model, X, Y, sigma=-np.eye(30)), "must be positive definite"),
    (lambda: curve_fit(model, X, Y, nan_policy="drop"), "nan_policy must be"),
    (lambda: curve_fit(model, X, Y, bounds=([0, 0], 1)), "bounds do not fit the 3 parameters a, k, c"),
    (lambda: curve_fit(model, X, Y, fixed="b"), "fixed='b' is no parameter; they are a, k, c"),
    (lambda: curve_fit(model, X, Y, jac="3-point"), "the exact Jacobian is made here"),
    (lambda: curve_fit(model, X[:5], Y), "broadcast"),
])
def test_calls_that_cannot_be_right(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_complex_data_are_fitted_whole():
    t = np.linspace(0, 3, 40)
    y = 2 * np.exp(1.3j * t) + 0.01 * np.exp(40j * t**2)
    model = lambda t, a, b: a * np.exp(1j * b * t)
    popt, pcov = curve_fit(model, t, y)
    parts, covariance = curve_fit(lambda t, a, b: np.concatenate([a * np.cos(b * t), a * np.sin(b * t)]), t, np.concatenate([y.real, y.imag]))
    np.testing.assert_allclose(popt, parts, rtol=1e-9)
    np.testing.assert_allclose(pcov, covariance, rtol=1e-7, atol=1e-12)
    with pytest.raises(ValueError, match="leave jac out"):
        curve_fit(model, t, y, jac=lambda t, a, b: np.ones((40, 2)))


def test_one_parameter_may_start_at_a_number():
    x = np.arange(5.0)
    for p0 in (2, 2.0, np.float64(2)):
        assert curve_fit(lambda x, a: a * x, x, 3 * x, p0)[0].tolist() == [3.0]


def test_a_column_of_a_table_is_an_array():
    class Column:
        """Like a Series: one axis, an array on demand, and arithmetic that traced values cannot go through."""

        ndim = 1
        __array_ufunc__ = None

        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return np.array(self.values, dtype)

    x = np.linspace(0, 2, 9)
    popt, _ = curve_fit(lambda x, a, b: a * np.exp(-b * x), Column(x), Column(3 * np.exp(-2 * x)))
    np.testing.assert_allclose(popt, [3, 2], rtol=1e-9)
