"""The same products for large images, a band of rows at a time: the windows of one whole image would take the image's memory as often as they have entries."""

import dataclasses
import math

import numpy as np

from . import convolution_products as direct
from .windows import padded

MOST = 1 << 24  # bytes of windows that are laid out at a time for one image


def bands(geometry, channels, itemsize):
    """(places, rows of the padded image, their geometry) of each band; none where the image is small."""
    each = channels * geometry.count * math.prod(geometry.places[1:]) * itemsize
    size = max(1, MOST // max(each, 1))
    if size >= geometry.places[0]:
        return []
    found = []
    for start in range(0, geometry.places[0], size):
        stop = min(start + size, geometry.places[0])
        first, last = start * geometry.stride[0], (stop - 1) * geometry.stride[0] + geometry.reach[0]
        part = dataclasses.replace(geometry, shape=(last - first, *geometry.padded[1:]), padding=((0, 0),) * len(geometry.shape))
        found.append((slice(start, stop), slice(first, last), part))
    return found


def filtered(x, w, geometry):
    """Each band of places reads its band of rows."""
    found = bands(geometry, x.shape[1], x.itemsize)
    if not found:
        return direct.filtered(x, w, geometry)
    wide, y = padded(x, geometry), np.empty((len(x), len(w), *geometry.places), np.result_type(x, w))
    for places, rows, part in found:
        y[:, :, places] = direct.filtered(wide[:, :, rows], w, part)
    return y


def spread(y, w, geometry):
    """Each band of places adds to its band of rows."""
    channels = w.shape[1] * geometry.groups
    found = bands(geometry, channels, y.itemsize)
    if not found:
        return direct.spread(y, w, geometry)
    wide = np.zeros((len(y), channels, *geometry.padded), np.result_type(y, w))
    for places, rows, part in found:
        wide[:, :, rows] += direct.spread(y[:, :, places], w, part)
    return np.ascontiguousarray(wide[geometry.inner])


def gathered(x, y, geometry):
    """The bands' contributions add up."""
    found = bands(geometry, x.shape[1], x.itemsize)
    if not found:
        return direct.gathered(x, y, geometry)
    wide = padded(x, geometry)
    return sum(direct.gathered(wide[:, :, rows], y[:, :, places], part) for places, rows, part in found)
