"""Keywords of reductions in both modes, and what is special about each reduction."""

import warnings

import numpy as np
import pytest

import dualrev as dr
from dualrev.agreement import Problem, examine
from dualrev.core.errors import LeavesTraceError, NoRuleError

X = np.array([[0.4, -1.2, 2.5], [1.1, 0.7, -0.3]])
MASK = np.array([[True, False, True], [False, True, True]])
AXES = [{}, {"axis": 0}, {"axis": 1}, {"axis": -1}, {"axis": (0, 1)}, {"axis": (-1, 0)}, {"axis": ()}]
REDUCTIONS = [np.sum, np.prod, np.mean, np.var, np.std, np.max, np.min, np.ptp]
SQUARED = {np.var, np.std}


def agree(f, *args):
    examine(Problem(f, args, getattr(f, "__name__", "f"), 1e-7), 2, [], [])


def both_modes(f):
    """The same error is due in both modes."""
    return [lambda: dr.grad(lambda x: np.sum(f(x)))(X), lambda: dr.jvp(f, (X,), (X,))]


@pytest.mark.parametrize("function", REDUCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_axis_and_keepdims(function, axis, keepdims):
    if axis == {"axis": ()} and function in SQUARED:
        return None  # NumPy's own value is 0 with a warning-free slope of 0 / 0
    return agree(lambda x: function(x, keepdims=keepdims, **axis), X)


@pytest.mark.parametrize("method", ["sum", "prod", "mean", "var", "std", "max", "min", "cumsum", "cumprod"])
def test_methods(method):
    agree(lambda x: getattr(x, method)(), X)
    agree(lambda x: getattr(x, method)(axis=1), X)
    agree(lambda x: getattr(x, method)(1), X)


@pytest.mark.parametrize("function", [np.sum, np.prod, np.mean, np.var, np.std], ids=lambda f: f.__name__)
@pytest.mark.parametrize("keywords", [{}, {"axis": 1}, {"axis": 0, "keepdims": True}], ids=str)
def test_where(function, keywords):
    if function in SQUARED and keywords.get("axis") == 0:
        keywords = {"axis": 0, "where": MASK[:, :1] | np.array([[False], [True]])}
    agree(lambda x: function(x, **{"where": MASK} | keywords), X)


@pytest.mark.parametrize("function", [np.max, np.min, np.sum, np.prod], ids=lambda f: f.__name__)
@pytest.mark.parametrize("initial", [-10.0, 0.25, 10.0])
def test_initial(function, initial):
    agree(lambda x: function(x, initial=initial), X)
    agree(lambda x: function(x, initial=initial, where=MASK, axis=1), X)


@pytest.mark.parametrize("function", [np.var, np.std], ids=lambda f: f.__name__)
@pytest.mark.parametrize("keywords", [{"ddof": 1}, {"correction": 1}, {"ddof": 0.5, "axis": 1}, {"correction": 1, "axis": 1, "keepdims": True}], ids=str)
def test_degrees_of_freedom(function, keywords):
    agree(lambda x: function(x, **keywords), X)


def test_mean_given_to_var():
    agree(lambda x: np.var(x, axis=1, mean=np.mean(x, axis=1, keepdims=True)), X)
    agree(lambda x, m: np.var(x, mean=m), X, 0.3)


def test_dtype():
    for function in (np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.var, np.std):
        y, t = dr.jvp(lambda x, f=function: f(x, dtype=np.float32), (X,), (X,))
        z, pullback = dr.vjp(lambda x, f=function: f(x, dtype=np.float32), X)
        assert y.dtype == z.dtype == t.dtype == np.float32
        assert pullback(np.ones_like(z))[0].dtype == np.float64
        np.testing.assert_allclose(np.sum(pullback(np.ones_like(z))[0] * X), np.sum(t), rtol=1e-4)


@pytest.mark.parametrize("function", [np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.var], ids=lambda f: f.__name__)
def test_integer_dtype_is_constant_or_refused(function):
    for call in both_modes(lambda x: function(x, dtype=int) * 1.0):
        try:
            found = call()
        except NoRuleError:
            continue
        assert not np.any(found[1] if isinstance(found, tuple) else found)


@pytest.mark.parametrize("function", [np.sum, np.mean, np.max, np.prod, np.cumsum], ids=lambda f: f.__name__)
def test_out(function):
    def f(x):
        y = np.empty_like(x, shape=(3,))
        function(x[:1] if function is np.cumsum else x, axis=0, out=y) if function is not np.cumsum else function(x[0], out=y)
        return y

    agree(f, X)
    for call in both_modes(lambda x: function(x[0], out=np.empty(3) if function is np.cumsum else np.empty(()))):
        with pytest.raises(LeavesTraceError, match="plain array"):
            call()


def test_a_traced_keyword_is_refused():
    with pytest.raises(LeavesTraceError, match="carries a derivative"):  # NumPy looks at X only
        dr.grad(lambda x: np.sum(X, initial=x) + x)(1.0)
    with pytest.raises(NoRuleError, match="'initial'"):
        dr.jvp(lambda x: np.prod(x * X, initial=x), (1.0,), (1.0,))


def test_axis_out_of_range():
    for function in (*REDUCTIONS, np.cumsum, np.cumprod, np.sort, np.diff):
        with pytest.raises(np.exceptions.AxisError):
            dr.grad(lambda x, f=function: np.sum(f(x, axis=2)))(X)


class TestExtrema:
    def test_ties_with_initial_share_too(self):
        assert dr.grad(lambda x: np.max(x, initial=2.0))(np.array([2.0, 1.0])).tolist() == [0.5, 0.0]

    def test_nan(self):
        x = np.array([1.0, np.nan, 2.0])
        assert np.isnan(dr.value_and_grad(np.max)(x)[0])
        np.testing.assert_array_equal(dr.grad(np.max)(x), [0, 1, 0])

    def test_infinities(self):
        np.testing.assert_array_equal(dr.grad(np.max)(np.array([np.inf, 1.0, np.inf])), [0.5, 0, 0.5])

    def test_what_is_not_chosen_is_a_structural_zero(self):
        f = lambda x: np.max(np.sqrt(x))
        np.testing.assert_array_equal(dr.grad(f)(np.array([0.0, 4.0])), [0.0, 0.25])
        assert dr.jvp(f, (np.array([0.0, 4.0]),), (np.array([1.0, 0.0]),))[1] == 0


class TestProducts:
    def test_zeros_are_exact(self):
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.prod(x, axis=1)))(np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 5.0]])), [[6, 0, 0], [0, 0, 0]])
        np.testing.assert_array_equal(dr.jvp(np.cumprod, (np.array([2.0, 0.0, 3.0, 0.0, 5.0]),), (np.ones(5),))[1], [1, 2, 6, 0, 0])

    def test_long_cumprod_needs_few_steps(self):
        """Doubling, not a step an entry: the derivative of 4,000 factors in reverse mode and in second order."""
        x = 1 + 1e-4 * np.sin(np.arange(4000.0))
        g = dr.grad(lambda x: np.cumprod(x)[-1])(x)
        np.testing.assert_allclose(g, np.prod(x) / x, rtol=1e-11)
        assert np.all(np.isfinite(dr.jvp(dr.grad(lambda x: np.sum(np.cumprod(x))), (x,), (x,))[1]))

    def test_initial_scales(self):
        np.testing.assert_array_equal(dr.grad(lambda x: np.prod(x, initial=10.0))(np.array([2.0, 3.0])), [30.0, 20.0])


