"""SciPy's minimizers by way of `minimize`: where the objective is not defined, equal bounds, constraints for methods without derivatives, options."""

import warnings

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, NonlinearConstraint, rosen
from scipy.sparse import csr_array

from dualrev.optimize import minimize

X0 = np.array([-1.2, 1.0, 0.5])


def well(x):
    """Defined between 0 and 3 only, with its minimum at 0.09667."""
    return np.sum(10 * x - np.log(x) - np.log(3 - x))


@pytest.mark.parametrize("method", ["CG", "scipy:BFGS", "scipy:Newton-CG", "trust-constr", "dogleg", "scipy:trust-ncg", "scipy:trust-exact", "Powell", "SLSQP", "TNC", "COBYQA"])
def test_outside_the_domain_scipys_steps_shrink_as_well(method):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.filterwarnings("ignore", module="scipy")
        found = minimize(well, np.array([0.05, 2.9]), method=method)
    assert found.success, found.message
    np.testing.assert_allclose(found.x, 0.0966701, atol=2e-4)


def test_where_scipy_cannot_the_best_point_is_returned_and_no_success_claimed():
    found = minimize(well, np.array([0.05, 2.9]), method="scipy:L-BFGS-B")
    assert not found.success
    assert found.fun == well(found.x) < well(np.array([0.05, 2.9]))


def test_a_function_that_raises_where_it_is_not_defined():
    def f(x):
        if np.min(x) <= 0:
            raise ZeroDivisionError
        return well(x)

    assert minimize(f, np.array([0.05, 2.9]), method="CG").success


@pytest.mark.parametrize("method", ["SLSQP", "Nelder-Mead", "scipy:BFGS", "COBYQA", "trust-constr"])
def test_the_start_must_be_finite_for_scipys_methods_too(method):
    with pytest.raises(ValueError, match="is nan at x0"), np.errstate(all="ignore"):
        minimize(lambda x: np.sum(np.log(x)), np.array([-1.0, 1.0]), method=method)


def test_minus_infinity_is_no_best_point():
    with np.errstate(all="ignore"):
        found = minimize(lambda x: np.sum(np.log(np.abs(x))), np.array([1.0, 1.0]), method="Powell", options={"maxiter": 20})
    assert np.isfinite(found.fun)


@pytest.mark.parametrize("method", ["scipy:L-BFGS-B", "TNC", "SLSQP", "Nelder-Mead", "COBYQA"])
def test_bounds_that_leave_one_point(method):
    found = minimize(rosen, X0, method=method, bounds=[(0.5, 0.5)] * 3)
    assert np.array_equal(found.x, [0.5] * 3)
    assert found.fun == rosen(found.x)


@pytest.mark.parametrize("method", ["COBYLA", "COBYQA", "SLSQP", "TNC"])
def test_equal_bounds_and_a_callback(method):
    seen = []
    found = minimize(rosen, X0, method=method, bounds=[(0.5, 0.5), (None, 0.5), (0.3, None)], callback=lambda x: seen.append(x))
    assert found.success
    np.testing.assert_allclose(found.x, [0.5, 0.3756, 0.3], atol=1e-4)
    assert all(x.shape == (3,) and x[0] == 0.5 for x in seen)


@pytest.mark.parametrize("method", ["COBYLA", "COBYQA"])
def test_methods_without_derivatives_take_constraints_that_have_none(method):
    limit = NonlinearConstraint(lambda x: float(x[0] ** 2 + x[1] ** 2), -np.inf, 1.0)
    found = minimize(lambda x: float((x[0] - 1) ** 2 + (x[1] - 2) ** 2), np.array([0.1, 0.2]), method=method, constraints=limit)
    np.testing.assert_allclose(found.x, np.array([1, 2]) / np.sqrt(5), atol=1e-3)


@pytest.mark.parametrize("method", ["COBYLA", "COBYQA", "SLSQP", "trust-constr"])
@pytest.mark.parametrize("fixed", [None, [2]])
def test_sparse_linear_constraints(method, fixed):
    plane = LinearConstraint(csr_array([[1.0, 1.0, 1.0]]), -np.inf, 1.0)
    found = minimize(lambda x: np.sum((x - 1) ** 2), np.array([0.1, 0.2, 0.0]), method=method, constraints=plane, fixed=fixed)
    np.testing.assert_allclose(found.x, [1 / 3] * 3 if fixed is None else [0.5, 0.5, 0], atol=2e-3)


def test_the_history_of_scipys_methods_begins_at_the_start():
    for method in ("SLSQP", "COBYQA", "trust-constr", "Nelder-Mead"):
        history = minimize(rosen, X0, method=method, options={"maxiter": 5}).history
        assert history[0].iteration == 0
        assert history[0].fun == rosen(X0)


def test_options_by_scipys_names():
    found = minimize(rosen, X0, method="L-BFGS-B", options={"maxfun": 5, "maxiter": None})
    assert "maxfev = 5" in found.message
    with pytest.raises(ValueError, match=r"l-bfgs-b has no option 'maxls'.*method='scipy:L-BFGS-B' takes 'maxls'"):
        minimize(rosen, X0, method="L-BFGS-B", options={"maxls": 10})
    assert minimize(rosen, X0, method="scipy:L-BFGS-B", options={"maxls": 10}).success


@pytest.mark.parametrize("options", [{"initial_trust_radius": 0.0}, {"max_trust_radius": 0}, {"eta": 1}, {"initial_trust_radius": np.inf}])
@pytest.mark.parametrize("method", ["trust-exact", "sr1", "trust-bounds"])
def test_a_trust_region_needs_a_radius(method, options):
    with pytest.raises(ValueError, match="radii above 0"):
        minimize(rosen, X0, method=method, options=options)


def test_the_largest_radius_bounds_the_first():
    found = minimize(rosen, X0, method="trust-exact", options={"max_trust_radius": 0.1})
    assert found.success
    assert np.nanmax(found.history["step_length"]) <= 0.1 + 1e-12
