"""Spheroidal wave functions and their derivatives, p times in the variable and q times in c, by expansions in Legendre and Bessel functions, of many entries at once.

The coefficients v of S = sum v_l P_l, over the degrees l = m, m+2, ... or m+1, m+3, ..., are an eigenvector of diag(l (l+1)) +- c**2 X, where X stands for x**2
and P_l is of norm 1; the minus sign is for oblate functions. As power series in c it follows from perturbation theory, which is exact here. A bound of what cancels
goes with each result, so that extended precision is taken where it is needed.
C. Flammer, Spheroidal Wave Functions (1957); M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, chapter 21.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import scipy.special as sp

from .quadrature import cumulative
from .tridiagonal import eigenpair, moved

SAFE, VALUES = 32, 10  # roundings in a coefficient, and in a Bessel function
LEAST = 1e-250  # the size of a Bessel function below which others are not made from it


class Point(NamedTuple):
    """The parameters and the variable of entries, all of which have the same parity n - m and are expanded in the same number of degrees, in one precision."""

    m: Any
    n: Any
    c: Any
    x: Any
    near: Any
    sign: int
    odd: bool
    size: int

    @property
    def degrees(self):
        """The degrees of the expansion."""
        return self.m + self.odd + 2 * np.arange(self.size, dtype=self.c.dtype)[:, None]

    @property
    def rounding(self):
        """The relative error of a coefficient, as a rule."""
        return SAFE * np.finfo(self.c.dtype).eps


def step(m, l):
    """a_l of x P_l = a_(l+1) P_(l+1) + a_l P_(l-1)."""
    return np.sqrt((l * l - m * m) / (4 * l * l - 1))


def expansion(point, q, whole=True):
    """The Taylor coefficients in c, up to the q-th, of the eigenvalue and of the eigenvector (those before the q-th, unless ``whole``)."""
    m, c, sign, l = point.m, point.c, point.sign, point.degrees
    low, high = step(m, l), step(m, l + 1)
    middle, side = low * low + high * high, high[:-1] * low[1:]

    def square(v):
        y = middle * v
        y[:-1] += side * v[1:]
        y[1:] += side * v[:-1]
        return y

    g = sign * c * c
    pair = eigenpair(l * (l + 1) + g * middle, g * side, point.near, ((point.n - m) // 2).astype(int))
    return moved(pair, [lambda v: 2 * sign * c * square(v), lambda v: sign * square(v)], q, whole)


def doubt(vectors):
    """What a rounding error of each coefficient is a multiple of: it and its neighbours, and what is left of the last one, as there are more."""
    size = sum(np.abs(v) for v in vectors)
    found = size + size[-1] / np.finfo(size.dtype).eps
    found[1:] += size[:-1]
    found[:-1] += size[1:]
    return found


def edges(m, x, top):
    """The derivatives of (1 - x**2)**(m/2), up to the given one, by those of its factors."""
    falling = [math.prod((m / 2 - j for j in range(k)), start=1.0) for k in range(top + 1)]
    left, right = ([f * y ** (m / 2 - k) for k, f in enumerate(falling)] for y in (1 - x, 1 + x))
    return [sum((-1) ** k * math.comb(i, k) * left[k] * right[i - k] for k in range(i + 1)) for i in range(top + 1)]


def legendre(point, x, top):
    """The derivatives up to the given one of all P_l, with (1 - x**2)**(m/2) for P_m."""
    count = 2 * point.size - 1 + point.odd
    steps = step(point.m, point.m + np.arange(1, count + 1, dtype=x.dtype)[:, None])
    found = np.empty((count, top + 1, *np.broadcast_shapes(x.shape, point.m.shape)), x.dtype)
    found[0] = edges(point.m, x, top)
    times = np.arange(1, top + 1, dtype=x.dtype)[:, None]
    for k in range(1, count):
        now = x * found[k - 1]
        if top:
            now[1:] += times * found[k - 1, :-1]
        if k > 1:
            now -= steps[k - 2] * found[k - 2]
        np.divide(now, steps[k - 1], out=found[k])
    return found[int(point.odd)::2]


def central(point):
    """All P_l at 0, or their slopes there where n - m is odd: P_(l+1)' = (2 l + 3) a_(l+1) P_l."""
    m, l = point.m, point.degrees - int(point.odd)
    after = l[:-1] + 1
    found = np.cumprod(np.concatenate([np.ones_like(l[:1]), -step(m, after) / step(m, after + 1)]), axis=0)
    return found * (2 * l + 3) * step(m, l + 1) if point.odd else found


def quotient(above, below):
    """The Taylor coefficients of a quotient."""
    found = []
    for k, a in enumerate(above):
        found.append((a - sum(below[i] * found[k - i] for i in range(1, k + 1))) / below[0])
    return found


