"""`minimize`: forms of x, what each method takes, truthful ends, callbacks, covariances."""

import pickle

import numpy as np
import pytest
from scipy.optimize import Bounds, rosen, rosen_hess

import dualrev as dr
from dualrev.optimize import IllConditionedWarning, minimize
from dualrev.optimize.methods import METHODS

X0 = np.array([-1.2, 1.0, 0.5])
OWN = [m for m in METHODS if m != "steepest"]
BOUNDED = [m for m in OWN if METHODS[m].bounds]


def quartic(p):
    """Coupled, convex, with its minimum at W = 1, b = 2."""
    return np.sum((p["W"] - 1) ** 2) + np.sum((p["W"] - 1) ** 4) + (p["b"] - 2) ** 2 * (1 + 0.1 * np.sum(p["W"] ** 2))


@pytest.mark.parametrize("method", OWN)
def test_containers_come_back_as_they_were_given(method):
    x0 = {"W": np.zeros((2, 2)), "b": 0.0}
    seen = []
    found = minimize(quartic, x0, method=method, tol=1e-9, callback=lambda x: seen.append(x))
    assert found.success
    np.testing.assert_allclose(found.x["W"], np.ones((2, 2)), atol=1e-8)
    assert type(found.x["b"]) is float
    assert abs(found.x["b"] - 2) < 1e-8
    assert found.jac["W"].shape == (2, 2)
    assert len(seen) == found.nit
    assert seen[-1]["W"].shape == (2, 2)
    assert np.array_equal(x0["W"], np.zeros((2, 2)))
    assert found.fun == quartic(found.x)


@pytest.mark.parametrize("method", [*OWN, "scipy:BFGS", "SLSQP", "Nelder-Mead"])
def test_fixed_entries_stay(method):
    found = minimize(quartic, {"W": np.full((2, 2), 3.0), "b": 0.0}, method=method, fixed={"W": np.eye(2, dtype=bool)})
    assert found.success
    assert found.x["W"][0, 0] == found.x["W"][1, 1] == 3.0
    np.testing.assert_allclose([found.x["W"][0, 1], found.x["b"]], [1, 2], atol=1e-3)


@pytest.mark.parametrize(("x0", "f", "x"), [
    (3.0, lambda x: (x - 2) ** 4 + (x - 2) ** 2, 2.0), (np.array(3.0), lambda x: (x - 2) ** 2, 2.0), ([3, 1], lambda x: np.sum((x - 2) ** 2), [2.0, 2.0]),
    ((3.0, 1.0), lambda x: np.sum((x - 2) ** 2), [2.0, 2.0]), (np.ones((2, 2), np.float32), lambda x: np.sum((x - 2) ** 2), np.full((2, 2), 2, np.float32)),
    (3 + 1j, lambda z: np.abs(z - 1j) ** 2, 1j), (np.array([1.0, 2.0]), lambda x: np.sum((x - 2) ** 2), [2.0, 2.0]),
])
def test_numbers_arrays_and_complex(x0, f, x):
    found = minimize(f, x0, tol=1e-6)
    assert found.success
    np.testing.assert_allclose(found.x, x, atol=1e-6)
    assert np.shape(found.x) == np.shape(x)
    assert np.asarray(found.x).dtype == np.asarray(x).dtype


@pytest.mark.parametrize("method", BOUNDED)
@pytest.mark.parametrize("bounds", [[(None, None), (None, 0.5), (0.7, 2)], Bounds([-np.inf, -np.inf, 0.7], [np.inf, 0.5, 2.0])])
def test_bounds(method, bounds):
    points = []

    def f(x):
        points.append(dr.stop_gradient(x))
        return rosen(x)

    found = minimize(f, X0, method=method, bounds=bounds, tol=1e-8)
    reference = minimize(rosen, X0, method="scipy:L-BFGS-B", bounds=bounds, options={"ftol": 0, "gtol": 1e-9})
    assert found.success
    np.testing.assert_allclose(found.x, reference.x, rtol=1e-6)
    assert found.x[1] == 0.5
    assert found.x[2] == 0.7
    xs = np.array([np.asarray(p, float) for p in points])
    assert np.all(xs[:, 1] <= 0.5)
    assert np.all(xs[:, 2] >= 0.7)


