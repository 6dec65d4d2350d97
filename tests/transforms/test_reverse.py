"""`vjp`, `grad`, `value_and_grad`, `elementwise_grad`: what they take and what they give."""

import inspect

import numpy as np
import pytest

import dualrev as dr
from tests.properties.oracles import assert_close, assert_same_value

X = np.array([0.5, -1.0, 2.0])
A = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]])


def half_square(x):
    """Half the squared norm."""
    return 0.5 * x @ x


class TestGrad:
    def test_values_typed_in_by_hand(self):
        assert dr.grad(lambda x: x**3)(2.0) == 12.0
        assert dr.grad(np.sin)(0.0) == 1.0
        assert dr.grad(lambda x: np.exp(np.sin(x**2)))(1.5) == pytest.approx(np.exp(np.sin(2.25)) * np.cos(2.25) * 3.0, rel=1e-15)
        np.testing.assert_array_equal(dr.grad(half_square)(X), X)
        np.testing.assert_allclose(dr.grad(lambda x: x[0] ** 2 + x[1] ** 3)(np.array([3.0, 2.0])), [6, 12])

    def test_argnums(self):
        f = lambda a, b, c: a * b**2 * c**3
        assert dr.grad(f)(2.0, 3.0, 4.0) == 9 * 64
        assert dr.grad(f, 1)(2.0, 3.0, 4.0) == 2 * 6 * 64
        assert dr.grad(f, -1)(2.0, 3.0, 4.0) == 2 * 9 * 48
        assert dr.grad(f, (0, 2))(2.0, 3.0, 4.0) == (9 * 64, 2 * 9 * 48)
        assert dr.grad(f, [2, 0])(2.0, 3.0, 4.0) == (2 * 9 * 48, 9 * 64)
        assert dr.grad(f, "b")(2.0, 3.0, 4.0) == 2 * 6 * 64
        assert dr.grad(f, ("c", "a"))(2.0, b=3.0, c=4.0) == (2 * 9 * 48, 9 * 64)
        assert dr.grad(f, (1,))(2.0, 3.0, 4.0) == (2 * 6 * 64,)

    def test_keyword_arguments_pass(self):
        f = lambda x, *, scale=1.0, power=2: scale * np.sum(x**power)
        np.testing.assert_array_equal(dr.grad(f)(X, scale=3.0), 6 * X)
        assert dr.grad(f, "scale")(X, scale=3.0) == np.sum(X**2)
        np.testing.assert_array_equal(dr.grad(f)(X, power=3), 3 * X**2)

    def test_other_arguments_may_be_anything(self):
        f = lambda x, name, flags, k: np.sum(x) * {"a": 2.0}[name] if flags is None else k
        np.testing.assert_array_equal(dr.grad(f)(X, "a", None, object()), [2, 2, 2])

    def test_has_aux(self):
        f = lambda x: (np.sum(x**2), {"twice": 2 * x, "text": "ok", "n": 3})
        g, aux = dr.grad(f, has_aux=True)(X)
        np.testing.assert_array_equal(g, 2 * X)
        assert_same_value(aux["twice"], 2 * X)
        assert aux["text"] == "ok"
        assert aux["n"] == 3
        (value, aux), g = dr.value_and_grad(f, has_aux=True)(X)
        assert value == np.sum(X**2)
        assert aux["text"] == "ok"
        assert dr.grad(lambda x: (x**2, None), has_aux=True)(3.0) == (6.0, None)

    def test_aux_keeps_the_derivatives_of_outer_levels(self):
        assert dr.grad(lambda x: dr.grad(lambda y: (y * x, x**2 * y), has_aux=True)(x)[1])(2.0) == 12.0

    def test_it_looks_like_the_function(self):
        for transform in (dr.grad, dr.value_and_grad, dr.elementwise_grad):
            g = transform(half_square)
            assert g.__name__ == "half_square"
            assert g.__wrapped__ is half_square
            assert list(inspect.signature(g).parameters) == ["x"]

    def test_callables_of_all_kinds(self):
        class Model:
            def __call__(self, x):
                return x**2

            def method(self, x):
                return x**3

        import functools

        assert dr.grad(Model())(3.0) == 6.0
        assert dr.grad(Model().method)(3.0) == 27.0
        assert dr.grad(functools.partial(np.power, 3.0))(2.0) == pytest.approx(9 * np.log(3))
        assert dr.grad(np.tanh)(0.0) == 1.0
        assert dr.grad(np.sum)(X).tolist() == [1, 1, 1]

    def test_complex_input(self):
        """df/dx - i df/dy."""
        assert dr.grad(lambda z: np.abs(z) ** 2)(1 + 2j) == 2 - 4j
        assert dr.grad(np.abs)(0j) == 0
        assert dr.grad(np.real)(1 + 2j) == 1
        assert dr.grad(np.imag)(1 + 2j) == -1j
        z = np.array([1 + 2j, -0.5j])
        g = dr.grad(lambda z: np.sum(np.real(z**3)))(z)
        np.testing.assert_allclose(g, 3 * z**2)
        assert g.dtype == complex

    def test_the_value_is_the_plain_one(self):
        for x in (X, X.astype(np.float32), np.float64(2.0)):
            f = lambda x: np.sum(np.exp(x) / (1 + x**2))
            assert_same_value(dr.value_and_grad(f)(x)[0], f(x))

    def test_an_argument_that_is_not_used(self):
        assert dr.grad(lambda a, b: a * 2, (0, 1))(1.0, 5.0) == (2.0, 0.0)
        np.testing.assert_array_equal(dr.grad(lambda a, b: a * 2, 1)(1.0, X), np.zeros(3))

    def test_the_argument_itself_as_result(self):
        assert dr.grad(lambda x: x)(3.0) == 1.0
        np.testing.assert_array_equal(dr.vjp(lambda x: (x, x), X)[1]((X, 2 * X))[0], 3 * X)
        np.testing.assert_array_equal(dr.vjp(lambda x: [x, np.sin(x), x], X)[1]([X, X, X])[0], 2 * X + X * np.cos(X))

    def test_many_uses_of_one_value_add_up(self):
        assert dr.grad(lambda x: sum([x] * 50) + x * x * x)(2.0) == 62.0
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(np.concatenate([x] * 5)))(X), [5, 5, 5])


