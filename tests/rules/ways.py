"""One check for any function: values, both modes and all second-order nestings, against differences and against each other."""

import numpy as np

import dualrev as dr


def draw(rng, like):
    """A random direction in the form of an array."""
    like = np.asarray(like)
    t = rng.normal(size=like.shape)
    return (t + 1j * rng.normal(size=like.shape) if like.dtype.kind == "c" else t).astype(like.dtype)[()]


def pairing(g, t):
    """Re sum(g t), the pairing of cotangents with tangents, over tuples."""
    return sum(np.sum(np.real(a * b)) for a, b in zip(g, t, strict=True))


def moved(xs, ts, h):
    return tuple(x + h * t for x, t in zip(xs, ts, strict=True))


def difference(f, xs, ts, h):
    """The derivative of f along ts, by central differences extrapolated to the order h^6; f returns a tuple of arrays."""
    def slope(step):
        return [(p - m) / (2 * step) for p, m in zip(f(*moved(xs, ts, step)), f(*moved(xs, ts, -step)), strict=True)]

    one, two, four = slope(h), slope(2 * h), slope(4 * h)
    return [(64 * a - 20 * b + c) / 45 for a, b, c in zip(one, two, four, strict=True)]


def close(a, b, rtol=1e-7):
    for p, q in zip(a, b, strict=True):
        size = np.max(np.abs(q), initial=1.0)
        np.testing.assert_allclose(p, q, rtol=rtol, atol=rtol * size)


def as_tuple(f):
    def function(*xs):
        y = f(*xs)
        return tuple(y) if isinstance(y, (tuple, list)) else (y,)

    return function


def check(f, *xs, h=2e-3, rtol=1e-7, symmetric=False, seed=0):
    """Check a function at a point in every way there is.

    ``symmetric``: the arguments are Hermitian matrices, and so are the directions.
    """
    rng = np.random.default_rng(seed)
    f = as_tuple(f)

    def direction():
        ts = tuple(draw(rng, x) for x in xs)
        return tuple((t + np.conj(np.swapaxes(t, -1, -2))) / 2 for t in ts) if symmetric else ts

    before = [np.array(x) for x in xs]
    ts, us = direction(), direction()
    plain = f(*xs)
    y, dy = dr.jvp(f, xs, ts)
    z, pullback = dr.vjp(f, *xs)
    for a, b, c, d in zip(plain, y, z, dy, strict=True):
        assert np.shape(a) == np.shape(b) == np.shape(c) == np.shape(d)
        assert np.asarray(a).dtype == np.asarray(b).dtype == np.asarray(c).dtype == np.asarray(d).dtype
        np.testing.assert_allclose(b, a, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(c, a, rtol=1e-13, atol=1e-13)
    close(dy, difference(f, xs, ts, h), rtol)
    gs = tuple(draw(rng, a) for a in plain)
    cotangents = pullback(gs)
    for x, c in zip(xs, cotangents, strict=True):
        assert np.shape(c) == np.shape(x) and np.asarray(c).dtype == np.asarray(x).dtype
    np.testing.assert_allclose(pairing(cotangents, ts), pairing(gs, dy), rtol=1e-9, atol=1e-9)
    check_second(f, xs, ts, us, gs, h, rtol)
    for x, b in zip(xs, before, strict=True):
        np.testing.assert_array_equal(x, b)


def check_second(f, xs, ts, us, gs, h, rtol):
    """All nestings of two modes agree with the difference of the gradient."""
    def scalar(*zs):
        return sum(np.sum(np.real(g * y)) + np.sum(np.real(y * np.conj(y))) / 2 for g, y in zip(gs, f(*zs), strict=True))

    every = tuple(range(len(xs)))
    gradient = dr.grad(scalar, every)

    def slope(*zs):
        return dr.jvp(scalar, zs, ts)[1]

    expected = difference(gradient, xs, ts, h)
    close(dr.jvp(gradient, xs, ts)[1], expected, rtol)
    close(dr.grad(slope, every)(*xs), expected, rtol)
    close(dr.vjp(gradient, *xs)[1](ts), expected, rtol)
    np.testing.assert_allclose(dr.jvp(slope, xs, us)[1], pairing(us, expected), rtol=10 * rtol, atol=10 * rtol)


def along(xs, j):
    """The direction of one argument."""
    return tuple(np.full_like(x, float(i == j)) for i, x in enumerate(xs))


def jvp_of_jvp(f, *xs):
    """The second derivatives of an elementwise function, by argument and argument."""
    def slope(j):
        return lambda *zs: dr.jvp(f, zs, along(xs, j))[1]

    return [[dr.jvp(slope(j), xs, along(xs, i))[1] for j in range(len(xs))] for i in range(len(xs))]


def jvp_of_grad(f, *xs):
    """The same."""
    gradient = dr.grad(lambda *zs: np.sum(f(*zs)), tuple(range(len(xs))))
    return [dr.jvp(gradient, xs, along(xs, i))[1] for i in range(len(xs))]


def grad_of_jvp(f, *xs):
    """The same."""
    return [dr.grad(lambda *zs, i=i: np.sum(dr.jvp(f, zs, along(xs, i))[1]), tuple(range(len(xs))))(*xs) for i in range(len(xs))]


def hvp(f, *xs):
    """The same."""
    product = dr.hvp(lambda *zs: np.sum(f(*zs)), tuple(range(len(xs))))
    return [product(*xs, along(xs, i)) for i in range(len(xs))]


SECOND = (jvp_of_jvp, jvp_of_grad, grad_of_jvp, hvp)
