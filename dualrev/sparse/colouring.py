"""Colouring sparsity patterns: columns (or rows) of one colour share one derivative pass.

Columns whose patterns do not overlap may have one colour: their sum still shows each entry. For a symmetric matrix a star colouring needs fewer, because an entry can
be read in either of two columns. Each vertex takes the first colour that is free, in an order that decides how many colours there will be; sets of colours
are the bits of Python's integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

__all__ = ["ORDERS", "Colouring", "best", "first_fit", "lower_bound", "star", "vertex_order"]

ORDERS = ("auto", "natural", "largest first", "smallest last")


class Colouring:
    """Which columns (or rows) are evaluated together.

    Attributes
    ----------
    kind : str
        "column", "row" or "star".
    colours : array of int
        One colour for each column (or row), from 0.
    count : int
        How many colours there are: the number of derivative passes.
    bound : int
        No colouring of this kind has fewer.
    order : str
        The order in which the colours were given.
    """

    __slots__ = ("bound", "colours", "count", "kind", "order")

    def __init__(self, kind: str, colours: Any, bound: int, order: str) -> None:
        self.kind, self.colours, self.bound, self.order = kind, colours, bound, order
        self.count = int(colours.max()) + 1 if colours.size else 0

    def seeds(self, dtype: Any = float) -> Any:
        """One direction for each colour: an array of shape (count, number of columns or rows)."""
        directions = np.zeros((self.count, self.colours.size), dtype)
        directions[self.colours, np.arange(self.colours.size)] = 1
        return directions

    def __repr__(self) -> str:
        return f"<{self.kind} colouring of {self.colours.size} with {self.count} colours (at least {self.bound}), {self.order}>"


def best(kind: str, matrix: Any, order: str) -> Colouring:
    """Colour in the order that is asked for; "auto" takes the best of the natural order, the largest first, and colours in turn."""
    if order not in ORDERS:
        raise ValueError(f"colour: order must be one of {', '.join(ORDERS)}; got {order!r}")
    graph = sp.csr_array(matrix.T) if kind == "row" else matrix
    bound = lower_bound(graph, kind)
    if order != "auto":
        return _greedy(kind, graph, bound, order)
    found = in_turn(kind, graph, bound, bound + 1)
    for one in ("largest first", "natural") if kind == "star" else ("natural", "largest first"):
        if found is None or found.count > bound:
            other = _greedy(kind, graph, bound, one)
            found = other if found is None or other.count < found.count else found
    assert found is not None
    return in_turn(kind, graph, bound + 1, min(found.count, bound + TRIES)) or found


TRIES = 12


def _greedy(kind: str, graph: Any, bound: int, order: str) -> Colouring:
    places = vertex_order(graph, order, kind == "star")
    return Colouring(kind, (star if kind == "star" else first_fit)(graph, places), bound, order)


def in_turn(kind: str, matrix: Any, fewest: int, stop: int) -> Colouring | None:
    """The colours 0, 1, ..., p - 1 in turn, for the least p from ``fewest`` up to ``stop`` that is a colouring: bands and grids often have one, and to try takes no loop."""
    rows, columns = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
    for p in range(max(fewest, 1), stop):
        colours = np.arange(matrix.shape[1]) % p
        keys = rows * p + colours[columns]
        alone = np.bincount(keys, minlength=1)[keys] == 1
        if kind == "star":
            back = sp.csr_array((alone, columns, matrix.indptr), shape=matrix.shape).T.tocsr().data
            valid = bool(np.all((alone | back) & ((colours[rows] != colours[columns]) | (rows == columns))))
        else:
            valid = bool(np.all(alone))
        if valid:
            return Colouring(kind, colours, lower_bound(matrix, kind), "in turn")
    return None


def lower_bound(matrix: Any, kind: str) -> int:
    """The number of colours that every colouring needs: columns that meet in one row differ; a star colouring needs 2 where there is an edge, and 3 on a path of four."""
    if kind != "star":
        return int(np.diff(matrix.indptr).max(initial=0))
    graph = _graph(matrix)
    degrees = np.diff(graph.indptr)
    if graph.nnz == 0:
        return min(1, graph.shape[0])
    rows = np.repeat(np.arange(graph.shape[0]), degrees)
    inner = (degrees[rows] > 1) & (degrees[graph.indices] > 1)
    return 3 if inner.any() else 2  # an edge whose two ends have further neighbours lies on a path of four, or in a triangle


def _graph(matrix: Any) -> Any:
    """The symmetric adjacency, without the diagonal."""
    coo = matrix.tocoo()
    off = coo.row != coo.col
    return sp.csr_array((coo.data[off], (coo.row[off], coo.col[off])), shape=matrix.shape)


def vertex_order(matrix: Any, order: str, symmetric: bool) -> Any:
    """The columns in the order in which they are coloured."""
    count = matrix.shape[1]
    if order == "natural":
        return np.arange(count)
    if symmetric:
        graph = _graph(matrix)
        if order == "largest first":
            return np.argsort(-np.diff(graph.indptr), kind="stable")
        return _smallest_last([graph], count)
    overlaps = np.bincount(matrix.indices, np.repeat(np.diff(matrix.indptr), np.diff(matrix.indptr)), count)  # how many entries stand in the rows of a column
    if order == "largest first":
        return np.argsort(-overlaps, kind="stable")
    return _smallest_last([sp.csr_array(matrix.T), matrix], count)


def _smallest_last(hops: list[Any], count: int) -> Any:
    """Take away the vertex with the fewest neighbours left, again and again; the last one taken comes first. Neighbours are reached by one or two hops."""
    steps = [np.split(hop.indices, hop.indptr[1:-1]) for hop in hops]

    def neighbours(v: int) -> set[int]:
        reached = {v}
        for step in steps:
            reached = {int(w) for u in reached for w in step[u]}
        return reached - {v}

    near = [neighbours(v) for v in range(count)]
    degrees = [len(found) for found in near]
    buckets: list[set[int]] = [set() for _ in range(max(degrees, default=0) + 1)]
    for v, degree in enumerate(degrees):
        buckets[degree].add(v)
    taken: list[int] = []
    low = 0
    while len(taken) < count:
        while not buckets[low]:
            low += 1
        v = buckets[low].pop()
        taken.append(v)
        degrees[v] = -1
        for w in near[v]:
            if degrees[w] >= 0:
                buckets[degrees[w]].discard(w)
                degrees[w] -= 1
                buckets[degrees[w]].add(w)
        low = max(low - 1, 0)
    return np.array(taken[::-1], int)


def first_fit(matrix: Any, order: Any) -> Any:
    """Colour the columns of a CSR pattern so that two that meet in a row differ (a partial distance-2 colouring).

    References
    ----------
    A. R. Curtis, M. J. D. Powell, J. K. Reid, On the estimation of sparse Jacobian matrices, J. Inst. Math. Appl. 13 (1974).
    """
    across = sp.csr_array(matrix.T)
    starts, rows = across.indptr.tolist(), across.indices.tolist()
    used = [0] * matrix.shape[0]  # the colours in each row
    bits = [1] * matrix.shape[1]
    for v in order.tolist():
        mine = rows[starts[v]:starts[v + 1]]
        taken = 0
        for r in mine:
            taken |= used[r]
        bits[v] = bit = ~taken & (taken + 1)
        for r in mine:
            used[r] |= bit
    return _numbered(bits)


def star(matrix: Any, order: Any) -> Any:
    """Colour the graph of a symmetric pattern so that neighbours differ and every path of four vertices has at least three colours.

    References
    ----------
    A. H. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian? Graph coloring for computing derivatives, SIAM Review 47 (2005), algorithm 4.1.
    """
    graph = _graph(matrix)
    starts, columns = graph.indptr.tolist(), graph.indices.tolist()
    count = graph.shape[0]
    bits = [0] * count
    near = [0] * count    # the colours of the neighbours
    twice = [0] * count   # those that several neighbours have
    beyond = [0] * count  # the colours of the neighbours that have another neighbour of this vertex's own colour
    for v in order.tolist():
        mine = columns[starts[v]:starts[v + 1]]
        taken = near[v]
        for w in mine:
            taken |= beyond[w] if bits[w] else near[w]
        bits[v] = bit = ~taken & (taken + 1)
        for x in mine:
            if not near[x] & bit:
                near[x] |= bit
                continue
            beyond[v] |= bits[x]
            if not twice[x] & bit:
                twice[x] |= bit
                for w in columns[starts[x]:starts[x + 1]]:
                    if bits[w] == bit:
                        beyond[w] |= bits[x]
    return _numbered(bits)


def _numbered(bits: list[int]) -> Any:
    """Bits as colours from 0."""
    return np.fromiter((bit.bit_length() for bit in bits), np.int64, len(bits)) - 1
