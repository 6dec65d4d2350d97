"""B-splines: linear in their coefficients, and interpolating ones linear in the data. In a knot t_j the derivative is a spline with that knot twice.

C. de Boor, A Practical Guide to Splines (2001), chapters 9 to 13; L. Piegl, W. Tiller, Computing derivatives of NURBS with respect to control points, weights
and knots, Comput. Aided Des. 30 (1998).
"""

import numpy as np
import scipy.interpolate as theirs
import scipy.sparse as sparse
import scipy.special as sp
from scipy.sparse.linalg import splu

from ...core.errors import NoRuleError, at_line
from ...core.indexing import getitem
from ...core.rows import composite, linear
from ...core.tracer import concrete, meta, passive
from ...rules.products import array
from ...rules.quadrature import masked
from ..mirror import dispatched
from .piecewise import floating, outside, reordered, traced, wrapped

__all__ = ["BSpline", "make_interp_spline"]

PERIODIC = "periodic"


def flat(g, count):
    """All axes but the first ``count`` ones as one."""
    return np.reshape(g, (int(np.prod(g.shape[:count], dtype=int)), -1))


def differences(t, k, nu):
    """The matrix from the coefficients of a spline to those of its nu-th derivative, which is of degree k - nu on the inner knots."""
    total = sparse.eye_array(len(t) - k - 1).tocsr()
    for _ in range(nu):
        n = len(t) - k - 1
        d = t[k + 1: n + k] - t[1:n]
        scale = np.divide(k, d, out=np.zeros_like(d), where=d != 0)
        total = sparse.diags_array([-scale, scale], offsets=[0, 1], shape=(n - 1, n)).tocsr() @ total
        t, k = t[1:-1], k - 1
    return t, k, total


def collocation(t, k, at, nu):
    """The matrix from coefficients to the nu-th derivative at points."""
    n = len(t) - k - 1
    if nu > k:
        return sparse.csr_array((at.size, n))
    inner, degree, total = differences(t, k, nu)
    return theirs.BSpline.design_matrix(at.ravel(), inner, degree, extrapolate=True) @ total


@dispatched
def spline(c, at, t, k, nu):
    """SciPy's value of the nu-th derivative at points."""
    return theirs.BSpline(t, c, k)(at, nu)


@dispatched
def spline_adjoint(g, at, t, k, nu):
    """Coefficients from weights at points: the transpose of `spline`."""
    return np.reshape(collocation(t, k, at, nu).T @ flat(g, at.ndim), (len(t) - k - 1, *g.shape[at.ndim:]))


def tail(t, y):
    """Numbers at points, beside the axes that the coefficients have more."""
    return np.reshape(t, t.shape + (1,) * (y.ndim - t.ndim))


def over_tail(y, at):
    """The sum over those axes."""
    return np.sum(y, axis=tuple(range(at.ndim, y.ndim)))


def of_all(a, ndim):
    """One number for each coefficient, beside the axes that these have more."""
    return np.reshape(a, (-1,) + (1,) * (ndim - 1))


