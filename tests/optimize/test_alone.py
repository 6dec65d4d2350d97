"""Determined functions are minimized by their recordings alone: with the results of others, and with nothing overlooked that changes between two calls."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.optimize.problem import Objective
from dualrev.optimize.results import OptimizeResult
from dualrev.optimize.variables import Variables
from tests.problems.times import JOBS

X = np.array([1.3, -0.4, 0.6])
METHODS = ["bfgs", "l-bfgs", "newton", "newton-cg", "trust-exact", "trust-ncg", "trust-krylov", "sr1"]
DATA = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("job", JOBS)
def test_results_are_those_with_the_function_beside(job, method):
    f, x0 = JOBS[job](6).f, JOBS[job](6).x0
    beside = dr.optimize.minimize(f, x0, method=method, callback=lambda x: None)
    for _ in range(3):
        alone = dr.optimize.minimize(f, x0, method=method)
        assert alone.nfev == beside.nfev and alone.message == beside.message
        np.testing.assert_allclose(alone.x, beside.x, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(alone.fun, beside.fun, rtol=1e-13)
        assert alone.fun == f(alone.x)


def runs(f, x=X, undisturbed=True):
    """An objective, and where the function ran without tracing."""
    objective, places = Objective(f, Variables(x), (), undisturbed), []
    objective.flat = lambda x: places.append(x) or f(x) if type(x) is np.ndarray else f(x)
    return objective, places


def test_a_determined_function_runs_at_the_first_point_of_a_recording_alone():
    for undisturbed, expected in ((True, 1), (False, 18)):
        objective, places = runs(lambda x: np.sum(np.sin(x) * 0.37109375), undisturbed=undisturbed)
        for k in range(20):
            value, gradient = objective.evaluate(X + k)
            np.testing.assert_allclose((value, *gradient), (np.sum(np.sin(X + k)) * 0.37109375, *np.cos(X + k) * 0.37109375), rtol=1e-14)
        assert len(places) == expected


def test_the_function_itself_confirms_the_result():
    objective, places = runs(lambda x: np.sum(np.cos(x) * 0.41015625))
    for k in range(5):
        value, _ = objective.evaluate(X + k)
    result = OptimizeResult(x=X + 4, fun=value * (1 + 1e-15))
    assert objective.confirm(result) and result.fun == np.sum(np.cos(X + 4) * 0.41015625)
    assert len(places) == 2
    objective, _ = runs(lambda x: np.sum(np.cos(x) * 0.41015625))
    objective.evaluate(X)
    objective.evaluate(X + 4)
    assert not objective.confirm(OptimizeResult(x=X + 4, fun=value * (1 + 1e-9)))


def test_a_result_that_is_not_confirmed_is_found_again_with_the_function_beside(monkeypatch):
    made, confirm = [], Objective.confirm
    monkeypatch.setattr(Objective, "confirm", lambda self, result: made.append(self._replays.known is not None) or (len(made) > 1 and confirm(self, result)))
    assert dr.optimize.minimize(lambda x: np.sum((x - DATA) ** 2), X, method="bfgs").success
    assert made == [True, False]


def test_what_a_callback_changes_is_noticed():
    sunk = np.zeros(1)

    def sink(x):
        sunk[0] += 1

    found = dr.optimize.minimize(lambda x: np.sum((x - DATA) ** 4) - sunk[0], X, method="bfgs", callback=sink, tol=1e-6)
    assert found.nit > 5
    np.testing.assert_allclose(found.fun, np.sum((found.x - DATA) ** 4) - (found.nit - 1), rtol=1e-12)


def test_what_changes_between_two_calls_is_noticed():
    data, settings = DATA.copy(), {"scale": 1.0}
    f = lambda x: np.sum((settings["scale"] * x - data) ** 2)  # noqa: E731
    for k in range(4):
        data[1], settings["scale"] = k, 1.0 + k
        np.testing.assert_allclose(dr.optimize.minimize(f, X, method="l-bfgs").x, data / (1 + k), atol=1e-6)


def test_standard_errors_are_of_the_function_as_it_is_when_they_are_asked_for():
    data = np.ones((600_000, 1))
    for weights in (DATA.copy(), data):
        f = lambda x, weights=weights: np.sum((x - 1) ** 2) * np.sum(weights[:3]) / 2  # noqa: E731
        found = dr.optimize.minimize(f, X, method="newton")
        before = np.sum(weights[:3])
        weights *= 4
        np.testing.assert_allclose(found.covariance(), np.eye(3) / (4 * before), rtol=1e-12)


def test_decisions_are_looked_at():
    def bowl(x):
        return np.sum((x - 1) ** 2) if x[0] > 0 else 5 * np.sum((x - 2) ** 2) + 12 * (1 - x[0])

    objective, _ = runs(bowl)
    for k in range(12):
        x = X * (-1) ** k + k / 20
        value, gradient = objective.evaluate(x)
        np.testing.assert_allclose(value, bowl(x), rtol=1e-14)
        np.testing.assert_allclose(gradient, dr.grad(bowl)(x), rtol=1e-14)


@pytest.mark.parametrize("n", [3, 600_000])
@pytest.mark.parametrize("write", [lambda data: np.add(data, 1.0, data), lambda data: data.__setitem__(0, data[0] + 1), lambda data: np.add.at(data, 1, 1.0)], ids=range(3))
def test_a_function_that_writes_to_its_data_is_called_each_time(write, n):
    data = np.zeros(n)

    def drifts(x):
        write(data)
        return np.sum((x - data[:3]) ** 2)

    objective, _ = runs(drifts)
    for k in range(6):
        value, _ = objective.evaluate(X + k)
        assert value == np.sum((X + k - data[:3]) ** 2)
    assert not objective._replays.kind


def test_a_function_that_writes_down_what_it_is_called_with_sees_all_points():
    noted, place = np.zeros((30, 3)), np.zeros(1, int)

    def notes(x):
        if isinstance(x, np.ndarray):
            noted[place[0]] = x
            place[0] += 1
        return np.sum((x - 1) ** 2)

    objective, _ = runs(notes)
    for k in range(6):
        objective.evaluate(X + k)
    np.testing.assert_array_equal(noted[:4], X + np.array([1, 2, 3, 5])[:, None])  # at the first point and the fifth the tape was asked


def test_a_function_that_restores_its_data():
    for n in (3, 600_000):
        data = np.zeros(n)

        def restores(x, data=data):
            data[:3] += 1.0
            y = np.sum((x - data[:3]) ** 2)
            data[:3] -= 1.0
            return y

        objective, _ = runs(restores)
        for k in range(6):
            value, gradient = objective.evaluate(X + k)
            np.testing.assert_allclose(gradient, 2 * (X + k - 1), rtol=1e-14)
            assert value == np.sum((X + k - 1) ** 2)


@pytest.mark.parametrize("x0", [{"a": 0.3, "b": X}, (X, 2.0), X.reshape(3, 1), X.astype(np.float32), 0.5], ids=range(5))
def test_any_form_of_x(x0):
    def f(x):
        parts = x.values() if isinstance(x, dict) else x if isinstance(x, tuple) else (x,)
        return sum([np.sum((part - 1) ** 2) for part in parts])

    for _ in range(3):
        found = dr.optimize.minimize(f, x0, method="bfgs")
        assert found.success and found.fun < 1e-9
    fixed = [dr.optimize.minimize(lambda x: np.sum((x - x[0]) ** 2), [start, 1.0, 2.0], method="bfgs", fixed=[0]).x[2] for start in (3.0, 3.0, 4.0)]
    np.testing.assert_allclose(fixed, [3, 3, 4], atol=1e-4)


def test_arguments():
    f = lambda x, a, b: np.sum((x - a) ** 2) * b  # noqa: E731
    for a in (DATA, DATA + 1, DATA):
        np.testing.assert_allclose(dr.optimize.minimize(f, X, (a, 2.0), method="l-bfgs").x, a, atol=1e-5)


def test_errors_of_the_function_are_its_own():
    def f(x):
        if np.all(x < 0.9):
            raise ValueError("too low")
        return np.sum(x**2)

    with pytest.raises(ValueError, match="too low"):
        dr.optimize.minimize(f, X, method="bfgs")
