"""The own methods by name: which search, which step, which options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .bounded import ProjectedLBFGS, ProjectedNewton
from .box import Box
from .krylov import Krylov
from .loop import Search
from .newton import ExactNewton, Newton, NewtonCG, Steihaug
from .problem import Objective
from .quasinewton import BFGS, LBFGS, SR1, Steepest
from .searches import LineSearch, TrustRegion

__all__ = ["METHODS", "REGION", "Method", "default_method"]

LINE = {"c1": 1e-4, "c2": 0.9}
PAIRS = ((50, 20), (200, 15))  # up to so many variables so many pairs
OTHERWISE = 10
REGION = {"initial_trust_radius": 1.0, "max_trust_radius": 1e100, "eta": 1e-4}


class Method(NamedTuple):
    """One method.

    Parameters
    ----------
    make : callable
        Takes the objective and the options; returns the search.
    options : dict
        Its own options and their defaults.
    bounds : bool
        Whether it can keep to bounds.
    second : str
        Which second derivatives it asks for: "product", "hessian" or "".
    """

    make: Callable[[Objective, dict[str, Any]], Search]
    options: dict[str, Any]
    bounds: bool = False
    second: str = ""


def _along(step: Callable[[Objective, dict[str, Any]], Any]) -> Callable[[Objective, dict[str, Any]], Search]:
    return lambda objective, o: LineSearch(objective, step(objective, o), o["c1"], o["c2"])


def _within(step: Callable[[Objective, dict[str, Any]], Any]) -> Callable[[Objective, dict[str, Any]], Search]:
    return lambda objective, o: TrustRegion(objective, step(objective, o), *radii(o))


def radii(o: dict[str, Any]) -> tuple[float, float, float]:
    """The first radius, the largest one, and eta."""
    return min(o["initial_trust_radius"], o["max_trust_radius"]), o["max_trust_radius"], o["eta"]


def _box(objective: Objective) -> Box:
    v = objective.variables
    return Box(*((np.full(v.n, -np.inf), np.full(v.n, np.inf)) if v.lower is None else (v.lower, v.upper)))


def _trust_bounds(objective: Objective, o: dict[str, Any]) -> Search:
    box = _box(objective)
    return TrustRegion(objective, ProjectedNewton(objective, box), *radii(o), box)


def _pairs(objective: Objective, o: dict[str, Any]) -> int:
    """How many pairs are kept: more where they cost less than the evaluations that they save."""
    return int(o["maxcor"] or next((pairs for n, pairs in PAIRS if objective.variables.n <= n), OTHERWISE))


METHODS = {
    "newton": Method(_along(lambda objective, o: Newton(objective)), LINE, second="hessian"),
    "newton-cg": Method(_along(lambda objective, o: NewtonCG(objective)), {**LINE, "c2": 0.8}, second="product"),  # a step that is only nearly Newton's gains by a closer search
    "trust-ncg": Method(_within(lambda objective, o: Steihaug(objective)), REGION, second="product"),
    "trust-krylov": Method(_within(lambda objective, o: Krylov(objective, o["vectors"])), {**REGION, "vectors": 100}, second="product"),
    "trust-exact": Method(_within(lambda objective, o: ExactNewton(objective)), REGION, second="hessian"),
    "trust-bounds": Method(_trust_bounds, REGION, bounds=True, second="product"),
    "sr1": Method(_within(lambda objective, o: SR1()), REGION),
    "bfgs": Method(_along(lambda objective, o: BFGS()), LINE),
    "l-bfgs": Method(_along(lambda objective, o: LBFGS(_pairs(objective, o))), {**LINE, "maxcor": None}),
    "l-bfgs-b": Method(lambda objective, o: ProjectedLBFGS(objective, _box(objective), _pairs(objective, o), o["c1"], o["c2"]), {**LINE, "maxcor": None}, bounds=True),
    "steepest": Method(_along(lambda objective, o: Steepest()), LINE),
}
SMALL = 100  # up to how many variables whole Hessians are the default


def default_method(n: int, bounded: bool, constrained: bool) -> str:
    """Which method is taken where none is named."""
    if constrained:
        return "scipy:SLSQP"
    if bounded:
        return "trust-bounds"
    return "trust-exact" if n <= SMALL else "l-bfgs"
