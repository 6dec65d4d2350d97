"""Walking a tape: backwards for cotangents, forwards for tangents."""

from __future__ import annotations

from typing import Any

import numpy as np

from .forward import formed
from .rows import MINUS_ONE, ONE, Elementwise
from .support import Support, chosen, guarded
from .tracer import Tracer, meta

__all__ = ["Cotangents", "unbroadcast", "walk_back", "walk_on"]


class Cotangents:
    """The cotangents of a tape's values while it is walked backwards.

    A cotangent may be of any shape that broadcasts to its value's: the transpose of a sum costs nothing.
    ``mine`` says which arrays nobody else holds, so that they are added to in place.
    """

    __slots__ = ("given", "mine", "supports")

    def __init__(self, count: int) -> None:
        self.given: list[Any] = [None] * count
        self.mine = bytearray(count)
        self.supports: dict[int, Support] = {}

    def grow(self, count: int) -> None:
        """Make room for more places."""
        extra = count - len(self.given)
        if extra > 0:
            self.given.extend([None] * extra)
            self.mine.extend(bytes(extra))

    def add(self, place: int, r: Any, form: Any, fresh: bool, support: Support | None = None) -> None:
        """Add a contribution of the given value's form."""
        if r.dtype is not form[1] and r.dtype != form[1]:
            r, fresh = _typed(r, form[1]), True
        now = self.given[place]
        if now is None:
            self.given[place] = r
            self.mine[place] = fresh
            if support is not None:
                self.supports[place] = support
            return
        if self.supports:
            self._unite(place, support)
        if self.mine[place] and type(now) is np.ndarray and now.shape == form[0] and not isinstance(r, Tracer):
            now += r
        elif fresh and type(r) is np.ndarray and r.shape == form[0] and not isinstance(now, Tracer):
            r += now
            self.given[place] = r
            self.mine[place] = 1
        else:
            self.given[place] = now + r
            self.mine[place] = 1

    def _unite(self, place: int, support: Support | None) -> None:
        mine = self.supports.get(place)
        if mine is None:
            return
        if support is None:
            del self.supports[place]
        elif support is not mine:
            self.supports[place] = Support(mine.shape, [mine.mask, support.mask])


def _typed(r: Any, dtype: Any) -> Any:
    if r.dtype.kind == "c" and dtype.kind != "c":
        r = np.real(r)
    return r if r.dtype == dtype else r.astype(dtype)


def walk_back(entries: Any, seeds: list[tuple[int, Any]], inputs: list[tuple[int, Any]], free: bool) -> list[Any]:
    """Carry cotangents from the end of a tape to its inputs.

    Parameters
    ----------
    entries : list
        The tape's entries.
    seeds : list of (place, cotangent)
        Where to begin.
    inputs : list of (place, form)
        Which cotangents are wanted.
    free : bool
        Forget each entry once it is used, so that memory falls as the walk goes on.

    Returns
    -------
    list
        One cotangent an input, in full form and shared with nobody.
    """
    cotangents = Cotangents(len(entries))
    given = cotangents.given
    for place, seed in seeds:
        now = given[place]
        given[place] = seed if now is None else now + seed
    first = max([place for place, _ in inputs], default=-1) + 1 if _lead(inputs) else 0
    with np.errstate(all="ignore"):
        descend(entries, cotangents, len(entries), first, free)
    return [_settled(given[place], form, cotangents.mine[place]) for place, form in inputs]


def _lead(inputs: list[tuple[int, Any]]) -> bool:
    """Whether the inputs are the first entries of the tape."""
    return all(place == k for k, (place, _) in enumerate(inputs))


def descend(entries: Any, cotangents: Cotangents, stop: int, start: int, free: bool) -> None:
    """Walk the entries ``start:stop`` backwards."""
    given = cotangents.given
    for place in range(stop - 1, start - 1, -1):
        entry = entries.pop() if free else entries[place]
        g = given[place]
        if g is None:
            continue
        given[place] = None
        size = len(entry)
        if size == 2:
            parent, partial = entry
            now = given[parent]
            given[parent] = g * partial if now is None else now + g * partial
        elif size == 4:
            parent, partial, other, another = entry
            now = given[parent]
            given[parent] = g * partial if now is None else now + g * partial
            now = given[other]
            given[other] = g * another if now is None else now + g * another
        elif size == 6:
            if entry[0].kind == "elementwise":
                _multiply(entry, g, cotangents, place)
            else:
                _transpose(entry, g, cotangents, place)
        elif size == 3:
            _, parent, k = entry
            if given[parent] is None:
                given[parent] = {}
            given[parent][k] = g
        elif size == 1:
            entry[0].replay(g, cotangents, place)
        else:
            given[place] = g


