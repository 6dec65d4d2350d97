"""Functions of singular vectors and eigenvectors that do not depend on the choice where values are equal: right for every cotangent, and NaN where they do depend on it."""

import gc
import threading
import warnings

import numpy as np
import pytest

import dualrev as dr

LA = np.linalg
SPECTRA = [([2.0, 2.0], 2, 2), ([2.0, 2.0, 2.0], 3, 3), ([2.0] * 4, 4, 4), ([3.0, 2.0, 2.0], 3, 3), ([2.0, 2.0], 4, 2), ([2.0, 2.0], 2, 4), ([3.0, 3.0, 1.0], 3, 5),
           ([3.0, 3.0, 3.0, 1.0, 1.0, 0.5], 6, 7)]
ZEROS = [([2.0, 0.0], 2, 2), ([2.0, 0.0, 0.0], 3, 3), ([0.0, 0.0], 2, 2), ([0.0, 0.0], 2, 3), ([2.0, 0.0], 4, 2), ([2.0, 2.0, 0.0, 0.0], 5, 4), ([0.0], 1, 1), ([0.0, 0.0], 3, 2)]
FUNCTIONS = {"s": (lambda s: s, lambda s: np.ones_like(s)), "s^3": (lambda s: s ** 3, lambda s: 3 * s ** 2), "1": (np.ones_like, np.zeros_like),
             "1/s": (lambda s: 1 / s, lambda s: -1 / s ** 2), "log s/2": (lambda s: np.log(s / 2), lambda s: 1 / s)}


@pytest.fixture
def rng():
    return np.random.default_rng(17)


def mH(a):
    return np.conj(np.swapaxes(a, -1, -2))


def draw(rng, kind, *shape):
    return rng.normal(size=shape) + (1j * rng.normal(size=shape) if kind is complex else 0)


def matrix(rng, s, m, n, kind=float):
    """A matrix with given singular values."""
    return LA.qr(draw(rng, kind, m, m))[0][:, :len(s)] * np.array(s) @ LA.qr(draw(rng, kind, n, n))[0][:len(s)]


def hermitian(rng, w, kind=float):
    """A Hermitian matrix with given eigenvalues."""
    q = LA.qr(draw(rng, kind, len(w), len(w)))[0]
    a = (q * np.array(w)) @ mH(q)
    return (a + mH(a)) / 2


def of_svd(f, full=False):
    def function(a):
        u, s, vh = LA.svd(a, full_matrices=full)
        k = s.shape[-1]
        return (u[..., :k] * np.expand_dims(f(s), -2)) @ vh[..., :k, :]

    return function


def of_eigh(f):
    def function(a):
        w, v = LA.eigh(a)
        return (v * np.expand_dims(f(w), -2)) @ mH(v)

    return function


def cotangents(rng, m, n, kind):
    """A random one, all unit matrices of a row, one with a zero diagonal, and a skew one."""
    unit = [np.eye(1, m * n, k).reshape(m, n).astype(kind) for k in range(n)]
    bare = draw(rng, kind, m, n)
    np.fill_diagonal(bare, 0)
    whole = draw(rng, kind, max(m, n), max(m, n))
    return [draw(rng, kind, m, n), *unit, bare, (whole - mH(whole))[:m, :n]]


def divided(f, df, x, y):
    """(f(x) - f(y)) / (x - y), and the slope in the limit."""
    gap = np.where(x == y, 1.0, x - y)
    return np.where(x == y, df((x + y) / 2), (f(x) - f(y)) / gap)


def daleckii_krein(f, df, a, t, w):
    """The derivative of V f(w) V^H (Horn and Johnson, Topics in Matrix Analysis, theorem 6.6.30), with the eigenvalues w in place of those that were found."""
    v = LA.eigh(a)[1]
    return v @ (divided(f, df, w[:, None], w[None]) * (mH(v) @ t @ v)) @ mH(v)


