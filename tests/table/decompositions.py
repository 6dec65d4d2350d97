"""Samples for factorisations and what is built on them."""

import numpy as np
from drawing import args

from dualrev.rules.eigenvectors import eigenspaces
from dualrev.rules.leastsquares import fitted
from dualrev.rules.singularspaces import singular_spaces
from dualrev.rules.singularvectors import decomposition
from dualrev.rules.spectral import orthogonal

LA = np.linalg


def square(d, *batch):
    """Well-conditioned matrices."""
    return d(*batch, 3, 3) + 4 * np.eye(3)


def apart(d, *batch):
    """Matrices with simple real eigenvalues."""
    return 0.4 * d(*batch, 3, 3) + np.diag([1.0, 3.0, 6.0])


SAMPLES = {
    fitted: args(lambda d: (d(4, 2), d(4), None)),
    LA.lstsq: args(lambda d: (d(4, 2), d(4)), lambda d: (d(4, 2), d(4, 3)), lambda d: (d(2, 4), d(2, 2)), lambda d: (square(d), d(3)), lambda d: (d.z(4, 2), d.z(4)),
                   lambda d: (d(4, 3), d(4), -1)),
    LA.cond: [lambda d, p=p: ((square(d),), {} if p is None else {"p": p}) for p in (None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc")]
    + [lambda d: ((d(2, 3),), {}), lambda d: ((square(d, 2),), {"p": 1}), lambda d: ((d(2, 3, 2),), {"p": -2}), lambda d: ((square(d) + 1j * d(3, 3),), {"p": "fro"})],
    LA.tensorsolve: [lambda d: ((d(2, 3, 6) + np.eye(6).reshape(2, 3, 6) * 4, d(2, 3)), {}), lambda d: ((d(2, 3, 2, 3) + np.eye(6).reshape(2, 3, 2, 3) * 4, d(2, 3)), {}),
                     lambda d: (((d(2, 3, 6) + np.eye(6).reshape(2, 3, 6) * 4).transpose(0, 2, 1), d(2, 3)), {"axes": (1,)})],
    LA.tensorinv: [lambda d: ((d(2, 3, 6) + np.eye(6).reshape(2, 3, 6) * 4,), {}), lambda d: ((d(6, 2, 3) + np.eye(6).reshape(6, 2, 3) * 4,), {"ind": 1})],
    orthogonal: args(lambda d: (square(d), "reduced")),
    LA.qr: [lambda d: ((square(d),), {}), lambda d: ((d(4, 2),), {}), lambda d: ((square(d)[:2],), {}), lambda d: ((d(2, 4, 3),), {}),
            lambda d: ((square(d),), {"mode": "complete"}), lambda d: ((d(4, 3),), {"mode": "complete"}), lambda d: ((square(d)[:2],), {"mode": "complete"}),
            lambda d: ((d(4, 2),), {"mode": "r"}),
            lambda d: ((square(d) + 1j * d(3, 3),), {}), lambda d: ((d.z(4, 2),), {}), lambda d: ((square(d)[:2] + 1j * d(2, 3),), {})],
    LA.eig: args(lambda d: (apart(d),), lambda d: (apart(d, 2),), lambda d: (apart(d) + 0.3j * d(3, 3),),
                 lambda d: (np.array([[1.0, 2.0, 0.3], [-2.0, 1.5, 0.2], [0.1, -0.4, 4.0]]),)),
}
SAMPLES[LA.eigvals] = SAMPLES[LA.eig]
SAMPLES[eigenspaces] = args(lambda d: (square(d), "L", None, True))
SAMPLES[decomposition] = args(lambda d: (d(3, 2), False))
SAMPLES[singular_spaces] = args(lambda d: (square(d), False))
SAMPLES[LA.svd] = [lambda d: ((square(d),), {}), lambda d: ((d(4, 2),), {}), lambda d: ((d(2, 4),), {}), lambda d: ((d(2, 4, 2),), {"full_matrices": False}),
                   lambda d: ((d(2, 3),), {"full_matrices": False}), lambda d: ((d(2, 3),), {"compute_uv": False}), lambda d: ((d.z(3, 2),), {"full_matrices": False}),
                   lambda d: ((d.z(2, 3),), {}), lambda d: ((square(d) + 1j * d(3, 3),), {})]


def of_phases_free(y):
    """What of a singular value decomposition, or of eigenvectors, does not depend on the choice of vectors: moduli, and projections beyond the rank."""
    if not isinstance(y, tuple) or len(y) != 3:
        return y
    u, s, vh = y
    k = s.shape[-1]
    rest, more = u[..., k:], vh[..., k:, :]
    return [np.abs(u[..., :k]), s, np.abs(vh[..., :k, :]), rest @ np.conj(np.swapaxes(rest, -1, -2)), np.conj(np.swapaxes(more, -1, -2)) @ more,
            (u[..., :k] * np.expand_dims(np.exp(s), -2)) @ vh[..., :k, :]]


def freed(function):
    return lambda *args, **kwargs: of_phases_free(function(*args, **kwargs))


CALLED = {LA.svd: freed(LA.svd), decomposition: freed(decomposition)}
