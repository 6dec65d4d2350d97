"""Derivatives that the optimizers replay: the same as those of the tape, and the tape's wherever a recording does not hold."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod

import dualrev as dr
from dualrev.optimize import replayed
from dualrev.optimize.problem import Objective
from dualrev.optimize.residuals import Residuals
from dualrev.optimize.variables import Variables
from dualrev.plans import remembered
from tests.problems.problems import PROBLEMS

X = np.array([-1.2, 1.0, 0.7, 1.1])


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def ready(f, x, kind="product"):
    objective = Objective(f, Variables(x))
    assert objective._replays.prepare(kind, x)
    return objective


@pytest.mark.parametrize("kind", ["gradient", "product", "hessian"])
def test_derivatives_agree_with_those_by_hand(kind):
    objective = ready(valley, X, kind)
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, v = rng.normal(size=4), rng.normal(size=4)
        value, gradient = objective.evaluate(x)
        np.testing.assert_allclose(value, rosen(x), rtol=1e-14)
        np.testing.assert_allclose(gradient, rosen_der(x), rtol=1e-12, atol=1e-11)
        if kind == "product":
            np.testing.assert_allclose(objective.products(x)(v), rosen_hess_prod(x, v), rtol=1e-12, atol=1e-10)
        if kind == "hessian":
            np.testing.assert_allclose(objective.hessian(x), rosen_hess(x), rtol=1e-12, atol=1e-10)
    assert objective._replays.kind == kind and objective._replays.replay.agreed >= 20


def test_what_is_replayed_is_not_traced():
    seen = []

    def f(x):
        seen.append(type(x) is np.ndarray)
        return valley(x)

    objective = ready(f, X)
    seen.clear()
    for k in range(20):
        if objective._replays.due:
            objective.evaluate(X + k)  # compared with the tape
            seen.clear()
        objective.products(X + k)(X)
        objective.evaluate(X - k) if not objective._replays.due else None
    assert seen and all(seen)


def test_the_function_runs_once_for_each_evaluation():
    calls = []

    def f(x):
        calls.append(1)
        return valley(x) + 0.0625  # no other test has this program

    found = dr.optimize.minimize(f, X, method="bfgs", tol=1e-9)
    assert found.nfev > 20
    assert len(calls) == found.nfev
    calls.clear()
    found = dr.optimize.minimize(f, X, method="trust-ncg", tol=1e-9)
    assert len(calls) == found.nfev
    calls.clear()
    again = dr.optimize.minimize(f, X, method="trust-ncg", tol=1e-9)
    assert len(calls) == found.nfev == again.nfev  # the program is known
    data = np.ones((8000, 80))
    assert data.nbytes > remembered.LARGEST
    for method in ("bfgs", "trust-ncg"):
        calls.clear()
        found = dr.optimize.minimize(lambda x: f(x) + np.sum((data @ x[:1].repeat(80)) ** 2) / data.size, X, method=method, tol=1e-6)  # more data than are remembered
        assert len(calls) == found.nfev
    own = dr.custom_jvp(lambda x: np.sum(x**4))
    own.defjvp(lambda primals, tangents: (np.sum(primals[0] ** 4), np.sum(4 * primals[0] ** 3 * tangents[0])))
    calls.clear()
    found = dr.optimize.minimize(lambda x: f(x) + own(x), X, method="trust-ncg", tol=1e-9)
    assert len(calls) == found.nfev + 1  # one more, for the recording of the product: what has a derivative of its own is not run from a program


def test_a_known_program_with_other_data_is_another_program():
    for weight in (1.0, 2.0, 1.0, 4.0):
        data = weight * np.arange(4.0)
        f = lambda x, data=data, weight=weight: weight * np.sum((x - data) ** 4) + np.sum(x * x)  # noqa: E731
        for kind in ("gradient", "product", "hessian"):
            objective = ready(f, X, kind)
            np.testing.assert_allclose(objective.evaluate(X)[1], dr.grad(f)(X), rtol=1e-14)
            np.testing.assert_allclose(objective.hessian(X), dr.hessian(f)(X), rtol=1e-14)
            np.testing.assert_allclose(objective.products(X)(X), dr.hvp(f)(X, X), rtol=1e-14)


def test_a_function_that_fails_while_it_is_recorded_fails_as_without():
    def f(x):
        raise KeyError("here")

    for method in ("bfgs", "newton-cg", "trust-exact"):
        with pytest.raises(KeyError, match="here"):
            dr.optimize.minimize(f, X, method=method)


def test_threads_share_what_is_known():
    run = lambda k: dr.optimize.minimize(valley, X + 0.001 * k, method="trust-ncg", tol=1e-9).x  # noqa: E731
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(run, range(12)))
    np.testing.assert_allclose(found, list(map(run, range(12))), rtol=1e-9)


def test_a_function_that_changes_is_noticed():
    weight = [1.0]

    def f(x):
        return np.sum(weight[0] * x**4)

    objective = ready(f, X)
    objective.evaluate(X + 1)
    objective.evaluate(X + 2)
    weight[0] = 3.0
    value, gradient = objective.evaluate(X + 3)
    assert value == np.sum(3.0 * (X + 3) ** 4)
    np.testing.assert_allclose(gradient, 12 * (X + 3) ** 3, rtol=1e-14)
    assert not objective._replays.kind
    np.testing.assert_allclose(objective.products(X + 3)(X), 36 * (X + 3) ** 2 * X, rtol=1e-14)
    np.testing.assert_allclose(objective.hessian(X), np.diag(36 * X**2), rtol=1e-14)


def test_data_that_change_are_noticed():
    data = np.ones(4)
    objective = ready(lambda x: np.sum((x - data) ** 4), X)
    objective.evaluate(X + 1)
    data[:] = 2.0
    np.testing.assert_allclose(objective.evaluate(X)[1], 4 * (X - 2) ** 3, rtol=1e-14)


def test_a_random_function_is_the_tapes():
    rng = np.random.default_rng(0)
    objective = ready(lambda x: np.sum(rng.normal(size=4) * x**2), X)
    objective.evaluate(X)
    assert not objective._replays.kind
    value, gradient = objective.evaluate(X + 1)
    np.testing.assert_allclose(np.dot(gradient, X + 1) / 2, value, rtol=1e-12)


def test_a_gradient_that_changes_while_the_value_stays_is_found_at_a_comparison():
    way = [1.0]

    def f(x):
        return np.sum(x**2) + 0.0 * way[0] + way[0] * np.sum(x - dr.stop_gradient(x))

    objective = ready(f, X)
    way[0] = 5.0
    for k in range(4):
        objective.evaluate(X + k)
    assert not objective._replays.kind
    np.testing.assert_allclose(objective.evaluate(X)[1], 2 * X + 5.0)


def test_values_that_cancel_are_forgiven_a_few_times():
    x0 = np.linspace(-1, 2, 30)
    level = np.sum(x0**4) * (1 + 1e-15)  # the replay's products differ from the powers in the last bits
    f = lambda x: np.sum(x**4) - level  # noqa: E731
    objective = ready(f, x0 + 1)
    replays = objective._replays
    for k in range(replayed.DOUBTS + 1):
        assert replays.kind == "product"
        replays.replay.agreed = 9
        value, gradient = objective.evaluate(x0 + 0.5)
        assert replays.replay.agreed == 10
        replays.doubt(1e-13, 2e-13)
        np.testing.assert_allclose(objective.evaluate(x0)[1], 4 * x0**3, rtol=1e-14)
    assert not replays.kind
    objective = ready(f, x0 + 1)
    objective._replays.doubt(1.0, 1.1)  # no rounding error
    assert not objective._replays.kind


def test_decisions_choose_the_recording():
    def f(x):
        return np.sum(x**4) if x[0] > 0 else np.sum(np.exp(x))

    objective = ready(f, X)
    for k in range(40):
        x = X + k * (-1) ** (k // 10)
        value, gradient = objective.evaluate(x)
        assert value == f(x)
        np.testing.assert_allclose(gradient, dr.grad(f)(x), rtol=1e-13)
        np.testing.assert_allclose(objective.products(x)(X), dr.hvp(f)(x, X), rtol=1e-13)
    assert objective._replays.left == 0


@pytest.mark.parametrize("f", [
    lambda x: np.sum(np.sort(x) * np.arange(4.0)), lambda x: np.max(x**2) + np.median(x), lambda x: np.sum(x[x > 0] ** 3), lambda x: np.linalg.norm(x - 1) ** 3,
    lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), x**2)), lambda x: np.linalg.eigvalsh(np.outer(x, x) + np.diag(x))[0], lambda x: np.sum(np.abs(x) ** 2.5),
    lambda x: np.sum(np.cumsum(x) ** 2) + np.prod(x), lambda x: np.quantile(x, 0.3) ** 2, lambda x: np.sum(np.unique(np.round(x, 1)) * x[0] ** 2),
    lambda x: dr.nn.cross_entropy_with_logits(x[None, :], np.array([2])), lambda x: np.interp(x[0], [-9.0, 0.0, 9.0], x[1:]) ** 2,
], ids=range(12))
def test_functions_that_look_at_values(f):
    objective, rng = Objective(f, Variables(X)), np.random.default_rng(0)
    for k in range(30):
        objective._replays.left = 3
        x, v = rng.normal(size=4) * 2, rng.normal(size=4)
        value, gradient = objective.evaluate(x)
        assert abs(value - f(x)) <= 1e-14 * abs(value)
        np.testing.assert_allclose(gradient, dr.grad(f)(x), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(objective.products(x)(v), dr.hvp(f)(x, v), rtol=1e-10, atol=1e-10)
        if k % 3 == 0:
            np.testing.assert_allclose(objective.hessian(x), dr.hessian(f)(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: f"{p.name}, {len(p.x0)}")
def test_residuals_of_the_collection(problem):
    start = problem.x0
    residuals = Residuals(problem.residuals, Variables(start))
    rng, J = np.random.default_rng(0), dr.jacobian(problem.residuals)
    for _ in range(12):
        x = start * (1 + 0.05 * rng.normal(size=len(start)))
        with np.errstate(all="ignore"):
            residuals.values(x)
            np.testing.assert_allclose(residuals.matrix(x), J(x), rtol=1e-11, atol=1e-11)


def test_fits_with_data_that_change():
    t, y = np.linspace(0, 1, 20), [np.ones(20)]
    residuals = Residuals(lambda p: p[0] * np.exp(p[1] * t * y[0][0]) - y[0], Variables(np.array([1.0, 2.0])))
    for k in range(6):
        y[0] = np.full(20, 1.0 + (k > 3))
        x = np.array([1.0, 0.1 * k])
        residuals.values(x)
        np.testing.assert_allclose(residuals.matrix(x)[:, 1], t * y[0][0] * np.exp(x[1] * t * y[0][0]), rtol=1e-13)


def test_large_problems_are_the_tapes():
    n = replayed.VARIABLES + 1
    assert not Objective(valley, Variables(np.zeros(n)))._replays.prepare("product", np.zeros(n))
    wide = Objective(lambda x: np.sum(np.outer(x, np.ones(replayed.OTHERWISE)) ** 2), Variables(X))
    assert not wide._replays.prepare("product", X) and not wide._replays.left


def test_dense_hessians_of_many_variables_are_replayed():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(150, 150))
    f = lambda x: np.sum(np.logaddexp(0, A @ x)) + np.sum(x**4)  # noqa: E731
    objective = Objective(f, Variables(np.zeros(150)))
    for k in range(3):
        x = rng.normal(size=150)
        objective.evaluate(x)
        np.testing.assert_allclose(objective.curvature(x), dr.hessian(f)(x), rtol=1e-11, atol=1e-11)
        assert objective._replays.kind == ("hessian" if k else "gradient")  # the first one may turn out to be sparse


def test_nothing_is_replayed_while_debugging():
    objective = ready(valley, X)
    with dr.debug():
        assert objective._replays.derivative(X, valley(X)) is None


def test_what_one_recording_left_is_not_read_by_another():
    def f(x):
        return np.sum(np.sin(x) ** 3) if x[0] > 0 else np.sum(np.cos(x) ** 3)

    up, down = np.abs(X), -np.abs(X)
    objective = ready(f, up)
    objective.evaluate(up)
    objective.evaluate(down)
    for x in (down, up, down):
        np.testing.assert_allclose(objective.products(x)(X), dr.hvp(f)(x, X), rtol=1e-12)
    objective = ready(valley, X)
    objective.evaluate(X + 0.5)
    for _ in range(2):
        np.testing.assert_allclose(objective.hessian(X + 0.5), rosen_hess(X + 0.5), rtol=1e-12, atol=1e-10)
    assert objective._replays.kind == "hessian"
