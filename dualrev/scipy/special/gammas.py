"""Relatives of the gamma function, and counts of combinations continued to real numbers."""

import numpy as np
import scipy.special as sp

from ...core.errors import NoRuleError, at_line
from ...core.rows import decomposed, elementwise
from ...core.tracer import passive
from ...rules.arithmetic import number
from ...rules.products import array
from ..mirror import mirror

polygamma = mirror(sp.polygamma)
elementwise(polygamma, None, lambda y, n, x: polygamma(n + 1, x), notes="the order is an integer",
            domain=[lambda rng: ((2, rng.uniform(0.3, 3.0, 4)), {}), lambda rng: ((np.array([0, 1, 3]), rng.uniform(0.3, 3.0, 3)), {})])

multigammaln = mirror(sp.multigammaln)
elementwise(multigammaln, lambda y, a, d: sum(sp.psi(a - 0.5 * j) for j in range(int(d))), None, notes="the dimension is an integer",
            domain=[lambda rng: ((rng.uniform(1.3, 3.0, 4), 3), {}), lambda rng: ((rng.uniform(1.3, 3.0), 1), {})])


def inexact(name, exact):
    """Refuse whole numbers."""
    if exact:
        raise NoRuleError(f"scipy.special.{name} with exact=True is a function of whole numbers{at_line()}. Leave exact out for the one that is continued by the gamma function.")


def comb_body(N, k, exact=False, repetition=False):
    """scipy.special.comb."""
    inexact("comb", exact)
    N, k = array(N), array(k)
    if repetition:
        N = N + k - 1
    return number(np.where((passive(k) <= passive(N)) & (passive(N) >= 0) & (passive(k) >= 0), sp.binom(N, k), 0.0))


def perm_body(N, k, exact=False):
    """scipy.special.perm."""
    inexact("perm", exact)
    N, k = array(N), array(k)
    return number(np.where((passive(k) <= passive(N)) & (passive(N) >= 0) & (passive(k) >= 0), sp.poch(N - k + 1, k), 0.0))


def factorial_body(n, exact=False, extend="zero"):
    """scipy.special.factorial."""
    inexact("factorial", exact)
    n = array(n)
    y = sp.gamma(n + 1).astype(sp.factorial(np.ones(1, n.dtype)).dtype)
    return y if extend != "zero" else np.where(passive(n) < 0, 0.0, y).astype(y.dtype)


comb, perm, factorial = mirror(sp.comb), mirror(sp.perm), mirror(sp.factorial)
decomposed(comb, comb_body, notes="0 outside 0 <= k <= N; not exact")
decomposed(perm, perm_body, notes="0 outside 0 <= k <= N; not exact")
decomposed(factorial, factorial_body, notes="gamma(n + 1), and 0 for n < 0; not exact")

zeta = mirror(sp.zeta)
decomposed(zeta, lambda x, q=None: sp.zeta(array(x), None if q is None else array(q)))
