"""Decompositions at the points where the usual formulas divide by zero, and what they say of what they cannot do."""

import warnings

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import NoRuleError

LA = np.linalg
OFF = ~np.eye(3, dtype=bool)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def matrix(rng, s, m=3, n=3, kind=float):
    """A matrix with given singular values."""
    draw = lambda k: LA.qr(rng.normal(size=(k, k)) + (1j * rng.normal(size=(k, k)) if kind is complex else 0))[0]
    return draw(m)[:, :len(s)] * np.array(s) @ draw(n)[:len(s)]


def rebuilt(f=lambda s: s, full=False):
    def function(a):
        u, s, vh = LA.svd(a, full_matrices=full)
        k = s.shape[-1]
        return (u[..., :k] * f(s)[..., None, :]) @ vh[..., :k, :]

    return function


def slope(function, a, t, h=1e-4):
    return (8 * (function(a + h * t) - function(a - h * t)) - (function(a + 2 * h * t) - function(a - 2 * h * t))) / (12 * h)


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("s", "m", "n"), [([2.0, 2.0, 2.0], 3, 3), ([3.0, 2.0, 2.0], 3, 3), ([2.0, 2.0], 4, 2), ([2.0, 2.0], 2, 4), ([3.0, 3.0, 1.0], 3, 5)])
def test_putting_a_matrix_together_again_is_the_identity(s, m, n, kind, full, rng):
    a = matrix(rng, s, m, n, kind)
    g = rng.normal(size=(m, n)) + (1j * rng.normal(size=(m, n)) if kind is complex else 0)
    np.testing.assert_allclose(dr.vjp(rebuilt(full=full), a)[1](g)[0], g, atol=1e-10)


def test_the_identity_matrix(rng):
    for g in (rng.normal(size=(3, 3)), np.ones((3, 3))):
        np.testing.assert_allclose(dr.grad(lambda a, g=g: np.sum(g * rebuilt()(a)))(np.eye(3)), g, atol=1e-12)


@pytest.mark.parametrize("f", [np.sinh, lambda s: s ** 3, lambda s: 1 / s, np.ones_like])
def test_functions_of_repeated_singular_values(f, rng):
    a, t, g = matrix(rng, [2.0, 1.0, 1.0]), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    expected = np.sum(g * slope(rebuilt(f), a, t))
    assert np.sum(dr.grad(lambda a: np.sum(g * rebuilt(f)(a)))(a) * t) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize(("s", "m", "n"), [([2.0, 2.0, 2.0], 3, 3), ([3.0, 2.0, 2.0], 3, 3), ([2.0, 2.0], 4, 2), ([3.0, 3.0, 1.0], 3, 5), ([2.0, 0.0, 0.0], 3, 3),
                                           ([0.0, 0.0], 2, 3), ([2.0, 0.0], 4, 2)])
def test_forward_mode_at_repeated_and_zero_singular_values(s, m, n, kind, rng):
    """The singular vectors that the direction leaves alone: U S V^H has the identity as its derivative, U S^3 V^H that of A A^H A."""
    a = matrix(rng, s, m, n, kind)
    t = rng.normal(size=(m, n)) + (1j * rng.normal(size=(m, n)) if kind is complex else 0)
    for full in (False, True):
        y, dy = dr.jvp(rebuilt(full=full), (a,), (t,))
        np.testing.assert_array_equal(y, rebuilt(full=full)(a))
        np.testing.assert_allclose(dy, t, atol=1e-10)
    mH = lambda x: np.conj(x.T)
    np.testing.assert_allclose(dr.jvp(rebuilt(lambda s: s ** 3, full=True), (a,), (t,))[1], t @ mH(a) @ a + a @ mH(t) @ a + a @ mH(a) @ t, atol=1e-8)


def test_what_cannot_be_told_is_nan(rng):
    """Where the function cannot run again, reverse mode is left with the cotangents of one choice of singular vectors."""
    a, g = matrix(rng, [2.0, 2.0, 1.0]), rng.normal(size=(3, 3))
    two = lambda a: (lambda u, s, vh: np.sum(g * ((u * np.exp(s)) @ vh)) + np.sum(g[::-1] * ((u * s ** 3) @ vh)))(*LA.svd(a))
    t = rng.normal(size=(3, 3))
    assert np.sum(dr.grad(two)(a) * t) == pytest.approx(slope(two, a, t), rel=1e-8)
    assert np.any(np.isnan(dr.grad(dr.checkpoint(two))(a)))
    assert np.any(np.isnan(dr.grad(lambda a: LA.svd(a)[0][0, 0])(a)))
    assert np.isnan(dr.jvp(lambda a: LA.svd(a)[0][0, 0], (a,), (g,))[1])
    for low, h in ((matrix(rng, [2.0, 0.0, 0.0]), g), (matrix(rng, [2.0, 0.0], 2, 3), g[:2])):
        scalar = lambda a, h=h: np.sum(h * rebuilt()(a))
        np.testing.assert_allclose(dr.grad(scalar)(low), h, atol=1e-13)
        assert np.any(np.isnan(dr.grad(dr.checkpoint(scalar))(low)))


