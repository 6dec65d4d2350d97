"""The one loop of every own method: a search makes a step, the loop judges it, reports it and says why it ends."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.linalg.blas import dnrm2

from .problem import Objective
from .reporting import Reporter
from .stopping import CALLBACK, FTOL, GTOL, MAXITER, ROUNDING, STUCK, UNBOUNDED, XTOL, Tolerances, small_change, small_step

__all__ = ["Outcome", "Point", "Search", "run"]

FAR = 1e20  # how long a step is, in units of the length of x0, that only an objective without a lower bound makes worth while
LOWEST = -1e100  # a value that only such an objective has
TINY, HUGE = 1e-150, 1e150  # lengths of a gradient whose squares are numbers: beyond, what a step promises says nothing


class Point:
    """A point with its value and gradient."""

    __slots__ = ("f", "g", "x")

    def __init__(self, x: np.ndarray, f: float, g: np.ndarray) -> None:
        self.x, self.f, self.g = x, f, g


class Search(Protocol):
    """How to get from a point to a better one.

    Attributes
    ----------
    reason : int
        After a failure: the status.
    step : array
        After a success: the step.
    radius : float
        Of the trust region, NaN where there is none.
    """

    reason: int
    step: Any
    radius: float

    def size(self, point: Point) -> float:
        """The largest entry of the gradient, or of the projected one."""
        ...

    def move(self, point: Point) -> Point | None:
        """Return a better point, or None where there is none."""
        ...


def length(step: np.ndarray) -> float:
    """The Euclidean length; infinite where a run towards minus infinity overflows."""
    return float(dnrm2(step))


class Outcome(NamedTuple):
    """How the loop ended."""

    point: Point
    status: int
    iterations: int
    size: float
    limit: str



def moved(search: Search, point: Point) -> Point | None:
    """The next point; None also where numbers are too large or too small to be worked with."""
    try:
        return search.move(point)
    except ArithmeticError:
        search.reason = STUCK
        return None


def run(objective: Objective, search: Search, tolerances: Tolerances, reporter: Reporter, start: np.ndarray) -> Outcome:
    """Go from point to point until a tolerance is met or no better point is found. No point is worse than the one before, so the last one is the best.

    Parameters
    ----------
    objective : Objective
        What to minimize.
    search : Search
        How to step.
    tolerances : Tolerances
        When to stop.
    reporter : Reporter
        Who listens.
    start : array (n,)
        Where to begin; within the bounds.
    """
    gtol, xtol, ftol, maxiter, maxfev = tolerances
    counts = objective.counts
    point = Point(start, *objective.first(start))
    size, k, limit, far = search.size(point), 0, "", FAR * max(1.0, length(start))
    reporter.note(0, point.x, point.f, size, radius=search.radius, gradient=point.g)
    status = GTOL if size <= gtol else -1
    while status < 0:
        if k >= maxiter or counts.nfev >= maxfev:
            status, limit = MAXITER, f"maxiter = {maxiter}" if k >= maxiter else f"maxfev = {maxfev}"
            break
        new = moved(search, point)
        if new is None:
            status = STUCK if search.reason == ROUNDING and not TINY < length(point.g) < HUGE else search.reason
            break
        k += 1
        before, point, last = point, new, size
        size = search.size(point)
        taken = length(search.step)
        if reporter.note(k, point.x, point.f, size, taken, search.radius, point.g):
            status = CALLBACK
        elif size <= gtol:
            status = GTOL
        elif (taken > far and size > 0.1 * last) or point.f < LOWEST:
            status = UNBOUNDED
        elif xtol > 0 and small_step(search.step, before.x, xtol):
            status = XTOL
        elif ftol > 0 and small_change(before.f, point.f, ftol):
            status = FTOL
    return Outcome(point, status, k, size, limit)
