"""Loops with binomial checkpoints: the same derivatives, the published number of recomputations, and the memory that was allowed."""

import functools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualrev as dr
from dualrev.core.errors import DualrevError
from dualrev.transforms.checkpoint_loop import recomputations


@functools.lru_cache(None)
def fewest(n, s):
    """The optimum by trying every split: the recursion that defines it."""
    if n <= 1:
        return 0
    if s < 1:
        return np.inf
    return min(m + fewest(m, s) + fewest(n - m, s - 1) for m in range(1, n))


def plain(step, x, n):
    for i in range(n):
        x = step(x, i)
    return x


def test_the_formula_is_the_optimum():
    for n in range(1, 40):
        for s in range(1, 8):
            assert recomputations(n, s) == fewest(n, s)
    assert recomputations(10, 1) == 45
    assert recomputations(5000, 3) == next(r * 5000 - math.comb(r + 3, 4) for r in range(40) if math.comb(r + 3, 3) >= 5000)


@given(st.integers(1, 60), st.integers(1, 9))
@settings(max_examples=60)
def test_the_number_of_steps_is_the_optimum(n, snapshots):
    calls = []

    def step(x, i):
        calls.append(i)
        return x + 0.1 * np.sin(x + i)

    got = dr.grad(lambda x: dr.checkpoint_loop(step, x, n, snapshots))(0.3)
    assert len(calls) == n + recomputations(n, snapshots)
    assert got == dr.grad(lambda x: plain(step, x, n))(0.3)


def test_states_kept_and_memory():
    """The plain loop keeps at least n states, this one those that are allowed, and what one step needs: some ten arrays."""
    n, size = 120, 10_000
    x = np.linspace(0, 1, size)

    def step(x, i):
        return x + 0.01 * np.sin(x) * np.cos(x)

    def peak(f):
        tracemalloc.start()
        g = dr.grad(f)(x)
        found = tracemalloc.get_traced_memory()[1] / x.nbytes
        tracemalloc.stop()
        return found, g

    whole, expected = peak(lambda x: np.sum(plain(step, x, n)))
    assert whole > n
    for snapshots in (1, 2, 6, 20):
        small, got = peak(lambda x: np.sum(dr.checkpoint_loop(step, x, n, snapshots)))
        np.testing.assert_array_equal(got, expected)
        assert small < snapshots + 14


def test_parameters_closed_over_containers_and_a_plain_first_state():
    rng = np.random.default_rng(0)
    W, inputs = rng.normal(size=(3, 3)) / 2, rng.normal(size=(40, 3))

    def loss(W, loop):
        def step(state, i):
            h = np.tanh(W @ state["h"] + inputs[i])
            return {"h": h, "sum": state["sum"] + np.sum(h**2)}

        return loop(step, {"h": np.zeros(3), "sum": 0.0}, 40)["sum"]

    for snapshots in (2, 5, 50):
        loop = functools.partial(dr.checkpoint_loop, snapshots=snapshots)
        np.testing.assert_allclose(dr.grad(loss)(W, loop), dr.grad(loss)(W, plain), rtol=1e-13)
    V = rng.normal(size=(3, 3))
    np.testing.assert_allclose(dr.jvp(lambda W: dr.grad(loss)(W, dr.checkpoint_loop), (W,), (V,))[1],
                               dr.jvp(lambda W: dr.grad(loss)(W, plain), (W,), (V,))[1], rtol=1e-11)
    np.testing.assert_allclose(dr.jvp(lambda W: loss(W, dr.checkpoint_loop), (W,), (V,))[1], np.sum(dr.grad(loss)(W, plain) * V), rtol=1e-12)
    np.testing.assert_allclose(dr.grad(lambda W: np.sum(dr.grad(loss)(W, dr.checkpoint_loop) * V))(W), dr.jvp(lambda W: dr.grad(loss)(W, plain), (W,), (V,))[1], rtol=1e-11)


def test_loops_in_loops_and_checkpoints_in_loops():
    inner = dr.checkpoint(lambda x: np.sin(np.sin(x)))

    def outer(loop, wrap):
        return lambda x: np.sum(loop(lambda x, i: loop(lambda x, k: 0.9 * x + 0.1 * wrap(x), x, 4), x, 6) ** 2)

    x = np.array([0.3, 1.2])
    np.testing.assert_allclose(dr.grad(outer(functools.partial(dr.checkpoint_loop, snapshots=2), inner))(x), dr.grad(outer(plain, inner.__wrapped__))(x), rtol=1e-14)


def test_without_reverse_mode_it_is_the_loop():
    step = lambda x, i: 0.5 * x + i
    assert dr.checkpoint_loop(step, 1.0, 5) == plain(step, 1.0, 5)
    assert dr.checkpoint_loop(step, 1.0, 0) == 1.0
    assert dr.derivative(lambda x: dr.checkpoint_loop(step, x, 5))(1.0) == 0.5**5
    assert dr.linearize(lambda x: dr.checkpoint_loop(step, x, 5, 2), 1.0)[1](1.0) == 0.5**5
    assert dr.grad(lambda x: dr.checkpoint_loop(step, x, 0) * 3)(2.0) == 3.0
    pullback = dr.vjp(lambda x: dr.checkpoint_loop(step, x, 9, 2), np.ones(2))[1]
    for _ in range(2):
        np.testing.assert_allclose(pullback(np.ones(2))[0], np.full(2, 0.5**9))


def test_values_that_leave_the_loop_raise():
    seen = []

    def step(x, i):
        seen.append(np.sin(x))
        return 0.5 * x

    with pytest.raises(DualrevError, match="made inside a checkpointed function is used outside it"):
        dr.grad(lambda x: dr.checkpoint_loop(step, x, 8, 2) + seen[1])(1.0)


def test_steps_that_differ_or_write_raise():
    rng = np.random.default_rng(0)
    with pytest.raises(DualrevError, match="gave another result when it was run again"):
        dr.grad(lambda x: dr.checkpoint_loop(lambda x, i: x * rng.normal(), x, 8, 2))(1.0)

    def writes(x, i):
        x[0] = 1.0
        return x * 2

    with pytest.raises(DualrevError, match="writes to its argument"):
        dr.grad(lambda x: np.sum(dr.checkpoint_loop(writes, x, 8, 2)))(np.ones(2))


def test_bad_calls():
    for n, s, words in ((-1, 1, "n must be an integer of at least 0"), (3, 0, "snapshots must be an integer of at least 1"), (1000, 1, "Allow at least 2 snapshots"),
                        (10**5, 1, "Allow at least 3 snapshots")):
        with pytest.raises(ValueError, match=words):
            dr.checkpoint_loop(lambda x, i: x, 1.0, n, s)
    with pytest.raises(TypeError, match="must be a function"):
        dr.checkpoint_loop(3, 1.0, 2)
    assert dr.grad(lambda x: dr.checkpoint_loop(lambda x, i: x * 0.99, x, 120, 1))(1.0) == pytest.approx(0.99**120)
