"""A recurrent network on a long sequence: `dualrev.checkpoint_loop` keeps a few states in place of all of them, and computes the others again.

The network reads a noisy oscillation whose frequency drifts, one number at a time, and predicts the next. Run as a script, it prints time and memory of one
gradient for several numbers of snapshots beside the theory, trains the network, and saves a picture.

Source: A. Griewank, A. Walther, Algorithm 799: revolve, ACM Trans. Math. Softw. 26 (2000).
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np

import dualrev as dr
from dualrev import nn
from dualrev.transforms.checkpoint_loop import recomputations


def series(steps, batch, seed=0):
    """Signals (steps + 1, batch, 1)."""
    rng = np.random.default_rng(seed)
    phase = np.cumsum(0.15 + 0.1 * np.sin(np.linspace(0, 20, steps + 1))[:, None] * rng.uniform(0.5, 1.5, batch), axis=0)
    return (np.sin(phase + rng.uniform(0, 6, batch)) + 0.05 * rng.standard_normal((steps + 1, batch)))[..., None]


def cell(width, seed=0):
    """h <- tanh(U x + V h), and a prediction w h."""
    rng = np.random.default_rng(seed)
    return {"U": nn.Linear.create(1, width, rng), "V": nn.Linear.create(width, width, rng, gain=0.9, bias=False), "w": nn.Linear.create(width, 1, rng)}


def loss(p, signal, snapshots=None):
    """Mean squared error of the predictions; without ``snapshots`` the tape keeps everything."""
    steps, batch = len(signal) - 1, signal.shape[1]

    def step(state, i):
        h = np.tanh(p["U"](signal[i]) + p["V"](state["h"]))
        return {"h": h, "error": state["error"] + nn.mean_squared_error(p["w"](h), signal[i + 1]) / steps}

    state = {"h": np.zeros((batch, p["V"].W.shape[0])), "error": 0.0}
    if snapshots is not None:
        return dr.checkpoint_loop(step, state, steps, snapshots)["error"]
    for i in range(steps):
        state = step(state, i)
    return state["error"]


def measured(p, signal, snapshots):
    """Seconds and peak memory in MB of one gradient, and the gradient."""
    start = time.perf_counter()
    dr.grad(loss)(p, signal, snapshots)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    gradient = dr.grad(loss)(p, signal, snapshots)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, peak, gradient


def train(p, signal, snapshots, epochs):
    """Adam on the whole sequence; returns the parameters and the losses."""
    method = nn.Adam(0.01)
    names, values = list(nn.parameters(p)), list(nn.parameters(p).values())
    memory, losses = method.start(values), []
    for t in range(1, epochs + 1):
        value, slope = dr.value_and_grad(loss)(nn.with_parameters(p, dict(zip(names, values, strict=True))), signal, snapshots)
        values, memory = method.step(values, list(nn.parameters(slope).values()), memory, method.rate, t)
        losses.append(float(value))
    return nn.with_parameters(p, dict(zip(names, values, strict=True))), losses


def draw(path, rows, losses):
    """Save memory and time against the number of snapshots, and the training's losses."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    memory, work, curve = figure.subplots(1, 3)
    kept = [row for row in rows if row["snapshots"] is not None]
    counts, whole = [row["snapshots"] for row in kept], rows[0]
    for panel, name, label, scale in ((memory, "MB", "peak memory in MB", "log"), (work, "seconds", "seconds for one gradient", "linear")):
        panel.plot(counts, [row[name] for row in kept], "o-", label="checkpoint_loop")
        panel.axhline(whole[name], color="gray", linestyle="--", label="everything kept")
        panel.set(title=label, xlabel="snapshots", xscale="log", yscale=scale)
        panel.set_xticks(counts, [str(count) for count in counts])
        panel.set_xticks([], minor=True)
        panel.legend()
    curve.plot(np.arange(1, len(losses) + 1), losses)
    curve.set(title="squared error while training", xlabel="step", yscale="log")
    figure.savefig(path, dpi=110)


def main(path=None, steps=500, batch=32, width=32, epochs=15, counts=(3, 6, 12, 24, 48)):
    """Measure, train, print and draw.

    Returns
    -------
    list of dict, list of float
        For each number of snapshots (None: everything kept) ``MB``, ``seconds`` and the steps computed again; the losses of the training.
    """
    signal, p, rows = series(steps, batch), cell(width), []
    print(f"one gradient through {steps} steps of {batch} x {width} numbers")
    reference = None
    for snapshots in (None, *counts):
        seconds, peak, gradient = measured(p, signal, snapshots)
        reference = gradient if snapshots is None else reference
        for a, b in zip(nn.parameters(gradient).values(), nn.parameters(reference).values(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
        again = 0 if snapshots is None else recomputations(steps - 1, snapshots)  # the first state is no traced value, so the first step is kept
        rows.append({"snapshots": snapshots, "seconds": seconds, "MB": peak, "again": again})
        kept = "everything" if snapshots is None else f"{snapshots} states"
        print(f"  {kept:>10} kept: {peak:7.2f} MB  {seconds:6.2f} s  {again / steps:5.2f} extra runs of each step")
    _, losses = train(p, signal, 12, epochs)
    print(f"squared error {losses[0]:.4f} -> {losses[-1]:.4f} in {epochs} steps of Adam with 12 states kept")
    if path is not None:
        draw(path, rows, losses)
        print(f"picture: {path}")
    return rows, losses


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".png"))
