"""dr.scipy.fft: linear, with the right adjoint for every type, length, axis and norm; values are SciPy's to the last bit."""

import itertools

import numpy as np
import pytest
import scipy.fft as theirs

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.scipy import fft

LINES = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
SPACES = ["fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2", "fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn"]
COMPLEX = {"fft", "ifft", "irfft", "hfft"}
REAL = ["dct", "idct", "dst", "idst"]
rng = np.random.default_rng(5)


def draw(name, *shape):
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if name.rstrip("2n") in COMPLEX else x


def check(name, x, **options):
    """The tangent is the transform of the direction, the pullback its adjoint."""
    f = lambda x: getattr(fft, name)(x, **options)
    t = draw(name, *x.shape)
    y, dy = dr.jvp(f, (x,), (t,))
    np.testing.assert_array_equal(y, getattr(theirs, name)(x, **options))
    np.testing.assert_array_equal(dy, getattr(theirs, name)(t, **options))
    z, pullback = dr.vjp(f, x)
    g = rng.normal(size=z.shape) + (1j * rng.normal(size=z.shape) if z.dtype.kind == "c" else 0)
    (c,) = pullback(g)
    assert c.shape == x.shape
    assert c.dtype == x.dtype
    np.testing.assert_allclose(np.sum(np.real(c * t)), np.sum(np.real(g * dy)), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("options", [{}, {"n": 4}, {"n": 9}, {"n": 1}, {"axis": 0}, {"axis": -2, "n": 5}, {"norm": "ortho"}, {"norm": "forward", "n": 7}, {"norm": "backward"}])
def test_lines(name, options):
    for shape in ((3, 6), (4, 5)):
        check(name, draw(name, *shape), **options)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("options", [{}, {"s": (3, 6), "axes": (0, 1)}, {"s": (5, -1), "axes": (2, 0)}, {"axes": (-1, 0)}, {"norm": "ortho"}, {"s": (4, 3), "norm": "forward"}])
def test_planes_and_spaces(name, options):
    if name.endswith("2") and options.get("axes") is None and "s" in options:
        options = options | {"axes": (-2, -1)}
    check(name, draw(name, 2, 4, 5), **options)


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_cosines_and_sines(name, kind):
    for norm, orthogonalize, (n, axis) in itertools.product((None, "ortho", "forward", "backward"), (None, True, False), ((None, -1), (4, 0), (9, 1), (2, 1))):
        check(name, draw(name, 3, 5), type=kind, n=n, axis=axis, norm=norm, orthogonalize=orthogonalize)


@pytest.mark.parametrize("name", [f"{name}n" for name in REAL])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_cosines_and_sines_in_space(name, kind):
    for options in ({}, {"s": (4, 3), "axes": (0, -1)}, {"s": (2, -1)}, {"axes": (1,), "norm": "ortho"}, {"norm": "forward", "orthogonalize": True}):
        check(name, draw(name, 3, 4, 5), type=kind, **options)
    check(name, draw("fft", 3, 4), type=kind)


@pytest.mark.parametrize("name", ["fht", "ifht"])
@pytest.mark.parametrize("options", [{}, {"bias": 0.3}, {"offset": 0.2, "bias": -0.1}])
def test_hankel(name, options):
    for n in (7, 8):
        x, t = rng.normal(size=n), rng.normal(size=n)
        f = lambda x: getattr(fft, name)(x, 0.4, mu=0.5, **options)
        z, pullback = dr.vjp(f, x)
        np.testing.assert_array_equal(z, getattr(theirs, name)(x, 0.4, mu=0.5, **options))
        np.testing.assert_allclose(pullback(t)[0] @ x, t @ f(x), rtol=1e-11)
    with pytest.raises(NoRuleError, match="mu"):
        dr.grad(lambda mu: np.sum(getattr(fft, name)(x, 0.4, mu)))(0.5)


def test_keywords_that_change_nothing():
    x = rng.normal(size=8)
    for f in (fft.rfft, fft.dct):
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.abs(f(x, overwrite_x=True, workers=1)) ** 2))(x), dr.grad(lambda x: np.sum(np.abs(f(x)) ** 2))(x))


@pytest.mark.parametrize("name", ["fft", "rfft", "dct", "idst"])
def test_single_precision(name):
    x = draw(name, 6).astype(np.complex64 if name == "fft" else np.float32)
    y, dy = dr.jvp(getattr(fft, name), (x,), (x,))
    (c,) = dr.vjp(getattr(fft, name), x)[1](y)
    assert y.dtype == dy.dtype == getattr(theirs, name)(x).dtype
    assert c.dtype == x.dtype


def test_bad_input_gets_scipys_errors():
    with pytest.raises(ValueError, match="norm"):
        dr.grad(lambda x: np.sum(fft.dct(x, norm="other")))(np.ones(4))
    with pytest.raises(ValueError, match="type"):
        dr.grad(lambda x: np.sum(fft.dct(x, 5)))(np.ones(4))


def test_a_spectral_derivative():
    x = np.arange(32) * 2 * np.pi / 32
    slope = lambda u: fft.irfft(1j * np.arange(17) * fft.rfft(u))
    np.testing.assert_allclose(dr.jvp(slope, (np.cos(x),), (np.sin(x),))[1], np.cos(x), atol=1e-12)
    assert fft.next_fast_len(11) == theirs.next_fast_len(11)
