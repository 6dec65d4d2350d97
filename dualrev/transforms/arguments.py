"""Which arguments a transform differentiates, and their leaves brought into a form that can be."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.debugging import active, call_watched
from ..core.errors import refuse_array
from ..core.objects import lift
from ..core.tracer import Tracer, meta, raise_dead
from ..core.tree import LEAF, Structure, flatten, unflatten

_FLOAT = np.dtype(float)
EVERY: Any = object()  # stands for the numbers of all positional arguments
__all__ = ["EVERY", "Selection", "called", "is_bare", "leaf", "like_input", "output_leaves", "require_callable", "same_structure"]


def require_callable(f: Any, transform: str) -> None:
    """Raise a TypeError where the first argument of a transform is not a function."""
    if not callable(f):
        raise TypeError(f"{transform}: the first argument must be a function, got {type(f).__name__}")


def named(f: Any) -> str:
    """The function's name for messages."""
    return getattr(f, "__name__", type(f).__name__)


def leaf(x: Any, where: str) -> Any:
    """Bring an input into a form that can be differentiated: floats and complex numbers stay, integers become float64.

    Raises
    ------
    TypeError
        If it is not numeric.
    """
    kind = type(x)
    if kind is float or isinstance(x, (np.floating, np.complexfloating, complex)):
        return x
    if isinstance(x, Tracer):
        return x if x.dtype.kind in "fc" else x.astype(float)
    if kind is int or kind is bool:
        return float(x)
    if kind is not np.ndarray and isinstance(x, (np.matrix, np.ma.MaskedArray)):
        refuse_array(x, where)
    if isinstance(x, np.ndarray) and x.dtype == object:
        x = lift(x)
        if isinstance(x, Tracer):
            return x
    if not isinstance(x, (np.ndarray, np.generic)):
        raise TypeError(f"{where} is of type {type(x).__name__}, which is not numeric. Pass arrays, numbers, or containers of them, "
                        "or choose the arguments to differentiate with argnums.")
    if x.dtype.kind in "fc":
        return x if type(x) is np.ndarray or isinstance(x, np.generic) else np.asarray(x)
    if x.dtype.kind in "biu":
        return x.astype(np.float64)
    raise TypeError(f"{where} has dtype {x.dtype}, which is not numeric. Pass floating-point, integer or complex arrays.")


def like_input(g: Any, x: Any) -> Any:
    """Give a derivative with respect to a Python number as a Python number."""
    kind = type(x)
    if kind is np.ndarray:
        return g
    if kind in (int, float, bool) and isinstance(g, np.floating):
        return float(g)
    if type(x) is complex and isinstance(g, np.complexfloating):
        return complex(g)
    return g


class Selection:
    """The arguments of one call that are differentiated, taken apart into leaves.

    Parameters
    ----------
    f : callable
        The user's function.
    argnums : int, str, tuple of these, or EVERY
        Positions or parameter names; all positional arguments.
    args, kwargs : tuple, dict
        The call's arguments.
    transform : str
        The transform's name, for messages.
    """

    def __init__(self, f: Callable[..., Any], argnums: Any, args: tuple[Any, ...], kwargs: dict[str, Any], transform: str) -> None:
        self.args, self.kwargs = args, kwargs
        self.single = type(argnums) is int
        self.bare = bare_places(argnums, args)
        if self.bare is not None:  # arguments that are arrays or numbers: the frequent case, and the one where every microsecond shows
            self.keys: list[Any] = self.bare
            self.structures: list[Structure] = [LEAF] * len(self.keys)
            self.given: list[Any] = [args[k] for k in self.keys]
            self.leaves: list[Any] = self.given
            return
        argnums = tuple(range(len(args))) if argnums is EVERY else argnums
        self.single = not isinstance(argnums, (tuple, list))
        chosen = [argnums] if self.single else list(argnums)
        self.keys = [_place(f, a, args, kwargs, transform) for a in chosen]
        if len(set(self.keys)) < len(self.keys):
            raise ValueError(f"{transform}: argnums={argnums!r} names an argument of {named(f)} twice")
        self.structures, self.given, self.leaves = [], [], []
        for key in self.keys:
            leaves, structure = flatten(args[key] if isinstance(key, int) else kwargs[key])
            self.structures.append(structure)
            self.given += leaves
            for x, path in zip(leaves, structure.paths(), strict=True):
                self.leaves.append(leaf(x, f"{transform}: argument {key!r}{path} of {named(f)}"))

    def call(self, f: Callable[..., Any], leaves: list[Any]) -> Any:
        """Call the function with other leaves in the chosen arguments."""
        args = list(self.args)
        if self.bare is not None:
            for key, value in zip(self.bare, leaves, strict=True):
                args[key] = value
            return called(f, tuple(args), self.kwargs)
        kwargs = dict(self.kwargs)
        for key, value in zip(self.keys, self.rebuild(leaves), strict=True):
            if isinstance(key, int):
                args[key] = value
            else:
                kwargs[key] = value
        return called(f, tuple(args), kwargs)

    def copied(self) -> Selection:
        """The same with leaves in memory of their own."""
        selection = copy.copy(self)
        selection.leaves = [x.copy("K") if type(x) is np.ndarray else x for x in self.leaves]
        return selection

    def rebuild(self, leaves: list[Any]) -> list[Any]:
        """Put leaves into containers, one for each chosen argument."""
        values, start = [], 0
        for structure in self.structures:
            n = len(structure.paths())
            values.append(unflatten(structure, leaves[start:start + n]))
            start += n
        return values

    def result(self, leaves: list[Any]) -> Any:
        """Put derivatives into containers, as the user chose the arguments."""
        if self.bare is not None:
            return like_input(leaves[0], self.given[0]) if self.single else tuple(map(like_input, leaves, self.given))
        values = self.rebuild([like_input(g, x) for g, x in zip(leaves, self.given, strict=True)])
        return values[0] if self.single else tuple(values)


