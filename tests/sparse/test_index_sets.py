"""Index sets against Python's sets, in all their forms."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dualrev.sparse import sets as module
from dualrev.sparse.sets import EVERY, Sets, gathered, pooled, union
from dualrev.sparse.structure import smeared, summed

COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def plain(a):
    """One Python set for each entry, in C order."""
    if a is None:
        return None
    starts, columns = a.rows()
    every = set(range(a.width))
    return [every if code == EVERY else set(columns[i:j].tolist()) for code, i, j in zip(a.codes.ravel(), starts, starts[1:], strict=False)]


@st.composite
def some(draw, shape=None, width=None):
    """Sets of single inputs, or of a pool, with empty and complete ones among them."""
    shape = draw(st.sampled_from([(), (4,), (2, 3), (1, 3), (0,)])) if shape is None else shape
    width = draw(st.integers(1, 7)) if width is None else width
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        return Sets(rng.integers(EVERY, width + 1, shape), None, width)
    rows = [np.flatnonzero(rng.random(width) < 0.4) for _ in range(draw(st.integers(1, 20)))]
    pool = np.cumsum([0, *map(len, rows)]), np.concatenate(rows)
    return Sets(rng.integers(EVERY, len(rows) + 1, shape), pool, width)


@settings(max_examples=200, **COMMON)
@given(st.data())
def test_unions(data):
    shape, width = data.draw(st.sampled_from([(), (4,), (2, 3), (0,)])), data.draw(st.integers(1, 7))
    a, b = data.draw(some(shape, width)), data.draw(some(shape, width))
    found = union(a, b)
    assert found.shape == shape
    assert plain(found) == [p | q for p, q in zip(plain(a), plain(b), strict=True)]


def test_unions_broadcast():
    a, b = Sets(np.array([[1], [2]]), None, 5), Sets(np.array([3, 4, 0]), None, 5)
    assert plain(union(a, b)) == [{0, 2}, {0, 3}, {0}, {1, 2}, {1, 3}, {1}]
    assert union(None, a) is a and union(a, None) is a and union(None, None) is None
    assert union(a, Sets(a.codes.copy(), None, 5)) is a


@settings(max_examples=150, **COMMON)
@given(st.data())
def test_groups(data):
    a = data.draw(some())
    count = data.draw(st.integers(1, 4))
    groups = np.array([data.draw(st.integers(0, count - 1)) for _ in range(a.codes.size)], int)
    expected = [set() for _ in range(count)]
    for group, one in zip(groups, plain(a), strict=True):
        expected[group] |= one
    assert plain(gathered(a, a.codes.ravel(), groups, (count,))) == expected
    assert plain(a.one()) == [set().union(*plain(a))]


@settings(max_examples=100, **COMMON)
@given(st.data())
def test_sums_and_smears(data):
    a = data.draw(some((2, 3)))
    rows = np.array(plain(a), dtype=object).reshape(2, 3)
    assert plain(summed(a, (1,))) == [rows[i, 0] | rows[i, 1] | rows[i, 2] for i in range(2)]
    assert plain(smeared(a, (0,))) == [rows[0, j] | rows[1, j] for _ in range(2) for j in range(3)]


@settings(max_examples=150, **COMMON)
@given(st.data())
def test_one_pool_for_several(data):
    width = data.draw(st.integers(1, 7))
    parts = [data.draw(some(None, width)) for _ in range(data.draw(st.integers(1, 4)))]
    joined = pooled(parts)
    assert all(part.pool is joined[0].pool for part in joined)
    assert list(map(plain, joined)) == list(map(plain, parts))


@settings(max_examples=60, **COMMON)
@given(some())
def test_complete_rows(a):
    starts, columns = a.complete()
    assert [set(columns[i:j].tolist()) for i, j in zip(starts, starts[1:], strict=False)] == plain(a)


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_what_grows_too_large_becomes_everything_and_misses_nothing(limit, monkeypatch):
    rng = np.random.default_rng(limit)
    monkeypatch.setattr(module, "LIMIT", limit)
    widened = 0
    for _ in range(40):
        pool = np.arange(0, 13, 3), rng.permuted(np.tile(np.arange(9), (4, 1)), axis=1)[:, :3].ravel()
        a, b = (Sets(rng.integers(0, 5, 6), pool, 9) for _ in range(2))
        grouped = gathered(a, a.codes, np.arange(6) % 2, (2,))
        joint = union(a, b)
        for found, expected in ((joint, [p | q for p, q in zip(plain(a), plain(b), strict=True)]),
                                (grouped, [set().union(*plain(a)[k::2]) for k in range(2)])):
            assert all(p >= q for p, q in zip(plain(found), expected, strict=True))
            widened += plain(found) != expected
    assert widened
