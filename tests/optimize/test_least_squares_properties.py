"""What holds for every least-squares problem: one step where it is linear, a cost that never rises, and steps that do not depend on the variables' units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualrev as dr
from dualrev.optimize import least_squares
from dualrev.optimize.linearised import Dense, Iterative, Sparse
from dualrev.optimize.radius import Levenberg, boxed, dogleg

seeds = st.integers(0, 10_000)
sizes = st.integers(1, 6)


def smooth(seed, n, m):
    """Random residuals that are neither linear nor convex."""
    rng = np.random.default_rng(seed)
    A, B, c = rng.standard_normal((m, n)), rng.standard_normal((m, n)), rng.standard_normal(m)
    return lambda x: A @ x + np.sin(B @ x) + 0.3 * (A @ x) * np.cos(B @ x) - c


@settings(max_examples=50)
@given(seeds, sizes, st.sampled_from(["lm", "dogleg"]))
def test_linear_problems_take_one_step(seed, n, method):
    rng = np.random.default_rng(seed)
    A, b = rng.standard_normal((n + 3, n)), rng.standard_normal(n + 3)
    x0 = rng.standard_normal(n) * 1e3  # the first radius is the length of x0 in the metric of the columns
    found = least_squares(lambda x: A @ x - b, x0, method=method, polish=False)
    solution = np.linalg.lstsq(A, b, rcond=None)[0]
    if np.linalg.norm(np.linalg.norm(A, axis=0) * (solution - x0)) < np.linalg.norm(np.linalg.norm(A, axis=0) * x0):
        assert found.nit == 1
    assert found.nit <= 2
    np.testing.assert_allclose(found.x, solution, rtol=1e-8, atol=1e-10)


@settings(max_examples=50)
@given(seeds, sizes, st.integers(0, 4), st.sampled_from(["lm", "dogleg"]), st.sampled_from(["linear", "huber", "soft_l1", "cauchy", "arctan"]), st.booleans())
def test_the_cost_never_rises(seed, n, more, method, loss, bounded):
    residuals = smooth(seed, n, n + more)
    x0 = np.random.default_rng(seed + 1).standard_normal(n)
    bounds = (x0 - 0.5, x0 + 0.3) if bounded else (-np.inf, np.inf)
    found = least_squares(residuals, x0, method=method, loss=loss, bounds=bounds)
    costs = found.history["fun"]
    assert np.all(np.diff(costs)[:-1] <= 0)
    assert found.cost == costs[-1] <= np.min(costs) * (1 + 1e-12) + 1e-25  # the last digits are judged by the gradient
    if bounded:
        assert np.all((found.x >= bounds[0]) & (found.x <= bounds[1]))
    if found.success:
        projected = np.where(found.active_mask != 0, 0.0, found.grad)
        assert np.max(np.abs(projected)) <= 1e-3 * (1 + costs[0])
    assert found.nfev >= found.njev >= found.nit + 1


@settings(max_examples=50)
@given(seeds, st.integers(2, 5), st.lists(st.integers(-20, 20), min_size=5, max_size=5), st.sampled_from(["lm", "dogleg"]))
def test_units_of_the_variables_do_not_matter(seed, n, powers, method):
    residuals = smooth(seed, n, n + 2)
    x0 = np.random.default_rng(seed + 1).standard_normal(n)
    units = 2.0 ** np.array(powers[:n])  # powers of two: no rounding errors of their own
    options = {"method": method, "gtol": 0.0, "xtol": 0.0, "polish": False}
    plain, scaled = least_squares(residuals, x0, **options), least_squares(lambda x: residuals(x * units), x0 / units, **options)
    k = min(5, plain.nit, scaled.nit)
    np.testing.assert_allclose(scaled.history["fun"][: k + 1], plain.history["fun"][: k + 1], rtol=1e-6, atol=1e-12)


@given(seeds, st.integers(1, 5), st.floats(1e-3, 10.0))
def test_steps_stay_inside_and_lower_the_linear_problem(seed, n, radius):
    rng = np.random.default_rng(seed)
    A, b = rng.standard_normal((n + 2, n)), rng.standard_normal(n + 2)
    low, high = -rng.uniform(0, 1, n), rng.uniform(0, 1, n)
    problem = Dense(A, b)
    for within in (Levenberg(), dogleg):
        s = within(problem, radius)
        assert np.linalg.norm(s) <= 1.1 * radius * (1 + 1e-12)
        cauchy = problem.cauchy() * min(1.0, radius / np.linalg.norm(problem.cauchy()))
        assert problem.reduction(s) >= 0.9 * problem.reduction(cauchy)
        assert problem.reduction(s) == pytest.approx(0.5 * (b @ b - np.sum((A @ s + b) ** 2)), rel=1e-9, abs=1e-12)
        inside, met = boxed(problem, within, radius, low, high, n)
        assert np.all((inside >= low) & (inside <= high)) and np.linalg.norm(inside) <= 1.1 * radius * (1 + 1e-9)
        assert problem.reduction(inside) > 0
        np.testing.assert_array_equal(inside[met < 0], low[met < 0])
        np.testing.assert_array_equal(inside[met > 0], high[met > 0])


@given(seeds, st.integers(2, 6), st.floats(1e-3, 10.0))
def test_dense_sparse_and_iterative_agree(seed, n, alpha):
    import scipy.sparse as sp

    rng = np.random.default_rng(seed)
    A, b, g = rng.standard_normal((n + 3, n)), rng.standard_normal(n + 3), rng.standard_normal(n)
    dense, others = Dense(A, b), [Sparse(sp.csr_array(A), b), Iterative(sp.csr_array(A), b)]
    for other in others:
        np.testing.assert_allclose(other.newton(), dense.newton(), rtol=1e-5, atol=1e-7)
        for mine, theirs in zip(dense.damped(alpha), other.damped(alpha), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(others[0].solve(alpha, g), dense.solve(alpha, g), rtol=1e-8)
    np.testing.assert_allclose((A.T @ A + alpha * np.eye(n)) @ dense.solve(alpha, g), g, rtol=1e-8, atol=1e-10)
    free = np.arange(n) > 0
    s = rng.standard_normal(n)
    np.testing.assert_allclose(dense.freed(free, s).newton(), np.linalg.lstsq(A[:, 1:], -(b + A[:, 0] * s[0]), rcond=None)[0], rtol=1e-8, atol=1e-10)


@given(st.floats(0.0, 50.0), st.sampled_from(["soft_l1", "huber", "cauchy", "arctan"]))
def test_losses_and_their_derivatives(z, loss):
    from dualrev.optimize.losses import LOSSES

    if loss == "huber" and abs(z - 1) < 1e-9:
        return
    rho = lambda z: LOSSES[loss](z)[0]
    _, slope, bend = (float(part) for part in LOSSES[loss](z))
    assert slope == pytest.approx(dr.derivative(rho)(z), rel=1e-12)
    assert bend == pytest.approx(dr.derivative(dr.derivative(rho))(z), rel=1e-9, abs=1e-15)
