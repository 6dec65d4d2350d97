"""Elementwise programs that are written down with deferred values and carried out in blocks."""

import operator

import numpy as np
import pytest

from dualrev.core import blockplan
from dualrev.core.errors import DualrevError
from dualrev.core.kernels import Kernel, UndeferredError

RNG = np.random.default_rng(0)
A, B = RNG.uniform(0.5, 2.0, 23), RNG.uniform(0.5, 2.0, 23)


def carried_out(program, *arrays, rows=5):
    """The value of a program of deferred values, and the steps that it took."""
    kernel = Kernel(arrays[0].shape, rows)
    kernel.whole(program(*(kernel.source((a.shape, a.dtype)) for a in arrays)))
    plan = kernel.plan()
    return plan.run(list(arrays), [None])[0], [getattr(call, "__name__", "rule") for call, *_ in plan.steps]


PROGRAMS = {
    "chain": lambda a, b: np.exp(np.sin(a) * b) / (1 + b**2),
    "powers": lambda a, b: a**2 + b**0.5 + a**1 + a**-1.5 + 2**b,
    "negatives": lambda a, b: -(-a) + (-b) - (-a) * (-b) / (-(b + b)) + (-a + -a) + (-a + -b),
    "multiples": lambda a, b: 100 * (2 * a) - (a + a) * -3.0 + -(b + b) * 0.5 * 0.1 + 4 * (b * 0.25) - -(2.0 * b) * 1.0 + (a * 0.3) * 0.7,
    "number first": lambda a, b: 2.0 - 3 / (1 - a) - b,
    "comparison": lambda a, b: (a > b) * a,
    "unary plus and abs": lambda a, b: abs(+a - b),
}


@pytest.mark.parametrize("rows", [1, 4, 5, 23, 100])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_in_blocks_gives_numpys_value_to_the_last_bit(name, rows):
    got, _ = carried_out(PROGRAMS[name], A, B, rows=rows)
    want = PROGRAMS[name](A, B)
    assert (got.shape, got.dtype) == (want.shape, want.dtype)
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(want))


@pytest.mark.parametrize("dtype", [np.float32, complex])
def test_types_are_numpys(dtype):
    a = A.astype(dtype)
    program = lambda a, b: np.exp(-a) * 2 - (-a) / b  # noqa: E731
    got, _ = carried_out(program, a, B)
    np.testing.assert_array_equal(got, program(a, B))
    assert got.dtype == program(a, B).dtype


def test_rows_of_several_entries_and_operands_that_broadcast():
    a, column, row = A[:20].reshape(5, 4), B[:5, None], B[:4]
    got, _ = carried_out(lambda a, c: a * c + row - 2 * c, a, column, rows=2)
    np.testing.assert_array_equal(got, a * column + row - 2 * column)


def test_what_occurs_twice_is_computed_once_and_negatives_hardly_ever():
    _, steps = carried_out(lambda a, b: (np.sin(a) + b) * (np.sin(a) + b) + np.cos(b) * 0 * a, A, B)
    assert sorted(steps) == ["add", "add", "cos", "multiply", "multiply", "multiply", "sin"]
    _, steps = carried_out(lambda a, b: a + (-b) * (-(-a)) - (-a), A, B)
    assert sorted(steps) == ["add", "multiply", "subtract"]


@pytest.mark.parametrize(("program", "want"), [
    (lambda a, b: 100 * (2 * a), ["multiply"]), (lambda a, b: -(a + a) * b, ["multiply", "multiply"]), (lambda a, b: (a * 0.5 + a * 0.5) * 1.0, ["positive"]),
    (lambda a, b: (a * 0.3) * 0.7, ["multiply", "multiply"]), (lambda a, b: (a * 1e99) * 2.0**60, ["multiply", "multiply"]), (lambda a, b: 2 * a, ["add"]),
    (lambda a, b: (a * 0) * 2, ["multiply", "add"]), (lambda a, b: (a * np.inf) * 2.0, ["multiply", "add"]), (lambda a, b: a * 2**60 * 2, ["multiply", "add"]),
], ids=range(9))
def test_multiples_of_multiples_are_one_product_where_that_rounds_alike(program, want):
    got, steps = carried_out(program, A, B)
    assert steps == want
    np.testing.assert_array_equal(got, program(A, B))


def test_multiples_of_other_types_stay():
    for a in (A.astype(np.float32), A + 1j, np.arange(23)):
        got, steps = carried_out(lambda a, b: (a + a) * 0.25 * b, a, B.astype(a.dtype))
        np.testing.assert_array_equal(got, (a + a) * 0.25 * B.astype(a.dtype))
        assert steps == ["add", "multiply", "multiply"]


