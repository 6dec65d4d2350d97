"""Folds, running folds, and reductions of segments: their values are NumPy's own, and their derivatives take a few operations, however long the array is."""

import numpy as np
import pytest

import dualrev as dr
from tests.rules.ways import check

FOLDED = [np.subtract, np.divide, np.fmax, np.fmin, np.hypot, np.logaddexp, np.logaddexp2]
RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 2.0, (3, 5))


def by_hand(ufunc, x):
    """All steps along the last axis, one traced call after the other."""
    y = [x[..., 0]]
    for k in range(1, x.shape[-1]):
        y.append(ufunc(y[-1], x[..., k]))
    return np.stack(y, axis=-1)


def both_agree(f, g, x, rtol=1e-12, atol=1e-14):
    """Two functions have the same derivative in both modes."""
    t = np.cos(np.arange(x.size)).reshape(x.shape)
    y, dy = dr.jvp(f, (x,), (t,))
    np.testing.assert_allclose(dy, dr.jvp(g, (x,), (t,))[1], rtol=rtol, atol=atol)
    w = np.sin(1 + np.arange(np.size(y))).reshape(np.shape(y))
    np.testing.assert_allclose(dr.vjp(f, x)[1](w)[0], dr.vjp(g, x)[1](w)[0], rtol=rtol, atol=atol)


@pytest.mark.parametrize("ufunc", [*FOLDED, np.maximum, np.minimum], ids=lambda f: f.__name__)
class TestEveryFold:
    @pytest.mark.parametrize("axis", [0, 1, -1])
    def test_all_modes(self, ufunc, axis):
        check(lambda x: ufunc.reduce(x, axis=axis), X)
        check(lambda x: ufunc.accumulate(x, axis=axis), X)
        check(lambda x: ufunc.reduce(x, axis=axis, keepdims=True, initial=0.75), X)

    def test_values_are_numpys_own(self, ufunc):
        x = RNG.uniform(0.5, 2.0, 137)
        for f in (ufunc.reduce, ufunc.accumulate, lambda x: ufunc.reduce(x, initial=0.75)):
            assert np.array_equal(dr.vjp(f, x)[0], f(x))
            assert np.array_equal(dr.jvp(f, (x,), (x,))[0], f(x))

    def test_long_ones_agree_with_their_steps(self, ufunc):
        x = RNG.uniform(0.9, 1.1, (2, 40))
        both_agree(lambda x: ufunc.accumulate(x, axis=1), lambda x: by_hand(ufunc, x), x)
        both_agree(lambda x: ufunc.reduce(x, axis=1), lambda x: by_hand(ufunc, x)[:, -1], x)

    def test_the_number_of_operations_does_not_grow(self, ufunc):
        """The gradient of a fold is recorded in as many operations for 70 entries as for 40; that of its steps grows by log2(n) at most."""
        def count(f, n):
            return len(dr.trace(dr.grad(lambda x: np.sum(f(x) ** 2)), RNG.uniform(0.9, 1.1, n)).equations)

        assert count(ufunc.reduce, 70) == count(ufunc.reduce, 40) < 60
        assert count(ufunc.accumulate, 160) <= count(ufunc.accumulate, 40) + 40

    def test_batches(self, ufunc):
        x = RNG.uniform(0.5, 2.0, (4, 6))
        for f, plain in ((ufunc.reduce, lambda x: by_hand(ufunc, x)[-1]), (ufunc.accumulate, lambda x: by_hand(ufunc, x))):
            gradient = dr.grad(lambda x, f=f: np.sum(f(x) ** 2))
            np.testing.assert_allclose(dr.vmap(gradient)(x), [gradient(row) for row in x], rtol=1e-14)
            np.testing.assert_allclose(dr.jacobian(f)(x[0]), dr.jacobian(plain)(x[0]), rtol=1e-13)

    def test_a_program_holds_elsewhere(self, ufunc):
        a, b = RNG.uniform(0.5, 2.0, (2, 6))
        for f in (ufunc.reduce, ufunc.accumulate):
            gradient = dr.grad(lambda x, f=f: np.sum(f(x) ** 2))
            np.testing.assert_allclose(dr.trace(gradient, a)(b), gradient(b), rtol=1e-14)

    def test_precision_stays(self, ufunc):
        x = X.astype(np.float32)
        for f in (ufunc.reduce, ufunc.accumulate):
            y, pullback = dr.vjp(f, x)
            assert y.dtype == pullback(y)[0].dtype == dr.jvp(f, (x,), (x,))[1].dtype == np.float32

    def test_one_entry_and_none(self, ufunc):
        np.testing.assert_array_equal(dr.jacobian(ufunc.reduce)(np.array([0.0])), [1.0])
        np.testing.assert_array_equal(dr.jacobian(ufunc.accumulate)(np.array([0.0])), [[1.0]])
        assert dr.vjp(ufunc.accumulate, np.zeros((0, 2)))[1](np.zeros((0, 2)))[0].shape == (0, 2)


