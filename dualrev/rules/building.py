"""Arrays made from others: inserting and deleting, ranges between end points, windows, products of vectors."""

import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple
from numpy.lib.stride_tricks import sliding_window_view

from ..core.errors import NoRuleError, at_line
from ..core.rows import decomposed, linear
from ..core.tracer import Tracer, apply, concrete, meta, passive, peek
from ..core.words import several, spread
from .indexing import taken
from .padding import picked
from .products import array
from .unchanged import flat, of_type, shaped


def insert(arr, obj, values, axis=None):
    """np.insert: before one place, or where NumPy says that the entries of both arrays go."""
    arr = array(arr)
    values = of_type(array(values), arr.dtype)
    if isinstance(obj, (int, np.integer)) and not isinstance(obj, bool) and values.ndim <= (arr.ndim if axis is not None else 1):
        return inserted(flat(arr), obj, values, 0) if axis is None else inserted(arr, obj, values, normalize_axis_index(axis, arr.ndim))
    places = np.arange(arr.size).reshape(arr.shape)
    new = arr.size + np.arange(values.size).reshape(values.shape)
    return np.concatenate([np.ravel(arr), np.ravel(values)])[np.insert(places, concrete(obj), new, axis=axis)]


def inserted(arr, place, values, axis):
    """Values before one place of an axis."""
    n = arr.shape[axis]
    if not -n <= place <= n:
        raise IndexError(f"index {place} is out of bounds for axis {axis} with size {n}")
    place = place + n if place < 0 else place
    values = shaped(values, (1,) * (arr.ndim - values.ndim) + values.shape)
    values = np.moveaxis(values, 0, axis) if axis else values
    shape = (*arr.shape[:axis], values.shape[axis], *arr.shape[axis + 1:])
    return spliced(arr, values if values.shape == shape else np.broadcast_to(values, shape), place, axis)


def stretch(axis, start, stop):
    """The index of a stretch of an axis."""
    return (*(slice(None),) * axis, slice(start, stop))


def spliced(x, v, place, axis):
    """x with v before a place of an axis."""
    if isinstance(x, Tracer) or isinstance(v, Tracer):
        return apply(spliced, (x, v, place, axis), {})
    return np.concatenate([x[stretch(axis, 0, place)], v, x[stretch(axis, place, None)]], axis=axis)


def left_out(x, start, stop, axis):
    """x without a stretch of an axis."""
    return apply(left_out, (x, start, stop, axis), {}) if isinstance(x, Tracer) else np.concatenate([x[stretch(axis, 0, start)], x[stretch(axis, stop, None)]], axis=axis)


def put_back(g, x, start, stop, axis):
    """Zeros for the stretch that was left out."""
    return spliced(g, np.zeros((*x.shape[:axis], stop - start, *x.shape[axis + 1:]), meta(g)[1]), start, axis)


def spliced_batch(step):
    """The examples of both arrays come first."""
    if any(step.lead[2:]):
        return NotImplemented
    x, v = (spread(a, lead, step.size) for a, lead in zip(step.args[:2], step.lead[:2], strict=True))
    return step.call(x, v, step.args[2], step.args[3] + 1)


linear(spliced, lambda g, x, v, place, axis: left_out(g, place, place + v.shape[axis], axis), lambda g, x, v, place, axis: np.copy(g[stretch(axis, place, place + v.shape[axis])]),
       None, None, selective=True, batch=several(spliced_batch), name="one array put into another",
       domain=lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=(2, 2)), 1, 1), {}))
linear(left_out, put_back, None, None, None, selective=True, batch="axis", domain=lambda rng: ((rng.normal(size=(4, 2)), 1, 3, 0), {}), name="an array without a stretch")


def delete(arr, obj, axis=None):
    """np.delete: NumPy tells which places of the axis are left."""
    arr = array(arr)
    arr, axis = (flat(arr), 0) if axis is None else (arr, normalize_axis_index(axis, arr.ndim))
    if isinstance(obj, (int, np.integer)) and not isinstance(obj, bool):
        n = arr.shape[axis]
        if not -n <= obj < n:
            raise IndexError(f"index {obj} is out of bounds for axis {axis} with size {n}")
        return left_out(arr, obj % n, obj % n + 1, axis)
    left = np.delete(np.arange(arr.shape[axis]), concrete(obj))
    return np.moveaxis(taken(np.moveaxis(arr, axis, -1), left), -1, axis)


