"""Tricomi's function in its parameters: many entries on shared nodes are as good as each alone, over the whole domain, and against many digits."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.rules import tricomi
from tests.rules.exact_special import difference


def slopes(a, b, x):
    """The derivatives in a and b."""
    return [dr.jvp(lambda a, b: sp.hyperu(a, b, x), (a, b), t)[1] for t in ((np.ones_like(a), np.zeros_like(a)), (np.zeros_like(a), np.ones_like(a)))]


@pytest.mark.parametrize("least", [0.1, -4.0])
@pytest.mark.parametrize("count", [40, 1000])
def test_entries_of_all_sizes_at_once(least, count):
    rng = np.random.default_rng(1)
    a, b, x = rng.uniform(least, 49.0, count), rng.uniform(-50.0, 5.0, count), 10 ** rng.uniform(-2.9, 2.9, count)
    found, scale = slopes(a, b, x), np.abs(sp.hyperu(a, b, x))
    for i in range(0, count, count // 20):
        for both, one in zip(found, slopes(a[i:i + 1], b[i:i + 1], x[i:i + 1]), strict=True):
            assert abs(both[i] - one[0]) <= 1e-11 * (abs(one[0]) + scale[i])


@pytest.mark.parametrize("point", [(41.10742094, -47.01880397, 40.64347493), (46.4, -49.6, 32.4), (0.11, 1.7, 0.002), (49.5, 49.0, 900.0), (0.3, -20.0, 1e-3), (1.0, 48.0, 2.0)])
def test_corners_of_the_domain_in_many_digits(point):
    with mp.workdps(60):
        exact = [float(difference(mp.hyperu, [mp.mpf(z) for z in point], i)) for i in (0, 1)]
    np.testing.assert_allclose(dr.grad(sp.hyperu, (0, 1))(*point), exact, rtol=1e-11)


def test_second_derivatives_at_the_same_nodes():
    a, b, x = 1.3, 0.4, 2.5
    with mp.workdps(40):
        exact = [[float(mp.diff(lambda a, b: mp.hyperu(a, b, x), (a, b), (int(i == 0) + int(j == 0), int(i == 1) + int(j == 1)))) for j in (0, 1)] for i in (0, 1)]
    found = dr.hessian(lambda p: sp.hyperu(p[0], p[1], x))(np.array([a, b]))
    np.testing.assert_allclose(found, exact, rtol=1e-11)


def test_nodes_follow_the_entries_and_are_shared(monkeypatch):
    counts, nodes = [], tricomi.nodes
    monkeypatch.setattr(tricomi, "nodes", lambda *args: counts.append(len(nodes(*args)[0])) or nodes(*args))
    dr.grad(sp.hyperu)(1.5, 0.7, 1.0)
    assert 20 < counts[0] < 60
    counts.clear()
    dr.jvp(lambda a: sp.hyperu(a, 0.7, 1.0), (np.linspace(0.3, 2.0, 4000),), (np.ones(4000),))
    assert len(counts) < 6
    assert max(counts) < 60


def test_missing_entries():
    a, x = np.array([1.5, np.nan, 0.7]), np.array([1.0, 2.0, np.nan])
    np.testing.assert_array_equal(np.isnan(slopes(a, np.full(3, 0.5), x)), [[False, True, True]] * 2)
