"""scipy.special: the points where libraries disagree, refusals, and the functions that reach a ufunc through Python."""

import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.core.errors import NoRuleError


def both(f, x):
    """The derivative in either mode, which must agree."""
    forward, reverse = dr.jvp(f, (x,), (1.0,))[1], dr.grad(f)(x)
    np.testing.assert_array_equal(forward, reverse)
    return reverse


@pytest.mark.parametrize(("f", "x", "want"), [
    (lambda x: sp.xlogy(x, 0.0), 0.0, -np.inf), (lambda y: sp.xlogy(0.0, y), 0.0, 0.0), (lambda x: sp.xlogy(x, 2.0), 0.0, np.log(2.0)), (lambda x: sp.xlogy(0.0, x), 3.0, 0.0),
    (lambda y: sp.xlog1py(0.0, y), -1.0, 0.0), (sp.entr, 0.0, np.inf), (lambda x: sp.rel_entr(x, 0.0), 0.0, np.inf), (lambda y: sp.rel_entr(0.0, y), 0.0, 0.0),
    (lambda y: sp.kl_div(0.0, y), 0.0, 1.0), (sp.erfinv, 1.0, np.inf), (sp.erfcinv, 0.0, -np.inf), (sp.spence, 1.0, -1.0), (lambda x: sp.shichi(x)[0], 0.0, 1.0),
    (lambda x: sp.sici(x)[0], 0.0, 1.0), (lambda r: sp.huber(1.0, r), 1.0, 1.0), (lambda r: sp.huber(1.0, r), -5.0, -1.0), (sp.rgamma, -2.0, 2.0), (sp.exprel, 0.0, 0.5),
    (lambda x: np.real(sp.lambertw(x)), 0.0, 1.0),
    (lambda x: sp.betainc(1.0, 1.0, x), 0.0, 1.0), (lambda x: sp.gammainc(1.0, x), 0.0, 1.0), (lambda a: sp.gammainc(a, 0.0), 2.0, 0.0),
    (lambda x: sp.boxcox(2.0, x), 0.0, np.log(2.0) ** 2 / 2), (sp.expit, -1000.0, 0.0),
    (sp.i1, 0.0, 0.5), (lambda t: sp.stdtr(3.0, t), 0.0, sp.gamma(2) / sp.gamma(1.5) / np.sqrt(3 * np.pi)),
])
def test_special_points(f, x, want):
    assert both(f, x) == pytest.approx(want, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("f", [sp.erfinv, sp.gammaln, sp.entr, sp.exp1, lambda x: sp.gammainc(x, 2.0), lambda x: sp.kv(x, x), sp.ndtri, sp.digamma])
def test_what_where_does_not_choose_leaves_nothing(f):
    x = np.array([0.5, 0.0, -2.0])
    with np.errstate(all="ignore"):
        for mode in ("forward", "reverse"):
            def g(x):
                return np.where(x > 0, f(np.where(x > 0, x, 1.0)), 0.0)

            np.testing.assert_array_equal(dr.jacobian(g, mode=mode)(x)[1:], 0.0)
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.where(x > 0, sp.entr(x), 0.0)))(x)[1:], 0.0)


