"""What the tests hold derivatives against: differences of high order, the adjoint identity, the four nestings, the plain value.

None of these knows a rule. The stencil has order 8, so that a step of 0.01 leaves about 1e-12 of a smooth function.
"""

import numpy as np

import dualrev as dr

STENCIL = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))


def plus(tree, t, h):
    """x + h t for arrays and tuples of arrays."""
    if isinstance(tree, tuple):
        return tuple(plus(x, d, h) for x, d in zip(tree, t, strict=True))
    return tree + h * t


def directional(f, x, t, h=1e-2):
    """The derivative of f at x along t by central differences of order 8; x and t are tuples of arguments."""
    return sum(c * (np.asarray(f(*plus(x, t, k * h))) - np.asarray(f(*plus(x, t, -k * h)))) for k, c in STENCIL) / h


def smooth_directional(f, x, t):
    """The same with an estimate of its own error: two steps must agree. Return (value, error); near a kink the error is large."""
    with np.errstate(all="ignore"):
        fine, coarse = directional(f, x, t, 4e-3), directional(f, x, t, 9e-3)
    return fine, float(np.max(np.abs(fine - coarse), initial=0.0))


def inner(a, b):
    """The real inner product of arrays or tuples of arrays."""
    if isinstance(a, tuple):
        return sum(inner(p, q) for p, q in zip(a, b, strict=True))
    return float(np.real(np.sum(np.asarray(a) * np.asarray(b))))


def assert_close(got, want, tol=1e-8, what=""):
    """Compare to a relative tolerance of the largest entry; shapes must be equal, NaN is never close."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.dtype != object, f"{what}: an object array of traced values came out"
    assert got.shape == want.shape, f"{what}: shape {got.shape}, expected {want.shape}"
    scale = 1 + np.max(np.abs(want), initial=0.0)
    worst = np.max(np.abs(got - want), initial=0.0)
    assert worst <= tol * scale, f"{what}: off by {worst:.3g} at scale {scale:.3g}\ngot  {got}\nwant {want}"


def assert_same_value(got, want, what="", ulps=0):
    """Tracing changes no primal value, dtype or shape: equal to the last bit, or to a few units in it where sums may be taken in another order."""
    got, want = np.asarray(got), np.asarray(want)
    assert (got.dtype, got.shape) == (want.dtype, want.shape), f"{what}: {got.dtype}{got.shape}, plain NumPy gives {want.dtype}{want.shape}"
    if ulps and want.dtype.kind in "fc" and want.size:
        assert_close(got, want, ulps * np.finfo(want.dtype).eps, what)
    else:
        np.testing.assert_array_equal(got, want, err_msg=what)


def directions(x, seed=0):
    """A random direction for each argument, in its shape and dtype."""
    rng = np.random.default_rng(seed)

    def one(a):
        a = np.asarray(a)
        t = rng.normal(size=a.shape)
        return (t + 1j * rng.normal(size=a.shape) if a.dtype.kind == "c" else t).astype(a.dtype)

    return tuple(one(a) for a in x)


def check_first_order(f, x, tol=1e-8, differences=True):
    """Forward against differences, reverse against forward by the adjoint identity, linearize against both; inputs untouched.

    Returns
    -------
    bool
        Whether the differences were usable (they are not near a kink).
    """
    before = tuple(np.array(a) for a in x)
    plain = f(*x)
    t = directions(x, 1)
    y, dy = dr.jvp(f, x, t)
    value, pullback = dr.vjp(f, *x)
    linear_value, pushforward = dr.linearize(f, *x)
    for what, v in (("jvp", y), ("vjp", value), ("linearize", linear_value)):
        assert_same_value(v, plain, f"value under {what}", ulps=16)
    assert np.shape(dy) == np.shape(plain) and np.asarray(dy).dtype == np.asarray(plain).dtype
    (v,) = directions((plain,), 2)
    cotangents = pullback(v)
    for c, a in zip(cotangents, x, strict=True):
        assert np.shape(c) == np.shape(a) and np.asarray(c).dtype == np.asarray(a).dtype
    forward, reverse = inner(v, dy), inner(cotangents, t)
    scale = 1 + inner(np.abs(v), np.abs(dy)) + inner(tuple(np.abs(c) for c in cotangents), tuple(np.abs(d) for d in t))
    assert abs(forward - reverse) <= tol * scale, f"adjoint identity: <v, J t> = {forward}, <J'v, t> = {reverse}"
    assert_close(pushforward(*t), dy, tol, "linearize")
    for a, b in zip(x, before, strict=True):
        assert_same_value(a, b, "the input was changed")
    if not differences:
        return True
    want, error = smooth_directional(f, x, t)
    if not error <= 1e-9 * (1 + np.max(np.abs(want), initial=0.0)):
        return False
    assert_close(dy, want, max(tol, 1e-8), "jvp against differences")
    return True


def check_second_order(f, x, tol=1e-8, differences=True):
    """All four nestings of second order agree with each other, and with differences of the gradient."""
    (v,) = directions((f(*x),), 3)

    def phi(*args):
        return np.sum(v * f(*args))

    s, t = directions(x, 4), directions(x, 5)
    every = tuple(range(len(x)))
    gradient = dr.grad(phi, every)
    _, forward_over_reverse = dr.jvp(gradient, x, t)
    reverse_over_forward = dr.grad(lambda *args: dr.jvp(phi, args, t)[1], every)(*x)
    reverse_over_reverse = dr.grad(lambda *args: sum(np.sum(g * d) for g, d in zip(gradient(*args), t, strict=True)), every)(*x)
    _, forward_over_forward = dr.jvp(lambda *args: dr.jvp(phi, args, t)[1], x, s)
    for k in every:
        assert_close(reverse_over_forward[k], forward_over_reverse[k], tol, "reverse over forward against forward over reverse")
        assert_close(reverse_over_reverse[k], forward_over_reverse[k], tol, "reverse over reverse against forward over reverse")
    assert_close(forward_over_forward, inner(forward_over_reverse, s), tol, "forward over forward against forward over reverse")
    if not differences:
        return
    with np.errstate(all="ignore"):
        fine = directional(lambda *a: inner(gradient(*a), s), x, t, 4e-3)
        coarse = directional(lambda *a: inner(gradient(*a), s), x, t, 9e-3)
    if abs(fine - coarse) <= 1e-9 * (1 + abs(fine)):
        assert_close(inner(forward_over_reverse, s), fine, 1e-7, "second order against differences of the gradient")
