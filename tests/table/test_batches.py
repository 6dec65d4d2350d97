"""Every row of the table, every sample, in a batch: value, both modes inside of it and both modes outside, against the same call for each example."""

import numpy as np
import pytest
from cases import Case
from samples import CASES, IDS, WRITERS
from test_constants import TAKEN, X, arguments
from test_table import ones_like

import dualrev as dr
from dualrev.core.errors import DualrevError, LeavesTraceError
from dualrev.core.rows import TABLE
from dualrev.core.tracer import Tracer

SIZE = 2
CHOOSE = {"dr.scipy.linalg.eigvalsh"}  # as many eigenvalues as lie in an interval
# NumPy does not hand over a call in which only these are traced: the array that is written to is plain, or it goes by others alone
PLAIN = {np.full_like: {0}, np.interp: {0, 1, 2}} | {function: {0} for function in TABLE if function in WRITERS or getattr(function, "__name__", "") == "at"}


def batches(primals, chosen):
    """Two examples of each chosen argument, a little apart; the others as they are."""
    factors = np.array([1.0, 1.0 + 1e-3])
    return [np.stack([p * np.asarray(c, p.dtype) for c in factors]) if k in chosen else p for k, p in enumerate(primals)]


def choices(count):
    """Which arguments are batched: each by itself, and all of them."""
    yield from ({k} for k in range(count))
    if count > 1:
        yield set(range(count))


def same(got, parts, what):
    """A batched result against the results of the examples."""
    assert len(got) == len(parts[0]), what
    for k, y in enumerate(got):
        want = np.stack([part[k] for part in parts])
        y = np.broadcast_to(y, want.shape)
        scale = 1 + float(np.max(np.abs(want), initial=0.0, where=np.isfinite(want)))
        np.testing.assert_allclose(y, want, rtol=1e-9, atol=1e-10 * scale, err_msg=what)


def in_batch(f, axes):
    """The batched function, for results that are lists."""
    return dr.vmap(f, in_axes=axes)


@pytest.mark.parametrize(("row", "variant"), CASES, ids=IDS)
def test_batches(row, variant):
    case, rng = Case(row, variant), np.random.default_rng(4)

    def f(*primals):
        y = case.function(*primals)
        parts = y if isinstance(y, (list, tuple)) else [y]
        parts = [part if hasattr(part, "dtype") else np.asarray(part)[()] for part in parts]
        return [part for part in parts if part.dtype.kind in "fcO"]

    ts, v = tuple(ones_like(case.primals, rng)), ones_like(f(*case.primals), rng)

    def tangent(*p):
        return dr.jvp(f, p, ts)[1]

    def cotangent(*p):
        return list(dr.vjp(f, *p)[1](v))

    for chosen in choices(len(case.primals)):
        given = batches(case.primals, chosen)
        axes = tuple(0 if k in chosen else None for k in range(len(given)))
        examples = [[x[i] if k in chosen else x for k, x in enumerate(given)] for i in range(SIZE)]
        try:
            plain = in_batch(f, axes)(*given)
        except DualrevError as error:
            assert chosen.isdisjoint(PLAIN.get(row.function, range(9))) if isinstance(error, LeavesTraceError) else row.name in CHOOSE, error
            continue
        same(plain, [f(*x) for x in examples], "value")
        same(in_batch(tangent, axes)(*given), [tangent(*x) for x in examples], "jvp inside")
        same(in_batch(cotangent, axes)(*given), [cotangent(*x) for x in examples], "vjp inside")
        spread = [np.stack([t] * SIZE) if k in chosen else t for k, t in enumerate(ts)]
        same(dr.jvp(in_batch(f, axes), tuple(given), tuple(spread))[1], [tangent(*x) for x in examples], "jvp outside")
        outside = dr.vjp(in_batch(f, axes), *given)[1]([np.stack([g] * SIZE) for g in v])
        parts = [cotangent(*x) for x in examples]
        for k, g in enumerate(outside):
            same([g], [[part[k]] for part in parts] if k in chosen else [[np.sum([part[k] for part in parts], axis=0)]], "vjp outside") if k in chosen else \
                np.testing.assert_allclose(g, np.sum([part[k] for part in parts], axis=0), rtol=1e-9, atol=1e-9 * (1 + float(np.max(np.abs(g), initial=0.0))))


DEPENDS = {np.nonzero, np.flatnonzero, np.argwhere, np.array2string, np.array_repr, np.array_str}  # lengths and texts that differ from example to example


@pytest.mark.parametrize("row", TAKEN, ids=lambda row: row.name)
def test_constant_rows_in_batches(row):
    """Comparisons, positions and counts of each example; new arrays in its form."""
    def f(x):
        y = row.function(*arguments(row.function, x))
        if isinstance(y, (tuple, list)):
            return list(y)
        numeric = isinstance(y, (np.ndarray, np.generic, Tracer, int, float))
        return float(y == y) if not numeric else y * 0 if row.function is np.empty_like else y

    batch = np.stack([X, np.where(X > 1, 0.0, X)])
    if row.function in DEPENDS:
        with pytest.raises(DualrevError, match=r"differs from example to example \(at test_batches.py"):
            dr.vmap(f)(batch)
        return
    got, want = dr.vmap(f)(batch), [f(x) for x in batch]
    for k, part in enumerate(got if isinstance(got, list) else [got]):
        np.testing.assert_array_equal(part, np.stack([w[k] if isinstance(w, list) else w for w in want]))
