"""The paths of steepest descent, BFGS, Newton's method and a trust region through Rosenbrock's valley."""

import sys
from pathlib import Path

import numpy as np

import dualrev as dr

START = np.array([-1.2, 1.0])
METHODS = {"steepest": "steepest descent", "bfgs": "BFGS", "newton": "Newton, line search", "trust-exact": "Newton, trust region"}


def rosenbrock(x):
    """Rosenbrock's function of two variables: a curved valley that leads to (1, 1)."""
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def path(method, most=200):
    """Minimize, and return the result and all points on the way (steps + 1, 2)."""
    points = [START]
    found = dr.optimize.minimize(rosenbrock, START, method=method, tol=1e-8, callback=points.append, options={"maxiter": most})
    return found, np.array(points)


def picture(file, paths):
    """Draw each path over the contours of the function."""
    import matplotlib.pyplot as plt

    X, Y = np.meshgrid(np.linspace(-1.6, 1.4, 300), np.linspace(-0.6, 1.8, 300))
    Z = rosenbrock(np.stack([X, Y]))
    figure, axes = plt.subplots(2, 2, figsize=(11, 8), sharex=True, sharey=True)
    for axis, (method, (found, points)) in zip(axes.flat, paths.items(), strict=True):
        axis.contour(X, Y, Z, np.geomspace(0.05, 1500, 16), colors="0.75", linewidths=0.8)
        axis.plot(*points.T, ".-", linewidth=1.2, markersize=4, label="path")
        axis.plot(1, 1, "*", color="crimson", markersize=12, linestyle="none", label="minimum")
        axis.set_title(f"{METHODS[method]}: {found.nit} steps, f = {found.fun:.0e}")
        axis.set(xlim=(-1.6, 1.4), ylim=(-0.6, 1.8), xlabel="x[0]", ylabel="x[1]")
        axis.label_outer()
    axes[0, 0].legend(loc="lower left")
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    plt.close(figure)


def main(file=None):
    """Run the methods, print what they needed, save the picture; return the paths."""
    paths = {method: path(method) for method in METHODS}
    for method, (found, points) in paths.items():
        print(f"{METHODS[method]:22} {found.nit:4d} steps {found.nfev:5d} evaluations   f = {found.fun:.1e} at {np.round(points[-1], 6)}")
    picture(file or Path(__file__).with_suffix(".png"), paths)
    return paths


if __name__ == "__main__":
    main(*sys.argv[1:])
