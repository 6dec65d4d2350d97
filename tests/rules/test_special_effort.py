"""Functions whose derivatives were integrals with hundreds of nodes, or large matrices, whatever their arguments: what they take now, and that it is enough."""

import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.rules import mixtures, special_antiderivatives, special_gamma, special_wright, tridiagonal
from dualrev.rules.quadrature import MANY
from tests.rules.exact_special import exact_second, exact_slope, wright
from tests.rules.ways import SECOND


def mathieu_matrix(size, odd, sine, q):
    """The Fourier coefficients' matrix, and its slope in q."""
    first = 1 if odd else 2 if sine else 0
    slope = np.eye(size, k=1) + np.eye(size, k=-1)
    if odd:
        slope[0, 0] = -1.0 if sine else 1.0
    elif not sine:
        slope[0, 1] = slope[1, 0] = np.sqrt(2.0)
    return np.diag((first + 2.0 * np.arange(size)) ** 2) + q * slope, slope


@pytest.mark.parametrize("sine", [False, True])
@pytest.mark.parametrize("q", [1e-3, 0.5, 30.0, 1000.0, -20.0, -1000.0])
def test_mathieu_values_in_q_against_larger_matrices(sine, q):
    function = sp.mathieu_b if sine else sp.mathieu_a
    for m in (1, 2, 5, 14, 30):
        place = (m - sine) // 2
        matrix, slope = mathieu_matrix(m // 2 + 150, m % 2 == 1, sine, q)
        values, vectors = np.linalg.eigh(matrix)
        slopes = vectors.T @ slope @ vectors[:, place]
        others = np.arange(len(values)) != place
        second = 2 * np.sum(slopes[others] ** 2 / (values[place] - values[others]))
        assert dr.derivative(lambda q, m=m: function(m, q))(q) == pytest.approx(slopes[place], rel=1e-10, abs=1e-11)
        assert dr.derivative(dr.derivative(lambda q, m=m: function(m, q)))(q) == pytest.approx(second, rel=1e-10, abs=1e-11)


def test_mathieu_values_take_as_many_rows_as_their_orders_and_parameters_ask_for(monkeypatch):
    rows, factorised = [], tridiagonal.factorised
    monkeypatch.setattr(tridiagonal, "factorised", lambda *args: rows.append(args[0].shape) or factorised(*args))
    dr.derivative(lambda q: sp.mathieu_a(2, q))(np.array(0.7))
    assert len(rows) == 1
    assert rows[0][0] <= 12
    rows.clear()
    m, q = np.arange(400) % 3, np.geomspace(1e-3, 900.0, 400)
    every = dr.jvp(lambda q: sp.mathieu_a(m, q), (q,), (np.ones(400),))[1]
    assert len({count for count, _ in rows}) > 5
    np.testing.assert_allclose(every[::37], [dr.derivative(lambda q, m=m: sp.mathieu_a(m, q))(x) for m, x in zip(m[::37], q[::37], strict=True)], rtol=1e-11, atol=1e-14)


def test_mathieu_values_that_do_not_exist():
    slopes = dr.jvp(lambda q: sp.mathieu_b(np.array([0, 1, 2]), q), (np.array([1.0, np.nan, 1.0]),), (np.ones(3),))[1]
    np.testing.assert_array_equal(np.isnan(slopes), [True, True, False])


def test_struve_functions_of_order_zero():
    x = np.linspace(-12.0, 12.0, 5001)
    for sign, function in ((-1, sp.struve), (1, sp.modstruve)):
        np.testing.assert_allclose(special_antiderivatives.struve_zero(x, sign), function(0.0, x), rtol=1e-13, atol=1e-15)
    assert np.isnan(special_antiderivatives.struve_zero(np.array([np.nan, 1.0]), -1)[0])


@pytest.mark.parametrize("point", [(0.5, 0.7, 1.0), (0.0, 2.0, 30.0), (3.0, 1e-3, 0.2), (0.02, 150.0, 60.0), (20.0, 1.3, 90.0), (1.0, 1.0, 0.0)])
def test_wright_functions_of_many_entries_to_60_digits(point):
    at = [np.full(MANY + 1, x) for x in point]
    value = sp.wright_bessel(*point)
    for i in (0, 1):
        want = float(exact_slope(wright, point, i))
        found = dr.jvp(lambda x, i=i: sp.wright_bessel(*at[:i], x, *at[i + 1:]), (at[i],), (np.ones(MANY + 1),))[1]
        assert np.all(np.abs(found - want) <= 1e-10 * (abs(want) + value))
        if point[2]:
            for j in range(3):
                want = float(exact_second(wright, point, i, j))
                for found in (way(sp.wright_bessel, *at) for way in SECOND[1:]):
                    assert np.all(np.abs(np.array([found[i][j], found[j][i]]) - want) <= 1e-9 * (abs(want) + value))


def test_wright_functions_of_many_entries_take_their_own_terms(monkeypatch):
    rng = np.random.default_rng(0)
    a, b, x = rng.uniform(0.3, 2.0, (3, 2000))
    assert np.mean(special_wright.terms(a, b, x)) < 14
    whole = []
    monkeypatch.setattr(special_wright, "wright_columns", lambda *args, plain=special_wright.wright_columns: whole.append(args) or plain(*args))
    wide = np.exp(rng.uniform(np.log([[1e-2], [1e-3], [1e-3]]), np.log([[20.0], [200.0], [500.0]]), (3, 2000)))
    for args in ((a, b, x), wide):
        dr.jvp(sp.wright_bessel, tuple(args), tuple(np.ones((3, 2000))))
    assert sum(len(args[0]) for args in whole) < 10


def test_terms_and_nodes_follow_the_arguments(monkeypatch):
    terms = []
    monkeypatch.setattr(mixtures, "indices", lambda n, plain=mixtures.indices: terms.append(n) or plain(n))
    dr.grad(sp.chndtr, (0, 1, 2))(1.5, 2.0, 1.0)
    dr.grad(sp.ncfdtr, (0, 1, 2, 3))(1.5, 2.0, 1.0, 0.7)
    assert 18 < max(terms) <= 64
    terms.clear()
    dr.grad(sp.chndtr, (0, 1, 2))(1900.0, 2.0, 1900.0)  # with mean 950 from 680 on
    assert max(terms) < 700
    columns = []
    monkeypatch.setattr(special_wright, "psi_slope", lambda s, i: columns.append(np.shape(s)[-1]) or sp.psi(s))
    dr.grad(sp.wright_bessel, 1)(0.5, 0.7, 1.0)
    assert max(columns) <= 30


def spread(*ranges):
    """Many points, evenly in the logarithms."""
    rng = np.random.default_rng(5)
    return np.exp([rng.uniform(np.log(low), np.log(high), 600) for low, high in ranges])


@pytest.mark.parametrize("function", [sp.chndtr, sp.ncfdtr])
def test_noncentral_entries_together_are_those_alone(function):
    """Entries together end a sum elsewhere, or begin it at the other end."""
    degrees, other, nc, ratio = spread((0.02, 900.0), (0.02, 900.0), (1e-3, 1900.0), (0.3, 3.0))
    nc[::7] = 0
    at = ((degrees + nc) * ratio, degrees, nc) if function is sp.chndtr else (degrees, other, nc, (1 + nc / degrees) * ratio)
    for i in range(len(at)):
        together = dr.jvp(function, at, tuple(np.full(600, float(j == i)) for j in range(len(at))))[1]
        alone = [dr.grad(function, i)(*point) for point in zip(*at, strict=True)]
        np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-280)  # parts of the partials in the degrees cancel


