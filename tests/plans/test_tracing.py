"""`trace` and `Program`: arguments, names, printing, replays, derivatives, pickling, bad input."""

import dataclasses
import pickle
import tracemalloc
from collections import namedtuple

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

import dualrev as dr
from dualrev.plans.program import Program, ReplayError

X = np.array([-1.2, 1.0, 0.3])
Pair = namedtuple("Pair", "left right")


@dataclasses.dataclass
class Layer:
    W: object
    b: object


def affine(layer, x, *more, scale=2.0):
    return Pair(np.tanh(layer.W @ x + layer.b), {"sum": scale * sum(more, np.sum(x))})


LAYER = Layer(np.arange(6.0).reshape(2, 3), np.array([0.5, -0.5]))


def test_the_chapter_program_reads_as_it_was_written():
    assert str(dr.trace(lambda x: np.exp(np.sin(x**2)), 1.5)).splitlines() == [
        "<lambda>(x:float64):", "    a:float64 = x ** 2", "    b:float64 = np.sin(a)", "    c:float64 = np.exp(b)", "    return c"]


def test_lines_for_every_form_of_equation():
    def f(x, A):
        y = np.zeros_like(x)
        y[0] = -x[1]
        y[1:] = 3.0 - x[:-1]
        q = np.linalg.eigh(A).eigenvalues
        z = np.array([x[0] * q[1], 2.0])
        return z, (x @ x) * (x > 0), np.sum(y, keepdims=True), (-2.0) * x, A[..., 0], x[::2], x * np.arange(8.0)[:3], x[np.array([0, 1])]

    program = dr.trace(f, X, np.array([[2.0, 1.0], [1.0, 3.0]]))
    text = str(program)
    assert text.splitlines()[0] == "f(x:float64[3], A:float64[2,2]):"
    for line in ("a:float64[3] = np.zeros_like(x)", " = -b", " with [0] = c", "float64[2] = 3.0 - ", " with [1:] = ", "np.array([", "np.sum(", "keepdims=True)",
                 "(-2.0) * x", "A[..., 0]", "x[::2]", " * [0., 1., 2.]", "x[[0, 1]]", "bool[3] = x > 0", " @ "):
        assert line in text, line
    assert [line for line in text.splitlines() if "np.linalg.eigh(A)" in line][0].count(":float64[2") == 2
    assert text.splitlines()[-1].startswith("    return (")


def test_large_literals_print_their_form_only():
    program = dr.trace(lambda x: np.ones((30, 3)) @ x, X)
    assert "a:float64[30] = <float64[30,3]> @ x" in str(program) or "np.matmul(<float64[30,3]>, x)" in str(program)


def test_repr_is_short():
    assert repr(dr.trace(rosen, X)).startswith("<Program rosen: 1 inputs, ")


def test_containers_go_in_and_come_out():
    program = dr.trace(affine, LAYER, X, 1.0, 2.0)
    assert [v.name for v in program.inputs] == ["layer.W", "layer.b", "x", "more[0]", "more[1]"]
    other = Layer(LAYER.W + 1.0, LAYER.b * 2.0)
    found, wanted = program(other, X * 2.0, 3.0, 4.0), affine(other, X * 2.0, 3.0, 4.0)
    assert type(found) is Pair
    np.testing.assert_array_equal(found.left, wanted.left)
    assert found.right == wanted.right


def test_inputs_that_nobody_names_get_letters_that_are_free():
    program = dr.trace(np.arctan2, 1.0, 2.0)
    assert len({v.name for v in program.inputs}) == 2
    program = dr.trace(lambda b, *rest: b + rest[0]["k"], 1.0, {"k": 2.0})
    assert str(program).splitlines() == ["<lambda>(b:float64, rest[0]['k']:float64):", "    a:float64 = b + rest[0]['k']", "    return a"]
    many = dr.trace(lambda a: chain(a, 60), 1.0)
    made = [equation.outputs[0].name for equation in many.equations]
    assert made[:3] == ["b", "c", "d"]
    assert made[24:27] == ["z", "aa", "ab"]
    assert "as" not in made
    assert len(set(made)) == 60


def chain(x, n):
    for _ in range(n):
        x = x + 1.0
    return x


