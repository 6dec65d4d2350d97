"""Plans: a pattern and its colouring, found once and used at every next point."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core.tracer import meta
from ..core.tree import unflatten
from ..transforms.arguments import Selection, named, require_callable
from ..transforms.reversemode import record
from .colouring import Colouring
from .pattern import Pattern, coloured, followed, found_pattern
from .products import compressed, entries_read, real

__all__ = ["Plan", "plan"]


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

    def __init__(self, f: Callable[..., Any], pattern: Pattern, colouring: Colouring, argnums: Any) -> None:
        self.f, self.argnums, self.renewals = f, argnums, 0
        self._settle(pattern, colouring)

    def _settle(self, pattern: Pattern, colouring: Colouring) -> None:
        self.pattern, self.colouring = pattern, colouring
        self._read = entries_read(pattern.matrix, colouring)
        self._directions = colouring.seeds()
        probe = np.random.default_rng(colouring.colours.size).uniform(0.5, 1.5, colouring.colours.size)
        self._probe = probe * np.where(np.arange(probe.size) % 3 == 1, -1.0, 1.0)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self.pattern.of
        selection = Selection(self.f, self.argnums, args, kwargs, name)
        tape = record(followed(self.f, self.argnums, name), selection, name, False, keeps=True)
        require_real(self.f, selection, tape, name)
        if forms_of(selection) != self.pattern.inputs or [meta(value) for _, value in tape[2]] != self.pattern.outputs:
            self._renew(selection, tape, keep=False)
        values, holds = self._values(tape)
        if not holds and self._renew(selection, tape, keep=True):
            values, _ = self._values(tape)
        return self._arranged(values, selection, tape[3])

    def _values(self, tape: Any) -> tuple[Any, bool]:
        """The entries of the matrix, and whether they reproduce the derivative along a random direction."""
        products = compressed(tape, np.vstack([self._directions, self._probe]), self.colouring.kind == "row")
        values = products[self._read] if self.colouring.count else np.zeros(0, products.dtype)
        return values, self._reproduces(values, products[-1])

    def _reproduces(self, values: Any, expected: Any) -> bool:
        matrix = self._matrix(values)
        matrix = matrix.T if self.colouring.kind == "row" else matrix
        with np.errstate(all="ignore"):
            tolerance = 1e6 * np.finfo(values.dtype).eps * (abs(matrix) @ np.abs(self._probe))
            got = matrix @ self._probe
            return bool(np.all((np.abs(got - expected) <= tolerance) | (~np.isfinite(got) & ~np.isfinite(expected))))

    def _renew(self, selection: Selection, tape: Any, keep: bool) -> bool:
        """Find the pattern at this point; report whether it has entries that the plan lacks."""
        old = self.pattern
        new = found_pattern(self.f, selection, self.argnums, old.of, old.local or keep)
        if keep:
            joint = sp.csr_array(old.matrix + new.matrix)
            if joint.nnz == old.matrix.nnz:
                return False
            new = Pattern(joint, old.of, old.local, new.inputs, new.outputs, list(dict.fromkeys(old.decisions + new.decisions)))
        self.renewals += 1
        self._settle(new, coloured(new, "row" if self.colouring.kind == "row" else "auto", "auto"))
        return True

    def _matrix(self, values: Any) -> Any:
        form = self.pattern.matrix
        return sp.csr_array((values, form.indices.copy(), form.indptr.copy()), shape=form.shape)

    def _arranged(self, values: Any, selection: Selection, structure: Any) -> Any:
        """The matrix; for several arguments or results, nested blocks of it."""
        matrix = self._matrix(values)
        ins, outs = ([0, *np.cumsum([int(np.prod(shape, dtype=int)) for shape, _ in forms]).tolist()] for forms in (self.pattern.inputs, self.pattern.outputs))
        blocks = []
        for k, form in enumerate(self.pattern.outputs):
            rows = matrix if len(outs) == 2 else matrix[outs[k]:outs[k + 1]]
            parts = [rows if len(ins) == 2 else rows[:, first:last] for first, last in pairwise(ins)]
            blocks.append(selection.result([sp.csr_array(part).astype(real(form)[1], copy=False) for part in parts]))
        return unflatten(structure, blocks)

    def __repr__(self) -> str:
        renewed = f", found again {self.renewals} times" if self.renewals else ""
        return f"<plan for the {self.pattern.of} of {named(self.f)}: {self.pattern!r}, {self.colouring!r}{renewed}>"

    def draw(self, path: Any) -> None:
        """Save a picture of the pattern with one colour for each pass."""
        from .draw import draw

        draw(self.pattern, self.colouring, path)


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
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(f"plan: mode must be one of auto, forward, reverse; got {mode!r}")
    pattern = found_pattern(f, Selection(f, argnums, args, {}, of), argnums, of, local)
    return Plan(f, pattern, coloured(pattern, {"auto": "auto", "forward": "column", "reverse": "row"}[mode] if of == "jacobian" else "auto", order), argnums)
