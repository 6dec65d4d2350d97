"""Exact derivatives held against numerical ones and against each other, in both modes and their nestings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .core.tree import flatten, unflatten
from .differences import Slope, Vector, slope, to_real
from .transforms.arguments import EVERY, Selection, output_leaves
from .transforms.forwardmode import jvp
from .transforms.reversemode import vjp

__all__ = ["Check", "Disagreement", "Problem", "Wrong", "examine", "from_real", "paired"]

RTOL = {"float16": 0.1, "float32": 2e-3, "float64": 1e-6}
EXACT = {"float16": 0.1, "float32": 1e-3, "float64": 1e-9}  # between exact results, which differ by rounding only
FLOOR = 1e-11  # a derivative that is smaller than this part of the value is rounding


class Check(NamedTuple):
    """One comparison.

    Parameters
    ----------
    name : str
        What was compared, such as ``"reverse of forward"``.
    order : int
        The order of the derivative.
    error : float
        The worst relative error.
    tolerance : float
        What was allowed there.
    """

    name: str
    order: int
    error: float
    tolerance: float


class Wrong(NamedTuple):
    """A comparison that failed.

    Parameters
    ----------
    problem : Problem
        The function at its point.
    name, mode : str
        Which derivative, such as ``"reverse of forward"``, and its outermost mode.
    order : int
        Its order.
    direction, vs : list
        The tangent, of one argument, and the cotangent with which it failed.
    numeric : Slope
        The numerical derivative along the direction.
    pushed : array
        The exact one by forward mode.
    check : Check
        The error and the tolerance.
    """

    problem: Any
    name: str
    mode: str
    order: int
    direction: list[Any]
    vs: list[Any]
    numeric: Slope
    pushed: Vector
    check: Any


class Disagreement(AssertionError):
    """A comparison has failed; it carries what is known, for whoever explains it."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(f"the {wrong.name} derivative of {wrong.problem.name} disagrees with the differences")
        self.wrong = wrong


