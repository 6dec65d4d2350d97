"""Signals, padding, polynomials and arrays made from others: special points, errors, and NumPy's own classes on top of the rows."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import LeavesTraceError, NoRuleError

X = np.array([0.4, -1.2, 2.5, 1.1])
KNOTS, HEIGHTS = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0])


def agree(f, x, rtol=1e-7):
    """Both modes against central differences."""
    h = 1e-6
    g = dr.grad(lambda x: np.sum(f(x)))(x)
    for k, e in enumerate(np.eye(x.size)):
        e = e.reshape(x.shape)
        slope = (np.asarray(f(x + h * e)) - np.asarray(f(x - h * e))) / (2 * h)
        np.testing.assert_allclose(dr.jvp(f, (x,), (e,))[1], slope, rtol=rtol, atol=1e-8)
        assert g.ravel()[k] == pytest.approx(np.sum(slope), rel=rtol, abs=1e-7)


def test_interpolation_at_knots_and_outside():
    slopes = [float(dr.grad(lambda x: np.interp(x, KNOTS, HEIGHTS))(x)) for x in (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0)]
    np.testing.assert_allclose(slopes, [0, 2, 2, 0.5, 0.5, 0.5, 0])
    x = np.array([-1.0, 0.0, 0.5, 1.0, 3.0, 4.0])
    np.testing.assert_array_equal(dr.vjp(lambda x: np.interp(x, KNOTS, HEIGHTS), x)[0], np.interp(x, KNOTS, HEIGHTS))


def test_interpolation_over_knots_that_coincide():
    xp, fp, x = np.array([0.0, 1.0, 1.0, 2.0, 2.0]), np.array([0.0, 1.0, 3.0, 4.0, 9.0]), np.array([0.5, 1.0, 1.5, 2.0])
    y, dy = dr.jvp(lambda x: np.interp(x, xp, fp), (x,), (np.ones(4),))
    np.testing.assert_array_equal(y[:3], np.interp(x, xp, fp)[:3])
    np.testing.assert_allclose(dy[:3], [1, 1, 1])


def test_interpolation_over_knots_that_coincide_in_the_heights():
    """The transpose is that of the values that NumPy gives, at the last of knots that coincide at the end too."""
    xp, x = np.array([0.0, 1.0, 1.0, 2.0, 2.0]), np.array([-0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
    for more in ({}, {"left": 7.0}, {"right": -1.0}, {"left": 7.0, "right": -1.0}):
        f = lambda fp, more=more: np.interp(x, xp, fp, **more)
        want = np.stack([np.interp(x, xp, e, **dict.fromkeys(more, 0.0)) for e in np.eye(5)], axis=1)
        for mode in ("forward", "reverse"):
            np.testing.assert_array_equal(dr.jacobian(f, mode=mode)(np.arange(5.0) ** 2), want)


@pytest.mark.parametrize("x", [-1.0, 5.0])
def test_what_lies_outside_of_the_knots_does_not_count(x):
    """Not even where it has no finite slope."""
    f = lambda z: np.interp(np.sqrt(z) + x, KNOTS, HEIGHTS)
    for at in (0.0, np.zeros(2)):
        assert not np.any(dr.elementwise_grad(f)(at))
        assert not np.any(dr.jvp(f, (at,), (np.ones_like(at),))[1])
    g = dr.grad(lambda s: np.sum(np.interp([0.5, 0.7], KNOTS, np.concatenate([HEIGHTS[:-1], np.sqrt(s)]))))(np.zeros(1))
    assert g == 0


def test_recorded_interpolation_follows_its_points():
    g = dr.grad(lambda x: np.sum(np.interp(x, KNOTS, HEIGHTS) ** 2))
    here, there = np.array([0.2, 0.7, 2.5]), np.array([2.9, 0.1, 1.4])
    np.testing.assert_allclose(dr.trace(g, here)(there), g(there), rtol=1e-15)
    np.testing.assert_allclose(dr.vmap(g)(np.stack([here, there])), [g(here), g(there)], rtol=1e-15)


def test_interpolation_beyond_the_range_in_left_and_right():
    def f(a, b, fp):
        return np.sum(np.interp([-1.0, 0.5, 9.0, 9.0], KNOTS, fp, left=a, right=b))

    a, b, g = dr.grad(f, (0, 1, 2))(5.0, 6.0, HEIGHTS)
    assert (a, b) == (1.0, 2.0)
    np.testing.assert_array_equal(g, [0.5, 0.5, 0])
    with pytest.raises(LeavesTraceError, match="derivative"):  # NumPy does not ask the type of left and right
        dr.grad(lambda a: f(a, 0.0, HEIGHTS))(5.0)


def test_the_same_padding_twice_over():
    agree(lambda x: np.pad(x, (7, 9), "reflect", reflect_type="odd") ** 2, X)
    agree(lambda v: np.pad(v, 2, constant_values=(v[0], v[1])) ** 2, np.array([0.3, 0.7]))
    agree(lambda v: np.pad(v, 3, "linear_ramp", end_values=v[0]) ** 2, np.array([0.3, 0.4]))
    for mode in ("reflect", "symmetric", "edge", "wrap", "constant"):
        assert dr.grad(lambda x, mode=mode: np.pad(x, 2, mode) ** 2)(np.array(1.5)) == 3
    for call in (lambda v: np.pad(X, 2, constant_values=v), lambda v: np.pad(X, 2, "linear_ramp", end_values=v)):
        with pytest.raises(Exception, match="derivative"):  # NumPy does not ask the type of these values
            dr.grad(lambda v, call=call: np.sum(call(v)))(0.3)


def test_padding_that_cannot_be():
    with pytest.raises(NoRuleError, match=r"np.pad.*function as mode"):
        dr.grad(lambda x: np.sum(np.pad(x, 1, lambda v, w, i, k: None)))(X)
    for bad, says in ((lambda x: np.pad(x, 1, "odd"), "not supported"), (lambda x: np.pad(x, -1), "negative"),
                      (lambda x: np.pad(x, 1, "edge", constant_values=1), "unsupported keyword"), (lambda x: np.pad(x[:0], 1, "edge"), "empty axis")):
        with pytest.raises(ValueError, match=says):
            bad(X)
        with pytest.raises(ValueError, match=says):
            dr.grad(lambda x, bad=bad: np.sum(bad(x)))(X)


def test_windows_are_for_reading():
    with pytest.raises(NoRuleError, match="writeable"):
        dr.grad(lambda x: np.sum(np.lib.stride_tricks.sliding_window_view(x, 2, writeable=True)))(X)


def test_unwrapping_in_the_period():
    x = np.array([0.0, 2.1, 0.3, 2.2])
    agree(lambda p: np.unwrap(x + 0 * p[0], period=p[0]), np.array([2.5]))


def test_spacings_that_are_even_keep_their_derivative():
    """NumPy takes a short cut where coordinates are even, which their neighbours are not."""
    agree(lambda x: np.gradient(X, x), np.arange(4.0))
    agree(lambda x: np.gradient(X, x, edge_order=2), np.arange(4.0))


def test_convolution_of_nothing():
    with pytest.raises(ValueError, match="empty"):
        dr.grad(lambda x: np.sum(np.convolve(x, np.zeros(0))))(X)


def test_roots_move_with_the_coefficients():
    p = np.poly([1.0, -2.0, 0.5])
    agree(np.roots, p)
    np.testing.assert_allclose(dr.jacobian(np.roots)(np.array([1.0, -3.0, 2.0])), [[-4, -2, -1], [1, 1, 1]], rtol=1e-12)
    assert not np.any(np.isfinite(dr.grad(lambda p: np.roots(p)[0])(np.array([1.0, -2.0, 1.0]))))


POLYNOMIALS = ["polynomial.poly", "chebyshev.cheb", "legendre.leg", "hermite.herm", "hermite_e.herme", "laguerre.lag"]


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_the_polynomial_package_works_through_operators(name):
    module, prefix = name.split(".")
    c = np.array([1.0, 2.0, 3.0])
    f = {kind: getattr(getattr(np.polynomial, module), prefix + kind) for kind in ("val", "der", "int", "mul", "add", "vander")}
    agree(lambda x: f["val"](x, c), X)
    agree(lambda c: f["val"](X, c), c)
    agree(f["der"], c)
    agree(f["int"], c)
    agree(lambda c: f["mul"](c, c), c)
    agree(lambda c: f["add"](c, c * c), c)
    agree(lambda x: f["vander"](x, 2), X)


def test_polynomial_objects():
    c = np.array([1.0, 2.0, 3.0])
    agree(lambda x: np.poly1d(c)(x), X)
    agree(lambda c: (np.poly1d(c) * np.poly1d(c)).integ()(X), c)
    agree(lambda c: np.polynomial.Polynomial(c)(X), c)


def test_vectorized_functions_and_strides_of_ones_own():
    agree(lambda x: np.vectorize(lambda v: v * v + 1)(x), X)
    agree(lambda x: np.lib.stride_tricks.as_strided(x, (2, 2), (8, 8)) ** 2, X)


def test_pieces_see_only_their_own_entries():
    seen = []

    def root(x):
        seen.append(x.shape)
        return np.sqrt(x)

    g = dr.grad(lambda x: np.sum(np.piecewise(x, [x > 0], [root, 0.0])))(np.array([-1.0, 0.0, 4.0]))
    np.testing.assert_array_equal(g, [0, 0, 0.25])
    assert seen == [(1,)]


def test_distinct_values_stand_for_the_first_of_their_equals():
    g = dr.grad(lambda x: np.sum(np.unique(x) * np.array([1.0, 10.0])))(np.array([2.0, 1.0, 2.0]))
    np.testing.assert_array_equal(g, [10, 1, 0])
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.intersect1d(x, [2.0, 5.0])))(np.array([2.0, 1.0])), [0.5, 0])


def test_trimmed_zeros():
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.trim_zeros(x)))(np.array([0.0, 1.0, 0.0, 2.0, 0.0])), [0, 1, 1, 1, 0])
    assert dr.vjp(np.trim_zeros, np.zeros(3))[0].shape == (0,)


def test_ranges_in_their_end_points():
    agree(lambda v: np.linspace(v[0], v[1], 5), np.array([0.3, 2.0]))
    agree(lambda v: np.geomspace(v[0], v[1], 5), np.array([-0.3, -2.0]))
    agree(lambda v: np.logspace(v[0], v[1], 3, base=v[2]), np.array([0.3, 2.0, 1.7]))
    y = np.linspace(0.1, 0.7, 7)
    np.testing.assert_array_equal(dr.jvp(lambda a: np.linspace(a, 0.7, 7), (0.1,), (1.0,))[0], y)
