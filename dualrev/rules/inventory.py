"""The table as data and as a page: which function, of what kind, with which keywords, in which modes and types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from ..core.rows import TABLE, Row

__all__ = ["complete", "coverage", "later", "page"]

later: list[Callable[[], None]] = []
"""What fills the rest of the table, rooms that are imported when they are first used."""

_HIDDEN = {"g", "t", "x", "y", "a", "b", "i", "out"}
_COMPLEX = ("np.linalg.", "np.fft.", "dr.scipy.linalg.", "dr.scipy.fft.", "scipy.linalg.")
_REAL = frozenset("rfft rfft2 rfftn ihfft ihfft2 ihfftn fht ifht".split())
_ROOMS = {"NumPy": "np.", "np.linalg": "np.linalg.", "np.fft": "np.fft.", "np.polynomial": "np.polynomial.", "np.lib": "np.lib.", "scipy.special": "scipy.special.",
          "scipy.sparse": "scipy.sparse"}
HEAD = """\
# What has a derivative

`dr.rules.coverage()` as a page, made by `python -m dualrev.rules` with NumPy {numpy} and SciPy {scipy}. [How it works](how_it_works.md) explains the kinds. Whatever has a
derivative has it in forward and in reverse mode, at every order. *Keywords* are those that the rule honours; any other raises where it would change the value.
*Batched* says what `dr.vmap` does: all examples at once, or one after the other. *Types* are float32 and float64, each of which stays what it is, and complex where a test runs
it. Functions under `dr.scipy` are SciPy's, called by that name.
"""


def complete() -> None:
    """Fill the table with the rows that wait for the first use of their room."""
    for fill in later:
        fill()


def coverage() -> list[dict[str, Any]]:
    """Return the table as data.

    Returns
    -------
    list of dict
        One entry a function, by name: ``function``, ``kind``, ``keywords`` (those that its rules honour), ``modes``, ``batched`` (what `vmap` does: "at once", "one by one",
        or "by its parts" for a function that is written with others), ``dtypes``, ``notes``.

    Examples
    --------
    >>> import dualrev as dr
    >>> [row["kind"] for row in dr.rules.coverage() if row["function"] == "np.sin"]
    ['elementwise']
    """
    complete()
    return sorted((_entry(row) for row in TABLE.values()), key=lambda entry: str(entry["function"]))


def _entry(row: Row) -> dict[str, Any]:
    works = row.kind != "unsupported"
    keywords = row.keywords - _HIDDEN - (frozenset() if row.kind == "decomposed" else row.array_names)
    return {"function": row.name, "kind": row.kind, "keywords": sorted(keywords), "modes": ["forward", "reverse"] if works else [],
            "batched": _batched(row) if works else "", "dtypes": _dtypes(row) if works else [], "notes": row.notes}


def _batched(row: Row) -> str:
    return "at once" if row.batch is not None or row.kind == "elementwise" else "by its parts" if row.kind == "decomposed" else "one by one"


def _dtypes(row: Row) -> list[str]:
    """The types that a ufunc has loops for; of other functions the real ones, and complex where the table's test runs it."""
    if isinstance(row.function, np.ufunc):
        loops = "".join(loop.partition("->")[0] for loop in row.function.types)
        return [name for letter, name in (("f", "float32"), ("d", "float64"), ("D", "complex")) if letter in loops]
    known = row.name.startswith(_COMPLEX) or (row.kind in ("linear", "multilinear") and not row.name.startswith("dr.scipy."))
    return ["float32", "float64", *(["complex"] if known and row.name.rpartition(".")[2] not in _REAL else [])]


def page() -> str:
    """Write the table as a page of Markdown, the building blocks of rules left out.

    Returns
    -------
    str
        The text of ``docs/coverage.md``.
    """
    rooms: dict[str, list[str]] = {}
    for entry in coverage():
        room = _room(entry["function"])
        if room:
            rooms.setdefault(room, []).append(_line(entry))
    version = {"numpy": ".".join(np.__version__.split(".")[:2]), "scipy": ".".join(scipy.__version__.split(".")[:2])}
    parts = [HEAD.format(**version)]
    for room, lines in sorted(rooms.items(), key=lambda item: (item[0] != "NumPy", item[0].startswith("dr."), item[0])):
        parts.append("\n".join([f"## {room}\n", "| function | kind | keywords | batched | types | notes |", "|---|---|---|---|---|---|", *dict.fromkeys(lines)]) + "\n")
    return "\n".join(parts)


def _room(name: str) -> str:
    """The heading that a public function belongs under; empty for a building block."""
    if " (" in name:
        return ""
    if name.startswith("dr.scipy."):
        return ".".join(name.split(".")[:3])
    found = [room for room, start in _ROOMS.items() if name.startswith(start)]
    return found[-1] if found else ""


def _line(entry: dict[str, Any]) -> str:
    keywords = " ".join(f"`{keyword}`" for keyword in entry["keywords"])
    types = ", ".join(entry["dtypes"]).replace("float32, float64", "float")
    return " | ".join([f"| `{entry['function']}`", entry["kind"], keywords, entry["batched"], types, entry["notes"].replace("|", "\\|")]) + " |"
