"""Patterns as tight as they should be, and wide enough where a mask or an index comes from the inputs."""

import numpy as np
import pytest
import scipy.sparse as sp

import dualrev as dr


def shown(f, x, **options):
    return dr.sparse.pattern(f, x, **options).matrix.toarray().astype(int)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


BAND = np.array([[0.0, 1, 0, 0], [2, 0, 3, 0], [0, 0, 0, 4]])
TIGHT = {
    "elementwise": (lambda x: np.sin(x) * x, np.eye(4)),
    "differences": (lambda x: np.diff(x), np.eye(4)[:3] + np.eye(4)[1:]),
    "second differences": (lambda x: np.diff(x, 2), np.tri(2, 4, 2) - np.tri(2, 4, -1)),
    "a plain matrix": (lambda x: BAND @ x, BAND != 0),
    "a plain matrix on the right": (lambda x: x @ BAND.T, BAND != 0),
    "a sparse matrix": (lambda x: sp.csr_array(BAND) @ x, BAND != 0),
    "a sparse matrix on the right": (lambda x: x @ sp.csc_array(BAND.T), BAND != 0),
    "a sparse matrix of diagonals": (lambda x: sp.dia_array(BAND) @ x, BAND != 0),
    "a sparse matrix and two columns": (lambda x: (sp.coo_array(BAND) @ np.stack([x, x[::-1]], axis=1))[:, 0], BAND != 0),
    "a batch": (lambda x: dr.vmap(lambda r: r[0] * r)(x.reshape(2, 2)), np.kron(np.eye(2), [[1, 0], [1, 1]])),
    "rows of a matrix": (lambda x: np.sum(x.reshape(2, 2), axis=1), np.kron(np.eye(2), np.ones((1, 2)))),
    "norms of rows": (lambda x: np.linalg.norm(x.reshape(2, 2), axis=1), np.kron(np.eye(2), np.ones((1, 2)))),
    "products of columns": (lambda x: np.prod(x.reshape(2, 2), axis=0), np.kron(np.ones((1, 2)), np.eye(2))),
    "running sums": (lambda x: np.cumsum(x), np.tri(4)),
    "running products": (lambda x: np.cumprod(x), np.tri(4)),
    "stacks of matrices": (lambda x: np.linalg.inv(2 + np.exp(x.reshape(2, 2)))[0], np.ones((2, 4))),
    "convolution": (lambda x: np.convolve(x, [1.0, 0.0, 2.0], "same"), np.eye(4) * 0 + np.eye(4, k=1) + np.eye(4, k=-1)),
    "einsum": (lambda x: np.einsum("ij,ij->i", x.reshape(2, 2), x.reshape(2, 2)), np.kron(np.eye(2), np.ones((1, 2)))),
    "a write": (lambda x: written(x), np.array([[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0]])),
    "a plain mask": (lambda x: np.where([True, False, True, False], x, x[::-1]), np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [1, 0, 0, 0]])),
    "rolled and padded": (lambda x: np.pad(np.roll(x, 1), 1)[:4], np.array([[0, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]])),
    "segments": (lambda x: np.add.reduceat(x, [0, 3]), np.array([[1, 1, 1, 0], [0, 0, 0, 1]])),
    "stop_gradient": (lambda x: x * dr.stop_gradient(x[::-1]), np.eye(4)),
    "rounding": (lambda x: np.floor(x) + x[0], np.eye(4)[[0, 0, 0, 0]]),
    "independent": (lambda x: np.ones(2), np.zeros((2, 4))),
}


def written(x):
    y = np.zeros_like(x)
    y[1] = x[0] * x[1]
    y[2:] += x[2]
    y[3] = x[1]
    return y


@pytest.mark.parametrize("name", TIGHT)
def test_tight(name):
    f, expected = TIGHT[name]
    x = np.array([0.3, -0.7, 1.2, 0.4])
    for local in (False, True):
        np.testing.assert_array_equal(shown(f, x, local=local), np.asarray(expected) != 0)


POINT = np.array([0.3, -0.7, 1.2, 0.4])
CHOSEN = {
    "where": (lambda x: np.where(x > 0, x, x[::-1]), np.eye(4) + np.eye(4)[::-1]),
    "maximum": (lambda x: np.maximum(x[:2], x[2:]), np.eye(4)[:2] + np.eye(4)[2:]),
    "clip": (lambda x: np.clip(x, 0, 1), np.eye(4)),
    "max": (lambda x: np.max(x), np.ones((1, 4))),
    "sort by rows": (lambda x: np.sort(x.reshape(2, 2), axis=1), np.kron(np.eye(2), np.ones((2, 2)))),
    "sort": (lambda x: np.sort(x), np.ones((4, 4))),
    "an index": (lambda x: x[np.argmax(x)], np.ones((1, 4))),
    "a written mask": (lambda x: masked(x), np.eye(4) + np.eye(4)[[1, 1, 1, 1]]),
    "select": (lambda x: np.select([x > 1, x > 0], [x, x[::-1]], x[0]), np.eye(4) + np.eye(4)[::-1] + np.eye(4)[[0, 0, 0, 0]]),
    "interpolation": (lambda x: np.interp(x[:2], [-1.0, 0, 2], [0.0, 1, 5]), np.eye(4)[:2]),
}


def masked(x):
    y = x.copy()
    y[y > 1] = x[1]
    return y


@pytest.mark.parametrize("name", CHOSEN)
def test_choices_count_both_ways_globally_and_one_way_locally(name):
    f, expected = CHOSEN[name]
    wide, narrow = shown(f, POINT), shown(f, POINT, local=True)
    np.testing.assert_array_equal(wide, np.asarray(expected) != 0)
    dense = dr.jacobian(f)(POINT)
    np.testing.assert_array_equal(narrow != 0, np.reshape(dense, narrow.shape) != 0)


