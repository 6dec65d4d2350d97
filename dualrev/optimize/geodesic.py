"""Geodesic acceleration: a Levenberg-Marquardt step bent by the second derivative of the residuals along it.

Where the residuals change slope within a step, the step misses. Their second directional derivative is exact here and costs a few evaluations whatever the number of
variables; the correction follows the curved valley, and its size tells before any evaluation that a step is too long.

References
----------
M. K. Transtrum, J. P. Sethna, Improvements to the Levenberg-Marquardt algorithm for nonlinear least-squares minimization, arXiv:1201.5885 (2012).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .linearised import Linearised

__all__ = ["LONGEST", "Bend"]

LONGEST = 0.75  # of twice the acceleration over the velocity: beyond it the series that both are the first terms of is not to be trusted


class Bend:
    """The curvature of the residuals along a step, in scaled variables.

    Parameters
    ----------
    second : callable
        ``second(v)``: the second derivative (m,) of the weighted residuals along v (n,), or None where it is not finite.
    J : (m, n) matrix
        The weighted Jacobian of the variables that may move.
    D : (n,) array
        Their scaling.
    """

    def __init__(self, second: Callable[[Any], Any], J: Any, D: Any) -> None:
        self.second, self.J, self.D = second, J, D

    def correction(self, problem: Linearised, s: Any, alpha: float) -> Any:
        """Half the acceleration that belongs to the velocity s; None where it is not finite."""
        curvature = self.second(s / self.D)
        if curvature is None:
            return None
        a = -0.5 * problem.solve(alpha, (self.J.T @ curvature) / self.D)
        return a if np.all(np.isfinite(a)) else None