class Knots:
    """Derivatives in one knot t_j: (c_(i-1) - c_i) / (t_(i+k) - t_i) for j - k <= i <= j are the coefficients on the knots with t_j twice; 0 where knots coincide.

    Of a knot at the end or beyond it the last coefficient belongs to a function that begins there. It is left out, so that the end belongs to the span before it.
    """

    def __init__(self, t, k, nu):
        self.t, self.k, self.nu, self.i, self.n = t, k, nu, np.arange(len(t) - k), len(t) - k - 1
        d = getitem(t, self.i + k) - getitem(t, self.i)
        apart = passive(d) != 0
        self.over = masked(1 / masked(d, apart, 1.0), apart, 0.0)

    def doubled(self, j):
        """The knots with the j-th one twice."""
        index = np.arange(len(self.t) + (j < self.n))
        index[j + 1:] -= 1
        return getitem(self.t, index)

    def inverse(self, j, ndim):
        """1 / (t_(i+k) - t_i) for the numbers i that count."""
        return of_all(masked(self.over, (self.i >= j - self.k) & (self.i <= j), 0.0), ndim)

    def moved(self, c, at):
        """What each knot does to the values at points."""
        nought = np.zeros((1, *c.shape[1:]))
        falls = np.concatenate([nought, c]) - np.concatenate([c, nought])
        return (spline((falls * self.inverse(j, c.ndim))[: self.n + (j < self.n)], at, self.doubled(j), self.k, self.nu) for j in range(len(self.t)))

    def moved_adjoint(self, g, at):
        """What each knot does to the coefficients of the adjoint."""
        for j in range(len(self.t)):
            w = spline_adjoint(g, at, self.doubled(j), self.k, self.nu)
            w = w if j < self.n else np.concatenate([w, np.zeros_like(w[:1])])
            w = w * self.inverse(j, w.ndim)
            yield w[1:] - w[:-1]


def along(tau, parts):
    """The sum of all knots' parts, for their tangents."""
    return sum(tau[j] * part for j, part in enumerate(parts))


class Nodes:
    """A few points in each span of the knots, which stand for many: there a spline of degree k is one polynomial, and k + 1 values determine it.

    ``pieces`` are knots of which each one counts k + 1 times: the basis on these are the Bernstein polynomials of each span. ``few`` tells whether there are fewer nodes than
    points, all of them plain.
    """

    def __init__(self, at, t, k, *others):
        self.few = not traced(at, t, *others) and at.size > (len(t) - 2 * k - 1) * (k + 1)
        if self.few:
            ends = np.unique(t[k: len(t) - k])
            inner, self.k, self.shape = (1 - np.cos((np.arange(k + 1) + 0.5) * np.pi / (k + 1))) / 2, k, at.shape
            self.at, self.points, self.pieces = np.ravel(ends[:-1, None] + np.diff(ends)[:, None] * inner), at, np.repeat(ends, k + 1)
            j = np.arange(k + 1)
            self.inverse = np.linalg.inv(sp.binom(k, j) * inner[:, None] ** j * (1 - inner[:, None]) ** (k - j))

    def weights(self, g):
        """Weights of the nodes that do what those of the points do."""
        moments = flat(spline_adjoint(g, self.points, self.pieces, self.k, 0), 1)
        return np.reshape(self.inverse.T @ np.reshape(moments, (-1, self.k + 1, moments.shape[1])), (-1, *g.shape[len(self.shape):]))

    def values(self, y):
        """The values at the points of the polynomials that have these values at the nodes."""
        c = self.inverse @ np.reshape(y, (-1, self.k + 1, y[0].size))
        return spline(np.reshape(c, y.shape), self.points, self.pieces, self.k, 0)


def alone(c, *others):
    """The unit vectors in the place of coefficients that have more columns than rows and are plain; the coefficients themselves where they do not."""
    return np.eye(len(c)) if not traced(c, *others) and c.size > len(c) ** 2 else c


def moved_by_knots(tau, y, c, at, t, k, nu):
    """The sum of all knots' parts, for their tangents."""
    nodes, base = Nodes(at, t, k, tau, c), alone(c, at, t, tau)
    total = along(tau, Knots(t, k, nu).moved(base, nodes.at if nodes.few else at))
    total = nodes.values(total) if nodes.few else total
    return total if base is c else np.reshape(flat(total, at.ndim) @ flat(c, 1), meta(y)[0])


def adjoint_moved_by_knots(tau, y, g, at, t, k, nu):
    """The same for the adjoint."""
    nodes, base = Nodes(at, t, k, tau, g), alone(y, at, t, tau, g)
    g, at = (nodes.weights(g), nodes.at) if nodes.few else (g, at)
    if base is y:
        return along(tau, Knots(t, k, nu).moved_adjoint(g, at))
    return np.reshape(flat(along(tau, Knots(t, k, nu).moved(base, at)), at.ndim).T @ flat(g, at.ndim), meta(y)[0])


