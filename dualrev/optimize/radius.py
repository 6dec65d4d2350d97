"""Steps of a linear least-squares problem inside a trust region: Levenberg-Marquardt's and Powell's dogleg, and what bounds make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .linearised import Linearised

__all__ = ["Levenberg", "boxed", "dogleg"]


class Levenberg:
    """The minimiser of the linear problem in a ball, which is that of ``1/2 |A s + b|**2 + alpha/2 |s|**2`` for the right alpha.

    That alpha is found by Newton's method on the length of the step, to a tenth of the radius; it is kept as the start of the next search.

    References
    ----------
    J. J. Moré, The Levenberg-Marquardt algorithm: implementation and theory, Lecture Notes in Mathematics 630, Springer 1978, section 5.
    """

    def __init__(self) -> None:
        self.alpha = 0.0

    def __call__(self, problem: Linearised, radius: float) -> Any:
        """The step for one radius."""
        s = problem.newton()
        length = float(np.linalg.norm(s))
        if length <= 1.1 * radius:
            self.alpha = 0.0
            return s
        upper = float(np.linalg.norm(problem.gradient)) / radius
        lower = 0.0
        alpha = self.alpha if 0.0 < self.alpha <= upper else 1e-3 * upper
        for _ in range(20):
            s, length, slope = problem.damped(alpha)
            excess = length - radius
            if abs(excess) <= 0.1 * radius or slope == 0.0:
                break
            if excess < 0:
                upper = alpha
            lower = max(lower, alpha - excess / slope)
            alpha -= length / radius * excess / slope
            if not lower < alpha < upper:
                alpha = max(1e-3 * upper, float(np.sqrt(lower * upper)))
        self.alpha = alpha
        return s


def dogleg(problem: Linearised, radius: float) -> Any:
    """The point where Powell's path, from the steepest descent's minimiser to that of Gauss and Newton, leaves the ball.

    References
    ----------
    M. J. D. Powell, A hybrid method for nonlinear equations, in: Numerical Methods for Nonlinear Algebraic Equations, Gordon and Breach 1970.
    """
    s = problem.newton()
    if np.linalg.norm(s) <= radius:
        return s
    start = problem.cauchy()
    length = float(np.linalg.norm(start))
    if length >= radius:
        return start * (radius / length)
    way = s - start
    a, b, c = float(np.dot(way, way)), float(np.dot(start, way)), length**2 - radius**2
    root = float(np.sqrt(b * b - a * c))
    t = -c / (b + root) if b > 0 else (root - b) / a
    return start + t * way


def boxed(problem: Linearised, within: Callable[[Linearised, float], Any], radius: float, low: Any, high: Any, rounds: int) -> tuple[Any, Any]:
    """A step inside a trust region and between bounds.

    It walks towards the step of the trust region until a variable meets its bound, holds that variable there, and goes on with the others; each stretch
    lowers the linear problem, so the walk may end at any time.

    Parameters
    ----------
    problem : Linearised
        The linear problem of the variables that are not held.
    within : callable
        `Levenberg` or `dogleg`.
    radius : float
        Of the trust region.
    low, high : (n,) arrays
        Bounds of the step, ``low <= 0 <= high``.
    rounds : int
        How many times variables may meet bounds.

    Returns
    -------
    s : (n,) array
        The step.
    met : (n,) array of int
        -1 or 1 for the variables that met their lower or upper bound.
    """
    n = len(low)
    s, met, free = np.zeros(n), np.zeros(n, int), np.ones(n, bool)
    part, room = problem, radius
    for _ in range(rounds + 1):
        target = s.copy()
        target[free] = within(part, room)
        below, above = free & (target < low), free & (target > high)
        if not (np.any(below) or np.any(above)):
            return target, met
        way = target - s
        share = np.full(n, np.inf)
        share[below] = (low[below] - s[below]) / way[below]
        share[above] = (high[above] - s[above]) / way[above]
        t = float(np.min(share))
        hit = share <= t
        s = s + t * way
        met[hit & below], met[hit & above] = -1, 1
        s = np.where(met < 0, low, np.where(met > 0, high, s))
        free &= ~hit
        left = radius**2 - float(np.dot(s[~free], s[~free]))
        if not np.any(free) or left <= 0:
            break
        part, room = problem.freed(free, s), float(np.sqrt(left))
    return s, met
