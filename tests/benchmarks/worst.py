"""What the sweep has found, as text and as lines of JSON."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path

from .printing import seconds
from .reasons import PASS, PASSES, REASONS
from .sweep import WAYS, Cost

__all__ = ["above", "note", "read", "report", "write"]

BOUND = 6.0  # what a ratio with 1e5 elements should stay below, where the mathematics allows


def report(found: list[Cost], large: bool) -> list[str]:
    """The lines for one size: the ten largest ratios of each way, then, for large arrays, all above the bound, the views, and what was left out."""
    taken = [cost for cost in found if not cost.skipped]
    lines = [f"{len(taken)} functions, {'1e5 elements' if large else 'small arrays'}"]
    calls, views = [cost for cost in taken if not (large and cost.view)], [cost for cost in taken if large and cost.view]
    if not calls and not views:
        return [*lines, "  none of these takes so many"]
    lines += worst(calls)
    if large:
        lines += above(calls)
        if views:
            lines.append(f"{len(views)} functions whose plain call is a view, beside a copy of its value")
            lines += worst(views)
        for reason in sorted({cost.skipped for cost in found if cost.skipped}):
            names = [cost.name for cost in found if cost.skipped == reason]
            lines += [f"{len(names)} left out: {reason}", f"  {', '.join(names)}"]
    return lines


def worst(found: list[Cost], count: int = 10) -> list[str]:
    """The lines for the largest ratios of each way."""
    lines = []
    for way in WAYS if found else ():
        lines.append(f"{way}, median {statistics.median(cost.ratio[way] for cost in found):.2f}; the largest:")
        ranked = sorted(found, key=lambda cost: -cost.ratio[way])[:count]
        lines += [f"  {shown(cost, way)}  {cost.name}  (plain {seconds(cost.plain)})" for cost in ranked]
    return lines


def above(found: list[Cost]) -> list[str]:
    """The lines for every function with a ratio above the bound, each with the reason where one is known."""
    dear = sorted((cost for cost in found if max(cost.ratio.values()) > BOUND), key=lambda cost: -max(cost.ratio.values()))
    lines = [f"{len(dear)} above {BOUND:g} (value, jvp, vjp):"]
    return lines + [f"  {' '.join(shown(cost, way) for way in WAYS)}  {cost.name}  (plain {seconds(cost.plain)}){'; ' * bool(note(cost))}{note(cost)}" for cost in dear]


def shown(cost: Cost, way: str) -> str:
    """A ratio with its width; one whose measurement was given up is a bound from below."""
    return f"{'>' * (way in cost.stopped) + format(cost.ratio[way], '.2f'):>9}"


def note(cost: Cost) -> str:
    """Why a function's ratio is what it is, where that is known."""
    return next((reason for reason, names in REASONS.items() if any(fnmatch(cost.name, name) for name in names)), PASSES if cost.plain < PASS else "")


def write(path: Path, cost: Cost, large: bool) -> None:
    """Append a line to a file."""
    with path.open("a") as file:
        file.write(json.dumps({"large": large, **asdict(cost)}) + "\n")


def read(path: Path | None, large: bool) -> dict[str, Cost]:
    """The functions of one size that a file has."""
    if path is None or not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["name"]: Cost(**{key: value for key, value in row.items() if key != "large"}) for row in rows if row["large"] == large}