@pytest.mark.parametrize("method", BOUNDED)
def test_bounds_that_leave_one_point_or_start_in_a_corner(method):
    assert minimize(rosen, X0, method=method, bounds=[(1, 1), (2, 2), (3, 3)]).x.tolist() == [1, 2, 3]
    found = minimize(lambda x: np.sum((x - np.array([2.0, -1.0])) ** 2), np.array([5.0, 5.0]), method=method, bounds=[(0, 1), (0, 1)])
    assert found.x.tolist() == [1, 0]
    assert found.success


def test_defaults():
    assert minimize(rosen, X0).method == "trust-exact"
    assert minimize(lambda x: np.sum((x - 1) ** 2), np.zeros(200)).method == "l-bfgs"
    assert minimize(rosen, X0, bounds=[(0, 1)] * 3).method == "trust-bounds"
    assert minimize(rosen, X0, constraints={"type": "ineq", "fun": lambda x: 1 - x[0]}).method == "scipy:SLSQP"


@pytest.mark.parametrize(("options", "error", "says"), [
    ({"method": "nothing"}, ValueError, "no method 'nothing'. Own methods: newton"), ({"method": 3}, TypeError, "must be a name"),
    ({"method": "newton", "bounds": [(0, 1)] * 3}, ValueError, "trust-bounds"), ({"method": "scipy:CG", "bounds": [(0, 1)] * 3}, ValueError, "CG takes no bounds"),
    ({"method": "BFGS", "constraints": {"type": "eq", "fun": np.sum}}, ValueError, "no constraints"),
    ({"method": "CG", "constraints": {"type": "eq", "fun": np.sum}}, ValueError, "no constraints"),
    ({"method": "newton", "options": {"gtoll": 1}}, ValueError, "no option 'gtoll'; it has gtol"), ({"method": "CG", "options": {"xtol": 1}}, ValueError, "no option 'xtol'"),
    ({"method": "scipy:trust-exact", "options": {"c1": 1}}, ValueError, "no option 'c1'"), ({"options": {"gtol": -1}}, ValueError, "not negative"),
    ({"options": {"maxiter": "3"}}, ValueError, "must be a number"), ({"method": "bfgs", "options": {"c1": 0.95}}, ValueError, "0 < c1 < c2 < 1"),
    ({"method": "l-bfgs", "options": {"maxcor": 0}}, ValueError, "whole number"), ({"constraints": 3}, TypeError, "constraints"),
    ({"constraints": [3]}, TypeError, "a constraint must be"),
    ({"constraints": {"type": "le", "fun": np.sum}}, ValueError, "'eq' or 'ineq'"), ({"callback": 3}, TypeError, "callback"),
    ({"bounds": [(0, 1)]}, ValueError, "3 pairs"), ({"fixed": "a"}, ValueError, "names nothing"),
])
def test_what_cannot_be_used_raises(options, error, says):
    with pytest.raises(error) as caught:
        minimize(rosen, X0, **options)
    assert says in str(caught.value)


def test_the_objective_must_be_a_scalar_function():
    with pytest.raises(TypeError, match="must be a function"):
        minimize(3, X0)
    with pytest.raises(ValueError, match="needs a scalar"):
        minimize(lambda x: x, X0)
    with pytest.raises(ValueError, match="is nan at x0"), np.errstate(all="ignore"):
        minimize(lambda x: np.sum(np.log(x)), X0)


