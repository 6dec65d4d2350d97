"""Products of SciPy's sparse matrices and dense arrays."""

import numpy as np

from ..core import matrices
from ..core.errors import NoRuleError, at_line
from ..core.rows import multilinear
from ..core.tracer import Tracer, apply, meta
from .products import mT


class Pattern:
    """The kind of a sparse matrix. Its data and index arrays are arguments, so that the tape looks after them as after any plain array."""

    def __init__(self, matrix, turned=False):
        self.matrix, self.turned = matrix, turned
        self.kind, self.shape, self.format = type(matrix), matrix.shape, matrix.format

    @property
    def T(self):
        """The transpose's."""
        return Pattern(self.matrix, not self.turned)

    def filled(self, data, *indices):
        """The matrix with the given data at the given places: the one that the pattern was made of where these are its own."""
        matrix = self.matrix
        if data is not matrix.data or any(a is not b for a, b in zip(indices, indices_of(matrix), strict=True)):
            matrix = self.kind((data, *indices) if self.format != "coo" else (data, indices), shape=self.shape)
        return matrix.T if self.turned else matrix

    def places(self, *indices):
        """Row and column of every entry."""
        if self.format == "coo":
            row, column = indices
        else:
            row, column = indices[0], np.repeat(np.arange(len(indices[1]) - 1), np.diff(indices[1]))
        return (row, column) if (self.format == "csr") == self.turned else (column, row)

    def __repr__(self):
        return f"<{self.format} {'x'.join(map(str, self.shape))}{', transposed' if self.turned else ''}>"


def indices_of(matrix):
    """The index arrays of a matrix."""
    return (matrix.row, matrix.col) if matrix.format == "coo" else (matrix.offsets,) if matrix.format == "dia" else (matrix.indices, matrix.indptr)


def sparse_product(data, x, pattern, *indices):
    """A @ x for the matrix A of a pattern."""
    if isinstance(data, Tracer) or isinstance(x, Tracer):
        return apply(sparse_product, (data, x, pattern, *indices), {})
    return pattern.filled(data, *indices) @ x


def in_data(g, data, x, pattern, *indices):
    """g_i x_j at the entry (i, j)."""
    row, column = pattern.places(*indices)
    products = g[row] * x[column]
    return products if len(meta(x)[0]) == 1 else np.sum(products, axis=-1)


def in_operand(g, data, x, pattern, *indices):
    """A^T g. (Of one row in coo format SciPy's product with a vector is a scalar.)"""
    shape = meta(x)[0]
    g = np.reshape(g, (pattern.shape[pattern.turned], *shape[1:]))
    return np.reshape(sparse_product(data, g, pattern.T, *indices), shape)


multilinear(sparse_product, in_data, in_operand, name="scipy.sparse A @ x",
            notes="A of any format; x of one or two axes; also x @ A, A.dot(x), A * x of sparse matrices; in the entries of A where they are traced (csr, csc, coo)")

BY_ENTRIES = ("csr", "csc", "coo")


def product(matrix, x, reflected):
    """A @ x, or x @ A, of a sparse matrix and a traced array."""
    ndim = len(meta(x)[0])
    if matrix.ndim > 2 or ndim not in (1, 2):
        raise NoRuleError(f"a product of a sparse array of {matrix.ndim} axes and a traced array of {ndim} has no derivative rule{at_line()}. "
                          "Products of matrices and vectors have: take those of a stack one by one, or use A.toarray().")
    if matrix.ndim == 1:
        return product(matrix.reshape(1, -1).tocsr(), mT(x) if reflected and ndim == 2 else x, False)[0]
    if matrix.format in ("dok", "lil"):
        matrix = matrix.tocsr()
    if isinstance(matrix.data, Tracer) and matrix.format not in BY_ENTRIES:
        raise NoRuleError(f"a sparse matrix of format {matrix.format} whose entries are traced has no derivative rule{at_line()}. Use csr, csc or coo.")
    if reflected and ndim == 2:  # (A^T x^T)^T
        return mT(sparse_product(matrix.data, mT(x), Pattern(matrix, True), *indices_of(matrix)))
    return sparse_product(matrix.data, x, Pattern(matrix, reflected), *indices_of(matrix))


matrices.product.append(product)
