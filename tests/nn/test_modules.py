"""Modules are immutable containers: gradients come back in their form, configuration stays, parameters have names."""

import dataclasses
import pickle
import tracemalloc

import numpy as np
import pytest

import dualrev as dr
from dualrev import nn
from dualrev.nn import functional as F


def test_gradients_have_the_form_of_the_module():
    network = nn.Sequential([nn.Conv1d.create(1, 2, 3, 0, stride=2, padding=1), nn.Flatten(), nn.Linear.create(4, 1, 1, bias=False)], checkpoint_every=2)
    g = dr.grad(lambda net, x: np.sum(net(x)))(network, np.ones((2, 1, 4)))
    assert isinstance(g, nn.Sequential)
    assert (g.checkpoint_every, g.layers[0].stride, g.layers[0].padding, g.layers[2].b) == (2, 2, 1, None)
    assert g.layers[0].W.shape == (2, 1, 3)
    h = dr.hvp(lambda net: np.sum(net(np.ones((2, 1, 4))) ** 2))(network, g)
    assert h.layers[2].W.shape == (1, 4)
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.layers[0].W = 0


def test_names():
    network = nn.Sequential([nn.Residual(nn.Linear.create(2, 2, 0)), np.tanh, nn.LayerNorm.create(2)])
    named = nn.parameters(network)
    assert list(named) == ["layers[0].inner.W", "layers[0].inner.b", "layers[2].gain", "layers[2].bias"]
    assert eval("network.layers[0].inner.W") is named["layers[0].inner.W"]
    other = nn.with_parameters(network, {"layers[2].gain": np.full(2, 3.0)})
    assert other.layers[2].gain.tolist() == [3, 3]
    assert network.layers[2].gain.tolist() == [1, 1]
    with pytest.raises(KeyError, match="no parameter 'W'; it has layers"):
        nn.with_parameters(network, {"W": 1.0})
    with pytest.raises(ValueError, match=r"'layers\[2\].gain' has shape \(2,\), not \(3,\)"):
        nn.with_parameters(network, {"layers[2].gain": np.ones(3)})


def test_representations_and_pickles():
    network = nn.Sequential([nn.Linear.create(2, 3, 0), np.tanh, nn.MaxPool1d(2)])
    assert repr(network) == "Sequential(layers=(Linear(W=float64[3, 2], b=float64[3]), Function(function=tanh), MaxPool1d(window=2, padding=0)))"
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(again(np.ones(2)), network(np.ones(2)))
    assert len(network[:2]) == 2
    assert isinstance(network[0], nn.Linear)
    assert [type(layer).__name__ for layer in network] == ["Linear", "Function", "MaxPool1d"]


def test_the_same_seed_gives_the_same_weights():
    a, b = (nn.parameters(nn.Conv2d.create(3, 4, 3, seed)) for seed in (7, np.random.default_rng(7)))
    np.testing.assert_array_equal(a["W"], b["W"])
    W = nn.Linear.create(400, 300, 0, gain=2.0).W
    assert W.std() == pytest.approx(2 / 20, rel=0.02)
    assert nn.Linear.create(2, 2, 0, dtype=np.float32)(np.ones(2, np.float32)).dtype == np.float32


