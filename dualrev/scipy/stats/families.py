"""What the derivatives of a distribution's functions are made of, and the rows that follow from it.

With z = (x - loc) / scale everything is known from the density's logarithm and the distribution function F of the standard form: their derivatives in z and in the
shapes. Where SciPy's value is taken outside of the support, the derivative is 0.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.rows import constant, elementwise
from ...core.tracer import passive
from ...rules.quadrature import masked
from ..mirror import dispatched, mirror

__all__ = ["Continuous", "Discrete", "Law", "Mirrored"]

Formula = Callable[..., Any]


@dataclass(frozen=True)
class Law:
    """The derivatives of a standard distribution.

    Parameters
    ----------
    score : callable, optional
        ``score(z, *shapes)``: of the log-density in z. None for a discrete distribution.
    shapes : tuple of callable
        Of the log-density in each shape.
    cdf : tuple of callable
        Of F in each shape; None where that has no rule.
    lower, upper : callable, optional
        ``lower(y, z, *shapes)``: of log F, whose value is y, in z, and of log(1 - F): closed forms for far tails, instead of density over F.
    lower_shapes, upper_shapes : tuple of callable, optional
        The same in each shape.
    support : callable, optional
        ``support(*shapes)`` gives its ends; None for all numbers.
    middle : callable
        ``middle(*shapes)`` is inside.
    pmf : tuple of callable, optional
        Of a probability in each shape, where that is more than the product of its value and the logarithm's derivative.
    at : tuple of tuple
        Intervals from which the self-test draws z and the shapes.
    """

    score: Formula | None = None
    shapes: tuple[Formula | None, ...] = ()
    cdf: tuple[Formula | None, ...] = ()
    lower: Formula | None = None
    upper: Formula | None = None
    lower_shapes: tuple[Formula | None, ...] | None = None
    upper_shapes: tuple[Formula | None, ...] | None = None
    support: Formula | None = None
    middle: Formula = lambda *shapes: 0.5
    pmf: tuple[Formula | None, ...] | None = None
    at: tuple[tuple[float, float], ...] = ((-1.5, 1.5),)

    def inside(self, y: Any, z: Any, shapes: Any, formula: Formula) -> Any:
        """``formula(z, *shapes)`` on the support, 0 outside of it, and NaN where SciPy's value is."""
        if self.support is None:
            p = formula(z, *shapes)
        else:
            low, high = self.support(*(passive(s) for s in shapes))
            chosen = (passive(z) >= low) & (passive(z) <= high)
            p = masked(formula(masked(z, chosen, self.middle(*(passive(s) for s in shapes))), *shapes), chosen, 0.0)
        return masked(p, ~np.isnan(passive(y)), np.nan)


class Mirrored:
    """What stands for one of SciPy's distributions: calling it binds its parameters; methods without a row raise for traced values."""

    def __init__(self, theirs: Any, name: str) -> None:
        self._theirs, self._name = theirs, name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._theirs, name)
        return mirror(found, room="stats", name=f"{self._name}.{name}") if callable(found) else found

    def __call__(self, *args: Any, **kwargs: Any) -> Frozen:
        return Frozen(self, args, kwargs)

    def __repr__(self) -> str:
        return f"<dr.scipy.stats.{self._name}>"


