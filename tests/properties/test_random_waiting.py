"""Random programs whose tangents wait until they are read, against programs whose tangents do not."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import dualrev as dr
from dualrev.core import blockwise, waiting
from tests.properties.oracles import directions
from tests.properties.programs import programs
from tests.properties.test_random_blocks import WAYS

COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
NESTED = {
    **WAYS,
    "value and gradient": lambda f, x, t: dr.jvp(lambda *a: dr.value_and_grad(lambda *b: np.sum(f(*b)), tuple(range(len(x))))(*a)[0:1], x, t)[1],
    "pullback": lambda f, x, t: dr.jvp(lambda *a: dr.vjp(f, *a)[1](np.cos(np.asarray(f(*x)))), x, t)[1],
    "forward over forward over reverse": lambda f, x, t: dr.jvp(lambda *a: dr.jvp(dr.grad(lambda *b: np.sum(f(*b)), tuple(range(len(x)))), a, t)[1], x, t)[1],
}


@pytest.fixture
def made(monkeypatch):
    """Every tangent waits, for two others at most; counts the recipes and those that were carried out."""
    counts = {"written": 0, "made": 0}
    start, tangent = waiting.Recipe.__init__, waiting.Recipe.tangent

    def written(recipe, *args):
        counts["written"] += 1
        start(recipe, *args)

    def carried_out(recipe):
        counts["made"] += recipe.made is None
        return tangent(recipe)

    monkeypatch.setattr(waiting.Recipe, "__init__", written)
    monkeypatch.setattr(waiting.Recipe, "tangent", carried_out)
    monkeypatch.setattr(waiting, "WORTH", 1)
    return counts


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("way", NESTED)
def test_waiting_changes_nothing(way, blocks, made, monkeypatch):
    monkeypatch.setattr(waiting, "DEEP", 3)
    if blocks:
        for name, value in {"BLOCK": 4, "LARGE": 5, "LARGE_DUAL": 5, "SLOPES": 1}.items():
            monkeypatch.setattr(blockwise, name, value)

    @settings(max_examples=40, **COMMON)
    @given(programs())
    def check(program):
        f, x = program.f, program.point
        t = directions(x, 3)
        late = NESTED[way](f, x, t)
        monkeypatch.setattr(waiting, "WORTH", 10**9)
        at_once = NESTED[way](f, x, t)
        monkeypatch.setattr(waiting, "WORTH", 1)
        for got, want in zip(late, at_once, strict=True):
            assert (got.shape, got.dtype) == (want.shape, want.dtype)
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)

    check()
    assert (made["written"] > 0) == (way in ("forward over reverse", "value and gradient", "pullback"))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_tangents_that_nobody_reads_are_not_made(made):
    x, v = np.linspace(0.5, 1.5, 7), np.linspace(1.0, -1.0, 7)
    got = dr.hvp(rosenbrock)(x, v)
    assert made == {"written": 8, "made": 3}
    np.testing.assert_allclose(got, dr.hessian(rosenbrock)(x) @ v)


def test_what_nobody_reads_is_forgotten_before_the_walk_back():
    x = np.linspace(0.9, 1.1, 1 << 16)
    product = dr.hvp(rosenbrock)
    product(x, x)
    tracemalloc.start()
    try:
        product(x, x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 15 * x.nbytes  # 19 where the result's tangent is waiting all the time


def test_an_array_that_is_written_to_afterwards_counts_as_it_was(made):
    def f(x):
        z = x * 1.0

        def inner(w):
            u, s = z * z, np.sum(z)
            before = z[:]
            z[1] = 7.0 * x[0]
            z[:] += x
            return np.sum(w * u) + s * np.sum(w**2) + np.sum(w * before)

        return dr.grad(inner)(x)

    def by_hand(x):
        z = np.concatenate([x[:1], 7.0 * x[:1], x[2:]]) + x
        return x * x + 2 * np.sum(x) * x + z

    x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0, 0.5])
    got, want = dr.jvp(f, (x,), (v,)), dr.jvp(by_hand, (x,), (v,))
    np.testing.assert_allclose(got, want)
    assert made["written"] > 0


def test_a_plain_array_is_read_at_once(made):
    w = np.array([1.0, 2.0, 3.0])

    def f(x):
        w[:] = [1.0, 2.0, 3.0]
        y = x * 1.0

        def inner(u):
            z = y * w
            w[:] = 0.0
            return np.sum(u * z)

        return dr.grad(inner)(x)

    np.testing.assert_allclose(dr.jvp(f, (np.ones(3),), (np.ones(3),))[1], [1.0, 2.0, 3.0])


def test_a_long_row_of_sums_keeps_a_bounded_part_of_itself(made):
    deepest = []
    start = waiting.Recipe.__init__

    def written(recipe, *args):
        start(recipe, *args)
        deepest.append(recipe.depth)

    waiting.Recipe.__init__, before = written, waiting.Recipe.__init__
    try:
        def f(x):
            y = x
            for _ in range(3000):
                y = y + x
            return np.sum(y * y)

        got = dr.hvp(f)(np.ones(2), np.array([1.0, 2.0]))
    finally:
        waiting.Recipe.__init__ = before
    np.testing.assert_allclose(got, 2 * 3001**2 * np.array([1.0, 2.0]))
    assert max(deepest) == waiting.DEEP


def test_small_arrays_do_not_wait():
    assert not waiting.is_worth_waiting(dr.Dual(np.ones(100), np.ones(100)))
    assert waiting.is_worth_waiting(dr.Dual(np.ones(1 << 15), np.ones(1 << 15)))


def test_a_users_own_rule_is_asked_at_once(made):
    square = dr.custom_jvp(lambda x: x * x)
    square.defjvp(lambda primals, tangents: (primals[0] * primals[0], 2 * primals[0] * tangents[0]))
    x, v = np.linspace(0.5, 1.5, 7), np.linspace(1.0, -1.0, 7)
    np.testing.assert_allclose(dr.hvp(lambda x: np.sum(square(x) * x))(x, v), 6 * x * v)


def test_dual_numbers_made_by_hand_wait_too(made):
    x, v = np.linspace(0.5, 1.5, 7), np.linspace(1.0, -1.0, 7)
    value, gradient = dr.value_and_grad(rosenbrock)(dr.Dual(x, v))
    assert made["made"] < made["written"]
    np.testing.assert_allclose([value.tangent, *gradient.tangent], [dr.grad(rosenbrock)(x) @ v, *dr.hvp(rosenbrock)(x, v)])
    after = dict(made)
    assert repr(value + 1.0).startswith("Dual(") and made == after  # outside the tape nothing waits


def test_a_tape_over_the_dual_numbers_of_two_levels(made):
    def f(x):
        return dr.jvp(lambda z: dr.grad(lambda p: np.sum(p[0] * np.sin(p[1]) * p[1]))((x, z))[1], (np.ones(3),), (np.ones(3),))[1]

    x = np.array([0.5, 1.0, 2.0])
    np.testing.assert_allclose(dr.jvp(f, (x,), (np.ones(3),))[1], 2 * np.cos(1.0) - np.sin(1.0) * np.ones(3))
