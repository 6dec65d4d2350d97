"""Five hundred noisy peaks, each fitted by Levenberg and Marquardt's method, all at once: model, Jacobian and uncertainty of one peak, batched by `dr.vmap`.

K. Levenberg, Q. Appl. Math. 2 (1944); D. Marquardt, SIAM J. Appl. Math. 11 (1963).
"""

import time
from pathlib import Path

import numpy as np
from scipy.optimize import curve_fit

import dualrev as dr

T = np.linspace(-4.0, 4.0, 60)
NOISE = 0.03


def peak(p):
    """A Gaussian peak on a sloping line, at the times T."""
    height, centre, width, base, slope = p
    return height * np.exp(-0.5 * ((T - centre) / width) ** 2) + base + slope * T


def residual(p, y):
    """What the model leaves of the data."""
    return peak(p) - y


def measurements(count, rng):
    """True parameters, a row for each peak, and the data."""
    truth = np.stack([rng.uniform(*span, count) for span in ((0.8, 2.0), (-1.5, 1.5), (0.4, 1.0), (-0.3, 0.3), (-0.05, 0.05))], axis=1)
    return truth, dr.vmap(peak)(truth) + NOISE * rng.normal(size=(count, T.size))


def first_guess(Y):
    """The highest point of each data set, and a width in between."""
    top = np.argmax(Y, axis=1)
    base = np.median(Y, axis=1)
    return np.stack([Y[np.arange(len(Y)), top] - base, T[top], np.full(len(Y), 0.7), base, np.zeros(len(Y))], axis=1)


def fit(Y, steps=30):
    """Fit all peaks; return their parameters, standard deviations and the number of steps."""
    residuals, jacobians = dr.vmap(residual), dr.vmap(dr.jacobian(residual))
    P, damping = first_guess(Y), np.full(len(Y), 1e-2)
    R, moved, taken = residuals(P, Y), np.ones(len(Y)), 0
    while taken < steps and np.max(moved) > 1e-10:
        J = jacobians(P, Y)  # (peaks, times, parameters), of one run of the model
        normal, gradient = np.swapaxes(J, 1, 2) @ J, np.einsum("kti,kt->ki", J, R)
        bound = normal + damping[:, None, None] * np.eye(5) * np.diagonal(normal, 0, 1, 2)[:, None, :]
        trial = P - np.linalg.solve(bound, gradient[..., None])[..., 0]
        S = residuals(trial, Y)
        better = np.sum(S**2, axis=1) < np.sum(R**2, axis=1)
        moved = np.max(np.abs(trial - P) / (1 + np.abs(P)), axis=1, where=better[:, None], initial=0.0)
        P, R = np.where(better[:, None], trial, P), np.where(better[:, None], S, R)
        damping = np.where(better, damping / 5, damping * 4)
        taken += 1
    variance = np.sum(R**2, axis=1) / (T.size - 5)
    deviations = np.sqrt(variance[:, None] * np.diagonal(np.linalg.inv(normal), 0, 1, 2))
    return P, deviations, taken


def picture(path, Y, P, truth, deviations):
    """Six of the fits, and how far all estimates are from the truth in their own standard deviations."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6), layout="constrained")
    panels = figure.subplots(2, 4)
    fits = dr.vmap(peak)(P)
    for axes, k in zip(panels[:, :3].ravel(), range(6), strict=True):
        axes.plot(T, Y[k], ".", color="0.6", markersize=4)
        axes.plot(T, fits[k], color="tab:red")
        axes.set_title(f"centre {P[k, 1]:.3f} ± {deviations[k, 1]:.3f}", fontsize=9)
    pulls = ((P - truth) / deviations).ravel()
    panels[0, 3].hist(pulls, np.linspace(-4, 4, 41), density=True, color="tab:blue", alpha=0.6)
    panels[0, 3].plot(T, np.exp(-0.5 * T**2) / np.sqrt(2 * np.pi), color="k")
    panels[0, 3].set_title("(estimate - truth) / deviation", fontsize=9)
    panels[1, 3].plot(truth[:, 1], P[:, 1], ".", markersize=3)
    panels[1, 3].set_title("centre: estimate against truth", fontsize=9)
    figure.savefig(path, dpi=110)


def main(path=None, count=500):
    """Fit all peaks at once and one by one with SciPy, print the comparison, save the picture; return what was found."""
    truth, Y = measurements(count, np.random.default_rng(0))
    begin = time.perf_counter()
    P, deviations, steps = fit(Y)
    batched = time.perf_counter() - begin
    begin = time.perf_counter()
    single = np.stack([curve_fit(lambda _, *p: peak(np.array(p)), T, y, start)[0] for y, start in zip(Y, first_guess(Y), strict=True)])
    alone = time.perf_counter() - begin
    pulls = (P - truth) / deviations
    print(f"{count} peaks of {T.size} points, 5 parameters each: {steps} steps, each with the Jacobians of all peaks in one batch.")
    print(f"Batched: {batched * 1e3:.0f} ms. scipy.optimize.curve_fit, one peak after the other, by differences: {alone * 1e3:.0f} ms.")
    print(f"Largest difference between the two: {np.max(np.abs(P - single)):.1e}.")
    print(f"(estimate - truth) / deviation: mean {np.mean(pulls):+.3f}, standard deviation {np.std(pulls):.3f}.")
    path = Path(path or Path(__file__).with_suffix(".png"))
    picture(path, Y, P, truth, deviations)
    print(f"Picture: {path}")
    return P, deviations, single, pulls


if __name__ == "__main__":
    main()