def _multiply(entry: Any, g: Any, cotangents: Cotangents, place: int) -> None:
    """Multiply by the partial derivatives of an elementwise function, in a partial's own memory where that is new."""
    row, y, args, kwargs, active, form = entry
    supports = cotangents.supports
    support = supports.pop(place, None) if supports else None
    for i, parent, to in active:
        p = row.rules[i]
        if p is ONE:
            r, fresh = g, False
        elif p is MINUS_ONE:
            r, fresh = -g, True
        else:
            if callable(p):
                p = p(y, *args, **kwargs)
            fresh = True
            if type(p) is np.ndarray and _ours(p, g, form, y, args) and not row.foreign:
                r = np.multiply(p, g, out=p)
            else:
                r = g * p
        if support is not None or row.selective:
            r, live = _structural(row, r, p, g, form, support)
            if r is None:
                continue
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
                live = Support(shape, [_narrow(live, shape)])
        cotangents.add(parent, r, to, fresh, live if shape else None)


def _structural(row: Elementwise, r: Any, p: Any, g: Any, form: Any, support: Support | None) -> tuple[Any, Support | None]:
    """Keep structural zeros zero, and add those that a selective row makes; None for a scalar that was not chosen."""
    live = support
    if row.selective:
        live = Support(form[0], [chosen(lambda m: m * p, form[0], support)])
        if not form[0] and not live.mask():
            return None, None
    return guarded(r, live), live


def _narrow(live: Support, shape: tuple[int, ...]) -> Any:
    return lambda: np.asarray(unbroadcast(live.mask().astype(float), shape)) != 0


def _ours(p: Any, g: Any, form: Any, y: Any, args: Any) -> bool:
    """Whether a partial is a new array that can take its product with g."""
    if p.base is not None or p is y or p.dtype != form[1] or p.shape != form[0]:
        return False
    for a in args:
        if p is a:
            return False
    kind = type(g)
    return kind is float or kind is np.float64 or (kind is np.ndarray and g.dtype == p.dtype)


def _transpose(entry: Any, g: Any, cotangents: Cotangents, place: int) -> None:
    """Apply the transposes of any other function."""
    row, y, args, kwargs, active, form = entry
    supports = cotangents.supports
    support = supports.pop(place, None) if supports else None
    mine = cotangents.mine[place] and type(g) is np.ndarray and not row.foreign
    if row.multiple:
        g = tuple(full(g[k], *meta(part)) if k in g else np.zeros(*meta(part))[()] for k, part in enumerate(y))
    elif form[0] and g.shape != form[0]:
        g, mine = full(g, *form), not isinstance(g, Tracer)
    if row.pull is not None:
        found = row.pull(tuple(i for i, _, _ in active), g, y, args, kwargs)
        for (_, parent, to), r in zip(active, found, strict=True):
            cotangents.add(parent, unbroadcast(arrayed(r), to[0]), to, False)
        return
    for i, parent, to in reversed(active):
        if row.add_into is not None and _added(row, g, args, kwargs, parent, to, support, cotangents):
            continue
        live = None
        if row.selective and not (i == 0 and row.onto and support is None):
            live = Support(to[0], [_passed(row, i, y, args, kwargs, form, support, to[0])])
            if not to[0]:
                if not live.mask():
                    continue
                live = None
        if i == 0 and mine and row.reuse is not None:
            cotangents.add(parent, row.reuse(g, *args, **kwargs), to, True, live)
            continue
        r = row.vjp(i, g, y, args, kwargs)
        kind = type(r)
        if kind is not np.ndarray:
            r = arrayed(r)
        if r.shape != to[0]:
            r = unbroadcast(r, to[0])
            kind = type(r)
        fresh = kind is np.ndarray and r is not g and r.base is None and not row.foreign and r is not y and not any(r is a for a in args)
        cotangents.add(parent, r, to, fresh, live)


def _passed(row: Any, i: int, y: Any, args: Any, kwargs: Any, form: Any, support: Support | None, shape: tuple[int, ...]) -> Any:
    return chosen(lambda m: unbroadcast(arrayed(row.vjp(i, m, y, args, kwargs)), shape), form[0], support)


def arrayed(r: Any) -> Any:
    """Give a plain number the dtype and shape that arrays have."""
    kind = type(r)
    if kind is float or kind is int or kind is bool:
        return np.float64(r)
    return np.complex128(r) if kind is complex else r