def called(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call the user's function, watched inside ``dualrev.debug()``."""
    watch = active.get()
    return f(*args, **kwargs) if watch is None else call_watched(watch, f, args, kwargs)


def is_bare(x: Any) -> bool:
    """Whether an argument is a floating-point array or number, which needs no preparation."""
    kind = type(x)
    return kind is float or kind is np.float64 or (kind is np.ndarray and x.dtype is _FLOAT) or (isinstance(x, Tracer) and x.dtype.kind in "fc")


def bare_places(argnums: Any, args: tuple[Any, ...]) -> list[int] | None:
    """The places of the chosen arguments, where all of them are bare and given by different places from 0 on."""
    if argnums is EVERY:
        return list(range(len(args))) if all(map(is_bare, args)) else None
    if type(argnums) is int:
        return [argnums] if 0 <= argnums < len(args) and is_bare(args[argnums]) else None
    if type(argnums) is not tuple:
        return None
    for k in argnums:
        if type(k) is not int or not 0 <= k < len(args) or not is_bare(args[k]):
            return None
    return list(argnums) if len(argnums) < 2 or len(set(argnums)) == len(argnums) else None


def _place(f: Callable[..., Any], which: Any, args: tuple[Any, ...], kwargs: dict[str, Any], transform: str) -> int | str:
    """Find an argument by position or by parameter name."""
    if isinstance(which, (int, np.integer)) and not isinstance(which, bool):
        if not -len(args) <= which < len(args):
            raise ValueError(f"{transform}: argnums={which}, but {named(f)} was called with {len(args)} positional argument{'s' * (len(args) != 1)}")
        return int(which) % len(args)
    if not isinstance(which, str):
        raise TypeError(f"{transform}: argnums must be an int, a parameter name or a tuple of these, got {which!r}")
    if which in kwargs:
        return which
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    if which in names and names.index(which) < len(args):
        return names.index(which)
    raise ValueError(f"{transform}: argnums={which!r}, but this call of {named(f)} gives no such argument; it has {', '.join(names) or 'no named parameters'}")


def output_leaves(y: Any, f: Any, transform: str) -> tuple[list[Any], Structure]:
    """Take a function's result apart; object arrays of traced scalars are lifted.

    Raises
    ------
    TypeError
        If there is no result, or a part of it is not numeric.
    """
    if isinstance(y, Tracer) and y._trace.alive:
        return [y], LEAF
    if y is None:
        raise TypeError(f"{transform}: {named(f)} returned None. Does it lack a return statement?")
    leaves, structure = flatten(y)
    for value in leaves:
        if not isinstance(value, Tracer) or not value._trace.alive:
            return [_output(value, path, f, transform) for value, path in zip(leaves, structure.paths(), strict=True)], structure
    return leaves, structure


def _output(value: Any, path: str, f: Any, transform: str) -> Any:
    value = lift(value) if isinstance(value, np.ndarray) else value
    if isinstance(value, Tracer):
        if not value._trace.alive:
            raise_dead()
    elif value.dtype.kind not in "biufc" if isinstance(value, (np.ndarray, np.generic)) else not isinstance(value, (int, float, complex)):
        what = f"an array of dtype {value.dtype}" if isinstance(value, (np.ndarray, np.generic)) else f"a {type(value).__name__}"
        raise TypeError(f"{transform}: the result{path} of {named(f)} is {what}, which is not numeric. Use has_aux=True for extra results.")
    return value


def same_structure(tree: Any, structure: Structure, forms: list[Any], what: str, transform: str) -> list[Any]:
    """Take a tangent or cotangent apart and check that it has the structure and the shapes that it must have.

    Raises
    ------
    TypeError
        If the containers differ or an entry is not numeric.
    ValueError
        If a shape differs, naming the entry.
    """
    if structure is LEAF and type(tree) is np.ndarray and (tree.shape, tree.dtype) == forms[0]:
        return [tree]
    leaves, got = flatten(tree)
    if got != structure:
        raise TypeError(f"{transform}: the {what} has the structure {got}, it must have {structure}")
    paths: list[str] = []
    for k, (x, (shape, dtype)) in enumerate(zip(leaves, forms, strict=True)):
        if type(x) is np.ndarray and x.shape == shape and x.dtype is dtype:
            continue
        paths = paths or structure.paths()
        leaves[k] = _fitted(x, shape, dtype, f"{what}{paths[k]}", transform)
    return leaves


def _fitted(x: Any, shape: tuple[int, ...], dtype: Any, what: str, transform: str) -> Any:
    x = leaf(x if not isinstance(x, (list, tuple)) else np.asarray(x), f"{transform}: the {what}")
    have = meta(x)
    if have[0] != shape:
        raise ValueError(f"{transform}: the {what} has shape {have[0]}, it must have {shape}")
    if have[1].kind == "c" and dtype.kind != "c":
        raise TypeError(f"{transform}: the {what} is complex where the value is real")
    return x if isinstance(x, Tracer) or have[1] == dtype else np.asarray(x).astype(dtype)[()]