def trim_zeros(filt, trim="fb", axis=None):
    """np.trim_zeros: a box around the entries that are not zero."""
    filt = array(filt)
    ends = trim.lower()
    if ends not in ("fb", "bf", "f", "b"):
        raise ValueError(f"unexpected character(s) in `trim`: {ends!r}")
    axes = tuple(range(filt.ndim)) if axis is None else normalize_axis_tuple(axis, filt.ndim)
    kept = np.argwhere(concrete(filt) != 0)
    if not kept.size:
        return filt[tuple(slice(0, 0) if k in axes else slice(None) for k in range(filt.ndim))]
    first, last = kept.min(axis=0).tolist(), (kept.max(axis=0) + 1).tolist()
    return filt[tuple(slice(first[k] if "f" in ends else None, last[k] if "b" in ends else None) if k in axes else slice(None) for k in range(filt.ndim))]


def rot90(m, k=1, axes=(0, 1)):
    """np.rot90 by flips and a transposition."""
    m = array(m)
    axes = tuple(axes)
    if len(axes) != 2 or axes[0] == axes[1] or abs(axes[0] - axes[1]) == m.ndim:
        raise ValueError("len(axes) must be 2, and axes must be different")
    a, b = (normalize_axis_index(axis, m.ndim) for axis in axes)
    turns = k % 4
    if turns == 0:
        return m[...]
    if turns == 2:
        return np.flip(np.flip(m, a), b)
    return np.swapaxes(np.flip(m, b), a, b) if turns == 1 else np.flip(np.swapaxes(m, a, b), b)


