"""Colourings against their definitions, against known numbers of colours, and against the bounds of the literature."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dualrev as dr
from dualrev.sparse.colouring import ORDERS

COMMON = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@st.composite
def matrices(draw, symmetric=False):
    rows = draw(st.integers(1, 9))
    columns = rows if symmetric else draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    matrix = rng.random((rows, columns)) < draw(st.sampled_from([0.0, 0.1, 0.2, 0.35, 0.6, 1.0]))
    return matrix | matrix.T if symmetric else matrix


def columns_are_apart(matrix, colours):
    return all(len(set(colours[row])) == row.sum() for row in matrix)


def is_star(matrix, colours):
    """Neighbours differ, and no path of four vertices has two colours."""
    graph = matrix & ~np.eye(len(matrix), dtype=bool)
    if any(colours[i] == colours[j] for i, j in np.argwhere(graph)):
        return False
    return not any(graph[a, b] and graph[b, c] and graph[c, d] and len({colours[a], colours[b], colours[c], colours[d]}) < 3
                   for a, b, c, d in itertools.permutations(range(len(matrix)), 4))


@settings(max_examples=80, **COMMON)
@given(matrices(), st.sampled_from(ORDERS))
def test_columns_and_rows(matrix, order):
    columns, rows = (dr.sparse.colour(matrix, kind, order) for kind in ("column", "row"))
    assert columns_are_apart(matrix, columns.colours)
    assert columns_are_apart(matrix.T, rows.colours)
    assert columns.bound == matrix.sum(axis=1).max() <= columns.count <= matrix.shape[1]
    widest, tallest = matrix.sum(axis=1).max(), matrix.sum(axis=0).max()
    assert columns.count <= 1 + tallest * max(widest - 1, 0)  # greedy: one more than the columns that one can meet


@settings(max_examples=80, **COMMON)
@given(matrices(symmetric=True), st.sampled_from(ORDERS))
def test_stars(matrix, order):
    found = dr.sparse.colour(matrix, "star", order)
    assert is_star(matrix, found.colours)
    degree = (matrix & ~np.eye(len(matrix), dtype=bool)).sum(axis=1).max()
    assert found.bound <= found.count <= min(len(matrix), degree**2 + 1)


@settings(max_examples=60, **COMMON)
@given(matrices(symmetric=True), st.sampled_from(ORDERS))
def test_every_entry_can_be_read(matrix, order):
    """Recovery from the compressed products alone, for all three kinds."""
    from dualrev.sparse.products import entries_read

    values = np.where(matrix, np.arange(1.0, matrix.size + 1).reshape(matrix.shape), 0)
    values = values + values.T
    form = sp.csr_array(matrix)
    for kind in ("column", "row", "star"):
        found = dr.sparse.colour(form, kind, order)
        products = found.seeds() @ values
        np.testing.assert_array_equal(products[entries_read(form, found)], values[matrix])


def band(n, width):
    return np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= width


def laplacian(m):
    path = sp.csr_array(band(m, 1).astype(int))
    return sp.csr_array((sp.kron(path, sp.eye_array(m)) + sp.kron(sp.eye_array(m), path)) != 0)


def arrow(n, place):
    matrix = np.eye(n, dtype=bool)
    matrix[place] = matrix[:, place] = True
    return matrix


def bundle(cameras, points, rng):
    """Residuals in pairs, each of one camera's 9 and one point's 3 parameters."""
    rows = []
    for point in range(points):
        for camera in rng.choice(cameras, 3, replace=False):
            row = np.zeros(9 * cameras + 3 * points, bool)
            row[9 * camera:9 * camera + 9] = row[9 * cameras + 3 * point:9 * cameras + 3 * point + 3] = True
            rows += [row, row]
    return np.array(rows)


@pytest.mark.parametrize("n", [3, 10, 200])
def test_tridiagonal(n):
    for kind in ("column", "row", "star"):
        assert dr.sparse.colour(band(n, 1), kind).count == (3 if n > 3 or kind != "star" else 2)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_bands_need_their_width(width):
    assert dr.sparse.colour(band(60, width), "column").count == 2 * width + 1


@pytest.mark.parametrize("place", [0, 7, 29])
def test_arrow(place):
    """A full row and column: every column differs, but a star needs two colours."""
    assert dr.sparse.colour(arrow(30, place), "column").count == 30
    assert dr.sparse.colour(arrow(30, place), "star").count == 2


@pytest.mark.parametrize("m", [4, 9, 20, 33, 128])
def test_laplacian_of_the_plane(m):
    """Five is the optimum for columns, and colours in turn reach it where the rows are shifted by 2 or 3; a greedy colouring needs at most 7, and a star colouring at most 6."""
    for order in ("natural", "largest first"):
        assert 5 <= dr.sparse.colour(laplacian(m), "column", order).count <= 7
        assert 3 <= dr.sparse.colour(laplacian(m), "star", order).count <= 6
    best = [dr.sparse.colour(laplacian(m), kind).count for kind in ("column", "star")]
    assert best == [5, 5] if m % 5 in (2, 3) else max(best) <= 7


def test_bundle_adjustment():
    """Each row shows one camera and one point, so 12 is the least, and first fit finds it: cameras never meet one another."""
    found = dr.sparse.colour(bundle(5, 20, np.random.default_rng(0)), "column")
    assert found.count == found.bound == 12


def test_diagonal_empty_and_dense():
    for kind in ("column", "row", "star"):
        assert dr.sparse.colour(np.eye(5), kind).count == 1
        assert dr.sparse.colour(np.ones((5, 5)), kind).count == 5
        assert dr.sparse.colour(np.zeros((0, 0)), kind).count == 0
    assert dr.sparse.colour(np.zeros((3, 4)), "column").count == 1


def test_the_better_of_rows_and_columns():
    wide = np.zeros((6, 9), bool)
    wide[0] = True
    assert dr.sparse.colour(wide).kind == "row" and dr.sparse.colour(wide).count == 1
    assert dr.sparse.colour(wide.T).kind == "column" and dr.sparse.colour(wide.T).count == 1


def test_smallest_last_is_within_its_bound():
    """A forest has degeneracy one: no vertex of a tree has more than one neighbour left when it is taken, so two colours do for columns that meet along edges."""
    rng = np.random.default_rng(2)
    edges = np.zeros((40, 41), bool)
    for k in range(40):
        edges[k, [k + 1, rng.integers(0, k + 1)]] = True
    assert dr.sparse.colour(edges, "column", "smallest last").count == 2


def test_shows_what_it_is():
    assert repr(dr.sparse.colour(band(9, 1), "column", "natural")) == "<column colouring of 9 with 3 colours (at least 3), natural>"
    assert repr(dr.sparse.colour(band(9, 1), "column")).endswith("(at least 3), in turn>")


def test_bad_calls():
    with pytest.raises(ValueError, match="kind must be one of auto, column, row, star"):
        dr.sparse.colour(np.eye(3), "acyclic")
    with pytest.raises(ValueError, match="order must be one of auto, natural"):
        dr.sparse.colour(np.eye(3), "column", "random")
    with pytest.raises(ValueError, match="needs a symmetric pattern"):
        dr.sparse.colour(np.tri(3), "star")