def knots_of(g, y, c, at, t, k, nu):
    """Each knot's part against a cotangent."""
    nodes, base = Nodes(at, t, k, g, c), alone(c, at, t, g)
    g, at = (nodes.weights(g), nodes.at) if nodes.few else (g, at)
    g = g if base is c else np.reshape(flat(g, at.ndim) @ flat(c, 1).T, (*at.shape, -1))
    return np.stack([np.real(np.sum(g * part)) for part in Knots(t, k, nu).moved(base, at)])


def knots_of_adjoint(c, y, g, at, t, k, nu):
    """The adjoint's parts are those of the spline with the cotangent for its coefficients."""
    return knots_of(g, None, c, at, t, k, nu)


knots = np.array([-1.3, -0.8, -0.4, 0.0, 1.0, 2.5, 3.0, 3.3, 4.1, 4.6])
composite(spline, lambda t, y, c, at, *rest: spline(t, at, *rest), lambda t, y, c, at, u, k, nu: spline(c, at, u, k, nu + 1) * tail(t, y), moved_by_knots, None, None,
          vjp=(lambda g, y, c, at, *rest: spline_adjoint(g, at, *rest), lambda g, y, c, at, u, k, nu: over_tail(g * spline(c, at, u, k, nu + 1), at), knots_of, None, None),
          name="dr.scipy.interpolate.BSpline",
          domain=[lambda rng, nu=nu: ((rng.normal(size=(6, 2)), rng.uniform(0.1, 2.9, 5), knots, 3, nu), {}) for nu in (0, 1)]
          + [lambda rng: ((rng.normal(size=6), rng.uniform(0.1, 2.9, (2, 2)), knots, 3, 0), {})])
composite(spline_adjoint, lambda t, y, g, at, *rest: spline_adjoint(t, at, *rest), lambda t, y, g, at, u, k, nu: spline_adjoint(g * tail(t, g), at, u, k, nu + 1),
          adjoint_moved_by_knots, None, None,
          vjp=(lambda c, y, g, at, *rest: spline(c, at, *rest), lambda c, y, g, at, u, k, nu: over_tail(g * spline(c, at, u, k, nu + 1), at), knots_of_adjoint, None, None),
          name="dr.scipy.interpolate.BSpline (adjoint)", domain=lambda rng: ((rng.normal(size=(5, 2)), rng.uniform(0.1, 2.9, 5), knots, 3, 0), {}))


