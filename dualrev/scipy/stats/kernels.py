"""Kernel density estimates, in the points, the data, the bandwidth and the weights.

With d = x - x_i, the weights v_i that add up to 1, the kernels' covariance K = f**2 cov, u = K^-1 d, and r_i = v_i k_i the share of kernel i in the density at x, the
logarithm's differential is sum_i (k_i dv_i + r_i (-u.dx + u.dx_i + u^T dK u / 2)) - tr(K^-1 dK) / 2, where dK follows from the data, the weights and the factor f.
B. W. Silverman, Density Estimation for Statistics and Data Analysis (1986), chapter 4.
"""

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.errors import NoRuleError, at_line
from ...core.rows import composite
from ...core.tracer import passive, top_trace
from ...rules.products import array, mT
from ..mirror import dispatched
from .vectors import normal_logpdf

__all__ = ["gaussian_kde"]


def traced(*args):
    """Whether an argument carries a derivative."""
    top, objects = top_trace(args)
    return top is not None or objects


@dispatched
def log_density(points, dataset, factor, weights):
    """SciPy's value at points, given as columns."""
    return theirs.gaussian_kde(dataset, float(factor), weights).logpdf(points)


@dispatched
def density(points, dataset, factor, weights):
    """The density itself."""
    return theirs.gaussian_kde(dataset, float(factor), weights).evaluate(points)


def shares(n, weights):
    """The kernels' weights, which add up to 1."""
    return np.full(n, 1 / n) if weights is None else array(weights) * 1.0 / np.sum(weights)


def centred(dataset, v):
    """The data around their mean."""
    return dataset - np.expand_dims(dataset @ v, 1)


def spread(dataset, v, t=None):
    """The covariance of the data, or what it changes by with them."""
    c = centred(dataset, v)
    half = (v * (c if t is None else t)) @ mT(c) / (1 - v @ v)
    return half if t is None else half + mT(half)


class View:
    """What the derivatives share: v, K and its inverse, u as an array of dimensions, points and data, q = u.d, k = each kernel over the density, and r = v k."""

    def __init__(self, points, dataset, factor, weights):
        self.v = shares(dataset.shape[1], weights)
        self.kernel = factor**2 * spread(dataset, self.v)
        self.inverse = np.linalg.inv(self.kernel)
        d = np.expand_dims(points, 2) - np.expand_dims(dataset, 1)
        self.u = np.reshape(self.inverse @ np.reshape(d, (d.shape[0], -1)), d.shape)
        self.q = np.sum(self.u * d, axis=0)
        least = np.min(np.where(passive(self.v) > 0, passive(self.q), np.inf), axis=1, keepdims=True)
        e = np.exp((least - self.q) / 2)
        self.k = e / np.expand_dims(e @ self.v, 1)
        self.r = self.v * self.k

    def in_kernel(self, move):
        """sum_i r_i u^T dK u / 2 - tr(K^-1 dK) / 2."""
        turned = np.reshape(move @ np.reshape(self.u, (self.u.shape[0], -1)), self.u.shape)
        return (np.sum(self.r * np.sum(self.u * turned, axis=0), axis=1) - np.sum(self.inverse * move)) / 2

    def pulled_kernel(self, g):
        """The transpose of that."""
        u = np.reshape(self.u, (self.u.shape[0], -1))
        return ((u * np.reshape(self.r * np.expand_dims(g, 1), (-1,))) @ mT(u) - np.sum(g) * self.inverse) / 2


def in_points(t, points, dataset, factor, weights):
    """-sum_i r_i u.t."""
    view = View(points, dataset, factor, weights)
    return -np.sum(np.sum(view.r * view.u, axis=2) * t, axis=0)


def in_data(t, points, dataset, factor, weights):
    """sum_i r_i u.t_i, and dK."""
    view = View(points, dataset, factor, weights)
    own = np.sum(view.r * np.sum(view.u * np.expand_dims(t, 1), axis=0), axis=1)
    return own + view.in_kernel(factor**2 * spread(dataset, view.v, t))


def in_factor(t, points, dataset, factor, weights):
    """dK = 2 t / f K."""
    view = View(points, dataset, factor, weights)
    return t / factor * (np.sum(view.r * view.q, axis=1) - dataset.shape[0])


def in_weights(t, points, dataset, factor, weights):
    """sum_i k_i dv_i, and dK = (f**2 sum_i dv_i c_i c_i^T + 2 v.dv K) / (1 - v.v)."""
    view = View(points, dataset, factor, weights)
    v, c = view.v, centred(dataset, view.v)
    t = (t - v * np.sum(t)) / np.sum(weights)
    return view.k @ t + view.in_kernel((factor**2 * ((t * c) @ mT(c)) + 2 * (v @ t) * view.kernel) / (1 - v @ v))


def cotangents(active, g, points, dataset, factor, weights):
    """The transposes of these four."""
    view = View(points, dataset, factor, weights)
    v, c = view.v, centred(dataset, view.v)
    kernel = view.pulled_kernel(g) / (1 - v @ v)

    def of_weights():
        own = g @ view.k + factor**2 * np.sum(c * (kernel @ c), axis=0) + 2 * v * np.sum(kernel * view.kernel)
        return (own - v @ own) / np.sum(weights)

    made = (lambda: -np.sum(view.r * view.u, axis=2) * g, lambda: np.sum(view.u * (view.r * np.expand_dims(g, 1)), axis=1) + 2 * factor**2 * v * (kernel @ c),
            lambda: (np.sum(view.r * view.q, axis=1) - dataset.shape[0]) @ g / factor, of_weights)
    return [made[i]() for i in active]


