"""Linear and quadratic matrix equations.

The equations of Lyapunov and Sylvester are linear in X, so that the tangent solves the same equation with what the matrices move as its right-hand side. The solution of a
Riccati equation moves by the Lyapunov equation of the closed loop. T.-C. Kao and G. Hennequin, Automatic differentiation of Sylvester, Lyapunov, and algebraic Riccati
equations, arXiv:2011.11430 (2020).
"""

import numpy as np
import scipy.linalg as LA

from ...core import rows
from ...core.errors import NoRuleError, at_line
from ...core.rows import composite, decomposed
from ...rules.factorisations import mH
from ...rules.products import array, mT
from ..mirror import dispatched, mirror

solve_sylvester = mirror(LA.solve_sylvester)  # A X + X B = Q


SMALL = 6  # rows of matrices whose n**2 linear equations are solved all at once in less time than it takes to call for one Schur form


def as_linear_equations(a, q):
    """X of A X + X A = Q for stacks of small matrices."""
    n = a.shape[-1]
    one = np.eye(n)
    left = a[..., :, None, :, None] * one[:, None, :]
    right = one[:, None, :, None] * mT(a)[..., None, :, None, :]
    whole = np.reshape(left + right, (*a.shape[:-2], n * n, n * n))
    return np.reshape(np.linalg.solve(whole, np.reshape(q, (*q.shape[:-2], n * n, 1))), np.broadcast_shapes(a.shape, q.shape))


@dispatched
def anticommutator(a, q):
    """X of A X + X A = Q, from one Schur form of A."""
    if a.ndim > 2 or q.ndim > 2:
        if a.shape[-1] <= SMALL:
            try:
                return as_linear_equations(a, q)
            except LA.LinAlgError:  # one of them is singular
                pass
        return LA.solve_sylvester(a, a, q)
    r, u = LA.schur(a, output="complex" if a.dtype.kind == "c" or q.dtype.kind == "c" else "real")
    (solve,) = LA.get_lapack_funcs(("trsyl",), (r, q))
    x, scale, info = solve(r, r, u.conj().T @ q @ u)
    if info < 0:
        raise LA.LinAlgError(f"illegal value in argument {-info} of LAPACK's trsyl")
    return u @ (scale * x) @ u.conj().T


def anticommutator_cotangents(active, g, y, args, kwargs):
    """S with A^T S + S A^T = G for Q; -S X^T - X^T S for A."""
    s = anticommutator(mT(args[0]), g)
    return [s if i else -(s @ mT(y)) - mT(y) @ s for i in active]


composite(anticommutator, lambda t, y, a, q: -anticommutator(a, t @ y + y @ t), lambda t, y, a, q: anticommutator(a, t), pull=anticommutator_cotangents,
          domain=lambda rng: ((3 * np.eye(3) + rng.normal(size=(3, 3)) / 3, rng.normal(size=(3, 3))), {}), name="scipy.linalg.solve_sylvester (one matrix)")


def sylvester_cotangents(active, g, y, args, kwargs):
    """S with A^T S + S B^T = G for Q; -S X^T for A and -X^T S for B."""
    a, b, _ = args
    s = solve_sylvester(mT(a), mT(b), g)
    return [(-(s @ mT(y)), -(mT(y) @ s), s)[i] for i in active]


composite(solve_sylvester, lambda t, y, a, b, q: -solve_sylvester(a, b, t @ y), lambda t, y, a, b, q: -solve_sylvester(a, b, y @ t),
          lambda t, y, a, b, q: solve_sylvester(a, b, t), pull=sylvester_cotangents)


def lyapunov(f, action):
    """Declare the X of L(A) X = Q, with ``action(t, y, a)`` what dA = t moves of L X; its transpose has the form of the equation itself."""
    def pull(active, g, y, args, kwargs):
        s = f(mT(args[0]), g)
        return [s if i else rows.transposed(lambda t: action(t, y, args[0]), args[0], -s) for i in active]

    composite(f, lambda t, y, a, q: -f(a, action(t, y, a)), lambda t, y, a, q: f(a, t), pull=pull)


solve_continuous_lyapunov = mirror(LA.solve_continuous_lyapunov)  # A X + X A^H = Q
lyapunov(solve_continuous_lyapunov, lambda t, y, a: t @ y + y @ mH(t))
solve_lyapunov = solve_continuous_lyapunov


