"""Decisions by plain values, in functions that are made of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .tracer import Tracer

__all__ = ["anywhere"]


def anywhere(test: Callable[[Any], Any], x: Any) -> bool:
    """Whether a test holds for any entry of the plain value under all levels, in any example of a batch; a recording takes note of the answer."""
    while isinstance(x, Tracer) and not x._trace.notes:
        x = x._value
    return bool(np.any(test(x)))
