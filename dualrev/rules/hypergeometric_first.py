"""The first derivative of a hypergeometric series in one parameter, in double precision: for most arguments that is enough, and much quicker than all derivatives."""

import math

import numpy as np

from .effort import by_effort
from .quadrature import MANY

SURE = 1e-10  # of the derivative and the function together


def settled(slope, total, size, last, ratio, n):
    """Where rounding and what comes after the n-th term do not matter."""
    scale = SURE * (np.abs(slope) + np.abs(total))
    return (n * np.finfo(float).eps * size <= scale) & (np.abs(last) <= (1 - np.abs(ratio)) * scale)


def at_once(n, upper, lower, z, place):
    """The derivative by a table of the terms, the series, the sum of their sizes, the last term, and the last quotient."""
    k = np.arange(n)
    upper, lower, z = [a[:, None] for a in upper], [b[:, None] for b in lower], z[:, None]
    ratio = z * math.prod(a + k for a in upper) / (math.prod(b + k for b in lower) * (k + 1))
    term = np.cumprod(ratio, axis=-1)
    rest = np.cumsum(1 / ((*upper, *lower)[place] + k), axis=-1)
    share = term * (rest if place < len(upper) else -rest)
    size = np.sum(np.abs(share) + np.abs(term), axis=-1)
    return np.sum(share, axis=-1), 1 + np.sum(term, axis=-1), size, np.abs(share[:, -1]) + np.abs(term[:, -1]), ratio[:, -1]


def in_turn(n, upper, lower, z, place, signed):
    """The same term by term; where all terms are positive the sum of their sizes is that of the series and the derivative."""
    term = np.ones(np.broadcast_shapes(z.shape, *(a.shape for a in (*upper, *lower))))
    total, slope, size, rest, share = np.ones_like(term), np.zeros_like(term), np.zeros_like(term), 0.0, np.empty_like(term)
    own = (*upper, *lower)[place]
    for k in range(n):
        ratio = math.prod((a + k for a in upper), start=z) / math.prod((b + k for b in lower), start=k + 1.0)
        term *= ratio
        total += term
        rest = rest + 1 / (own + k)
        np.multiply(term, rest, out=share)
        slope += share
        if signed:
            size += np.abs(share)
            size += np.abs(term)
    return slope if place < len(upper) else -slope, total, size if signed else np.abs(slope) + total, np.abs(share) + np.abs(term), ratio


def first_derivative(place, count, safe, other, upper, lower, z):
    """The derivative in parameter ``place`` (lower ones after upper ones) where ``safe``, by about ``count`` terms; by ``other`` elsewhere and where that is not enough."""
    parameters = [np.asarray(a, float) for a in (*upper, *lower)]
    split = len(upper)
    with np.errstate(all="ignore"):
        own = parameters[place]
        safe = safe & ((own > 0) | (np.abs(own - np.round(own)) > 1e-3))  # at a pole, or where the series ends
        positive = math.prod((a > 0 for a in parameters), start=np.asarray(z) >= 0)

    def way(signed):
        def series(n, *args):
            *found, z = args
            size = max(a.size for a in args)
            if size <= MANY:
                whole = [np.broadcast_to(a, size) for a in args]
                parts = at_once(n, whole[:split], whole[split:-1], whole[-1], place)
            else:
                parts = in_turn(n, found[:split], found[split:], z, place, signed)
            y, fine = parts[0], settled(*parts, n)
            if not np.all(fine):
                y[~fine] = other(*(np.broadcast_to(a, fine.shape)[~fine] for a in args))
            return y
        return series

    ways = (lambda n, *args: other(*args), way(True), way(False))
    return by_effort(ways, np.where(safe, np.where(positive, 2, 1), 0), np.where(safe, count, 1.0), *parameters, z)
