"""Schedules: the factor by which the rate is multiplied at step t = 0, 1, ... They are functions of t alone, so that a run can be taken up anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["cosine", "exponential", "one_cycle", "stepwise", "warmup"]

Schedule = Callable[[int], float]


def cosine(steps: int, floor: float = 0.0) -> Schedule:
    """From 1 to ``floor`` along half a cosine.

    Examples
    --------
    >>> from dualrev.nn.training.schedules import cosine
    >>> [round(cosine(4)(t), 3) for t in (0, 2, 4, 9)]
    [1.0, 0.5, 0.0, 0.0]

    References
    ----------
    I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017.
    """
    return lambda t: floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(t / steps, 1.0)))


def exponential(steps: float, factor: float = 0.5) -> Schedule:
    """Multiplied by ``factor`` over every ``steps`` steps, smoothly.

    Examples
    --------
    >>> from dualrev.nn.training.schedules import exponential
    >>> exponential(10)(20)
    0.25
    """
    return lambda t: factor ** (t / steps)


def stepwise(at: dict[int, float]) -> Schedule:
    """Multiplied by each factor from its step on.

    Examples
    --------
    >>> from dualrev.nn.training.schedules import stepwise
    >>> [stepwise({10: 0.1, 20: 0.5})(t) for t in (9, 10, 25)]
    [1.0, 0.1, 0.05]
    """
    return lambda t: math.prod((factor for step, factor in at.items() if t >= step), start=1.0)


def warmup(steps: int, then: Schedule | None = None) -> Schedule:
    """Growing to 1 over the first steps, and then another schedule that begins there.

    Examples
    --------
    >>> from dualrev.nn.training.schedules import cosine, warmup
    >>> [warmup(4, cosine(2))(t) for t in (0, 3, 4, 6)]
    [0.25, 1.0, 1.0, 0.0]
    """
    return lambda t: (t + 1) / steps if t < steps else 1.0 if then is None else then(t - steps)


def one_cycle(steps: int, rise: float = 0.3, first: float = 0.04, last: float = 1e-4) -> Schedule:
    """From ``first`` to 1 over a part ``rise`` of the steps, and down to ``last``, along half cosines.

    Examples
    --------
    >>> from dualrev.nn.training.schedules import one_cycle
    >>> [round(one_cycle(10)(t), 4) for t in (0, 3, 10)]
    [0.04, 1.0, 0.0001]

    References
    ----------
    L. N. Smith, N. Topin, Super-convergence: very fast training of neural networks using large learning rates, arXiv:1708.07120 (2017).
    """
    top = rise * steps

    def factor(t: int) -> float:
        start, end, part = (first, 1.0, t / top) if t < top else (1.0, last, min((t - top) / (steps - top), 1.0))
        return end + (start - end) * 0.5 * (1 + math.cos(math.pi * part))

    return factor
