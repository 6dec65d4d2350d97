"""Perturbation confusion: nested derivatives whose perturbations must not be mistaken for each other.

After Siskind and Pearlmutter, "Perturbation confusion and referential transparency" (2005) and "Nesting forward-mode AD in a functional framework" (2008);
Manzyuk, Pearlmutter, Radul, Rush and Siskind, "Perturbation confusion in forward automatic differentiation of higher-order functions" (2019).
"""

import itertools

import numpy as np
import pytest

import dualrev as dr


def by_jvp(f):
    return lambda x: dr.jvp(f, (x,), (1.0,))[1]


def by_vjp(f):
    return lambda x: dr.vjp(f, x)[1](np.float64(1.0))[0]


def by_dual(f):
    def slope(x):
        y = f(dr.Dual(x, 1.0))
        return y.tangent if isinstance(y, dr.Dual) else 0.0

    return slope


MODES = {"derivative": dr.derivative, "grad": dr.grad, "jvp": by_jvp, "vjp": by_vjp, "linearize": lambda f: lambda x: dr.linearize(f, x)[1](1.0),
    "jacobian": lambda f: dr.jacobian(f)}
PAIRS = list(itertools.product(MODES, MODES))


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
class TestTwoLevels:
    def test_inner_constant(self, outer, inner):
        """d/dx (x d/dy (x + y) at y = 1) at x = 1 is 1; confusion gives 2."""
        d, e = MODES[outer], MODES[inner]
        assert float(d(lambda x: x * e(lambda y: x + y)(1.0))(1.0)) == 1.0

    def test_inner_product(self, outer, inner):
        """d/dx (x d/dy (x y) at y = 2) at x = 3 is 6."""
        d, e = MODES[outer], MODES[inner]
        assert float(d(lambda x: x * e(lambda y: x * y)(2.0))(3.0)) == 6.0

    def test_inner_at_the_outer_value(self, outer, inner):
        """d/dx d/dy (x^2 y^3) at y = x is d/dx 3 x^4 = 12 x^3."""
        d, e = MODES[outer], MODES[inner]
        assert float(d(lambda x: e(lambda y: x**2 * y**3)(x))(2.0)) == 96.0

    def test_inner_ignores_its_argument(self, outer, inner):
        d, e = MODES[outer], MODES[inner]
        assert float(d(lambda x: x * e(lambda y: x * 1.0)(x))(3.0)) == 0.0

    def test_sine(self, outer, inner):
        d, e = MODES[outer], MODES[inner]
        got = float(d(lambda x: np.sin(x) * e(lambda y: np.sin(x * y))(x))(0.7))
        want = np.cos(0.7) * 0.7 * np.cos(0.49) + np.sin(0.7) * (np.cos(0.49) - 2 * 0.49 * np.sin(0.49))
        assert abs(got - want) < 1e-14

    def test_closure_over_an_outer_array(self, outer, inner):
        d, e = MODES[outer], MODES[inner]
        w = np.array([1.0, 2.0, 3.0])

        def f(x):
            v = w * x
            return np.sum(v * e(lambda y: np.sum(v * np.sin(v * y)))(x))

        x, total = 0.3, 0.0
        s, q = np.sum(w), lambda x: np.sum((w * x) ** 2 * np.cos(w * x * x))
        h = 1e-3
        slope = (8 * (q(x + h) - q(x - h)) - (q(x + 2 * h) - q(x - 2 * h))) / (12 * h)
        total = s * q(x) + s * x * slope
        assert abs(float(d(f)(x)) - total) < 1e-9

    def test_stored_inner_closure_is_called_outside(self, outer, inner):
        """The derivative of a function that returns a function."""
        d, e = MODES[outer], MODES[inner]

        def curried(x):
            return lambda y: x * y**2

        assert float(d(lambda x: e(curried(x))(3.0))(5.0)) == 6.0


@pytest.mark.parametrize("modes", list(itertools.product(["derivative", "grad"], repeat=3)))
def test_three_levels(modes):
    """d/dx x d/dy y d/dz (x y z)^2 at z = x + y, y = x."""
    a, b, c = (MODES[m] for m in modes)
    got = a(lambda x: x * b(lambda y: y * c(lambda z: (x * y * z) ** 2)(x + y))(x))(1.5)
    # inner: 2 x^2 y^2 (x + y); times y: 2 x^3 y^3 + 2 x^2 y^4; d/dy at y = x: 6 x^5 + 8 x^5; times x: 14 x^6
    assert abs(float(got) - 84 * 1.5**5) < 1e-10


@pytest.mark.parametrize("mode", MODES)
def test_the_amazing_bug(mode):
    """Manzyuk et al., section 3: a derivative taken of a curried function and applied to itself must not lose a perturbation."""
    d = MODES[mode]

    def s(u):
        return lambda f: lambda x: f(x + u)

    def shifted_slope(f, x):
        return d(lambda u: s(u)(f)(x))(0.0)

    got = shifted_slope(lambda y: shifted_slope(np.exp, y), 1.0)
    assert abs(float(got) - np.e) < 1e-14