class TestVjp:
    def test_rows_of_the_jacobian(self):
        y, pullback = dr.vjp(lambda x: A @ x, X)
        assert_same_value(y, A @ X)
        for k in range(2):
            np.testing.assert_array_equal(pullback(np.eye(2)[k])[0], A[k])

    def test_several_primals_and_containers(self):
        y, pullback = dr.vjp(lambda a, p: {"y": p["w"] * a, "z": [a]}, 2.0, {"w": X})
        ga, gp = pullback({"y": np.ones(3), "z": [10.0]})
        assert ga == np.sum(X) + 10
        assert type(ga) is float
        np.testing.assert_array_equal(gp["w"], [2, 2, 2])

    def test_it_may_be_called_often_and_keeps_what_it_gave(self):
        y, pullback = dr.vjp(lambda x: x * np.sin(x), X)
        first = pullback(np.ones(3))[0]
        kept = first.copy()
        second = pullback(2 * np.ones(3))[0]
        np.testing.assert_array_equal(first, kept)
        np.testing.assert_array_equal(second, 2 * first)
        assert not np.shares_memory(first, second)
        first[...] = 0
        np.testing.assert_array_equal(pullback(np.ones(3))[0], kept)

    @pytest.mark.parametrize("f", [np.abs, np.exp, np.square, lambda x: x, lambda x: x[1:], lambda x: [y := np.square(x), y[1:]], lambda x: [y := np.square(x), y]])
    def test_the_values_may_be_written_to(self, f):
        for transform in (dr.vjp, dr.linearize):
            x = X.copy()
            y, derivative = transform(f, x)
            parts = y if isinstance(y, list) else [y]
            ones = [np.ones_like(part) for part in parts] if transform is dr.vjp else np.ones(3)
            ask = lambda: derivative(ones if isinstance(y, list) or transform is dr.linearize else ones[0])  # noqa: E731
            before = ask()
            for k, part in enumerate(parts):
                part[...] = 99.0
                assert not any(np.shares_memory(part, other) for other in parts[:k])
            np.testing.assert_array_equal(np.concatenate([np.ravel(a) for a in ask()]), np.concatenate([np.ravel(a) for a in before]))
            np.testing.assert_array_equal(x, X)

    def test_the_cotangent_is_untouched(self):
        for f in (lambda x: x, lambda x: x + 1, lambda x: [y := x.copy(), y.__setitem__(0, 3.0), y][-1], lambda x: np.sort(x) if False else x[::-1], lambda x: x.reshape(3, 1),
            lambda x: -x, lambda x: np.where(X > 0, x, 0)):
            y, pullback = dr.vjp(f, X)
            v = np.ones(np.shape(y))
            pullback(v)
            np.testing.assert_array_equal(v, np.ones(np.shape(y)))

    def test_later_changes_of_the_primals_do_not_matter(self):
        """What the tape keeps is the caller's own array where possible: the derivative is taken at the point of the call."""
        x = X.copy()
        y, pullback = dr.vjp(lambda x: x**3, x)
        x[...] = 100.0
        np.testing.assert_allclose(pullback(np.ones(3))[0], 3 * X**2)

    def test_later_changes_of_closed_over_arrays_inside_the_function(self):
        """A plain buffer that is used, changed and used again: each use counts with its value of the time."""
        def f(x):
            w = np.ones(3)
            total = np.sum(x * w)
            w *= 10
            total = total + np.sum(x**2 * w)
            w[0] = -7.0
            return total

        want = 1 + 20 * X
        np.testing.assert_allclose(dr.grad(f)(X), want)
        np.testing.assert_allclose(dr.vjp(f, X)[1](np.float64(1.0))[0], want)
        np.testing.assert_allclose(dr.jvp(f, (X,), (np.ones(3),))[1], np.sum(want))
        np.testing.assert_allclose(dr.linearize(f, X)[1](np.ones(3)), np.sum(want))

    def test_later_changes_of_index_and_mask_arrays(self):
        def f(x):
            index, mask = np.array([0, 1]), np.array([True, False, True])
            y = np.sum(x[index] * 3) + np.sum(x[mask] ** 2) + np.sum(np.where(mask, x, 0))
            index[:] = 2
            mask[:] = False
            return y

        np.testing.assert_allclose(dr.grad(f)(X), np.array([3, 3, 0]) + 2 * X * [1, 0, 1] + [1, 0, 1])

    def test_later_changes_of_a_value_that_came_out(self):
        y, pullback = dr.vjp(lambda x: np.exp(x), X)
        y[...] = 0
        np.testing.assert_allclose(pullback(np.ones(3))[0], np.exp(X))

    def test_has_aux(self):
        y, pullback, aux = dr.vjp(lambda x: (2 * x, x[0] * 7), X, has_aux=True)
        assert aux == 3.5
        np.testing.assert_array_equal(pullback(np.ones(3))[0], [2, 2, 2])


class TestElementwiseGrad:
    def test_it_is_the_diagonal(self):
        for f in (np.sin, lambda x: x**3 / (1 + x**2), lambda x: np.where(x > 0, x, x**2)):
            assert_close(dr.elementwise_grad(f)(X), np.diag(dr.jacobian(f)(X)), 1e-15)

    def test_nesting(self):
        g = np.sin
        for want in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin):
            g = dr.elementwise_grad(g)
            assert_close(g(X), want(X), 1e-14)

    def test_scalars_and_argnums(self):
        assert dr.elementwise_grad(np.square)(3.0) == 6.0
        np.testing.assert_array_equal(dr.elementwise_grad(lambda a, b: a * b, 1)(X, 2 * X), X)


def test_shared_subexpressions_cost_one_pass_each():
    """2^60 paths, 60 nodes."""
    def f(x):
        for _ in range(60):
            x = x + x
        return x

    assert dr.grad(f)(1.0) == 2.0**60
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(f(x)))(X), np.full(3, 2.0**60))
