"""Pooling against NumPy's own maximum and mean of windows."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import dualrev as dr
from dualrev.nn import functional as F


@pytest.mark.parametrize(("window", "stride", "padding"), [(2, None, 0), (3, 2, 1), ((2, 3), (1, 2), 0), (3, 1, "same")])
def test_values_and_gradients(window, stride, padding):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 6, 7))
    kernel = window if isinstance(window, tuple) else (window, window)
    steps = kernel if stride is None else stride if isinstance(stride, tuple) else (stride, stride)
    pad = (1, 1) if padding in ("same", 1) else (0, 0)
    for pool, reduce, fill in ((F.max_pool, np.max, -np.inf), (F.avg_pool, np.mean, 0.0)):
        wide = np.pad(x, [(0, 0), (0, 0), pad, pad], constant_values=fill)
        expected = reduce(sliding_window_view(wide, kernel, (2, 3))[:, :, ::steps[0], ::steps[1]], axis=(-2, -1))
        np.testing.assert_allclose(pool(x, window, stride, padding), expected, rtol=1e-14)
        dr.check_grads(lambda x: pool(x, window, stride, padding), x[:1, :1], order=2)


def test_ties_share_the_derivative():
    x = np.array([1.0, 1.0, 0.0, 2.0, 2.0, 2.0])
    np.testing.assert_allclose(dr.grad(lambda x: np.sum(F.max_pool(x, 3, axes=1)))(x), [0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3])
    np.testing.assert_allclose(dr.jvp(lambda x: F.max_pool(x, 3, axes=1), (x,), (np.arange(6.0),))[1], [0.5, 4.0])
    np.testing.assert_array_equal(F.max_pool(np.full(3, 0.1), 3, axes=1), [0.1])


def test_nan_is_passed_on_and_single_precision_stays():
    assert np.isnan(F.max_pool(np.array([np.nan, 1.0]), 2, axes=1))[0]
    x = np.ones((1, 4, 4), np.float32)
    for module in (dr.nn.MaxPool2d(2), dr.nn.AvgPool2d(2, stride=1)):
        assert module(x).dtype == dr.grad(lambda x: np.sum(module(x)))(x).dtype == np.float32
    assert F.max_pool(np.arange(6), 3, 2, 1, axes=1).tolist() == [1, 3, 5]
    assert dr.nn.MaxPool1d(2)(np.arange(6.0)).tolist() == [1, 3, 5]
    assert dr.nn.AvgPool1d(2, padding=1)(np.arange(6.0)).tolist() == [0, 1.5, 3.5, 2.5]


def test_bad_calls():
    with pytest.raises(ValueError, match="a window of .* may lie outside the array"):
        F.max_pool(np.zeros((1, 4, 4)), 2, padding=2)
    with pytest.raises(ValueError, match="fewer than 2 axes"):
        F.avg_pool(np.zeros(4), 2)
    with pytest.raises(ValueError, match="does not fit into"):
        F.max_pool(np.zeros((2, 2)), 3)
