"""Convolution beside the matrix products that it is made of, and checkpointing beside its theory: ``python -m tests.benchmarks.networks``."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import dualrev as dr
from dualrev.rules import convolution_products
from dualrev.rules.windows import Geometry
from dualrev.transforms.checkpoint_loop import recomputations

__all__ = ["checkpoints", "convolutions", "main"]


def medians(calls: dict[str, Callable[[], Any]], repeat: int) -> dict[str, float]:
    """Median seconds of each call; they take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeat + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found[1:]) for name, found in times.items()}


def convolutions(batch: int = 32, channels: int = 3, length: int = 32, filters: int = 16, window: int = 3, repeat: int = 25) -> dict[str, tuple[float, float]]:
    """For the convolution and its two backward functions: seconds, and seconds of the matrix product alone, of windows that lie ready."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(batch, channels, length, length)), rng.normal(size=(filters, channels, window, window))
    g = Geometry((length, length), (window, window), (1, 1), ((window // 2, window // 2),) * 2, (1, 1))
    y, ready = rng.normal(size=(batch, filters, *g.places)), rng.normal(size=(batch, channels * window**2, length**2))
    flat, W = y.reshape(batch, filters, -1), w.reshape(filters, -1)
    engine = convolution_products
    found = medians({
        "forward": lambda: engine.filtered(x, w, g), "forward product": lambda: W @ ready,
        "in the images": lambda: engine.spread(y, w, g), "in the images product": lambda: W.T @ flat,
        "in the filters": lambda: engine.gathered(x, y, g), "in the filters product": lambda: np.sum(flat @ np.swapaxes(ready, 1, 2), axis=0),
    }, repeat)
    return {name: (seconds, found[f"{name} product"]) for name, seconds in found.items() if not name.endswith("product")}


def checkpoints(n: int = 300, size: int = 10_000, counts: tuple[int, ...] = (1, 2, 4, 8, 16, 32)) -> list[dict[str, Any]]:
    """Peak memory, in states, and steps taken of a gradient through n steps, for several numbers of snapshots (None: everything is kept)."""
    x, calls = np.linspace(0.0, 1.0, size), []

    def step(x: Any, i: int) -> Any:
        calls.append(i)
        return x + 0.01 * np.sin(x) * np.cos(x)

    def everything(x: Any) -> Any:
        for i in range(n):
            x = step(x, i)
        return np.sum(x)

    rows = []
    for snapshots in (None, *counts):
        f = everything if snapshots is None else lambda x, s=snapshots: np.sum(dr.checkpoint_loop(step, x, n, s))
        calls.clear()
        tracemalloc.start()
        dr.grad(f)(x)
        peak = tracemalloc.get_traced_memory()[1] / x.nbytes
        tracemalloc.stop()
        rows.append({"snapshots": snapshots, "states": peak, "steps": len(calls), "optimum": n + (0 if snapshots is None else recomputations(n, snapshots))})
    return rows


def main(argv: list[str] | None = None) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.networks", description=__doc__)
    parser.add_argument("--repeat", type=int, default=25, metavar="N", help="samples of each convolution (default 25)")
    parser.add_argument("--steps", type=int, default=100, metavar="N", help="steps of the loop with checkpoints (default 100)")
    options = parser.parse_args(argv)
    print("convolution of 32 x 3 x 32 x 32 with 16 filters of 3 x 3")
    for name, (seconds, product) in convolutions(repeat=options.repeat).items():
        print(f"  {name:15} {seconds * 1e3:6.2f} ms   matrix product alone {product * 1e3:6.2f} ms   ratio {seconds / product:.2f}")
    print(f"gradient through {options.steps} steps")
    for row in checkpoints(options.steps):
        kept = "everything" if row["snapshots"] is None else f"{row['snapshots']} snapshots"
        print(f"  {kept:12}  peak {row['states']:6.1f} states   {row['steps']:6d} steps   optimum {row['optimum']:6d}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
