"""The list of problems: residuals, starting points of the paper, and which values count as its minima."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.problems import sized, small
from tests.problems.tables import PUBLISHED


class Problem(NamedTuple):
    """One problem of the paper at one size."""

    number: int
    name: str
    residuals: Callable[[Any], Any]
    x0: np.ndarray
    minima: tuple[float, ...]  # any of them is a success

    @property
    def n(self):
        return len(self.x0)

    @property
    def label(self):
        return f"{self.number}. {self.name}" + (f" ({self.n})" if self.number >= 20 else "")

    def f(self, x):
        """The objective: the sum of squares."""
        return np.sum(self.residuals(x) ** 2)

    def solved(self, value):
        """Whether a value is one of the published minima, to their digits (six), or to 1e-8 where that is zero; or below all of them."""
        return value <= min(self.minima) or any(abs(value - minimum) <= 2e-5 * minimum if minimum > 0 else value <= 1e-8 for minimum in self.minima)


# local minima beyond those in the paper, where methods of descent end; the tests check that they are minima
FURTHER = {26: (2.79506e-5,)}

MEYER = ("the condition number of the Hessian at the minimum is 1e16, beyond what conjugate gradients and Lanczos vectors resolve in double precision: they come near, but "
         "cannot tell that they are there")
EXCLUDED = {(method, 10): MEYER for method in ("trust-ncg", "trust-krylov", "trust-bounds")}


def _starts():
    j = lambda n: np.arange(1, n + 1)
    fixed = [small.rosenbrock, small.freudenstein_roth, small.powell_badly_scaled, small.brown_badly_scaled, small.beale, small.jennrich_sampson, small.helical_valley,
             small.bard, small.gaussian, small.meyer, small.gulf, small.box, small.powell_singular, small.wood, small.kowalik_osborne, small.brown_dennis, small.osborne_1,
             small.biggs, small.osborne_2]
    yield from ((k, f, np.array(PUBLISHED[k]["x0"])) for k, f in enumerate(fixed, start=1))
    for n in (6, 9):
        yield 20, sized.watson, np.zeros(n)
    yield 21, sized.extended_rosenbrock, np.tile([-1.2, 1.0], 10)
    yield 22, sized.extended_powell, np.tile([3.0, -1.0, 0.0, 1.0], 5)
    for n in (4, 10):
        yield 23, sized.penalty_1, j(n) * 1.0
    for n in (4, 10):
        yield 24, sized.penalty_2, np.full(n, 0.5)
    yield 25, sized.variably_dimensioned, 1 - j(10) / 10
    yield 26, sized.trigonometric, np.full(10, 0.1)
    yield 27, sized.brown_almost_linear, np.full(10, 0.5)
    t = j(10) / 11
    yield 28, sized.discrete_boundary, t * (t - 1)
    yield 29, sized.discrete_integral, t * (t - 1)
    yield 30, sized.broyden_tridiagonal, -np.ones(10)
    yield 31, sized.broyden_banded, -np.ones(10)
    for k, f in ((32, sized.linear_full_rank), (33, sized.linear_rank_1), (34, sized.linear_rank_1_zeros)):
        yield k, f, np.ones(5)
    for n in (7, 8, 10):
        yield 35, sized.chebyquad, j(n) / (n + 1)


def published(number, n):
    """The published minima of a problem at a size."""
    m = sized.M
    formulas = {32: m - n, 33: m * (m - 1) / (2 * (2 * m + 1)), 34: (m**2 + 3 * m - 6) / (2 * (2 * m - 3))}
    if number in formulas:
        return (formulas[number],)
    minima = PUBLISHED[number]["minima"]
    if isinstance(minima, dict):
        minima = next(values for key, values in minima.items() if key in (f"n={n}", f"n=m={n}") or (key.startswith("n=m in") and (n <= 7 or n == 9)))
    return tuple(float(value) for value in minima)


PROBLEMS = [Problem(k, PUBLISHED[k]["name"], f, x0, published(k, len(x0)) + FURTHER.get(k, ())) for k, f, x0 in _starts()]