class BSpline:
    """``scipy.interpolate.BSpline``, differentiable in its coefficients, in its knots between its ends, and in the points of evaluation."""

    def __init__(self, t, c, k, extrapolate=True, axis=0):
        self.t, self.k, self.extrapolate, self.axis = floating(t) if traced(t) else np.asarray(t, float), k, extrapolate, axis
        self.c = floating(c)

    def __call__(self, x, nu=0, extrapolate=None):
        """The nu-th derivative at x."""
        how = self.extrapolate if extrapolate is None else extrapolate
        if not traced(x, self.c, self.t):
            return theirs.BSpline(self.t, self.c, self.k, how, self.axis)(x, nu)
        at, n = floating(x), len(self.t) - self.k - 1
        ends = getitem(self.t, np.array([self.k, n]))
        at = wrapped(at, ends) if how == "periodic" else at
        beyond = outside(at, ends)
        if traced(self.t) and how and how != "periodic" and np.any(concrete(beyond)):
            raise NoRuleError(f"BSpline has no derivative rule for its knots at points beyond its ends{at_line()}. Pass extrapolate=False, or dualrev.stop_gradient(t).")
        inner = np.where(beyond, passive(ends)[0], at) if traced(self.t) and not how else at
        y = spline(np.moveaxis(self.c, self.axis, 0)[:n], inner, self.t, self.k, nu)
        if not how:
            y = np.where(tail(beyond, y), np.nan, y)
        return reordered(y, self.axis, at.ndim)

    def derivative(self, nu=1):
        """The derivative, a spline of a lower degree: k (c_i - c_(i-1)) / (t_(i+k) - t_i) on the inner knots."""
        if nu < 0:
            return self.antiderivative(-nu)
        if nu > self.k:
            raise ValueError(f"Order of derivative (nu = {nu}) must be <= order of spline (k = {self.k})")
        t, c, k = self._parts()
        for _ in range(nu):
            d = t[k + 1: -1] - t[1: -k - 1]
            if np.any(concrete(d) == 0):
                raise ValueError(f"The spline has internal repeated knots and is not differentiable {nu} times")
            t, c, k = t[1:-1], (c[1:] - c[:-1]) * of_all(k / d, c.ndim), k - 1
        return BSpline(t, np.moveaxis(c, 0, self.axis), k, self.extrapolate, self.axis)

    def antiderivative(self, nu=1):
        """The integral from the first knot on, a spline of a higher degree: the sums of c_i (t_(i+k+1) - t_i) / (k + 1), with each end one knot more."""
        if nu < 0:
            return self.derivative(-nu)
        t, c, k = self._parts()
        for _ in range(nu):
            sums = np.cumsum(c * of_all((t[k + 1:] - t[: -k - 1]) / (k + 1), c.ndim), axis=0)
            t, c, k = np.concatenate([t[:1], t, t[-1:]]), np.concatenate([np.zeros_like(sums[:1]), sums]), k + 1
        return BSpline(t, np.moveaxis(c, 0, self.axis), k, False if self.extrapolate == PERIODIC else self.extrapolate, self.axis)

    def integrate(self, a, b, extrapolate=None):
        """The integral from a to b, of a spline that is 0 beyond its ends if ``extrapolate`` is False."""
        how = self.extrapolate if extrapolate is None else extrapolate
        if not traced(a, b, self.c, self.t):
            return theirs.BSpline(self.t, self.c, self.k, self.extrapolate, self.axis).integrate(a, b, how)
        if how == PERIODIC:
            raise NoRuleError(f"integrate has no derivative rule for periodic splines{at_line()}. Use antiderivative() inside of one period.")
        if not how:
            low, high = self.t[self.k], self.t[-self.k - 1]
            a, b = np.clip(a, low, high), np.clip(b, low, high)
        whole = self.antiderivative()
        return whole(b, extrapolate=how) - whole(a, extrapolate=how)

    def _parts(self):
        """Knots, coefficients along the first axis, and the degree."""
        return self.t, np.moveaxis(self.c, self.axis, 0)[: len(self.t) - self.k - 1], self.k

    def __getattr__(self, name):
        if name.startswith("_") or name in ("t", "c"):
            raise AttributeError(name)
        if traced(self.c, self.t):
            raise NoRuleError(f"{name} of a spline has no derivative rule{at_line()}. Make the spline of plain data, or of dualrev.stop_gradient of it.")
        return getattr(theirs.BSpline(self.t, self.c, self.k, self.extrapolate, self.axis), name)


def end_conditions(condition):
    """The pairs (order, value) of one end; none for not-a-knot."""
    return [] if condition is None or condition == "not-a-knot" else [(1, 0.0)] if condition == "clamped" else [(2, 0.0)] if condition == "natural" else list(condition)


@dispatched
def coefficients(y, x, k, t, orders):
    """SciPy's coefficients for data along the first axis, with zeros for the derivatives of the given orders at both ends, or periodic."""
    if orders == PERIODIC:
        return theirs.make_interp_spline(x, np.concatenate([y[:-1], y[:1]]), k, None, PERIODIC).c
    conditions = tuple([(order, np.zeros(y.shape[1:])) for order in end] or None for end in orders)
    return theirs.make_interp_spline(x, y, k, t, conditions).c