class Problem:
    """A function at a point, seen as a function from lists of arrays to lists of arrays.

    Parameters
    ----------
    f : callable
        The function, of containers.
    args : tuple
        The point.
    name : str
        The name of the user's function.
    rtol : float or None
        The relative error to allow.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], name: str, rtol: float | None) -> None:
        self.f, self.name, self.given_rtol = f, name, rtol
        selection = Selection(f, EVERY, args, {}, "check_grads")
        self.rebuild = selection.rebuild
        self.xs = [np.asarray(x)[()] for x in selection.leaves]
        self.args = tuple(self.rebuild(self.xs))
        self.wide = [np.asarray(x, complex if x.dtype.kind == "c" else float)[()] for x in self.xs]
        self.paths = [f"argument {k}{path}" for k, structure in enumerate(selection.structures) for path in structure.paths()]
        leaves, self.structure = output_leaves(f(*self.args), f, "check_grads")
        self.ys = [np.asarray(y) for y in leaves]
        self.smooth = [y.dtype.kind in "fc" for y in self.ys]
        self.out_paths = [f"result{path}" for path in self.structure.paths()]
        kinds = {np.finfo(x.dtype).dtype.name for x in [*self.xs, *self.ys] if x.dtype.kind in "fc"}
        self.precision = next((name for name in ("float16", "float32") if name in kinds), "float64")
        size = np.abs(to_real(self.ys))
        self.size = float(np.max(size, initial=0.0, where=np.isfinite(size)))
        self.rtol = RTOL[self.precision] if rtol is None else rtol

    def values(self, leaves: list[Any]) -> list[Any]:
        """Evaluate the function at a list of arrays; results that are not of a float type vary with nothing."""
        found, _ = output_leaves(self.f(*self.rebuild(leaves)), self.f, "check_grads")
        return [np.asarray(y) if smooth else np.zeros(np.shape(y)) for y, smooth in zip(found, self.smooth, strict=True)]

    def push(self, ts: list[Any]) -> Vector:
        """Give the exact derivative along a direction, by forward mode."""
        tangents = [np.zeros_like(x) if t is None else np.asarray(t, x.dtype)[()] for x, t in zip(self.xs, ts, strict=True)]
        y, dy = jvp(self.f, self.args, tuple(self.rebuild(tangents)))
        self._require_form(flatten(y)[0], self.ys, "forward mode changes the value")
        leaves = flatten(dy)[0]
        self._require_form(leaves, [y if smooth else None for y, smooth in zip(self.ys, self.smooth, strict=True)], "the tangent differs from the value in", False)
        return to_real(leaves)

    def pull(self, vs: list[Any]) -> list[Any]:
        """Give the exact cotangents of all arguments, by reverse mode."""
        y, pullback = vjp(self.f, *self.args)
        self._require_form(flatten(y)[0], self.ys, "reverse mode changes the value")
        gs = flatten(pullback(unflatten(self.structure, vs)))[0]
        self._require_form(gs, self.xs, "the cotangent differs from the argument in", False)
        return gs

    def _require_form(self, got: list[Any], expected: list[Any], what: str, values: bool = True) -> None:
        for a, b, path in zip(map(np.asarray, got), expected, self.out_paths if len(expected) == len(self.out_paths) else self.paths, strict=False):
            if b is None:
                continue
            if (a.shape, a.dtype) != (b.shape, b.dtype):
                raise AssertionError(f"check_grads: {what} shape or dtype for {self.name}: {a.dtype}{a.shape} for {b.dtype}{b.shape} at {path}")
            close = EXACT[self.precision] if b.dtype.kind in "fc" else 0.0
            if values and not np.allclose(a, b, rtol=close, atol=close * float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b))), equal_nan=True):
                raise AssertionError(f"check_grads: {what} of {self.name} at {path}: {a} for {b}. "
                                     "Does it return the same at each call, without looking at the types of its arguments or writing to np.asarray(x)?")


def _direction(rng: np.random.Generator, x: Any) -> Any:
    """Draw a direction whose entries are in proportion to those of x, but neither too small nor too large."""
    def part() -> Any:
        return rng.choice([-1.0, 1.0], np.shape(x)) * rng.uniform(0.5, 1.0, np.shape(x))

    with np.errstate(invalid="ignore"):
        size = np.nan_to_num(np.clip(np.abs(x), 0.1, 1.0), nan=1.0)
    return ((part() + 1j * part()) if x.dtype.kind == "c" else part()) * size


def _cotangents(rng: np.random.Generator, ys: list[Any]) -> list[Any]:
    """Draw a cotangent: of the order of one, whatever the values."""
    return [np.asarray(rng.uniform(0.5, 1.5, y.shape) + (1j * rng.uniform(0.5, 1.5, y.shape) if y.dtype.kind == "c" else 0.0),
                       y.dtype if y.dtype.kind in "fc" else float)[()] for y in ys]


def paired(gs: list[Any], ts: list[Any]) -> Vector:
    """Return the terms of <g, t>, bilinear: the real part of the sum of products."""
    return np.concatenate([np.zeros(0), *(np.ravel(np.real(np.asarray(g) * t)).astype(float) for g, t in zip(gs, ts, strict=True) if t is not None)])


def examine(problem: Problem, order: int, chain: list[str], checks: list[Check]) -> None:
    """Check one function, and go on to its derivatives."""
    rng = np.random.default_rng(7)
    xs, n = problem.xs, len(problem.xs)
    ts, vs = [_direction(rng, x) for x in xs], _cotangents(rng, problem.ys)
    alone = [[t if j == k else None for j, t in enumerate(ts)] for k in range(n) if xs[k].size]
    numeric = [slope(problem.values, problem.wide, direction) for direction in alone]
    pushed = [problem.push(direction) for direction in alone]
    valid = np.isfinite(to_real(problem.ys))
    vs = [np.where(np.isfinite(y), v, 0)[()] for v, y in zip(vs, problem.ys, strict=True)]
    for mode in ("forward", "reverse"):
        name = " of ".join([mode, *chain])
        worst = Check(name, len(chain) + 1, 0.0, problem.rtol)
        gs = problem.pull(vs) if mode == "reverse" else []
        if gs and not np.all(valid):
            ts, alone, numeric = _sidestepped(problem, gs, alone)
        for k, direction in enumerate(alone):
            expected = numeric[k]
            if mode == "forward":
                wrong, worst = _compared(problem, pushed[k], expected, valid, worst)
            else:
                terms = paired(from_real(expected.value, problem.ys, valid), vs)
                error = np.sum(np.abs(paired(from_real(expected.error, problem.ys, valid), vs)))
                bound = float(np.sum(np.abs(terms)))
                total = Slope(np.array([np.sum(terms)]), np.array([error]))
                wrong, worst = _compared(problem, np.array([np.sum(paired(gs, direction))]), total, np.array([True]), worst, bound)
            if wrong:
                raise Disagreement(Wrong(problem, name, mode, len(chain) + 1, direction, vs, expected, pushed[k], worst))
        checks.append(worst)
    _adjoint(problem, sum(pushed, np.zeros(len(valid))), gs, ts, vs, valid, chain, checks)
    if order > 1:
        _deeper(problem, order, chain, checks, ts, vs)


def _sidestepped(problem: Problem, gs: list[Any], alone: list[list[Any]]) -> tuple[list[Any], list[list[Any]], list[Slope]]:
    """Where a result is NaN, leave out of the directions the entries of the arguments that it depends on."""
    alone = [[None if t is None else np.where(np.isfinite(g), t, 0)[()] for t, g in zip(direction, gs, strict=True)] for direction in alone]
    gs[:] = [np.where(np.isfinite(g), g, 0)[()] for g in gs]
    ts = [next((d[k] for d in alone if d[k] is not None), np.zeros(x.shape)) for k, x in enumerate(problem.xs)]
    return ts, alone, [slope(problem.values, problem.wide, direction) for direction in alone]


def _compared(problem: Problem, exact: Vector, numeric: Slope, valid: Any, worst: Check, bound: float = 0.0) -> tuple[bool, Check]:
    """Compare entry by entry; return whether one is wrong, and the worst check so far with that entry in view."""
    a, b = exact[valid], numeric.value[valid]
    if not a.size:
        return False, worst
    with np.errstate(all="ignore"):
        size = np.maximum(np.maximum(np.abs(a), np.abs(b)), max(bound, 1e-3 * float(np.max(np.abs(b), initial=0.0))))
        allowed = worst.tolerance * size + np.minimum(8 * numeric.error[valid], 1e-3 * size + 1e-12)
        allowed = allowed + FLOOR * problem.size
        gap = np.where(np.isfinite(b) & (a == b), 0.0, np.abs(a - b))
        relative = np.where(gap == 0, 0.0, gap / np.maximum(size, 1e-300))
        wrong = bool(np.any(~(gap <= allowed)))
        relative = relative if wrong else np.minimum(relative, worst.tolerance)
    error = float(np.max(np.nan_to_num(relative, nan=np.inf)))
    return wrong, worst._replace(error=error) if error > worst.error else worst


def from_real(vector: Vector, ys: list[Any], valid: Any) -> list[Any]:
    """Undo `to_real`; what is not valid counts as zero."""
    vector, out, start = np.where(valid, vector, 0.0), [], 0
    for y in ys:
        part = vector[start:start + y.size].reshape(y.shape)
        start += y.size
        if y.dtype.kind == "c":
            part = part + 1j * vector[start:start + y.size].reshape(y.shape)
            start += y.size
        out.append(part)
    return out


def _adjoint(problem: Problem, pushed: Vector, gs: list[Any], ts: list[Any], vs: list[Any], valid: Any, chain: list[str], checks: list[Check]) -> None:
    """<v, J t> = <J'v, t>."""
    here, there = paired(from_real(pushed, problem.ys, np.isfinite(pushed)), vs), paired(gs, ts)
    if np.all(valid):
        checks.append(_equal(problem, "adjoint identity" + "".join(f" of {c}" for c in chain), len(chain) + 1, here, there,
                             "<v, J t> and <J'v, t> differ, so forward and reverse mode contradict each other"))