@pytest.mark.parametrize(("f", "x", "match"), [
    (lambda a: sp.gammainc(a, 2.0), 1e6, "gammainc in a"), (lambda a: sp.betainc(a, 1.0, 0.5), 1e-9, "betainc in a"), (lambda v: sp.jv(v, 2.0), 90.0, "jv in the order"),
    (lambda v: sp.kv(v, 500.0), 2.0, "kv in the order"), (lambda v: np.real(sp.iv(v, 1 + 1j)), 2.0, "iv in the order"), (lambda s: sp.zeta(s), -20.0, "zeta in s"),
    (lambda a: sp.hyp2f1(a, 1.0, 2.0, 0.99), 0.5, "hyp2f1 in a, b and c"), (lambda n: sp.eval_legendre(n, -0.5), 40.3, "cancels"),
    (lambda n: sp.eval_hermite(n, 0.3), 2.0, "argument 0"),
    (lambda a: sp.hyp1f1(a, 2.0, -10.0), 60.0, "hyp1f1 in a and b"), (lambda b: sp.hyp0f1(b, 2.0), -3.0, "not a pole"),
    (lambda a: sp.hyperu(a, 2.0, 1e4), 1.0, "hyperu in a and b"),
    (lambda k: sp.pdtr(k, 2.0), 3.0, "argument 0"), (lambda n: sp.bdtr(2.0, n, 0.3), 5.0, "argument 1"), (lambda x: np.real(sp.modfresnelp(x)[0]), -1.0, "value is wrong there"),
    (lambda v: sp.struve(v, 200.0), 1.0, "struve in the order"), (lambda a: sp.wright_bessel(a, 1.0, 600.0), 1.0, "wright_bessel in a and b"),
    (lambda d: sp.chndtr(2.0, d, 1e4), 2.0, "chndtr"), (lambda d: sp.ncfdtr(1e4, d, 1.0, 2.0), 2.0, "ncfdtr"), (lambda d: sp.nctdtr(d, 60.0, 2.0), 2.0, "nctdtr"),
    (lambda v: np.real(sp.hankel1(v, 2.0 + 1j)), 1.0, "real arguments"), (lambda x: np.real(sp.airye(x + 1j)[0]), 0.7, "not holomorphic"),
    (lambda p: sp.elliprj(1.0, 2.0, 3.0, p), -1.0, "principal value"), (lambda d: sp.smirnov(20000, d), 0.01, "n <= 1e4"), (lambda n: sp.smirnov(n, 0.3), 5.0, "argument 0"),
    (lambda p: sp.ncfdtridfd(1.5, p, 1.2, 0.9), 0.35, "outside of 0.01"),
    (lambda c: sp.pro_cv(2, 3, c), 70.0, "pro_cv has no derivative rule outside of n <= 40"),
    (lambda x: sp.pro_rad2(1, 2, 1.5, x)[0], 1.3, "SciPy's value is wrong"), (lambda c: sp.pro_rad2(1, 2, c, 1.9)[1], 3.5, "argument 2"),
    (lambda x: sp.obl_ang1_cv(1, 2, 1.5, 3.0, x)[0], 0.3, "not the characteristic value"), (lambda c: sp.obl_rad1_cv(1, 2, c, 4.0, 2.0)[0], 1.5, "argument 2"),
    (lambda x: sp.pro_ang1(0, 0, 29.0, x)[0], 0.999, "cancels"),
    (lambda x: np.real(sp.jve(1.0, x + 1j)), 0.7, "not holomorphic"),
])
def test_refusals(f, x, match):
    with pytest.raises(NoRuleError, match=match):
        dr.grad(f)(x)
    with pytest.raises(NoRuleError, match=match):
        dr.jvp(f, (x,), (1.0,))


@pytest.mark.parametrize(("f", "x"), [
    (lambda x: sp.zeta(x, 2.5), 3.0), (sp.zeta, 3.0), (lambda q: sp.zeta(3.0, q), 2.0), (lambda x: np.real(sp.lambertw(x)), 1.5), (lambda x: sp.fresnel(x)[1], 0.4),
    (lambda x: sp.airy(x)[2], 0.7), (lambda x: sp.ellipj(x, 0.3)[0], 0.7), (lambda m: sp.ellipj(0.7, m)[2], 0.3),
])
def test_functions_that_reach_a_ufunc(f, x):
    h = 1e-5
    assert both(f, x) == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-8)


def test_second_derivatives_in_parameters():
    """Mixed: density of the gamma distribution differentiated in its shape, which has a closed form."""
    a, x = 2.3, 1.7
    mixed = dr.derivative(lambda x: dr.grad(lambda a: sp.gammainc(a, x))(a))(x)
    density = np.exp((a - 1) * np.log(x) - x - sp.gammaln(a))
    assert mixed == pytest.approx(density * (np.log(x) - sp.psi(a)), rel=1e-12)
    assert dr.derivative(dr.derivative(lambda v: sp.kv(v, 2.0)))(0.0) == pytest.approx((sp.kv(1e-4, 2.0) - sp.kv(0.0, 2.0)) * 2e8, rel=1e-6)
    assert dr.grad(lambda v: sp.iv(v, 10.0))(0.0) == pytest.approx(-sp.k0(10.0), rel=1e-10)


def test_smirnov_at_the_points_where_polynomials_meet():
    """There the slope on the right counts, at 0 and 1 too: n = 2 gives 1 - d - d**2 up to 1/2, and (1 - d)**2 from there."""
    np.testing.assert_allclose([dr.derivative(lambda d: sp.smirnov(2, d))(d) for d in (0.0, 0.25, 0.5, 0.75, 1.0)], [-1, -1.5, -1, -0.5, 0], rtol=1e-15)
    assert dr.derivative(dr.derivative(lambda d: sp.smirnov(2, d)))(0.25) == pytest.approx(-2, rel=1e-14)
    assert np.isnan(dr.grad(lambda d: sp.smirnov(2, d))(1.5))