@dr.custom_jvp
def doubled(p):
    return {"a": 2 * p["a"], "b": p["a"] * p["b"]}


@doubled.defjvp
def doubled_rule(primals, tangents):
    (p,), (t,) = primals, tangents
    return doubled(p), {"a": 2 * t["a"], "b": t["a"] * p["b"] + p["a"] * t["b"]}


@dr.custom_vjp
def clipped(x):
    return x * 1.0


clipped.defvjp(lambda x: (x, None), lambda saved, g: (np.clip(g, -1.0, 1.0),))
cube = dr.primitive(lambda x: np.asarray(x) ** 3, jvp=lambda t, y, x: 3 * x**2 * t)
mean = dr.primitive(lambda x: np.mean(np.asarray(x), axis=0), linear=lambda g, x: np.broadcast_to(g / x.shape[0], x.shape))
opaque = dr.primitive(lambda x: np.asarray(x) ** 2, jvp=lambda t, y, x: np.array([2 * float(a) * float(b) for a, b in zip(x, t, strict=True)]))
OWN = {
    "custom_jvp of a container": (lambda x: doubled({"a": x[:2], "b": x[2:]})["b"], np.eye(4)[:2] + np.eye(4)[2:]),
    "custom_vjp": (lambda x: clipped(x), np.eye(4)),
    "primitive with a JVP": (lambda x: cube(x), np.eye(4)),
    "linear primitive, of which nothing is known": (lambda x: mean(x.reshape(2, 2)), np.ones((2, 4))),
    "a JVP that needs numbers": (lambda x: opaque(x), np.ones((4, 4))),
}


@pytest.mark.parametrize("name", OWN)
def test_rules_of_a_user(name):
    f, expected = OWN[name]
    for local in (False, True):
        np.testing.assert_array_equal(shown(f, POINT, local=local), np.asarray(expected) != 0)


def test_a_python_branch_is_taken_and_listed():
    found = dr.sparse.pattern(lambda x: x[:2] if x[0] > 0 else x[2:], POINT)
    np.testing.assert_array_equal(found.matrix.toarray(), np.eye(4)[:2] != 0)
    assert len(found.decisions) == 1 and "test_sparse_structure" in found.decisions[0]
    assert dr.sparse.pattern(lambda x: x**2, POINT).decisions == []


def test_zeros_and_nans_do_not_remove_entries():
    x = np.array([0.0, np.nan, np.inf])
    for local in (False, True):
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(shown(lambda x: x * x[::-1], x, local=local), np.eye(3) + np.eye(3)[::-1] != 0)


HESSIANS = {
    "squares": (lambda x: np.sum(x**2), np.eye(4)),
    "rosenbrock": (rosenbrock, np.eye(4) + np.eye(4, k=1) + np.eye(4, k=-1)),
    "linear": (lambda x: np.sum(np.arange(4) * x) + np.sum(np.cumsum(x)), np.zeros((4, 4))),
    "one product": (lambda x: x[0] * x[2], np.array([[0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])),
    "arrow": (lambda x: np.sum(x**2 * x[0]), np.eye(4) + np.eye(4)[:, :1] + np.eye(4)[:1]),
    "square of a sum": (lambda x: np.sum(x) ** 2, np.ones((4, 4))),
    "two blocks": (lambda x: np.linalg.norm(x[:2]) + np.linalg.norm(x[2:]), np.kron(np.eye(2), np.ones((2, 2)))),
    "a quadratic form": (lambda x: x[:3] @ (np.diag([1.0, 2, 3]) @ x[:3]), np.diag([1, 1, 1, 0])),
    "chained": (lambda x: np.sum(np.exp(x[:-1] * x[1:])), np.eye(4) + np.eye(4, k=1) + np.eye(4, k=-1)),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians(name):
    f, expected = HESSIANS[name]
    np.testing.assert_array_equal(shown(f, POINT, of="hessian"), np.asarray(expected) != 0)


def test_a_hessian_at_the_branches_of_a_point():
    f = lambda x: np.sum(np.maximum(x, 0) ** 2)
    np.testing.assert_array_equal(shown(f, POINT, of="hessian"), np.eye(4))
    np.testing.assert_array_equal(shown(f, POINT, of="hessian", local=True), np.diag(POINT > 0))


def test_large_patterns_stay_small():
    """A million inputs: the pattern has three entries a row, and nothing of a million squared is ever made."""
    found = dr.sparse.pattern(lambda x: x[2:] - 2 * x[1:-1] + x[:-2] * x[1:-1], np.ones(10**6))
    assert found.nnz == 3 * (10**6 - 2)


def test_what_is_dense_in_between_may_be_sparse_in_the_end():
    """The deviations from a mean depend on all inputs each; their sum of squares is one row."""
    x = np.linspace(0, 1, 100_000)
    assert dr.sparse.pattern(lambda x: np.sum((x - np.mean(x)) ** 2), x).nnz == x.size
    with pytest.raises(MemoryError, match=r"so it is dense.*sparse=False"):
        dr.sparse.pattern(lambda x: x - np.mean(x), x)


def test_bad_calls():
    with pytest.raises(ValueError, match="of must be one of jacobian, hessian"):
        dr.sparse.pattern(np.sin, POINT, of="gradient")
    with pytest.raises(TypeError, match="first argument must be a function"):
        dr.sparse.pattern(POINT, POINT)
    with pytest.raises(np.exceptions.AxisError):
        dr.sparse.pattern(lambda x: np.sum(x, axis=3), POINT)
