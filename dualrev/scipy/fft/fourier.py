"""Discrete Fourier transforms. Their transposes are those of np.fft, along one axis after the other."""

import numpy as np
import scipy.fft as theirs

from ...core.rows import decomposed, linear
from ...rules.fourier import fitted, irfft_transpose, lengths, reversed_norm, rfft_transpose
from ..mirror import mirror

fft, ifft, rfft, irfft, hfft, ihfft = (mirror(getattr(theirs, name)) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"))
fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = (mirror(getattr(theirs, name)) for name in ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2"))
fftn, ifftn, rfftn, irfftn, hfftn, ihfftn = (mirror(getattr(theirs, name)) for name in ("fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn"))
fftshift, ifftshift = mirror(theirs.fftshift, room="fft"), mirror(theirs.ifftshift, room="fft")


def along(transform):
    """The transpose of a complex transform along one axis."""
    return lambda g, x, n=None, axis=-1, norm=None: fitted(transform(g, None, axis, norm), x.shape[axis], axis)


def every(transform):
    """The transpose of a complex transform along several axes."""
    def rule(g, x, s=None, axes=None, norm=None):
        for _, axis in lengths(x, s, axes):
            g = transform(g, x, None, axis, norm)
        return g

    return rule


def half_last(others, last, halved):
    """The transpose of a transform that is complex along the first axes, and to or from half of the frequencies along the last."""
    def rule(g, x, s=None, axes=None, norm=None):
        *first, (n, axis) = lengths(x, s, axes, halved)
        if halved:
            g = last(g, x, n, axis, norm)
        for _, k in first:
            g = others(g, x, None, k, norm)
        return g if halved else last(g, x, n, axis, norm)

    return rule


def plane(rule):
    """The rule over two axes."""
    return lambda g, x, s=None, axes=(-2, -1), norm=None: rule(g, x, s, axes, norm)


def conjugated_input(rule):
    """Of y = T(conj(x)), T scaled the other way round."""
    return lambda g, x, n=None, axis=-1, norm=None: np.conj(rule(g, x, n, axis, reversed_norm(norm)))


def conjugated_output(rule):
    """Of y = conj(T(x)), T scaled the other way round."""
    return lambda g, x, n=None, axis=-1, norm=None: rule(np.conj(g), x, n, axis, reversed_norm(norm))


def in_space(rule):
    """The same rule under the names of n-dimensional transforms."""
    return lambda g, x, s=None, axes=None, norm=None: rule(g, x, s, axes, norm)


fft_transpose, ifft_transpose = along(np.fft.fft), along(np.fft.ifft)
rfftn_transpose, irfftn_transpose = half_last(fft_transpose, rfft_transpose, False), half_last(ifft_transpose, irfft_transpose, True)

for function, rule in ((fft, fft_transpose), (ifft, ifft_transpose), (rfft, lambda g, x, n=None, axis=-1, norm=None: rfft_transpose(g, x, n, axis, norm)),
                       (irfft, lambda g, x, n=None, axis=-1, norm=None: irfft_transpose(g, x, n, axis, norm)), (hfft, conjugated_input(irfft_transpose)),
                       (ihfft, conjugated_output(rfft_transpose))):
    linear(function, rule)
for line, flat, rule in ((fftn, fft2, every(fft_transpose)), (ifftn, ifft2, every(ifft_transpose)), (rfftn, rfft2, rfftn_transpose), (irfftn, irfft2, irfftn_transpose),
                         (hfftn, hfft2, in_space(conjugated_input(irfftn_transpose))), (ihfftn, ihfft2, in_space(conjugated_output(rfftn_transpose)))):
    linear(line, rule)
    linear(flat, plane(rule))
decomposed(fftshift, lambda x, axes=None: np.fft.fftshift(x, axes))
decomposed(ifftshift, lambda x, axes=None: np.fft.ifftshift(x, axes))
