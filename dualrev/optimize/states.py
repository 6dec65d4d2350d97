"""What passes between the parts of a least-squares search."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Found", "State", "Step", "Tolerances"]


class Tolerances(NamedTuple):
    """When to stop, with the meanings of `dualrev.optimize.stopping`."""

    ftol: float
    xtol: float
    gtol: float
    max_nfev: int


class Found(NamedTuple):
    """Where the search ended."""

    x: Any
    r: Any
    cost: float
    J: Any
    gradient: Any
    optimality: float
    status: int
    iterations: int


class State(NamedTuple):
    """The weighted problem at a point."""

    r: Any
    J: Any
    gradient: Any
    free: Any
    rows: Any

    @property
    def optimality(self) -> float:
        """The largest entry of the gradient in the variables that may move."""
        return float(np.abs(self.gradient).max()) if self.free.size and self.free.all() else float(np.max(np.abs(self.gradient), initial=0.0, where=self.free))


class Step(NamedTuple):
    """A step that was taken, or why there is none."""

    x: Any = None
    r: Any = None
    J: Any = None
    cost: float = np.nan
    status: int | None = None