class TestQuotients:
    def test_zeros_and_infinities(self):
        """What is finite in the recurrence is the same here."""
        for x in ([0.0, 2.0, 4.0], [3.0, np.inf, 2.0], [np.inf, 2.0, 4.0]):
            x = np.array(x)
            for f, g in ((np.divide.reduce, lambda x: by_hand(np.divide, x)[-1]), (np.divide.accumulate, lambda x: by_hand(np.divide, x))):
                with np.errstate(all="ignore"):
                    mine, expected = dr.jacobian(f, mode="reverse")(x), dr.jacobian(g, mode="reverse")(x)
                finite = np.isfinite(expected)
                np.testing.assert_allclose(mine[finite], expected[finite], rtol=1e-14)
                assert finite[..., 0].all()

    def test_a_zero_divisor_is_not_silent(self):
        with np.errstate(all="ignore"):
            assert not np.any(np.isfinite(dr.grad(np.divide.reduce)(np.array([1.0, 0.0, 2.0]))))

    def test_hessian_where_the_first_is_zero(self):
        hessian = dr.hessian(np.divide.reduce)(np.array([0.0, 2.0, 4.0]))
        np.testing.assert_allclose(hessian, [[0, -1 / 16, -1 / 32], [-1 / 16, 0, 0], [-1 / 32, 0, 0]], atol=1e-17)

    def test_complex(self):
        check(np.divide.reduce, RNG.normal(size=4) + 1j * RNG.normal(size=4))
        check(np.divide.accumulate, RNG.normal(size=4) + 1j * RNG.normal(size=4))

    def test_a_traced_initial_value(self):
        assert dr.grad(lambda s: np.divide.reduce(s * np.array([1.0, 4.0]), initial=s))(2.0) == pytest.approx(-1 / 16)
        assert dr.grad(lambda s: np.fmax.reduce(s * np.array([1.0, 4.0]), initial=10 * s))(2.0) == 10


class TestSums:
    def test_logaddexp_where_it_is_infinite(self):
        for x, g in (([-np.inf, 0.0, -np.inf], [0, 1, 0]), ([np.inf, 0.0, np.inf, np.inf], [1 / 3, 0, 1 / 3, 1 / 3]), ([-np.inf, -np.inf], [0.5, 0.5])):
            np.testing.assert_allclose(dr.grad(np.logaddexp.reduce)(np.array(x)), g, rtol=1e-15)
        np.testing.assert_array_equal(dr.jacobian(np.logaddexp.accumulate)(np.array([-np.inf, 0.0, np.inf])), [[1, 0, 0], [0, 1, 0], [0, 0, 1]])

    def test_logaddexp_of_numbers_far_apart(self):
        x = np.array([-2000.0, 0.0, 1.0, 1500.0, 1501.0])
        both_agree(np.logaddexp.accumulate, lambda x: by_hand(np.logaddexp, x), x)
        np.testing.assert_allclose(dr.grad(np.logaddexp.reduce)(x), [0, 0, 0, 1 / (1 + np.e), np.e / (1 + np.e)], rtol=1e-14)

    def test_weights_of_large_numbers_keep_their_digits(self):
        g = dr.grad(np.logaddexp.reduce)(1e6 + np.array([0.0, 1.0]))
        np.testing.assert_allclose(g, [1 / (1 + np.e), np.e / (1 + np.e)], rtol=1e-14)

    def test_hypot_at_zero_and_near_the_ends_of_the_range(self):
        np.testing.assert_array_equal(dr.grad(np.hypot.reduce)(np.zeros(3)), [0, 0, 0])
        np.testing.assert_array_equal(dr.jacobian(np.hypot.accumulate)(np.zeros(3)), [[1, 0, 0], [0, 0, 0], [0, 0, 0]])
        for size in (1e-310, 1e300):
            np.testing.assert_allclose(dr.grad(lambda x: np.hypot.accumulate(x)[-1])(size * np.array([3.0, 4.0, 12.0])), np.array([3, 4, 12]) / 13, rtol=1e-13)


