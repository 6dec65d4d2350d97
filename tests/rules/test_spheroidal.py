"""Spheroidal functions of many entries at once: each as if alone, in double precision as in extended, and with the terms that they need."""

import math

import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.rules import special_spheroidal, spheroidal
from dualrev.rules.spheroidal import Point


def points(count, seed):
    """Orders, degrees, c, angles and radii."""
    rng = np.random.default_rng(seed)
    m = rng.integers(0, 6, count)
    return m, m + rng.integers(0, 9, count), rng.uniform(0.05, 9.0, count), rng.uniform(-0.99, 0.99, count), rng.uniform(1.6, 8.0, count)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("p", "q"), [(0, 0), (1, 0), (0, 1), (1, 2)])
def test_entries_of_all_orders_at_once(sign, p, q):
    m, n, c, angle, radius = points(300, 3)
    for pair, x in ((special_spheroidal.angular_pair, angle), (special_spheroidal.radial_pair, radius)):
        found = pair(m, n, c, x, math.nan, sign, p, q)
        for i in range(0, 300, 29):
            one = pair(m[i], n[i], c[i], x[i], math.nan, sign, p, q)
            np.testing.assert_allclose([f[i] for f in found], one, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("sign", [1, -1])
def test_double_precision_as_good_as_its_bound_says(sign):
    m, n, c, angle, radius = points(400, 4)
    near = (sp.pro_cv if sign > 0 else sp.obl_cv)(m, n, c)
    for series, x in ((spheroidal.angular, angle), (spheroidal.radial, radius)):
        for odd in (0, 1):
            chosen = (n - m) % 2 == odd
            point = Point(*(np.asarray(a[chosen], float) for a in (m, n, c, x, near)), sign, odd, 20)
            with np.errstate(all="ignore"):
                value, error, scale = series(point, 0, 1)
                exact, _, _ = series(special_spheroidal.widened(point._replace(size=40)), 0, 1)
            size = np.abs(value) + scale
            good = error <= special_spheroidal.ENOUGH * size
            assert np.mean(good) > 0.8
            assert np.all(np.abs(value - exact)[good] <= 2e-12 * size[good])
            assert np.mean(np.abs(value - exact) <= error) > 0.99


def test_too_few_terms_are_noticed():
    one = [np.array([a]) for a in (0.0, 2.0, 11.0, 0.3, sp.pro_cv(0, 2, 11.0))]
    with np.errstate(all="ignore"):
        value, error, scale = spheroidal.angular(Point(*one, 1, 0, 9), 0, 0)
    assert np.all(error > special_spheroidal.ENOUGH * (np.abs(value) + scale))
    exact = sp.pro_ang1(0, 2, 11.0, 0.3)
    np.testing.assert_allclose(special_spheroidal.sure("", lambda p: spheroidal.angular(p, 0, 0), Point(*one, 1, 0, 9))[:, 0], exact, rtol=1e-9)


def test_bessel_functions_downwards_from_the_last_two():
    for m, odd, size in ((0, 0, 12), (3, 1, 20), (0, 1, 25)):
        z = np.geomspace(0.02, 400.0, 60)
        point = Point(np.array([float(m)]), None, np.array([1.0]), z, None, 1, odd, size)
        found = spheroidal.spherical(point, 2)
        l = point.degrees.astype(int)
        want, slope = sp.spherical_jn(l, z), sp.spherical_jn(l, z, derivative=True)
        np.testing.assert_allclose(found[0], want, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(found[1], slope, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(found[2], (l * (l + 1) / z**2 - 1) * want - 2 / z * slope, rtol=1e-8, atol=1e-14)


def test_a_value_that_is_given_is_not_looked_for(monkeypatch):
    c, x = np.array([1.5, 2.0]), np.array([0.3, -0.4])
    cv = sp.pro_cv(1, 2, c)
    monkeypatch.setattr(special_spheroidal.sp, "pro_cv", None)
    _, slope = dr.jvp(lambda x: sp.pro_ang1_cv(1, 2, c, cv, x)[1], (x,), (np.ones(2),))
    steps = [sp.pro_ang1_cv(1, 2, c, cv, x + h)[1] for h in (1e-5, -1e-5)]
    np.testing.assert_allclose(slope, (steps[0] - steps[1]) / 2e-5, rtol=1e-7)
