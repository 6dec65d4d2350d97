"""Recursive filters, in the signal, the coefficients and the initial state.

With a0 = 1, sum_j a_j y[n-j] = sum_j b_j x[n-j] + zi[n], and what is left over after the last sample is the final state. So a change of b, x, zi or a acts as the filter
on another input. Backwards runs the all-pole filter in reversed time, from the cotangent of the final state on.
A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing (2010), chapter 6.
"""

import functools
import math
import operator

import numpy as np
import scipy.signal as theirs
from numpy.lib.array_utils import normalize_axis_index

from ...core.errors import NoRuleError, at_line
from ...core.indexing import getitem
from ...core.rows import composite, decomposed, linear
from ...core.tracer import concrete, meta, passive
from ...rules.products import array
from ...rules.unchanged import from_last, longer, of_type, with_last
from ..mirror import dispatched, mirror

lfilter, lfilter_zi, filtfilt, sosfilt, sosfilt_zi, sosfiltfilt = (
    mirror(getattr(theirs, name)) for name in ("lfilter", "lfilter_zi", "filtfilt", "sosfilt", "sosfilt_zi", "sosfiltfilt"))
freqz, sosfreqz = mirror(theirs.freqz), mirror(theirs.sosfreqz)


@dispatched
def recursion(b, tail, x, zi):
    """SciPy's filter along the last axis with the denominator (1, *tail): the signal and the final state."""
    return theirs.lfilter(b, np.concatenate([np.ones(1, tail.dtype), tail]), x, zi=zi)


def at_rest(zi):
    """The state zero."""
    return np.zeros(*meta(zi))


def smeared(c, x):
    """The full convolution of a signal along the last axis: behind each row as many zeros as the coefficients reach, so that all rows are one."""
    shape, order = meta(x)[0], meta(c)[0][0] - 1
    rows = np.concatenate([x, np.zeros((*shape[:-1], order), meta(x)[1])], axis=-1)
    return np.reshape(np.convolve(np.ravel(rows), c)[: meta(rows)[0][-1] * math.prod(shape[:-1])], meta(rows)[0])


def recursion_tangent(tangents, y, args, kwargs):
    """One run of the all-pole filter for all: what db adds to x, b to dx and -da to y is its input, and behind the last sample a part of the final state."""
    b, tail, x, zi = args
    (*batch, n), order = meta(x)[0], meta(zi)[0][-1]
    made = {0: lambda t: smeared(t, x), 1: lambda t: smeared(np.concatenate([np.zeros(1), -t]), y[0]), 2: lambda t: smeared(b, t)}
    parts = [made[i](t) for i, t in tangents.items() if i < 3]
    driven = functools.reduce(operator.add, parts) if parts else np.zeros((*batch, n + order), meta(zi)[1])
    moved, state = recursion(impulse(order), tail, driven[..., :n], tangents.get(3, at_rest(zi)))
    return moved, state + driven[..., n:]


def impulse(order):
    """Coefficients that let the signal pass."""
    return np.concatenate([np.ones(1), np.zeros(order)])


def recursion_cotangents(active, g, y, args, kwargs):
    """Weights l[n] of all equations, those of the final state behind them; each cotangent is a correlation with these."""
    b, tail, x, zi = args
    gy, gz = g
    (*_, n), order = meta(x)[0], meta(zi)[0][-1]
    hankel = getitem(np.concatenate([tail, np.zeros(order)]), np.arange(order)[:, None] + np.arange(order))
    first = np.flip(recursion(impulse(order), tail, np.flip(gy, -1), -(gz @ hankel))[0], -1)
    weights = np.concatenate([first, gz], axis=-1)
    against = lambda signal, shifts: np.stack([np.dot(np.ravel(weights[..., j: j + n]), np.ravel(signal)) for j in shifts])
    made = (lambda: against(x, range(order + 1)), lambda: -against(y[0], range(1, order + 1)), lambda: smeared(np.flip(b), weights)[..., order: order + n],
            lambda: weights[..., :order])
    return [made[i]() for i in active]


composite(recursion, *(lambda t, y, *args, i=i: recursion_tangent({i: t}, y, args, {}) for i in range(4)), push=recursion_tangent, pull=recursion_cotangents, multiple=True,
          name="dr.scipy.signal.lfilter (along the last axis)", domain=[
              lambda rng: ((rng.normal(size=3), rng.uniform(-0.4, 0.4, 2), rng.normal(size=(2, 6)), rng.normal(size=(2, 2))), {}),
              lambda rng: ((rng.normal(size=5), rng.uniform(-0.2, 0.2, 4), rng.normal(size=2), rng.normal(size=4)), {})])


