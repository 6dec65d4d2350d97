"""Training: it learns, accumulates, clips, scales, stops, saves, and goes on with the same bits."""

import dataclasses

import numpy as np
import pytest

import dualrev as dr
from dualrev import nn
from dualrev.nn.training.gradients import BatchGradient

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (70, 2))
Y = (X[:, :1] * X[:, 1:] > 0).astype(float)
LOSS = nn.binary_cross_entropy_with_logits


def network(dtype=float, drop=0.0):
    return nn.Sequential([nn.Linear.create(2, 12, 0, gain=2.0, dtype=dtype), nn.Tanh(), nn.Dropout(drop), nn.Linear.create(12, 1, 1, dtype=dtype)])


def same(a, b):
    return all(np.array_equal(p, q) and p.dtype == q.dtype for p, q in zip(nn.parameters(a).values(), nn.parameters(b).values(), strict=True))


@pytest.mark.parametrize("optimizer", [nn.SGD(0.5), nn.SGD(0.1, momentum=0.9), nn.SGD(0.1, momentum=0.9, nesterov=True), nn.RMSProp(0.02), nn.Adam(0.05), nn.AdamW(0.05)])
def test_every_optimizer_learns(optimizer):
    start = network()
    kept = [p.copy() for p in nn.parameters(start).values()]
    found = nn.fit(start, LOSS, (X, Y), optimizer=optimizer, epochs=60, batch_size=16, metrics={"accuracy": nn.accuracy}, validation=(X, Y))
    assert found.history["validation accuracy"][-1] > 0.9
    assert found.history["loss"][-1] < 0.6 * found.history["loss"][0]
    assert len(found.history["loss"]) == found.state.epoch == 60
    assert found.state.step == 60 * 5
    assert found.message == "All 60 epochs are done."
    assert nn.evaluate(found.network, LOSS, (X, Y), {"accuracy": nn.accuracy}, batch_size=7)["accuracy"] == pytest.approx(found.history["validation accuracy"][-1])
    for a, b in zip(kept, nn.parameters(start).values(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("optimizer", ["L-BFGS", "newton-cg"])
def test_all_data_at_once(optimizer):
    found = nn.fit(network(), LOSS, (X, Y), optimizer=optimizer, epochs=40, validation=(X, Y), metrics={"accuracy": nn.accuracy})
    assert found.history["loss"][-1] < 0.05
    assert found.history["validation accuracy"][-1] > 0.95
    assert isinstance(found.network, nn.Sequential)
    assert found.state.epoch == len(found.history["loss"]) <= 40


def test_accumulated_gradients_are_those_of_the_batch():
    net, x, y = network(), X[:30], Y[:30]
    loss, whole = BatchGradient(LOSS)(net, x, y, 0)
    for k in (2, 4, 7, 30, 50):
        other, parts = BatchGradient(LOSS, k)(net, x, y, 0)
        assert other == pytest.approx(loss, rel=1e-14)
        for a, b in zip(whole, parts, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    for a, b in zip(whole, nn.parameters(dr.grad(lambda net: LOSS(net(x), y))(net)).values(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    one, many = (nn.fit(net, LOSS, (X, Y), epochs=3, accumulate=k).network for k in (1, 5))
    for a, b in zip(nn.parameters(one).values(), nn.parameters(many).values(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8)


@pytest.mark.parametrize("settings", [{"optimizer": "adam"}, {"optimizer": nn.SGD(0.1, momentum=0.9), "accumulate": 2, "clip_norm": 0.5},
                                      {"optimizer": "adamw", "compute": np.float16, "loss_scale": nn.LossScale(2.0**10, every=4), "schedule": nn.schedules.cosine(40)},
                                      {"optimizer": "rmsprop", "early_stopping": 30, "validation": (X[:20], Y[:20])}])
def test_resuming_gives_the_same_bits(settings, tmp_path):
    net, path = network(drop=0.2), tmp_path / "state.npz"
    whole = nn.fit(net, LOSS, (X, Y), epochs=6, **settings)
    half = nn.fit(net, LOSS, (X, Y), epochs=3, save_to=path, **settings)
    assert not same(half.network, whole.network)
    for resume in (half.state, path, str(path)):
        again = nn.fit(net, LOSS, (X, Y), epochs=6, resume=resume, **settings)
        assert same(again.network, whole.network)
        assert same(again.state.network, whole.state.network)
        assert {name: values for name, values in again.history.items() if name != "seconds"} == {name: values for name, values in whole.history.items() if name != "seconds"}
    assert not same(nn.fit(net, LOSS, (X, Y), epochs=6, seed=1, **settings).network, whole.network)


def test_save_and_load(tmp_path):
    path, net = tmp_path / "net.npz", network(np.float32)
    nn.save(path, net)
    assert same(nn.load(path, nn.with_parameters(net, {"layers[3].b": np.ones(1, np.float32)})), net)
    with pytest.raises(ValueError, match=r"holds the parameters layers\[0\].W, .*; the network has W, b"):
        nn.load(path, nn.Linear.create(2, 12, 0))
    with pytest.raises(ValueError, match="holds no training state"):
        nn.TrainingState.load(path, net)
    state = nn.fit(net, LOSS, (X, Y.astype(np.float32)), epochs=1).state
    state.save(path)
    assert same(nn.load(path, net), state.network)
    with pytest.raises(ValueError, match="remembers mean, square; this optimizer needs momentum"):
        nn.fit(net, LOSS, (X, Y), optimizer="momentum", resume=path)
    with pytest.raises(ValueError, match="that of another network"):
        nn.fit(nn.Linear.create(2, 1, 0), LOSS, (X, Y), resume=state)


def test_files_are_complete_and_have_the_name_that_was_given(tmp_path):
    path = tmp_path / "state"
    nn.fit(network(), LOSS, (X, Y), epochs=2, save_to=path)
    assert [found.name for found in tmp_path.iterdir()] == ["state"]
    assert nn.TrainingState.load(path, network()).epoch == 2


def test_single_precision_stays_whatever_the_schedule_gives():
    found = nn.fit(network(np.float32), LOSS, (X.astype(np.float32), Y), epochs=1, schedule=lambda t: np.float64(0.5), clip_norm=np.float64(0.01), clip_value=np.float64(0.1))
    assert {p.dtype for p in nn.parameters(found.network).values()} == {np.dtype(np.float32)}
    assert {p.dtype for parts in found.state.memory.values() for p in parts} == {np.dtype(np.float32)}


def test_mixed_precision_keeps_master_weights():
    """Steps far below float16's spacing add up in the master weights."""
    net = nn.Linear(np.full((1, 1), 1.0), None)
    x, y = np.ones((4, 1)), np.zeros((4, 1))
    found = nn.fit(net, nn.mean_squared_error, (x, y), optimizer=nn.SGD(1e-5), epochs=100, batch_size=4, compute=np.float16)
    assert found.network.W.dtype == np.float64
    assert found.network.W[0, 0] == pytest.approx((1 - 1e-5) ** 100, rel=1e-4)
    assert np.float16(1 - 1e-5) == 1
    seen = []

    def watching(z):
        seen.append(z.dtype)
        return z

    found = nn.fit(nn.Sequential([nn.Linear.create(2, 3, 0), watching, nn.Linear.create(3, 1, 1)]), LOSS, (X, Y), epochs=20, optimizer=nn.Adam(0.02), compute=np.float32)
    assert set(seen) == {np.dtype(np.float32)}
    assert found.history["loss"][-1] < found.history["loss"][0]


def test_loss_scaling_saves_small_gradients():
    """A gradient of 1e-9 is zero in float16, and survives multiplied by 2**15."""
    net, x = nn.Linear(np.zeros((1, 1)), None), np.ones((1, 1))
    tiny = lambda result, y: 1e-9 * np.sum(result)
    lost = BatchGradient(tiny, compute=np.float16)(net, x, x, 0)[1]
    kept = BatchGradient(tiny, compute=np.float16)(net, x, x, 0, scale=2.0**15)[1]
    assert lost[0][0, 0] == 0
    assert kept[0][0, 0] == pytest.approx(1e-9, rel=1e-2)


def test_overflow_skips_the_step_and_shrinks_the_scale():
    net, data = nn.Linear(np.full((1, 1), 0.5), None), (np.ones((8, 1)), np.zeros((8, 1)))
    seen = []
    found = nn.fit(net, nn.mean_squared_error, data, optimizer=nn.SGD(0.1), epochs=8, batch_size=8, compute=np.float16,
                   loss_scale=nn.LossScale(2.0**20, every=3), callback=lambda state: seen.append((state.scale, state.network.W[0, 0], state.step)))
    scales = [scale for scale, _, _ in seen]
    assert scales[0] == 2.0**19
    assert found.history["skipped"][0] == 1
    assert seen[0][1:] == (0.5, 0)  # the parameters are as they were
    down = scales.index(min(scales))
    assert found.history["skipped"][:down + 1] == [1] * (down + 1)
    assert max(scales[down:]) == 2 * min(scales)
    assert found.network.W[0, 0] < 0.5
    static = nn.fit(net, nn.mean_squared_error, data, optimizer=nn.SGD(0.1), epochs=9, batch_size=8, compute=np.float16, loss_scale=2.0**20)
    assert static.history["skipped"] == [1] * 9
    with pytest.raises(FloatingPointError, match=r"gradient of W is not finite in step 1 even at a loss scale of 1.04858e\+06"):
        nn.fit(net, nn.mean_squared_error, data, optimizer=nn.SGD(0.1), epochs=20, batch_size=8, compute=np.float16, loss_scale=2.0**20)


def test_gradients_that_are_not_finite_raise():
    bad = (np.array([[1.0, np.nan]]), np.array([[0.0]]))
    with pytest.raises(FloatingPointError, match=r"gradient of layers\[0\].W is not finite in step 1 \(the loss is nan\)"):
        nn.fit(network(), LOSS, bad)
    with pytest.raises(FloatingPointError, match="even at a loss scale of 1 "):
        nn.fit(network(), LOSS, bad, compute=np.float16, epochs=30)


def test_early_stopping_returns_the_best():
    """A rate that is too large: the loss of the training set rises again."""
    found = nn.fit(network(), LOSS, (X[:10], Y[:10]), optimizer=nn.Adam(0.1), epochs=300, batch_size=10, validation=(X[10:], Y[10:]), early_stopping=nn.EarlyStopping(5))
    losses = found.history["validation loss"]
    assert len(losses) < 300
    assert len(losses) == int(np.argmin(losses)) + 1 + 5
    assert nn.evaluate(found.network, LOSS, (X[10:], Y[10:]))["loss"] == pytest.approx(min(losses))
    assert "has not fallen for 5 epochs" in found.message
    assert nn.fit(network(), LOSS, (X[:10], Y[:10]), epochs=300, early_stopping=5, resume=found.state, optimizer=nn.Adam(0.1)).state.epoch == found.state.epoch


def test_clipping_and_schedule_reach_the_step():
    net, data = nn.Linear(np.full((1, 1), 100.0), None), (np.ones((4, 1)), np.zeros((4, 1)))
    for clip in ({"clip_norm": 1.0}, {"clip_value": 1.0}):
        found = nn.fit(net, nn.mean_squared_error, data, optimizer=nn.SGD(0.5), epochs=3, batch_size=4, schedule=nn.schedules.stepwise({1: 0.1}), **clip)
        assert found.network.W[0, 0] == pytest.approx(100 - 0.5 - 0.05 - 0.05)
        assert found.history["rate"] == pytest.approx([0.5, 0.05, 0.05])
        assert found.history["gradient"][0] == pytest.approx(100.0)


def test_parameters_that_are_numbers():
    @dataclasses.dataclass(frozen=True, eq=False)
    class Line(nn.Module):
        slope: object
        shift: object

        def __call__(self, z, rng=None):
            return self.slope * z + self.shift

    x = np.linspace(-1, 1, 20)
    found = nn.fit(Line(1, 0.5), nn.mean_squared_error, (x, 3 * x - 1), optimizer=nn.Adam(0.1), epochs=150, batch_size=20)
    assert [float(found.network.slope), float(found.network.shift)] == pytest.approx([3, -1], abs=0.02)


def test_order_of_examples():
    seen = []
    noting = lambda z: seen.append(np.array(dr.stop_gradient(z))[:, 0].tolist()) or z
    data = (np.arange(6.0)[:, None], np.zeros((6, 1)))
    net = nn.Sequential([noting, nn.Linear.create(1, 1, 0)])
    nn.fit(net, nn.mean_squared_error, data, epochs=2, batch_size=4, shuffle=False, optimizer=nn.SGD(1e-3))
    assert seen == [[0, 1, 2, 3], [4, 5]] * 2
    seen.clear()
    nn.fit(net, nn.mean_squared_error, data, epochs=2, batch_size=6, optimizer=nn.SGD(1e-3))
    assert seen[0] != seen[1]
    assert sorted(seen[0]) == sorted(seen[1]) == list(range(6))


def test_progress_and_history_read_well(capsys):
    found = nn.fit(network(), LOSS, (X, Y), epochs=2, progress=True, validation=(X, Y))
    shown = capsys.readouterr().err
    assert "epoch 2/2 [########################]" in shown
    assert "validation loss" in shown
    lines = str(found.history).splitlines()
    assert lines[0].split()[:3] == ["epoch", "loss", "rate"]
    assert len(lines) == 3
    assert nn.fit(network(), LOSS, (X, Y), epochs=9, callback=lambda state: state.epoch == 2).message == "The callback has asked to stop."


@pytest.mark.parametrize(("settings", "error", "words"), [
    ({"optimizer": "adagrad"}, ValueError, "there is no optimizer 'adagrad'; there are sgd"),
    ({"optimizer": 3}, TypeError, "must be a name or an Optimizer"),
    ({"optimizer": nn.SGD(-1.0)}, ValueError, "rate must be positive"),
    ({"epochs": 0}, ValueError, "epochs must be a positive integer"),
    ({"batch_size": 2.5}, ValueError, "batch_size must be a positive integer"),
    ({"clip_norm": 0.0}, ValueError, "clip_norm must be positive"),
])
def test_bad_settings(settings, error, words):
    with pytest.raises(error, match=words):
        nn.fit(network(), LOSS, (X, Y), **settings)


def test_bad_data():
    with pytest.raises(TypeError, match="a pair"):
        nn.fit(network(), LOSS, X)
    with pytest.raises(ValueError, match="as many targets as inputs"):
        nn.fit(network(), LOSS, (X, Y[:3]))
    with pytest.raises(TypeError, match="the parameter W is complex"):
        nn.fit(nn.Linear(np.ones((1, 2), complex)), LOSS, (X, Y))
    with pytest.raises(ValueError, match="no parameters"):
        nn.fit(nn.ReLU(), LOSS, (X, Y))
    with pytest.raises(ValueError, match="the results have shape"):
        nn.accuracy(np.zeros(3), np.zeros((3, 1)))
