"""dr.scipy.signal: every mode, boundary and keyword beside SciPy; both modes and second order; what has no rule."""

import numpy as np
import pytest
import scipy.signal as theirs

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.scipy import signal
from tests.rules.ways import check

rng = np.random.default_rng(2)
X, PLANE, Z = rng.normal(size=12), rng.normal(size=(5, 6)), rng.normal(size=9) + 1j * rng.normal(size=9)
B, A = np.array([0.3, -0.2, 0.5]), np.array([1.4, -0.6, 0.25])
SOS = theirs.butter(5, 0.3, output="sos")


def agree(f, *xs, rtol=1e-12):
    """The traced call has SciPy's value."""
    plain = f(*xs)
    for y, z in ((dr.vjp(f, *xs)[0], plain), (dr.jvp(f, xs, xs)[0], plain)):
        np.testing.assert_allclose(y, z, rtol=rtol, atol=1e-13)


def linear(f, *xs):
    """The value, the adjoint identity in each argument, and differences, for what is linear or bilinear up to a constant."""
    agree(f, *xs)
    for k, x in enumerate(xs):
        g = lambda v, k=k: f(*xs[:k], v, *xs[k + 1:])
        t = rng.normal(size=x.shape)
        y, pullback = dr.vjp(g, x)
        dy = dr.jvp(g, (x,), (t.astype(x.dtype),))[1]
        np.testing.assert_allclose(dy, g(x + t) - g(x), rtol=1e-9, atol=1e-11)
        c = rng.normal(size=y.shape).astype(y.dtype)
        np.testing.assert_allclose(np.sum(np.real(pullback(c)[0] * t)), np.sum(np.real(c * dy)), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve", "oaconvolve"])
def test_convolutions(name, mode):
    f = lambda a, v, **options: getattr(signal, name)(a, v, mode, **options)
    for n, m in ((7, 3), (7, 4), (3, 7), (4, 7), (5, 5), (1, 4)):
        linear(f, X[:n], X[::-1][:m].copy())
    linear(f, PLANE, PLANE[:2, 1:4].copy())
    linear(f, PLANE, PLANE[:4, :3].copy())
    linear(f, Z, Z[:4] * 1j)
    if name.startswith(("fft", "oa")):
        linear(lambda a, v: f(a, v, axes=1), PLANE, PLANE[:1, :3].copy())
        linear(lambda a, v: f(a, v, axes=[-2]), PLANE, PLANE[:3])
    else:
        for method in ("direct", "fft"):
            linear(lambda a, v, method=method: f(a, v, method=method), PLANE, PLANE[:2, 1:4].copy())
    check(lambda x: f(x, x[:3]), X[:6])


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
def test_planes(name, mode):
    f = lambda a, v, *rest: getattr(signal, name)(a, v, mode, *rest)
    for v in (PLANE[:3, :3], PLANE[:2, 1:5], PLANE[:1, :2]):
        for rest in ((), ("fill", 0.7), ("wrap",), ("symm",), ("circular",), ("symmetric",)):
            linear(lambda a, v, rest=rest: f(a, v, *rest), PLANE, v.copy())
    if mode == "valid":
        linear(f, PLANE[:2, :3].copy(), PLANE)
    check(lambda v: f(PLANE, PLANE[:2, :2], "fill", v), 0.7)


def test_convolutions_of_numbers_and_wrong_shapes():
    assert dr.grad(lambda a: signal.convolve(a, 3.0))(2.0) == 3
    for call, says in ((lambda x: signal.convolve(x, PLANE), "dimension"), (lambda x: signal.convolve2d(x, x), "2-D")):
        with pytest.raises(ValueError, match=says):
            dr.grad(lambda x, call=call: np.sum(call(x)))(X)
    with pytest.raises(ValueError, match="mode"):
        dr.grad(lambda x: np.sum(signal.convolve(x, x, "other")))(X)


def test_filters_in_everything():
    zi = np.array([0.3, -0.7])
    check(signal.lfilter, B, A, X)
    check(lambda b, a, x, zi: signal.lfilter(b, a, x, zi=zi), B, A, X, zi)
    for b, a in ((B, A[:2]), (B[:1], A), (B, A[:1]), (B[:1], A[:1]), (np.array(0.7), A)):
        agree(signal.lfilter, b, a, X)
        check(lambda b, a: signal.lfilter(b, a, X[:5]), b, a)
    agree(lambda x: signal.lfilter(B, A, x, axis=0), PLANE)
    check(lambda b, a, x: signal.lfilter(b, a, x, 0), B, A, PLANE[:3, :2].copy())
    y, final = dr.vjp(lambda x: signal.lfilter(B, A, x, 0, np.outer(zi, X[:6])), PLANE)[0]
    np.testing.assert_allclose(y, theirs.lfilter(B, A, PLANE, 0, np.outer(zi, X[:6]))[0], rtol=1e-12)
    np.testing.assert_allclose(final, theirs.lfilter(B, A, PLANE, 0, np.outer(zi, X[:6]))[1], rtol=1e-12)
    check(lambda x: signal.lfilter(B, A, x), Z)
    with pytest.raises(ValueError, match="must not be 0"):
        dr.grad(lambda b: np.sum(signal.lfilter(b, [0.0, 1.0], X)))(B)


def test_filtering_in_two_pieces_is_filtering_once():
    def twice(b, a, x):
        first, state = signal.lfilter(b, a, x[:5], zi=np.zeros(2))
        return np.concatenate([first, signal.lfilter(b, a, x[5:], zi=state)[0]])

    for k in range(3):
        one, two = (dr.grad(lambda *p, f=f: np.sum(np.sin(f(*p))), k)(B, A, X) for f in (twice, signal.lfilter))
        np.testing.assert_allclose(one, two, rtol=1e-10)


def test_zero_phase_and_sections():
    check(signal.lfilter_zi, B, A)
    check(lambda b, a, x: signal.filtfilt(b, a, x), B, A, X)
    for options in ({"padtype": "even"}, {"padtype": "constant", "padlen": 4}, {"padtype": None}, {"padlen": 0}):
        agree(lambda x, options=options: signal.filtfilt(B, A, x, **options), X)
        check(lambda x, options=options: signal.filtfilt(B, A, x, **options), X)
    agree(lambda x: signal.filtfilt(B, A, x, axis=0, padlen=2), PLANE)
    for irlen in (None, 3, 5, 40):
        gust = lambda b, a, x, irlen=irlen: signal.filtfilt(b, a, x, method="gust", irlen=irlen)
        for b, a in ((B, A), (B[:1], A), (B, A[:1]), (B[:2], A)):
            agree(gust, b, a, X)
        linear(lambda x, gust=gust: gust(B, A, x), PLANE)
        check(gust, B, A, X, rtol=1e-6)
    agree(lambda x: signal.filtfilt(B, A, x, axis=0, method="gust"), PLANE)
    agree(lambda x: signal.filtfilt(2.0, 0.5, x, method="gust"), X)
    zi = theirs.sosfilt_zi(SOS)
    agree(lambda x: signal.sosfilt(SOS, x), X)
    agree(lambda x: signal.sosfilt(SOS, x, 0), PLANE)
    agree(lambda x: signal.sosfilt(SOS, x, zi=zi)[1], X)
    agree(lambda x: signal.sosfiltfilt(SOS, x, padlen=7), X)
    agree(lambda x: signal.sosfiltfilt(SOS, x, 0, padtype="even", padlen=3), PLANE)
    check(lambda x, z: signal.sosfilt(SOS, x, zi=z), X, zi)
    check(lambda d, x: signal.sosfilt(np.concatenate([d[:, :3], np.ones((2, 1)), d[:, 3:]], axis=1), x), SOS[:2, [0, 1, 2, 4, 5]].copy(), X)
    for call, says in ((lambda x: signal.filtfilt(B, A, x, padlen=30), "padlen"), (lambda x: signal.filtfilt(B, A, x, padtype="other"), "padtype"),
                       (lambda x: signal.sosfilt(SOS[:, :5], x), "n_sections"), (lambda x: signal.sosfilt(2 * SOS, x), "all ones")):
        with pytest.raises(ValueError, match=says):
            dr.grad(lambda x, call=call: np.sum(call(x)))(X)


def test_frequency_responses():
    for options in ({"worN": 5}, {"worN": 4, "whole": True}, {"worN": np.array([0.1, 2.0])}, {"worN": 6, "fs": 10.0, "include_nyquist": True}):
        agree(lambda b, a, options=options: signal.freqz(b, a, **options)[1], B, A)
    check(lambda b, a: signal.freqz(b, a, 5)[1], B, A)
    agree(lambda s: signal.sosfreqz(SOS * s, 6)[1], 1.0)


def test_smoothing_and_trends():
    for options in ({}, {"type": "constant"}, {"bp": [4, 9]}, {"overwrite_data": True}):
        linear(lambda x, options=options: signal.detrend(x, **options), X)
    linear(lambda x: signal.detrend(x, 0), PLANE)
    for mode in ("interp", "mirror", "nearest", "wrap", "constant"):
        linear(lambda x, mode=mode: signal.savgol_filter(x, 5, 2, mode=mode, cval=0.4), X)
        linear(lambda x, mode=mode: signal.savgol_filter(x, 3, 1, deriv=1, delta=0.5, axis=0, mode=mode), PLANE)
    check(lambda x: signal.savgol_filter(x * x, 5, 3), X)


def test_spectral_methods():
    for n in (5, 6, 9, 12):
        linear(lambda x, n=n: signal.hilbert(x, n), X)
    linear(lambda x: signal.hilbert(x, axis=0), PLANE)
    for num in (3, 4, 7, 8, 11, 12, 13, 16, 17):
        for x in (X, X[:11], X + 1j * X[::-1]):
            for options in ({}, {"window": "hann"}, {"window": ("kaiser", 3.0)}, {"window": lambda f: 1 - abs(f)}, {"window": np.linspace(1, 2, x.size)}, {"domain": "freq"}):
                linear(lambda x, num=num, options=options: signal.resample(x, num, **options), x)
    linear(lambda x: signal.resample(x, 9, axis=1), PLANE)
    y, at = dr.vjp(lambda x: signal.resample(x, 6, np.arange(12.0)), X)[0]
    np.testing.assert_allclose(at, theirs.resample(X, 6, np.arange(12.0))[1])
    for up, down in ((1, 1), (3, 1), (1, 2), (3, 2)):
        linear(lambda h, x, up=up, down=down: signal.upfirdn(h, x, up, down), B, X)
        linear(lambda h, x, up=up, down=down: signal.upfirdn(h, x, up, down, axis=0), B, PLANE)
    with pytest.raises(ValueError, match="real"):
        dr.grad(lambda x: np.sum(np.abs(signal.hilbert(x))))(Z)
    with pytest.raises(ValueError, match="domain"):
        dr.grad(lambda x: np.sum(signal.resample(x, 5, domain="other")))(X)
    with pytest.raises(ValueError, match="window"):
        dr.grad(lambda x: np.sum(signal.resample(x, 5, window=np.ones(3))))(X)


def test_what_has_no_rule():
    for call, says in ((lambda x: signal.welch(x)[1], r"dr.scipy.signal.welch.*rfft"),
                       (lambda x: signal.medfilt(x), "np.median"), (lambda x: signal.decimate(x, 2), "resample"), (lambda x: signal.upfirdn(B, x, mode="wrap"), "mode='wrap'"),
                       (lambda x: signal.freqz(x, plot=print)[1], "plot="), (lambda x: signal.lsim((B, A), x, X)[1], "has no derivative rule")):
        with pytest.raises(NoRuleError, match=says):
            dr.grad(lambda x, call=call: np.sum(np.abs(call(x))))(X)
    with pytest.raises(NoRuleError, match="design"):
        dr.grad(lambda w: signal.butter(2, w)[0][0])(0.3)
    assert signal.butter(2, 0.3)[0].shape == (3,)
    assert signal.find_peaks(np.array([0.0, 1.0, 0.0]))[0].tolist() == [1]
