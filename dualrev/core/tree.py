"""Containers of arrays: nested dict, list, tuple, namedtuple and dataclass, taken apart and put together again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["LEAF", "LEAVES", "Structure", "flatten", "regrouped", "tree_map", "unflatten"]


class Structure:
    """The shape of a container without its leaves.

    Parameters
    ----------
    kind : type or None
        The container's type, None for a leaf.
    keys : tuple
        The names of its parts in order.
    parts : tuple of Structure
        The structures of its parts.
    fixed : tuple of (name, value)
        What a dataclass holds beside its parts: the fields that are marked static.
    """

    __slots__ = ("fixed", "keys", "kind", "parts")

    def __init__(self, kind: Any, keys: tuple[Any, ...], parts: tuple[Structure, ...], fixed: tuple[tuple[str, Any], ...] = ()) -> None:
        self.kind, self.keys, self.parts, self.fixed = kind, keys, parts, fixed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and (self.kind, self.keys, self.parts, self.fixed) == (other.kind, other.keys, other.parts, other.fixed)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        return f"{self.kind.__name__}({', '.join(f'{k}: {p!r}' for k, p in zip(self.keys, self.parts, strict=True))})"

    def paths(self, prefix: str = "") -> list[str]:
        """Name every leaf as a user would write it, such as ``['W'][0]``."""
        if self.kind is None:
            return [prefix]
        names = []
        for key, part in zip(self.keys, self.parts, strict=True):
            dotted = dataclasses.is_dataclass(self.kind) or hasattr(self.kind, "_fields")
            names += part.paths(prefix + (f".{key}" if dotted else f"[{key!r}]"))
        return names


LEAF = Structure(None, (), ())
LEAVES: set[Any] = {np.ndarray, float, np.float64, int, complex}  # the frequent ones; the interpreters add those of their values


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Take a container apart.

    Parameters
    ----------
    tree : container
        Nested dict, list, tuple, namedtuple or dataclass. None is an empty container; anything else is a leaf. A dataclass field declared
        with ``dataclasses.field(metadata={"static": True})`` is no part: its value is kept as it is, and belongs to the structure.

    Returns
    -------
    leaves : list
        The leaves in order; dict entries in the order of insertion.
    structure : Structure
        What `unflatten` needs to put leaves back.
    """
    kind = type(tree)
    if kind in LEAVES:
        return [tree], LEAF
    fixed: tuple[tuple[str, Any], ...] = ()
    if kind is dict or isinstance(tree, dict):
        keys, items = tuple(tree.keys()), list(tree.values())
    elif isinstance(tree, (list, tuple)):
        keys = tree._fields if hasattr(tree, "_fields") else tuple(range(len(tree)))
        items = list(tree)
    elif tree is None:
        return [], Structure(kind, (), ())
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        given = [field for field in dataclasses.fields(tree) if field.init]
        keys = tuple(field.name for field in given if not field.metadata.get("static"))
        fixed = tuple((field.name, getattr(tree, field.name)) for field in given if field.metadata.get("static"))
        items = [getattr(tree, name) for name in keys]
    else:
        return [tree], LEAF
    leaves: list[Any] = []
    parts = []
    for item in items:
        if type(item) in LEAVES:
            leaves.append(item)
            parts.append(LEAF)
        else:
            inner, part = flatten(item)
            leaves += inner
            parts.append(part)
    return leaves, Structure(kind, keys, tuple(parts), fixed)


def unflatten(structure: Structure, leaves: list[Any]) -> Any:
    """Put leaves back into the container that `flatten` took apart."""
    return leaves[0] if structure is LEAF else _build(structure, iter(leaves))


def _build(structure: Structure, rest: Any) -> Any:
    kind = structure.kind
    if kind is None:
        return next(rest)
    items = [_build(part, rest) for part in structure.parts]
    if kind is tuple or kind is list:
        return kind(items)
    if issubclass(kind, dict):
        made = {} if kind is dict else kind.__new__(kind)
        for key, item in zip(structure.keys, items, strict=True):
            made[key] = item
        return made
    if kind is type(None):
        return None
    if hasattr(kind, "_fields"):
        return kind(*items)
    if dataclasses.is_dataclass(kind):
        return structure.kind(**dict(zip(structure.keys, items, strict=True)), **dict(structure.fixed))
    return kind(items)


def tree_map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply a function to every leaf; further containers of the same structure give further arguments."""
    leaves, structure = flatten(tree)
    columns = [flatten(other)[0] for other in others]
    return unflatten(structure, [function(*row) for row in zip(leaves, *columns, strict=True)])


def regrouped(ys: Any, parts: list[Any]) -> Any:
    """Put parts into the list, tuple or namedtuple that several results come in."""
    return type(ys)(*parts) if hasattr(ys, "_fields") else type(ys)(parts)
