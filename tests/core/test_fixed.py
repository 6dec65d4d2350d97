"""Tapes that outlive their call own derivatives instead of copies, where these take no longer."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core import borrowing

N = 40_000
X = np.random.default_rng(0).uniform(0.5, 2.0, (N // 4, 4))
Y = np.random.default_rng(1).uniform(0.5, 2.0, (N // 4, 4))
FIXED = {
    "square": np.square, "reciprocal": np.reciprocal, "sqrt": np.sqrt, "cbrt": np.cbrt, "absolute": lambda x: np.abs(x - 1.0), "divide": np.divide,
    "divided by": lambda x: 2.0 / x, "maximum": np.maximum, "fmin": np.fmin, "maximum with a number": lambda x: np.maximum(x, 1.0),
    "maximum with itself": lambda x: np.maximum(x, x), "clip": lambda x: np.clip(x, 0.7, 1.3), "relu": lambda x: dr.nn.functional.relu(x - 1.0), "max": np.max,
    "min of parts": lambda x: np.min(x[::2]), "max of columns": lambda x: np.max(x, axis=0), "ptp": np.ptp, "fmax.reduce": lambda x: np.fmax.reduce(x, axis=None),
    "max of columns, kept": lambda x: np.max(x.reshape(100, -1), axis=1, keepdims=True), "max of all, kept": lambda x: np.max(x, keepdims=True),
    "max of two axes": lambda x: np.max(x.reshape(10, 20, -1), axis=(0, 2)), "maximum.reduceat": lambda x: np.maximum.reduceat(x.ravel(), [0, 700, 20_000]),
    "several": lambda x: (np.sqrt(x), np.square(x), x * 1.0),
    "a long chain": lambda x, y: np.sqrt(np.maximum(x, y)) / np.square(y) - np.reciprocal(x) * np.clip(x, 0.6, 1.9),
}
COPIED = {"tied maximum": lambda x: np.max(np.concatenate([x, x])), "absolute with zeros": lambda x: np.abs(x - x[0]), "product": lambda x, y: x * y, "sine": np.sin}


def parts(y):
    return y if isinstance(y, tuple) else (y,)


def arguments(f):
    return (X.copy(), Y.copy())[: 2 if isinstance(f, np.ufunc) and f.nin == 2 else max(1, getattr(getattr(f, "__code__", None), "co_argcount", 1))]


@pytest.fixture
def copies(monkeypatch):
    """Count the arrays that are copied after the function has run."""
    made = []

    class Counted(borrowing._Copies):
        def of(self, a):
            r = super().of(a)
            if r is not a and self not in made:
                made.append(self)
            return r

    monkeypatch.setattr(borrowing, "_Copies", Counted)
    return made


@pytest.mark.parametrize("name", [name for name in FIXED if name not in ("several", "a long chain")])
def test_no_copies_are_made(name, copies):
    f = FIXED[name]
    dr.vjp(f, *arguments(f))
    assert not copies


@pytest.mark.parametrize("name", FIXED | COPIED)
def test_the_derivative_is_that_of_the_tape_without_them(name, monkeypatch):
    """Against the same tape walked at once, whose rules read the arrays themselves; to the last bit or nearly."""
    f = (FIXED | COPIED)[name]
    xs = arguments(f)
    rng = np.random.default_rng(2)
    y = parts(f(*xs))
    gs = tuple(rng.normal(size=np.shape(part)) for part in y)
    ts = tuple(rng.normal(size=x.shape) for x in xs)

    def total(*xs):
        return sum(np.sum(g * part) for g, part in zip(gs, parts(f(*xs)), strict=True))

    want, moved = dr.grad(total, tuple(range(len(xs))))(*xs), dr.jvp(f, xs, ts)[1]
    given = tuple(x.copy() for x in xs)
    value, pullback = dr.vjp(f, *given)
    _, pushforward = dr.linearize(f, *given)
    for part in (*parts(value), *given):
        if np.shape(part):
            part[...] = np.nan  # what belongs to the caller
    seed = gs if isinstance(value, tuple) else gs[0]
    for _ in range(2):
        for a, b in zip(pullback(seed), want, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)
        for a, b in zip(parts(pushforward(*ts)), parts(moved), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ["square", "divide", "maximum", "clip", "max", "max of columns", "max of columns, kept", "maximum.reduceat"])
def test_batches_and_derivatives_of_the_pullback(name):
    f = FIXED[name]
    xs = arguments(f)
    y, pullback = dr.vjp(f, *xs)
    rng = np.random.default_rng(3)
    gs = rng.normal(size=(3, *np.shape(y)))
    many = dr.vmap(pullback)(gs)
    for k in range(3):
        for a, b in zip(many, pullback(gs[k]), strict=True):
            np.testing.assert_allclose(a[k], b, rtol=1e-14)
    one = gs[0] if np.shape(y) else float(gs[0])
    other = gs[1] if np.shape(y) else float(gs[1])
    for a, b in zip(dr.jvp(pullback, (one,), (other,))[1], pullback(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_slopes_that_are_not_finite_stay_behind_what_was_not_chosen():
    x = X.copy()
    x[0] = 0.0
    f = lambda x: np.where(x > 0, np.sqrt(x), 0.0)  # noqa: E731
    _, pullback = dr.vjp(f, x)
    np.testing.assert_array_equal(pullback(np.ones_like(x))[0][0], 0.0)
    np.testing.assert_array_equal(dr.linearize(f, x)[1](np.ones_like(x))[0], 0.0)
    assert np.all(np.isinf(dr.vjp(np.sqrt, x)[1](np.ones_like(x))[0][0]))


def test_values_of_other_levels_are_left_to_their_rules():
    """The slope depends on what an outer transform differentiates."""
    x = X.copy()
    outer = lambda s: np.sum(dr.vjp(lambda x: np.square(x * s) / x, x)[1](np.ones_like(x))[0])  # noqa: E731
    assert dr.derivative(outer)(1.5) == pytest.approx(2 * 1.5 * x.size, rel=1e-12)
    second = dr.jvp(lambda x: dr.vjp(np.square, x)[1](np.ones_like(x))[0], (x,), (np.ones_like(x),))[1]
    np.testing.assert_allclose(second, 2.0, rtol=1e-14)


def test_memory_order_does_not_matter():
    x = np.asfortranarray(X)
    for f in (np.max, np.square, lambda x: np.maximum(x, Y)):
        y, pullback = dr.vjp(f, x)
        want = dr.vjp(f, X.copy())[1](np.ones_like(y))[0]
        np.testing.assert_array_equal(pullback(np.ones_like(y))[0], want)
