"""dr.scipy.special: the special points of the conventions, keywords, and what raises."""

import numpy as np
import pytest
import scipy.special

import dualrev as dr
from dualrev.core.errors import NoRuleError
from tests.rules.ways import check

sp = dr.scipy.special
INF = np.inf
X = np.array([[0.3, -1.2, 2.0], [1.5, 0.4, -0.7]])


@pytest.mark.parametrize(("x", "weights"), [([-INF, -INF], [0.5, 0.5]), ([-INF, 0.0], [0.0, 1.0]), ([INF, 0.0], [1.0, 0.0]), ([INF, INF], [0.5, 0.5]), ([1000.0, 0.0], [1.0, 0.0]),
                                             ([-1e4, -1e4], [0.5, 0.5])])
def test_weights_of_logsumexp(x, weights):
    x = np.array(x)
    np.testing.assert_array_equal(dr.grad(sp.logsumexp)(x), weights)
    np.testing.assert_array_equal(dr.jacobian(sp.logsumexp, mode="forward")(x), weights)
    np.testing.assert_array_equal(dr.grad(lambda x: np.where(x[0] == x[0], 1.0, sp.logsumexp(x)))(x), 0.0)
    np.testing.assert_array_equal(np.sum(dr.grad(lambda y: np.sum(sp.logsumexp(y, axis=1)))(np.stack([x, x])), axis=1), 1.0)
    hessian = dr.hessian(sp.logsumexp)(x)
    assert np.all(np.isfinite(hessian))
    np.testing.assert_allclose(np.sum(hessian, axis=0), 0.0, atol=1e-15)


def test_logsumexp_with_factors():
    b = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 1.5]])
    check(lambda x, b: sp.logsumexp(x, 1, b, return_sign=True)[0], X, b)
    np.testing.assert_array_equal(dr.vjp(lambda x: sp.logsumexp(x, axis=1, b=b, return_sign=True)[0], X)[0], scipy.special.logsumexp(X, axis=1, b=b, return_sign=True)[0])
    check(lambda x: sp.logsumexp(x, axis=0, b=np.abs(b) + 1, keepdims=True), X)
    assert dr.grad(lambda b: sp.logsumexp(X[0], b=b), 0)(np.array([0.0, 1.0, 2.0]))[0] > 0
    with pytest.raises(NoRuleError, match="return_sign.*complex"):
        dr.grad(lambda x: np.real(sp.logsumexp(x, return_sign=True)[0]))(X + 1j)


def test_softmax_and_its_logarithm():
    check(lambda x: sp.softmax(x, axis=1), X)
    check(lambda x: sp.log_softmax(x, axis=0), X)
    np.testing.assert_allclose(dr.jacobian(sp.log_softmax)(np.array([1000.0, 0.0])), [[0.0, 0.0], [-1.0, 1.0]], atol=1e-300)


def test_sums_of_gamma_functions():
    check(lambda x: sp.multigammaln(x, 3), np.abs(X) + 2)
    check(lambda x: sp.polygamma(np.array([0, 1, 2]), x), np.abs(X) + 1)
    assert dr.grad(lambda x: sp.polygamma(1, x))(2.5) == pytest.approx(scipy.special.polygamma(2, 2.5), rel=1e-13)
    with pytest.raises(NoRuleError, match="argument 0 .'n'."):
        dr.grad(lambda n: sp.polygamma(n, 2.0))(1.0)


def test_combinations():
    check(sp.comb, np.array([5.5, 7.0]), np.array([2.2, 3.0]))
    check(sp.perm, np.array([5.5, 7.0]), np.array([2.2, 3.0]))
    assert dr.grad(sp.factorial)(3.0) == pytest.approx(6 * scipy.special.psi(4.0))
    assert dr.grad(lambda n: sp.comb(n, 5.0))(3.0) == 0.0
    for f in (lambda n: sp.comb(n, 2, exact=True), lambda n: sp.perm(n, 2, exact=True), lambda n: sp.factorial(n, exact=True)):
        with pytest.raises(NoRuleError, match="exact=True is a function of whole numbers"):
            dr.grad(f)(5.0)


def test_oscillating_functions():
    x = np.array([0.4, 1.7, 5.0])
    for f in (sp.spherical_jn, sp.spherical_yn, sp.spherical_in, sp.spherical_kn):
        check(lambda x: f(2, x), x)
        np.testing.assert_allclose(dr.jvp(lambda x: f(3, x), (x,), (np.ones(3),))[1], f(3, x, True), rtol=1e-12)
        np.testing.assert_allclose(dr.vjp(lambda x: f(0, x, derivative=True), x)[0], f(0, x, True), rtol=1e-12)
    for f in (sp.jvp, sp.ivp, sp.yvp, sp.kvp):
        np.testing.assert_allclose(dr.jvp(lambda x: f(1, x, 1), (x,), (np.ones(3),))[1], f(1, x, 2), rtol=1e-12)
    for n in (1, 4, 5):
        check(lambda x: sp.diric(x, n), np.array([0.3, -2.0, 7.0]))
        assert dr.grad(lambda x: sp.diric(x, n))(2 * np.pi) == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(NoRuleError, match="diric has a derivative rule for one integer"):
        dr.grad(lambda x: np.sum(sp.diric(x, np.array([2, 3]))))(0.3)


def test_what_is_unsupported_says_why():
    for f, why in ((sp.bernoulli, "whole numbers"), (lambda x: sp.roots_jacobi(3, x, 0.5), "quadrature"), (sp.ai_zeros, "counts zeros")):
        with pytest.raises(NoRuleError, match=why):
            dr.grad(f)(0.5)
