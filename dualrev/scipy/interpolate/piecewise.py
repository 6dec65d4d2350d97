"""Piecewise polynomials in their coefficients, their breakpoints and the points where they are evaluated. At a breakpoint the piece on its right counts."""

import math

import numpy as np
import scipy.interpolate as theirs

from ...core.errors import NoRuleError, at_line
from ...core.indexing import getitem
from ...core.rows import decomposed
from ...core.tracer import Tracer, passive, top_trace
from ...rules.products import array
from ..mirror import dispatched

__all__ = ["Piecewise", "floating", "piecewise", "reordered", "traced"]


def traced(*args):
    """Whether an argument, or an entry of a list, carries a derivative."""
    top, objects = top_trace(args)
    return top is not None or objects


def floating(x):
    """A float64 or complex128 array, as SciPy's interpolators make of anything."""
    x = array(x)
    return x.astype(complex if x.dtype.kind == "c" else float)


@dispatched
def piecewise(c, x, at, nu=0, extrapolate=True):
    """SciPy's value of the nu-th derivative; c of the shape (order + 1, pieces, ...)."""
    return theirs.PPoly(c, x)(at, nu, extrapolate)


def wrapped(at, x):
    """Points brought into the period between the first and the last breakpoint."""
    return x[0] + (at - x[0]) % (x[-1] - x[0])


def outside(at, x):
    """Which points are beyond the ends."""
    return (passive(at) < passive(x)[0]) | (passive(at) > passive(x)[-1])


def piecewise_body(c, x, at, nu=0, extrapolate=True):
    """Horner's scheme in the distance from the breakpoint on the left."""
    c, x, at = floating(c), floating(x), floating(at)
    at = wrapped(at, x) if extrapolate == "periodic" else at
    i = np.clip(np.searchsorted(passive(x), passive(at), side="right") - 1, 0, c.shape[1] - 1)
    rest = (1,) * (c.ndim - 2)
    s = np.reshape(at - getitem(x, i), (*at.shape, *rest))
    degree = c.shape[0] - 1
    y = 0.0 * getitem(c[0], i) * s
    for k in range(degree - nu + 1):
        y = y * s + math.perm(degree - k, nu) * getitem(c[k], i)
    return y if extrapolate else np.where(np.reshape(outside(at, x), s.shape), np.nan, y)


decomposed(piecewise, piecewise_body, name="dr.scipy.interpolate (piecewise polynomials)",
           domain=[lambda rng, nu=nu: ((rng.normal(size=(4, 3)), np.array([0.0, 1.0, 2.5, 3.0]), rng.uniform(-0.5, 3.5, 5), nu), {}) for nu in (0, 1, 3)]
           + [lambda rng: ((rng.normal(size=(3, 2, 2)), np.array([0.0, 1.0, 2.5]), rng.uniform(3.0, 4.0, (2, 2)), 0, "periodic"), {}),
              lambda rng: ((rng.normal(size=(3, 2)), np.array([0.0, 1.0, 2.5]), rng.uniform(0.1, 0.9)), {})])


def reordered(y, axis, points):
    """The result with the axes of the points where the data had theirs."""
    order = list(range(y.ndim))
    return y if not axis else np.transpose(y, order[points: points + axis] + order[:points] + order[points + axis:])


class Piecewise:
    """A piecewise polynomial whose coefficients, breakpoints and points may be traced.

    Parameters
    ----------
    c : array of shape (order + 1, pieces, ...)
        Coefficients, the highest power first, of the distance from the breakpoint on the left.
    x : array of shape (pieces + 1,)
        Breakpoints.
    extrapolate : bool or "periodic"
        What is outside.
    axis : int
        The axis of the results along which the points go.
    """

    def __init__(self, c, x, extrapolate=True, axis=0):
        self.c, self.x, self.extrapolate, self.axis = c, x, True if extrapolate is None else extrapolate, axis

    def __call__(self, x, nu=0, extrapolate=None):
        """The nu-th derivative at x; a piece is that on the right of a breakpoint."""
        at = floating(x)
        return reordered(piecewise(self.c, self.x, at, nu, self.extrapolate if extrapolate is None else extrapolate), self.axis, at.ndim)

    def derivative(self, nu=1):
        """The derivative, a piecewise polynomial too."""
        c = self.c
        for _ in range(nu):
            n = c.shape[0]
            c = c[:-1] * np.reshape(np.arange(n - 1.0, 0, -1), (-1,) + (1,) * (c.ndim - 1)) if n > 1 else 0.0 * c
        return Piecewise(c, self.x, self.extrapolate, self.axis)

    def antiderivative(self, nu=1):
        """The integral from the first breakpoint on, continuous."""
        c = self.c
        for _ in range(nu):
            c = c / np.reshape(np.arange(float(c.shape[0]), 0, -1), (-1,) + (1,) * (c.ndim - 1))
            h = np.reshape(np.diff(self.x), (-1,) + (1,) * (c.ndim - 2))
            ends = sum(c[k] * h ** (c.shape[0] - k) for k in range(c.shape[0]))
            start = np.concatenate([np.zeros_like(ends[:1]), np.cumsum(ends, axis=0)[:-1]])
            c = np.concatenate([c, start[None]])
        return Piecewise(c, self.x, False if self.extrapolate == "periodic" else self.extrapolate, self.axis)

    def integrate(self, a, b, extrapolate=None):
        """The integral from a to b."""
        how = self.extrapolate if extrapolate is None else extrapolate
        if how == "periodic":
            raise NoRuleError(f"integrate has no derivative rule for periodic splines{at_line()}. Use antiderivative() inside of one period.")
        whole = self.antiderivative()
        return whole(b, extrapolate=how) - whole(a, extrapolate=how)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if isinstance(self.c, Tracer) or isinstance(self.x, Tracer):
            raise NoRuleError(f"{name} of an interpolator has no derivative rule{at_line()}. Make the interpolator of plain data, or of dualrev.stop_gradient(y).")
        return getattr(theirs.PPoly(self.c, self.x, self.extrapolate, self.axis), name)
