"""scipy.special against 50 digits: both modes, every function and every argument that has a rule, near poles, in the tails, at large arguments."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.core.rows import TABLE
from dualrev.rules.special_gamma import polygamma
from tests.rules import cases_bessel, cases_closed, cases_parameters, cases_spheroidal
from tests.rules.exact_special import exact_slope

CASES = cases_closed.CASES | cases_bessel.CASES | cases_parameters.CASES | cases_spheroidal.CASES
SEVERAL = cases_closed.SEVERAL | cases_bessel.SEVERAL | cases_spheroidal.SEVERAL
ACTIVE = {sp.ellipj: (0, 1)} | cases_spheroidal.ACTIVE  # the arguments with a rule, where the variable is not the only one
# SciPy's own precision of the values that the slopes are made of
LOOSE = {sp.kelvin: 1e-11, sp.itairy: 1e-11, sp.pbdv: 1e-10, sp.pbvv: 1e-10, sp.pbwa: 1e-6} | cases_spheroidal.LOOSE
ELSEWHERE = {
    sp.mathieu_cem, sp.mathieu_sem, sp.mathieu_modcem1, sp.mathieu_modcem2, sp.mathieu_modsem1, sp.mathieu_modsem2,  # mpmath has none: to 1e-7 in tests/table
    sp.nctdtrit, sp.nctdtridf, sp.nctdtrinc,  # the slopes of nctdtr at SciPy's root: to 1e-7 in tests/table
    sp._ufuncs._lambertw,  # in test_special.py
}


def cases():
    for function, (exact, points, tolerances) in CASES.items():
        for point in points:
            yield from ((function, None, exact, point, i, tolerance) for i, tolerance in enumerate(tolerances) if tolerance is not None)
    for function, (exacts, points) in SEVERAL.items():
        for point in points:
            active = ACTIVE.get(function, (len(point) - 1,))
            yield from ((function, k, exact, point, i, LOOSE.get(function, 1e-12)) for k, exact in enumerate(exacts) for i in active)


ALL = list(cases())
IDS = [f"{function.__name__}{'' if k is None else k}-{i}-{','.join(map(repr, point))}" for function, k, _, point, i, _ in ALL]


@pytest.mark.parametrize(("function", "k", "exact", "point", "i", "tolerance"), ALL, ids=IDS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_slopes(function, k, exact, point, i, tolerance):
    def of_one(x):
        y = function(*point[:i], x, *point[i + 1:])
        return y if k is None else y[k]

    want = complex(exact_slope(exact, point, i))
    value = of_one(point[i])
    if not np.iscomplexobj(value):
        want = want.real
    x = np.array([point[i]] * 2)
    _, forward = dr.jvp(of_one, (x,), (np.ones(2),))
    reverse = dr.grad(lambda x: np.real(of_one(x)))(point[i])
    if np.iscomplexobj(value):
        reverse = reverse + 1j * dr.grad(lambda x: np.imag(of_one(x)))(point[i])
    for found in (*forward, reverse):
        assert abs(found - want) <= tolerance * abs(want) + 1e-300


def test_every_argument_that_has_a_rule_is_covered():
    """A new rule needs points here: the other tests know it to 1e-7 only."""
    missing = []
    for row in {id(row): row for row in TABLE.values() if isinstance(row.function, np.ufunc) and row.name.startswith("scipy.special")}.values():
        if row.kind in ("constant", "unsupported") or row.function in ELSEWHERE | set(SEVERAL):
            continue
        tolerances = CASES[row.function][2] if row.function in CASES else (None,) * row.function.nin
        missing += [f"{row.name}, argument {i}" for i, tolerance in enumerate(tolerances) if (tolerance is None) == row.differentiable(i)]
    assert missing == []


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_derivatives_of_the_digamma_function_to_40_digits(n):
    x = np.concatenate([10.0 ** np.linspace(-9, 9, 40), np.linspace(0.1, 16, 40)])
    with mp.workdps(40):
        want = [float(mp.polygamma(n, mp.mpf(v))) for v in x]
    np.testing.assert_allclose(polygamma(x, n), want, rtol=2e-15)
    np.testing.assert_array_equal(polygamma(np.array([0.0, -2.0, np.inf, np.nan]), n), sp.polygamma(n, np.array([0.0, -2.0, np.inf, np.nan])))
    np.testing.assert_allclose(polygamma(np.array([-0.3, -2.5]), n), [float(mp.polygamma(n, v)) for v in (-0.3, -2.5)], rtol=1e-11)


def test_partials_of_the_noncentral_f_distribution_together_are_those_alone():
    at = [np.linspace(low, high, 70) for low, high in ((0.6, 3.0), (2.5, 0.7), (0.5, 2.0), (0.4, 2.2))]
    together = dr.vjp(sp.ncfdtr, *at)[1](np.ones(70))
    np.testing.assert_allclose(together, [dr.elementwise_grad(sp.ncfdtr, i)(*at) for i in range(4)], rtol=1e-14)
    np.testing.assert_allclose(dr.jvp(sp.ncfdtr, tuple(at), (np.ones(70),) * 4)[1], sum(together), rtol=1e-12, atol=1e-13)
