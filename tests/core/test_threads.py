"""No global state: threads, exceptions, generators and collection leave every other derivative right."""

import contextlib
import gc
import pickle
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import dualrev as dr

X = np.array([0.4, -0.7, 1.1])


@pytest.fixture
def hasty():
    """Let threads take turns every microsecond."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def nested(a):
    """d/dx of x times an inner second derivative; known in closed form: f = x * d2/dy2 (x y^3) at y = x is 6 x^3."""
    return dr.grad(lambda x: x * dr.derivative(dr.grad(lambda y: x * y**3))(x))(a)


def test_eight_threads_of_nested_gradients(hasty):
    wrong, barrier = [], threading.Barrier(8)

    def work(seed):
        rng = np.random.default_rng(seed)
        barrier.wait()
        for _ in range(500):
            a = rng.uniform(0.5, 2.0)
            got = nested(a)
            if not abs(got - 18 * a**2) < 1e-9:
                wrong.append((a, got))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, f"{len(wrong)} of 4000 wrong, such as {wrong[0]}"


def test_threads_with_arrays_and_writes(hasty):
    def f(x):
        y = np.zeros_like(x)
        for i in range(3):
            y[i] = x[i] * x[i - 1]
        y += x
        return np.sum(y**2)

    xs = [X + 0.01 * k for k in range(64)]
    want = [(dr.grad(f)(x), dr.hvp(f)(x, X)) for x in xs]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda x: (dr.grad(f)(x), dr.hvp(f)(x, X)), xs * 4))
    for (g, h), (g0, h0) in zip(got, want * 4, strict=True):
        np.testing.assert_array_equal(g, g0)
        np.testing.assert_array_equal(h, h0)


def test_one_pullback_shared_by_threads(hasty):
    """Rules may write to arrays that are theirs alone; what a pullback keeps must stay."""
    y, pullback = dr.vjp(lambda x: np.sin(x) * np.exp(x) @ x * x[::-1] + np.cumsum(x), X)
    y, push = dr.linearize(lambda x: np.sin(x) * np.exp(x) @ x * x[::-1] + np.cumsum(x), X)
    vs = [np.random.default_rng(k).normal(size=3) for k in range(32)]
    want = [(pullback(v)[0], push(v)) for v in vs]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda v: (pullback(v)[0], push(v)), vs * 8))
    for (g, t), (g0, t0) in zip(got, want * 8, strict=True):
        np.testing.assert_array_equal(g, g0)
        np.testing.assert_array_equal(t, t0)


def test_threads_inside_the_function():
    """A function that spreads its own work over threads."""
    def f(x):
        with ThreadPoolExecutor(3) as pool:
            return sum(pool.map(lambda k: np.sin(x[k]) * np.sum(x), range(3)))

    plain = lambda x: sum(np.sin(x[k]) * np.sum(x) for k in range(3))
    np.testing.assert_allclose(dr.grad(f)(X), dr.grad(plain)(X), rtol=1e-14)
    np.testing.assert_allclose(dr.jvp(f, (X,), (X,))[1], dr.jvp(plain, (X,), (X,))[1], rtol=1e-14)


TRANSFORMS = {"grad": lambda f: dr.grad(f)(X), "jvp": lambda f: dr.jvp(f, (X,), (X,)), "vjp": lambda f: dr.vjp(f, X), "linearize": lambda f: dr.linearize(f, X),
    "hessian": lambda f: dr.hessian(f)(X),
              "hvp": lambda f: dr.hvp(f)(X, X), "jacobian": lambda f: dr.jacobian(f)(X), "grad of grad": lambda f: dr.grad(lambda x: np.sum(dr.grad(f)(x)))(X),
                  "jvp of grad": lambda f: dr.jvp(dr.grad(f), (X,), (X,))}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_an_exception_leaves_nothing_behind(name):
    kept = []

    def f(x):
        kept.append(np.sin(x))
        raise ZeroDivisionError("of the user's own")

    with pytest.raises(ZeroDivisionError, match="of the user's own"):
        TRANSFORMS[name](f)
    assert np.array_equal(dr.grad(lambda x: np.sum(x**2))(X), 2 * X)
    assert nested(1.0) == 18.0
    for value in kept:
        with pytest.raises(RuntimeError, match="ended"):
            value + 1


@pytest.mark.parametrize("name", TRANSFORMS)
def test_an_exception_caught_inside_the_outer_function(name):
    """An inner transform fails, the user catches it, the outer one goes on and is right."""
    def outer(x):
        with contextlib.suppress(np.linalg.LinAlgError):
            TRANSFORMS[name](lambda y: np.sum(y * x) / np.linalg.cholesky(-np.eye(2))[0, 0])
        return np.sum(x**3)

    np.testing.assert_allclose(dr.grad(outer)(X), 3 * X**2)
    np.testing.assert_allclose(dr.jvp(outer, (X,), (X,))[1], 3 * X**2 @ X)


def test_an_exception_in_the_middle_of_a_backward_pass():
    def broken(x):
        return x

    broken = dr.custom_vjp(broken)

    def backward(saved, g):
        raise FloatingPointError("backward")

    broken.defvjp(lambda x: (x, None), backward)
    y, pullback = dr.vjp(lambda x: broken(np.sin(x)) * x, X)
    for _ in range(2):
        with pytest.raises(FloatingPointError):
            pullback(X)
    with pytest.raises(FloatingPointError):
        dr.grad(lambda x: np.sum(broken(x)))(X)
    np.testing.assert_array_equal(dr.grad(np.sum)(X), np.ones(3))


def test_generators_that_live_across_transforms():
    def steps(x):
        for k in range(3):
            x = np.sin(x) + k
            yield x

    np.testing.assert_allclose(dr.grad(lambda x: sum(np.sum(s) for s in steps(x)))(X),
        dr.grad(lambda x: np.sum(np.sin(x)) + np.sum(np.sin(np.sin(x))) + np.sum(np.sin(np.sin(np.sin(x)) + 1)))(X), rtol=1e-14)
    left = []

    def f(x):
        it = steps(x)
        left.append(it)
        return np.sum(next(it))

    dr.grad(f)(X)
    with pytest.raises(RuntimeError, match="ended"):
        next(left[0])


@pytest.mark.parametrize("name", TRANSFORMS)
def test_no_reference_cycles(name):
    """Everything a transform made is freed when the last name goes, without the collector."""
    refs = []

    def f(x):
        intermediate = np.sin(x)
        refs.append(weakref.ref(intermediate))
        y = np.zeros_like(x)
        y[1:] = intermediate[:-1] * x[1:]
        y += x
        y[0] *= 2
        return np.sum(y * intermediate)

    gc.collect()
    gc.disable()
    try:
        result = TRANSFORMS[name](f)
        del result
        assert all(ref() is None for ref in refs)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_memory_of_a_pullback_is_freed_with_it():
    big = np.ones(1000)
    watched = []

    def f(x):
        y = np.exp(x)
        watched.append(weakref.ref(dr.stop_gradient(y)))
        return y * x

    y, pullback = dr.vjp(f, big)
    assert watched[0]() is not None  # exp's value is what its derivative needs
    pullback(big)
    del pullback
    assert watched[0]() is None


def test_results_are_picklable_and_hold_no_trace():
    y, dy = dr.jvp(lambda p: {"a": np.sin(p["x"]), "b": [p["x"][0]]}, ({"x": X},), ({"x": X},))
    value, g = dr.value_and_grad(lambda p: np.sum(p["x"] ** 2))({"x": X})
    for thing in (y, dy, value, g, dr.hessian(lambda x: np.sum(x**3))(X)):
        text = pickle.dumps(thing)
        assert b"dualrev" not in text
        assert repr(pickle.loads(text)) == repr(thing)


def test_recursion_through_transforms():
    """A function that differentiates itself, to a depth that the data decide."""
    def f(x, depth):
        return x**6 if depth == 0 else dr.grad(f)(x, depth - 1)

    assert abs(f(2.0, 4) - 360 * 2.0**2) < 1e-9
    assert abs(dr.derivative(lambda x: f(x, 3))(2.0) - 1440.0) < 1e-9


def test_long_chains_do_not_exhaust_the_stack():
    def f(x):
        for _ in range(20000):
            x = x * 0.9999 + 1e-5
        return x

    assert abs(dr.grad(f)(1.0) - 0.9999**20000) < 1e-9
    assert abs(dr.derivative(f)(1.0) - 0.9999**20000) < 1e-9
    y, pullback = dr.vjp(lambda x: np.sum(f(x)), X)
    np.testing.assert_allclose(pullback(np.float64(1.0))[0], 0.9999**20000)
    del pullback
