"""The two searches: along a line, and within a trust region."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy.linalg.blas import ddot

from .box import Box, largest
from .linesearch import FLAT, Trial, blurred, search
from .loop import Point
from .problem import Objective
from .stopping import NOT_FINITE, ROUNDING, STUCK

__all__ = ["Direction", "LineSearch", "Model", "TrustRegion"]

EPS = float(np.finfo(float).eps)
SHRINK = 0.9  # how much smaller a gradient has to be where only gradients tell whether a step was good: less is creeping
NOISE = 1e-11  # of the objective: a step that promises no more than this, and finds nothing better, has met rounding errors


class Direction(Protocol):
    """A step for a line search.

    Attributes
    ----------
    second : bool
        Whether it comes from exact second derivatives, so that the decrease it expects means something however it was found.
    """

    second: bool

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        """Return a direction of descent and the first step length to try."""
        ...

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        """Take an accepted step into account."""
        ...

    def forget(self) -> bool:
        """Begin anew after a failure; False where there is nothing to forget."""
        ...


class LineSearch:
    """Search along a direction for the strong Wolfe conditions.

    Parameters
    ----------
    objective : Objective
        What to minimize.
    step : Direction
        The directions.
    c1, c2 : float
        The constants of the conditions.
    """

    radius = math.nan

    def __init__(self, objective: Objective, step: Direction, c1: float = 1e-4, c2: float = 0.9) -> None:
        self.objective, self.directions, self.c1, self.c2 = objective, step, c1, c2
        self.reason, self.step, self.lowest, self.undefined, self.coarse = STUCK, np.zeros(0), math.inf, False, objective.variables.coarse

    def size(self, point: Point) -> float:
        return largest(point.g)

    def move(self, point: Point) -> Point | None:
        expected, again = -1.0, False
        self.lowest = min(self.lowest, point.f)
        while True:
            p, a = self.directions.direction(point)
            slope = ddot(point.g, p)
            expected = -0.5 * slope if expected < 0 or self.directions.second else expected
            self.undefined = False
            found = search(self.line(point, p), point.f, slope, a, self.c1, self.c2, self.lowest, noise=FLAT * self.coarse) if slope < 0 else None
            if found is not None and not (again and self.hidden(expected, point, found.f)):
                self.step = found.point.x - point.x
                self.directions.learn(point, found.point, self.step)
                return found.point
            if found is not None or not self.directions.forget():
                break
            again = not self.directions.second
        self.reason = self.why(expected, point)
        return None

    def hidden(self, expected: float, point: Point, f: float) -> bool:
        """Whether rounding errors hide both what a failed step was expected to bring and what one has brought that begins anew: another round of steps would gain nothing."""
        return max(expected, point.f - f) <= NOISE * self.coarse * abs(point.f)

    def why(self, expected: float, point: Point) -> int:
        """Why nothing better was found, by the decrease that the step was expected to bring."""
        return ROUNDING if expected <= NOISE * self.coarse * abs(point.f) else NOT_FINITE if self.undefined else STUCK

    def line(self, point: Point, p: np.ndarray) -> Callable[[float], Trial]:
        """The objective along a direction."""
        x, attempt = point.x, self.objective.attempt

        def phi(a: float) -> Trial:
            here = x + p if a == 1 else x + a * p
            f, g = attempt(here)
            self.undefined = g is None
            if g is None:
                return Trial(a, math.inf, math.nan)
            return Trial(a, f, ddot(g, p), Point(here, f, g))

        return phi


class Model(Protocol):
    """A step for a trust region: the minimum of a quadratic model within a ball.

    Attributes
    ----------
    second : bool
        Whether it comes from exact second derivatives.
    """

    second: bool

    def at(self, point: Point) -> None:
        """Make the model of a new point."""
        ...

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        """Return the step, the decrease that the model predicts, and whether the ball's edge was reached."""
        ...

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        """Take a trial step, accepted or not, into account."""
        ...

    def refine(self) -> bool:
        """Solve this model to full accuracy from now on, or begin it anew where it is learned from steps; False where that is done already."""
        ...


