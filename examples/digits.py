"""Handwritten digits of 8 x 8 pixels, read by a small convolutional network that learns in less than a minute.

The data come with scikit-learn (1,797 images, the test set of the UCI collection of E. Alpaydin and C. Kaynak, 1998). Run as a script, it prints the accuracy on
500 images that were not trained on, and saves a picture with the filters and the mistakes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from dualrev import nn


def digits(seed=0):
    """Images (n, 1, 8, 8) with entries in [-1, 1] and classes, 500 of them for the test."""
    from sklearn.datasets import load_digits

    found = load_digits()
    x, y = (found.images[:, None] / 8.0 - 1.0).astype(np.float32), found.target
    order = np.random.default_rng(seed).permutation(len(x))
    train, test = order[500:], order[:500]
    return (x[train], y[train]), (x[test], y[test])


def network(seed=0):
    """Two convolutions with pooling, and an affine map to ten logits."""
    rng, he = np.random.default_rng(seed), {"gain": np.sqrt(2), "dtype": np.float32}
    return nn.Sequential([nn.Conv2d.create(1, 16, 3, rng, padding="same", **he), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Conv2d.create(16, 32, 3, rng, padding="same", **he), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Flatten(), nn.Dropout(0.3), nn.Linear.create(128, 10, rng, dtype=np.float32)])


def draw(path, trained, test, history):
    """Save the first layer's filters, the training's history and the images that were misread."""
    from matplotlib.figure import Figure

    x, y = test
    guess = np.argmax(trained(x), axis=1)
    wrong = np.flatnonzero(guess != y)[:8]
    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subfigures(1, 2)
    panels = left.subplots(4, 4)
    for panel, w in zip(panels.flat, trained.layers[0].W[:, 0], strict=True):
        panel.imshow(w, cmap="RdBu", vmin=-1, vmax=1)
        panel.set_axis_off()
    left.suptitle("filters of the first layer")
    grid = right.add_gridspec(3, 4)
    curve = right.add_subplot(grid[0, :])
    curve.plot(history["epoch"], history["validation accuracy"])
    curve.set(title="accuracy on images that were not trained on", xlabel="epoch", ylim=(0.8, 1.0))
    for place, k in enumerate(wrong):
        panel = right.add_subplot(grid[1 + place // 4, place % 4])
        panel.imshow(x[k, 0], cmap="gray_r")
        panel.set(title=f"{y[k]}, read as {guess[k]}", xticks=[], yticks=[])
    figure.savefig(path, dpi=110)


def main(path=None, epochs=20):
    """Train, print the accuracy and draw; returns what `fit` found.

    Parameters
    ----------
    path : str or Path, optional
        Where to save the picture; no picture without it.
    epochs : int
        How long to train.
    """
    train, test = digits()
    start, steps = time.perf_counter(), epochs * -(-len(train[0]) // 32)
    found = nn.fit(network(), nn.cross_entropy_with_logits, train, optimizer=nn.AdamW(4e-3), epochs=epochs, batch_size=32, schedule=nn.schedules.one_cycle(steps),
                   validation=test, metrics={"accuracy": nn.accuracy})
    print(f"{len(train[0])} images, {epochs} epochs, {time.perf_counter() - start:.1f} s")
    print(f"accuracy on {len(test[0])} other images: {found.history['validation accuracy'][-1]:.3f}")
    if path is not None:
        draw(path, found.network, test, found.history)
        print(f"picture: {path}")
    return found


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"))
