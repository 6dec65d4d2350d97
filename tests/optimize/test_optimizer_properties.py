"""What theory promises, on random problems: termination on quadratics, descent, invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualrev.optimize import minimize
from dualrev.optimize.methods import METHODS

OWN = [m for m in METHODS if m != "steepest"]
seeds = st.integers(0, 2**32 - 1)


def quadratic(seed, n, condition=100.0):
    """A strictly convex quadratic with a given condition number, its minimum, and a start."""
    rng = np.random.default_rng(seed)
    V = np.linalg.qr(rng.standard_normal((n, n)))[0]
    A = V * np.geomspace(1, condition, n) @ V.T
    A = (A + A.T) / 2
    c = rng.standard_normal(n)
    return (lambda x: 0.5 * (x - c) @ A @ (x - c)), A, c, c + rng.standard_normal(n)


@given(seeds, st.integers(1, 8))
@settings(max_examples=15)
def test_newton_takes_one_step_on_a_convex_quadratic(seed, n):
    f, _, c, x0 = quadratic(seed, n)
    for method, options in (("newton", {}), ("trust-exact", {"initial_trust_radius": 1e3})):
        found = minimize(f, x0, method=method, tol=1e-8, options=options)
        assert (found.success, found.nit, found.nhev) == (True, 1, 1)
        np.testing.assert_allclose(found.x, c, atol=1e-8)


@pytest.mark.parametrize("seed", range(8))
def test_steepest_descent_arrives_and_names_no_wrong_reason(seed):
    r = np.random.default_rng(seed)
    Q = r.standard_normal((10, 10))
    A, c = Q @ Q.T + np.eye(10) / 2, r.standard_normal(10)
    found = minimize(lambda x: x @ (A @ x) / 2 - c @ x, r.standard_normal(10), method="steepest", tol=1e-8)
    assert found.success, found.message
    np.testing.assert_allclose(found.x, np.linalg.solve(A, c), atol=1e-6)


@given(seeds, st.integers(2, 8))
@settings(max_examples=15)
def test_quasi_newton_and_conjugate_gradients_end_after_n_and_a_few(seed, n):
    """With an accurate line search BFGS makes conjugate steps, and ends after n of them; conjugate gradients make n products."""
    f, _, c, x0 = quadratic(seed, n)
    for method in ("bfgs", "l-bfgs", "l-bfgs-b"):
        found = minimize(f, x0, method=method, tol=1e-7, options={"c2": 1e-3})
        assert found.success
        assert found.nit <= n + 2
        np.testing.assert_allclose(found.x, c, atol=1e-6)
    for method in ("newton-cg", "trust-ncg", "trust-krylov"):
        found = minimize(f, x0, method=method, tol=1e-7, options={} if method == "newton-cg" else {"initial_trust_radius": 1e3})
        assert found.success
        assert found.nit <= n + 2


@given(seeds, st.sampled_from(OWN))
@settings(max_examples=60)
def test_the_value_never_increases_on_nonconvex_functions(seed, method):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    W, a, b = rng.standard_normal((4, n)), rng.standard_normal(4), rng.standard_normal(n)
    f = lambda x: np.sum(a * np.sin(W @ x)) + 0.05 * np.sum((x - b) ** 4) + np.tanh(x[0])
    found = minimize(f, 2 * rng.standard_normal(n), method=method, tol=1e-7)
    fun = found.history["fun"]
    assert np.all(np.diff(fun) <= 4e-14 * np.abs(fun[:-1]))
    assert found.success, found.message
    assert found.fun <= np.min(fun) + 4e-14 * abs(found.fun)


@given(seeds, st.sampled_from(OWN), st.sampled_from([-64.0, 0.5, 1024.0]))
@settings(max_examples=30)
def test_shifting_the_function_changes_nothing(seed, method, shift):
    """The derivatives are the same numbers; only the rounding of differences of values is not."""
    rng = np.random.default_rng(seed)
    x0 = rng.standard_normal(3)
    f = lambda x: np.sum((x[1:] - x[:-1] ** 2) ** 2) * 10 + np.sum((1 - x) ** 2)
    plain, moved = [], []
    minimize(f, x0, method=method, callback=plain.append, options={"maxiter": 6})
    minimize(lambda x: f(x) + shift, x0, method=method, callback=moved.append, options={"maxiter": 6})
    for p, q in zip(plain[:6], moved[:6], strict=False):
        np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6)


@given(seeds, st.integers(1, 5))
@settings(max_examples=20)
def test_newton_does_not_see_affine_changes_of_variables(seed, n):
    rng = np.random.default_rng(seed)
    B = np.linalg.qr(rng.standard_normal((n, n)))[0] * rng.uniform(0.1, 10, n) @ np.linalg.qr(rng.standard_normal((n, n)))[0]
    shift, W, x0 = rng.standard_normal(n), rng.standard_normal((2 * n, n)), rng.standard_normal(n)
    f = lambda x: np.sum(np.logaddexp(0, W @ x)) + np.sum(np.cosh(x))
    straight, changed = [], []
    minimize(f, x0, method="newton", callback=straight.append, options={"gtol": 0, "maxiter": 4})
    minimize(lambda z: f(B @ z + shift), np.linalg.solve(B, x0 - shift), method="newton", callback=changed.append, options={"gtol": 0, "maxiter": 4})
    for x, z in zip(straight, changed, strict=False):
        np.testing.assert_allclose(B @ z + shift, x, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("method", ["newton", "trust-exact", "trust-ncg", "trust-krylov", "newton-cg", "trust-bounds", "sr1"])
def test_second_order_methods_leave_the_neighbourhood_of_a_saddle(method):
    f = lambda x: x[0] ** 4 / 4 - x[0] ** 2 / 2 + x[1] ** 2
    found = minimize(f, np.array([1e-3, 0.5]), method=method, tol=1e-8)
    assert found.success
    assert found.fun == pytest.approx(-0.25)


def test_an_exact_step_leaves_the_symmetry_of_its_start():
    f = lambda x: (x[0] * x[1] - 1) ** 2 + 0.1 * (x[0] - x[1]) ** 4 - 0.5 * (x[0] - x[1]) ** 2
    found = minimize(f, np.array([0.2, 0.2]), method="trust-exact", tol=1e-8)
    assert abs(found.x[0] - found.x[1]) > 0.5
