"""The derivatives of a hypergeometric series in its parameters, in double precision: for most arguments that is enough, and much quicker than careful series.

A term has the factors (a)_k and 1 / (b)_k. The m-th derivative of (a)_k over itself is m! times the m-th elementary symmetric polynomial of 1/a, ..., 1/(a+k-1), and
that of 1 / (b)_k is (-1)**m m! times the complete one of 1/b, ..., 1/(b+k-1).
"""

import functools
import math

import numpy as np

from .effort import by_effort
from .quadrature import MANY

SURE = 1e-10  # of the derivative and the function together
LOSS = 50  # how much larger parts of a sum may be


def settled(slope, total, size, last, ratio, n):
    """Where rounding and what comes after the n-th term do not matter."""
    scale = SURE * (np.abs(slope) + np.abs(total))
    return (n * np.finfo(float).eps * size <= scale) & (np.abs(last) <= (1 - np.abs(ratio)) * scale)


def polynomials(steps, m, upper):
    """The m-th symmetric polynomials of the first, the first two, ... of these numbers: elementary ones for an upper parameter, complete ones for a lower one."""
    found = np.cumsum(steps, axis=-1)
    for _ in range(m - 1):
        below = np.concatenate([np.zeros_like(found[:, :1]), found[:, :-1]], axis=-1) if upper else found
        found = np.cumsum(steps * below, axis=-1)
    return found


def at_once(n, upper, lower, z, orders):
    """The derivative by a table of the terms, the series, the sum of their sizes, the last term, and the last quotient."""
    k = np.arange(n)
    split, z = len(upper), z[:, None]
    rows = [a[:, None] + k for a in (*upper, *lower)]
    ratio = z * math.prod(rows[:split]) / (math.prod(rows[split:]) * (k + 1))
    term = np.cumprod(ratio, axis=-1)
    share = factor = bound = 1.0
    for i, (row, m) in enumerate(zip(rows, orders, strict=True)):
        if m:
            steps, factor = 1 / row, factor * math.factorial(m) * (1 if i < split else (-1) ** m)
            share = share * polynomials(steps, m, i < split)
            bound = bound * polynomials(np.abs(steps), m, i < split)
    share, factor = factor * share * term, abs(factor)
    size = np.sum((factor * bound + 1) * np.abs(term), axis=-1)
    return np.sum(share, axis=-1) + (not any(orders)), 1 + np.sum(term, axis=-1), size, np.abs(share[:, -1]) + np.abs(term[:, -1]), ratio[:, -1]


class Steps:
    """The symmetric polynomials of 1/p, ..., 1/(p+k), for one k after the other, and those of the sizes of these numbers."""

    def __init__(self, p, m, upper):
        self.upper = upper
        self.plain = [np.zeros_like(p) for _ in range(m)]
        self.sizes = [np.zeros_like(p) for _ in range(m)] if np.any(p < 0) else self.plain

    def further(self, number):
        """Take 1 / number in."""
        step = 1 / number
        self.add(self.plain, step)
        if self.sizes is not self.plain:
            self.add(self.sizes, np.abs(step))

    def add(self, found, step):
        """An elementary polynomial takes the one below as it was, a complete one as it is now."""
        for i in reversed(range(len(found))) if self.upper else range(len(found)):
            found[i] += step * found[i - 1] if i else step


def together(parts):
    """The product, without a first one that is 1: that would be an operation more."""
    return functools.reduce(np.multiply, parts) if (parts := list(parts)) else 1.0


def in_turn(n, upper, lower, z, orders, signed):
    """The same term by term; where all terms are positive the sum of their sizes is that of the series and the derivative."""
    parameters, split = (*upper, *lower), len(upper)
    term = np.ones(np.broadcast_shapes(z.shape, *(a.shape for a in parameters)))
    total, slope, size, share = np.ones_like(term), np.zeros_like(term), np.zeros_like(term), np.empty_like(term)
    active = [(i, Steps(parameters[i], m, i < split)) for i, m in enumerate(orders) if m]
    for k in range(n):
        at = [a + k for a in parameters]
        ratio = math.prod(at[:split], start=z) / math.prod(at[split:], start=k + 1.0)
        term *= ratio
        total += term
        for i, steps in active:
            steps.further(at[i])
        np.multiply(term, together(steps.plain[-1] for _, steps in active), out=share)
        slope += share
        if signed:
            sizes = np.abs(term)
            size += sizes
            sizes *= together(steps.sizes[-1] for _, steps in active)
            size += sizes
    factor = math.prod(map(math.factorial, orders))
    slope *= factor
    if not active:
        slope += 1
    last = factor * np.abs(share) + np.abs(term)
    return slope if sum(orders[split:]) % 2 == 0 else -slope, total, factor * size if signed else np.abs(slope) + total, last, ratio


def in_double(orders, count, safe, other, upper, lower, z):
    """The derivative, ``orders`` times in each parameter, where ``safe``, by about ``count`` terms; by ``other`` elsewhere and where that is not enough."""
    parameters = [np.asarray(a, float) for a in (*upper, *lower)]
    split = len(upper)
    with np.errstate(all="ignore"):
        for own, m in zip(parameters, orders, strict=True):
            if m:
                safe = safe & ((own > 0) | (np.abs(own - np.round(own)) > 1e-3))  # at a pole, or where the series ends
        positive = math.prod((a > 0 for a in parameters), start=np.asarray(z) >= 0)

    def way(signed):
        def series(n, *args):
            *found, z = args
            size = max(a.size for a in args)
            if size <= MANY:
                whole = [np.broadcast_to(a, size) for a in args]
                parts = at_once(n, whole[:split], whole[split:-1], whole[-1], orders)
            else:
                parts = in_turn(n, found[:split], found[split:], z, orders, signed)
            y, fine = parts[0], settled(*parts, n)
            if not np.all(fine):
                y[~fine] = other(*(np.broadcast_to(a, fine.shape)[~fine] for a in args))
            return y
        return series

    ways = (lambda n, *args: other(*args), way(True), way(False))
    return by_effort(ways, np.where(safe, np.where(positive, 2, 1), 0), np.where(safe, count, 1.0), *parameters, z)


def lost(*args):
    """Nothing for these entries."""
    return np.nan


def transformed(parts, function, other, *args):
    """The sum of (factor, derivative), each of which may be missing; by ``other`` where one is, or where they cancel, beside the function too."""
    parts = [np.broadcast_to(factor * own, np.broadcast_shapes(*(a.shape for a in args))) for factor, own in parts]
    y, size = sum(parts), sum(map(np.abs, parts))
    doubtful = ~(size <= LOSS * np.abs(y))
    if np.any(doubtful):
        at = [np.broadcast_to(a, y.shape)[doubtful] for a in args]
        doubtful[doubtful] = ~(size[doubtful] <= LOSS * (np.abs(y[doubtful]) + np.abs(function(*at))))
    if np.any(doubtful):
        y[doubtful] = other(*(np.broadcast_to(a, y.shape)[doubtful] for a in args))
    return y
