"""scipy.special: the gamma function, its logarithm and logarithmic derivatives, the zeta function, and what is made of them."""

import functools
import math

import numpy as np
import scipy.special as sp

from ..core.rows import constant, elementwise
from ..core.tracer import Tracer, apply, passive
from .arithmetic import number
from .quadrature import blockwise, entrywise, gauss, masked, within

BERNOULLI = sp.bernoulli(40)
QUICK = 4  # the order up to which Stirling's series has all digits after 6 + 2 n steps


def euler_maclaurin(s, q, m, shift):
    """The m-th derivative in s of zeta(s, q), by Euler and Maclaurin's formula after ``shift`` terms; columns of plain numbers.

    The derivatives are carried as Taylor coefficients in s.
    """
    k = np.arange(shift)
    lead = np.sum((q + k) ** -s * (-np.log(q + k)) ** m, axis=-1) / math.factorial(m)
    s, q = s[:, 0], q[:, 0] + shift
    minus = -np.log(q)
    power = [q**-s * minus**j / math.factorial(j) for j in range(m + 1)]
    inverse = [(-1.0) ** j / (s - 1) ** (j + 1) for j in range(m + 1)]
    total = lead + q * product(power, inverse, m)[m] + power[m] / 2
    rising = [s, np.ones_like(s), *[np.zeros_like(s)] * m][: m + 1]
    for j in range(1, 15):
        total = total + BERNOULLI[2 * j] / math.factorial(2 * j) * product(power, rising, m)[m] * q ** (1 - 2 * j)
        for step in (2 * j - 1, 2 * j):
            rising = [(s + step) * c + (rising[i - 1] if i else 0.0) for i, c in enumerate(rising)]
    return total * math.factorial(m)


FACTORS = {4: (2, 2), 6: (2, 3), 8: (2, 4), 9: (3, 3), 10: (2, 5), 12: (3, 4), 14: (2, 7), 15: (3, 5), 16: (4, 4)}


def riemann_slope(s):
    """The same for m = 1, q = 1, of a vector: powers of composite numbers are products, and the series ends where it adds nothing."""
    power = {p: np.exp(-math.log(p) * s) for p in (2, 3, 5, 7, 11, 13)}
    for k, (i, j) in FACTORS.items():
        power[k] = power[i] * power[j]
    total, log, w, r = np.zeros_like(s), math.log(16), power.pop(16), 1 / (s - 1)
    for k, part in power.items():
        total -= math.log(k) * part
    total -= w * (16 * r * (log + r) + log / 2)
    rising, slope = s, np.ones_like(s)  # of s (s + 1) ... (s + 2 j - 2), in s
    for j in range(1, 15):
        more = BERNOULLI[2 * j] / math.factorial(2 * j) * 16.0 ** (1 - 2 * j) * w * (slope - log * rising)
        total += more
        if not np.any(np.abs(more) > 1e-17 * np.abs(total)):
            break
        for step in (2 * j - 1, 2 * j):
            rising, slope = (s + step) * rising, (s + step) * slope + rising
    return total


def product(a, b, m):
    """The first Taylor coefficients of a product."""
    return [sum(a[j] * b[i - j] for j in range(i + 1)) for i in range(m + 1)]


def whole_power(x, n):
    """X**n by products."""
    return functools.reduce(np.multiply, [x] * n)


def stirling(x, n):
    """The n-th derivative of the digamma function of plain numbers, over (-1)**(n+1) n!: 6 + 2 n steps upwards, and Stirling's series there, NIST DLMF 5.15.9.

    SciPy's zeta function where x is not positive.
    """
    shift, total = 6 + 2 * n, np.zeros_like(x)
    for k in range(shift):
        total += whole_power(1 / (x + k), n + 1)
    r = 1 / (x + shift)
    u = r * r
    series = np.zeros_like(x)
    for k in range(10, 0, -1):
        series *= u
        series += BERNOULLI[2 * k] * math.comb(2 * k + n - 1, n - 1) / n
    total += whole_power(r, n) * (1 / n + r / 2 + series * u)
    rest = ~(x > 0)
    if np.any(rest):
        total[rest] = sp.zeta(n + 1.0, x[rest])
    return total


