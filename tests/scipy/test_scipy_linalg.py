"""dr.scipy.linalg: values are SciPy's, Hermitian cotangents, keywords, stacks, and what raises."""

import inspect

import numpy as np
import pytest
import scipy.linalg

import dualrev as dr
from dualrev.core.errors import NoRuleError
from tests.rules.ways import check

LA = dr.scipy.linalg
rng = np.random.default_rng(7)
A = rng.normal(size=(3, 3)) + 3 * np.eye(3)
B = rng.normal(size=(3, 2))
S = A @ A.T + np.eye(3)
W = np.diag([5.0, 6.0, 9.0]) + 0.3 * (A + A.T)
H = S + 0.3j * (A - A.T)


@pytest.mark.parametrize("a", [S, H], ids=["real", "complex"])
@pytest.mark.parametrize("f", [lambda a: LA.solve(a, B, assume_a="pos"), lambda a: LA.solve(a, B, assume_a="her", lower=True), LA.cholesky, LA.eigvalsh, LA.pinvh,
                               lambda a: LA.eigvalsh(a, W), lambda a: LA.eigvalsh(W, a), lambda a: LA.cho_solve(LA.cho_factor(a), B), lambda a: LA.eigh(a)[0]])
def test_hermitian_matrices_have_hermitian_cotangents(f, a):
    check(f, a, h=1e-2, rtol=1e-5, symmetric=True)
    g = dr.grad(lambda a: np.sum(np.real(f(a)) * np.arange(1.0, np.size(f(a)) + 1).reshape(np.shape(f(a)))))(a)
    np.testing.assert_allclose(g, np.conj(g.T), atol=1e-12 * np.max(np.abs(g)))


def test_complex_symmetric_systems():
    a = S + 0.5j * (A + A.T)
    check(lambda t: LA.solve(a + t + t.T, B, assume_a="sym"), 0.1j * A)


@pytest.mark.parametrize("driver", [None, "ev", "evd", "evr"])
def test_eigenvectors_are_those_of_scipys_driver(driver):
    _, plain = scipy.linalg.eigh(S, driver=driver)
    np.testing.assert_array_equal(dr.vjp(lambda s: LA.eigh(s, driver=driver)[1], S)[0], plain)
    check(lambda s: (LA.eigh(s, driver=driver)[0], np.abs(LA.eigh(s, driver=driver)[1])), S, h=1e-3, rtol=1e-5, symmetric=True)


def test_repeated_eigenvalues():
    """As np.linalg.eigh has them: a function of the matrix is right, a single vector NaN."""

    def once(s):
        w, v = LA.eigh(s)
        return np.sum((v * np.exp(w)) @ v.T * A)

    np.testing.assert_allclose(dr.grad(once)(np.eye(3)), np.e * (A + A.T) / 2)
    assert np.all(np.isfinite(dr.grad(lambda s: np.sum(LA.eigvalsh(s)))(np.eye(3))))


