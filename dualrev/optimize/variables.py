"""The variables of a problem: what the user gives as x0, as one flat vector of the free entries, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg.blas import ddot

from ..core.numbers import FLOAT
from ..core.tree import LEAF, Structure, flatten, unflatten
from ..transforms.arguments import leaf
from .limits import read_bounds, read_fixed

__all__ = ["Piece", "Variables", "take_apart"]

EPS = float(np.finfo(float).eps)


class Piece:
    """One array or number of x0 and its place in the flat vector.

    Parameters
    ----------
    value : array or number
        What the user gave.
    path : str
        Where it stands in x0, such as ``['W'][0]``; empty where x0 is one array.
    start : int
        The first of its entries in the vector of all entries.
    """

    def __init__(self, value: Any, path: str, start: int) -> None:
        self.given, self.path, self.start = value, path, start
        self.number = not isinstance(value, (np.ndarray, np.generic))
        self.values = np.array(value)  # a copy: the user may change his own
        self.shape, self.dtype = self.values.shape, self.values.dtype
        self.complex = self.dtype.kind == "c"
        self.size = self.values.size * (2 if self.complex else 1)
        self.stop = start + self.size

    def entries(self) -> np.ndarray:
        """The entries as real numbers; those of a complex array are its real parts, then its imaginary ones."""
        flat = self.values.ravel()
        return np.concatenate([flat.real, flat.imag]).astype(float) if self.complex else flat.astype(float)

    def form(self, entries: Any) -> Any:
        """Make an array or number of this form from real entries, which may be traced."""
        if self.complex:
            half = self.size // 2
            entries = entries[:half] + 1j * entries[half:]
        if self.shape != entries.shape:
            entries = entries[0] if self.shape == () else entries.reshape(self.shape)
        if type(entries) is np.ndarray or isinstance(entries, np.generic):
            if self.number:
                return entries.item()
            return np.asarray(entries, self.dtype) if isinstance(self.given, np.ndarray) else self.dtype.type(entries)
        return entries if entries.dtype == self.dtype else entries.astype(self.dtype)

    def name(self, k: int) -> str:
        """Name an entry as the user would write it."""
        if self.shape == ():
            return f"x{self.path}"
        index = np.unravel_index(k % self.values.size, self.shape)
        return f"x{self.path}[{', '.join(str(int(i)) for i in index)}]"


class Variables:
    """x0 of any form as a flat float64 vector of its free entries, and back.

    Where x0 is a list or tuple of numbers it is an array, as SciPy has it; other lists, tuples, dicts, namedtuples and dataclasses are containers, whose arrays and
    numbers keep their shapes and types. A complex entry is two real ones.

    Parameters
    ----------
    x0 : array, number or container of them
        Where to start, and the form of x.
    fixed : None, str, sequence of str, mask or container of masks
        What keeps its value: names (keys of the outermost container, or whole paths such as ``"['W'][0]"``), or booleans in the form of x0 (one boolean stands for a
        whole array), or the positions of entries where x0 is one array of one axis.
    bounds : optional
        ``scipy.optimize.Bounds``; SciPy's ``[(low, high), ...]`` where x0 is one array of one axis; otherwise a container like x0 with a pair (low, high) in the place
        of an array or number. None is unbounded, alone or in a pair; numbers stand for whole arrays; keys of a dict may be left out.
    where : str
        The caller's name, for messages.

    Attributes
    ----------
    n : int
        How many entries are free: the length of every flat vector.
    start : array (n,)
        The free entries of x0.
    lower, upper : array (n,) or None
        The bounds of the free entries with infinities, None where nothing is bounded.
    free : array of int or None
        The places of the free entries among all entries; None where all are free.
    total : int
        The number of all entries, free or fixed.
    coarse : float
        The rounding error of the coarsest of its types, as a multiple of that of float64.

    Raises
    ------
    TypeError, ValueError
        If something is not numeric or finite, a name is unknown, a shape does not fit, a lower bound is above its upper one, or nothing is free.

    Examples
    --------
    >>> import numpy as np
    >>> v = Variables({"W": np.ones((2, 2)), "b": 3.0}, fixed="b")
    >>> v.n, v.start
    (4, array([1., 1., 1., 1.]))
    >>> v.form(np.arange(4.0))
    {'W': array([[0., 1.],
           [2., 3.]]), 'b': 3.0}
    """

    def __init__(self, x0: Any, *, fixed: Any = None, bounds: Any = None, where: str = "minimize") -> None:
        self.where = where
        values, self.structure = take_apart(x0, where)
        self.pieces: list[Piece] = []
        for value, path in zip(values, self.structure.paths(), strict=True):
            self.pieces.append(Piece(value, path, self.pieces[-1].stop if self.pieces else 0))
        self.total = self.pieces[-1].stop if self.pieces else 0
        parts = [piece.entries() for piece in self.pieces]
        everything = parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.zeros(0)
        if self.total and not ddot(everything, everything) < np.inf and not np.all(np.isfinite(everything)):
            raise ValueError(f"{where}: x0 must be finite, but {self._name(int(np.argmin(np.isfinite(everything))))} is {everything[~np.isfinite(everything)][0]}")
        held = read_fixed(fixed, self)
        self.free = None if held is None or not np.any(held) else np.flatnonzero(~held)
        self._everything = everything
        self.start = everything.copy() if self.free is None else everything[self.free]
        self.n = len(self.start)
        if self.n == 0:
            raise ValueError(f"{where}: x0 has no free entry" + (" left, since all are fixed" if self.total else ""))
        self.lower, self.upper = self._bounds(bounds)
        self.coarse = max(float(np.finfo(piece.dtype).eps) if piece.dtype.kind in "fc" and piece.dtype is not FLOAT else EPS for piece in self.pieces) / EPS
        only = self.pieces[0]
        self.plain = self.structure == LEAF and self.free is None and only.dtype == float and len(only.shape) == 1

    def _bounds(self, bounds: Any) -> tuple[Any, Any]:
        if bounds is None:
            return None, None
        lower, upper = read_bounds(bounds, self)
        wrong = ~(lower <= upper)
        if np.any(wrong):
            k = int(np.argmax(wrong))
            raise ValueError(f"{self.where}: the bounds of {self._name(k)} are [{lower[k]}, {upper[k]}], which is empty")
        if self.free is not None:
            lower, upper = lower[self.free], upper[self.free]
        bounded = np.any(np.isfinite(lower)) or np.any(np.isfinite(upper))
        return (lower, upper) if bounded else (None, None)

    def form(self, x: Any) -> Any:
        """Make what the user's function takes from a flat vector (n,), which may be traced.

        Parameters
        ----------
        x : array (n,)
            The free entries.

        Returns
        -------
        container
            In the form of x0. Where x0 is one float64 array of one axis and all of it free, this is x itself, not a copy.
        """
        if self.plain:
            return x
        parts, start = [], 0
        for piece in self.pieces:
            if self.free is None:
                parts.append(piece.form(x[piece.start:piece.stop]))
                continue
            inside = self.free[(self.free >= piece.start) & (self.free < piece.stop)] - piece.start
            entries = x[start:start + len(inside)]
            start += len(inside)
            if len(inside) < piece.size:
                values = piece.entries()
                if len(inside):
                    full = np.zeros_like(x, shape=piece.size)
                    full[:] = values
                    full[inside] = entries
                    values = full
                entries = values
            parts.append(piece.form(entries))
        return unflatten(self.structure, parts)

    def key(self) -> Any:
        """What `form` depends on, as something that can be looked up; None where it cannot be."""
        if self.plain:
            return ()
        kinds = _kinds(self.structure)
        pieces = tuple([(piece.shape, piece.dtype, piece.number, isinstance(piece.given, np.ndarray)) for piece in self.pieces])
        return None if kinds is None else (kinds, pieces, () if self.free is None else (self.free.tobytes(), self._everything.tobytes()))

    def flat(self, tree: Any) -> np.ndarray:
        """Take something in the form of x0 apart into the vector (n,) of its free entries; the opposite of `form`."""
        if self.plain and type(tree) is np.ndarray and tree.shape == self.start.shape and tree.dtype == float:
            return tree.copy()
        values, structure = take_apart(tree, self.where)
        if structure != self.structure:
            raise ValueError(f"{self.where}: expected the structure {self.structure} of x0, got {structure}")
        for value, piece in zip(values, self.pieces, strict=True):
            if np.shape(value) != piece.shape:
                raise ValueError(f"{self.where}: x{piece.path} has shape {np.shape(value)}, in x0 it is {piece.shape}")
        entries = np.concatenate([Piece(value, "", 0).entries() for value in values])
        return entries if self.free is None else entries[self.free]

    def own(self, x: np.ndarray) -> Any:
        """Make what is handed to the user, in memory of his own."""
        return self.form(x.copy())

    def spread(self, v: np.ndarray, held: float = 0.0) -> Any:
        """Put one number for each free entry, such as its standard error, into the form of x0; fixed entries get another."""
        if self.free is not None:
            everything = np.full(self.total, held)
            everything[self.free] = v
            v = everything
        parts = [piece.form(v[piece.start:piece.stop].copy()) for piece in self.pieces]
        return unflatten(self.structure, parts)

    def held(self) -> np.ndarray:
        """All entries (total,), the free ones zero: what the fixed ones add to a linear function."""
        everything = self._everything.copy()
        everything[slice(None) if self.free is None else self.free] = 0.0
        return everything

    def spread_matrix(self, matrix: np.ndarray) -> np.ndarray:
        """Put a matrix over the free entries into one over all entries, in flat order, with zeros for fixed ones."""
        if self.free is None:
            return matrix
        everything = np.zeros((self.total, self.total))
        everything[np.ix_(self.free, self.free)] = matrix
        return everything

    def name(self, k: int) -> str:
        """Name the k-th free entry as the user would write it, such as ``x['W'][0, 1]``."""
        return self._name(k if self.free is None else int(self.free[k]))

    def _name(self, k: int) -> str:
        piece = next(piece for piece in self.pieces if k < piece.stop)
        return piece.name(k - piece.start)


def _kinds(structure: Structure) -> Any:
    """A structure as nested tuples; None where it holds fixed values."""
    parts = tuple([_kinds(part) for part in structure.parts])
    return None if structure.fixed or None in parts else (structure.kind, structure.keys, parts)


def take_apart(x0: Any, where: str) -> tuple[list[Any], Any]:
    """Take x0 apart into its arrays and numbers; if x0 is a list or tuple of numbers, nested or not, it is an array."""
    leaves, structure = flatten(numbers(x0))
    return [leaf(x, f"{where}: x0{path}") for x, path in zip(leaves, structure.paths(), strict=True)], structure


def numbers(x: Any) -> Any:
    """Make an array of a list or tuple (not a namedtuple) that holds numbers only; leave anything else."""
    if not isinstance(x, (list, tuple)) or hasattr(x, "_fields") or not x:
        return x
    leaves = flatten(x)[0]
    if not all(isinstance(value, (int, float, complex, np.number)) for value in leaves):
        return x
    try:
        return np.asarray(x)
    except ValueError:  # lists of unequal length
        return x
