"""Roots of systems of equations: by Newton's method, by Newton-Krylov and by SciPy's solvers with exact derivatives."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

import dualrev as dr
from dualrev.optimize import root

OWN = ("newton", "newton-krylov")


def rosenbrock(x):
    return np.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def powell_badly_scaled(x):
    return np.stack([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def powell_singular(x):
    return np.stack([x[0] + 10 * x[1], np.sqrt(5) * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, np.sqrt(10) * (x[0] - x[3]) ** 2])


def freudenstein_roth(x):
    return np.stack([-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]])


def tridiagonal(x):
    y = np.zeros_like(x, shape=len(x) + 2)
    y[1:-1] = x
    return (3 - 2 * x) * x - y[:-2] - 2 * y[2:] + 1


def heat(u):
    """The Bratu equation on a square, by differences."""
    n = len(u)
    U = np.zeros_like(u, shape=(n + 2, n + 2))
    U[1:-1, 1:-1] = u
    return 4 * u - U[:-2, 1:-1] - U[2:, 1:-1] - U[1:-1, :-2] - U[1:-1, 2:] - 5.0 * np.exp(u) / (n + 1) ** 2


@pytest.mark.parametrize("method", [*OWN, "scipy:hybr", "scipy:lm", "hybr", "scipy:krylov"])
@pytest.mark.parametrize(("fun", "x0"), [(tridiagonal, -np.ones(12)), (lambda x: np.stack([x[0] ** 2 + x[1] ** 2 - 4, np.exp(x[0]) + x[1] - 1]), np.array([1.0, -1.7]))])
def test_same_root_as_scipy(fun, x0, method):
    found = root(fun, x0, method=method)
    theirs = optimize.root(fun, x0, jac=dr.jacobian(fun), tol=1e-13)
    assert found.success, found.message
    np.testing.assert_allclose(found.x, theirs.x, atol=1e-9 if method in OWN or method.endswith(("hybr", "lm")) else 1e-5)
    np.testing.assert_array_equal(found.fun, fun(found.x))
    if method in ("newton", "scipy:hybr", "scipy:lm"):
        np.testing.assert_allclose(found.jac, dr.jacobian(fun)(found.x))


def test_methods_without_a_jacobian():
    found = root(tridiagonal, -np.ones(200), method="scipy:df-sane")
    assert found.success and found.njev == 0 and np.max(np.abs(found.fun)) < 1e-6


@pytest.mark.parametrize(("fun", "x0", "most"), [(rosenbrock, [-1.2, 1.0], 3), (powell_badly_scaled, [0.0, 1.0], 15), (powell_singular, [3.0, -1.0, 0.0, 1.0], 20),
                                                 (np.arctan, [10.0], 6), (lambda x: np.log(x) - 1, [1e-3], 11)])
def test_newton_needs_few_evaluations(fun, x0, most):
    found = root(fun, x0)
    assert found.success and found.nfev <= most and np.max(np.abs(found.fun)) <= 1e-10
    assert found.nit == len(found.history) - 1 and found.njev == found.nit + 1


def test_least_squares_steps_at_a_singular_jacobian():
    # the second equation does not feel x[1] at the start
    found = root(lambda x: np.stack([x[0] - 1, x[1] ** 2 * x[0] - 4 + x[0]]), [0.0, 0.0])
    assert not found.success and "no root" in found.message
    found = root(lambda x: np.stack([x[0] ** 2 - 1, (x[0] - 0.5) * x[1] - 1]), [0.0, 1.0])
    assert found.success
    np.testing.assert_allclose(found.x, [-1.0, -2.0 / 3.0] if found.x[0] < 0 else [1.0, 2.0], rtol=1e-9)


@pytest.mark.parametrize("method", [*OWN, "scipy:hybr", "scipy:lm"])
@pytest.mark.parametrize(("fun", "x0"), [(freudenstein_roth, [0.5, -2.0]), (lambda x: x**2 + 1, [1.3]), (lambda x: x**2 - 1, [0.0]), (np.exp, [0.0])])
def test_no_success_without_a_root(fun, x0, method):
    if fun is np.exp and method != "newton":
        return  # approached at minus infinity: the others may say that it is below their tolerance
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = root(fun, x0, method=method)
    largest = np.max(np.abs(fun(found.x)))
    assert found.success == (largest <= 1e-8)
    assert largest <= np.max(np.abs(fun(np.array(x0)))) * (1 + 1e-12)
    if not found.success and method in OWN:
        assert found.message.startswith("Not converged")


def test_minpack_successes_that_are_none_are_not_passed_on():
    theirs = optimize.root(freudenstein_roth, [0.5, -2.0], jac=dr.jacobian(freudenstein_roth), method="lm")
    ours = root(freudenstein_roth, [0.5, -2.0], method="scipy:lm")
    assert theirs.success and not ours.success and "minimum of the sum of squares" in ours.message


def test_large_system_by_products():
    found = root(heat, np.zeros((30, 30)), method="newton-krylov")
    assert found.success and found.x.shape == found.fun.shape == (30, 30)
    assert found.njev == found.nit <= 6 and found.nhvp < 400
    direct = root(heat, np.zeros((30, 30)), jac_sparse=True)
    np.testing.assert_allclose(found.x, direct.x, atol=1e-8)
    laplace = dr.jacobian(lambda u: heat(u.reshape(30, 30)).ravel(), sparse=True)(np.zeros(900))
    from scipy.sparse.linalg import LinearOperator, splu

    factors = splu(laplace.tocsc())
    helped = root(heat, np.zeros((30, 30)), method="newton-krylov", options={"preconditioner": LinearOperator((900, 900), factors.solve)})
    assert helped.success and helped.nhvp < found.nhvp / 3
    np.testing.assert_allclose(helped.x, direct.x, atol=1e-8)
    theirs = root(heat, np.zeros((30, 30)), method="scipy:krylov")
    np.testing.assert_allclose(theirs.x, direct.x, atol=1e-4)
    assert theirs.nhvp > 0


def test_forms_fixed_and_callback():
    seen = []

    def equations(p, radius):
        return {"circle": p["x"] ** 2 + p["y"] ** 2 - radius**2, "line": p["x"] - p["slope"] * p["y"]}

    found = root(equations, {"x": 1.0, "y": 1.0, "slope": 2.0}, (3.0,), fixed="slope", callback=lambda intermediate_result: seen.append(intermediate_result.x))
    assert found.success and found.x["slope"] == 2.0 and found.jac.shape == (2, 2)
    assert found.x["x"] == pytest.approx(6 / np.sqrt(5), rel=1e-12) and set(found.fun) == {"circle", "line"}
    assert len(seen) == found.nit and seen[-1] == found.x
    for method in (*OWN, "scipy:hybr", "scipy:broyden1"):
        stopped = root(tridiagonal, -np.ones(8), method=method, callback=lambda x: True)
        assert not stopped.success and stopped.status == 99
    assert root(lambda x: x**3 - 2, 1).x == pytest.approx(2 ** (1 / 3), rel=1e-12)
    assert root(lambda z: z**2 + 1, 1.0 + 1j).x == pytest.approx(1j, abs=1e-10)
    assert root(lambda x: [x[0] + x[1] - 3, x[0] * x[1] - 2], [0, 3]).success


@pytest.mark.parametrize("method", OWN)
def test_not_finite_values_shorten_the_step(method):
    found = root(lambda x: np.sqrt(x) - 0.1, [9.0], method=method)
    assert found.success and found.x[0] == pytest.approx(0.01, rel=1e-6)
    nowhere = root(lambda x: np.where(x == 1.0, x, np.nan), [1.0], method=method)
    assert not nowhere.success and "not finite" in nowhere.message and nowhere.x == 1.0


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_newton_on_random_systems(seed, n):
    rng = np.random.default_rng(seed)
    A, B = rng.standard_normal((n, n)) + 3 * np.eye(n), rng.standard_normal((n, n))
    solution = rng.standard_normal(n)
    fun = lambda x: A @ (x - solution) + np.sin(B @ (x - solution)) * 0.3
    found = root(fun, np.zeros(n))
    if found.success:
        assert np.max(np.abs(fun(found.x))) <= 1e-9
    linear = root(lambda x: A @ x - solution, rng.standard_normal(n))
    assert linear.success and linear.nit == 1
    scale = 10.0 ** rng.integers(-8, 8, n)
    scaled = root(lambda x: scale * fun(x), np.zeros(n), options={"ftol": 0.0})
    if found.success and scaled.success and np.max(np.abs(scaled.x - found.x)) > 1e-6:
        assert np.max(np.abs(fun(scaled.x))) <= 1e-6  # another root


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: root(tridiagonal, np.ones(3), method="brentq"), ValueError, "method must be one of newton, newton-krylov, scipy:hybr"),
    (lambda: root(lambda x: x[:2], np.ones(3)), ValueError, "gives 2 equations for 3 unknowns. least_squares takes any number"),
    (lambda: root(tridiagonal, np.ones(3), jac=True), ValueError, "the exact Jacobian is made here"),
    (lambda: root(tridiagonal, np.ones(3), options={"eps": 1e-3}), ValueError, "has the options ftol, xtol, maxiter; got 'eps'"),
    (lambda: root(tridiagonal, np.ones(3), tol=-1.0), ValueError, "must not be negative"),
    (lambda: root(tridiagonal, [np.inf, 1.0]), ValueError, "x0 must be finite"),
    (lambda: root(lambda x: np.log(x - 5), [1.0]), ValueError, "is nan at x0"),
    (lambda: root(tridiagonal, "abc"), TypeError, "not numeric"),
    (lambda: root(None, [1.0]), TypeError, "root: the first argument must be a function"),
])
def test_calls_that_cannot_be_right(call, error, words):
    with np.errstate(all="ignore"), pytest.raises(error, match=words):
        call()


def test_maxiter():
    found = root(powell_singular, [3.0, -1.0, 0.0, 1.0], options={"maxiter": 4})
    assert not found.success and found.nit == 4 and "maxiter = 4 was reached" in found.message


def test_small_units_are_no_root():
    for unit in (1e-12, 1e-6, 1e9):
        found = root(lambda x: unit * (x**2 - 2), 1.0)
        assert found.success and found.x == pytest.approx(np.sqrt(2), rel=1e-9)
    assert root(lambda x: x**2 - 2, np.sqrt(2)).nit == 0
    assert root(np.sin, [0.0]).nit == 0


@pytest.mark.parametrize("method", ["hybr", "scipy:lm", "krylov", "df-sane", "broyden1"])
def test_an_option_that_scipys_method_has_not_raises(method):
    with pytest.raises(ValueError, match="has no option 'maxitr'; it has"):
        root(lambda x: x**2 - 2, np.ones(2), method=method, options={"maxitr": 3})
