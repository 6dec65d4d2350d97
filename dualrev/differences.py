"""Numerical derivatives along a direction, for checking the exact ones: extrapolated differences, refined by the complex step."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

__all__ = ["Slope", "Vector", "kink", "moved", "slope", "to_real"]

Vector: TypeAlias = "np.ndarray[Any, Any]"
WINDOWS = (0.1, 1e-3, 1e-5)  # where the sequences of step sizes begin
LEVELS = 7  # halvings in one sequence
SETTLED = 1e-10  # relative error at which no smaller step is tried
TINY = 1e-30  # the complex step: no subtraction, so it may be as small as this


class Slope(NamedTuple):
    """A numerical derivative along a direction.

    Parameters
    ----------
    value : array
        One entry for each real number in the result; NaN where no differences could be taken.
    error : array
        Its estimated error.
    """

    value: Vector
    error: Vector


def to_real(leaves: Sequence[Any]) -> Vector:
    """String the entries of arrays together, complex ones as real parts followed by imaginary parts."""
    parts: list[Any] = [np.zeros(0)]
    for leaf in leaves:
        flat = np.ravel(np.asarray(leaf))
        parts += [flat.real, flat.imag] if flat.dtype.kind == "c" else [flat]
    return np.concatenate([part.astype(np.float64) for part in parts])


def moved(xs: Sequence[Any], ts: Sequence[Any], h: complex) -> list[Any]:
    """Take a step of length h; what has no direction (None) stays."""
    return [x if t is None else x + h * t for x, t in zip(xs, ts, strict=True)]


def slope(f: Callable[[list[Any]], list[Any]], xs: Sequence[Any], ts: Sequence[Any]) -> Slope:
    """Differentiate a function along a direction, numerically.

    Parameters
    ----------
    f : callable
        Takes a list of arrays and returns one.
    xs : list of arrays
        Where.
    ts : list of arrays or None
        The direction; its entries are about as large as a harmless step in x times ten.

    Returns
    -------
    Slope
        Extrapolated central differences; where the complex step agrees with them, it.

    References
    ----------
    C. J. F. Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering Software 4 (1982).
    W. Squire, G. Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40 (1998).
    """
    best: Slope | None = None
    with np.errstate(all="ignore"):
        for start in WINDOWS:
            found = _ridders(f, xs, ts, start)
            if best is None:
                best = found
            else:
                better = ~(best.error <= found.error)
                best = Slope(np.where(better, found.value, best.value), np.where(better, found.error, best.error))
            if np.all(best.error <= SETTLED * np.max(np.abs(best.value), initial=0, where=np.isfinite(best.value)) + 1e-13):
                break
        assert best is not None
        return _refined(best, complex_step(f, xs, ts))


def _ridders(f: Callable[..., Any], xs: Sequence[Any], ts: Sequence[Any], start: float) -> Slope:
    """Extrapolate central differences to step zero and keep, entry by entry, the member of the table that has settled best."""
    before: list[Vector] = []
    value = error = np.zeros(0)
    h = start
    for level in range(LEVELS):
        after, back = f(moved(xs, ts, h)), f(moved(xs, ts, -h))
        ahead, behind = to_real(after), to_real(back)
        noise = _precision(after) * np.maximum(np.abs(ahead), np.abs(behind)) / h
        row = [(ahead - behind) / (2 * h)]
        for k, older in enumerate(before):
            row.append(row[k] + (row[k] - older) / (4.0 ** (k + 1) - 1))
        if not level:
            value, error = np.full(row[0].shape, np.nan), np.full(row[0].shape, np.inf)
        for k in range(1, len(row)):
            now = np.maximum(np.abs(row[k] - row[k - 1]), np.abs(row[k] - before[k - 1])) + noise
            better = now < error
            value, error = np.where(better, row[k], value), np.where(better, now, error)
        before = row
        if level > 1 and np.all(error <= 1e-13 + SETTLED / 10 * np.abs(value)):
            break
        h /= 2
    return Slope(value, error)


def _precision(leaves: Sequence[Any]) -> Any:
    """Return the rounding unit of each real number in a result."""
    return to_real([np.full(np.shape(leaf), eps * (1 + 1j) if np.asarray(leaf).dtype.kind == "c" else eps) for leaf in leaves
                    for eps in [np.finfo(np.asarray(leaf).dtype).eps if np.asarray(leaf).dtype.kind in "fc" else 0.0]])


def complex_step(f: Callable[..., Any], xs: Sequence[Any], ts: Sequence[Any]) -> Vector | None:
    """Differentiate by an imaginary step; None where the function cannot take one. It is wrong where the function is not analytic."""
    if any(np.asarray(x).dtype.kind == "c" for x in xs):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            leaves = f(moved(xs, ts, 1j * TINY))
    except Exception:  # whatever a user's function does with a complex number: there are differences still
        return None
    return np.concatenate([np.zeros(0), *(np.ravel(np.imag(leaf)) / TINY for leaf in leaves)])


def _refined(rough: Slope, fine: Vector | None) -> Slope:
    """Take the complex step where the differences confirm it."""
    if fine is None or fine.shape != rough.value.shape:
        return rough
    agree = np.abs(fine - rough.value) <= 4 * rough.error + 1e-9 * np.abs(fine)
    return Slope(np.where(agree, fine, rough.value), np.where(agree, np.minimum(rough.error, 1e-14 * np.abs(fine)), rough.error))


def kink(f: Callable[..., Any], xs: Sequence[Any], ts: Sequence[Any], entry: int) -> tuple[float, float] | None:
    """Look for a kink at a point or close to it.

    Returns
    -------
    (left, right) or None
        The one-sided slopes of one real number of the result, where they do not come together as the step shrinks.
    """
    def at(h: float) -> float:
        return float(to_real(f(moved(xs, ts, h)))[entry])

    with np.errstate(all="ignore"):
        here, gap, steady = at(0.0), 0.0, 0
        for h in 10.0 ** np.arange(-1, -8, -1):
            left, right = (here - at(-h)) / h, (at(h) - here) / h
            before, gap = gap, abs(right - left)
            plain = gap > 1e-4 * max(abs(left), abs(right)) + 1e-13 * abs(here) / h
            steady = steady + 1 if plain and 0.5 * before < gap < 2 * before else 0  # where f is smooth, the gap shrinks with h
            if steady == 2:
                return left, right
    return None
