"""The same three products by the fast Fourier transform, which large windows pay for: a convolution is a product of spectra."""

import math

import numpy as np
from scipy import fft

from .windows import padded

COPY, FOURIER = 4.0, 6.0  # what it costs to lay out an entry of a window, and a step of a transform, in multiplications of a matrix product: measured
MOST = 1 << 26  # bytes of spectra of images at a time
FILTERS = 1 << 28  # bytes of spectra of filters, which are needed all at once


def pays(x_shape, filters, geometry, dtype):
    """Whether the transform needs less time than matrix products. Only real arrays take it; its rounding errors are relative to the largest entries of an image."""
    if np.dtype(dtype).kind != "f" or geometry.count < 25:
        return False
    batch, channels = x_shape[:2]
    points = float(np.prod(lengths(geometry)))
    per_group = channels / geometry.groups
    if filters * per_group * points * 8 > FILTERS:
        return False
    direct = batch * channels * geometry.count * np.prod(geometry.places, dtype=float) * (filters / geometry.groups + COPY)
    transforms = (batch * (channels + filters) + filters * per_group) * points * np.log2(points + 1)
    spectra = batch * filters * per_group * points
    return direct > FOURIER * (transforms + spectra)


def lengths(geometry):
    """Lengths of the transform: of the padded array, or a little more where that is faster."""
    return [fft.next_fast_len(n, True) for n in geometry.padded]


def parts(batch, channels, geometry):
    """Slices of the batch whose spectra take about MOST bytes."""
    size = max(1, int(MOST // (channels * math.prod(lengths(geometry)) * 8)))
    return [slice(start, start + size) for start in range(0, batch, size)]


def spectrum(x, geometry):
    """The transform over the last axes, as matrices (groups, frequencies, batch, channels)."""
    z = fft.rfftn(x, lengths(geometry), axes=tuple(range(2, x.ndim)))
    z = z.reshape(len(x), geometry.groups, x.shape[1] // geometry.groups, math.prod(z.shape[2:]))
    return np.transpose(z, (1, 3, 0, 2))


def kernel_spectrum(w, geometry):
    """The transform of filters, as matrices (groups, frequencies, filters, channels)."""
    z = fft.rfftn(apart(w, geometry.dilation, geometry.reach), lengths(geometry), axes=tuple(range(2, w.ndim)))
    z = z.reshape(geometry.groups, len(w) // geometry.groups, w.shape[1], math.prod(z.shape[2:]))
    return np.transpose(z, (0, 3, 1, 2))


def apart(y, steps, full):
    """Zeros between the entries of the last axes, ``steps`` apart."""
    if all(s == 1 for s in steps):
        return y
    wide = np.zeros((*y.shape[:2], *full), y.dtype)
    wide[(..., *(slice(None, s * (n - 1) + 1, s) for s, n in zip(steps, y.shape[2:], strict=True)))] = y
    return wide


def place_spectrum(y, geometry):
    """The transform of an array of places, the strides filled with zeros."""
    return spectrum(apart(y, geometry.stride, [s * (m - 1) + 1 for s, m in zip(geometry.stride, geometry.places, strict=True)]), geometry)


def back(z, lead, geometry):
    """The real array of a product of spectra, which has the frequencies last."""
    full = lengths(geometry)
    return fft.irfftn(z.reshape(*lead, *full[:-1], full[-1] // 2 + 1), full, axes=tuple(range(2, 2 + len(full))))


def filtered(x, w, geometry):
    """Y = X conj(W), at the places."""
    kernel = np.conj(np.swapaxes(kernel_spectrum(w, geometry), -1, -2))
    y = np.empty((len(x), len(w), *geometry.places), np.result_type(x, w))
    index = (..., *(slice(None, s * (m - 1) + 1, s) for s, m in zip(geometry.stride, geometry.places, strict=True)))
    for part in parts(len(x), x.shape[1] + len(w), geometry):
        z = np.matmul(spectrum(padded(x[part], geometry), geometry), kernel)
        y[part] = back(np.transpose(z, (2, 0, 3, 1)), y[part].shape[:2], geometry)[index]
    return y


def spread(y, w, geometry):
    """X = Y W."""
    kernel, channels = kernel_spectrum(w, geometry), w.shape[1] * geometry.groups
    x = np.empty((len(y), channels, *geometry.shape), np.result_type(y, w))
    for part in parts(len(y), channels + len(w), geometry):
        z = np.matmul(place_spectrum(y[part], geometry), kernel)
        x[part] = back(np.transpose(z, (2, 0, 3, 1)), x[part].shape[:2], geometry)[geometry.inner]
    return x


def gathered(x, y, geometry):
    """W = X conj(Y), at the window's entries."""
    total = 0.0
    for part in parts(len(x), x.shape[1] + y.shape[1], geometry):
        total = total + np.matmul(np.conj(np.swapaxes(place_spectrum(y[part], geometry), -1, -2)), spectrum(padded(x[part], geometry), geometry))
    w = back(np.moveaxis(total, 1, -1), (y.shape[1], x.shape[1] // geometry.groups), geometry)
    index = (..., *(slice(None, d * (k - 1) + 1, d) for d, k in zip(geometry.dilation, geometry.kernel, strict=True)))
    return np.ascontiguousarray(w[index], dtype=np.result_type(x, y))
