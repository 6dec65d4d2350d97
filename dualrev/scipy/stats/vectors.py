"""Distributions of vectors.

The normal density's logarithm with d = x - m and u = C^-1 d has the differential -u.dx + u.dm + (u^T dC u - tr(C^-1 dC)) / 2.
K. B. Petersen, M. S. Pedersen, The Matrix Cookbook (2012), section 8.
"""

import math

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.errors import NoRuleError, at_line
from ...core.rows import composite, decomposed
from ...core.tracer import Tracer, concrete
from ...rules.arithmetic import number
from ...rules.products import array, mT
from ..mirror import dispatched, mirror
from .families import Mirrored


@dispatched
def normal_logpdf(x, mean, cov):
    """SciPy's value for vectors along the last axis of x, a mean vector and a covariance matrix."""
    return np.reshape(theirs.multivariate_normal.logpdf(x, mean, cov), x.shape[:-1])[()]


def whitened(x, mean, cov):
    """C^-1 (x - m), for all vectors at once."""
    d = np.reshape(x - mean, (-1, mean.shape[0]))
    return np.reshape(d @ mT(np.linalg.inv(cov)), x.shape)


def total(y):
    """The sum over the last axis, which is short: a product with ones is quicker than a sum."""
    return y @ np.ones(y.shape[-1], y.dtype)


def in_covariance(t, y, x, mean, cov):
    """(u^T t u - tr(C^-1 t)) / 2."""
    u = whitened(x, mean, cov)
    return (total((u @ t) * u) - np.trace(np.linalg.solve(cov, t))) / 2


def with_directions(weight, g, u, cov):
    """What gives -w u, its sum with the other sign, and (sum of w u u^T - sum(g) C^-T) / 2."""
    n = cov.shape[0]
    each, weighted = (np.reshape(part, (-1, n)) for part in (u, np.expand_dims(weight, -1) * u))
    return (lambda: np.reshape(-weighted, u.shape), lambda: np.sum(weighted, axis=0), lambda: (mT(weighted) @ each - np.sum(g) * mT(np.linalg.inv(cov))) / 2)


def normal_cotangents(active, g, y, args, kwargs):
    """One evaluation of u for all of them."""
    made = with_directions(g, g, whitened(*args), args[2])
    return [made[i]() for i in active]


composite(normal_logpdf, lambda t, y, x, mean, cov: -total(whitened(x, mean, cov) * t), lambda t, y, x, mean, cov: whitened(x, mean, cov) @ t, in_covariance,
          pull=normal_cotangents, name="dr.scipy.stats.multivariate_normal.logpdf (of vectors)",
          domain=[lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=3), np.eye(3) + 0.2), {}), lambda rng: ((rng.normal(size=2), rng.normal(size=2), 2 * np.eye(2)), {})])


def as_vectors(x, mean, cov):
    """The arguments as vectors along the last axis, a vector and a matrix, as SciPy reads them."""
    x, cov = array(x), array(cov.covariance if isinstance(cov, theirs.Covariance) else 1.0 if cov is None else cov)
    n = (cov.shape[0] if cov.ndim == 2 else 1) if mean is None else array(mean).size
    mean = np.zeros(n) if mean is None else np.reshape(array(mean), (n,))
    if n == 1:
        cov = np.reshape(cov, (1, 1))
    elif cov.ndim < 2:
        cov = np.diag(cov) if cov.ndim else cov * np.eye(n)
    if x.ndim < 2:
        x = np.reshape(x, (-1, 1)) if n == 1 else np.reshape(x, (1, -1))
    return x, mean, cov


def normal_body(x, mean=None, cov=1, allow_singular=False):
    """multivariate_normal.logpdf."""
    if allow_singular:
        raise NoRuleError(f"dr.scipy.stats.multivariate_normal.logpdf has no derivative rule for allow_singular=True{at_line()}. Give a covariance matrix of full rank.")
    x, mean, cov = as_vectors(x, mean, cov)
    theirs.multivariate_normal.logpdf(np.zeros(x.shape[-1]), *(np.asarray(concrete(a)) for a in (mean, cov)))  # its errors
    return np.squeeze(normal_logpdf(x, mean, cov))


