"""`debug`: find where a value or a derivative stops being finite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .core.debugging import Watch, active

__all__ = ["debug"]

REMEDIES = {
    "np.sqrt": "The slope of sqrt is infinite at 0: use np.linalg.norm(x) for sqrt(sum(x**2)), np.hypot for two terms, or keep its argument away from 0.",
    "np.log": "Use np.logaddexp(0, x) for log(1 + exp(x)), np.log1p(x) for log(1 + x), scipy.special.xlogy(x, y) for x * log(y), "
              "or np.where to choose another branch where the argument is 0.",
    "np.exp": "exp overflows above 709: use np.logaddexp(0, x) for log(1 + exp(x)), scipy.special.expit(x) for 1 / (1 + exp(-x)), "
              "or subtract the largest exponent first.",
    "np.divide": "The denominator is 0 (or overflows): choose another branch there with np.where on the denominator too; "
                 "use np.sinc for sin(x) / x and scipy.special.expit(x) for 1 / (1 + exp(-x)).",
    "np.power": "A power has an infinite slope at base 0 for exponents below 1, and none in the exponent for a negative base: "
                "keep the base positive, or use np.cbrt, np.square or np.linalg.norm.",
    "np.arctan2": "The angle of (0, 0) has no derivative: choose another branch there with np.where.",
    "np.arcsin": "The slope is infinite at -1 and 1: use np.arctan2(x, np.sqrt((1 - x) * (1 + x))) of a value kept inside, or np.clip.",
    "np.arccos": "The slope is infinite at -1 and 1: use np.arctan2 of sine and cosine for angles between vectors.",
    "np.linalg.slogdet": "The matrix is singular, where log|det| has no derivative.",
    "np.linalg.eigh": "Eigenvectors of equal eigenvalues have no derivative; use functions of the eigenvalues only, or perturb the matrix.",
}


@contextmanager
def debug() -> Iterator[None]:
    """Find the call that makes a value or a derivative infinite or NaN.

    Inside the ``with`` block every transform looks at all values, tangents and cotangents on the way. If its result is finite, nothing
    happens; otherwise it raises and names the first function that turned something finite into something that is not, its operands,
    the user's line, and what to write instead. Outside the block nothing is looked at, and nothing costs more.

    Raises
    ------
    NonFiniteError
        (A FloatingPointError.) From the transform inside the block.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> with dr.debug():
    ...     try:
    ...         dr.grad(lambda x: np.sqrt(np.sum(x**2)))(np.zeros(2))
    ...     except FloatingPointError as error:
    ...         print(str(error)[:60])
    the derivative is not finite. The first derivative that is n
    """
    token = active.set(Watch(_remedy))
    try:
        yield
    finally:
        active.reset(token)


def _remedy(name: str, operands: list[Any]) -> str:
    """Say what to write instead of a function that gave something infinite or NaN for these operands."""
    if name in REMEDIES:
        return REMEDIES[name]
    large = any(np.any(np.abs(np.asarray(x)) > 1e150) for x in operands if np.asarray(x).dtype.kind in "fc")
    return "Its operands are so large that it overflows: scale them, or work with logarithms." if large else \
        "Its derivative does not exist or is infinite there: choose another branch with np.where, or move the point."