def coefficients_transpose(g, y, x, k, t, orders):
    """The same system transposed; the rows of the conditions at the ends have no data."""
    return passed_back(g, x, k, t, orders)


@dispatched
def passed_back(g, x, k, t, orders):
    """A cotangent of the coefficients as one of the data, of which the last one repeats the first where they are periodic."""
    if orders == PERIODIC:
        n, j = len(x) - 1, np.arange(len(t) - k - 1)
        fold = sparse.csc_array((np.ones(len(j)), (j, j % n)))
        solved = splu((collocation(t, k, x[:-1], 0) @ fold).T.tocsc()).solve(fold.T @ flat(g, 1))
        return np.reshape(np.concatenate([solved, np.zeros((1, solved.shape[1]))]), (len(x), *g.shape[1:]))
    rows = [*(collocation(t, k, x[:1], order) for order in orders[0]), collocation(t, k, x, 0), *(collocation(t, k, x[-1:], order) for order in orders[1])]
    solver, columns = splu(sparse.vstack(rows).T.tocsc()), np.reshape(g, (g.shape[0], -1))
    found = solver.solve(columns.real) + 1j * solver.solve(columns.imag) if columns.dtype.kind == "c" else solver.solve(columns)
    start = len(orders[0])
    return np.reshape(found[start: start + len(x)], (len(x), *g.shape[1:]))


nodes = np.array([0.0, 0.5, 1.4, 2.0, 3.1])
uneven = np.array([0.0, 0, 0, 0, 1.2, 3.1, 3.1, 3.1, 3.1])
linear(coefficients, coefficients_transpose, None, None, None, None, domain=lambda rng: ((rng.normal(size=(5, 2)), nodes, 3, uneven, ((), ())), {}),
       name="dr.scipy.interpolate.make_interp_spline")
linear(passed_back, lambda c, g, x, k, t, orders: coefficients(c, x, k, t, orders), None, None, None, None,
       domain=lambda rng: ((rng.normal(size=(5, 2)), nodes, 3, uneven, ((), ())), {}), name="dr.scipy.interpolate.make_interp_spline (adjoint)")


def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    """``scipy.interpolate.make_interp_spline``, linear in y: the result is a `BSpline` that may be traced.

    The abscissas x, the knots t and the values in ``bc_type`` are plain; `CubicSpline` is differentiable in them.
    """
    if traced(x, t) or (bc_type is not None and traced(bc_type)):
        raise NoRuleError(f"make_interp_spline has no derivative rule for x, t and bc_type{at_line()}. Use dr.scipy.interpolate.CubicSpline, which has, or dualrev.stop_gradient.")
    x = np.asarray(x, float)
    base = theirs.make_interp_spline(x, np.asarray(concrete(array(y))), k, t, bc_type, axis, check_finite)
    if not traced(y):
        return BSpline(base.t, np.moveaxis(base.c, 0, base.axis), base.k, base.extrapolate, base.axis)
    y = np.moveaxis(floating(y), base.axis, 0)
    if bc_type == PERIODIC:
        return BSpline(base.t, np.moveaxis(coefficients(y, x, k, base.t, PERIODIC) if k > 1 else y, 0, base.axis), base.k, base.extrapolate, base.axis)
    ends = tuple(end_conditions(end) for end in ((bc_type, bc_type) if bc_type is None or isinstance(bc_type, str) else bc_type))
    orders = tuple(tuple(order for order, _ in end) for end in ends)
    c = coefficients(y, x, k, base.t, orders) if k else y
    if any(np.any(value) for end in ends for _, value in end):
        zeros = np.zeros(y.shape)
        c = c + theirs.make_interp_spline(x, zeros, k, base.t, tuple([(order, np.broadcast_to(value, y.shape[1:])) for order, value in end] or None for end in ends)).c
    return BSpline(base.t, np.moveaxis(c, 0, base.axis), base.k, base.extrapolate, base.axis)
