"""The derivatives of the incomplete beta function in its shapes: its continued fraction, differentiated from its end.

R. J. Boik and J. F. Robison-Cox, Derivatives of the incomplete beta function, Journal of Statistical Software 3 (1998). Relative accuracy 1e-10 for shapes from
1e-3 to 1e4.
"""

import numpy as np
import scipy.special as sp

from .effort import by_effort
from .special_gamma import digamma_rise

MOST = 1000  # pairs of terms


def fraction(n, p, q, z, second):
    """F = p + e(1) z / (p+1 + e(2) z / (p+2 + ...)), and its derivative in p, or in q where ``second``, after n pairs.

    e(2 m + 1) = -(p+m) (p+q+m) and e(2 m) = m (q-m).
    """
    f = p + (2 * n + 1 + 0 * z * q)
    slope, whole = np.full_like(f, 0.0 if second else 1.0), p + q
    for m in range(n, -1, -1):
        up, down = p + m, whole + m
        fold(f, slope, z, -up * down, -up if second else -up - down, p + 2 * m, second)
        if m:
            fold(f, slope, z, m * (q - m), m * 1.0 if second else None, p + (2 * m - 1), second)
    return f, slope


def fold(f, slope, z, e, move, start, second):
    """Make of f and its derivative those of start + e z / f; ``move`` is that of e, where it is not 0, and that of ``start`` is 0 where ``second``, else 1."""
    r = 1 / f
    share = z * r
    turned = share * e
    slope *= turned
    slope *= r
    if move is None:
        np.negative(slope, out=slope)
    else:
        share *= move
        np.subtract(share, slope, out=slope)
    if not second:
        slope += 1
    np.add(turned, start, out=f)


def rise(a, b):
    """psi(a + b) - psi(a), with care where that is small."""
    plain = np.atleast_1d(sp.psi(a + b) - sp.psi(a))
    near = b < 0.01 * a
    if np.any(near):
        a, b, near = np.broadcast_arrays(a, b, near)
        plain[near] = digamma_rise(a[near], b[near])
    return plain


def tail(n, p, q, z, log, rest, second):
    """The derivative of I = z**p (1-z)**q / (B(p, q) F) in p, or in q; log(z) and log(1-z) are given."""
    f, slope = fraction(n, p, q, z, second)
    own = rest + rise(q, p) if second else log + rise(p, q)
    return np.where((z == 0) | (z == 1), 0.0, np.exp(p * log + q * rest - sp.betaln(p, q)) / f * (own - slope / f))


def pairs(p, q, z):
    """How many pairs of terms are enough below the mean, as trials have shown: by the limit of a term's ratio to the next, later for large p and near the mean."""
    root = np.sqrt(1 - z)
    whole = p + q
    limit = 12.5 / (np.log1p(root) - np.log1p(-root))
    apart = (p / whole - z) ** 2 * whole**3 / (p * q)  # in standard deviations, squared
    return 2.5 + limit * limit / (p / 2 + np.sqrt(p * p / 4 + limit * limit)) + 3 * np.sqrt(np.minimum(p, q)) / (1 + apart / 12)


def beta_in_shape(a, b, x, second, other):
    """The derivative of scipy.special.betainc in a, or in b where ``second``, of plain numbers; by ``other`` where too many terms would be needed."""
    a, b, x = np.asarray(a), np.asarray(b), np.asarray(x)
    with np.errstate(all="ignore"):
        upper = ~(x < a / (a + b))
        count = pairs(np.where(upper, b, a), np.where(upper, a, b), np.where(upper, 1 - x, x))
        which = np.where(count > MOST, 2, upper)
    return by_effort((lambda n, a, b, x: tail(n, a, b, x, np.log(x), np.log1p(-x), second),
                      lambda n, a, b, x: -tail(n, b, a, 1 - x, np.log1p(-x), np.log(x), not second),
                      lambda n, a, b, x: other(a, b, x)), which, count, a, b, x)
