"""SciPy's functions under their own names: what a mirrored function is, and what it does with its arguments."""

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.core.rows import TABLE, composite
from dualrev.scipy.mirror import dispatched, mirror


def test_plain_arguments_give_what_scipy_gives():
    x = np.array([[1.0, 2.0, 4.0]], dtype=np.float32)
    y = dr.scipy.special.softmax(x, axis=1)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, scipy.special.softmax(x, axis=1))
    assert inspect.signature(dr.scipy.special.softmax) == inspect.signature(scipy.special.softmax)


def test_names_are_scipys():
    softmax = dr.scipy.special.softmax
    assert softmax.__wrapped__ is scipy.special.softmax
    assert TABLE[softmax].name == "dr.scipy.special.softmax"
    assert "scipy.special.softmax" in softmax.__doc__
    assert pickle.loads(pickle.dumps(softmax)) is softmax


def test_arguments_by_name_and_in_lists():
    a, b = np.eye(2), np.array([[2.0]])

    def f(q):
        return np.sum(dr.scipy.linalg.solve_sylvester(q=[[q], [q * q]], b=b, a=a.tolist()))

    assert dr.grad(f)(3.0) == pytest.approx((1 + 6) / 3)
    assert dr.derivative(f)(3.0) == pytest.approx((1 + 6) / 3)
    assert dr.trace(f, 3.0)(5.0) == pytest.approx((5 + 25) / 3)


def test_what_needs_no_help_is_scipys_own():
    assert dr.scipy.special.gammaln is scipy.special.gammaln
    assert dr.scipy.linalg.LinAlgError is scipy.linalg.LinAlgError
    assert "gammaln" in dir(dr.scipy.special)
    assert "special" in dir(dr.scipy)


def test_names_that_scipy_lacks_are_no_names():
    with pytest.raises(AttributeError, match="dualrev.scipy.linalg has no 'cholesk'"):
        _ = dr.scipy.linalg.cholesk
    with pytest.raises(AttributeError, match="dualrev.scipy has no 'linag'"):
        _ = dr.scipy.linag


@pytest.fixture
def invented():
    """A mirrored function with a keyword that no rule knows, and two that change nothing."""
    def function(a, b=1.0, *, power=1, check_finite=True, overwrite_a=False):
        """Multiply."""
        seen.append((check_finite, overwrite_a))
        return np.asarray(a) * b**power

    seen = []
    call = mirror(function, room="linalg", name="invented")
    composite(call, lambda t, y, a, b: t * b, lambda t, y, a, b: a * t)
    yield call, seen
    del TABLE[call]


def test_keywords_that_change_the_value_are_honoured_or_raise(invented):
    call, seen = invented
    assert dr.grad(lambda a: call(a, 3.0, power=1))(2.0) == 3.0
    with pytest.raises(NoRuleError, match=r"dr.scipy.linalg.invented has no derivative rule for the keyword 'power' \(at test_mirror.py"):
        dr.grad(lambda a: call(a, 3.0, power=2))(2.0)


def test_keywords_that_change_nothing_reach_scipy_and_no_rule(invented):
    call, seen = invented
    assert dr.grad(lambda a: call(a, b=3.0, check_finite=False, overwrite_a=True))(2.0) == 3.0
    assert seen == [(False, False)], "the tape keeps the argument, so that it must not be overwritten"
    assert dr.grad(dr.grad(lambda a: call(a, a, check_finite=False)))(2.0) == 2.0
    assert call(2.0, 3.0, overwrite_a=True) == 6.0
    assert seen[-1] == (True, True)


def test_wrong_calls_get_pythons_own_error(invented):
    call, _ = invented
    with pytest.raises(TypeError, match="unexpected keyword argument 'pover'"):
        dr.grad(lambda a: call(a, 3.0, pover=2))(2.0)


def test_functions_without_a_row_raise_for_traced_values_only():
    call = mirror(lambda a: a, room="linalg", name="later")
    assert call(2.0) == 2.0
    with pytest.raises(NoRuleError, match="dr.scipy.linalg.later has no derivative rule"):
        dr.grad(call)(2.0)


def test_building_blocks():
    @dispatched
    def cubed(x):
        return np.asarray(x) ** 3

    composite(cubed, lambda t, y, x: 3 * x**2 * t)
    assert cubed(2.0) == 8.0
    assert dr.grad(dr.derivative(cubed))(2.0) == 12.0
    del TABLE[cubed]


def test_rooms_are_imported_when_they_are_used():
    code = "import sys, dualrev as dr; print([m for m in sys.modules if m.startswith('dualrev.scipy.')]); dr.scipy.linalg; print('dualrev.scipy.linalg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "True"]