def windows(x, window_shape, axis=None, *, subok=False, writeable=False):
    """sliding_window_view, as a copy that reads the same entries."""
    if writeable:
        raise NoRuleError(f"sliding_window_view has no derivative rule for the keyword 'writeable'{at_line()}. Write to the array itself.")
    return picked(array(x), lambda places: sliding_window_view(places, window_shape, axis))


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """np.cross by its components."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = array(a), array(b)
    if not a.ndim or not b.ndim:
        raise ValueError("At least one array has zero dimension")
    a, b = (np.moveaxis(x, normalize_axis_index(k, x.ndim), -1) for x, k in ((a, axisa), (b, axisb)))
    n, m = a.shape[-1], b.shape[-1]
    if n not in (2, 3) or m not in (2, 3):
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    (a0, a1), (b0, b1) = ((x[..., 0], x[..., 1]) for x in (a, b))
    c2 = a0 * b1 - a1 * b0
    if n == m == 2:
        return c2
    if n == 2:
        b2 = b[..., 2]
        c0, c1 = a1 * b2, -(a0 * b2)
    elif m == 2:
        a2 = a[..., 2]
        c0, c1 = -(a2 * b1), a2 * b0
    else:
        a2, b2 = a[..., 2], b[..., 2]
        c0, c1 = a1 * b2 - a2 * b1, a2 * b0 - a0 * b2
    return np.moveaxis(np.stack(np.broadcast_arrays(c0, c1, c2), axis=-1), -1, normalize_axis_index(axisc, c2.ndim + 1))


def cross_of_threes(x1, x2, axis=-1):
    """np.linalg.cross, which takes vectors of length 3 only."""
    x1, x2 = array(x1), array(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(f"Both input arrays must be (arrays of) 3-dimensional vectors, but they are {x1.shape[axis]} and {x2.shape[axis]} dimensional instead.")
    return cross(x1, x2, axis=axis)


decomposed(np.insert, insert)
decomposed(np.delete, delete)
decomposed(np.trim_zeros, trim_zeros)
decomposed(np.rot90, rot90)
decomposed(sliding_window_view, windows)
decomposed(np.cross, cross)
decomposed(np.linalg.cross, cross_of_threes)
decomposed(np.ix_, lambda *args: tuple(x if isinstance(x, np.ndarray) else np.reshape(x, (1,) * k + (-1,) + (1,) * (len(args) - k - 1))
                                       for k, x in enumerate(one_dimensional(args))))


def one_dimensional(args):
    """The arguments of np.ix_; plain ones as NumPy makes them."""
    plain = np.ix_(*(concrete(array(x)) for x in args))
    return [x if isinstance(x, Tracer) else p for x, p in zip(args, plain, strict=True)]


def sort_complex(a):
    """np.sort_complex: sorted along the last axis, and complex."""
    y = np.sort(array(a))
    return y if y.dtype.kind == "c" else y.astype(np.clongdouble if y.dtype.char == "g" else complex)


decomposed(np.sort_complex, sort_complex)


def ends(start, stop):
    """The end points as float arrays of one type, as NumPy's promotion has it."""
    kind = np.result_type(peek(start) if np.ndim(start) == 0 else array(start).dtype, peek(stop) if np.ndim(stop) == 0 else array(stop).dtype, 0.0)
    return array(start).astype(kind), array(stop).astype(kind), kind


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    """np.linspace, linear in its end points."""
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop, kind = ends(start, stop)
    gap = stop - start
    parts = num - 1 if endpoint else num
    step = gap / parts if parts > 0 else np.nan
    grid = np.arange(num).astype(kind).reshape((-1,) + (1,) * np.ndim(gap))
    y = grid * (step if parts > 0 else gap) + start
    if endpoint and num > 1:
        y = np.concatenate([y[:-1], np.expand_dims(np.broadcast_to(stop, meta(y)[0][1:]), 0)])
    y = np.moveaxis(y, 0, axis) if axis != 0 else y
    if dtype is not None:
        y = np.floor(y).astype(dtype) if np.dtype(dtype).kind in "iu" else y.astype(dtype)
    return (y, step) if retstep else y


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """np.logspace, in the base too."""
    if np.ndim(base):
        base = array(base)
        n = max(np.ndim(start), np.ndim(stop), base.ndim)
        start, stop, base = (np.reshape(x, (1,) * (n - x.ndim) + x.shape) for x in (array(start), array(stop), base))
        base = np.expand_dims(base, axis)
    y = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else y.astype(dtype)


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """np.geomspace: even steps of the logarithm, turned to the direction of the start."""
    start, stop = array(start), array(stop)
    if np.any(passive(start) == 0) or np.any(passive(stop) == 0):
        raise ValueError("Geometric sequence cannot include zero")
    kind = np.result_type(start.dtype, stop.dtype, float(num), np.zeros((), dtype))
    start, stop = start.astype(kind), stop.astype(kind)
    direction = np.sign(start)
    first, last = start / direction, stop / direction
    y = logspace(np.log10(first), np.log10(last), num, endpoint, 10.0, kind)
    shape = meta(y)[0][1:]
    if num > 0:
        exact = [np.expand_dims(np.broadcast_to(x, shape), 0) for x in (first, last)]
        y = np.concatenate([exact[0], y[1:-1], exact[1]]) if num > 1 and endpoint else np.concatenate([exact[0], y[1:]])
    y = y * direction
    y = np.moveaxis(y, 0, axis) if axis != 0 else y
    return y if dtype is None else y.astype(dtype)


decomposed(np.linspace, linspace)
decomposed(np.logspace, logspace)
decomposed(np.geomspace, geomspace)


def vander(x, N=None, increasing=False):
    """np.vander: the powers of the entries as columns."""
    x = array(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    powers = np.arange(x.shape[0] if N is None else N)
    x = x.astype(np.promote_types(x.dtype, int))
    if 2 <= powers.size <= 8:  # products cost less than powers
        columns = [np.ones(x.shape, x.dtype), x]
        for _ in range(powers.size - 2):
            columns.append(columns[-1] * x)
        return np.stack(columns if increasing else columns[::-1], axis=1)
    return np.expand_dims(x, 1) ** (powers if increasing else powers[::-1])


decomposed(np.vander, vander)
