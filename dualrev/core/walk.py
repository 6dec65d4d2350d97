"""Walking a tape backwards for cotangents."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blockwise import is_large, walk_run
from .cotangents import UNIT, Cotangents, arrayed, full, parents, typed, unbroadcast, unused
from .debugging import active, finite
from .errors import DualrevError
from .forward import SizedDual
from .numbers import WALKED
from .quiet import hush, unhush
from .rows import MINUS_ONE, ONE, Like
from .slopes import multiply, sign, slope
from .support import Marks, Support, choice, guarded, remaining
from .tracer import Sized, Tracer, meta, passive, top_trace

__all__ = ["DROPPED", "descend", "parted", "sow", "walk_back", "walk_one"]

DROPPED = ("an entry that checkpoint does not keep",) * 8


def walk_back(entries: Any, seeds: list[tuple[int, Any]], inputs: list[tuple[int, Any]], free: bool, unread: Any = None) -> list[Any]:
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
    unread : Trace, optional
        Of the cotangents wanted that are dual numbers of this trace only the tangents are read; their values may be NaN.

    Returns
    -------
    list
        One cotangent an input, in full form and shared with nobody.
    """
    first, large = len(inputs), False
    for k, (place, form) in enumerate(inputs):
        if place != k:
            first = 0
        large = large or is_large(form[0])
    cotangents = Cotangents(len(entries), first, large)
    cotangents.unread, cotangents.seeds, cotangents.asides = unread, seeds, None
    given = cotangents.given
    sow(given, seeds)
    silence = hush()
    try:
        (descend if active.get() is None else _descend_watched)(entries, cotangents, len(entries), first, free)
    finally:
        unhush(silence)
    return [_settled(given[place], form, cotangents.mine[place]) for place, form in inputs]


def sow(given: list[Any], seeds: list[tuple[int, Any]]) -> None:
    """Put cotangents where a walk begins."""
    for place, seed in seeds:
        seed = float(seed) if type(seed) is np.float64 else arrayed(seed)  # scalars are walked as Python's floats, which are faster
        now = given[place]
        given[place] = seed if now is None else now + seed


def walk_one(entries: Any, form: Any) -> Any:
    """Carry the cotangent 1 of a tape's last entry to its first, of the given form: the gradient of a function of one argument."""
    cotangents = Cotangents(len(entries), 1, is_large(form[0]))
    cotangents.given[-1] = 1.0
    silence = hush()
    try:
        (descend if active.get() is None else _descend_watched)(entries, cotangents, len(entries), 1, True)
    finally:
        unhush(silence)
    return _settled(cotangents.given[0], form, cotangents.mine[0])


def _descend_watched(entries: Any, cotangents: Cotangents, stop: int, start: int, free: bool) -> None:
    """Walk one entry at a time and look for the first cotangent that is not finite."""
    watch: Any = active.get()
    given = cotangents.given
    for place in range(stop - 1, start - 1, -1):
        entry = entries[place]
        before = finite(0.0 if given[place] is None or isinstance(given[place], dict) else given[place])
        descend(entries, cotangents, place + 1, place, free)
        if before and not all(finite(given[k]) for k in parents(entry) if given[k] is not None and not isinstance(given[k], dict)):
            _, name, operands, line = watch.calls.get(id(entry), (entry, "an operation", [], ""))
            watch.see("derivative", name, operands, line)
    if not all(finite(g) for g in given[:start] if g is not None):
        watch.complain("the derivative", "derivative", "value")


def descend(entries: Any, cotangents: Cotangents, stop: int, start: int, free: bool) -> None:
    """Walk the entries ``start:stop`` backwards."""
    given, supports, large = cotangents.given, cotangents.supports, cotangents.large
    for place in range(stop - 1, start - 1, -1):
        entry = entries.pop() if free else entries[place]
        g = given[place]
        if g is None:
            continue
        size = len(entry)
        if supports and (size == 2 or size == 4) and _scalars(entry, g, cotangents, place):
            continue
        if size == 2:
            parent, partial = entry
            now = given[parent]
            given[parent] = g * partial if now is None else now + g * partial
            continue
        if size == 4:
            parent, partial, other, another = entry
            now = given[parent]
            given[parent] = g * partial if now is None else now + g * partial
            now = given[other]
            given[other] = g * another if now is None else now + g * another
            continue
        given[place] = None
        if type(g) is float:
            g = UNIT if g == 1.0 else np.float64(g)
        if large and 4 < size < 8 and not supports and walk_run(entries, cotangents, place, entry, g, start, descend):
            continue
        if size == 5:
            row, y, x, parent, form = entry
            p = row.rules[0]
            if supports:
                multiply((row, y, (x,), {}, ((0, parent, form),), form), g, cotangents, place)
            elif p is ONE or p is MINUS_ONE:
                sign(cotangents, parent, p, g, form)
            else:
                slope(cotangents, parent, p(y, x), g, form, entry)
        elif size == 7:
            row, y, a, b, parent, other, form = entry
            if supports:
                active = tuple((i, k, form) for i, k in ((0, parent), (1, other)) if k >= 0)
                multiply((row, y, (a, b), {}, active, form), g, cotangents, place)
                continue
            p, q = row.rules
            if parent >= 0:
                if p is ONE or p is MINUS_ONE:
                    sign(cotangents, parent, p, g, form)
                else:
                    slope(cotangents, parent, p(y, a, b), g, form, entry)
            if other >= 0:
                if q is ONE or q is MINUS_ONE:
                    sign(cotangents, other, q, g, form)
                else:
                    slope(cotangents, other, q(y, a, b), g, form, entry)
        elif size == 6:
            (multiply if entry[0].kind == "elementwise" else _transpose)(entry, g, cotangents, place)
        elif size == 3:
            row, parent, k = entry
            if row is not None:
                _pull_one(row, parent, k, g, cotangents, place)
            else:
                _keep_part(parent, k, g, cotangents, place)
        else:
            y = x = a = b = p = q = now = None  # a checkpointed call may need the memory
            _rare(entry, g, cotangents, entries, place)


