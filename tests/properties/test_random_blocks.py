"""Random programs walked back in blocks, against the walk one entry at a time."""

import gc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import rosen_hess_prod

import dualrev as dr
from dualrev.core import blockwise, runs
from dualrev.core.debugging import NonFiniteError
from tests.properties.oracles import directions
from tests.properties.programs import programs

COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
WAYS = {
    "vjp": lambda f, x, t: dr.vjp(f, *x)[1](np.cos(np.asarray(f(*x)))),
    "gradient": lambda f, x, t: dr.grad(lambda *a: np.sum(f(*a)), tuple(range(len(x))))(*x),
    "forward over reverse": lambda f, x, t: dr.jvp(dr.grad(lambda *a: np.sum(f(*a)), tuple(range(len(x)))), x, t)[1],
    "reverse over forward": lambda f, x, t: dr.grad(lambda *a: np.sum(dr.jvp(f, a, t)[1]), tuple(range(len(x))))(*x),
    "reverse over reverse": lambda f, x, t: dr.grad(lambda *a: sum(np.sum(g * d) for g, d in zip(dr.grad(lambda *b: np.sum(f(*b)), tuple(range(len(x))))(*a), t, strict=True)),
                                                    tuple(range(len(x))))(*x),
}


@pytest.fixture
def counted(monkeypatch):
    """Blocks of four entries, and the number of members of each run that was walked."""
    walk, runs = blockwise.Run.walk, []
    monkeypatch.setattr(blockwise.Run, "walk", lambda run, descend: walk(run, descend) and not runs.append(len(run.members)))
    for name, value in {"BLOCK": 4, "LARGE": 5, "LARGE_DUAL": 5, "SLOPES": 1}.items():
        monkeypatch.setattr(blockwise, name, value)
    return runs


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("dtype", "axis"), [(float, 0), (np.float32, 0), (complex, 0), (float, -1)])
def test_blocks_change_nothing(way, dtype, axis, counted, monkeypatch):
    @settings(max_examples=100, **COMMON)
    @given(programs(dtype=np.float32 if dtype is np.float32 else float, families=("unary", "unary", "binary", "shaping", "reduce", "write")))
    def check(program):
        x = tuple(np.concatenate([a] * 4, axis) if a.ndim else a for a in program.point)
        f = program.f if dtype is not complex else lambda *a: np.real(program.f(*(b * (1 + 0.5j) for b in a)))
        try:
            with np.errstate(all="ignore"):
                f(*x)
        except (ValueError, IndexError, TypeError):
            return  # not a program of that shape, or of complex numbers
        t = directions(x, 3)
        with np.errstate(all="ignore"):
            blocked = WAYS[way](f, x, t)
            monkeypatch.setattr(blockwise, "LARGE", 10**9), monkeypatch.setattr(blockwise, "LARGE_DUAL", 10**9)
            whole = WAYS[way](f, x, t)
            monkeypatch.setattr(blockwise, "LARGE", 5), monkeypatch.setattr(blockwise, "LARGE_DUAL", 5)
        for got, want in zip(blocked, whole, strict=True):
            assert (got.shape, got.dtype) == (want.shape, want.dtype)
            np.testing.assert_allclose(got, want, rtol=1e-4 if dtype is np.float32 else 1e-12, atol=1e-4 if dtype is np.float32 else 1e-12)

    check()
    assert len(counted) > 8


def test_a_gradient_in_blocks_is_a_new_array_and_changes_nothing_it_was_made_of(counted):
    x, w = np.linspace(0.1, 0.9, 11), np.linspace(1.0, 2.0, 11)
    seed = np.linspace(-1.0, 1.0, 11)
    y, pullback = dr.vjp(lambda x: (np.exp(np.sin(x)) * w, x + np.tanh(np.sin(x))), x)
    kept = [a.copy() for a in (x, w, seed, *y)]
    (first,), (again,) = pullback((seed, seed)), pullback((seed, seed))
    np.testing.assert_array_equal(first, again)
    assert counted == [6, 6] and not any(np.shares_memory(first, a) for a in (x, w, seed, *y, again))
    for a, before in zip((x, w, seed, *y), kept, strict=True):
        np.testing.assert_array_equal(a, before)
    np.testing.assert_allclose(first, seed * (np.exp(np.sin(x)) * np.cos(x) * w + 1 + np.cos(x) / np.cosh(np.sin(x)) ** 2))


