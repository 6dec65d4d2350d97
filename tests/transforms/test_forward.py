"""`jvp`, `derivative`, `linearize`: what they take and what they give."""

import inspect
import math

import numpy as np
import pytest

import dualrev as dr
from tests.properties.oracles import assert_close, assert_same_value

X = np.array([0.5, -1.0, 2.0])
T = np.array([1.0, 0.25, -3.0])
A = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]])


class TestJvp:
    def test_values_typed_in_by_hand(self):
        y, dy = dr.jvp(lambda x, y: x**2 + y**3, (3.0, 2.0), (1.0, 0.0))
        assert (y, dy) == (17.0, 6.0)
        assert dr.jvp(lambda x, y: x**2 + y**3, (3.0, 2.0), (0.0, 1.0))[1] == 12.0
        y, dy = dr.jvp(lambda x: A @ x, (X,), (T,))
        np.testing.assert_array_equal(dy, A @ T)

    def test_containers(self):
        y, dy = dr.jvp(lambda p, s: {"a": p[0] * s, "b": (p[1]["k"],)}, ((X, {"k": 2.0}), 3.0), ((T, {"k": 0.5}), 1.0))
        np.testing.assert_array_equal(dy["a"], T * 3 + X)
        assert dy["b"] == (0.5,)
        np.testing.assert_array_equal(y["a"], X * 3)

    def test_lists_for_tuples(self):
        assert dr.jvp(lambda x: x * x, [3.0], [1.0])[1] == 6.0

    def test_zero_tangents(self):
        y, dy = dr.jvp(np.exp, (X,), (np.zeros(3),))
        np.testing.assert_array_equal(dy, np.zeros(3))

    def test_linear_in_the_tangent(self):
        f = lambda x: np.sin(x) @ A.T * x[0]
        whole = dr.jvp(f, (X,), (2 * T - X,))[1]
        assert_close(whole, 2 * dr.jvp(f, (X,), (T,))[1] - dr.jvp(f, (X,), (X,))[1], 1e-14)

    def test_has_aux(self):
        y, dy, aux = dr.jvp(lambda x: (x**2, {"s": np.sum(x), "k": "word"}), (X,), (T,), has_aux=True)
        np.testing.assert_array_equal(dy, 2 * X * T)
        assert aux == {"s": 1.5, "k": "word"}

    def test_complex(self):
        z, t = np.array([1 + 2j, -1j]), np.array([0.5j, 1 - 1j])
        y, dy = dr.jvp(lambda z: z**3, (z,), (t,))
        np.testing.assert_allclose(dy, 3 * z**2 * t)
        y, dy = dr.jvp(lambda z: np.abs(z) ** 2, (z,), (t,))
        np.testing.assert_allclose(dy, 2 * np.real(np.conj(z) * t))
        assert dy.dtype == float
        y, dy = dr.jvp(lambda x: np.exp(1j * x), (1.0,), (1.0,))
        assert abs(dy - 1j * np.exp(1j)) < 1e-15

    def test_inputs_and_results_share_nothing(self):
        x, t = X.copy(), T.copy()
        y, dy = dr.jvp(lambda x: x, (x,), (t,))
        assert not np.shares_memory(dy, t) or not dy.flags.writeable or np.array_equal(t, T)
        y, dy = dr.jvp(lambda x: [x.__setitem__(0, 9.0), x.__imul__(2)][1], (x,), (t,))
        np.testing.assert_array_equal(x, X)
        np.testing.assert_array_equal(t, T)