def _is_live(g: Any, support: Support | None) -> Any:
    """Whether a cotangent has an entry that is not a structural zero; in a batch, for each example."""
    if support is None:
        return True
    now = passive(g) if isinstance(g, Tracer) else g
    if isinstance(now, Tracer):
        live = np.any(now != 0) | np.any(support.mask())
        return live if now._lead else bool(live)  # a recording takes note of the decision
    if np.any(now):
        return True
    live = np.any(support.mask())
    return live if getattr(live, "_lead", 0) else bool(live)


def _keep_part(parent: int, k: int, g: Any, cotangents: Cotangents, place: int) -> None:
    """Keep the cotangent of part k of a function with several values, until all of them are there."""
    given, supports = cotangents.given, cotangents.supports
    if supports:
        live = _is_live(g, supports.pop(place, None))
        if live is False:
            return
        _note_part(supports, parent, live, given[parent] is None)
    if given[parent] is None:
        given[parent] = {}
    given[parent][k] = g


def parted(g: dict[int, Any], y: Any) -> tuple[Any, ...]:
    """The cotangents of all parts of a function with several values."""
    return tuple(full(g[k], *meta(part)) if k in g else unused(*meta(part)) for k, part in enumerate(y))


def _note_part(supports: Any, parent: int, live: Any, first: bool) -> None:
    """Keep for which examples of a batch any part of several values has a cotangent that is not a structural zero."""
    before = supports.pop(parent, None)
    if live is not True and (first or before is not None):
        supports[parent] = Support((), [lambda: live if first else live | before.mask()])


def _scalars(entry: Any, g: Any, cotangents: Cotangents, place: int) -> bool:
    """Multiply the cotangent of a scalar that may be a structural zero, or add to one that may be; report whether there is one."""
    supports = cotangents.supports
    if place not in supports and supports.keys().isdisjoint(entry[0::2]):
        return False
    support = supports.pop(place, None)
    for parent, partial in zip(entry[0::2], entry[1::2], strict=True):
        r = arrayed(guarded(g * partial, support))
        cotangents.add(parent, r, ((), r.dtype), True, support)
    return True


def _pull_one(row: Any, parent: int, forms: Any, g: Any, cotangents: Cotangents, place: int) -> None:
    """Apply the transpose of a linear function of one array."""
    to, form, rest = forms
    if cotangents.supports:
        _transpose((row, None, (Like(*to), *rest), {}, ((0, parent, to),), form), g, cotangents, place)
        return
    mine = cotangents.mine[place]
    if form[0] and g.shape != form[0] and not row.compact:
        g, mine = full(g, *form), 1
    now = cotangents.given[parent]
    if row.add_into is not None and type(now) is np.ndarray and cotangents.mine[parent] and now.shape == to[0] and type(g) in WALKED and g.dtype is now.dtype:
        row.add_into(now, g, *rest)
        return
    r = row.rules[0](g, Like(*to), *rest)
    live = None
    if row.selective and not row.onto and parent >= cotangents.first:
        live = choice(to[0], _passing(row, 0, None, (Like(*to), *rest), {}, to[0]), form[0], None)
    cotangents.add(parent, r, to, type(r) is np.ndarray and r.flags.writeable and (bool(mine) if r is g or r.base is g else r.base is None), live)


def _rare(entry: Any, g: Any, cotangents: Cotangents, entries: Any, place: int) -> None:
    """Deal with a checkpointed call, what it has dropped, or an input among other entries."""
    if len(entry) == 1:
        entry[0].replay(g, cotangents, entries, place)
    elif entry is DROPPED:
        raise DualrevError("a traced value made inside a checkpointed function is used outside it. Return it from that function.")
    else:
        cotangents.given[place] = g


