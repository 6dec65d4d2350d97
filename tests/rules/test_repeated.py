"""Repeated eigenvalues, where the usual formulas divide by zero."""

import warnings

import numpy as np
import pytest
import scipy.linalg

import dualrev as dr

LA = np.linalg
rng = np.random.default_rng(11)


@pytest.fixture(autouse=True)
def _the_same_numbers_in_any_order():
    global rng
    rng = np.random.default_rng(11)


def mH(a):
    return np.conj(a.T)


def unitary(n, kind):
    return LA.qr(rng.normal(size=(n, n)) + (1j * rng.normal(size=(n, n)) if kind is complex else 0))[0]


def matrix(w, kind=float):
    """A Hermitian matrix with given eigenvalues in a random basis."""
    q = unitary(len(w), kind)
    a = (q * np.array(w)) @ mH(q)
    return (a + mH(a)) / 2


def function_of(f):
    def function(a):
        w, v = LA.eigh(a)
        return (v * f(w)) @ np.conj(v).T

    return function


def hermitian(n, kind):
    t = rng.normal(size=(n, n)) + (1j * rng.normal(size=(n, n)) if kind is complex else 0)
    return t + mH(t)


FUNCTIONS = [(np.exp, scipy.linalg.expm), (lambda w: w, lambda a: a), (lambda w: w * w, lambda a: a @ a), (lambda w: 1 / w, LA.inv), (np.sqrt, scipy.linalg.sqrtm)]
SPECTRA = [[1.0, 1.0, 2.0], [1.0, 3.0, 3.0, 3.0], [2.0, 2.0, 5.0, 5.0], [4.0, 4.0, 4.0]]


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("w", SPECTRA)
@pytest.mark.parametrize(("f", "reference"), FUNCTIONS)
def test_matrix_functions(f, reference, w, kind):
    """Reverse mode tells f' from the cotangents; forward mode takes the eigenvectors that the direction leaves alone."""
    a, t, g = matrix(w, kind), hermitian(len(w), kind), hermitian(len(w), kind)
    h = 1e-3
    expected = (8 * (reference(a + h * t) - reference(a - h * t)) - (reference(a + 2 * h * t) - reference(a - 2 * h * t))) / (12 * h)
    with pytest.warns(RuntimeWarning, match="repeated eigenvalues"):
        dy = dr.jvp(function_of(f), (a,), (t,))[1]
    np.testing.assert_allclose(dy, expected, rtol=1e-7, atol=1e-8)
    c = dr.vjp(function_of(f), a)[1](g)[0]
    np.testing.assert_allclose(c, mH(c), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(np.real(np.sum(c * t)), np.real(np.sum(g * expected)), rtol=1e-8)


def test_forward_mode_gives_numpys_value_and_nan_where_it_depends_on_the_choice():
    a, t = np.eye(3), hermitian(3, float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y, dy = dr.jvp(lambda a: (LA.eigh(a)[1], function_of(np.exp)(a)), (a,), (t,))
        np.testing.assert_array_equal(y[0], LA.eigh(a)[1])
        np.testing.assert_array_equal(y[1], function_of(np.exp)(a))
        assert np.all(np.isnan(dy[0]))
        np.testing.assert_allclose(dy[1], np.e * t, rtol=1e-12)
        for mode in ("forward", "auto"):
            np.testing.assert_allclose(np.tensordot(dr.jacobian(function_of(np.exp), mode=mode)(a), t), np.e * t, rtol=1e-12)


def test_the_identity():
    """The eigenvectors of the identity are the unit vectors themselves."""
    g = rng.normal(size=(3, 3))
    c = dr.grad(lambda a: np.sum(g * function_of(np.exp)(a)))(np.eye(3))
    np.testing.assert_allclose(c, np.e * (g + g.T) / 2, rtol=1e-12)


@pytest.mark.parametrize("function", [LA.eigvalsh, lambda a: LA.eigh(a)[0]])
@pytest.mark.parametrize("w", SPECTRA)
def test_symmetric_functions_of_eigenvalues(function, w):
    """The sum of exp(w) is the trace of exp(A): gradient exp(A), Hessian in the direction T the derivative of exp along T."""
    a, t = matrix(w), hermitian(len(w), float)
    total = lambda a: np.sum(np.exp(function(a)))
    np.testing.assert_allclose(dr.grad(total)(a), scipy.linalg.expm(a), rtol=1e-10, atol=1e-10)
    expected = scipy.linalg.expm_frechet(a, t)[1]
    for found in (dr.jvp(dr.grad(total), (a,), (t,))[1], dr.grad(lambda a: dr.jvp(total, (a,), (t,))[1])(a), dr.vjp(dr.grad(total), a)[1](t)[0]):
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)
    assert dr.jvp(lambda a: dr.jvp(total, (a,), (t,))[1], (a,), (t,))[1] == pytest.approx(np.sum(expected * t), rel=1e-8)


def test_a_function_that_vanishes():
    """log(1) = 0 hides the cotangent of V: another choice of V shows what it is, and where the function cannot run again the entries between equal eigenvalues are not known."""
    for g in (hermitian(2, float), np.array([[0.0, 1.0], [0.0, 0.0]])):
        np.testing.assert_allclose(dr.grad(lambda a, g=g: np.sum(g * function_of(np.log)(a)))(np.eye(2)), (g + g.T) / 2, atol=1e-14)
        c = dr.grad(dr.checkpoint(lambda a, g=g: np.sum(g * function_of(np.log)(a))))(np.eye(2))
        assert np.all(np.isnan(c[~np.eye(2, dtype=bool)]))


def test_cotangents_that_do_not_tell_do_not_mislead():
    """All entries of the cotangent are equal, or its diagonal is zero, at the identity: another function could hide behind the first."""
    for g in (np.ones((2, 2)), np.array([[0.0, 1.0], [0.0, 0.0]])):
        scalar = lambda a, g=g: np.sum(g * function_of(np.exp)(a))
        np.testing.assert_allclose(dr.grad(scalar)(2 * np.eye(2)), np.exp(2) * (g + g.T) / 2, rtol=1e-13)
        assert np.all(np.isnan(dr.grad(dr.checkpoint(scalar))(2 * np.eye(2))[~np.eye(2, dtype=bool)]))
    both = lambda a: np.sum((lambda w, v: (v * np.exp(w)) @ v.T + np.sum(w))(*LA.eigh(a)))
    np.testing.assert_allclose(dr.grad(both)(2 * np.eye(2)), np.exp(2) * np.ones((2, 2)) + 4 * np.eye(2), rtol=1e-13)
    assert np.all(np.isnan(dr.grad(dr.checkpoint(both))(2 * np.eye(2))[~np.eye(2, dtype=bool)]))


def test_putting_a_matrix_together_again():
    """V w V^T has the identity as its derivative, for a cotangent of equal entries too."""
    np.testing.assert_allclose(dr.grad(lambda a: np.sum(function_of(lambda w: w)(a)))(np.eye(2)), np.ones((2, 2)), rtol=1e-12)


def test_numpys_own_eigenvectors_at_every_order():
    a, t = matrix([1.0, 1.0, 2.0]), hermitian(3, float)
    w, v = LA.eigh(a)
    seen = []

    def look(a):
        seen.append(LA.eigh(a))
        return np.sum(seen[-1][0] ** 2)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dr.grad(look)(a), dr.jvp(look, (a,), (t,)), dr.jvp(dr.grad(look), (a,), (t,)), dr.vjp(dr.grad(look), a), dr.jvp(lambda a: dr.jvp(look, (a,), (t,)), (a,), (t,))
    assert len(seen) == 5
    for result in seen:
        np.testing.assert_array_equal(dr.core.tracer.peek(result.eigenvalues), w)
        np.testing.assert_array_equal(dr.core.tracer.peek(result.eigenvectors), v)


@pytest.mark.parametrize("function", [lambda a: (lambda w, v: (v * np.maximum(w, 0)) @ v.T)(*LA.eigh(a)), lambda a: (lambda w, v: v[:, :2] @ v[:, :2].T)(*LA.eigh(a))])
def test_functions_that_do_not_use_the_repeated_eigenvalues(function):
    """The projection onto the positive matrices, and onto the space of repeated eigenvalues: whatever the cotangent, nothing is missing."""
    a, t, h = matrix([-1.0, -1.0, 2.0]), hermitian(3, float), 1e-4
    expected = (function(a + h * t) - function(a - h * t)) / (2 * h)
    for g in (rng.normal(size=(3, 3)), np.ones((3, 3)), np.arange(9.0).reshape(3, 3)):
        np.testing.assert_allclose(np.sum(dr.grad(lambda a, g=g: np.sum(g * function(a)))(a) * t), np.sum(g * expected), rtol=1e-6, atol=1e-8)


def test_a_sum_of_two_functions_of_one_eigh():
    """Its slopes are not in proportion, so that they cannot be inferred where the function cannot run again."""
    g, h = hermitian(3, float), hermitian(3, float)

    def scalar(a):
        w, v = LA.eigh(a)
        return np.sum(g * ((v * np.exp(w)) @ v.T)) + np.sum(h * ((v * np.sqrt(w)) @ v.T))

    np.testing.assert_allclose(dr.grad(scalar)(4 * np.eye(3)), np.exp(4) * g + h / 4, rtol=1e-12)
    assert np.all(np.isnan(dr.grad(dr.checkpoint(scalar))(4 * np.eye(3))[~np.eye(3, dtype=bool)]))


def test_one_repeated_eigenvalue_warns_in_both_modes():
    t = np.array([[3.0, 1.0], [1.0, 2.0]])
    for f in (lambda a: LA.eigvalsh(a)[0], lambda a: LA.eigh(a)[0][0]):
        with pytest.warns(RuntimeWarning, match="repeated eigenvalues"):
            np.testing.assert_allclose(dr.grad(f)(np.eye(2)), [[1, 0], [0, 0]], atol=1e-15)
        with pytest.warns(RuntimeWarning, match="repeated eigenvalues"):
            assert dr.jvp(f, (np.eye(2),), (t,))[1] == 3.0


@pytest.mark.filterwarnings("ignore:np.linalg.eigh has repeated")
@pytest.mark.parametrize("w", SPECTRA)
def test_one_repeated_eigenvalue_in_both_modes(w):
    a, t = matrix(w), hermitian(len(w), float)
    for k in range(len(w)):
        f = lambda a, k=k: LA.eigh(a)[0][k]
        v = LA.eigh(a)[1][:, k]
        np.testing.assert_allclose(dr.jvp(f, (a,), (t,))[1], v @ t @ v, rtol=1e-10)
        np.testing.assert_allclose(dr.grad(f)(a), np.outer(v, v), atol=1e-12)


def test_directions_that_leave_the_eigenvectors_alone():
    """Forward mode is finite where nothing depends on the choice of eigenvectors."""
    np.testing.assert_allclose(dr.jvp(function_of(np.exp), (np.eye(2),), (np.eye(2),))[1], np.e * np.eye(2), rtol=1e-12)
    a = matrix([1.0, 1.0, 2.0])
    np.testing.assert_allclose(dr.jvp(function_of(np.exp), (a,), (np.zeros((3, 3)),))[1], np.zeros((3, 3)))
    np.testing.assert_allclose(dr.jvp(function_of(np.exp), (a,), (a,))[1], a @ scipy.linalg.expm(a), rtol=1e-8)


def test_what_depends_on_the_choice_of_eigenvectors_is_nan():
    """Also where it does not change at first when the eigenvectors are turned: cos at 0."""
    for f in (lambda v: v[0, 0], lambda v: v[1, 0], lambda v: np.sum(v), lambda v: np.trace(v), lambda v: np.outer(v[:, 0], v[:, 0])[0, 0]):
        assert np.any(np.isnan(dr.grad(lambda a, f=f: f(LA.eigh(a)[1]))(np.eye(2))))
        assert np.any(np.isnan(dr.grad(lambda a, f=f: f(LA.svd(a)[0]))(np.eye(2))))
    assert np.any(np.isnan(dr.grad(lambda a: LA.eigh(a)[1][0, 0])(matrix([1.0, 1.0, 2.0]))))


def test_an_eigenvector_of_a_simple_eigenvalue_beside_repeated_ones():
    a = matrix([1.0, 1.0, 2.0])
    projector = lambda a: LA.eigh(a)[1][:, 2:] @ LA.eigh(a)[1][:, 2:].T
    t, g, h = hermitian(3, float), hermitian(3, float), 1e-4
    expected = (projector(a + h * t) - projector(a - h * t)) / (2 * h)
    with pytest.warns(RuntimeWarning, match="repeated eigenvalues"):
        np.testing.assert_allclose(dr.jvp(projector, (a,), (t,))[1], expected, atol=1e-6)
    np.testing.assert_allclose(np.sum(dr.grad(lambda a: np.sum(g * projector(a)))(a) * t), np.sum(g * expected), rtol=1e-6)


def test_second_derivatives_of_matrix_functions_are_never_wrong():
    a, t = matrix([1.0, 1.0, 2.0]), hermitian(3, float)
    g = rng.normal(size=(3, 3))
    scalar = lambda a: np.sum(g * function_of(np.exp)(a))
    h = 1e-3
    gradient = lambda b: scipy.linalg.expm_frechet(b, (g + g.T) / 2)[1]
    expected = (gradient(a + h * t) - gradient(a - h * t)) / (2 * h)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for found in (dr.jvp(dr.grad(scalar), (a,), (t,))[1], dr.grad(lambda a: dr.jvp(scalar, (a,), (t,))[1])(a), dr.vjp(dr.grad(scalar), a)[1](t)[0]):
            assert np.all(np.isnan(found) | np.isclose(found, expected, rtol=1e-4, atol=1e-4))


def test_stacks_with_repeated_eigenvalues():
    a = np.stack([matrix([1.0, 1.0, 2.0]), matrix([1.0, 2.0, 3.0]), np.eye(3)])
    g = rng.normal(size=(3, 3))

    def scalar(a):
        w, v = LA.eigh(a)
        return np.sum(g * ((v * np.expand_dims(w, -2)) @ np.swapaxes(v, -1, -2)))

    np.testing.assert_allclose(dr.grad(scalar)(a), np.broadcast_to((g + g.T) / 2, a.shape), atol=1e-10)


def test_second_derivatives_where_the_first_vanishes():
    """The sum of (w - 1)^2 at the identity: its second derivative along T is 2 T, which two reverse passes cannot tell."""
    total, t = lambda a: np.sum((LA.eigvalsh(a) - 1) ** 2), hermitian(3, float)
    np.testing.assert_allclose(dr.jvp(dr.grad(total), (np.eye(3),), (t,))[1], 2 * t, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dr.grad(lambda a: dr.jvp(total, (a,), (t,))[1])(np.eye(3)), 2 * t, rtol=1e-10, atol=1e-12)
    assert np.all(np.isnan(dr.vjp(dr.grad(total), np.eye(3))[1](t)[0]))


@pytest.mark.filterwarnings("ignore:np.linalg.* has repeated")
def test_batches_of_which_some_examples_have_repeated_values():
    stack, c = np.stack([np.eye(2), np.diag([1.0, 3.0]), np.array([[2.0, 1.0], [1.0, 2.0]])]), np.array([[1.0, 2.0], [3.0, 4.0]])
    rebuilt = lambda a: (lambda u, s, vh: (u * s) @ vh)(*LA.svd(a))
    for function in (function_of(np.exp), rebuilt):
        for taken in (function, dr.grad(lambda a, f=function: np.sum(c * f(a))), lambda a, f=function: dr.jvp(f, (a,), (c + c.T,))[1]):
            np.testing.assert_allclose(dr.vmap(taken)(stack), np.stack([taken(a) for a in stack]), rtol=1e-10, atol=1e-12)