def _added(row: Any, g: Any, args: Any, kwargs: Any, parent: int, to: Any, support: Any, cotangents: Cotangents) -> bool:
    """Let a row add to a cotangent that is there already, without making a whole array; report whether it could."""
    now = cotangents.given[parent]
    if type(now) is not np.ndarray or not cotangents.mine[parent] or now.shape != to[0] or isinstance(g, Tracer):
        return False
    if cotangents.supports:
        mask = cotangents.supports.get(parent)
        if mask is not None:
            cotangents.supports[parent] = mask.including(_passed(row, 0, None, args, kwargs, meta(g), support, to[0]))
    row.add_into(now, g if now.dtype == meta(g)[1] else _typed(g, now.dtype), *args[1:], **kwargs)
    return True


def full(g: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Broadcast a compact cotangent to the shape of its value."""
    if getattr(g, "shape", ()) == shape:
        return g
    if isinstance(g, Tracer):
        return np.broadcast_to(g, shape)
    whole = np.empty(shape, dtype)  # contiguous, because matrix products of zero-stride arrays are slow
    whole[...] = g
    return whole


def unbroadcast(r: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum over the axes along which an argument of the given shape was repeated. Compact cotangents pass."""
    have = r.shape
    if have == shape or not have:
        return r
    extra = len(have) - len(shape)
    if extra < 0:
        return r
    axes = tuple(range(extra)) + tuple(extra + k for k, n in enumerate(shape) if n == 1 and have[extra + k] != 1)
    if not axes:
        return r
    if not shape:
        return np.sum(r)
    r = np.sum(r, axis=axes, keepdims=True)
    return np.reshape(r, r.shape[extra:]) if extra > 0 else r


def _settled(g: Any, form: Any, mine: int) -> Any:
    """Give a result its full form, in memory of its own."""
    shape, dtype = form
    if type(g) is np.ndarray and mine and g.shape == shape and g.dtype == dtype:
        return g
    if g is None:
        return np.zeros(shape, dtype)[()] if not shape else np.zeros(shape, dtype)
    g = arrayed(g)
    if g.dtype != dtype:
        g, mine = _typed(g, dtype), 1
    if isinstance(g, Tracer):
        return g if g.shape == shape else np.broadcast_to(g, shape)
    if g.shape != shape:
        return np.array(np.broadcast_to(g, shape))
    return g if mine or not shape else np.array(g)


def walk_on(entries: list[Any], seeds: dict[int, Any], outputs: list[tuple[Any, Any]]) -> list[Any]:
    """Carry tangents from the inputs of a tape to its end: the JVP at the recorded point, without running the program again.

    Parameters
    ----------
    entries : list
        The tape's entries.
    seeds : dict
        Tangents by place; other inputs do not vary.
    outputs : list of (place or None, form)
        Which tangents are wanted.

    Returns
    -------
    list
        One tangent an output, in full form.
    """
    tangents: list[Any] = [None] * len(entries)
    with np.errstate(all="ignore"):
        for place, entry in enumerate(entries):
            size = len(entry)
            if place in seeds:
                tangents[place] = seeds[place]
            elif size == 2:
                t = tangents[entry[0]]
                tangents[place] = None if t is None else t * entry[1]
            elif size == 4:
                terms = [tangents[p] * d for p, d in (entry[:2], entry[2:]) if tangents[p] is not None]
                tangents[place] = sum(terms[1:], terms[0]) if terms else None
            elif size == 3:
                t = tangents[entry[1]]
                tangents[place] = None if t is None else t[entry[2]]
            elif size == 6:
                tangents[place] = _advance(entry, tangents)
    return [np.zeros(*form)[()] if place is None or tangents[place] is None else formed(tangents[place], *form) for place, form in outputs]


def _advance(entry: Any, tangents: list[Any]) -> Any:
    row, y, args, kwargs, active, form = entry
    moving = {i: formed(tangents[parent], *to) for i, parent, to in active if tangents[parent] is not None}
    if not moving:
        return None
    if row.push is not None:
        total = row.push(moving, y, args, kwargs)
        return total if row.multiple else formed(total, *form)
    total = None
    for i, t in moving.items():
        r = row.jvp(i, t, y, args, kwargs)
        if row.multiple:
            r = [formed(part, *meta(whole)) for part, whole in zip(r, y, strict=True)]
            total = r if total is None else [a + b for a, b in zip(total, r, strict=True)]
            continue
        if row.selective and row.kind == "elementwise":
            r = guarded(r, Support(form[0], [chosen(lambda m, i=i: row.jvp(i, m, y, args, kwargs), meta(t)[0], None)]))
        total = formed(r, *form) if total is None else total + formed(r, *form)
    return total
