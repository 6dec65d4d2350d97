"""What a wrong derivative looks like: the worst entry, and whether a kink, the precision or a rule is to blame."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .agreement import Problem, Wrong, examine, from_real, paired
from .core.forward import Dual, ForwardTrace
from .core.rows import Row
from .core.tracer import Tracer
from .differences import Slope, Vector, kink, slope, to_real

__all__ = ["explained"]

PROBES = 64  # entries that are differentiated one by one in search of the worst


class Entry(NamedTuple):
    """The worst entry: where it is, what was computed and expected, along which direction of what size, and which entry of the result."""

    place: str
    exact: float
    numeric: float
    error: float
    direction: list[Any]
    row: int
    scale: float


def explained(wrong: Wrong) -> str:
    """Write the message for a failed comparison."""
    entry = _worst(wrong)
    gap = abs(entry.exact - entry.numeric) / max(abs(entry.exact), abs(entry.numeric), 1e-300)
    return "\n".join([
        f"check_grads: the {wrong.name} derivative of {wrong.problem.name} disagrees with the differences (order {wrong.order})",
        f"  worst entry     {entry.place}",
        f"  computed        {entry.exact!r}",
        f"  differences     {entry.numeric!r} (+- {entry.error:.0e})",
        f"  relative error  {gap:.2g}, allowed {wrong.check.tolerance:.0e}",
        f"  this looks like {_cause(wrong, entry)}",
    ])


def _worst(wrong: Wrong) -> Entry:
    """Differentiate by entries of the argument one at a time, to find the pair of entries that is worst."""
    problem = wrong.problem
    k = next(i for i, t in enumerate(wrong.direction) if t is not None)
    x = problem.xs[k]
    gs = problem.pull(wrong.vs) if wrong.mode == "reverse" else None
    everywhere = np.ones(len(wrong.pushed), bool)
    found: list[tuple[float, Entry]] = []
    steps = [1.0, 1j] if x.dtype.kind == "c" else [1.0]
    places = list(np.ndindex(x.shape))
    for place in places[:: max(1, len(places) // PROBES)]:
        for step in steps:
            unit = np.zeros(x.shape, x.dtype if x.dtype.kind == "c" else float)
            size = float(min(max(abs(x[place]), 0.1), 1.0)) if np.isfinite(x[place]) else 1.0
            unit[place] = step * size
            direction = [unit if i == k else None for i in range(len(problem.xs))]
            numeric = slope(problem.values, problem.wide, direction)
            name = problem.paths[k] + (str(list(map(int, place))) if place else "") + (" (imaginary part)" if step == 1j else "")
            if gs is None:
                exact, i = _against(problem.push(direction), numeric, problem.ys)
                values = exact[i], numeric.value[i], numeric.error[i]
                name += f" -> {_named(i, problem)}"
            else:
                terms = paired(from_real(numeric.value, problem.ys, everywhere), wrong.vs)
                i = int(np.argmax(np.abs(terms))) if terms.size else 0
                values = float(np.sum(paired(gs, direction))), float(np.sum(terms)), float(np.max(numeric.error, initial=0))
            a, b, e = (float(v) / size for v in values)
            with np.errstate(all="ignore"):
                gap = abs(a - b) * size
            found.append((np.inf if np.isnan(gap) else gap, Entry(name, a, b, e, direction, i, size)))
    return max(found, key=lambda pair: (pair[0], np.nan_to_num(abs(pair[1].numeric), nan=np.inf)))[1]


def _against(exact: Vector, numeric: Slope, ys: list[Any]) -> tuple[Vector, int]:
    """Return the exact derivative and the entry of the result that is worst; where the value itself is NaN nothing is wrong."""
    with np.errstate(all="ignore"):
        gap = np.abs(exact - numeric.value)
    gap = np.where(np.isnan(gap), np.inf, gap)
    return exact, int(np.argmax(np.where(np.isfinite(to_real(ys)), gap, 0)))


def _named(i: int, problem: Any) -> str:
    """Name one real number of the result."""
    for y, path in zip(problem.ys, problem.out_paths, strict=True):
        for part in (" (real part)", " (imaginary part)") if y.dtype.kind == "c" else ("",):
            if i < y.size:
                return path + (str([int(j) for j in np.unravel_index(i, y.shape)]) if y.shape else "") + part
            i -= y.size
    return "result"


def _cause(wrong: Wrong, entry: Entry) -> str:
    """Say what the failure looks like."""
    problem = wrong.problem
    sides = kink(problem.values, problem.wide, entry.direction, entry.row)
    if sides is not None:
        return f"a kink at this point or close to it: the slope from the left is {sides[0] / entry.scale:.4g}, from the right {sides[1] / entry.scale:.4g}. Check at another point"
    if np.isnan(entry.numeric):
        return "the edge of the function's domain: it is not finite on both sides of this point. Check at an interior point"
    if problem.precision != "float64" and _right_in_double(problem):
        return f"{problem.precision} precision: in float64 the derivatives agree. Check with float64 arguments, or give a larger rtol"
    if not entry.error <= 1e-3 * max(abs(entry.numeric), abs(entry.exact)):
        return "a function that is not smooth here (a jump, noise, or rapid oscillation): the differences do not settle"
    return "a wrong rule" + _pattern(entry) + _mode(wrong) + _culprit(wrong)


def _right_in_double(problem: Any) -> bool:
    try:
        examine(Problem(problem.f, tuple(problem.rebuild(problem.wide)), problem.name, None), 1, [], [])
    except AssertionError:
        return False
    return True


def _pattern(entry: Entry) -> str:
    a, b = entry.exact, entry.numeric
    if not np.isfinite(a):
        return f": it gives {a} where the function is smooth"
    if abs(a) <= 1e-9 * abs(b):
        return ": it gives 0, so a contribution is missing"
    if b == 0 or abs(b) <= 1e-9 * abs(a):
        return ": it gives a number where the derivative is 0" + (", as a missing conjugate does" if "imaginary" in entry.place else "")
    if abs(a + b) <= 1e-4 * abs(b):
        return ": the sign is wrong" + (", or a conjugate is missing" if "imaginary" in entry.place else "")
    return f": it is {a / b:.6g} times too large, so a factor is wrong"


def _mode(wrong: Wrong) -> str:
    """Say which mode alone is at fault, if only one is."""
    if wrong.mode == "reverse":
        return ". Forward mode is right at the same place, so the reverse rule (vjp) is at fault"
    problem, vs = wrong.problem, wrong.vs
    try:
        backward = float(np.sum(paired(problem.pull(vs), wrong.direction)))
    except AssertionError:
        return ""
    right, forward = (float(np.sum(paired(from_real(d, problem.ys, np.isfinite(d)), vs))) for d in (wrong.numeric.value, wrong.pushed))
    if abs(backward - right) <= 1e-4 * abs(right) + 1e-12:
        return ". Reverse mode is right at the same place, so the forward rule (jvp) is at fault"
    return ". Both modes give the same wrong result" if abs(backward - forward) <= 1e-6 * abs(forward) else ""


class Witness(ForwardTrace):
    """A forward interpreter that notes every call."""

    __slots__ = ("calls",)
    calls: list[tuple[Row, Any, list[Any], dict[str, Any]]]

    def process(self, row: Row, call: Any, args: Any, kwargs: Any) -> Any:
        if row.kind != "constant" and not any(isinstance(a, (list, tuple)) and any(isinstance(b, Tracer) for b in a) for a in args):
            self.calls.append((row, call, list(args), kwargs))
        return super().process(row, call, args, kwargs)


def _culprit(wrong: Wrong) -> str:
    """Run the user's function once more and check its calls one by one, to name the function whose rule is wrong."""
    problem, trace = wrong.problem, Witness()
    trace.calls = []
    try:
        problem.f(*problem.rebuild([trace.dual(x, np.zeros(x.shape, x.dtype)) for x in problem.xs]))
    except Exception:  # the search must not hide the failure that it explains
        return ""
    finally:
        calls = trace.calls
        trace.close()
    seen: set[int] = set()
    for row, call, args, kwargs in calls:
        active = [i for i, a in enumerate(args) if isinstance(a, Dual) and a._trace is trace]
        if id(row) in seen or not active:
            continue
        seen.add(id(row))
        points = [trace.strip(args[i]) for i in active]
        if any(isinstance(x, Tracer) for x in points):
            continue
        if not _one_right(row, call, args, kwargs, active, points, wrong.order):
            return f". The rule of {row.name} is the one that fails on its own"
    return ""


def _one_right(row: Row, call: Any, args: list[Any], kwargs: Any, active: list[int], points: list[Any], order: int) -> bool:
    def alone(*values: Any) -> Any:
        given = list(args)
        for i, value in zip(active, values, strict=True):
            given[i] = value
        return call(*given, **kwargs)

    try:
        examine(Problem(alone, tuple(points), row.name, None), order, [], [])
    except AssertionError:
        return False
    except Exception:  # a call that cannot be repeated on its own says nothing about its rule
        return True
    return True
