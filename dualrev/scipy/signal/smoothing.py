"""Trends, smoothing, resampling and the analytic signal: linear in the signal."""

import numpy as np
import scipy.signal as theirs

from ...core import rows
from ...core.errors import NoRuleError, at_line
from ...core.rows import decomposed, linear, unsupported
from ...rules.products import array
from .. import fft
from ..mirror import mirror
from ..ndimage import convolve1d
from .convolutions import convolved

detrend, savgol_filter, hilbert, resample, upfirdn = (mirror(getattr(theirs, name)) for name in ("detrend", "savgol_filter", "hilbert", "resample", "upfirdn"))

linear(detrend, lambda g, data, axis=-1, type="linear", bp=0: detrend(g, axis, type, bp), notes="an orthogonal projection: symmetric")


def fitted(x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp"):
    """savgol_filter with zero edges: weights inside, at the ends the rows of the fit to the first and to the last window."""
    weights = theirs.savgol_coeffs(window_length, polyorder, deriv, delta)
    if mode != "interp":
        return convolve1d(x, weights, axis, mode=mode)
    x, half = np.moveaxis(x, axis, 0), window_length // 2
    fit = theirs.savgol_filter(np.eye(window_length), window_length, polyorder, deriv, delta, 0, "interp")
    inside = convolve1d(x, weights, 0, mode="constant")[half: x.shape[0] - half]
    ends = [np.tensordot(fit[:half], x[:window_length], 1), np.tensordot(fit[window_length - half:], x[-window_length:], 1)]
    return np.moveaxis(np.concatenate([ends[0], inside, ends[1]]), 0, axis)


def fitted_transpose(g, x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp", cval=0.0):
    """The transpose of `fitted`."""
    return rows.transposed(lambda t: fitted(t, window_length, polyorder, deriv, delta, axis, mode), x, g)


linear(savgol_filter, fitted_transpose, jvp=lambda t, *args, cval=0.0, **kwargs: savgol_filter(t, *args, **kwargs))


def analytic(x, N=None, axis=-1):
    """hilbert: the negative frequencies left out, the positive ones doubled."""
    x = array(x)
    if x.dtype.kind == "c":
        raise ValueError("x must be real.")
    n = x.shape[axis] if N is None else N
    if n <= 0:
        raise ValueError("N must be positive.")
    w = np.zeros(n)
    w[0] = 1.0
    w[1: (n + 1) // 2] = 2.0
    if n % 2 == 0:
        w[n // 2] = 1.0
    spectrum = np.moveaxis(fft.fft(x, n, axis=axis), axis, -1)
    return fft.ifft(np.moveaxis(spectrum * w.astype(x.dtype), -1, axis), axis=axis)


def spectral_window(window, n):
    """The window of scipy.signal.resample in the order of the frequencies."""
    if window is None:
        return np.ones(n)
    if callable(window):
        return window(np.fft.fftfreq(n))
    if hasattr(window, "shape"):
        if window.shape != (n,):
            raise ValueError(f"window.shape={window.shape} != ({n},), i.e., window length is not equal to number of frequency bins!")
        return np.asarray(window)
    return np.fft.fftshift(theirs.get_window(window, n))


def resampled(x, num, t=None, axis=0, window=None, domain="time"):
    """resample: the spectrum cut or filled up with zeros; the frequency that has no partner is joined or halved."""
    if domain not in ("time", "freq"):
        raise ValueError(f"Parameter domain={domain!r} not in ('time', 'freq')!")
    x = np.moveaxis(array(x), axis, -1)
    x = x if x.dtype.kind in "fc" else x.astype(float)
    n = x.shape[-1]
    m, scale, w = min(num, n), n / num, spectral_window(window, n).astype(np.finfo(x.dtype).dtype)
    if domain == "time" and x.dtype.kind != "c":
        half = np.concatenate([w[:1], (w[1:] + w[:0:-1]) / 2])[: n // 2 + 1] if window is not None else w[: n // 2 + 1]
        if m % 2 == 0 and num != n:
            half = np.concatenate([half[: m // 2], half[m // 2: m // 2 + 1] * (2 if num < n else 0.5), half[m // 2 + 1:]])
        spectrum = fft.rfft(x)[..., : m // 2 + 1] * (half[: m // 2 + 1] / scale)
        y = fft.irfft(spectrum, n=num)
    else:
        spectrum = (fft.fft(x) if domain == "time" else x) * (w / scale)
        y = fft.ifft(moved_spectrum(spectrum, n, num, m))
    y = np.moveaxis(y, -1, axis)
    return y if t is None else (y, t[0] + (t[1] - t[0]) * scale * np.arange(num))


def moved_spectrum(spectrum, n, num, m):
    """The m frequencies nearest to zero at their places among num."""
    low, high = spectrum[..., : m // 2 + 1], spectrum[..., n - (m - m // 2 - 1):]
    if m % 2 == 0 and num != n:
        edge = low[..., -1:]
        low = np.concatenate([low[..., :-1], edge + spectrum[..., n - m // 2: n - m // 2 + 1] if num < n else edge / 2], axis=-1)
        high = high if num < n else np.concatenate([edge / 2, high], axis=-1)
    zeros = np.zeros((*spectrum.shape[:-1], num - low.shape[-1] - high.shape[-1]), spectrum.dtype)
    return np.concatenate([low, zeros, high], axis=-1)


def up_and_down(h, x, up=1, down=1, axis=-1, mode="constant", cval=0):
    """upfirdn: zeros between the samples, a convolution, and every few samples kept."""
    if mode not in (None, "constant") or cval:
        raise NoRuleError(f"dr.scipy.signal.upfirdn has no derivative rule for mode={mode!r}, cval={cval}{at_line()}. Use np.pad before, and mode='constant'.")
    h, x = array(h), np.moveaxis(array(x), axis, -1)
    n = x.shape[-1]
    if up > 1:
        x = np.concatenate([np.expand_dims(x, -1), np.zeros((*x.shape, up - 1), x.dtype)], axis=-1)
        x = np.reshape(x, (*x.shape[:-2], n * up))[..., : (n - 1) * up + 1]
    y = convolved(x, np.reshape(h, (1,) * (x.ndim - 1) + h.shape), "full", "direct")
    return np.moveaxis(y[..., ::down], -1, axis)


decomposed(hilbert, analytic)
decomposed(resample, resampled)
decomposed(upfirdn, up_and_down)

REASONS = {
    "welch csd periodogram coherence spectrogram stft istft": "cut the signal into pieces and use dr.scipy.fft.rfft",
    "medfilt medfilt2d order_filter wiener": "np.median of numpy.lib.stride_tricks.sliding_window_view has a rule",
    "resample_poly decimate": "use dr.scipy.signal.resample, or upfirdn with weights of your own",
    "find_peaks argrelextrema argrelmax argrelmin peak_prominences peak_widths": "peaks are found at whole numbers",
    "butter cheby1 cheby2 ellip bessel iirfilter iirdesign firls remez": "filter design is a search; differentiate in the coefficients that it gives",
}
for names, reason in REASONS.items():
    for name in names.split():
        globals()[name] = mirror(getattr(theirs, name), room="signal", name=name)
        unsupported(globals()[name], because=reason)
__all__ = ["detrend", "hilbert", "resample", "savgol_filter", "upfirdn", *(name for names in REASONS for name in names.split())]
