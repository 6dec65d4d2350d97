"""The von Mises distribution function of many entries in kappa: Hill's nested series against 60 digits and against the integrals of few entries."""

import mpmath as mp
import numpy as np
import pytest

import dualrev as dr
from dualrev.rules import effort
from dualrev.rules.quadrature import MANY
from dualrev.scipy import stats
from dualrev.scipy.stats import circular
from tests.rules.exact_special import exact_second
from tests.rules.ways import SECOND


def fourier(z, k):
    """The distribution function by its Fourier series."""
    terms = (mp.besseli(j, k) * mp.sin(j * z) / j for j in range(1, 100))
    return (z / 2 + mp.fsum(terms) / mp.besseli(0, k)) / mp.pi


@pytest.mark.parametrize("point", [(0.7, 1.2), (-3.0, 2.0), (3.1415, 0.3), (1e-6, 8.0), (0.3, 40.0), (-1.55, 0.01)])
def test_second_derivatives_in_all_pairs_of_arguments_to_60_digits(point):
    z, k = (np.full(MANY + 1, x) for x in point)
    for way in SECOND:
        found = way(stats.vonmises.cdf, z, k)
        for i, j in ((0, 0), (1, 0), (0, 1), (1, 1)):
            np.testing.assert_allclose(found[i][j], float(exact_second(fourier, point, i, j)), rtol=1e-9)


@pytest.mark.parametrize("m", [1, 2])
def test_many_entries_as_few(m):
    rng = np.random.default_rng(0)
    k, z = np.exp(rng.uniform(*np.log([1e-3, 1e3]), 600)), rng.uniform(-10.0, 10.0, 600)
    z[:60] = np.pi * np.sign(z[:60]) - 10 ** rng.uniform(-8, -1, 60)
    many = circular.circle_slope(k, z, m)
    few = np.concatenate([circular.circle_slope(k[i: i + 40], z[i: i + 40], m) for i in range(0, 600, 40)])
    near = abs(circular.circle_slope(k, z, 1))  # of the first derivative, where the second one changes its sign
    assert np.all(abs(many - few) <= 1e-9 * (abs(few) + 1e-3 * near))


def test_few_terms_are_enough_and_the_tails_are_left_to_the_integrals(monkeypatch):
    counts = []

    def counted(ways, which, count, *args):
        counts.append((np.max(count), np.mean(which)))
        return effort.by_effort(ways, which, count, *args)

    monkeypatch.setattr(circular, "by_effort", counted)
    rng = np.random.default_rng(0)
    dr.grad(lambda k: np.sum(stats.vonmises.cdf(rng.uniform(-1.5, 1.5, 500), k)))(2.5)
    dr.grad(lambda k: np.sum(stats.vonmises.cdf(np.full(500, 2.0), k)))(30.0)
    assert counts[0][0] < 20
    assert [share for _, share in counts] == [1.0, 0.0]


def test_missing_numbers_stay_missing_and_the_centre_has_no_slope():
    z = np.array([np.nan, 0.0, 1.0] * MANY)
    found = dr.jvp(lambda k: stats.vonmises.cdf(z, k), (2.0,), (1.0,))[1]
    assert np.isnan(found[0])
    assert found[1] == 0
    assert found[2] == pytest.approx(dr.grad(stats.vonmises.cdf, 1)(1.0, 2.0), rel=1e-11)
