"""Dual numbers made by hand: any NumPy code, nesting, mixing with the transforms."""

import pickle

import numpy as np
import pytest

import dualrev as dr
from tests.properties.oracles import assert_close

X = np.array([0.3, -1.2, 0.8])
T = np.array([1.0, 0.5, -2.0])


def test_scalar_and_its_printing():
    y = np.sin(dr.Dual(1.0, 1.0))
    assert isinstance(y, dr.Dual)
    assert (float(y.value), float(y.tangent)) == (np.sin(1.0), np.cos(1.0))
    assert repr(dr.Dual(1.0, 2.0)) == "Dual(1.0, 2.0)"
    assert repr(np.sin(dr.Dual(0.0, 1.0))) == "Dual(0.0, 1.0)"
    assert repr(dr.Dual(X, T)) == f"Dual({X!r}, {T!r})"
    assert "Dual(" in str(dr.Dual(1.0, 2.0))


@pytest.mark.parametrize("f", [lambda x: x * x + 3, lambda x: 2 / (1 + x**2), lambda x: np.exp(x) @ x, lambda x: np.sum(x[1:] * x[:-1]), lambda x: np.where(x > 0, x, x**2),
    lambda x: abs(x) ** 1.5,
                               lambda x: np.stack([x, x]).T @ x[0:2] if x.shape else x, lambda x: np.cumsum(x)[::-1] - x.mean(), lambda x: np.outer(x, x).ravel(),
                                   lambda x: x % 0.25, lambda x: divmod(x, 2)[1],
                               lambda x: 2**x, lambda x: 1 - x, lambda x: np.array([x[0], x[1] * 2]) * x[2], lambda x: +(-x)])
def test_arrays_against_jvp(f):
    y = f(dr.Dual(X, T))
    want, slope = dr.jvp(f, (X,), (T,))
    assert isinstance(y, dr.Dual)
    assert_close(y.value, want, 0)
    assert_close(y.tangent, slope, 0)
    assert y.shape == want.shape
    assert y.dtype == want.dtype


def test_what_does_not_depend_on_it_is_plain():
    assert type(np.floor(dr.Dual(1.5, 1.0))) is np.float64
    assert bool(dr.Dual(2.0, 1.0) > 1)
    assert (dr.Dual(X, T) > 0).tolist() == [True, False, True]
    assert int(np.argmax(dr.Dual(X, T))) == 2


def test_several_variables_as_several_directions():
    x, y = dr.Dual(3.0, np.float64(1.0)), dr.Dual(4.0, 0.0)
    assert float(np.hypot(x, y).tangent) == 0.6
    assert float((x * y).tangent) == 4.0


def test_nesting_by_hand():
    """A dual number of dual numbers gives second derivatives; the order of the levels is kept."""
    inner = dr.Dual(2.0, 1.0)
    z = dr.Dual(inner, dr.Dual(1.0, 0.0)) ** 3
    assert isinstance(z.tangent, dr.Dual)
    assert float(z.value.value) == 8.0
    assert float(z.value.tangent) == 12.0
    assert float(z.tangent.value) == 12.0
    assert float(z.tangent.tangent) == 12.0
    third = dr.Dual(dr.Dual(dr.Dual(2.0, 1.0), 1.0 + 0 * inner), 1.0 + 0 * dr.Dual(inner, 0 * inner))
    assert float((third**4).tangent.tangent.tangent) == 48.0


def test_nested_with_plain_tangents():
    z = np.sin(dr.Dual(dr.Dual(0.5, 1.0), 1.0))
    assert abs(float(z.tangent.tangent) + np.sin(0.5)) < 1e-15
    assert abs(float(z.tangent.value) - np.cos(0.5)) < 1e-15


def test_as_argument_of_transforms():
    x = dr.Dual(X, T)
    f = lambda x: np.sum(x**3) + x[0] * x[1]
    g = dr.grad(f)(x)
    assert isinstance(g, dr.Dual)
    assert_close(g.value, dr.grad(f)(X), 1e-15)
    assert_close(g.tangent, dr.hvp(f)(X, T), 1e-15)
    h = dr.hessian(f)(x)
    assert_close(h.value, dr.hessian(f)(X), 1e-15)
    assert_close(h.tangent[2, 2], 6 * T[2], 1e-15)


