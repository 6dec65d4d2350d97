"""Spheroidal wave functions in many digits, by Flammer's recurrence for the coefficients of unnormalised Legendre functions.

M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 21.7 and 21.9.
"""

import mpmath as mp
from scipy import special as sp

from tests.rules.exact_special import difference

TERMS = 70


def solved(below, middle, above, right):
    """A tridiagonal system, by elimination."""
    pivots, rest = [middle[0]], [right[0]]
    for i in range(1, len(middle)):
        factor = below[i] / pivots[-1]
        pivots.append(middle[i] - factor * above[i - 1])
        rest.append(right[i] - factor * rest[-1])
    found = [rest[-1] / pivots[-1]]
    for i in range(len(middle) - 2, -1, -1):
        found.append((rest[i] - above[i] * found[-1]) / pivots[i])
    return found[::-1]


def coefficients(m, n, c, sign):
    """Which of the numbers k there are, the characteristic value, and d_k, by inverse iteration from SciPy's value."""
    ks, g = [(n - m) % 2 + 2 * i for i in range(TERMS)], sign * c * c
    above = [(2 * m + k + 2) * (2 * m + k + 1) * g / ((2 * m + 2 * k + 3) * (2 * m + 2 * k + 5)) for k in ks]
    middle = [(m + k) * (m + k + 1) + (2 * (m + k) * (m + k + 1) - 2 * m * m - 1) * g / ((2 * m + 2 * k - 1) * (2 * m + 2 * k + 3)) for k in ks]
    below = [k * (k - 1) * g / ((2 * m + 2 * k - 3) * (2 * m + 2 * k - 1)) for k in ks]
    value, d = mp.mpf(float((sp.pro_cv if sign > 0 else sp.obl_cv)(m, n, float(c)))) + mp.mpf(10) ** -9, [mp.mpf(10) ** -abs(k - n + m) for k in ks]
    for _ in range(8):
        u = solved(below, [b - value for b in middle], above, d)
        top = max(u, key=abs)
        i = u.index(top)
        move, d = d[i] / top, [x / top for x in u]
        if abs(move) < mp.mpf(10) ** -(mp.mp.dps - 12):
            break
        value += move
    return ks, value, d


def value(sign):
    return lambda m, n, c: coefficients(m, n, c, sign)[1]


def legendre(m, l, x):
    """Without the phase (-1)**m."""
    return (1 - x * x) ** (mp.mpf(m) / 2) * mp.rf(l - m + 1, 2 * m) / 2**m / mp.factorial(m) * mp.hyp2f1(m - l, m + l + 1, m + 1, (1 - x) / 2)


def angular(sign):
    def function(m, n, c, x):
        ks, _, d = coefficients(m, n, c, sign)
        odd = (n - m) % 2
        at = lambda l: difference(lambda x: legendre(m, l, x), [mp.mpf(0)], 0) if odd else legendre(m, l, mp.mpf(0))
        series = lambda f: mp.fsum(a * f(m + k) for k, a in zip(ks, d, strict=True) if abs(a) > mp.mpf(10) ** -90)
        return series(lambda l: legendre(m, l, x)) * at(n) / series(at)

    return function


def radial(sign, bessel):
    def function(m, n, c, x):
        ks, _, d = coefficients(m, n, c, sign)
        weights = [mp.rf(k + 1, 2 * m) * a for k, a in zip(ks, d, strict=True)]
        waves = [(-1) ** ((k + m - n) // 2) * bessel(m + k + mp.mpf(1) / 2, c * x) * mp.sqrt(mp.pi / (2 * c * x)) for k in ks]
        return (1 - sign / (x * x)) ** (mp.mpf(m) / 2) * mp.fsum(a * b for a, b in zip(weights, waves, strict=True)) / mp.fsum(weights)

    return function


def slope(function):
    """The second one of the pair."""
    return lambda *xs: difference(function, list(xs), len(xs) - 1)


def given(function):
    """The function that is given its characteristic value."""
    return lambda m, n, c, _, x: function(m, n, c, x)


def pair(function):
    return function, slope(function)


def given_pair(function):
    return given(function), given(slope(function))
