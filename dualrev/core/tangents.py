"""What the rows contribute to a tangent: products with partials, in memory that is new anyway, and which entries are structural zeros."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from .errors import ExamplesDiffer
from .masks import is_mask, masked
from .rows import MINUS_ONE, ONE, Like
from .support import Support, choice, guarded
from .tracer import meta, passive, widen

__all__ = ["formed", "moved", "shared_partials", "tangent_of"]


def tangent_of(row: Any, y: Any, form: Any, tangents: Any, raw: Any, kwargs: Any) -> tuple[Any, Support | None]:
    """Sum what the active arguments contribute to the tangent of y, of the given form; ``tangents``: (argument, tangent, its support) each."""
    shape, dtype = form
    if row.kind == "elementwise":
        widen(raw, dtype)
    if row.kind == "linear":
        return formed(row.push({i: t for i, t, _ in tangents}, y, raw, kwargs), shape, dtype), moved(row, shape, tangents, raw, kwargs)
    if row.push is not None:
        live = [choice(shape, functools.partial(_jvp_of, row, i, y, raw, kwargs), meta(t)[0], support) for i, t, support in tangents] if row.selective and shape else []
        total = formed(row.push({i: t for i, t, _ in tangents}, y, raw, kwargs), shape, dtype)
        return total, Support(shape, [part.mask for part in live], live) if live else None
    if row.kind == "elementwise" and not row.selective:
        return _sloped(row, y, tangents, raw, kwargs, shape, dtype)
    total, whole = None, False
    parts: list[Support] = []
    shared = shared_partials(row, tangents, y, raw, kwargs)
    for i, t, support in tangents:
        if row.selective and row.kind == "elementwise":
            p = row.partial(i, y, raw, kwargs) if shared is None else shared[i]
            made = choice(shape, functools.partial(operator.mul, p), meta(t)[0], support)
            parts.append(made)
            r = masked(t, p) if type(t) is np.ndarray and is_mask(p) and p.shape == shape else guarded(t * p, made)
        elif row.selective:
            r = row.jvp(i, t, y, raw, kwargs)
            parts.append(choice(shape, functools.partial(_jvp_of, row, i, y, raw, kwargs), meta(t)[0], support))
        else:
            r = row.jvp(i, t, y, raw, kwargs)
            whole = True
        total = formed(r, shape, dtype) if total is None else total + formed(r, shape, dtype)
    if whole or not shape:
        return total, None
    return total, Support(shape, [part.mask for part in parts], parts)


def shared_partials(row: Any, active: Any, y: Any, args: Any, kwargs: Any) -> Any:
    """The partials, by argument, of an elementwise row whose partials share work, where those of several active arguments are asked for; None elsewhere."""
    if row.together is None or len(active) < 2:
        return None
    try:
        return row.together([part[0] for part in active], y, *args, **kwargs)
    except (ExamplesDiffer, ZeroDivisionError, OverflowError):
        return None  # each by itself, which has an answer


def _sloped(row: Any, y: Any, tangents: Any, raw: Any, kwargs: Any, shape: Any, dtype: Any) -> tuple[Any, Support | None]:
    """Sum the products of partials and tangents, in memory that is new anyway."""
    total, own, whole = None, False, False
    parts: list[Support] = []
    shared = shared_partials(row, tangents, y, raw, kwargs)
    for i, t, support in tangents:
        p, new = row.rules[i], True
        if p is ONE or (p is MINUS_ONE and total is not None):
            r, new = t, False
        elif p is MINUS_ONE:
            r = -t
        else:
            p = row.partial(i, y, raw, kwargs) if shared is None else shared[i]
            r = np.multiply(p, t, p) if type(p) is np.ndarray and not row.foreign and _takes(p, t, shape, dtype, y, raw) else t * p
            r = guarded(r, support)
        if support is None:
            whole = True
        else:
            parts.append(support)
        r = formed(r, shape, dtype)
        array = type(r) is np.ndarray
        if total is None:
            total, own = r, new and array and r.base is None
        elif own and array:
            (np.subtract if p is MINUS_ONE else np.add)(total, r, total)
        else:
            total = total - r if p is MINUS_ONE else total + r
            own = type(total) is np.ndarray
    if whole or not shape:
        return total, None
    return total, Support(shape, [part.mask for part in parts], parts)


def _takes(p: Any, t: Any, shape: Any, dtype: Any, y: Any, args: Any) -> bool:
    """Whether a partial is a new array that can take its product with t."""
    if type(t) is not np.ndarray or p.base is not None or p is y or p.shape != shape or p.dtype != dtype or t.dtype != dtype or not p.flags.writeable:
        return False
    for a in args:
        if p is a:
            return False
    return True


def moved(row: Any, shape: tuple[int, ...], tangents: Any, raw: Any, kwargs: Any) -> Support | None:
    """Where a linear row that moves entries puts the live ones; None where all may be live."""
    if not row.selective or not shape:
        return None
    if not row.mixes and all(support is None for _, _, support in tangents):
        return None

    moves = [(i, meta(t)[0], support) for i, t, support in tangents]
    forms = [Like(*meta(a)) if row.differentiable(i) else a for i, a in enumerate(raw)]  # not the arrays: a mask outlives them

    def part() -> Any:
        masks = {i: np.ones(to) if support is None else support.mask() * 1.0 for i, to, support in moves}
        return passive(row.push(masks, None, forms, kwargs)) != 0

    return Support(shape, [part], [support for _, _, support in moves if support is not None])


def _jvp_of(row: Any, i: int, y: Any, args: Any, kwargs: Any, t: Any) -> Any:
    return row.jvp(i, t, y, args, kwargs)


def formed(r: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Give a tangent the shape and dtype of its value; the tangent of a real value is the real part."""
    if isinstance(r, (float, int, complex)) and not isinstance(r, np.generic):
        r = np.complex128(r) if isinstance(r, complex) else np.float64(r)
    if r.shape != shape:
        r = np.broadcast_to(r, shape)
    if r.dtype != dtype:
        if r.dtype.kind == "c" and dtype.kind != "c":
            r = np.real(r)
        if dtype.kind in "fc" and r.dtype != dtype:
            r = r.astype(dtype)
    return r
