"""Callbacks, history, progress, results and covariances, apart from any solver."""

import copy
import io
import pickle
import sys

import numpy as np
import pytest
from scipy import optimize

from dualrev.optimize import IllConditionedWarning, OptimizeResult, minimize
from dualrev.optimize.covariance import from_hessian, from_jacobian
from dualrev.optimize.problem import Counts, Objective
from dualrev.optimize.reporting import Display, Record, Reporter
from dualrev.optimize.variables import Variables


def reporter(callback=None, x0=None):
    return Reporter(callback, False, Variables({"a": np.ones(2)} if x0 is None else x0), Counts(), "title")


def test_a_callback_gets_the_intermediate_result_in_the_users_form():
    seen = []

    def callback(intermediate_result):
        seen.append(intermediate_result)

    r = reporter(callback)
    assert not r.note(0, np.ones(2), 2.0, 1.0)
    assert not r.note(1, np.zeros(2), 1.0, 0.5, step_length=1.4, radius=3.0, gradient=np.ones(2))
    assert len(seen) == 1
    assert seen[0].x["a"].tolist() == [0, 0]
    assert seen[0].jac["a"].tolist() == [1, 1]
    assert (seen[0].iteration, seen[0].fun, seen[0].grad_norm, seen[0].step_length, seen[0].radius, seen[0].nfev) == (1, 1.0, 0.5, 1.4, 3.0, 0)
    assert seen[0].elapsed >= 0


def test_another_parameter_name_gets_x_alone_and_a_copy():
    x = np.zeros(2)
    seen = []
    r = reporter(seen.append, np.ones(2))
    r.note(1, x, 1.0, 0.5)
    seen[0][:] = 7
    assert x.tolist() == [0, 0]


def test_a_callback_stops_by_true_or_stopiteration_and_nothing_else():
    def stop(x):
        raise StopIteration

    assert reporter(lambda x: True).note(1, np.zeros(2), 1.0, 0.5)
    assert reporter(stop).note(1, np.zeros(2), 1.0, 0.5)
    assert not reporter(lambda x: 1).note(1, np.zeros(2), 1.0, 0.5)
    with pytest.raises(TypeError, match="callback"):
        reporter(3)


def test_history_by_columns_and_as_a_table():
    r = reporter()
    for k in range(3):
        r.note(k, np.zeros(2), 2.0 - k, 0.5)
    h = r.history
    assert h["fun"].tolist() == [2, 1, 0]
    assert h[-1].iteration == 2
    assert len(str(h).splitlines()) == 4
    assert [record.fun for record in h] == [2, 1, 0]
    with pytest.raises(KeyError, match="the columns are iteration"):
        h["f"]


def test_plain_progress_is_a_line_from_time_to_time(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    stream = io.StringIO()
    display = Display("minimize newton", stream)
    records = [Record(k, 1.0 / (k + 1), 0.1, 1.0, 1.0, 1, 1, 0, 0, 0.1 * k) for k in range(12)]
    for record in records:
        display.show(record)
    display.close(records[-1])
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("minimize newton: iteration 0, f = 1,")
    assert "iteration 11" in lines[-1]


def test_progress_with_tqdm_where_it_is_installed(monkeypatch):
    import types

    made = []

    class Bar:
        def __init__(self, **options):
            self.n, self.closed, self.text = 0, False, ""
            made.append(self)

        def set_postfix_str(self, text, refresh):
            self.text = text

        def update(self, k):
            self.n += k

        def close(self):
            self.closed = True

    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    display = Display("title", io.StringIO())
    for k in range(3):
        display.show(Record(k, 1.0, 0.1, 1.0, 1.0, 1, 1, 0, 0, 0.1))
    display.close(None)
    assert (made[0].n, made[0].closed, made[0].text) == (2, True, "f = 1, |g| = 1.0e-01")


def test_covariance_of_a_hessian_and_of_a_jacobian():
    rng = np.random.default_rng(0)
    J = rng.standard_normal((9, 3)) * [1.0, 1e6, 1e-6]
    np.testing.assert_allclose(from_jacobian(J, 2.0, str), 2 * np.linalg.inv(J.T @ J), rtol=1e-9)
    np.testing.assert_allclose(from_hessian(J.T @ J, str), np.linalg.inv(J.T @ J), rtol=1e-9)


@pytest.mark.parametrize("matrix", [np.diag([1.0, 0.0, 2.0]), np.array([[1.0, 2.0, 0], [2.0, 1.0, 0], [0, 0, 1]]), np.zeros((3, 3))])
def test_what_is_not_determined_is_infinite_with_a_warning(matrix):
    with pytest.warns(IllConditionedWarning, match="not determined"):
        assert np.all(np.isinf(from_hessian(matrix, "p{}".format)))


def test_ill_conditioning_names_the_parameters():
    J = np.random.default_rng(1).standard_normal((9, 3))
    J[:, 2] = J[:, 1] + 1e-7 * J[:, 2]
    with pytest.warns(IllConditionedWarning, match=r"(p1 and p2|p2 and p1) together are hardly determined"):
        from_jacobian(J, 1.0, "p{}".format)
    with pytest.warns(IllConditionedWarning, match="not determined"):
        from_jacobian(np.ones((3, 2)), 1.0, str)
    with pytest.warns(IllConditionedWarning, match="not determined"):
        from_jacobian(np.ones((1, 2)), 1.0, str)


def result(at_bound=None, matrix=None, **form):
    found = OptimizeResult(x=1, success=True)
    found.provide_covariance(lambda: np.diag([4.0, 9.0]) if matrix is None else matrix, Variables({"a": np.ones(2), "b": 1.0}, **form), at_bound)
    return found


def test_a_result_is_scipys_and_gives_standard_errors_in_the_form_of_x():
    found = result(fixed="b")
    assert isinstance(found, optimize.OptimizeResult)
    assert found.covariance().tolist() == [[4, 0, 0], [0, 9, 0], [0, 0, 0]]
    assert found.stderr["a"].tolist() == [2, 3]
    assert found.stderr["b"] == 0.0
    for again in (pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found)):
        assert again.success
        assert again.stderr["a"].tolist() == [2, 3]
    with pytest.raises(ValueError, match="call covariance"):
        pickle.loads(pickle.dumps(result())).covariance()
    with pytest.raises(ValueError, match="no derivatives"):
        OptimizeResult(x=1).stderr


