"""Sums over the indices of a Poisson mixture, of plain numbers: tables of terms (rows) and entries (columns) that follow from their first row by recurrences.

Where P(a) - P(a+1) = h(a), which holds for the derivatives in a too, and w are the weights, a mixture sum_j w(j) P(a+j) is sum_i h(a+i) W(i) with the weights' sums
W(i) = w(0) + ... + w(i), and one minus it is the complement of P at the first index plus sum_i h(a+i) (1 - W(i)): one of them has terms of one sign.
C. G. Ding, Algorithm AS 275: Computing the non-central chi-square distribution function, Applied Statistics 41 (1992), 478-482.
"""

import math

import numpy as np
import scipy.special as sp

from .effort import by_effort, tabled
from .quadrature import MANY, cumulative
from .special_gamma import psi_slope

NARROW = 32  # columns up to which one call for a whole table takes less than one for each row


def running(op, table):
    """Make of each row the result of all rows up to it."""
    if table.shape[1] <= NARROW:
        op.accumulate(table, axis=0, out=table)
    else:
        rows = iter(table)
        last = next(rows)
        for row in rows:
            last = op(last, row, row)
    return table


def from_one(ratio):
    """1, and the products of all rows but the last."""
    table = np.empty_like(ratio)
    table[0] = 1
    table[1:] = ratio[:-1]
    return running(np.multiply, table)


def digammas(r, i, end):
    """The i-th derivatives of psi at a, a+1, ..., from r = 1/a, 1/(a+1), ... and that at the last: added up downwards, where they keep their sign if i > 0."""
    table = -((-1) ** i) * math.factorial(i) * r ** (i + 1)
    table[-1] = end
    running(np.add, table[::-1])
    return table


def indices(n):
    """0, 1, ..., n - 1 in a column."""
    return np.arange(float(n))[:, None]


def weights(n, first, mean):
    """Poisson's probabilities from the index ``first`` on, over that of the first, and its logarithm."""
    return from_one(mean / (first + indices(n) + 1)), sp.xlogy(first, mean) - mean - sp.gammaln(first + 1)


def beginning(peak):
    """The index from which on the products of steps and probabilities matter."""
    return np.floor(np.maximum(0.0, peak - 8.5 * np.sqrt(peak) - 10))


def ending(peak):
    """The one after the last of them."""
    return peak + 8.5 * np.sqrt(peak) + 18


def scaled(total, log):
    """Times e**log, which may be below the range of floats."""
    half = np.exp(log / 2)
    return total * half * half


def mixed_steps(family, peak, mean, at, orders):
    """sum_j w(j) h(a+j), or a derivative of that: ``family(n, first, *at, *orders)`` gives the table of these h, and the logarithm by which it is scaled."""
    def way(n, first, mean, *at):
        steps, log = family(n, first, *at, *orders)
        w, log_w = weights(n, first, mean)
        steps *= w
        return scaled(np.sum(steps, axis=0), log + log_w)

    first = beginning(peak)
    return by_effort((lambda *args: tabled(way, *args),), 0, ending(peak) - first, first, mean, *at)


def mixed_slopes(family, peak, last, upper, cancelling, mean, at, orders, slope):
    """A derivative of sum_j w(j) P(a+j).

    With the terms up to ``last``, unless they are ``cancelling`` or too many; else from ``slope``, that derivative of P, at the first index that matters where ``upper``,
    and at the last where not.
    """
    def summed(n, first, mean, *at):
        steps, log = family(n, first, *at, *orders)
        w, log_w = weights(n, first, mean)
        below = running(np.add, w)
        steps *= below
        return scaled(np.sum(steps, axis=0), log + log_w), scaled(below[-1], log_w)

    def from_end(n, end, *columns):
        total, weight = summed(n, *columns)
        return total + end * weight

    def from_start(n, end, first, mean, *at):
        steps, log = family(n, first, *at, *orders)
        w, log_w = weights(n, first, mean)
        above = running(np.add, w[::-1])[::-1]
        steps[:-1] *= above[1:]
        return end * scaled(above[0], log_w) - scaled(np.sum(steps[:-1], axis=0), log + log_w)

    def with_end(compute, moved):
        return lambda n, first, mean, a, *rest: tabled(compute, n, slope(a + first + moved * n, *rest), first, mean, a, *rest)

    first = beginning(peak)
    count = ending(peak) - first
    more = 60 if np.size(last) > MANY else 600  # terms that take less than what else would be done
    which = np.where(~cancelling & (last - first <= count + more), 0, np.where(upper, 2, 1))
    ways = (lambda *args: tabled(lambda *args: summed(*args)[0], *args), with_end(from_end, 1), with_end(from_start, 0))
    return by_effort(ways, which, np.where(which == 0, last - first, count), first, mean, *at)


def gamma_family(n, first, a, x, m):
    """The m-th derivative in a of h(a+j) = x**(a+j) e**-x / Gamma(a+j+1)."""
    start = a + first + 1
    r = 1 / (start + indices(n))
    steps, log = from_one(x * r), np.log(x)
    if m:
        steps *= cumulative(lambda i, _: (log if i == 1 else 0.0) - digammas(r, i - 1, psi_slope(start + (n - 1), i - 1)), m)
    return steps, (start - 1) * log - x - sp.gammaln(start)


def beta_family(n, first, a, b, x, m, k):
    """The derivative, m times in a and k times in b, of h(a+j), where h(a) = x**a (1-x)**b Gamma(a+b) / (Gamma(a+1) Gamma(b))."""
    start, both = a + first + 1, a + b + first
    j = indices(n)
    r, log, rest = 1 / (start + j), np.log(x), np.log1p(-x)
    steps = from_one(x * (both + j) * r)
    if m or k:
        s = 1 / (both + j)

        def slopes(p, q):
            y = digammas(s, p + q - 1, psi_slope(both + (n - 1), p + q - 1))
            if not q:
                y -= digammas(r, p - 1, psi_slope(start + (n - 1), p - 1))
            if not p:
                y -= psi_slope(b, q - 1)
            return y + log if (p, q) == (1, 0) else y + rest if (p, q) == (0, 1) else y

        steps *= cumulative(slopes, m, k)
    return steps, (start - 1) * log + b * rest + sp.gammaln(both) - sp.gammaln(start) - sp.gammaln(b)
