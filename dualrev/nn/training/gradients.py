"""The gradient of one step: in micro-batches that add up to the batch, and in a precision below that of the parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.tree import flatten, tree_map
from ...transforms.reversemode import value_and_grad

__all__ = ["BatchGradient", "cast", "not_finite"]


def cast(x: Any, dtype: Any) -> Any:
    """An array of floats in another precision; anything else as it is."""
    return x.astype(dtype) if dtype is not None and getattr(x, "dtype", np.dtype(int)).kind == "f" else x


def not_finite(names: list[str], gradients: list[Any]) -> str | None:
    """The name of the first parameter whose gradient is not finite."""
    return next((name for name, g in zip(names, gradients, strict=True) if not np.all(np.isfinite(g))), None)


@dataclass(frozen=True)
class BatchGradient:
    """The loss of a batch and its gradient.

    Parameters
    ----------
    loss : callable
        ``loss(result, y)``, an average over the batch.
    accumulate : int
        In how many micro-batches to compute it, one after the other: the memory is that of one. Their averages are weighed by their sizes, so that the
        sum is that of the batch, but for rounding.
    compute : dtype, optional
        The precision of the network's run and of the cotangents. Parameters and results of a step keep theirs, and the loss is computed in theirs.
    seed : int
        Together with the step's number it gives the random numbers of dropout.
    """

    loss: Callable[..., Any]
    accumulate: int = 1
    compute: Any = None
    seed: int = 0

    def __call__(self, network: Any, x: Any, y: Any, step: int, scale: float = 1.0) -> tuple[float, list[Any]]:
        """The loss, and the gradient in every parameter, in its precision; ``scale`` multiplies the loss on the way back and is divided out at the end."""
        masters, _ = flatten(network)
        wide = np.result_type(*masters) if masters else np.dtype(float)
        narrow = tree_map(lambda p: cast(p, self.compute), network)
        parts = [part for part in np.array_split(np.arange(len(x)), self.accumulate) if len(part)]
        total = 0.0
        sums: list[Any] = []
        for k, part in enumerate(parts):
            rng = np.random.default_rng([self.seed, step, k])
            some, targets = (cast(x, self.compute), y) if len(parts) == 1 else (cast(x[part], self.compute), y[part])

            def value(net: Any, some: Any = some, targets: Any = targets, rng: Any = rng) -> Any:
                return self.loss(cast(net(some, rng=rng), None if self.compute is None else wide), targets) * scale

            with np.errstate(over="ignore"):  # an overflow is looked for in the gradient
                found, gradient = value_and_grad(value)(narrow)
            weight = len(part) / len(x)
            total += float(found) / scale * weight
            leaves = [cast(g, p.dtype) * (weight / scale) if weight != 1 or scale != 1 else cast(g, p.dtype) for g, p in zip(flatten(gradient)[0], masters, strict=True)]
            sums = [s + g for s, g in zip(sums, leaves, strict=True)] if sums else leaves
        return total, sums
