"""The 35 problems of Moré, Garbow and Hillstrom as sums of squares: solved by every own method, in fewer evaluations than SciPy's with the same Jacobian."""

import numpy as np
import pytest
from scipy import optimize

import dualrev as dr
from dualrev.optimize import least_squares, root
from tests.problems.problems import PROBLEMS

SYSTEMS = [p for p in PROBLEMS if len(p.residuals(p.x0)) == p.n and min(p.minima) == 0]


@pytest.fixture(scope="module")
def runs():
    out = {}
    with np.errstate(all="ignore"):
        for p in PROBLEMS:
            out["lm", p.label], out["dogleg", p.label] = (least_squares(p.residuals, p.x0, method=method) for method in ("lm", "dogleg"))
            out["trf", p.label] = optimize.least_squares(p.residuals, p.x0, dr.jacobian(p.residuals), method="trf", x_scale="jac", max_nfev=2000)
    return out


@pytest.mark.parametrize("method", ["lm", "dogleg"])
@pytest.mark.parametrize("problem", PROBLEMS, ids=[p.label for p in PROBLEMS])
def test_published_minimum(problem, method, runs):
    found = runs[method, problem.label]
    assert found.success, found.message
    assert problem.solved(2 * found.cost)
    assert found.optimality <= 1e-6 * (1 + np.max(np.abs(found.jac)) * np.linalg.norm(found.fun))
    costs = found.history["fun"]
    assert np.all(np.diff(costs)[:-1] <= 0) and costs[-1] <= costs[-2] * (1 + 1e-9) + 1e-25  # polishing: up to rounding


def test_evaluations_beside_scipy(runs):
    """In the sum over the set, values and Jacobians; SciPy's default method with the scaling that suits it best."""
    for count in ("nfev", "njev"):
        ours, theirs = (sum(runs[method, p.label][count] for p in PROBLEMS) for method in ("lm", "trf"))
        assert ours <= theirs


@pytest.mark.parametrize("problem", SYSTEMS, ids=[p.label for p in SYSTEMS])
def test_systems_of_equations(problem):
    with np.errstate(all="ignore"):
        found = root(problem.residuals, problem.x0)
    assert found.success == (np.max(np.abs(found.fun)) <= 1e-9)
    if not found.success:  # a minimum of the sum of squares that is no root
        assert np.max(np.abs(found.jac.T @ found.fun)) <= 1e-4 * np.linalg.norm(found.jac) * np.linalg.norm(found.fun)