class TestDerivative:
    def test_values_typed_in_by_hand(self):
        assert dr.derivative(lambda x: x**3)(2.0) == 12.0
        assert type(dr.derivative(lambda x: x**3)(2.0)) is float
        assert type(dr.derivative(lambda x: x**3)(2)) is float
        np.testing.assert_array_equal(dr.derivative(lambda s: X * s**2)(3.0), 6 * X)

    def test_orders_up_to_ten(self):
        g = lambda x: np.exp(2 * x)
        for n in range(1, 11):
            g = dr.derivative(g)
            assert abs(g(0.3) - 2.0**n * math.exp(0.6)) < 1e-9 * 2**n

    def test_polynomials_end_in_zero(self):
        g = lambda x: x**4
        for want in (32.0, 48.0, 48.0, 24.0, 0.0, 0.0):
            g = dr.derivative(g)
            assert g(2.0) == want

    def test_results_of_any_form(self):
        d = dr.derivative(lambda t: {"circle": np.stack([np.cos(t), np.sin(t)]), "t": [t, t**2]})(0.0)
        np.testing.assert_array_equal(d["circle"], [0, 1])
        assert d["t"] == [1.0, 0.0]

    def test_further_arguments_pass(self):
        assert dr.derivative(lambda x, a, *, b: a * x**b)(2.0, 3.0, b=2) == 12.0

    def test_holomorphic(self):
        assert dr.derivative(lambda z: z**2)(1 + 2j) == 2 + 4j
        assert abs(dr.derivative(np.exp)(1j) - np.exp(1j)) < 1e-15
        assert abs(dr.derivative(dr.derivative(np.sin))(1 + 1j) + np.sin(1 + 1j)) < 1e-14

    def test_it_looks_like_the_function(self):
        def curve(t):
            return t

        assert dr.derivative(curve).__name__ == "curve"
        assert list(inspect.signature(dr.derivative(curve)).parameters) == ["t"]


class TestLinearize:
    def test_it_runs_the_function_once(self):
        runs = []

        def f(x):
            runs.append(1)
            return np.sin(x) * x

        y, push = dr.linearize(f, X)
        for k in range(3):
            np.testing.assert_allclose(push(k * T), (np.cos(X) * X + np.sin(X)) * k * T)
        assert len(runs) == 1
        assert_same_value(y, f(X))

    def test_columns_of_the_jacobian(self):
        y, push = dr.linearize(lambda x: A @ x * x[0], X)
        j = dr.jacobian(lambda x: A @ x * x[0])(X)
        for k in range(3):
            assert_close(push(np.eye(3)[k]), j[:, k], 1e-15)

    def test_several_primals_and_containers(self):
        y, push = dr.linearize(lambda a, p: {"r": p["w"] * a}, 2.0, {"w": X})
        np.testing.assert_array_equal(push(1.0, {"w": T})["r"], X + 2 * T)
        np.testing.assert_array_equal(y["r"], 2 * X)

    def test_agreement_with_jvp_where_entries_are_chosen(self):
        f = lambda x: np.where(x > 0, np.sqrt(np.abs(x)), 0 * x) + np.maximum(x, 0.3) + np.max(x) * x[[0, 0, 2]]
        for x in (X, np.array([0.0, 0.0, 1.0])):
            y, push = dr.linearize(f, x)
            np.testing.assert_array_equal(push(T), dr.jvp(f, (x,), (T,))[1])

    def test_later_changes_do_not_matter(self):
        x = X.copy()
        y, push = dr.linearize(lambda x: x**3, x)
        x[...] = 50.0
        y[...] = 0
        np.testing.assert_allclose(push(T), 3 * X**2 * T)

    def test_what_it_gives_is_the_users(self):
        y, push = dr.linearize(lambda x: x, X)
        t = T.copy()
        out = push(t)
        np.testing.assert_array_equal(out, T)
        out2 = push(t)
        np.testing.assert_array_equal(out2, T)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_passes_needed_by_each_mode(n):
    """A gradient of n variables: n pushes, one pull."""
    runs = []

    def f(x):
        runs.append(1)
        return np.sum(np.sin(x) * x)

    x = np.linspace(0.1, 1, n)
    columns = [dr.jvp(f, (x,), (e,))[1] for e in np.eye(n)]
    assert len(runs) == n
    g = dr.grad(f)(x)
    assert len(runs) == n + 1
    assert_close(g, columns, 1e-15)
