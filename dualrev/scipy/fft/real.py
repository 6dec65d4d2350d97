"""Cosine, sine and Hankel transforms.

With C1 to C4 and S1 to S4 without scale: C2^T and C3 differ in the column of frequency zero, S2^T and S3 in the last one, C1^T and C1 at both ends; C4, S1 and S4 are
symmetric, and so are all types once they are made orthogonal. G. Strang, The discrete cosine transform, SIAM Review 41 (1999).
The fast Hankel transform D F C D (C a circulant, F a flip, D a diagonal) is symmetric. A. J. S. Hamilton, Uncorrelated modes of the non-linear power spectrum (2000).
"""

import numpy as np
import scipy.fft as theirs

from ...core.rows import linear
from ...core.tracer import meta
from ...rules.fourier import fitted, lengths, reversed_norm
from ..mirror import mirror

dct, idct, dst, idst, dctn, idctn, dstn, idstn = (mirror(getattr(theirs, name)) for name in ("dct", "idct", "dst", "idst", "dctn", "idctn", "dstn", "idstn"))
fht, ifht = mirror(theirs.fht), mirror(theirs.ifht)

OTHER = {1: 1, 2: 3, 3: 2, 4: 4}  # the type of the inverse, and of the transpose
DOUBLED = {(dct, 1): (0, -1), (dct, 2): (0,), (dst, 2): (-1,)}  # entries of g
HALVED = {(dct, 1): (0, -1), (dct, 3): (0,), (dst, 3): (-1,)}  # entries of what it becomes


def scaled(g, places, factor, axis):
    """g with some entries along an axis multiplied."""
    if not places:
        return g
    shape, dtype = meta(g)
    w = np.ones(shape[axis], np.finfo(dtype).dtype)
    for place in places:
        w[place] = factor
    return g * w.reshape((-1,) + (1,) * (len(shape) - 1 - axis % len(shape)))


def square(transform, g, type, axis, norm, orthogonalize):
    """The transpose of a transform of the given type, along one axis."""
    orthogonal = norm == "ortho" if orthogonalize is None else orthogonalize
    key = None if orthogonal else (transform, type)
    g = transform(scaled(g, DOUBLED.get(key), 2.0, axis), OTHER[type], axis=axis, norm=norm, orthogonalize=orthogonal)
    return scaled(g, HALVED.get(key), 0.5, axis)


def in_line(transform, inverse):
    """The transpose along one axis, for a transform or for the inverse, which is of the other type and scaled the other way round."""
    def rule(g, x, type=2, n=None, axis=-1, norm=None, orthogonalize=None):
        kind, scale = (OTHER[type], reversed_norm(norm)) if inverse else (type, norm)
        return fitted(square(transform, g, kind, axis, scale, orthogonalize), x.shape[axis], axis)

    return rule


def in_space(transform, inverse):
    """The transpose along several axes."""
    line = in_line(transform, inverse)

    def rule(g, x, type=2, s=None, axes=None, norm=None, orthogonalize=None):
        for _, axis in lengths(x, s, axes):
            g = line(g, x, type, None, axis, norm, orthogonalize)
        return g

    return rule


for transform, others in ((dct, (idct, dctn, idctn)), (dst, (idst, dstn, idstn))):
    linear(transform, in_line(transform, False))
    linear(others[0], in_line(transform, True))
    linear(others[1], in_space(transform, False))
    linear(others[2], in_space(transform, True))
linear(fht, lambda g, a, dln, mu, offset=0.0, bias=0.0: fht(g, dln, mu, offset, bias))
linear(ifht, lambda g, A, dln, mu, offset=0.0, bias=0.0: ifht(g, dln, mu, offset, bias))
