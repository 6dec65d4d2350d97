"""NumPy's functions of polynomials: evaluation, arithmetic, calculus, fits and roots. Coefficients come highest power first."""

import warnings

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.rows import composite, decomposed
from ..core.tracer import Tracer, apply, concrete, meta, passive
from .arithmetic import number
from .products import array
from .signals import convolved, vector


def like_them(result, *polynomials):
    """A np.poly1d where one was given."""
    return np.poly1d(result) if any(isinstance(p, np.poly1d) for p in polynomials) else result


def polyval(p, x):
    """np.polyval by Horner's scheme."""
    p = array(p)
    if isinstance(x, np.poly1d):
        raise NoRuleError(f"np.polyval has no derivative rule for a polynomial in the place of x{at_line()}. Multiply the coefficients with np.polymul.")
    x = array(x)
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def polyadd(a1, a2, sign=1):
    """np.polyadd: the shorter one gets leading zeros."""
    a, b = vector(a1), vector(a2)
    n = max(a.shape[0], b.shape[0])
    a, b = (np.concatenate([np.zeros(n - x.shape[0], x.dtype), x]) if x.shape[0] < n else x for x in (a, b))
    return like_them(a + b if sign > 0 else a - b, a1, a2)


def without_leading_zeros(p):
    """The coefficients as np.poly1d keeps them."""
    p = vector(p)
    if p.ndim > 1:
        raise ValueError("Polynomial must be 1d only.")
    nonzero = np.flatnonzero(concrete(p) != 0)
    return p[int(nonzero[0]):] if nonzero.size else np.zeros(1, p.dtype)


def polymul(a1, a2):
    """np.polymul: a convolution."""
    return like_them(convolved(without_leading_zeros(a1), without_leading_zeros(a2), "full"), a1, a2)


def polydiv(u, v):
    """np.polydiv by long division."""
    r, divisor = vector(u) + 0.0, vector(v) + 0.0
    kind = np.result_type(r.dtype, divisor.dtype)
    r = r.astype(kind)
    m, n = r.shape[0] - 1, divisor.shape[0] - 1
    scale = 1.0 / divisor[0]
    q = []
    for k in range(m - n + 1):
        q.append(scale * r[k])
        r = np.concatenate([r[:k], r[k:k + n + 1] - q[-1] * divisor, r[k + n + 1:]])
    while r.shape[0] > 1 and np.allclose(passive(r[0]), 0, rtol=1e-14):
        r = r[1:]
    quotient = np.stack(q).astype(kind) if q else np.zeros(1, kind)
    return like_them(quotient, u, v), like_them(r, u, v)


def polyder(p, m=1):
    """np.polyder."""
    m = int(m)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    y = array(p)
    for _ in range(m):
        y = y[:-1] * np.arange(y.shape[0] - 1, 0, -1)
    return like_them(y, p)


def polyint(p, m=1, k=None):
    """np.polyint, in its constants too."""
    m = int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    k = np.zeros(m) if k is None else vector(k)
    if k.shape[0] == 1 and m > 1:
        k = np.broadcast_to(k, (m,))
    if k.shape[0] < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    y = array(p)
    for i in range(m):
        y = np.concatenate([y / np.arange(y.shape[0], 0, -1), k[i:i + 1]])
    return like_them(y, p)


def poly(seq_of_zeros):
    """np.poly: the product of (x - zero); of a matrix, its characteristic polynomial."""
    zeros = vector(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] and zeros.size:
        zeros = np.linalg.eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    if not zeros.shape[0]:
        return 1.0
    one = np.ones(1, meta(zeros)[1])
    y = one
    for k in range(zeros.shape[0]):
        y = convolved(y, np.concatenate([one, -zeros[k:k + 1]]), "full")
    plain = np.asarray(concrete(zeros))
    return np.real(y) if plain.dtype.kind == "c" and np.all(np.sort(plain) == np.sort(plain.conj())) else y


decomposed(np.polyval, polyval)
decomposed(np.polyadd, lambda a1, a2: polyadd(a1, a2))
decomposed(np.polysub, lambda a1, a2: polyadd(a1, a2, -1))
decomposed(np.polymul, polymul)
decomposed(np.polydiv, polydiv)
decomposed(np.polyder, polyder)
decomposed(np.polyint, polyint)
decomposed(np.poly, poly)


