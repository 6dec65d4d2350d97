"""Time beside SciPy's own methods with derivatives written by hand."""

import statistics
import time
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod
from scipy.special import expit

import dualrev as dr


def valley(x):
    """Rosenbrock's function as a user writes it."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def chain(x):
    """A convex chain of springs with a nonlinear stretch."""
    d = x[1:] - x[:-1]
    return np.sum(d**2 / 2 + d**4 / 4) + np.sum((x - 1) ** 2) / 20


def chain_der(x):
    d = x[1:] - x[:-1]
    s = d + d**3
    g = (x - 1) / 10
    g[1:] += s
    g[:-1] -= s
    return g


def chain_hess_prod(x, v):
    d, e = x[1:] - x[:-1], v[1:] - v[:-1]
    s = (1 + 3 * d**2) * e
    h = v / 10
    h[1:] += s
    h[:-1] -= s
    return h


def chain_hess(x):
    return np.stack([chain_hess_prod(x, e) for e in np.eye(len(x))])


def logistic(n):
    """A penalised logistic loss of 5 n examples."""
    rng = np.random.default_rng(n)
    A = rng.normal(size=(5 * n, n))
    s = np.sign(A @ rng.normal(size=n) + rng.normal(size=5 * n))

    def f(w):
        return np.sum(np.logaddexp(0, -s * (A @ w))) + np.sum(w**2) / 2

    def weights(w):
        p = expit(s * (A @ w))
        return p * (1 - p)

    return Job(f, f, lambda w: A.T @ (-s * expit(-s * (A @ w))) + w, lambda w: A.T @ (weights(w)[:, None] * A) + np.eye(n),
               lambda w, v: A.T @ (weights(w) * (A @ v)) + v, np.zeros(n))


def quartic(n):
    """A quadratic form with a dense matrix, and a quartic term."""
    rng = np.random.default_rng(n)
    B, b = rng.normal(size=(n, n)), rng.normal(size=n)
    Q = B @ B.T / n + np.eye(n)

    def f(x):
        return x @ Q @ x / 2 - b @ x + np.sum(x**4) / 4

    return Job(f, f, lambda x: Q @ x - b + x**3, lambda x: Q + np.diag(3 * x**2), lambda x, v: Q @ v + 3 * x**2 * v, np.ones(n))


class Job(NamedTuple):
    """A function as a user writes it, as SciPy gets it, its derivatives by hand, and where to start."""

    f: Any
    hand: Any
    gradient: Any
    hessian: Any
    product: Any
    x0: Any


JOBS = {"Rosenbrock": lambda n: Job(valley, rosen, rosen_der, rosen_hess, rosen_hess_prod, np.tile([-1.2, 1.0], n // 2)),
        "springs": lambda n: Job(chain, chain, chain_der, chain_hess, chain_hess_prod, np.where(np.arange(n) % 2, -1.0, 2.0)),
        "logistic": logistic, "quartic": quartic}
METHODS = {"bfgs": "BFGS", "l-bfgs": "L-BFGS-B", "newton-cg": "Newton-CG", "trust-ncg": "trust-ncg", "trust-krylov": "trust-krylov", "trust-exact": "trust-exact"}


def both(job, method, n):
    """The two calls to be timed."""
    f, hand, der, hess, hess_prod, x0 = JOBS[job](n)
    name = METHODS[method]
    options = {"xtol": 1e-9} if name == "Newton-CG" else {"gtol": 1e-6, **({"ftol": 0, "maxfun": 10**6, "maxiter": 10**6} if name == "L-BFGS-B" else {})}
    more = {"hess": hess} if name == "trust-exact" else {} if name in ("BFGS", "L-BFGS-B") else {"hessp": hess_prod}
    return (lambda: dr.optimize.minimize(f, x0, method=method, tol=1e-6)), (lambda: optimize.minimize(hand, x0, jac=der, method=name, options=options, **more))


def measured(calls, repeats):
    """Median seconds of the processor for calls that take turns, and their last results."""
    seconds, results = [[] for _ in calls], [call() for call in calls]
    for _ in range(repeats):
        for k, call in enumerate(calls):
            start = time.thread_time()
            results[k] = call()
            seconds[k].append(time.thread_time() - start)
    return [statistics.median(s) for s in seconds], results


def report(out, calls=both, only=(), repeats=15):
    """Print a line for each job, method and size; ``only`` these jobs, methods and sizes, by name, where any is given."""
    print(f"{'job':12}{'method':14}{'n':>6}{'ours ms':>10}{'SciPy ms':>10}{'ratio':>7}{'our f':>7}{'their f':>8}{'Hv':>6}", file=out)
    for job in chosen(JOBS, only):
        for n in chosen((2, 10, 100, 400), only):
            for method in chosen(METHODS, only):
                if n > 100 and method == "trust-exact":
                    continue
                (a, b), (r, s) = measured(calls(job, method, n), repeats if n <= 100 else 3)
                print(f"{job:12}{method:14}{n:6d}{1e3 * a:10.2f}{1e3 * b:10.2f}{a / b:7.2f}{r.nfev:7d}{s.nfev:8d}{r.nhvp:6d}", file=out, flush=True)


def chosen(names, only):
    """Those that are asked for, or all where none is."""
    return [name for name in names if str(name) in only] or list(names)
