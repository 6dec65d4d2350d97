"""Monitors: the numbers are those of the layers, and each trouble is named with its layer."""

import numpy as np
import pytest

import dualrev as dr
from dualrev import nn
from dualrev.nn.monitoring import NetworkWarning

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(16, 6)), RNG.normal(size=(16, 6))


def chain(gain, activation, depth=10):
    return nn.Sequential([layer for k in range(depth) for layer in (nn.Linear.create(6, 6, k, gain=gain), activation)])


def rms(x):
    return np.sqrt(np.mean(x**2))


def test_the_numbers():
    network = chain(1.4, nn.ReLU(), 2)
    report = nn.inspect(network, nn.mean_squared_error, X, Y)
    found = nn.backpropagation(network, nn.mean_squared_error, X, Y)
    assert [layer.name for layer in report.layers] == ["layers[0]", "layers[1]", "layers[2]", "layers[3]"]
    assert [layer.kind for layer in report.layers] == ["Linear", "ReLU"] * 2
    for i, layer in enumerate(report.layers):
        assert layer.activation == pytest.approx(rms(found.u[i + 1]))
        assert layer.gradient == pytest.approx(rms(found.du[i]))
    assert report.layers[2].parameters == pytest.approx(np.hypot(np.linalg.norm(found.gradient.layers[2].W), np.linalg.norm(found.gradient.layers[2].b)))
    assert report.layers[1].parameters == 0
    assert report.layers[0].dead is None
    assert report.layers[1].dead == np.mean(np.all(found.u[2] == 0, axis=0))
    assert report.warnings == ()
    assert "layers[2] Linear" in str(report)


def test_vanishing_and_exploding_gradients_are_named():
    (vanishing,) = nn.inspect(chain(1.0, nn.Sigmoid()), nn.mean_squared_error, X, Y).warnings
    assert vanishing.startswith("The gradient vanishes: at the input of layers[")
    exploding = nn.inspect(chain(20.0, nn.Function(np.positive)), nn.mean_squared_error, X, Y, exploding=100.0).warnings
    assert "The gradient explodes: at the input of layers[" in exploding[0]
    mild = nn.inspect(chain(1.0, nn.Sigmoid()), nn.mean_squared_error, X, Y, vanishing=0.0)
    assert mild.warnings == ()
    assert "(Linear)" in vanishing or "(Sigmoid)" in vanishing


def test_dead_units_and_values_that_are_not_finite():
    dead = nn.Sequential([nn.Linear(RNG.normal(size=(4, 6)), np.array([-100.0, -100.0, -100.0, 0.0])), nn.functional.relu, nn.Linear.create(4, 6, 0)])
    report = nn.inspect(dead, nn.mean_squared_error, X, Y)
    assert report.layers[1].dead == 0.75
    assert report.layers[1].kind == "relu"
    assert report.warnings == ("75% of the units of layers[1] (relu) are dead: zero for every example.",)
    with np.errstate(all="ignore"):
        broken = nn.inspect(nn.Sequential([nn.Linear.create(6, 6, 0), np.sqrt]), nn.mean_squared_error, X, Y)
    assert broken.warnings[0] == "layers[1] (sqrt) gives values that are not finite."


def test_monitor_in_fit(tmp_path):
    monitor = nn.Monitor(every=2)
    with pytest.warns(NetworkWarning, match=r"epoch 2: The gradient vanishes: at the input of layers\[") as caught:
        nn.fit(chain(1.0, nn.Sigmoid()), nn.mean_squared_error, (X, Y), epochs=5, monitor=monitor)
    assert len(caught) == 1
    assert list(monitor.reports) == [2, 4]
    assert "epoch 4\nlayer" in str(monitor)
    monitor.draw(tmp_path / "layers.png")
    assert (tmp_path / "layers.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="has seen nothing yet"):
        nn.Monitor().draw(tmp_path / "none.png")


def test_single_modules_and_embeddings():
    assert nn.inspect(nn.Linear.create(6, 6, 0), nn.mean_squared_error, X, Y).layers[0].name == "network"
    table = nn.Sequential([nn.Embedding.create(4, 2, 0), nn.Linear.create(2, 3, 1)])
    report = nn.inspect(table, nn.cross_entropy_with_logits, np.array([0, 3]), np.array([1, 2]))
    assert report.layers[0].gradient is None
    assert "layers[0] Embedding" in str(report)
    assert report.warnings == ()
    assert dr.nn.inspect(table, nn.cross_entropy_with_logits, np.array([0, 3]), np.array([1, 2])).loss == report.loss