class TestSpread:
    def test_constant_rows(self):
        x = np.array([[2.0, 2.0], [1.0, 3.0]])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.std(x, axis=1)))(x), [[0, 0], [-0.5, 0.5]])

    def test_complex(self):
        z = np.array([0.4 + 1j, -1.2 - 0.5j, 2.5 + 0.1j])
        agree(np.var, z)
        agree(np.std, z)
        assert dr.vjp(np.var, z)[0].dtype == float


class TestDifferences:
    @pytest.mark.parametrize("keywords", [{}, {"n": 2}, {"axis": 0}, {"prepend": 0.0}, {"append": X[:, :1]}, {"n": 5},
                                          {"n": 0, "prepend": 0.5}, {"n": 0, "append": 1.5, "axis": 0}], ids=str)
    def test_diff(self, keywords):
        y = dr.vjp(lambda x: np.diff(x, **keywords), X)[0]
        np.testing.assert_array_equal(y, np.diff(X, **keywords))
        agree(lambda x: np.diff(x, **keywords), X)

    def test_a_negative_order_and_a_plain_list(self):
        with pytest.raises(ValueError, match="non-negative"):
            dr.grad(lambda x: np.sum(np.diff(x, -1)))(X)
        assert dr.grad(lambda a: np.sum(np.diff([1.0, 4.0], prepend=a)))(0.5) == -1

    def test_the_ends_are_differentiated_too(self):
        agree(lambda x, a: np.diff(x, prepend=a, append=a**2), X, 0.5)
        agree(lambda x, a: np.ediff1d(x, to_end=a, to_begin=2 * a), X, np.array([0.5]))

    def test_trapezoid(self):
        x = np.array([0.0, 0.5, 2.0])
        agree(np.trapezoid, X, x)
        agree(lambda y: np.trapezoid(y, dx=0.1, axis=0), X)
        np.testing.assert_allclose(dr.vjp(lambda y: np.trapezoid(y, x), X)[0], np.trapezoid(X, x), rtol=1e-15)


@pytest.mark.parametrize("function", [*REDUCTIONS, np.amax, np.amin])
@pytest.mark.parametrize("axis", [0, -1, (-1, 0), ()])
def test_the_axis_by_its_place(function, axis):
    for arguments in ((axis,), (axis, None, True) if function in (np.max, np.min, np.amax, np.amin, np.ptp) else (axis, None, None)):
        slopes = dr.grad(lambda x, arguments=arguments: np.sum(function(x, *arguments) ** 2))(X)
        np.testing.assert_array_equal(slopes, dr.grad(lambda x, arguments=arguments: np.sum(function(x, axis=axis, keepdims=len(arguments) == 3 and arguments[2] is True) ** 2))(X))
