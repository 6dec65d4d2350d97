"""scipy.fft: Fourier, cosine, sine and logarithmic Hankel transforms, all linear."""

import scipy.fft

from ..mirror import namespace
from .fourier import fft, fft2, fftn, fftshift, hfft, hfft2, hfftn, ifft, ifft2, ifftn, ifftshift, ihfft, ihfft2, ihfftn, irfft, irfft2, irfftn, rfft, rfft2, rfftn
from .real import dct, dctn, dst, dstn, fht, idct, idctn, idst, idstn, ifht

__all__ = ["dct", "dctn", "dst", "dstn", "fft", "fft2", "fftn", "fftshift", "fht", "hfft", "hfft2", "hfftn", "idct", "idctn", "idst", "idstn", "ifft", "ifft2", "ifftn",
           "ifftshift", "ifht", "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftn"]
__getattr__, __dir__ = namespace(globals(), scipy.fft)
