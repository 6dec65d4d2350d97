"""The rows of a distribution's functions, which follow from its law.

With z = (x - loc) / scale everything is known from the density's logarithm and the distribution function F of the standard form: their derivatives in z and in the
shapes. Where SciPy's value is taken outside of the support, the derivative is 0.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ...core.rows import constant, elementwise
from ...core.tracer import passive
from ...rules.quadrature import masked
from ..mirror import dispatched, mirror
from .laws import INNER, Formula, Law, Slopes
from .quantiles import standard

__all__ = ["Continuous", "Discrete", "Law", "Mirrored"]

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

        def formulas(z: Any, *shapes: Any) -> list[Any]:
            parts = moved(which, law.density(needed(which), z, shapes), z, scale, 1.0)
            return [-law.stretch(z, *shapes) / scale if k == "scale" and law.stretch else p for k, p in zip(which, parts, strict=True)]

        return law.inside(y, z, shapes, formulas)

    def _pdf(self, which: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any) -> list[Any]:
        return [masked(y * p, passive(y) != 0, 0.0) for p in self._logpdf(which, y, z, shapes, scale, args)]

    def _cdf(self, which: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any, sign: float = 1.0) -> list[Any]:
        law = self._law
        parts = law.inside(y, z, shapes, lambda z, *shapes: moved(which, law.rise(needed(which), z, shapes, lambda: scale * self.pdf(*args)), z, scale, sign=sign))
        return law.constant(which, y, z, shapes, parts)

    def _sf(self, *args):
        return self._cdf(*args, sign=-1.0)

    def _logcdf(self, which: Any, y: Any, z: Any, shapes: Any, scale: Any, args: Any, sign: float = 1.0) -> list[Any]:
        law = self._law
        parts = law.inside(y, z, shapes, lambda z, *shapes: moved(which, law.tail(needed(which), y, z, shapes, sign, self._log_density), z, scale))
        return law.constant(which, y, z, shapes, parts)

    def _logsf(self, *args):
        return self._logcdf(*args, sign=-1.0)

    def _ppf(self, which: Any, y: Any, _: Any, shapes: Any, scale: Any, args: Any, sign: float = 1.0) -> list[Any]:
        q, z = args[0], y if which == ["loc"] else standard(self.ppf if sign > 0 else self.isf, y, args)
        found = self._law.quantile([k for k in needed(which) if k != INNER or "x" in which], z, shapes, q, sign, self._log_density)
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
