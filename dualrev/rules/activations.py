"""Functions between the layers of a network that NumPy and SciPy do not have as ufuncs."""

import numpy as np

from ..core.rows import composite, elementwise
from ..core.tracer import Tracer, apply, passive
from .arithmetic import indicator


def relu(x):
    """max(0, x); its derivative at 0 is 0."""
    return apply(relu, (x,), {}) if isinstance(x, Tracer) else np.maximum(x, 0.0)


elementwise(relu, lambda y, x: indicator(np.greater(passive(x), 0)), selective=True).fixed = True


def log_softmax(x, axis):
    """x - log(sum(exp(x))) along an axis."""
    if isinstance(x, Tracer):
        return apply(log_softmax, (x, axis), {})
    z = x - np.max(x, axis=axis, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))


composite(log_softmax, lambda t, y, x, axis: t - np.sum(np.exp(y) * t, axis=axis, keepdims=True), None,
          vjp=(lambda g, y, x, axis: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True), None),
          batch="axes", domain=lambda rng: ((rng.normal(size=(3, 4)), -1), {}))


def softmax(x, axis):
    """exp(x) / sum(exp(x)) along an axis."""
    if isinstance(x, Tracer):
        return apply(softmax, (x, axis), {})
    z = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return z / np.sum(z, axis=axis, keepdims=True)


def softmax_tangent(t, y, x, axis):
    """y (t - <y, t>); the Jacobian diag(y) - y y^T is symmetric."""
    return y * (t - np.sum(y * t, axis=axis, keepdims=True))


composite(softmax, softmax_tangent, None, vjp=(softmax_tangent, None), batch="axes", domain=lambda rng: ((rng.normal(size=(3, 4)), 0), {}))


def standardised(x, axes, eps):
    """(x - mean) / sqrt(variance + eps) over some axes."""
    if isinstance(x, Tracer):
        return apply(standardised, (x, axes, eps), {})
    z = x - np.mean(x, axis=axes, keepdims=True)
    return z * inverse_deviation(z, axes, eps)


def inverse_deviation(z, axes, eps):
    """1 / sqrt(variance + eps) of what has mean 0."""
    return 1 / np.sqrt(np.mean(z * z, axis=axes, keepdims=True) + eps)


def standardised_tangent(t, y, x, axes, eps):
    """(t - mean(t) - y mean(y t)) / sqrt(variance + eps), which is symmetric too."""
    r = inverse_deviation(x - np.mean(x, axis=axes, keepdims=True), axes, eps)
    return r * (t - np.mean(t, axis=axes, keepdims=True) - y * np.mean(y * t, axis=axes, keepdims=True))


composite(standardised, standardised_tangent, None, None, vjp=(standardised_tangent, None, None),
          batch="axes", domain=[lambda rng: ((rng.normal(size=(3, 4)), (-1,), 1e-5), {}), lambda rng: ((rng.normal(size=(2, 3, 2)), (0, 2), 0.1), {})])
