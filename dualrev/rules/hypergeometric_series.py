"""Hypergeometric series, differentiated term by term in their parameters, with a bound on what rounding may have spoilt."""

import math

import numpy as np

from ..core.errors import NoRuleError, at_line

WIDE = np.longdouble
TERMS = 4000


def certain(name, value, error, scale):
    """Refuse a derivative in a parameter that may be wrong in the eighth digit, of its own size or of that of the function."""
    if np.any(error > 1e-9 * (np.abs(value) + np.abs(scale))):
        raise NoRuleError(f"the derivative of {name} has no derivative rule here{at_line()}: its series cancels, or converges too slowly, to be sure of 8 digits. "
                          "Pass dualrev.stop_gradient of the parameter to treat it as constant.")
    return value


def rise(jets, a, k):
    """From the derivatives of (a)_k / k! in a to those of the next."""
    return [(jet * (a + k) + (p * jets[p - 1] if p else 0.0)) / (k + 1) for p, jet in enumerate(jets)]


def fall(jets, b, k):
    """From the derivatives of k! / (b)_k in b to those of the next."""
    found = []
    for p, jet in enumerate(jets):
        found.append(((k + 1) * jet - (p * found[p - 1] if p else 0.0)) / (b + k))
    return found


def hypergeometric(upper, lower, z, orders):
    """The derivative of a series, ``orders`` times in each parameter, a bound of its rounding error, and the series itself.

    ``upper``, ``lower`` and z are columns of plain numbers. A term is the product of (a)_k / k!, of k! / (b)_k, and of z**k k!**(p-q-1).
    """
    z, upper, lower = z.astype(WIDE), [a.astype(WIDE) for a in upper], [b.astype(WIDE) for b in lower]
    jets = [[np.ones_like(z), *(np.zeros_like(z) for _ in range(m))] for m in orders]
    count, excess = len(upper), len(upper) - len(lower) - 1
    enough = 10 + max(float(np.max(np.abs(a), initial=0.0)) for a in (*upper, *lower))
    total, whole, loss, power = 0.0, 0.0, 0.0, np.ones_like(z)
    for k in range(TERMS):
        term, plain = (math.prod((jet[i] for jet in jets), start=power) for i in (-1, 0))
        total, whole, loss = total + term, whole + plain, loss + (4 * k + 4) * np.abs(term)
        going = (np.abs(term) > 1e-19 * (np.abs(total) + np.abs(whole))) | (np.abs(plain) > 1e-17 * np.abs(whole))
        if k > enough and not np.any(going):
            break
        jets = [rise(jet, a, k) for jet, a in zip(jets[:count], upper, strict=True)] + [fall(jet, b, k) for jet, b in zip(jets[count:], lower, strict=True)]
        power = power * z * (WIDE(k + 1) ** excess if excess else 1)
    return total, np.where(going, np.inf, np.finfo(WIDE).eps * loss), whole


def surest(ways):
    """Of several (value, error, scale), entry by entry the one with the least error."""
    best, *others = ways
    for other in others:
        better = ~(best[1] <= other[1])
        best = tuple(np.where(better, b, a) for a, b in zip(best, other, strict=True))
    return best


def combined(parts):
    """The sum of (factor, (value, error, scale)), the first of which has the scale of the function."""
    value = sum(factor * part[0] for factor, part in parts)
    error = sum(np.abs(factor) * part[1] for factor, part in parts)
    return value, error, parts[0][1][2]
