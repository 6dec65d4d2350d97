"""Sums of exponentials, and the weights that they are made of.

The weights add up to one wherever the sum has a limit: [-inf, -inf] weighs alike, [-inf, 0] as [0, 1], [inf, 0] as [1, 0].
"""

import numpy as np
import scipy.special as sp

from ...core.errors import NoRuleError, at_line
from ...core.rows import composite, constant, decomposed
from ...core.tracer import meta, passive
from ...rules.products import array
from ...rules.reducing import spread
from ..mirror import dispatched, mirror


@dispatched
def log_sum(a, b, axis, keepdims, signed):
    """log(sum(b exp(a))), of the modulus of the sum where ``signed``."""
    y = sp.logsumexp(a, axis, b, keepdims, signed)
    return y[0] if signed else y


@dispatched
def sign_of_sum(a, b, axis, keepdims):
    """The sign of that sum."""
    return sp.logsumexp(a, axis, b, keepdims, True)[1]


constant(sign_of_sum, notes="a sign")


def rates(a, b, axis):
    """exp(a) / sum(b exp(a)), by the largest a; where that is infinite the largest entries share alike."""
    plain = np.real(passive(a))
    top = np.max(plain, axis=axis, keepdims=True)
    endless = np.isinf(top)
    raised = np.exp(a - np.where(endless, 0, top).astype(plain.dtype))
    if np.any(endless):
        raised = np.where(endless, plain == top, raised)
    return raised / np.sum(raised if b is None else b * raised, axis=axis, keepdims=True)


def shares(a, b, axis):
    """The same times b."""
    return rates(a, b, axis) if b is None else rates(a, b, axis) * b


def log_sum_rule(weights):
    """The tangent and the cotangent in one argument, by its weights."""
    def tangent(t, y, a, b, axis, keepdims, signed):
        return np.sum(weights(a, b, axis) * t, axis=axis, keepdims=keepdims)

    def cotangent(g, y, a, b, axis, keepdims, signed):
        w = weights(a, b, axis)
        return spread(g, meta(w)[0], axis, keepdims) * w

    return tangent, cotangent


of_exponents, of_factors = log_sum_rule(shares), log_sum_rule(rates)
composite(log_sum, of_exponents[0], of_factors[0], vjp=(of_exponents[1], of_factors[1]), name="scipy.special.logsumexp (of arrays)")


def logsumexp_body(a, axis=None, b=None, keepdims=False, return_sign=False):
    """scipy.special.logsumexp."""
    a, b = array(a), None if b is None else array(b)
    if return_sign and "c" in (a.dtype.kind, "f" if b is None else b.dtype.kind):
        raise NoRuleError(f"scipy.special.logsumexp has no derivative rule for the keyword 'return_sign' with complex numbers{at_line()}. Leave it out.")
    y = log_sum(a, b, axis, keepdims, return_sign)
    return (y, sign_of_sum(a, b, axis, keepdims)) if return_sign else y


logsumexp, softmax, log_softmax = mirror(sp.logsumexp), mirror(sp.softmax), mirror(sp.log_softmax)
decomposed(logsumexp, logsumexp_body)


def softmax_tangent(t, y, x, axis=None):
    """y (t - sum(y t)), which is its own transpose."""
    return y * (t - np.sum(y * t, axis=axis, keepdims=True))


composite(softmax, softmax_tangent, vjp=(softmax_tangent,))
composite(log_softmax, lambda t, y, x, axis=None: t - np.sum(np.exp(y) * t, axis=axis, keepdims=True),
          vjp=(lambda g, y, x, axis=None: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),))

if hasattr(sp, "softplus"):  # from SciPy 1.15
    softplus = mirror(sp.softplus)
    decomposed(softplus, lambda x: np.logaddexp(0, x))
