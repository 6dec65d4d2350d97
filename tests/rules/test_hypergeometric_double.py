"""Derivatives of hypergeometric functions in their parameters, of few and of many entries; where the quick series gives way to the careful one."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.rules import hypergeometric_double, hypergeometric_series, special_hypergeometric
from tests.rules.exact_special import exact_second, exact_slope
from tests.rules.ways import SECOND

POINTS = [
    (sp.hyp2f1, mp.hyp2f1, [(0.5, 1.5, 0.3, 0.3), (2.0, 3.0, 5.0, 0.95), (2.0, 3.0, 2.5, -40.0), (-3.0, 4.0, 1.0, 0.7), (10.0, 0.1, 2.0, -0.5), (-1.5, 0.7, 2.2, 0.6)]),
    (sp.hyp1f1, mp.hyp1f1, [(0.5, 1.5, 0.3), (2.0, 3.0, 50.0), (2.0, 3.0, -50.0), (-2.5, 1.5, -4.0), (1e-3, 1.0, 2.0), (1.0, 2.0, 400.0), (-2.0, 0.5, 3.0)]),
    (sp.hyp0f1, mp.hyp0f1, [(0.5, 0.3), (3.2, 100.0), (3.2, -100.0), (-1.5, 2.0), (20.0, 1e4)]),
]
EACH = [(function, exact, point, i) for function, exact, points in POINTS for point in points for i in range(len(point) - 1)]


@pytest.mark.parametrize(("function", "exact", "point", "i"), EACH)
@pytest.mark.parametrize("size", [2, 100])
def test_few_and_many_entries_to_60_digits(function, exact, point, i, size):
    want = float(exact_slope(exact, point, i))
    at = [np.full(size, x) for x in point]
    _, found = dr.jvp(lambda x: function(*at[:i], x, *at[i + 1:]), (at[i],), (np.ones(size),))
    assert np.all(np.abs(found - want) <= 1e-8 * (abs(want) + abs(function(*point))))


@pytest.mark.parametrize(("function", "exact", "point"), [(function, exact, point) for function, exact, points in POINTS for point in points])
def test_second_derivatives_in_all_pairs_of_arguments_to_60_digits(function, exact, point):
    value = abs(function(*point))
    ways = [way(function, *(np.full(size, x) for x in point)) for size, way in zip((2, 100, 100, 2), SECOND, strict=True)]
    for i in range(len(point)):
        for j in range(i + 1):
            want = float(exact_second(exact, point, i, j))
            for found in ways:
                assert np.all(np.abs(found[i][j] - want) <= 1e-8 * (abs(want) + value))
                assert np.all(np.abs(found[j][i] - want) <= 1e-8 * (abs(want) + value))


def test_third_derivatives_of_many_entries_are_those_of_the_careful_series():
    rng = np.random.default_rng(0)
    a, b, c = rng.uniform(0.2, 3.0, (3, 100))
    for slope, args, orders in [(special_hypergeometric.hyp2f1_slope, (a, b, c, rng.uniform(-0.5, 0.9, 100)), [(3, 0, 0), (1, 1, 1), (0, 0, 3), (2, 0, 1)]),
                                (special_hypergeometric.hyp1f1_slope, (a, b, rng.uniform(-2.0, 20.0, 100)), [(3, 0), (2, 1), (1, 2), (0, 3)]),
                                (special_hypergeometric.hyp0f1_slope, (b, rng.uniform(-2.0, 20.0, 100)), [(3,)])]:
        split = {4: 2, 3: 1, 2: 0}[len(args)]
        columns = [x[:, None] for x in args]
        for order in orders:
            want, error, whole = hypergeometric_series.hypergeometric(columns[:split], columns[split:-1], columns[-1], order)
            assert np.all(np.abs(slope(*args, *order) - want[:, 0]) <= 1e-8 * (np.abs(want) + np.abs(whole))[:, 0] + error[:, 0])


def test_a_parameter_that_all_entries_share():
    z = np.linspace(0.05, 0.9, 100)
    _, shared = dr.jvp(lambda a: sp.hyp2f1(a, 1.5, 2.5, z), (0.7,), (1.0,))
    _, each = dr.jvp(lambda a: sp.hyp2f1(a, 1.5, 2.5, z), (np.full(100, 0.7),), (np.ones(100),))
    np.testing.assert_allclose(shared, each, rtol=1e-13)


def careful(monkeypatch, function, *points):
    """How many of the entries the careful series was asked for."""
    asked, plain = [], special_hypergeometric.hypergeometric
    monkeypatch.setattr(special_hypergeometric, "hypergeometric", lambda upper, lower, z, orders: asked.append(len(z)) or plain(upper, lower, z, orders))
    dr.jvp(function, points, tuple(np.ones_like(p) for p in points))
    return sum(asked)


@pytest.mark.parametrize("size", [3, 3000])
def test_the_careful_series_is_left_to_what_cancels(monkeypatch, size):
    rng = np.random.default_rng(0)
    a, b, c = rng.uniform(0.1, 3.0, (3, size))
    assert careful(monkeypatch, sp.hyp2f1, a, b, c, rng.uniform(0.05, 0.9, size)) == 0
    assert careful(monkeypatch, sp.hyp1f1, a, b, rng.uniform(0.05, 50.0, size)) == 0
    assert careful(monkeypatch, sp.hyp1f1, a, b, rng.uniform(-50.0, -20.0, size)) < 20
    assert careful(monkeypatch, sp.hyp2f1, a, b, c, rng.uniform(-40.0, -2.0, size)) < 100
    assert careful(monkeypatch, sp.hyp1f1, a + 8.0, b, rng.uniform(-16.0, -12.0, size)) > 0


@pytest.mark.parametrize("size", [2, 100])
def test_what_cancels_too_much_raises_and_missing_numbers_stay_missing(size):
    with pytest.raises(NoRuleError, match="its series cancels"):
        dr.grad(lambda a: np.sum(sp.hyp1f1(a, 2.0, -10.0)))(np.full(size, 60.0))
    z = np.full(size, 0.4)
    z[0] = np.nan
    found = dr.jvp(lambda a: sp.hyp2f1(a, 1.5, 2.5, z), (0.7,), (1.0,))[1]
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(dr.grad(sp.hyp2f1)(0.7, 1.5, 2.5, 0.4), rel=1e-13)


def test_terms_follow_the_variable(monkeypatch):
    counts, plain = [], hypergeometric_double.by_effort
    monkeypatch.setattr(hypergeometric_double, "by_effort", lambda ways, which, count, *args: counts.append(np.max(count)) or plain(ways, which, count, *args))
    dr.grad(sp.hyp2f1)(0.7, 1.5, 2.5, 0.3)
    dr.grad(sp.hyp1f1)(0.7, 1.5, 1.0)
    dr.hvp(sp.hyp1f1)(0.7, 1.5, 1.0, 1.0)
    assert max(counts) < 36
