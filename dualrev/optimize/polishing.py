"""The last digits of a fit: Gauss-Newton steps where they close in fast, and otherwise Newton steps with the exact Hessian, judged by the gradient.

A cost cannot tell points apart whose distance from the minimum is below the root of its rounding error, and Gauss-Newton steps close in slowly where residuals remain. The
exact gradient vanishes at the minimum itself, and Newton's method with the exact second derivatives of the residuals doubles the digits with each step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from ..core.errors import DualrevError
from ..transforms.jacobians import hessian
from .problem import FAILURES
from .states import Found
from .stopping import SUCCESSES

__all__ = ["LARGEST", "closed_in", "polished"]

LARGEST = 100  # variables: beyond, the Hessian costs more than it gives
STEPS = 4
DIGITS = 1e-12  # of x
FAST = 0.1  # of a Gauss-Newton step: what the next one may be where they close in fast
ENOUGH = 1e-11  # of x: a step that changes less is not worth an evaluation


def closed_in(fit: Any, found: Found) -> tuple[Found, bool]:
    """Take whole Gauss-Newton steps as long as each is a small share of the one before, as where small residuals remain: that is cheaper than a Hessian.

    Parameters
    ----------
    fit, found
        As in `polished`.

    Returns
    -------
    Found, bool
        A point that is as good or better, and whether a further step would change none of its digits.
    """
    state = fit.linearise(found.x, found.r, found.J)
    new, size = fit.whole(found.x, state)
    while size > DIGITS:
        if fit.problem.counts.nfev >= fit.limit:
            return found, False
        r = fit.problem.attempt(new)
        J = None if r is None else fit.problem.attempt_matrix(new)
        if J is None or fit.loss.reduction(found.r, r) < -fit.noise(found.x, state):
            return found, False
        state = fit.linearise(new, r, J)
        following, left = fit.whole(new, state)
        rate = left / size
        if not rate < FAST:
            return found, False
        found = found._replace(x=new, r=r, cost=fit.loss.cost(r), J=J, gradient=state.gradient, optimality=state.optimality)
        new, size = following, left
        if size * rate * rate > DIGITS:
            return found, False
    return found, True


def polished(fit: Any, found: Found) -> Found:
    """Finish a converged fit; it comes back as it is where Newton's method cannot better it.

    Parameters
    ----------
    fit : Fit
        The search.
    found : Found
        Where it has converged.

    Returns
    -------
    Found
        A point whose gradient is smaller in the metric of the Hessian and whose cost is the same up to rounding, or lower.
    """
    problem, loss = fit.problem, fit.loss
    second = hessian(lambda x: loss.total(problem.flat(x)))
    for _ in range(STEPS):
        free = np.ones(len(found.x), bool) if not fit.bounded else ~((found.x <= fit.lower) | (found.x >= fit.upper))
        if problem.counts.nfev >= fit.limit or not np.any(free) or not np.any(found.gradient[free]):
            break
        problem.counts.nhev += 1
        try:
            with np.errstate(all="ignore"):
                H = second(found.x)[np.ix_(free, free)]
            scale = np.sqrt(np.diagonal(H))
            factor = cho_factor(H / np.outer(scale, scale))
        except (*FAILURES, DualrevError, LinAlgError, ValueError):  # not positive definite, not finite, or without second derivatives
            break
        better = _better(fit, found, free, scale, factor)
        if better is None:
            break
        moved = np.max(np.abs(better.x - found.x) / np.maximum(np.abs(found.x), np.finfo(float).tiny))
        found = better
        if moved < 1e-6:  # the next step would be its square
            break
    return found


def _better(fit: Any, found: Found, free: Any, scale: Any, factor: Any) -> Found | None:
    """Take one Newton step; None where it is not worth it."""
    g = found.gradient[free] / scale
    step = -cho_solve(factor, g) / scale
    new = found.x.copy()
    new[free] += step
    if np.all(np.abs(step) <= ENOUGH * np.abs(found.x[free])) or (fit.bounded and not np.all((new >= fit.lower) & (new <= fit.upper))):
        return None
    r = fit.problem.attempt(new)
    J = None if r is None else fit.problem.attempt_matrix(new)
    if r is None or J is None:
        return None
    state = fit.linearise(new, r, J)
    after = state.gradient[free] / scale
    before, left = (float(np.dot(v, cho_solve(factor, v))) for v in (g, after))
    if not left < 0.25 * before or fit.loss.reduction(found.r, r) < -(fit.noise(found.x, state) if found.status in SUCCESSES else 0.0):
        return None
    return found._replace(x=new, r=r, cost=fit.loss.cost(r), J=J, gradient=state.gradient, optimality=state.optimality)
