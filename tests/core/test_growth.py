"""Cost grows in proportion to the program, from 10 to 10,000 operations, in calls, in bytes and in tape entries; and nothing is left behind.

Times are never compared: calls are counted with sys.setprofile, arrays by what NumPy's constructors are asked for, memory by tracemalloc.
"""

import gc
import sys
import tracemalloc
import warnings
import weakref

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.reverse import Tape

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


def linearized(f):
    """Record, then push twice."""
    def run(x):
        _, push = dr.linearize(f, x)
        return push(1.0) + push(2.0)

    return run


def pulled(f):
    """Record, then pull twice."""
    def run(x):
        _, pull = dr.vjp(f, x)
        return pull(1.0)[0] + pull(2.0)[0]

    return run


TRANSFORMS = {
    "forward": lambda f: lambda x: dr.jvp(f, (x,), (1.0,))[1],
    "reverse": dr.grad,
    "hvp": lambda f: lambda x: dr.hvp(f)(x, 1.0),
    "reverse over forward": lambda f: dr.grad(dr.derivative(f)),
    "reverse over reverse": lambda f: dr.grad(dr.grad(f)),
    "linearize": linearized,
    "vjp": pulled,
}


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
    sizes = (120, 360, 1200)
    gradient = [steps(dr.grad(lambda x: program(x, n)), 0.7) for n in sizes]
    function = [steps(lambda x: program(x, n), 0.7) for n in sizes]
    few, many = ((gradient[k + 1] - gradient[k]) / (function[k + 1] - function[k]) for k in (0, 1))
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


def peak(run, x):
    """Bytes that a run needs at its highest."""
    gc.collect()
    tracemalloc.start()
    try:
        run(x)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_memory_is_linear(program, transform):
    sizes = (200, 600, 1800)
    peaks = [peak(TRANSFORMS[transform](lambda x: program(x, n)), 0.7) for n in sizes]
    few, many = ((b - a) / (m - n) for a, b, n, m in zip(peaks, peaks[1:], sizes, sizes[1:], strict=False))
    assert many <= 1.5 * max(few, 200), peaks


BIG = 50_000


@dr.custom_vjp
def watched(x):
    """x, with a backward pass that notes how much memory is in use."""
    return x * 1.0


NOTES = []


def _watched_forward(x):
    return x * 1.0, None


def _watched_backward(kept, g):
    NOTES.append(tracemalloc.get_traced_memory()[0])
    return (g,)


watched.defvjp(_watched_forward, _watched_backward)


def sines(x, n):
    """A chain of large arrays, watched in between."""
    for _ in range(n):
        x = watched(np.sin(np.exp(-x)))
    return np.sum(x)


def test_tape_memory_falls_during_the_walk():
    """The tape is freed as it is walked, so that the end of the walk holds little more than the gradient."""
    NOTES.clear()
    peak(dr.grad(lambda x: sines(x, 20)), np.ones(BIG))
    assert len(NOTES) == 20
    assert NOTES[0] > 30 * 8 * BIG
    assert NOTES[-1] < 10 * 8 * BIG
    assert all(later < earlier for earlier, later in zip(NOTES[1:], NOTES[2:], strict=False))


def test_a_pullback_keeps_its_tape_until_it_is_dropped():
    """The converse: vjp may pull back often, so nothing is freed before."""
    NOTES.clear()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        _, pull = dr.vjp(lambda x: sines(x, 20), np.ones(BIG))
        first, second = pull(1.0)[0], pull(1.0)[0]
        held = tracemalloc.get_traced_memory()[0] - before
        np.testing.assert_array_equal(first, second)
        assert held > 20 * 8 * BIG
        del pull, first, second
        assert tracemalloc.get_traced_memory()[0] - before < 8 * BIG
    finally:
        tracemalloc.stop()


def test_values_that_no_rule_reads_are_not_kept():
    """A sum of shifted arrays needs none of them for its gradient."""
    def f(x):
        for k in range(30):
            x = x + float(k)
        return np.sum(x)

    assert peak(dr.grad(f), np.ones(BIG)) < 6 * 8 * BIG


