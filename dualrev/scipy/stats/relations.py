"""How two samples go together: Pearson's correlation and a straight line through points, with the probabilities that SciPy reports beside them.

For normal samples that are independent (1 + r) / 2 is beta distributed with a = b = n/2 - 1, and r sqrt((n - 2) / (1 - r**2)) is Student's t with n - 2 degrees of freedom.
R. A. Fisher, Frequency distribution of the values of the correlation coefficient, Biometrika 10 (1915).
"""

import typing

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.errors import NoRuleError, at_line
from ...core.rows import decomposed, unsupported
from ...core.tracer import passive
from ...rules.products import array
from ..interpolate.piecewise import traced
from ..mirror import dispatched, mirror
from .summaries import given

spearmanr, kendalltau = mirror(theirs.spearmanr), mirror(theirs.kendalltau)


class Correlation(typing.NamedTuple):
    """What `pearsonr` gives of traced samples; the probability belongs to the statistic."""

    statistic: typing.Any
    pvalue: typing.Any


class Fields(typing.NamedTuple):
    """What a line through points unpacks to."""

    slope: typing.Any
    intercept: typing.Any
    rvalue: typing.Any
    pvalue: typing.Any
    stderr: typing.Any


class Line(Fields):
    """What `linregress` gives of traced samples: five fields, and one more attribute, as SciPy has it."""

    intercept_stderr: typing.Any


def tail(lower, upper, alternative, s):
    """The probability of a statistic s, of which lower and upper are the distribution functions."""
    if alternative not in ("two-sided", "less", "greater"):
        raise ValueError("`alternative` must be 'less', 'greater', or 'two-sided'.")
    return lower(s) if alternative == "less" else upper(s) if alternative == "greater" else 2 * upper(np.abs(s))


def related(x, y, axis):
    """The mean square of deviations of x, that of y, and the mean of their products."""
    x, y = (v - np.mean(v, axis=axis, keepdims=True) for v in (x, y))
    return np.mean(x * x, axis=axis), np.mean(y * y, axis=axis), np.mean(x * y, axis=axis)


@dispatched
def correlation(x, y, alternative, axis):
    """SciPy's correlation and its probability."""
    found = theirs.pearsonr(x, y, alternative=alternative, axis=axis)
    return found.statistic, found.pvalue


def correlation_body(x, y, alternative, axis):
    """The mean product of deviations over their root mean squares."""
    x, y = given(x), given(y)
    if axis is None:
        x, y, axis = np.ravel(x), np.ravel(y), -1
    if x.ndim != y.ndim:
        x, y = np.broadcast_arrays(x, y)
    n = x.shape[axis]
    if n != y.shape[axis] or n < 2:
        raise ValueError("`x` and `y` must have the same length along `axis`, and at least 2")
    xx, yy, xy = related(x, y, axis)
    r = xy / np.sqrt(xx * yy)
    if n == 2:
        return np.round(passive(r)), np.ones(np.shape(r))[()]
    half = n / 2 - 1
    return r, tail(lambda r: sp.betainc(half, half, (1 + r) / 2), lambda r: sp.betainc(half, half, (1 - r) / 2), alternative, r)


@dispatched
def line(x, y, alternative):
    """SciPy's straight line, and what is known of it."""
    found = theirs.linregress(x, y, alternative=alternative)
    return (*found, found.intercept_stderr)


def line_body(x, y, alternative):
    """Least squares."""
    x, y = given(x), given(y)
    mean_x, mean_y = np.mean(x), np.mean(y)
    x, y = x.astype(float), y.astype(float)
    n, free = x.shape[0], x.shape[0] - 2
    if x.shape != y.shape or x.ndim != 1 or n < 2:
        raise ValueError("x and y must be vectors of the same length, and at least 2")
    if np.all(passive(x) == passive(x[0])):
        raise ValueError("Cannot calculate a linear regression if all x values are identical")
    xx, yy, xy = related(x, y, 0)
    slope, r = xy / xx, xy / np.sqrt(xx * yy)
    intercept = mean_y - slope * mean_x
    if not free:
        return slope, intercept, r, np.where(passive(y[0]) == passive(y[1]), 1.0, 0.0)[()], 0.0, 0.0
    t = r * np.sqrt(free / ((1 - r + 1e-20) * (1 + r + 1e-20)))
    error = np.sqrt((1 - r**2) * yy / xx / free)
    p = tail(lambda t: sp.stdtr(free, t), lambda t: sp.stdtr(free, -t), alternative, t)
    return slope, intercept, r, p, error, error * np.sqrt(xx + mean_x**2)


decomposed(correlation, correlation_body, name="dr.scipy.stats.pearsonr",
           domain=[lambda rng, how=how: ((rng.normal(size=(2, 6)), rng.normal(size=(2, 6)), how, 1), {}) for how in ("two-sided", "less")])
decomposed(line, line_body, name="dr.scipy.stats.linregress", domain=lambda rng: ((rng.normal(size=6), rng.normal(size=6), "greater"), {}))
unsupported(spearmanr, kendalltau, because="ranks do not change continuously")


def pearsonr(x, y, *, alternative="two-sided", method=None, axis=0):
    """``scipy.stats.pearsonr``, differentiable in both samples; traced ones give a named tuple of the statistic and its probability."""
    if not traced(x, y):
        return theirs.pearsonr(x, y, alternative=alternative, method=method, axis=axis)
    if method is not None:
        raise NoRuleError(f"dr.scipy.stats.pearsonr has no derivative rule for method={method!r}{at_line()}. Use method=None, and the statistic alone.")
    return Correlation(*correlation(array(x), array(y), alternative, axis))


def linregress(x, y, alternative="two-sided"):
    """``scipy.stats.linregress``, differentiable in both samples."""
    if not traced(x, y):
        return theirs.linregress(x, y, alternative=alternative)
    *fields, spread = line(array(x), array(y), alternative)
    found = Line(*fields)
    found.intercept_stderr = spread
    return found