def normalised(b, a):
    """Coefficients of the same length, the first of the denominator 1, and that left out."""
    b, a = np.atleast_1d(array(b)), np.atleast_1d(array(a))
    if b.ndim != 1 or a.ndim != 1:
        raise ValueError("the coefficients b and a must be vectors")
    if concrete(a[0]) == 0:
        raise ValueError("a[0] must not be 0")
    n = max(b.shape[0], a.shape[0])
    return longer(b / a[0], n - b.shape[0]), longer(a[1:] / a[0], n - a.shape[0])


def run(b, a, x, axis=-1, zi=None):
    """lfilter."""
    rest = zi is None
    b, a, x, zi = array(b), array(a), array(x), array(0.0 if rest else zi)
    kind = np.result_type(b.dtype, a.dtype, x.dtype, *(() if rest else (zi.dtype,)), np.float32 if x.dtype.kind in "fc" else float)
    x = of_type(x, kind)
    b, tail = normalised(of_type(b, kind), of_type(a, kind))
    order = tail.shape[0]
    if not order:
        y = b[0] * x
        return y if rest else (y, zi)
    axis = normalize_axis_index(axis, x.ndim)
    x = with_last(x, axis)
    state = np.zeros((*x.shape[:-1], order), kind) if rest else np.broadcast_to(with_last(of_type(zi, kind), axis), (*x.shape[:-1], order))
    y, final = recursion(b, tail, x, state)
    y = from_last(y, axis)
    return y if rest else (y, from_last(final, axis))


def steady_state(b, a):
    """lfilter_zi: the state in which a signal of ones has no transient."""
    b, tail = normalised(b, a)
    n = tail.shape[0]
    first = np.concatenate([np.reshape(tail, (-1, 1)), np.zeros((n, n - 1), tail.dtype)], axis=1)
    return np.linalg.solve(np.eye(n, dtype=tail.dtype) - np.eye(n, k=1, dtype=tail.dtype) + first, b[1:] - tail * b[0])


def extended(x, padtype, edge):
    """A signal with a mirrored, a turned or a constant piece at both ends of the last axis."""
    if padtype not in ("even", "odd", "constant", None):
        raise ValueError(f"Unknown value '{padtype}' given to padtype. padtype must be 'even', 'odd', 'constant', or None.")
    if x.shape[-1] <= edge:
        raise ValueError(f"The length of the input vector x must be greater than padlen, which is {edge}.")
    if not edge:
        return x
    first, last, before, after = x[..., :1], x[..., -1:], x[..., edge:0:-1], x[..., -2:-edge - 2:-1]
    if padtype == "constant":
        before, after = first + 0.0 * before, last + 0.0 * after
    elif padtype == "odd":
        before, after = 2 * first - before, 2 * last - after
    return np.concatenate([before, x, after], axis=-1)


def to_and_fro(forward, x, axis, padtype, padlen, taps):
    """A filter run forwards and then backwards; ``forward(x)`` begins in the steady state of the first sample."""
    x = with_last(array(x), axis)
    edge = 0 if padtype is None else 3 * taps if padlen is None else padlen
    y = np.flip(forward(np.flip(forward(extended(x, padtype, edge)), -1)), -1)
    return from_last(y[..., edge: y.shape[-1] - edge], axis)


def without_transients(b, a, x, irlen):
    """Gustafsson's choice of both initial states, for which it does not matter whether the filter runs forwards or backwards first. With O from a state to the signal that it
    leaves, and S the filter on that turned round, these are the least squares solution of (S^R - O) u + (O^R - S) v = y_bf - y_fb.

    F. Gustafsson, Determining the initial states in forward-backward filtering, IEEE Trans. Signal Processing 44 (1996).
    """
    forth = lambda x: run(b, a, x)
    back = lambda x: np.flip(run(b, a, np.flip(x, -1)), -1)
    y = back(forth(x))
    order, n = max(np.size(passive(v)) for v in (b, a)) - 1, x.shape[-1]
    if not order:
        return y
    m = n if irlen is None or n <= 2 * irlen else irlen
    out = run(b, a, np.zeros((order, m)), zi=np.eye(order))[0]
    turned = back(out)  # (S^R)^T
    pairs = (turned - out, np.flip(out - turned, -1)), (turned, np.flip(out, -1))
    if m == n:
        unlike, change = (np.concatenate(pair, axis=0).T for pair in pairs)
    else:
        none = np.zeros((m, order))
        unlike, change = (np.concatenate([np.concatenate([u.T, none], axis=1), np.concatenate([none, v.T], axis=1)]) for u, v in pairs)
    ends = lambda y: y if m == n else np.concatenate([y[..., :m], y[..., n - m:]], axis=-1)
    delta = ends(forth(back(x)) - y)
    states = np.linalg.lstsq(unlike, np.reshape(delta, (-1, delta.shape[-1])).T, rcond=np.finfo(float).eps)[0]
    more = np.reshape((change @ states).T, delta.shape)
    if m < n:
        more = np.concatenate([more[..., :m], np.zeros((*x.shape[:-1], n - 2 * m)), more[..., m:]], axis=-1)
    return y + more