class TestExtremes:
    def test_ties_share_equally_and_nan_is_left_out(self):
        x = np.array([2.0, np.nan, 2.0, 1.0, 2.0])
        np.testing.assert_allclose(dr.grad(np.fmax.reduce)(x), [1 / 3, 0, 1 / 3, 0, 1 / 3], rtol=1e-16)
        np.testing.assert_array_equal(dr.grad(np.fmin.reduce)(x), [0, 0, 0, 1, 0])
        long = np.tile(x, 400)
        np.testing.assert_allclose(dr.grad(np.fmax.reduce)(long), np.tile([1, 0, 1, 0, 1], 400) / 1200, rtol=1e-15)

    def test_the_first_of_ties_so_far(self):
        x = np.array([np.nan, 1.0, 3.0, np.nan, 3.0, 2.0, 5.0])
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.fmax.accumulate(x)[1:]))(x), [0, 1, 4, 0, 0, 0, 1])
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.maximum.accumulate(x)))(np.array([1.0, np.nan, 2.0, np.nan])), [1, 3, 0, 0])

    def test_what_is_not_chosen_is_a_structural_zero(self):
        for f in (np.fmax.reduce, lambda x: np.fmax.accumulate(x)[-1], lambda x: np.maximum.reduceat(x, [0])[0]):
            np.testing.assert_array_equal(dr.grad(lambda x, f=f: f(np.sqrt(x)))(np.array([0.0, 4.0])), [0.0, 0.25])
            assert dr.jvp(lambda x, f=f: f(np.sqrt(x)), (np.array([0.0, 4.0]),), (np.array([1.0, 0.0]),))[1] == 0

    @pytest.mark.parametrize("axis", [0, 1, (0, 2), None])
    @pytest.mark.parametrize("shape", [(40, 30, 2), (3, 50, 20)])
    def test_large_arrays_agree_with_a_mask(self, axis, shape):
        """Extrema that are looked up one by one give what a mask of them gives."""
        x = RNG.normal(size=shape)
        mask = x == np.max(x, axis=axis, keepdims=True)
        both_agree(lambda x: np.max(x, axis=axis), lambda x: np.sum(np.where(mask, x, 0.0), axis=axis), x)
        both_agree(lambda x: np.max(x, axis=axis, keepdims=True), lambda x: np.sum(np.where(mask, x, 0.0), axis=axis, keepdims=True), x)


SEGMENTS = [[0, 300, 600], [0, 300, 100], [500, 400, 0], [10, 11, 12], [5], [3, 3, 900], list(range(0, 1000, 7))]


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.minimum], ids=lambda f: f.__name__)
class TestSegments:
    @pytest.mark.parametrize("indices", SEGMENTS, ids=lambda x: f"{len(x)} from {x[0]}")
    @pytest.mark.parametrize("shape", [(1000,), (1000, 2)])
    def test_long_ones_agree_with_slices(self, ufunc, indices, shape):
        x = RNG.uniform(0.9, 1.1, shape)
        ends = [j if i < j else i + 1 for i, j in zip(indices, [*indices[1:], 1000], strict=True)]
        slices = lambda x: np.stack([ufunc.reduce(x[i:j]) for i, j in zip(indices, ends, strict=True)])
        assert np.array_equal(dr.vjp(lambda x: ufunc.reduceat(x, indices), x)[0], ufunc.reduceat(x, indices))
        both_agree(lambda x: ufunc.reduceat(x, indices), slices, x)

    def test_all_modes_along_an_axis(self, ufunc):
        for indices in ([0, 2], [1, 0, 3], [2, 4]):
            check(lambda x, indices=indices: ufunc.reduceat(x, indices, axis=1), X)
            check(lambda x, indices=indices: ufunc.reduceat(x, np.array(indices), axis=-1, dtype=float), X)

    def test_the_number_of_operations_does_not_grow(self, ufunc):
        count = lambda n: len(dr.trace(lambda x: ufunc.reduceat(x, np.arange(0, n, 2)), np.ones(n)).equations)
        assert count(200) == count(10)

    def test_batches_and_programs(self, ufunc):
        x = RNG.uniform(0.5, 2.0, (4, 6))
        gradient = dr.grad(lambda x: np.sum(ufunc.reduceat(x, [0, 4, 2]) ** 2))
        np.testing.assert_allclose(dr.vmap(gradient)(x), [gradient(row) for row in x], rtol=1e-14)
        np.testing.assert_allclose(dr.trace(gradient, x[0])(x[1]), gradient(x[1]), rtol=1e-14)


def test_segments_with_ties_zeros_and_nan():
    x = np.tile([2.0, 2.0, np.nan, 1.0], 300)
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.maximum.reduceat(x, [0, 2, 3])))(x[:4]), [0.5, 0.5, 1, 1])
    g = dr.grad(lambda x: np.minimum.reduceat(x, [0, 600])[1])(x)
    np.testing.assert_array_equal(g, np.where(np.isnan(x) & (np.arange(1200) >= 600), 1 / 150, 0.0))
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.multiply.reduceat(x, [0, 3])))(np.array([0.0, 2.0, 3.0, 5.0, 0.0])), [6, 0, 0, 0, 5])


@pytest.mark.parametrize("ufunc", [np.add, np.multiply], ids=lambda f: f.__name__)
def test_complex_segments(ufunc):
    z = RNG.normal(size=5) + 1j * RNG.normal(size=5)
    check(lambda z: ufunc.reduceat(z, [0, 3, 1]), z)
