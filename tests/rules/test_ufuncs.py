"""Keywords and methods of ufuncs: honoured in both modes, or refused by name."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.agreement import Problem, examine
from dualrev.core.errors import LeavesTraceError, NoRuleError

X = np.array([[0.4, -1.2, 2.5], [1.1, 0.7, -0.3]])
Y = np.array([1.5, 0.6, -0.8])
MASK = np.array([[True, False, True], [False, True, True]])


def agree(f, *args):
    """Both modes, both orders, against differences; and the value against NumPy's."""
    examine(Problem(f, args, getattr(f, "__name__", "f"), 1e-7), 2, [], [])


class TestOuter:
    @pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide, np.arctan2, np.hypot, np.logaddexp, np.maximum], ids=lambda f: f.__name__)
    def test_outer(self, ufunc):
        agree(ufunc.outer, X, Y + 0.01)
        np.testing.assert_array_equal(dr.vjp(ufunc.outer, X, Y)[0], ufunc.outer(X, Y))

    def test_outer_with_numbers_and_lists(self):
        agree(lambda x: np.multiply.outer(x, 2.0), X)
        agree(lambda x: np.multiply.outer([1.0, 2.0], x), X)
        agree(np.add.outer, 1.5, Y)

    def test_gradient_by_hand(self):
        a, b = np.array([1.0, 2.0]), np.array([10.0, 20.0, 30.0])
        g, h = dr.grad(lambda a, b: np.sum(np.multiply.outer(a, b)), (0, 1))(a, b)
        np.testing.assert_array_equal(g, [60, 60])
        np.testing.assert_array_equal(h, [3, 3, 3])


class TestReduce:
    @pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.hypot, np.logaddexp, np.subtract], ids=lambda f: f.__name__)
    @pytest.mark.parametrize("keywords", [{}, {"axis": 1}, {"axis": -1, "keepdims": True}])
    def test_reduce(self, ufunc, keywords):
        agree(lambda x: ufunc.reduce(x, **keywords), X)

    @pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum], ids=lambda f: f.__name__)
    @pytest.mark.parametrize("keywords", [{"axis": None}, {"axis": (0, 1)}, {"initial": 0.5}, {"where": MASK, "initial": 0.2, "axis": None}])
    def test_reduce_of_all_axes_and_with_masks(self, ufunc, keywords):
        agree(lambda x: ufunc.reduce(x, **keywords), X)

    def test_other_keywords_are_refused(self):
        with pytest.raises(NoRuleError, match=r"np\.hypot\.reduce.*where="):
            dr.grad(lambda x: np.hypot.reduce(x, where=MASK[0], initial=0.0))(Y)

    def test_a_ufunc_without_a_rule_for_its_method_says_so(self):
        with pytest.raises(NoRuleError, match="reduce"):
            dr.grad(lambda x: np.arctan2.reduce(x))(Y)


class TestAccumulate:
    @pytest.mark.parametrize("ufunc", [np.subtract, np.divide, np.fmax, np.fmin, np.hypot, np.logaddexp, np.logaddexp2], ids=lambda f: f.__name__)
    def test_any_binary_ufunc(self, ufunc):
        agree(lambda x: ufunc.accumulate(x, axis=1), X)
        assert dr.vjp(ufunc.accumulate, np.zeros((0, 2)))[0].shape == (0, 2)

    @pytest.mark.parametrize("ufunc", [np.subtract, np.fmax, np.fmin, np.hypot, np.logaddexp, np.logaddexp2], ids=lambda f: f.__name__)
    @pytest.mark.parametrize("n", [33, 64, 71])
    def test_long_ones_agree_with_slice_by_slice(self, ufunc, n):
        x, t = np.random.default_rng(n).normal(size=(2, n, 2)), np.random.default_rng(1).normal(size=(2, n, 2))
        x[0, 3, 0] = np.nan if ufunc in (np.fmax, np.fmin) else x[0, 3, 0]

        def running(x):
            rows = [x[:, 0]]
            for k in range(1, n):
                rows.append(ufunc(rows[-1], x[:, k]))
            return np.stack(rows, axis=1)

        for f, plain in ((lambda x: ufunc.accumulate(x, axis=1), running), (lambda x: ufunc.reduce(x, axis=1), lambda x: running(x)[:, -1]),
                         (lambda x: ufunc.reduce(x, axis=1, initial=0.5, keepdims=True), lambda x: ufunc(0.5, running(x)[:, -1:])
                          if ufunc is not np.subtract else 0.5 - np.sum(x, axis=1, keepdims=True))):
            y, dy = dr.jvp(f, (x,), (t,))
            np.testing.assert_allclose(y, f(x), rtol=1e-13, atol=1e-13)
            np.testing.assert_allclose(dy, dr.jvp(plain, (x,), (t,))[1], rtol=1e-11, atol=1e-13)
            g = np.cos(np.arange(y.size)).reshape(y.shape)
            np.testing.assert_allclose(dr.vjp(f, x)[1](g)[0], dr.vjp(plain, x)[1](g)[0], rtol=1e-11, atol=1e-12)

    def test_what_has_no_rule_is_named_with_its_ufunc(self):
        with pytest.raises(NoRuleError, match=r"np\.arctan2\.accumulate has no derivative rule"):
            dr.grad(lambda x: np.sum(np.arctan2.accumulate(x)))(Y)
        with pytest.raises(NoRuleError, match=r"np\.logaddexp\.accumulate has no derivative rule for dtype="):
            dr.grad(lambda x: np.sum(np.logaddexp.accumulate(x, dtype=float)))(Y)

    @pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.minimum], ids=lambda f: f.__name__)
    @pytest.mark.parametrize("axis", [0, 1, -1])
    def test_accumulate(self, ufunc, axis):
        agree(lambda x: ufunc.accumulate(x, axis=axis), X)

    def test_first_of_ties_is_taken(self):
        x = np.array([1.0, 3.0, 3.0, 2.0])
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.maximum.accumulate(x)))(x), [1, 3, 0, 0])

    def test_nan_stays(self):
        x = np.array([1.0, np.nan, 3.0])
        np.testing.assert_array_equal(dr.vjp(np.maximum.accumulate, x)[0], np.maximum.accumulate(x))