def roots_of(p):
    """np.roots of an array, as complex numbers."""
    return apply(roots_of, (p,), {}) if isinstance(p, Tracer) else np.roots(p).astype(np.result_type(p, np.complex64))


def roots_tangent(t, y, p):
    """- t(y) / p'(y): by how much a root must move to stay one. Where roots coincide it does not exist, and is not finite."""
    return -polyval(t, y) / polyval(polyder(p), y)


composite(roots_of, roots_tangent, name="np.roots (as complex numbers)")


def roots(p):
    """np.roots, real where NumPy finds that they all are."""
    p = vector(p)
    plain = np.roots(np.asarray(concrete(p)))
    if not plain.size:
        return plain
    y = roots_of(p)
    return y if plain.dtype.kind == "c" else np.real(y).astype(plain.dtype)


decomposed(np.roots, roots, notes="of a multiple root the derivative is not finite")


def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """np.polyfit: least squares on scaled powers, in x, y and the weights."""
    x, y, order = array(x) + 0.0, array(y) + 0.0, int(deg) + 1
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1 or not x.size or y.ndim not in (1, 2) or x.shape[0] != y.shape[0]:
        raise TypeError("expected a 1D vector for x, and a 1D or 2D array of the same length for y")
    rcond = x.shape[0] * np.finfo(x.dtype).eps if rcond is None else rcond
    lhs, rhs = np.vander(x, order), y
    if w is not None:
        w = array(w) + 0.0
        if w.ndim != 1 or w.shape[0] != y.shape[0]:
            raise TypeError("expected a 1-d array for weights of the same length as y")
        lhs = lhs * np.expand_dims(w, 1)
        rhs = rhs * (np.expand_dims(w, 1) if y.ndim == 2 else w)
    scale = np.sqrt(np.sum(lhs * lhs, axis=0))
    lhs = lhs / scale
    c, residuals, rank, s = np.linalg.lstsq(lhs, rhs, rcond)
    c = (c.T / scale).T
    if rank != order and not full:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=2)
    if full:
        return c, residuals, rank, s, rcond
    return (c, spread_of(lhs, scale, residuals, y, cov)) if cov else c


def spread_of(lhs, scale, residuals, y, cov):
    """The covariance of the coefficients."""
    base = np.linalg.inv(np.matmul(lhs.T, lhs)) / np.outer(scale, scale)
    free = lhs.shape[0] - lhs.shape[1]
    if cov != "unscaled" and free <= 0:
        raise ValueError("the number of data points must exceed order to scale the covariance matrix")
    factor = 1 if cov == "unscaled" else residuals / free
    return base * factor if y.ndim == 1 else np.expand_dims(base, 2) * factor


decomposed(np.polyfit, polyfit)


def horner(x, c, broadcast):
    """The polynomial with coefficients c, lowest power first, along its first axis; ``broadcast``: at all x for each of its other axes."""
    if broadcast:
        c = np.reshape(c, c.shape + (1,) * x.ndim)
    y = c[-1] + x * 0
    for k in range(c.shape[0] - 2, -1, -1):
        y = c[k] + y * x
    return y


def polyval2d(x, y, c):
    """np.polynomial.polynomial.polyval2d."""
    x, y, c = array(x), array(y), array(c)
    if x.shape != y.shape:
        raise ValueError("x, y are incompatible")
    return number(horner(y, horner(x, c, True), False))


def polygrid2d(x, y, c):
    """np.polynomial.polynomial.polygrid2d: on the grid of all x and all y."""
    x, y = array(x), array(y)
    return number(horner(y, horner(x, array(c), True), True))


def polyvalnd(pts, c):
    """np.polynomial.polynomial.polyvalnd."""
    first, *others = (array(x) for x in pts)
    if any(x.shape != first.shape for x in others):
        raise ValueError("ordinates are incompatible")
    y = horner(first, array(c), True)
    for x in others:
        y = horner(x, y, False)
    return number(y)


for body in (polyval2d, polygrid2d, polyvalnd):
    function = getattr(np.polynomial.polynomial, body.__name__, body)  # polyvalnd is new in NumPy 2.5
    if hasattr(function, "_implementation"):  # NumPy's others are made of operators, which need no rows
        decomposed(function, body)