class Distribution(Mirrored):
    """One of SciPy's distributions of a number."""

    def __init__(self, theirs: Any, law: Law, places: tuple[str, ...]) -> None:
        super().__init__(theirs, theirs.name)
        self._law = law
        self._shapes = tuple(theirs.shapes.split(", ")) if theirs.shapes else ()
        self._places = places  # loc and scale, or loc alone
        self.__doc__ = f"``scipy.stats.{theirs.name}``, differentiable in its variable and in its parameters."

    def _method(self, name: str, first: str) -> tuple[Any, Any]:
        """The function of full positional arguments for which a row is declared, and the method with SciPy's signature."""
        named = inspect.Parameter.POSITIONAL_OR_KEYWORD
        signature = inspect.Signature([*(inspect.Parameter(key, named) for key in (first, *self._shapes)),
                                       *(inspect.Parameter(key, named, default=float(key == "scale")) for key in self._places)])
        core = dispatched(getattr(self._theirs, name))
        core.__module__, core.__name__ = "dualrev.scipy.stats", f"{self._name}.{name}"
        core.__signature__ = signature  # type: ignore[attr-defined]

        def method(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            return core(*bound.args)

        method.__name__, method.__doc__ = name, f"``scipy.stats.{self._theirs.name}.{name}``, with derivatives."
        method.__signature__ = signature  # type: ignore[attr-defined]
        setattr(self, name, method)
        return core, method


class Frozen:
    """A distribution with its parameters."""

    def __init__(self, distribution: Any, args: Any, kwargs: Any) -> None:
        self.dist, self.args, self.kwds = distribution, args, kwargs

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        method = getattr(self.dist, name)
        if name in METHODS:
            return lambda x: method(x, *self.args, **self.kwds)
        return lambda *args, **kwargs: method(*args, *self.args, **self.kwds, **kwargs)


METHODS = {"pdf": "x", "logpdf": "x", "cdf": "x", "logcdf": "x", "sf": "x", "logsf": "x", "ppf": "q", "isf": "q", "pmf": "k", "logpmf": "k"}


class Continuous(Distribution):
    """A distribution with a density."""

    def __init__(self, theirs: Any, law: Law) -> None:
        super().__init__(theirs, law, ("loc", "scale"))
        for name in ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf"):
            core, _ = self._method(name, METHODS[name])
            slope = getattr(self, f"_{name}")
            count = len(self._shapes)
            closed = [k for k in range(count) if law.cdf[k] is not None or name in ("logpdf", "pdf")]
            elementwise(core, *(self._partial(slope, k) if k in ("x", *closed, "loc", "scale") else None for k in ("x", *range(count), "loc", "scale")), domain=self._domain(name))

    def _partial(self, slope: Any, k: Any) -> Formula:
        def partial(y: Any, *args: Any) -> Any:
            x, *shapes, loc, scale = args
            return slope(k, y, (x - loc) / scale, shapes, scale, args)

        return partial

    def _domain(self, name: str) -> Any:
        def draw(rng: Any) -> Any:
            z, *shapes = (rng.uniform(*interval, 3) for interval in self._law.at)
            loc, scale = rng.uniform(-0.5, 0.5), rng.uniform(0.7, 1.4)
            return (rng.uniform(0.15, 0.85, 3) if name in ("ppf", "isf") else loc + scale * z, *shapes, loc, scale), {}

        return draw

    def _moved(self, k: Any, slope: Any, z: Any, scale: Any) -> Any:
        """A derivative in z as that in x, in loc or in the scale."""
        return slope / scale if k == "x" else -slope / scale if k == "loc" else -z * slope / scale

    def _logpdf(self, k: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any) -> Any:
        law: Any = self._law

        def formula(z: Any, *shapes: Any) -> Any:
            if k in range(len(shapes)):
                return law.shapes[k](z, *shapes)
            return -(1 + z * law.score(z, *shapes)) / scale if k == "scale" else self._moved(k, law.score(z, *shapes), z, scale)

        return law.inside(y, z, shapes, formula)

    def _pdf(self, k: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any) -> Any:
        return masked(y * self._logpdf(k, y, z, shapes, scale, args), passive(y) != 0, 0.0)

    def _cdf(self, k: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any, sign: float = 1.0) -> Any:
        law: Any = self._law
        if k in range(len(shapes)):
            return law.inside(y, z, shapes, lambda z, *shapes: sign * law.cdf[k](z, *shapes))
        density = self.pdf(*args)
        return law.inside(y, z, shapes, lambda z, *shapes: self._moved(k, sign * scale * density, z, scale))

    def _sf(self, *args):
        return self._cdf(*args, sign=-1.0)

    def _logcdf(self, k: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any) -> Any:
        return self._log_tail(k, y, z, shapes, scale, args, 1.0, self._law.lower, self._law.lower_shapes)

    def _logsf(self, k: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any) -> Any:
        return self._log_tail(k, y, z, shapes, scale, args, -1.0, self._law.upper, self._law.upper_shapes)

    def _log_tail(self, k: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any, sign: float, rate: Any, in_shapes: Any) -> Any:
        law: Any = self._law

        def formula(z: Any, *shapes: Any) -> Any:
            if k in range(len(shapes)):
                return in_shapes[k](y, z, *shapes) if in_shapes else sign * law.cdf[k](z, *shapes) * np.exp(-y)
            r = rate(y, z, *shapes) if rate else sign * np.exp(self.logpdf(z, *shapes, 0.0, 1.0) - y)
            return self._moved(k, r, z, scale)

        return law.inside(y, z, shapes, formula)

    def _ppf(self, k: Any, y: Any, _: Any, shapes: Any, scale: Any, args: Any, sign: float = 1.0) -> Any:
        q, z = args[0], (y - args[-2]) / scale
        if k == "loc":
            return masked(1.0 + 0.0 * y, ~np.isnan(passive(y)), np.nan)
        if k == "scale":
            return z
        law: Any = self._law
        own, other = ((law.lower, law.lower_shapes, 1.0), (law.upper, law.upper_shapes, -1.0))[:: 1 if sign > 0 else -1]
        for (rate, in_shapes, side), log in ((own, np.log), (other, lambda q: np.log1p(-q))):
            if rate and (in_shapes or not shapes) and not np.any((passive(q) <= 0) | (passive(q) >= 1)):  # of log F or log(1 - F), instead of the density
                tail = log(q)
                down = rate(tail, z, *shapes)
                return sign * side * scale * np.exp(-tail) / down if k == "x" else -scale * in_shapes[k](tail, z, *shapes) / down
        log_density = self.logpdf(z, *shapes, 0.0, 1.0)
        return sign * scale * np.exp(-log_density) if k == "x" else -scale * law.cdf[k](z, *shapes) * np.exp(-log_density)

    def _isf(self, *args):
        return self._ppf(*args, sign=-1.0)


class Discrete(Distribution):
    """A distribution on whole numbers, differentiable in its parameters."""

    def __init__(self, theirs: Any, law: Law) -> None:
        super().__init__(theirs, law, ("loc",))
        for name in ("logpmf", "pmf", "cdf", "logcdf", "sf", "logsf"):
            core, _ = self._method(name, METHODS[name])
            partials = (self._partial(getattr(self, f"_{name}"), i) if law.shapes[i] is not None else None for i in range(len(self._shapes)))
            elementwise(core, None, *partials, None, domain=self._domain())
        for name in ("ppf", "isf"):
            constant(self._method(name, METHODS[name])[0], notes="whole numbers: piecewise constant")

    def _partial(self, slope: Any, i: int) -> Formula:
        def partial(y: Any, *args: Any) -> Any:
            k, *shapes, loc = args
            return slope(i, y, k - loc, shapes)

        return partial

    def _domain(self) -> Any:
        def draw(rng: Any) -> Any:
            k, *shapes = ((rng.integers(low, high, 3) if type(low) is int else rng.uniform(low, high, 3)) for low, high in self._law.at)
            k[0] = self._law.at[0][0]
            return (k, *shapes, 0), {}

        return draw

    def _logpmf(self, i: int, y: Any, k: Any, shapes: Any) -> Any:
        rule: Any = self._law.shapes[i]
        p = self._law.inside(y, k, shapes, rule)
        return masked(p, np.asarray(passive(k)) == np.floor(passive(k)), 0.0)

    def _pmf(self, i: int, y: Any, k: Any, shapes: Any) -> Any:
        if self._law.pmf is None:
            return masked(y * self._logpmf(i, y, k, shapes), passive(y) != 0, 0.0)
        rule: Any = self._law.pmf[i]
        return masked(self._law.inside(y, k, shapes, rule), np.asarray(passive(k)) == np.floor(passive(k)), 0.0)

    def _cdf(self, i: int, y: Any, k: Any, shapes: Any, sign: float = 1.0) -> Any:
        rule: Any = self._law.cdf[i]
        return sign * self._law.inside(y, np.floor(k), shapes, rule)

    def _sf(self, *args):
        return self._cdf(*args, sign=-1.0)

    def _logcdf(self, i: int, y: Any, k: Any, shapes: Any) -> Any:
        return masked(self._cdf(i, y, k, shapes) * np.exp(-y), passive(y) != -np.inf, 0.0)

    def _logsf(self, i: int, y: Any, k: Any, shapes: Any) -> Any:
        if self._law.upper_shapes:
            rule: Any = self._law.upper_shapes[i]
            return self._law.inside(y, np.floor(k), shapes, rule)
        return masked(self._cdf(i, y, k, shapes, -1.0) * np.exp(-y), passive(y) != -np.inf, 0.0)
