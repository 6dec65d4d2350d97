"""The two noisy circles again, on `dualrev.nn`: modules, backpropagation by name, a gradient check, training with a monitor, and a picture.

`two_circles.py` solves the same task with plain `dualrev.grad`; here everything comes from the library. Run as a script, it prints what it finds and saves
the decision boundary and the layers' history.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from dualrev import nn


def circles(inner=0.5, n=1000, noise=0.1, seed=0):
    """Points on circles of radius 1 (class 0) and ``inner`` (class 1), split 70/30. The classes are a column, as the network's results are."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) % 2
    angle, radius = rng.uniform(0, 2 * np.pi, n), np.where(t == 0, 1.0, inner)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + noise * rng.standard_normal((n, 2))
    cut = 7 * n // 10
    return (X[:cut], t[:cut, None]), (X[cut:], t[cut:, None])


def network(seed=0):
    """Two hidden layers; the last one gives the log-odds of class 1."""
    rng = np.random.default_rng(seed)
    return nn.Sequential([nn.Linear.create(2, 16, rng, gain=np.sqrt(2)), nn.ReLU(), nn.Linear.create(16, 16, rng, gain=np.sqrt(2)), nn.ReLU(), nn.Linear.create(16, 1, rng)])


def draw(path, found, test, monitor):
    """Save the losses, the decision boundary and the gradients of the layers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    losses, plane, layers = figure.subplots(1, 3)
    losses.plot(found.history["epoch"], found.history["loss"], label="training")
    losses.plot(found.history["epoch"], found.history["validation loss"], label="test")
    losses.set(title="cross entropy", xlabel="epoch", yscale="log")
    losses.legend()
    axis = np.linspace(-1.5, 1.5, 200)
    z = found.network(np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)).reshape(200, 200)
    plane.imshow(np.tanh(z / 2), extent=(-1.5, 1.5, -1.5, 1.5), origin="lower", cmap="RdBu", vmin=-2, vmax=2)
    plane.contour(axis, axis, z, levels=[0.0], colors="black")
    X, t = test
    plane.scatter(*X.T, s=8, c=np.where(t[:, 0] == 1, "navy", "firebrick"))
    plane.set(title=f"test accuracy {found.history['validation accuracy'][-1]:.3f}", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    for k, layer in enumerate(monitor.reports[1].layers):
        layers.plot(list(monitor.reports), [report.layers[k].gradient for report in monitor.reports.values()], label=f"{layer.name} {layer.kind}")
    layers.set(title="gradient at each layer's input", xlabel="epoch", yscale="log")
    layers.legend(fontsize=8)
    figure.savefig(path, dpi=110)


def main(path=None, epochs=60):
    """Check, train, print and draw; returns what `fit` found.

    Parameters
    ----------
    path : str or Path, optional
        Where to save the picture; no picture without it.
    epochs : int
        How long to train.
    """
    train, test = circles()
    start, loss = network(), nn.binary_cross_entropy_with_logits
    found = nn.backpropagation(start, loss, *train)
    print(f"before training: loss {float(found.loss):.4f}; the gradient in layers[0].W has norm {np.linalg.norm(found.parameters['layers[0].W']):.4f}")
    print("gradient check, |a - b| / |a + b|:")
    print(nn.check_network(start, loss, train[0][:20], train[1][:20]))
    monitor = nn.Monitor()
    found = nn.fit(start, loss, train, optimizer=nn.Adam(0.01), epochs=epochs, batch_size=50, schedule=nn.schedules.cosine(14 * epochs), validation=test,
                   metrics={"accuracy": nn.accuracy}, monitor=monitor)
    print(f"after {epochs} epochs: loss {found.history['loss'][-1]:.4f}, test accuracy {found.history['validation accuracy'][-1]:.3f}")
    print(monitor.reports[epochs])
    if path is not None:
        draw(path, found, test, monitor)
        print(f"picture: {path}")
    return found


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"))
