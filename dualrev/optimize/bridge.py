"""SciPy's minimizers with the derivatives supplied, value and gradient from one evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize
from scipy.optimize import _minimize as scipys  # where its methods live, whose signatures tell the options they know

from .box import largest
from .constraints import read_constraints
from .problem import Objective, where_defined
from .reporting import Reporter
from .results import OptimizeResult
from .scipyoptions import named_options, require_options
from .stopping import CALLBACK, sentence

__all__ = ["NAMES", "run", "takes"]

NAMES = {name.lower(): name for name in ("Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA", "COBYQA", "SLSQP", "trust-constr", "dogleg",
                                         "trust-ncg", "trust-exact", "trust-krylov")}
WITHOUT_GRADIENT = {"Nelder-Mead", "Powell", "COBYLA", "COBYQA"}
WITH_PRODUCTS = {"Newton-CG", "trust-ncg", "trust-krylov"}
WITH_HESSIAN = {"dogleg", "trust-exact", "trust-constr"}
WITH_BOUNDS = {"Nelder-Mead", "Powell", "L-BFGS-B", "TNC", "COBYLA", "COBYQA", "SLSQP", "trust-constr"}
WITH_CONSTRAINTS = {"COBYLA", "COBYQA", "SLSQP", "trust-constr"}
HOMES = {"Nelder-Mead": "_minimize_neldermead", "Powell": "_minimize_powell", "CG": "_minimize_cg", "BFGS": "_minimize_bfgs", "Newton-CG": "_minimize_newtoncg",
         "L-BFGS-B": "_minimize_lbfgsb", "TNC": "_minimize_tnc", "COBYLA": "_minimize_cobyla", "COBYQA": "_minimize_cobyqa", "SLSQP": "_minimize_slsqp",
         "trust-constr": "_minimize_trustregion_constr"}
REGION = {"initial_trust_radius", "max_trust_radius", "eta", "gtol", "maxiter", "disp", "return_all", "subproblem_maxiter", "inexact"}
SMALL = 200  # up to how many variables trust-constr gets whole Hessians


class Stop(Exception):
    """The callback wants to stop."""


def run(name: str, objective: Objective, constraints: Any, tol: float | None, options: dict[str, Any], reporter: Reporter) -> OptimizeResult:
    """Let SciPy minimize an objective, and bring its result into the user's form.

    Raises
    ------
    ValueError
        For bounds, constraints or options that the method cannot use.
    """
    scipy_name = name.removeprefix("scipy:")
    v = objective.variables
    given = read_constraints(constraints, v, second=scipy_name == "trust-constr", first=scipy_name not in WITHOUT_GRADIENT)
    demand(scipy_name, v, given, options)
    watched = Watched(objective, reporter, not given, scipy_name)
    keywords: dict[str, Any] = derivatives(scipy_name, objective, watched)
    watched.begin()
    if v.lower is not None:
        keywords["bounds"] = optimize.Bounds(v.lower, v.upper)
    if given:
        keywords["constraints"] = given
    callback = watched.trust_constr if scipy_name == "trust-constr" else watched.callback
    try:
        found = optimize.minimize(watched.value, v.start, method=scipy_name, tol=tol, callback=callback, options=options, **keywords)
    except Stop:
        found = optimize.OptimizeResult(x=watched.last, success=False, status=CALLBACK, nit=reporter.history[-1].iteration,
                                        message=sentence(CALLBACK))
    return translated(found, objective, watched)


def demand(name: str, v: Any, constraints: Any, options: dict[str, Any]) -> None:
    """Raise where a method is given what it cannot use."""
    if v.lower is not None and name not in WITH_BOUNDS:
        raise ValueError(f"minimize: SciPy's {name} takes no bounds. Use method='trust-bounds', 'l-bfgs-b', or one of SciPy's {', '.join(sorted(WITH_BOUNDS))}.")
    if constraints and name not in WITH_CONSTRAINTS:
        raise ValueError(f"minimize: SciPy's {name} takes no constraints. Use one of {', '.join(sorted(WITH_CONSTRAINTS))}.")
    require_options("minimize", name, options, options_of(name))


def options_of(name: str) -> set[str] | None:
    """The options of a method, None where they are not known."""
    return named_options(scipys, HOMES[name]) if name in HOMES else REGION


def takes(name: str | None, option: str) -> bool:
    """Whether a method is known to have an option."""
    return name is not None and option in (options_of(name) or ())


class Watched:
    """What SciPy calls: counts, shares evaluations, remembers the best point, and passes each iteration on.

    Most methods take back a step to an infinite value and are lost with NaN; L-BFGS-B and TNC take infinity for a success or for the end, and NaN for a failure.
    """

    def __init__(self, objective: Objective, reporter: Reporter, keep_best: bool, name: str) -> None:
        self.objective, self.reporter, self.keep_best, self.undefined = objective, reporter, keep_best, np.nan if name in ("L-BFGS-B", "TNC") else np.inf
        self.k, self.last, self.best, self.best_value = 0, objective.variables.start, objective.variables.start, np.inf
        self.needs_gradient = True

    def begin(self) -> None:
        """Evaluate the start, where value and gradient must be finite, and report it."""
        x = self.objective.variables.start.copy()
        if self.needs_gradient:
            f, g = self.objective.first(x)
            self.reporter.note(0, x, f, largest(g), gradient=g)
        else:
            f = self.objective.first_value(x)
            self.reporter.note(0, x, f, np.nan)
        self.best, self.best_value = x, f

    def value(self, x: np.ndarray) -> float:
        """f(x), with the gradient on the side where the method will ask for it; what shortens the method's step where f is not finite or not defined."""
        x = np.array(x, float)
        f = self._at(x)[0]
        if not np.isfinite(f):
            return self.undefined
        v = self.objective.variables
        if f < self.best_value and (v.lower is None or bool(np.all((x >= v.lower) & (x <= v.upper)))):
            self.best, self.best_value = x, f
        return f

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """The gradient, from the same evaluation."""
        return self._at(np.array(x, float))[1].copy()

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """The Hessian."""
        return where_defined(self.objective.hessian, np.array(x, float), otherwise=np.full((len(x), len(x)), np.nan))

    def _at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        both = self.objective.value_and_gradient if self.needs_gradient else lambda x: (self.objective.value(x), np.zeros(0))
        return where_defined(both, x, otherwise=(np.nan, np.full(len(x), np.nan)))

    def callback(self, x: np.ndarray, *_: Any) -> None:
        """Pass an iteration on."""
        v = self.objective.variables
        if np.size(x) < v.n:  # COBYLA's are without the entries whose bounds are equal
            x, free = v.lower.copy(), np.array(x, float)
            x[v.lower < v.upper] = free
        x = np.array(x, float)
        step, self.last = x - self.last, x
        self.k += 1
        f, g = self._at(x)
        if self.reporter.note(self.k, x, f, largest(g) if self.needs_gradient else np.nan, float(np.linalg.norm(step)), gradient=g if self.needs_gradient else None):
            raise Stop

    def trust_constr(self, x: np.ndarray, state: Any) -> None:
        """Pass an iteration of trust-constr on, which has a signature of its own and reports its start as well."""
        if state.nit > 1 or not np.array_equal(x, self.last):
            self.callback(x)


