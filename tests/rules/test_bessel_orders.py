"""Bessel functions of many entries in their order, against few; how many nodes and terms that takes."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.rules import bessel_order, bessel_series, effort
from dualrev.rules.quadrature import MANY
from tests.rules.exact_special import Coarse, exact_second, exact_slope
from tests.rules.ways import SECOND

FUNCTIONS = {"j": sp.jv, "y": sp.yv, "i": sp.iv, "k": sp.kv}
EXACT = {"j": mp.besselj, "y": mp.bessely, "i": mp.besseli, "k": Coarse(mp.besselk)}
ORDERS, PLACES = ((-1.0, 3.0), (0.0, 1e-3), (3.0, 50.0), (-30.0, -1.0)), ((1e-4, 1e-2), (0.1, 4.0), (4.0, 100.0))


@pytest.mark.parametrize("kind", FUNCTIONS)
@pytest.mark.parametrize("orders", ORDERS)
@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("m", [1, 2])
def test_many_entries_as_few(kind, orders, places, m):
    rng = np.random.default_rng(0)
    v, x = rng.uniform(*orders, 200), np.exp(rng.uniform(*np.log(places), 200))
    many = bessel_order.order_slope(v, x, m, kind)
    few = np.concatenate([bessel_order.order_slope(v[i: i + 20], x[i: i + 20], m, kind) for i in range(0, 200, 20)])
    size = np.where(x > np.abs(v), np.hypot(sp.jv(v, x), sp.yv(v, x)), 0.0) if kind in "jy" else 0.0
    assert np.all(np.abs(many - few) <= 1e-8 * (np.abs(few) + size))


@pytest.mark.parametrize("kind", FUNCTIONS)
@pytest.mark.parametrize("point", [(0.3, 0.2), (0.0, 7.0), (2.5, 11.0), (30.0, 14.0), (0.4, 95.0), (-0.6, 3.0), (7.3, 0.01), (47.0, 60.0)])
def test_many_entries_to_60_digits(kind, point):
    want = float(exact_slope(EXACT[kind], point, 0))
    size = np.hypot(sp.jv(*point), sp.yv(*point)) if kind in "jy" and point[1] > point[0] else 0.0
    x = np.full(MANY + 1, point[1])
    found = dr.jvp(lambda v: FUNCTIONS[kind](v, x), (point[0],), (1.0,))[1]
    assert np.all(np.abs(found - want) <= 1e-9 * (abs(want) + size))


@pytest.mark.parametrize("kind", "ji")
@pytest.mark.parametrize("point", [(0.3, 0.2), (0.0, 7.0), (2.5, 11.0), (30.0, 14.0), (-0.6, 3.0), (7.3, 0.01), (47.0, 60.0)])
def test_second_derivatives_in_all_pairs_of_arguments_to_60_digits(kind, point):
    size = np.hypot(sp.jv(*point), sp.yv(*point)) if kind == "j" and point[1] > point[0] else 0.0
    ways = [way(FUNCTIONS[kind], *(np.full(MANY + 1, x) for x in point)) for way in SECOND]
    for i, j in ((0, 0), (1, 0), (1, 1)):
        want = float(exact_second(EXACT[kind], point, i, j))
        for found in ways:
            assert np.all(np.abs(np.array([found[i][j], found[j][i]]) - want) <= 1e-9 * (abs(want) + size))


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_missing_numbers_stay_missing(kind):
    x = np.array([np.nan, 1.5] * MANY)
    found = dr.jvp(lambda v: FUNCTIONS[kind](v, x), (np.full_like(x, 0.7),), (np.ones_like(x),))[1]
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(dr.grad(lambda v: FUNCTIONS[kind](v, 1.5))(0.7), rel=1e-11)


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_second_derivatives_of_many_entries(kind):
    x, h = np.linspace(0.3, 9.0, MANY + 1), 1e-4
    slope = lambda v: dr.jvp(lambda v: FUNCTIONS[kind](v, x), (v,), (1.0,))[1]
    _, second = dr.jvp(slope, (1.3,), (1.0,))
    size = np.max(np.abs(second))
    np.testing.assert_allclose(second, (slope(1.3 + h) - slope(1.3 - h)) / (2 * h), rtol=1e-6, atol=1e-8 * size)


def test_few_nodes_and_terms_are_enough(monkeypatch):
    rng = np.random.default_rng(0)
    v, x = rng.uniform(0.3, 3.0, (2, 2000))
    nodes, plain = [], bessel_order.gauss
    monkeypatch.setattr(bessel_order, "gauss", lambda count: nodes.append(count) or plain(count))
    bessel_order.order_slope(v, x, 1, "y")
    assert max(nodes) <= 56
    terms = []

    def counted(ways, which, count, *args):
        terms.append(np.asarray(count))
        return effort.by_effort(ways, which, count, *args)

    monkeypatch.setattr(bessel_series, "by_effort", counted)
    for kind in "ji":
        bessel_order.order_slope(v, x, 1, kind)
        bessel_order.order_slope(v, x, 2, kind)
    assert np.max(terms) < 16
