"""Linear and nearest interpolation on a line and on a rectangular grid. At a knot the slope of the cell on its right counts."""

import functools
import itertools
import operator

import numpy as np
import scipy.interpolate as theirs

from ...core.errors import NoRuleError, at_line
from ...core.indexing import getitem
from ...core.rows import decomposed
from ...core.tracer import concrete, passive
from ...rules.products import array
from ..mirror import mirror
from .bsplines import make_interp_spline
from .piecewise import floating, outside, reordered, traced

__all__ = ["RegularGridInterpolator", "interp1d", "interpn"]

ORDERS = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}


def cell(x, at):
    """The index of the cell on the right of each point, the last cell for what is beyond."""
    return np.clip(np.searchsorted(passive(x), passive(at), side="right") - 1, 0, x.shape[0] - 2)


def nearest(x, at, side):
    """The index of the nearest knot; ``side`` chooses at the middle between two."""
    half = passive(x) / 2.0
    return np.clip(np.searchsorted(half[1:] + half[:-1], passive(at), side=side), 0, x.shape[0] - 1)


def chosen(kind, x, at):
    """The index of the one entry that a piecewise constant interpolant takes."""
    if kind == "previous":
        return np.clip(np.searchsorted(passive(x), passive(at), side="right") - 1, 0, x.shape[0] - 1)
    if kind == "next":
        return np.clip(np.searchsorted(passive(x), passive(at), side="left"), 0, x.shape[0] - 1)
    return nearest(x, at, "right" if kind == "nearest-up" else "left")


class interp1d:
    """``scipy.interpolate.interp1d``, differentiable in y, in the points of evaluation, in ``fill_value``, and (piecewise linear or constant) in x."""

    def __init__(self, x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan, assume_sorted=False):
        self._arguments = (x, y, kind, axis, copy, bounds_error, fill_value, assume_sorted)
        below = fill_value[0] if isinstance(fill_value, tuple) else fill_value
        simple = np.nan if not isinstance(fill_value, str) and traced(fill_value) else below if isinstance(fill_value, str) else fill_value
        self._theirs = theirs.interp1d(np.asarray(concrete(array(x))), np.asarray(concrete(array(y))), kind, axis, copy, bounds_error, simple, assume_sorted)
        x, y = array(x), floating(y)
        self.axis = axis % y.ndim
        if not assume_sorted:
            order = np.argsort(passive(x), kind="mergesort")
            x, y = x[order], np.take(y, order, axis=self.axis)
        self.x, self.y, self._kind, self.fill_value = x.astype(float), np.moveaxis(y, self.axis, 0), kind, fill_value
        self._extrapolates = isinstance(fill_value, str)
        given = self._extrapolates or traced(fill_value) or isinstance(fill_value, tuple) or not np.all(np.isnan(np.asarray(fill_value, float)))
        self.bounds_error = not given if bounds_error is None else bounds_error

    def __call__(self, x):
        if not traced(x, *self._arguments):
            return self._theirs(x)
        at = floating(x)
        beyond = outside(at, self.x)
        if self.bounds_error and not self._extrapolates and np.any(concrete(beyond)):
            raise ValueError("A value in x_new is outside the interpolation range.")
        y = self._inside(at)
        if not self._extrapolates:
            low, high = self.fill_value if isinstance(self.fill_value, tuple) else (self.fill_value, self.fill_value)
            left = np.reshape(passive(at) < passive(self.x)[0], at.shape + (1,) * (self.y.ndim - 1))
            y = np.where(np.reshape(beyond, left.shape), np.where(left, low, high), y)
        return reordered(y, self.axis, at.ndim)

    def _inside(self, at):
        kind = ORDERS.get(self._kind, self._kind)
        if kind == "linear":
            i = cell(self.x, at)
            left, below = getitem(self.x, i), getitem(self.y, i)
            w = np.reshape((at - left) / (getitem(self.x, i + 1) - left), at.shape + (1,) * (self.y.ndim - 1))
            return below + w * (getitem(self.y, i + 1) - below)
        if isinstance(kind, str):
            return getitem(self.y, chosen(kind, self.x, at))
        return make_interp_spline(self.x, self.y, kind, check_finite=False)(at)


