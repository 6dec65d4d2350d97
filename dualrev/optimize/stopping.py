"""When a solver stops, and the sentence that says why: one meaning of the tolerances for every own method.

gtol
    Converged where the largest entry of the gradient is at most gtol in size. With bounds it is the projected gradient: entries that push against a bound do not count.
    `least_squares` uses the gradient of half the sum of squares, J.T r.
xtol
    Converged where no entry of a step moves x by more than ``xtol * (xtol + |entry of x|)``. 0 turns it off.
ftol
    Converged where a step changes the objective by at most ``ftol * max(|before|, |after|)``. 0 turns it off.
tol
    Sets gtol.

A solver also stops where rounding errors hide any further decrease; that counts as convergence only where the decrease that the model still expects is below the rounding
error of the objective, so that no method could tell a better point.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["CALLBACK", "FTOL", "GTOL", "MAXITER", "NOT_FINITE", "ROUNDING", "STUCK", "SUCCESSES", "UNBOUNDED", "XTOL", "Tolerances", "sentence", "small_change", "small_step"]

GTOL, MAXITER, STUCK, CALLBACK, NOT_FINITE, XTOL, FTOL, ROUNDING, UNBOUNDED = 0, 1, 2, 99, 3, 4, 5, 6, 7
SUCCESSES = frozenset({GTOL, XTOL, FTOL, ROUNDING})
SENTENCES = {
    GTOL: "Converged: the largest entry of {which} is {gradient:.2e}, at most gtol = {gtol:.2e}.",
    XTOL: "Converged: the last step changed no entry of x by more than xtol = {xtol:.2e} of its size.",
    FTOL: "Converged: the last step changed the objective by at most ftol = {ftol:.2e} of its size.",
    ROUNDING: "Converged: the decrease that is still expected is below the rounding error of the objective (largest entry of {which} {gradient:.2e}).",
    MAXITER: "Not converged: {limit} was reached (largest entry of {which} {gradient:.2e}).",
    STUCK: "Not converged: no point with a lower objective was found along the step, as with rounding errors, wrong derivatives or a kink "
           "(largest entry of {which} {gradient:.2e}).",
    NOT_FINITE: "Not converged: the objective or its gradient is not finite at every point near the last one.",
    UNBOUNDED: "Not converged: the objective seems to have no lower bound; it has come to {fun:.2e} and still falls.",
    CALLBACK: "Stopped by the callback.",
}


class Tolerances(NamedTuple):
    """When to stop; see the top of this file."""

    gtol: float = 1e-5
    xtol: float = 0.0
    ftol: float = 0.0
    maxiter: float = 1000
    maxfev: float = np.inf


def small_step(step: np.ndarray, x: np.ndarray, xtol: float) -> bool:
    """Whether a step from or to x is small in the sense of xtol."""
    return xtol > 0 and bool(np.all(np.abs(step) <= xtol * (xtol + np.abs(x))))


def small_change(before: float, after: float, ftol: float) -> bool:
    """Whether a change of the objective is small in the sense of ftol."""
    return ftol > 0 and abs(before - after) <= ftol * max(abs(before), abs(after))


def sentence(status: int, projected: bool = False, **figures: object) -> str:
    """Say why a solver stopped; the gradient in `figures` may be projected by bounds."""
    return SENTENCES[status].format(which="the projected gradient" if projected else "the gradient", **figures)
