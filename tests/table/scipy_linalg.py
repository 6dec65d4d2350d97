"""Samples for dr.scipy.linalg."""

import numpy as np
import scipy.linalg
from decompositions import apart, of_phases_free, square
from drawing import args, with_keywords

from dualrev.core.rows import TABLE
from dualrev.scipy import linalg as LA
from dualrev.scipy.linalg import factors, systems


def positive(d, *batch):
    """Symmetric positive matrices."""
    a = d(*batch, 3, 3)
    return a @ np.swapaxes(a, -1, -2) + 2 * np.eye(3)


def low(d):
    """The triangle of one that is read."""
    return np.tril(positive(d))


def near_identity(d, *batch):
    """Matrices with a principal logarithm."""
    return 0.2 * d(*batch, 3, 3) + np.diag([1.0, 2.0, 4.0])


def complexed(make):
    """The same matrices with an imaginary part."""
    return lambda d, *batch: make(d, *batch) + 0.2j * d(*batch, 3, 3)


def stacks(function, make, *rest):
    """A sample of a stack where SciPy takes one."""
    def supported():
        try:
            function.__wrapped__(np.stack([np.eye(3)] * 2), *rest)
        except (ValueError, TypeError, NotImplementedError, scipy.linalg.LinAlgError):
            return False
        return True

    return [lambda d: ((make(d, 2), *rest), {})] if supported() else []


def of_matrix(function, make=square, *rest):
    """A real one, a complex one, a stack."""
    return [lambda d: ((make(d), *rest), {}), lambda d: ((complexed(make)(d), *rest), {}), *stacks(function, make, *rest)]


def sides(function, make, **keywords):
    """A matrix with a vector and with a matrix as its right-hand side."""
    return [lambda d: ((make(d), d(3)), keywords), lambda d: ((make(d), d(3, 2)), keywords), lambda d: ((complexed(make)(d), d(3)), keywords)]


def banded(d, low=1, high=2, n=5):
    ab = d(low + high + 1, n)
    ab[high] += 6
    return ab


