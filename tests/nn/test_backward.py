"""Backward functions against the formulas of the chapter on backpropagation, their linearity and composition, and layer norm's corrected formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualrev as dr
from dualrev import nn
from dualrev.nn import functional as F

RNG = np.random.default_rng(0)
Z, V = RNG.normal(size=6), RNG.normal(size=6)


def test_matrix_multiplication():
    W, b, z, v = RNG.normal(size=(3, 4)), RNG.normal(size=3), RNG.normal(size=4), RNG.normal(size=3)
    B = nn.backward(nn.Linear(W, b), z)
    assert list(B) == ["input", "W", "b"]
    np.testing.assert_allclose(B["input"](v), W.T @ v, rtol=1e-14)
    np.testing.assert_allclose(B["W"](v), np.outer(v, z), rtol=1e-14)
    np.testing.assert_array_equal(B["b"](v), v)
    batch, vs = RNG.normal(size=(5, 4)), RNG.normal(size=(5, 3))
    B = nn.backward(nn.Linear(W, b), batch)
    np.testing.assert_allclose(B["input"](vs), vs @ W, rtol=1e-13)
    np.testing.assert_allclose(B["W"](vs), vs.T @ batch, rtol=1e-13)
    np.testing.assert_allclose(B["b"](vs), vs.sum(axis=0), rtol=1e-13)


@pytest.mark.parametrize(("module", "formula"), [
    (nn.ReLU(), lambda z, v: v * (z > 0)),
    (nn.Sigmoid(), lambda z, v: v * (1 / (1 + np.exp(-z))) * (1 - 1 / (1 + np.exp(-z)))),
    (nn.Tanh(), lambda z, v: v * (1 - np.tanh(z) ** 2)),
    (nn.Softmax(), lambda z, v: np.exp(z) / np.exp(z).sum() * (v - v @ (np.exp(z) / np.exp(z).sum()))),
])
def test_activations(module, formula):
    np.testing.assert_allclose(nn.backward(module, Z)["input"](V), formula(Z, V), rtol=1e-13)
    dr.check_grads(module, Z, order=2)


def test_gelu_and_softplus():
    from mpmath import mp, ncdf

    for f, exact in ((F.gelu, lambda z: z * ncdf(z)), (F.softplus, lambda z: mp.log(1 + mp.exp(z)))):
        for z in (-3.0, -0.2, 0.0, 1.7):
            assert float(f(z)) == pytest.approx(float(exact(mp.mpf(z))), rel=1e-14, abs=1e-300)
            assert dr.grad(f)(z) == pytest.approx(float(mp.diff(exact, z)), rel=1e-12)


def test_relu_at_zero_has_derivative_zero():
    x = np.array([-0.0, 0.0, 1.0])
    np.testing.assert_array_equal(dr.elementwise_grad(F.relu)(x), [0, 0, 1])
    np.testing.assert_array_equal(dr.jvp(F.relu, (x,), (np.ones(3),))[1], [0, 0, 1])
    assert dr.grad(F.relu)(0.0) == 0.0
    assert dr.grad(dr.grad(F.relu))(2.0) == 0.0


def layer_norm_backward(z, v, gain, eps):
    """The formula with the gain inside the means."""
    s = np.sqrt(np.var(z) + eps)
    h = (z - np.mean(z)) / s
    return (gain * v - np.mean(gain * v) - h * np.mean(h * gain * v)) / s


def layer_norm_backward_of_the_text(z, v, gain, eps):
    """The chapter's formula: the gain in front."""
    s2, centred = np.var(z) + eps, z - np.mean(z)
    return gain / np.sqrt(s2) * (v - np.mean(v) - centred / s2 * np.mean(v * centred))


