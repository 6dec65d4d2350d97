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
    channels = w.shape[1] * groups
    wide = np.zeros((batch, channels, *geometry.padded), kind)
    matrices = np.swapaxes(by_group(w, groups), -1, -2)
    values = np.reshape(y, (batch, groups, w.shape[0] // groups, math.prod(geometry.places)))
    parts = blocks(batch, channels * geometry.count * math.prod(geometry.places) * kind.itemsize)
    offsets = list(geometry.offsets())
    room = np.empty((parts[0].stop if parts else 0, groups, matrices.shape[1], values.shape[-1]), kind)
    for part in parts:
        some = wide[part]
        found = np.matmul(matrices, values[part], out=room[: len(some)]).reshape(-1, channels, geometry.count, *geometry.places)
        for k, index in enumerate(offsets):
            some[index] += found[:, :, k]
    return np.ascontiguousarray(wide[geometry.inner])


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