def _transpose(entry: Any, g: Any, cotangents: Cotangents, place: int) -> None:
    """Apply the transposes of any other function."""
    row, y, args, kwargs, active, form = entry
    supports = cotangents.supports
    support = supports.pop(place, None) if supports else None
    if support is not None:
        support.grows = False  # others may read it from now on
    chosen = row.selective or (support.mask() if row.multiple and support is not None else _is_live(g, support))
    if chosen is False:
        return  # a value that was not chosen: its rule may have no finite answer
    mine = cotangents.mine[place] and (type(g) is np.ndarray or isinstance(g, Sized)) and not row.foreign
    if row.multiple:
        g = parted(g, y)
        if form is not None:
            form.complete(entry, g, cotangents, chosen)
            return
    elif form[0] and g.shape != form[0]:
        g, mine = full(g, *form), not isinstance(g, Tracer)
    if row.pull is not None and (support is None or not row.selective):
        found = row.pull(tuple(i for i, _, _ in active), g, y, args, kwargs)
        for (i, parent, to), r in zip(active, found, strict=True):
            r = r if chosen is True else np.where(chosen, r, 0.0)
            live = None
            if row.selective and parent >= cotangents.first and not row.reaches(i):
                live = choice(to[0], _passing(row, i, y, args, kwargs, to[0]), form[0], None)
            cotangents.add(parent, unbroadcast(arrayed(r), to[0]), to, False, live)
        return
    for i, parent, to in reversed(active):
        if row.add_into is not None and _added(row, g, args, kwargs, parent, to, support, cotangents):
            continue
        live = None
        if row.selective and parent >= cotangents.first and not (row.reaches(i) and support is None and kwargs.get("where", True) is True):
            live = choice(to[0], _passing(row, i, y, args, kwargs, to[0]), form[0], support) if i or row.reuse is None else remaining(row, args, to[0], support)
        if i == 0 and mine and row.reuse is not None:
            cotangents.add(parent, row.reuse(g, *args, **kwargs), to, True, live)
            continue
        r = row.vjp(i, g, y, args, kwargs)
        if chosen is not True:
            r = np.where(chosen, r, 0.0)
        kind = type(r)
        if kind is not np.ndarray:
            r = arrayed(r)
        if r.shape != to[0]:
            r = unbroadcast(r, to[0])
            kind = type(r)
        if kind is np.ndarray and (r is g or r.base is g):
            fresh = mine and len(active) == 1 and r.flags.writeable
        else:
            fresh = kind is np.ndarray and r.base is None and not row.foreign and r is not y and id(r) not in map(id, args)
        cotangents.add(parent, r, to, fresh or row.add_into is not None or row.reuse is not None, live)


def _passing(row: Any, i: int, y: Any, args: Any, kwargs: Any, shape: tuple[int, ...]) -> Any:
    return lambda m: unbroadcast(arrayed(row.vjp(i, m, y, args, kwargs)), shape)


def _added(row: Any, g: Any, args: Any, kwargs: Any, parent: int, to: Any, support: Any, cotangents: Cotangents) -> bool:
    """Let a row add to a cotangent that is there already, without making a whole array; report whether it could."""
    now = cotangents.given[parent]
    if now is None or not cotangents.mine[parent] or now.shape != to[0] or not to[0] or top_trace(args)[0] is not None:
        return False
    if not isinstance(now, Tracer) and (type(now) is not np.ndarray or isinstance(g, Tracer)):
        return False
    if cotangents.supports:
        mask = cotangents.supports.get(parent)
        if mask is not None:
            cotangents.supports[parent] = mask.including(Marks(row, args[1:], meta(g)[0], support), [] if support is None else [support])
    if isinstance(now, SizedDual) and not kwargs and now._trace.accumulate(row, now, g, args[1:]):
        return True
    row.add_into(now, g if now.dtype == meta(g)[1] else typed(g, now.dtype), *args[1:], **kwargs)
    return True


def _settled(g: Any, form: Any, mine: int) -> Any:
    """Give a result its full form, in memory of its own."""
    shape, dtype = form
    if type(g) is np.ndarray and mine and shape and g.shape == shape and g.dtype == dtype:
        return g
    if g is None:
        return np.zeros(shape, dtype)[()] if not shape else np.zeros(shape, dtype)
    g = arrayed(g)
    if g.dtype != dtype:
        g, mine = typed(g, dtype), 1
    if isinstance(g, Tracer):
        return g if g.shape == shape else np.broadcast_to(g, shape)
    if g.shape != shape:
        return np.array(np.broadcast_to(g, shape))
    if not shape:
        return g[()] if isinstance(g, np.ndarray) else g
    return g if mine else np.array(g)
