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
    rises : callable, optional
        ``rises(z, *shapes)``: of F in z and in each shape, closed forms that share work, in the place of SciPy's density and of ``cdf``. In a tail without formulas of its
        own they must not underflow before the tail does.
    moves : callable, optional
        ``moves(z, low, high, *shapes)``: of the quantile z in its probability and in each shape, where that is less work than a ratio of others; low is F, high 1 - F.
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
    rises: Formula | None = None
    moves: Formula | None = None
    lower: Formula | None = None
    upper: Formula | None = None
    lower_shapes: tuple[Formula | None, ...] | None = None
    upper_shapes: tuple[Formula | None, ...] | None = None
    support: Formula | None = None
    middle: Formula = lambda *shapes: 0.5
    pmf: tuple[Formula | None, ...] | None = None
    at: tuple[tuple[float, float], ...] = ((-1.5, 1.5),)

    def inside(self, y: Any, z: Any, shapes: Any, formulas: Formula) -> list[Any]:
        """What ``formulas(z, *shapes)`` gives on the support, 0 outside of it, and NaN where SciPy's value is."""
        chosen: Any = np.True_
        if self.support is not None:
            low, high = self.support(*(passive(s) for s in shapes))
            chosen = (passive(z) >= low) & (passive(z) <= high)
        if everywhere(chosen):
            parts = formulas(z, *shapes)
        else:
            parts = [masked(p, chosen, 0.0) for p in formulas(masked(z, chosen, self.middle(*(passive(s) for s in shapes))), *shapes)]
        known = ~np.isnan(passive(y))
        return parts if everywhere(known) else [masked(p, known, np.nan) for p in parts]

    def density(self, keys: Any, z: Any, shapes: Any) -> Slopes:
        """Of the density's logarithm."""
        rules: Any = {INNER: self.score} | dict(enumerate(self.shapes))
        return {k: rules[k](z, *shapes) for k in keys}

    def rise(self, keys: Any, z: Any, shapes: Any, density: Formula) -> Slopes:
        """Of F; ``density()`` is SciPy's."""
        if self.rises is not None:
            return named(self.rises(z, *shapes))
        rules: Any = self.cdf
        return {k: density() if k == INNER else rules[k](z, *shapes) for k in keys}

    def tail(self, keys: Any, y: Any, z: Any, shapes: Any, sign: float, log_density: Formula) -> Slopes:
        """Of the logarithm y of F, or, with a negative sign, of 1 - F."""
        rate, in_shapes = (self.lower, self.lower_shapes) if sign > 0 else (self.upper, self.upper_shapes)
        own = {INNER: rate} | dict(enumerate(in_shapes or ()))
        found: Slopes = {k: rule(y, z, *shapes) for k in keys if (rule := own.get(k))}
        rest = [k for k in keys if k not in found]
        if INNER in rest and self.rises is None:
            found[INNER] = sign * np.exp(log_density(z, *shapes) - y)
            rest.remove(INNER)
        if rest:
            rises, over = self.rise(rest, z, shapes, log_density), sign * np.exp(-y)
            found |= {k: over * rises[k] for k in rest}
        return found

    def quantile(self, keys: Any, z: Any, shapes: Any, low: Any, high: Any, log_density: Formula) -> Slopes:
        """Of the quantile z, in F and in the shapes."""
        if self.moves is not None:
            return named(self.moves(z, low, high, *shapes))
        for rate, in_shapes, sign, p in ((self.lower, self.lower_shapes, 1.0, low), (self.upper, self.upper_shapes, -1.0, high)):
            if rate and (in_shapes or not shapes) and np.all((passive(low) > 0) & (passive(high) > 0)):  # of log F or log(1 - F), instead of the density
                tail = self.tail(dict.fromkeys([INNER, *keys]), np.log(p), z, shapes, sign, log_density)
                return {k: sign / (p * tail[k]) if k == INNER else -tail[k] / tail[INNER] for k in keys}
        over = np.exp(-log_density(z, *shapes))
        rises = self.rise([k for k in keys if k != INNER], z, shapes, log_density)
        return {k: over if k == INNER else -rises[k] * over for k in keys}


INNER = "z"  # the key of the derivative in the variable; those of shapes are numbers
Slopes = dict[Any, Any]


def named(parts: Any) -> Slopes:
    """Derivatives in the variable and in each shape, by their keys."""
    inner, *outer = parts
    return {INNER: inner} | dict(enumerate(outer))


