"""The extended Rosenbrock function with up to a million variables: time, and memory in units of one vector."""

import time
import tracemalloc

import numpy as np

import dualrev as dr


def valleys(x):
    """The extended Rosenbrock function, problem 21."""
    return np.sum(100 * (x[1::2] - x[::2] ** 2) ** 2 + (1 - x[::2]) ** 2)


JOBS = (("l-bfgs", {"maxcor": 5}), ("newton-cg", {}), ("trust-bounds", {}))


def run(method, options, n):
    """Minimize from the usual start; return the result, seconds, and the peak memory in vectors of n numbers."""
    x0 = np.tile([-1.2, 1.0], n // 2)
    tracemalloc.start()
    start = time.perf_counter()
    found = dr.optimize.minimize(valleys, x0, method=method, tol=1e-4, options=options)
    seconds = time.perf_counter() - start
    peak = tracemalloc.get_traced_memory()[1] / (8 * n)
    tracemalloc.stop()
    return found, seconds, peak


def report(out):
    """Print a line for each method and size."""
    print(f"{'method':14}{'n':>9}{'seconds':>9}{'vectors':>9}{'nit':>6}{'f':>6}{'Hv':>6}  result", file=out)
    for method, options in JOBS:
        for n in (10_000, 100_000, 1_000_000):
            found, seconds, peak = run(method, options, n)
            print(f"{method:14}{n:9d}{seconds:9.1f}{peak:9.1f}{found.nit:6d}{found.nfev:6d}{found.nhvp:6d}  f = {found.fun:.2e}; {found.message}", file=out, flush=True)
