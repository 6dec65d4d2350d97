"""`dualrev.debug`: it names the function, its operands, the line and a remedy, and is silent where the result is finite."""

import numpy as np
import pytest

import dualrev as dr

CASES = {
    "gradient of a root at 0": (lambda: dr.grad(lambda x: np.sqrt(np.sum(x**2)))(np.zeros(3)), "derivative", "np.sqrt(0.0)", "np.linalg.norm"),
    "overflow": (lambda: dr.grad(lambda x: np.sum(np.log(1 + np.exp(x))))(np.array([1.0, 1000.0])), "value", "np.exp(", "np.logaddexp(0, x)"),
    "sigmoid": (lambda: dr.grad(lambda x: 1 / (1 + np.exp(-x)))(-1000.0), "derivative", "np.exp(1000.0)", "expit"),
    "tangent": (lambda: dr.jvp(np.sqrt, (np.array([0.0, 1.0]),), (np.ones(2),)), "derivative", "np.sqrt(", "infinite at 0"),
    "second order": (lambda: dr.hvp(lambda x: np.sum(np.abs(x) ** 1.5))(np.array([0.0, 1.0]), np.ones(2)), "derivative", "np.power(", "exponents below 1"),
    "jacobian": (lambda: dr.jacobian(lambda x: np.log(x) * x, mode="reverse")(np.array([0.0, 1.0])), "value", "np.log(", "xlogy"),
    "angle": (lambda: dr.grad(np.arctan2, (0, 1))(0.0, 0.0), "derivative", "np.arctan2(", "np.where"),
    "in place": (lambda: dr.grad(_written)(np.array([1.0, 0.0])), "value", "np.log(", "np.where"),
    "pullback": (lambda: dr.vjp(np.cbrt, np.zeros(2))[1](np.ones(2)), "derivative", "np.cbrt(", "np.where"),
}


def _written(x):
    y = np.zeros_like(x)
    y[:] = np.log(x)
    return np.sum(y)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CASES)
def test_names_the_first_culprit(name):
    call, kind, operation, remedy = CASES[name]
    with dr.debug(), pytest.raises(FloatingPointError) as caught:
        call()
    message = str(caught.value)
    assert f"The first {kind} that is not finite comes from {operation}" in message
    assert remedy in message and "test_debug.py:" in message
    assert isinstance(caught.value, dr.core.errors.DualrevError)


@pytest.mark.parametrize("f", [
    lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0)),
    lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)),
    lambda x: np.linalg.norm(x * 0.0),
    lambda x: np.sum(np.stack([x[0] * x[1], np.exp(x[1])])),
    lambda x: np.sum(np.array([x[0] * x[1], np.exp(x[1])])),
])
def test_finite_results_pass(f):
    x = np.array([0.0, 1.0])
    plain = dr.grad(f)(x)
    with dr.debug():
        np.testing.assert_array_equal(dr.grad(f)(x), plain)
        np.testing.assert_allclose(dr.jacobian(f, mode="forward")(x), plain)


def test_second_derivatives_and_views_work_inside():
    def f(x):
        y = x.copy()
        y[1:] *= y[:-1]
        return np.sum(y**3)

    x, v = np.array([0.5, 1.5, -0.7]), np.array([1.0, -1.0, 2.0])
    plain = dr.hvp(f)(x, v)
    with dr.debug():
        np.testing.assert_array_equal(dr.hvp(f)(x, v), plain)
        np.testing.assert_allclose(dr.grad(lambda x: np.sum(dr.grad(f)(x) * v))(x), plain, rtol=1e-13)


def test_object_arrays_as_results():
    with dr.debug():
        np.testing.assert_array_equal(dr.jacobian(lambda x: np.array([x[0] * x[1], x[1]]))(np.array([2.0, 3.0])), [[3.0, 2.0], [0.0, 1.0]])


def test_nothing_is_left_behind():
    with pytest.raises(FloatingPointError), dr.debug():
        dr.grad(np.sqrt)(0.0)
    assert dr.grad(np.sqrt)(0.0) == np.inf


def test_a_constant_changed_through_another_view_is_noticed():
    w = np.ones(100_000)
    other = w[:10]

    def f(x):
        y = x * w
        other[3] = 5.0
        return np.sum(y)

    with dr.debug(), pytest.raises(dr.core.errors.DualrevError, match="np.multiply used was changed in place"):
        dr.grad(f)(np.ones(100_000))


def test_a_value_that_was_given_as_nan_is_not_blamed_on_the_function():
    with dr.debug(), pytest.raises(FloatingPointError, match=r"np.power\(\[nan  1.\]\).*not finite before any call: look at the arguments"):
        dr.grad(lambda x: np.sum(x**2))(np.array([np.nan, 1.0]))
