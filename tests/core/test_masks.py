"""Masks in the place of partial derivatives."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.masks import masked, signs

RNG = np.random.default_rng(0)
SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-310]
N = 2000


def entries(dtype):
    x = RNG.normal(size=N).astype(dtype)
    x[: len(SPECIAL)] = SPECIAL
    x[-len(SPECIAL):] = SPECIAL
    return x


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, ">f8", np.longdouble])
@pytest.mark.parametrize("form", ["vector", "reversed", "Fortran order", "narrow", "number", "short"])
def test_masked_keeps_what_is_chosen_to_the_last_bit(dtype, form):
    x = entries(dtype)
    g = {"vector": x, "reversed": x[::-1], "Fortran order": x.reshape(40, 50).T, "narrow": x[:50], "number": x[8], "short": x[:40]}[form]
    mask = RNG.random({"narrow": (40, 50), "number": (N,)}.get(form, np.shape(g))) < 0.5
    mask.ravel()[: len(SPECIAL) // 2] = False
    mask = np.asfortranarray(mask) if form == "Fortran order" else mask
    before = np.array(g)
    with np.errstate(all="ignore"):
        r = masked(g, mask)
    want = np.where(mask, g, np.zeros((), g.dtype))
    assert r.dtype == want.dtype and r.shape == want.shape and r.base is None
    np.testing.assert_array_equal(r, want)
    np.testing.assert_array_equal(np.signbit(r.real), np.signbit(want.real))
    np.testing.assert_array_equal(g, before)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_signs(dtype):
    x = np.array([-np.inf, -2.5, -1e-310, 1e-40, 3.0, np.inf], dtype)[[0, 1, 3, 4, 5]]
    r = signs(x)
    assert r.dtype == x.dtype
    np.testing.assert_array_equal(r, np.sign(x))
    assert signs(x.astype(complex)) is None


@pytest.mark.parametrize("zero", [0.0, -0.0, np.nan, 1.0])
def test_the_slope_of_large_absolute_values(zero):
    x = RNG.normal(size=N)
    x[7] = zero
    for function in (np.absolute, np.fabs):
        np.testing.assert_array_equal(dr.elementwise_grad(function)(x), np.sign(x))
        np.testing.assert_array_equal(dr.jvp(function, (x,), (np.ones(N),))[1], np.sign(x))
        np.testing.assert_array_equal(dr.vjp(function, x)[1](np.full(N, 2.0))[0], 2 * np.sign(x))


EXTREMA = {"maximum": np.maximum, "minimum": np.minimum, "fmax": np.fmax, "fmin": np.fmin}


def expected(name, a, b):
    """Weight of a, entry by entry, from the convention alone."""
    if np.isnan(a) or np.isnan(b):
        both = np.isnan(a) and np.isnan(b)
        return 0.5 if both else float(np.isnan(a) == (name in ("maximum", "minimum")))
    return 0.5 if a == b else float((a > b) == (name in ("maximum", "fmax")))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("shape", ["alike", "a number", "a column", "short"])
@pytest.mark.parametrize("name", EXTREMA)
def test_extrema_of_two(name, shape, ties):
    f = EXTREMA[name]
    n = 30 if shape == "short" else N
    a = RNG.normal(size=n)
    b = {"a number": 0.25, "a column": RNG.normal(size=(2, 1))}.get(shape, RNG.normal(size=n))
    if ties:
        a[:6] = [np.nan, np.nan, np.inf, 1.0, -0.0, 0.25]
        if np.shape(b) == (n,):
            b[:6] = [np.nan, 1.0, np.inf, np.nan, 0.0, 0.25]
    y = f(a, b)
    wa = np.vectorize(expected)(name, *np.broadcast_arrays(a, b)).reshape(y.shape)
    g = RNG.normal(size=y.shape)
    _, pullback = dr.vjp(f, a, b)
    for _ in range(2):
        ga, gb = pullback(g)
        np.testing.assert_allclose(ga, (wa * g).reshape(-1, n).sum(0), rtol=1e-14, atol=1e-14)
        np.testing.assert_allclose(gb, np.sum((1 - wa) * g, axis={"a column": 1, "a number": 0}.get(shape, ()), keepdims=shape == "a column"), rtol=1e-12, atol=1e-12)
    ta, tb = RNG.normal(size=n), RNG.normal(size=np.shape(b)) if np.shape(b) else 0.5
    np.testing.assert_allclose(dr.jvp(f, (a, b), (ta, tb))[1], wa * ta + (1 - wa) * tb, rtol=1e-14, atol=1e-14)


def test_what_was_not_chosen_stays_zero_behind_a_mask():
    """The square root's slope at 0 is infinite; where it is not chosen, nothing of it comes through, and of what was chosen nothing is hidden."""
    x = np.abs(RNG.normal(size=N))
    x[:3] = 0.0
    for f in (lambda x: np.maximum(np.sqrt(x), 0.5), lambda x: np.clip(np.sqrt(x), 0.5, np.inf), lambda x: np.where(x > 0.25, np.sqrt(x), 0.5)):
        want = np.where(x > 0.25, 0.5 / np.sqrt(np.where(x > 0, x, 1.0)), 0.0)
        np.testing.assert_allclose(dr.vjp(f, x)[1](np.ones(N))[0], want, rtol=1e-14)
        np.testing.assert_allclose(dr.jvp(f, (x,), (np.ones(N),))[1], want, rtol=1e-14)
        np.testing.assert_allclose(dr.grad(lambda x, f=f: np.sum(f(x)))(x), want, rtol=1e-14)
    g = np.ones(N)
    g[0], g[-1] = np.nan, np.nan
    r = dr.vjp(lambda x: np.where(np.arange(N) > 5, x, 0.0), x)[1](g)[0]
    assert r[0] == 0 and np.isnan(r[-1])