SLOPES = (in_points, in_data, in_factor, in_weights)
DOMAIN: list = [lambda rng: ((rng.normal(size=(2, 2)), rng.normal(size=(2, 4)), np.float64(0.6), None), {}),
          lambda rng: ((rng.normal(size=(1, 2)), rng.normal(size=(1, 3)), np.float64(0.8), np.array([1.0, 2.0, 0.5])), {})]
composite(log_density, *(lambda t, y, *args, s=s: s(t, *args) for s in SLOPES), name="dr.scipy.stats.gaussian_kde.logpdf", domain=DOMAIN,
          pull=lambda active, g, y, args, kwargs: cotangents(active, g, *args))
composite(density, *(lambda t, y, *args, s=s: y * s(t, *args) for s in SLOPES), name="dr.scipy.stats.gaussian_kde.evaluate", domain=DOMAIN,
          pull=lambda active, g, y, args, kwargs: cotangents(active, g * y, *args))


class gaussian_kde:
    """``scipy.stats.gaussian_kde``, differentiable in the points of evaluation, in the data, in their weights and in a bandwidth that is a number.

    Parameters
    ----------
    dataset : array_like
        The data, of the shape (number,) or (dimensions, number).
    bw_method : str, number or callable, optional
        "scott", "silverman", the factor itself, or a function of this object.
    weights : array_like, optional
        Of the data, positive numbers.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> data = np.array([0.3, 1.1, 1.9, 2.4])
    >>> round(dr.grad(lambda at: dr.scipy.stats.gaussian_kde(data).logpdf(at)[0])(0.5), 4)
    0.5183
    """

    def __init__(self, dataset, bw_method=None, weights=None):
        self.dataset = array(dataset)
        self.dataset = np.reshape(self.dataset, (1, -1)) if self.dataset.ndim < 2 else self.dataset
        self.d, self.n = self.dataset.shape
        self._given = None if weights is None else array(weights) * 1.0
        if weights is not None:
            theirs.gaussian_kde(np.arange(self.n), 1.0, np.ones(self._given.shape))  # its errors
        self.set_bandwidth("scott" if bw_method is None else bw_method)

    @property
    def weights(self):
        """The weights, which add up to 1."""
        return shares(self.n, self._given)

    @property
    def neff(self):
        """The effective number of points."""
        return 1 / np.sum(self.weights**2)

    def scotts_factor(self):
        """Scott's rule."""
        return np.power(self.neff, -1.0 / (self.d + 4))

    def silverman_factor(self):
        """Silverman's rule."""
        return np.power(self.neff * (self.d + 2.0) / 4.0, -1.0 / (self.d + 4))

    def set_bandwidth(self, bw_method=None):
        """Choose the factor of the bandwidth anew; None leaves it."""
        if bw_method is not None:
            known = {"scott": self.scotts_factor, "silverman": self.silverman_factor}
            if isinstance(bw_method, str) and bw_method not in known:
                raise ValueError("`bw_method` should be 'scott', 'silverman', a scalar or a callable.")
            self.factor = known[bw_method]() if isinstance(bw_method, str) else bw_method(self) if callable(bw_method) else bw_method

    @property
    def covariance(self):
        """That of the kernels."""
        return self.factor**2 * spread(self.dataset, self.weights)

    def _at(self, points):
        points = array(points)
        points = np.reshape(points, (1, -1)) if points.ndim < 2 else points
        return np.reshape(points, (self.d, 1)) if points.shape == (1, self.d) else points

    def evaluate(self, points):
        """The density at points, of the shape (dimensions, number)."""
        return density(self._at(points), self.dataset, self.factor, self._given)

    __call__ = pdf = evaluate

    def logpdf(self, x):
        """The logarithm of the density."""
        return log_density(self._at(x), self.dataset, self.factor, self._given)

    def integrate_box_1d(self, low, high):
        """The integral of a density of one dimension from low to high."""
        if self.d != 1:
            raise ValueError("integrate_box_1d() only handles 1D pdfs")
        width, x = np.sqrt(self.covariance[0, 0]), self.dataset[0]
        return np.sum(self.weights * (sp.ndtr((high - x) / width) - sp.ndtr((low - x) / width)))

    def integrate_gaussian(self, mean, cov):
        """The integral of the product with a normal density."""
        mean, cov = np.reshape(array(mean), (-1,)), array(cov)
        cov = cov if cov.ndim == 2 else np.reshape(cov, (1, 1))
        if mean.shape != (self.d,) or cov.shape != (self.d, self.d):
            raise ValueError(f"mean and covariance do not have dimension {self.d}")
        return np.sum(self.weights * np.exp(normal_logpdf(mT(self.dataset), mean, self.covariance + cov)))

    def integrate_kde(self, other):
        """The integral of the product with another estimate."""
        if other.d != self.d:
            raise ValueError("KDEs are not the same dimensionality")
        between = np.reshape(np.expand_dims(self.dataset, 2) - np.expand_dims(other.dataset, 1), (self.d, -1))
        together = np.exp(normal_logpdf(mT(between), np.zeros(self.d), self.covariance + other.covariance))
        return np.sum(np.reshape(np.multiply.outer(self.weights, other.weights), (-1,)) * together)

    def __getattr__(self, name):
        if name.startswith("_") or name in ("dataset", "factor", "weights"):
            raise AttributeError(name)
        if traced(self.dataset, self.factor, self._given):
            raise NoRuleError(f"{name} of a kernel density estimate has no derivative rule{at_line()}. Make the estimate of plain data, or of dualrev.stop_gradient(data).")
        return getattr(theirs.gaussian_kde(self.dataset, self.factor, self._given), name)
