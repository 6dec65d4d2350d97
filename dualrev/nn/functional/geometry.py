"""Stride, padding and dilation as users give them, brought into one form and checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import at_line
from ...rules.windows import Geometry

__all__ = ["moving", "per_axis"]


def per_axis(value: Any, n: int, what: str, least: int = 1) -> tuple[int, ...]:
    """One integer an axis, from one for all or a sequence."""
    given = tuple(value) if np.iterable(value) else (value,) * n
    if len(given) != n or not all(isinstance(k, (int, np.integer)) and not isinstance(k, bool) and k >= least for k in given):
        raise ValueError(f"{what} must be an integer of at least {least}, or {n} of them, got {value!r}{at_line()}")
    return tuple(int(k) for k in given)


def pairs(padding: Any, n: int, reach: tuple[int, ...], stride: tuple[int, ...], shape: tuple[int, ...], what: str) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis, from a number, one number an axis, pairs, "valid" or "same"."""
    if padding == "valid":
        return ((0, 0),) * n
    if padding == "same":
        total = [max((-(-m // s) - 1) * s + r - m, 0) for m, s, r in zip(shape, stride, reach, strict=True)]
        return tuple((t // 2, t - t // 2) for t in total)
    if np.iterable(padding) and not isinstance(padding, str) and any(np.iterable(p) for p in padding):
        given = [tuple(p) if np.iterable(p) else (p, p) for p in padding]
        if len(given) == n and all(len(p) == 2 for p in given):
            return tuple((a, b) for a, b in (per_axis(p, 2, f"{what}: padding", 0) for p in given))
    if isinstance(padding, str):
        raise ValueError(f"{what}: padding must be numbers, 'valid' or 'same', got {padding!r}{at_line()}")
    return tuple((p, p) for p in per_axis(padding, n, f"{what}: padding", 0))


def moving(shape: tuple[int, ...], kernel: tuple[int, ...], stride: Any, padding: Any, dilation: Any, groups: int, what: str) -> Geometry:
    """The geometry of a window over the last axes of an array.

    Raises
    ------
    ValueError
        If a number is out of range, or the window does not fit.
    """
    n = len(kernel)
    steps, gaps = per_axis(stride, n, f"{what}: stride"), per_axis(dilation, n, f"{what}: dilation")
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, gaps, strict=True))
    found = Geometry(tuple(shape), tuple(kernel), steps, pairs(padding, n, reach, steps, shape, what), gaps, groups)
    if min(found.places, default=1) < 1:
        raise ValueError(f"{what}: a window of {reach} does not fit into {found.padded}, the array with its padding{at_line()}")
    return found
