"""Finding the sparsity pattern of a Jacobian or a Hessian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core.tracer import Tracer, meta
from ..transforms.arguments import Selection, named, output_leaves
from .interpreter import Patterned, PatternTrace
from .sets import Sets

__all__ = ["Found", "detect", "require_plain"]


class Found:
    """What one run of the pattern interpreter found: the pattern, the forms and the structure of the result, and where Python decided."""

    __slots__ = ("decisions", "forms", "matrix", "structure")

    def __init__(self, matrix: Any, forms: list[Any], structure: Any, decisions: list[str]) -> None:
        self.matrix, self.forms, self.structure, self.decisions = matrix, forms, structure, decisions


def detect(f: Callable[..., Any], selection: Selection, local: bool, transform: str) -> Found:
    """Run a function on index sets.

    Parameters
    ----------
    f : callable
        The function.
    selection : Selection
        Its arguments.
    local : bool
        Whether the branches chosen at this point count, or all of them.
    transform : str
        The name that messages speak in.

    Returns
    -------
    Found
        With the pattern as a boolean CSR array: rows are the entries of all results in C order, columns those of all arguments.
    """
    require_plain(f, selection, transform)
    sizes = [int(np.prod(meta(x)[0], dtype=int)) for x in selection.leaves]
    firsts = np.cumsum([0, *sizes])
    trace = PatternTrace(int(firsts[-1]), local)
    try:
        inputs = [trace.input(x, int(first)) for x, first in zip(selection.leaves, firsts, strict=False)]
        leaves, structure = output_leaves(selection.call(f, inputs), f, transform)
        blocks = [leaf._aux if isinstance(leaf, Patterned) and leaf._trace is trace else None for leaf in leaves]
        forms = [meta(trace.strip(leaf)) for leaf in leaves]
    finally:
        trace.close()
    rows = [_rows(sets, form, trace.width) for sets, form in zip(blocks, forms, strict=True)]
    starts = np.concatenate([[0], *(np.diff(starts) for starts, _ in rows)]).cumsum()
    columns = np.concatenate([np.zeros(0, np.int64), *(columns for _, columns in rows)])
    matrix = sp.csr_array((np.ones(len(columns), bool), columns, starts), shape=(len(starts) - 1, trace.width))
    return Found(matrix, forms, structure, list(dict.fromkeys(trace.decisions)))


def require_plain(f: Any, selection: Selection, transform: str) -> None:
    """Raise a TypeError for traced arguments: the entries of a sparse matrix carry no derivatives."""
    if any(isinstance(x, Tracer) for x in selection.leaves):
        raise TypeError(f"{transform}: sparse=True inside another transform is not possible: {named(f)} is called with traced values. Use sparse=False.")


def _rows(sets: Sets | None, form: Any, width: int) -> tuple[Any, Any]:
    size = int(np.prod(form[0], dtype=int))
    if sets is None:
        return np.zeros(size + 1, np.int64), np.zeros(0, np.int64)
    return sets.spread(form[0]).complete()