def everywhere(mask: Any) -> bool:
    """Whether a plain mask holds everywhere."""
    return type(mask) in (np.ndarray, np.bool_) and bool(mask.all())


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
    """A distribution with a density.

    A method such as ``_cdf(which, y, z, shapes, scale, args)`` gives its derivatives in x, loc and scale and in the shapes, which have numbers.
    """

    def __init__(self, theirs: Any, law: Law) -> None:
        super().__init__(theirs, law, ("loc", "scale"))
        keys = ("x", *range(len(self._shapes)), "loc", "scale")
        for name in ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf"):
            core, _ = self._method(name, METHODS[name])
            together = self._together(getattr(self, f"_{name}"), keys)
            closed = [type(k) is str or name in ("logpdf", "pdf") or law.rises is not None or law.cdf[k] is not None for k in keys]
            elementwise(core, *(alone(together, i) if known else None for i, known in enumerate(closed)), domain=self._domain(name)).together = together

    def _together(self, slopes: Any, keys: Any) -> Formula:
        def together(which: Any, y: Any, *args: Any) -> Any:
            x, *shapes, loc, scale = args
            return dict(zip(which, slopes([keys[i] for i in which], y, (x - loc) / scale, shapes, scale, args), strict=True))

        return together

    def _domain(self, name: str) -> Any:
        def draw(rng: Any) -> Any:
            z, *shapes = (rng.uniform(*interval, 3) for interval in self._law.at)
            loc, scale = rng.uniform(-0.5, 0.5), rng.uniform(0.7, 1.4)
            return (rng.uniform(0.15, 0.85, 3) if name in ("ppf", "isf") else loc + scale * z, *shapes, loc, scale), {}

        return draw

    def _logpdf(self, which: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any) -> list[Any]:
        law = self._law
        return law.inside(y, z, shapes, lambda z, *shapes: moved(which, law.density(needed(which), z, shapes), z, scale, 1.0))

    def _pdf(self, which: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any) -> list[Any]:
        return [masked(y * p, passive(y) != 0, 0.0) for p in self._logpdf(which, y, z, shapes, scale, args)]

    def _cdf(self, which: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any, sign: float = 1.0) -> list[Any]:
        law = self._law
        return law.inside(y, z, shapes, lambda z, *shapes: moved(which, law.rise(needed(which), z, shapes, lambda: scale * self.pdf(*args)), z, scale, sign=sign))

    def _sf(self, *args):
        return self._cdf(*args, sign=-1.0)

    def _logcdf(self, which: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any, sign: float = 1.0) -> list[Any]:
        return self._law.inside(y, z, shapes, lambda z, *shapes: moved(which, self._law.tail(needed(which), y, z, shapes, sign, self._log_density), z, scale))

    def _logsf(self, *args):
        return self._logcdf(*args, sign=-1.0)

    def _ppf(self, which: Any, y: Any, _: Any, shapes: Any, scale: Any, args: Any, sign: float = 1.0) -> list[Any]:
        q, z = args[0], (y - args[-2]) / scale
        low, high = (q, 1 - q)[:: 1 if sign > 0 else -1]
        found = self._law.quantile([k for k in needed(which) if k != INNER or "x" in which], z, shapes, low, high, self._log_density)
        known = lambda: masked(1.0 + 0.0 * y, ~np.isnan(passive(y)), np.nan)
        return [known() if k == "loc" else z if k == "scale" else sign * scale * found[INNER] if k == "x" else scale * found[k] for k in which]

    def _isf(self, *args):
        return self._ppf(*args, sign=-1.0)

    def _log_density(self, z: Any, *shapes: Any) -> Any:
        return self.logpdf(z, *shapes, 0.0, 1.0)


def alone(together: Formula, i: int) -> Formula:
    """One of the partials."""
    return lambda y, *args: together((i,), y, *args)[i]


def needed(which: Any) -> Any:
    """The keys of what the derivatives in some arguments are made of."""
    return dict.fromkeys(k if type(k) is int else INNER for k in which)


def moved(which: Any, slopes: Slopes, z: Any, scale: Any, lead: float = 0.0, sign: float = 1.0) -> list[Any]:
    """Derivatives in z as those in x, in loc and in the scale, where the function has a factor scale**-lead; those in shapes as they are."""
    inner: Any = sign / scale * slopes[INNER] if any(type(k) is str for k in which) else None
    made = {"x": lambda: inner, "loc": lambda: -inner, "scale": lambda: -(lead / scale + z * inner) if lead else -z * inner}
    return [made[k]() if type(k) is str else sign * slopes[k] if sign < 0 else slopes[k] for k in which]


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
        (p,) = self._law.inside(y, k, shapes, lambda *at: [rule(*at)])
        return masked(p, np.asarray(passive(k)) == np.floor(passive(k)), 0.0)

    def _pmf(self, i: int, y: Any, k: Any, shapes: Any) -> Any:
        if self._law.pmf is None:
            return masked(y * self._logpmf(i, y, k, shapes), passive(y) != 0, 0.0)
        rule: Any = self._law.pmf[i]
        return masked(self._law.inside(y, k, shapes, lambda *at: [rule(*at)])[0], np.asarray(passive(k)) == np.floor(passive(k)), 0.0)

    def _cdf(self, i: int, y: Any, k: Any, shapes: Any, sign: float = 1.0) -> Any:
        rule: Any = self._law.cdf[i]
        return sign * self._law.inside(y, np.floor(k), shapes, lambda *at: [rule(*at)])[0]

    def _sf(self, *args):
        return self._cdf(*args, sign=-1.0)

    def _logcdf(self, i: int, y: Any, k: Any, shapes: Any) -> Any:
        return masked(self._cdf(i, y, k, shapes) * np.exp(-y), passive(y) != -np.inf, 0.0)

    def _logsf(self, i: int, y: Any, k: Any, shapes: Any) -> Any:
        if self._law.upper_shapes:
            rule: Any = self._law.upper_shapes[i]
            return self._law.inside(y, np.floor(k), shapes, lambda *at: [rule(*at)])[0]
        return masked(self._cdf(i, y, k, shapes, -1.0) * np.exp(-y), passive(y) != -np.inf, 0.0)
