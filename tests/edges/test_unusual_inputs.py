"""Empty, zero-dimensional, read-only, strided and non-finite inputs, numbers of all kinds: nothing is lost."""

import pickle
from fractions import Fraction

import numpy as np
import pytest

import dualrev as dr
from tests.properties.oracles import assert_same_value, check_first_order, check_second_order

X = np.array([0.5, -1.0, 2.0])


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0), (3, 0, 2)])
@pytest.mark.parametrize("f", [np.sin, lambda x: np.sum(x**2), lambda x: x.T @ x, lambda x: np.concatenate([x, x]), lambda x: x.reshape(-1), lambda x: np.sum(x, axis=0),
    lambda x: x[..., ::2] * 3,
                               lambda x: np.where(x > 0, x, 1.0), lambda x: np.cumsum(x, axis=0), lambda x: np.prod(x, axis=-1), lambda x: x[x > 0],
                                   lambda x: np.zeros_like(x) + x, np.copy])
def test_empty_arrays(f, shape):
    x = np.zeros(shape)
    try:
        f(x)
    except ValueError:
        for call in (lambda: dr.vjp(f, x), lambda: dr.jvp(f, (x,), (x,))):
            with pytest.raises(ValueError):  # noqa: PT011
                call()
        return
    check_first_order(f, (x,), differences=False)
    check_second_order(f, (x,), differences=False)


def test_gradient_of_an_empty_sum():
    g = dr.grad(np.sum)(np.zeros((0, 4)))
    assert g.shape == (0, 4)
    assert g.dtype == float


@pytest.mark.parametrize("f", [np.sum, lambda x: np.sum(x**2), lambda x: np.sum(np.exp(x) * x), lambda x: np.prod(x), lambda x: np.sum(np.maximum(x, 0.0))])
def test_nan_is_allowed_and_passes_through(f):
    x = np.array([1.0, np.nan, 2.0])
    value, g = dr.value_and_grad(f)(x)
    y, dy = dr.jvp(f, (x,), (np.array([1.0, 0.0, 0.0]),))
    assert_same_value(value, f(x))
    assert_same_value(y, f(x))
    assert np.isnan(value)
    assert g.shape == (3,)
    np.testing.assert_allclose(dy, np.sum(g * [1.0, 0.0, 0.0]), equal_nan=True)


def test_nan_stays_where_it_belongs():
    x = np.array([1.0, np.nan, np.inf])
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(x * 3))(x), [3, 3, 3])
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(x * x))(x), [2, np.nan, np.inf])
    np.testing.assert_array_equal(dr.jvp(np.square, (x,), (np.ones(3),))[1], [2, np.nan, np.inf])


@pytest.mark.parametrize("f", [lambda x: np.sum(x**2), lambda x: x[0] * x[-1], lambda x: np.sum(np.sort(x) * np.arange(x.size))])
def test_read_only_and_strided_arrays(f):
    base = np.arange(12.0)[::-1] / 7
    frozen = base[:4].copy()
    frozen.flags.writeable = False
    for x in (frozen, base[::3], np.broadcast_to(base[:1], (4,)), np.asfortranarray(base.reshape(3, 4))[1], base[:4][::-1]):
        before = x.copy()
        g = dr.grad(f)(x)
        np.testing.assert_array_equal(x, before)
        np.testing.assert_allclose(g, dr.grad(f)(np.array(x)))
        g[...] = 0  # the gradient is an array of its own
        np.testing.assert_array_equal(x, before)
        assert np.all(np.isfinite(dr.jvp(f, (x,), (x,))[1]))


def test_a_read_only_argument_can_be_written_to_inside():
    x = X.copy()
    x.flags.writeable = False

    def f(v):
        v[0] = 3 * v[1]
        return np.sum(v)

    np.testing.assert_array_equal(dr.grad(f)(x), [0, 4, 1])
    np.testing.assert_array_equal(x, X)


