"""Sums over the axes along which an argument was repeated."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.cotangents import summed, unbroadcast

RNG = np.random.default_rng(0)
SHAPES = [((3000, 3), (0,)), ((50, 60, 2), (0, 1)), ((1500, 2, 3), (1,)), ((20, 3, 50, 2), (1, 2)), ((40, 100, 40), (1,)), ((3000, 3), (1,)), ((7, 400, 1), (0,)), ((5, 3), (0,)),
          ((1000, 4, 2, 3), (0, 2))]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.complex64, np.float16, np.longdouble])
@pytest.mark.parametrize(("shape", "axes"), SHAPES)
def test_the_sum_is_numpys(shape, axes, dtype):
    x = RNG.normal(size=shape).astype(dtype)
    for r in (x, np.asfortranarray(x), x[::-1], np.broadcast_to(x[:1], shape)):
        got = summed(r, axes)
        want = np.sum(r, axis=axes, keepdims=True)
        assert got.shape == want.shape and got.dtype == dtype
        if dtype in (np.float16, np.longdouble):
            np.testing.assert_array_equal(got, want)
            continue
        exact = np.sum(r.astype(complex), axis=axes, keepdims=True)
        error, theirs = np.max(np.abs(got - exact)), np.max(np.abs(want - exact))
        assert error <= 2 * theirs + 20 * np.finfo(dtype).eps * np.max(np.sum(np.abs(r), axis=axes))


@pytest.mark.parametrize(("shape", "axes"), SHAPES)
def test_what_is_not_finite_stays_where_it_is(shape, axes):
    x = np.ones(shape)
    place = tuple(n // 2 for n in shape)
    for value in (np.nan, np.inf, -np.inf):
        x[place] = value
        got, want = summed(x, axes), np.sum(x, axis=axes, keepdims=True)
        np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))
        np.testing.assert_array_equal(got, want)


def test_the_cotangents_of_repeated_arguments():
    x, b, w = RNG.normal(size=(3000, 3)), RNG.normal(size=3), RNG.normal(size=(3000, 1))
    g = RNG.normal(size=(3000, 3))
    for f, want in ((lambda x, b, w: x + b, (g, g.sum(0), 0 * w)), (lambda x, b, w: x * b * w, (g * b * w, (g * x * w).sum(0), (g * x * b).sum(1, keepdims=True)))):
        for got, r in zip(dr.vjp(f, x, b, w)[1](g), want, strict=True):
            np.testing.assert_allclose(got, r, rtol=1e-11, atol=1e-11)
    tiled = dr.vjp(lambda x: np.tile(x, 2), x)[1](np.tile(g, 2))[0]
    np.testing.assert_allclose(tiled, 2 * g, rtol=1e-15)
    assert unbroadcast(g, (3,)).shape == (3,) and unbroadcast(g, (1, 3)).shape == (1, 3)
