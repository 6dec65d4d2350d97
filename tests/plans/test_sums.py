"""Sums in an array's own memory: where they are made, where they must not be, and that they change nothing."""

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualrev as dr
from dualrev.optimize.replayed import scalar_jobs
from dualrev.plans.replay import record
from dualrev.plans.straight import straight
from dualrev.plans.sums import added, deducted, in_place
from dualrev.rules.indexing import scattered

HERE = slice(1, None)
FORM, PART = ((4,), np.dtype(float)), ((3,), np.dtype(float))
TEMPLATE = [None, None, HERE, (4,), None, None, None, 2.0, None]  # slots 0 and 1 are inputs of four and of three numbers
FORMS = {4: FORM, 5: FORM, 6: FORM, 8: PART}
TWICE, SPREAD, SUM = (4, operator.mul, 0, 7), (5, scattered, -1, (1, 2, 3)), (6, operator.add, 4, 5)


def calls(stages):
    return [call for steps in stages for _, call, _, _ in steps]


def run(stages, template, *inputs):
    slots = [*inputs, *template[len(inputs):]]
    for out, call, a, b in (step for steps in stages for step in steps):
        slots[out] = call(*[slots[k] for k in (b if a < 0 else (a, b) if b >= 0 else (a,))])
    return slots


@pytest.mark.parametrize("total_first", [True, False])
@pytest.mark.parametrize("negative", [False, True])
def test_a_slice_is_added_in_place(total_first, negative):
    spread = [(8, operator.neg, 1, -1), (5, scattered, -1, (8, 2, 3))] if negative else [SPREAD]
    stages = [[TWICE, *spread, SUM if total_first else (6, operator.add, 5, 4)], [], []]
    x, g = np.arange(4.0), np.array([10.0, 20.0, 30.0])
    want = run(stages, TEMPLATE, x, g)[6]
    in_place(stages, TEMPLATE, [6], FORMS | {1: PART})
    assert calls(stages) == [operator.mul, deducted if negative else added]
    found = run(stages, TEMPLATE, x, g)
    np.testing.assert_array_equal(found[6], want)
    np.testing.assert_array_equal(found[0], np.arange(4.0))
    compiled = straight(stages, TEMPLATE, [6])
    slots = [x, g, *TEMPLATE[2:]]
    compiled[0](slots)
    np.testing.assert_array_equal(slots[6], want)


@pytest.mark.parametrize(("stages", "outputs", "forms"), [
    ([[TWICE, SPREAD, SUM], [], []], [6, 4], FORMS),  # the array is a result itself
    ([[TWICE, SPREAD, SUM], [(8, operator.neg, 4, -1)], []], [6, 8], FORMS),  # it is read later
    ([[TWICE], [SPREAD, SUM], []], [6], FORMS),  # it is kept from an earlier stage, which may be followed by this one several times
    ([[TWICE, SPREAD, SUM, (8, operator.neg, 5, -1)], [], []], [6, 8], FORMS),  # the zeros are read elsewhere
    ([[SPREAD, (6, operator.add, 0, 5)], [], []], [6], FORMS),  # the array is the caller's
    ([[(4, np.asarray, 0, -1), SPREAD, SUM], [], []], [6], FORMS),  # it may be
    ([[TWICE, SPREAD, SUM], [], []], [6], FORMS | {4: ((1,), np.dtype(float))}),  # it is broadcast
    ([[TWICE, SPREAD, SUM], [], []], [6], FORMS | {4: ((4,), np.dtype(np.float32))}),  # it has another dtype
], ids=range(8))
def test_where_somebody_else_reads_the_array_it_stays(stages, outputs, forms):
    before = [steps.copy() for steps in stages]
    in_place(stages, TEMPLATE, outputs, forms | {1: PART})
    assert stages == before


def test_an_index_that_is_no_slice_stays():
    stages = [[TWICE, SPREAD, SUM], [], []]
    in_place(stages, [*TEMPLATE[:2], np.array([1, 1, 2]), *TEMPLATE[3:]], [6], FORMS | {1: PART})
    assert calls(stages) == [operator.mul, scattered, operator.add]


slices = st.tuples(st.integers(0, 3), st.integers(4, 7)).map(lambda ends: slice(*ends))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(slices, st.sampled_from([-2.0, -1.0, 1.0, 0.5]), st.integers(1, 4)), min_size=1, max_size=5), st.booleans())
def test_random_sums_of_slices(terms, whole):
    def f(x):
        y = np.sum(np.cos(x) * x) if whole else 0.0
        for where, factor, power in terms:
            y = y + factor * np.sum((x[where] + 0.5) ** power)
        return y

    x, v = np.linspace(-1.0, 2.0, 7), np.cos(np.arange(7.0))
    replay, _ = record(scalar_jobs(f)["product"], (x, v), 2)
    for _ in range(2):
        slots = replay.begin(x)
        np.testing.assert_allclose(replay.output(slots, 1), dr.grad(f)(x), rtol=1e-13, atol=1e-13)
        replay.go(slots, 1)
        for way in (v, -3 * v, v):
            replay.give(slots, 1, way)
            replay.go(slots, 2)
            np.testing.assert_allclose(replay.output(slots, 2), dr.hvp(f)(x, way), rtol=1e-12, atol=1e-12)
        replay.compiled = straight(replay.stages, replay.template, replay.outputs)


def test_a_chain_of_springs_needs_no_zeros():
    replay, _ = record(scalar_jobs(lambda x: np.sum((x[1:] - x[:-1]) ** 4) + np.sum((x - 1) ** 2))["gradient"], (np.arange(5.0),), 2)
    assert scattered not in calls(replay.stages)
    assert {added, deducted} <= set(calls(replay.stages))