class TestReduceat:
    @pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.minimum], ids=lambda f: f.__name__)
    def test_reduceat(self, ufunc):
        agree(lambda x: ufunc.reduceat(x, [0, 2, 1]), np.array([0.5, 1.5, -0.7, 2.0]))
        agree(lambda x: ufunc.reduceat(x, [0, 1], axis=1), X)


class TestAt:
    """``ufunc.at`` changes its first argument; entries named several times are updated several times."""

    @pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum], ids=lambda f: f.__name__)
    def test_in_place(self, ufunc):
        def f(x, b):
            y = x * 1.0
            ufunc.at(y, [0, 2, 0], b)
            return y

        a, b = np.array([0.5, 1.5, -0.7]), np.array([1.2, 0.4, 0.9])
        agree(f, a, b)
        np.testing.assert_allclose(dr.vjp(f, a, b)[0], f(a, b), rtol=1e-15)

    def test_of_one_argument(self):
        def f(x):
            y = x * 1.0
            np.square.at(y, [0, 0, 1])
            return y

        agree(f, np.array([0.5, 1.5, -0.7]))
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(f(x)))(np.array([2.0, 3.0, 5.0])), [32.0, 6.0, 1.0])

    @pytest.mark.parametrize("index", [[0, 2, 0], np.array([-1, 1, 2]), slice(1, None), np.array([True, True, False, True])], ids=["twice", "end", "slice", "mask"])
    def test_sums_at_any_index(self, index):
        def f(x, b):
            y = x * x
            np.add.at(y, index, b * b)
            np.subtract.at(y, 1, x[0])
            return y * np.sin(y)

        agree(f, np.array([0.5, 1.5, -0.7, 0.3]), np.array([1.2, 0.4, 0.9]))

    def test_a_sum_is_one_call(self):
        def f(x, b):
            np.add.at(x, [0, 2, 0], b)
            return x

        assert len(dr.trace(f, np.ones(3), np.ones(3)).equations) == 1

    def test_what_is_added_is_not_overwritten_by_the_cotangent_of_the_rest(self):
        def f(x):
            y = x * 1.0
            np.add.at(y, slice(0, 2), x[2:])
            return np.sum(np.sin(y) * y)

        agree(f, np.array([0.5, 1.5, -0.7, 0.3]))

    def test_zeros_that_were_not_chosen_stay_zeros(self):
        def f(x):
            y = np.sqrt(x)
            np.add.at(y, [1, 1], 1.0)
            return np.sum(np.where(x > 0, y, 0.0))

        np.testing.assert_array_equal(dr.grad(f)(np.array([0.0, 0.0, 4.0])), [0.0, 0.0, 0.25])

    @pytest.mark.parametrize("write", [lambda y, v, x: np.add.at(v, [0, 0], x[0]), lambda y, v, x: np.add.at(y, [1, 1], x[0])], ids=["through a view", "under a view"])
    def test_views_and_their_arrays_see_sums(self, write):
        def f(x):
            y = x * 1.0
            v = y[1:]
            write(y, v, x)
            return np.sum(y * y) + np.sum(np.sin(v))

        agree(f, np.array([0.5, 1.5, -0.7, 0.3]))

    def test_in_a_batch(self):
        def f(x, b):
            y = x * x
            np.add.at(y, [0, 2, 0], b * b)
            return y

        xs, bs = np.arange(8.0).reshape(2, 4), np.arange(6.0).reshape(2, 3)
        np.testing.assert_array_equal(dr.vmap(f)(xs, bs), [f(xs[0], bs[0]), f(xs[1], bs[1])])
        np.testing.assert_array_equal(dr.vmap(f, in_axes=(0, None))(xs, bs[0]), [f(xs[0], bs[0]), f(xs[1], bs[0])])

    def test_into_a_plain_array_raises(self):
        with pytest.raises(LeavesTraceError, match=r"np\.add\.at"):
            dr.grad(lambda x: np.add.at(np.zeros(3), [0], x))(1.0)


