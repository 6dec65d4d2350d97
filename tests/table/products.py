"""Samples for products of matrices, linear algebra and Fourier transforms."""

import numpy as np
import scipy.sparse
from drawing import Draw, args, optional, with_keywords

from dualrev.rules.contracting import contracted
from dualrev.rules.eigenvectors import spectral
from dualrev.rules.norms import euclidean, power_norm
from dualrev.rules.sparseproducts import Pattern, indices_of, sparse_product


def square(d, *batch):
    """Well-conditioned matrices."""
    return d(*batch, 3, 3) + 4 * np.eye(3)


SAMPLES = {
    np.matmul: args(lambda d: (d(2, 3), d(3, 2)), lambda d: (d(3), d(3)), lambda d: (d(3), d(3, 2)), lambda d: (d(2, 3), d(3)), lambda d: (d(4, 2, 3), d(3, 2)),
        lambda d: (d(2, 1, 2, 3), d(4, 3, 2)), lambda d: (d(3), d(4, 3, 2)), lambda d: (d(4, 2, 3), d(3))),
    np.outer: args(lambda d: (d(2), d(3)), lambda d: (d(2, 2), d(3)), lambda d: (d()[()], d(2))),
    np.dot: args(lambda d: (d(3), d(3)), lambda d: (d(2, 3), d(3)), lambda d: (d(2, 3), d(3, 2)), lambda d: (d(2, 2, 3), d(2, 3, 2)), lambda d: (d(2, 2, 3), d(3)),
        lambda d: (d(2), d()[()]), lambda d: (d(3), d(2, 3, 2))),
    np.inner: args(lambda d: (d(3), d(3)), lambda d: (d(2, 3), d(3)), lambda d: (d(2, 3), d(4, 3)), lambda d: (d(2), d()[()])),
    np.vdot: args(lambda d: (d(3), d(3)), lambda d: (d(2, 3), d(2, 3)), lambda d: (d.z(3), d.z(3))),
    np.tensordot: [lambda d: ((d(2, 3, 4), d(3, 4, 2)), {}), lambda d: ((d(2, 3), d(4, 2)), {"axes": (0, 1)}), lambda d: ((d(2, 3), d(2, 2)), {"axes": 0}),
        lambda d: ((d(2, 3, 4), d(4, 3)), {"axes": ([1, -1], [1, 0])})],
    np.kron: args(lambda d: (d(2), d(3)), lambda d: (d(2, 2), d(1, 3)), lambda d: (d(2, 3), d(2)), lambda d: (d()[()], d(2))),
    np.linalg.outer: args(lambda d: (d(2), d(3))),
    np.linalg.matmul: args(lambda d: (d(2, 3), d(3, 2))),
    np.linalg.tensordot: [lambda d: ((d(2, 3, 4), d(3, 4, 2)), {}), lambda d: ((d(2, 3), d(4, 2)), {"axes": (0, 1)})],
    np.vecdot: args(lambda d: (d(2, 3), d(3)), lambda d: (d.z(2, 3), d.z(2, 3))),
    np.linalg.vecdot: [lambda d: ((d(2, 3), d(2, 3)), {}), lambda d: ((d.z(2, 3), d.z(2, 3)), {"axis": 0})],
    contracted: args(lambda d: ("ij,jk->ik", d(2, 3), d(3, 2)), lambda d: ("ii->i", d(3, 3)), lambda d: ("ij->j", d(2, 3)), lambda d: ("i,i,i->", d(3), d(3), d(3)),
        lambda d: ("iij,j->", d(2, 2, 3), d(3))),
    np.einsum: args(lambda d: ("ij,jk", d(2, 3), d(3, 2)), lambda d: ("ii", d(3, 3)), lambda d: ("...j,kj->...k", d(2, 2, 3), d(2, 3)),
        lambda d: (d(2, 3), [0, 1], d(3), [1], [0]), lambda d: ("ij,ij,i->j", d(2, 3), d(2, 3), d(2)), lambda d: ("i...->...", d(2, 3)),
        lambda d: ("ij,jk->ki", d.z(2, 3), d.z(3, 2))),
    np.linalg.multi_dot: args(lambda d: ([d(2, 3), d(3, 2), d(2, 2)],), lambda d: ([d(3), d(3, 2), d(2)],)),
}
SAMPLES[np.linalg.inv] = [lambda d: ((square(d),), {}), lambda d: ((square(d, 2),), {}), lambda d: ((square(d) + 1j * d(3, 3),), {})]
SAMPLES[np.linalg.det] = SAMPLES[np.linalg.slogdet] = SAMPLES[np.linalg.inv]
SAMPLES[np.linalg.solve] = args(lambda d: (square(d), d(3)), lambda d: (square(d), d(3, 2)), lambda d: (square(d, 2), d(2, 3, 2)),
                                lambda d: (square(d) + 1j * d(3, 3), d(3)), lambda d: (square(d, 2), d(3, 1)))
