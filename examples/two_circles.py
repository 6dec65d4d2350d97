"""Train a two-layer network to tell two noisy circles apart: by random search, and by gradient descent with `dualrev.grad`.

Both start from the same weights and take the same number of steps. Random search proposes a step and keeps it if the loss
falls; gradient descent is told the way. Run as a script, it prints the losses and accuracies and saves a picture.

Source of the task: the chapter on backpropagation that this project grew out of.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.special import i0e

import dualrev as dr

HIDDEN, STEPS = 10, 1000


def two_circles(inner, n=1000, noise=0.1, seed=0):
    """Draw points on circles of radius 1 (class 0) and ``inner`` (class 1) with Gaussian noise, and split them 70/30.

    Returns
    -------
    (X, t), (X, t)
        Points (m, 2) and classes (m,) to train and to test with.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(n) % 2
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(t == 0, 1.0, inner)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + noise * rng.standard_normal((n, 2))
    cut = 7 * n // 10
    return (X[:cut], t[:cut]), (X[cut:], t[cut:])


def initial(seed=1):
    """Draw the weights of a network with one hidden layer."""
    rng = np.random.default_rng(seed)
    return {"W": rng.standard_normal((2, HIDDEN)), "b": np.zeros(HIDDEN), "w": rng.standard_normal(HIDDEN) / np.sqrt(HIDDEN), "c": 0.0}


def logit(p, X):
    """The network: log-odds of class 1 for each point, of shape (m,) as the classes are."""
    return np.tanh(X @ p["W"] + p["b"]) @ p["w"] + p["c"]


def loss(p, X, t):
    """Mean cross entropy, from log-odds so that nothing overflows: log(1 + exp(z)) - t z."""
    z = logit(p, X)
    return np.mean(np.logaddexp(0.0, z) - t * z)


def accuracy(p, X, t):
    """Share of the points whose class is found."""
    return float(np.mean((logit(p, X) > 0) == t))


def random_search(p, X, t, steps=STEPS, width=0.05, seed=2):
    """Try random steps and keep those that lower the loss; return the weights and the loss at each step."""
    rng = np.random.default_rng(seed)
    best, losses = loss(p, X, t), []
    for _ in range(steps):
        trial = {name: value + width * rng.standard_normal(np.shape(value)) for name, value in p.items()}
        found = loss(trial, X, t)
        if found < best:
            p, best = trial, found
        losses.append(float(best))
    return p, losses


def gradient_descent(p, X, t, steps=STEPS, rate=0.2, momentum=0.9):
    """Follow the gradient with momentum, the whole training set at each step; return the weights and the losses."""
    step = dr.value_and_grad(loss)
    velocity, losses = {name: np.zeros(np.shape(value)) for name, value in p.items()}, []
    for _ in range(steps):
        value, slope = step(p, X, t)
        velocity = {name: momentum * velocity[name] - rate * slope[name] for name in p}
        p = {name: p[name] + velocity[name] for name in p}
        losses.append(float(value))
    return p, losses


def ideal(X, inner, noise=0.1):
    """The best classifier there is: it knows how the points were made and compares the likelihoods of their distances from the centre."""
    r = np.linalg.norm(X, axis=1)

    def likelihood(radius):  # the Rice distribution, without the factors that both classes share
        return np.exp(-((r - radius) ** 2) / (2 * noise**2)) * i0e(r * radius / noise**2)

    return likelihood(inner) > likelihood(1.0)


def best_possible(inner, n=200_000):
    """Estimate the accuracy of the best classifier on fresh points."""
    (X, t), _ = two_circles(inner, n, seed=3)
    return float(np.mean(ideal(X, inner) == t))


def draw(path, rows):
    """Save loss curves and decision boundaries, one row of panels for each pair of circles."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4 * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), 3, squeeze=False)
    colours = {"random search": "tab:orange", "gradient descent": "tab:green"}
    axis = np.linspace(-1.5, 1.5, 200)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1)
    for (curve, *maps), row in zip(panels, rows, strict=True):
        for method, found in row["methods"].items():
            curve.plot(np.arange(1, len(found["losses"]) + 1), found["losses"], color=colours[method], label=method)
        curve.set(title=f"radii 1 and {row['inner']:g}\nloss on the training points", xlabel="step", ylabel="mean cross entropy", ylim=(0, 0.8))
        curve.grid(alpha=0.3)
        curve.legend(loc="upper right")
        X, t = row["test"]
        for panel, (method, found) in zip(maps, row["methods"].items(), strict=True):
            z = logit(found["weights"], plane)
            panel.imshow(np.tanh(z / 2), extent=(-1.5, 1.5, -1.5, 1.5), origin="lower", cmap="RdBu", vmin=-2, vmax=2)
            panel.contour(axis, axis, z, levels=[0.0], colors="black", linewidths=1.5)
            for k, colour, name in ((0, "firebrick", "class 0"), (1, "navy", "class 1")):
                panel.scatter(*X[t == k].T, s=9, color=colour, label=name)
            panel.set(title=f"{method}\ntest accuracy {found['test accuracy']:.3f}, ideal rule {row['ideal here']:.3f}", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
            panel.legend(loc="upper right", framealpha=0.9)
    figure.savefig(path, dpi=110)


def main(path=None, radii=(0.8, 0.5), steps=STEPS):
    """Train on both pairs of circles, print the numbers and save the picture.

    Parameters
    ----------
    path : str or Path, optional
        Where to save the picture; no picture without it.
    radii : tuple of float
        The inner radii to try.
    steps : int
        Steps of each method.

    Returns
    -------
    list of dict
        For each radius: ``inner``, ``best possible``, ``ideal here``, ``test`` (points and classes) and ``methods``: name -> weights, losses, train and test accuracy.
    """
    rows = []
    for inner in radii:
        train, test = two_circles(inner)
        row = {"inner": inner, "best possible": best_possible(inner), "ideal here": float(np.mean(ideal(test[0], inner) == test[1])), "test": test, "methods": {}}
        print(f"radii 1 and {inner:g}: the best classifier there is gets {row['best possible']:.3f} right, and {row['ideal here']:.3f} of these test points")
        for name, method in (("random search", random_search), ("gradient descent", gradient_descent)):
            weights, losses = method(initial(), *train, steps)
            found = {"weights": weights, "losses": losses, "train accuracy": accuracy(weights, *train), "test accuracy": accuracy(weights, *test)}
            row["methods"][name] = found
            print(f"  {name:<16}  loss {losses[0]:.4f} -> {losses[-1]:.4f}   accuracy {found['train accuracy']:.3f} (train)  {found['test accuracy']:.3f} (test)")
        rows.append(row)
    if path is not None:
        draw(path, rows)
        print(f"picture: {path}")
    return rows


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"))
