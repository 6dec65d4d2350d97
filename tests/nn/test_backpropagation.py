"""The complete algorithm: the chapter's two-layer example line by line, deep networks against differences, and checks by parameter."""

import numpy as np
import pytest

import dualrev as dr
from dualrev import nn


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_the_two_layer_example_line_by_line():
    rng = np.random.default_rng(0)
    W1, b1, W2, b2 = rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=(2, 4)), rng.normal(size=2)
    x, y = rng.normal(size=3), rng.uniform(size=2)
    z1 = W1 @ x + b1
    a1 = sigmoid(z1)
    z2 = W2 @ a1 + b2
    a2 = sigmoid(z2)
    J = 0.5 * np.sum((a2 - y) ** 2)
    dJ_da2 = a2 - y
    dJ_dz2 = dJ_da2 * a2 * (1 - a2)
    dJ_dW2 = np.outer(dJ_dz2, a1)
    dJ_db2 = dJ_dz2
    dJ_da1 = W2.T @ dJ_dz2
    dJ_dz1 = dJ_da1 * a1 * (1 - a1)
    dJ_dW1 = np.outer(dJ_dz1, x)
    dJ_db1 = dJ_dz1

    network = nn.Sequential([nn.Linear(W1, b1), nn.Sigmoid(), nn.Linear(W2, b2), nn.Sigmoid()])
    found = nn.backpropagation(network, lambda a, y: nn.mean_squared_error(a, y, "sum"), x, y)
    assert float(found.loss) == pytest.approx(J, rel=1e-13)
    for got, expected in zip(found.u, (x, z1, a1, z2, a2), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13)
    for got, expected in zip(found.du, (W1.T @ dJ_dz1, dJ_dz1, dJ_da1, dJ_dz2, dJ_da2), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-11)
    for name, expected in {"layers[0].W": dJ_dW1, "layers[0].b": dJ_db1, "layers[2].W": dJ_dW2, "layers[2].b": dJ_db2}.items():
        np.testing.assert_allclose(found.parameters[name], expected, rtol=1e-11)
    np.testing.assert_allclose(found.gradient.layers[2].W, dJ_dW2, rtol=1e-11)


def images(dtype=float):
    return nn.Sequential([nn.Conv2d.create(2, 3, 3, 0, padding=1, dtype=dtype), nn.ReLU(), nn.MaxPool2d(2), nn.Residual(nn.Conv2d.create(3, 3, 3, 1, padding="same", dtype=dtype)),
                          nn.ConvTranspose2d.create(3, 2, 2, 2, stride=2, dtype=dtype), nn.AvgPool2d(2), nn.Flatten(), nn.LayerNorm.create(8, dtype=dtype), nn.GELU(),
                          nn.Dropout(0.3), nn.Linear.create(8, 3, 3, dtype=dtype)])


def test_it_agrees_with_grad_and_with_differences():
    rng = np.random.default_rng(1)
    x, y, network = rng.normal(size=(3, 2, 4, 4)), np.array([0, 2, 1]), images()
    found = nn.backpropagation(network, nn.cross_entropy_with_logits, x, y)
    gradient = dr.grad(lambda net: nn.cross_entropy_with_logits(net(x), y))(network)
    for (name, one), two in zip(found.parameters.items(), nn.parameters(gradient).values(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-14, err_msg=name)
    np.testing.assert_allclose(found.du[0], dr.grad(lambda x: nn.cross_entropy_with_logits(network(x), y))(x), rtol=1e-12, atol=1e-14)
    report = nn.check_network(network, nn.cross_entropy_with_logits, x, y)
    assert [check.name for check in report.parameters] == list(nn.parameters(network))
    assert report.worst.error < 1e-7
    assert nn.check_network(network, nn.cross_entropy_with_logits, x, y, rng_seed=5).worst.error < 1e-7


def test_a_wrong_derivative_is_named():
    @dr.custom_jvp
    def wrong(z):
        return np.tanh(z)

    wrong.defjvp(lambda primals, tangents: (wrong(*primals), 1.01 * tangents[0]))
    network = nn.Sequential([nn.Linear.create(2, 3, 0), wrong, nn.Linear.create(3, 1, 1)])
    report = nn.check_network(network, nn.mean_squared_error, np.ones((2, 2)), np.zeros((2, 1)))
    errors = {check.name: check.error for check in report.parameters}
    assert errors["layers[0].W"] > 1e-3
    assert errors["layers[2].W"] < 1e-7
    assert report.worst.name in ("layers[0].W", "layers[0].b")
    assert "layers[0].W  " in repr(report)
    assert "worst entry" in repr(report)
    assert report.worst.backpropagated != report.worst.difference


def test_embeddings_single_modules_and_dropout():
    table = nn.Sequential([nn.Embedding.create(5, 3, 0), nn.Linear.create(3, 2, 1)])
    found = nn.backpropagation(table, nn.cross_entropy_with_logits, np.array([1, 4]), np.array([0, 1]))
    assert found.du[0] is None
    assert found.parameters["layers[0].W"][[0, 2, 3]].tolist() == np.zeros((3, 3)).tolist()
    found = nn.backpropagation(nn.Linear(np.eye(2)), nn.mean_squared_error, np.ones(2), np.zeros(2))
    np.testing.assert_allclose(found.gradient.W, np.full((2, 2), 0.5))
    drop = nn.backpropagation(nn.Sequential([nn.Dropout(0.5)]), lambda a, y: np.sum(a), np.ones(8), None, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(drop.u[1], drop.du[0])
    assert set(drop.u[1].tolist()) == {0.0, 2.0}


def test_precision_stays_and_inputs_are_untouched():
    x, network = np.random.default_rng(2).normal(size=(2, 2, 4, 4)).astype(np.float32), images(np.float32)
    before = [value.copy() for value in nn.parameters(network).values()]
    found = nn.backpropagation(network, nn.cross_entropy_with_logits, x, np.array([0, 1]))
    assert {part.dtype for part in [*found.parameters.values(), *found.u, *found.du]} == {np.dtype(np.float32)}
    for a, b in zip(before, nn.parameters(network).values(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_bad_calls():
    with pytest.raises(TypeError, match="the loss must be a function"):
        nn.backpropagation(nn.ReLU(), "squared", np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match="has shape"):
        nn.backpropagation(nn.ReLU(), lambda a, y: a - y, np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match="eps must be positive"):
        nn.check_network(nn.Linear(np.eye(2)), nn.mean_squared_error, np.ones(2), np.ones(2), eps=0)
    with pytest.raises(ValueError, match="no parameters"):
        nn.check_network(nn.ReLU(), nn.mean_squared_error, np.ones(2), np.ones(2))
