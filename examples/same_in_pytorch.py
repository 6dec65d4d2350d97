"""The same small convolutional network in dualrev and in PyTorch: equal loss, and an equal gradient for every parameter.

PyTorch is optional: without it the script says so and ends. Run as a script, it prints both losses and a table of the parameters, and saves a picture.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np

from dualrev import nn

MISSING = "PyTorch is not installed, so there is nothing to compare with; `pip install torch` brings it."


def problem(seed=0, batch=8):
    """A network, images (batch, 2, 8, 8) and their classes."""
    rng = np.random.default_rng(seed)
    network = nn.Sequential([nn.Conv2d.create(2, 4, 3, rng, stride=2, padding=1), nn.ReLU(), nn.Conv2d.create(4, 6, 3, rng), nn.ReLU(), nn.Flatten(),
                             nn.Linear.create(24, 5, rng)])
    return network, rng.normal(size=(batch, 2, 8, 8)), rng.integers(0, 5, batch)


def in_pytorch(network):
    """The equivalent torch modules with copies of the parameters."""
    import torch

    def module(layer):
        if isinstance(layer, nn.Conv2d):
            filters, channels, *window = layer.W.shape
            return torch.nn.Conv2d(channels * layer.groups, filters, window, layer.stride, layer.padding, layer.dilation, layer.groups, dtype=torch.float64)
        if isinstance(layer, nn.Linear):
            return torch.nn.Linear(layer.W.shape[1], layer.W.shape[0], dtype=torch.float64)
        return {nn.ReLU: torch.nn.ReLU, nn.Flatten: torch.nn.Flatten}[type(layer)]()

    copies = [module(layer) for layer in network.layers]
    with torch.no_grad():
        for layer, copy in zip(network.layers, copies, strict=True):
            if hasattr(layer, "W"):
                copy.weight.copy_(torch.as_tensor(layer.W))
                copy.bias.copy_(torch.as_tensor(layer.b))
    return torch.nn.Sequential(*copies)


def torch_gradients(network, x, labels):
    """Loss and gradients that PyTorch finds, by the names that the parameters have here."""
    import torch

    copy = in_pytorch(network)
    loss = torch.nn.functional.cross_entropy(copy(torch.as_tensor(x)), torch.as_tensor(labels))
    loss.backward()
    there = {f"layers[{k}].{'W' if name == 'weight' else 'b'}": p.grad.numpy() for k, layer in enumerate(copy) for name, p in layer.named_parameters()}
    return loss.item(), there


def draw(path, here, there):
    """Each entry of every gradient, PyTorch's against ours, and the differences."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    values, gaps = figure.subplots(1, 2)
    for name, g in here.items():
        values.plot(g.ravel(), there[name].ravel(), ".", label=name)
    values.axline((0, 0), slope=1, color="black", linewidth=0.5)
    values.set(title="entries of the gradients", xlabel="dualrev", ylabel="PyTorch")
    values.legend(fontsize=8)
    gaps.bar(list(here), [np.max(np.abs(g - there[name])) for name, g in here.items()])
    gaps.tick_params(axis="x", rotation=30)
    gaps.set(title="largest difference")
    figure.savefig(path, dpi=110)


def main(path=None):
    """Compare, print and draw; returns the largest difference, or None without PyTorch.

    Parameters
    ----------
    path : str or Path, optional
        Where to save the picture; no picture without it.
    """
    if importlib.util.find_spec("torch") is None:
        print(MISSING)
        return None
    network, x, labels = problem()
    found = nn.backpropagation(network, nn.cross_entropy_with_logits, x, labels)
    here = found.parameters
    loss, there = torch_gradients(network, x, labels)
    print(f"loss: {float(found.loss):.15f} here, {loss:.15f} in PyTorch")
    print(f"{'parameter':14} {'shape':>14} {'norm here':>12} {'in PyTorch':>12} {'difference':>12}")
    worst = abs(float(found.loss) - loss)
    for name, g in here.items():
        gap = np.max(np.abs(g - there[name]))
        worst = max(worst, gap)
        print(f"{name:14} {g.shape!s:>14} {np.linalg.norm(g):12.8f} {np.linalg.norm(there[name]):12.8f} {gap:12.1e}")
    print(f"largest difference: {worst:.1e}")
    if here.keys() != there.keys() or not worst < 1e-10:
        raise AssertionError("the losses or the gradients differ")
    if path is not None:
        draw(path, here, there)
        print(f"picture: {path}")
    return worst


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"))
