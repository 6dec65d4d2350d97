"""Random programs: forward against reverse, against differences, against plain values, and the nestings against each other."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import dualrev as dr
from tests.properties.oracles import assert_same_value, check_first_order, check_second_order, directions, inner
from tests.properties.programs import FAMILIES, programs

COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=250, **COMMON)
@given(programs())
def test_first_order(program):
    check_first_order(program.f, program.point)


@settings(max_examples=120, **COMMON)
@given(programs(steps=4))
def test_second_order(program):
    check_second_order(program.f, program.point)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family(family):
    """One family at a time, so that none is crowded out; differences must have been usable for most programs."""
    usable = []

    @settings(max_examples=40, **COMMON)
    @given(programs(families=(family, "unary"), steps=3))
    def check(program):
        usable.append(check_first_order(program.f, program.point))
        check_second_order(program.f, program.point, differences=False)

    check()
    assert np.mean(usable) > 0.4


@settings(max_examples=80, **COMMON)
@given(programs(dtype=np.float32))
def test_float32(program):
    """float32 in gives float32 out where NumPy does, in value, tangent and cotangent, and the modes agree to its precision."""
    check_first_order(program.f, program.point, tol=2e-4, differences=False)


@settings(max_examples=60, **COMMON)
@given(programs(steps=4))
def test_values_under_two_levels(program):
    """Nested transforms see the plain value too, whichever mode is inside."""
    f, x = program.f, program.point
    plain = f(*x)
    t = directions(x, 7)
    inside = {"reverse in forward": dr.jvp(lambda *a: dr.vjp(f, *a)[0], x, t)[0], "forward in reverse": dr.vjp(lambda *a: dr.jvp(f, a, t)[0], *x)[0],
              "forward in forward": dr.jvp(lambda *a: dr.jvp(f, a, t)[0], x, t)[0], "reverse in reverse": dr.vjp(lambda *a: dr.vjp(f, *a)[0], *x)[0]}
    for what, value in inside.items():
        assert_same_value(value, plain, what, ulps=16)


@settings(max_examples=60, **COMMON)
@given(programs(families=("unary", "binary", "reduce", "product"), steps=4))
def test_third_order(program):
    """d^3/dh^3 along a direction by forward in forward in forward, against the same in reverse outermost."""
    f, x = program.f, program.point
    t = directions(x, 8)

    def along(g):
        return lambda *a: dr.jvp(g, a, t)[1]

    def phi(*a):
        return np.sum(f(*a))

    forward = along(along(along(phi)))(*x)
    reverse = inner(dr.grad(along(along(phi)), tuple(range(len(x))))(*x), t)
    mixed = along(lambda *a: sum(np.sum(g * d) for g, d in zip(dr.grad(along(phi), tuple(range(len(x))))(*a), t, strict=True)))(*x)
    assert abs(forward - reverse) <= 1e-8 * (1 + abs(forward))
    assert abs(forward - mixed) <= 1e-8 * (1 + abs(forward))
