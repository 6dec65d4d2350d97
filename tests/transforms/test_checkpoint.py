"""`checkpoint`: the same derivatives, fewer things kept, an error where a second run differs."""

import numpy as np
import pytest

import dualrev as dr

X = np.array([0.3, -0.8, 1.1])
W = np.array([[0.2, -0.5, 0.1], [0.7, 0.3, -0.4], [-0.1, 0.6, 0.9]])


def layer(x):
    return np.tanh(W @ x) * x[0] + np.where(x > 0, np.sin(x), 0.0)


def chained(step, n):
    def f(x):
        for _ in range(n):
            x = step(x)
        return np.sum(x**2)

    return f


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_several_stretches_in_a_row(n):
    plain, saved = chained(layer, n), chained(dr.checkpoint(layer), n)
    np.testing.assert_allclose(dr.grad(saved)(X), dr.grad(plain)(X), rtol=1e-14)
    np.testing.assert_allclose(dr.hessian(saved)(X), dr.hessian(plain)(X), rtol=1e-12, atol=1e-14)
    y, pullback = dr.vjp(saved, X)
    for _ in range(2):
        np.testing.assert_allclose(pullback(1.0)[0], dr.grad(plain)(X), rtol=1e-14)


def test_stretches_of_scalars_and_stretches_inside_stretches():
    step = dr.checkpoint(lambda x: np.sin(np.sin(x)) * 1.1)
    outer = dr.checkpoint(lambda x: step(step(x)) - step(0.5 * x))
    plain = lambda x: np.sin(np.sin(x)) * 1.1  # noqa: E731
    expected = dr.grad(lambda x: plain(plain(plain(plain(x)) - plain(0.5 * x))) - plain(0.5 * (plain(plain(x)) - plain(0.5 * x))))(0.7)
    np.testing.assert_allclose(dr.grad(lambda x: outer(outer(x)))(0.7), expected, rtol=1e-12)


def test_containers_and_closed_over_values():
    def f(w, x):
        inner = dr.checkpoint(lambda state: {"x": np.tanh(w @ state["x"]), "n": state["n"] + np.sum(w)})
        state = {"x": x, "n": 0.0}
        for _ in range(3):
            state = inner(state)
        return np.sum(state["x"]) * state["n"]

    def plain(w, x):
        n = 0.0
        for _ in range(3):
            x, n = np.tanh(w @ x), n + np.sum(w)
        return np.sum(x) * n

    for got, want in zip(dr.grad(f, (0, 1))(W, X), dr.grad(plain, (0, 1))(W, X), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13)


def test_a_second_run_that_differs_raises():
    rng = np.random.default_rng(0)
    with pytest.raises(dr.core.errors.DualrevError, match="gave another result when it was run again"):
        dr.grad(dr.checkpoint(lambda x: np.sum(x * rng.normal(size=3))))(X)


def test_values_that_leave_the_stretch_by_the_side_raise():
    kept = []

    def leaking(x):
        kept.append(x * 2)
        return np.sum(x)

    with pytest.raises(dr.core.errors.DualrevError, match="Return it from that function"):
        dr.grad(lambda x: dr.checkpoint(leaking)(x) + np.sum(kept[0]))(X)


def test_an_argument_written_to_raises():
    def writing(x):
        x *= 2
        return np.sum(x)

    with pytest.raises(dr.core.errors.DualrevError, match="writes to its argument"):
        dr.grad(lambda x: dr.checkpoint(writing)(x * 1.0))(X)


def test_arguments_written_to_afterwards_are_seen_as_they_were():
    def f(x):
        y = x * 1.0
        total = dr.checkpoint(lambda y: np.sum(y**3))(y)
        y[0] = 0.0
        return total + np.sum(y)

    np.testing.assert_allclose(dr.grad(f)(X), 3 * X**2 + np.array([0.0, 1.0, 1.0]), rtol=1e-14)


def test_large_constants_are_released_once_for_each_run():
    """They are protected in the run and again in each replay, and can be written to afterwards."""
    a = np.ones(10_000)
    part = dr.checkpoint(lambda x: x * a + np.sin(a * 2.0) * x)
    plain = part.__wrapped__
    x = np.linspace(0, 1, 10_000)
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(part(part(part(x)))))(x), dr.grad(lambda x: np.sum(plain(plain(plain(x)))))(x))
    pullback = dr.vjp(lambda x: part(part(x)), x)[1]
    np.testing.assert_array_equal(pullback(x)[0], pullback(x)[0])
    loop = dr.grad(lambda x: np.sum(dr.checkpoint_loop(lambda x, i: plain(x), x, 9, 2)))(x)
    assert np.all(np.isfinite(loop))
    a[0] = 2.0
