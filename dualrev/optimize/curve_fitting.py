"""`curve_fit`: a model's parameters from data, with exact derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from scipy.optimize import Bounds

from ..transforms.arguments import named, require_callable
from .least_squares import least_squares
from .stopping import FTOL, GTOL, ROUNDING, XTOL

__all__ = ["curve_fit"]

WHERE = "curve_fit"
IER = {FTOL: 1, ROUNDING: 1, XTOL: 2, GTOL: 4}  # MINPACK's numbers for success


def curve_fit(f: Callable[..., Any], xdata: Any, ydata: Any, p0: Any = None, sigma: Any = None, absolute_sigma: bool = False, check_finite: bool = True,
              bounds: Any = (-np.inf, np.inf), method: str | None = None, jac: Any = None, *, full_output: bool = False, nan_policy: str | None = None,
              **kwargs: Any) -> tuple[Any, ...]:
    """Fit a model to data by least squares: SciPy's signature and results, with exact derivatives.

    Parameters
    ----------
    f : callable
        ``f(xdata, *parameters)``, or ``f(xdata, **parameters)`` where p0 is a dict.
    xdata, ydata : array
        The data; f gives the shape of ydata.
    p0 : array or dict, optional
        Where to start; ones, or the middle of the bounds, by default.
    sigma : array, optional
        Standard deviations of the data (numbers that broadcast to them), or their covariance matrix (m, m).
    absolute_sigma : bool
        sigma is known in absolute terms; otherwise only its proportions count, and its size is found from the residuals.
    check_finite, nan_policy : bool, {None, "raise", "omit"}
        What to do with NaN and infinities in the data.
    bounds : (low, high) or Bounds
        Of the parameters.
    method, jac
        As in `least_squares` ("lm" by default, which takes bounds); ``jac(xdata, *parameters)`` is of shape (m, n).
    full_output : bool
        Return infodict, a message and SciPy's success number too.
    **kwargs
        Of `least_squares`: ``loss=``, ``fixed=`` (names of parameters do), ``ftol=``, ...

    Returns
    -------
    popt, pcov : array or dict, array (n, n)
        The parameters and their covariance; zero for fixed ones, NaN, with a warning, for those on a bound.
    infodict, mesg, ier
        With full_output: nfev, njev, fvec (weighted residuals) and the whole ``result``; why it stopped; 1 to 4.

    Raises
    ------
    RuntimeError
        If the fit did not converge.
    TypeError, ValueError
        If an argument has the wrong type or form, or the data are not finite.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> x = np.linspace(0.0, 4.0, 9)
    >>> y = np.array([2.51, 1.93, 1.49, 1.19, 0.97, 0.85, 0.71, 0.67, 0.63])
    >>> popt, pcov = dr.optimize.curve_fit(lambda x, a, k, c: a * np.exp(-k * x) + c, x, y)
    >>> [f"{p:.3f} +- {s:.3f}" for p, s in zip(popt, np.sqrt(np.diag(pcov)))]
    ['2.021 +- 0.020', '0.713 +- 0.020', '0.499 +- 0.019']
    """
    require_callable(f, WHERE)
    names = _names(f, p0)
    x, y, keep = _data(xdata, ydata, check_finite, nan_policy)
    start = _start(names, bounds, f) if p0 is None else np.atleast_1d(p0) if np.ndim(p0) == 0 and not isinstance(p0, dict) else p0
    weigh = _weighing(sigma, y.size, keep)
    if "maxfev" in kwargs:
        kwargs["max_nfev"] = kwargs.pop("maxfev")
    kwargs["fixed"] = _positions(kwargs.get("fixed"), names, isinstance(start, dict))
    weighted_jac = jac if not callable(jac) else lambda p: weigh(_rows(_given(jac, x, p), y))
    result = least_squares(lambda p: weigh(np.reshape(_given(f, x, p) - y, -1)), start, weighted_jac, bounds, method or "lm",
                           variance=1.0 if absolute_sigma else None, **kwargs)
    if not result.success:
        raise RuntimeError(f"{WHERE}: optimal parameters not found. {result.message}")
    pair = result.x, result.covariance()
    if not full_output:
        return pair
    return (*pair, {"nfev": result.nfev, "njev": result.njev, "fvec": result.fun, "result": result}, result.message, IER[result.status])


def _given(function: Callable[..., Any], x: Any, p: Any) -> Any:
    """A function of the data with its parameters given one by one."""
    return function(x, **p) if isinstance(p, dict) else function(x, *p)


def _rows(J: Any, y: np.ndarray) -> np.ndarray:
    """A Jacobian of the user's own, one row for each residual."""
    if y.dtype.kind == "c":
        raise ValueError(f"{WHERE}: with complex ydata leave jac out; the exact one is made here")
    return np.asarray(J, float).reshape(y.size, -1)