def test_arguments_and_names_without_regard_to_case():
    f = lambda x, a, b: np.sum((x - a) ** 2) * b
    np.testing.assert_allclose(minimize(f, X0, (2.0, 3.0), "Trust-NCG").x, 2.0, atol=1e-6)
    np.testing.assert_allclose(minimize(lambda x, a: np.sum((x - a) ** 2), X0, 2.0, "SciPy:bfgs").x, 2.0, atol=1e-6)


def test_derivatives_are_checked_first():
    @dr.custom_vjp
    def wrong(x):
        return x**2

    wrong.defvjp(lambda x: (x**2, x), lambda x, g: (3 * x * g,))
    with pytest.raises(AssertionError, match="wrong"):
        minimize(lambda x: np.sum(wrong(x)), X0, check=True)
    assert minimize(rosen, X0, check=True).success


@pytest.mark.parametrize("method", OWN)
@pytest.mark.parametrize("outside", [np.nan, np.inf, -np.inf, "raise"])
def test_outside_the_domain_the_step_shrinks(method, outside):
    def f(x):
        if np.any(x <= 0):
            if outside == "raise":
                raise np.linalg.LinAlgError
            return np.sum(x) * outside
        return np.sum(x - np.log(x)) + (x[0] - x[1]) ** 2

    found = minimize(f, np.array([5.0, 0.01]), method=method, tol=1e-7)
    assert found.success
    np.testing.assert_allclose(found.x, 1.0, atol=1e-5)
    assert np.isfinite(found.fun)
    assert np.all(np.isfinite(found.history["fun"]))


@pytest.mark.parametrize("method", OWN)
def test_ends_are_truthful(method):
    short = minimize(rosen, X0, method=method, options={"maxiter": 2})
    assert (short.success, short.status, short.nit) == (False, 1, 2)
    assert "maxiter = 2 was reached" in short.message
    few = minimize(rosen, X0, method=method, options={"maxfev": 3})
    assert not few.success
    assert "maxfev = 3" in few.message
    unbounded = minimize(lambda x: np.sum(x), X0, method=method, options={"maxiter": 30})
    assert not unbounded.success
    kink = minimize(lambda x: np.sum(np.abs(x - 0.1)), X0, method=method, options={"maxiter": 200})
    assert kink.success == (kink.fun == 0)  # the lowest point itself may be hit
    done = minimize(rosen, np.ones(3), method=method)
    assert (done.success, done.nit, done.nfev) == (True, 0, 1)
    assert done.message.startswith("Converged: the largest entry of the gradient is 0.00e+00")


@pytest.mark.parametrize("method", OWN)
def test_xtol_and_ftol_mean_the_same_everywhere(method):
    x = minimize(rosen, X0, method=method, options={"gtol": 0, "xtol": 1e-3})
    assert (x.success, x.status) == (True, 4)
    points = []
    again = minimize(rosen, X0, method=method, options={"gtol": 0, "xtol": 1e-3}, callback=points.append)
    step = np.abs(points[-1] - points[-2])
    assert np.all(step <= 1e-3 * (1e-3 + np.abs(points[-2])))
    assert again.message == x.message
    f = minimize(lambda x: rosen(x) + 1, X0, method=method, options={"gtol": 0, "ftol": 1e-3})
    before, after = f.history["fun"][-2:]
    assert f.success
    assert abs(before - after) <= 1e-3 * before


@pytest.mark.parametrize("method", [*OWN, "scipy:BFGS", "SLSQP", "TNC", "Nelder-Mead", "trust-constr", "COBYQA"])
def test_a_callback_stops_any_method(method):
    def callback(intermediate_result):
        if intermediate_result.nit == 2:
            raise StopIteration

    found = minimize(rosen, X0, method=method, callback=callback)
    assert (found.success, found.status, found.nit) == (False, 99, 2)
    assert found.message == "Stopped by the callback."
    assert found.fun == rosen(found.x) <= rosen(X0)