def test_checkpointing_changes_nothing_but_memory():
    x = np.random.default_rng(0).normal(size=(4, 3))
    layers = [nn.Linear.create(3, 3, k) if k % 2 else nn.Dropout(0.4) for k in range(7)]
    loss = lambda net, x: np.sum(np.sin(net(x, rng=np.random.default_rng(3))))
    plain, *others = ([*nn.parameters(g).values(), h] for g, h in (dr.grad(loss, (0, 1))(nn.Sequential(layers, checkpoint_every=k), x) for k in (None, 1, 2, 3, 10)))
    for other in others:
        for a, b in zip(plain, other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_dropout_keeps_the_mean_and_its_zeros():
    z = np.ones(100_000)
    y = nn.Dropout(0.25)(z, rng=np.random.default_rng(0))
    assert y.mean() == pytest.approx(1.0, abs=0.01)
    assert set(np.unique(y)) == {0.0, 1 / 0.75}
    assert nn.Dropout(0.25)(z) is z
    g = dr.grad(lambda z: np.sum(F.dropout(z, 0.25, np.random.default_rng(0))))(z)
    np.testing.assert_array_equal(g, y)


def test_gradients_for_each_example():
    """`vmap` of a gradient: one pass for all examples."""
    rng = np.random.default_rng(0)
    pictures = nn.Sequential([nn.Conv2d.create(1, 2, 3, 0, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.LayerNorm.create(8), nn.Linear.create(8, 3, 1)])
    words = nn.Sequential([nn.Embedding.create(6, 4, 2), nn.Tanh(), nn.AvgPool1d(2), nn.Flatten(), nn.Linear.create(6, 3, 3)])
    y = np.array([0, 1, 2, 0, 1])
    for network, x in ((pictures, rng.normal(size=(5, 1, 4, 4))), (words, rng.integers(0, 6, (5, 3)))):
        def loss(net, x, y):
            return nn.cross_entropy_with_logits(net(np.reshape(x, (1, *x.shape))), np.reshape(y, (1,)))

        found = dr.vmap(dr.grad(loss), in_axes=(None, 0, 0))(network, x, y)
        for i in range(5):
            for a, b in zip(nn.parameters(found).values(), nn.parameters(dr.grad(loss)(network, x[i], y[i])).values(), strict=True):
                np.testing.assert_allclose(a[i], b, rtol=1e-12, atol=1e-14)


def test_programs_of_networks_hold_elsewhere():
    network = nn.Sequential([nn.Conv1d.create(1, 2, 3, 0, padding=1), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear.create(4, 3, 1)])
    x, y = np.random.default_rng(0).normal(size=(5, 1, 4)), np.array([0, 1, 2, 0, 1])
    gradient = dr.grad(lambda w: nn.cross_entropy_with_logits(nn.with_parameters(network, {"layers[0].W": w})(x), y))
    w = network.layers[0].W
    np.testing.assert_allclose(dr.trace(gradient, w)(-0.7 * w), gradient(-0.7 * w), rtol=1e-12)


def test_checkpointing_saves_memory():
    """100 layers on 80 kB each, ten by ten."""
    x = np.random.default_rng(0).normal(size=(1000, 10))
    layers = [nn.Linear.create(10, 10, k) if k % 2 else nn.Tanh() for k in range(100)]

    def peak(k):
        network = nn.Sequential(layers, checkpoint_every=k)
        tracemalloc.start()
        dr.grad(lambda net: np.sum(net(x)))(network)
        found = tracemalloc.get_traced_memory()[1] / x.nbytes
        tracemalloc.stop()
        return found

    assert peak(None) > 50
    assert peak(10) < 25


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: nn.Linear(np.eye(2))(np.ones(3)), ValueError, "must end in the number of columns of W"),
    (lambda: nn.Linear(np.eye(2), np.ones((2, 1)))(np.ones(2)), ValueError, "b has shape (2, 1), it must be (2,)"),
    (lambda: nn.Embedding(np.eye(2))(np.array([0.5])), TypeError, "the indices must be integers"),
    (lambda: nn.Embedding(np.eye(2))(np.array([-1])), IndexError, "outside 0..1"),
    (lambda: nn.Dropout(1.0)(np.ones(2)), ValueError, "the rate must be in [0, 1)"),
    (lambda: nn.Dropout(0.5)(np.ones(2), rng=3), TypeError, "rng must be a numpy.random.Generator"),
    (lambda: nn.Sequential([nn.Dropout(0.5)])(np.ones(2), rng=3), TypeError, "Sequential: rng must be a numpy.random.Generator"),
    (lambda: nn.Residual(nn.Linear(np.ones((1, 2))))(np.ones(2)), ValueError, "the inner module makes shape (1,) of (2,)"),
    (lambda: nn.Sequential(np.tanh), TypeError, "give its layers as a list"),
    (lambda: nn.Sequential([nn.ReLU]), TypeError, "Make a module of it, as in ReLU()"),
    (lambda: nn.Sequential([nn.ReLU()], checkpoint_every=0), ValueError, "checkpoint_every must be a positive integer"),
    (lambda: nn.LayerNorm(np.ones(3))(np.ones(2)), ValueError, "gain has shape (3,)"),
    (lambda: nn.LayerNorm(np.ones(3), np.ones(1))(np.ones(3)), ValueError, "bias has shape (1,)"),
    (lambda: nn.Module()(1.0), NotImplementedError, "Module has no __call__"),
])
def test_bad_calls(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
