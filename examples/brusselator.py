"""The Brusselator in the plane: two reacting, diffusing substances, integrated implicitly with an exact sparse Jacobian and with SciPy's differences.

    u' = 1 + u**2 v - 4.4 u + a (u_xx + u_yy),    v' = 3.4 u - u**2 v + a (v_xx + v_yy)

on the periodic unit square. E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, Springer (1996), section IV.10.
"""

import time
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse.linalg import spsolve

import dualrev as dr

DIFFUSION = 0.004
SPAN = (0.0, 9.0)
OPTIONS = {"method": "BDF", "rtol": 1e-5, "atol": 1e-7}


def laplacian(w):
    """The five-point Laplacian of a periodic grid on the unit square."""
    return (np.roll(w, 1, 0) + np.roll(w, -1, 0) + np.roll(w, 1, 1) + np.roll(w, -1, 1) - 4 * w) * len(w) ** 2


def brusselator(t, y):
    """The right-hand side, for both fields in one vector."""
    n = int((y.size // 2) ** 0.5)
    u, v = y.reshape(2, n, n)
    reaction = u**2 * v
    return np.stack([1 + reaction - 4.4 * u + DIFFUSION * laplacian(u), 3.4 * u - reaction + DIFFUSION * laplacian(v)]).ravel()


def start(n):
    """Initial values on an n x n grid."""
    x, y = np.meshgrid(np.arange(n) / n, np.arange(n) / n, indexing="ij")
    return np.stack([22 * y * (1 - y) ** 1.5, 27 * x * (1 - x) ** 1.5]).ravel()


class Counted:
    """A function that counts how often it is run."""

    def __init__(self, function):
        self.function, self.runs = function, 0

    def __call__(self, *args):
        self.runs += 1
        return self.function(*args)


def integrate(n, **jacobian):
    """Integrate on an n x n grid; return the solution, the seconds, and how often the right-hand side was run."""
    f = Counted(brusselator)
    if jacobian.get("jac") == "exact":
        jacobian = {"jac": dr.jacobian(f, 1, sparse=True)}
    begin = time.perf_counter()
    solution = solve_ivp(f, SPAN, start(n), t_eval=np.linspace(*SPAN, 4), **OPTIONS, **jacobian)
    return solution, time.perf_counter() - begin, f.runs


def compare(n, dense=True):
    """Integrate three ways: with the exact Jacobian, and with differences that know the pattern, or do not."""
    pattern = dr.sparse.pattern(brusselator, 0.0, start(n), argnums=1)
    ways = {"exact, sparse": {"jac": "exact"}, "differences with this pattern": {"jac_sparsity": pattern.matrix.astype(float)}}
    if dense:
        ways["differences"] = {}
    print(f"{n} x {n} grid, {2 * n * n} unknowns: {pattern!r}")
    print(f"{'Jacobian':32}{'seconds':>9}{'Jacobians':>11}{'runs of f':>11}")
    integrate(4)  # what is imported at the first call is nobody's time
    results = {}
    for name, options in ways.items():
        solution, seconds, runs = results[name] = integrate(n, **options)
        print(f"{name:32}{seconds:9.2f}{solution.njev:11}{runs:11}")
    return results


def one_step(n, h=0.01):
    """The Jacobian of the residual of an implicit Euler step, found and then evaluated again, and the Newton step that it gives."""
    y = start(n)

    def residual(z):
        return z - y - h * brusselator(h, z)

    begin = time.perf_counter()
    plan = dr.sparse.plan(residual, y)
    plan(y)
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    matrix = plan(y)
    following = time.perf_counter() - begin
    z = y - spsolve(matrix.tocsc(), residual(y))
    before, after = (float(np.linalg.norm(residual(w))) for w in (y, z))
    print(f"{n} x {n} grid: {plan.pattern!r}, {plan.colouring.count} colours")
    print(f"    Jacobian {first:.3f} s the first time, {following:.3f} s after; residual {before:.3g}, {after:.3g} after a Newton step with spsolve")
    return {"matrix": matrix, "plan": plan, "first": first, "following": following, "before": before, "after": after}


def picture(path, solution, n):
    """The first substance at four times."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.2), layout="constrained")
    panels = figure.subplots(1, len(solution.t))
    for axes, t, y in zip(panels, solution.t, solution.y.T, strict=True):
        image = axes.imshow(y[: n * n].reshape(n, n).T, origin="lower", extent=(0, 1, 0, 1), cmap="viridis")
        axes.set_title(f"u at t = {t:g}")
        figure.colorbar(image, ax=axes, shrink=0.8)
    figure.savefig(path, dpi=110)


def main(path=None, n=16, large=128):
    """Print the comparison, save the picture; return what was found."""
    results = compare(n)
    exact = results["exact, sparse"][0]
    for name, (solution, _, _) in results.items():
        assert np.allclose(solution.y, exact.y, rtol=1e-2, atol=1e-3), name
    step = one_step(large)
    path = Path(path or Path(__file__).with_suffix(".png"))
    picture(path, exact, n)
    print(f"Picture: {path}")
    return results, step


if __name__ == "__main__":
    main()
