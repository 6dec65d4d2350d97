"""Objectives without a lower bound, without curvature, in single precision, and beyond what squares can hold: every method ends, and says truthfully how."""

import numpy as np
import pytest

from dualrev.optimize import least_squares, minimize, root
from dualrev.optimize.methods import METHODS

ALL = list(METHODS)
OWN = [m for m in METHODS if m != "steepest"]


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("f", [np.sum, lambda x: -np.sum(x**2), lambda x: -np.sum(np.exp(x))])
def test_an_objective_without_a_lower_bound_is_called_that(method, f):
    found = minimize(f, np.array([0.3, 0.5]), method=method)
    assert not found.success
    assert "no lower bound" in found.message
    assert f"{found.fun:.2e}" in found.message
    assert found.nfev <= 80


@pytest.mark.parametrize("method", OWN)
def test_a_distant_minimum_is_no_missing_bound(method):
    found = minimize(lambda x: np.sum((1e-9 * x - 1) ** 2), np.zeros(2), method=method, tol=1e-14)
    assert found.success
    np.testing.assert_allclose(found.x, 1e9, rtol=1e-4)
    found = minimize(lambda x: 1e24 * np.sum((x - 1) ** 2) - 1e25, np.zeros(2), method=method)
    assert found.success


def test_newton_steps_over_a_plane_have_a_length():
    seen = []

    def slope(x):
        if isinstance(x, np.ndarray):
            seen.append(np.max(np.abs(x)))
        return np.sum(np.abs(x - 1))

    found = minimize(slope, np.array([0.0, 0.5]), method="newton")
    assert found.success
    assert np.array_equal(found.x, [1, 1])
    assert max(seen) < 1e9


@pytest.mark.parametrize("method", OWN)
def test_a_logarithm_that_falls_for_ever_ends(method):
    found = minimize(lambda x: np.sum(np.log(x)), np.array([0.3, 0.5]), method=method, options={"maxiter": 400})
    assert found.fun < -90
    assert np.all(found.x > 0)


@pytest.mark.parametrize("method", OWN)
def test_gradients_whose_squares_overflow_never_count_as_convergence(method):
    f = lambda x: 1e160 * np.sum((x - 1) ** 4)
    with np.errstate(all="ignore"):
        found = minimize(f, np.array([0.0, 0.5]), method=method, options={"maxiter": 20})
    assert not found.success
    assert found.fun <= f(np.array([0.0, 0.5]))


@pytest.mark.parametrize("method", OWN)
def test_gradients_whose_squares_vanish_end(method):
    found = minimize(lambda x: np.sum((x - 1e-160) ** 2), np.array([1e-150, 0.5]), method=method, tol=0)
    np.testing.assert_allclose(found.x, 0, atol=1e-80)


@pytest.mark.parametrize("method", OWN)
@pytest.mark.parametrize("f", [lambda x: np.sum((x - 3) ** 2) + np.sum(x**4), lambda x: 1000 + np.sum((x - 3) ** 2) + np.sum(x**4),
                               lambda x: np.sum(np.exp(x) - np.float32(7.3) * x)])
def test_single_precision_is_known_where_steps_meet_its_rounding_errors(method, f):
    found = minimize(f, np.zeros(3, np.float32), method=method)
    exact = minimize(f, np.zeros(3), method="newton", tol=1e-10)
    assert found.success, found.message
    assert found.x.dtype == np.float32
    np.testing.assert_allclose(found.x, exact.x, rtol=3e-3)
    assert found.nfev < 40


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("steep", [30, 100, 300, 500])
@pytest.mark.parametrize("start", [np.array([0.5]), np.array([1.0, 0.1, -0.3]), np.array([1.1, -0.11, 0.33])])
def test_steps_from_a_steep_place_arrive(method, steep, start):
    f = lambda x: np.sum(np.exp(steep * x**2))
    found = minimize(f, start, method=method)
    assert found.success, found.message
    np.testing.assert_allclose(found.fun, len(start), rtol=1e-8)
    assert found.nfev <= 1000


