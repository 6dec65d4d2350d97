"""Folds of binary ufuncs: ``reduce``, which is y = u(... u(u(a_0, a_1), a_2) ..., a_n), and ``accumulate``, which is all its steps y_k = u(y_{k-1}, a_k).

A fold has a weight for each entry, dy = sum w_j t_j; where the weights are known, it costs a few passes over the array. The steps follow the recurrence
dy_k = p_k dy_{k-1} + q_k t_k with the partials p and q of u. Where p_1 ... p_k is a quotient of two numbers, that is a running sum; otherwise it is worked out
by doubling, in log2(n) passes.
"""

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.rows import TABLE, composite, decomposed, linear
from ..core.tracer import Tracer, apply, meta, passive
from .activations import softmax
from .arithmetic import safe_divide
from .reducing import axes_of, flattened, spread
from .ufuncs import LN2

UNITS = {np.logaddexp: 1.0, np.logaddexp2: LN2}
FAR = 600.0  # exp(-FAR) and its inverse are well inside the range of floats


def fold(a, ufunc, axis, keepdims=False):
    """ufunc.reduce along axes of an array."""
    return apply(fold, (a, ufunc, axis), {"keepdims": keepdims}) if isinstance(a, Tracer) else ufunc.reduce(a, axis=axis, keepdims=keepdims)


def steps(a, ufunc, axis):
    """ufunc.accumulate along an axis of an array."""
    return apply(steps, (a, ufunc, axis), {}) if isinstance(a, Tracer) else ufunc.accumulate(a, axis=axis)


def parted(a, axis):
    """The first entries along an axis, and the others."""
    ahead = (slice(None),) * (axis % len(a.shape))
    return a[(*ahead, slice(None, 1))], a[(*ahead, slice(1, None))]


def over_first(a, axis):
    """a with ones in the place of its first entries: the numerators of quotients."""
    first, rest = parted(a, axis)
    return np.concatenate([np.ones(first.shape, meta(a)[1]), rest], axis=axis)


def weights(y, a, ufunc, axis):
    """The derivative of a fold in each entry."""
    gone = axes_of(axis, len(a.shape))
    n = int(np.prod([a.shape[k] for k in gone], dtype=int))
    if n < 2:
        return np.ones(a.shape, meta(a)[1])
    if ufunc is np.divide:
        (along,) = gone
        return np.concatenate([fold(over_first(a, along), ufunc, along, keepdims=True), -(y / parted(a, along)[1])], axis=along)
    return safe_divide(a, y) if ufunc is np.hypot else likelihoods(y, a, UNITS[ufunc], gone)


def likelihoods(y, a, unit, axis):
    """e**a over its sum, in a base whose logarithm is ``unit``; infinite entries that attain y share it equally."""
    endless = np.isinf(passive(y))
    if not np.any(endless):
        return softmax(unit * a, axis)
    hit = passive(a) == passive(y)
    return np.where(endless, hit / np.maximum(np.sum(hit, axis=axis, keepdims=True), 1), softmax(np.where(endless, 0.0, unit * a), axis))


def fold_tangent(t, y, a, ufunc, axis, keepdims=False):
    """The weighted sum of t."""
    return np.sum(weights(spread(y, a.shape, axis, keepdims), a, ufunc, axis) * t, axis=axis, keepdims=keepdims)


def fold_cotangent(g, y, a, ufunc, axis, keepdims=False):
    """g in equal measure."""
    return spread(g, a.shape, axis, keepdims) * weights(spread(y, a.shape, axis, keepdims), a, ufunc, axis)


def running(x, axis):
    """What follows each entry along an axis, and itself, added up."""
    return np.flip(np.cumsum(np.flip(x, axis), axis=axis), axis)


def factors(y, a, ufunc, axis):
    """u_k and v_j with d y_k / d a_j = u_k v_j for j <= k, where these are well inside the range of floats; otherwise None."""
    if type(a) is not np.ndarray or type(y) is not np.ndarray or not a.size:
        return None
    if ufunc is np.hypot:
        limits = np.finfo(a.dtype)
        first, last = np.min(np.abs(parted(a, axis)[0])), np.max(np.abs(y))
        return (1 / y, a) if first > limits.tiny / limits.eps and last < limits.max * limits.eps else None
    size = np.max(a, axis=axis, keepdims=True)
    if not UNITS[ufunc] * np.max(size - np.min(a, axis=axis, keepdims=True)) < FAR:
        return None
    v = np.exp(UNITS[ufunc] * (a - size))
    return 1 / np.cumsum(v, axis=axis), v


def carried(p, s):
    """s_k + p_k s_{k-1} + p_k p_{k-1} s_{k-2} + ..., along the first axis; p begins with p_1."""
    reach = 1
    while reach < s.shape[0]:
        s = np.concatenate([s[:reach], s[reach:] + p * s[:-reach]])
        p = p[reach:] * p[:-reach]
        reach *= 2
    return s


def partials(y, a, ufunc):
    """The partials of u at each step but the first, along the first axis."""
    return (rule(y[1:], y[:-1], a[1:]) for rule in TABLE[ufunc].rules)