def zero_phase(b, a, x, axis=-1, padtype="odd", padlen=None, method="pad", irlen=None):
    """filtfilt."""
    if method not in ("pad", "gust"):
        raise ValueError("method must be 'pad' or 'gust'.")
    if method == "gust":
        return np.moveaxis(without_transients(b, a, np.moveaxis(array(x), axis, -1), irlen), -1, axis)
    zi = steady_state(b, a)
    return to_and_fro(lambda x: run(b, a, x, -1, zi * x[..., :1])[0], x, axis, padtype, padlen, zi.shape[0] + 1)


def sections(sos):
    """The coefficients of each second-order section."""
    sos = array(sos)
    if sos.ndim != 2 or sos.shape[1] != 6:
        raise ValueError("sos array must be shape (n_sections, 6)")
    if not np.all(concrete(sos[:, 3]) == 1):
        raise ValueError("sos[:, 3] should be all ones")
    return [(sos[k, :3], sos[k, 3:]) for k in range(sos.shape[0])]


def cascade(sos, x, axis=-1, zi=None):
    """sosfilt: one section after the other."""
    states = []
    zi = None if zi is None else array(zi)
    for k, (b, a) in enumerate(sections(sos)):
        if zi is None:
            x = run(b, a, x, axis)
        else:
            x, final = run(b, a, x, axis, zi[k])
            states.append(final)
    return x if zi is None else (x, np.stack(states))


def steady_states(sos):
    """sosfilt_zi: each section sees the steady state of those before it."""
    found, scale = [], 1.0
    for b, a in sections(sos):
        found.append(scale * steady_state(b, a))
        scale = scale * np.sum(b) / np.sum(a)
    return np.stack(found)


def zero_phase_cascade(sos, x, axis=-1, padtype="odd", padlen=None):
    """sosfiltfilt."""
    plain, zi = np.asarray(concrete(array(sos))), steady_states(sos)
    taps = 2 * len(plain) + 1 - min(np.sum(plain[:, 2] == 0), np.sum(plain[:, 5] == 0))
    forward = lambda x: cascade(sos, x, -1, np.reshape(zi, (len(plain), *[1] * (x.ndim - 1), 2)) * x[..., :1])[0]
    return to_and_fro(forward, x, axis, padtype, padlen, int(taps))


for call, body in ((lfilter, run), (lfilter_zi, steady_state), (filtfilt, zero_phase), (sosfilt, cascade), (sosfilt_zi, steady_states), (sosfiltfilt, zero_phase_cascade)):
    decomposed(call, body)


@dispatched
def response(b, at):
    """The polynomial b in exp(-i w), at angular frequencies w."""
    return theirs.freqz(b, np.ones(1, b.dtype), at)[1]


linear(response, lambda g, b, at: np.sum(g * np.exp(-1j * at * np.arange(b.shape[0])[:, None]), axis=-1), None, name="dr.scipy.signal.freqz (of one polynomial)",
       domain=lambda rng: ((rng.normal(size=4), np.array([0.0, 0.3, 2.0])), {}))


def frequency_response(b, a=1, worN=512, whole=False, plot=None, fs=2 * np.pi, include_nyquist=False):
    """freqz, for coefficients that are vectors; the frequencies are plain."""
    if plot is not None:
        raise NoRuleError(f"dr.scipy.signal.freqz has no derivative rule for plot={at_line()}. Plot the values without derivatives.")
    b, a = np.atleast_1d(array(b)), np.atleast_1d(array(a))
    at = theirs.freqz(*(np.asarray(concrete(c)) for c in (b, a)), worN, whole, None, fs, include_nyquist)[0]
    radians = at * (2 * np.pi / fs)
    return at, response(b, radians) / response(a, radians)


def cascade_response(sos, *args, **kwargs):
    """sosfreqz: the product of the sections' responses."""
    parts = [frequency_response(b, a, *args, **kwargs) for b, a in sections(sos)]
    h = parts[0][1]
    for _, more in parts[1:]:
        h = h * more
    return parts[0][0], h


decomposed(freqz, frequency_response)
decomposed(sosfreqz, cascade_response)
if hasattr(theirs, "freqz_sos"):  # new in SciPy 1.15
    freqz_sos = mirror(theirs.freqz_sos)
    decomposed(freqz_sos, cascade_response)
