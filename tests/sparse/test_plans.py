"""Plans: evaluated at other points, found again where they fail, in any form of argument and result."""

import threading

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import rosen, rosen_hess

import dualrev as dr

X = np.array([0.3, -0.7, 1.2, 0.4])


def test_a_hessian_at_several_points():
    hessian = dr.hessian(rosen, sparse=True)
    for k in range(3):
        x = np.random.default_rng(k).normal(size=30)
        found = hessian(x)
        assert type(found) is sp.csr_array and found.nnz == 88
        np.testing.assert_allclose(found.toarray(), rosen_hess(x), rtol=1e-12)


def test_the_plan_is_used_again():
    calls = []

    def f(x):
        calls.append(type(x).__name__)
        return x[1:] * x[:-1]

    jacobian = dr.jacobian(f, sparse=True)
    jacobian(X)
    first = len(calls)
    jacobian(X + 1)
    assert len(calls) == first + 1  # one recording, no search for the pattern
    jacobian(np.ones(6))
    assert len(calls) > first + 2


@pytest.mark.parametrize("local", [False, True])
def test_branches_that_change(local):
    f = lambda x: (x[0] * x[1:] if x[0] > 0 else x[1] * x[1:]) + np.maximum(x[1:], 0)
    plan = dr.sparse.plan(f, X, local=local)
    for x in (X, -X, X * [-1, 1, 1, 1], X):
        np.testing.assert_allclose(plan(x).toarray(), dr.jacobian(f)(x), rtol=1e-13)
    assert plan.renewals == 1 if not local else 1 <= plan.renewals <= 3
    kept = plan.renewals
    plan(-X)
    assert plan.renewals == kept  # the union is kept
    assert f"found again {kept} times" in repr(plan)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_what_is_not_an_argument_may_change(mode):
    """A matrix with other zeros at the next call: by argument, and behind the function's back."""
    first, second = np.diag([1.0, 2, 3, 4]), np.ones((4, 4))
    jacobian = dr.jacobian(lambda x, a: a @ np.sin(x), mode=mode, sparse=True)
    for a in (first, second, first):
        np.testing.assert_allclose(jacobian(X, a).toarray(), a * np.cos(X), rtol=1e-13)
    held = {"a": first}
    hidden = dr.jacobian(lambda x: held["a"] @ np.sin(x), mode=mode, sparse=True)
    hidden(X)
    held["a"] = second
    np.testing.assert_allclose(hidden(X).toarray(), second * np.cos(X), rtol=1e-13)


def test_a_result_of_another_length():
    f = lambda x: x[x > 0] * x[0]
    jacobian = dr.jacobian(f, sparse=True)
    for x in (X, -X, np.abs(X)):
        np.testing.assert_allclose(jacobian(x).toarray(), dr.jacobian(f)(x), rtol=1e-13)


def test_structural_zeros_stay_zero_beside_infinities():
    with np.errstate(all="ignore"):
        found = dr.jacobian(lambda x: np.sqrt(x), sparse=True)(np.array([0.0, 4.0]))
    np.testing.assert_array_equal(found.toarray(), np.diag([np.inf, 0.25]))


def test_nan_entries_are_no_reason_to_search_again():
    f, x = lambda x: x[1:] * x[:-1], np.array([1.0, np.nan, 2.0, 3.0])
    plan = dr.sparse.plan(f, X)
    with np.errstate(all="ignore"):
        found, dense = plan(x), dr.jacobian(f, mode="forward")(x)
    at = plan.pattern.matrix.nonzero()
    np.testing.assert_array_equal(found.toarray()[at], dense[at])
    assert plan.renewals == 0 and np.isnan(found.data).any() and np.isfinite(found.data).any()