def test_history_and_intermediate_results():
    seen = []

    def callback(intermediate_result):
        seen.append(intermediate_result)

    found = minimize(rosen, X0, method="trust-ncg", callback=callback)
    h = found.history
    assert len(h) == found.nit + 1
    assert h["fun"][1:].tolist() == [s.fun for s in seen]
    assert h["nfev"][-1] == found.nfev
    assert h["nhvp"][-1] == found.nhvp > 0
    assert np.all(np.diff(h["elapsed"]) >= 0)
    assert np.all(h["radius"] > 0)
    np.testing.assert_allclose(h["step_length"][2], np.linalg.norm(seen[1].x - seen[0].x), rtol=1e-12)
    np.testing.assert_allclose(h["grad_norm"][1], np.max(np.abs(dr.grad(rosen)(seen[0].x))), rtol=1e-12)
    assert pickle.loads(pickle.dumps(found)).history == h


def test_the_function_runs_once_for_value_and_gradient():
    calls = []

    def f(x):
        calls.append(1)
        return rosen(x)

    found = minimize(f, X0, method="bfgs")
    assert len(calls) == found.nfev == found.njev
    calls.clear()
    found = minimize(f, X0, method="scipy:BFGS")
    assert len(calls) == found.nfev


def test_covariance_is_the_inverse_of_the_exact_hessian():
    found = minimize(rosen, X0, tol=1e-10)
    np.testing.assert_allclose(found.covariance(), np.linalg.inv(rosen_hess(np.ones(3))), rtol=1e-6)
    np.testing.assert_allclose(found.stderr, np.sqrt(np.diagonal(found.covariance())))
    held = minimize(rosen, np.array([1.0, 0.5, 0.5]), fixed=[0], tol=1e-10)
    np.testing.assert_allclose(held.covariance()[1:, 1:], np.linalg.inv(rosen_hess(np.ones(3))[1:, 1:]), rtol=1e-6)
    assert held.stderr[0] == 0
    bound = minimize(lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2 * 2, np.zeros(2), bounds=[(0, 1), (0, 9)])
    with pytest.warns(UserWarning, match=r"x\[0\] on a bound"):
        np.testing.assert_allclose(bound.stderr, [np.nan, 0.5])
    flat = minimize(lambda x: (x[0] + x[1]) ** 2, np.ones(2))
    with pytest.warns(IllConditionedWarning, match=r"x\[0\] and x\[1\] together|x\[1\] and x\[0\] together"):
        assert np.all(np.isinf(flat.stderr))


def test_display(capsys, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    minimize(rosen, X0, options={"disp": True}, progress=True)
    out, err = capsys.readouterr()
    assert "trust-exact: Converged" in out
    assert err.startswith("minimize trust-exact: iteration 0, f = ")


def springs(x):
    d = x[1:] - x[:-1]
    return np.sum(d**2 / 2 + d**4 / 4) + np.sum((x - 1) ** 2) / 20


def test_newton_takes_sparse_hessians_where_n_is_large():
    x0 = np.where(np.arange(3000) % 2, -1.0, 2.0)
    found = minimize(springs, x0, method="newton", tol=1e-9)
    assert found.success
    assert found.nhev == found.nit < 12
    np.testing.assert_allclose(found.x, 1, atol=1e-7)
    for n in (150, 1500):
        nonconvex = minimize(lambda x: springs(x) + 0.3 * np.sum(np.cos(3 * x)), np.sin(np.arange(n)), method="newton")
        assert nonconvex.success
    full = minimize(lambda x: np.sum(x) ** 2 + np.sum((x - 1) ** 4), np.zeros(120), method="newton", tol=1e-8)  # a Hessian without zeros
    assert full.success


def test_products_become_a_hessian_where_many_are_needed():
    with dr.debug():  # where nothing is replayed
        found = minimize(lambda x: np.sum((x[1:] - x[:-1] ** 2) ** 2) * 100 + np.sum((1 - x) ** 2), np.zeros(60), method="trust-ncg", tol=1e-8)
    assert found.success
    assert 0 < found.nhev < found.nit
    np.testing.assert_allclose(found.x, 1, atol=1e-6)