def test_on_a_bound_there_is_no_standard_error():
    found = result(at_bound=np.array([False, True, False]))
    with pytest.warns(UserWarning, match=r"x\['a'\]\[1\] on a bound"):
        errors = found.stderr
    assert (errors["a"][0], errors["b"]) == (2.0, 3.0)
    assert np.isnan(errors["a"][1])


def test_objective_counts_and_remembers():
    calls = []

    def f(x, a):
        calls.append(1)
        return np.sum(np.log(x) * a)

    objective = Objective(f, Variables(np.ones(2)), (2.0,))
    x = np.array([1.0, 2.0])
    value, gradient = objective.value_and_gradient(x)
    objective.value_and_gradient(x.copy())
    assert (len(calls), objective.counts.nfev, objective.counts.njev) == (1, 1, 1)
    np.testing.assert_allclose(gradient, [2.0, 1.0])
    product = objective.products(x)
    np.testing.assert_allclose(product(np.ones(2)), [-2.0, -0.5])
    np.testing.assert_allclose(objective.hessian(x), np.diag([-2.0, -0.5]))
    assert objective.counts.entries() == {"nfev": 1, "njev": 1, "nhev": 1, "nhvp": 1}
    assert objective.attempt(np.array([0.0, 1.0])) == (np.inf, None)
    assert objective.attempt(np.array([-1.0, 1.0])) == (np.inf, None)


def test_a_function_that_raises_arithmetic_errors_is_not_defined_there():
    def f(x):
        if x < 1:
            raise np.linalg.LinAlgError
        return x**2 if x > 1 else 1 / 0

    objective = Objective(f, Variables(2.0))
    assert objective.attempt(np.array([0.5])) == (np.inf, None)
    assert objective.attempt(np.array([1.0])) == (np.inf, None)
    assert objective.attempt(np.array([2.0]))[0] == 4.0
    with pytest.raises(ZeroDivisionError):
        objective.first(np.array([1.0]))


def test_the_start_must_be_finite():
    with pytest.raises(ValueError, match="is nan at x0"), np.errstate(all="ignore"):
        Objective(lambda x: np.log(x), Variables(-1.0)).first(np.array([-1.0]))
    with pytest.raises(ValueError, match="derivative of <lambda> in x is inf"), np.errstate(all="ignore"):
        Objective(lambda x: np.sqrt(x), Variables(0.0)).first(np.array([0.0]))


def test_a_printed_result_names_its_history_only():
    found = minimize(optimize.rosen, np.array([-1.2, 1.0]), method="steepest")
    assert f"History of {len(found.history)} iterations" in repr(found) == str(found)
    assert len(repr(found).splitlines()) < 15
    assert len(str(found.history).splitlines()) == len(found.history) + 1
