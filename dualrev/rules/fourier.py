"""Discrete Fourier transforms. The matrix of a transform is symmetric: its transpose is the transform itself, cut or padded to the input's length."""

import operator

import numpy as np

from ..core.rows import decomposed, linear
from ..core.tracer import meta

FFT = np.fft
BACKWARDS = np.lib.NumpyVersion(np.__version__) >= "2.1.2"  # the order in which rfftn takes the other axes, to the last bit
REVERSED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def fitted(g, length, axis):
    """Cut g along an axis, or pad it with zeros, to the given length."""
    have = meta(g)[0][axis]
    if have == length:
        return g
    ndim = len(meta(g)[0])
    axis = axis % ndim
    if have > length:
        return g[(slice(None),) * axis + (slice(0, length),)]
    shape = meta(g)[0]
    return np.concatenate([g, np.zeros((*shape[:axis], length - have, *shape[axis + 1:]), meta(g)[1])], axis=axis)


def half_weights(n, axis, form, middle):
    """1 for frequency zero (and the last one of an even length), which occur once in a real transform; ``middle`` for those that stand for two."""
    shape, dtype = form
    count = n // 2 + 1
    w = np.full(count, middle, np.finfo(dtype).dtype)
    w[0] = 1
    if n % 2 == 0:
        w[-1] = 1
    return w.reshape((-1,) + (1,) * (len(shape) - 1 - axis % len(shape)))


def reversed_norm(norm):
    """The keyword under which the inverse transform carries the scale of this one."""
    if norm not in REVERSED:
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    return REVERSED[norm]


def rfft_transpose(g, a, n=None, axis=-1, norm=None):
    """Re sum_k g_k w^(jk) over half of the frequencies: an irfft of conj(g), of which irfft counts the inner ones twice."""
    n = a.shape[axis] if n is None else n
    half = np.conj(g) * half_weights(n, axis, meta(g), 0.5)
    return fitted(FFT.irfft(half, n, axis, reversed_norm(norm)), a.shape[axis], axis)


def irfft_transpose(g, a, n=None, axis=-1, norm=None):
    """The inner frequencies occur twice in the result, once conjugated."""
    n = meta(g)[0][axis]
    full = np.conj(FFT.rfft(g, n, axis, reversed_norm(norm)))
    return fitted(full * half_weights(n, axis, meta(full), 2.0), a.shape[axis], axis)


linear(FFT.fft, lambda g, a, n=None, axis=-1, norm=None: fitted(FFT.fft(g, None, axis, norm), a.shape[axis], axis), batch="axes")
linear(FFT.ifft, lambda g, a, n=None, axis=-1, norm=None: fitted(FFT.ifft(g, None, axis, norm), a.shape[axis], axis), batch="axes")
linear(FFT.rfft, rfft_transpose, batch="axes")
linear(FFT.irfft, irfft_transpose, batch="axes")
decomposed(FFT.hfft, lambda a, n=None, axis=-1, norm=None: FFT.irfft(np.conj(a), n, axis, reversed_norm(norm)))
decomposed(FFT.ihfft, lambda a, n=None, axis=-1, norm=None: np.conj(FFT.rfft(a, n, axis, reversed_norm(norm))))


def lengths(a, s, axes, halved=False):
    """The transformed axes of an n-dimensional transform, each with its length (None: the transform's default), as NumPy reads s and axes."""
    shape = meta(a)[0]
    if axes is None:
        axes = range(-len(shape if s is None else s), 0)
    axes = [operator.index(k) for k in axes]
    if s is None:
        s = [shape[k] for k in axes]
        if halved:
            s[-1] = 2 * (s[-1] - 1)
    s = list(s)
    if len(s) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return [(shape[k] if n == -1 else n, k) for n, k in zip(s, axes, strict=True)]


def each_axis(transform):
    """An n-dimensional transform: one transform along each axis, the last axis first."""
    def body(a, s=None, axes=None, norm=None):
        for n, axis in reversed(lengths(a, s, axes)):
            a = transform(a, n, axis, norm)
        return a

    return body


def rfftn(a, s=None, axes=None, norm=None):
    """np.fft.rfftn: real along the last axis, complex along the others."""
    *others, (n, axis) = lengths(a, s, axes)
    a = FFT.rfft(a, n, axis, norm)
    for n, axis in reversed(others) if BACKWARDS else others:
        a = FFT.fft(a, n, axis, norm)
    return a


def irfftn(a, s=None, axes=None, norm=None):
    """np.fft.irfftn: complex along the first axes, real along the last."""
    *others, (n, axis) = lengths(a, s, axes, halved=True)
    for length, k in others:
        a = FFT.ifft(a, length, k, norm)
    return FFT.irfft(a, n, axis, norm)


def plane(transform):
    """The transform over two axes."""
    return lambda a, s=None, axes=(-2, -1), norm=None: transform(a, s, axes, norm)


fftn, ifftn = each_axis(FFT.fft), each_axis(FFT.ifft)
for function, body in ((FFT.fftn, fftn), (FFT.ifftn, ifftn), (FFT.rfftn, rfftn), (FFT.irfftn, irfftn)):
    decomposed(function, body)
for function, body in ((FFT.fft2, fftn), (FFT.ifft2, ifftn), (FFT.rfft2, rfftn), (FFT.irfft2, irfftn)):
    decomposed(function, plane(body))

linear(FFT.fftshift, lambda g, x, axes=None: FFT.ifftshift(g, axes), selective=True, batch="axes")
linear(FFT.ifftshift, lambda g, x, axes=None: FFT.fftshift(g, axes), selective=True, batch="axes")
