"""Convolution against a direct loop and SciPy's correlation, over strides, dilations, paddings and groups; its backward functions; both ways of computing it."""

import dataclasses
import itertools
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate, correlate2d

import dualrev as dr
from dualrev.nn import functional as F
from dualrev.rules import convolution_bands as bands
from dualrev.rules import convolution_fourier as fourier
from dualrev.rules import convolution_products as direct
from dualrev.rules.convolution import engine
from dualrev.rules.windows import Geometry


def by_loops(x, w, stride, padding, dilation, groups):
    """y[n, f, i] = sum over c, k of w[f, c, k] x[n, c, stride i + dilation k - padding], as written."""
    n = w.ndim - 2
    wide = np.pad(x, [(0, 0), (0, 0), *padding])
    places = [(wide.shape[2 + a] - dilation[a] * (w.shape[2 + a] - 1) - 1) // stride[a] + 1 for a in range(n)]
    y = np.zeros((x.shape[0], w.shape[0], *places))
    per_filter, per_channel = w.shape[0] // groups, w.shape[1]
    for f, *i in np.ndindex(w.shape[0], *places):
        group = f // per_filter
        for c, *k in np.ndindex(per_channel, *w.shape[2:]):
            at = tuple(stride[a] * i[a] + dilation[a] * k[a] for a in range(n))
            y[(slice(None), f, *i)] += w[(f, c, *k)] * wide[(slice(None), group * per_channel + c, *at)]
    return y


SWEEP = list(itertools.product([1, 2, 3], [0, 1, (1, 2)], [1, 2], [1, 2], [1, 3]))


@pytest.mark.parametrize(("stride", "padding", "dilation", "groups", "window"), SWEEP)
@pytest.mark.parametrize("axes", [1, 2])
def test_sweep(axes, stride, padding, dilation, groups, window):
    rng = np.random.default_rng(0)
    pair = padding if isinstance(padding, tuple) else (padding, padding)
    shape, kernel = (8, 7)[:axes], (window, 2)[:axes]
    x, w, b = rng.normal(size=(2, 2 * groups, *shape)), rng.normal(size=(3 * groups, 2, *kernel)), rng.normal(size=3 * groups)
    expected = by_loops(x, w, (stride,) * axes, (pair,) * axes, (dilation,) * axes, groups)
    options = {"stride": stride, "padding": [pair] * axes, "dilation": dilation, "groups": groups}
    y = F.conv(x, w, b, **options)
    np.testing.assert_allclose(y, expected + b.reshape(-1, *(1,) * axes), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(F.conv(x[0], w, b, **options), F.conv(x[:1], w, b, **options)[0])
    v = rng.normal(size=y.shape)
    found = dr.vjp(lambda x, w: F.conv(x, w, **options), x, w)[1](v)
    for i, (part, g) in enumerate(zip((x, w), found, strict=True)):  # the adjoint identity, with the loops as the function
        t = rng.normal(size=part.shape)
        moved = by_loops(*((t, w) if i == 0 else (x, t)), (stride,) * axes, (pair,) * axes, (dilation,) * axes, groups)
        np.testing.assert_allclose(np.sum(g * t), np.sum(v * moved), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_scipys_correlation(mode):
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(9, 8)), rng.normal(size=(3, 5))
    padding = {"valid": "valid", "same": "same", "full": (2, 4)}[mode]
    np.testing.assert_allclose(F.conv2d(x[None], w[None, None], padding=padding)[0], correlate2d(x, w, mode), rtol=1e-12, atol=1e-12)
    long, short = rng.normal(size=20), rng.normal(size=5)
    padding = {"valid": 0, "same": 2, "full": 4}[mode]
    np.testing.assert_allclose(F.conv1d(long[None], short[None, None], padding=padding)[0], correlate(long, short, mode), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(F.conv(np.ones((1, 4, 4, 4)), np.ones((1, 1, 2, 2, 2))), np.full((1, 3, 3, 3), 8.0))


@given(st.data())
@settings(max_examples=40)
def test_both_ways_of_computing_agree(data):
    n = data.draw(st.integers(1, 2))
    draw = lambda lo, hi: tuple(data.draw(st.integers(lo, hi)) for _ in range(n))
    kernel, stride, dilation, groups = draw(1, 4), draw(1, 3), draw(1, 2), data.draw(st.integers(1, 2))
    shape = tuple(d * (k - 1) + 1 + m for d, k, m in zip(dilation, kernel, draw(0, 6), strict=True))
    g = Geometry(shape, kernel, stride, tuple(zip(draw(0, 2), draw(0, 2), strict=True)), dilation, groups)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x, w = rng.normal(size=(data.draw(st.integers(0, 3)) if n == 1 else 2, 2 * groups, *shape)), rng.normal(size=(groups, 2, *kernel))
    y = rng.normal(size=(len(x), groups, *g.places))
    if len(x):
        for name, a, b in (("filtered", x, w), ("spread", y, w), ("gathered", x, y)):
            one, two = getattr(direct, name)(a, b, g), getattr(fourier, name)(a, b, g)
            assert one.shape == two.shape
            np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-10)
    else:
        assert direct.filtered(x, w, g).shape == y.shape
        np.testing.assert_array_equal(direct.gathered(x, y, g), np.zeros(w.shape))


def test_large_windows_go_through_the_transform():
    small, large = (Geometry((64, 64), (k, k), (1, 1), ((0, 0), (0, 0)), (1, 1)) for k in (3, 21))
    assert engine((8, 16, 64, 64), 16, small, float) is bands
    assert engine((8, 16, 64, 64), 16, large, float) is fourier
    assert engine((8, 16, 64, 64), 16, large, complex) is bands
    assert engine((8, 16, 64, 64), 16, large, int) is bands
    assert engine((1, 512, 512, 512), 512, dataclasses.replace(large, shape=(512, 512)), float) is bands  # the filters' spectra would be too large
    whole = np.random.default_rng(0).integers(-5, 6, (2, 1, 40, 40))
    assert F.conv2d(whole, np.ones((1, 1, 15, 15), int))[0, 0, 3, 4] == whole[0, 0, 3:18, 4:19].sum()
    assert F.conv2d(whole * 1.0, np.full((1, 1, 15, 15), 1j)).dtype == complex
    x, w = np.random.default_rng(0).normal(size=(1, 2, 48, 48)), np.random.default_rng(1).normal(size=(2, 2, 21, 21))
    dr.check_grads(lambda w: np.sum(np.sin(F.conv2d(x, w) / 20)), w, order=1)
    assert F.conv2d(x.astype(np.float32), w.astype(np.float32)).dtype == np.float32


def test_several_blocks_of_images_agree_with_one(monkeypatch):
    rng = np.random.default_rng(2)
    x, w, g = rng.normal(size=(7, 2, 6, 6)), rng.normal(size=(3, 2, 3, 3)), Geometry((6, 6), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1))
    y = rng.normal(size=(7, 3, 6, 6))
    whole = direct.filtered(x, w, g), direct.spread(y, w, g), direct.gathered(x, y, g)
    monkeypatch.setattr(direct, "BLOCK", 12_000)
    for a, b in zip(whole, (direct.filtered(x, w, g), direct.spread(y, w, g), direct.gathered(x, y, g)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("stride", "dilation", "groups"), [((1, 1), (1, 1), 1), ((2, 1), (1, 2), 2), ((3, 2), (2, 1), 1)])
def test_bands_of_large_images_agree_with_the_whole(monkeypatch, stride, dilation, groups):
    rng = np.random.default_rng(5)
    g = Geometry((17, 9), (3, 2), stride, ((1, 2), (0, 1)), dilation, groups)
    x, w = rng.normal(size=(2, 2 * groups, 17, 9)), rng.normal(size=(3 * groups, 2, 3, 2))
    y = rng.normal(size=(2, 3 * groups, *g.places))
    assert bands.bands(g, 2, 8) == []
    monkeypatch.setattr(bands, "MOST", 1500)
    assert len(bands.bands(g, 2 * groups, 8)) > 1
    for name, a, b in (("filtered", x, w), ("spread", y, w), ("gathered", x, y)):
        np.testing.assert_allclose(getattr(bands, name)(a, b, g), getattr(direct, name)(a, b, g), rtol=1e-12, atol=1e-12)


def test_memory_of_a_large_image():
    """The windows of 512 x 512 x 8 take nine times the image; bands take less than twice."""
    x, w = np.ones((1, 8, 512, 512)), np.ones((4, 8, 3, 3))
    tracemalloc.start()
    gradient = dr.grad(lambda w: np.sum(F.conv2d(x, w, padding=1)))(w)
    peak = tracemalloc.get_traced_memory()[1] / x.nbytes
    tracemalloc.stop()
    assert gradient[0, 0].tolist() == [[511**2, 511 * 512, 511**2], [511 * 512, 512**2, 511 * 512], [511**2, 511 * 512, 511**2]]
    assert peak < 4


def test_spectra_of_several_parts_agree_with_one(monkeypatch):
    rng = np.random.default_rng(6)
    x, w, g = rng.normal(size=(5, 2, 12)), rng.normal(size=(4, 1, 3)), Geometry((12,), (3,), (2,), ((1, 1),), (2,), 2)
    y = rng.normal(size=(5, 4, *g.places))
    monkeypatch.setattr(fourier, "MOST", 2 * 6 * 16 * 8)
    assert len(fourier.parts(5, 6, g)) == 3
    for name, a, b in (("filtered", x, w), ("spread", y, w), ("gathered", x, y)):
        np.testing.assert_allclose(getattr(fourier, name)(a, b, g), getattr(direct, name)(a, b, g), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize(("window", "dilation", "padding"), [(1, 1, (0, 0)), (2, 1, (1, 0)), (3, 1, (1, 1)), (2, 2, (0, 2)), (3, 1, (4, 3)), (6, 1, (0, 0))])
def test_spreading_with_stride_one_is_the_transpose_in_both_layouts(n, window, dilation, padding):
    g = Geometry((6, 7, 6)[:n], (window,) * n, (1,) * n, (padding,) * n, (dilation,) * n, 2)
    rng = np.random.default_rng(n)
    x, w, y = rng.normal(size=(3, 4, *g.shape)), rng.normal(size=(6, 2, *g.kernel)), rng.normal(size=(3, 6, *g.places))
    found = direct.spread(y, w, g)
    assert found.shape == x.shape
    np.testing.assert_allclose(np.vdot(x, found), np.vdot(direct.filtered(x, w, g), y), rtol=1e-11, atol=1e-11)
    expected = np.zeros((3, 4, *g.padded))
    for k, index in enumerate(g.offsets()):
        for group in range(2):
            part = w.reshape(2, 3, 2, -1)[group, ..., k]
            expected[:, 2 * group:2 * group + 2][index] += np.einsum("fc,nf...->nc...", part, y[:, 3 * group:3 * group + 3])
    np.testing.assert_allclose(found, expected[g.inner], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("stride", "padding", "more", "dilation", "groups"), [(1, 0, 0, 1, 1), (2, 1, 0, 1, 1), (2, (1, 2), 1, 1, 2), (3, 0, 2, 2, 1)])
def test_transposed_is_the_backward_function(stride, padding, more, dilation, groups):
    rng = np.random.default_rng(3)
    pair = [padding if isinstance(padding, tuple) else (padding, padding)] * 2
    w, v = rng.normal(size=(2 * groups, 3, 3, 2)), rng.normal(size=(2, 2 * groups, 4, 3))
    options = {"stride": stride, "padding": pair, "dilation": dilation, "groups": groups}
    z = F.conv_transpose2d(v, w, output_padding=more, **options)
    B = dr.nn.backward(lambda x: F.conv2d(x, w, **options), np.zeros(z.shape))
    np.testing.assert_allclose(B["input"](v), z, rtol=1e-12, atol=1e-12)
    dr.check_grads(lambda v, w: F.conv_transpose2d(v, w, np.ones(3 * groups), output_padding=more, **options), v[:1], w, order=1)


def test_an_infinite_weight_reaches_only_what_it_is_multiplied_into():
    g = Geometry((4, 4), (1, 2), (1, 1), ((0, 0), (0, 0)), (1, 1))
    found = direct.spread(np.ones((1, 1, 4, 3)), np.array([[[[1.0, np.inf]]]]), g)
    np.testing.assert_array_equal(found, np.broadcast_to([1.0, np.inf, np.inf, np.inf], (1, 1, 4, 4)))


def test_complex_and_second_order():
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(1, 2, 5)) + 1j * rng.normal(size=(1, 2, 5)), rng.normal(size=(2, 2, 3)) * (1 + 0.5j)
    np.testing.assert_allclose(F.conv1d(x, w), by_complex(x, w), rtol=1e-12)
    dr.check_grads(lambda x, w: np.sum(np.abs(F.conv1d(x, w)) ** 2), x, w, order=2)


def by_complex(x, w):
    return sum(p * q * by_loops(part(x), other(w), (1,), ((0, 0),), (1,), 1) for p, part in ((1, np.real), (1j, np.imag)) for q, other in ((1, np.real), (1j, np.imag)))


@pytest.mark.parametrize(("call", "words"), [
    (lambda: F.conv2d(np.zeros((1, 3, 4, 4)), np.zeros((2, 2, 3, 3))), "3 channels in 1 groups do not fit filters of shape"),
    (lambda: F.conv2d(np.zeros((1, 2, 2, 2)), np.zeros((2, 2, 3, 3))), "a window of (3, 3) does not fit into (2, 2)"),
    (lambda: F.conv2d(np.zeros((1, 2, 4, 4)), np.zeros((2, 2, 3))), "they must have 4 axes"),
    (lambda: F.conv1d(np.zeros((1, 2, 4)), np.zeros((2, 2, 3)), stride=0), "stride must be an integer of at least 1"),
    (lambda: F.conv1d(np.zeros((1, 2, 4)), np.zeros((2, 2, 3)), padding="full"), "padding must be numbers, 'valid' or 'same', got 'full'"),
    (lambda: F.conv1d(np.zeros((1, 2, 4)), np.zeros((2, 2, 3)), np.zeros((2, 1))), "b has shape (2, 1), it must be (2,)"),
    (lambda: F.conv1d(np.zeros((1, 2, 4)), np.zeros((2, 2, 3)), groups=0), "groups must be a positive integer"),
    (lambda: F.conv1d(np.zeros(4), np.zeros((2, 2, 3))), "do not fit; they are (batch, channels, *shape)"),
    (lambda: F.conv_transpose1d(np.zeros((1, 3, 4)), np.zeros((2, 2, 3))), "3 channels in 1 groups do not fit filters"),
    (lambda: F.conv_transpose1d(np.zeros((1, 2, 4)), np.zeros((2, 2, 3)), output_padding=1), "must be below the stride"),
    (lambda: F.conv_transpose1d(np.zeros((1, 2, 1)), np.zeros((2, 2, 3)), padding=3), "leaves nothing"),
    (lambda: F.conv_transpose1d(np.zeros((1, 2, 4)), np.zeros((2, 2, 3)), padding="same"), "padding must be numbers"),
    (lambda: dr.nn.Conv2d.create(3, 4, 3, 0, groups=2), "2 groups do not divide 3 channels"),
])
def test_bad_calls(call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()


def test_gradients_for_each_example_are_one_convolution(monkeypatch):
    rng = np.random.default_rng(7)
    x, w, calls = rng.normal(size=(6, 1, 2, 5, 5)), rng.normal(size=(3, 2, 3, 3)), []
    gathered = bands.gathered
    monkeypatch.setattr(bands, "gathered", lambda *args: calls.append(args) or gathered(*args))
    loss = lambda w, x: np.sum(np.sin(F.conv2d(x, w, stride=2, padding=1)))
    found = dr.vmap(dr.grad(loss), in_axes=(None, 0))(w, x)
    assert len(calls) == 1
    np.testing.assert_allclose(found, [dr.grad(loss)(w, one) for one in x], rtol=1e-12, atol=1e-13)
