"""SciPy's sparse matrices times traced arrays: every format, every spelling, in every way."""

import numpy as np
import pytest
import scipy.sparse as sp

import dualrev as dr
from dualrev.core.errors import DualrevError, NoRuleError
from dualrev.core.tracer import Tracer
from tests.rules.ways import check

FORMATS = ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")
KINDS = [getattr(sp, f"{name}_{kind}") for name in FORMATS for kind in ("array", "matrix")]
each_kind = pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
DENSE = np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, -1.0, 0.5, 4.0]])
rng = np.random.default_rng(5)
V, W, M, N = rng.normal(size=4), rng.normal(size=3), rng.normal(size=(4, 2)), rng.normal(size=(2, 3))


def spellings(A):
    """(function, operand) for each way to write a product."""
    found = [(lambda x: A @ x, V), (lambda x: A @ x, M), (lambda x: A.dot(x), V), (lambda x: A.dot(x), M), (lambda x: x @ A, W), (lambda x: x @ A, N),
             (lambda x: A.T @ x, W), (lambda x: A @ x[:, None], V)]
    return found + [(lambda x: A * x, V), (lambda x: A * x, M), (lambda x: x * A, W)] if sp.isspmatrix(A) else found


@each_kind
def test_every_spelling_in_every_way(make):
    for f, x in spellings(make(DENSE)):
        check(f, x)


@pytest.mark.parametrize("dtypes", [(float, complex), (complex, float), (complex, complex), (int, float), (np.float32, np.float32), (float, np.float32), (bool, float)])
def test_types_are_scipys(dtypes):
    A, x = sp.csr_array((DENSE * (1 - 1j if dtypes[0] is complex else 1)).astype(dtypes[0])), (V * (1 + 2j if dtypes[1] is complex else 1)).astype(dtypes[1])
    if np.float32 not in dtypes:
        check(lambda x: A @ x, x)
        return
    y, dy = dr.jvp(lambda x: A @ x, (x,), (x,))
    assert y.dtype == dy.dtype == (A @ x).dtype
    assert dr.vjp(lambda x: A @ x, x)[1](y)[0].dtype == np.float32


@each_kind
def test_one_row_and_one_column(make):
    """Where SciPy gives a scalar or an array of one entry, depending on the format."""
    for A, x in ((make(V[None]), V), (make(V[None]), M), (make(V[:, None]), V[:1]), (make(V[:, None]), N[:1]), (make(V[None]), N[0, :1, None])):
        if A.shape[1] == x.shape[0]:
            check(lambda x: A @ x, x)
        if A.shape[0] == x.shape[-1]:
            check(lambda x: x @ A, x)


def test_products_of_products():
    A, B = sp.csr_array(DENSE), sp.csc_array(DENSE.T)
    check(lambda x: np.sin(A @ np.exp(B @ x)) @ A, W, h=1e-3)
    np.testing.assert_allclose(dr.hessian(lambda x: np.sum((A @ x) ** 2))(V), 2 * DENSE.T @ DENSE)
    np.testing.assert_allclose(dr.jacobian(lambda x: A @ x)(V), DENSE)


@each_kind
def test_a_program_is_recorded(make):
    A = make(DENSE)
    program = dr.trace(dr.grad(lambda x: np.sum(np.sin(A @ x))), V)
    np.testing.assert_allclose(program(M[:, 0]), DENSE.T @ np.cos(DENSE @ M[:, 0]))
    assert "scipy.sparse A @ x" in str(program)


def holding(A, w):
    """A sparse matrix whose entries are those of A times traced ones."""
    found = A.copy()
    found.data = A.data * w[: A.nnz]
    return found


@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_array, sp.coo_array])
def test_entries_that_are_traced(make):
    A, w = make(DENSE), np.exp(rng.normal(size=12))
    check(lambda w, x: holding(A, w) @ x, w, V)
    check(lambda w, x: x @ holding(A, w), w, N)
    with pytest.raises(NoRuleError, match="format bsr whose entries are traced"):
        dr.grad(lambda x: np.sum(holding(sp.bsr_array(DENSE, blocksize=(1, 1)), x[:, None, None]) @ x[:4]))(w)


