"""Random programs in a batch: value and both derivatives are those of each example, at both orders of nesting."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dualrev as dr
from tests.properties.oracles import assert_close, directions
from tests.properties.programs import programs

COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=200, **COMMON)
@given(programs(), st.integers(1, 3))
def test_random_batches(program, size):
    f, x = program.f, program.point
    if "> 0)]" in program.source:
        return  # reads through a mask, whose length depends on the example
    rng = np.random.default_rng(size)
    X = tuple(np.stack([a + 0.05 * rng.normal(size=a.shape) for _ in range(size)]) for a in x)
    T = tuple(rng.normal(size=a.shape) for a in X)
    every = tuple(range(len(x)))
    examples, tangents = list(zip(*X, strict=True)), list(zip(*T, strict=True))
    assert_close(dr.vmap(f)(*X), np.stack([f(*a) for a in examples]), 1e-12, "value")

    def tangent(*args):
        return dr.jvp(f, args[: len(x)], args[len(x):])[1]

    want = np.stack([tangent(*a, *t) for a, t in zip(examples, tangents, strict=True)])
    assert_close(dr.vmap(tangent)(*X, *T), want, 1e-11, "jvp inside")
    assert_close(dr.jvp(dr.vmap(f), X, T)[1], want, 1e-11, "jvp outside")
    (v,) = directions((f(*x),), 3)

    def gradient(*args):
        return dr.grad(lambda *a: np.sum(v * f(*a)), every)(*args)

    inside, outside = dr.vmap(gradient)(*X), dr.grad(lambda *X: np.sum(v * dr.vmap(f)(*X)), every)(*X)
    for k in every:
        want = np.stack([gradient(*a)[k] for a in examples])
        assert_close(inside[k], want, 1e-11, "grad inside")
        assert_close(outside[k], want, 1e-11, "grad outside")
