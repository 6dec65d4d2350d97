"""A pullback may be called after the caller has changed the arrays it was made at: large ones are copied where the tape refers to them, and only there."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core import borrowing
from dualrev.core.errors import DualrevError

N = 40_000
X = np.random.default_rng(0).uniform(0.5, 2.0, (N // 4, 4))
stretch = dr.checkpoint(lambda x: np.sin(x) * x)
LINEAR = {"sum": np.sum, "a slice": lambda x: x[1:3], "trace": np.trace, "the same": lambda x: x, "reversed": lambda x: x[::-1].T, "scaled": lambda x: 2.0 * x}
KEEPING = {
    "square": np.square,
    "product": lambda x: x * x[::-1] * x.T.reshape(x.shape),
    "parts": lambda x: np.sin(x[1:, ::-2]) * x[:-1, ::2] ** 2,
    "real part": lambda x: np.real(x + 0j) * np.real(x),
    "windows": lambda x: np.sum(np.lib.stride_tricks.sliding_window_view(x, 3, axis=0) ** 2, axis=-1),
    "matrix product": lambda x: x.T @ x,
    "maximum": lambda x: np.max(x, axis=0),
    "einsum": lambda x: np.einsum("ij,ij->j", x, np.exp(x)),
    "concatenation": lambda x: np.concatenate([x, np.sqrt(x)]) ** 2,
    "in place": lambda x: [y := x * 1.0, y.__setitem__(0, x[1] ** 2), y * x][-1],
    "checkpoint": stretch,
    "checkpoint of two": lambda x: dr.checkpoint(lambda a, b: np.sin(a) * b["b"])(x, {"b": x[::-1]}),
    "several": lambda x: (np.cos(x), x, x[0]),
    "broadcast": lambda x: np.broadcast_to(x[0], x.shape) * x,
}


def ones(y):
    return tuple(map(np.ones_like, y)) if isinstance(y, tuple) else np.ones_like(y)


@pytest.fixture
def copies(monkeypatch):
    """Count the arrays that are copied after the function has run."""
    made = []

    class Counted(borrowing._Copies):
        def __init__(self, old):
            made.append(old)
            super().__init__(old)

    monkeypatch.setattr(borrowing, "_Copies", Counted)
    return made


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("make", [np.copy, lambda x: np.concatenate([x]).reshape(x.shape)], ids=["an array", "a view that nobody else has"])
def test_what_the_tape_does_not_need_is_not_copied(name, make, copies):
    x = make(X)
    y, pullback = dr.vjp(LINEAR[name], x)
    assert not copies
    assert not np.shares_memory(x, y)
    expected = pullback(ones(y))[0].copy()
    x[...] = np.nan
    np.testing.assert_array_equal(pullback(ones(y))[0], expected)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", KEEPING | LINEAR)
def test_changes_after_the_call_do_not_matter(name, order):
    f, x = (KEEPING | LINEAR)[name], X.copy(order=order)
    for transform, direction in ((dr.vjp, lambda y: (ones(y),)), (dr.linearize, lambda y: (np.cos(X),))):
        given = x.copy(order="K")
        y, linear = transform(f, given)
        expected, again = linear(*direction(y)), transform(f, x)[1](*direction(y))
        for part in y if isinstance(y, tuple) else (y,):
            assert not np.shares_memory(part, given)
            if part.shape:
                part[...] = np.nan
        given[...] = np.nan
        for a, b, c in zip(*(r if isinstance(r, tuple) else (r,) for r in (linear(*direction(y)), expected, again)), strict=True):
            np.testing.assert_array_equal(np.nan_to_num(a, nan=-7.0), np.nan_to_num(b, nan=-7.0))
            np.testing.assert_array_equal(a, c)


def test_complex_parts_are_views_too():
    z = X + 1j * X[::-1]
    f = lambda z: np.real(z) ** 2 * np.imag(z)
    y, pullback = dr.vjp(f, z)
    expected = pullback(ones(y))[0].copy()
    z[...] = np.nan
    np.testing.assert_array_equal(pullback(ones(y))[0], expected)


def test_a_change_inside_the_function_is_refused():
    x = X.copy()

    def f(y):
        x[0] = 7.0
        return y**2

    with pytest.raises(DualrevError, match=r"dualrev\.vjp used was about to be changed"):
        dr.vjp(f, x)
    x[0] = 7.0  # and may be written to again
    assert x.flags.writeable


def test_a_value_that_leaves_by_another_way_is_guarded():
    """What cannot be replaced, such as what a checkpointed function closes over, is compared before the walk."""
    x = X.copy()

    def f(x):
        return dr.checkpoint(lambda s: np.sum(x * np.cos(x) * s))(x[0, 0])

    y, pullback = dr.vjp(f, x)
    expected = pullback(1.0)[0].copy()
    np.testing.assert_array_equal(expected, dr.grad(f)(x))
    x[1] = 3.0
    with pytest.raises(DualrevError, match="was changed in place"):
        pullback(1.0)


def test_an_extra_result_is_the_callers():
    x = X.copy()
    _, pullback, aux = dr.vjp(lambda x: (np.sum(x), x), x, has_aux=True)
    aux[...] = 0.0
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(pullback(1.0)[0], np.ones_like(X))


def test_parts_of_larger_arrays_and_the_same_array_twice():
    whole = np.concatenate([X, X])
    part = whole[:N // 4]
    y, pullback = dr.vjp(lambda a, b: a * b, part, part)
    whole[...] = np.nan
    for g in pullback(ones(y)):
        np.testing.assert_array_equal(g, X)
    x = X.copy()
    y, pullback = dr.vjp(lambda a, b: a * b, x, x)
    x[...] = np.nan
    for g in pullback(ones(y)):
        np.testing.assert_array_equal(g, X)


def test_inside_another_transform():
    def outer(s):
        x = X.copy()
        y, pullback = dr.vjp(lambda x: x**2 * s, x)
        return np.sum(pullback(ones(X))[0])

    np.testing.assert_allclose(dr.grad(outer)(3.0), 2 * np.sum(X), rtol=1e-12)
    np.testing.assert_allclose(dr.derivative(outer)(3.0), 2 * np.sum(X), rtol=1e-12)


def view():
    """A large array that is a view of the whole of another, to which nothing else refers."""
    x = np.linspace(0.5, 2.0, 40_000).reshape(200, 200)
    assert x.base is not None
    return x


@pytest.mark.parametrize("f", [np.exp, np.sin, lambda x: x[::2] * x[1::2], lambda x: x.T @ x, lambda x: np.sum(x, axis=0) * x[3]], ids=["y", "x", "parts", "products", "row"])
def test_a_view_may_be_changed_after_the_run(f):
    x = view()
    y, pullback = dr.vjp(f, x)
    g = np.cos(np.arange(y.size)).reshape(y.shape)
    expected, value = pullback(g)[0], y.copy()
    x.base[...] = np.nan
    np.testing.assert_array_equal(pullback(g)[0], expected)
    np.testing.assert_array_equal(y, value)
    assert x.flags.writeable
    assert x.base.flags.writeable


def test_a_view_is_protected_with_its_owner_while_the_function_runs():
    x = view()

    def f(z):
        y = np.sin(z)
        x.base[0] = 0.0
        return y

    with pytest.raises(DualrevError, match="changed in place"):
        dr.vjp(f, x)
    assert x.flags.writeable
    assert x.base.flags.writeable


def test_a_view_of_what_others_refer_to_is_copied_at_once():
    whole = np.linspace(0.5, 2.0, 40_000)
    x, before = whole.reshape(200, 200), whole.copy()

    def f(z):
        y = np.sin(z)
        whole[...] = 0.0
        return y

    y, pullback = dr.vjp(f, x)
    np.testing.assert_array_equal(pullback(np.ones_like(y))[0].ravel(), np.cos(before))


def test_a_view_that_nobody_else_has_is_not_copied_before_the_run():
    x, seen = view(), []
    dr.vjp(lambda z: seen.append(z._value) or np.sum(z), x)
    assert seen[0] is x
