"""The three products of a convolution's trilinear form, lowered to matrix products of windows, a block of images at a time."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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
    kind, batch, groups = np.result_type(y, w), len(y), geometry.groups
    channels, matrices = w.shape[1] * groups, np.swapaxes(by_group(w, groups), -1, -2)
    x = np.empty((batch, channels, *geometry.shape), kind)
    rows, targets = run_targets(geometry) if all(s == 1 for s in geometry.stride) else (geometry.places, None)
    length = geometry.places[0] * math.prod(rows[1:]) if targets is None else targets[0][1]
    parts = blocks(batch, channels * geometry.count * length * kind.itemsize)
    most = parts[0].stop if parts else 0
    room, wide = np.empty((most, groups, matrices.shape[1], length), kind), np.empty((most, channels, *geometry.padded), kind)
    laid = np.zeros((most, groups, w.shape[0] // groups, *rows), y.dtype)
    found = room.reshape(most, channels, geometry.count, length)
    if targets is None:
        pairs = [(wide[index], found[:, :, k].reshape(most, channels, *geometry.places)) for k, index in enumerate(geometry.offsets())]
    else:
        flat = wide.reshape(most, channels, math.prod(geometry.padded))
        pairs = [(flat[..., start:start + length], found[:, :, k]) for k, (start, _) in enumerate(targets)]
    filled = laid[(..., *(slice(n) for n in geometry.places))]
    lined = laid.reshape(most, groups, laid.shape[2], math.prod(rows))[..., :length]
    for part in parts:
        n = part.stop - part.start
        filled[:n] = y[part].reshape(n, *filled.shape[1:])
        np.matmul(matrices, lined[:n], out=room[:n])
        wide[:n] = 0
        for target, values in pairs:
            np.add(target[:n], values[:n], target[:n])
        x[part] = wide[:n][geometry.inner]
    return x


def run_targets(geometry):
    """With stride 1, places laid out in rows of the padded array's lengths: all that an entry of the window reaches is then one run of the flat array.

    Returns the lengths of the layout, and (start, length) of each entry's run.
    """
    steps = [math.prod(geometry.padded[k + 1:]) for k in range(len(geometry.shape))]
    length = 1 + sum((m - 1) * step for m, step in zip(geometry.places, steps, strict=True))
    starts = [sum(d * k * step for d, k, step in zip(geometry.dilation, corner, steps, strict=True)) for corner in np.ndindex(geometry.kernel)]
    return (geometry.places[0], *geometry.padded[1:]), [(start, length) for start in starts]


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
