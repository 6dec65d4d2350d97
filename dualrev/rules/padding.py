"""np.pad in all its modes."""

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.rows import decomposed
from ..core.tracer import concrete
from .products import array
from .unchanged import of_type

STATISTICS = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def picked(x, function):
    """What a function that only moves entries about does to an array, found out by what it does to their positions."""
    return np.ravel(x)[function(np.arange(x.size).reshape(x.shape))]


def pairs(values, ndim):
    """The values before and after each axis, as NumPy reads them."""
    values = array(values)
    if values.ndim < 3 and values.size == 1:
        value = np.ravel(values)[0]
        return [(value, value)] * ndim
    if values.ndim < 3 and values.size == 2 and values.shape != (2, 1):
        values = np.ravel(values)
        return [(values[0], values[1])] * ndim
    return [(pair[0], pair[1]) for pair in np.broadcast_to(values, (ndim, 2))]


def part(axis, start, stop):
    """The index of a range along an axis."""
    return (slice(None),) * axis + (slice(start, stop),)


def constants(x, axis, before, after, values):
    """A value before and a value after."""
    def block(n, value):
        value = array(value).astype(x.dtype)
        return np.broadcast_to(value, (*x.shape[:axis], n, *x.shape[axis + 1:]))

    return block(before, values[0]), block(after, values[1])


def ramps(x, axis, before, after, ends):
    """Straight lines to the end values."""
    def ramp(n, end, edge):
        return np.linspace(end, np.squeeze(edge, axis), n, endpoint=False, dtype=x.dtype, axis=axis)

    return ramp(before, ends[0], x[part(axis, 0, 1)]), np.flip(ramp(after, ends[1], x[part(axis, -1, None)]), axis)


def statistics(x, axis, before, after, lengths, function):
    """A statistic of the entries at either end."""
    n = x.shape[axis]
    left, right = (n if k is None or k > n else int(k) for k in lengths)
    if not (left and right) and function in (np.max, np.min):
        raise ValueError("stat_length of 0 yields no value for padding")
    first = function(x[part(axis, 0, left)], axis=axis, keepdims=True)
    last = function(x[part(axis, n - right, None)], axis=axis, keepdims=True)
    return np.repeat(first, before, axis=axis), np.repeat(last, after, axis=axis)


def turned(x, axis, before, after, inclusive):
    """Reflect oddly, in rounds where more is asked for than there is."""
    n = x.shape[axis]
    if n == 1:
        return np.repeat(x[part(axis, 0, 1)], before, axis=axis), x, np.repeat(x[part(axis, -1, None)], after, axis=axis)
    whole, shift = x, 0 if inclusive else 1
    while before > 0 or after > 0:
        m = whole.shape[axis]
        reach = m // n * n if inclusive else (m - 1) // (n - 1) * (n - 1)
        k, j = min(reach, before), min(reach, after)
        left = 2 * whole[part(axis, 0, 1)] - np.flip(whole[part(axis, shift, shift + k)], axis)
        right = 2 * whole[part(axis, -1, None)] - np.flip(whole[part(axis, m - shift - j, m - shift)], axis)
        whole = np.concatenate([left, whole, right], axis=axis)
        before, after = before - k, after - j
    return (whole,)


def pad(array_, pad_width, mode="constant", **kwargs):
    """np.pad; constant and end values may be traced."""
    x = array(array_)
    if callable(mode):
        raise NoRuleError(f"np.pad has no derivative rule for a function as mode, which writes into plain views{at_line()}. Use np.concatenate.")
    widths = widths_of(pad_width, x.ndim)
    if kwargs or mode != "constant":
        np.pad(np.zeros((1,) * x.ndim), 0, mode, **{name: concrete(value) if name in ("reflect_type", "stat_length") else 0 for name, value in kwargs.items()})
    if not x.ndim:
        return np.copy(x)
    odd = kwargs.get("reflect_type") == "odd"
    if mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and not odd):
        return picked(x, lambda places: np.pad(places, widths, mode))
    if not x.size and mode not in ("constant", "empty"):
        np.pad(np.zeros(x.shape), widths, mode)  # raises where NumPy does
    for axis, (before, after) in enumerate(widths):
        if mode in ("constant", "empty"):
            if not before and not after:
                continue
            ends = constants(x, axis, before, after, pairs(kwargs.get("constant_values", 0), x.ndim)[axis])
        elif mode == "linear_ramp":
            ends = ramps(x, axis, before, after, pairs(kwargs.get("end_values", 0), x.ndim)[axis])
        elif mode in STATISTICS:
            lengths = kwargs.get("stat_length")
            ends = statistics(x, axis, before, after, (None, None) if lengths is None else pairs(lengths, x.ndim)[axis], STATISTICS[mode])
        else:
            x = np.concatenate(turned(x, axis, before, after, mode == "symmetric"), axis=axis)
            continue
        parts = [of_type(end, x.dtype) for end in ends]
        x = np.concatenate([*parts[:1], x, *parts[1:]] if before and after else [parts[0], x] if before else [x, parts[1]], axis=axis)
    return np.copy(x) if x is array_ else x


def widths_of(pad_width, ndim):
    """How much to add before and after each axis."""
    if isinstance(pad_width, dict):
        given = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            given[axis] = (width, width) if np.ndim(width) == 0 else tuple(width)
        pad_width = given
    pad_width = np.asarray(pad_width)
    if pad_width.dtype.kind != "i":
        raise TypeError("`pad_width` must be of integral type.")
    if np.any(pad_width < 0):
        raise ValueError("index can't contain negative values")
    return [(int(before), int(after)) for before, after in pairs(pad_width, ndim)]


decomposed(np.pad, pad)
