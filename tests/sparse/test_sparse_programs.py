"""Sparse matrices of random programs equal the dense ones."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import dualrev as dr
from tests.properties.programs import FAMILIES, programs

COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def flat(matrix, point):
    """A dense block for each argument as one matrix, rows the results and columns the arguments."""
    sizes = [np.size(x) for x in point]
    return np.hstack([np.reshape(block, (-1, size)) for block, size in zip(matrix, sizes, strict=True)])


def whole(matrix):
    return np.hstack([block.toarray() for block in matrix])


def moved(point, k):
    return tuple(np.asarray(x + 0.3 * np.random.default_rng(k).normal(size=np.shape(x)), x.dtype) for x in point)


def check_jacobian(program, tol=1e-9):
    """Equal to the dense matrix at three points; a pattern for which Python decided nothing holds at all of them."""
    argnums = tuple(range(program.count))
    dense = dr.jacobian(program.f, argnums)
    for mode in ("auto", "reverse"):
        plan = dr.sparse.plan(program.f, *program.point, argnums=argnums, mode=mode)
        for point in (program.point, moved(program.point, 1), moved(program.point, 2)):
            try:
                with np.errstate(all="ignore"):
                    expected = flat(dense(*point), point)
            except (ValueError, IndexError):
                continue  # a mask that reads another number of entries here
            if not np.all(np.isfinite(expected)):
                continue
            np.testing.assert_allclose(whole(plan(*point)), expected, rtol=tol, atol=tol * max(1, np.abs(expected).max(initial=0)))
            assert plan.renewals == 0 or plan.pattern.decisions


@settings(max_examples=120, **COMMON)
@given(programs())
def test_jacobians_of_random_programs(program):
    check_jacobian(program)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family(family):
    @settings(max_examples=25, **COMMON)
    @given(programs(families=(family, "unary"), steps=3))
    def check(program):
        check_jacobian(program)

    check()


@settings(max_examples=25, **COMMON)
@given(programs(dtype=np.float32))
def test_float32(program):
    check_jacobian(program, tol=1e-3)


@settings(max_examples=60, **COMMON)
@given(programs(steps=4))
def test_hessians_of_random_programs(program):
    f = lambda *x: np.sum(np.sin(program.f(*x)))
    argnums = tuple(range(program.count))
    plan, dense = dr.sparse.plan(f, *program.point, of="hessian", argnums=argnums), dr.hessian(f, argnums)
    for point in (program.point, moved(program.point, 1)):
        try:
            with np.errstate(all="ignore"):
                expected = np.vstack([flat([b.reshape(np.size(x), -1) if b.size else b for b in row], point) for row, x in zip(dense(*point), point, strict=True)])
        except (ValueError, IndexError):
            continue
        if np.all(np.isfinite(expected)):
            found = np.vstack([whole(row) for row in plan(*point)])
            np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * max(1, np.abs(expected).max(initial=0)))
            assert plan.renewals == 0 or plan.pattern.decisions