SAMPLES = {
    LA.solve: [*sides(LA.solve, square), lambda d: ((square(d), d(3)), {"transposed": True}),
               *(lambda d, k=k: ((np.tril(positive(d)), d(3, 2)), {"assume_a": k, "lower": True}) for k in ("pos", "sym", "her")),
               *(lambda d, k=k: ((np.triu(positive(d)), d(3)), {"assume_a": k}) for k in ("pos", "sym", "her")),
               *(lambda d, k=k: ((np.tril(positive(d)) + 0.1j * np.tril(d(3, 3), -1), d(3)), {"assume_a": k, "lower": True}) for k in ("pos", "sym", "her"))],
    LA.solve_triangular: [lambda d, k=k: ((square(d), d(3, 2)), k) for k in ({}, {"lower": True}, {"trans": 1}, {"trans": "T", "lower": True}, {"unit_diagonal": True})]
    + [lambda d: ((square(d) + 1j * d(3, 3), d.z(3)), {"trans": "C"}), lambda d: ((square(d) + 1j * d(3, 3), d.z(3)), {"trans": 0, "lower": True, "unit_diagonal": True})],
    LA.cho_solve: [lambda d: (((square(d), True), d(3)), {}), lambda d: (((square(d), False), d(3, 2)), {}), lambda d: (((complexed(square)(d), True), d(3)), {}),
                   lambda d: (((complexed(square)(d), False), d(3)), {})],
    LA.lu_solve: [lambda d, k=k: (((square(d), np.array([2, 2, 2])), d(3, 2)), {"trans": k}) for k in (0, 1, 2)]
    + [lambda d, k=k: (((complexed(square)(d), np.array([1, 2, 2])), d(3)), {"trans": k}) for k in (0, 1, 2)],
    LA.solve_banded: args(lambda d: ((1, 2), banded(d), d(5)), lambda d: ((2, 1), banded(d, 2, 1), d(5, 2)), lambda d: ((0, 1), banded(d, 0, 1), d(5)),
                          lambda d: ((1, 1), banded(d, 1, 1) + 1j * d(3, 5), d(5))),
    LA.solveh_banded: [lambda d: ((banded(d, 0, 2), d(5)), {}), lambda d: ((banded(d, 2, 0), d(5, 2)), {"lower": True}), lambda d: ((banded(d, 0, 1) + 1j * d(2, 5), d(5)), {}),
                       lambda d: ((banded(d, 1, 0) + 1j * d(2, 5), d(5)), {"lower": True})],
    LA.solve_toeplitz: args(lambda d: (d(4) + [9, 0, 0, 0], d(4)), lambda d: ((d(4) + [9, 0, 0, 0], d(4)), d(4, 2)), lambda d: (d.z(3) + [9, 0, 0], d(3)),
                            lambda d: ((d.z(3) + [9, 0, 0], d.z(3)), d(3))),
    LA.matmul_toeplitz: args(lambda d: (d(4), d(4)), lambda d: ((d(4), d(3)), d(3, 2)), lambda d: ((d(2), d(3)), d(3)), lambda d: (d.z(3), d(3, 2))),
    LA.solve_sylvester: args(lambda d: (square(d), d(2, 2), d(3, 2)), lambda d: (complexed(square)(d), d.z(2, 2), d.z(3, 2))),
    LA.solve_continuous_lyapunov: args(lambda d: (square(d), d(3, 3)), lambda d: (complexed(square)(d), d.z(3, 3))),
    LA.solve_discrete_lyapunov: [lambda d, k=k: ((0.2 * square(d), d(3, 3)), k) for k in ({}, {"method": "direct"}, {"method": "bilinear"})]
    + args(lambda d: (0.2 * complexed(square)(d), d.z(3, 3))),
    LA.solve_continuous_are: args(lambda d: (d(3, 3), d(3, 2), positive(d), np.array([[2.0, 0.3], [0.3, 1.0]]))),
    LA.solve_discrete_are: args(lambda d: (d(3, 3), d(3, 2), positive(d), np.array([[2.0, 0.3], [0.3, 1.0]]))),
    LA.det: of_matrix(LA.det),
    LA.inv: of_matrix(LA.inv),
    LA.pinv: [lambda d: ((d(3, 2),), {}), lambda d: ((d.z(2, 3),), {}), lambda d: ((square(d),), {"rtol": 1e-9, "return_rank": True})],
    LA.pinvh: [lambda d: ((np.tril(positive(d)),), {}), lambda d: ((np.triu(positive(d)),), {"lower": False, "return_rank": True})],
    LA.norm: with_keywords({}, {"ord": 1}, {"ord": 2}, {"ord": "nuc"}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}, {"ord": 3, "axis": 1}),
    LA.cholesky: [lambda d: ((np.triu(positive(d)),), {}), lambda d: ((np.tril(positive(d)),), {"lower": True}),
                    lambda d: ((np.triu(positive(d) + 0.1j * np.triu(d(3, 3), 1)),), {})],
    LA.cho_factor: [lambda d: ((np.triu(positive(d)) + 0.1 * d(3, 3),), {}), lambda d: ((np.tril(positive(d)) + 0.1 * d(3, 3),), {"lower": True})],
    LA.lu: [*of_matrix(LA.lu), lambda d: ((d(4, 2),), {}), lambda d: ((d(2, 4),), {}), lambda d: ((d(3, 2),), {"permute_l": True}),
                    lambda d: ((square(d)[[2, 0, 1]],), {"p_indices": True})],
    LA.lu_factor: args(lambda d: (square(d),), lambda d: (square(d)[[2, 0, 1]],), lambda d: (complexed(square)(d),), lambda d: (d(4, 2),), lambda d: (d(2, 4),)),
    LA.qr: [*of_matrix(LA.qr), lambda d: ((d(4, 3),), {}), lambda d: ((d(4, 2),), {"mode": "economic"}), lambda d: ((d(4, 2),), {"mode": "r"}), lambda d: ((d(2, 4),), {}),
            lambda d: ((square(d)[:, [2, 0, 1]],), {"pivoting": True}), lambda d: ((d(4, 2),), {"mode": "r", "pivoting": True})],
    LA.polar: [*of_matrix(LA.polar), lambda d: ((square(d),), {"side": "left"}), lambda d: ((complexed(square)(d),), {"side": "left"})],
    LA.eigh: [lambda d: ((low(d),), {}), lambda d: ((np.triu(positive(d)),), {"lower": False}), lambda d: ((low(d),), {"driver": "evd"}),
                    lambda d: ((low(d),), {"eigvals_only": True}),
              lambda d: ((low(d), low(d)), {}), lambda d: ((np.triu(square(d)), np.triu(positive(d))), {"lower": False})],
    LA.eigvalsh: [lambda d: ((low(d),), {}), lambda d: ((np.tril(positive(d)) + 0.1j * np.tril(d(3, 3), -1),), {}), lambda d: ((low(d),), {"subset_by_index": [1, 2]}),
                  lambda d: ((low(d),), {"subset_by_value": [0.0, 4.0]}), lambda d: ((low(d), low(d)), {})],
    LA.eig: args(lambda d: (apart(d),), lambda d: (apart(d) + 0.3j * d(3, 3),)) + [lambda d: ((apart(d),), {"right": False})],
    LA.eigvals: args(lambda d: (apart(d),), lambda d: (apart(d) + 0.3j * d(3, 3),)),
    LA.svd: [lambda d: ((0.2 * near_identity(d),), {}), lambda d: ((d(4, 2),), {"full_matrices": False}), lambda d: ((d(2, 3),), {"compute_uv": False}),
                    lambda d: ((d.z(3, 2),), {"full_matrices": False})],
    LA.svdvals: args(lambda d: (d(3, 2),), lambda d: (d.z(2, 3),)),
    LA.lstsq: [lambda d: ((d(4, 2), d(4)), {}), lambda d: ((d(4, 2), d(4, 3)), {}), lambda d: ((d(2, 4), d(2)), {}), lambda d: ((d.z(4, 2), d.z(4)), {"cond": 1e-9})],
    LA.expm: of_matrix(LA.expm, d_third := lambda d, *batch: 0.5 * d(*batch, 3, 3)),
    LA.expm_frechet: [lambda d: ((d_third(d), d(3, 3)), {}), lambda d: ((complexed(d_third)(d), d.z(3, 3)), {"compute_expm": False})],
    LA.logm: of_matrix(LA.logm, near_identity), LA.sqrtm: of_matrix(LA.sqrtm, near_identity),
    LA.fractional_matrix_power: of_matrix(LA.fractional_matrix_power, near_identity, 0.3) + args(lambda d: (near_identity(d), 2), lambda d: (near_identity(d), -1.5)),
    **{f: of_matrix(f, d_third) for f in (LA.cosm, LA.sinm, LA.tanm, LA.coshm, LA.sinhm, LA.tanhm)},
    LA.toeplitz: args(lambda d: (d(3),), lambda d: (d(3), d(4)), lambda d: (d.z(3),), lambda d: (d.z(2), d.z(3))),
    LA.hankel: args(lambda d: (d(3),), lambda d: (d(3), d(4))),
    LA.circulant: args(lambda d: (d(4),)), LA.companion: args(lambda d: (d(4),), lambda d: (d(2),)), LA.fiedler_companion: args(lambda d: (d(5),),
                    lambda d: (d(2),), lambda d: (d(3),)),
    LA.leslie: args(lambda d: (d(3), d(2))), LA.fiedler: args(lambda d: (d(4),)), LA.diagsvd: args(lambda d: (d(2), 2, 3), lambda d: (d(2), 3, 2)),
    LA.convolution_matrix: args(lambda d: (d(3), 4), lambda d: (d(3), 4, "same"), lambda d: (d(3), 4, "valid")),
    LA.block_diag: args(lambda d: (d(2, 2), d(3), d()[()]), lambda d: (d(2, 1),)),
    LA.khatri_rao: args(lambda d: (d(2, 3), d(4, 3)), lambda d: (d.z(2, 3), d(2, 3))),
}


