"""Sparsity patterns: which entries of a Jacobian or Hessian may differ from zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core.tracer import meta
from ..transforms.arguments import Selection, require_callable
from ..transforms.jacobians import gradient_of
from .colouring import Colouring, best
from .detecting import detect

__all__ = ["Pattern", "colour", "coloured", "followed", "found_pattern", "pattern"]

MATRICES = ("jacobian", "hessian")
KINDS = ("auto", "column", "row", "star")


class Pattern:
    """The sparsity pattern of a Jacobian or a Hessian.

    Attributes
    ----------
    matrix : scipy.sparse.csr_array of bool
        Rows are the entries of all results in C order, columns those of all arguments.
    of : str
        "jacobian" or "hessian".
    local : bool
        Whether it holds for the branches of one point only.
    decisions : list of str
        The lines where Python decided by a value: at points where it decides otherwise, the pattern may be another.
    inputs, outputs : list of (shape, dtype)
        The forms of the arguments and results.
    """

    def __init__(self, matrix: Any, of: str, local: bool, inputs: list[Any], outputs: list[Any], decisions: list[str]) -> None:
        self.matrix, self.of, self.local = matrix, of, local
        self.inputs, self.outputs, self.decisions = inputs, outputs, decisions

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape

    @property
    def nnz(self) -> int:
        """How many entries there are."""
        return int(self.matrix.nnz)

    def __repr__(self) -> str:
        rows, columns = self.shape
        where = "local " if self.local else ""
        branches = f", decided by {len(self.decisions)} lines" if self.decisions else ""
        return f"<{where}{self.of} pattern {rows} x {columns}, {self.nnz} entries, at most {int(np.diff(self.matrix.indptr).max(initial=0))} a row{branches}>"

    def draw(self, path: Any) -> None:
        """Save a picture of the pattern."""
        from .draw import draw

        draw(self, None, path)


def followed(f: Callable[..., Any], argnums: Any, of: str) -> Callable[..., Any]:
    """The function whose Jacobian is wanted: the gradient, for a Hessian."""
    return gradient_of(f, argnums, "hessian") if of == "hessian" else f


def found_pattern(f: Callable[..., Any], selection: Selection, argnums: Any, of: str, local: bool) -> Pattern:
    """Find the pattern for arguments that are taken apart already."""
    if of not in MATRICES:
        raise ValueError(f"of must be one of {', '.join(MATRICES)}; got {of!r}")
    found = detect(followed(f, argnums, of), selection, local, of)
    matrix = found.matrix
    if of == "hessian":  # symmetric, though the bounds that were found need not be
        matrix = sp.csr_array(matrix + matrix.T)
    matrix.sort_indices()
    return Pattern(matrix, of, local, [meta(x) for x in selection.leaves], found.forms, found.decisions)


def pattern(f: Callable[..., Any], *args: Any, of: str = "jacobian", argnums: Any = 0, local: bool = False) -> Pattern:
    """Find the sparsity pattern of a Jacobian or a Hessian, without evaluating any derivative.

    No entry is missed: one that the pattern lacks is zero. Some that it has may be zero too.

    Parameters
    ----------
    f : callable
        The function.
    *args
        Its arguments, at any point.
    of : {"jacobian", "hessian"}
        Which matrix.
    argnums : int, str, or tuple of these
        The arguments to differentiate.
    local : bool
        Count only the branches of ``where``, ``maximum``, indexing and their like that are chosen at this point. Otherwise all of them count; what a Python ``if``
        decides by a value counts as it was decided, and is listed in ``decisions``.

    Returns
    -------
    Pattern
        With the boolean ``matrix``.

    Raises
    ------
    ValueError
        For an unknown option.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.sparse.pattern(lambda x: x[1:] * x[:-1], np.ones(4)).matrix.toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    >>> dr.sparse.pattern(lambda x: np.sum(x**2) + x[0] * x[2], np.ones(3), of="hessian")
    <hessian pattern 3 x 3, 5 entries, at most 2 a row>
    """
    require_callable(f, "pattern")
    return found_pattern(f, Selection(f, argnums, args, {}, of), argnums, of, local)


def coloured(found: Pattern, kind: str, order: str) -> Colouring:
    """Colour a pattern; "auto" is a star colouring for a Hessian, and otherwise whichever of columns and rows needs fewer passes."""
    if found.of == "hessian" and kind == "auto":
        return best("star", found.matrix, order)
    if kind != "auto":
        return best(kind, found.matrix, order)
    columns = best("column", found.matrix, order)
    fewest = int(np.bincount(found.matrix.indices, minlength=1).max())
    if columns.count <= fewest:  # no colouring of the rows has fewer
        return columns
    rows = best("row", found.matrix, order)
    return rows if rows.count < columns.count else columns


def colour(matrix: Any, kind: str = "auto", order: str = "auto") -> Colouring:
    """Colour a sparsity pattern.

    Parameters
    ----------
    matrix : Pattern, or matrix
        The pattern; of a dense or sparse matrix, its nonzeros.
    kind : {"auto", "column", "row", "star"}
        Columns that do not meet in a row may share a colour, and likewise rows; a star colouring is for a symmetric matrix. "auto": a star colouring for a
        Hessian's pattern, otherwise the better of columns and rows.
    order : {"auto", "natural", "largest first", "smallest last"}
        In which order vertices take the first free colour; "auto" takes the best of natural, largest first, and the colours 0, 1, 2, ... in turn.

    Returns
    -------
    Colouring
        With the ``colours``, their ``count`` and a lower ``bound``.

    Raises
    ------
    ValueError
        For an unknown option, or a star colouring of a matrix whose pattern is not symmetric.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> arrow = np.eye(6) + np.eye(6)[:, :1] + np.eye(6)[:1]
    >>> dr.sparse.colour(arrow, "column").count, dr.sparse.colour(arrow, "star").count
    (6, 2)
    """
    if kind not in KINDS:
        raise ValueError(f"colour: kind must be one of {', '.join(KINDS)}; got {kind!r}")
    if not isinstance(matrix, Pattern):
        form = sp.csr_array(matrix)
        nonzero = sp.csr_array(form != 0)
        matrix = Pattern(nonzero, "jacobian", False, [], [], [])
    if kind == "star" and (matrix.shape[0] != matrix.shape[1] or (matrix.matrix != matrix.matrix.T).nnz):
        raise ValueError("colour: a star colouring needs a symmetric pattern")
    return coloured(matrix, kind, order)