def extremes(xi):
    """Two points that are out of the bounds where any one is."""
    flat = np.reshape(xi, (-1, xi.shape[-1])) if xi.ndim else xi
    return xi if not xi.size or np.any(np.isnan(xi)) else np.stack([np.min(flat, axis=0), np.max(flat, axis=0)])


def on_grid(points, values, xi, method="linear", bounds_error=True, fill_value=np.nan):
    """scipy.interpolate.interpn for the methods linear and nearest: the corners of a cell, weighted."""
    if method not in ("linear", "nearest"):
        raise NoRuleError(f"interpolation on a grid has no derivative rule for method={method!r}{at_line()}. Use method='linear'.")
    plain = [np.asarray(concrete(array(p))) for p in points]
    xi = [array(part) for part in xi] if isinstance(xi, tuple) else array(xi)
    xi = np.stack(np.broadcast_arrays(*xi), axis=-1) if isinstance(xi, list) else xi
    xi = np.reshape(xi, (-1, len(plain))) if xi.ndim == 1 else xi
    values = array(values)
    values = floating(values) if method == "linear" or values.dtype.kind not in "fc" else values
    grid = np.zeros(values.shape[: len(plain)], values.dtype)
    theirs.interpn(plain, grid, extremes(np.asarray(concrete(xi))), method, bounds_error, fill_value if not traced(fill_value) else np.nan)  # its errors
    down = [p[0] > p[-1] for p in plain]
    points = [(array(p)[::-1] if flip else array(p)).astype(float) for p, flip in zip(points, down, strict=True)]
    values = np.flip(values, [k for k, flip in enumerate(down) if flip]) if any(down) else values
    at = [xi[..., k].astype(float) for k in range(len(points))]
    y = linear_on_grid(points, values, at) if method == "linear" else getitem(values, tuple(nearest_in_cell(p, x) for p, x in zip(points, at, strict=True)))
    if fill_value is None:
        return y
    beyond = np.logical_or.reduce([outside(x, p) for p, x in zip(points, at, strict=True)])
    if type(beyond) is np.ndarray and not beyond.any():
        return y
    return np.where(np.reshape(beyond, at[0].shape + (1,) * (values.ndim - len(points))), fill_value, y)


def nearest_in_cell(p, x):
    """The nearer end of the cell, the left one in the middle."""
    i = cell(p, x)
    knots, at = passive(p), passive(x)
    return np.where((at - getitem(knots, i)) / (getitem(knots, i + 1) - getitem(knots, i)) <= 0.5, i, i + 1)


def linear_on_grid(points, values, at):
    """The sum over the corners of each point's cell."""
    cells = [cell(p, x) for p, x in zip(points, at, strict=True)]
    weights = [(x - getitem(p, i)) / (getitem(p, i + 1) - getitem(p, i)) for p, x, i in zip(points, at, cells, strict=True)]
    parts, tail = [], (1,) * (values.ndim - len(points))
    for corner in itertools.product((0, 1), repeat=len(points)):
        w = 1.0
        for side, part in zip(corner, weights, strict=True):
            w = w * (part if side else 1 - part)
        parts.append(getitem(values, tuple(i + side for i, side in zip(cells, corner, strict=True))) * np.reshape(w, at[0].shape + tail))
    return functools.reduce(operator.add, parts)


interpn = mirror(theirs.interpn, room="interpolate")
decomposed(interpn, on_grid)


class RegularGridInterpolator:
    """``scipy.interpolate.RegularGridInterpolator``; linear and nearest in the values, the points of evaluation, the grid and ``fill_value``."""

    def __init__(self, points, values, method="linear", bounds_error=True, fill_value=np.nan, **solver):
        self.grid, self.values, self.method, self.bounds_error, self.fill_value, self._solver = points, values, method, bounds_error, fill_value, solver

    def __call__(self, xi, method=None, *, nu=None):
        method = self.method if method is None else method
        if not traced(xi, self.values, *self.grid, *([] if self.fill_value is None else [self.fill_value])):
            return theirs.RegularGridInterpolator(self.grid, self.values, method, self.bounds_error, self.fill_value, **self._solver)(xi, nu=nu)
        if nu is not None:
            raise NoRuleError(f"RegularGridInterpolator has no derivative rule for nu={at_line()}. Take the derivative with dualrev.")
        return on_grid(self.grid, self.values, xi, method, self.bounds_error, self.fill_value)
