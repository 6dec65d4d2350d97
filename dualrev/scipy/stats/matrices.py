"""Student's distribution of vectors and Wishart's of matrices, whose logarithms are SciPy's; both have a scale matrix C and a number v of degrees of freedom.

Student, with d = x - m, u = C^-1 d, q = u.d in p dimensions and w = (v + p) / (v + q): -w u.dx + w u.dm + (w u^T dC u - tr(C^-1 dC)) / 2.
Wishart: (tr(((v - p - 1) X^-1 - C^-1) dX) + tr(C^-1 (X - v C) C^-1 dC)) / 2.
K. B. Petersen, M. S. Pedersen, The Matrix Cookbook (2012), section 8; R. J. Muirhead, Aspects of Multivariate Statistical Theory (1982), section 3.2.
"""

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.errors import NoRuleError, at_line
from ...core.rows import composite
from ...core.tracer import concrete
from ...rules.products import array
from ..mirror import dispatched
from .vectors import as_vectors, total, vector_distribution, whitened, with_directions


@dispatched
def student_logpdf(x, loc, shape, df):
    """SciPy's value for vectors along the last axis of x, a mean vector and a matrix."""
    return np.reshape(theirs.multivariate_t.logpdf(x, loc, shape, float(df)), x.shape[:-1])[()]


def weighted(x, loc, shape, df):
    """u, q and w."""
    u = whitened(x, loc, shape)
    q = total(u * (x - loc))
    return u, q, (df + loc.shape[0]) / (df + q)


def student_in_variable(t, y, x, loc, shape, df):
    """-w u.t."""
    u, _, w = weighted(x, loc, shape, df)
    return -w * total(u * t)


def student_in_place(t, y, x, loc, shape, df):
    """W u.t."""
    u, _, w = weighted(x, loc, shape, df)
    return w * (u @ t)


def student_in_shape(t, y, x, loc, shape, df):
    """(w u^T t u - tr(C^-1 t)) / 2."""
    u, _, w = weighted(x, loc, shape, df)
    return (w * total((u @ t) * u) - np.trace(np.linalg.solve(shape, t))) / 2


def freedom_factor(q, w, p, df):
    """The derivative in v, of log Gamma((v+p)/2) - log Gamma(v/2) - p/2 log(v) - (v+p)/2 log(1 + q/v)."""
    return (sp.psi((df + p) / 2) - sp.psi(df / 2) - p / df - np.log1p(q / df) + w * q / df) / 2


def student_in_freedom(t, y, x, loc, shape, df):
    """Its multiple."""
    _, q, w = weighted(x, loc, shape, df)
    return t * freedom_factor(q, w, loc.shape[0], df)


def student_cotangents(active, g, y, args, kwargs):
    """Those of the normal density with g w for g, but for what does not depend on x, and one number for the degrees."""
    _, loc, shape, df = args
    u, q, w = weighted(*args)
    made = (*with_directions(g * w, g, u, shape), lambda: np.sum(g * freedom_factor(q, w, loc.shape[0], df)))
    return [made[i]() for i in active]


composite(student_logpdf, student_in_variable, student_in_place, student_in_shape, student_in_freedom, pull=student_cotangents,
          name="dr.scipy.stats.multivariate_t.logpdf (of vectors)",
          domain=lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=3), np.eye(3) + 0.2, np.float64(rng.uniform(2.0, 5.0))), {}))


def student_body(x, loc=None, shape=1, df=1, allow_singular=False):
    """multivariate_t.logpdf."""
    refuse_singular("multivariate_t", allow_singular)
    x, loc, shape = as_vectors(x, loc, shape)
    if np.isinf(concrete(df)):
        raise NoRuleError(f"dr.scipy.stats.multivariate_t.logpdf has no derivative rule for df=inf{at_line()}. Use multivariate_normal.")
    theirs.multivariate_t.logpdf(*(np.asarray(concrete(a)) for a in (x, loc, shape)), concrete(df))  # its errors
    return np.squeeze(student_logpdf(x, loc, shape, array(df) * 1.0))


def refuse_singular(name, allow_singular):
    """Densities on a subspace have no rule."""
    if allow_singular:
        raise NoRuleError(f"dr.scipy.stats.{name}.logpdf has no derivative rule for allow_singular=True{at_line()}. Give a matrix of full rank.")


@dispatched
def wishart_logpdf(x, df, scale):
    """SciPy's value for one matrix, of which it reads a triangle, as of the scale."""
    return np.float64(theirs.wishart.logpdf(x, float(df), scale))


def trace_of(a, t):
    """tr(a^-1 t)."""
    return np.trace(np.linalg.solve(a, t))


def wishart_in_freedom(t, y, x, df, scale):
    """(log det X - p log 2 - log det C - sum_i psi((v - i) / 2)) / 2."""
    p = scale.shape[0]
    logs = np.linalg.slogdet(x)[1] - np.linalg.slogdet(scale)[1] - p * np.log(2.0)
    return t * (logs - np.sum(sp.psi((df - np.arange(p)) / 2))) / 2


composite(wishart_logpdf, lambda t, y, x, df, scale: ((df - scale.shape[0] - 1) * trace_of(x, t) - trace_of(scale, t)) / 2, wishart_in_freedom,
          lambda t, y, x, df, scale: (trace_of(scale, x @ np.linalg.solve(scale, t)) - df * trace_of(scale, t)) / 2, name="dr.scipy.stats.wishart.logpdf (of a matrix)",
          domain=lambda rng: ((np.eye(3) + 0.3, np.float64(rng.uniform(4.0, 6.0)), 2 * np.eye(3) + 0.2), {}))


def wishart_body(x, df, scale):
    """wishart.logpdf of one matrix."""
    x, scale = array(x), array(scale)
    if x.ndim != 2:
        raise NoRuleError(f"dr.scipy.stats.wishart.logpdf has a derivative rule for one matrix at a time{at_line()}. Use dualrev.vmap for several of them.")
    if scale.ndim < 2:
        scale = np.diag(scale) if scale.ndim else scale * np.eye(x.shape[0])
    theirs.wishart.logpdf(np.asarray(concrete(x)), concrete(df), np.asarray(concrete(scale)))  # its errors
    return wishart_logpdf(x * 1.0, array(df) * 1.0, scale * 1.0)


multivariate_t = vector_distribution(theirs.multivariate_t, "multivariate_t", student_body, [
    lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=3), np.eye(3) + 0.2, rng.uniform(2.0, 5.0)), {}),
    lambda rng: ((rng.normal(size=3), None, np.eye(3) + 0.2, 3.5), {})])
wishart = vector_distribution(theirs.wishart, "wishart", wishart_body, [
    lambda rng: ((np.eye(3) + 0.3, rng.uniform(4.0, 6.0), 2 * np.eye(3) + 0.2), {}), lambda rng: ((np.eye(2) + 0.1, 4.5, np.array([1.0, 2.0])), {})])
