"""Own methods beside SciPy's with exact derivatives on the 35 problems: who arrives, after how many evaluations."""

import time
import warnings
from typing import NamedTuple

import numpy as np
from scipy import optimize

import dualrev as dr
from dualrev.optimize.methods import METHODS
from tests.problems.problems import PROBLEMS

GTOL, MOST = 1e-8, 2000
THEIRS = {"newton-cg": "Newton-CG", "trust-ncg": "trust-ncg", "trust-krylov": "trust-krylov", "trust-exact": "trust-exact", "bfgs": "BFGS", "l-bfgs": "L-BFGS-B",
          "l-bfgs-b": "L-BFGS-B"}


class Run(NamedTuple):
    """One method on one problem."""

    solved: bool
    claims: bool  # what the result says of itself
    nfev: int
    njev: int
    nhvp: int
    nhev: int
    seconds: float
    fun: float


def ours(problem, method):
    """Run an own method."""
    start = time.thread_time()
    r = dr.optimize.minimize(problem.f, problem.x0, method=method, tol=GTOL, options={"maxiter": MOST})
    return Run(problem.solved(r.fun), r.success, r.nfev, r.njev, r.nhvp, r.nhev, time.thread_time() - start, r.fun)


def theirs(problem, name):
    """Run SciPy's with the same exact derivatives; its Newton-CG has no gtol, and gets an xtol that ends at about the same gradients."""
    counts = [0]

    def product(x, v):
        counts[0] += 1
        return dr.hvp(problem.f)(x, v)

    options = {"xtol": 1e-10, "maxiter": MOST} if name == "Newton-CG" else {"gtol": GTOL, "maxiter": MOST}
    if name == "L-BFGS-B":
        options |= {"ftol": 0, "maxfun": MOST}
    if name.startswith("trust"):
        options["max_trust_radius"] = 1e10
    more = {"hess": dr.hessian(problem.f)} if name == "trust-exact" else {} if name in ("BFGS", "L-BFGS-B") else {"hessp": product}
    start = time.thread_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            r = optimize.minimize(problem.f, problem.x0, jac=dr.grad(problem.f), method=name, options=options, **more)
    except (ValueError, np.linalg.LinAlgError):  # SciPy's own on values that are not finite
        return Run(False, False, 0, 0, 0, 0, time.thread_time() - start, np.nan)
    return Run(problem.solved(r.fun), bool(r.success), r.nfev, r.njev, counts[0], r.get("nhev", 0) if name == "trust-exact" else 0, time.thread_time() - start, r.fun)


def pairs(method):
    """All problems with both runs."""
    return [(problem, ours(problem, method), theirs(problem, THEIRS[method]) if method in THEIRS else None) for problem in PROBLEMS]


def report(out):
    """Print a table with a line for each method; sums are over the problems that both solve."""
    print(f"{len(PROBLEMS)} problems (35 and further sizes), gtol = {GTOL:.0e}; solved: the published minimum was reached; false: success was claimed elsewhere", file=out)
    print("sums are over the problems that both solve (all that are solved, where SciPy has no such method); time in seconds", file=out)
    head = f"{'false':>6}{'f':>7}{'grad':>7}{'Hv':>7}{'H':>6}{'time':>8}"
    print(f"\n{'method':14}{'solved':>8}{head}   {'SciPy: solved':>13}{head}", file=out)
    for method in METHODS:
        if method == "steepest":
            continue
        rows = pairs(method)
        both = [(a, b) for _, a, b in rows if a.solved and (b is None or b.solved)]
        print(f"{method:14}" + cells([a for _, a, _ in rows], [a for a, _ in both]), end="", file=out)
        print("" if method not in THEIRS else f"   {'':5}" + cells([b for _, _, b in rows], [b for _, b in both]), file=out, flush=True)


def cells(every, counted):
    """How many are solved and falsely claimed, and the sums."""
    total = lambda name: sum(getattr(run, name) for run in counted)
    return (f"{sum(r.solved for r in every):8d}{sum(r.claims and not r.solved for r in every):6d}{total('nfev'):7d}{total('njev'):7d}{total('nhvp'):7d}{total('nhev'):6d}"
            f"{total('seconds'):8.2f}")


def report_each(method, out):
    """Print a line for each problem."""
    for problem, a, b in pairs(method):
        other = "" if b is None else f"   SciPy: {'solved' if b.solved else 'no':7}{b.nfev:6d} f{b.nhvp:7d} Hv  {b.fun:.6e}"
        print(f"{problem.label:50}{'solved' if a.solved else 'no':7}{a.nfev:6d} f{a.nhvp:7d} Hv  {a.fun:.6e}{other}", file=out, flush=True)
