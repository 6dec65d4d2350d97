"""Least squares beside SciPy's with the same exact Jacobian: the same solutions, in any form, with bounds and with robust losses."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy import optimize, sparse

import dualrev as dr
from dualrev.optimize import IllConditionedWarning, least_squares

OWN = ("lm", "dogleg")
ALL = (*OWN, "scipy:trf", "scipy:dogbox", "scipy:lm")
T = np.linspace(0.0, 3.0, 25)
Y = 2.0 * np.exp(-1.3 * T) + 0.5 + 0.03 * np.sin(37 * T)
OUTLIERS = Y + np.where(np.arange(25) % 6 == 2, 1.5, 0.0)


def decay(p, y=Y):
    return p[0] * np.exp(-p[1] * T) + p[2] - y


def rosenbrock(x):
    return np.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def chained(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])


def reference(fun, x0, **options):
    """SciPy's solution to the last digits."""
    return optimize.least_squares(fun, x0, dr.jacobian(fun), ftol=1e-15, xtol=1e-15, gtol=1e-15, x_scale="jac", max_nfev=2000, **options)


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize(("fun", "x0"), [(decay, [1.0, 1.0, 0.0]), (rosenbrock, [-1.2, 1.0]), (chained, [-1.2, 1.0, -1.2, 1.0, 0.5])])
def test_same_solution_as_scipy(fun, x0, method):
    found, theirs = least_squares(fun, x0, method=method), reference(fun, x0)
    assert found.success
    np.testing.assert_allclose(found.x, theirs.x, rtol=1e-6 if method.startswith("scipy") else 1e-8)
    np.testing.assert_allclose(found.cost, theirs.cost, rtol=1e-9, atol=1e-20)
    np.testing.assert_allclose(found.jac, theirs.jac, rtol=1e-5)
    assert found.cost == pytest.approx(0.5 * np.sum(found.fun**2), rel=1e-14)
    np.testing.assert_allclose(found.grad, found.jac.T @ found.fun, atol=1e-12)
    assert found.optimality == np.max(np.abs(found.grad))
    assert found.active_mask.tolist() == [0] * len(x0)


@pytest.mark.parametrize("method", ALL[:4])
@pytest.mark.parametrize("bounds", [((0, 0, 0), (np.inf, 1.1, np.inf)), (-np.inf, (1.9, np.inf, 0.45)), ((2.2, 1.0, -1.0), (3.0, 1.2, 1.0)), ((0, 0, 0.7), (9, 9, 9))])
def test_active_bounds(bounds, method):
    low, high = (np.broadcast_to(np.asarray(side, float), 3) for side in bounds)
    x0 = np.clip([2.5, 1.05, 0.1], low, high) if method in OWN else np.clip([2.5, 1.05, 0.1], low + 0.01, high - 0.01)
    found = least_squares(decay, x0, bounds=bounds, method=method)
    theirs = reference(decay, np.clip(x0, low + 0.01, high - 0.01), bounds=bounds, method="dogbox")
    assert found.success and np.all((found.x >= low) & (found.x <= high))
    np.testing.assert_allclose(found.x, theirs.x, rtol=1e-5, atol=1e-7)
    assert found.cost <= theirs.cost * (1 + (1e-12 if method in OWN else 1e-6))
    if method in OWN:
        assert np.any(found.active_mask)
        np.testing.assert_array_equal(found.active_mask, theirs.active_mask)
        assert np.all(found.x[found.active_mask == 1] == high[found.active_mask == 1]) and np.all(found.x[found.active_mask == -1] == low[found.active_mask == -1])
        assert np.all(found.grad * found.active_mask <= 0)


@pytest.mark.parametrize("method", OWN)
def test_start_on_the_bounds_moves_inward(method):
    found = least_squares(decay, [0.0, 0.0, 0.0], bounds=(0.0, 10.0), method=method)
    np.testing.assert_allclose(found.x, reference(decay, [1.0, 1.0, 0.1]).x, rtol=1e-8)


@pytest.mark.parametrize("method", OWN)
def test_everything_on_a_bound(method, capfd):
    away = lambda x: np.concatenate([x - np.array([3.0, -3.0, 5.0]), 0.1 * x])
    found = least_squares(away, [0.5, 0.5, 0.5], bounds=(0.0, 1.0), method=method)
    assert found.success and found.x.tolist() == [1.0, 0.0, 1.0] and found.active_mask.tolist() == [1, -1, 1]
    assert capfd.readouterr() == ("", "")
    with pytest.warns(UserWarning, match="on a bound"):
        assert np.all(np.isnan(found.stderr))
    held = least_squares(away, [0.5, 0.5, 0.5], bounds=([0.5, -9.0, 0.5], [0.5, 9.0, 0.5]), method=method)
    assert held.success and held.x[[0, 2]].tolist() == [0.5, 0.5] and held.x[1] == pytest.approx(-3.0 / 1.01)


