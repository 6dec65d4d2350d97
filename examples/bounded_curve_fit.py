"""Fit two overlapping peaks on a background that cannot be negative, and say how well each parameter is known.

The parameters stand in a dict of arrays, the bounds beside them under the same names. Standard errors and the band around the curve come from the exact Jacobian; they are
compared with how much the estimates scatter when the measurement is repeated many times. The background ends on its bound: it has no error of its own then, and the errors
of the others are given that it stays there. Run as a script, it prints the numbers and saves a picture.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np

import dualrev as dr

TRUE = {"height": np.array([5.0, 3.0]), "centre": np.array([4.0, 5.8]), "width": np.array([0.6, 0.7]), "background": 0.0}
START = {"height": np.array([3.0, 3.0]), "centre": np.array([3.5, 6.0]), "width": np.array([1.0, 1.0]), "background": 0.5}
BOUNDS = {"height": (0.0, None), "centre": (0.0, 10.0), "width": (0.05, 3.0), "background": (0.0, None)}
SIGMA = 0.12


def peaks(p, x):
    """Each peak by itself, of shape (2, m)."""
    return p["height"][:, None] * np.exp(-0.5 * ((x - p["centre"][:, None]) / p["width"][:, None]) ** 2)


def spectrum(p, x):
    """The model: two Gaussian peaks on a constant background."""
    return np.sum(peaks(p, x), axis=0) + p["background"]


def measure(x, rng):
    """Simulate a measurement with noise of a known size."""
    return spectrum(TRUE, x) + SIGMA * rng.standard_normal(x.shape)


def fit(x, y, start=START, **settings):
    """Estimate the parameters; a residual counts in units of the noise, so that its variance is 1."""
    return dr.optimize.least_squares(lambda p: (spectrum(p, x) - y) / SIGMA, start, bounds=BOUNDS, variance=1.0, **settings)


def flat(p):
    """The parameters as one vector (7,)."""
    return np.concatenate([np.ravel(part) for part in p.values()])


def names():
    """What each entry of that vector is called."""
    return [key if np.ndim(part) == 0 else f"{key}[{k}]" for key, part in TRUE.items() for k in range(np.size(part))]


def band(found, x):
    """One standard deviation of the fitted curve at each x, by propagation through the model's Jacobian; entries on a bound stay there."""
    J = dr.jacobian(spectrum)(found.x, x)
    J = np.concatenate([np.reshape(part, (len(x), -1)) for part in J.values()], axis=1)
    covariance = np.nan_to_num(found.covariance())
    return np.sqrt(np.sum(J @ covariance * J, axis=1))


def repeated(x, n, rng):
    """The estimates (n, 7) from n repeated measurements, with the background held at its bound."""
    return np.array([flat(fit(x, measure(x, rng), TRUE, fixed="background").x) for _ in range(n)])


def draw(path, x, y, found):
    """Save the data, the fit with its band, the two peaks, and the residuals."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6.5), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    fine = np.linspace(x[0], x[-1], 400)
    curve, spread = spectrum(found.x, fine), band(found, fine)
    top.errorbar(x, y, SIGMA, fmt=".", color="gray", label="data, one standard deviation")
    top.fill_between(fine, curve - 2 * spread, curve + 2 * spread, color="tab:blue", alpha=0.3, label="fit, two standard errors")
    top.plot(fine, curve, color="tab:blue", label="fit")
    for k, part in enumerate(peaks(found.x, fine)):
        label = f"peak at {found.x['centre'][k]:.3f} ± {found.stderr['centre'][k]:.3f}"
        top.plot(fine, part, "--", color=("tab:orange", "tab:green")[k], label=label)
    top.set(ylabel="signal", title="Two peaks on a background that cannot be negative")
    top.legend()
    bottom.axhline(0, color="tab:blue")
    bottom.plot(x, found.fun, ".", color="gray")
    bottom.set(xlabel="x", ylabel="residual / noise")
    for panel in (top, bottom):
        panel.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def main(path=None, repeats=200):
    """Fit one measurement, compare its standard errors with the scatter of repeated ones, print the numbers and save the picture.

    Parameters
    ----------
    path : str or Path, optional
        Where to save the picture; no picture without it.
    repeats : int
        How often to repeat the measurement.

    Returns
    -------
    dict
        ``found`` (the result), ``stderr`` and ``scatter`` (7,), ``chi2``.
    """
    x = np.linspace(0.0, 10.0, 81)
    y = measure(x, np.random.default_rng(4))
    found = fit(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the background has no error of its own: that is printed below
        errors = flat(found.stderr)
    scatter = np.std(repeated(x, repeats, np.random.default_rng(6)), axis=0)
    print(f"{found.message}\n{found.nfev} evaluations, chi-squared {2 * found.cost:.1f} for {len(x)} data\n")
    print(f"{'':12}{'true':>8}{'estimate':>11}{'error':>9}{'scatter of ' + str(repeats):>16}")
    for name, true, value, error, spread in zip(names(), flat(TRUE), flat(found.x), errors, scatter, strict=True):
        shown = "on bound" if np.isnan(error) else f"{error:.4f}"
        print(f"{name:12}{true:8.2f}{value:11.4f}{shown:>9}{spread:16.4f}")
    if path is not None:
        draw(path, x, y, found)
        print(f"picture: {path}")
    return {"found": found, "stderr": errors, "scatter": scatter, "chi2": 2 * found.cost}


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"))
