"""Images read between their entries, by splines of order 1 (linear) to 5 or at the nearest entry (order 0), in the image and in the coordinates.

Linearly, the slope of the cell on the right of an entry counts, at the last entry that on its left. What a coordinate beyond the edges stands for follows from the mode.
"""

import itertools

import numpy as np
import scipy.ndimage as theirs
import scipy.special as sp

from ...core.indexing import getitem
from ...core.rows import decomposed
from ...core.tracer import concrete, passive
from ...rules.products import array
from ..mirror import mirror
from .filters import image, one_each
from .splines import prepared, weights

map_coordinates, affine_transform, shift, zoom, rotate = (mirror(getattr(theirs, name)) for name in ("map_coordinates", "affine_transform", "shift", "zoom", "rotate"))


def brought_in(x, n, mode):
    """The coordinate inside the image that one beyond its edges stands for, as +-x plus a constant."""
    at = passive(x)
    beyond = (at < 0) | (at > n - 1)
    if mode in ("constant", "grid-constant"):
        return x
    if mode == "nearest":
        return np.clip(x, 0.0, n - 1.0)
    if mode == "grid-wrap":
        return x - n * np.floor(at / n)
    if n == 1:
        return np.where(beyond, 0.0, x)
    if mode == "wrap":
        turns = np.where(at < 0, np.floor(-at / (n - 1)) + 1, -np.floor(at / (n - 1)))
        return np.where(beyond, x + (n - 1) * turns, x)
    period, far = (2 * n - 2, n - 1) if mode == "mirror" else (2 * n, n)
    t = x - period * np.floor(at / period)
    return np.where(beyond, np.where(passive(t) > far if mode == "mirror" else passive(t) >= far, period - (mode != "mirror") - t, t), x)


def neighbours(i, n, mode):
    """The entry for an index next to a coordinate that was brought in, and whether there is one."""
    if mode == "grid-wrap":
        return i % n, None
    return np.clip(i, 0, n - 1), ((i >= 0) & (i < n) if mode == "grid-constant" else None)


def folded(i, n, mode):
    """The coefficient for an index next to a coordinate that was brought in, and whether there is one."""
    if mode == "grid-constant":
        return np.clip(i, 0, n - 1), (i >= 0) & (i < n)
    if mode == "grid-wrap":
        return i % n, None
    if mode == "nearest":
        return np.clip(i, 0, n - 1), None
    if mode == "reflect":
        i = i % (2 * n)
        return np.minimum(i, 2 * n - 1 - i), None
    i = i % max(2 * n - 2, 1)
    return np.minimum(i, 2 * n - 2 - i), None


def sides(x, n, order, mode):
    """(index, whether there is an entry, weight) of the entries that a coordinate reads along an axis."""
    m = x if order > 1 and mode == "nearest" else brought_in(x, n, mode)
    if order > 1:
        half = 0.0 if order % 2 else 0.5
        start = np.floor(passive(m) + half)
        first = start.astype(int) - order // 2
        return [(*folded(first + k, n, mode), w) for k, w in enumerate(weights(m - start + half, order))]
    if order == 0:
        return [(*neighbours(np.floor(passive(m) + 0.5).astype(int), n, mode), None)]
    i = np.floor(passive(m)).astype(int)
    if mode in ("constant", "nearest", "mirror", "wrap"):
        i = np.clip(i, 0, max(n - 2, 0))
    w = m - i
    return [(*neighbours(i, n, mode), 1 - w), (*neighbours(i + 1, n, mode), w)]


