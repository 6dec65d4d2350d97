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
def test_matrix_functions_in_both_modes(f, reference, w, kind):
    a, t, g = matrix(w, kind), hermitian(len(w), kind), hermitian(len(w), kind)
    h = 1e-3
    expected = (8 * (reference(a + h * t) - reference(a - h * t)) - (reference(a + 2 * h * t) - reference(a - 2 * h * t))) / (12 * h)
    np.testing.assert_allclose(dr.jvp(function_of(f), (a,), (t,))[1], expected, rtol=1e-8, atol=1e-8)
    c = dr.vjp(function_of(f), a)[1](g)[0]
    np.testing.assert_allclose(c, mH(c), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(np.real(np.sum(c * t)), np.real(np.sum(g * expected)), rtol=1e-8)


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


def test_a_function_that_vanishes_is_nan_rather_than_wrong():
    """log(1) = 0 hides the cotangent of V: the entries between equal eigenvalues are not known in reverse mode. Forward mode knows them."""
    g = hermitian(2, float)
    c = dr.grad(lambda a: np.sum(g * function_of(np.log)(a)))(np.eye(2))
    assert np.all(np.isnan(c) | np.isclose(c, g))
    np.testing.assert_allclose(dr.jvp(function_of(np.log), (np.eye(2),), (g,))[1], g, atol=1e-14)


def test_symmetric_cotangents_do_not_mislead():
    """All entries of the cotangent are equal, or its diagonal is zero, at the identity."""
    for g in (np.ones((2, 2)), np.array([[0.0, 1.0], [0.0, 0.0]])):
        c = dr.grad(lambda a: np.sum(g * function_of(np.exp)(a)))(np.eye(2))
        np.testing.assert_allclose(c, np.e * (g + g.T) / 2, rtol=1e-10, atol=1e-10)
    both = dr.grad(lambda a: np.sum((lambda w, v: (v * np.exp(w)) @ v.T + np.sum(w))(*LA.eigh(a))))(np.eye(2))
    assert np.any(np.isnan(both))


def test_a_sum_of_two_functions_of_one_eigh_is_nan_rather_than_wrong():
    g, h = hermitian(3, float), hermitian(3, float)

    def scalar(a):
        w, v = LA.eigh(a)
        return np.sum(g * ((v * np.exp(w)) @ v.T)) + np.sum(h * ((v * np.sqrt(w)) @ v.T))

    c = dr.grad(scalar)(4 * np.eye(3))
    assert np.all(np.isnan(c[~np.eye(3, dtype=bool)]))


def test_one_repeated_eigenvalue_warns():
    for f in (lambda a: LA.eigvalsh(a)[0], lambda a: LA.eigh(a)[0][0]):
        with pytest.warns(RuntimeWarning, match="repeated eigenvalues"):
            np.testing.assert_allclose(dr.grad(f)(np.eye(2)), [[1, 0], [0, 0]], atol=1e-15)
        assert dr.jvp(f, (np.eye(2),), (np.array([[3.0, 0], [0, 2.0]]),))[1] == 3.0


def test_what_depends_on_the_choice_of_eigenvectors_is_nan():
    assert np.any(np.isnan(dr.grad(lambda a: LA.eigh(a)[1][0, 0])(matrix([1.0, 1.0, 2.0]))))


def test_an_eigenvector_of_a_simple_eigenvalue_beside_repeated_ones():
    a = matrix([1.0, 1.0, 2.0])
    projector = lambda a: LA.eigh(a)[1][:, 2:] @ LA.eigh(a)[1][:, 2:].T
    t, g, h = hermitian(3, float), hermitian(3, float), 1e-4
    expected = (projector(a + h * t) - projector(a - h * t)) / (2 * h)
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
