"""The samples of the table, small as they are and with 1e5 elements."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .fitting import whole
from .patience import Slow, ends, stopped

__all__ = ["ELEMENTS", "calls", "sample", "small", "table"]

ELEMENTS = 100_000
QUICK, PATIENCE = 0.3, 1.5  # seconds that a plain call should take, and may take
VARIANTS, ARRAYS = 3, 3  # as many samples are tried, and as many arrays of each alone
TRIES = 6  # samples that may take too long before no other is tried


class Many:
    """Draws like numpy.random.Generator, with an axis made so long that there are 1e5 elements: that of every array, or of one alone."""

    def __init__(self, rng: Any, axis: int, alone: int | None = None) -> None:
        self.rng, self.axis, self.alone, self.drawn = rng, axis, alone, 0

    def enlarged(self, size: Any) -> Any:
        """The size with one axis replaced."""
        shape = list(np.atleast_1d(size))
        if size is None or not shape:
            return size
        self.drawn += 1
        if self.alone is not None and self.drawn != self.alone + 1:
            return tuple(shape)
        rest = int(np.prod(shape)) // shape[self.axis]
        shape[self.axis] = max(1, ELEMENTS // max(rest, 1))
        return tuple(shape)

    def __getattr__(self, name: str) -> Any:
        draw = getattr(self.rng, name)

        def drawn(*args: Any, **kwargs: Any) -> Any:
            place = {"uniform": 2, "normal": 2, "integers": 2}.get(name)
            if place is not None and len(args) > place:
                args = (*args[:place], self.enlarged(args[place]), *args[place + 1:])
            elif "size" in kwargs:
                kwargs["size"] = self.enlarged(kwargs["size"])
            return draw(*args, **kwargs)

        return drawn


def table(only: list[str]) -> Iterator[Any]:
    """Rows that have samples and one of the words in their names."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "table"))
    from dualrev.rules import complete

    complete()
    from samples import ROWS, variants  # type: ignore[import-not-found]

    for row in ROWS:
        if variants(row) and (not only or any(word.lower() in row.name.lower() for word in only)):
            yield row


def calls(large: bool, only: list[str]) -> Iterator[tuple[Any, Any]]:
    """Rows with their first sample each, small or enlarged; in place of the sample why there is none."""
    for row in table(only):
        yield row, sample(row) if large else small(row)


def small(row: Any) -> Any:
    """The first sample of a row."""
    from cases import Case  # type: ignore[import-not-found]

    return Case(row, 0)


def sample(row: Any) -> Any:
    """One sample of a row with 1e5 elements, preferably one whose plain call is quick; otherwise why there is none.

    All arrays of the first sample that allows it are enlarged, or, where they take too much together, one of them.
    """
    reason = "no axis of its samples can be made long alone"
    for patience in (QUICK, PATIENCE):
        slow = 0
        for make in makers(row):
            try:
                if not ends(lambda make=make: fitted(row, make), patience):
                    raise Slow
                with stopped(patience):
                    case = fitted(row, make)
                if case is not None:
                    return case
            except Slow:
                slow, reason = slow + 1, f"the plain call takes more than {PATIENCE:g} s"
                if slow == TRIES:
                    break
            except MemoryError:
                reason = "the plain call takes too much memory"
            except Exception:  # this sample does not take a longer axis, and each function says so in its own way
                continue
        if not slow:
            break
    return reason


def fitted(row: Any, make: Callable[[Any], Any]) -> Any:
    """A case that has about 1e5 elements and can be called."""
    from cases import Case

    case = Case(row, 0, sample=make(np.random.default_rng(0)))
    size = max((np.size(x) for x in case.primals), default=0)
    if size < ELEMENTS // 2:
        result = case.function(*case.primals)  # from a few numbers to many
        size = max((np.size(y) for y in (result if isinstance(result, list) else [result])), default=0)
        return case if ELEMENTS // 2 <= size <= 4 * ELEMENTS else None
    case.smooth(*case.primals)
    return case


def makers(row: Any) -> Iterator[Callable[[Any], Any]]:
    """Functions from a random generator to the arguments of a row, those to be preferred first."""
    from samples import elementwise_variants, variants

    own = whole()
    if row.function in own:
        yield own[row.function]
        return
    found = variants(row)[:VARIANTS]
    for variant in found:
        for alone in (None, *reversed(range(ARRAYS))):
            for axis in (0, -1):
                yield lambda rng, variant=variant, axis=axis, alone=alone: enlarged(variant, rng, axis, alone)
    if row.kind == "elementwise" and isinstance(row.domain, tuple | None):  # not one that draws for itself, because the arguments hang together
        yield lambda rng: enlarged(elementwise_variants(row)[0], rng, 0, None)
    yield lambda rng: ((rng.uniform(0.3, 2.0, ELEMENTS),), {})
    yield lambda rng: ((rng.uniform(0.3, 2.0, (1000, ELEMENTS // 1000)),), {})


def enlarged(variant: Callable[[Any], Any], rng: Any, axis: int, alone: int | None) -> Any:
    """A sample with an axis of its arrays made long, or of one of them."""
    from drawing import Draw  # type: ignore[import-not-found]

    class Long(Draw):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(0)
            self.rng, self.plain = Many(rng, axis, alone), rng

        def __call__(self, *shape: int, lo: float = -2.0, hi: float = 2.0) -> Any:
            return self.plain.uniform(lo, hi, self.rng.enlarged(shape) if shape else ())

    return variant(Long())
