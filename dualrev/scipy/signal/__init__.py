"""scipy.signal: convolutions, recursive filters in signal and coefficients, smoothing, resampling."""

import scipy.signal

from ..mirror import namespace
from . import filters, smoothing
from .convolutions import convolve, convolve2d, correlate, correlate2d, fftconvolve, oaconvolve
from .filters import filtfilt, freqz, lfilter, lfilter_zi, sosfilt, sosfilt_zi, sosfiltfilt, sosfreqz
from .smoothing import detrend, hilbert, resample, savgol_filter, upfirdn

__all__ = ["convolve", "convolve2d", "correlate", "correlate2d", "detrend", "fftconvolve", "filtfilt", "freqz", "hilbert", "lfilter", "lfilter_zi", "oaconvolve", "resample",
           "savgol_filter", "sosfilt", "sosfilt_zi", "sosfiltfilt", "sosfreqz", "upfirdn"]
globals().update({name: getattr(smoothing, name) for name in smoothing.__all__})
if hasattr(filters, "freqz_sos"):
    freqz_sos = filters.freqz_sos
__getattr__, __dir__ = namespace(globals(), scipy.signal)
