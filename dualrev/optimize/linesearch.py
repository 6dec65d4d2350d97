"""A line search for the strong Wolfe conditions.

References
----------
J. J. Moré, D. J. Thuente, Line search algorithms with guaranteed sufficient decrease, ACM TOMS 20 (1994).
W. W. Hager, H. Zhang, A new conjugate gradient method with guaranteed descent and an efficient line search, SIAM J. Optim. 16 (2005): the condition near rounding errors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["FLAT", "Trial", "blurred", "search"]

GROWTH = 4.0  # how far beyond a trial step the next one may lie, in units of the step
FLAT = 2e-14  # of the objective: values that differ by less cannot be told apart
BLUR = 1e-8  # of the objective: how large its rounding errors may be, by cancellation
BEYOND = 100.0  # how many times larger than what slopes allow a change of the value must be to count as a rounding error
LEVEL = 3  # of how many values around a minimum that cannot be told from the first one a search ends


class Trial(NamedTuple):
    """A point on the line: the step a, the value f and the slope d there, and what the caller keeps of it."""

    a: float
    f: float
    d: float
    point: Any = None


def blurred(change: float, reach: float, f0: float) -> bool:
    """Whether a change of the value is a rounding error: small, and far beyond what the slopes at both ends allow.

    Parameters
    ----------
    change, f0 : float
        The size of the change, and a value.
    reach : float
        The length of the step times the larger slope.
    """
    return BEYOND * reach < change <= BLUR * abs(f0)


def search(phi: Callable[[float], Trial], f0: float, d0: float, a: float, c1: float = 1e-4, c2: float = 0.9, lowest: float = math.inf,
           longest: float = math.inf, most: int = 40, noise: float = FLAT) -> Trial | None:
    """Find a step with f(a) <= f0 + c1 a d0 and |d(a)| <= c2 |d0|.

    Where the values differ by rounding errors only, the slope decides, and the value may be above the lowest one so far by such an error. Steps where phi is not finite
    are taken back towards the best step.

    Parameters
    ----------
    phi : callable
        Evaluates the objective along the line; f is infinite where it is not defined.
    f0, d0 : float
        Value and slope at 0; d0 is negative.
    a, longest : float
        The first step to try, and the longest.
    c1, c2 : float
        0 < c1 < c2 < 1.
    lowest : float
        The lowest value of the objective so far, f0 if left out.
    most, noise : int, float
        How many points to try; values that differ by less than this share of f0 cannot be told apart.

    Returns
    -------
    Trial or None
        The accepted step; the lowest one found where no step fulfils the conditions; None where none is below f0.

    Examples
    --------
    >>> found = search(lambda a: Trial(a, (a - 3) ** 2, 2 * (a - 3)), 9.0, -6.0, 1.0, c2=0.1)
    >>> found.a
    3.0
    """
    low: Any = None
    bracketed, first_stage, width, before, level = False, True, math.inf, math.inf, 0
    a, blur, share = min(a, longest), noise * abs(f0), 0.2
    ceiling = min(lowest, f0) + blur
    for _ in range(most):
        trial = phi(a)
        f, d = trial.f, trial.d
        enough = f0 + c1 * a * d0
        if (f <= enough and abs(d) <= -c2 * d0) or (f <= ceiling and f0 - f <= blur and c2 * d0 <= d <= (2 * c1 - 1) * d0):
            return trial
        if low is None:
            low = high = Trial(0.0, f0, d0)
        if not f < math.inf:
            longest = a
            share = max(share**1.5, 1e-100)  # each time a larger part is cut off, for an objective that is not finite almost everywhere
            a = low.a + share * (a - low.a)
            if a <= low.a:
                break
            continue
        if blurred(abs(f - f0), a * max(-d0, abs(d)), f0):
            blur = max(blur, abs(f - f0))
        if a >= longest and f <= enough and d < 0:
            break
        first_stage = first_stage and not (f <= enough and d >= min(c1, c2) * d0)
        if bracketed:
            before, width = width, abs(high.a - low.a)
        take = lifted if first_stage and f <= low.f and f > enough else narrowed
        low, high, a, bracketed = take(low, high, trial, bracketed, longest, c1 * d0)
        if bracketed:
            level, now = level + (abs(f - f0) <= blur), abs(high.a - low.a)
            if now >= 0.66 * before:
                a = low.a + 0.5 * (high.a - low.a)
            if level >= LEVEL or now <= 1e-16 * max(abs(low.a), abs(high.a)):
                break
        a = min(a, longest)
    low = trial if trial.f < low.f else low
    return low if low.f < f0 and low.point is not None else None


def lifted(low: Trial, high: Trial, t: Trial, bracketed: bool, longest: float, slope: float) -> tuple[Trial, Trial, float, bool]:
    """The same as `narrowed` for the function with the line of sufficient decrease taken off."""
    p, q, r = (Trial(t.a, t.f - t.a * slope, t.d - slope, t) for t in (low, high, t))
    p, q, a, bracketed = narrowed(p, q, r, bracketed, longest, slope)
    return p.point, q.point, a, bracketed


def narrowed(low: Trial, high: Trial, t: Trial, bracketed: bool, longest: float, slope: float) -> tuple[Trial, Trial, float, bool]:
    """Take a trial into the interval and propose the next step, by cubic, quadratic and secant interpolation."""
    if t.f > low.f:  # a minimum lies between
        bracketed = True
        c, q = cubic(low, t), low.a + (t.a - low.a) * low.d / (2 * (low.d + (low.f - t.f) / (t.a - low.a)))
        a = c if abs(c - low.a) < abs(q - low.a) else (c + q) / 2
        return low, t, a, bracketed
    secant = t.a + (low.a - t.a) * t.d / (t.d - low.d) if t.d != low.d else math.inf
    if t.d * low.d < 0:  # a minimum lies between, nearer to the trial
        c = cubic(low, t)
        return t, low, c if abs(c - t.a) >= abs(secant - t.a) else secant, True
    new_high = high
    if abs(t.d) < abs(low.d):  # the slope falls: beyond the trial
        c = cubic(low, t)
        if not math.isfinite(c) or (c - t.a) * (t.a - low.a) <= 0:
            c = math.inf if t.a > low.a else 0.0
        if bracketed:
            a = c if abs(c - t.a) < abs(secant - t.a) else secant
            edge = t.a + 0.66 * (high.a - t.a)
            a = min(edge, a) if t.a > low.a else max(edge, a)
        else:
            a = c if abs(c - t.a) > abs(secant - t.a) else secant
            a = min(a, t.a + GROWTH * (t.a - low.a), longest)
    elif bracketed:
        a = cubic(high, t)
    else:
        a = min(t.a + GROWTH * (t.a - low.a), longest)
    return t, new_high, a, bracketed


def cubic(p: Trial, t: Trial) -> float:
    """The minimum of the cubic through two points with their slopes, NaN where it has none."""
    h = t.a - p.a
    theta = p.d + t.d - 3 * (t.f - p.f) / h
    scale = max(abs(theta), abs(p.d), abs(t.d))
    if scale == 0:
        return math.nan
    square = (theta / scale) ** 2 - (p.d / scale) * (t.d / scale)
    if square < 0:
        return math.nan
    gamma = math.copysign(scale * math.sqrt(square), h)
    bottom = t.d - p.d + 2 * gamma
    return t.a - h * (t.d + gamma - theta) / bottom if bottom != 0 else math.nan