def test_spheroidal_functions_where_they_end():
    """At x = 0 one of a pair is stationary; beyond the ends there is no value, and no derivative."""
    assert dr.grad(lambda x: sp.pro_ang1(0, 2, 1.5, x)[0])(0.0) == 0
    assert np.isnan(dr.grad(lambda x: sp.pro_ang1(0, 2, 1.5, x)[0])(1.5))
    assert np.isnan(dr.grad(lambda c: sp.pro_cv(3, 2, c))(1.5))
    x = np.array([[0.3], [-0.8]])
    both = dr.jvp(lambda c: sp.obl_ang1([0, 1], [2, 3], c, x)[1], (np.array([1.5, 2.0]),), (np.ones(2),))[1]
    assert both[1, 1] == pytest.approx(dr.grad(lambda c: sp.obl_ang1(1, 3, c, -0.8)[1])(2.0), rel=1e-14)


@pytest.mark.parametrize(("f", "x", "other"), [
    (lambda d: sp.smirnov(20, d), 0.11, 0.63), (lambda p: sp.smirnovi(20, p), 0.3, 0.9), (lambda c: sp.pro_cv(1, 4, c), 2.0, 7.5),
    (lambda c: sp.obl_ang1(0, 3, c, 0.4)[1], 2.0, 7.5),
    (lambda x: sp.pro_rad1(1, 2, 3.5, x)[0], 1.9, 1.2), (lambda x: sp.pro_rad2(1, 2, 3.5, x)[1], 2.1, 2.7),
    (lambda x: sp.obl_rad2_cv(1, 2, 3.5, sp.obl_cv(1, 2, 3.5), x)[0], 2.1, 2.7),
])
def test_programs_and_batches_of_slopes(f, x, other):
    """What was recorded at one point holds at another; a batch is its examples; a second derivative is that of the first."""
    assert dr.trace(dr.grad(f), x)(other) == pytest.approx(dr.grad(f)(other), rel=1e-12)
    np.testing.assert_allclose(dr.vmap(dr.grad(f))(np.array([x, other])), [dr.grad(f)(x), dr.grad(f)(other)], rtol=1e-12)
    h = 1e-5 * other
    assert dr.derivative(dr.grad(f))(other) == pytest.approx((dr.grad(f)(other + h) - dr.grad(f)(other - h)) / (2 * h), rel=1e-6)


def test_a_program_still_looks_whether_the_value_is_right():
    program = dr.trace(dr.grad(lambda x: sp.pro_rad2(1, 2, 1.5, x)[0]), 6.0)
    with pytest.raises(NoRuleError, match="SciPy's value is wrong"):
        program(1.3)


def test_roots_that_are_not_exact_have_exact_slopes():
    p = sp.ncfdtr(5.0, 10.0, 20.0, 4.0)
    assert abs(sp.ncfdtridfn(p, 10.0, 20.0, 4.0) - 5) > 1e-6, "SciPy has become better: the correction may go"
    assert dr.grad(sp.ncfdtridfn)(p, 10.0, 20.0, 4.0) == pytest.approx(1 / dr.grad(sp.ncfdtr)(5.0, 10.0, 20.0, 4.0), rel=1e-10)
    program = dr.trace(dr.grad(sp.ncfdtrinc, 2), 5.0, 10.0, p, 4.0)
    q = sp.ncfdtr(6.0, 10.0, 15.0, 3.0)
    assert program(6.0, 10.0, q, 3.0) == pytest.approx(dr.grad(sp.ncfdtrinc, 2)(6.0, 10.0, q, 3.0), rel=1e-10)


@pytest.mark.parametrize("f", [sp.elliprf, sp.elliprg])
def test_carlsons_integrals_where_one_argument_is_zero(f):
    h, at = 1e-6, (0.7, 0.0, 1.3)
    for k in (0, 2):
        shifted = [f(*(a + s * h * (i == k) for i, a in enumerate(at))) for s in (1, -1)]
        np.testing.assert_allclose(dr.grad(f, k)(*at), (shifted[0] - shifted[1]) / (2 * h), rtol=1e-7)
    np.testing.assert_allclose(dr.grad(f, 1)(*at), -np.inf if f is sp.elliprf else sp.elliprf(*at) / 4, rtol=1e-10)
