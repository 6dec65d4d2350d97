"""Nonlinear least squares: linearise, step inside a trust region and bounds, judge the step, until a tolerance is met."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from .geodesic import LONGEST, Bend
from .linearised import EPS, Linearised, linearised
from .losses import Loss
from .radius import boxed
from .reporting import Reporter
from .residuals import Residuals
from .stopping import CALLBACK, FTOL, GTOL, MAXITER, NOT_FINITE, ROUNDING, STUCK, XTOL, small_change, small_step

__all__ = ["Fit", "Found", "Tolerances"]

SHORTER = 10  # how many times a step is shortened before it is evaluated
ROUNDS = 30     # how many times variables may meet bounds within one step


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


class Fit:
    """A search for the least sum of losses of residuals.

    Parameters
    ----------
    problem : Residuals
        The residuals and their Jacobian.
    loss : Loss
        What a residual costs.
    within : callable
        `Levenberg` or `dogleg`: the step of the linear problem for a radius.
    lower, upper : (n,) arrays or None
        Bounds.
    scale : (n,) array or None
        The scales of the variables; None takes them from the largest norms that the Jacobian's columns have had (Moré).
    solver : str or None
        "lsmr" for iterations instead of factorisations.
    geodesic : bool
        Bend the steps of `Levenberg`.
    """

    def __init__(self, problem: Residuals, loss: Loss, within: Any, lower: Any, upper: Any, scale: Any = None,
                 solver: str | None = None, geodesic: bool = False) -> None:
        self.problem, self.loss, self.within, self.solver, self.geodesic = problem, loss, within, solver, geodesic
        self.lower, self.upper, self.bounded = lower, upper, lower is not None
        self.adaptive = scale is None
        self.scaling: Any = None if scale is None else 1 / scale
        self.radius = 0.0

    def run(self, x: np.ndarray, tolerances: Tolerances, reporter: Reporter) -> Found:
        """Search from x, and return the best point."""
        problem = self.problem
        r = problem.first(x)
        J, cost = problem.first_matrix(x), self.loss.cost(r)
        iteration, taken = 0, np.nan
        status: int | None = None
        while True:
            state = self.linearise(x, r, J)
            optimality = state.optimality
            if iteration == 0:
                self.radius = float(np.linalg.norm(self.scaling * x) or (np.linalg.norm(r) if self.adaptive else 0.0)) or 1.0
            stop = reporter.note(iteration, x, cost, optimality, taken, self.radius, state.gradient)
            if optimality <= tolerances.gtol:
                status = GTOL
            elif status is None:
                status = CALLBACK if stop else None
            if status is not None:
                return Found(x, r, cost, state.J, state.gradient, optimality, status, iteration)
            step = self.advance(x, r, cost, state, tolerances, iteration)
            status = step.status
            if step.status is not None and step.r is None:
                return Found(x, r, cost, state.J, state.gradient, optimality, step.status, iteration)
            iteration, taken = iteration + 1, float(np.linalg.norm(step.x - x))
            x, r, J, cost = step.x, step.r, step.J, step.cost

    def linearise(self, x: np.ndarray, r: Any, J: Any) -> State:
        """The weighted linear problem at a point, its gradient, and which variables may move."""
        rows: Any = None
        if not self.loss.linear:
            weights, rows = self.loss.weights(r)
            r, J = r * weights, sp.diags_array(rows) @ J if sp.issparse(J) else J * rows[:, None]
        gradient = J.T @ r
        if self.adaptive:
            norms = np.sqrt(np.asarray(J.multiply(J).sum(axis=0)).ravel()) if sp.issparse(J) else np.sqrt(np.einsum("ij,ij->j", J, J))
            if self.scaling is None:
                self.scaling = np.where(norms > 0, norms, 1.0)
            else:
                self.scaling = np.maximum(self.scaling, norms)
        free = np.ones(len(x), bool)
        if self.bounded:
            free = ~(((x <= self.lower) & (gradient >= 0)) | ((x >= self.upper) & (gradient <= 0)))
        return State(r, J, gradient, free, rows)

    def advance(self, x: np.ndarray, r: Any, cost: float, state: State, tolerances: Tolerances, iteration: int) -> Step:
        """Shorten the step until one lowers the cost."""
        free, D = state.free, self.scaling[state.free]
        J = state.J if free.all() else state.J[:, free]
        problem = linearised(J @ sp.diags_array(1 / D) if sp.issparse(J) else J / D, state.r, self.solver)
        seen = False
        while True:
            if self.problem.counts.nfev >= tolerances.max_nfev:
                return Step(status=MAXITER)
            s, new = self.trial(x, state, D, problem)
            length, predicted, moved = float(np.linalg.norm(s)), problem.reduction(s), new - x
            if not np.any(moved):
                return Step(status=self._ended(predicted, x, state, seen))
            if iteration == 0:
                self.radius = min(self.radius, length)
            full = length < 0.85 * self.radius
            trial = self.problem.attempt(new)
            J = None
            if trial is None:
                actual = -np.inf
            else:
                seen, actual = True, self.loss.reduction(r, trial)
                if actual > 1e-4 * predicted:
                    J = self.problem.attempt_matrix(new)
                    actual = actual if J is not None else -np.inf
            self._resize(actual, predicted, length, problem, s, cost)
            small = small_step(moved, x, tolerances.xtol)
            if J is not None:
                after = self.loss.cost(trial)
                flat = small_change(cost, cost - actual, tolerances.ftol) and predicted <= tolerances.ftol * cost and actual <= 2 * predicted
                return Step(new, trial, J, after, FTOL if flat else XTOL if small and full else None)
            if small:
                return Step(status=XTOL if full and np.isfinite(actual) else self._ended(predicted, x, state, seen))

    def trial(self, x: np.ndarray, state: State, D: Any, problem: Linearised) -> tuple[Any, Any]:
        """A step of the free variables in scaled form, and the point that it leads to, which is bent where the step is free."""
        s, new = self.straight(x, state.free, D, problem)
        if not self.geodesic or self.within.alpha == 0:  # a whole Gauss-Newton step gains nothing
            return s, new
        bend = Bend(lambda v: self._second(x, state, v), state.J[:, state.free], D)
        for _ in range(SHORTER):
            if self.bounded and np.any((new == self.lower) | (new == self.upper)):
                break
            a = bend.correction(problem, s, self.within.alpha)
            if a is None:
                break
            share = 4 * float(np.linalg.norm(a)) / float(np.linalg.norm(s))
            if share <= LONGEST:
                bent = new.copy()
                bent[state.free] += a / D
                return s, bent if not self.bounded or np.all((bent >= self.lower) & (bent <= self.upper)) else new
            self.radius = min(self.radius, float(np.linalg.norm(s))) * min(max(LONGEST / share, 0.1), 0.7)
            s, new = self.straight(x, state.free, D, problem)
        return s, new

    def _second(self, x: np.ndarray, state: State, v: Any) -> Any:
        full = np.zeros_like(x)
        full[state.free] = v
        c = self.problem.second(x, full)
        return c if c is None or state.rows is None else c * state.rows

    def straight(self, x: np.ndarray, free: Any, D: Any, problem: Linearised) -> tuple[Any, Any]:
        """The step of the linear problem, and the point that it leads to."""
        new = x.copy()
        if not self.bounded:
            s = self.within(problem, self.radius)
            new[free] += s / D
            return s, new
        low, high = self.lower[free], self.upper[free]
        s, met = boxed(problem, self.within, self.radius, D * (low - x[free]), D * (high - x[free]), ROUNDS)
        inside = np.clip(x[free] + s / D, low, high)
        new[free] = np.where(met < 0, low, np.where(met > 0, high, inside))
        return s, new

    def _resize(self, actual: float, predicted: float, length: float, problem: Linearised, s: Any, cost: float) -> None:
        """Change the radius by how well the model foretold the change (Moré 1978, section 4)."""
        ratio = actual / predicted if predicted > 0 else -1.0
        if not np.isfinite(actual):
            self.radius = 0.1 * min(self.radius, 10 * length)
        elif ratio <= 0.25:
            slope = float(np.dot(problem.gradient, s))
            share = 0.5 if actual >= 0 else 0.5 * slope / (slope + actual)  # the minimiser of the parabola through both costs
            self.radius = min(max(share, 0.1), 0.5) * min(self.radius, 10 * length)
        elif ratio >= 0.75 or length < 0.85 * self.radius:
            self.radius = 2 * length

    def _ended(self, predicted: float, x: np.ndarray, state: State, seen: bool) -> int:
        """Why no shorter step is tried: rounding errors, or something worse."""
        if not seen:
            return NOT_FINITE
        return ROUNDING if predicted <= self.noise(x, state) else STUCK

    def noise(self, x: np.ndarray, state: State) -> float:
        """The rounding error of the cost: what rounding x and the last operation of each residual alone would make."""
        error = 4 * EPS * (abs(state.J) @ np.abs(x) + np.abs(state.r))
        return float(np.dot(np.abs(state.r), error) + np.dot(error, error))


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
        return float(np.max(np.abs(self.gradient), initial=0.0, where=self.free))


class Step(NamedTuple):
    """A step that was taken, or why there is none."""

    x: Any = None
    r: Any = None
    J: Any = None
    cost: float = np.nan
    status: int | None = None
