"""Spheroidal wave functions and their derivatives, p times in the variable and q times in c, by expansions in Legendre and Bessel functions.

The coefficients v of S = sum v_l P_l, over the degrees l = m, m+2, ... or m+1, m+3, ..., are an eigenvector of diag(l (l+1)) +- c**2 X, where X stands for x**2
and P_l is of norm 1; the minus sign is for oblate functions. As power series in c it follows from perturbation theory, which is exact here. Extended precision is
kept throughout, and a bound of what cancels goes with each result.
C. Flammer, Spheroidal Wave Functions (1957); M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, chapter 21.
"""

import math

import numpy as np
import scipy.special as sp

from .hypergeometric_series import WIDE
from .quadrature import cumulative

ROUNDING = 8 * np.finfo(WIDE).eps


def step(m, l):
    """a_l of x P_l = a_(l+1) P_(l+1) + a_l P_(l-1)."""
    l = np.asarray(l, WIDE)
    return np.sqrt((l * l - m * m) / (4 * l * l - 1))


def expansion(m, n, c, sign, q):
    """The degrees l, and the Taylor coefficients in c, up to the q-th, of the eigenvalue and of the eigenvector."""
    place = (n - m) // 2
    l = m + (n - m) % 2 + 2 * np.arange(place + 30 + int(1.5 * abs(c)))
    c, low, high = WIDE(c), step(m, l), step(m, l + 1)
    middle, side = low * low + high * high, high[:-1] * low[1:]

    def square(v):
        y = middle * v
        y[:-1] += side * v[1:]
        y[1:] += side * v[:-1]
        return y

    def operator(v):
        return l * (l + 1) * v + sign * c * c * square(v)

    x = np.diag(middle.astype(float)) + np.diag(side.astype(float), 1) + np.diag(side.astype(float), -1)
    values, basis = np.linalg.eigh(np.diag(l * (l + 1.0)) + sign * float(c) ** 2 * x)
    gaps = values - values[place]
    gaps[place] = np.inf
    v, value = basis[:, place].astype(WIDE), WIDE(0)

    def solved(rest):
        """Of (A - value) u = rest, the solution without v."""
        u = 0 * v
        for _ in range(3):
            u = u + basis @ ((basis.T @ (rest - operator(u) + value * u).astype(float)) / gaps)
        return u

    for _ in range(3):
        v = v / np.sqrt(np.sum(v * v))
        value = np.sum(v * operator(v))
        v = v - basis @ ((basis.T @ (operator(v) - value * v).astype(float)) / gaps)
    v = v / np.sqrt(np.sum(v * v))
    found, vectors = [np.sum(v * operator(v))], [v]
    for k in range(1, q + 1):
        rest = -2 * sign * c * square(vectors[k - 1]) - (sign * square(vectors[k - 2]) if k > 1 else 0)
        found.append(-np.sum(v * rest))
        vectors.append(solved(rest + sum(found[i] * vectors[k - i] for i in range(1, k + 1))))
    last = 1 + max(int(np.flatnonzero(np.abs(u) > np.finfo(WIDE).eps * np.max(np.abs(u)))[-1]) for u in vectors)
    return l[:last], found, [u[:last] for u in vectors]


def edge(m, x, i):
    """The i-th derivative of (1 - x**2)**(m/2)."""
    def falling(k):
        return math.prod((m / 2 - j for j in range(k)), start=1.0)

    parts = [(-1) ** k * math.comb(i, k) * falling(k) * falling(i - k) * (1 - x) ** (m / 2 - k) * (1 + x) ** (m / 2 - i + k) for k in range(i + 1) if falling(k) * falling(i - k)]
    return sum(parts, start=0 * x)


def legendre(m, l, x, p):
    """The p-th derivatives of all P_l, with (1 - x**2)**(m/2) for P_m."""
    x = np.asarray(x, WIDE)
    jets, before, found = [edge(m, x, i) for i in range(p + 1)], [0 * x] * (p + 1), []
    for k in range(m, int(l[-1]) + 1):
        if k >= l[0] and (k - l[0]) % 2 == 0:
            found.append(jets[p])
        jets, before = [(x * jets[i] + (i * jets[i - 1] if i else 0) - step(m, k) * before[i]) / step(m, k + 1) for i in range(p + 1)], jets
    return np.stack(found)


def quotient(above, below):
    """The Taylor coefficients of a quotient."""
    found = []
    for k, a in enumerate(above):
        found.append((a - sum(below[i] * found[k - i] for i in range(1, k + 1))) / below[0])
    return found