def test_leading_vectors_of_a_matrix_of_low_rank(rng):
    """What does not use the vectors of zero singular values does not suffer from them."""
    leading = lambda a: (lambda u, s, vh: (u[:, :1] * s[:1]) @ vh[:1])(*LA.svd(a, full_matrices=False))
    for m, n in ((3, 3), (4, 3), (3, 4)):
        a, t, g = matrix(rng, [2.0, 0.0, 0.0], m, n), rng.normal(size=(m, n)), rng.normal(size=(m, n))
        assert np.sum(dr.grad(lambda a, g=g: np.sum(g * leading(a)))(a) * t) == pytest.approx(np.sum(g * slope(leading, a, t)), rel=1e-6)


def test_the_nuclear_norm_at_zero_has_a_subgradient():
    for function in (lambda a: np.sum(LA.svd(a)[1]), lambda a: np.sum(LA.svd(a, full_matrices=False)[1]), lambda a: np.sum(LA.svd(a, compute_uv=False)),
                     lambda a: LA.norm(a, "nuc")):
        for shape in ((2, 2), (3, 2), (2, 3)):
            g = dr.grad(function)(np.zeros(shape))
            assert LA.norm(g, 2) <= 1 + 1e-12
            np.testing.assert_allclose(dr.jvp(function, (np.zeros(shape),), (np.ones(shape),))[1], np.sum(g), atol=1e-12)


@pytest.mark.parametrize("single", [lambda a: LA.svd(a)[1][0], lambda a: LA.svdvals(a)[0], lambda a: LA.svd(a, compute_uv=False)[0]])
def test_a_single_repeated_singular_value_warns(single):
    with pytest.warns(RuntimeWarning, match="repeated singular values"):
        g = dr.grad(single)(np.eye(2))
    assert LA.norm(g, "nuc") == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [float, complex])
