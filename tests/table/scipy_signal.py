"""Samples for dr.scipy.signal: a few of each function; keywords are tested in tests/scipy/test_scipy_signal.py."""

import numpy as np
from drawing import args

from dualrev.scipy import signal

SIGNALS = ["convolve", "correlate", "fftconvolve", "oaconvolve"]


def sections(d):
    """Two stable second-order sections without the one in the middle."""
    return np.concatenate([d(2, 3), 0.3 * d(2, 2)], axis=1)


def poles(d, n):
    """A denominator whose poles are far inside of the unit circle."""
    return np.concatenate([[1.3], d(n) * 0.2])


SAMPLES = {getattr(signal, name): args(lambda d: (d(6), d(3)), lambda d: (d(4, 5), d(2, 3), "same"), lambda d: (d.z(5), d.z(2), "valid")) for name in SIGNALS}
SAMPLES |= {getattr(signal, name): args(lambda d: (d(4, 5), d(2, 3)), lambda d: (d(4, 5), d(2, 4), "same", "symm"), lambda d: (d(3, 4), d(2, 3), "same", "fill", 0.7))
            for name in ("convolve2d", "correlate2d")}
SAMPLES |= {
    signal.lfilter: [lambda d: ((d(3), poles(d, 2), d(6)), {}), lambda d: ((d(2), poles(d, 3), d(5, 2)), {"axis": 0, "zi": d(3, 2)}), lambda d: ((d(3), [1.0], d(6)), {})],
    signal.lfilter_zi: args(lambda d: (d(3), poles(d, 2))),
    signal.filtfilt: [lambda d: ((d(2), poles(d, 1), d(9)), {}), lambda d: ((d(2), poles(d, 2), d(2, 8)), {"padtype": "even", "padlen": 3})],
    signal.sosfilt: [lambda d: ((sections(d), d(6)), {}), lambda d: ((sections(d), d(2, 5), -1, d(2, 2, 2)), {})],
    signal.sosfilt_zi: args(lambda d: (sections(d),)),
    signal.sosfiltfilt: [lambda d: ((sections(d), d(9)), {"padlen": 2})],
    signal.freqz: [lambda d: ((d(3), poles(d, 2), 5), {})],
    signal.sosfreqz: [lambda d: ((sections(d), 4), {})],
    signal.detrend: [lambda d: ((d(7),), {}), lambda d: ((d(6, 2), 0, "linear", [3]), {})],
    signal.savgol_filter: [lambda d: ((d(9), 5, 2), {}), lambda d: ((d(2, 8), 3, 1), {"mode": "constant", "cval": 0.5})],
    signal.hilbert: [lambda d: ((d(6),), {}), lambda d: ((d(5, 2), 7, 0), {})],
    signal.resample: [lambda d: ((d(8), 6), {}), lambda d: ((d(2, 6), 9), {"axis": 1, "window": "hann"})],
    signal.upfirdn: [lambda d: ((d(3), d(2, 5), 2, 3), {})],
}
if hasattr(signal, "freqz_sos"):
    SAMPLES[signal.freqz_sos] = SAMPLES[signal.sosfreqz]


def of_sections(function):
    """Put the one in the middle of each section."""
    return lambda c, *rest, **kwargs: function(np.concatenate([c[:, :3], np.ones((2, 1), c.dtype), c[:, 3:]], axis=1), *rest, **kwargs)


CALLED = {f: of_sections(f) for f in SAMPLES if f.__name__ in ("sosfilt", "sosfilt_zi", "sosfiltfilt", "sosfreqz", "freqz_sos")}
ARGUMENTS = {signal.find_peaks: lambda x: (x[0],)}  # of functions without a rule
