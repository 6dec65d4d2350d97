"""Linear matrix equations: the solution is linear in the right-hand side, and what a matrix does to it moves the residual.

M. B. Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation (2008).
"""

import scipy.linalg as LA

from ...core.rows import composite
from ...rules.products import mT
from ..mirror import mirror

solve_sylvester = mirror(LA.solve_sylvester)  # A X + X B = Q


def sylvester_cotangents(active, g, y, args, kwargs):
    """S with A^T S + S B^T = G for Q; -S X^T for A and -X^T S for B."""
    a, b, _ = args
    s = solve_sylvester(mT(a), mT(b), g)
    return [(-(s @ mT(y)), -(mT(y) @ s), s)[i] for i in active]


composite(solve_sylvester, lambda t, y, a, b, q: -solve_sylvester(a, b, t @ y), lambda t, y, a, b, q: -solve_sylvester(a, b, y @ t),
          lambda t, y, a, b, q: solve_sylvester(a, b, t), pull=sylvester_cotangents)
