"""Bad input gets a clear error: each message names the function, the argument, the user's own line and a remedy."""

import math
import pickle
import re
import statistics

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import DeadTraceError, DualrevError, LeavesTraceError, NoRuleError

X = np.array([0.5, -1.0, 2.0])
MODES = {"grad": lambda f: dr.grad(f)(X), "jvp": lambda f: dr.jvp(f, (X,), (X,)), "vjp": lambda f: dr.vjp(f, X), "jvp of grad": lambda f: dr.jvp(dr.grad(f), (X,), (X,)),
         "grad of jvp": lambda f: dr.grad(lambda x: dr.jvp(f, (x,), (X,))[1])(X), "linearize": lambda f: dr.linearize(f, X)}
stash = []


def by_float(x):
    return float(x[0])


def by_int(x):
    return int(x[1])


def by_math(x):
    return math.sin(x[0])


def by_complex(x):
    return complex(x[0]).real


def by_index(x):
    return X[x[0]]


def by_range(x):
    return sum(range(x[2]))


def by_item_of_plain(x):
    b = np.zeros(3)
    b[1] = x[1]
    return np.sum(b)


def by_out(x):
    b = np.zeros(3)
    np.multiply(x, 2.0, out=b)
    return np.sum(b)


def by_out_of_reduction(x):
    b = np.zeros(())
    np.sum(x, out=b)
    return b


def by_at_of_plain(x):
    b = np.zeros(3)
    np.add.at(b, [0, 0, 1], x)
    return np.sum(b)


def by_tobytes(x):
    return len(x.tobytes()) * x[0]


def by_view(x):
    return np.sum(x.view(np.int64))


def by_float32_buffer(x):
    y = np.zeros_like(x, dtype=int)
    y[0] = x[0]
    return np.sum(y)


def by_pickle(x):
    pickle.dumps(x)
    return x[0]


def by_hash(x):
    return {x[0]: 1}[x[0]]


def by_trunc(x):
    return math.trunc(x[0])


def by_fractions(x):
    return statistics.mean(x)


