"""Norms: every order in every way, and the special points of the conventions."""

import numpy as np
import pytest

import dualrev as dr
from tests.rules.ways import check

LA = np.linalg
rng = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _the_same_numbers_in_any_order():
    global rng
    rng = np.random.default_rng(5)


def draw(*shape, kind=float):
    """Entries away from the kink at zero."""
    x = rng.uniform(0.5, 2.5, size=shape) * rng.choice([-1, 1], size=shape)
    return x + (1j * rng.normal(size=shape) if kind is complex else 0)


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("ord", [None, 2, 1, np.inf, -np.inf, 3, 1.5, -1, 0.5])
@pytest.mark.parametrize(("shape", "options"), [((4,), {}), ((3, 4), {"axis": 0}), ((2, 3, 2), {"axis": -2, "keepdims": True}), ((3, 2), {"axis": (1,)})])
def test_vectors(ord, shape, options, kind):
    check(lambda x: LA.norm(x, ord, **options), draw(*shape, kind=kind), h=1e-4, rtol=1e-5)


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("ord", [None, "fro", 1, -1, np.inf, -np.inf, 2, -2, "nuc"])
@pytest.mark.parametrize(("shape", "options"), [((3, 2), {}), ((2, 3, 3), {"axis": (1, 2)}), ((3, 2, 2), {"axis": (-1, 0), "keepdims": True}), ((2, 3), {"keepdims": True})])
def test_matrices(ord, shape, options, kind):
    check(lambda x: LA.norm(x, ord, **options), draw(*shape, kind=kind), h=1e-4, rtol=1e-5)


@pytest.mark.parametrize("ord", [2, 1, np.inf, 3])
@pytest.mark.parametrize("options", [{}, {"axis": 1}, {"axis": (2, 0)}, {"axis": (0, 1, 2), "keepdims": True}, {"keepdims": True}, {"axis": -1, "keepdims": True}])
def test_vector_norm(ord, options):
    check(lambda x: LA.vector_norm(x, ord=ord, **options), draw(2, 3, 2), h=1e-4, rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"ord": 1, "keepdims": True}, {"ord": "nuc"}])
def test_matrix_norm(options):
    check(lambda x: LA.matrix_norm(x, **options), draw(2, 3, 2), h=1e-4, rtol=1e-5)


def both(f, x):
    """The gradient in reverse mode, found to agree with forward mode."""
    x = np.asarray(x, float)
    g = dr.grad(f)(x)
    for k in np.ndindex(x.shape):
        t = np.zeros_like(x)
        t[k] = 1
        np.testing.assert_allclose(dr.jvp(f, (x,), (t,))[1], g[k], atol=1e-14)
    return g


@pytest.mark.parametrize(("ord", "x", "expected"), [
    (None, [0, 0], [0, 0]), (2, [0, 0], [0, 0]), ("fro", [[0, 0], [0, 0]], np.zeros((2, 2))), (3, [0, 0], [0, 0]), (1, [0, 1], [0, 1]), (1, [0, 0], [0, 0]),
    (np.inf, [1, -1], [0.5, -0.5]), (np.inf, [0, 0], [0, 0]), (-np.inf, [1, -1, 2], [0.5, -0.5, 0]), (0, [0, 2], [0, 0]), (3, [0, 2], [0, 1]), (1.5, [0, -2], [0, -1]),
    (2, [[0, 0], [0, 0]], np.zeros((2, 2))), ("nuc", [[0, 0], [0, 0]], np.zeros((2, 2))), ("nuc", [[2, 0], [0, 0]], [[1, 0], [0, 0]]),
    (-2, [[2, 0], [0, 0]], np.zeros((2, 2))), (2, [[1, 0], [0, -1]], [[0.5, 0], [0, -0.5]]), (1, [[1, 2], [3, -2]], [[0.5, 0.5], [0.5, -0.5]]),
])
def test_special_points(ord, x, expected):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(both(lambda x: LA.norm(x, ord), x), expected, atol=1e-15)


