"""Quantiles that are computed again where a difference has lost their digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.tracer import Tracer, passive
from ...rules.arithmetic import number

__all__ = ["again", "standard"]

LOSS = 64.0  # the factor by which a difference may enlarge the rounding error


def again(chosen: Any, quantile: Any, otherwise: Any, *args: Any) -> Any:
    """A quantile, computed again where it is chosen; what is known already elsewhere."""
    if not np.any(chosen):
        return otherwise
    if any(isinstance(a, Tracer) for a in (otherwise, *args)):
        return number(np.where(chosen, quantile(*args), otherwise))
    z = np.array(otherwise)
    z[chosen] = quantile(*(np.broadcast_to(a, z.shape)[chosen] for a in args))
    return z[()]


def standard(quantile: Any, y: Any, args: Any) -> Any:
    """The quantile of the standard form; not by the difference from loc where that has lost digits."""
    *first, loc, scale = args
    rest = y - loc
    lost = np.asarray(np.abs(passive(y)) > LOSS * np.abs(passive(rest)))
    return again(lost, quantile, rest / scale, *first)
