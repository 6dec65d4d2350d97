"""Object arrays of traced scalars, which NumPy makes behind our back, keep their derivatives."""

import warnings

import numpy as np
import pytest
import scipy.fft
import scipy.linalg
import scipy.sparse
import scipy.special as sp
from scipy.optimize import brentq, fsolve, minimize_scalar, rosen, rosen_der, rosen_hess, rosen_hess_prod
from scipy.spatial.distance import pdist

import dualrev as dr
from dualrev.core.errors import LeavesTraceError, ObjectArrayError
from tests.properties.oracles import assert_close, check_first_order, check_second_order, directional

X = np.array([0.3, -1.2, 0.8, 1.7])
A = np.arange(12.0).reshape(3, 4) / 10 - 0.4


def filled_buffer(x):
    b = np.zeros(3, dtype=object)
    for i in range(3):
        b[i] = x[i] * x[i + 1]
    return b * x[0]


def nested_lists(x):
    return np.array([[x[0], 1.0], [2, np.sin(x[1])]]) @ x[:2]


FUNCTIONS = {
    "array of entries": lambda x: np.array([x[0] * x[1], np.sin(x[2])]) * x[3],
    "array alone, as the result": lambda x: np.array([x[0] * x[1], np.sin(x[2])]),
    "matrix as the result": lambda x: np.array([[x[0], x[1] ** 2], [0.0, 1.0 * x[3]]]),
    "mixed with plain numbers": lambda x: np.array([1, 2.5, x[0], np.float32(2)]) + x,
    "ufunc on one": lambda x: np.exp(np.array([x[0], x[1]])) * x[2],
    "ufunc alone": lambda x: np.tanh(np.array([x[0], x[1]])),
    "operators between two": lambda x: np.array([x[0], x[1]]) * np.array([x[2], x[3]]) - 2 / np.array([x[3], 2 + x[0]]),
    "power": lambda x: np.array([x[0], x[3]]) ** 2 + 2 ** np.array([x[0], x[3]]),
    "asarray": lambda x: np.asarray(x) ** 2,
    "asarray, sliced": lambda x: np.sum(np.asarray(x)[1:] * np.asarray(x)[:-1]),
    "array of x": lambda x: np.array(x) * 3,
    "asarray of a list": lambda x: np.asarray([x[0], x[1]]) @ x[:2],
    "plain @ object": lambda x: A[:, :2] @ np.array([x[0], x[1] * x[2]]),
    "object @ plain": lambda x: np.array([x[0], x[1], x[2]]) @ A,
    "A.dot(x)": lambda x: A.dot(x),
    "A.dot(x) used further": lambda x: np.sin(A.dot(x)) @ x[:3],
    "A.dot of object": lambda x: A[:, :2].dot(np.array([x[0], x[1]])) * x[0],
    "np.dot of object": lambda x: np.dot(A, np.array([x[0], x[1], x[2], x[3]])) * x[0],
    "buffer of objects": filled_buffer,
    "nested lists": nested_lists,
    "sum of object": lambda x: np.sum(np.array([x[0], x[1] * 2])),
    "method sum": lambda x: np.array([x[0], x[1] * 2]).sum(),
    "dot of two objects": lambda x: np.array([x[0], x[1]]) @ np.array([x[2], x[3]]),
    "comparison": lambda x: np.where(np.array([x[0], x[1]]) > 0, x[2], x[3]) * x[0],
    "max through python": lambda x: max(np.array([x[0], x[1]])) * x[2],
    "concatenate with traced": lambda x: np.concatenate([np.array([x[0] ** 2]), x]),
    "stack of objects": lambda x: np.stack([np.array([x[0], x[1]]), x[2:]]),
    "object times traced array": lambda x: x * np.array([x[3], x[2], x[1], x[0]]),
    "traced array minus object": lambda x: x - np.array([x[3], x[2], x[1], x[0]]),
    "write into a traced buffer": lambda x: [y := np.zeros_like(x), y.__setitem__(slice(0, 2), np.array([x[1], x[0] ** 2])), y][-1],
    "list into a traced buffer": lambda x: [y := np.zeros_like(x), y.__setitem__(slice(0, 2), [x[1], x[0] ** 2]), y][-1],
    "in a container": lambda x: {"a": np.array([x[0] * x[0], x[1]])}["a"],
    "reshaped, transposed": lambda x: np.array([x[0], x[1], x[2], x[3] ** 2]).reshape(2, 2).T * x[0],
    "where of object": lambda x: np.where(X[:2] > 0, np.array([x[0], x[1]]), 0.0) * x[1],
    "negative, absolute": lambda x: abs(-np.array([x[0], x[1]])) * 1.0,
    "0-d": lambda x: np.array(x[0] * x[1]) * 2.0,
    "vectorized python function": lambda x: np.vectorize(lambda v: v * v + 1, otypes=[object])(x),
    "fromiter of a generator": lambda x: np.array([v * 2 for v in x]) * x,
    "apply_along_axis of a list": lambda x: np.array([row @ x for row in A]),
    "list beside a traced array": lambda x: np.add([x[0], x[1] * 2], x[2:]) * x[0],
    "tuple with plain numbers": lambda x: np.multiply(x[:3], (x[1], 2, 0.5)),
    "lists in lists": lambda x: np.matmul([[x[0], 1.0], (2, np.sin(x[1]))], x[:2]),
    "lists of traced arrays": lambda x: np.arctan2([x[:2], x[2:] ** 2], x[:2]),
    "list on both sides of where": lambda x: np.where(X[:2] > 0, [x[0], x[1] ** 2], [x[2], 1.0]) * np.where([True, False], x[:2], (x[1], x[0])),
    "list for a bound": lambda x: np.clip(x[:2], [x[2] - 9, -5.0], [x[3] * 0.1, x[2]]),
    "list with dtype=": lambda x: np.subtract([x[0], 2], x[:2], dtype=float),
    "list, outer": lambda x: np.multiply.outer([x[0], x[1]], x[2:]),
    "list into a ufunc, where=": lambda x: np.multiply([x[0], x[1]], x[:2], where=[True, False], out=np.zeros_like(x[:2])),
    "traced array @ list": lambda x: x @ [x[1], x[0], 2.0, 1.0],
    "np.array with like=": lambda x: np.linalg.inv(np.array([[x[0], 1.0], [x[1], x[2]]], like=x)),
    "np.asarray with like=": lambda x: np.linalg.inv(np.asarray([x[:2], x[2:]], dtype=float, like=x)),
    "broadcast against a matrix": lambda x: A[:, :2] * np.array([x[0], x[1]]) * x[3],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives(name):
    f = FUNCTIONS[name]
    t = np.array([1.0, -0.5, 0.25, 2.0])
    plain = np.asarray(f(X), float)
    want = directional(lambda x: np.asarray(f(x), float), (X,), (t,), 4e-3)
    y, dy = dr.jvp(f, (X,), (t,))
    assert_close(y, plain, 1e-15, "value")
    assert_close(dy, want, 1e-9, "jvp")
    value, pullback = dr.vjp(f, X)
    assert_close(value, plain, 1e-15, "value")
    g = np.ones(np.shape(plain))[()]
    assert_close(pullback(g)[0] @ t, np.sum(want), 1e-9, "vjp")
    assert_close(dr.linearize(f, X)[1](t), want, 1e-9, "linearize")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_second_order(name):
    f = FUNCTIONS[name]
    check_second_order(lambda x: np.sum(f(x) * 1.0) * 1.0 + np.sum(x * 0), (X,), differences=False)


def test_scipys_rosenbrock_function_unmodified():
    x, v = np.array([-1.2, 1.0, 0.3, 0.7]), np.array([1.0, 0.5, -2.0, 1.5])
    np.testing.assert_allclose(dr.grad(rosen)(x), rosen_der(x), rtol=1e-12)
    np.testing.assert_allclose(dr.hessian(rosen)(x), rosen_hess(x), rtol=1e-12)
    np.testing.assert_allclose(dr.hvp(rosen)(x, v), rosen_hess_prod(x, v), rtol=1e-12)
    np.testing.assert_allclose(dr.jvp(rosen, (x,), (v,))[1], rosen_der(x) @ v, rtol=1e-12)
    np.testing.assert_allclose(dr.jacobian(rosen_der)(x), rosen_hess(x), rtol=1e-12)


def test_large_ones_warn_once_with_the_remedy():
    x = np.linspace(0, 1, 1001)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        g = dr.grad(lambda x: np.sum(np.asarray(x) * x))(x)
    np.testing.assert_allclose(g, 2 * x)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "1001" in message
    assert "np.stack" in message
    assert "test_objects.py" in message


def test_large_ones_warn_once_for_a_line_that_runs_often():
    x = np.linspace(0, 1, 1100)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            dr.grad(lambda x: np.sum(np.asarray(x) * x))(x)
    assert len(caught) == 1


def test_small_ones_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dr.grad(lambda x: np.sum(np.asarray(x) * x))(np.linspace(0, 1, 1000))


def test_object_arrays_as_arguments():
    """An object array of plain numbers, or of traced ones in a nested transform."""
    inner = lambda v: np.sum(v**2)
    got = dr.grad(lambda x: inner(x) + np.sum(dr.grad(inner)(np.array([x[0], x[1] * 2]))))(X)
    np.testing.assert_allclose(got, 2 * X + [2, 4, 0, 0])


def test_object_arrays_of_arrays_raise_with_the_remedy():
    def f(x):
        rows = np.empty(2, dtype=object)
        rows[0], rows[1] = x, x * 2
        return np.sum(x * rows[0]) + np.sum(np.add(x[0], rows))

    for call in (lambda: dr.grad(f)(X), lambda: dr.jvp(f, (X,), (X,))):
        with pytest.raises(TypeError, match=r"traced arrays.*test_objects\.py.*np\.stack"):
            call()


IN_LISTS = ["list beside a traced array", "lists in lists", "lists of traced arrays", "list on both sides of where", "list for a bound", "traced array @ list"]


@pytest.mark.parametrize("name", IN_LISTS)
def test_lists_in_programs_and_batches(name):
    f = FUNCTIONS[name]
    want = dr.jacobian(f)(X)
    np.testing.assert_allclose(dr.vmap(f)(np.stack([X, 2 * X]))[0], f(X), rtol=1e-14)
    np.testing.assert_allclose(dr.jacobian(dr.trace(f, X))(X), want, rtol=1e-14)
    np.testing.assert_allclose(dr.vmap(dr.jacobian(f))(np.stack([X, X]))[1], want, rtol=1e-14)
    np.testing.assert_allclose(dr.jacobian(f, sparse=True)(X).toarray(), want.reshape(-1, 4), rtol=1e-14)


def test_a_list_for_an_array_has_numpys_type_and_shape():
    x = np.array([1.5, 2.5], np.float32)
    for f in (lambda x: np.add([x[0], 1.0], x), lambda x: np.add([x[0], x[1]], x), lambda x: np.add([[x[0], 2], [1, x[1]]], x)):
        y, dy = dr.jvp(f, (x,), (x,))
        assert y.dtype == dy.dtype == f(x).dtype
        assert y.shape == f(x).shape
    with pytest.raises(ValueError, match="shape"):
        dr.grad(lambda x: np.sum(np.add([[x[0], x[1]], [x[0]]], x)))(x)


def test_a_list_of_batched_truth_values():
    f = lambda x: np.where([x[0] > 0, x[1] > 0], x[:2], [1.0, 2.0])
    np.testing.assert_array_equal(dr.vmap(f)(np.stack([X, -X])), np.stack([f(X), f(-X)]))


CANNOT_GO_ON = {
    "solve": lambda x: np.sum(np.linalg.solve(np.array([[x[0], 1.0], [0.5, x[1]]]), np.ones(2))),
    "linalg.det": lambda x: np.linalg.det([[x[0], 1.0], [0.5, x[1]]]),
    "mean": lambda x: np.mean([x[0], x[1]]),
    "median": lambda x: np.median([x[0], x[1]]),
    "cov": lambda x: np.sum(np.cov([x[0], x[1]], [x[2], x[3]])),
    "fft": lambda x: np.abs(np.fft.fft([x[0], x[1]]))[0],
    "sin": lambda x: np.sum(np.sin([x[0], 1.0])),
    "erf": lambda x: np.sum(sp.erf([x[0], x[1]])),
    "logaddexp": lambda x: np.sum(np.logaddexp([x[0], x[1]], 0.0)),
    "polyfit": lambda x: np.polynomial.polynomial.polyfit(X, x, 2)[0],
    "chebfit": lambda x: np.polynomial.chebyshev.chebfit(x, X, 2)[0],
    "Legendre.fit": lambda x: np.polynomial.Legendre.fit(X, x, 2).coef[0],
    "scipy.linalg.expm": lambda x: np.sum(scipy.linalg.expm(np.outer(x, x))),
    "scipy.fft.fft": lambda x: np.abs(scipy.fft.fft(x))[0],
    "scipy.sparse.diags": lambda x: np.sum(scipy.sparse.diags(x) @ np.ones(X.size)),
    "scipy.optimize.fsolve": lambda x: np.sum(fsolve(lambda s: s - x, X)),
    "scipy.optimize.minimize_scalar": lambda x: minimize_scalar(lambda s: (s - x[0]) ** 2).x,
    "MultiUFunc": lambda x: np.abs(sp.sph_harm_y(1, 1, x[0], x[1])),
    "a function": lambda x: sum(np.nditer(x)),
    "scipy.spatial.pdist": lambda x: np.sum(pdist(np.expand_dims(x, 1))),
}


@pytest.mark.parametrize(("name", "remedy"), [
    *((name, r"np\.stack") for name in list(CANNOT_GO_ON)[:9]),
    ("polyfit", r"np\.polyfit\(x, y, deg\)\[::-1\]"), ("chebfit", r"np\.linalg\.lstsq\(np\.polynomial\.chebyshev\.chebvander\(x, deg\), y\)"),
    ("Legendre.fit", r"np\.polynomial\.legendre\.legvander.*convert"), ("scipy.linalg.expm", r"dualrev\.scipy\.linalg"), ("scipy.fft.fft", r"dualrev\.scipy\.fft"),
    ("scipy.spatial.pdist", r"dualrev\.primitive"), ("scipy.sparse.diags", r"dualrev\.primitive"), ("scipy.optimize.fsolve", r"dualrev\.optimize"),
    ("scipy.optimize.minimize_scalar", r"dualrev\.optimize"), ("MultiUFunc", r"dualrev\.scipy\.special"), ("a function", "np.stack")])
def test_where_numpy_cannot_go_on_the_error_names_function_line_and_remedy(name, remedy):
    """NumPy gives us no say in a function of lists alone, and SciPy in most; their own errors are explained on the way out."""
    f = CANNOT_GO_ON[name]
    for call in (lambda: dr.grad(f)(X), lambda: dr.jvp(f, (X,), (X,)), lambda: dr.vjp(f, X), lambda: dr.vmap(f)(np.stack([X, X])), lambda: dr.trace(f, X),
                 lambda: dr.hessian(f)(X)):
        with pytest.raises((ObjectArrayError, LeavesTraceError), match=rf"{name} takes plain numbers only.*test_objects\.py.*{remedy}"):
            call()


def test_compiled_code_that_goes_on_after_an_error():
    with pytest.raises(LeavesTraceError, match=r"scipy\.optimize\.brentq takes plain numbers only.*dualrev\.optimize"):
        dr.grad(lambda x: brentq(lambda s: s - x[0], -9, 9))(X)


def test_fits_by_the_remedies_are_those_of_numpy():
    at, of, w = np.linspace(-1, 1, 7), np.cos(np.arange(7.0)), np.linspace(1, 2, 7)
    cheb = lambda x, y, w: np.linalg.lstsq(np.array(np.polynomial.chebyshev.chebvander(x, 2), like=x) * np.expand_dims(w, 1), y * w)[0]
    np.testing.assert_allclose(cheb(at, of, w), np.polynomial.chebyshev.chebfit(at, of, 2, w=w), rtol=1e-12)
    np.testing.assert_allclose(np.polyfit(at, of, 2)[::-1], np.polynomial.polynomial.polyfit(at, of, 2), rtol=1e-12)
    for f in (lambda x: cheb(x, of, w), lambda y: np.linalg.lstsq(np.polynomial.chebyshev.chebvander(at, 2), y)[0], lambda x: np.polyfit(x, of, 2)[::-1]):
        check_first_order(f, (at,))


@pytest.mark.parametrize("basis", [np.polynomial.Polynomial, np.polynomial.Chebyshev, np.polynomial.Legendre, np.polynomial.HermiteE, np.polynomial.Laguerre])
def test_polynomials_of_traced_coefficients_and_at_traced_points(basis):
    """NumPy's classes are made of operators, so that object arrays go through."""
    c = np.array([0.5, -1.0, 2.0])
    for f in (lambda c: basis(c)(X), lambda c: (basis(c) * basis([1.0, 2.0])).deriv()(0.3), lambda c: basis(c).integ()(X), lambda x: basis(c)(x)):
        check_first_order(f, (c,))


def test_errors_of_the_users_own_stay_their_own():
    def wrong(x):
        np.array([x[0], x[1]])
        raise TypeError("mine, ufunc 'sin'")

    for f in (wrong, lambda x: x.nothing_like_this, lambda x: np.sum(x) + {}["a"], lambda x: np.sum(x, axis="a")):
        for call in (lambda f=f: dr.grad(f)(X), lambda f=f: dr.jvp(f, (X,), (X,))):
            with pytest.raises((TypeError, AttributeError, KeyError)) as caught:
                call()
            assert not isinstance(caught.value, ObjectArrayError)


def test_first_order_of_the_stacked_remedy():
    check_first_order(lambda x: np.linalg.solve(np.stack([np.stack([x[0], 1.0]), np.stack([0.5, x[1]])]), np.ones(2)), (X,))
