"""Optimizers against their published recursions written out, schedules, clipping and loss scales."""

import math

import numpy as np
import pytest

from dualrev import nn
from dualrev.nn import schedules
from dualrev.nn.training.clipping import by_norm, by_value, global_norm
from dualrev.nn.training.scaling import as_scale

START = np.array([1.0, -2.0, 0.5])


def slope(p):
    return 2 * p * np.array([1.0, 3.0, 0.1])


def path(method, steps=6):
    p, memory, found = [START], method.start([START]), []
    for t in range(1, steps + 1):
        p, memory = method.step(p, [slope(p[0])], memory, method.rate, t)
        found.append(p[0])
    return np.array(found)


def written_out(update, steps=6):
    p, memory, found = START, {}, []
    for t in range(1, steps + 1):
        p = update(p, slope(p), memory, t)
        found.append(p)
    return np.array(found)


def plain(p, g, memory, t):
    return p - 0.1 * (g + 0.01 * p)


def heavy_ball(p, g, memory, t):
    """Polyak's form: the last displacement is added."""
    before = memory.get("before", p)
    memory["before"] = p
    return p - 0.1 * g + 0.8 * (p - before)


def nesterov(p, g, memory, t):
    memory["m"] = 0.8 * memory.get("m", 0) + g
    return p - 0.1 * (g + 0.8 * memory["m"])


def rmsprop(p, g, memory, t):
    memory["v"] = 0.9 * memory.get("v", 0) + 0.1 * g**2
    return p - 0.05 * g / (np.sqrt(memory["v"]) + 1e-8)


def adam(p, g, memory, t, decay=0.0):
    memory["gs"] = [*memory.get("gs", []), g]
    m = sum(0.1 * 0.9 ** (t - 1 - k) * g for k, g in enumerate(memory["gs"])) / (1 - 0.9**t)
    v = sum(0.001 * 0.999 ** (t - 1 - k) * g**2 for k, g in enumerate(memory["gs"])) / (1 - 0.999**t)
    return p - 0.05 * decay * p - 0.05 * m / (np.sqrt(v) + 1e-8)


@pytest.mark.parametrize(("method", "update"), [
    (nn.SGD(0.1, weight_decay=0.01), plain),
    (nn.SGD(0.1, momentum=0.8), heavy_ball),
    (nn.SGD(0.1, momentum=0.8, nesterov=True), nesterov),
    (nn.RMSProp(0.05), rmsprop),
    (nn.Adam(0.05), adam),
    (nn.AdamW(0.05, weight_decay=0.3), lambda *a: adam(*a, decay=0.3)),
    (nn.Adam(0.05, weight_decay=0.3), lambda p, g, memory, t: adam(p, g + 0.3 * p, memory, t)),
])
def test_recursions(method, update):
    np.testing.assert_allclose(path(method), written_out(update), rtol=1e-9)


@pytest.mark.parametrize("method", [nn.SGD(0.1, momentum=0.9), nn.RMSProp(), nn.AdamW()])
def test_precision_stays_and_nothing_is_written_to(method):
    p, g = [np.ones(3, np.float32)], [np.full(3, 0.5, np.float32)]
    memory = method.start(p)
    held = [p[0], g[0], *(part for parts in memory.values() for part in parts)]
    before = [part.copy() for part in held]
    new, remembered = method.step(p, g, memory, method.rate, 1)
    for a, b in zip(held, before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert {part.dtype for part in [*new, *(part for parts in remembered.values() for part in parts)]} == {np.dtype(np.float32)}


def test_schedules():
    assert [schedules.cosine(10, 0.1)(t) for t in (0, 5, 10, 99)] == pytest.approx([1, 0.55, 0.1, 0.1])
    assert schedules.exponential(100, 0.1)(50) == pytest.approx(math.sqrt(0.1))
    assert [schedules.stepwise({3: 0.5})(t) for t in (2, 3)] == [1.0, 0.5]
    rising = schedules.warmup(5, schedules.cosine(10))
    assert [rising(t) for t in (0, 4, 5, 10, 15)] == pytest.approx([0.2, 1, 1, 0.5, 0])
    assert schedules.warmup(2)(7) == 1.0
    cycle = [schedules.one_cycle(100)(t) for t in range(101)]
    assert max(cycle) == cycle[30] == 1.0
    assert cycle[0] == pytest.approx(0.04)
    assert cycle[-1] == pytest.approx(1e-4)


def test_clipping():
    gradients = [np.array([3.0, -4.0]), np.array([[12.0]])]
    assert global_norm(gradients) == 13.0
    clipped = by_norm(gradients, 1.3)
    assert global_norm(clipped) == pytest.approx(1.3)
    np.testing.assert_allclose(clipped[0], gradients[0] / 10)
    assert by_norm(gradients, 13.5) is gradients
    assert by_value(gradients, 3.5)[0].tolist() == [3.0, -3.5]
    assert global_norm([np.full(4, 300.0, np.float16)]) == 600.0
    assert global_norm([]) == 0.0


def test_loss_scales():
    scale = nn.LossScale(8.0, every=3, least=2.0, most=16.0)
    value, good, seen = scale.initial, 0, []
    for overflow in (False, False, False, False, False, False, True, True, True, True):
        value, good = scale.after(value, good, overflow)
        seen.append((value, good))
    assert seen == [(8, 1), (8, 2), (16, 0), (16, 1), (16, 2), (16, 0), (8, 0), (4, 0), (2, 0), (2, 0)]
    assert scale.hopeless(2.0, 1)
    assert not scale.hopeless(4.0, 5)
    static = as_scale(128.0)
    assert static.after(128.0, 3, True) == (128.0, 0)
    assert static.hopeless(128.0, 10) and not static.hopeless(128.0, 9)
    assert as_scale(None) is None
    assert as_scale("dynamic") == nn.LossScale()


@pytest.mark.parametrize(("call", "words"), [
    (lambda: nn.SGD(momentum=1.0), "momentum must be in"),
    (lambda: nn.SGD(nesterov=True), "needs a momentum above 0"),
    (lambda: nn.LossScale(factor=1.0), "its factor above 1"),
    (lambda: as_scale("static"), "loss_scale must be a number, 'dynamic' or a LossScale"),
])
def test_bad_settings(call, words):
    with pytest.raises(ValueError, match=words):
        call()
