"""Taylor coefficients in one or two parameters, carried through series and continued fractions.

Those of a number are a list in the order of ``places(m, n)``: h**i k**j with i <= m, j <= n, lower ones first. None is a coefficient that is 0.
A. Griewank, A. Walther, Evaluating Derivatives (2008), chapter 13.
"""

import functools
import itertools
import math

import numpy as np

from .quadrature import cumulative


@functools.cache
def places(m, n=0):
    """The exponents of each coefficient."""
    return list(itertools.product(range(m + 1), range(n + 1)))


@functools.cache
def splits(m, n=0):
    """For each coefficient of a product the places of its factors, the first factor's lowest first."""
    order = places(m, n)
    return [[(p, order.index((i - k, j - l))) for p, (k, l) in enumerate(order) if k <= i and l <= j] for i, j in order]


def summed(first, second, pairs, total=None):
    """The sum of products at pairs of places, and of ``total``."""
    for p, q in pairs:
        if first[p] is not None and second[q] is not None:
            share = first[p] * second[q]
            total = share if total is None else np.add(total, share, out=share)
    return total


def quotient(z, f, table):
    """The coefficients of -z / f, where z is one number or array, or None for 1, by the table of ``splits``."""
    own = -1 / f[0]
    turned = [None, *(None if x is None else x * own for x in f[1:])]
    found = [own if z is None else own * z]
    for pairs in table[1:]:
        found.append(summed(turned, found, pairs))
    return found


def fold(f, start, e, z, table):
    """The coefficients of start - e z / f."""
    r = quotient(z, f, table)
    return [summed(e, r, pairs, at) for pairs, at in zip(table, start, strict=True)]


def derivative(slopes, coefficients, m, n=0):
    """The (m, n)-th derivative of exp(f) g over exp(f): ``slopes(i, j)`` is that of f, and the coefficients are those of g."""
    total = 0.0
    for (i, j), own in zip(places(m, n), coefficients, strict=True):
        if own is not None:
            total = total + cumulative(slopes, m - i, n - j) * own * (math.perm(m, i) * math.perm(n, j))
    return total
