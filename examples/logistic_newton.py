"""Logistic regression by Newton's method. Its steps are those of iteratively reweighted least squares, which statisticians derive by hand.

The negative log-likelihood of labels t at points X with log-odds z = X b is sum(log(1 + exp(z)) - t z). A Newton step solves the weighted least-squares problem with
weights p (1 - p) and working responses z + (t - p) / (p (1 - p)). Source: P. McCullagh, J. A. Nelder, Generalized Linear Models, 2nd ed., 1989, section 2.5.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.special import expit

import dualrev as dr


def data(n=300, seed=4):
    """Draw points with two features and a constant, and labels from known coefficients."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.standard_normal((n, 2))])
    return X, (rng.uniform(size=n) < expit(X @ np.array([-0.5, 2.0, -1.0]))).astype(float)


def loss(b, X, t):
    """Negative log-likelihood."""
    z = X @ b
    return np.sum(np.logaddexp(0.0, z) - t * z)


def reweighted(b, X, t):
    """One step of iteratively reweighted least squares, by hand."""
    z = X @ b
    p = expit(z)
    w = p * (1 - p)
    root = np.sqrt(w)
    return np.linalg.lstsq(root[:, None] * X, root * (z + (t - p) / w), rcond=None)[0]


def newton_path(X, t):
    """Minimize by Newton's method with automatic derivatives; return the result and the coefficients after each step."""
    steps = []
    found = dr.optimize.minimize(loss, np.zeros(X.shape[1]), (X, t), "newton", tol=1e-10, callback=steps.append)
    return found, np.array(steps)


def picture(file, found, steps, X, t):
    """Draw the data with the boundary of each step, and how the estimates come about, with two standard errors in the end."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
    for label, color in ((0, "tab:blue"), (1, "tab:red")):
        left.scatter(*X[t == label, 1:].T, color=color, s=12, label=f"label {label}")
    ends = np.array([-3.0, 3.0])
    for k, b in enumerate(steps):
        left.plot(ends, -(b[0] + b[1] * ends) / b[2], color="black", alpha=(k + 1) / len(steps), linewidth=1, label="even odds" if k == len(steps) - 1 else None)
    left.set(title="Where the odds are even, step by step", xlim=(-3, 3), ylim=(-3, 3), xlabel="first feature", ylabel="second feature")
    left.legend(loc="lower left")
    path = np.vstack([np.zeros(3), steps])
    for name, estimates, error in zip(("constant", "first feature", "second feature"), path.T, found.stderr, strict=True):
        drawn = right.plot(estimates, ".-", label=name)[0]
        right.errorbar(len(steps), estimates[-1], yerr=2 * error, fmt="o", capsize=4, color=drawn.get_color())
    right.set(title="Estimates, in the end with two standard errors", xlabel="Newton step", ylabel="coefficient")
    right.legend(loc="upper left")
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    plt.close(figure)


def main(file=None):
    """Compare Newton's steps with reweighted least squares, print them, save the picture; return the differences and the result."""
    X, t = data()
    found, steps = newton_path(X, t)
    differences, b = [], np.zeros(3)
    print("step   by Newton's method               difference to reweighted least squares")
    for k, step in enumerate(steps):
        differences.append(float(np.max(np.abs(step - reweighted(b, X, t)))))
        print(f"{k + 1:4d}   {np.array2string(step, precision=6, floatmode='fixed'):32} {differences[-1]:.0e}")
        b = step
    print(f"{found.message}\nstandard errors {np.round(found.stderr, 4)}, from the exact Hessian")
    picture(file or Path(__file__).with_suffix(".png"), found, steps, X, t)
    return differences, found


if __name__ == "__main__":
    main(*sys.argv[1:])