def dirichlet_body(x, alpha):
    """dirichlet.logpdf; the entries of x count as independent, although only those that sum to one have a density."""
    theirs.dirichlet.logpdf(np.asarray(concrete(x)), np.asarray(concrete(alpha)))  # its errors
    x, alpha = array(x), array(alpha)
    if x.shape[0] == alpha.shape[0] - 1:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    norm = np.sum(sp.gammaln(alpha)) - sp.gammaln(np.sum(alpha))
    powers = np.reshape(alpha - 1, (-1,) + (1,) * (x.ndim - 1))
    return np.squeeze(np.sum(sp.xlogy(powers, x), axis=0) - norm)


def multinomial_body(x, n, p):
    """multinomial.logpmf for whole numbers x, in all probabilities but the last, in whose place SciPy takes what is left of 1."""
    if isinstance(x, Tracer) or isinstance(n, Tracer):
        raise NoRuleError(f"dr.scipy.stats.multinomial has no derivative rule for the counts x and n{at_line()}. Use dualrev.stop_gradient of them.")
    if np.ndim(n):
        raise NoRuleError(f"dr.scipy.stats.multinomial has a derivative rule for one number n{at_line()}. Use dualrev.vmap for several of them.")
    x, n, p = np.asarray(x), int(n), array(p)
    theirs.multinomial.logpmf(x, n, np.asarray(concrete(p)))  # its errors
    p = np.concatenate([p[..., :-1], 1 - np.sum(p[..., :-1], axis=-1, keepdims=True)], axis=-1)
    possible = (np.sum(x, axis=-1) == n) & np.all((x >= 0) & (x == np.floor(x)), axis=-1)
    return number(np.where(possible, math.lgamma(n + 1) + np.sum(sp.xlogy(x, p) - sp.gammaln(x + 1), axis=-1), -np.inf))


def vector_distribution(distribution, name, body, domain, density="pdf"):
    """Mirror a distribution and declare the two forms of its density."""
    ours = Mirrored(distribution, name)
    for method, form in (("log" + density, body), (density, lambda *args, **kwargs: np.exp(body(*args, **kwargs)))):
        call = mirror(getattr(distribution, method), room="stats", name=f"{name}.{method}")
        decomposed(call, form, domain=domain, name=f"dr.scipy.stats.{name}.{method}")
        setattr(ours, method, call)
    return ours


multivariate_normal = vector_distribution(theirs.multivariate_normal, "multivariate_normal", normal_body, [
    lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=3), np.eye(3) + 0.2), {}), lambda rng: ((rng.normal(size=3), None, np.eye(3) + 0.2), {}),
    lambda rng: ((rng.normal(size=(4,)), rng.normal(), rng.uniform(1.0, 2.0)), {}), lambda rng: ((rng.normal(size=2), rng.normal(size=2), rng.uniform(1.0, 2.0, 2)), {})])
dirichlet = vector_distribution(theirs.dirichlet, "dirichlet", dirichlet_body, [
    lambda rng: ((np.array([0.2, 0.3]), rng.uniform(1.2, 3.0, 3)), {}), lambda rng: ((np.array([[0.2, 0.1], [0.3, 0.5]]), rng.uniform(1.2, 3.0, 3)), {})])
multinomial = vector_distribution(theirs.multinomial, "multinomial", multinomial_body, [
    lambda rng: ((np.array([[1, 2, 3], [0, 0, 6]]), 6, np.array([0.2, 0.3, 0.5])), {}), lambda rng: ((np.array([1, 3]), 4, np.array([0.3, 0.7])), {})], "pmf")
