"""Functions of matrices: their Frechet derivatives.

L_f(A, E) is the upper right block of f([[A, E], [0, A]]), to every order, and its transpose is L_f(A^T, G). N. J. Higham, Functions of Matrices (SIAM, 2008), theorem 3.6;
A. H. Al-Mohy and N. J. Higham, Computing the Frechet derivative of the matrix exponential, SIAM J. Matrix Anal. Appl. 30 (2009). The square root needs no larger matrix:
Y^2 = A moves by a Sylvester equation.
"""

import numpy as np
import scipy.linalg as LA

from ...core.errors import NoRuleError, at_line
from ...core.rows import composite, decomposed
from ...core.tracer import meta
from ...rules.products import array, mT
from ..mirror import dispatched, mirror
from .equations import anticommutator


def doubled(a, e):
    """[[A, E], [0, A]]."""
    a = np.broadcast_to(a, np.broadcast_shapes(meta(a)[0], meta(e)[0]))
    upper = np.concatenate([a, e], axis=-1)
    return np.concatenate([upper, np.concatenate([np.zeros(meta(a)[0], meta(a)[1]), a], axis=-1)], axis=-2)


def corner(m):
    """The upper right block."""
    n = meta(m)[0][-1] // 2
    return m[..., :n, n:]


def matrix_function(f, **options):
    """Declare a function of a matrix by its value on larger ones."""
    def tangent(t, y, a, *rest):
        return corner(f(doubled(a, t), *rest))

    def cotangent(g, y, a, *rest):
        return corner(f(doubled(mT(a), g), *rest))

    return composite(f, tangent, vjp=(cotangent,), **options)


expm, cosm, sinm, tanm, coshm, sinhm, tanhm = (mirror(f) for f in (LA.expm, LA.cosm, LA.sinm, LA.tanm, LA.coshm, LA.sinhm, LA.tanhm))
logm, sqrtm, fractional_matrix_power = mirror(LA.logm), mirror(LA.sqrtm), mirror(LA.fractional_matrix_power)


@dispatched
def exponential_moved(a, e):
    """L(A, E) of the exponential."""
    if np.ndim(a) > 2 or np.ndim(e) > 2:
        return corner(LA.expm(doubled(a, e)))
    return LA.expm_frechet(a, e, compute_expm=False, check_finite=False)


def exponential_bent(a, e, t):
    """The derivative of L(A, E) in A along T."""
    return corner(exponential_moved(doubled(a, t), doubled(e, np.zeros(meta(e)[0], meta(e)[1]))))


composite(expm, lambda t, y, A: exponential_moved(A, t), vjp=(lambda g, y, A: exponential_moved(mT(A), g),))
composite(exponential_moved, lambda t, y, a, e: exponential_bent(a, e, t), lambda t, y, a, e: exponential_moved(a, t),
          vjp=(lambda g, y, a, e: exponential_bent(mT(a), g, mT(e)), lambda g, y, a, e: exponential_moved(mT(a), g)), name="scipy.linalg.expm_frechet (without the exponential)")


@dispatched
def exponential_beside(a):
    """The exponential that SciPy returns with L(A, E), in double precision."""
    return LA.expm_frechet(a, a, check_finite=False)[0]


composite(exponential_beside, lambda t, y, a: exponential_moved(a, t), vjp=(lambda g, y, a: exponential_moved(mT(a), g),), name="scipy.linalg.expm_frechet (the exponential)")
expm_frechet = mirror(LA.expm_frechet)


def expm_frechet_body(A, E, method=None, compute_expm=True):
    """scipy.linalg.expm_frechet."""
    if method not in (None, "SPS"):
        raise NoRuleError(f"scipy.linalg.expm_frechet has no derivative rule for the method {method!r}{at_line()}. Leave it out.")
    A, E = array(A), array(E)
    moved = exponential_moved(A, E)
    return (exponential_beside(A), moved) if compute_expm else moved


decomposed(expm_frechet, expm_frechet_body)


for function in (cosm, sinm, tanm, coshm, sinhm, tanhm, logm):
    matrix_function(function)


@dispatched
def power(a, p):
    """The principal power."""
    return LA.fractional_matrix_power(a, p)


matrix_function(power, name="scipy.linalg.fractional_matrix_power (of an array)")
decomposed(fractional_matrix_power, lambda A, t: power(array(A), t))
composite(sqrtm, lambda t, y, A: anticommutator(y, t), vjp=(lambda g, y, A: anticommutator(mT(y), g),), notes="of regular matrices")
