"""scipy.special: Carlson's symmetric elliptic integrals. Their derivatives are integrals of the same kind."""

import math

import numpy as np
import scipy.special as sp

from ..core.errors import NoRuleError, at_line
from ..core.rows import elementwise
from ..core.tracer import Tracer, apply, passive
from .quadrature import MANY, entrywise, half_line, worst


def power(base, e):
    """``base**-e`` for positive multiples of one half, which are products and a root."""
    whole = math.prod([base] * int(e)) if e >= 1 else 1.0
    return 1 / (whole * np.sqrt(base) if e % 1 else whole)


def carlson(x, y, z, p, powers):
    """The integral over (0, inf) of t**q (t+x)**-a (t+y)**-b (t+z)**-c (t+p)**-d, where ``powers`` is (q, a, b, c, d)."""
    if any(isinstance(a, Tracer) for a in (x, y, z, p)):
        return apply(carlson, (x, y, z, p, powers), {})
    q, *each = powers

    def columns(*args):
        factors = [(a, e) for a, e in zip(args, each, strict=True) if e]
        size = [np.abs(a) for a, _ in factors]
        least, most = np.minimum.reduce([np.where(s > 0, s, np.inf) for s in size]), np.maximum.reduce(size)
        rise = np.maximum(q + 1 - sum(e * (s == 0) for s, (_, e) in zip(size, factors, strict=True)), 0.1)  # of the integrand times t, at 0
        low, high = np.log(least) - 39 / rise, np.log(most) + 39 / (sum(each) - q - 1)
        step = 0.035 if args[0].dtype.kind == "c" else 0.45  # the nearer to the negative axis, the narrower the strip of analyticity
        return half_line(lambda t: t**q * math.prod(power(t + a, e) for a, e in factors), np.exp(low), np.exp(high), 2 + int(worst((high - low) / step)))

    return entrywise(columns, x, y, z, p)


def raised(powers, k):
    """One more of the k-th factor."""
    return tuple(e + (i == k + 1) for i, e in enumerate(powers))


def carlson_partial(k):
    """The partial in the k-th argument."""
    def partial(y, *args):
        *points, powers = args
        return -powers[k + 1] * carlson(*points, raised(powers, k)) if powers[k + 1] else 0.0 * y

    return partial


elementwise(carlson, *(carlson_partial(k) for k in range(4)), None, domain=lambda rng: ((*rng.uniform(0.3, 2.0, (4, 3)), (0, 0.5, 0.5, 0.5, 1)), {}))


def proper(name, p):
    """Refuse Cauchy principal values."""
    if np.any((np.real(passive(p)) <= 0) & (np.imag(passive(p)) == 0)):
        raise NoRuleError(f"scipy.special.{name} has no derivative rule where its last argument is not positive, a principal value{at_line()}.")
    return p


def of_first(y, b, c, a):
    """That of elliprf in a."""
    return -sp.elliprd(b, c, a) / 6


def of_second(y, b, c, a):
    """That of elliprg in a; the integral itself where a is 0, and the closed form 0 times infinity."""
    if np.any(passive(a) == 0):
        return 0.125 * carlson(b, c, a, 1.0, (1, 0.5, 0.5, 1.5, 0))
    return (sp.elliprf(a, b, c) - a * sp.elliprd(b, c, a) / 3) / 4


D, J = (0, 0.5, 0.5, 1.5, 0), (0, 0.5, 0.5, 0.5, 1)
NEAR = 0.03  # the relative distance of two arguments below which a quotient of differences loses digits


def is_plain(*args):
    """Whether all are positive real numbers, many of them, and no further derivative is to be taken."""
    if any(isinstance(a, Tracer) or np.iscomplexobj(a) for a in args):
        return False
    return np.broadcast(*args).size > MANY and all(np.all(np.asarray(a) > 0) for a in args)


def in_factor(y, a, b, c, p, careful):
    """The derivative in a of an integral y with the factors (t+a)**-1/2 and 1/(t+p), and (t+b)**-1/2, (t+c)**-1/2: partial fractions give -(R_D(b, c, a) - y) / (2 (p - a))."""
    apart = p - a
    with np.errstate(all="ignore"):
        found = np.asarray((y - sp.elliprd(b, c, a)) / (2 * apart))
    near = np.abs(apart) < NEAR * np.maximum(a, p)
    if not np.any(near):
        return found[()]
    found = np.array(np.broadcast_to(found, np.broadcast_shapes(found.shape, np.shape(near))))
    near, a, b, c, p = np.broadcast_arrays(near, a, b, c, p)
    found[near] = careful(a[near], b[near], c[near], p[near])
    return found[()]