def steps_tangent(t, y, a, ufunc, axis):
    """The recurrence, from t_0 on."""
    if ufunc is np.divide:
        first, rest = parted(t, axis)
        zero = np.zeros(first.shape, meta(t)[1])
        return steps(over_first(a, axis), ufunc, axis) * first - y * np.cumsum(np.concatenate([zero, rest / parted(a, axis)[1]], axis=axis), axis=axis)
    found = factors(y, a, ufunc, axis)
    if found is not None:
        return found[0] * np.cumsum(found[1] * t, axis=axis)
    y, a, t = (np.moveaxis(x, axis, 0) for x in (y, a, t))
    p, q = partials(y, a, ufunc)
    return np.moveaxis(carried(p, np.concatenate([t[:1], q * t[1:]])), 0, axis)


def steps_cotangent(g, y, a, ufunc, axis):
    """The recurrence backwards."""
    if ufunc is np.divide:
        first = np.sum(steps(over_first(a, axis), ufunc, axis) * g, axis=axis, keepdims=True)
        return np.concatenate([first, -parted(running(g * y, axis), axis)[1] / parted(a, axis)[1]], axis=axis)
    found = factors(y, a, ufunc, axis)
    if found is not None:
        return found[1] * running(found[0] * g, axis)
    y, a, g = (np.moveaxis(x, axis, 0) for x in (y, a, g))
    p, q = partials(y, a, ufunc)
    r = np.flip(carried(np.flip(p, 0), np.flip(g, 0)), 0)
    return np.moveaxis(np.concatenate([r[:1], q * r[1:]]), 0, axis)


def sample(ufunc, axis):
    """A sample for the tests of the table."""
    return lambda rng: ((rng.uniform(0.5, 2.0, (3, 4)), ufunc, axis), {})


SAMPLES = [sample(ufunc, axis) for ufunc in (np.divide, np.hypot, np.logaddexp, np.logaddexp2) for axis in (0, -1)]
composite(fold, fold_tangent, None, None, vjp=(fold_cotangent, None, None), batch="axes", name="a fold", domain=SAMPLES)
composite(steps, steps_tangent, None, None, vjp=(steps_cotangent, None, None), batch="axis", name="the steps of a fold", domain=SAMPLES)


def difference(a, axis, keepdims=False):
    """np.subtract.reduce along an axis of an array: the first entry minus all others."""
    return apply(difference, (a, axis), {"keepdims": keepdims}) if isinstance(a, Tracer) else np.subtract.reduce(a, axis=axis, keepdims=keepdims)


def differences(a, axis):
    """np.subtract.accumulate along an axis of an array."""
    return apply(differences, (a, axis), {}) if isinstance(a, Tracer) else np.subtract.accumulate(a, axis=axis)


def signed(shape, dtype, axis):
    """1 for the first entry along an axis, -1 for the others."""
    sign = np.full(tuple(n if k == axis % len(shape) else 1 for k, n in enumerate(shape)), -1, dtype)
    sign[(slice(0, 1),) * len(shape)] = 1
    return sign


def difference_transpose(g, x, axis, keepdims=False):
    """g for the first entry, -g for the others."""
    return spread(g, x.shape, axis, keepdims) * signed(x.shape, meta(g)[1], axis)


linear(difference, difference_transpose, None, batch="axes", domain=lambda rng: ((rng.normal(size=(3, 4)), 1), {}))
linear(differences, lambda g, x, axis: running(g, axis) * signed(x.shape, meta(g)[1], axis), None, batch="axis", domain=lambda rng: ((rng.normal(size=(3, 4)), 0), {}))


def reduced(ufunc):
    """ufunc.reduce of a binary ufunc that is none of NumPy's reductions by name."""
    def body(a, axis=0, dtype=None, keepdims=False, initial=None, where=True):
        if dtype is not None or where is not True:
            raise NoRuleError(f"np.{ufunc.__name__}.reduce has no derivative rule for dtype= or where={at_line()}. Use astype or np.where on its argument.")
        single = axis if isinstance(axis, (int, np.integer)) else None
        if initial is not None:
            flat, _, gone = flattened(a, axis)
            shape = tuple(1 if k in gone else n for k, n in enumerate(a.shape)) if keepdims else flat.shape[:-1]
            a = np.concatenate([np.full_like(flat, initial, shape=(*flat.shape[:-1], 1)), flat], axis=-1)
            y = difference(a, -1) if ufunc is np.subtract else fold(a, ufunc, -1)
            return np.reshape(y, shape) if keepdims else y
        if ufunc is np.subtract and single is not None:
            return difference(a, axis, keepdims=keepdims)
        return fold(a, ufunc, axis, keepdims=keepdims)

    return body


def accumulated(ufunc):
    """ufunc.accumulate of such a ufunc."""
    def body(a, axis=0, dtype=None):
        if dtype is not None:
            raise NoRuleError(f"np.{ufunc.__name__}.accumulate has no derivative rule for dtype={at_line()}. Use astype on its argument.")
        return differences(a, axis) if ufunc is np.subtract else steps(a, ufunc, axis)

    return body


for ufunc in (np.subtract, np.divide, np.hypot, np.logaddexp, np.logaddexp2):
    decomposed(ufunc.reduce, reduced(ufunc), name=f"np.{ufunc.__name__}.reduce")
    decomposed(ufunc.accumulate, accumulated(ufunc), name=f"np.{ufunc.__name__}.accumulate")
