"""Discrete Fourier transforms: every function with every keyword, in every way."""

import numpy as np
import pytest

import dualrev as dr
from tests.rules.ways import check, pairing

FFT = np.fft
rng = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def _the_same_numbers_in_any_order():
    global rng
    rng = np.random.default_rng(7)

LINES = [FFT.fft, FFT.ifft, FFT.rfft, FFT.irfft, FFT.hfft, FFT.ihfft]
PLANES = [FFT.fft2, FFT.ifft2, FFT.rfft2, FFT.irfft2]
SPACES = [FFT.fftn, FFT.ifftn, FFT.rfftn, FFT.irfftn]


def draw(function, *shape):
    """An argument of the kind that the function takes."""
    real = function in (FFT.rfft, FFT.ihfft, FFT.rfft2, FFT.rfftn)
    return rng.normal(size=shape) + (0 if real else 1j * rng.normal(size=shape))


def check_linear(function, x, **options):
    """The tangent is the transform of the direction, the pullback its adjoint; values are NumPy's to the last bit."""
    f = lambda x: function(x, **options)
    t = draw(function, *x.shape)
    y, dy = dr.jvp(f, (x,), (t,))
    np.testing.assert_array_equal(y, f(x))
    np.testing.assert_allclose(dy, f(t), rtol=1e-12, atol=1e-12)
    z, pullback = dr.vjp(f, x)
    g = rng.normal(size=z.shape) + (1j * rng.normal(size=z.shape) if z.dtype.kind == "c" else 0)
    (c,) = pullback(g)
    assert c.shape == x.shape and c.dtype == x.dtype
    np.testing.assert_allclose(pairing([c], [t]), pairing([g], [dy]), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("function", LINES)
@pytest.mark.parametrize("options", [{}, {"n": 4}, {"n": 5}, {"n": 9}, {"n": 12}, {"n": 1},
                                     {"axis": 0}, {"axis": -2, "n": 5}, {"norm": "ortho"}, {"norm": "forward", "n": 7}, {"norm": "backward"}])
@pytest.mark.parametrize("shape", [(3, 6), (4, 5)])
def test_lines(function, options, shape):
    check_linear(function, draw(function, *shape), **options)


@pytest.mark.parametrize("function", PLANES + SPACES)
@pytest.mark.parametrize("options", [{}, {"s": (3, 6), "axes": (0, 1)}, {"s": (5, -1), "axes": (2, 0)}, {"axes": (-1, 0)}, {"axes": (1, 1)},
                                     {"norm": "ortho"}, {"s": (4, 3), "axes": (-2, -1), "norm": "forward"}])
def test_planes_and_spaces(function, options):
    check_linear(function, draw(function, 2, 4, 5), **options)


@pytest.mark.parametrize("function", LINES + PLANES + SPACES)
def test_second_order(function):
    check(lambda x: function(x * x), draw(function, 3, 4))


@pytest.mark.parametrize("function", [FFT.fft, FFT.ifft, FFT.irfft, FFT.hfft, FFT.fftn, FFT.irfftn, FFT.fft2])
def test_real_input_of_complex_transforms(function):
    x = rng.normal(size=(3, 5))
    check(function, x)
    assert dr.vjp(function, x)[1](function(x))[0].dtype == np.float64


@pytest.mark.parametrize("function", [FFT.fftshift, FFT.ifftshift])
@pytest.mark.parametrize("axes", [None, 0, (0, 1), -1])
def test_shifts(function, axes):
    check(lambda x: function(x * x, axes), rng.normal(size=(3, 4)))


@pytest.mark.parametrize("function", LINES + PLANES + SPACES)
def test_forms_are_kept(function):
    x = draw(function, 2, 5).astype(np.complex64 if draw(function, 1).dtype.kind == "c" else np.float32)
    y, dy = dr.jvp(function, (x,), (x,))
    z, pullback = dr.vjp(function, x)
    (c,) = pullback(z)
    assert y.dtype == dy.dtype == z.dtype == function(x).dtype
    assert c.dtype == x.dtype and c.shape == x.shape
    if function in LINES:
        assert dr.vjp(function, x[:0])[1](function(x[:0]))[0].shape == (0, 5)


def test_frequencies_are_constants_and_follow_their_spacing():
    np.testing.assert_allclose(dr.grad(lambda x: np.sum(FFT.fftfreq(4) * x))(np.ones(4)), FFT.fftfreq(4))
    np.testing.assert_allclose(dr.jvp(lambda d: FFT.rfftfreq(4, d), (0.5,), (1.0,))[1], -FFT.rfftfreq(4, 0.5) / 0.5)


def test_a_spectral_derivative():
    """The derivative of sin at 32 points by its transform; energies by Parseval's identity."""
    x = np.arange(32) * 2 * np.pi / 32
    slope = lambda u: FFT.irfft(1j * np.arange(17) * FFT.rfft(u))
    np.testing.assert_allclose(dr.jvp(slope, (np.cos(x),), (np.sin(x),))[1], np.cos(x), atol=1e-12)
    np.testing.assert_allclose(dr.grad(lambda u: np.sum(np.abs(FFT.fft(u, norm="ortho")) ** 2))(x), 2 * x, atol=1e-12)


def test_bad_input_gets_numpys_errors():
    for options in ({"norm": "other"}, {"n": 0}):
        for function in (FFT.rfft, FFT.fft, FFT.hfft):
            with pytest.raises(ValueError, match=r"norm|number of"):
                dr.grad(lambda x: np.sum(np.real(function(x, **options))))(np.ones(4))
    with pytest.raises(ValueError, match="different lengths"):
        dr.grad(lambda x: np.sum(np.real(FFT.fftn(x, s=(2,), axes=(0, 1)))))(np.ones((2, 2)))
