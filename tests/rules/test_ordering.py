"""Large arrays take faster ways: orders, distinct entries, extrema and products are the same as on the slow ones, ties, NaN and zeros included."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.rules.ordering import Order, first_places, stable_order

RNG = np.random.default_rng(3)
N = 3000
ARRAYS = {
    "distinct": RNG.normal(size=N),
    "ties": np.round(RNG.normal(size=N), 1),
    "missing": np.where(RNG.random(N) < 0.1, np.nan, np.round(RNG.normal(size=N), 1)),
    "one missing": np.concatenate([RNG.normal(size=N - 1), [np.nan]]),
    "some missing": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)),
    "all missing": np.full(N, np.nan),
    "signed zeros": np.array([0.0, -0.0] * (N // 2)),
    "single": RNG.normal(size=N).astype(np.float32),
    "complex": np.round(RNG.normal(size=N), 1) + 1j,
}


@pytest.mark.parametrize("name", ARRAYS)
def test_orders_are_the_stable_ones(name):
    x = ARRAYS[name]
    np.testing.assert_array_equal(stable_order(x), np.argsort(x, kind="stable"))
    for axis in (0, 1):
        np.testing.assert_array_equal(stable_order(x.reshape(-1, 100), axis), np.argsort(x.reshape(-1, 100), axis=axis, kind="stable"))


@pytest.mark.parametrize("name", ARRAYS)
def test_entries_that_are_looked_up_by_rank_are_those_of_the_stable_order(name):
    x = ARRAYS[name]
    order = np.argsort(x, kind="stable")
    for ranks in ([0], [N // 2 - 1, N // 2], [N - 1, 17, 0], list(range(9))):
        np.testing.assert_array_equal(Order(x).at(np.array(ranks)), order[ranks])
        np.testing.assert_array_equal(Order(x.reshape(3, 1000)).at(np.array([[5], [0], [999]])),
                                      np.take_along_axis(np.argsort(x.reshape(3, 1000), axis=-1, kind="stable"), np.array([[5], [0], [999]]), -1))


@pytest.mark.parametrize("f", [np.median, np.nanmedian, lambda x: np.nanquantile(x, 0.3), lambda x: np.percentile(x, [20, 70], method="lower")],
                         ids=["median", "nan", "0.3", "two"])
def test_quantiles_of_a_vector_are_found_without_sorting(f, monkeypatch):
    x = ARRAYS["missing" if f is np.nanmedian else "ties"]
    expected = f(x)
    sort = np.argsort
    monkeypatch.setattr(np, "argsort", lambda a, *args, **kwargs: sort(a, *args, **kwargs) if len(a) < N else pytest.fail("all entries were sorted"))
    y, pullback = dr.vjp(f, x)
    np.testing.assert_array_equal(y, expected)
    g = pullback(np.ones_like(y))[0]
    np.testing.assert_allclose(g[~np.isnan(x)] @ x[~np.isnan(x)], np.sum(expected), rtol=1e-14)
    assert np.count_nonzero(g) <= 4


@pytest.mark.parametrize("equal_nan", [True, False])
@pytest.mark.parametrize("name", ARRAYS)
def test_the_first_places_are_those_of_unique(name, equal_nan):
    np.testing.assert_array_equal(first_places(ARRAYS[name], equal_nan), np.unique(ARRAYS[name], return_index=True, equal_nan=equal_nan)[1])


@pytest.mark.parametrize("name", ["distinct", "ties", "missing"])
@pytest.mark.parametrize("f", [np.max, np.min, np.nanmax, np.nanmin])
def test_extrema_of_large_arrays_share_as_small_ones_do(f, name):
    x = ARRAYS[name]
    y = f(x)
    value, pullback = dr.vjp(f, x)
    np.testing.assert_array_equal(value, y)
    weights = (x == y) / max(np.sum(x == y), 1) if np.isfinite(y) else np.isnan(x) / np.sum(np.isnan(x))
    np.testing.assert_allclose(pullback(3.0)[0], 3 * weights, rtol=1e-15)
    t = RNG.normal(size=N)
    np.testing.assert_allclose(dr.jvp(f, (x,), (t,))[1], weights @ t, rtol=1e-13)
    wide, over = x.reshape(-1, 100), {"axis": (0, -1), "keepdims": True}
    np.testing.assert_allclose(dr.vjp(lambda x: f(x, **over), wide)[1](np.full((1, 1), 3.0))[0], 3 * weights.reshape(wide.shape), rtol=1e-15)
    np.testing.assert_allclose(dr.jvp(lambda x: f(x, **over), (wide,), (t.reshape(wide.shape),))[1], [[weights @ t]], rtol=1e-13)


@pytest.mark.parametrize("f", [np.prod, np.cumprod])
@pytest.mark.parametrize("factors", [np.exp(RNG.normal(size=40) / 2), np.where(np.arange(40) == 7, 0.0, 1.5), np.full(40, 1e-12), np.full(40, 1e12)],
                         ids=["ordinary", "a zero", "tiny", "huge"])
def test_products_divide_only_where_they_may(f, factors):
    t = RNG.normal(size=40)
    with np.errstate(all="ignore"):
        whole = f(factors)
        expected = np.array([sum(t[k] * np.prod(np.delete(factors[:n], k)) for k in range(n)) for n in range(1, 41)]) if f is np.cumprod else sum(
            t[k] * np.prod(np.delete(factors, k)) for k in range(40))
        tangent = dr.jvp(f, (factors,), (t,))[1]
        ordinary = np.isfinite(expected) & np.isfinite(whole)
        np.testing.assert_allclose(np.where(ordinary, tangent, 0.0), np.where(ordinary, expected, 0.0), rtol=1e-12, atol=1e-300)
        g = RNG.normal(size=np.shape(whole)) * ordinary
        back = dr.vjp(f, factors)[1](g if g.shape else float(g))[0]
    if np.all(ordinary):
        np.testing.assert_allclose(back @ t, np.sum(g * expected), rtol=1e-10)


@pytest.mark.parametrize("f", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_ties_and_missing_entries_of_two_arrays(f):
    a, b = np.array([1.0, 2.0, 3.0, np.nan, 4.0, np.nan]), np.array([2.0, 1.0, 3.0, 1.0, np.nan, np.nan])
    with np.errstate(all="ignore"):
        in_a, in_b = dr.vjp(f, a, b)[1](np.ones(6))
    first = f in (np.maximum, np.fmax)
    np.testing.assert_array_equal(in_a[:3], [0, 1, 0.5] if first else [1, 0, 0.5])
    np.testing.assert_array_equal(in_a + in_b, np.ones(6))
    whole = dr.vjp(f, a[:2], b[:2])[1](np.ones(2))
    np.testing.assert_array_equal(whole[0], in_a[:2])


def test_slices_are_taken_together_where_the_function_is_known():
    """A function with a row sees all slices in one call; any other is called for each slice, as it may count its calls."""
    x, calls = RNG.normal(size=(6, 4)), []

    def squares(v):
        calls.append(v)
        return np.cumsum(v**2)

    for axis in (0, 1):
        for f in (np.sum, np.sort, np.cumprod, squares):
            y, pullback = dr.vjp(lambda x, f=f, axis=axis: np.apply_along_axis(f, axis, x), x)
            np.testing.assert_array_equal(y, np.apply_along_axis(f, axis, x))
            stacked = lambda x, f=f, axis=axis: np.stack([f(row) for row in np.moveaxis(x, axis, -1)], axis=-1 if f is not np.sum and axis == 0 else 0)
            np.testing.assert_allclose(pullback(np.cos(y))[0], dr.vjp(stacked, x)[1](np.cos(y))[0], rtol=1e-13, atol=1e-15)
    before = len(calls)
    dr.jvp(lambda x: np.apply_along_axis(squares, 1, x), (x,), (x,))
    assert len(calls) == before + 6
    equations = [len(dr.trace(lambda x: np.apply_along_axis(np.sum, 1, x), x[:n]).equations) for n in (2, 6)]
    assert equations[0] == equations[1]


@pytest.mark.parametrize("f", [np.prod, np.cumprod], ids=["prod", "cumprod"])
def test_products_pull_back_as_they_push_forward(f):
    for x in (RNG.uniform(0.5, 2.0, (3, 4)), np.array([[0.0, 2.0, 1.0, 3.0], [1.0, 0.0, 0.0, 2.0], [1e200, 1e-200, 1e-200, 1.0]]), RNG.normal(size=(3, 4)) + 1j):
        for keywords in ({}, {"axis": 1}, {"axis": 0}):
            t = RNG.normal(size=x.shape).astype(x.dtype)
            y, dy = dr.jvp(lambda x, k=keywords: f(x, **k), (x,), (t,))
            g = np.cos(np.arange(y.size)).reshape(y.shape).astype(y.dtype)
            np.testing.assert_allclose(np.sum(dr.vjp(lambda x, k=keywords: f(x, **k), x)[1](g)[0] * t), np.sum(g * dy), rtol=1e-12)
