"""Toeplitz, Hankel and related matrices, and square roots of stacks: as SciPy's in value, form and error, with exact transposes."""

import numpy as np
import pytest
import scipy.linalg as LA

import dualrev as dr
from dualrev.rules.antidiagonals import along_antidiagonals
from dualrev.scipy.linalg import equations

OURS = dr.scipy.linalg
RNG = np.random.default_rng(0)
C, R = RNG.normal(size=5), RNG.normal(size=3)
CALLS = {
    "toeplitz": (lambda m, c, r: m.toeplitz(c, r), (C, R)), "toeplitz of one": (lambda m, c: m.toeplitz(c), (C,)),
    "toeplitz of a stack": (lambda m, c: m.toeplitz(c), (RNG.normal(size=(2, 4)),)),
    "hankel": (lambda m, c, r: m.hankel(c, r), (C, R)), "hankel of one": (lambda m, c: m.hankel(c), (C,)), "circulant": (lambda m, c: m.circulant(c), (C,)),
    "circulant of a stack": (lambda m, c: m.circulant(c), (RNG.normal(size=(2, 4)),)), "companion": (lambda m, c: m.companion(c), (C,)),
    "companion of two": (lambda m, c: m.companion(c), (C[:2],)), "companion of a stack": (lambda m, c: m.companion(c), (RNG.normal(size=(2, 4)),)),
    **{f"convolution_matrix {mode} {n}": (lambda m, c, n=n, mode=mode: m.convolution_matrix(c, n, mode), (C,)) for mode in ("full", "same", "valid") for n in (1, 3, 5, 8)},
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_both_modes(name):
    call, args = CALLS[name]
    want = call(LA, *args)
    value, pullback = dr.vjp(lambda *xs: call(OURS, *xs), *args)
    np.testing.assert_allclose(value, want, rtol=1e-15)
    assert value.shape == want.shape
    assert value.dtype == want.dtype
    tangents = tuple(RNG.normal(size=a.shape) for a in args)
    g = RNG.normal(size=want.shape)
    _, moved = dr.jvp(lambda *xs: call(OURS, *xs), args, tangents)
    ahead, back = (call(LA, *(a + h * t for a, t in zip(args, tangents, strict=True))) for h in (1e-6, -1e-6))
    np.testing.assert_allclose(moved, (ahead - back) / 2e-6, rtol=1e-6, atol=1e-8)
    assert np.sum(g * moved) == pytest.approx(sum(np.sum(c * t) for c, t in zip(pullback(g), tangents, strict=True)))


def test_batches_and_programs():
    stack = RNG.normal(size=(3, 5))
    np.testing.assert_array_equal(dr.vmap(OURS.toeplitz)(stack), [LA.toeplitz(c) for c in stack])
    squares = lambda c: np.sum(OURS.toeplitz(c) ** 2 * np.arange(25.0).reshape(5, 5))
    program = dr.trace(dr.grad(squares), C)
    np.testing.assert_allclose(program(2 * C), 2 * dr.grad(squares)(C))
    np.testing.assert_allclose(dr.hessian(squares)(C), dr.jacobian(dr.grad(squares))(C))


@pytest.mark.parametrize("name", CALLS)
def test_exact_patterns(name):
    call, args = CALLS[name]
    f = lambda c: call(OURS, c, *args[1:])
    jacobian = np.reshape(dr.jacobian(f)(args[0]), (-1, args[0].size))
    assert dr.sparse.pattern(f, args[0]).matrix.nnz == np.count_nonzero(jacobian)
    _, pullback = dr.vjp(f, args[0])
    g = np.ones(f(args[0]).shape)
    if not name.startswith("companion"):
        assert dr.sparse.pattern(lambda g: pullback(g)[0], g).matrix.nnz == np.count_nonzero(jacobian)


def test_complex_columns_are_conjugated_in_the_first_row():
    z = C + 1j * RNG.normal(size=5)
    np.testing.assert_array_equal(dr.vjp(OURS.toeplitz, z)[0], LA.toeplitz(z))


@pytest.mark.parametrize("n", [3, 8])
def test_square_roots_of_stacks_as_one_by_one(n):
    a = 3 * np.eye(n) + RNG.normal(size=(4, n, n)) / (2 * n)
    t = RNG.normal(size=a.shape)
    each = [dr.jvp(OURS.sqrtm, (one,), (s,))[1] for one, s in zip(a, t, strict=True)]
    np.testing.assert_allclose(dr.jvp(OURS.sqrtm, (a,), (t,))[1], each, rtol=1e-11, atol=1e-13)
    y = LA.sqrtm(a[0])
    np.testing.assert_allclose(y @ each[0] + each[0] @ y, t[0], atol=1e-13)
    back = dr.vjp(OURS.sqrtm, a)[1](t)[0]
    assert np.sum(back * t) == pytest.approx(np.sum(t * np.array(each)))


def test_one_schur_form_and_none_for_small_matrices(monkeypatch):
    calls, schur = [], LA.schur
    monkeypatch.setattr(equations.LA, "schur", lambda *args, **kwargs: calls.append(1) or schur(*args, **kwargs))
    a = 3 * np.eye(9) + RNG.normal(size=(9, 9)) / 9
    dr.jvp(OURS.sqrtm, (a,), (a,))
    assert len(calls) == 1
    calls.clear()
    dr.jvp(OURS.sqrtm, (a[None, :3, :3],), (a[None, :3, :3],))
    assert calls == []


def test_kurtosis_and_normal_densities_read_their_data_once(monkeypatch):
    from scipy import stats

    x = RNG.normal(size=(40, 3))
    seen, plain = [], stats.multivariate_normal.logpdf
    monkeypatch.setattr(stats.multivariate_normal, "logpdf", lambda x, *args: seen.append(np.size(x)) or plain(x, *args))
    dr.grad(lambda m: np.sum(dr.scipy.stats.multivariate_normal.logpdf(x, m, np.eye(3))))(np.zeros(3))
    assert sorted(seen) == [3, 120]
    for axis in (0, 1, None):
        np.testing.assert_allclose(dr.vjp(lambda x, axis=axis: dr.scipy.stats.kurtosis(x, axis=axis), x)[0], stats.kurtosis(x, axis=axis), rtol=1e-12)


@pytest.mark.parametrize("shape", [(2, 1000), (1000, 2), (1, 3000), (40, 50), (50, 40)])
@pytest.mark.parametrize("back", [False, True])
def test_sums_along_diagonals(shape, back):
    """Each way of adding them up, against the traces of NumPy."""
    g = np.random.default_rng(0).normal(size=(2, *shape))
    n, m = shape
    want = [np.trace(g if back else g[..., ::-1], m - 1 - p, -2, -1) for p in range(n + m - 1)]
    np.testing.assert_allclose(along_antidiagonals(g, back), np.stack(want, axis=-1), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("make", [OURS.toeplitz, OURS.hankel])
def test_which_entries_are_placed_where(make):
    """The sparse pattern of the matrix and of its transpose."""
    c, r = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0])
    for f in (lambda c: make(c, r), lambda c: np.sum(make(c, r) * np.arange(1.0, 7.0).reshape(3, 2) * c[0], axis=0), dr.grad(lambda c: np.sum(make(c, r) ** 3))):
        np.testing.assert_allclose(dr.jacobian(f, sparse=True)(c).toarray(), np.reshape(dr.jacobian(f)(c), (-1, 3)), rtol=1e-14)
