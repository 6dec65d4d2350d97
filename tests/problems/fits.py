"""Least squares and equations beside SciPy's with the same exact Jacobian: `python -m tests.problems.fits`."""

from __future__ import annotations

import statistics
import time
import warnings

import numpy as np
from scipy import optimize

import dualrev as dr
from dualrev.optimize import least_squares, root
from tests.problems.problems import PROBLEMS
from tests.problems.strd import NAMES, read

LIMIT = 2000  # evaluations of the residuals


def digits(found, certified):
    """The smallest number of correct digits."""
    return -np.log10(max(np.max(np.abs(np.asarray(found) - certified) / np.abs(certified)), 1e-16))


def fits(method, residuals, x0):
    """Solve one problem; SciPy's methods get the Jacobian and the scaling that suits them best."""
    if method in ("lm", "dogleg"):
        return least_squares(residuals, x0, method=method, max_nfev=LIMIT)
    return optimize.least_squares(residuals, x0, dr.jacobian(residuals), method=method.removeprefix("scipy "), x_scale="jac", max_nfev=LIMIT)


def roots(method, equations, x0):
    """The same for equations."""
    if not method.startswith("scipy "):
        return root(equations, x0, method=method)
    return optimize.root(equations, x0, jac=dr.jacobian(equations), method=method.removeprefix("scipy "))


def nist():
    """Correct digits of the parameters and of their standard deviations, with default tolerances."""
    methods = ("lm", "scipy lm", "scipy trf", "scipy dogbox")
    print("Correct digits of the worst parameter (evaluations), default tolerances")
    print(f"{'':12}" + "".join(f"{method:>16}" for method in methods) + f"{'lm: stderr':>14}{'sum of squares':>16}")
    for name in NAMES:
        data = read(name)
        for k in (0, 1):
            found = [fits(method, data.residuals, data.starts[k]) for method in methods]
            row = [f"{digits(f.x, data.parameters):8.1f} ({f.nfev:4d})" if f.success else "-" for f in found]
            extra = f"{digits(found[0].stderr, data.deviations):14.1f}{digits(2 * found[0].cost, data.sum_of_squares):16.1f}"
            print(f"{name:10}{k + 1:2d}" + "".join(f"{cell:>16}" for cell in row) + extra)


def totals(methods, problems, solve, solved):
    """Solved problems, evaluations and time in the sum; times are medians of three runs, one method after the other."""
    print(f"{'':16}{'solved':>8}{'nfev':>8}{'njev':>8}{'ms':>8}")
    sums = {method: np.zeros(4) for method in methods}
    for p in problems:
        for method in methods:
            times = []
            for _ in range(3):
                begun = time.perf_counter()
                found = solve(method, p.residuals, p.x0)
                times.append(time.perf_counter() - begun)
            sums[method] += [solved(p, found), found.nfev, found.njev, 1000 * statistics.median(times)]
    for method, (count, *rest) in sums.items():
        print(f"{method:16}{int(count):5d}/{len(problems):2d}" + "".join(f"{value:8.0f}" for value in rest))


def main():
    """Print all tables."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    nist()
    print("\nThe problems of Moré, Garbow and Hillstrom as sums of squares")
    totals(("lm", "dogleg", "scipy lm", "scipy trf", "scipy dogbox"), PROBLEMS, fits, lambda p, found: p.solved(np.sum(p.residuals(found.x) ** 2)))
    print("\nThose with as many equations as unknowns and a root")
    systems = [p for p in PROBLEMS if len(p.residuals(p.x0)) == p.n and min(p.minima) == 0]
    totals(("newton", "newton-krylov", "scipy hybr", "scipy lm"), systems, roots, lambda p, found: np.max(np.abs(p.residuals(found.x))) <= 1e-8)


if __name__ == "__main__":
    main()
