"""numpy.emath: functions that go on into the complex plane where the real ones end."""

import numpy as np
from numpy.lib import scimath

from ..core.rows import decomposed
from ..core.tracer import passive
from .products import array


def widened(x, outside):
    """The array, complex where one of its real entries is outside of the real function's domain."""
    x = array(x)
    if x.dtype.kind == "c" or not np.any(outside(passive(x))):
        return x
    return x.astype(np.complex64 if x.dtype.char in "fbhBH" else complex)


def negative(x):
    """Where a root or logarithm is not real."""
    return x < 0


def large(x):
    """Where an inverse sine is not real."""
    return np.abs(x) > 1


def extended(function, outside):
    """The row of a function of one variable."""
    return lambda x: function(widened(x, outside))


for name, outside in (("sqrt", negative), ("log", negative), ("log2", negative), ("log10", negative), ("arctanh", large)):
    decomposed(getattr(scimath, name), extended(getattr(np, name), outside))


def arcsin(x):
    """The inverse sine: beyond -1 and 1 its real part stays, and the imaginary part is a real inverse hyperbolic cosine."""
    x = array(x)
    beyond = large(passive(x))
    if x.dtype.kind == "c" or not np.any(beyond):
        return np.arcsin(x)
    inside, outside = np.where(beyond, 0.0, x), np.where(beyond, np.abs(x), 2.0)
    turn = np.where(beyond, np.sign(passive(x)) * (np.pi / 2), np.arcsin(inside))
    height = np.where(beyond, np.arccosh(outside), 0.0)
    return (turn + 1j * height).astype(np.complex64 if x.dtype.char in "fbhBH" else complex)


def arccos(x):
    """The inverse cosine, in the same way."""
    x = array(x)
    if x.dtype.kind == "c" or not np.any(large(passive(x))):
        return np.arccos(x)
    y = arcsin(x)
    return (np.pi / 2 - y).astype(y.dtype)


decomposed(scimath.arcsin, arcsin)
decomposed(scimath.arccos, arccos)
decomposed(scimath.logn, lambda n, x: np.log(widened(x, negative)) / np.log(widened(n, negative)))
decomposed(scimath.power, lambda x, p: np.power(widened(x, negative), array(p) * 1.0 if np.any(passive(array(p)) < 0) else array(p)))