def _names(f: Callable[..., Any], p0: Any) -> list[str] | None:
    """The parameters' names as far as the signature or p0 tells."""
    if isinstance(p0, dict):
        return list(p0)
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][1:]


def _start(names: list[str] | None, bounds: Any, f: Any) -> np.ndarray:
    """Ones, or the middle of the bounds, or one inside a single bound."""
    if names is None:
        raise ValueError(f"{WHERE}: cannot tell the number of parameters of {named(f)}; give p0")
    if not names:
        raise ValueError(f"{WHERE}: {named(f)} has no parameters after its first argument, xdata")
    low, high = (bounds.lb, bounds.ub) if isinstance(bounds, Bounds) else bounds
    try:
        low, high = (np.array(np.broadcast_to(np.asarray(side, float), len(names))) for side in (low, high))
    except ValueError as error:
        raise ValueError(f"{WHERE}: bounds do not fit the {len(names)} parameters {', '.join(names)}") from error
    start = np.ones(len(names))
    below, above = np.isfinite(low), np.isfinite(high)
    start[below & above] = 0.5 * (low[below & above] + high[below & above])
    start[below & ~above] = low[below & ~above] + 1
    start[above & ~below] = high[above & ~below] - 1
    return start


def _data(xdata: Any, ydata: Any, check_finite: bool, nan_policy: Any) -> tuple[Any, np.ndarray, Any]:
    """Both as arrays of floats, and a mask of what is kept, None for all."""
    if nan_policy not in (None, "raise", "omit"):
        raise ValueError(f"{WHERE}: nan_policy must be None, 'raise' or 'omit', got {nan_policy!r}")
    y = _numbers(ydata)
    x = _numbers(xdata) if isinstance(xdata, (list, tuple, np.ndarray)) or (hasattr(xdata, "__array__") and getattr(xdata, "ndim", 0) == 1) else xdata
    if y.size == 0:
        raise ValueError(f"{WHERE}: ydata is empty")
    numeric = isinstance(x, np.ndarray)
    if nan_policy == "omit":
        if y.ndim != 1 or not numeric or x.shape[-1:] != y.shape:
            raise ValueError(f"{WHERE}: nan_policy='omit' needs ydata of one axis, which is the last one of xdata; their shapes are {y.shape} and {np.shape(x)}")
        keep = ~(np.isnan(y) | np.any(np.isnan(x.reshape(-1, y.size)), axis=0))
        return x[..., keep], y[keep], keep
    if check_finite or nan_policy == "raise":
        for name, data in (("xdata", x), ("ydata", y)):
            if isinstance(data, np.ndarray) and not np.all(np.isfinite(data)):
                raise ValueError(f"{WHERE}: {name} holds NaN or infinities. Leave these points out, for NaN by nan_policy='omit'.")
    return x, y, None


def _numbers(data: Any) -> np.ndarray:
    """Data as an array of floats, or of complex numbers."""
    data = np.asarray(data)
    return data.astype(complex if data.dtype.kind == "c" else float)


def _weighing(sigma: Any, size: int, keep: Any) -> Callable[[Any], Any]:
    """What divides residuals (m,), or the rows of their Jacobian, by their standard deviations."""
    if sigma is None:
        return lambda r: r
    sigma = np.asarray(sigma, float)
    if keep is not None and sigma.ndim:
        sigma = sigma[np.ix_(keep, keep)] if sigma.ndim == 2 else sigma[keep]
    if sigma.shape == (size, size) and sigma.ndim == 2:
        try:
            L = cholesky(sigma, lower=True)
        except LinAlgError as error:
            raise ValueError(f"{WHERE}: sigma as a covariance matrix must be positive definite") from error
        inverse = solve_triangular(L, np.eye(size), lower=True)
        return lambda r: inverse @ r
    if sigma.size not in (1, size):
        raise ValueError(f"{WHERE}: sigma has shape {sigma.shape}; for {size} data it must be {(size,)} or {(size, size)}")
    if not np.all(sigma > 0):
        raise ValueError(f"{WHERE}: sigma must be positive")
    flat = np.broadcast_to(sigma.ravel(), size)
    return lambda r: r / (flat if np.ndim(r) == 1 else flat[:, None])


def _positions(fixed: Any, names: list[str] | None, by_name: bool) -> Any:
    """Names of fixed parameters as positions, where the parameters are an array."""
    if isinstance(fixed, str):
        fixed = [fixed]
    if by_name or not isinstance(fixed, (list, tuple, set, frozenset)) or not all(isinstance(name, str) for name in fixed):
        return fixed
    unknown = [name for name in fixed if name not in (names or [])]
    if unknown:
        raise ValueError(f"{WHERE}: fixed={unknown[0]!r} is no parameter; they are {', '.join(names or ['not named'])}")
    return [(names or []).index(name) for name in fixed]
