"""Cost grows in proportion to the program, from 10 to 10,000 operations, in calls, in bytes and in tape entries.

Times are never compared: calls are counted with sys.setprofile, arrays by what NumPy's constructors are asked for, memory by tracemalloc.
"""

import sys
import warnings
from itertools import pairwise

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.reverse import Tape
from tests.core.ways import TRANSFORMS, peak

SIZES = (12, 120, 1200, 12_000)  # operations that a program does


def scalar_loop(x, n):
    """Scalars, one after the other."""
    y = x
    for _ in range(n // 3):
        y = 0.5 * y + np.sin(x)
    return y


def fan(x, n):
    """One scalar that n others read."""
    return sum([x * float(k) for k in range(n // 2)], 0.0)


def array_chain(x, n):
    """Small arrays, one after the other."""
    y = x * np.ones(3)
    for _ in range(n // 3):
        y = np.sin(y) * x + y
    return np.sum(y)


def filled(x, n):
    """A buffer in which every entry is made of the one before."""
    n = n // 4
    y = np.zeros_like(x, shape=n + 1)
    y[0] = x
    for i in range(1, n + 1):
        y[i] = 0.5 * y[i - 1] + x
    return np.sum(y)


def filled_rows(x, n):
    """The same with rows, written through an augmented assignment."""
    n = n // 6
    y = np.zeros_like(x, shape=(n + 1, 2))
    y[0] = x
    for i in range(1, n + 1):
        y[i, 0] = np.sin(y[i - 1, 1])
        y[i, 1] += x
    return np.sum(y)


def trajectory(x, n):
    """A time step at a time, each a row of a buffer that a nonlinear function makes of the row before."""
    n = n // 6
    y = np.zeros_like(x, shape=(n + 1, 5))
    y[0] = x
    for i in range(1, n + 1):
        y[i] = np.sin(y[i - 1]) * x
    return np.sum(y[-1])


def trajectory_in_columns(x, n):
    """The same in columns, with a part of the column before."""
    n = n // 6
    y = np.ones_like(x, shape=(5, n + 1))
    for i in range(1, n + 1):
        y[1:, i] = np.exp(y[:-1, i - 1] * x * 0.1)
    return np.sum(y)


def rows_at_hand(x, n):
    """Many views that are all alive."""
    n = n // 4
    y = x * np.ones((n, 2))
    rows = [y[i] for i in range(n)]
    return sum(np.sum(row) for row in rows)


def stacked(x, n):
    """Arrays joined by np.stack."""
    n = n // 3
    y = x * np.ones(2)
    return np.sum(np.stack([y * float(k) for k in range(n)]) ** 2)


def read(x, n):
    """Every entry of a vector read by itself."""
    n = n // 4
    v = x * np.linspace(0.5, 1.5, n)
    total = 0.0
    for i in range(n):
        total = total + v[i] * v[i]
    return total


def gathered(x, n):
    """Scalars joined by np.stack."""
    n = n // 3
    v = x * np.linspace(0.5, 1.5, n)
    return np.sum(np.stack([v[i] * x for i in range(n)]) ** 2)


def objects(x, n):
    """Scalars joined by np.array, which gives an object array."""
    n = n // 2
    return np.sum(np.array([x * float(k) for k in range(n)]) ** 2)


def object_buffer(x, n):
    """A buffer of dtype object."""
    n = n // 3
    y = np.empty(n + 1, dtype=object)
    y[0] = x
    for i in range(1, n + 1):
        y[i] = 0.5 * y[i - 1] + x
    return np.sum(y ** 2)


PROGRAMS = [scalar_loop, fan, array_chain, filled, filled_rows, read, gathered, objects, object_buffer]

WITH_VIEWS = [trajectory, trajectory_in_columns, rows_at_hand, stacked]


def calls(run, x):
    """Count the calls of Python and C functions that a run makes."""
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        if event == "call" or event == "c_call":
            count += 1

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        run(x)
    finally:
        sys.setprofile(before)
    return count


def steps(run, x):
    """Count the byte codes that a run executes in Python functions; operators between numbers count too."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(x)
    finally:
        sys.settrace(before)
    return count


def prices(counts):
    """The cost of one more operation, between successive sizes."""
    return [(b - a) / (m - n) for a, b, n, m in zip(counts, counts[1:], SIZES, SIZES[1:], strict=False)]


def is_linear(counts, slack):
    """Whether operations cost no more in large programs than in small ones."""
    first, *later = prices(counts)
    return max(later) <= slack * first


@pytest.fixture(autouse=True)
def quiet():
    """Large object arrays warn, which is tested elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_number_of_calls_is_linear(program, transform):
    TRANSFORMS[transform](lambda x: program(x, SIZES[0]))(0.7)  # fills caches
    counts = [calls(TRANSFORMS[transform](lambda x: program(x, n)), 0.7) for n in SIZES]
    assert is_linear(counts, 1.3), prices(counts)


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_bytes_asked_of_numpy_are_linear(program, transform, monkeypatch):
    """An array of n entries made at each of n steps would be quadratic, however few calls it takes."""
    asked = 0

    def counting(make):
        def made(*args, **kwargs):
            nonlocal asked
            y = make(*args, **kwargs)
            asked += getattr(y, "nbytes", 0)
            return y

        return made

    for name in ("array", "zeros", "empty", "ones", "full", "broadcast_to"):
        monkeypatch.setattr(np, name, counting(getattr(np, name)))
    totals = []
    for n in SIZES[:3]:
        asked = 0
        TRANSFORMS[transform](lambda x: program(x, n))(0.7)
        totals.append(asked)
    assert is_linear(totals, 2.0), prices(totals)


def test_counters_see_quadratic_cost():
    """The checks above would fail for a program that slows down as it grows."""
    def slowing(x, n):
        for k in range(n):
            for j in range(k // 10):
                abs(j)
            x = x * 0.5
        return x

    assert not is_linear([calls(dr.grad(lambda x: slowing(x, n)), 0.7) for n in SIZES[:3]], 2.0)


@pytest.mark.parametrize("program", PROGRAMS)
def test_gradient_costs_a_constant_times_the_function(program):
    """The cheap-gradient principle: what grad multiplies the cost of an operation by does not depend on the length of the program."""
    counts = [(steps(dr.grad(lambda x: program(x, n)), 0.7), steps(lambda x: program(x, n), 0.7)) for n in (120, 120, 360, 1200)]
    counts = counts[1:]  # the first are too low in Python 3.12 and later, which miss byte codes when they trace a function for the first time
    few, many = ((after[0] - before[0]) / (after[1] - before[1]) for before, after in pairwise(counts))
    assert many <= 1.1 * few


def entries_of(run, x, monkeypatch):
    """Count the tape entries that a run makes."""
    counts = []
    close = Tape.close

    def counted(tape):
        entries = close(tape)
        counts.append(len(entries))
        return entries

    with monkeypatch.context() as patch:
        patch.setattr(Tape, "close", counted)
        run(x)
    return sum(counts)


@pytest.mark.parametrize("program", PROGRAMS)
def test_number_of_tape_entries_is_linear(program, monkeypatch):
    totals = [entries_of(dr.grad(lambda x: program(x, n)), 0.7, monkeypatch) for n in SIZES]
    first, *later = prices(totals)
    assert first > 0
    assert later == [first] * len(later), totals


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("program", PROGRAMS + WITH_VIEWS)
def test_memory_is_linear(program, transform):
    sizes = (200, 600, 1800)
    peaks = [peak(TRANSFORMS[transform](lambda x: program(x, n)), 0.7) for n in sizes]
    few, many = ((b - a) / (m - n) for a, b, n, m in zip(peaks, peaks[1:], sizes, sizes[1:], strict=False))
    assert many <= 1.5 * max(few, 200), peaks


@pytest.mark.parametrize("program", WITH_VIEWS)
def test_work_is_linear_where_many_views_of_one_array_are_read(program):
    """A view that a tape keeps must not make the next write copy the whole array, and one of many arrays that are joined not ask all others."""
    sizes = (240, 720, 2160)
    counts = [steps(dr.grad(lambda x: program(x, n)), 0.7) for n in (240, *sizes)][1:]
    few, many = ((b - a) / (m - n) for a, b, n, m in zip(counts, counts[1:], sizes, sizes[1:], strict=False))
    assert many <= 1.1 * few