def derivatives(name: str, objective: Objective, watched: Watched) -> dict[str, Any]:
    """The derivatives that a method can use."""
    if name in WITHOUT_GRADIENT:
        watched.needs_gradient = False
        return {}
    found: dict[str, Any] = {"jac": watched.gradient}
    if name in WITH_PRODUCTS or (name == "trust-constr" and objective.variables.n > SMALL):
        found["hessp"] = products(objective)
    elif name in WITH_HESSIAN:
        found["hess"] = watched.hessian
    return found


def products(objective: Objective) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Products with the Hessian, recorded once at each point."""
    at: list[Any] = [None, None]

    def product(x: np.ndarray, v: np.ndarray) -> np.ndarray:
        if at[0] is None or not np.array_equal(at[0], x):
            at[0] = np.array(x, float)
            at[1] = objective.products(at[0])
        return at[1](np.array(v, float))

    return product


def translated(found: Any, objective: Objective, watched: Watched) -> OptimizeResult:
    """Bring SciPy's result into the user's form, with the best point that was seen."""
    v = objective.variables
    x = np.array(found.x, float)
    if v.lower is not None:
        x = np.clip(x, v.lower, v.upper)  # trust-constr comes to equal bounds from outside
    counts = objective.counts.entries()
    f = watched.value(x)
    if (watched.keep_best and watched.best_value < f) or not np.isfinite(f):
        x, f = watched.best, watched.best_value
    entries = {key: value for key, value in found.items() if key not in ("x", "fun", "jac", "hess", "hess_inv", "final_simplex", "grad", *counts)}
    if watched.needs_gradient:
        entries["jac"] = v.spread(objective.value_and_gradient(x)[1])
    success = bool(found.success) and bool(np.isfinite(f))
    message = str(found.message).rstrip(": .")
    entries.update(x=v.own(x), fun=f, success=success, status=found.get("status", 0), message=f"{message}.", nit=found.get("nit", watched.k), **counts)
    return OptimizeResult(entries)
