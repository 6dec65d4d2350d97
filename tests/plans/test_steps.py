"""Shorter ways of steps: factors that are put together are exact, sums of products are dot products, and what nobody reads is left out."""

import functools
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualrev.core.indexing import getitem
from dualrev.plans.replay import Misfit, record

MATRIX, STACK = np.random.default_rng(0).normal(size=(5, 5)), np.random.default_rng(1).normal(size=(2, 5, 5))
FACTORS = st.one_of(st.sampled_from([2, 4, -8, 0.5, 0.125, -1, 1, 3, 0.1, -7.3, 1e-5]), st.floats(-10, 10).filter(lambda x: abs(x) > 1e-3))


def getitem_or(call):
    return operator.getitem if call is getitem else call


def steps_of(f, x):
    replay, _ = record(lambda x: (f(x),), (x,), 1)
    return [call for _, call, _, _ in replay.stages[0]], replay.output(replay.begin(x), 0)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from("*/+"), FACTORS), min_size=1, max_size=6), st.integers(0, 10**6))
def test_chains_of_factors_are_exact(chain, seed):
    def f(x):
        for sign, c in chain:
            x = x + x if sign == "+" else c * x if sign == "*" and c > 1 else x * c if sign == "*" else x / c
        return x

    x = np.random.default_rng(seed).normal(size=5)
    calls, got = steps_of(f, x)
    np.testing.assert_array_equal(got, f(x))
    assert len(calls) <= len(chain)


@pytest.mark.parametrize(("f", "calls"), [
    (lambda x: (x + x) * 0.5, []), (lambda x: 4 * x * 0.25 + 1, [operator.add]), (lambda x: (x + x) * 100 - x, [operator.mul, operator.sub]),
    (lambda x: x * 3 * 0.1, [operator.mul] * 2), (lambda x: np.sum(x**2), [np.ndarray.dot]), (lambda x: np.sum(x * np.sin(x)), [np.sin, np.ndarray.dot]),
    (lambda x: np.sum(np.outer(x, x) * np.outer(x, x)), [np.outer, operator.mul, np.add.reduce]),
    (lambda x: MATRIX @ (MATRIX @ x) @ x, [np.ndarray.dot] * 3), (lambda x: np.matmul(x, x), [np.ndarray.dot]), (lambda x: STACK @ x, [operator.matmul]),
    (lambda x: np.multiply(1.0, np.add(x, np.subtract(x, 1.0))), [operator.sub, operator.add]),
    (lambda x: np.where(np.maximum(x, 0.5) > x, x, 2.0), [np.maximum, operator.gt, np.where]),  # whose shapes are known
    (lambda x: np.broadcast_to(x[1], (2, 3)) + np.sum(x, axis=None, keepdims=True), [operator.getitem, np.multiply, "partial", operator.add]),
], ids=range(13))
def test_shorter_ways(f, calls):
    x = np.linspace(-1, 2, 5)
    found, got = steps_of(f, x)
    np.testing.assert_allclose(got, f(x), rtol=1e-14)
    assert ["partial" if type(call) is functools.partial else getitem_or(call) for call in found] == calls


def test_shapes_that_depend_on_values_are_checked_where_they_begin():
    replay, _ = record(lambda x: (np.sum(np.flatnonzero(x > 0) * 2 + 1) * np.sum(x),), (np.array([1.0, 2.0, -1.0]),), 1)
    with pytest.raises(Misfit, match="has the shape"):
        replay.begin(np.array([1.0, -2.0, -1.0]))


def test_complex_numbers_and_single_precision_take_the_usual_way():
    for x in (np.linspace(-1, 2, 40) + 1j, np.linspace(-1, 2, 40, dtype=np.float32)):
        f = lambda x: np.sum(x**3 * 2 * 0.5 + (x + x) * 0.3 - 1 / (x + 2))  # noqa: E731
        _, got = steps_of(f, x)
        assert got == f(x) and got.dtype == x.dtype