class TrustRegion:
    """Trust a quadratic model as far as it predicted the objective well.

    Parameters
    ----------
    objective : Objective
        What to minimize.
    step : Model
        The models.
    radius, longest : float
        The first radius and the largest.
    eta : float
        A step is accepted where the decrease is at least this share of the predicted one.
    box : Box, optional
        Bounds, which the models keep to.
    """

    def __init__(self, objective: Objective, step: Model, radius: float = 1.0, longest: float = 1e100, eta: float = 0.05, box: Box | None = None) -> None:
        self.objective, self.models, self.radius, self.first, self.longest, self.eta, self.box = objective, step, radius, radius, longest, eta, box
        self.reason, self.step, self.lowest, self.coarse = STUCK, np.zeros(0), math.inf, objective.variables.coarse

    def size(self, point: Point) -> float:
        return largest(point.g) if self.box is None else self.box.size(point.x, point.g)

    def move(self, point: Point) -> Point | None:
        undefined = again = False
        self.lowest = min(self.lowest, point.f)
        self.models.at(point)
        noise = NOISE * self.coarse * abs(point.f)
        while True:
            p, predicted, edge = self.models.solve(self.radius)
            length = math.sqrt(ddot(p, p))
            x = point.x + p if self.box is None else self.box.project(point.x + p)
            if not predicted > 0 or np.array_equal(x, point.x):
                if self._anew(edge, again):
                    again = not self.models.second
                    continue
                self.reason = ROUNDING if not edge and abs(predicted) <= noise else NOT_FINITE if undefined else STUCK
                return None
            f, g = self.objective.attempt(x)
            undefined = g is None
            if g is None:
                self.radius = 0.25 * min(length, self.radius)
                continue
            new = Point(x, f, g)
            ratio, blur = self._ratio(point, new, p, predicted)
            if ratio > -10:  # what is further off says nothing about the curvature here
                self.models.learn(point, new, p)
            if ratio < 0.25:
                self.radius = self._shrunk(point, new, p, min(length, self.radius))
            elif ratio > 0.75 and edge:
                self.radius = min(2 * self.radius, self.longest)
            if ratio > self.eta:
                if again and max(predicted, point.f - f) <= noise:  # a model that began anew has gained no more than the one before had promised
                    self.reason = ROUNDING
                    return None
                self.step = p
                return new
            if not edge and predicted <= max(10 * EPS * self.coarse * abs(point.f), blur if blur > noise else 0.0):
                if not self._anew(edge, again):
                    self.reason = ROUNDING
                    return None
                again = not self.models.second

    def _anew(self, edge: bool, again: bool) -> bool:
        """Let the model be solved more exactly, or one that is learned from steps begin anew where the search began; False where that is done already."""
        if self.models.second:
            return not edge and self.models.refine()
        if not again:
            self.radius = max(self.radius, self.first)
        return self.models.refine()

    def _ratio(self, old: Point, new: Point, p: np.ndarray, predicted: float) -> tuple[float, float]:
        """The decrease as a share of the predicted one, and the rounding error of the objective; where both are of the size of such errors the gradients decide."""
        change, blur = abs(old.f - new.f), FLAT * self.coarse * abs(old.f)
        ceiling = self.lowest + blur
        if change > blur and blurred(change, max(abs(ddot(old.g, p)), abs(ddot(new.g, p))), old.f):
            blur = change
        if predicted <= blur and change <= blur:
            return (1.0 if new.f <= ceiling and self.size(new) < SHRINK * self.size(old) else -1.0), blur
        return (old.f - new.f) / predicted, blur

    def _shrunk(self, old: Point, new: Point, p: np.ndarray, length: float) -> float:
        """The next radius after a poor step: the minimum of the parabola along it, within a quarter and a half."""
        slope = ddot(old.g, p)
        bottom = new.f - old.f - slope
        share = -0.5 * slope / bottom if bottom > 0 else 0.5
        return length * min(0.5, max(0.25, share))