def at_the_middle(m, n):
    """The associated Legendre function of degree n at 0 where n - m is even, else its slope there; without the phase (-1)**m."""
    odd = (n - m) % 2
    return (-1) ** ((n - m) // 2) * math.prod(range(n + m - 1 + odd, 0, -2)) / WIDE(math.prod(range(n - m - odd, 0, -2)))


def angular(m, n, c, x, sign, p, q):
    """The function of the angle with its error bound and its scale: that of the derivative or the function."""
    l, _, vectors = expansion(m, n, c, sign, q)
    odd = (n - m) % 2
    sums = [legendre(m, l, x, i) for i in range(p + 1)]
    middle = legendre(m, l, np.zeros(1), odd)[:, 0]
    below = [np.sum(v * middle) for v in vectors]
    factor, growth = at_the_middle(m, n), 1 + max(float(np.max(np.abs(v))) for v in vectors)
    value = quotient([np.sum(v[:, None] * sums[p], axis=0) for v in vectors], below)[q] * factor * math.factorial(q)
    plain = [np.sum(vectors[0][:, None] * s, axis=0) / below[0] for s in sums]
    lost = (np.sum(np.abs(sums[p]), axis=0) + np.abs(plain[p]) * np.sum(np.abs(middle))) / np.abs(below[0])
    return value, ROUNDING * growth ** (q + 1) * math.factorial(q) * np.abs(factor) * lost, np.abs(factor) * sum(np.abs(s) for s in plain)


def spherical(l, z, order):
    """The derivatives of the spherical Bessel functions of the degrees l, up to the given order."""
    k = np.arange(int(l[0]) - order, int(l[-1]) + order + 1)
    table, found = np.where(k[:, None] >= 0, sp.spherical_jn(np.maximum(k, 0)[:, None], z), 0.0), []
    for _ in range(order + 1):
        found.append(table[l - k[0]])
        k = k[1:-1]
        table = (k[:, None] * table[:-2] - (k[:, None] + 1) * table[2:]) / (2 * k[:, None] + 1)
    return found


def radial(m, n, c, x, sign, p, q):
    """The radial function of the first kind, likewise."""
    l, _, vectors = expansion(m, n, c, sign, q)
    k = l[:-1].astype(WIDE)
    rise = np.sqrt((2 * l + 1) * np.cumprod(np.concatenate([[WIDE(1)], (k + 1 + m) * (k + 2 + m) / ((k + 1 - m) * (k + 2 - m))])))
    bessel = spherical(l, c * x, max(p, 1) + q)
    signed = [np.where((l - n) // 2 % 2 == 0, 1, -1) * rise * v for v in vectors]
    below = [np.sum(rise * v) for v in vectors]
    a = 1.0 if sign > 0 else 1j

    def in_front(i, _):
        return m * (-1) ** (i - 1) * math.factorial(i - 1) * (0.5 * ((x - a) ** -i + (x + a) ** -i).real - x**-i) if m else 0.0

    def wave(i, j):
        """The i-th derivative in x of the j-th Taylor coefficient in c of each Bessel function."""
        return sum(math.comb(i, k) * math.perm(j, k) * x ** (j - k) * c ** (i - k) * bessel[i - k + j] for k in range(min(i, j) + 1)) / math.factorial(j)

    front = np.abs(1 - sign / (x * x)) ** (m / 2)
    fronts = [front * cumulative(in_front, i) for i in range(p + 1)]
    waves = {(i, j): wave(i, j) for i in range(max(p, 1) + 1) for j in range(q + 1)}

    def sums(i, j, f=lambda x: x):
        return sum(np.sum(f(signed[j - k][:, None] * waves[i, k]), axis=0) for k in range(j + 1))

    above = [sum(math.comb(p, i) * fronts[p - i] * sums(i, j) for i in range(p + 1)) for j in range(q + 1)]
    value = quotient(above, below)[q] * math.factorial(q)
    noise = np.finfo(float).eps * 10 * np.abs(vectors[0]) + ROUNDING
    size = sum(math.comb(p, i) * np.abs(fronts[p - i]) * np.sum((noise * rise)[:, None] * np.abs(waves[i, j]), axis=0) for i in range(p + 1) for j in range(q + 1))
    growth = (1 + max(float(np.max(np.abs(v))) for v in vectors)) ** (q + 1) * math.factorial(q)
    plain = sum(np.abs(front * sums(i, 0) / below[0]) for i in range(2))
    lost = size + np.abs(plain * below[0]) * ROUNDING * np.sum(rise) / np.abs(below[0])
    return value, growth * lost / np.abs(below[0]), np.abs(plain)


def characteristic(m, n, c, sign, q):
    """The q-th derivative in c of the characteristic value."""
    return expansion(m, n, c, sign, q)[1][q] * math.factorial(q)