def last_of_all(y, firsts, *args):
    """The derivative in the last argument, from those in the others: y is homogeneous of degree -3/2."""
    *others, last = args
    return -(1.5 * y + sum(a * p for a, p in zip(others, firsts, strict=True))) / last


def d_careful(k):
    """The derivative of elliprd in its k-th argument as an integral."""
    return lambda a, b, c: -1.5 * D[k + 1] * carlson(a, b, c, 1.0, raised(D, k))


def d_first(y, a, b, c):
    """That of elliprd in a."""
    return in_factor(y, a, b, c, c, lambda a, b, c, p: d_careful(0)(a, b, c)) if is_plain(a, b, c) else d_careful(0)(a, b, c)


def d_last(y, a, b, c):
    """That of elliprd in c."""
    return last_of_all(y, (d_first(y, a, b, c), d_first(y, b, a, c)), a, b, c) if is_plain(a, b, c) else d_careful(2)(a, b, c)


def d_partials(which, y, a, b, c):
    """Several of them."""
    found = {0: d_first(y, a, b, c), 1: d_first(y, b, a, c)} if is_plain(a, b, c) else {}
    if 2 in which and found:
        found[2] = last_of_all(y, (found[0], found[1]), a, b, c)
    return found or {i: d_careful(i)(a, b, c) for i in which}


def j_careful(k):
    """The derivative of elliprj in its k-th argument as an integral."""
    return lambda a, b, c, p: -1.5 * J[k + 1] * carlson(a, b, c, proper("elliprj", p), raised(J, k))


def j_first(y, a, b, c, p):
    """That of elliprj in a."""
    return in_factor(y, a, b, c, p, j_careful(0)) if is_plain(a, b, c, p) else j_careful(0)(a, b, c, p)


def j_last(y, a, b, c, p):
    """That of elliprj in p."""
    if not is_plain(a, b, c, p):
        return j_careful(3)(a, b, c, p)
    return last_of_all(y, (j_first(y, a, b, c, p), j_first(y, b, a, c, p), j_first(y, c, a, b, p)), a, b, c, p)


def j_partials(which, y, a, b, c, p):
    """Several of them."""
    if not is_plain(a, b, c, p):
        return {i: j_careful(i)(a, b, c, p) for i in which}
    firsts = (lambda: j_first(y, a, b, c, p), lambda: j_first(y, b, a, c, p), lambda: j_first(y, c, a, b, p))
    found = {i: firsts[i]() for i in (range(3) if 3 in which else which)}
    if 3 in which:
        found[3] = last_of_all(y, [found[i] for i in range(3)], a, b, c, p)
    return found


for symmetric, partial in ((sp.elliprf, of_first), (sp.elliprg, of_second)):
    elementwise(symmetric, lambda y, a, b, c, f=partial: f(y, b, c, a), lambda y, a, b, c, f=partial: f(y, a, c, b), lambda y, a, b, c, f=partial: f(y, a, b, c), domain=(0.3, 2.0))
elementwise(sp.elliprd, d_first, lambda y, a, b, c: d_first(y, b, a, c), d_last, domain=(0.3, 2.0)).together = d_partials
elementwise(sp.elliprj, j_first, lambda y, a, b, c, p: j_first(y, b, a, c, p), lambda y, a, b, c, p: j_first(y, c, a, b, p), j_last, domain=(0.3, 2.0)).together = j_partials


def c_partial(careful, other):
    """A derivative of elliprc: partial fractions give (``other(a, p)`` - y) / (2 (p - a)) or its negative, and where the arguments are near to each other it is elliprd."""
    def partial(y, a, p):
        if not is_plain(a, p):
            return careful(a, proper("elliprc", p))
        apart = p - a
        with np.errstate(all="ignore"):
            found = np.asarray(other(y, a, p) / (2 * apart))
        near = np.abs(apart) < NEAR * np.maximum(a, p)
        if np.any(near):
            a, p = np.broadcast_arrays(a, p)
            found[near] = careful(a[near], p[near])
        return found[()]

    return partial


elementwise(sp.elliprc, c_partial(lambda a, p: -sp.elliprd(p, p, a) / 6, lambda y, a, p: y - 1 / np.sqrt(a)),
            c_partial(lambda a, p: -sp.elliprd(a, p, p) / 3, lambda y, a, p: np.sqrt(a) / p - y), domain=(0.3, 2.0))
