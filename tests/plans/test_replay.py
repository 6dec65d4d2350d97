"""Replays in stages: they agree with the function and its derivatives elsewhere, or say that they do not fit."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import dualrev as dr
from dualrev.core.recording import TooLargeError
from dualrev.plans.replay import Misfit, record
from tests.properties.programs import programs

COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
X, V = np.array([0.3, -0.7, 1.2]), np.array([1.0, -2.0, 0.5])


def jobs(f):
    def job(x, v):
        (y, g), (_, Hv) = dr.jvp(dr.value_and_grad(f), (x,), (v,))
        return y, g, Hv

    return job


def summed(program):
    """The sum of a random program's values as a function of its first argument, that argument, and a direction."""
    x = program.point[0]
    return lambda x: np.sum(program.f(x, *program.point[1:])), x, np.cos(np.arange(x.size)).reshape(x.shape)


def at(replay, x, v):
    slots = replay.begin(x)
    first = replay.output(slots, 0), replay.output(slots, 1)
    replay.go(slots, 1)
    replay.give(slots, 1, v)
    replay.go(slots, 2)
    return *first, replay.output(slots, 2)


@settings(max_examples=150, **COMMON)
@given(programs())
def test_random_programs_elsewhere(program):
    f, x, v = summed(program)
    replay, here = record(jobs(f), (x, v), 2)
    for part, want in zip(at(replay, x, v), here, strict=True):
        np.testing.assert_allclose(part, want, rtol=1e-13, atol=1e-13)
    rng = np.random.default_rng(1)
    for size in (1e-6, 0.1, 1.0):
        new, way = x + size * rng.normal(size=x.shape), rng.normal(size=x.shape)
        with np.errstate(all="ignore"):
            want = (*dr.value_and_grad(f)(new), dr.hvp(f)(new, way))
        try:
            got = at(replay, new, way)
        except Misfit:
            continue
        for part, exact in zip(got, want, strict=True):
            np.testing.assert_allclose(part, exact, rtol=1e-9, atol=1e-9 * (1 + np.max(np.abs(exact))))


def test_stages_hold_what_they_need_alone():
    def f(x):
        return np.sum(np.sin(x[1:]) * x[:-1] ** 3)

    replay, _ = record(jobs(f), (X, V), 2)
    counts = [len(stage) for stage in replay.stages]
    assert all(counts)
    slots = replay.begin(X + 1)
    replay.go(slots, 1)
    for v in np.eye(3):
        replay.give(slots, 1, v)
        replay.go(slots, 2)
        np.testing.assert_allclose(replay.output(slots, 2), dr.hvp(f)(X + 1, v), rtol=1e-14)


def test_equal_calls_are_made_once():
    replay, _ = record(lambda x: (np.sum(np.sin(x) * np.sin(x)) + np.sum(np.sin(x)),), (X,), 1)
    assert sum(call is np.sin for _, call, _, _ in replay.stages[0]) == 1


def test_zeros_of_either_sign_are_two_literals():
    replay, here = record(lambda x: (np.copysign(x, 0.0) + np.copysign(x, -0.0) * 3,), (X,), 1)
    np.testing.assert_array_equal(replay.output(replay.begin(X), 0), here[0])


def test_a_decision_that_falls_otherwise_is_a_misfit():
    replay, _ = record(lambda x: (np.sum(x**2) if x[0] > 0 else np.sum(x),), (X,), 1)
    np.testing.assert_allclose(replay.output(replay.begin(2 * X), 0), np.sum((2 * X) ** 2), rtol=4e-16)
    with pytest.raises(Misfit, match="holds only where"):
        replay.begin(-X)


def test_a_shape_that_comes_out_otherwise_is_a_misfit():
    replay, _ = record(lambda x: (np.sum(x[x > 0] ** 2),), (X,), 1)
    np.testing.assert_allclose(replay.output(replay.begin(2 * X), 0), np.sum((2 * X)[X > 0] ** 2), rtol=4e-16)
    with pytest.raises(Misfit, match="shape"):
        replay.begin(-X)
    replay, _ = record(lambda x: (np.unique(x),), (np.array([1.0, 1.0, 2.0]),), 1)
    with pytest.raises(Misfit, match="shape"):
        replay.begin(X)


def test_a_call_that_fails_is_a_misfit():
    replay, _ = record(lambda x: (np.linalg.inv(x)[0, 0],), (np.eye(2),), 1)
    with pytest.raises(Misfit, match="cannot be replayed"):
        replay.begin(np.zeros((2, 2)))


def test_containers_keywords_and_several_results():
    def f(x, A):
        w, V = np.linalg.eigh(A)
        return np.stack([x, x[::-1]], axis=1), w, np.sum(V**2, axis=0, keepdims=True), np.where(x > 0, x, 0.0), np.concatenate([x, w])

    A = np.diag([1.0, 2.0, 4.0]) + 0.1
    replay, _ = record(f, (X, A), 0)
    slots = replay.begin(-X)
    replay.give(slots, 1, 2 * A)
    replay.go(slots, 1)
    replay.go(slots, 2)
    for k, want in enumerate(f(-X, 2 * A)):
        np.testing.assert_allclose(replay.output(slots, k), want, rtol=1e-14)


def test_results_are_the_callers_own():
    replay, _ = record(lambda x: (x, x[1:], np.full(2, 3.0) + 0 * x[:2]), (X,), 3)
    slots = replay.begin(X)
    for k in range(3):
        replay.output(slots, k)[...] = 99.0
    np.testing.assert_array_equal(replay.output(slots, 0), X)
    assert X[0] == 0.3


def test_a_branch_of_structural_zeros_is_noted():
    """Whether a cotangent is zero all over decides what is carried on; a replay must not take one point's answer for another's."""
    def f(x):
        w, _ = np.linalg.eigh(np.diag(x) + 0.1)
        c = np.where(x > 0, x - 0.3, 0.0)
        return np.sum(w * c)

    g = dr.grad(f)
    start = np.array([0.3, -0.5, -0.9])  # the only live factor is zero here
    program = dr.trace(g, start)
    for x in (np.array([0.9, -0.5, -0.7]), np.array([0.3, -0.4, -0.9])):
        try:
            found = program(x)
        except ValueError:
            continue
        np.testing.assert_allclose(found, g(x), rtol=1e-12)


def test_a_recording_ends_where_a_value_is_too_large():
    seen = []

    def f(x):
        seen.append("begun")
        y = np.outer(x, x)
        seen.append("gone on")
        return (np.sum(y),)

    assert record(f, (X,), 1, limit=9)
    seen.clear()
    with pytest.raises(TooLargeError, match=r"shape \(3, 3\)"):
        record(f, (X,), 1, limit=8)
    assert seen == ["begun"]
    with pytest.raises(TooLargeError, match=r"shape \(3, 3\)"):  # one of several results
        record(lambda A: (np.linalg.eigh(A)[0],), (np.eye(3),), 1, limit=8)


def test_a_recording_ends_where_there_are_too_many_calls():
    def f(x):
        for _ in range(10):
            x = np.sin(x)
        return (x,)

    assert record(f, (X,), 1, most=10)
    with pytest.raises(TooLargeError, match="more than 9 calls"):
        record(f, (X,), 1, most=9)
