"""Nonlinear least squares: linearise, step inside a trust region and bounds, judge the step, until a tolerance is met."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from .geodesic import LONGEST, Bend
from .linearised import EPS, Linearised, linearised
from .losses import Loss
from .polishing import closed_in
from .radius import boxed
from .reporting import Reporter
from .residuals import Residuals
from .states import Found, State, Step, Tolerances
from .stopping import CALLBACK, FTOL, GTOL, MAXITER, NOT_FINITE, ROUNDING, STUCK, SUCCESSES, XTOL, small_change, small_step

__all__ = ["Fit"]

SHORTER = 10  # how many times a step is shortened before it is evaluated
TINY = float(np.finfo(float).tiny)
PROGRESS = 1e-6  # of the first gradient: down to it a small one has to be small in any units
ROUNDS = 30     # how many times variables may meet bounds within one step
FORGOTTEN = 1e10  # how many times larger than now a column may have been: a variable in such old units would not move


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
    newton : callable, optional
        ``newton(fit, found)`` gives a better point by the exact Hessian, or found itself: asked where steps gain little, and at the end.
    """

    def __init__(self, problem: Residuals, loss: Loss, within: Any, lower: Any, upper: Any, scale: Any = None,
                 solver: str | None = None, geodesic: bool = False, newton: Callable[[Any, Found], Found] | None = None) -> None:
        self.problem, self.loss, self.within, self.solver, self.geodesic, self.newton = problem, loss, within, solver, geodesic, newton
        self.lower, self.upper, self.bounded = lower, upper, lower is not None
        self.adaptive = scale is None
        self.scaling: Any = None if scale is None else 1 / scale
        self.radius, self.limit = 0.0, np.inf

    def run(self, x: np.ndarray, tolerances: Tolerances, reporter: Reporter) -> Found:
        """Search from x, and return the best point."""
        r = self.problem.first(x)
        J, cost = self.problem.first_matrix(x), self.loss.cost(r)
        first, self.limit = -1.0, tolerances.max_nfev
        iteration, taken = 0, np.nan
        status: int | None = None
        patience = Patience()
        while True:
            state = self.linearise(x, r, J)
            if iteration == 0:
                first = state.optimality
                self.radius = float(np.linalg.norm(self.scaling * x) or (np.linalg.norm(r) if self.adaptive else 0.0)) or 1.0
            stop = reporter.note(iteration, x, cost, state.optimality, taken, self.radius, state.gradient)
            if state.optimality <= tolerances.gtol and not (state.optimality > PROGRESS * first and self._far(x, cost, state)):
                status = GTOL
            elif status is None:
                status = CALLBACK if stop else None
            found = Found(x, r, cost, J, state.gradient, state.optimality, CALLBACK if status is None else status, iteration)
            if status is None and self.newton is not None and patience.lost(cost):
                better = self.newton(self, found)
                patience.tried(better is not found)
                if better is not found:
                    iteration, taken = iteration + 1, float(np.linalg.norm(better.x - x))
                    x, r, J, cost = better.x, better.r, better.J, better.cost
                    continue
            if status is None:
                step = self.advance(x, r, cost, state, tolerances, iteration)
                status = step.status
                if status is None or step.r is not None:
                    iteration, taken = iteration + 1, float(np.linalg.norm(step.x - x))
                    x, r, J, cost = step.x, step.r, step.J, step.cost
                    continue
            return self._finished(found._replace(status=status), reporter)

    def _finished(self, found: Found, reporter: Reporter) -> Found:
        """The last digits of a converged search."""
        if self.newton is None or found.status not in SUCCESSES:
            return found
        better, exact = closed_in(self, found)
        if not exact:
            better = self.newton(self, better)
        if better is not found:
            better = better._replace(iterations=found.iterations + 1)
            reporter.note(better.iterations, better.x, better.cost, better.optimality, float(np.linalg.norm(better.x - found.x)), gradient=better.gradient)
        return better

    def _far(self, x: np.ndarray, cost: float, state: State) -> bool:
        """Whether a small gradient comes from small units alone: the linear problem promises a large step that pays."""
        if state.optimality == 0:
            return False
        problem, D = self.model(state), self.scaling[state.free]
        s, new = self.straight(x, state.free, D, problem, np.inf)
        return bool(problem.reduction(s) > 0.01 * cost and np.linalg.norm(D * (new - x)[state.free]) > 0.01 * np.linalg.norm(D * x[state.free]))

    def whole(self, x: np.ndarray, state: State) -> tuple[np.ndarray, float]:
        """Where a whole Gauss-Newton step leads to, and the largest share of an entry of x that it changes."""
        new = self.straight(x, state.free, self.scaling[state.free], self.model(state), np.inf)[1]
        return new, float(np.max(np.abs(new - x) / np.maximum(np.abs(x), TINY)))

    def model(self, state: State) -> Linearised:
        """The linear problem of the variables that may move, in scaled variables."""
        J, D = state.J if state.free.all() else state.J[:, state.free], self.scaling[state.free]
        return linearised(J @ sp.diags_array(1 / D) if sp.issparse(J) else J / D, state.r, self.solver)

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
                self.scaling = np.where(norms > 0, np.clip(self.scaling, norms, FORGOTTEN * norms), self.scaling)
        free = np.ones(len(x), bool)
        if self.bounded:
            free = ~(((x <= self.lower) & (gradient >= 0)) | ((x >= self.upper) & (gradient <= 0)))
        return State(r, J, gradient, free, rows)

    def advance(self, x: np.ndarray, r: Any, cost: float, state: State, tolerances: Tolerances, iteration: int) -> Step:
        """Shorten the step until one lowers the cost."""
        D, problem = self.scaling[state.free], self.model(state)
        undefined = False
        while True:
            if self.problem.counts.nfev >= tolerances.max_nfev:
                return Step(status=MAXITER)
            s, new = self.trial(x, state, D, problem)
            length, predicted, moved = float(np.linalg.norm(s)), problem.reduction(s), new - x
            if not np.any(moved):
                return Step(status=self._ended(predicted, x, state, undefined))
            if iteration == 0:
                self.radius = min(self.radius, length)
            full = length < 0.85 * self.radius and not (self.bounded and np.any(moved[(new == self.lower) | (new == self.upper)]))
            trial = self.problem.attempt(new)
            J, undefined = None, trial is None
            if trial is None:
                actual = -np.inf
            else:
                actual = self.loss.reduction(r, trial)
                if actual > 1e-4 * predicted:
                    J = self.problem.attempt_matrix(new)
                    actual, undefined = (-np.inf, True) if J is None else (actual, False)
            self._resize(actual, predicted, length, problem, s, cost)
            small = small_step(moved, x, tolerances.xtol)
            if J is not None:
                after = self.loss.cost(trial)
                flat = small_change(cost, cost - actual, tolerances.ftol) and predicted <= tolerances.ftol * cost and actual <= 2 * predicted
                return Step(new, trial, J, after, FTOL if flat else XTOL if small and full else None)
            if small:
                return Step(status=XTOL if full and np.isfinite(actual) else self._ended(predicted, x, state, undefined))

    def trial(self, x: np.ndarray, state: State, D: Any, problem: Linearised) -> tuple[Any, Any]:
        """A step of the free variables in scaled form, and the point that it leads to, which is bent where the step is free."""
        s, new = self.straight(x, state.free, D, problem, self.radius)
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
            s, new = self.straight(x, state.free, D, problem, self.radius)
        return s, new

    def _second(self, x: np.ndarray, state: State, v: Any) -> Any:
        full = np.zeros_like(x)
        full[state.free] = v
        c = self.problem.second(x, full)
        return c if c is None or state.rows is None else c * state.rows

    def straight(self, x: np.ndarray, free: Any, D: Any, problem: Linearised, radius: float) -> tuple[Any, Any]:
        """The step of the linear problem, and the point that it leads to."""
        new = x.copy()
        if not self.bounded:
            s = self.within(problem, radius)
            new[free] += s / D
            return s, new
        low, high = self.lower[free], self.upper[free]
        s, met = boxed(problem, self.within, radius, D * (low - x[free]), D * (high - x[free]), ROUNDS)
        inside = np.clip(x[free] + s / D, low, high)
        slack = 4 * EPS * np.maximum(np.abs(inside), np.abs(x[free]))  # rounding errors must not keep a variable beside its bound
        new[free] = np.where((met < 0) | (inside - low <= slack), low, np.where((met > 0) | (high - inside <= slack), high, inside))
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

    def _ended(self, predicted: float, x: np.ndarray, state: State, undefined: bool) -> int:
        """Why no shorter step is tried: rounding errors, or something worse."""
        if undefined:
            return NOT_FINITE
        return ROUNDING if predicted <= self.noise(x, state) else STUCK

    def noise(self, x: np.ndarray, state: State) -> float:
        """The rounding error of the cost: what rounding x and the last operation of each residual alone would make."""
        error = 4 * EPS * self.problem.variables.coarse * (abs(state.J) @ np.abs(x) + np.abs(state.r))
        return float(np.dot(np.abs(state.r), error) + np.dot(error, error))


class Patience:
    """When Gauss-Newton steps gain so little that the exact Hessian is worth its price: several in a row lower the cost by less than a tenth."""

    def __init__(self) -> None:
        self.last, self.slow, self.wait = np.inf, 0, 3

    def lost(self, cost: float) -> bool:
        """Whether to try Newton's method, after a step to this cost."""
        self.slow = self.slow + 1 if cost > 0.9 * self.last else 0
        self.last = cost
        return self.slow >= self.wait

    def tried(self, success: bool) -> None:
        """Wait twice as long after a failure."""
        self.slow, self.wait = 0, 1 if success else 2 * self.wait