def slope_of_svd(f, df, a, t, s):
    """That of U f(s) V^H: of the odd function of [0 A; A^H 0], whose eigenvalues are +-s, and of zeros where A is not square (f(0) = 0 there, or it does not exist)."""
    m, n = a.shape
    u, _, vh = LA.svd(a)
    k = len(s)
    left, right = (np.concatenate([s, np.zeros(size - k)]) for size in (m, n))
    odd, even = (lambda x: np.sign(x) * f(np.abs(x) + (x == 0))), (lambda x: df(np.abs(x)))
    x, y = left[:, None], right[None]
    plus, minus = divided(odd, even, x, y), divided(odd, even, x, -y)
    inner = mH(u) @ t @ mH(vh)
    other = np.zeros((m, n), inner.dtype)
    other[:k, :k] = mH(inner[:k, :k])
    return u @ ((plus + minus) / 2 * inner + (plus - minus) / 2 * other) @ vh


def along(c, t):
    return np.real(np.sum(c * t))


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("s", "m", "n"), SPECTRA + ZEROS)
def test_putting_a_matrix_together_again_gives_back_every_cotangent(s, m, n, full, kind, rng):
    a = matrix(rng, s, m, n, kind)
    pullback = dr.vjp(of_svd(lambda s: s, full), a)[1]
    for g in cotangents(rng, m, n, kind):
        np.testing.assert_allclose(pullback(g)[0], g, atol=1e-13)


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("s", "m", "n"), SPECTRA)
def test_functions_of_singular_values_against_their_slopes_in_closed_form(s, m, n, name, kind, rng):
    (f, df), a = FUNCTIONS[name], matrix(rng, s, m, n, kind)
    pullback = dr.vjp(of_svd(f), a)[1]
    for g in cotangents(rng, m, n, kind):
        c, t = pullback(g)[0], draw(rng, kind, m, n)
        assert along(c, t) == pytest.approx(along(g, slope_of_svd(f, df, a, t, np.array(s))), rel=1e-10, abs=1e-11)


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("w", [[2.0, 2.0], [2.0, 2.0, 2.0], [1.0, 2.0, 2.0, 2.0, 2.0], [1.0, 1.0, 2.0, 3.0, 3.0, 3.0]])
def test_functions_of_eigenvalues_against_their_slopes_in_closed_form(w, name, kind, rng):
    (f, df), a, n = FUNCTIONS[name], hermitian(rng, w, kind), len(w)
    pullback = dr.vjp(of_eigh(f), a)[1]
    for g in cotangents(rng, n, n, kind):
        c, t = pullback(g)[0], draw(rng, kind, n, n)
        t = t + mH(t)
        np.testing.assert_allclose(c, mH(c), atol=1e-13)
        assert along(c, t) == pytest.approx(along(g, daleckii_krein(f, df, a, t, np.array(w))), rel=1e-10, abs=1e-11)


@pytest.mark.filterwarnings("ignore:np.linalg.* has repeated")
@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize(("s", "m", "n"), [*SPECTRA[:7], *ZEROS[:6]])
def test_both_modes_agree(s, m, n, kind, rng):
    """A sum of two functions, of which no one f' / f speaks."""
    left, right = draw(rng, kind, m, n), draw(rng, kind, m, n)

    def function(a):
        u, s, vh = LA.svd(a)
        k = s.shape[-1]
        return left * ((u[:, :k] * np.sinh(s)) @ vh[:k]) + right * ((u[:, :k] * s ** 3) @ vh[:k])

    a = matrix(rng, s, m, n, kind)
    pullback = dr.vjp(function, a)[1]
    for g in cotangents(rng, m, n, kind):
        t = draw(rng, kind, m, n)
        assert along(pullback(g)[0], t) == pytest.approx(along(g, dr.jvp(function, (a,), (t,))[1]), rel=1e-10, abs=1e-11)