def test_blocks_for_several_arguments_and_results():
    f = lambda p, s: {"a": s * p["x"][1:], "b": (np.sum(p["x"] ** 2), p["y"] * 2)}
    p = {"x": X, "y": np.array([[1.0, 2.0], [3.0, 4.0]])}
    found, dense = (dr.jacobian(f, (0, "s"), sparse=sparse)(p, s=2.0) for sparse in (True, False))
    shapes = {"x": 4, "y": 4}
    for rows, (path, count) in zip((found["a"], found["b"][0], found["b"][1]), ((("a",), 3), (("b", 0), 1), (("b", 1), 4)), strict=True):
        expected = dense[path[0]] if len(path) == 1 else dense[path[0]][path[1]]
        for name, size in shapes.items():
            assert type(rows[0][name]) is sp.csr_array
            np.testing.assert_allclose(rows[0][name].toarray(), np.reshape(expected[0][name], (count, size)), rtol=1e-13)
        np.testing.assert_allclose(rows[1].toarray(), np.reshape(expected[1], (count, 1)), rtol=1e-13)


def test_blocks_of_a_hessian():
    f = lambda a, b: np.sum(a**2 * b[0]) + np.sum(b**3)
    a, b = X, np.array([1.0, 2.0])
    found, dense = (dr.hessian(f, (0, 1), sparse=sparse)(a, b) for sparse in (True, False))
    for i in range(2):
        for j in range(2):
            np.testing.assert_allclose(found[i][j].toarray(), dense[i][j], rtol=1e-13)
    assert found[0][0].nnz == 4 and found[1][0].nnz == 4


def test_arrays_of_several_axes_are_raveled():
    u = np.arange(12.0).reshape(2, 2, 3)
    f = lambda u: np.stack([u[0] * u[1], u[0] ** 2])
    found = dr.jacobian(f, sparse=True)(u)
    assert found.shape == (12, 12)
    np.testing.assert_allclose(found.toarray(), dr.jacobian(f)(u).reshape(12, 12))


def test_numbers_empty_arrays_and_constant_results():
    assert dr.jacobian(lambda x: x**2, sparse=True)(3.0).toarray().tolist() == [[6.0]]
    assert dr.hessian(lambda x: x**3, sparse=True)(3).toarray().tolist() == [[18.0]]
    assert dr.jacobian(lambda x: np.sin(x), sparse=True)(np.zeros(0)).shape == (0, 0)
    assert dr.jacobian(lambda x: x[:0], sparse=True)(X).shape == (0, 4)
    constant = dr.jacobian(lambda x: np.arange(3), sparse=True)(X)
    assert constant.shape == (3, 4) and constant.nnz == 0 and constant.dtype == float
    assert dr.hessian(lambda x: np.sum(2 * x), sparse=True)(X).nnz == 0


def test_float32():
    x = X.astype(np.float32)
    found = dr.jacobian(lambda x: np.diff(x**2), sparse=True)(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.toarray(), dr.jacobian(lambda x: np.diff(x**2))(X), rtol=1e-6)
    assert dr.hessian(rosen, sparse=True)(x).dtype == np.float32


def test_the_result_is_the_callers_own():
    plan = dr.sparse.plan(lambda x: x * np.array([1.0, 0.0, 1.0, 0.0]), X)
    first = plan(X)
    first.eliminate_zeros()
    first.indices[:] = 0
    assert plan(X).nnz == 4 and plan.pattern.nnz == 4
    np.testing.assert_array_equal(plan(X).toarray(), np.diag([1.0, 0, 1, 0]))