ROWS = {
    "as they lie": lambda x, w: np.sum(np.exp(np.sin(x) * w) + x * 2.0 / w),
    "added to": lambda x, w: np.sum(np.exp(np.sin(x) * w)) + np.sum(np.cumsum(x, axis=1) * w) + np.sum(np.tanh(x * w) ** 2),
    "a scalar": lambda x, w: np.sum(np.exp(np.sin(x) * w)) * np.sum(np.cos(x) ** 3 * x) + np.sum(w[0, 0] * np.exp(np.sin(x))),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ROWS)
def test_long_rows_are_cut_as_they_lie_in_memory(name, way, counted, monkeypatch):
    flat, walk = [], blockwise.Run.walk
    monkeypatch.setattr(blockwise.Run, "walk", lambda run, descend: flat.append(run.flat) or walk(run, descend))
    x = tuple(np.random.default_rng(k).uniform(0.3, 0.9, (3, 11)) for k in range(2))
    t = directions(x, 3)
    blocked = WAYS[way](ROWS[name], x, t)
    assert counted and all(flat)
    monkeypatch.setattr(blockwise, "LARGE", 10**9), monkeypatch.setattr(blockwise, "LARGE_DUAL", 10**9)
    for got, want in zip(blocked, WAYS[way](ROWS[name], x, t), strict=True):
        assert got.base is None
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("other", [np.asfortranarray, lambda w: np.concatenate([w, w], axis=1)[:, ::2], lambda w: w[:, :1], lambda w: w[:1], lambda w: w[0]], ids=range(5))
def test_long_rows_that_lie_otherwise_are_right_too(other, way, counted):
    x = np.random.default_rng(0).uniform(0.3, 0.9, (3, 11))
    w = other(np.random.default_rng(1).uniform(0.3, 0.9, (3, 11)))
    t = directions((x, w), 3)
    f = lambda x, w: np.sum(np.exp(np.sin(x) * w) + np.cos(x) / w + np.tanh(w * w))  # noqa: E731
    blocked = WAYS[way](f, (x, w), t)
    with pytest.MonkeyPatch.context() as m:
        m.setattr(blockwise, "LARGE", 10**9), m.setattr(blockwise, "LARGE_DUAL", 10**9)
        for got, want in zip(blocked, WAYS[way](f, (x, w), t), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)


def test_what_reaches_a_run_later_is_added_to_it_in_place(counted):
    x = np.linspace(0.1, 0.9, 13)

    def f(x):
        y = np.exp(np.sin(x))
        return np.sum(np.cos(np.cos(y))) + y[3] + np.sum(np.cumsum(y)) + np.sum(np.cumsum(x))

    g = np.exp(np.sin(x))
    outer = np.sin(np.cos(g)) * np.sin(g) + np.arange(13, 0, -1)
    outer[3] += 1
    np.testing.assert_allclose(dr.grad(f)(x), outer * g * np.cos(x) + np.arange(13, 0, -1))
    assert counted


def test_only_large_arrays_are_cut():
    assert blockwise.is_large((1 << 10, 1 << 8)) and not blockwise.is_large((1 << 10,)) and not blockwise.is_large(())
    runs, walk = [], blockwise.Run.walk
    x = np.linspace(0.1, 0.9, 3 << 17)
    try:
        blockwise.Run.walk = lambda run, descend: runs.append(len(run.members)) or walk(run, descend)
        got = dr.grad(lambda x: np.sum(np.exp(np.sin(np.tanh(x)))))(x)
    finally:
        blockwise.Run.walk = walk
    assert runs == [3]
    np.testing.assert_allclose(got, np.exp(np.sin(np.tanh(x))) * np.cos(np.tanh(x)) / np.cosh(x) ** 2, rtol=1e-13)


