"""The table of measurements, as text and as JSON."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .timing import Measurement

__all__ = ["as_json", "footnotes", "header", "line"]

COLUMNS = ("np", "dualrev", "autograd", "torch", "jax")


def seconds(t: float | None) -> str:
    """Write a time with three digits."""
    if t is None:
        return "-"
    for unit, scale in (("us", 1e-6), ("ms", 1e-3)):
        if t < 999.5 * scale:
            return f"{t / scale:.3g} {unit}"
    return f"{t:.3g} s"


def ratio(r: float | None) -> str:
    """Write a ratio: as a fraction where it is below one."""
    return "-" if r is None else f"{r:.2f}" if r >= 1 else f"1/{1 / r:.1f}"


def verdict(found: Measurement) -> str:
    """Say whether the target is met, and whether it is due."""
    met = found.met()
    word = "?" if met is None else "met" if met else "MISSED"
    return word if found.job.target.due else f"{word} (not due)"


def header() -> str:
    """Return the first line of the table."""
    return _row(["job", *COLUMNS, "/ np", "/ autograd", "target", ""])


def line(found: Measurement) -> str:
    """Return a job's line of the table."""
    job = found.job
    title = job.name if job.name.lower().startswith(job.kind.lower()) else f"{job.kind} {job.name}"
    times = [seconds(found.median.get(name)) for name in COLUMNS]
    return _row([title, *times, ratio(found.ratio("dualrev", "np")), ratio(found.ratio("dualrev", "autograd")), str(job.target), verdict(found)])


def _row(cells: list[str]) -> str:
    widths = (24, 8, 8, 8, 8, 8, 6, 10, 17, 0)
    return "  ".join(f"{cell:<{w}}" if k in (0, 8, 9) else f"{cell:>{w}}" for k, (cell, w) in enumerate(zip(cells, widths, strict=True))).rstrip()


def footnotes(all_found: list[Measurement]) -> list[str]:
    """Return what the table's numbers leave open: versions, missing entries, compile times."""
    notes = [f"Python {platform.python_version()}, " + ", ".join(f"{name} {number}" for name, number in versions().items())]
    notes.append("Medians of one call, all libraries in turn. np is the function without derivative; jax is jit, its first call left out; torch is eager; float64 everywhere.")
    notes.append(f"{os.cpu_count()} processors, OPENBLAS_NUM_THREADS={os.environ.get('OPENBLAS_NUM_THREADS', 'not set')}.")
    for found in all_found:
        for name, reason in found.missing.items():
            notes.append(f"{found.job.name}: no {name}: {reason}")
        if found.first.get("jax", 0) > 1:
            notes.append(f"{found.job.name}: the first call of jax took {seconds(found.first['jax'])}")
    return notes


def versions() -> dict[str, str]:
    """Return the versions of what is installed."""
    found = {}
    for name in ("numpy", "scipy", "autograd", "torch", "jax"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def as_json(all_found: list[Measurement]) -> str:
    """Return the measurements as JSON, in seconds."""
    rows: list[dict[str, Any]] = []
    for found in all_found:
        rows.append({"job": found.job.name, "kind": found.job.kind, "median": found.median, "first": found.first, "missing": found.missing,
                     "over_np": found.ratio("dualrev", "np"), "over_autograd": found.ratio("dualrev", "autograd"),
                     "target": str(found.job.target), "due": found.job.target.due, "met": found.met()})
    return json.dumps({"python": platform.python_version(), "versions": versions(), "rows": rows}, indent=2)
