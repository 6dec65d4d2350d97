"""Replays as straight-line Python: what they compute is what the steps compute, bit for bit."""

import operator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import dualrev as dr
from dualrev.plans.replay import MANY, Misfit, record
from dualrev.plans.straight import straight
from tests.plans.test_replay import V, X, jobs, summed
from tests.properties.programs import programs


def all_of(replay, x, v):
    slots = replay.begin(x)
    replay.go(slots, 1)
    found = [replay.output(slots, k) for k in range(2)]
    for way in (v, 2 * v):
        replay.give(slots, 1, way)
        replay.go(slots, 2)
        found.append(replay.output(slots, 2))
    return found


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(programs())
def test_random_programs(program):
    f, x, v = summed(program)
    replay, _ = record(jobs(f), (x, v), 2)
    want = all_of(replay, x, v)
    replay.compiled = straight(replay.stages, replay.template, replay.outputs)
    for part, exact in zip(all_of(replay, x, v), want, strict=True):
        np.testing.assert_array_equal(part, exact)


@pytest.mark.parametrize("f", [
    lambda x: np.sum(np.concatenate([x[1:], x[:1]]) * np.clip(x, -1.0, 1.0)), lambda x: np.sum(np.sort(x) @ np.outer(x, x)),
    lambda x: -np.linalg.slogdet(np.outer(x, x) + np.eye(3))[1],
    lambda x: np.sum(np.stack([x[0], x[1] ** 3]), axis=0) ** 2, lambda x: np.sum(np.where(x > 0, x, x**2)[x > -9]), lambda x: np.max(x) * 2.0 + np.sum(x, keepdims=True)[0],
], ids=range(6))
def test_calls_of_all_sorts(f):
    replay, _ = record(jobs(f), (X, V), 2)
    want = all_of(replay, X * 1.01, V)
    replay.compiled = straight(replay.stages, replay.template, replay.outputs)
    for part, exact in zip(all_of(replay, X * 1.01, V), want, strict=True):
        np.testing.assert_array_equal(part, exact)
    np.testing.assert_allclose(want[2], dr.hvp(f)(X * 1.01, V), rtol=1e-12)


def test_what_is_replayed_often_is_compiled_and_still_checked():
    replay, _ = record(lambda x: (np.sum(x**2) if x[0] > 0 else np.sum(x),), (X,), 1)
    for k in range(1, MANY + 3):
        np.testing.assert_allclose(replay.output(replay.begin(k * X), 0), np.sum((k * X) ** 2), rtol=4e-16)
        assert (replay.compiled is not None) == (k >= MANY)
    with pytest.raises(Misfit, match="holds only where"):
        replay.begin(-X)


@pytest.mark.parametrize("n", [3, 40])
@pytest.mark.parametrize("k", [3, 4])
def test_powers_are_products_where_that_is_faster(n, k):
    x = np.linspace(-2, 3, n)
    replay, _ = record(lambda x: (np.sum(x**k), k * x ** (k - 1)), (x,), 2)
    calls = [call for _, call, _, _ in replay.stages[0]]
    assert (calls.count(operator.pow) == 1) == (n >= 16)
    slots = replay.begin(x)
    np.testing.assert_allclose(replay.output(slots, 0), np.sum(x**k), rtol=1e-14)
    np.testing.assert_allclose(replay.output(slots, 1), k * x ** (k - 1), rtol=1e-14)
    extreme = np.resize([np.inf, -np.inf, np.nan, 0.0, -0.0, 1e200, -1e-200, 1.0], n)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(replay.output(replay.begin(extreme), 1), k * extreme ** (k - 1))
