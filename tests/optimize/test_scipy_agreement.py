"""Own methods against SciPy's with hand-written derivatives, and SciPy's methods with ours supplied."""

import numpy as np
import pytest
from scipy import optimize
from scipy.optimize import LinearConstraint, NonlinearConstraint, rosen, rosen_der, rosen_hess, rosen_hess_prod

from dualrev.optimize import minimize

STARTS = [np.array([-1.2, 1.0]), np.array([-1.2, 1.0, 0.5, 2.0]), np.linspace(0, 2, 10)]
C = np.array([[3.0, 1.0], [1.0, 2.0]])


def saddle(x):
    """A function with a saddle at 0 and minima at (+-1, 0) in other axes."""
    return x[0] ** 4 / 4 - x[0] ** 2 / 2 + x[1] ** 2 + 0.1 * x[0] * x[1]


def saddle_der(x):
    return np.array([x[0] ** 3 - x[0] + 0.1 * x[1], 2 * x[1] + 0.1 * x[0]])


def saddle_hess(x):
    return np.array([[3 * x[0] ** 2 - 1, 0.1], [0.1, 2.0]])


PROBLEMS = [(rosen, rosen_der, rosen_hess, x) for x in STARTS] + [(saddle, saddle_der, saddle_hess, np.array([0.3, 1.0]))]
BOTH = {"newton-cg": "Newton-CG", "trust-ncg": "trust-ncg", "trust-krylov": "trust-krylov", "trust-exact": "trust-exact", "bfgs": "BFGS", "l-bfgs": "L-BFGS-B",
        "l-bfgs-b": "L-BFGS-B"}


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("problem", PROBLEMS, ids=["rosen2", "rosen4", "rosen10", "saddle"])
def test_the_same_point(method, problem):
    f, der, hess, x0 = problem
    name = BOTH[method]
    more = {"hess": hess} if name == "trust-exact" else {"hessp": lambda x, v: hess(x) @ v} if name in ("Newton-CG", "trust-ncg", "trust-krylov") else {}
    options = {"xtol": 1e-10} if name == "Newton-CG" else {"gtol": 1e-9, **({"ftol": 0} if name == "L-BFGS-B" else {})}
    theirs = optimize.minimize(f, x0, jac=der, method=name, options=options, **more)
    ours = minimize(f, x0, method=method, tol=1e-9)
    assert ours.success
    np.testing.assert_allclose(ours.x, theirs.x, rtol=1e-6, atol=1e-7)
    assert ours.fun == pytest.approx(theirs.fun, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(("method", "n"), [("bfgs", 10), ("bfgs", 100), ("bfgs", 200), ("newton-cg", 10), ("newton-cg", 100), ("newton-cg", 400)])
def test_no_more_evaluations_along_a_long_valley(method, n):
    more, options = ({"hessp": rosen_hess_prod}, {"xtol": 1e-9}) if method == "newton-cg" else ({}, {"gtol": 1e-6})
    x0 = np.tile([-1.2, 1.0], n // 2)
    theirs = optimize.minimize(rosen, x0, jac=rosen_der, method=BOTH[method], options=options, **more)
    ours = minimize(rosen, x0, method=method, tol=1e-6)
    assert ours.success and theirs.success
    assert ours.nfev <= theirs.nfev


@pytest.mark.parametrize("seed", range(5))
def test_the_same_point_with_bounds(seed):
    rng = np.random.default_rng(seed)
    n = 8
    low = rng.uniform(-1, 0.9, n)
    bounds = list(zip(low, low + rng.uniform(0.1, 1, n), strict=True))
    x0 = rng.uniform(-1, 2, n)
    theirs = optimize.minimize(rosen, np.clip(x0, *np.transpose(bounds)), jac=rosen_der, method="L-BFGS-B", bounds=bounds, options={"ftol": 0, "gtol": 1e-9, "maxiter": 5000})
    for method in ("trust-bounds", "l-bfgs-b"):
        ours = minimize(rosen, x0, method=method, bounds=bounds, tol=1e-8)
        assert ours.success, ours.message
        assert ours.fun == pytest.approx(theirs.fun, rel=1e-10)
        np.testing.assert_allclose(ours.x, theirs.x, atol=1e-6)


@pytest.mark.parametrize("method", ["Nelder-Mead", "Powell", "CG", "scipy:BFGS", "scipy:Newton-CG", "scipy:L-BFGS-B", "TNC", "COBYQA", "SLSQP", "trust-constr", "scipy:trust-ncg",
                                    "scipy:trust-exact", "scipy:trust-krylov"])
def test_scipys_methods_with_derivatives_supplied(method):
    options = {"maxfun": 1000} if method == "TNC" else {}
    found = minimize(rosen, np.array([-1.2, 1.0, 0.5]), method=method, options=options)
    assert found.success, found.message
    np.testing.assert_allclose(found.x, 1, atol=2e-3)
    assert found.message.endswith(".")
    assert len(found.history) == found.nit or found.nit > 0
    assert (found.njev > 0) == (method not in ("Nelder-Mead", "Powell", "COBYQA"))
    assert (found.nhvp > 0) == (method in ("scipy:Newton-CG", "scipy:trust-ncg", "scipy:trust-krylov"))
    if not found.nhvp:  # many products at a point become a Hessian
        assert (found.nhev > 0) == (method in ("scipy:trust-exact", "trust-constr"))


def test_dogleg_on_a_convex_function():
    found = minimize(lambda x: np.sum((x - 1) ** 4 + (x - 1) ** 2), STARTS[1], method="dogleg")
    assert found.success
    np.testing.assert_allclose(found.x, 1, atol=1e-4)


def hand_jac(x):
    return np.array([2 * x, np.array([1.0, 0.0])])


def hand_hess(x, v):
    return 2 * v[0] * np.eye(2)


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr", "COBYQA", "COBYLA"])
def test_constraints_as_by_hand(method):
    c = lambda x: np.stack([x @ x, x[0]])
    given = {"trust-constr": {"jac": hand_jac, "hess": hand_hess}, "SLSQP": {"jac": hand_jac}}.get(method, {})
    hand = NonlinearConstraint(c, [-np.inf, 0.1], [0.5, np.inf], **given)
    more = {"jac": rosen_der} if method in ("SLSQP", "trust-constr") else {}
    more |= {"hessp": rosen_hess_prod} if method == "trust-constr" else {}
    theirs = optimize.minimize(rosen, STARTS[0], method=method, constraints=hand, **more)
    ours = minimize(rosen, STARTS[0], method=method, constraints=NonlinearConstraint(lambda x: [np.sum(x**2), x[0]], [-np.inf, 0.1], [0.5, np.inf]))
    assert ours.success
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-3 if method == "COBYLA" else 1e-4)


def test_constraints_of_every_kind_in_containers_with_fixed_entries():
    f = lambda p: rosen(np.stack([p["a"], p["b"], p["c"]]))
    constraints = [LinearConstraint([[1, 1, 1]], 0, 1.5), {"type": "ineq", "fun": lambda p, low: p["a"] - low, "args": 0.1}]
    for method in ("SLSQP", "trust-constr"):
        found = minimize(f, {"a": 0.0, "b": 0.0, "c": 1.0}, fixed="c", method=method, constraints=constraints)
        assert found.x["c"] == 1.0
        assert found.x["a"] + found.x["b"] <= 0.5 + 1e-6
        assert found.x["a"] >= 0.1 - 1e-6
        theirs = optimize.minimize(lambda y: rosen([y[0], y[1], 1.0]), [0.0, 0.0], method="SLSQP",
                                   constraints=[LinearConstraint([[1, 1]], -1, 0.5), {"type": "ineq", "fun": lambda y: y[0] - 0.1}])
        if method == "SLSQP":  # trust-constr goes to the other local minimum
            np.testing.assert_allclose([found.x["a"], found.x["b"]], theirs.x, atol=1e-6)
    with pytest.raises(ValueError, match="has 2 columns, x0 has 3"):
        minimize(f, {"a": 0.0, "b": 0.0, "c": 1.0}, constraints=LinearConstraint([[1, 1]], 0, 1))


def test_trust_constr_uses_exact_hessians_of_constraints():
    seen = []

    def c(x):
        seen.append(type(x).__name__)
        return x @ C @ x

    found = minimize(lambda x: np.sum(x), np.array([0.1, 0.1]), method="trust-constr", constraints=NonlinearConstraint(c, -np.inf, 1.0))
    x = -np.linalg.solve(C, np.ones(2))
    np.testing.assert_allclose(found.x, x / np.sqrt(x @ C @ x), atol=2e-4)
    assert found.nhev + found.nhvp > 0
    assert found.success


def test_the_best_point_that_was_seen_is_returned():
    values = []

    def f(x):
        y = rosen(x)
        values.append(float(dr_value(y)))
        return y

    found = minimize(f, STARTS[0], method="SLSQP", options={"maxiter": 4})
    assert found.fun == min(values)
    assert not found.success


def dr_value(y):
    import dualrev as dr

    return dr.stop_gradient(y) if not isinstance(y, (float, np.floating)) else y
