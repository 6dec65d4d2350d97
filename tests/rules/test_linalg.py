"""Linear algebra: every function in every way, and the special points of the conventions."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.plans.tracing import trace
from tests.rules.ways import check

LA = np.linalg
rng = np.random.default_rng(3)


@pytest.fixture(autouse=True)
def _the_same_numbers_in_any_order():
    global rng
    rng = np.random.default_rng(3)


def matrix(*shape, kind=float):
    """A random matrix, well conditioned if square."""
    a = rng.normal(size=shape) + (1j * rng.normal(size=shape) if kind is complex else 0)
    return a + 3 * np.eye(shape[-2], shape[-1])


def positive(*shape, kind=float):
    """A Hermitian positive matrix."""
    a = matrix(*shape, kind=kind)
    return a @ np.conj(np.swapaxes(a, -1, -2)) + np.eye(shape[-1])


def mH(a):
    return np.conj(np.swapaxes(a, -1, -2))


SQUARE = {
    "inv": LA.inv, "det": LA.det, "slogdet": LA.slogdet, "pinv": LA.pinv,
    "matrix_power 0": lambda a: LA.matrix_power(a, 0) + a, "matrix_power 3": lambda a: LA.matrix_power(a, 3),
    "matrix_power 6": lambda a: LA.matrix_power(a / 3, 6), "matrix_power -2": lambda a: LA.matrix_power(a, -2), "svdvals": LA.svdvals,
}


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, 1, 2, 2), (1, 1)])
@pytest.mark.parametrize("name", SQUARE)
def test_square(name, shape, kind):
    check(SQUARE[name], matrix(*shape, kind=kind), h=1e-3, rtol=1e-6)


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize(("a", "b"), [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2)), ((2, 1, 3, 3), (4, 3, 1))])
def test_solve(a, b, kind):
    check(LA.solve, matrix(*a, kind=kind), rng.normal(size=b) + (1j if kind is complex else 0), h=1e-3, rtol=1e-6)


def test_solve_of_mixed_kinds_and_lists():
    a, b = matrix(3, 3), matrix(3, 2, kind=complex)
    check(LA.solve, a, b, h=1e-3, rtol=1e-6)
    check(lambda b: LA.solve(a.tolist(), b), b)
    check(lambda a: LA.solve(a, [1.0, 2.0, 3.0]), a, h=1e-3, rtol=1e-6)


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (2, 3, 2)])
@pytest.mark.parametrize("function", [LA.pinv, LA.svdvals])
def test_rectangular(function, shape, kind):
    check(function, matrix(*shape, kind=kind), h=1e-3, rtol=1e-6)


@pytest.mark.parametrize("kind", [float, complex])
def test_pinv_at_constant_rank(kind):
    """A path of matrices of rank two."""
    left, right = matrix(4, 2, kind=kind), matrix(2, 3, kind=kind)
    check(lambda p: LA.pinv(p @ right, rcond=1e-9), left, h=1e-3, rtol=1e-5)
    check(lambda p: LA.pinv(p, hermitian=True), positive(3, 3, kind=kind), h=1e-2, rtol=1e-5, symmetric=True)


def spectral(f):
    def function(a):
        w, v = LA.eigh(a)
        return (v * np.expand_dims(f(w), -2)) @ mH(v)

    return function


HERMITIAN = {
    "cholesky": LA.cholesky, "cholesky upper": lambda a: LA.cholesky(a, upper=True), "eigvalsh": LA.eigvalsh, "eigvalsh U": lambda a: LA.eigvalsh(a, UPLO="U"),
    "log": spectral(np.log), "projector": lambda a: LA.eigh(a)[1][..., :1] @ mH(LA.eigh(a)[1][..., :1]),
}


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, 1, 2, 2), (1, 1)])
@pytest.mark.parametrize("name", HERMITIAN)
def test_hermitian(name, shape, kind):
    check(HERMITIAN[name], positive(*shape, kind=kind), h=1e-2, rtol=1e-5, symmetric=True)


def test_eigenvectors_of_a_real_matrix():
    check(LA.eigh, positive(3, 3), h=1e-3, rtol=1e-5, symmetric=True)


@pytest.mark.parametrize("function", [LA.cholesky, LA.eigvalsh])
@pytest.mark.parametrize("upper", [False, True])
def test_a_single_triangle_is_what_has_the_derivative(function, upper):
    """NumPy reads one triangle; of a matrix that is not symmetric the other has derivative zero."""
    a = np.triu(positive(3, 3)) if upper else np.tril(positive(3, 3))
    option = {"upper": upper} if function is LA.cholesky else {"UPLO": "U" if upper else "L"}
    check(lambda a: function(a, **option), a, h=1e-3, rtol=1e-6)
    _, pullback = dr.vjp(lambda a: np.sum(function(a, **option)), a)
    other = np.tril if upper else np.triu
    np.testing.assert_array_equal(other(pullback(1.0)[0], -1 if upper else 1), 0)


def test_cotangents_of_symmetric_input_are_symmetric():
    a = positive(3, 3)
    for function in (lambda a: np.sum(LA.cholesky(a) ** 2 * np.arange(9.0).reshape(3, 3)), lambda a: LA.eigvalsh(a)[0], lambda a: LA.eigh(a)[1][0, 0]):
        g = dr.grad(function)(a)
        np.testing.assert_allclose(g, g.T, rtol=1e-13)


def polynomial_gradient(a):
    """The cofactors, by minors."""
    n = len(a)
    return np.array([[(-1) ** (i + j) * LA.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(n)] for i in range(n)])


SINGULAR = {
    "rank 3": matrix(4, 3) @ matrix(3, 4), "rank 2": matrix(4, 2) @ matrix(2, 4), "rank 1": np.outer(np.arange(1.0, 4), [1, -1, 2]), "zero": np.zeros((3, 3)),
    "integer": np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]), "nearly": np.array([[1.0, 2], [2, 4 + 1e-12]]), "graded": np.diag([1.0, 1e-7, 1e-14]), "one": np.zeros((1, 1)),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_det_at_singular_matrices(name):
    a = SINGULAR[name]
    expected = polynomial_gradient(a)
    size = np.max(np.abs(expected))
    np.testing.assert_allclose(dr.grad(LA.det)(a), expected, rtol=1e-9, atol=1e-10 * size + 1e-12)
    t = rng.normal(size=a.shape)
    second = (polynomial_gradient(a + t) - polynomial_gradient(a - t)) / 2  # exact up to the size 3; the fourth needs the next term
    if len(a) > 3:
        second = (4 * second - (polynomial_gradient(a + 2 * t) - polynomial_gradient(a - 2 * t)) / 4) / 3
    for found in (dr.jvp(dr.grad(LA.det), (a,), (t,))[1], dr.grad(lambda a: dr.jvp(LA.det, (a,), (t,))[1])(a), dr.vjp(dr.grad(LA.det), a)[1](t)[0]):
        np.testing.assert_allclose(found, second, rtol=1e-8, atol=1e-9)


def test_det_third_derivative_at_zero():
    """det(sI) = s^3."""
    cube = dr.derivative(dr.derivative(dr.derivative(lambda s: LA.det(s * np.eye(3)))))
    assert cube(0.0) == pytest.approx(6.0)
    assert dr.grad(dr.grad(dr.grad(lambda s: LA.det(s * np.eye(3)))))(0.0) == pytest.approx(6.0)


def test_det_in_a_stack_with_one_singular_matrix():
    a = np.stack([matrix(3, 3), SINGULAR["rank 1"], matrix(3, 3)])
    g = dr.grad(lambda a: np.sum(LA.det(a)))(a)
    np.testing.assert_allclose(g, [polynomial_gradient(m) for m in a], atol=1e-12)
    check(LA.det, a, h=1e-2, rtol=1e-6)
    check(LA.det, np.stack([a, a[::-1], 0 * a]), h=1e-2, rtol=1e-6)
    a[2, 0, 0] = np.nan
    g = dr.grad(lambda a: np.sum(LA.det(a)))(a)
    np.testing.assert_allclose(g[:2], [polynomial_gradient(m) for m in a[:2]], atol=1e-12)
    assert np.all(np.isnan(g[2]))
    check(LA.det, matrix(3, 1, kind=complex) @ matrix(1, 3, kind=complex), h=1e-2, rtol=1e-6)


def test_slogdet_of_singular_matrices_is_nan_in_that_matrix_only():
    a = np.stack([matrix(2, 2), np.ones((2, 2))])
    f = lambda a: np.sum(LA.slogdet(a)[1])  # noqa: E731
    g = dr.grad(f)(a)
    np.testing.assert_allclose(g[0], LA.inv(a[0]).T)
    assert np.all(np.isnan(g[1]))
    assert np.all(np.isnan(dr.jvp(dr.grad(f), (a,), (np.ones_like(a),))[1][1]))
    assert LA.slogdet(a).logabsdet.shape == dr.jvp(lambda a: LA.slogdet(a).logabsdet, (a,), (a,))[0].shape


FORMS = [(LA.inv, 1), (LA.det, 1), (lambda a: LA.slogdet(a)[1], 1), (LA.pinv, 1), (LA.cholesky, 1), (LA.eigvalsh, 1), (lambda a: LA.eigh(a)[1], 1),
         (lambda a: LA.matrix_power(a, 3), 1), (LA.svdvals, 1), (lambda a: LA.norm(a, axis=(-2, -1)), 1), (lambda a: LA.solve(a, a), 1),
         (lambda a: LA.norm(a, 3, -1), 1), (lambda a: LA.matrix_norm(a, ord="nuc"), 1)]


@pytest.mark.parametrize("function", [f for f, _ in FORMS])
@pytest.mark.parametrize("shape", [(3, 3), (0, 3, 3), (2, 0, 0)])
def test_forms_are_kept(function, shape):
    """float32 stays float32 in both modes, and empty stacks pass."""
    a = (positive(*shape) if 0 not in shape else np.zeros(shape)).astype(np.float32)
    try:
        plain = function(a)
    except (ValueError, LA.LinAlgError):
        return  # NumPy has no value there
    y, dy = dr.jvp(function, (a,), (np.ones_like(a),))
    z, pullback = dr.vjp(function, a)
    (c,) = pullback(np.ones_like(plain))
    assert y.dtype == dy.dtype == z.dtype == c.dtype == np.float32
    assert y.shape == dy.shape == plain.shape and c.shape == a.shape
    np.testing.assert_allclose(np.sum(c), np.sum(dy), rtol=1e-3, atol=1e-4)
    h = dr.jvp(dr.grad(lambda a: np.sum(function(a) ** 2)), (a,), (np.ones_like(a),))[1]
    assert h.dtype == np.float32 and np.all(np.isfinite(h))


@pytest.mark.parametrize("function", [LA.inv, LA.det, lambda a: LA.slogdet(a)[1], LA.cholesky, LA.eigvalsh, LA.pinv, LA.svdvals,
                                      lambda a: LA.solve(a, a[0]), LA.norm, lambda a: LA.matrix_power(a, 5),
                                      lambda a: LA.multi_dot([a, a, a]), lambda a: np.einsum("ij,jk->ik", a, a)])
def test_recorded_gradients_hold_at_other_points(function):
    """The choices that rules make by value are taken down as comparisons, so that a recorded gradient may be used elsewhere."""
    gradient = dr.grad(lambda a: np.sum(np.sin(function(a))))
    program = trace(gradient, positive(3, 3))
    other = positive(3, 3)
    np.testing.assert_allclose(program(other), gradient(other), rtol=1e-10, atol=1e-12)


def test_matrix_power_zero_is_constant():
    np.testing.assert_array_equal(dr.grad(lambda a: np.sum(LA.matrix_power(a, 0)))(matrix(2, 2)), 0)


def test_bad_input_gets_numpys_errors():
    for f, error in ((LA.inv, LA.LinAlgError), (lambda a: LA.matrix_power(a, 2), LA.LinAlgError), (lambda a: LA.norm(a, 7), ValueError),
                     (lambda a: LA.norm(a, axis=(0, 0)), ValueError)):
        with pytest.raises(error):
            dr.grad(lambda a: np.sum(f(a)))(np.ones((2, 3)))
    with pytest.raises(TypeError):
        dr.grad(lambda a: np.sum(LA.matrix_power(a, 1.5)))(np.eye(2))
    with pytest.raises(LA.LinAlgError):
        dr.grad(lambda a: np.sum(LA.inv(a)))(np.ones((2, 2)))


@pytest.mark.parametrize("shape", [(20000, 2), (2, 20000)])
def test_the_pseudoinverse_of_a_long_matrix_makes_no_large_square(shape):
    a = np.random.default_rng(0).normal(size=shape)
    dy = dr.jvp(np.linalg.pinv, (a,), (a,))[1]
    np.testing.assert_allclose(dy, -np.linalg.pinv(a), rtol=1e-9)
    assert dr.grad(lambda a: np.sum(np.linalg.pinv(a) ** 2))(a).shape == shape


@pytest.mark.parametrize("n", [97, 210, 400])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
@pytest.mark.parametrize("upper", [False, True])
def test_cholesky_of_large_matrices(n, dtype, upper):
    """The tangent satisfies dL L^H + L dL^H = T, the cotangent is its transpose."""
    rng = np.random.default_rng(n)
    a, t, g = (rng.normal(size=(n, n)) + (1j * rng.normal(size=(n, n)) if dtype is np.complex128 else 0.0) for _ in range(3))
    a, t, g = (a @ a.conj().T + n * np.eye(n)).astype(dtype), (t + t.conj().T).astype(dtype), g.astype(dtype)
    f = lambda a: LA.cholesky(a, upper=upper)
    y, dy = dr.jvp(f, (a,), (t,))
    assert dy.dtype == dtype
    np.testing.assert_array_equal(dy, np.triu(dy) if upper else np.tril(dy))
    product = dy.conj().T @ y if upper else dy @ y.conj().T
    rounding = n * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(product + product.conj().T, t, atol=rounding * np.max(np.abs(t)))
    (pulled,) = dr.vjp(f, a)[1](g)
    assert pulled.dtype == dtype
    np.testing.assert_array_equal(pulled, pulled.conj().T)
    assert np.real(np.sum(pulled * t)) == pytest.approx(np.real(np.sum(g * dy)), rel=0, abs=rounding * float(LA.norm(pulled) * LA.norm(t)))
    again = lambda a: dr.vjp(f, a)[1](g)[0]
    if dtype is np.float64 and n < 200:
        h = 1e-5 * t
        np.testing.assert_allclose(dr.jvp(again, (a,), (t,))[1], (again(a + h) - again(a - h)) / 2e-5, atol=1e-6 * np.max(np.abs(pulled)))


def test_a_triangular_solution_in_a_batch():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(3, 4, 4))
    a = a @ np.swapaxes(a, 1, 2) + np.eye(4)
    g = dr.grad(lambda a: np.sum(LA.cholesky(a) ** 3))
    np.testing.assert_allclose(dr.vmap(g)(a), [g(each) for each in a], rtol=1e-12)
    np.testing.assert_allclose(dr.grad(lambda a: np.sum(dr.vmap(g)(a) ** 2))(a), [dr.grad(lambda a: np.sum(g(a) ** 2))(each) for each in a], rtol=1e-11)