def test_a_factorisation_and_its_solutions():
    """The derivative of A^-1 B goes through the factors."""
    expected = dr.jacobian(lambda a: np.linalg.solve(a, B))(A)
    np.testing.assert_allclose(dr.jacobian(lambda a: LA.lu_solve(LA.lu_factor(a), B))(A), expected, rtol=1e-10)
    np.testing.assert_allclose(dr.jacobian(lambda a: LA.lu_solve(LA.lu_factor(a), B, trans=1))(A), dr.jacobian(lambda a: np.linalg.solve(a.T, B))(A), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(dr.jacobian(lambda a: LA.solve_triangular(LA.qr(a)[1], LA.qr(a)[0].T @ B))(A), expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("f", [LA.expm, LA.sinm, LA.cosm, LA.tanm, LA.sinhm, LA.coshm, LA.tanhm, LA.logm, LA.sqrtm, lambda a: LA.fractional_matrix_power(a, 0.4)])
def test_functions_of_a_jordan_block(f):
    """Where a method by eigenvectors has nothing to divide by."""
    check(f, np.array([[0.8, 1.0, 0.0], [0.0, 0.8, 1.0], [0.0, 0.0, 0.8]]), h=2e-3, rtol=1e-5)


def test_second_derivative_of_the_exponential():
    """tr expm(A) has the Hessian product sum of commuting terms: along A itself it is tr(A^2 expm(A))."""
    f = lambda a: np.trace(LA.expm(a))  # noqa: E731
    a = A / 4
    np.testing.assert_allclose(dr.grad(f)(a), scipy.linalg.expm(a).T, rtol=1e-12)
    np.testing.assert_allclose(np.sum(a * dr.hvp(f)(a, a)), np.trace(a @ a @ scipy.linalg.expm(a)), rtol=1e-11)


def test_a_program_is_recorded():
    def f(a):
        return np.sum(LA.solve_sylvester(a, a, LA.expm(a)) + LA.lu_solve(LA.lu_factor(a), np.ones(3)))

    program = dr.trace(dr.grad(f), A)
    np.testing.assert_allclose(program(A + 0.1), dr.grad(f)(A + 0.1), rtol=1e-10)
    assert "dr.scipy.linalg.expm(a)" in str(dr.trace(f, A)).replace("x", "a").replace("eapm", "expm")


def test_stacks_are_taken_where_scipy_takes_them():
    a = np.stack([A, A.T + 1.0])
    check(LA.expm, a / 4)
    check(LA.det, a)
    if "assume_a" in inspect.signature(scipy.linalg.inv).parameters:  # the releases in which it takes a stack
        check(LA.inv, a, h=1e-3, rtol=1e-6)
    check(lambda a: LA.lu(a)[1:], a, h=1e-3, rtol=1e-6)


def test_lists_are_arrays():
    assert dr.grad(lambda s: LA.det([[s, 1.0], [2.0, s]]))(3.0) == pytest.approx(6.0)
    assert dr.grad(lambda s: np.sum(LA.block_diag([s, 2.0], [[s * s]])))(3.0) == pytest.approx(7.0)
    assert dr.grad(lambda s: np.sum(LA.toeplitz([s, 1.0], [9.0, s * s])))(3.0) == pytest.approx(8.0)


REFUSED = {
    "e": lambda: LA.solve_continuous_are(A + 0 * X, B, S, np.eye(2), e=np.eye(3)), "type": lambda: LA.eigh(X, S, type=2),
    "subset_by_index": lambda: LA.eigh(X, subset_by_index=[0, 1]),
    "left": lambda: LA.eig(X, left=True), "homogeneous_eigvals": lambda: LA.eigvals(X, homogeneous_eigvals=True), "lapack_driver": lambda: LA.svd(X, lapack_driver="gesvd"),
    "raw": lambda: LA.qr(X, mode="raw"), "square": lambda: LA.polar(X[:2]), "full": lambda: LA.qr(X[:, :1]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_keywords_without_a_rule_raise(name):
    def f(a):
        global X
        X = a
        return REFUSED[name]()

    with pytest.raises(NoRuleError, match=rf"(?s)scipy.linalg.*{name}.*test_scipy_linalg.py"):
        dr.vjp(f, A)


def test_scipys_errors_come_through():
    with pytest.raises(scipy.linalg.LinAlgError):
        dr.grad(lambda a: np.sum(LA.cholesky(a)))(-np.eye(2))
    with pytest.raises(ValueError, match="square|shape"):
        dr.grad(lambda a: np.sum(LA.solve(a, np.ones(2))))(np.ones((2, 3)))
    with pytest.raises(ValueError, match="infs or NaNs"):
        dr.grad(lambda a: np.sum(LA.solve(a, np.ones(2))))(np.full((2, 2), np.nan))
    with pytest.raises(NoRuleError, match=r"null_space has no derivative rule: any orthonormal basis"):
        dr.grad(lambda a: np.sum(LA.null_space(a)))(A)