def test_noncentral_distributions_without_noncentrality():
    for function, central, at in ((sp.chndtr, sp.chdtr, (2.0, 3.0)), (sp.ncfdtr, sp.fdtr, (3.0, 5.0, 0.7))):
        swapped = (lambda x, d: central(d, x)) if function is sp.chndtr else central  # noqa: B023
        of_central = (lambda *at: function(*at, 0.0)) if function is sp.chndtr else (lambda d, e, f: function(d, e, 0.0, f))  # noqa: B023
        everywhere = tuple(range(len(at)))
        np.testing.assert_allclose(dr.grad(of_central, everywhere)(*at), dr.grad(swapped, everywhere)(*at), rtol=1e-12)
        nc = len(at) if function is sp.chndtr else 2
        whole = (*at[:nc], 0.0, *at[nc:])
        h = 1e-6
        above = [function(*whole[:nc], k * h, *whole[nc + 1:]) for k in range(3)]
        assert dr.grad(function, nc)(*whole) == pytest.approx((4 * above[1] - 3 * above[0] - above[2]) / (2 * h), rel=1e-7)


def test_noncentral_t_by_mixtures_of_normal_curves():
    """F'(t) and the slope in the noncentrality by 20,000 equal steps in log(s), over the whole domain; many degrees near t = 0 by the first terms in 1 / df."""
    df, nc, share = spread((0.5, 1e4), (1e-3, 25.0), (0.05, 20.0))[:, :60]
    nc[::2] *= -1
    t = nc + np.sign(nc) * (share - 1) * (1 + np.abs(nc) / np.sqrt(2 * df)) / 5
    u = np.linspace(-1, 1, 20_001)[:, None] * np.where(df > 50, 12 / np.sqrt(2 * df), 80 / df)
    s = np.exp(u)
    density = np.exp(np.log(2) + df / 2 * np.log(df / 2) - sp.gammaln(df / 2) + df * (u - s * s / 2) - (t * s - nc) ** 2 / 2) / np.sqrt(2 * np.pi)
    step = u[1] - u[0]
    np.testing.assert_allclose(dr.elementwise_grad(sp.nctdtr, 1)(df, nc, t), -np.sum(density, axis=0) * step, rtol=1e-9)
    np.testing.assert_allclose(dr.elementwise_grad(sp.nctdtr, 2)(df, nc, t), np.sum(density * s, axis=0) * step, rtol=1e-9)
    v, t = 9000.0, 1e-3  # E Phi(t s - c): E s = 1 - 1/(4 v) + 1/(32 v**2), E s**2 = 1, E s**3 = 1 + 3/(4 v) + 9/(32 v**2)
    c, normal = 0.3, np.exp(-0.045) / np.sqrt(2 * np.pi)
    first, third = 1 / (4 * v * v) - 1 / (16 * v**3), -3 / (4 * v * v) - 9 / (16 * v**3)
    assert dr.grad(sp.nctdtr)(v, c, t) == pytest.approx(normal * (t * first + t**3 * (c * c - 1) / 6 * third), rel=1e-7)


def test_rises_of_psi_below_zero():
    """SciPy's psi, which takes long there, and what stands for it; at the poles too."""
    x = np.concatenate([np.linspace(-7.3, 3.1, 1001), [-2.0, -1.0, 0.0, 0.3]])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(special_gamma.reflected_psi(x), sp.psi(x), rtol=1e-13, atol=2e-14)


def test_airy_integrals_whose_companions_are_infinite():
    first, slopes = dr.vjp(lambda x: sp.itairy(x)[0], np.array([1.0, 150.0]))
    np.testing.assert_allclose(slopes(np.ones(2))[0], sp.airy(np.array([1.0, 150.0]))[0], rtol=1e-14)
    assert np.all(np.isfinite(first))