def polygamma(x, n):
    """The n-th derivative of the digamma function, n > 0."""
    if isinstance(x, Tracer):
        return apply(polygamma, (x, n), {})
    x = np.asarray(x)
    sign = (-1.0) ** (n + 1) * math.factorial(n)
    if x.dtype.kind != "c":
        if n <= QUICK:
            return blockwise(lambda x: sign * stirling(x, n), x)
        with np.errstate(all="ignore"):
            return (sign * sp.zeta(n + 1.0, x)).astype(np.result_type(x, np.float16))[()]
    shift = 15 + int(max(0.0, -np.min(x.real, initial=0.0)))
    return sign * entrywise(lambda z: euler_maclaurin(np.full_like(z, n + 1.0), z, 0, shift), x)


def psi_slope(a, i):
    """The i-th derivative of psi."""
    return polygamma(a, i) if i else sp.psi(a)


def digamma_rise(a, b):
    """psi(a + b) - psi(a), without cancellation where a and a + b are positive."""
    if isinstance(a, Tracer) or isinstance(b, Tracer):
        return apply(digamma_rise, (a, b), {})
    return blockwise(plain_rise, a, b)


def reflected_psi(x):
    """psi of plain numbers, for those below 0 by psi(1 - x) - pi cot(pi x): SciPy's own takes a hundred times as long there as above."""
    below = x < 0
    if not below.any():
        return sp.psi(x)
    part = x - np.round(x)
    below &= part != 0
    y = sp.psi(np.where(below, 1 - x, x))
    y[below] -= math.pi / np.tan(math.pi * part[below])
    return y


def plain_rise(p, q):
    """The same of plain numbers: where the difference is small, as 12 steps upwards and the difference of two of Stirling's series, term by term."""
    low = reflected_psi(p)
    plain = reflected_psi(p + q) - low
    near = (p > 0) & (p + q > 0) & (np.abs(plain) < 0.05 * np.maximum(np.abs(low), 1))
    if not near.any():
        return plain
    p, q = p[near], q[near]
    c = p + 12
    d = c + q
    total = np.log1p(q / c) + q / (2 * c * d)
    for k in range(12):
        step = p + k
        total += q / (step * (step + q))
    u, v = 1 / (c * c), 1 / (d * d)
    sums, power = np.ones_like(u), v  # u**k - v**k = (u - v) sums
    fall = q * (c + d) * u * v  # u - v
    series = np.zeros_like(u)
    for k in range(1, 10):
        series += BERNOULLI[2 * k] / (2 * k) * sums
        sums = sums * u + power
        power = power * v
    plain[near] = total + fall * series
    return plain


def polygamma_rise(a, b, n):
    """The n-th derivative of psi at a + b less that at a, n > 0."""
    if isinstance(a, Tracer) or isinstance(b, Tracer):
        return apply(polygamma_rise, (a, b, n), {})
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return polygamma(a + b, n) - polygamma(a, n)
    return blockwise(lambda p, q: plain_polygamma_rise(p, q, n), a, b)


def plain_polygamma_rise(p, q, n):
    """The same of plain numbers: where it is small, an integral over the way from one to the other."""
    y, near = polygamma(p + q, n) - polygamma(p, n), np.abs(q) < p / 2
    if not near.any():
        return y
    p, q = p[near], q[near]
    y[near] = q * sum(weight * polygamma(p + node * q, n + 1) for node, weight in zip(*gauss(8), strict=True))
    return y


elementwise(polygamma_rise, lambda y, a, b, n: polygamma_rise(a, b, n + 1), lambda y, a, b, n: polygamma(a + b, n + 1), None,
            domain=[lambda rng, s=s: ((rng.uniform(0.5, 3.0, 3), s * rng.uniform(0.5, 3.0, 3), 1), {}) for s in (0.05, 1.0)])