def test_results_share_no_memory():
    identity = lambda x: x
    y, pullback = dr.vjp(identity, X)
    v = np.ones(3)
    (g,) = pullback(v)
    assert not np.shares_memory(g, v)
    g2 = dr.grad(lambda a, b: np.sum(a + b), (0, 1))(X, X)
    assert not np.shares_memory(*g2)
    first, second = (dr.grad(lambda x: np.sum(x * W))(X) for _ in range(2))
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, W)
    p = dr.grad(lambda p: np.sum(p[0]) + np.sum(p[1].T))((np.ones((2, 2)), np.ones((2, 2))))
    assert not np.shares_memory(*p)
    assert all(part.flags.writeable for part in p)


W = np.array([3.0, 4.0, 5.0])


NUMBERS = {"int": 3, "float": 3.0, "bool": True, "np.float64": np.float64(3.0), "np.float32": np.float32(3.0), "np.int64": np.int64(3), "0-d": np.array(3.0),
    "0-d int": np.array(3), "np.bool": np.bool_(True),
           "np.float16": np.float16(3.0), "longdouble": np.longdouble(3.0)}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_all_kinds(kind):
    """Python scalars in give Python-like scalars out; float32 stays; integers become float64."""
    x = NUMBERS[kind]
    g = dr.grad(lambda x: x * x * 1.5)(x)
    assert float(g) == 3.0 * float(x)
    assert np.shape(g) == ()
    if kind in ("int", "float", "bool"):
        assert type(g) is float
    want = np.asarray(x).dtype if np.asarray(x).dtype.kind == "f" else np.dtype(float)
    assert np.asarray(g).dtype == want
    y, dy = dr.jvp(lambda x: x * x * 1.5, (x,), (1,))
    assert float(dy) == 3.0 * float(x)
    assert isinstance(dr.derivative(lambda x: x**3)(x), (float, np.floating, np.ndarray))
    assert float(dr.derivative(dr.derivative(lambda x: x**3))(x)) == 6.0 * float(x)


@pytest.mark.parametrize("x", [np.array([1, 2, 3]), np.array([True, False]), np.arange(3, dtype=np.int8), np.arange(4, dtype=np.uint16)])
def test_integer_arrays_become_float64(x):
    g = dr.grad(lambda x: np.sum(x**2))(x)
    assert g.dtype == np.float64
    np.testing.assert_array_equal(g, 2.0 * x)
    (pulled,) = dr.vjp(lambda x: x * 2, x)[1](np.ones(x.shape))
    assert pulled.dtype == np.float64


def test_float32_and_float16_stay():
    for dtype in (np.float32, np.float16, np.longdouble):
        x = X.astype(dtype)
        assert dr.grad(lambda x: np.sum(np.sin(x) * 2 + x**2 / 3))(x).dtype == dtype
        assert dr.jvp(lambda x: np.exp(x) * 2.0, (x,), (x,))[1].dtype == dtype
        assert dr.hvp(lambda x: np.sum(x**3))(x, x).dtype == dtype


def test_mixed_precision_gives_each_argument_its_own():
    a, b = X.astype(np.float32), X
    ga, gb = dr.grad(lambda a, b: np.sum(a * b), (0, 1))(a, b)
    assert (ga.dtype, gb.dtype) == (np.float32, np.float64)
    y, dy = dr.jvp(lambda a, b: a * b, (a, b), (a, b))
    assert y.dtype == dy.dtype == np.float64


def test_functions_that_do_not_depend_on_their_input():
    np.testing.assert_array_equal(dr.grad(lambda x: 3.0)(X), np.zeros(3))
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.floor(x)))(X), np.zeros(3))
    assert dr.jvp(lambda x: 3, (X,), (X,))[1] == 0.0
    np.testing.assert_array_equal(dr.vjp(lambda x: np.ones((2, 2)), X)[1](np.ones((2, 2)))[0], np.zeros(3))
    np.testing.assert_array_equal(dr.jacobian(lambda x: np.ones(2))(X), np.zeros((2, 3)))
    np.testing.assert_array_equal(dr.hessian(lambda x: np.sum(x))(X), np.zeros((3, 3)))
    assert dr.derivative(lambda x: 7)(2.0) == 0.0


