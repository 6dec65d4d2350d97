"""Carlson's integrals of many entries: closed forms where arguments lie apart and integrals where they meet, against the integrals alone."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.rules import special_carlson
from tests.rules.exact_special import exact_slope

CASES = [(sp.elliprd, mp.elliprd, 3), (sp.elliprj, mp.elliprj, 4), (sp.elliprc, mp.elliprc, 2)]


def points(count, low, high):
    """Arguments, every third of which are close to one another, and some of which are equal."""
    x = np.exp(np.random.default_rng(0).uniform(np.log(low), np.log(high), (count, 240)))
    x[-1, ::3] = x[0, ::3] * np.linspace(0.9, 1.1, 80)
    x[-1, 1::9] = x[1, 1::9]
    return list(x)


@pytest.mark.parametrize(("function", "_", "count"), CASES)
@pytest.mark.parametrize("range_", [(0.3, 2.0), (1e-6, 1e6), (1e-40, 1e-38)])
def test_many_entries_as_few(function, _, count, range_):
    at = points(count, *range_)
    for i in range(count):
        slope = lambda *at, i=i: dr.jvp(lambda x: function(*at[:i], x, *at[i + 1:]), (at[i],), (np.ones_like(at[i]),))[1]
        few = np.concatenate([slope(*(a[k: k + 60] for a in at)) for k in range(0, 240, 60)])
        np.testing.assert_allclose(slope(*at), few, rtol=3e-12)


@pytest.mark.parametrize(("function", "exact", "count"), CASES)
@pytest.mark.parametrize("size", [2, 100])
def test_few_and_many_entries_to_60_digits(function, exact, count, size):
    for point in ((0.4, 1.3, 2.2, 0.7), (0.5, 3.0, 0.5, 0.5), (1e-3, 40.0, 0.2, 7.0)):
        at = [np.full(size, x) for x in point[:count]]
        for i in range(count):
            found = dr.jvp(lambda x, i=i, at=at: function(*at[:i], x, *at[i + 1:]), (at[i],), (np.ones(size),))[1]
            np.testing.assert_allclose(found, float(exact_slope(exact, point[:count], i)), rtol=1e-12)


@pytest.mark.parametrize(("function", "_", "count"), CASES)
def test_second_derivatives_of_many_entries(function, _, count):
    at = points(count, 0.3, 2.0)
    slope = lambda x: dr.jvp(lambda x: function(x, *at[1:]), (x,), (np.ones(240),))[1]
    _, second = dr.jvp(slope, (at[0],), (np.ones(240),))
    np.testing.assert_allclose(second, (slope(at[0] + 1e-5) - slope(at[0] - 1e-5)) / 2e-5, rtol=1e-5)


@pytest.mark.parametrize(("function", "_", "count"), CASES)
@pytest.mark.parametrize("size", [3, 240])
def test_partials_together_are_those_alone(function, _, count, size):
    at = [x[:size] for x in points(count, 0.3, 2.0)]
    alone = [dr.elementwise_grad(function, i)(*at) for i in range(count)]
    for which in ((0, count - 1), tuple(range(count))[-2:], tuple(range(count))):
        f = lambda *xs, which=which: function(*(xs[which.index(i)] if i in which else a for i, a in enumerate(at)))
        together = dr.vjp(f, *(at[i] for i in which))[1](np.ones(size))
        np.testing.assert_allclose(together, [alone[i] for i in which], rtol=1e-14)
        pushed = dr.jvp(f, tuple(at[i] for i in which), (np.ones(size),) * len(which))[1]
        np.testing.assert_allclose(pushed, sum(alone[i] for i in which), rtol=1e-13)


def test_zero_among_many_entries():
    x = np.r_[0.0, np.linspace(0.2, 2.0, 100)]
    found = dr.jvp(lambda z: sp.elliprd(x, 1.0, z), (np.full(101, 0.7),), (np.ones(101),))[1]
    np.testing.assert_allclose(found[0], float(exact_slope(lambda z: mp.elliprd(0, 1, z), (0.7,), 0)), rtol=1e-12)


def test_integrals_are_left_to_arguments_that_meet_and_have_few_nodes(monkeypatch):
    asked, nodes, carlson, line = [], [], special_carlson.carlson, special_carlson.half_line
    monkeypatch.setattr(special_carlson, "carlson", lambda x, *rest: asked.append(np.size(x)) or carlson(x, *rest))
    monkeypatch.setattr(special_carlson, "half_line", lambda f, least, most, count: nodes.append(count) or line(f, least, most, count))
    rng = np.random.default_rng(0)
    dr.jvp(sp.elliprd, tuple(rng.uniform(0.3, 2.0, (3, 2000))), (np.ones(2000),) * 3)
    assert sum(asked) < 0.2 * 2000
    assert max(nodes) < 140