def test_layer_norm_has_its_gain_inside_the_means():
    gain, bias, eps = RNG.uniform(0.5, 2.0, 6), RNG.normal(size=6), 1e-3
    B = nn.backward(nn.LayerNorm(gain, bias, eps), Z)
    np.testing.assert_allclose(B["input"](V), layer_norm_backward(Z, V, gain, eps), rtol=1e-12)
    np.testing.assert_allclose(B["gain"](V), V * (Z - Z.mean()) / np.sqrt(Z.var() + eps), rtol=1e-13)
    np.testing.assert_array_equal(B["bias"](V), V)
    assert np.max(np.abs(B["input"](V) - layer_norm_backward_of_the_text(Z, V, gain, eps))) > 0.1
    B = nn.backward(nn.LayerNorm(np.full(6, 1.7), bias, eps), Z)
    np.testing.assert_allclose(B["input"](V), layer_norm_backward_of_the_text(Z, V, 1.7, eps), rtol=1e-12)
    dr.check_grads(lambda z, g: F.layer_norm(z, g, bias, eps), Z, gain, order=2)
    two = F.layer_norm(RNG.normal(size=(4, 2, 3)), np.ones((2, 3)))
    np.testing.assert_allclose([two.mean(axis=(1, 2)), two.var(axis=(1, 2))], [[0] * 4, [1] * 4], atol=1e-4)


def test_convolution_in_one_dimension():
    z, w, v = RNG.normal(size=(1, 1, 6)), RNG.normal(size=(1, 1, 3)), RNG.normal(size=(1, 1, 4))
    B = nn.backward(nn.Conv1d(w), z)
    J = np.array([[w[0, 0, j - i] if 0 <= j - i < 3 else 0.0 for j in range(6)] for i in range(4)])
    np.testing.assert_allclose(B["input"](v)[0, 0], J.T @ v[0, 0], rtol=1e-13)
    np.testing.assert_allclose(B["input"](v), F.conv_transpose1d(v, w), rtol=1e-13)
    np.testing.assert_allclose(B["W"](v)[0, 0], [v[0, 0] @ z[0, 0, k:k + 4] for k in range(3)], rtol=1e-13)


def test_embedding_adds_up():
    B = nn.backward(nn.Embedding(RNG.normal(size=(4, 2))), np.array([1, 3, 1]))
    assert list(B) == ["W"]
    v = np.array([[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]])
    np.testing.assert_array_equal(B["W"](v), [[0, 0], [11, 22], [0, 0], [3, 4]])
    assert list(nn.backward(nn.Sequential([nn.Embedding(np.ones((4, 2))), np.tanh]), np.array([1]))) == ["layers[0].W"]


PIECES = [lambda: nn.Linear.create(4, 4, RNG), nn.Tanh, nn.Sigmoid, nn.GELU, nn.Softmax, lambda: nn.LayerNorm.create(4), lambda: nn.Residual(nn.Linear.create(4, 4, RNG)), nn.ReLU]
vectors = st.lists(st.floats(-3, 3), min_size=4, max_size=4).map(np.array)


@given(st.sampled_from(PIECES), vectors, vectors, vectors, st.floats(-2, 2))
@settings(max_examples=60)
def test_backward_functions_are_linear(make, z, v, w, c):
    B = nn.backward(make(), z)
    for name in B:
        np.testing.assert_allclose(B[name](v + c * w), B[name](v) + c * B[name](w), rtol=1e-9, atol=1e-9)


@given(st.sampled_from(PIECES), st.sampled_from(PIECES), vectors, vectors)
@settings(max_examples=60)
def test_backward_of_a_composition(make_f, make_g, z, v):
    """B[f o g, z] = B[g, z] B[f, g(z)]."""
    f, g = make_f(), make_g()
    whole = nn.backward(nn.Sequential([g, f]), z)["input"](v)
    np.testing.assert_allclose(whole, nn.backward(g, z)["input"](nn.backward(f, g(z))["input"](v)), rtol=1e-10, atol=1e-12)


def test_plain_functions_and_wrong_cotangents():
    assert nn.backward(np.sin, 0.0)["input"](2.0) == 2.0
    with pytest.raises(ValueError, match=r"cotangent has shape \(3,\), it must have \(2,\)"):
        nn.backward(np.sin, np.zeros(2))["input"](np.zeros(3))
    with pytest.raises(TypeError, match="Make a module of it"):
        nn.backward(nn.ReLU, np.zeros(2))
    with pytest.raises(TypeError, match="a module or a function is needed, not a int"):
        nn.backward(3, np.zeros(2))