def test_inside_a_transform():
    def f(x):
        return np.sum(np.sin(dr.Dual(x, T)).tangent * x)

    want = np.cos(X) * T - np.sin(X) * T * X
    assert_close(dr.grad(f)(X), want, 1e-14)
    assert_close(dr.jvp(f, (X,), (X,))[1], want @ X, 1e-14)
    assert_close(dr.hvp(f)(X, T), dr.hvp(lambda x: np.sum(np.cos(x) * T * x))(X, T), 1e-13)


def test_mixed_with_values_of_a_transform():
    outer = dr.Dual(2.0, 1.0)
    result = dr.grad(lambda x: x**2 * outer)(3.0)
    assert (float(result.value), float(result.tangent)) == (12.0, 6.0)
    result = dr.derivative(lambda x: x**2 * outer**2 + outer)(3.0)
    assert (float(result.value), float(result.tangent)) == (24.0, 24.0)


def test_writing_into_dual_arrays():
    y = dr.Dual(np.zeros(3), np.zeros(3))
    y[0] = dr.Dual(2.0, 1.0)
    y[1:] = 5.0
    y *= dr.Dual(3.0, 0.5)
    assert_close(y.value, [6.0, 15.0, 15.0], 0)
    assert_close(y.tangent, [4.0, 2.5, 2.5], 0)


def test_making_one_does_not_share_or_change_what_it_was_made_of():
    x, t = X.copy(), T.copy()
    y = dr.Dual(x, t)
    y[0] = 9.0
    y += 1
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(t, T)


def test_types():
    assert dr.Dual(1, 1).dtype == float
    assert dr.Dual(np.arange(3), np.ones(3)).dtype == float
    assert dr.Dual(X.astype(np.float32), T).tangent.dtype == np.float32
    assert dr.Dual(1j, 1.0).tangent == 1.0
    assert complex(np.exp(dr.Dual(1j, 1.0)).tangent) == np.exp(1j)


@pytest.mark.parametrize(("value", "tangent"), [(X, 1.0), (X, T[:2]), (1.0, T), (X, T[None])])
def test_shapes_must_be_equal(value, tangent):
    with pytest.raises(ValueError, match=r"Dual: the tangent has shape .*, the value .*equal"):
        dr.Dual(value, tangent)


@pytest.mark.parametrize("bad", ["a", None, object(), np.array(["a"])])
def test_numbers_only(bad):
    with pytest.raises(TypeError, match="Dual: the (value|tangent)"):
        dr.Dual(bad, 1.0)
    with pytest.raises(TypeError, match="Dual: the (value|tangent)"):
        dr.Dual(1.0, bad)


def test_a_complex_tangent_of_a_real_value_is_refused():
    with pytest.raises((TypeError, ValueError), match="Dual: .*complex"):
        dr.Dual(1.0, 1j)


def test_parts_of_a_running_transform_are_not_for_taking():
    for attribute in ("value", "tangent"):
        with pytest.raises(TypeError, match=r"test_dual\.py:\d+: .*stop_gradient"):
            dr.jvp(lambda x: getattr(x, attribute), (1.0,), (1.0,))


def test_conversion_raises_like_any_traced_value():
    with pytest.raises(TypeError, match=r"float\(x\).*test_dual\.py"):
        float(dr.Dual(1.0, 1.0))
    with pytest.raises(TypeError, match="int"):
        int(dr.Dual(1.0, 1.0))


def test_dual_numbers_made_by_hand_can_be_pickled():
    for d in (dr.Dual(1.0, 2.0), np.sin(dr.Dual(X, 2 * X))):
        again = pickle.loads(pickle.dumps(d))
        np.testing.assert_array_equal(again.value, d.value)
        np.testing.assert_array_equal(np.exp(again).tangent, np.exp(d).tangent)
    with pytest.raises(TypeError, match="cannot be pickled"):
        dr.grad(lambda x: pickle.dumps(x))(1.0)