@pytest.mark.parametrize("norm", [LA.norm, LA.vector_norm, lambda x: LA.norm(x, 3), lambda x: LA.norm(np.reshape(x, (1, 2)), "nuc"), lambda x: LA.norm(np.reshape(x, (1, 2)), 2)])
def test_the_hessian_of_a_squared_norm_at_0_is_never_0(norm):
    square = lambda x: norm(x) ** 2
    x = np.zeros(2)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(dr.grad(square)(x), 0)
        for t in np.eye(2):
            for h in (dr.jvp(dr.grad(square), (x,), (t,))[1], dr.grad(lambda x: dr.jvp(square, (x,), (t,))[1])(x), dr.vjp(dr.grad(square), x)[1](t)[0]):
                along = h @ t
                assert np.isnan(along) or along == 2


def test_one_zero_row_does_not_disturb_the_others():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_array_equal(both(lambda x: np.sum(LA.norm(x, axis=1)), x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_array_equal(both(lambda x: np.sum(np.where(x[:, 0] > 0, LA.norm(x, axis=1), 1.0)), x), [[0.6, 0.8], [0, 0]])


@pytest.mark.parametrize("ord", [None, 3, 1.5])
@pytest.mark.parametrize("size", [1e-250, 1e250])
def test_beyond_the_range_of_floats(ord, size):
    """The sum of powers under- or overflows, and NumPy's value with it; the direction does not."""
    x = np.array([[3.0, -4.0], [1.0, 2.0]])
    expected = dr.grad(lambda x: np.sum(LA.norm(x, ord, axis=1)))(x)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(both(lambda x: np.sum(LA.norm(x, ord, axis=1)), x * size), expected)


def test_numbers_and_empty_arrays():
    assert dr.grad(LA.norm)(-3.0) == -1.0
    assert dr.grad(LA.norm)(np.zeros(0)).shape == (0,)
    assert dr.grad(lambda x: np.sum(LA.norm(x, axis=1)))(np.zeros((2, 0))).shape == (2, 0)


def test_bad_input():
    x = np.ones((2, 3))
    for options, error in (({"ord": "fro", "axis": 0}, ValueError), ({"ord": 7}, ValueError), ({"axis": (0, 0)}, ValueError),
                           ({"axis": (0, 5)}, np.exceptions.AxisError), ({"axis": (0, 1, 2)}, ValueError)):
        with pytest.raises(error):
            LA.norm(x, **options)
        with pytest.raises(error):
            dr.grad(lambda x: np.sum(LA.norm(x, **options)))(x)
    with pytest.raises(NotImplementedError, match="ord"):
        dr.grad(lambda p, x: LA.norm(x * p, p))(2.0, x)


def test_the_order_may_be_differentiated():
    x = rng.normal(size=4)
    check(lambda p: LA.norm(x, p), 2.5)
    check(lambda x, p: LA.norm(np.stack([x, 2 * x]), p, axis=1), x, 2.0, h=1e-3, rtol=1e-6)


def test_the_tangent_of_a_norm_near_the_ends_of_the_range():
    """The product of x and t may leave the range of floats where their norm's derivative does not."""
    x, t = np.array([3.0, 4.0]), np.array([1.0, 2.0])
    for size, step in ((1.0, 1.0), (1e-200, 1e-150), (1e200, 1e150), (1e-320, 1.0), (1e300, 1e-300), (1.0, 0.0)):
        np.testing.assert_allclose(dr.jvp(np.linalg.norm, (size * x,), (step * t,))[1], step * 11 / 5, rtol=1e-13 if size > 1e-300 else 1e-3)
    z = np.array([3.0 + 1j, 4j])
    np.testing.assert_allclose(dr.jvp(np.linalg.norm, (z,), (1j * z + z,))[1], np.linalg.norm(z), rtol=1e-15)
    matrix = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(dr.jvp(np.linalg.norm, (matrix,), (np.cos(matrix),))[1], np.sum(matrix * np.cos(matrix)) / np.linalg.norm(matrix), rtol=1e-15)
