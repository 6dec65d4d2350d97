"""Products with Hessians and Gauss-Newton matrices without the matrices; the Hessian's diagonal and trace."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, cg, eigsh

import dualrev as dr
from dualrev.core.errors import DualrevError

RNG = np.random.default_rng(8)
X = RNG.normal(size=6)
P = {"W": RNG.normal(size=(4, 3)), "b": (RNG.normal(size=3), 0.5)}


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def model(p):
    return {"y": np.sin(p["W"] @ p["b"][0]), "z": p["b"][0] * p["b"][1]}


def loss(out):
    return np.sum(np.exp(out["y"])) * np.sum(out["z"] ** 2)


def flat(tree):
    return np.concatenate([np.ravel(tree["W"]), tree["b"][0], np.ravel(tree["b"][1])])


def whole(f):
    """The function of the flattened container."""
    return lambda v: f({"W": v[:12].reshape(4, 3), "b": (v[12:15], v[15])})


def test_hvp_operator():
    H, V = dr.hessian(rosenbrock)(X), RNG.normal(size=(6, 3))
    A = dr.hvp_operator(rosenbrock, X)
    assert isinstance(A, LinearOperator)
    assert (A.shape, A.dtype) == ((6, 6), np.float64)
    for product, want in ((A @ X, H @ X), (A.T @ X, H @ X), (A.H @ X, H @ X), (A.rmatvec(X), H @ X), (A @ V, H @ V), (A.matmat(V[:, :0]), V[:, :0]), (A @ (V + 1j), H @ (V + 1j)),
                          (A.rmatmat(V), H @ V), (A @ np.arange(6), H @ np.arange(6))):
        np.testing.assert_allclose(product, want, rtol=1e-12, atol=1e-11)
    assert (A @ X).shape == (6,)
    B = dr.hvp_operator(lambda x: np.sum(np.cosh(x)), X)
    np.testing.assert_allclose(cg(B, X, rtol=1e-12)[0], X / np.cosh(X), rtol=1e-9)
    np.testing.assert_allclose(eigsh(A, 1)[0], np.linalg.eigvalsh(H)[np.argmax(np.abs(np.linalg.eigvalsh(H)))], rtol=1e-9)


def test_operators_of_containers():
    f = lambda p: loss(model(p))  # noqa: E731
    np.testing.assert_allclose(dr.hvp_operator(f, P) @ np.eye(16), dr.hessian(whole(f))(flat(P)), rtol=1e-11, atol=1e-12)


def test_gauss_newton():
    J = dr.jacobian(whole(lambda p: np.concatenate([model(p)["y"], model(p)["z"]])))(flat(P))
    y = np.concatenate([model(P)["y"], model(P)["z"]])
    H = dr.hessian(lambda v: loss({"y": v[:4], "z": v[4:]}))(y)
    np.testing.assert_allclose(dr.gnvp(model)(P) @ np.eye(16), J.T @ J, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(dr.gnvp(model, loss)(P) @ np.eye(16), J.T @ H @ J, rtol=1e-11, atol=1e-12)
    linear = lambda x: np.arange(12.0).reshape(2, 6) @ x  # noqa: E731
    square = lambda y: np.sum(y**4)  # noqa: E731
    np.testing.assert_allclose(dr.gnvp(linear, square)(X) @ X, dr.hvp(lambda x: square(linear(x)))(X, X), rtol=1e-12)


def test_products_do_not_run_the_function_again():
    calls = []

    def f(x):
        calls.append(1)
        return rosenbrock(x)

    A = dr.hvp_operator(f, X)
    G = dr.gnvp(lambda x: (calls.append(1), x * 2.0)[1], f)(X)
    assert len(calls) == 3
    A @ np.eye(6), G @ np.eye(6), A @ X
    assert len(calls) == 3
    for transform in (dr.hessian_diagonal(f), dr.laplacian(f), dr.hessian_trace(f, samples=50, rng=np.random.default_rng(1))):
        calls.clear()
        transform(X)
        assert len(calls) == 1


def test_columns_go_in_chunks():
    A = dr.hvp_operator(rosenbrock, X)
    A.chunk = 4
    np.testing.assert_allclose(A @ np.eye(6), dr.hessian(rosenbrock)(X), rtol=1e-12, atol=1e-12)


def test_an_operator_keeps_the_point():
    x, w, v = np.ones(10_000), np.ones(10_000), np.arange(10_000.0)
    A = dr.hvp_operator(lambda x: np.sum(x**3 * w), x)
    x[:] = 0
    np.testing.assert_array_equal(A @ v, 6 * v)
    w[3] = 7.0
    with pytest.raises(DualrevError, match="changed in place"):
        A @ v


def test_single_precision():
    A = dr.hvp_operator(lambda x: np.sum(x**3), np.float32([1, 2]))
    assert A.dtype == np.float32
    assert (A @ np.ones(2)).dtype == np.float32


def test_diagonal_laplacian_and_trace():
    H = dr.hessian(rosenbrock)(X)
    for chunk in (None, 1, 4):
        np.testing.assert_allclose(dr.hessian_diagonal(rosenbrock, chunk_size=chunk)(X), np.diag(H), rtol=1e-12)
        np.testing.assert_allclose(dr.laplacian(rosenbrock, chunk_size=chunk)(X), np.trace(H), rtol=1e-12)
    f = lambda p: loss(model(p))  # noqa: E731
    D = dr.hessian_diagonal(f)(P)
    np.testing.assert_allclose(flat(D), np.diag(dr.hessian(whole(f))(flat(P))), rtol=1e-11, atol=1e-12)
    assert D["W"].shape == (4, 3)
    assert isinstance(D["b"][1], float)
    two = dr.hessian_diagonal(lambda a, b: np.sum(a * b**2), (0, 1))(X, 2 * X)
    np.testing.assert_allclose(two[0], 0 * X)
    np.testing.assert_allclose(two[1], 2 * X)


def test_laplacian_of_a_field_at_many_points():
    u = lambda x: np.exp(x[0]) * np.sin(2 * x[1])  # noqa: E731
    points = RNG.normal(size=(5, 2))
    np.testing.assert_allclose(dr.vmap(dr.laplacian(u))(points), -3 * dr.vmap(u)(points), rtol=1e-12)
    np.testing.assert_allclose(dr.grad(dr.laplacian(u))(points[0]), -3 * dr.grad(u)(points[0]), rtol=1e-12)


def test_the_estimated_trace():
    """The mean lies within five deviations, and the stated variance is that of the formula."""
    H = dr.hessian(rosenbrock)(X)
    samples = 4000
    value, variance = dr.hessian_trace(rosenbrock, samples=samples, rng=np.random.default_rng(0))(X)
    stated = 2 * (np.sum(H**2) - np.sum(np.diag(H) ** 2)) / samples
    assert abs(value - np.trace(H)) < 5 * np.sqrt(stated)
    assert 0.8 < variance / stated < 1.25
    f = lambda p: loss(model(p))  # noqa: E731
    first, second = (dr.hessian_trace(f, samples=8, rng=np.random.default_rng(5))(P) for _ in range(2))
    assert first == second


def test_bad_calls():
    with pytest.raises(TypeError, match="hvp_operator: x is complex"):
        dr.hvp_operator(lambda x: np.sum(np.abs(x)), X + 0j)
    with pytest.raises(ValueError, match="hvp_operator: the result of .* has shape"):
        dr.hvp_operator(lambda x: x * x, X)
    with pytest.raises(TypeError, match="SciPy's linear operators cannot follow"):
        dr.grad(lambda x: np.sum(dr.hvp_operator(rosenbrock, x) @ X))(X)
    with pytest.raises(TypeError, match="gnvp: the result of .* is complex"):
        dr.gnvp(lambda x: x * 1j)(X)
    with pytest.raises(ValueError, match="gnvp: the result of .* has shape"):
        dr.gnvp(lambda x: x, lambda y: y)(X)
    with pytest.raises(ValueError, match="samples must be an integer of at least 2"):
        dr.hessian_trace(rosenbrock, samples=1, rng=np.random.default_rng(0))
    with pytest.raises(TypeError, match="rng must be a numpy.random.Generator"):
        dr.hessian_trace(rosenbrock, samples=3, rng=0)
    with pytest.raises(ValueError, match="laplacian: chunk_size must be"):
        dr.laplacian(rosenbrock, chunk_size=0)
    with pytest.raises(TypeError, match="hessian_diagonal: an argument is complex"):
        dr.hessian_diagonal(lambda x: np.sum(np.abs(x)))(X + 0j)