def test_equal_singular_values_move_apart_in_their_order(kind):
    rng = np.random.default_rng(5)
    draw = lambda *shape: rng.normal(size=shape) + (1j * rng.normal(size=shape) if kind is complex else 0)
    u, v = (LA.qr(draw(n, n))[0] for n in (5, 4))
    a = np.stack([u[:, :4] * s @ v for s in ([3.0, 3.0, 3.0, 1.0], [4.0, 2.0, 2.0, 0.0], [4.0, 3.0, 2.0, 1.0])])
    t = draw(*a.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = dr.jvp(LA.svdvals, (a,), (t,))[1]
        cubes = dr.grad(lambda a: np.sum(LA.svdvals(a) ** 3))(a[0])
    np.testing.assert_allclose(cubes, dr.grad(lambda a: np.sum(LA.eigvalsh(np.conj(a.T) @ a) ** 1.5))(a[0]), rtol=1e-12, atol=1e-12)
    h = 1e-6
    slope = (LA.svdvals(a + h * t) - LA.svdvals(a)) / h
    slope[1, 3] = 0.0  # at a kink
    np.testing.assert_allclose(found, slope, atol=1e-4)


def test_a_stack_in_which_some_matrices_have_equal_singular_values(rng):
    a = np.stack([matrix(rng, [3.0, 2.0, 1.0]), np.eye(3), matrix(rng, [2.0, 2.0, 1.0]), matrix(rng, [4.0, 2.0, 1.0])])
    g = rng.normal(size=a.shape)
    np.testing.assert_allclose(dr.grad(lambda a: np.sum(g * rebuilt()(a)))(a), g, atol=1e-10)
    for plain, traced in zip(LA.svd(a), dr.vjp(lambda a: tuple(LA.svd(a)), a)[0], strict=True):
        np.testing.assert_array_equal(plain, traced)


def test_hermitian_singular_values(rng):
    a = rng.normal(size=(2, 3, 3))
    a = a + np.swapaxes(a, -1, -2)
    function = lambda a: (lambda u, s, vh: (u * np.exp(s)[..., None, :]) @ vh)(*LA.svd(a, hermitian=True))
    t = rng.normal(size=a.shape)
    t = t + np.swapaxes(t, -1, -2)
    np.testing.assert_allclose(dr.jvp(function, (a,), (t,))[1], slope(function, a, t), rtol=1e-6, atol=1e-7)
    for plain, traced in zip(LA.svd(a, hermitian=True), dr.vjp(lambda a: tuple(LA.svd(a, hermitian=True)), a)[0], strict=True):
        np.testing.assert_array_equal(plain, traced)
    np.testing.assert_allclose(dr.vjp(lambda a: LA.svd(a, compute_uv=False, hermitian=True), a)[0], LA.svdvals(a), rtol=1e-12)


def test_second_derivatives_at_equal_singular_values_are_never_wrong(rng):
    a, t, g = matrix(rng, [2.0, 2.0, 1.0]), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    cube = lambda a: np.sum(g * rebuilt(lambda s: s ** 3)(a))
    exact = lambda a: np.sum(g * (a @ a.T @ a))
    expected = dr.hvp(exact)(a, t)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ways = (dr.jvp(dr.grad(cube), (a,), (t,))[1], dr.grad(lambda a: dr.jvp(cube, (a,), (t,))[1])(a), dr.vjp(dr.grad(cube), a)[1](t)[0])
    for found in ways:
        assert np.all(np.isnan(found) | np.isclose(found, expected, rtol=1e-6))


def test_modes_of_qr_without_a_derivative(rng):
    for mode, shape in (("raw", (3, 3)), ("complete", (4, 2))):
        with pytest.raises(NoRuleError, match=f"np.linalg.qr .*{mode}.*test_decompositions.py.*Use mode"):
            dr.grad(lambda a, mode=mode: np.sum(LA.qr(a, mode)[0]))(rng.normal(size=shape))


def test_qr_of_dependent_columns_is_nan():
    with np.errstate(all="ignore"):
        assert np.all(np.isnan(dr.grad(lambda a: LA.qr(a)[1][0, 1])(np.array([[1.0, 2.0], [2.0, 4.0]]))))


def test_eigenvalues_of_a_matrix_without_a_basis_of_eigenvectors_are_nan():
    with np.errstate(all="ignore"):
        for function in (lambda a: np.real(LA.eig(a)[0][0]), lambda a: np.real(LA.eigvals(a)[0])):
            jordan = np.array([[1.0, 1.0], [0.0, 1.0]])
            assert np.any(np.isnan(dr.grad(function)(jordan)))
            assert np.isnan(dr.jvp(function, (jordan,), (np.array([[0.0, 0.0], [1.0, 0.0]]),))[1])


def test_repeated_eigenvalues_of_a_general_matrix():
    """Their sum is the trace; a vector of one of them is not determined."""
    np.testing.assert_allclose(dr.grad(lambda a: np.real(np.sum(LA.eig(a)[0])))(np.eye(3)), np.eye(3), atol=1e-14)
    with np.errstate(all="ignore"):
        assert np.any(np.isnan(dr.grad(lambda a: np.real(LA.eig(a)[1][0, 0]))(np.eye(3))))


def test_real_matrices_with_complex_eigenvalues():
    """The eigenvalues of [[a, -b], [b, a]] are a +- ib."""
    a = np.array([[1.0, -2.0], [2.0, 1.0]])
    for function in (LA.eigvals, lambda a: LA.eig(a)[0]):
        np.testing.assert_allclose(dr.grad(lambda a, f=function: np.sum(np.abs(f(a)) ** 2))(a), [[2, -4], [4, 2]], atol=1e-12)
        np.testing.assert_allclose(dr.jvp(function, (a,), (np.eye(2),))[1], [1, 1], atol=1e-14)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
def test_least_squares_at_constant_rank(shape, rng):
    """A movement that keeps the rank at 2, against differences."""
    left, right = rng.normal(size=(shape[0], 2)), rng.normal(size=(2, shape[1]))
    b, c = rng.normal(size=shape[0]), rng.normal(size=(shape[0], 2))
    solution = lambda e: LA.lstsq((left + e * c) @ right, b * (1 + e), rcond=1e-10)[0]
    np.testing.assert_allclose(dr.derivative(solution)(0.0), slope(solution, 0.0, 1.0), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(dr.grad(lambda b: solution_of(left @ right, b))(b), dr.jacobian(lambda b: solution_of(left @ right, b), mode="forward")(b), rtol=1e-9, atol=1e-10)


def solution_of(a, b):
    return np.sum(LA.lstsq(a, b, rcond=1e-10)[0] ** 2)


def test_lstsq_gives_what_numpy_gives(rng):
    for a, b, rcond in ((rng.normal(size=(4, 2)), rng.normal(size=4), None), (rng.normal(size=(2, 4)), rng.normal(size=(2, 3)), -1), (np.ones((3, 2)), np.ones(3), 0.1)):
        plain, seen = LA.lstsq(a, b, rcond), []
        dr.vjp(lambda a, b=b, rcond=rcond, seen=seen: seen.append(LA.lstsq(a, b, rcond)) or np.sum(a), a)
        assert type(seen[0][2]) is type(plain[2])
        for ours, theirs in zip(seen[0], plain, strict=True):
            np.testing.assert_array_equal(dr.core.tracer.peek(ours), theirs)


@pytest.mark.parametrize("p", [None, 1, -1, 2, -2, np.inf, "fro"])
def test_condition_numbers_of_singular_matrices(p):
    a = np.stack([np.diag([1.0, 0.0]), np.array([[2.0, 1.0], [0.0, 1.0]])])
    with np.errstate(all="ignore"):
        value, pullback = dr.vjp(lambda a: LA.cond(a, p), a)
        np.testing.assert_allclose(value, LA.cond(a, p), rtol=1e-10)
        g = pullback(np.ones(2))[0]
        t = np.zeros((2, 2, 2))
        t[1, 0, 1] = 1.0
        assert dr.jvp(lambda a: LA.cond(a, p), (a,), (t,))[1][1] == pytest.approx(g[1, 0, 1])
    assert np.all(np.isfinite(g[1]))
    if p != -2:
        assert not np.any(np.isfinite(g[0]))


CUT = {
    "np.linalg.pinv": lambda a: LA.pinv(a, rcond=0.25),
    "np.linalg.pinv, rtol": lambda a: LA.pinv(a, rtol=0.25),
    "np.linalg.pinv, Hermitian": lambda a: LA.pinv(a @ np.conj(a.T), rcond=0.1, hermitian=True),
    "np.linalg.lstsq": lambda a: LA.lstsq(a, np.arange(1.0, 1 + a.shape[0]), rcond=0.25)[0],
    "several sides": lambda a: LA.lstsq(a, np.cos(np.arange(2.0 * a.shape[0])).reshape(-1, 2), rcond=0.25)[0],
    "scipy.linalg.pinv": lambda a: dr.scipy.linalg.pinv(a, rtol=0.1, atol=0.25),
    "scipy.linalg.pinvh": lambda a: dr.scipy.linalg.pinvh(a @ np.conj(a.T), rtol=0.1),
    "scipy.linalg.lstsq": lambda a: dr.scipy.linalg.lstsq(a, np.arange(1.0, 1 + a.shape[0]), cond=0.25)[0],
}


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize(("s", "m", "n"), [([2.0, 1.0, 0.3], 4, 3), ([2.0, 1.0, 0.3], 3, 4), ([2.0, 0.3], 2, 2), ([2.0, 1.0, 0.3, 0.2], 5, 6), ([2.0, 0.3], 3, 4)])
@pytest.mark.parametrize("name", CUT)
def test_singular_values_beyond_the_cut_that_are_not_zero(name, s, m, n, kind, rng):
    f, a = CUT[name], matrix(rng, s, m, n, kind)
    t = rng.normal(size=(m, n)) + (1j * rng.normal(size=(m, n)) if kind is complex else 0)
    if s == [2.0, 0.3] and m == 3:  # what is zero stays zero
        t = matrix(rng, [1.0, 1.0, 1.0], 3, 3) @ a + a @ matrix(rng, [1.0, 1.0, 1.0, 1.0], 4, 4)
    y, dy = dr.jvp(f, (a,), (t,))
    np.testing.assert_allclose(dy, slope(f, a, t), rtol=1e-6, atol=1e-8)
    w = rng.normal(size=y.shape)
    scalar = lambda a: np.sum(w * np.real(f(a) ** 2))
    assert np.real(np.sum(dr.grad(scalar)(a) * t)) == pytest.approx(np.sum(w * np.real(2 * y * dy)), rel=1e-8)
    if kind is float and len(s) == min(m, n):
        second = dr.hvp(scalar)(a, t)
        np.testing.assert_allclose(dr.grad(lambda a: np.sum(dr.grad(scalar)(a) * t))(a), second, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(second, slope(dr.grad(scalar), a, t), rtol=1e-5, atol=1e-6)


def test_stacks_of_which_some_have_singular_values_beyond_the_cut(rng):
    stack = np.stack([matrix(rng, s, 4, 3) for s in ([2.0, 1.0, 0.3], [2.0, 1.5, 1.0], [2.0, 0.4, 0.3])])
    f = lambda a: np.sum(LA.pinv(a, rcond=0.25) ** 3)
    each = np.stack([dr.grad(f)(a) for a in stack])
    np.testing.assert_allclose(dr.grad(f)(stack), each, rtol=1e-10)
    np.testing.assert_allclose(dr.vmap(dr.grad(f))(stack), each, rtol=1e-10)
