"""What all linear systems share: M x = b moves by M^-1 (db - dM x), and cotangents by the transposed system.

M. B. Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation (2008).
"""

import numpy as np

from ...core import rows
from ...core.rows import composite
from ...core.tracer import meta


def is_vector(b):
    """Whether a right-hand side is one vector and not a matrix or a stack of them."""
    return len(meta(b)[0]) == 1


def column(x, b):
    """A solution, or what has its form, as a matrix."""
    return np.expand_dims(x, -1) if is_vector(b) else x


def uncolumned(x, b):
    """The same back in the form of the solution."""
    return x[..., 0] if is_vector(b) else x


def solver(f, action, adjoint, **options):
    """Declare ``f(a, b, *rest)``, the x of M(a) x = b.

    ``action(t, x, a, *rest)`` is dM x for da = t, and ``adjoint(g, a, *rest)`` the s of M^T s = g; both for matrices x and g.
    """
    def in_matrix(t, y, a, b, *rest):
        return uncolumned(-f(a, action(t, column(y, b), a, *rest), *rest), b)

    def in_side(t, y, a, b, *rest):
        return f(a, t, *rest)

    def pull(active, g, y, args, kwargs):
        a, b, *rest = args
        s = adjoint(column(g, b), a, *rest)
        return [uncolumned(s, b) if i else rows.transposed(lambda t: action(t, column(y, b), a, *rest), a, -s) for i in active]

    return composite(f, in_matrix, in_side, pull=pull, **options)