def inner(name):
    """A building block of the rules, by the name of its row."""
    return next(f for f, row in TABLE.items() if row.name == name)


SAMPLES |= {
    inner("scipy.linalg.solve (one array each)"): args(lambda d: (square(d), d(3), False, "gen", False, True)),
    inner("scipy.linalg.solve_triangular (one array each)"): args(lambda d: (square(d), d(3), 0, True, False, True)),
    inner("scipy.linalg.cho_solve (one array each)"): args(lambda d: (square(d), d(3), True, True)),
    inner("scipy.linalg.lu_solve (one array each)"): args(lambda d: (square(d), d(3), 1, np.array([1, 2, 2]), True)),
    inner("scipy.linalg.solve_banded (one array each)"): args(lambda d: (banded(d), d(5), 1, 2, True)),
    inner("scipy.linalg.solveh_banded (one array each)"): args(lambda d: (banded(d, 0, 2), d(5), False, True)),
    inner("scipy.linalg.solve_toeplitz (one array each)"): args(lambda d: (d(5) + [0, 0, 9, 0, 0], d(3), True)),
    inner("scipy.linalg.matmul_toeplitz (one array each)"): args(lambda d: (d(5), d(3), 3), lambda d: (d(5), d(2, 2), 4)),
    inner("scipy.linalg.solve_discrete_lyapunov (one array each)"): args(lambda d: (0.2 * square(d), d(3, 3), None)),
    inner("scipy.linalg.solve_continuous_are (one array each)"): args(lambda d: (*SAMPLES[LA.solve_continuous_are][0](d)[0], True)),
    inner("scipy.linalg.solve_discrete_are (one array each)"): args(lambda d: (*SAMPLES[LA.solve_discrete_are][0](d)[0], True)),
    inner("scipy.linalg.inv (of an array)"): args(lambda d: (square(d), None, False)),
    inner("scipy.linalg.pinv (of an array)"): args(lambda d: (d(3, 2), None, None, False, True)),
    inner("scipy.linalg.cho_factor (of an array)"): args(lambda d: (np.triu(positive(d)) + 0.1 * d(3, 3), False, True)),
    inner("scipy.linalg.lu (L and U)"): args(lambda d: (square(d), scipy.linalg.lu(square(d))[0])),
    inner("scipy.linalg.qr (Q and R)"): args(lambda d: (square(d), "full", None)),
    inner("scipy.linalg.polar (of an array)"): args(lambda d: (square(d), "right")),
    inner("scipy.linalg.expm_frechet (without the exponential)"): args(lambda d: (d_third(d), d(3, 3)), lambda d: (d_third(d, 2), d(2, 3, 3))),
    inner("scipy.linalg.expm_frechet (the exponential)"): args(lambda d: (d_third(d),)),
    inner("scipy.linalg.fractional_matrix_power (of an array)"): args(lambda d: (near_identity(d), 0.3)),
    inner("scipy.linalg.eigh (of two matrices)"): args(lambda d: (np.tril(positive(d)), np.tril(positive(d)), True)),
}


