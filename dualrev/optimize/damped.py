"""Steps that damping shortens to a given length: -(H + sigma I)^-1 g of a positive definite H + sigma I, for rising sigma.

References
----------
A. R. Conn, N. I. M. Gould, Ph. L. Toint, Trust-Region Methods, SIAM 2000: section 7.3.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import lapack
from scipy.linalg.blas import ddot, dtrsv

__all__ = ["CLOSE", "Damped", "Dense", "Tridiagonal"]

CLOSE = 1e-10  # of the radius: how well a length fits it


class Damped:
    """The steps of a matrix H for sigma from a first one upwards.

    Attributes
    ----------
    definite : bool
        Whether H + sigma I is positive definite; if it is not, there is no step.
    sigma, step, length : float, array (n,), float
        The last shift, its step and the length of that.
    """

    sigma: float
    definite: bool
    step: np.ndarray
    length: float
    close = CLOSE  # how well the last step fits a radius to which it was shortened

    def start(self, sigma: float) -> None:
        """Find the step of the first shift."""
        self.sigma = sigma
        self.definite = self.factorise()
        self.length = math.sqrt(ddot(self.step, self.step)) if self.definite else math.inf

    def factorise(self) -> bool:
        """Find the step of a shift; False where the shifted matrix is not positive definite."""
        raise NotImplementedError

    def bend(self) -> float:
        """Return p.(H + sigma I)^-1 p for the last step p."""
        raise NotImplementedError

    def reaches(self, radius: float) -> bool:
        """Whether the last step is at least that long."""
        return self.definite and self.length >= (1 - CLOSE) * radius

    def shortened(self, radius: float) -> bool:
        """Go on to the step of a length that the last one reaches. Newton's method on 1/|p| - 1/radius comes to it from above, with one factorisation each time.

        Returns
        -------
        bool
            False where the last step is too short, or rounding errors stand in the way.
        """
        if not self.reaches(radius):
            return False
        for _ in range(20):
            if self.length <= (1 + self.close) * radius:
                return True
            self.start(self.sigma + self.rise(radius))
            if not self.definite:
                break
        return False

    def fitted(self, radius: float) -> np.ndarray:
        """The step of that length itself, after `shortened`."""
        return self.step

    def rise(self, radius: float) -> float:
        """How far Newton's method raises the shift."""
        return (self.length / radius - 1) * self.length * self.length / self.bend()


class Dense(Damped):
    """By Cholesky factors.

    Parameters
    ----------
    H, g : array (n, n), array (n,)
        The symmetric matrix and the gradient.
    """

    close = 1e-4  # the rest is made up for without another factorisation

    def __init__(self, H: np.ndarray, g: np.ndarray) -> None:
        self.H, self.b = H, -g
        self.start(0.0)

    def fitted(self, radius: float) -> np.ndarray:
        """The step of a length to which the last one was shortened: the next shift's to first order, whose error is the square of what was missing."""
        p = self.step
        if self.length > (1 + CLOSE) * radius:
            p = p - self.rise(radius) * lapack.dpotrs(self.factor, p)[0]
        return p * (radius / math.sqrt(ddot(p, p)))

    def factorise(self) -> bool:
        shifted = self.H
        if self.sigma > 0:
            shifted = shifted.copy("F")
            shifted.ravel("K")[::len(shifted) + 1] += self.sigma
        self.factor, info = lapack.dpotrf(shifted, overwrite_a=shifted is not self.H)
        if info:
            return False
        self.step = lapack.dpotrs(self.factor, self.b)[0]
        return True

    def bend(self) -> float:
        q = dtrsv(self.factor, self.step, trans=1)
        return float(ddot(q, q))


class Tridiagonal(Damped):
    """The same for a tridiagonal matrix.

    Parameters
    ----------
    d, e : array (k,), array (k - 1,)
        The diagonal and the one beside it; where k is 1 e has one entry too, which is not read.
    b : array (k,)
        The negative gradient.
    sigma : float
        The first shift.
    """

    def __init__(self, d: np.ndarray, e: np.ndarray, b: np.ndarray, sigma: float = 0.0) -> None:
        self.d, self.e, self.b = d, e, b
        self.start(sigma)

    def factorise(self) -> bool:
        self.pivots, self.multipliers, self.step, info = lapack.dptsv(self.d + self.sigma if self.sigma > 0 else self.d, self.e, self.b)
        return info == 0

    def bend(self) -> float:
        return float(ddot(self.step, lapack.dpttrs(self.pivots, self.multipliers, self.step)[0]))