def test_sr1_does_not_believe_the_curvature_of_a_steep_place_that_it_has_left():
    for steep in (30, 100):
        found = minimize(lambda x: np.exp(steep * x[0] ** 2), np.array([1.3]), method="sr1")
        assert found.success
        np.testing.assert_allclose(found.x, 0, atol=1e-5)


@pytest.mark.parametrize("method", ["newton", "trust-exact"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_units_far_apart_do_not_hide_small_curvature_that_is_negative(method, seed):
    r = np.random.default_rng(seed)
    unit = 10.0 ** r.uniform(-3, 3, 30)
    valley = lambda z: np.sum(100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2)
    found = minimize(lambda x: valley(unit * x), (1 + r.standard_normal(30)) / unit, method=method, tol=1e-7)
    assert found.success, found.message
    assert found.fun <= 5
    assert found.nfev <= 400


@pytest.mark.parametrize("method", ["bfgs", "l-bfgs", "l-bfgs-b"])
def test_rounding_errors_by_cancellation_end_a_search_soon(method):
    r = np.random.default_rng(5)
    Q, _ = np.linalg.qr(r.standard_normal((30, 30)))
    A, b = (Q * np.logspace(-4, 4, 30)) @ Q.T, r.standard_normal(30)
    least = np.linalg.solve(A, b)  # of the size 1e4, so that the value is known to 1e-9
    found = minimize(lambda x: x @ (A @ x) / 2 - b @ x, least + 1e-6 * Q[:, 1], method=method, tol=1e-9, options={"maxiter": 300})
    assert found.nfev <= 40
    assert np.max(np.abs(found.jac)) <= 1e-4


@pytest.mark.parametrize("method", ["trust-exact", "trust-ncg", "trust-krylov", "trust-bounds", "sr1"])
@pytest.mark.parametrize("large", [1e13, 1e16])
@pytest.mark.parametrize("n", [2, 10])
def test_steps_that_rounding_errors_hide_do_not_creep_on(method, large, n):
    valley = lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    found = minimize(lambda x: large + valley(x), np.tile([-1.2, 1.0], n // 2), method=method, tol=1e-9)
    assert found.nfev <= 200
    assert not found.success or valley(found.x) <= 1e-11 * large


def test_a_trust_region_that_shrinks_to_nothing_names_the_reason():
    found = minimize(lambda x: np.sum(np.where(x < 1, -x, np.inf)), np.array([0.0, 0.5]), method="trust-exact")
    assert not found.success
    assert "no point with a lower objective" in found.message or "not finite" in found.message
    assert found.fun > -1.5 - 1e-9
    kink = minimize(lambda x: np.abs(x[0]) + x[1] ** 2, np.array([0.7, 0.5]), method="bfgs")
    assert "not finite" not in kink.message


@pytest.mark.parametrize("method", ["lm", "dogleg"])
def test_scales_of_a_distant_start_are_forgotten(method):
    size = np.array([1e-8, 1.0, 1e8])
    fit = least_squares(lambda x: x / size - 1 + 0.1 * (x / size - 1) ** 3, np.ones(3), method=method)
    assert fit.success, fit.message
    np.testing.assert_allclose(fit.x, size, rtol=1e-10)


def test_fits_and_roots_in_single_precision_know_their_rounding_errors():
    one = np.float32
    for found in (least_squares(lambda x: x**2 - 2, np.ones(3, one)), root(lambda x: x**2 - 2, np.ones(3, one)),
                  root(lambda x: x**2 - 2, np.ones(3, one), method="newton-krylov")):
        assert found.success, found.message
        assert found.x.dtype == one
        np.testing.assert_allclose(found.x, np.sqrt(2), rtol=1e-6)


def test_with_bounds_it_is_the_projected_gradient_that_is_small():
    found = minimize(lambda x: np.sum((x - 3) ** 2), np.zeros(2), bounds=[(0, 1)] * 2)
    assert "the projected gradient is 0.00e+00" in found.message
    fit = least_squares(lambda x: x - 3, np.zeros(2), bounds=(0, 1))
    assert "the projected gradient is 0.00e+00" in fit.message
    assert "projected" not in minimize(lambda x: np.sum((x - 3) ** 2), np.zeros(2)).message
