"""The three products of a convolution's trilinear form, lowered to matrix products of windows, a block of images at a time."""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from .windows import padded

BLOCK = 1 << 18  # bytes of windows that are laid out at a time: they stay in the cache


def windows(x, geometry):
    """A view of the windows of x, of shape (batch, channels, *kernel, *places)."""
    wide, n = padded(x, geometry), len(geometry.shape)
    axes = tuple(range(2, 2 + n))
    view = sliding_window_view(wide, geometry.reach, axes)
    steps = (slice(None),) * 2 + tuple(slice(None, None, s) for s in geometry.stride) + tuple(slice(None, None, d) for d in geometry.dilation)
    return np.transpose(view[steps], (0, 1, *range(2 + n, 2 + 2 * n), *axes))


def blocks(batch, each):
    """Slices of the batch, of about BLOCK bytes where one image takes ``each``."""
    size = max(1, BLOCK // max(each, 1))
    return [slice(start, min(start + size, batch)) for start in range(0, batch, size)]


def by_group(w, groups):
    """A kernel as matrices (groups, filters, channels x window)."""
    return w.reshape(groups, w.shape[0] // groups, math.prod(w.shape[1:]))


def laid_out(view, part, room, groups):
    """Windows of some images, copied into ``room``, as matrices (images, groups, channels x window, places)."""
    some = room[: part.stop - part.start]
    some[...] = view[part]
    n = (some.ndim - 2) // 2
    return some.reshape(len(some), groups, some.shape[1] // groups * math.prod(some.shape[2:2 + n]), math.prod(some.shape[2 + n:]))


def filtered(x, w, geometry):
    """y[n, f, i] = sum over c, k of w[f, c, k] x[n, c, stride i + dilation k - padding]."""
    view, kind, batch = windows(x, geometry), np.result_type(x, w), len(x)
    y = np.empty((batch, geometry.groups, w.shape[0] // geometry.groups, math.prod(geometry.places)), kind)
    matrices = by_group(w, geometry.groups)
    parts = blocks(batch, math.prod(view.shape[1:]) * kind.itemsize)
    if parts and geometry.groups == 1 and geometry.count == 1 and view[parts[0]].flags.c_contiguous:
        np.matmul(matrices, view.reshape(batch, 1, view.shape[1], -1), out=y)
    elif parts:
        room = np.empty((parts[0].stop, *view.shape[1:]), x.dtype)
        for part in parts:
            np.matmul(matrices, laid_out(view, part, room, geometry.groups), out=y[part])
    return y.reshape(batch, w.shape[0], *geometry.places)


def spread(y, w, geometry):
    """x[n, c, j] = the sum of w[f, c, k] y[n, f, i] over all f, i, k with stride i + dilation k - padding = j: the transposed convolution."""
    roomy = math.prod(geometry.padded) <= 3 * math.prod(geometry.places)
    if roomy and all(s == 1 for s in geometry.stride) and np.isfinite(w).all():  # an infinite weight times the zeros between rows would be NaN
        return spread_in_runs(y, w, geometry)
    kind, batch, groups = np.result_type(y, w), len(y), geometry.groups
    channels, matrices = w.shape[1] * groups, np.swapaxes(by_group(w, groups), -1, -2)
    values, length = y.reshape(batch, groups, w.shape[0] // groups, -1), math.prod(geometry.places)
    x, parts = np.empty((batch, channels, *geometry.shape), kind), blocks(batch, channels * geometry.count * length * kind.itemsize)
    most = parts[0].stop if parts else 0
    room, wide = np.empty((most, groups, matrices.shape[1], length), kind), np.empty((most, channels, *geometry.padded), kind)
    found = room.reshape(most, channels, geometry.count, *geometry.places)
    pairs = [(wide[index], found[:, :, k]) for k, index in enumerate(geometry.offsets())]
    for part in parts:
        n = part.stop - part.start
        np.matmul(matrices, values[part], out=room[:n])
        wide[:n] = 0
        for target, added in pairs:
            np.add(target[:n], added[:n], target[:n])
        x[part] = wide[:n][geometry.inner]
    return x


def spread_in_runs(y, w, geometry):
    """The same with stride 1: places laid out in rows of the padded array's lengths, so that all that one entry of the window reaches is one run of the flat array.

    The products of each entry lie in a row as long as the padded array, with zeros behind them (so this is for windows that are small beside the array). In a
    view whose strides shift each row by its entry's offset, what comes to one place stands in a column, and one sum over the entries adds all runs.
    """
    kind, batch, groups, n = np.result_type(y, w), len(y), geometry.groups, len(geometry.shape)
    channels, matrices = w.shape[1] * groups, np.swapaxes(by_group(w, groups), -1, -2)
    steps, size, count = [math.prod(geometry.padded[k + 1:]) for k in range(n)], math.prod(geometry.padded), geometry.count
    length = 1 + sum((m - 1) * step for m, step in zip(geometry.places, steps, strict=True))
    parts = blocks(batch, channels * count * size * kind.itemsize)
    most, x = parts[0].stop if parts else 0, np.empty((batch, channels, *geometry.shape), kind)

    laid = np.zeros((most, groups, w.shape[0] // groups, geometry.places[0], *geometry.padded[1:]), y.dtype)
    filled = laid[(..., *(slice(m) for m in geometry.places))]
    lined = laid.reshape(*laid.shape[:3], geometry.places[0] * steps[0])[..., :length]
    room = np.zeros((most, groups, matrices.shape[1], size), kind)
    shifts = [math.prod(geometry.kernel[k + 1:]) * size - d * step for k, (d, step) in enumerate(zip(geometry.dilation, steps, strict=True))]
    strides = [kind.itemsize * s for s in (channels * count * size, count * size, *shifts, 1)]
    first, rows = geometry.padding[0][0] * steps[0], geometry.shape[0] * steps[0]
    shifted = as_strided(room, (most, channels, *geometry.kernel, size), strides, writeable=False)[..., first:first + rows]
    wide = np.empty((most, channels, rows), kind)
    inner = wide.reshape(most, channels, geometry.shape[0], *geometry.padded[1:])[(..., slice(None), *geometry.inner[2:])]
    for part in parts:
        some = part.stop - part.start
        filled[:some] = y[part].reshape(some, *filled.shape[1:])
        np.matmul(matrices, lined[:some], out=room[:some, ..., :length])
        np.add.reduce(shifted[:some], axis=tuple(range(2, 2 + n)), out=wide[:some])
        x[part] = inner[:some]
    return x


def gathered(x, y, geometry):
    """w[f, c, k] = sum over n, i of x[n, c, stride i + dilation k - padding] y[n, f, i]."""
    view, kind, batch, groups = windows(x, geometry), np.result_type(x, y), len(x), geometry.groups
    values = np.reshape(y, (batch, groups, y.shape[1] // groups, math.prod(geometry.places)))
    w = np.zeros((groups, y.shape[1] // groups, x.shape[1] // groups * geometry.count), kind)
    parts = blocks(batch, math.prod(view.shape[1:]) * kind.itemsize)
    if parts:
        room = np.empty((parts[0].stop, *view.shape[1:]), x.dtype)
        for part in parts:
            w += np.sum(np.matmul(values[part], np.swapaxes(laid_out(view, part, room, groups), -1, -2)), axis=0)
    return w.reshape(y.shape[1], x.shape[1] // groups, *geometry.kernel)
