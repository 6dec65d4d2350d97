"""Products of dual numbers in their own memory."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.forward import ForwardTrace
from dualrev.core.owned import scale


@pytest.fixture
def trace():
    return ForwardTrace()


@pytest.mark.parametrize("by", ["number", "array", "dual number", "dual array"])
def test_a_product_takes_the_memory_of_the_dual_array(trace, by):
    v, t = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])
    p = trace.dual(v + 0, t + 0)
    g = {"number": 3.0, "array": v * 2, "dual number": trace.dual(np.float64(3.0), np.float64(0.5)), "dual array": trace.dual(v * 2, t - 1)}[by]
    want = trace.dual(v, t) * g
    memory = p._value.ctypes.data, p._aux.ctypes.data
    assert scale(p, g)
    np.testing.assert_array_equal(p._value, want._value)
    np.testing.assert_allclose(p._aux, want._aux, rtol=1e-15)
    assert (p._value.ctypes.data, p._aux.ctypes.data) == memory


def test_memory_that_somebody_else_holds_is_left_alone(trace):
    v, t = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])
    own = lambda: np.array([4.0, 5.0, 6.0])  # noqa: E731
    frozen = own()
    frozen.flags.writeable = False
    assert not scale(trace.dual(v, own()), 2.0) and not scale(trace.dual(own(), t), 2.0) and not scale(trace.dual(own()[:], own()), 2.0)
    assert not scale(trace.dual(frozen, own()), 2.0) and not scale(trace.dual(own(), own()), np.ones(3, complex)) and not scale(trace.dual(own(), own()), np.ones((2, 3)))
    assert not scale(trace.dual(own(), own()), np.ones(3, np.float32)) and not scale(own(), 2.0)
    p = trace.dual(own(), own())
    assert not scale(p, p) and not scale(p, ForwardTrace().dual(own(), own()))
    np.testing.assert_array_equal([v, t, p._value], [[1, 2, 3], [0.5, -1, 2], [4, 5, 6]])


def test_the_values_on_the_tape_are_not_the_products():
    """The slope of exp is its own value, and that of a product its other factor: each is read twice here."""
    f = lambda x: np.sum(np.exp(x) * np.exp(x) * 3.0 + np.exp(2 * x) * x)  # noqa: E731
    x, v = np.array([0.1, 0.2, 0.3]), np.array([1.0, -1.0, 0.5])
    y, pullback = dr.vjp(dr.grad(f), x)
    want = (12 * np.exp(2 * x) + 4 * np.exp(2 * x) * (1 + x)) * v
    np.testing.assert_allclose(dr.hvp(f)(x, v), want)
    np.testing.assert_allclose(pullback(v)[0], want)
    twice = dr.jvp(lambda x: [dr.vjp(lambda x: np.exp(x) * x**2, x)[1](np.ones(3))[0] for _ in range(2)], (x,), (v,))[1]
    np.testing.assert_array_equal(*twice)