@pytest.mark.parametrize("scale", [0.1, 1.0])
@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
@pytest.mark.parametrize("method", [*OWN, "scipy:trf"])
def test_robust_losses(loss, scale, method):
    # from a near start: there are several minima, and where SciPy's trf ends otherwise is no reference
    start = [2.0, 1.2, 0.5]
    found = least_squares(decay, start, method=method, loss=loss, f_scale=scale, args=(OUTLIERS,))
    theirs = optimize.least_squares(decay, start, dr.jacobian(decay), method="dogbox", loss=loss, f_scale=scale, args=(OUTLIERS,), ftol=1e-15, xtol=1e-12, gtol=1e-15)
    assert found.success
    np.testing.assert_allclose(found.x, theirs.x, rtol=1e-5)
    assert found.cost == pytest.approx(theirs.cost, rel=1e-9)
    np.testing.assert_allclose(found.grad, theirs.grad, atol=1e-6 if method in OWN else 1e-4)


def test_a_loss_of_ones_own_may_leave_its_derivatives_out():
    def three(z):
        return np.stack([np.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2])

    named = least_squares(decay, [2.0, 1.2, 0.5], loss="cauchy", f_scale=0.2, args=(OUTLIERS,))
    for loss in (three, np.log1p):
        for method in ("lm", "scipy:trf"):
            own = least_squares(decay, [2.0, 1.2, 0.5], loss=loss, f_scale=0.2, args=(OUTLIERS,), method=method)
            np.testing.assert_allclose(own.x, named.x, rtol=1e-6)


class Decay(NamedTuple):
    a: float
    k: float
    c: np.ndarray


def test_containers():
    flat = least_squares(decay, [1.0, 1.0, 0.0])

    def of_tuple(p):
        return {"all": np.reshape(p.a * np.exp(-p.k * T) + p.c - Y, (5, 5))}

    seen = []
    found = least_squares(of_tuple, Decay(1.0, 1.0, np.zeros(1)), callback=lambda intermediate_result: seen.append(intermediate_result))
    assert type(found.x) is Decay and type(found.x.a) is float and found.x.c.shape == (1,)
    np.testing.assert_allclose(np.hstack(found.x), flat.x, rtol=1e-9)
    assert found.fun["all"].shape == (5, 5) and found.jac.shape == (25, 3)
    assert type(found.grad) is Decay and type(found.active_mask) is Decay and type(found.stderr) is Decay
    np.testing.assert_allclose(np.hstack(found.stderr), flat.stderr, rtol=1e-7)
    np.testing.assert_allclose(found.covariance(), flat.covariance(), rtol=1e-7)
    assert [type(step.x) for step in seen] == [Decay] * found.nit and seen[-1].nfev <= found.nfev
    assert len(found.history) == found.nit + 1


def test_fixed_entries():
    found = least_squares(decay, [1.0, 1.3, 0.5], fixed=[1])
    assert found.x[1] == 1.3 and found.stderr[1] == 0.0 and found.jac.shape == (25, 2) and found.grad[1] == 0
    theirs = reference(lambda q: q[0] * np.exp(-1.3 * T) + q[1] - Y, [1.0, 0.5])
    np.testing.assert_allclose(found.x[[0, 2]], theirs.x, rtol=1e-9)
    named = least_squares(lambda p: decay([p["a"], p["k"], p["c"]]), {"a": 1.0, "k": 1.3, "c": 0.3}, fixed="k", bounds=(0, {"c": 0.4}))
    assert named.x["k"] == 1.3 and named.x["c"] == 0.4 and named.active_mask["c"] == 1


def test_whole_numbers_and_single_precision_and_lists():
    assert least_squares(rosenbrock, [-1, 2]).x.dtype == float
    np.testing.assert_allclose(least_squares(lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], [-1, 2]).x, 1.0, rtol=1e-12)
    single = least_squares(lambda x: x**2 - np.float32(4), np.ones(2, np.float32))
    assert single.x.dtype == np.float32
    np.testing.assert_allclose(single.x, 2.0, rtol=1e-6)
    assert least_squares(lambda x: x**2 - 2.0, 1.0).x == pytest.approx(np.sqrt(2), rel=1e-10)