def _equal(problem: Problem, name: str, order: int, here: Vector, there: Vector, meaning: str) -> Check:
    """Compare two sums of exact terms, up to rounding."""
    a, b = float(np.sum(here)), float(np.sum(there))
    size = max(float(np.sum(np.abs(here))), float(np.sum(np.abs(there))))
    error = 0.0 if a == b else abs(a - b) / max(size, 1e-300)
    allowed = max(EXACT[problem.precision], problem.rtol if problem.given_rtol else 0.0)
    if not error <= allowed and not abs(a - b) <= FLOOR * problem.size:
        raise AssertionError(f"check_grads: the {name} fails for {problem.name} (order {order})\n"
                             f"  {a!r} against {b!r}, relative error {error:.2g}, allowed {allowed:.0e}\n  {meaning}")
    return Check(name, order, min(error, allowed), allowed)


def _deeper(problem: Problem, order: int, chain: list[str], checks: list[Check], ts: list[Any], vs: list[Any]) -> None:
    """Check the derivatives of the derivatives, and that the second derivative is symmetric."""
    f, rng = problem.f, np.random.default_rng(11)
    tangents = tuple(problem.rebuild([np.asarray(t, x.dtype)[()] for t, x in zip(ts, problem.xs, strict=True)]))
    cotangent = unflatten(problem.structure, vs)

    def forward(*args: Any) -> Any:
        return jvp(f, args, _like(tangents, args))[1]

    def reverse(*args: Any) -> Any:
        return vjp(f, *args)[1](cotangent)

    for mode, g in (("forward", forward), ("reverse", reverse)):
        examine(Problem(g, problem.args, problem.name, problem.given_rtol), order - 1, [mode, *chain], checks)
    us = [np.asarray(_direction(rng, x), x.dtype)[()] for x in problem.xs]
    along = [jvp(reverse, problem.args, tuple(problem.rebuild(d)))[1] for d in ([np.asarray(t, x.dtype)[()] for t, x in zip(ts, problem.xs, strict=True)], us)]
    h_t, h_u = (flatten(h)[0] for h in along)
    here, there = paired(h_t, us), paired(h_u, ts)
    if np.all(np.isfinite(here)) and np.all(np.isfinite(there)):
        checks.append(_equal(problem, "symmetry of the second derivative", len(chain) + 2, here, there,
                             "u'H t and t'H u differ, so a rule's own derivative is wrong: does the rule use constants (stop_gradient) that depend on its argument?"))


def _like(tangents: Any, args: Any) -> Any:
    """Give tangents the types of the arguments: differences may widen these from float32, or step into the complex plane."""
    leaves, structure = flatten(tangents)
    places = flatten(args)[0]
    return unflatten(structure, [np.asarray(t, getattr(x, "dtype", None) or np.result_type(x))[()] for t, x in zip(leaves, places, strict=True)])