def test_integers_become_floats_and_the_rest_is_kept():
    program = dr.trace(lambda x, how, flag, nothing, n: x[0] * n, [1, 2], "mean", True, None, 2)
    assert [repr(v) for v in program.inputs] == ["x[0]:float64", "x[1]:float64", "'mean'", "True", "n:float64"]
    program = dr.trace(lambda x, how, flag: x * 2 if flag and how == "twice" else x, np.array([1, 2]), "twice", True)
    np.testing.assert_array_equal(program(np.array([3, 4]), "twice", True), [6.0, 8.0])
    np.testing.assert_array_equal(program(np.array([3.0, 4.0]), "twice", True), [6.0, 8.0])
    with pytest.raises(ValueError, match="recorded with the argument 'twice', got 'once'"):
        program(np.array([3, 4]), "once", True)
    with pytest.raises(ValueError, match="recorded with the argument True, got False"):
        program(np.array([3, 4]), "twice", False)


def test_python_numbers_stay_python_numbers():
    seen = []
    dr.trace(lambda x: seen.append(type(x._value)) or x, 2.0)
    assert seen == [float]
    assert dr.trace(lambda x: x * 2.0, 2.0)(3.0) == 6.0
    assert dr.trace(lambda x: x * np.float32(2.0), 2.0)(np.float64(3.0)) == 6.0


def test_the_power_of_a_negative_number_is_pythons():
    f = lambda x: (x ** (1 / 3)).real
    assert dr.trace(f, -8.0)(-27.0) == f(-27.0) == pytest.approx(1.5)


def test_a_program_keeps_its_own_point_and_constants():
    x, w = X.copy(), np.ones(3)
    program = dr.trace(lambda x: x * w, x)
    x[:] = 7.0
    w[:] = 9.0
    np.testing.assert_array_equal(program.point[0], X)
    np.testing.assert_array_equal(program(X), X)
    result = program(X)
    result[:] = 0.0
    np.testing.assert_array_equal(program(X), X)


def test_values_and_derivatives_by_name():
    program = dr.trace(lambda x, y: x**2 + y**3, 2.0, 3.0)
    assert program.values() == {"x": 2.0, "y": 3.0, "a": 4.0, "b": 27.0, "c": 31.0}
    assert program.derivatives() == {"x": 4.0, "y": 27.0, "a": 1.0, "b": 1.0, "c": 1.0}
    assert program.values(1.0, 2.0)["c"] == 9.0
    assert program.derivatives(1.0, 2.0)["y"] == 12.0


def test_derivatives_of_arrays_agree_with_the_gradient():
    program = dr.trace(lambda x: np.sum(np.where(x > 0, np.sin(x), x**2)) ** 2, X)
    slopes, values = program.derivatives(), program.values()
    np.testing.assert_allclose(slopes["x"], dr.grad(program)(X), rtol=1e-14)
    total = [equation.outputs[0].name for equation in program.equations if equation.name == "np.sum"][0]
    assert slopes[total] == pytest.approx(2.0 * values[total], rel=1e-15)
    assert all(np.shape(slope) == np.shape(values[name]) for name, slope in slopes.items())
    mask = [v.name for equation in program.equations for v in equation.outputs if v.dtype == bool]
    assert mask
    assert not set(mask) & set(slopes)


def test_tangents_of_every_variable():
    program = dr.trace(lambda x, y: x**2 + y**3, 2.0, 3.0)
    _, tangents = dr.jvp(program.values, (2.0, 3.0), (0.0, 1.0))
    assert tangents == {"x": 0.0, "y": 1.0, "a": 0.0, "b": 27.0, "c": 27.0}


@pytest.mark.parametrize("f", [lambda x: x * 2.0, lambda x: (np.sum(x), 1.0), lambda x: np.sum(x) * 1j, lambda x: 3.0, lambda x: np.argmax(x)])
def test_derivatives_need_one_real_scalar(f):
    with pytest.raises(ValueError, match="one real scalar"):
        dr.trace(f, X).derivatives()


def test_pickling():
    program = pickle.loads(pickle.dumps(dr.trace(affine, LAYER, X)))
    assert isinstance(program, Program)
    np.testing.assert_array_equal(program(LAYER, X + 1.0).left, affine(LAYER, X + 1.0).left)
    program = pickle.loads(pickle.dumps(dr.trace(dr.grad(rosen), X)))
    np.testing.assert_allclose(program(X + 1.0), rosen_der(X + 1.0), rtol=1e-12)
    assert str(program) == str(dr.trace(dr.grad(rosen), X))