def test_debug_walks_one_entry_at_a_time(counted):
    with pytest.raises(NonFiniteError, match="np.sqrt"), dr.debug():
        dr.grad(lambda x: np.sum(np.sin(np.sqrt(np.abs(x)))))(np.linspace(-1.0, 1.0, 11))
    assert max(counted) == 1


def test_runs_that_do_not_pay_are_gathered_once(counted, monkeypatch):
    seen, takes = [], blockwise.Run.takes
    monkeypatch.setattr(blockwise.Run, "takes", lambda run, entry, g: seen.append(1) or takes(run, entry, g))
    monkeypatch.setattr(blockwise, "SLOPES", 3)
    x = np.linspace(0.1, 0.9, 11)

    def f(x):
        y = x[:10]
        for k in range(1, 60):
            y = y + np.sin(np.roll(x, k)[:10])
        return np.sum(y)

    dr.grad(f)(x)
    assert not counted and len(seen) < 400


STENCILS = {
    "first differences": lambda x, w: np.sum((x[1:] - x[:-1]) ** 2 * np.exp(-x[1:])),
    "Rosenbrock": lambda x, w: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    "second differences": lambda x, w: np.sum(np.sin(x[2:] - 2 * x[1:-1] + x[:-2]) * x[1:-1] ** 3 / w[1:-1]),
    "a part twice": lambda x, w: np.sum(np.exp(x[:-1]) * np.sin(x[:-1] * w[1:])) + x[0] * x[-1],
    "whole and parts": lambda x, w: np.sum(np.sin(x) * x**2) + np.sum(np.exp(np.sin(x[3:]) * x[:-3])),
    "the end of a part": lambda x, w: np.sum(np.exp(np.sin(x[-9:] * x[-9:] ** 2))),
    "a part that is everything": lambda x, w: np.sum(np.exp(np.sin(x)) * x * np.sum(np.exp(x[:]) * np.sin(x[:] * x[::-1]))),
    "both": lambda x, w: np.sum(np.tanh(x[1:] * w[:-1]) ** 2 * np.exp(w[1:] - x[:-1])),
}


@pytest.mark.parametrize("name", STENCILS)
@pytest.mark.parametrize("way", WAYS)
def test_parts_of_an_input_are_joined_as_they_are_without_blocks(way, name, counted, monkeypatch):
    for shape in ((13,), (13, 2)):
        x = tuple(np.random.default_rng(k).uniform(0.3, 0.9, shape) for k in range(2))
        t = directions(x, 3)
        blocked = WAYS[way](STENCILS[name], x, t)
        assert counted
        with monkeypatch.context() as m:
            m.setattr(blockwise, "LARGE", 10**9), m.setattr(blockwise, "LARGE_DUAL", 10**9)
            whole = WAYS[way](STENCILS[name], x, t)
        for got, want in zip(blocked, whole, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)


@settings(max_examples=60, **COMMON)
@given(st.data())
def test_random_stencils(data):
    """Sums of products of functions of overlapping parts of two arrays, first and second derivatives."""
    n, width = data.draw(st.integers(9, 20)), data.draw(st.integers(0, 4))
    terms = data.draw(st.lists(st.tuples(st.sampled_from([np.sin, np.exp, np.square, np.negative, np.tanh]), st.integers(0, width), st.integers(0, 1)), min_size=3, max_size=7))
    operations = data.draw(st.lists(st.sampled_from([np.add, np.subtract, np.multiply]), min_size=len(terms), max_size=len(terms)))

    def f(*arrays):
        y = 1.0
        for (function, at, which), operation in zip(terms, operations, strict=True):
            y = operation(y, function(arrays[which][at:at + n - width]))
        return np.sum(y * y)

    x = tuple(np.random.default_rng(k).uniform(-0.9, 0.9, n) for k in range(2))
    t = directions(x, 3)
    with pytest.MonkeyPatch.context() as m:
        for way in ("gradient", "forward over reverse"):
            for name, value in {"BLOCK": 4, "LARGE": 5, "LARGE_DUAL": 5, "SLOPES": 1}.items():
                m.setattr(blockwise, name, value)
            blocked = [*WAYS[way](f, x, t), dr.hvp(f)(*x, t[0])]
            m.setattr(blockwise, "LARGE", 10**9), m.setattr(blockwise, "LARGE_DUAL", 10**9)
            for got, want in zip(blocked, [*WAYS[way](f, x, t), dr.hvp(f)(*x, t[0])], strict=True):
                np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)


