"""What has no derivative, or none that its value determines."""

import scipy.linalg as LA

from ...core.rows import constant, unsupported
from ..mirror import mirror


def named(names):
    """Those of the functions that this SciPy has."""
    return [mirror(getattr(LA, name), room="linalg", name=name) for name in names.split() if hasattr(LA, name)]


TESTS = named("bandwidth ishermitian issymmetric")
constant(*TESTS, notes="a test of the form of a matrix")

REASONS = {
    "dft hadamard helmert hilbert invhilbert invpascal pascal": "it is made of a whole number, which has no derivative",
    "null_space orth": "any orthonormal basis of the space will do, and the derivative is that of nobody's choice. Use the projection, 1 - pinv(A) @ A or A @ pinv(A)",
    "cholesky_banded cho_solve_banded": "there is one for solveh_banded, which solves with the same matrix",
    "eig_banded eigvals_banded eigh_tridiagonal eigvalsh_tridiagonal": "there is one for eigh and eigvalsh of the matrix in full",
    "solve_circulant": "it is np.fft.ifft(np.fft.fft(b) / np.fft.fft(c)), of which every part has one",
    "hessenberg schur qz ordqz rsf2csf cdf2rdf cossin ldl rq": "the factors are not unique. Functions of the matrix, such as expm, logm, sqrtm and eigvals, have rules",
    "matrix_balance": "it scales by powers of two, chosen by the entries",
    "qr_delete qr_insert qr_update qr_multiply": "it works on factors that are there. Use qr of the new matrix",
    "subspace_angles": "angles have kinks where spaces meet. Use svdvals of Q1^H Q2",
    "orthogonal_procrustes": "it is U V^H of svd(B^H A), of which every part has one",
    "signm funm": "it is given by a function or a sign of the eigenvalues. Write it with eigh or eig, or use expm, logm, sqrtm, cosm and their kin",
    "expm_cond": "it is a norm of the derivative of expm itself. Use expm_frechet",
    "clarkson_woodruff_transform": "it draws a random matrix. Draw it once outside, and multiply by that",
    "find_best_blas_type get_blas_funcs get_lapack_funcs": "it looks up compiled code",
    "kron tri tril triu": "NumPy has the same function, with a rule",
}
NAMES = {f.__name__: f for reason in REASONS for f in named(reason)}
for names, reason in REASONS.items():
    unsupported(*(NAMES[name] for name in names.split() if name in NAMES), because=reason)
