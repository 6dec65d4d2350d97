"""The recording interpreter: what is written down gives, at other points, what the function gives there, or raises."""

import gc
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

import dualrev as dr
from dualrev.core.errors import DeadTraceError, LeavesTraceError, NoRuleError
from dualrev.core.recorded import Discrete, SizedDiscrete, SizedRecorded
from dualrev.core.recording import RecordingTrace
from dualrev.core.tracer import Tracer
from dualrev.core.tree import flatten
from dualrev.plans.program import ReplayError

X = np.array([-1.2, 1.0, 0.3])
ELSEWHERE = np.array([0.4, -0.7, 2.1])
POSITIVE = np.array([0.5, 2.0, 1.5])
M = np.array([[2.0, 0.3, -0.1], [0.2, 1.5, 0.4], [-0.3, 0.1, 1.8]])


def names(program):
    return [equation.name for equation in program.equations]


def assert_same(found, wanted):
    got, structure = flatten(found)
    want, form = flatten(wanted)
    assert structure == form
    for a, b in zip(got, want, strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


def fill(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = x[i] * x[i - 1]
    y[1:] += x[:-1]
    y *= 2.0
    return y


def write_through_a_view(x):
    y = x * 1.0
    part = y[1:]
    part[0] = 7.0
    y.reshape(3, 1)[2] = x[0]
    return y


def write_through_a_split(x):
    y = x * 1.0
    first, rest = np.split(y, [1])
    rest[0] = first[0] * 5.0
    return y


def buffers(x):
    w = np.ones(3)
    y = x * w
    w *= 2.0
    z = x * w
    w[0] = 9.0
    return y, z, x * w


def out_argument(x):
    y = np.empty_like(x)
    np.multiply(x, 3.0, out=y)
    np.add(y, x, out=y)
    return y


def object_array(x):
    return np.array([x[0] * x[1], np.sin(x[2])]) + np.asarray(x)[:2]


def put_along(x):
    y = x * 1.0
    np.put_along_axis(y, np.array([2, 0]), x[:2], axis=0)
    np.add.at(y, np.array([0, 0, 1]), x)
    return y


PROGRAMS = {
    "rosen": rosen,
    "operators": lambda x: (-x + 2.0 * x - x / 3.0) ** 2 // 1.0 + abs(x) % 0.7 + (+x),
    "reflected operators": lambda x: 1.0 - x + (2.0 / x) + 2.0**x + (7.0 % x) + (7.0 // x),
    "ufuncs": lambda x: np.exp(np.sin(x)) + np.arctan2(x, 2.0) - np.hypot(x, x) + np.log1p(x * x),
    "where": lambda x: np.where(x > 0, np.sin(x), x**2),
    "masks": lambda x: np.where((x > -1) & ~(x > 1) | (x == 0), x, -x),
    "clip and maximum": lambda x: np.clip(x, -0.5, 0.5) + np.maximum(x, 0.1) + np.minimum(x, 0.2),
    "floor and sign": lambda x: np.floor(x) * x + np.sign(x) + np.round(x, 1),
    "reductions": lambda x: [np.sum(x), np.mean(x), np.max(x), np.min(x), np.prod(x), np.std(x), np.var(x, ddof=1), np.cumsum(x), np.cumprod(x)],
    "ufunc methods": lambda x: [np.add.reduce(x), np.multiply.accumulate(x), np.add.reduceat(x, [0, 2]), np.multiply.outer(x, x), np.maximum.reduce(x)],
    "where of a reduction": lambda x: np.sum(x, where=x > 0) + np.mean(x, where=np.isfinite(x)),
    "counts": lambda x: np.sum(x) * np.count_nonzero(x > 0) + np.argmax(x) * x[np.argmin(x)],
    "sorting": lambda x: x[np.argsort(x)] * np.sort(x),
    "take": lambda x: np.take(x, [2, 0, 0]) + np.take_along_axis(x, np.argsort(x), 0),
    "select": lambda x: np.select([x > 1, x > 0], [x, x**2], -1.0),
    "joining": lambda x: [np.stack([x, x * 2.0]), np.concatenate([x, [1.0, 2.0], x]), np.hstack([x[0], x]), np.block([[x, x], [x, x]])],
    "splitting": lambda x: [*np.split(x, 3), np.atleast_2d(x), np.broadcast_to(x, (2, 3)), *np.meshgrid(x, x)],
    "shaping": lambda x: np.outer(x, x).T.reshape(-1)[::2].copy() + np.roll(np.tile(x, 3), 1)[:5],
    "products": lambda x: [M @ x, x @ M @ x, np.dot(x, x), np.einsum("i,ij->j", x, M), np.tensordot(M, x, 1), np.kron(x, x)],
    "constants": lambda x: np.zeros_like(x) + np.ones(3) * np.full_like(x, 2.0),
    "filling": fill,
    "views": write_through_a_view,
    "splits are views": write_through_a_split,
    "buffers that change": buffers,
    "out": out_argument,
    "object arrays": object_array,
    "writers": put_along,
    "methods": lambda x: x.sum() + x.dot(x) - x.max() * x.mean() + x.reshape(3, 1).ravel().T.cumsum()[-1],
    "diag": lambda x: np.diag(np.diag(x) + M) + np.trace(np.outer(x, x)),
    "parts of forms": lambda x: x * x.size + np.shape(x)[0] + np.ndim(x) + len(x) + np.result_type(x).itemsize,
    "containers": lambda x: {"a": (x[0], [x[1:], np.sum(x)]), "b": x},
    "untouched": lambda x: x,
    "constant result": lambda x: (np.float64(3.0), x > 0),
    "scalars": lambda x: sum(float(k) * x[k] ** k for k in range(3)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_replay_gives_what_the_function_gives(name):
    f = PROGRAMS[name]
    given = X.copy()
    program = dr.trace(f, given)
    np.testing.assert_array_equal(given, X)
    assert program.branches == []
    assert_same(program(X), f(X))
    assert_same(program(ELSEWHERE), f(ELSEWHERE))
    assert_same(program(X), f(X))
    assert str(program).startswith(f.__name__)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_variable_is_made_once_before_it_is_read_and_has_the_form_it_says(name):
    from dualrev.core.equations import variables_in

    program = dr.trace(PROGRAMS[name], X)
    known = set(program.inputs)
    for equation in program.equations:
        assert set(variables_in((equation.inputs, equation.parameters))) <= known
        made = [v for v in equation.outputs if v is not None]
        assert made
        assert not known.intersection(made)
        known.update(made)
    assert len({v.name for v in known}) == len(known)
    values = program.values()
    assert {v.name: (v.shape, v.dtype) for v in known} == {k: (np.shape(v), np.asarray(v).dtype) for k, v in values.items()}


@pytest.mark.parametrize("name", sorted(set(PROGRAMS) - {"constant result", "untouched", "containers", "reductions", "ufunc methods", "joining", "splitting", "products",
                                                        "buffers that change"}))
def test_a_program_can_be_differentiated_like_its_function(name):
    f = PROGRAMS[name]
    program = dr.trace(f, X)
    t = np.array([0.3, -1.0, 2.0])
    for at in (X, ELSEWHERE):
        np.testing.assert_allclose(dr.jvp(program, (at,), (t,))[1], dr.jvp(f, (at,), (t,))[1], rtol=1e-13)
        total = dr.grad(lambda x: np.sum(program(x)))(at)
        np.testing.assert_allclose(total, dr.grad(lambda x: np.sum(f(x)))(at), rtol=1e-13)


SMOOTH = {"rosen": rosen, "ufuncs": lambda x: np.sum(np.exp(np.sin(x)) / (2.0 + np.cos(x))), "products": lambda x: x @ M @ np.tanh(x), "filling": lambda x: np.sum(fill(x) ** 2),
          "reductions": lambda x: np.mean(x**3) * np.sum(x)}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("transform", ["grad", "jvp", "jvp of grad", "grad of grad", "derivative of a line"])
def test_derivatives_can_be_recorded_and_hold_elsewhere(name, transform):
    f = SMOOTH[name]
    t = np.array([0.3, -1.0, 2.0])
    F = {"grad": dr.grad(f), "jvp": lambda x: dr.jvp(f, (x,), (t,))[1], "jvp of grad": lambda x: dr.jvp(dr.grad(f), (x,), (t,))[1],
         "grad of grad": dr.grad(lambda x: np.sum(dr.grad(f)(x) * t)), "derivative of a line": lambda x: dr.derivative(lambda s: f(x + s * t))(0.0)}[transform]
    program = dr.trace(F, X)
    assert program.branches == []
    np.testing.assert_allclose(program(X), F(X), rtol=1e-13)
    np.testing.assert_allclose(program(ELSEWHERE), F(ELSEWHERE), rtol=1e-12, atol=1e-14)


KINKED = {"maximum": lambda x: np.sum(np.maximum(x, 0.0) * x), "clip": lambda x: np.sum(np.clip(x, -0.5, 0.5) ** 2), "where": lambda x: np.sum(np.where(x > 0, np.sin(x), x**2)),
          "max": lambda x: np.max(x) ** 2, "abs": lambda x: np.sum(np.abs(x) * x), "sort": lambda x: np.sum(np.sort(x) * np.arange(3.0)),
          "power": lambda x: np.sum(np.abs(x) ** x), "indexing": lambda x: np.sum(x[np.argsort(x)[[0, 0, 2]]] ** 2), "norm": lambda x: np.sqrt(np.sum(x * x)) * np.std(x)}


@pytest.mark.parametrize("name", KINKED)
def test_recorded_gradients_of_kinked_functions_are_right_elsewhere_or_raise(name):
    f = KINKED[name]
    F = dr.grad(f)
    program = dr.trace(F, X)
    np.testing.assert_allclose(program(X), F(X), rtol=1e-13)
    for at in (ELSEWHERE, -X, X[::-1].copy(), POSITIVE):
        try:
            found = program(at)
        except ReplayError as error:
            assert "Call dualrev.trace again" in str(error)
        else:
            np.testing.assert_allclose(found, F(at), rtol=1e-13)


def test_trace_inside_grad_and_jvp():
    def f(x):
        return np.sum(dr.trace(lambda y: np.sin(y) * x, x)(x) ** 2)

    def same(x):
        return np.sum((np.sin(x) * x) ** 2)

    np.testing.assert_allclose(dr.grad(f)(X), dr.grad(same)(X), rtol=1e-14)
    np.testing.assert_allclose(dr.jvp(f, (X,), (ELSEWHERE,))[1], dr.jvp(same, (X,), (ELSEWHERE,))[1], rtol=1e-14)
    np.testing.assert_allclose(dr.hvp(f)(X, ELSEWHERE), dr.hvp(same)(X, ELSEWHERE), rtol=1e-13)


def test_trace_inside_trace():
    program = dr.trace(lambda x: dr.trace(lambda y: y * np.sum(x), x)(x + 1.0), X)
    np.testing.assert_array_equal(program(ELSEWHERE), (ELSEWHERE + 1.0) * np.sum(ELSEWHERE))


def test_a_lower_traced_array_that_changes_later_is_kept_as_it_was():
    def f(x):
        y = x * 1.0
        program = dr.trace(lambda z: z * y, np.ones(3))
        y[0] = 5.0
        return np.sum(program(np.ones(3)))

    np.testing.assert_array_equal(dr.grad(f)(X), np.ones(3))


def test_composed_functions_are_one_equation():
    assert names(dr.trace(lambda x: np.stack([x, x]), X)) == ["np.stack"]
    assert names(dr.trace(lambda x: np.std(x), X)) == ["np.std"]
    assert names(dr.trace(lambda x: np.einsum("i,i", x, x), X)) == ["np.einsum"]


def test_an_equation_says_everything():
    program = dr.trace(lambda x: np.sum(x.reshape(3, 1) * 2.0, axis=0), X)
    reshape, multiply, total = program.equations
    assert (total.name, total.function, total.parameters) == ("np.sum", np.sum, {"axis": 0})
    assert (multiply.function, multiply.inputs) == (np.multiply, (reshape.outputs[0], 2.0))
    assert (reshape.inputs[0], total.outputs[0]) == (program.inputs[0], program.outputs[0])
    assert (total.outputs[0].shape, total.outputs[0].dtype) == ((1,), np.dtype(float))
    assert all("test_recording.py" in equation.line and "np.sum(x.reshape" in equation.line for equation in program.equations)


def test_what_nothing_needs_is_left_out():
    def f(x):
        np.exp(x)
        y = np.sin(x)
        np.cos(y)
        return y

    assert names(dr.trace(f, X)) == ["np.sin"]


def test_branches_are_noted_with_the_way_taken_and_the_line():
    def f(x):
        y = x
        while np.sum(y) < 5.0:
            y = y * 2.0
        if y[0] > 0 and y[1] > 0:
            return y
        return -y

    program = dr.trace(f, POSITIVE)
    assert [branch.value for branch in program.branches] == [True, False, True, True]
    assert "while np.sum(y) < 5.0" in program.branches[0].line
    assert "if y[0] > 0" in program.branches[-1].line
    assert "holds only where" in str(program)
    near = POSITIVE * 1.01
    np.testing.assert_array_equal(program(near), f(near))
    for far in (POSITIVE * 10.0, POSITIVE * 0.1, POSITIVE * [1, 1, 1] * [-1, 1, 3]):
        with pytest.raises(ReplayError, match="does not hold at these arguments"):
            program(far)


def test_branches_through_other_levels_are_noted():
    def f(x):
        return x[0] ** 2 if x[0] > 0 else -x[0]

    for F in (dr.grad(f), lambda x: dr.jvp(f, (x,), (np.ones(3),))[1], lambda x: dr.jvp(dr.grad(f), (x,), (np.ones(3),))[1]):
        program = dr.trace(F, X)
        assert [branch.value for branch in program.branches] == [False]
        np.testing.assert_array_equal(program(-POSITIVE), F(-POSITIVE))
        with pytest.raises(ReplayError, match=r"if x\[0\] > 0"):
            program(POSITIVE)


@pytest.mark.parametrize(("f", "needs"), [
    (lambda x: x * int(np.argmax(x)), "argmax"), (lambda x: x * [1.0, 2.0, 3.0][np.argmin(x)], "argmin"), (lambda x: x * float(np.floor(x[2])), "floor"),
    (lambda x: x * np.arange(3.0)[np.argsort(x)], "argsort"), (lambda x: x * np.arange(3.0)[x > 0].sum(), "greater"),
    (lambda x: x * len(range(np.count_nonzero(x > 0))), "count"), (lambda x: x * np.asarray(x > 0), "greater"), (lambda x: x * complex(np.rint(x[0])).real, "rint"),
])
def test_discrete_values_may_become_plain_and_the_program_holds_where_they_stay(f, needs):
    program = dr.trace(f, X)
    assert len(program.branches) == 1
    near = X + 1e-3
    np.testing.assert_array_equal(program(near), f(near))
    with pytest.raises(ReplayError, match="Call dualrev.trace again"):
        program(np.array([2.5, -0.1, -1.1]))
    assert any(needs in name for name in names(program))


def test_a_slice_up_to_a_discrete_value_follows_it():
    def f(x):
        return np.sum(x) * x[np.argmax(x) : np.argmax(x) + 2]

    program = dr.trace(f, X)
    assert program.branches == []
    np.testing.assert_array_equal(program(-X), f(-X))
    with pytest.raises(ReplayError, match="has the shape"):
        program(X[[0, 2, 1]])


def test_a_plain_buffer_takes_discrete_values():
    def f(x):
        counts = np.zeros(3)
        counts += x > 0
        np.add.at(counts, np.argsort(x), 1.0)
        seen = np.zeros(3, bool)
        seen[x > 0] = True
        return x * counts * seen

    program = dr.trace(f, X)
    np.testing.assert_array_equal(program(X), f(X))
    with pytest.raises(ReplayError):
        program(-X)


def test_functions_without_a_row_are_recorded_on_discrete_values():
    def f(x):
        return x * np.bitwise_count(np.argsort(x).astype(np.int64)) + np.unique(np.floor(x)).size * np.invert(x > 0)

    program = dr.trace(f, X)
    np.testing.assert_array_equal(program(X), f(X))


def test_shapes_that_depend_on_values_are_checked():
    def f(x):
        chosen = x[x > 0]
        return np.sum(chosen) / chosen.size

    program = dr.trace(f, X)
    np.testing.assert_array_equal(program(X * 2.0), f(X * 2.0))
    with pytest.raises(ReplayError, match="has the shape \\(1,\\) here"):
        program(-X)


@pytest.mark.parametrize(("f", "error", "says"), [
    (lambda x: float(x[0]), LeavesTraceError, "float(x)"), (lambda x: int(x[0]), LeavesTraceError, "int(x)"), (lambda x: complex(x[0]), LeavesTraceError, "complex(x)"),
    (lambda x: [1, 2, 3][x[0]], LeavesTraceError, "an index"), (lambda x: np.zeros(3).__setitem__(0, x[0]), LeavesTraceError, "plain array"),
    (lambda x: np.add(x, 1.0, out=np.zeros(3)), LeavesTraceError, "out="),
    (lambda x: np.isnat(x), NoRuleError, "no derivative rule"),
])
def test_what_raises_in_other_transforms_raises_here(f, error, says):
    with pytest.raises(error) as caught:
        dr.trace(f, X)
    assert says in str(caught.value)
    assert "test_recording.py" in str(caught.value)


def test_values_die_with_the_trace():
    kept = []
    dr.trace(lambda x: kept.extend([x, x > 0]) or x, X)
    for value in kept:
        with pytest.raises(DeadTraceError, match="after the transform that made it had ended"):
            value + 1.0
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(value)


def test_an_exception_inside_closes_the_trace():
    kept = []

    def f(x):
        kept.append(x)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        dr.trace(f, X)
    with pytest.raises(DeadTraceError):
        kept[0] * 2.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (0, 3)])
def test_forms_are_kept(dtype, shape):
    x = np.full(shape, 0.7, dtype)

    def f(x):
        return np.sin(x) * 2.0 + x**2, np.sum(x), np.stack([x, x])

    program = dr.trace(f, x)
    assert_same(program(x), f(x))
    wanted = [(np.shape(y), y.dtype) for y in f(x)]
    assert [(v.shape, v.dtype) for v in program.outputs] == wanted


def test_classes_say_what_may_become_plain():
    seen = {}

    def f(x):
        for name, value in {"array": x, "scalar": x[0], "mask": x > 0, "index": np.argmax(x), "zeros": np.zeros_like(x), "stopped": np.floor(x) * 2.0}.items():
            seen[name] = type(value).__name__, hasattr(value, "__array__")
        return x

    dr.trace(f, X)
    assert seen == {"array": ("SizedRecorded", False), "scalar": ("Recorded", False), "mask": ("SizedDiscrete", True), "index": ("Discrete", False),
                    "zeros": ("SizedRecorded", False), "stopped": ("SizedDiscrete", True)}
    assert issubclass(SizedDiscrete, Discrete)
    assert issubclass(SizedRecorded, Tracer)


def test_nothing_is_kept_alive_and_there_are_no_cycles():
    traces = []

    class Watched(RecordingTrace):
        __slots__ = ("__weakref__",)

    import dualrev.plans.tracing as tracing

    original, tracing.RecordingTrace = tracing.RecordingTrace, lambda: traces.append(weakref.ref(made := Watched())) or made
    gc.collect()
    gc.disable()
    try:
        program = dr.trace(lambda x: np.sum(fill(x) * np.where(x > 0, x, M @ x)), X)
        assert [trace() for trace in traces] == [None]
        assert program(X) == np.sum(fill(X) * np.where(X > 0, X, M @ X))
    finally:
        gc.enable()
        tracing.RecordingTrace = original


def test_threads_do_not_see_one_another():
    wrong = []

    def work(k):
        for i in range(40):
            c = float(k * 100 + i)
            program = dr.trace(dr.grad(lambda x: np.sum(x**2) * c), X)
            if not np.allclose(program(ELSEWHERE), 2.0 * c * ELSEWHERE, rtol=1e-13):
                wrong.append((k, i))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_length_grows_with_the_program():
    def chain(x, n):
        for _ in range(n):
            x = np.sin(x)
        return x

    for n in (0, 10, 3000):
        program = dr.trace(lambda x, n=n: chain(x, n), 0.5)
        assert len(program.equations) == n
        assert program(0.7) == chain(0.7, n)


def test_rosen_is_rosen():
    program = dr.trace(dr.grad(rosen), X)
    np.testing.assert_allclose(program(ELSEWHERE), rosen_der(ELSEWHERE), rtol=1e-12)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(program))(ELSEWHERE), rosen_der(ELSEWHERE), rtol=1e-12)