SAMPLES[np.linalg.pinv] = args(lambda d: (d(2, 3),), lambda d: (d(3, 2),), lambda d: (d(2, 3, 2),))
SAMPLES[np.linalg.matrix_power] = args(*((lambda d, n=n: (square(d), n)) for n in (0, 1, 2, 3, 5, -1, -2)))
SAMPLES[np.linalg.cholesky] = SAMPLES[np.linalg.inv]
SAMPLES[np.linalg.eigh] = [lambda d: ((square(d),), {}), lambda d: ((square(d, 2),), {"UPLO": "U"}), lambda d: ((square(d) + 1j * d(3, 3),), {})]
SAMPLES[np.linalg.eigvalsh] = SAMPLES[np.linalg.eigh]
SAMPLES[spectral] = args(lambda d: (square(d), "L"))
SAMPLES[np.linalg.svdvals] = args(lambda d: (d(2, 3),), lambda d: (d(3, 2),), lambda d: (d(2, 3, 3),), lambda d: (d.z(2, 2),))
SAMPLES[euclidean] = args(lambda d: (d(4), None, False), lambda d: (d.z(2, 3), 1, True), lambda d: (d(2, 3), (0, 1), False))
SAMPLES[power_norm] = args(lambda d: (d.pos(4), 3, None, False), lambda d: (d.pos(2, 3), 2.5, 1, True))
ORDERS = (None, 1, 2, 3, 0.5, np.inf, -np.inf)
SAMPLES[np.linalg.norm] = [*with_keywords(*({"ord": p} for p in ORDERS), shape=(4,)), *with_keywords(*({"ord": p} for p in (None, "fro", 1, -1, np.inf, -np.inf, 2, -2, "nuc"))),
                           *with_keywords({"axis": 0}, {"axis": 1, "ord": 1, "keepdims": True}, {"axis": (0, 1)}, {"keepdims": True}),
                           *with_keywords({}, {"ord": 3}, shape=(3,), draw=Draw.z)]
SAMPLES[np.linalg.vector_norm] = with_keywords({}, {"axis": 0}, {"ord": 1}, {"ord": np.inf, "axis": 1, "keepdims": True}, {"ord": 3, "axis": (0, 1)})
SAMPLES[np.linalg.matrix_norm] = with_keywords({}, {"ord": 1}, {"ord": "nuc", "keepdims": True}, {"ord": np.inf}, shape=(2, 3, 2))
for name in "fft ifft rfft irfft hfft ihfft".split():
    number = Draw.__call__ if name in ("rfft", "ihfft") else Draw.z
    SAMPLES[getattr(np.fft, name)] = [*with_keywords({}, {"n": 3}, {"n": 7}, {"norm": "ortho"}, shape=(5,), draw=number),
                                      *with_keywords({"axis": 0}, {"norm": "forward", "axis": -2}, shape=(4, 3), draw=number)]
for name in "fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn".split():
    number = Draw.__call__ if name.startswith("r") else Draw.z
    SAMPLES[getattr(np.fft, name)] = with_keywords({}, {"s": (3, 5), "axes": (0, 1)}, {"axes": (1, 0)}, {"axes": (-1, 0), "norm": "ortho"}, shape=(4, 3), draw=number)
SAMPLES[np.fft.fft] += args(lambda d: (d(4),))
for shift in (np.fft.fftshift, np.fft.ifftshift):
    SAMPLES[shift] = with_keywords({}, {"axes": 0}, {"axes": (1,)}, shape=(2, 3))

optional(SAMPLES, "matvec", args(lambda d: (d(2, 3), d(3)), lambda d: (d(4, 2, 3), d(3))))
optional(SAMPLES, "vecmat", args(lambda d: (d(3), d(3, 2)), lambda d: (d.z(3), d.z(4, 3, 2))))


def sparse(d, kind, *shape, turned=False):
    """A sparse matrix, taken apart, and an array of the given shape."""
    matrix = kind(np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 3.0]]))
    return d.pos(matrix.nnz), d(*shape), Pattern(matrix, turned), *indices_of(matrix)


SAMPLES[sparse_product] = args(lambda d: sparse(d, scipy.sparse.csr_array, 3), lambda d: sparse(d, scipy.sparse.csc_matrix, 2, 4, turned=True),
                               lambda d: sparse(d, scipy.sparse.coo_array, 3, 2))