CASES = {
    by_float: (LeavesTraceError, "float(x)", "return float(x[0])", "stop_gradient"),
    by_int: (LeavesTraceError, "int(x)", "return int(x[1])", "stop_gradient"),
    by_trunc: (LeavesTraceError, "int(x)", "return math.trunc(x[0])", "np.trunc"),
    by_fractions: (LeavesTraceError, "statistics.mean", "return statistics.mean(x)", "np.mean"),
    by_math: (LeavesTraceError, "math.sin", "return math.sin(x[0])", "np.sin"),
    by_complex: (LeavesTraceError, "complex(x)", "return complex(x[0]).real", "x + 0j"),
    by_range: (LeavesTraceError, "index", "return sum(range(x[2]))", "stop_gradient"),
    by_item_of_plain: (LeavesTraceError, "plain array", "b[1] = x[1]", "np.zeros_like(x"),
    by_out: (LeavesTraceError, "out=", "np.multiply(x, 2.0, out=b)", "np.zeros_like(x"),
    by_out_of_reduction: (LeavesTraceError, "out=", "np.sum(x, out=b)", "np.zeros_like(x"),
    by_at_of_plain: (LeavesTraceError, "np.add.at", "np.add.at(b, [0, 0, 1], x)", "np.zeros_like(x"),
    by_tobytes: (NoRuleError, "tobytes", "return len(x.tobytes()) * x[0]", "stop_gradient"),
    by_view: (NoRuleError, "view", "return np.sum(x.view(np.int64))", "stop_gradient"),
    by_float32_buffer: (LeavesTraceError, "int", "y[0] = x[0]", "float"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_leaving_the_trace(f, mode):
    error, function, line, remedy = CASES[f]
    with pytest.raises(error) as caught:
        MODES[mode](f)
    message = str(caught.value)
    assert function in message
    assert re.search(r"test_messages\.py:\d+: " + re.escape(line), message), message
    assert remedy in message
    assert isinstance(caught.value, DualrevError)


@pytest.mark.parametrize("mode", MODES)
def test_an_index_that_carries_a_derivative(mode):
    """NumPy's own error: it asks the value for an index and replaces what we raise."""
    with pytest.raises(IndexError, match="valid indices"):
        MODES[mode](by_index)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [by_pickle, by_hash], ids=lambda f: f.__name__)
def test_traced_values_are_neither_pickled_nor_hashed(f, mode):
    with pytest.raises(TypeError, match=r"pickle|hash"):
        MODES[mode](f)


class TestRules:
    @pytest.mark.parametrize("mode", ["grad", "jvp", "vjp"])
    def test_function_without_a_rule(self, mode):
        def f(x):
            return np.sum(np.isnat(x))

        with pytest.raises(NoRuleError) as caught:
            MODES[mode](f)
        message = str(caught.value)
        assert "np.isnat" in message
        assert re.search(r"test_messages\.py:\d+: return np\.sum\(np\.isnat\(x\)\)", message)
        assert "dualrev.primitive" in message

    @pytest.mark.parametrize("mode", ["grad", "jvp", "vjp"])
    def test_ufunc_without_a_rule_or_of_somebody_else(self, mode):
        mine = np.frompyfunc(lambda a: a, 1, 1)
        with pytest.raises(NoRuleError, match=r"no derivative rule.*test_messages\.py:\d+: with|no derivative rule.*test_messages\.py") as caught:
            MODES[mode](lambda x: np.sum(mine(x)))
        assert "dualrev.primitive" in str(caught.value)

    @pytest.mark.parametrize("mode", ["grad", "jvp", "vjp"])
    def test_keyword_without_a_rule(self, mode):
        row = dr.primitive(lambda x, scale=1.0: x * scale, elementwise=lambda y, x: 1.0)

        def f(x):
            return np.sum(row(x, scale=3.0))

        with pytest.raises(NoRuleError, match=r"'scale'.*test_messages\.py:\d+: return np\.sum\(row\(x, scale=3\.0\)\)"):
            MODES[mode](f)

    @pytest.mark.parametrize("mode", ["grad", "jvp", "vjp"])
    def test_argument_without_a_rule(self, mode):
        def f(x):
            return np.sum(np.ldexp(1.5, x[0]))

        with pytest.raises((NoRuleError, TypeError)) as caught:
            MODES[mode](f)
        assert "ldexp" in str(caught.value)

    @pytest.mark.parametrize("mode", ["grad", "jvp", "vjp"])
    def test_keyword_that_carries_a_derivative(self, mode):
        def f(x):
            return np.sum(np.repeat(x, x[2]))

        with pytest.raises(DualrevError) as caught:
            MODES[mode](f)
        assert re.search(r"test_messages\.py:\d+: return np\.sum\(np\.repeat\(x, x\[2\]\)\)", str(caught.value))

    @pytest.mark.parametrize("mode", ["grad", "jvp", "vjp"])
    def test_where_without_out_leaves_entries_undefined(self, mode):
        def f(x):
            return np.sum(np.sin(x, where=X > 0))

        with pytest.raises(NoRuleError, match=r"where=.*test_messages\.py:\d+: return np\.sum\(np\.sin\(x, where=X > 0\)\).*np\.where"):
            MODES[mode](f)


class TestDeadValues:
    """A traced value that was stored somewhere and is used when its transform has ended."""

    @staticmethod
    def leak(transform):
        stash.clear()

        def f(x):
            stash.extend([x, x[0], x[0] * 2.0, np.sin(x)])
            return np.sum(x)

        transform(f)
        return list(stash)

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("use", [lambda v: v + 1, lambda v: 2.0 * v, lambda v: v * v, lambda v: np.sin(v), lambda v: np.sum(v), lambda v: -v, lambda v: np.add(v, X),
        lambda v: X @ (v * np.ones(3)),
                                     lambda v: v**2, lambda v: np.stack([v, v]), lambda v: dr.grad(lambda z: np.sum(z * v))(X), lambda v: dr.jvp(lambda z: z * v, (X,), (X,)),
                                         lambda v: np.where(X > 0, v, 0)])
    def test_every_use_raises(self, use, mode):
        for value in self.leak(MODES[mode]):
            with pytest.raises(DeadTraceError, match=r"transform.*had ended.*test_messages\.py:\d+: .*has_aux"):
                use(value)

    @pytest.mark.parametrize("mode", MODES)
    def test_methods_and_writes_raise(self, mode):
        array = self.leak(MODES[mode])[0]
        for use in (lambda: array[0], lambda: array.sum(), lambda: array.T, lambda: array.__setitem__(0, 1.0), lambda: array.__iadd__(1.0), lambda: [*array]):
            with pytest.raises(DeadTraceError, match=r"transform.*had ended"):
                use()

    def test_a_gradient_of_a_dead_value(self):
        value = self.leak(MODES["grad"])[0]
        with pytest.raises(DeadTraceError):
            dr.grad(lambda x: np.sum(x**2))(value)
        with pytest.raises(DeadTraceError):
            dr.jvp(np.sin, (value,), (X,))
        with pytest.raises(DeadTraceError):
            dr.jvp(np.sin, (X,), (value,))

    def test_returned_from_a_closure(self):
        """An outer result that mixes in a value of an inner transform which has ended."""
        def f(x):
            kept = []
            dr.grad(lambda y: [kept.append(y), np.sum(y * x)][1])(x)
            return np.sum(kept[0] * x)

        with pytest.raises(DeadTraceError):
            dr.grad(f)(X)

    def test_a_dead_value_as_the_result(self):
        value = self.leak(MODES["grad"])[1]
        with pytest.raises(DeadTraceError):
            dr.grad(lambda x: value)(X)
        with pytest.raises(DeadTraceError):
            dr.jvp(lambda x: value, (X,), (X,))


class TestPlainUse:
    """What asks for no number goes on working."""

    @pytest.mark.parametrize("mode", MODES)
    def test_conditions_and_printing(self, mode):
        def f(x):
            assert repr(x)
            assert str(x[0])
            assert f"{x[0]:.3f}" == f"{dr.stop_gradient(x[0]):.3f}"
            assert bool(x[0] > 0)
            total = 0.0
            while total < 1.0:
                total = total + x[0] ** 2
            return total if x[1] < 0 else x[2]

        MODES[mode](f)

    @pytest.mark.parametrize("mode", MODES)
    def test_truth_of_several_entries_is_ambiguous_as_in_numpy(self, mode):
        with pytest.raises(ValueError, match="ambiguous"):
            MODES[mode](lambda x: x if x else -x)