def at_the_middle(m, n):
    """The associated Legendre function of degree n at 0 where n - m is even, else its slope there; without the phase (-1)**m."""
    odd = (n - m) % 2
    return (-1) ** ((n - m) // 2) * math.prod(range(n + m - 1 + odd, 0, -2)) / np.longdouble(math.prod(range(n - m - odd, 0, -2)))


def middles(point):
    """The same of all entries."""
    pairs, place = np.unique((64 * point.m + point.n).astype(int), return_inverse=True)
    return np.array([at_the_middle(*divmod(int(pair), 64)) for pair in pairs], point.c.dtype)[place]


def summed(weights, rows):
    """The sums over the degrees of rows of derivatives."""
    return np.add.reduce(weights[:, None] * rows)


def angular(point, p, q):
    """The function of the angle and its derivative with their error bounds and their scales: those of the derivative or the function."""
    _, vectors = expansion(point, q)
    rows = legendre(point, point.x, p + 1)
    middle = central(point)
    below = [np.add.reduce(v * middle) for v in vectors]
    factor, growth, weight = middles(point), 1 + np.max(np.abs(vectors), axis=(0, 1)), doubt(vectors)
    plain = summed(vectors[0], rows) / below[0]
    value = quotient([summed(v, rows[:, p:]) for v in vectors], below)[q] * factor * math.factorial(q)
    lost = (summed(weight, np.abs(rows[:, p:])) + np.abs(plain[p:]) * np.add.reduce(weight * np.abs(middle))) / np.abs(below[0])
    return value, point.rounding * growth ** (q + 1) * math.factorial(q) * np.abs(factor) * lost, np.abs(factor) * np.cumsum(np.abs(plain), axis=0)[p:]


def bessel(l, z):
    """The spherical Bessel functions of successive degrees, from the last two downwards; 0 for degrees below 0, and NaN where the last ones are too small for that."""
    top, found = sp.spherical_jn(np.maximum(l[-2:], 0).astype(int), z), (2 * l + 1) / z
    found[-2:], factors = np.where(np.add.reduce(np.abs(top)) > LEAST, top, np.nan), found[:-1].copy()
    for k in range(len(l) - 2, 0, -1):
        np.multiply(factors[k], found[k], out=found[k - 1])
        found[k - 1] -= found[k + 1]
    return np.where(l >= 0, found, 0.0)


def spherical(point, order):
    """The derivatives of the spherical Bessel functions of the degrees, up to the given order."""
    k = (point.m + point.odd - order + np.arange(2 * (point.size + order) - 1)[:, None]).astype(float)
    z = (point.c * point.x).astype(float)
    table, found = bessel(k, z), []
    if np.isnan(table).any():
        table = np.where(k >= 0, sp.spherical_jn(np.maximum(k, 0).astype(int), z), 0.0)
    for i in range(order + 1):
        found.append(table[order - i: len(table) - order + i: 2])
        k = k[1:-1]
        table = (k * table[:-2] - (k + 1) * table[2:]) / (2 * k + 1)
    return found


def fronts(point, top):
    """The factor (1 -+ 1 / x**2)**(m/2) and its derivatives."""
    m, x, a = point.m, point.x, 1.0 if point.sign > 0 else 1j

    def slopes(i, _):
        return m * (-1) ** (i - 1) * math.factorial(i - 1) * (0.5 * ((x - a) ** -i + (x + a) ** -i).real - x**-i)

    front = np.abs(1 - point.sign / (x * x)) ** (m / 2)
    return [front * cumulative(slopes, i) for i in range(top + 1)]


def radial(point, p, q):
    """The radial function of the first kind, likewise."""
    m, c, x, l = point.m, point.c, point.x, point.degrees
    _, vectors = expansion(point, q)
    k = l[:-1]
    rise = np.sqrt((2 * l + 1) * np.cumprod(np.concatenate([np.ones_like(l[:1]), (k + 1 + m) * (k + 2 + m) / ((k + 1 - m) * (k + 2 - m))]), axis=0))
    signed = [np.where((l - point.n) // 2 % 2 == 0, 1, -1) * rise * v for v in vectors]
    below, weight = [np.add.reduce(rise * v) for v in vectors], rise * doubt(vectors) * point.rounding
    noise = weight + VALUES * np.finfo(float).eps * rise * sum(np.abs(v) for v in vectors)
    jets, front = spherical(point, p + 1 + q), fronts(point, p + 1)

    def wave(i, j):
        """The i-th derivative in x of the j-th Taylor coefficient in c of each Bessel function."""
        return sum(math.comb(i, k) * math.perm(j, k) * x ** (j - k) * c ** (i - k) * jets[i - k + j] for k in range(min(i, j) + 1)) / math.factorial(j)

    waves = {(i, j): wave(i, j) for i in range(p + 2) for j in range(q + 1)}
    sums = {(i, j): sum(np.add.reduce(signed[j - k] * waves[i, k]) for k in range(j + 1)) for i, j in waves}
    loss = {place: np.add.reduce(noise * np.abs(w)) for place, w in waves.items()}
    growth = (1 + np.max(np.abs(vectors), axis=(0, 1))) ** (q + 1) * math.factorial(q)
    plain = sum(np.abs(front[0] * sums[i, 0] / below[0]) for i in range(2))
    found = []
    for r in (p, p + 1):
        above = [sum(math.comb(r, i) * front[r - i] * sums[i, j] for i in range(r + 1)) for j in range(q + 1)]
        size = sum(math.comb(r, i) * np.abs(front[r - i]) * loss[i, j] for i in range(r + 1) for j in range(q + 1))
        found.append((quotient(above, below)[q] * math.factorial(q), growth * (size + plain * np.add.reduce(weight)) / np.abs(below[0]), np.abs(plain)))
    return tuple(np.stack(np.broadcast_arrays(*part)) for part in zip(*found, strict=True))


def characteristic(point, q):
    """The q-th derivative in c of the characteristic value."""
    return expansion(point, q, False)[0][q] * math.factorial(q)
