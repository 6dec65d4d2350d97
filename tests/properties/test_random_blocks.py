"""Random programs walked back in blocks, against the walk one entry at a time."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import dualrev as dr
from dualrev.core import blockwise
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
    for name, value in {"BLOCK": 4, "LARGE": 5, "SLOPES": 1, "SHARE": 0}.items():
        monkeypatch.setattr(blockwise, name, value)
    return runs


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [float, np.float32, complex])
def test_blocks_change_nothing(way, dtype, counted, monkeypatch):
    @settings(max_examples=100, **COMMON)
    @given(programs(dtype=np.float32 if dtype is np.float32 else float, families=("unary", "unary", "binary", "shaping", "reduce", "write")))
    def check(program):
        x = tuple(np.concatenate([a] * 4) if a.ndim else a for a in program.point)
        f = program.f if dtype is not complex else lambda *a: np.real(program.f(*(b * (1 + 0.5j) for b in a)))
        try:
            with np.errstate(all="ignore"):
                f(*x)
        except (ValueError, IndexError, TypeError):
            return  # not a program of that shape, or of complex numbers
        t = directions(x, 3)
        with np.errstate(all="ignore"):
            blocked = WAYS[way](f, x, t)
            monkeypatch.setattr(blockwise, "LARGE", 10**9)
            whole = WAYS[way](f, x, t)
            monkeypatch.setattr(blockwise, "LARGE", 5)
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
    monkeypatch.setattr(blockwise, "SHARE", 2)
    x = np.linspace(0.1, 0.9, 11)

    def f(x):
        y = x[:10]
        for k in range(1, 60):
            y = y + np.sin(x[k % 2:][:10])
        return np.sum(y)

    dr.grad(f)(x)
    assert not counted and len(seen) < 400
