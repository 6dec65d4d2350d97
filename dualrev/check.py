"""`check_grads`: derivatives of a user's function against numerical ones, in both modes and all their nestings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .agreement import Check, Disagreement, Problem, examine
from .diagnosis import explained
from .transforms.arguments import named, require_callable

__all__ = ["Check", "Report", "check_grads"]

RTOL = {"float16": 0.1, "float32": 2e-3, "float64": 1e-6}
EXACT = {"float16": 0.1, "float32": 1e-3, "float64": 1e-9}  # between exact results, which differ by rounding only


class Report:
    """What `check_grads` compared, and how well it agreed.

    Parameters
    ----------
    function : str
        The function's name.
    checks : list of Check
        All comparisons, with the worst error of each.
    """

    def __init__(self, function: str, checks: list[Check]) -> None:
        self.function, self.checks = function, checks

    @property
    def worst(self) -> Check:
        """The comparison with the largest error."""
        return max(self.checks, key=lambda check: check.error)

    def __repr__(self) -> str:
        width = max(len(check.name) for check in self.checks)
        lines = [f"  order {c.order}  {c.name:{width}}  worst relative error {c.error:.1e}  (allowed {c.tolerance:.0e})" for c in self.checks]
        return "\n".join([f"The derivatives of {self.function} agree in {len(self.checks)} checks:", *lines])


def check_grads(f: Callable[..., Any], *args: Any, order: int = 2, rtol: float | None = None) -> Report:
    """Check the derivatives of a function at a point: forward and reverse mode and their nestings, against numerical derivatives and one another.

    Numerical derivatives are central differences extrapolated to step zero (some twelve digits), and the complex step where they confirm it. Beside
    them stand the adjoint identity <v, J t> = <J'v, t> and the symmetry of the second derivative. Directions are random and the same in every call.

    Parameters
    ----------
    f : callable
        A function of arrays, numbers, or containers of them, with a result of such a form. It must be defined around the point.
    *args
        The point; all of them are differentiated.
    order : int
        Up to which order of derivative to check.
    rtol : float, optional
        The relative error to allow; by default 1e-6, or 2e-3 where something is float32.

    Returns
    -------
    Report
        The comparisons with the worst error of each; it prints as a table.

    Raises
    ------
    AssertionError
        If a derivative is wrong. The message says in which mode, which argument and entry is worst, by how much, and what that looks like.
    TypeError, ValueError
        If an argument or the result is not numeric, or ``order`` is not a positive integer.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> report = dr.check_grads(lambda x, y: np.sum(np.sin(x) * y), np.array([0.5, 1.0]), 2.0)
    >>> report.worst.error < 1e-6
    True
    >>> try:
    ...     dr.check_grads(lambda x: np.clip(x, 0, 1), 0.0)
    ... except AssertionError as error:
    ...     print(str(error).splitlines()[-1][:24])
      this looks like a kink

    References
    ----------
    A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 3.2 (the adjoint identity).
    """
    require_callable(f, "check_grads")
    if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 1:
        raise ValueError(f"check_grads: order must be a positive integer, got {order!r}")
    if not args:
        raise TypeError(f"check_grads: give the arguments of {named(f)} at which to check, as in check_grads(f, x)")
    checks: list[Check] = []
    try:
        examine(Problem(f, args, named(f), rtol), int(order), [], checks)
    except Disagreement as failure:
        raise AssertionError(explained(failure.wrong)) from None
    return Report(named(f), checks)