def model(x):
    """A bit of everything that makes tape entries."""
    w = x * np.arange(1.0, 4.0)
    y = np.zeros_like(w)
    y[0] = w[0] * w[1]
    y[1:] += np.tanh(w[1:])
    z = np.where(y > 0, np.sqrt(np.abs(y) + 1), 0.0) @ np.outer(w, y)
    return np.sum(np.concatenate([z, np.array([w[0], w[2]])])) + np.max(w)


@dr.custom_jvp
def cubed(x):
    """x**3 with a forward rule of its own."""
    return x**3


@cubed.defjvp
def _cubed_rule(primals, tangents):
    return primals[0] ** 3, 3 * primals[0] ** 2 * tangents[0]


def columns(f):
    """A vector function of the same operations."""
    return lambda x: np.stack([f(x), x * 2.0])


WAYS = {
    **TRANSFORMS,
    "value_and_grad": dr.value_and_grad,
    "derivative": dr.derivative,
    "elementwise_grad": dr.elementwise_grad,
    "jacobian": lambda f: dr.jacobian(columns(f)),
    "hessian": dr.hessian,
    "custom_vjp": lambda f: dr.grad(lambda x: f(watched(x))),
    "custom_vjp forward": lambda f: dr.derivative(lambda x: f(watched(x))),
    "custom_jvp": lambda f: dr.grad(lambda x: f(cubed(x))),
    "checkpoint": lambda f: dr.grad(dr.checkpoint(f)),
}


def collected(run):
    """Objects that only the garbage collector can free after a run, with the collector off meanwhile."""
    run()  # caches fill the first time
    gc.collect()
    gc.disable()
    try:
        run()
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize("way", WAYS)
def test_no_reference_cycles(way):
    derivative = WAYS[way](model)
    assert collected(lambda: derivative(0.7)) == 0


def test_no_reference_cycles_after_an_exception():
    def failing(x):
        y = model(x) * x
        raise KeyError(str(y.shape))

    def run():
        for way in (dr.grad, dr.derivative, TRANSFORMS["hvp"], TRANSFORMS["vjp"], TRANSFORMS["linearize"]):
            with pytest.raises(KeyError):
                way(failing)(0.7)

    def alone():
        with pytest.raises(KeyError):
            raise KeyError

    assert collected(run) <= 5 * collected(alone)


def test_collector_sees_cycles():
    """The check above would fail for a cycle."""
    def run():
        cycle = []
        cycle.append(cycle)

    assert collected(run) == 1


@pytest.mark.parametrize("way", ["grad", "value_and_grad", "hvp", "jvp"])
def test_arrays_die_with_the_transform(way):
    """Payloads and tracers of the run are gone when it returns, without the collector."""
    refs = []

    def f(x):
        y = np.sin(x) * x
        z = y[1:] - y[:-1]
        inner = y
        while hasattr(inner, "_value"):
            refs.append(weakref.ref(inner))
            inner = inner._value
        refs.append(weakref.ref(inner))
        return np.sum(z**2)

    x = np.linspace(0.0, 1.0, BIG)
    gc.disable()
    try:
        result = {"grad": dr.grad(f), "value_and_grad": dr.value_and_grad(f), "hvp": lambda x: dr.hvp(f)(x, x), "jvp": lambda x: dr.jvp(f, (x,), (x,))}[way](x)
        assert len(refs) >= 2
        assert [ref() for ref in refs] == [None] * len(refs)
        del result
    finally:
        gc.enable()


@pytest.mark.parametrize("transform", ["vjp", "linearize"])
def test_recorded_arrays_die_with_the_pullback(transform):
    """A pullback keeps what its rules read, and dropping it frees that at once."""
    refs = []

    def f(x):
        y = np.exp(x)
        refs.append(weakref.ref(y._value))
        return np.sum(np.sin(y))

    gc.disable()
    try:
        value, carry = getattr(dr, transform)(f, np.linspace(0.0, 1.0, BIG))
        assert refs[0]() is not None
        del carry
        assert refs[0]() is None
    finally:
        gc.enable()
