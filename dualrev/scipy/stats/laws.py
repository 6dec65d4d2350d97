"""What the derivatives of a distribution's functions are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.tracer import passive
from ...rules.quadrature import masked

__all__ = ["INNER", "Formula", "Law", "Slopes", "everywhere"]

Formula = Callable[..., Any]


@dataclass(frozen=True)
class Law:
    """The derivatives of a standard distribution.

    Parameters
    ----------
    score : callable, optional
        ``score(z, *shapes)``: of the log-density in z. None for a discrete distribution.
    stretch : callable, optional
        1 + z times the score, where that cancels: less the derivative of the log-density in the logarithm of the scale.
    shapes : tuple of callable
        Of the log-density in each shape.
    cdf : tuple of callable
        Of F in each shape; None where that has no rule.
    rises : callable, optional
        ``rises(z, *shapes)``: of F in z and in each shape, closed forms that share work, in the place of SciPy's density and of ``cdf``. In a tail without formulas of its
        own they must not underflow before the tail does.
    moves : callable, optional
        ``moves(z, low, high, *shapes)``: of the quantile z in its probability and in each shape, where that is less work than a ratio of others, or where z has lost the
        digits of what it is less than an end of the support; low is F, high 1 - F.
    lower, upper : callable, optional
        ``lower(y, z, *shapes)``: of log F, whose value is y, in z, and of log(1 - F): closed forms for far tails, instead of density over F.
    lower_shapes, upper_shapes : tuple of callable, optional
        The same in each shape.
    lowers, uppers : callable, optional
        In the place of both, where they share work: ``lowers(y, z, *shapes)`` gives those in z and in each shape.
    support : callable, optional
        ``support(*shapes)`` gives its ends; None for all numbers.
    middle : callable
        ``middle(*shapes)`` is inside.
    moving : bool
        Whether F has a derivative in the shapes at the ends, from the inner side, because these move with them.
    pmf : tuple of callable, optional
        Of a probability in each shape, where that is more than the product of its value and the logarithm's derivative.
    at : tuple of tuple
        Intervals from which the self-test draws z and the shapes.
    """

    score: Formula | None = None
    stretch: Formula | None = None
    shapes: tuple[Formula | None, ...] = ()
    cdf: tuple[Formula | None, ...] = ()
    rises: Formula | None = None
    moves: Formula | None = None
    lower: Formula | None = None
    upper: Formula | None = None
    lower_shapes: tuple[Formula | None, ...] | None = None
    upper_shapes: tuple[Formula | None, ...] | None = None
    lowers: Formula | None = None
    uppers: Formula | None = None
    support: Formula | None = None
    middle: Formula = lambda *shapes: 0.5
    moving: bool = False
    pmf: tuple[Formula | None, ...] | None = None
    at: tuple[tuple[float, float], ...] = ((-1.5, 1.5),)

    def ends(self, shapes: Any) -> Any:
        """Those of the support."""
        return self.support(*(passive(s) for s in shapes)) if self.support else (-np.inf, np.inf)

    def inside(self, y: Any, z: Any, shapes: Any, formulas: Formula) -> list[Any]:
        """What ``formulas(z, *shapes)`` gives on the support, 0 outside of it, and NaN where SciPy's value is."""
        chosen: Any = np.True_
        if self.support is not None:
            low, high = self.ends(shapes)
            chosen = (passive(z) >= low) & (passive(z) <= high)
        if everywhere(chosen):
            parts = formulas(z, *shapes)
        else:
            parts = [masked(p, chosen, 0.0) for p in formulas(masked(z, chosen, self.middle(*(passive(s) for s in shapes))), *shapes)]
        known = ~np.isnan(passive(y))
        return parts if everywhere(known) else [masked(p, known, np.nan) for p in parts]

    def constant(self, which: Any, y: Any, z: Any, shapes: Any, parts: list[Any]) -> list[Any]:
        """The derivatives of a distribution function, which is constant at infinity, and in the shapes at all ends that do not move with them."""
        x, (low, high) = passive(z), self.ends(shapes)
        kept = np.logical_not((x <= low) | (x >= high)) | np.isinf(passive(y))
        if everywhere(kept):
            return parts
        moves = kept | ~np.isinf(x)
        return [masked(p, moves if type(k) is str or self.moving else kept, 0.0) for k, p in zip(which, parts, strict=True)]

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
        rate, in_shapes, together = (self.lower, self.lower_shapes, self.lowers) if sign > 0 else (self.upper, self.upper_shapes, self.uppers)
        own = {INNER: rate} | dict(enumerate(in_shapes or ()))
        shared = named(together(y, z, *shapes)) if together else {}
        found: Slopes = {k: shared[k] for k in keys} if together else {k: rule(y, z, *shapes) for k in keys if (rule := own.get(k))}
        whole = (passive(y) == 0) & np.logical_or(*(passive(z) == end for end in self.ends(shapes)))
        if INNER in found and np.any(whole):  # where a rate would be 0 / 0
            found[INNER] = np.where(whole, sign * np.exp(log_density(z, *shapes)), found[INNER])
        rest = [k for k in keys if k not in found]
        if INNER in rest and self.rises is None:
            found[INNER] = sign * np.exp(log_density(z, *shapes) - y)
            rest.remove(INNER)
        if rest:
            rises, over = self.rise(rest, z, shapes, log_density), sign * np.exp(-y)
            found |= {k: over * rises[k] for k in rest}
        return found

    def quantile(self, keys: Any, z: Any, shapes: Any, q: Any, sign: float, log_density: Formula) -> Slopes:
        """Of the quantile z, in F and in the shapes; q is F, or, with a negative sign, 1 - F."""
        if self.moves is not None:
            return named(self.moves(z, *(q, 1 - q)[:: 1 if sign > 0 else -1], *shapes))
        within = np.asarray((passive(q) > 0) & (passive(q) < 1))
        by_tail = self.quantile_by_tail(keys, z, shapes, q if everywhere(within) else masked(q, within, 0.5), sign, log_density) if np.any(within) else {}
        if by_tail and everywhere(within):
            return by_tail
        over = np.exp(-log_density(z, *shapes))
        rises = self.rise([k for k in keys if k != INNER], z, shapes, log_density)
        found = {k: over if k == INNER else -rises[k] * over for k in keys}
        return {k: np.where(within, by_tail[k], found[k]) for k in keys} if by_tail else found

    def quantile_by_tail(self, keys: Any, z: Any, shapes: Any, q: Any, sign: float, log_density: Formula) -> Slopes:
        """The same by the formulas of log F or log(1 - F), instead of the density."""
        for rate, in_shapes, together, side in ((self.lower, self.lower_shapes, self.lowers, 1.0), (self.upper, self.upper_shapes, self.uppers, -1.0)):
            if together or (rate and (in_shapes or not shapes)):
                p, log = (q, np.log(q)) if side == sign else (1 - q, np.log1p(-q))
                tail = self.tail(dict.fromkeys([INNER, *keys]), log, z, shapes, side, log_density)
                return {k: side / (p * tail[k]) if k == INNER else -tail[k] / tail[INNER] for k in keys}
        return {}


INNER = "z"  # the key of the derivative in the variable; those of shapes are numbers
Slopes = dict[Any, Any]


def named(parts: Any) -> Slopes:
    """Derivatives in the variable and in each shape, by their keys."""
    inner, *outer = parts
    return {INNER: inner} | dict(enumerate(outer))


def everywhere(mask: Any) -> bool:
    """Whether a plain mask holds everywhere."""
    return type(mask) in (np.ndarray, np.bool_) and bool(mask.all())
