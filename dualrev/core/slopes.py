"""Cotangents through elementwise functions: products with partials, in memory that is new anyway, structural zeros kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cotangents import UNIT, WORTH, Cotangents, arrayed, full, unbroadcast
from .masks import is_mask, masked
from .numbers import WALKED
from .owned import scale
from .rows import MINUS_ONE, ONE, Elementwise
from .support import Support, choice, guarded
from .tangents import shared_partials
from .tracer import Tracer

__all__ = ["multiply", "partials", "sign", "slope"]

ARRAY = np.ndarray  # found faster than an attribute of a module


def sign(cotangents: Cotangents, parent: int, p: Any, g: Any, form: Any) -> None:
    """Add g or -g."""
    if p is ONE:
        if cotangents.given[parent] is None and g.dtype is form[1]:
            cotangents.given[parent], cotangents.mine[parent] = g, 0
        else:
            cotangents.add(parent, g, form, False)
    else:
        cotangents.add(parent, -g, form, True)


def slope(cotangents: Cotangents, parent: int, p: Any, g: Any, form: Any, entry: Any) -> None:
    """Add g times a partial to the cotangent of an array of the result's form."""
    kind = type(p)
    if kind is ARRAY and p.nbytes < WORTH:
        if g is UNIT:
            r, fresh = p, False
        else:
            r, fresh = p * g, True
    elif kind is float or kind is int:
        r, fresh = p * g, True
    elif g is UNIT and isinstance(p, Tracer) and p.shape == form[0]:
        r, fresh = p, False
    else:
        r, fresh = _large(p, g, entry)
    given = cotangents.given
    if given[parent] is None and type(r) is ARRAY and r.dtype is form[1]:
        given[parent] = r
        cotangents.mine[parent] = fresh
    else:
        cotangents.add(parent, arrayed(r), form, fresh)


def _large(p: Any, g: Any, entry: Any) -> tuple[Any, bool]:
    """Multiply in the partial's own memory where that is new: fresh memory costs more than the product."""
    ours = not entry[0].foreign and not any(p is kept for kept in entry)
    if type(p) is not np.ndarray:
        return (p if ours and scale(p, g) else p * g), True
    ours = ours and p.base is None
    if g is UNIT:
        return p, ours
    if ours and (type(g) is np.float64 or (type(g) is np.ndarray and g.dtype is p.dtype and g.shape == p.shape)):
        return np.multiply(p, g, p), True
    return p * g, True


def multiply(entry: Any, g: Any, cotangents: Cotangents, place: int) -> None:
    """Multiply by the partial derivatives of an elementwise function, in a partial's own memory where that is new."""
    row, y, args, kwargs, active, form = entry
    supports = cotangents.supports
    support = supports.pop(place, None) if supports else None
    if support is not None:
        support.grows = False  # others may read it from now on
    shared = shared_partials(row, active, y, args, kwargs)
    for i, parent, to in active:
        p, chosen = row.rules[i], False
        if p is ONE:
            r, fresh = g, False
        elif p is MINUS_ONE:
            r, fresh = -g, True
        else:
            p, fresh = row.partial(i, y, args, kwargs) if shared is None else shared[i], True
            if is_mask(p) and type(g) in WALKED and p.shape == form[0]:
                r, chosen = masked(g, p), True
            elif g is UNIT and isinstance(p, (np.ndarray, Tracer)) and p.shape == form[0]:
                r, fresh = p, False
            elif type(p) is np.ndarray and p.nbytes >= WORTH and not row.foreign and _ours(p, g, form, y, args):
                r = np.multiply(p, g, out=p)
            else:
                r = g * p
        if support is not None or row.selective:
            r, live = _structural(row, r, p, form, support, chosen)
        else:
            live = None
        kind = type(r)
        if kind is float or kind is int or kind is complex:
            r = np.float64(r) if kind is not complex else np.complex128(r)
        shape = to[0]
        if form[0] != shape:
            r = unbroadcast(full(r, form[0], r.dtype), shape)
            fresh = fresh and type(r) is np.ndarray and r.base is None
            if live is not None:
                live = choice(shape, _narrowing(shape), form[0], live)
        cotangents.add(parent, r, to, fresh, live)


def partials(row: Elementwise, which: Any, y: Any, args: Any, kwargs: Any) -> dict[int, Any]:
    """The partial derivatives in some arguments."""
    shared = shared_partials(row, [(i,) for i in which], y, args, kwargs)
    return {i: row.partial(i, y, args, kwargs) if shared is None else shared[i] for i in which}


def _structural(row: Elementwise, r: Any, p: Any, form: Any, support: Support | None, chosen: bool) -> tuple[Any, Support | None]:
    """Keep structural zeros zero, and add those that a selective row makes; those of a mask are zero."""
    live = choice(form[0], lambda m: m * p, form[0], support) if row.selective else support
    return (r if chosen or p is ONE or p is MINUS_ONE else guarded(r, live)), live


def _narrowing(shape: tuple[int, ...]) -> Any:
    return lambda m: unbroadcast(m, shape)


def _ours(p: Any, g: Any, form: Any, y: Any, args: Any) -> bool:
    """Whether a partial is a new array that can take its product with g."""
    if p.base is not None or p is y or p.dtype != form[1] or p.shape != form[0]:
        return False
    for a in args:
        if p is a:
            return False
    kind = type(g)
    return kind is float or kind is np.float64 or (kind is np.ndarray and g.dtype == p.dtype)