def test_forward_mode_where_the_result_is_zero():
    """What was turned gives 1e-17 there, which is the same."""
    g = np.array([[0.0, 1.0], [0.0, 0.0]])
    for function in (of_svd(lambda s: s), of_eigh(lambda w: w)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert dr.jvp(lambda a, f=function: np.sum(g * f(a)), (np.eye(2),), (np.ones((2, 2)),))[1] == pytest.approx(1.0)


def test_sums_that_cancel():
    """U s V^H - c U V^H at A = c: the cotangents cancel, and its slope does not: T - (T - T^H) / 2."""
    for c in (1.0, 2.5):
        pullback = dr.vjp(lambda a, c=c: (lambda u, s, vh: (u * s) @ vh - c * (u @ vh))(*LA.svd(a)), c * np.eye(2))[1]
        g = np.array([[0.0, 1.0], [0.0, 0.0]])
        np.testing.assert_allclose(pullback(g)[0], (g + g.T) / 2, atol=1e-15)
    pullback = dr.vjp(lambda a: (lambda w, v: (v * w) @ v.T - v @ v.T)(*LA.eigh(a)), np.eye(3))[1]
    np.testing.assert_allclose(pullback(np.eye(3, k=1))[0], (np.eye(3, k=1) + np.eye(3, k=-1)) / 2, atol=1e-15)


@pytest.mark.parametrize("f", [lambda w: np.log(w), lambda w: 1e-9 + (w - 1), lambda w: (w - 1) ** 2, lambda w: np.where(w > 5, w, 0.0)])
def test_functions_that_vanish_or_nearly_so(f, rng):
    """The cotangents of vectors say nothing, or too little for f' / f to be exact."""
    g = rng.normal(size=(4, 4))
    expected = dr.derivative(f)(1.0) * (g + g.T) / 2
    np.testing.assert_allclose(dr.vjp(of_eigh(f), np.eye(4))[1](g)[0], expected, rtol=1e-13, atol=1e-14)


@pytest.mark.filterwarnings("ignore:np.linalg.* has repeated")
def test_jacobians(rng):
    for a, function in ((2 * np.eye(2), of_svd(lambda s: s)), (matrix(rng, [2.0, 2.0], 2, 4), of_svd(lambda s: s)), (matrix(rng, [2.0, 0.0], 2, 3), of_svd(lambda s: s))):
        unit = np.einsum("ik,jl->ijkl", *map(np.eye, a.shape))
        for mode in ("reverse", "auto"):
            for chunk in (None, 1, 3):
                np.testing.assert_allclose(dr.jacobian(function, mode=mode, chunk_size=chunk)(a), unit, atol=1e-13)
    both = dr.jacobian(lambda a: np.stack([of_svd(np.exp)(a), LA.svd(a)[0]]), mode="reverse")(np.eye(2))
    np.testing.assert_allclose(both[0], dr.jacobian(of_svd(np.exp), mode="forward")(np.eye(2)), atol=1e-13)
    assert np.all(np.isnan(both[1]))


def test_stacks_and_batches(rng):
    stack = np.stack([np.eye(3), matrix(rng, [3.0, 2.0, 1.0], 3, 3), matrix(rng, [2.0, 2.0, 1.0], 3, 3), matrix(rng, [2.0, 0.0, 0.0], 3, 3)])
    rebuilt = of_svd(lambda s: s)
    for g in cotangents(rng, 3, 3, float):
        scalar = lambda a, g=g: np.sum(g * rebuilt(a))
        expected = np.broadcast_to(g, stack.shape)
        for found in (dr.grad(scalar)(stack), dr.vmap(dr.grad(scalar))(stack), dr.grad(lambda a, f=scalar: np.sum(dr.vmap(f)(a)))(stack)):
            np.testing.assert_allclose(found, expected, atol=1e-13)
    unit = np.einsum("ik,jl->ijkl", np.eye(3), np.eye(3))
    np.testing.assert_allclose(dr.vmap(dr.jacobian(rebuilt, mode="reverse"))(stack), np.broadcast_to(unit, (4, 3, 3, 3, 3)), atol=1e-13)


def test_one_after_another(rng):
    """Each of three calls has equal singular values; the cotangent of one goes into the next."""
    cube, exact = of_svd(lambda s: s ** 3), lambda a: a @ a.T @ a
    for n in (2, 3):
        a = LA.qr(rng.normal(size=(n, n)))[0]
        for g in cotangents(rng, n, n, float):
            found = dr.vjp(lambda a: of_eigh(np.log)(cube(cube(a)) @ cube(a).T), a)[1](g)[0]
            expected = dr.vjp(lambda a: of_eigh(np.log)(exact(exact(a)) @ exact(a).T), a)[1](g)[0]
            np.testing.assert_allclose(found, expected, atol=1e-12)
            np.testing.assert_allclose(expected @ a.T, (9 + 3) * (g + g.T) / 2, atol=1e-12)


def test_an_unselected_branch():
    x = 2 * np.eye(3)
    np.testing.assert_array_equal(dr.grad(lambda a: np.sum(np.where(a > 5, LA.svd(a)[0], a)))(x), np.ones((3, 3)))
    np.testing.assert_array_equal(dr.grad(lambda a: np.sum(np.where(a > 5, of_eigh(np.log)(a), a)))(x), np.ones((3, 3)))
    g = dr.grad(lambda a: np.sum(np.where(np.eye(3) > 0, of_svd(lambda s: s)(a), LA.svd(a)[0])))(x)
    assert np.all(np.isnan(g))  # the branch is taken beside the diagonal
    np.testing.assert_allclose(dr.grad(lambda a: np.sum(np.where(np.eye(3, k=1) > 0, of_svd(lambda s: s)(a), 0.0)))(x), np.eye(3, k=1), atol=1e-13)


DEPENDENT = {
    "an entry": lambda u, s, vh: u[0, 1],
    "an entry that is 0": lambda u, s, vh: u[1, 0],
    "a power": lambda u, s, vh: np.sum(u ** 4),
    "a polynomial with a period of a quarter": lambda u, s, vh: np.sum(u ** 4) ** 3,
    "a projection": lambda u, s, vh: (u[:, :1] @ u[:, :1].T)[0, 0],
    "a part of the matrix": lambda u, s, vh: (s[0] * u[:, :1] @ vh[:1])[0, 0],
    "one singular value beside": lambda u, s, vh: ((u * s) @ vh)[0, 1] + s[0],
    "their order": lambda u, s, vh: np.sum((u * (s * np.arange(1.0, 1 + s.shape[0]))) @ vh),
}


@pytest.mark.filterwarnings("ignore:np.linalg.* has repeated")
@pytest.mark.parametrize("name", DEPENDENT)
def test_what_depends_on_the_choice_is_nan(name, rng):
    f = DEPENDENT[name]
    for a in (np.eye(2), np.eye(3), matrix(rng, [2.0, 2.0, 1.0], 3, 3)):
        assert np.any(np.isnan(dr.grad(lambda a: f(*LA.svd(a)))(a)))
        assert np.any(np.isnan(dr.grad(lambda a: f(*LA.svd(a)) + 1e6 * np.sum(of_svd(np.exp)(a)))(a)))
    for a in (np.eye(2), np.eye(3), hermitian(rng, [1.0, 1.0, 2.0])):
        assert np.any(np.isnan(dr.grad(lambda a: (lambda w, v: f(v, w, v.T))(*LA.eigh(a)))(a)))


def test_kinks_at_zero_are_nan(rng):
    """The sum of singular values has none of its slopes there, and U V^H jumps."""
    for s, m, n in ZEROS:
        a = matrix(rng, s, m, n)
        for f in (lambda u, s, vh: (u * s) @ vh + np.sum(s), lambda u, s, vh: u @ vh, lambda u, s, vh: (u * np.cos(s)) @ vh):
            with np.errstate(all="ignore"):
                c = dr.vjp(lambda a, f=f: f(*LA.svd(a, full_matrices=False)), a)[1](draw(rng, float, m, n))[0]
            assert np.any(np.isnan(c))


def test_a_singular_value_cut_off_below(rng):
    """The inverse of what is above a bound: nothing of the zeros is used, at constant rank."""
    a, g = matrix(rng, [2.0, 2.0, 0.0, 0.0], 4, 5), rng.normal(size=(5, 4))

    def inverse(a):
        u, s, vh = LA.svd(a, full_matrices=False)
        return vh.T @ ((np.where(s > 1e-9, 1 / np.where(s > 1e-9, s, 1.0), 0.0))[:, None] * u.T)

    t = matrix(rng, [1.0] * 4, 4, 4) @ a + a @ matrix(rng, [1.0] * 5, 5, 5)
    assert along(dr.vjp(inverse, a)[1](g)[0], t) == pytest.approx(along(g, dr.jvp(lambda a: LA.pinv(a, rcond=1e-9), (a,), (t,))[1]), rel=1e-10)


def test_a_function_that_is_not_deterministic(rng):
    """Then it is inferred, or NaN."""
    def noisy(a):
        return of_svd(lambda s: s)(rng.normal() * a)

    def numbered(a, calls=[]):  # noqa: B006
        calls.append(0)
        return of_svd(lambda s: s)(a) if len(calls) % 2 else a

    for function in (noisy, numbered):
        g = np.array([[1.0, 2.0], [3.0, 4.0]])
        y, pullback = dr.vjp(function, np.eye(2))
        np.testing.assert_allclose(pullback(g)[0], y[0, 0] * g, rtol=1e-12)
        y, pullback = dr.vjp(function, np.eye(2))
        if function is noisy:
            assert np.all(np.isnan(pullback(np.eye(2, k=1))[0]))

    def drowned(a):
        return of_svd(lambda s: s)(a) + rng.normal()

    assert np.all(np.isnan(dr.vjp(drowned, np.eye(2))[1](np.eye(2, k=1))[0]))


def test_where_the_function_cannot_be_run_again_it_is_inferred(rng):
    """Inside dualrev.checkpoint, and where derivatives are taken of derivatives."""
    rebuilt = dr.checkpoint(of_svd(lambda s: s))
    g = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(dr.grad(lambda a: np.sum(g * rebuilt(a)))(np.eye(2)), g, rtol=1e-12)
    assert np.all(np.isnan(dr.grad(lambda a: rebuilt(a)[0, 1])(np.eye(2))))
    for second in (dr.jvp(dr.grad(lambda a: of_svd(np.exp)(a)[0, 1]), (np.eye(2),), (g,))[1], dr.vjp(dr.grad(lambda a: of_eigh(np.log)(a)[0, 1]), np.eye(2))[1](g)[0]):
        assert np.all(np.isnan(second))


def test_a_gradient_whose_cotangent_varies():
    """Of c <G, A A^T A> in c, at a matrix that does not: 2 G + G^T at the identity."""
    g = np.eye(2, k=1)
    cube = of_svd(lambda s: s ** 3)
    for mode in ("forward", "reverse"):
        found = dr.jacobian(lambda c: dr.grad(lambda a: c * np.sum(g * cube(a)))(np.eye(2)), mode=mode)(3.0)
        np.testing.assert_allclose(found, 2 * g + g.T, atol=1e-13)
    mixed = lambda c: dr.grad(lambda a: (lambda u, s, vh: np.sum(g * ((u * s ** 3) @ vh)) + (c - 3.0) * np.sum(g * (u @ vh)))(*LA.svd(a)))(np.eye(2))
    np.testing.assert_allclose(dr.jacobian(mixed)(3.0), (g - g.T) / 2, atol=1e-13)


def test_what_is_changed_after_the_call_does_not_matter():
    a = np.eye(3)
    y, pullback = dr.vjp(of_svd(lambda s: s), a)
    a *= 3.0
    y *= 5.0
    np.testing.assert_allclose(pullback(np.eye(3, k=1))[0], np.eye(3, k=1), atol=1e-13)
    np.testing.assert_allclose(pullback(np.eye(3, k=2))[0], np.eye(3, k=2), atol=1e-13)


def test_the_function_runs_as_often_as_it_takes(rng):
    """Not again where nothing is missing; once more for one f; and for n equal values with several, about n times."""
    runs = []

    def counted(f):
        def function(a):
            runs.append(0)
            return f(*LA.svd(a))

        return function

    for f, a, least, most in ((lambda u, s, vh: (u * s) @ vh, matrix(rng, [3.0, 2.0, 1.0], 3, 3), 1, 1), (lambda u, s, vh: np.sum(s ** 2), np.eye(3), 1, 1),
                              (lambda u, s, vh: (u * s) @ vh, np.eye(20), 2, 2), (lambda u, s, vh: (u * s) @ vh - u @ vh, np.eye(3), 3, 5)):
        runs.clear()
        y, pullback = dr.vjp(counted(f), a)
        assert len(runs) == 1
        pullback(np.ones(np.shape(y))[()])
        assert least <= len(runs) <= most


def test_threads_and_debugging():
    g, found = np.eye(2, k=1), []
    gradient = dr.grad(lambda a: np.sum(g * of_svd(lambda s: s)(a)))
    threads = [threading.Thread(target=lambda: found.append(gradient(np.eye(2)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with dr.debug():
        found.append(gradient(np.eye(2)))
    assert len(found) == 5
    for c in found:
        np.testing.assert_allclose(c, g, atol=1e-14)


def test_containers_and_further_results():
    f = lambda p: (np.sum(np.eye(2, k=1) * of_svd(lambda s: s)(p["a"]) * p["c"]), p["c"])
    (value, aux), g = dr.value_and_grad(f, has_aux=True)({"a": 2 * np.eye(2), "c": 3.0})
    assert (value, aux) == (0.0, 3.0)
    np.testing.assert_allclose(g["a"], 3 * np.eye(2, k=1), atol=1e-14)
    assert g["c"] == 0.0


def test_single_precision():
    c = dr.grad(lambda a: of_svd(lambda s: s)(a)[0, 1])(np.eye(3, dtype=np.float32))
    assert c.dtype == np.float32
    np.testing.assert_allclose(c, np.eye(3)[:1].T * np.eye(3)[1], atol=1e-6)


def test_values_from_another_function_are_not_taken_for_these():
    """The second derivative of the sum of squares, whose singular values and vectors come from different decompositions, is NaN rather than a part of it."""
    second = dr.grad(lambda a: dr.grad(lambda b: np.sum(LA.svdvals(b) ** 2))(a)[0, 1])(np.eye(3))
    assert np.all(np.isnan(second) | np.isclose(second, 2 * np.outer(np.eye(3)[0], np.eye(3)[1])))


def test_nothing_is_left_to_the_garbage_collector():
    pullback, g = dr.vjp(of_svd(lambda s: s), np.eye(3))[1], np.eye(3, k=1)
    gradient = dr.grad(lambda a: (lambda u, s, vh: np.sum(g * ((u * s) @ vh - u @ vh)))(*LA.svd(a)))
    pullback(g), gradient(np.eye(3))
    gc.collect()
    gc.disable()
    try:
        pullback(g), gradient(np.eye(3))
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_result_that_is_not_finite_does_not_hide_another():
    g = dr.vjp(lambda a: (LA.svd(a)[0][0, 1], np.log(np.zeros(2)) + 0 * a[0]), np.eye(2))[1]((1.0, np.ones(2)))[0]
    assert np.any(np.isnan(g))


@pytest.mark.filterwarnings("ignore:np.linalg.* has repeated")
def test_a_large_slope_elsewhere_does_not_hide_a_choice():
    """The square root of a singular value that is zero but for rounding moves a result by far more than it is."""
    a = np.diag([2.0, 2.0, 1e-17])
    f = lambda a: (lambda u, s, vh: u[1, 0] + np.sqrt(s[-1]))(*LA.svd(a))
    t = np.ones((3, 3))
    assert np.isnan(dr.jvp(f, (a,), (t,))[1])
    assert np.any(np.isnan(dr.grad(f)(a)))