class TestKeywords:
    def test_where_with_out(self):
        def f(x):
            y = np.full_like(x, 3.0)
            return np.exp(x, out=y, where=MASK)

        agree(f, X)
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(f(x)))(X), np.where(MASK, np.exp(X), 0.0))

    def test_where_leaves_what_is_not_chosen_alone(self):
        x = np.array([0.0, 4.0])
        f = lambda x: np.sum(np.sqrt(x, out=np.zeros_like(x), where=x > 0))
        for found in (dr.grad(f)(x), [dr.jvp(f, (x,), (e,))[1] for e in np.eye(2)]):
            np.testing.assert_array_equal(found, [0.0, 0.25])

    def test_where_without_out_is_refused(self):
        for transform in (dr.grad, lambda f: lambda x: dr.jvp(f, (x,), (x,))):
            with pytest.raises(NoRuleError, match="leaves entries undefined"):
                transform(lambda x: np.sum(np.exp(x, where=MASK)))(X)

    def test_out(self):
        def f(x):
            y = np.empty_like(x)
            np.multiply(x, x, out=y)
            np.add(y, x, y)
            return y

        agree(f, X)

    def test_out_into_a_plain_array_raises(self):
        for transform in (dr.grad, lambda f: lambda x: dr.jvp(f, (x,), (x,))):
            with pytest.raises(LeavesTraceError, match="plain array"):
                transform(lambda x: np.sum(np.exp(x, out=np.empty_like(X))))(X)
            with pytest.raises(LeavesTraceError, match="plain array"):
                transform(lambda x: np.sum(np.add.reduce(x, axis=0, out=np.empty(3))))(X)

    def test_dtype(self):
        y, g = dr.value_and_grad(lambda x: np.sum(np.exp(x, dtype=np.float32)))(X)
        assert y.dtype == np.float32
        assert g.dtype == np.float64
        np.testing.assert_allclose(g, np.exp(X), rtol=1e-6)
        _, t = dr.jvp(lambda x: np.exp(x, dtype=np.float32), (X,), (np.ones_like(X),))
        assert t.dtype == np.float32

    def test_operators_and_ufuncs_agree(self):
        agree(lambda a, b: a + b - a * b / (a**2 + 1) + (-a) % 0.77 + abs(b) + np.matmul(a, b[:, None])[:, 0] @ np.ones(2), X, Y)

    def test_clip(self):
        for keywords in ({"min": -0.5}, {"max": 0.8}, {"min": -0.5, "max": 0.8}):
            agree(lambda x, k=keywords: x.clip(**k) * x, X)
        agree(lambda x, lo, hi: np.clip(x, lo, hi) * x, X, Y - 1.5, 1.05)
        with pytest.raises(NoRuleError, match=r"np\.clip.*'where'"):
            dr.grad(lambda x: np.sum(np.clip(x, 0, 1, where=MASK)))(X)

    def test_several_results(self):
        agree(lambda x: np.modf(x)[0], X)
        agree(lambda x: np.frexp(x)[0] * 3, X)
        agree(lambda x: np.divmod(x, 0.77)[1], X)
        whole = dr.vjp(lambda x: list(np.divmod(x, 0.7)), X)[0]
        np.testing.assert_array_equal(whole, np.divmod(X, 0.7))


class TestSinc:
    @pytest.mark.parametrize("x", [0.0, 1e-12, 1e-8, 1e-4, 1e-2, 0.3, 0.32, 0.64, 0.9, 1.0, 5.0])
    def test_high_orders_near_the_origin(self, x):
        """The n-th derivative is the mean of t**n cos(n pi/2 + pi x t), times pi**n, over t from 0 to 1."""
        nodes, weights = np.polynomial.legendre.leggauss(60)
        t, w = (nodes + 1) / 2, weights / 2
        f = np.sinc
        for n in range(1, 6):
            f = dr.derivative(f)
            exact = np.pi**n * np.sum(w * t**n * np.cos(n * np.pi / 2 + np.pi * x * t))
            assert f(x) == pytest.approx(exact, rel=1e-12, abs=1e-13 * np.pi**n)
