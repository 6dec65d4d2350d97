"""Robust losses: how much a residual counts, and the weights that bring it back to least squares.

The cost is ``c**2 / 2 * sum(rho(z))`` with ``z = (r / c)**2`` and the scale ``c``; ``rho(z) = z`` is plain least squares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..transforms.reversemode import elementwise_grad

__all__ = ["LOSSES", "Loss"]

FLOOR = 0.1
"""The least curvature of a residual's loss that the model keeps, as a share of that of its majorant (iteratively reweighted least squares)."""


def soft_l1(z: Any) -> Any:
    """``2 (sqrt(1 + z) - 1)``: a smooth absolute value."""
    root = np.sqrt(1 + z)
    return 2 * z / (root + 1), 1 / root, -0.5 / root**3


def huber(z: Any) -> Any:
    """z up to 1, and ``2 sqrt(z) - 1`` beyond."""
    root = np.sqrt(np.maximum(z, 1.0))
    inside = z <= 1
    return np.where(inside, z, 2 * root - 1), 1 / root, np.where(inside, 0.0, -0.5 / root**3)


def cauchy(z: Any) -> Any:
    """``log(1 + z)``: outliers count less and less."""
    return np.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2


def arctan(z: Any) -> Any:
    """``arctan(z)``: no residual counts more than pi / 2."""
    slope = 1 / (1 + z**2)
    return np.arctan(z), slope, -2 * z * slope**2


LOSSES: dict[str, Any] = {"linear": None, "soft_l1": soft_l1, "huber": huber, "cauchy": cauchy, "arctan": arctan}


class Loss:
    """The cost of a vector of residuals, and the weighted least-squares problem that agrees with it.

    Parameters
    ----------
    loss : str or callable
        A name in `LOSSES`; or ``rho(z)`` of an array z (m,), returning (3, m) with rho and its two derivatives as in SciPy, or rho alone of shape (m,), which
        is then differentiated.
    scale : float
        The residual from which on a point counts as an outlier.

    Raises
    ------
    ValueError
        For an unknown name, a scale that is not positive, or a callable's result of another shape.

    Examples
    --------
    >>> import numpy as np
    >>> r = np.array([0.1, 10.0])
    >>> float(Loss("linear").cost(r)), round(float(Loss("cauchy").cost(r)), 3)
    (50.005, 2.313)
    """

    def __init__(self, loss: str | Callable[..., Any] = "linear", scale: float = 1.0) -> None:
        if not callable(loss) and (not isinstance(loss, str) or loss not in LOSSES):
            raise ValueError(f"least_squares: loss must be one of {', '.join(LOSSES)} or a function of z = (residual / f_scale)**2; got {loss!r}")
        if not (np.ndim(scale) == 0 and np.isfinite(scale) and scale > 0):
            raise ValueError(f"least_squares: f_scale must be a positive number, got {scale!r}")
        self.name = None if callable(loss) else loss
        self.rho: Any = loss if callable(loss) else LOSSES[loss]
        self.scale = float(scale)

    @property
    def linear(self) -> bool:
        """Whether this is plain least squares."""
        return self.rho is None

    def cost(self, r: Any) -> float:
        """Half the sum of the losses."""
        if self.rho is None:
            return 0.5 * float(np.dot(r, r))
        return 0.5 * self.scale**2 * float(np.sum(self._rho((r / self.scale) ** 2)))

    def slope(self, r: Any) -> Any:
        """rho' of every residual."""
        return np.ones_like(r) if self.rho is None else self.derivatives((r / self.scale) ** 2)[1]

    def total(self, r: Any) -> Any:
        """The same as `cost`, for residuals that may be traced."""
        return 0.5 * np.sum(r * r) if self.rho is None else 0.5 * self.scale**2 * np.sum(self._rho((r / self.scale) ** 2))

    def reduction(self, old: Any, new: Any) -> float:
        """By how much the cost falls from one vector of residuals to another, without the cancellation of two nearly equal costs."""
        if self.rho is None:
            return 0.5 * float(np.dot(old - new, old + new))
        return 0.5 * self.scale**2 * float(np.sum(self._rho((old / self.scale) ** 2) - self._rho((new / self.scale) ** 2)))

    def weights(self, r: Any) -> tuple[Any, Any]:
        """Factors of the residuals and of the Jacobian's rows which give a least-squares problem with the gradient and the Gauss-Newton Hessian of the cost.

        The Hessian of a residual's loss is ``rho' + 2 z rho''`` times that of its square (Triggs et al. 2000, section 4.3). Where it is negative or small the model
        keeps a share of ``rho'``, which is what the majorant has.
        """
        slope, curvature = self._curvature(r)
        rows = np.sqrt(np.maximum(curvature, FLOOR * slope))
        return np.divide(slope, rows, out=np.zeros_like(rows), where=rows > 0), rows

    def exact_rows(self, r: Any) -> Any:
        """Factors of the Jacobian's rows without that share: what the covariance is taken from."""
        return np.sqrt(np.maximum(self._curvature(r)[1], 0.0))

    def _curvature(self, r: Any) -> tuple[Any, Any]:
        z = (r / self.scale) ** 2
        _, slope, bend = self.derivatives(z)
        return slope, slope + 2 * z * bend

    def _rho(self, z: Any) -> Any:
        found = self.rho(z)
        return found if not isinstance(found, tuple) and np.ndim(found) == 1 else found[0]

    def derivatives(self, z: Any) -> Any:
        """rho and its first two derivatives at z (m,)."""
        found = self.rho(z)
        if isinstance(found, tuple) or np.shape(found) == (3, *z.shape):
            return found
        if np.shape(found) != z.shape:
            raise ValueError(f"least_squares: loss(z) of z with shape {z.shape} must return shape {(3, *z.shape)} (rho and its two derivatives) or {z.shape} (rho alone); "
                             f"got {np.shape(found)}")
        slope = elementwise_grad(self.rho)
        return np.stack([found, slope(z), elementwise_grad(slope)(z)])
