"""The incomplete gamma and beta functions of many entries in their shapes: series and continued fractions against the integrals of few entries, and how much they take.

The integrals are known against 50 digits from test_special_accuracy.
"""

import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.rules import effort, incomplete_beta, incomplete_gamma, special_incomplete
from dualrev.rules.quadrature import MANY as FEW
from tests.rules.exact_special import beta_lower, exact_second, exact_slope, gamma_lower
from tests.rules.ways import SECOND

SHAPES = (1e-3, 0.04, 0.7, 3.0, 25.0, 800.0, 1e4)
MANY = FEW + 1


def gamma_points():
    """Both tails, the middle, and the places where one way takes over from the other."""
    for a in SHAPES:
        scale = max(a, 1.0) ** 0.5
        yield from ((a, x) for x in (1e-8, 0.3 * a, a, a + scale, a + 6 * scale, max(a - 5 * scale, a / 50), 3.0, np.nextafter(3.0, 4.0), 8 * a + 20))


def beta_points():
    """The same for pairs of shapes, small with large ones too."""
    for a in SHAPES:
        for b in (0.02, 1.3, 40.0, 6e3):
            mean = a / (a + b)
            spread = np.sqrt(a * b / (a + b + 1)) / (a + b)
            yield from ((a, b, float(x)) for x in (mean / 20, mean + spread, mean - 3 * spread, 1 - (1 - mean) / 3, 0.5) if 0 < x < 1)


