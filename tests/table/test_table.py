"""The table tests itself: every row, every sample; values, both modes, all second-order nestings, types, memory."""

import warnings

import numpy as np
import pytest
from cases import Case, single
from samples import CASES, IDS, ROWS, variants

import dualrev as dr
from dualrev.agreement import Problem, examine

each_case = pytest.mark.parametrize(("row", "variant"), CASES, ids=IDS)


def arrays(tree):
    return [y for part in tree for y in arrays(part)] if isinstance(tree, (list, tuple)) else [np.asarray(tree)]


def ones_like(tree, rng):
    return [np.asarray(rng.uniform(0.5, 1.5, np.shape(y)) * (1 + (0.5j if y.dtype.kind == "c" else 0)), y.dtype)[()] for y in tree]


def paired(gs, ts):
    return sum(float(np.sum(np.real(np.asarray(g) * t))) for g, t in zip(gs, ts, strict=True))


def derivatives(case, rng):
    """(values, tangents, cotangents, directions, seeds) at the sample, by both modes."""
    f, primals = case.smooth, case.primals
    ts = ones_like(primals, rng)
    vs = ones_like(f(*primals), rng)
    y, dy = dr.jvp(f, tuple(primals), tuple(ts))
    z, pullback = dr.vjp(f, *primals)
    return (y, z), dy, pullback(vs), ts, vs


def test_every_row_has_a_sample():
    """A new row must come with arguments to test it: a `domain`, or an entry in samples.py."""
    assert [row.name for row in ROWS if not variants(row)] == []


@each_case
def test_value_type_and_shape_are_numpys(row, variant):
    for cast in (None, single):
        case = Case(row, variant, cast)
        plain = arrays(case.function(*case.primals))
        traced = [arrays(v) for v in (dr.jvp(case.function, tuple(case.primals), tuple(np.ones_like(p) for p in case.primals))[0], dr.vjp(case.function, *case.primals)[0])]
        for got in traced:
            assert [(y.shape, y.dtype) for y in got] == [(y.shape, y.dtype) for y in plain]
            for a, b in zip(got, plain, strict=True):
                if case.row.kind == "decomposed":
                    eps = np.finfo(b.dtype).eps if b.dtype.kind in "fc" else 0
                    size = np.max(np.abs(b), initial=1.0, where=np.isfinite(b)) if eps else 0  # entries of a product are as exact as the largest one
                    np.testing.assert_allclose(a, b, rtol=8 * eps, atol=4 * eps * size)
                else:
                    np.testing.assert_array_equal(a, b)


@each_case
def test_inputs_are_untouched_and_nothing_is_shared(row, variant):
    case = Case(row, variant)
    before = [np.copy(p) for p in case.primals]
    _, dy, gs, ts, vs = derivatives(case, np.random.default_rng(1))
    for p, b in zip(case.primals, before, strict=True):
        np.testing.assert_array_equal(p, b)
    given = [*case.primals, *ts, *vs]
    for k, g in enumerate(gs):
        assert not any(np.may_share_memory(g, other) for other in [*given, *gs[:k]]), "a cotangent is somebody else's memory"
    for d in dy:
        assert not any(np.may_share_memory(d, other) for other in given), "a tangent is somebody else's memory"


@each_case
def test_derivatives_against_differences(row, variant):
    case = Case(row, variant)
    checks = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        examine(Problem(case.smooth, tuple(case.primals), row.name, 1e-7), 2, [], checks)
    assert len(checks) >= 10


@each_case
def test_all_nestings_agree(row, variant):
    """Two directions into the second derivative, four ways. That they run at all proves that rules call only functions which have rules."""
    case, rng = Case(row, variant), np.random.default_rng(2)
    f, primals = case.smooth, tuple(case.primals)
    t, u, v = tuple(ones_like(primals, rng)), tuple(ones_like(primals, rng)), ones_like(f(*primals), rng)

    def forward(*p):
        return dr.jvp(f, p, t)[1]

    def reverse(*p):
        return dr.vjp(f, *p)[1](v)

    ways = [paired(v, dr.jvp(forward, primals, u)[1]), paired(dr.vjp(forward, *primals)[1](v), u),
            paired(dr.jvp(reverse, primals, u)[1], t), paired(dr.vjp(reverse, *primals)[1](t), u)]
    np.testing.assert_allclose(ways, ways[0], rtol=1e-9, atol=1e-11)


@each_case
def test_single_precision_stays_and_agrees_with_double(row, variant):
    narrow, wide = Case(row, variant, single), Case(row, variant)
    if any(np.any(np.isnan(y)) for y in narrow.smooth(*narrow.primals)):
        return  # SciPy has no value in single precision, as for Mathieu functions
    _, dy, gs, _, _ = derivatives(narrow, np.random.default_rng(3))
    _, dy64, gs64, _, _ = derivatives(wide, np.random.default_rng(3))
    for p, g in zip(narrow.primals, gs, strict=True):
        assert g.dtype == p.dtype
    for y, d in zip(narrow.smooth(*narrow.primals), dy, strict=True):
        assert d.dtype == y.dtype
    for a, b in zip([*dy, *gs], [*dy64, *gs64], strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4 * max(1.0, float(np.max(np.abs(b), initial=0))))