def test_constant_results_of_any_kind():
    y, dy = dr.jvp(lambda x: {"i": 3, "b": True, "a": np.arange(2), "x": x}, (X,), (X,))
    assert dy["i"] == 0.0
    assert dy["b"] == 0.0
    np.testing.assert_array_equal(dy["a"], np.zeros(2))
    np.testing.assert_array_equal(dy["x"], X)
    y, pullback = dr.vjp(lambda x: (np.argmax(x), x > 0, 2 * x), X)
    assert y[1].dtype == bool
    assert pullback is not None


@pytest.mark.parametrize("f", [lambda x: np.expand_dims(x, 0).sum(), lambda x: np.reshape(x, (1, 1)).sum(), lambda x: x * x, np.sin])
def test_a_gradient_without_axes_is_a_number(f):
    assert type(dr.grad(f)(np.array(0.5))) is np.float64


def test_results_are_picklable():
    value, g = dr.value_and_grad(lambda p: np.sum(p["w"] ** 2) + p["b"])({"w": X, "b": 1.0})
    y, dy = dr.jvp(np.sin, (X,), (X,))
    h = dr.hessian(lambda x: np.sum(x**3))(X)
    for result in (value, g, y, dy, h, dr.derivative(np.sin)(1.0)):
        again = pickle.loads(pickle.dumps(result))
        assert repr(again) == repr(result)


def test_huge_and_tiny_numbers():
    for scale in (1e-300, 1e300):
        x = np.array([1.0, 2.0]) * scale
        np.testing.assert_allclose(dr.grad(lambda x: np.sum(x * 3))(x), [3, 3])
        np.testing.assert_allclose(dr.grad(lambda x: np.sum(np.log(x)))(x), 1 / x)


def test_ndarray_subclasses_are_taken_as_arrays_or_refused():
    class Mine(np.ndarray):
        pass

    g = dr.grad(lambda x: np.sum(x**2))(X.view(Mine))
    np.testing.assert_array_equal(np.asarray(g), 2 * X)
    for strange in (np.ma.masked_array(X, [False, True, False]), np.matrix(np.eye(2))):
        for call in (lambda: dr.grad(lambda x: np.sum(x * x))(strange), lambda: dr.jvp(np.sin, (strange,), (strange,))):
            with pytest.raises(TypeError, match=f"argument 0.*{type(strange).__name__}"):
                call()


MATRIX, MASKED = np.matrix([[1.0, 2.0], [3.0, 4.0]]), np.ma.array([1.0, 2.0], mask=[False, True])


@pytest.mark.parametrize("f", [lambda x: MATRIX * x, lambda x: x * MATRIX, lambda x: MATRIX @ x, lambda x: np.add(x, MATRIX), lambda x: np.dot(MATRIX, x), lambda x: x * MASKED,
                               lambda x: np.where(MASKED > 1, x, 0), lambda x: x[0, 0] * np.ma.masked, lambda x: np.concatenate([x, MATRIX]), lambda x: np.sum(x, where=MASKED > 1),
                               lambda x: np.ma.array(x, mask=np.eye(2))])
def test_arrays_whose_operators_mean_something_else_raise(f):
    x = np.ones((2, 2))
    for way in (lambda: dr.vjp(f, x), lambda: dr.jvp(f, (x,), (x,)), lambda: dr.trace(f, x), lambda: dr.vmap(f)(np.stack([x, x]))):
        with pytest.raises(TypeError, match=r"is a (matrix|MaskedArray|MaskedConstant).*test_unusual_inputs.py.*np.asarray"):
            way()


def test_masked_arrays_of_traced_numbers_keep_their_masks():
    f = lambda x: (np.ma.array(x, mask=[False, True, False]) * x).sum() + (np.ma.array([1.0, 2.0, 3.0], mask=[True, False, False]) * x).sum()  # noqa: E731
    np.testing.assert_array_equal(dr.grad(f)(np.ones(3)), [2.0, 2.0, 5.0])


@pytest.mark.parametrize("f", [lambda x: np.sum(x * range(3)), lambda x: np.sum((range(3) - x) ** 2), lambda x: x[0] * Fraction(1, 3), lambda x: Fraction(1, 3) / x[0],
                               lambda x: abs(x[1]) ** Fraction(1, 3), lambda x: x[0] if x[0] > Fraction(1, 3) else x[1]])
def test_fractions_and_ranges_as_operands(f):
    check_first_order(f, (X,))