def test_a_program_with_a_branch_can_be_pickled():
    program = pickle.loads(pickle.dumps(dr.trace(lambda x: x if x > 0 else -x, 1.0)))
    assert program(2.0) == 2.0
    with pytest.raises(ReplayError):
        program(-2.0)


def test_functions_with_rules_of_their_own_are_single_equations():
    @dr.custom_jvp
    def cube(x):
        return x * x * x

    @cube.defjvp
    def rule(primals, tangents):
        return cube(*primals), 30.0 * primals[0] ** 2 * tangents[0]  # wrong on purpose: it shows whose rule was used

    @dr.custom_vjp
    def square(x):
        return x * x

    square.defvjp(lambda x: (x * x, x), lambda x, g: (20.0 * x * g,))

    for f, wanted in ((cube, 30.0 * 9.0), (square, 20.0 * 3.0)):
        program = dr.trace(lambda x, f=f: f(x) + 1.0, 2.0)
        assert len(program.equations) == 2
        assert program(3.0) == f(3.0) + 1.0
        assert dr.grad(program)(3.0) == wanted
        assert dr.jvp(program, (3.0,), (1.0,))[1] == wanted


def test_stop_gradient_stays_a_stop():
    program = dr.trace(lambda x: x * dr.stop_gradient(x), 3.0)
    assert program(4.0) == 16.0
    assert dr.grad(program)(4.0) == 4.0


@pytest.mark.parametrize(("args", "error", "says"), [
    ((np.ones(4),), ValueError, r"recorded for x:float64\[3\], got x:float64\[4\]"), ((np.ones((3, 1)),), ValueError, r"got x:float64\[3,1\]"),
    ((X.astype(np.float32),), ValueError, r"got x:float32\[3\]"), ((X + 0j,), ValueError, r"got x:complex128\[3\]"), ((1.0,), ValueError, "got x:float64"),
    ((), TypeError, "structure"), ((X, X), TypeError, "structure"), (({"a": X},), TypeError, "structure"), (("text",), TypeError, "must be numeric"),
])
def test_other_arguments_are_refused(args, error, says):
    with pytest.raises(error, match=says):
        dr.trace(lambda x: x * 2.0, X)(*args)


@pytest.mark.parametrize(("call", "says"), [
    (lambda: dr.trace(3.0, X), "must be a function"), (lambda: dr.trace(lambda x: None, X), "returned None"), (lambda: dr.trace(lambda x: "text", X), "not numeric"),
    (lambda: dr.trace(lambda x: x, np.array(["a"])), "not numeric"), (lambda: dr.trace(lambda x: x), "missing 1 required"),
])
def test_bad_calls(call, says):
    with pytest.raises(TypeError, match=says):
        call()


def test_unusual_inputs_pass():
    locked = X.copy()
    locked.flags.writeable = False
    np.testing.assert_array_equal(dr.trace(lambda x: x + 1.0, locked)(locked), X + 1.0)
    np.testing.assert_array_equal(dr.trace(lambda x: x + 1.0, np.array([np.nan, np.inf]))(np.array([np.nan, 1.0])), [np.nan, 2.0])
    assert dr.trace(lambda x: np.sum(x), np.zeros(0))(np.zeros(0)) == 0.0
    assert dr.trace(lambda: np.float64(2.0))() == 2.0


def test_a_replay_forgets_what_is_not_read_any_more():
    def f(x):
        y = np.zeros_like(x, shape=(200, 50))
        y[0] = x
        for i in range(1, 200):
            y[i] = np.sin(y[i - 1]) * x
        mask = x > 0.2
        return {"last": y[-1], "chosen": np.sum(np.where(mask, x, 0.0), where=mask, initial=0.5), "input": x}

    x = np.linspace(0.1, 1.0, 50)
    program = dr.trace(f, x)
    program(x)
    tracemalloc.start()
    try:
        found = program(x)
        assert tracemalloc.get_traced_memory()[1] < 10 * 200 * 50 * 8
    finally:
        tracemalloc.stop()
    for name, value in f(x).items():
        np.testing.assert_array_equal(found[name], value)
    assert len(program.values(x)) == len(program.inputs) + len(program.equations)