@dispatched
def discrete(a, q, method):
    """X of X - A X A^H = Q."""
    return LA.solve_discrete_lyapunov(a, q, method)


def discrete_cotangents(active, g, y, args, kwargs):
    """S with S - A^T S conj(A) = G for Q."""
    a, _, method = args
    s = discrete(mT(a), g, method)
    return [s if i else rows.transposed(lambda t: t @ y @ mH(a) + a @ y @ mH(t), a, s) for i in active]


composite(discrete, lambda t, y, a, q, method: discrete(a, t @ y @ mH(a) + a @ y @ mH(t), method), lambda t, y, a, q, method: discrete(a, t, method), pull=discrete_cotangents,
          name="scipy.linalg.solve_discrete_lyapunov (one array each)")
solve_discrete_lyapunov = mirror(LA.solve_discrete_lyapunov)
decomposed(solve_discrete_lyapunov, lambda a, q, method=None: discrete(array(a), array(q), method))


@dispatched
def continuous_riccati(a, b, q, r, balanced):
    """X of A^H X + X A - X B R^-1 B^H X + Q = 0."""
    return LA.solve_continuous_are(a, b, q, r, balanced=balanced)


@dispatched
def discrete_riccati(a, b, q, r, balanced):
    """X of A^H X A - X - A^H X B (R + B^H X B)^-1 B^H X A + Q = 0."""
    return LA.solve_discrete_are(a, b, q, r, balanced=balanced)


def gain(r, b, y, a):
    """K of the closed loop A - B K: R^-1 B^H X, or (R + B^H X B)^-1 B^H X A in discrete time."""
    if a is None:
        return np.linalg.solve(r, mH(b) @ y)
    return np.linalg.solve(r + mH(b) @ y @ b, mH(b) @ y @ a)


def continuous_residual(i, t, y, a, b, q, r):
    """What the i-th matrix moves of the equation at constant X."""
    k = gain(r, b, y, None)
    if i < 2:
        part = y @ (t if i == 0 else -(t @ k))
        return part + mH(part)
    return t if i == 2 else mH(k) @ t @ k


def discrete_residual(i, t, y, a, b, q, r):
    """The same in discrete time."""
    k = gain(r, b, y, a)
    if i < 2:
        part = mH(a - b @ k) @ y @ (t if i == 0 else -(t @ k))
        return part + mH(part)
    return t if i == 2 else mH(k) @ t @ k


def riccati(f, residual, solve, loop):
    """Declare the stabilising solution: ``solve`` and ``loop`` give the Lyapunov equation of the closed loop."""
    def tangent(i):
        return lambda t, y, a, b, q, r, balanced: solve(loop(a, b, r, y), residual(i, t, y, a, b, q, r))

    def pull(active, g, y, args, kwargs):
        a, b, q, r, _ = args
        s = solve(mT(loop(a, b, r, y)), g)
        return [rows.transposed(lambda t, i=i: residual(i, t, y, a, b, q, r), args[i], s) for i in active]

    composite(f, *(tangent(i) for i in range(4)), pull=pull, name=f"scipy.linalg.solve_{f.__name__.partition('_')[0]}_are (one array each)")


riccati(continuous_riccati, continuous_residual, lambda m, w: -solve_continuous_lyapunov(m, w), lambda a, b, r, y: mH(a - b @ gain(r, b, y, None)))
riccati(discrete_riccati, discrete_residual, lambda m, w: discrete(m, w, None), lambda a, b, r, y: mH(a - b @ gain(r, b, y, a)))


def riccati_body(f):
    """The public function."""
    def body(a, b, q, r, e=None, s=None, balanced=True):
        if e is not None or s is not None:
            raise NoRuleError(f"scipy.linalg.solve_{f.__name__.partition('_')[0]}_are has no derivative rule for the keywords 'e' and 's'{at_line()}. "
                              "With a cross term s, solve for A - B R^-1 S^H and Q - S R^-1 S^H.")
        return f(array(a), array(b), array(q), array(r), balanced)

    return body


solve_continuous_are, solve_discrete_are = mirror(LA.solve_continuous_are), mirror(LA.solve_discrete_are)
decomposed(solve_continuous_are, riccati_body(continuous_riccati), notes="without e and s")
decomposed(solve_discrete_are, riccati_body(discrete_riccati), notes="without e and s")