def test_many_colours_in_few_batches():
    """More directions than one batch takes, and blocks of arrays of several axes."""
    a = np.random.default_rng(0).normal(size=(40, 40))
    f = lambda x: np.tanh(a @ x) * x
    x = np.random.default_rng(1).normal(size=40)
    for mode in ("forward", "reverse"):
        found = dr.sparse.plan(f, x, mode=mode)
        assert found.colouring.count == 40
        np.testing.assert_allclose(found(x).toarray(), dr.jacobian(f)(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [1, 200, 100_000])
def test_batches_do_not_change_a_result(size, monkeypatch):
    from dualrev.sparse import products

    monkeypatch.setattr(products, "CACHE", size)
    monkeypatch.setattr(products, "MEMORY", 40 * size)
    np.testing.assert_allclose(dr.hessian(rosen, sparse=True)(X).toarray(), rosen_hess(X), rtol=1e-13)
    np.testing.assert_allclose(dr.jacobian(lambda x: np.cumsum(x) * x, mode="reverse", sparse=True)(X).toarray(), dr.jacobian(lambda x: np.cumsum(x) * x)(X), rtol=1e-13)


def test_a_function_that_is_another_one_each_time_raises():
    calls = iter(range(100))

    def f(x):
        return x * x[next(calls) % 4]

    jacobian = dr.jacobian(f, sparse=True)
    with pytest.raises(dr.core.errors.DualrevError, match="does not reproduce its derivative along a random direction.*another result each time"):
        [jacobian(X) for _ in range(3)]


def test_cancellation_is_no_wrong_pattern():
    """Rows whose entries cancel up to rounding are neither wrong nor searched again for ever."""
    f = lambda x: (1e8 + x) ** 2 - 1e16 - 2e8 * x + x[::-1]
    plan = dr.sparse.plan(f, X)
    np.testing.assert_allclose(plan(X).toarray(), dr.jacobian(f)(X), rtol=1e-12, atol=1e-6)


@pytest.mark.parametrize("chunk_size", [1, 2, 100])
def test_chunks_are_the_callers_to_choose(chunk_size):
    np.testing.assert_allclose(dr.hessian(rosen, chunk_size=chunk_size, sparse=True)(X).toarray(), rosen_hess(X), rtol=1e-13)
    for mode in ("forward", "reverse"):
        found = dr.jacobian(np.cumsum, mode=mode, chunk_size=chunk_size, sparse=True)(X)
        np.testing.assert_allclose(found.toarray(), np.tri(4), rtol=1e-13)


def test_rows_or_columns_whichever_is_fewer():
    f = lambda x: np.array([np.sum(x), x[0] * x[1]])
    plan = dr.sparse.plan(f, X)
    assert (plan.colouring.kind, plan.colouring.count) == ("row", 2)
    np.testing.assert_allclose(plan(X).toarray(), dr.jacobian(f)(X))
    assert dr.sparse.plan(f, X, mode="forward").colouring.kind == "column"


def test_threads_share_a_plan():
    hessian = dr.hessian(rosen, sparse=True)
    points = [np.random.default_rng(k).normal(size=20 + k % 2) for k in range(8)]
    found = [None] * 8

    def work(k):
        found[k] = hessian(points[k])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for x, h in zip(points, found, strict=True):
        np.testing.assert_allclose(h.toarray(), rosen_hess(x), rtol=1e-12)


def test_a_picture(tmp_path):
    pytest.importorskip("matplotlib")
    plan = dr.sparse.plan(rosen, X, of="hessian")
    plan.draw(tmp_path / "plan.png")
    plan.pattern.draw(tmp_path / "pattern.png")
    assert (tmp_path / "plan.png").stat().st_size > 1000 and (tmp_path / "pattern.png").stat().st_size > 1000


def test_shows_what_it_is():
    plan = dr.sparse.plan(rosen, X, of="hessian")
    assert repr(plan) == ("<plan for the hessian of rosen: <hessian pattern 4 x 4, 10 entries, at most 3 a row>, "
                          "<star colouring of 4 with 3 colours (at least 3), in turn>>")
    assert "local jacobian pattern" in repr(dr.sparse.pattern(np.abs, X, local=True))


def test_bad_calls():
    with pytest.raises(TypeError, match=r"jacobian: sparse=True takes real functions of real arguments; <lambda> has a complex argument"):
        dr.jacobian(lambda z: z**2, sparse=True)(np.array([1j]))
    with pytest.raises(TypeError, match=r"has a complex result.*real and imaginary parts"):
        dr.jacobian(lambda x: x * 1j, sparse=True)(X)
    with pytest.raises(ValueError, match="hessian: .*scalar"):
        dr.hessian(lambda x: x**2, sparse=True)(X)
    with pytest.raises(ValueError, match="mode must be one of"):
        dr.sparse.plan(np.sin, X, mode="both")
    with pytest.raises(ValueError, match="of must be one of"):
        dr.sparse.plan(np.sin, X, of="gradient")
    with pytest.raises(TypeError, match="inside another transform"):
        dr.grad(lambda x: dr.jacobian(np.sin, sparse=True)(x)[0, 0])(X)
    plan = dr.sparse.plan(np.sin, X)
    with pytest.raises(TypeError, match="inside another transform"):
        dr.grad(lambda x: plan(x)[0, 0])(X)
    with pytest.raises(TypeError, match="first argument must be a function"):
        dr.hessian(3, sparse=True)
