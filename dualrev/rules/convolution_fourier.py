"""The same three products by the fast Fourier transform, which large windows pay for: a convolution is a product of spectra."""

import numpy as np
from scipy import fft

from .windows import padded

COPY, FOURIER = 4.0, 6.0  # what it costs to lay out an entry of a window, and a step of a transform, in multiplications of a matrix product: measured


def pays(x_shape, filters, geometry, dtype):
    """Whether the transform needs less time than matrix products. Only real arrays take it; its rounding errors are relative to the largest entries of an image."""
    if np.dtype(dtype).kind != "f" or geometry.count < 25:
        return False
    batch, channels = x_shape[:2]
    lengths = good(geometry)
    points = float(np.prod(lengths))
    direct = batch * channels * geometry.count * np.prod(geometry.places, dtype=float) * (filters / geometry.groups + COPY)
    transforms = (batch * (channels + filters) + filters * channels / geometry.groups) * points * np.log2(points + 1)
    spectra = batch * filters * channels / geometry.groups * points
    return direct > FOURIER * (transforms + spectra)


def good(geometry):
    """Lengths of the transform: of the padded array, or a little more where that is faster."""
    return [fft.next_fast_len(n, True) for n in geometry.padded]


def spectrum(x, geometry):
    """The transform over the last axes, (batch, groups, channels, frequencies)."""
    z = fft.rfftn(x, good(geometry), axes=tuple(range(2, x.ndim)))
    return z.reshape(len(x), geometry.groups, -1, *z.shape[2:])


def apart(y, steps, lengths):
    """Zeros between the entries of the last axes, ``steps`` apart."""
    if all(s == 1 for s in steps):
        return y
    lead = y.shape[:2]
    wide = np.zeros((*lead, *lengths), y.dtype)
    wide[(..., *(slice(None, s * (n - 1) + 1, s) for s, n in zip(steps, y.shape[2:], strict=True)))] = y
    return wide


def kernel_spectrum(w, geometry):
    """The transform of a kernel, (groups, filters, channels, frequencies)."""
    z = fft.rfftn(apart(w, geometry.dilation, geometry.reach), good(geometry), axes=tuple(range(2, w.ndim)))
    return z.reshape(geometry.groups, -1, *z.shape[1:])


def place_spectrum(y, geometry):
    """The transform of an array of places, the strides filled with zeros."""
    return spectrum(apart(y, geometry.stride, [s * (m - 1) + 1 for s, m in zip(geometry.stride, geometry.places, strict=True)]), geometry)


def back(z, lead, geometry):
    """The real array of a product of spectra."""
    return fft.irfftn(z.reshape(*lead, *z.shape[3:]), good(geometry), axes=tuple(range(2, 2 + len(geometry.shape))))


def product(a, b):
    """The products of matrices (..., i, j, frequencies) and (..., j, k, frequencies), frequency by frequency."""
    n, last = a.ndim, b.ndim
    rows, columns = np.moveaxis(a.reshape(*a.shape[:3], -1), -1, 1) if n > 3 else a, np.moveaxis(b.reshape(*b.shape[:3], -1), -1, 1) if last > 3 else b
    return np.moveaxis(np.matmul(rows, columns), 1, -1).reshape(a.shape[0], a.shape[1], b.shape[2], *a.shape[3:])


def filtered(x, w, geometry):
    """Y = X conj(W), at the places."""
    z = product(np.swapaxes(spectrum(padded(x, geometry), geometry), 0, 1), np.conj(np.swapaxes(kernel_spectrum(w, geometry), 1, 2)))
    y = back(np.swapaxes(z, 0, 1), (len(x), len(w)), geometry)
    index = tuple(slice(None, s * (m - 1) + 1, s) for s, m in zip(geometry.stride, geometry.places, strict=True))
    return np.ascontiguousarray(y[(..., *index)], dtype=np.result_type(x, w))


def spread(y, w, geometry):
    """X = Y W."""
    z = product(np.swapaxes(place_spectrum(y, geometry), 0, 1), kernel_spectrum(w, geometry))
    x = back(np.swapaxes(z, 0, 1), (len(y), w.shape[1] * geometry.groups), geometry)
    return np.ascontiguousarray(x[geometry.inner], dtype=np.result_type(y, w))


def gathered(x, y, geometry):
    """W = X conj(Y), at the window's entries."""
    z = product(np.conj(np.transpose(place_spectrum(y, geometry), (1, 2, 0, *range(3, y.ndim + 1)))), np.swapaxes(spectrum(padded(x, geometry), geometry), 0, 1))
    w = back(z, (y.shape[1], x.shape[1] // geometry.groups), geometry)
    index = tuple(slice(None, d * (k - 1) + 1, d) for d, k in zip(geometry.dilation, geometry.kernel, strict=True))
    return np.ascontiguousarray(w[(..., *index)], dtype=np.result_type(x, y))