def rosenbrock(x):
    return STENCILS["Rosenbrock"](x, None)


def test_a_product_with_the_hessian_reads_gradients_that_the_function_takes_itself(counted):
    """The values of the last gradient are left out of a product with the Hessian, and no others."""
    x, v = np.linspace(0.2, 0.9, 13), np.linspace(-1.0, 1.0, 13)
    f = lambda x: np.sum(dr.grad(rosenbrock)(x) ** 2 * x)  # noqa: E731
    got = dr.hvp(f)(x, v)
    h = 1e-6
    np.testing.assert_allclose(got, (dr.grad(f)(x + h * v) - dr.grad(f)(x - h * v)) / (2 * h), rtol=1e-6)
    assert counted


def test_a_product_with_the_hessian_under_another_derivative(counted):
    x, v = np.linspace(0.2, 0.9, 13), np.linspace(-1.0, 1.0, 13)
    outer = lambda z: dr.hvp(lambda x: np.sum(np.exp(x[1:] * z) * np.sin(x[:-1])) * z)(x, v)  # noqa: E731
    inner = lambda z: dr.hvp(lambda y: np.sum(np.exp(y[1:]) * np.sin(y[:-1]) * y[1:]))(x * z, v)  # noqa: E731
    h = 1e-6
    for program in (outer, inner):
        np.testing.assert_allclose(dr.jvp(program, (0.7,), (1.0,))[1], (program(0.7 + h) - program(0.7 - h)) / (2 * h), rtol=1e-6, atol=1e-8)
    assert np.all(np.isfinite(dr.jvp(lambda z: dr.hvp(rosenbrock)(z, v), (x,), (v,))[0]))


def test_runs_that_look_the_same_share_a_program(counted, monkeypatch):
    monkeypatch.setattr(runs, "PLANS", {})
    x, v = np.linspace(0.2, 0.9, 13), np.linspace(-1.0, 1.0, 13)
    for k in range(4):
        np.testing.assert_allclose(dr.hvp(rosenbrock)(x + k, v), rosen_hess_prod(x + k, v), rtol=1e-10)
    assert len(runs.PLANS) == 1
    dr.hvp(lambda x: np.sum(99.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))(x, v)
    assert len(runs.PLANS) == 2
    np.testing.assert_allclose(dr.grad(lambda x: np.sum(np.sin(x) * np.exp(x) * np.array(2.0)))(x), 2 * np.exp(x) * (np.sin(x) + np.cos(x)))
    monkeypatch.setattr(runs, "KEPT", 3)
    for n in range(14, 24):
        dr.hvp(rosenbrock)(np.ones(n), np.ones(n))
    assert len(runs.PLANS) <= 3


def test_small_arrays_that_a_run_reads_are_not_remembered(counted, monkeypatch):
    monkeypatch.setattr(runs, "PLANS", {})
    x = np.linspace(0.2, 0.9, 26).reshape(13, 2)
    for row in (np.array([1.0, 2.0]), np.array([3.0, 5.0])):
        np.testing.assert_allclose(dr.grad(lambda x: np.sum(np.exp(np.sin(x) * row)))(x), np.exp(np.sin(x) * row) * np.cos(x) * row)  # noqa: B023
    assert counted and not runs.PLANS


def test_nothing_is_left_behind(counted):
    x, v = np.linspace(0.2, 0.9, 13), np.linspace(-1.0, 1.0, 13)
    dr.hvp(rosenbrock)(x, v)
    gc.collect()
    gc.disable()
    try:
        dr.hvp(rosenbrock)(x, v), dr.hvp(rosenbrock)(x[1:], v[1:]), dr.grad(rosenbrock)(x), dr.grad(lambda x: np.sum(np.exp(np.sin(x))))(x)
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert counted
