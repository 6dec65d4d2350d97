"""The certified results of NIST's nonlinear regression sets, from both starting points, with the default tolerances."""

import numpy as np
import pytest

import dualrev as dr
from tests.problems.strd import NAMES, read

RUNS = [(name, k) for name in NAMES for k in (0, 1)]


def digits(found, certified):
    """The smallest number of correct digits: minus the logarithm of the relative error."""
    error = np.max(np.abs(np.asarray(found) - certified) / np.abs(certified))
    return -np.log10(max(error, 1e-16))


def test_reader():
    assert NAMES == ["Hahn1", "MGH09", "MGH17", "Misra1a", "Thurber"]
    hahn = read("Hahn1")
    assert hahn.formula == "(b1+b2*x+b3*x**2+b4*x**3) / (1+b5*x+b6*x**2+b7*x**3)"
    assert (hahn.x[0], hahn.y[0], hahn.x[-1], hahn.y[-1]) == (24.41, 0.591, 848.23, 20.935)
    assert hahn.starts[:, 1].tolist() == [-1.0, -0.1]
    assert (hahn.parameters[3], hahn.deviations[6]) == (-1.4262662514e-06, 1.3027335327e-08)
    assert (len(hahn.y), hahn.degrees_of_freedom, hahn.sum_of_squares) == (236, 229, 1.5324382854)
    for name in NAMES:  # the certified parameters give the certified sum: data and model are read right
        data = read(name)
        assert digits(np.sum(data.residuals(data.parameters) ** 2), data.sum_of_squares) > 9.5


@pytest.mark.parametrize(("name", "start"), RUNS)
def test_certified_values(name, start):
    data = read(name)
    with np.errstate(all="ignore"):
        fit = dr.optimize.least_squares(data.residuals, data.starts[start])
    assert fit.success, fit.message
    assert digits(fit.x, data.parameters) >= 9
    assert digits(2 * fit.cost, data.sum_of_squares) >= 9
    assert digits(fit.stderr, data.deviations) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_dogleg_from_the_nearer_start(name):
    data = read(name)
    fit = dr.optimize.least_squares(data.residuals, data.starts[1], method="dogleg")
    assert fit.success and digits(fit.x, data.parameters) >= 9 and digits(fit.stderr, data.deviations) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_polishing_finds_the_last_digits(name):
    data = read(name)
    rough = dr.optimize.least_squares(data.residuals, data.starts[1], polish=False)
    fine = dr.optimize.least_squares(data.residuals, data.starts[1])
    assert rough.nhev == 0 and (fine.nhev > 0 or fine.nfev > rough.nfev)
    assert fine.nfev - rough.nfev <= 5
    assert digits(fine.x, data.parameters) >= digits(rough.x, data.parameters)
    assert fine.cost <= rough.cost * (1 + 1e-12)


def test_a_hessian_only_where_gauss_newton_steps_close_in_slowly():
    easy, hard = (read(name) for name in ("Misra1a", "MGH09"))
    assert dr.optimize.least_squares(easy.residuals, easy.starts[1]).nhev == 0
    assert dr.optimize.least_squares(hard.residuals, hard.starts[1]).nhev > 0


def test_a_container_gives_the_same():
    data = read("Thurber")
    top, bottom = data.starts[1][:4], data.starts[1][4:]

    def residuals(p):
        x = data.x
        numerator = p["top"] @ np.stack([x**0, x, x**2, x**3])
        return numerator / (1 + p["bottom"] @ np.stack([x, x**2, x**3])) - data.y

    fit = dr.optimize.least_squares(residuals, {"top": top, "bottom": bottom})
    assert digits(fit.x["top"], data.parameters[:4]) >= 9 and digits(fit.x["bottom"], data.parameters[4:]) >= 9
    assert digits(fit.stderr["bottom"], data.deviations[4:]) >= 8
