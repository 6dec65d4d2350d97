"""What holds the variables: `fixed=` as a mask, and bounds as two vectors, over all entries of x0 in flat order."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import Bounds

from ..core.tree import LEAF, flatten

__all__ = ["read_bounds", "read_fixed"]


def read_fixed(fixed: Any, variables: Any) -> np.ndarray | None:
    """Return a mask of the entries that keep their value, None where all are free.

    Raises
    ------
    TypeError, ValueError
        If a name is unknown, a position is outside, or a mask does not fit.
    """
    if fixed is None:
        return None
    held = np.zeros(variables.total, bool)
    if isinstance(fixed, str):
        fixed = [fixed]
    if isinstance(fixed, (list, tuple, set, frozenset)) and fixed and all(isinstance(name, str) for name in fixed):
        for name in fixed:
            _hold(name, variables, held)
        return held
    if _is_positions(fixed, variables):
        places = np.asarray(list(fixed), dtype=int)
        if np.any((places < -held.size) | (places >= held.size)):
            raise ValueError(f"{variables.where}: fixed={fixed!r} has a position outside x0, which has {held.size} entries")
        held[places] = True
        return held
    for mask, piece in _beside(fixed, variables, "fixed"):
        mask = np.asarray(False if mask is None else mask)
        if mask.dtype != bool:
            raise TypeError(f"{variables.where}: fixed{piece.path} must be boolean, got {mask.dtype}. Give names, or a mask in the form of x0.")
        entries = _over(mask, piece, variables, "fixed")
        held[piece.start:piece.stop] = np.concatenate([entries, entries]) if piece.complex else entries
    return held


def _is_positions(fixed: Any, variables: Any) -> bool:
    """Whether these are the positions of entries of one array of one axis."""
    if variables.structure != LEAF or len(variables.pieces[0].shape) != 1 or not isinstance(fixed, (list, tuple, set, frozenset, range, np.ndarray)):
        return False
    given = np.asarray(list(fixed))
    return given.ndim == 1 and (given.dtype.kind in "iu" or given.size == 0)


def _hold(name: str, variables: Any, held: np.ndarray) -> None:
    """Mark the entries that a name means."""
    found = False
    for piece in variables.pieces:
        if any(piece.path == top or piece.path.startswith((top + "[", top + ".")) for top in (name, f"[{name!r}]", f".{name}")):
            held[piece.start:piece.stop] = found = True
    if not found:
        known = ", ".join(piece.path for piece in variables.pieces if piece.path) or "no names: it is one array, for which fixed= is a mask or a list of positions"
        raise ValueError(f"{variables.where}: fixed={name!r} names nothing in x0, which has {known}")


def read_bounds(bounds: Any, variables: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return lower and upper bounds over all entries, with infinities where there is none.

    Raises
    ------
    TypeError, ValueError
        If something is not a pair, or does not fit x0.
    """
    lower, upper = np.full(variables.total, -np.inf), np.full(variables.total, np.inf)
    if bounds is None:
        return lower, upper
    where, single = variables.where, variables.structure == LEAF
    if isinstance(bounds, Bounds):
        if not single:
            raise TypeError(f"{where}: scipy.optimize.Bounds describes one array; for x0 in a container give bounds in the same container, with (low, high) for each array")
        pairs: Any = [((bounds.lb, bounds.ub), variables.pieces[0])]
    elif single and (len(variables.pieces[0].shape) == 1 or _are_by_entry(bounds, variables.pieces[0].size)):
        _require_real(variables.pieces[0], where)
        pairs = [(_by_entry(bounds, variables), variables.pieces[0])]
    else:
        pairs = _beside(bounds, variables, "bounds")
    for pair, piece in pairs:
        if pair is None:
            continue
        _require_real(piece, where)
        if not isinstance(pair, (tuple, list, np.ndarray)) or len(pair) != 2:
            raise TypeError(f"{where}: bounds{piece.path} must be a pair (low, high), got {pair!r}")
        for side, edge, none in ((lower, pair[0], -np.inf), (upper, pair[1], np.inf)):
            edge = none if edge is None else np.asarray(edge, float)
            side[piece.start:piece.stop] = _over(edge, piece, variables, "bounds")
    return lower, upper


def _are_by_entry(bounds: Any, size: int) -> bool:
    """Whether these are SciPy's pairs, one for each entry in flat order, though x0 has another shape; two of them are a pair of sides instead."""
    return isinstance(bounds, (list, tuple)) and len(bounds) == size != 2 and all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in bounds)


def _require_real(piece: Any, where: str) -> None:
    if piece.complex:
        raise TypeError(f"{where}: x0{piece.path} is complex, and complex numbers have no bounds. Give real and imaginary parts as variables of their own.")


def _by_entry(bounds: Any, variables: Any) -> tuple[np.ndarray, np.ndarray]:
    """Read SciPy's ``[(low, high), ...]``, one pair for each entry."""
    size, where = variables.pieces[0].size, variables.where
    try:
        rows = [(None, None) if pair is None else tuple(pair) for pair in bounds]
    except TypeError as error:
        raise TypeError(f"{where}: bounds must be scipy.optimize.Bounds or pairs (low, high), one for each entry of x0; got {bounds!r}") from error
    if len(rows) != size or any(len(row) != 2 for row in rows):
        raise ValueError(f"{where}: bounds must be {size} pairs (low, high), one for each entry of x0; got {len(rows)} entries")
    return (np.array([-np.inf if low is None else low for low, _ in rows], float), np.array([np.inf if high is None else high for _, high in rows], float))


def _over(value: Any, piece: Any, variables: Any, what: str) -> np.ndarray:
    """Broadcast one piece's mask or bound over its entries; a vector of them in flat order is one too."""
    if np.ndim(value) == 1 and len(value) == int(np.prod(piece.shape)) and len(piece.shape) != 1 and not np.array_equal(piece.shape[-1:], np.shape(value)):
        return np.asarray(value)
    try:
        return np.broadcast_to(value, piece.shape).ravel()
    except ValueError as error:
        raise ValueError(f"{variables.where}: {what}{piece.path} has shape {np.shape(value)}, which does not fit the shape {piece.shape} of x0{piece.path}") from error


def _beside(given: Any, variables: Any, what: str) -> list[tuple[Any, Any]]:
    """Pair what stands in a container like x0 with the pieces of x0; what is left out of a dict is None."""
    pieces = iter(variables.pieces)
    out: list[tuple[Any, Any]] = []
    _walk(given, variables.structure, pieces, out, what, variables.where)
    return out


def _walk(given: Any, structure: Any, pieces: Any, out: list[tuple[Any, Any]], what: str, where: str) -> None:
    if structure.kind is None:
        out.append((given, next(pieces)))
        return
    if given is None:
        parts = [None] * len(structure.parts)
    elif isinstance(given, dict):
        unknown = [key for key in given if key not in structure.keys]
        if unknown:
            raise ValueError(f"{where}: {what} has {unknown[0]!r}, which x0 has not; it has {', '.join(map(repr, structure.keys))}")
        parts = [given.get(key) for key in structure.keys]
    else:
        values = list(given) if isinstance(given, (list, tuple)) else flatten(given)[0]
        if len(values) != len(structure.parts):
            raise ValueError(f"{where}: {what} must have the structure {structure} of x0, got {given!r}")
        parts = values
    for part, inner in zip(parts, structure.parts, strict=True):
        _walk(part, inner, pieces, out, what, where)
