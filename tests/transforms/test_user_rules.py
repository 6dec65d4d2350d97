"""Rules of a user's own that cannot be right raise, whatever mode asks for them, instead of giving a wrong derivative."""

import numpy as np
import pytest

import dualrev as dr

X = np.array([0.3, 1.2, -0.7])


def summed(f):
    return dr.grad(lambda x: np.sum(f(x)))


def custom(rule):
    f = dr.custom_jvp(lambda x: 2 * x)
    f.defjvp(lambda primals, tangents: (2 * primals[0], rule(*primals, *tangents)))
    return f


NOT_LINEAR = {
    "a square": lambda x, t: t**2,
    "a product with itself": lambda x, t: 2 * t * t,
    "a matrix product with itself": lambda x, t: np.outer(t, t) @ x,
    "the absolute value": lambda x, t: 2 * np.abs(t),
    "the inverse": lambda x, t: x / (1 + t),
    "a sum with a number": lambda x, t: 2 * t + 1,
    "nothing of it": lambda x, t: np.ones(3),
}
LINEAR = {
    "factors": lambda x, t: 2 * t * np.cos(x * 0),
    "a quotient": lambda x, t: -(-4 * t) / (1 + np.exp(0 * x)),
    "a choice": lambda x, t: np.where(x > 0, 2 * t, 2.0 * t),
    "sums": lambda x, t: t + np.flip(np.flip(t)),
    "products of matrices": lambda x, t: 2 * np.eye(3) @ t,
    "clipped within its range": lambda x, t: np.clip(2 * t, -1e9, 1e9),
}


@pytest.mark.parametrize("name", NOT_LINEAR)
def test_rules_that_are_not_linear_have_no_transpose(name):
    with pytest.raises(ValueError, match=r"linear in the tangent or cotangent.* \(at test_user_rules.py.*dualrev.primitive"):
        summed(custom(NOT_LINEAR[name]))(X)
    with pytest.raises(ValueError, match=r"linear in the tangent"):
        summed(dr.primitive(lambda x: 2 * x, jvp=lambda t, y, x: NOT_LINEAR[name](x, t)))(X)


@pytest.mark.parametrize("name", LINEAR)
def test_rules_that_are_linear_are_transposed(name):
    np.testing.assert_allclose(summed(custom(LINEAR[name]))(X), 2.0)
    np.testing.assert_allclose(summed(dr.primitive(lambda x: 2 * x, jvp=lambda t, y, x: LINEAR[name](x, t)))(X), 2.0)


def test_a_rule_of_scalars_that_does_not_vanish_at_zero_raises():
    f = dr.custom_jvp(lambda x: 2 * x)
    f.defjvp(lambda primals, tangents: (2 * primals[0], 2 * tangents[0] + 1))
    with pytest.raises(ValueError, match="does not return zeros for zeros"):
        dr.grad(f)(0.5)


def both_modes(f):
    return (lambda: summed(f)(X)), (lambda: dr.jvp(f, (X,), (X,)))


@pytest.mark.parametrize(("rule", "error", "words"), [
    (lambda y, x: (2 * x)[:, None], ValueError, r"shape \(3, 1\), it must have \(3,\)"),
    (lambda y, x: 2 * x[:2], ValueError, r"shape \(2,\), it must have \(3,\)"),
    (lambda y, x: [1.0, 2.0, 3.0], TypeError, "returned a list"),
    (lambda y, x: None, TypeError, "returned None. Does it lack a return"),
    (lambda y, x: 2 * x + 1j, TypeError, "complex numbers where argument and value are real"),
])
def test_partials_in_a_wrong_form(rule, error, words):
    for way in both_modes(dr.primitive(lambda x: x**2, elementwise=rule)):
        with pytest.raises(error, match=rf"elementwise= rule .*{words}"):
            way()


@pytest.mark.parametrize("f", [np.sum, lambda x: np.outer(x, x), lambda x: x[:2]])
def test_functions_that_are_not_elementwise(f):
    for way in both_modes(dr.primitive(lambda x: f(x), elementwise=lambda y, x: 2 * x)):
        with pytest.raises(ValueError, match=r"given elementwise=, but its result has shape .* \(at test_user_rules.py.*jvp= or vjp="):
            way()


def test_partials_may_be_numbers_and_may_broadcast():
    f = dr.primitive(lambda x, y: x * y + 3 * x, elementwise=(lambda z, x, y: y + 3.0, lambda z, x, y: x))
    a, b = np.array([1.0, 2.0]), np.array([[2.0], [3.0], [5.0]])
    of_a, of_b = dr.grad(lambda a, b: np.sum(f(a, b)), (0, 1))(a, b)
    np.testing.assert_allclose(of_a, [19.0, 19.0])
    np.testing.assert_allclose(of_b, [[3.0], [3.0], [3.0]])
    np.testing.assert_allclose(summed(dr.primitive(lambda x: 2 * x, elementwise=lambda y, x: 2.0))(X), 2.0)


def test_complex_tangents_of_real_values_raise():
    for rule in (lambda x, t: 2 * t + 1j * t,):
        for f in (custom(rule), dr.primitive(lambda x: 2 * x, jvp=lambda t, y, x: rule(x, t))):
            for way in both_modes(f):
                with pytest.raises(TypeError, match="complex .*where the value is real"):
                    way()


def test_custom_rules_of_methods():
    class Spring:
        def __init__(self, stiffness):
            self.stiffness = stiffness

        @dr.custom_jvp
        def energy(self, x):
            return self.stiffness * x**2

        @energy.defjvp
        def rule(primals, tangents):  # noqa: N805
            (self, x), (_, t) = primals, tangents
            return self.energy(x), 2 * self.stiffness * x * t

        @dr.custom_vjp
        def force(self, x):
            return 2 * self.stiffness * x

        force.defvjp(lambda self, x: (2 * self.stiffness * x, self), lambda self, g: (None, 2 * self.stiffness * g))

    spring = Spring(3.0)
    np.testing.assert_allclose(summed(spring.energy)(X), 6 * X)
    np.testing.assert_allclose(dr.jvp(spring.force, (X,), (X,))[1], 6 * X)
    np.testing.assert_allclose(spring.energy(X), 3 * X**2)