def symmetric_in(function):
    """Moduli of eigenvectors, which do not depend on the phase."""
    def call(*args, **kwargs):
        y = function(*args, **kwargs)
        return [y[0], np.abs(y[1])] if isinstance(y, tuple) else y

    return call


def symmetric_weights(function):
    """Riccati's equation with the symmetric parts of q and r, without which SciPy refuses."""
    def call(a, b, q, r, *rest):
        return function(a, b, (q + np.conj(q.T)) / 2, (r + np.conj(r.T)) / 2, *rest)

    return call


CALLED = {f: symmetric_weights(f) for f in (LA.solve_continuous_are, LA.solve_discrete_are, inner("scipy.linalg.solve_continuous_are (one array each)"),
                                            inner("scipy.linalg.solve_discrete_are (one array each)"))}
CALLED |= {inner("scipy.linalg.eigh (of two matrices)"): symmetric_in(inner("scipy.linalg.eigh (of two matrices)")), LA.svd: lambda *args,
                    **kwargs: of_phases_free(LA.svd(*args, **kwargs)), LA.eigh: symmetric_in(LA.eigh),
          LA.cho_factor: lambda *args, **kwargs: LA.cho_factor(*args, **kwargs)[0]}
ARGUMENTS = {systems.order_of: None, factors.rank_of: lambda x: (x, None, None, False, True)}
ARGUMENTS |= dict.fromkeys((LA.issymmetric, LA.ishermitian), lambda x: (x[:, :2],))