@pytest.mark.parametrize("x", [V, M])
def test_sparse_vectors(x):
    a = sp.coo_array(np.array([0.0, 2.0, 0.0, -1.0]))
    check(lambda x: a @ x, x)
    check(lambda x: (x.T if x.ndim == 2 else x) @ a, x)


def test_shapes_that_do_not_fit_get_scipys_error():
    A = sp.csr_array(DENSE)
    for f in (lambda x: A @ x, lambda x: A.T @ (x @ A), lambda x: A.dot(x)):
        with pytest.raises(ValueError, match="dimension mismatch"):
            dr.grad(lambda x: np.sum(f(x)))(W)


NO_PRODUCTS = {"A + x": lambda A, x: A + x, "x - A": lambda A, x: x - A, "A / x": lambda A, x: A / x, "A * s": lambda A, x: A * x[0, 0], "s * A": lambda A, x: x[0, 0] * A,
               "x < A": lambda A, x: x < A}


@pytest.mark.parametrize("name", NO_PRODUCTS)
@pytest.mark.parametrize("make", [sp.csr_array, sp.csr_matrix])
def test_operators_that_are_no_product_raise(name, make):
    remedy = "" if name == "A * s" else "sparse matrix and a traced value .*Use A @ x and x @ A for products"  # A * s is SciPy's to refuse in some of its releases
    with pytest.raises(DualrevError, match=remedy) as caught:
        dr.grad(lambda x: np.sum(NO_PRODUCTS[name](make(DENSE), x)))(np.exp(DENSE))
    assert "(at test_sparse_products.py" in str(caught.value)


def test_stacks_raise():
    with pytest.raises(NoRuleError, match="sparse array of 2 axes and a traced array of 3"):
        dr.grad(lambda x: np.sum(sp.csr_array(DENSE) @ x))(np.ones((2, 4, 1)))


def test_other_objects_keep_their_operators():
    class Left:
        def __matmul__(self, other):
            return "mine"

        __radd__ = __rmatmul__ = __matmul__

    seen = []
    dr.grad(lambda x: seen.extend([Left() @ x, x + Left(), x @ Left()]) or np.sum(x))(V)
    assert seen == ["mine"] * 3
    with pytest.raises(TypeError, match="unsupported operand"):
        dr.grad(lambda x: x @ object())(V)


def test_a_traced_array_is_a_sequence_to_all_others():
    def f(x):
        assert not hasattr(x, "__array__")
        assert np.asarray(x).shape == (4,)
        return np.sum(np.asarray(x) ** 2)

    np.testing.assert_array_equal(dr.grad(f)(V), 2 * V)


@pytest.mark.parametrize("n", [5, 20000])
def test_a_matrix_that_is_changed_after_its_use(n):
    """The product's derivative is that of the matrix it was made with, or it raises."""
    def spoiled(change):
        def f(x):
            y = A @ (x * x)
            change()
            return np.sum(y)

        A = sp.csr_array(sp.eye_array(n, k=1).tocsr() if hasattr(sp, "eye_array") else sp.eye(n, k=1, format="csr"))
        expected = 2 * (A.T @ np.ones(n))
        return A, f, expected

    def doubled(A):
        A.data *= 2

    def moved(A):
        A.indices[:] = 0

    def replaced(A):
        A.data, A.indices = A.data[::-1].copy() * 3, A.indices[::-1].copy()

    for change in (doubled, moved, replaced):
        A, f, expected = spoiled(lambda: change(A))
        try:
            found = dr.grad(f)(np.ones(n))
        except (DualrevError, ValueError):
            assert n > 1000
            continue
        np.testing.assert_array_equal(found, expected)


def test_values_without_a_trace_are_scipys_own():
    A = sp.csr_array(DENSE)
    np.testing.assert_array_equal(dr.vjp(lambda x: A @ x, V)[0], A @ V)
    assert not isinstance(A @ V, Tracer)
