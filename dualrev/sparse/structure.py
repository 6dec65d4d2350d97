"""Which entries of a result hang on which entries of the arguments: one word for each linear and multilinear function where it matters.

A word is ``structure(shape, active, raw, options, varies)``: the result's shape, the index sets of the active arguments by position, the plain
arguments and keywords, and ``varies(i)``, which tells whether an argument that carries no derivative may be another one at another point. A function without a
word is taken to mix all entries; elementwise and composite functions need none. The words stand in moving.py and mixing.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .sets import Sets, gathered, union

__all__ = ["STRUCTURE", "Varies", "argument", "everywhere", "linked", "smeared", "summed", "word"]

Varies = Callable[[Any], bool]
STRUCTURE: dict[Any, Callable[..., Sets | None]] = {}


def word(*functions: Any) -> Callable[[Any], Any]:
    """Declare the structure of functions."""
    def declare(structure: Any) -> Any:
        for function in functions:
            STRUCTURE[function] = structure
        return structure

    return declare


def smeared(a: Sets, axes: tuple[int, ...]) -> Sets:
    """Let every entry have the sets of all entries along some axes."""
    axes = tuple(k for k in axes if a.shape[k] > 1)
    if not axes or not a.codes.size:
        return a
    return summed(a, axes, True).spread(a.shape)


def summed(a: Sets, axes: tuple[int, ...], keepdims: bool = False) -> Sets:
    """The sets of a sum over some axes."""
    shape = a.shape
    kept = tuple(1 if k in axes else n for k, n in enumerate(shape))
    groups = np.broadcast_to(np.arange(int(np.prod(kept, dtype=int))).reshape(kept), shape)
    return gathered(a, a.codes.ravel(), groups.ravel(), kept if keepdims else tuple(n for k, n in enumerate(shape) if k not in axes))


def linked(a: Sets, out: Any, into: Any, shape: tuple[int, ...]) -> Sets:
    """The sets of a result whose entry ``out[k]`` depends on the entry ``into[k]`` of a, both counted in C order."""
    return gathered(a, a.codes.ravel()[into], out, shape)


def everywhere(shape: tuple[int, ...], active: dict[int, Sets]) -> Sets | None:
    """All entries mixed."""
    total: Sets | None = None
    for sets in active.values():
        total = union(total, sets.one())
    return None if total is None else total.spread(shape)


def argument(raw: Any, options: Any, place: int, name: str, default: Any = None) -> Any:
    """A parameter that may be given by place or by name."""
    return raw[place] if len(raw) > place else options.get(name, default)