@pytest.mark.parametrize("inner", ["derivative", "grad", "jvp", "vjp"])
def test_dual_by_hand_around_a_transform(inner):
    d = MODES[inner]
    y = dr.Dual(2.0, 1.0)
    z = d(lambda x: x**2 * y**3)(3.0)
    assert isinstance(z, dr.Dual)
    assert float(z.value) == 48.0
    assert float(z.tangent) == 72.0
    w = d(lambda x: x**2 * y**3)(y)
    assert (float(w.value), float(w.tangent)) == (32.0, 64.0)


@pytest.mark.parametrize("outer", ["derivative", "grad", "jvp", "vjp"])
def test_dual_by_hand_inside_a_transform(outer):
    d = MODES[outer]
    assert float(d(lambda x: x * by_dual(lambda y: x + y)(1.0 + 0 * x))(1.0)) == 1.0
    assert float(d(by_dual(lambda y: y**4))(2.0)) == 48.0
    assert float(d(lambda x: by_dual(lambda y: x**2 * y**3)(x))(2.0)) == 96.0
    assert float(d(d(by_dual(lambda y: y**5)))(2.0)) == 240.0
    assert float(d(by_dual(d(lambda y: y**5)))(2.0)) == 240.0


@pytest.mark.parametrize("outer", ["derivative", "grad", "jvp", "vjp"])
def test_a_dual_of_plain_numbers_belongs_outside_a_running_transform(outer):
    """Its tangent cannot be asked for inside: an error, never the outer one's tangent."""
    with pytest.raises((TypeError, AttributeError), match="tangent"):
        MODES[outer](lambda x: (x * dr.Dual(1.0, 1.0)).tangent)(2.0)


def test_side_effects_of_an_inner_run_reach_the_outer_one():
    """A list filled by the inner function with values of the outer level stays good."""
    def f(x):
        kept = []
        dr.grad(lambda y: [kept.append(x**2), y * x][1])(1.0)
        return kept[0]

    assert dr.grad(f)(3.0) == 6.0
    assert dr.derivative(f)(3.0) == 6.0


def test_a_pullback_of_an_outer_value_used_inside_another_transform():
    def f(x):
        y, pullback = dr.vjp(lambda z: z * x**2, x)
        return dr.grad(lambda s: pullback(s)[0] * s)(x)

    # pullback(s) = s x^2, so d/ds s^2 x^2 = 2 s x^2 = 2 x^3 at s = x
    assert abs(dr.grad(f)(2.0) - 24.0) < 1e-12
    assert abs(dr.derivative(f)(2.0) - 24.0) < 1e-12


def test_a_pushforward_applied_to_traced_tangents():
    y, push = dr.linearize(lambda x: np.sin(x) * x, 1.2)
    slope = np.cos(1.2) * 1.2 + np.sin(1.2)
    assert abs(dr.grad(lambda t: push(t) ** 2)(3.0) - 6 * slope**2) < 1e-12
    assert abs(dr.derivative(lambda t: push(t) ** 2)(3.0) - 6 * slope**2) < 1e-12
    y, pull = dr.vjp(lambda x: np.sin(x) * x, 1.2)
    assert abs(dr.grad(lambda g: pull(g)[0] ** 2)(np.float64(3.0)) - 6 * slope**2) < 1e-12
    assert abs(dr.derivative(lambda g: pull(g)[0] ** 2)(np.float64(3.0)) - 6 * slope**2) < 1e-12


def test_tangents_that_are_traced():
    """d/dt of a jvp along t x: linear in the tangent."""
    x = np.array([0.3, -0.4])
    f = lambda x: np.sum(np.sin(x) * x[::-1])
    want = dr.jvp(f, (x,), (x,))[1]
    for d in (dr.grad, dr.derivative):
        assert abs(d(lambda t: dr.jvp(f, (x,), (t * x,))[1])(0.7) - want) < 1e-14


def test_mixed_partials_of_all_orders_up_to_four():
    f = lambda x, y: np.exp(x) * y**4 + x**3 * y**2
    x, y = 0.5, 1.5
    want = np.exp(x) * 12 * y**2 + 6 * x * 2  # d2/dx2 d2/dy2
    for order in set(itertools.permutations("xxyy")):
        for modes in itertools.product([dr.grad, lambda f, k: lambda *a: dr.jvp(f, a, tuple(1.0 if i == k else 0.0 for i in range(2)))[1]], repeat=4):
            g = f
            for name, d in zip(order, modes, strict=True):
                g = d(g, "xy".index(name))
            assert abs(float(g(x, y)) - want) < 1e-10