def read(x, coordinates, order, mode, cval, prefilter, axes=None):
    """The image at coordinates, of which there is an array for each axis; they are whole numbers along all but ``axes``."""
    if order not in range(6):
        raise RuntimeError("spline order not supported")
    if mode == "grid-mirror":
        mode = "reflect"
    axes = range(x.ndim) if axes is None else axes
    z, reach = prepared(x, order, mode, cval, prefilter, axes)
    along = [sides(c + reach, n, order, mode) if k in axes else sides(c, n, 0, mode) for k, (c, n) in enumerate(zip(coordinates, z.shape, strict=True))]
    y = 0.0
    for corner in itertools.product(*along):
        v = getitem(z, tuple(i for i, _, _ in corner))
        there = [some for _, some, _ in corner if some is not None]
        v = np.where(np.logical_and.reduce(there), v, cval) if there else v
        for _, _, w in corner:
            v = v if w is None else v * w
        y = y + v
    if mode == "constant":
        y = np.where(np.logical_or.reduce([(passive(c) < 0) | (passive(c) > n - 1) for c, n in zip(coordinates, x.shape, strict=True)]), cval, y)
    return y.astype(x.dtype)


def mapped(input, coordinates, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    """map_coordinates."""
    x, c = image(input, output), array(coordinates)
    if c.shape[0] != x.ndim:
        raise RuntimeError("invalid shape for coordinate array")
    return read(x, [c[k].astype(float) for k in range(x.ndim)], order, mode, cval, prefilter)


def grid(shape):
    """The coordinates of the entries of an image, to be broadcast."""
    return [np.reshape(np.arange(float(n)), [n if k == j else 1 for j in range(len(shape))]) for k, n in enumerate(shape)]


def spread(coordinates, shape):
    """Coordinates as arrays of the shape of the result."""
    return [np.broadcast_to(c, shape) for c in coordinates]


def transformed(input, matrix, offset=0.0, output_shape=None, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    """affine_transform, in the matrix and the offset too."""
    x, matrix = image(input, output), array(matrix)
    n = x.ndim
    shape = x.shape if output_shape is None else tuple(output_shape)
    if matrix.ndim == 2 and matrix.shape[1] == n + 1:
        matrix, offset = matrix[:n, :n], matrix[:n, n]
    offset = [offset[k] for k in range(n)] if np.ndim(offset) else [offset] * n
    if matrix.ndim == 1:
        return read(x, spread([matrix[k] * c + o for k, (c, o) in enumerate(zip(grid(shape), offset, strict=True))], shape), order, mode, cval, prefilter)
    return read(x, spread([sum(matrix[k, j] * c for j, c in enumerate(grid(shape))) + offset[k] for k in range(n)], shape), order, mode, cval, prefilter)


def shifted(input, shift, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    """shift, in the distances too."""
    x = image(input, output)
    by = [shift[k] for k in range(x.ndim)] if np.ndim(shift) else [shift] * x.ndim
    return read(x, spread([c - d for c, d in zip(grid(x.shape), by, strict=True)], x.shape), order, mode, cval, prefilter)


def zoomed(input, zoom, output=None, order=3, mode="constant", cval=0.0, prefilter=True, *, grid_mode=False):
    """zoom: the factors decide how many entries there are, and nothing else."""
    x = image(input, output)
    shape = tuple(round(n * float(z)) for n, z in zip(x.shape, one_each(zoom, x.ndim), strict=True))
    centre, less = (0.5, 0) if grid_mode else (0.0, 1)
    scale = [(n - less) / (m - less) if m > less else 1.0 for n, m in zip(x.shape, shape, strict=True)]
    return read(x, spread([(c + centre) * s - centre for c, s in zip(grid(shape), scale, strict=True)], shape), order, mode, cval, prefilter)


def rotated(input, angle, axes=(1, 0), reshape=True, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    """rotate, in the angle too."""
    x = image(input, output)
    i, j = sorted(k % x.ndim for k in axes)
    shape = theirs.rotate(np.zeros(x.shape), concrete(angle), axes, reshape, order=0).shape
    c, s = sp.cosdg(angle), sp.sindg(angle)
    at = grid(shape)
    u, v = at[i] - (shape[i] - 1) / 2, at[j] - (shape[j] - 1) / 2
    at[i], at[j] = c * u + s * v + (x.shape[i] - 1) / 2, c * v - s * u + (x.shape[j] - 1) / 2
    return read(x, spread(at, shape), order, mode, cval, prefilter, (i, j))


for call, body in ((map_coordinates, mapped), (affine_transform, transformed), (shift, shifted), (zoom, zoomed), (rotate, rotated)):
    decomposed(call, body)
