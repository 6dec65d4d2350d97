"""What a run holds, and for how long: memory falls during the walk, and nothing is left behind."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import dualrev as dr
from tests.core.ways import TRANSFORMS, peak

BIG = 50_000


@dr.custom_vjp
def watched(x):
    """x, with a backward pass that notes how much memory is in use."""
    return x * 1.0


NOTES = []


def _watched_forward(x):
    return x * 1.0, None


def _watched_backward(kept, g):
    NOTES.append(tracemalloc.get_traced_memory()[0])
    return (g,)


watched.defvjp(_watched_forward, _watched_backward)


def sines(x, n):
    """A chain of large arrays, watched in between."""
    for _ in range(n):
        x = watched(np.sin(np.exp(-x)))
    return np.sum(x)


def test_tape_memory_falls_during_the_walk():
    """The tape is freed as it is walked, so that the end of the walk holds little more than the gradient."""
    NOTES.clear()
    peak(dr.grad(lambda x: sines(x, 20)), np.ones(BIG))
    assert len(NOTES) == 20
    assert NOTES[0] > 30 * 8 * BIG
    assert NOTES[-1] < 10 * 8 * BIG
    assert all(later < earlier for earlier, later in zip(NOTES[1:], NOTES[2:], strict=False))


def test_a_pullback_keeps_its_tape_until_it_is_dropped():
    """The converse: vjp may pull back often, so nothing is freed before."""
    dr.vjp(lambda x: sines(x, 1), np.ones(BIG))[1](1.0)  # what is imported the first time stays
    NOTES.clear()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        _, pull = dr.vjp(lambda x: sines(x, 20), np.ones(BIG))
        first, second = pull(1.0)[0], pull(1.0)[0]
        held = tracemalloc.get_traced_memory()[0] - before
        assert np.array_equal(first, second)
        assert held > 20 * 8 * BIG
        del pull, first, second
        assert tracemalloc.get_traced_memory()[0] - before < 8 * BIG
    finally:
        tracemalloc.stop()


def test_values_that_no_rule_reads_are_not_kept():
    """A sum of shifted arrays needs none of them for its gradient."""
    def f(x):
        for k in range(30):
            x = x + float(k)
        return np.sum(x)

    assert peak(dr.grad(f), np.ones(BIG)) < 6 * 8 * BIG


def model(x):
    """A bit of everything that makes tape entries."""
    w = x * np.arange(1.0, 4.0)
    y = np.zeros_like(w)
    y[0] = w[0] * w[1]
    y[1:] += np.tanh(w[1:])
    z = np.where(y > 0, np.sqrt(np.abs(y) + 1), 0.0) @ np.outer(w, y)
    return np.sum(np.concatenate([z, np.array([w[0], w[2]])])) + np.max(w)


@dr.custom_jvp
def cubed(x):
    """x**3 with a forward rule of its own."""
    return x**3


@cubed.defjvp
def _cubed_rule(primals, tangents):
    return primals[0] ** 3, 3 * primals[0] ** 2 * tangents[0]


def columns(f):
    """A vector function of the same operations."""
    return lambda x: np.stack([f(x), x * 2.0])


WAYS = {
    **TRANSFORMS,
    "value_and_grad": dr.value_and_grad,
    "derivative": dr.derivative,
    "elementwise_grad": dr.elementwise_grad,
    "jacobian": lambda f: dr.jacobian(columns(f)),
    "hessian": dr.hessian,
    "custom_vjp": lambda f: dr.grad(lambda x: f(watched(x))),
    "custom_vjp forward": lambda f: dr.derivative(lambda x: f(watched(x))),
    "custom_jvp": lambda f: dr.grad(lambda x: f(cubed(x))),
    "checkpoint": lambda f: dr.grad(dr.checkpoint(f)),
}


def collected(run):
    """Objects that only the garbage collector can free after a run, with the collector off meanwhile."""
    run()  # caches fill the first time
    gc.collect()
    gc.disable()
    try:
        run()
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize("way", WAYS)
def test_no_reference_cycles(way):
    derivative = WAYS[way](model)
    assert collected(lambda: derivative(0.7)) == 0


def test_no_reference_cycles_after_an_exception():
    def failing(x):
        y = model(x) * x
        raise KeyError(str(y.shape))

    def run():
        for way in (dr.grad, dr.derivative, TRANSFORMS["hvp"], TRANSFORMS["vjp"], TRANSFORMS["linearize"]):
            with pytest.raises(KeyError):
                way(failing)(0.7)

    def alone():
        with pytest.raises(KeyError):
            raise KeyError

    assert collected(run) <= 5 * collected(alone)


def test_collector_sees_cycles():
    """The check above would fail for a cycle."""
    def run():
        cycle = []
        cycle.append(cycle)

    assert collected(run) == 1


@pytest.mark.parametrize("way", ["grad", "value_and_grad", "hvp", "jvp"])
def test_arrays_die_with_the_transform(way):
    """Payloads and tracers of the run are gone when it returns, without the collector."""
    refs = []

    def f(x):
        y = np.sin(x) * x
        z = y[1:] - y[:-1]
        inner = y
        while hasattr(inner, "_value"):
            refs.append(weakref.ref(inner))
            inner = inner._value
        refs.append(weakref.ref(inner))
        return np.sum(z**2)

    x = np.linspace(0.0, 1.0, BIG)
    gc.disable()
    try:
        result = {"grad": dr.grad(f), "value_and_grad": dr.value_and_grad(f), "hvp": lambda x: dr.hvp(f)(x, x), "jvp": lambda x: dr.jvp(f, (x,), (x,))}[way](x)
        assert len(refs) >= 2
        assert [ref() for ref in refs] == [None] * len(refs)
        del result
    finally:
        gc.enable()


@pytest.mark.parametrize("transform", ["vjp", "linearize"])
def test_recorded_arrays_die_with_the_pullback(transform):
    """A pullback keeps what its rules read, and dropping it frees that at once."""
    refs = []

    def f(x):
        y = np.exp(x)
        refs.append(weakref.ref(y._value))
        return np.sum(np.sin(y))

    gc.disable()
    try:
        value, carry = getattr(dr, transform)(f, np.linspace(0.0, 1.0, BIG))
        assert refs[0]() is not None
        del carry
        assert refs[0]() is None
    finally:
        gc.enable()