@pytest.mark.parametrize(("function", "points", "slots"), [(sp.gammainc, list(gamma_points()), (0,)), (sp.betainc, list(beta_points()), (0, 1))], ids=["gammainc", "betainc"])
def test_shapes_from_one_end_of_the_domain_to_the_other(function, points, slots):
    columns = [np.array(c) for c in zip(*points, strict=True)]
    for i in slots:
        slope = lambda *at, i=i: dr.jvp(lambda x: function(*at[:i], x, *at[i + 1:]), (at[i],), (np.ones_like(at[i]),))[1]
        few = np.concatenate([slope(*(c[k: k + 20] for c in columns)) for k in range(0, len(points), 20)])
        many = slope(*(np.tile(c, 1 + MANY // len(points)) for c in columns))
        np.testing.assert_allclose(many[: len(few)], few, rtol=1e-8, atol=1e-290)  # what the integrals are good for


@pytest.mark.parametrize("point", [(1e-3, 0.5), (0.7, 5.0), (40.0, 20.0), (800.0, 900.0), (9e3, 9.1e3)])
def test_gammainc_in_its_shape_to_60_digits(point):
    want = float(exact_slope(gamma_lower, point, 0))
    x = np.full(MANY, point[1])
    np.testing.assert_allclose(dr.jvp(lambda a: sp.gammainc(a, x), (point[0],), (1.0,))[1], want, rtol=1e-10)


@pytest.mark.parametrize("point", [(0.05, 0.2, 0.5), (3.0, 0.01, 0.99), (20.0, 5.0, 0.3), (60.0, 90.0, 0.45)])
@pytest.mark.parametrize("i", [0, 1])
def test_betainc_in_its_shapes_to_60_digits(point, i):
    want = float(exact_slope(beta_lower, point, i))
    at = [np.full(MANY, x) for x in point]
    np.testing.assert_allclose(dr.jvp(lambda a: sp.betainc(*at[:i], a, *at[i + 1:]), (at[i],), (np.ones(MANY),))[1], want, rtol=1e-10)


@pytest.mark.parametrize(("slope", "points", "orders"), [(special_incomplete.gammainc_slope, list(gamma_points()), [(2,), (3,)]),
                                                         (special_incomplete.betainc_slope, list(beta_points()), [(2, 0), (1, 1), (0, 2), (2, 1)])], ids=["gammainc", "betainc"])
def test_further_derivatives_from_one_end_of_the_domain_to_the_other(slope, points, orders):
    columns = [np.array(c) for c in zip(*points, strict=True)]
    for order in orders:
        few = np.concatenate([slope(*(c[k: k + 20] for c in columns), *order) for k in range(0, len(points), 20)])
        many = slope(*(np.tile(c, 1 + MANY // len(points)) for c in columns), *order)
        near = abs(slope(*columns, *([1] + [0] * (len(order) - 1))))  # of the first derivative, where the further one changes its sign
        assert np.all(abs(many[: len(few)] - few) <= 1e-8 * (abs(few) + 1e-5 * near) + 1e-290)


EXACT = [(sp.gammainc, gamma_lower, [(1e-3, 0.5), (0.7, 5.0), (40.0, 20.0), (40.0, 90.0), (800.0, 900.0), (9e3, 9.1e3)]),
         (sp.betainc, beta_lower, [(0.05, 0.2, 0.5), (3.0, 0.01, 0.99), (20.0, 5.0, 0.3), (60.0, 90.0, 0.45), (1e-3, 2.0, 0.1), (300.0, 400.0, 0.41)])]


@pytest.mark.parametrize(("function", "exact", "point"), [(function, exact, point) for function, exact, points in EXACT for point in points])
def test_second_derivatives_in_all_pairs_of_arguments_to_60_digits(function, exact, point):
    ways = [way(function, *(np.full(MANY, x) for x in point)) for way in SECOND]
    for i in range(len(point)):
        for j in range(i + 1):
            want = float(exact_second(exact, point, i, j))
            for found in ways:
                np.testing.assert_allclose([found[i][j], found[j][i]], want, rtol=1e-9)


def test_ends_of_the_interval_and_missing_numbers():
    x = np.array([0.0, np.inf, np.nan, 1.0] * MANY)
    found = dr.jvp(lambda a: sp.gammainc(a, x), (np.full_like(x, 2.0),), (np.ones_like(x),))[1]
    np.testing.assert_array_equal(found[:3], [0.0, 0.0, np.nan])
    assert found[3] == pytest.approx(dr.grad(lambda a: sp.gammainc(a, 1.0))(2.0), rel=1e-12)
    x = np.array([0.0, 1.0, np.nan, 0.4] * MANY)
    found = dr.jvp(lambda a: sp.betainc(a, 2.0, x), (np.full_like(x, 2.0),), (np.ones_like(x),))[1]
    np.testing.assert_array_equal(found[:3], [0.0, 0.0, np.nan])
    assert found[3] == pytest.approx(dr.grad(lambda a: sp.betainc(a, 2.0, 0.4))(2.0), rel=1e-12)


def test_shapes_outside_of_the_domain_raise_among_many():
    with pytest.raises(NoRuleError, match="gammainc in a"):
        dr.grad(lambda a: np.sum(sp.gammainc(a, 1.0)))(np.r_[np.ones(MANY), 2e4])
    with pytest.raises(NoRuleError, match="betainc in a and b"):
        dr.grad(lambda a: np.sum(sp.betainc(1.0, a, 0.3)))(np.r_[np.ones(MANY), 1e-4])


@pytest.mark.parametrize("function", [lambda a: sp.gammainc(a, np.linspace(0.1, 9.0, MANY)), lambda a: sp.betainc(a, 1.7, np.linspace(0.01, 0.99, MANY)),
                                      lambda a: sp.betainc(1.7, a, np.linspace(0.01, 0.99, MANY))])
def test_second_derivatives_of_many_entries(function):
    h = 1e-4
    slope = lambda a: dr.jvp(function, (a,), (1.0,))[1]
    _, second = dr.jvp(slope, (2.3,), (1.0,))
    np.testing.assert_allclose(second, (slope(2.3 + h) - slope(2.3 - h)) / (2 * h), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(dr.vmap(slope)(np.array([2.3, 1.1]))[0], slope(2.3), rtol=1e-12)


def terms(monkeypatch, module, compute):
    """The numbers of terms, each as often as there were entries."""
    seen, plain = [], effort.by_effort

    def counted(ways, which, count, *args):
        def noted(way):
            def run(n, *parts):
                result = way(n, *parts)
                seen.extend([n] * np.size(result))
                return result
            return run
        return plain(tuple(map(noted, ways)), which, count, *args)

    monkeypatch.setattr(module, "by_effort", counted)
    compute()
    return np.array(seen)


def test_few_terms_are_enough(monkeypatch):
    rng = np.random.default_rng(0)
    a, b, x = rng.uniform(0.3, 2.0, (3, 3000))
    seen = terms(monkeypatch, incomplete_gamma, lambda: special_incomplete.gammainc_slope(a, x, 1))
    assert len(seen) == 3000
    assert seen.mean() < 24
    seen = terms(monkeypatch, incomplete_beta, lambda: special_incomplete.betainc_slope(a, b, x / 2.1, 1, 0))
    assert len(seen) == 3000
    assert seen.mean() < 13


def test_a_shape_that_all_entries_share_is_worked_on_once(monkeypatch):
    sizes, psi = [], sp.psi
    monkeypatch.setattr(sp, "psi", lambda z: sizes.append(np.size(z)) or psi(z))
    dr.grad(lambda a: np.sum(sp.gammainc(a, np.linspace(0.1, 9.0, 3000))))(1.5)
    dr.grad(lambda a: np.sum(sp.betainc(a, 2.0, np.linspace(0.1, 0.9, 3000))))(1.5)
    assert set(sizes) == {1}