def test_what_nobody_asks_for_is_left_out():
    _, steps = carried_out(lambda a, b: (np.exp(a), a + b)[1], A, B)
    assert steps == ["add"]


def test_blocks_share_few_pieces_of_memory():
    kernel = Kernel(A.shape, 8)
    y = kernel.source((A.shape, A.dtype))
    for _ in range(50):
        y = np.sin(y) + 1.0
    kernel.whole(y)
    plan = kernel.plan()
    assert plan.size <= 2 * 8 * 8
    assert len(plan.buffers) == 99


def test_sums_add_to_parts_of_an_array():
    def summed(fresh, begun):
        kernel = Kernel(A.shape, 6)
        a, b = kernel.source((A.shape, A.dtype)), kernel.source((B.shape, B.dtype))
        kernel.total(((30,), A.dtype), [(2, a * b), (0, np.sin(a)), (7, 1.0), (2, -a)], fresh)
        return kernel.plan().run([A, B], [begun])[0]

    want = np.zeros(30)
    for at, part in ((2, A * B - A), (0, np.sin(A)), (7, 1.0)):
        want[at:at + 23] += part
    np.testing.assert_allclose(summed(True, np.full(30, np.nan)), want, rtol=1e-15)
    begun = np.linspace(0.0, 1.0, 30)
    got = summed(False, begun.copy())
    np.testing.assert_allclose(got, begun + want, rtol=1e-15)


def test_a_value_wanted_twice_fills_two_arrays():
    kernel = Kernel(A.shape, 6)
    a = kernel.source((A.shape, A.dtype))
    y = np.sin(a)
    for value in (y, a, y, y * 2):
        kernel.whole(value)
    outputs = kernel.plan().run([A], [None] * 4)
    for got, want in zip(outputs, (np.sin(A), A, np.sin(A), 2 * np.sin(A)), strict=True):
        np.testing.assert_array_equal(got, want)
    assert not any(np.shares_memory(p, q) for k, p in enumerate(outputs) for q in [*outputs[:k], A])


def test_a_plan_serves_other_arrays():
    kernel = Kernel(A.shape, 6)
    kernel.whole(np.exp(kernel.source((A.shape, A.dtype))) + 1)
    plan = kernel.plan()
    for a in (A, B, A + B):
        np.testing.assert_array_equal(plan.run([a], [None])[0], np.exp(a) + 1)


@pytest.mark.parametrize("reads", [
    lambda a: bool(a), lambda a: float(a), lambda a: a[0], lambda a: np.any(a > 1), lambda a: np.sum(a), lambda a: a if a.max() > 0 else -a, lambda a: np.zeros_like(a),
    lambda a: a + np.zeros(23), lambda a: a.astype(int), lambda a: np.modf(a)[0], lambda a: np.where(a > 1, a, 0.0), lambda a: [*a][0],
])
def test_whoever_looks_at_values_is_stopped(reads):
    with pytest.raises((UndeferredError, DualrevError)):
        carried_out(reads, A)


def test_a_rule_that_looks_at_values_may_be_asked_for_each_block():
    seen = []

    def rule(a, b):
        seen.append(len(a))
        return np.where(a > b, a, 2.0) if np.any(a > b) else np.full_like(a, 2.0)

    kernel = Kernel(A.shape, 6)
    a, b = kernel.source((A.shape, A.dtype)), kernel.source((B.shape, B.dtype))
    kernel.whole(kernel.unseen(rule, a, b) + a)
    np.testing.assert_array_equal(kernel.plan().run([A, B], [None])[0], np.where(A > B, A, 2.0) + A)
    assert seen == [0, 6, 6, 6, 5]


def test_many_blocks_are_shared_and_give_the_same(monkeypatch):
    monkeypatch.setattr(blockplan, "SHARED", 2)
    monkeypatch.setattr("dualrev.core.sharing.processors", lambda: 4)
    x = RNG.uniform(0.5, 2.0, 4001)
    got, _ = carried_out(PROGRAMS["chain"], x, x[::-1], rows=7)
    np.testing.assert_array_equal(got, PROGRAMS["chain"](x, x[::-1]))


def test_operators_fall_back_to_the_general_way_for_other_operands():
    got, _ = carried_out(lambda a, b: operator.add(np.float32(2), a) * np.array(3.0), A, B)
    np.testing.assert_array_equal(got, (np.float32(2) + A) * 3.0)