def test_complex_residuals_count_by_magnitude():
    t = np.linspace(0, 2, 30)
    z = 1.5 * np.exp((-0.3 + 2j) * t) + 0.01 * np.exp(9j * t**2)

    found = least_squares(lambda p: p[0] * np.exp((p[1] + 1j * p[2]) * t) - z, [1.0, 0.0, 1.5])
    theirs = reference(lambda p: np.concatenate([p[0] * np.exp(p[1] * t) * np.cos(p[2] * t) - z.real, p[0] * np.exp(p[1] * t) * np.sin(p[2] * t) - z.imag]), [1.0, 0.0, 1.5])
    np.testing.assert_allclose(found.x, theirs.x, rtol=1e-8)
    assert found.fun.dtype == complex and found.cost == pytest.approx(0.5 * np.sum(np.abs(found.fun) ** 2), rel=1e-13)
    amplitude = least_squares(lambda c: c * np.exp((-0.3 + 2j) * t) - z, 1.0 + 0j).x
    assert amplitude == pytest.approx(np.vdot(np.exp((-0.3 + 2j) * t), z) / np.sum(np.exp(-0.6 * t)), rel=1e-12)


@pytest.mark.parametrize("method", OWN)
def test_fewer_residuals_than_variables(method):
    found = least_squares(lambda x: np.stack([x[0] ** 2 + x[1] ** 2 + x[2] ** 2 - 4, x[0] - x[1]]), [1.0, 2.0, 3.0], method=method)
    assert found.success and found.cost < 1e-20
    with pytest.warns(IllConditionedWarning, match="no degrees of freedom"):
        assert np.all(np.isinf(found.covariance()))


@pytest.mark.parametrize("method", OWN)
def test_rank_deficient(method):
    found = least_squares(lambda x: (x[0] + x[1]) * np.arange(1.0, 5.0) - np.array([1.0, 2.1, 2.9, 4.0]), [5.0, -1.0], method=method)
    assert found.success and found.x.sum() == pytest.approx(np.array([1, 2, 3, 4]) @ [1.0, 2.1, 2.9, 4.0] / 30, rel=1e-12)
    with pytest.warns(IllConditionedWarning, match="not determined"):
        assert np.all(np.isinf(found.covariance()))


def test_covariance_is_that_of_linear_regression():
    A = np.random.default_rng(0).standard_normal((20, 3))
    b = A @ [1.0, 2.0, 3.0] + 0.1 * np.random.default_rng(1).standard_normal(20)
    found = least_squares(lambda x: A @ x - b, np.zeros(3))
    s2 = np.sum((A @ found.x - b) ** 2) / 17
    np.testing.assert_allclose(found.covariance(), s2 * np.linalg.inv(A.T @ A), rtol=1e-10)
    np.testing.assert_allclose(least_squares(lambda x: A @ x - b, np.zeros(3), variance=0.01).covariance(), 0.01 * np.linalg.inv(A.T @ A), rtol=1e-10)


def test_own_jacobian_and_settings():
    calls = []

    def jac(p):
        calls.append(p.copy())
        e = np.exp(-p[1] * T)
        return np.stack([e, -p[0] * T * e, np.ones_like(T)], axis=1)

    found = least_squares(decay, [1.0, 1.0, 0.0], jac)
    assert len(calls) == found.njev and found.nhev == 0
    np.testing.assert_allclose(found.x, least_squares(decay, [1.0, 1.0, 0.0]).x, rtol=1e-5)
    assert least_squares(decay, [1.0, 1.0, 0.0], tr_options={"geodesic": False}).nhvp == 0 < least_squares(rosenbrock, [-1.2, 1.0]).nhvp
    np.testing.assert_allclose(least_squares(decay, [1.0, 1.0, 0.0], tr_solver="lsmr").x, found.x, rtol=1e-6)
    assert least_squares(decay, [1.0, 1.0, 0.0], check=True, x_scale=[1.0, 2.0, 0.5]).success


def test_stops(capsys):
    assert least_squares(rosenbrock, [-1.2, 1.0], max_nfev=3).nfev == 3
    limited = least_squares(chained, -np.ones(6), max_nfev=4)
    assert not limited.success and limited.message.startswith("Not converged: max_nfev = 4 was reached")
    for method in ("lm", "scipy:trf"):
        stopped = least_squares(chained, -np.ones(6), method=method, callback=lambda x: len(calls.append(1) or calls) >= 2) if (calls := []) is not None else None
        assert not stopped.success and stopped.status == 99 and len(calls) == 2
    least_squares(rosenbrock, [-1.2, 1.0], verbose=2)
    printed = capsys.readouterr().out
    assert printed.startswith("iteration") and "Converged" in printed


