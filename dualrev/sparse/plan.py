"""Plans: a pattern and its colouring, found once and used at every next point."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core.errors import DualrevError
from ..core.tracer import meta
from ..core.tree import unflatten
from ..transforms.arguments import Selection, named, require_callable
from ..transforms.reversemode import record
from .colouring import Colouring
from .detecting import require_plain
from .layout import Layout
from .pattern import Pattern, coloured, followed, found_pattern
from .products import real, size_of

__all__ = ["KINDS", "Plan", "forms_of", "plan"]

KINDS = {"auto": "auto", "forward": "column", "reverse": "row"}
"""What is coloured in each mode of a Jacobian."""


class Plan:
    """How a sparse Jacobian or Hessian is evaluated: its pattern, its colouring, and where each entry is read.

    Call it with the arguments of the function. Each evaluation pushes one more direction than there are colours, a random one, and compares: a pattern that does
    not hold at the new point (another branch was taken there, an argument or a global changed) is found again at that point, and the union is kept.

    Attributes
    ----------
    pattern : Pattern
        The sparsity pattern.
    colouring : Colouring
        Which columns or rows share a pass.
    renewals : int
        How often the pattern had to be found again.
    """

    def __init__(self, f: Callable[..., Any], pattern: Pattern, argnums: Any, kind: str = "auto", order: str = "auto", chunk_size: int | None = None) -> None:
        self.f, self.argnums, self.chunk_size, self.renewals = f, argnums, chunk_size, 0
        self._options = kind, order
        self._layout = Layout(pattern, coloured(pattern, kind, order))

    @property
    def pattern(self) -> Pattern:
        """The sparsity pattern."""
        return self._layout.pattern

    @property
    def colouring(self) -> Colouring:
        """Which columns or rows share a pass."""
        return self._layout.colouring

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        layout = self._layout
        name = layout.pattern.of
        selection = Selection(self.f, self.argnums, args, kwargs, name)
        require_plain(self.f, selection, name)
        tape = record(followed(self.f, self.argnums, name), selection, name, False, keeps=True)
        require_real(self.f, selection, tape, name)
        if forms_of(selection) != layout.pattern.inputs or [meta(value) for _, value in tape[2]] != layout.pattern.outputs:
            layout = self._renewed(layout, selection, keep=False)
        values, defect = layout.values(tape, self.chunk_size)
        precision = float(np.finfo(values.dtype).eps)
        if defect > precision**0.6:
            wider = self._renewed(layout, selection, keep=True)
            if wider is not layout:
                layout, (values, defect) = wider, wider.values(tape, self.chunk_size)
            if defect > precision**0.25:
                raise DualrevError(f"{name}: the sparse matrix of {named(self.f)} does not reproduce its derivative along a random direction, though the pattern was found at this "
                                   "very point. Does the function give another result each time it is called? Otherwise use sparse=False.")
        return _arranged(layout.matrix(values), layout.pattern, selection, tape[3])

    def _renewed(self, layout: Layout, selection: Selection, keep: bool) -> Layout:
        """Find the pattern at this point, and join it to the one that there is if that is to be kept; the same layout where nothing is new."""
        old = layout.pattern
        new = found_pattern(self.f, selection, self.argnums, old.of, old.local)
        if keep:
            joint = sp.csr_array(old.matrix + new.matrix)
            if joint.nnz == old.matrix.nnz:
                return layout
            new = Pattern(joint, old.of, old.local, new.inputs, new.outputs, list(dict.fromkeys(old.decisions + new.decisions)))
        self.renewals += 1
        self._layout = Layout(new, coloured(new, *self._options))
        return self._layout

    def __repr__(self) -> str:
        renewed = f", found again {self.renewals} times" if self.renewals else ""
        return f"<plan for the {self.pattern.of} of {named(self.f)}: {self.pattern!r}, {self.colouring!r}{renewed}>"

    def draw(self, path: Any) -> None:
        """Save a picture of the pattern with one colour for each pass."""
        from .draw import draw

        draw(self.pattern, self.colouring, path)


def _arranged(matrix: Any, pattern: Pattern, selection: Selection, structure: Any) -> Any:
    """The matrix; for several arguments or results, nested blocks of it."""
    ins, outs = ([0, *np.cumsum([size_of(form) for form in forms]).tolist()] for forms in (pattern.inputs, pattern.outputs))
    blocks = []
    for form, (top, bottom) in zip(pattern.outputs, pairwise(outs), strict=True):
        rows = matrix if len(outs) == 2 else matrix[top:bottom]
        parts = [rows if len(ins) == 2 else rows[:, left:right] for left, right in pairwise(ins)]
        blocks.append(selection.result([sp.csr_array(part).astype(real(form)[1], copy=False) for part in parts]))
    return unflatten(structure, blocks)


def forms_of(selection: Selection) -> list[Any]:
    """Shape and dtype of each differentiated leaf."""
    return [meta(x) for x in selection.leaves]


def require_real(f: Any, selection: Selection, tape: Any, name: str) -> None:
    """Raise a TypeError for complex arguments or results."""
    for what, forms in (("argument", forms_of(selection)), ("result", [meta(value) for _, value in tape[2]])):
        if any(dtype.kind == "c" for _, dtype in forms):
            raise TypeError(f"{name}: sparse=True takes real functions of real arguments; {named(f)} has a complex {what}. Use real and imaginary parts, or sparse=False.")


def plan(f: Callable[..., Any], *args: Any, of: str = "jacobian", argnums: Any = 0, mode: str = "auto", local: bool = False, order: str = "auto") -> Plan:
    """Find pattern and colouring of a Jacobian or Hessian, for many evaluations.

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
    mode : {"auto", "forward", "reverse"}
        Colour columns, or rows; "auto" takes the fewer passes. A Hessian has a star colouring.
    local : bool
        Take the pattern of the branches chosen at this point, which may have fewer entries; where it fails later it is found again.
    order : {"auto", "natural", "largest first", "smallest last"}
        In which order vertices take the first free colour; "auto" takes the best of natural, largest first, and the colours 0, 1, 2, ... in turn.

    Returns
    -------
    Plan
        ``plan(*args)`` gives the matrix at a point as a `scipy.sparse.csr_array`.

    Raises
    ------
    ValueError
        For an unknown option.
    TypeError
        For complex arguments or results.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> steps = dr.sparse.plan(lambda x: np.diff(x) ** 2, np.ones(5))
    >>> steps.colouring.count
    2
    >>> steps(np.array([0.0, 1.0, 3.0, 6.0, 10.0])).toarray()
    array([[-2.,  2.,  0.,  0.,  0.],
           [ 0., -4.,  4.,  0.,  0.],
           [ 0.,  0., -6.,  6.,  0.],
           [ 0.,  0.,  0., -8.,  8.]])

    References
    ----------
    A. H. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian? Graph coloring for computing derivatives, SIAM Review 47 (2005).
    """
    require_callable(f, "plan")
    if mode not in KINDS:
        raise ValueError(f"plan: mode must be one of {', '.join(KINDS)}; got {mode!r}")
    pattern = found_pattern(f, Selection(f, argnums, args, {}, of), argnums, of, local)
    return Plan(f, pattern, argnums, KINDS[mode] if of == "jacobian" else "auto", order)