elementwise(polygamma, lambda y, x, n: polygamma(x, n + 1), None, domain=[lambda rng: ((rng.uniform(0.3, 3.0, 4), 1), {}), lambda rng: ((np.array([-0.4 + 1j, 2 - 3j]), 2), {})])
elementwise(digamma_rise, lambda y, a, b: polygamma_rise(a, b, 1), lambda y, a, b: polygamma(a + b, 1), domain=(0.3, 2.0))
elementwise(sp.psi, lambda y, x: polygamma(x, 1), domain=(0.3, 3.0), name="scipy.special.psi")
elementwise(sp.gamma, lambda y, x: y * sp.psi(x), domain=(0.3, 3.0))
elementwise(sp.gammaln, lambda y, x: sp.psi(x), domain=(0.3, 3.0))
elementwise(sp.loggamma, lambda y, x: sp.psi(x), domain=(0.3, 3.0))


def rgamma_slope(y, x):
    """-psi / gamma; on the left by reflection, which holds at the poles of gamma too."""
    left = np.real(passive(x)) < 0.5
    z = 1 - masked(x, left, 0.0)
    mirrored = sp.gamma(z) * (np.cos(np.pi * z) * -1 - np.sin(np.pi * z) * sp.psi(z) / np.pi)
    return number(np.where(left, mirrored, -masked(y, ~left, 0.0) * sp.psi(masked(x, ~left, 1.0))))


elementwise(sp.rgamma, rgamma_slope, domain=(-1.5, 2.5))
constant(sp.gammasgn)

elementwise(sp.beta, lambda y, a, b: -y * digamma_rise(a, b), lambda y, a, b: -y * digamma_rise(b, a), domain=(0.3, 2.0))
elementwise(sp.betaln, lambda y, a, b: -digamma_rise(a, b), lambda y, a, b: -digamma_rise(b, a), domain=(0.3, 2.0))
elementwise(sp.binom, lambda y, n, k: y * digamma_rise(n - k + 1, k), lambda y, n, k: y * digamma_rise(k + 1, n - 2 * k), domain=(0.3, 2.0))
elementwise(sp.poch, lambda y, a, m: y * digamma_rise(a, m), lambda y, a, m: y * sp.psi(a + m), domain=(0.3, 2.0))


def zeta_slope(s, q, m):
    """The m-th derivative in s of the zeta function of Hurwitz, for q > 0 and s >= -2 (it raises beyond); relative accuracy 1e-10."""
    if isinstance(s, Tracer) or isinstance(q, Tracer):
        return apply(zeta_slope, (s, q, m), {})
    within("scipy.special.zeta in s", (np.asarray(s) < -2) | (np.asarray(q) <= 0), "s >= -2 and q > 0")
    if m == 1 and type(q) is float and q == 1 and not np.iscomplexobj(s):
        return blockwise(riemann_slope, s)
    return entrywise(lambda s, q: euler_maclaurin(s, q, m, 15), s, q)


elementwise(zeta_slope, lambda y, s, q, m: zeta_slope(s, q, m + 1), lambda y, s, q, m: -s * zeta_slope(s + 1, q, m) - (m * zeta_slope(s + 1, q, m - 1) if m else 0.0), None,
            domain=[lambda rng: ((rng.uniform(1.5, 3.0, 3), rng.uniform(0.3, 2.0, 3), 1), {}), lambda rng: ((rng.uniform(1.5, 3.0, 3), rng.uniform(0.3, 2.0, 3), 2), {})])
elementwise(sp._ufuncs._zeta, lambda y, s, q: zeta_slope(s, q, 1), lambda y, s, q: -s * sp._ufuncs._zeta(s + 1, q), domain=(1.3, 3.0), name="scipy.special.zeta (of Hurwitz)")
elementwise(sp._ufuncs._riemann_zeta, lambda y, s: zeta_slope(s, 1.0, 1), domain=(1.3, 3.0), name="scipy.special.zeta (of Riemann)")
elementwise(sp.zetac, lambda y, s: zeta_slope(s, 1.0, 1), domain=(1.3, 3.0))