def test_not_finite_residuals_shorten_the_step():
    # from 8 the whole step leaves the domain of the logarithm
    found = least_squares(lambda x: np.log(x) - np.array([0.1, 0.2]), [8.0, 9.0])
    assert found.success and np.all(np.isfinite(found.history["fun"]))
    np.testing.assert_allclose(found.x, np.exp([0.1, 0.2]), rtol=1e-9)

    def raising(x):
        if x[0] < 0:
            raise ZeroDivisionError("no such point")
        return np.sqrt(x) - 1

    assert least_squares(raising, [9.0]).x == pytest.approx(1.0)
    nowhere = least_squares(lambda x: np.where(x == 1.0, x * 2.0, np.nan), [1.0])
    assert not nowhere.success and "not finite at every point" in nowhere.message and nowhere.x == 1.0


def test_a_wrong_jacobian_is_no_success():
    found = least_squares(lambda x: x - 3.0, [1.0], lambda x: np.array([[-1.0]]))
    assert not found.success and "no point with a lower objective" in found.message and found.x == 1.0


def difference_equation(x):
    y = np.zeros_like(x, shape=len(x) + 2)
    y[1:-1] = x
    return (3 - 2 * x) * x - y[:-2] - 2 * y[2:] + 1


@pytest.mark.parametrize("method", OWN)
@pytest.mark.parametrize("solver", [None, "lsmr"])
def test_large_problems_get_a_sparse_jacobian(method, solver):
    found = least_squares(difference_equation, -np.ones(600), method=method, tr_solver=solver)
    assert sparse.issparse(found.jac) and found.jac.nnz <= 3 * 600 and found.success and found.cost < 1e-16
    bounded = least_squares(difference_equation, -0.6 * np.ones(600), method=method, tr_solver=solver, bounds=(-0.6, 2.0))
    dense = least_squares(difference_equation, -0.6 * np.ones(600), method=method, jac_sparse=False, bounds=(-0.6, 2.0), polish=False)
    assert bounded.success and not sparse.issparse(dense.jac)
    assert bounded.cost == pytest.approx(dense.cost, rel=1e-6)


def test_a_sparse_jacobian_gives_the_same_fit():
    t = np.arange(8.0)
    y = np.exp(-0.3 * t) + 0.01 * np.cos(5 * t)

    def residuals(p):  # each datum depends on one rate and on the common scale
        return p[0] * np.exp(-p[1 + (np.arange(8) // 4)] * t) - y

    small, large = (least_squares(residuals, np.array([0.9, 0.2, 0.2]), jac_sparse=choice, loss="soft_l1", f_scale=0.005) for choice in (False, True))
    np.testing.assert_allclose(large.x, small.x, rtol=1e-6)
    np.testing.assert_allclose(large.stderr, small.stderr, rtol=1e-4)
    full = least_squares(lambda p: np.ones((5000, 50)) @ p / 50 - 1.0, np.zeros(50), max_nfev=3)
    assert not sparse.issparse(full.jac)


def test_small_units_do_not_end_a_search_at_its_start():
    for unit in (1e-6, 1e-12, 1e9):
        found = least_squares(lambda p: unit * decay(p), [1.0, 1.0, 0.0])
        assert found.success
        np.testing.assert_allclose(found.x, least_squares(decay, [1.0, 1.0, 0.0]).x, rtol=1e-6)
        inside = least_squares(lambda p: unit * decay(p), [1.0, 1.0, 0.0], bounds=(0, [9.0, 1.2, 9.0]))
        np.testing.assert_allclose(inside.x, least_squares(decay, [1.0, 1.0, 0.0], bounds=(0, [9.0, 1.2, 9.0])).x, rtol=1e-6)
    assert least_squares(decay, [1.0, 1.0, 0.0], gtol=1e9, polish=False).nit > 0  # nor a large tolerance
    assert least_squares(np.sin, [0.0, 0.0]).nfev == 1


def test_the_function_is_called_as_often_as_counted():
    calls = []

    def counted(x):
        calls.append(1)
        return rosenbrock(x)

    for method in ("lm", "dogleg", "scipy:trf"):
        calls.clear()
        found = least_squares(counted, [-1.2, 1.0], lambda x: dr.jacobian(rosenbrock)(x), method=method)
        assert len(calls) == found.nfev
    limited = [least_squares(rosenbrock, [-1.2, 1.0], max_nfev=k).nfev for k in (1, 5, 12)]
    assert limited == [1, 5, 12]
