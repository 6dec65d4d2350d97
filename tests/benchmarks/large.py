"""The samples of the table, small as they are and with 1e5 elements."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["ELEMENTS", "calls"]

ELEMENTS = 100_000


class Many:
    """Draws like numpy.random.Generator, with an axis made so long that there are 1e5 elements; whole arrays only."""

    def __init__(self, rng: Any, axis: int) -> None:
        self.rng, self.axis = rng, axis

    def enlarged(self, size: Any) -> Any:
        """The size with one axis replaced."""
        shape = list(np.atleast_1d(size))
        if size is None or not shape:
            return size
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


def matrix(rng: Any) -> Any:
    """A well-conditioned matrix of 1e5 elements."""
    return rng.normal(size=(316, 316)) / 18 + 4 * np.eye(316)


def linalg() -> dict[Any, Callable[[Any], Any]]:
    """Square matrices, which no enlarged axis gives."""
    la = np.linalg
    one = dict.fromkeys((la.inv, la.det, la.slogdet, la.qr, la.svd, la.eig, la.eigvals), lambda rng: ((matrix(rng),), {}))
    one |= dict.fromkeys((la.cholesky, la.eigh, la.eigvalsh), lambda rng: ((matrix(rng) @ matrix(rng).T,), {}))
    one |= dict.fromkeys((np.matmul, np.dot, la.solve), lambda rng: ((matrix(rng), matrix(rng)), {}))
    return one


def calls(large: bool, only: list[str]) -> Iterator[tuple[Any, Any]]:
    """Rows that have samples and one of the words in their names, each with its first sample, small or enlarged; what cannot be enlarged is left out."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "table"))
    from dualrev.rules import complete

    complete()
    from cases import Case  # type: ignore[import-not-found]
    from samples import ROWS, variants  # type: ignore[import-not-found]

    squares = linalg()
    for row in ROWS:
        if not variants(row) or (only and not any(word.lower() in row.name.lower() for word in only)):
            continue
        if not large:
            yield row, Case(row, 0)
            continue
        makers = [squares[row.function]] if row.function in squares else [lambda rng, axis=axis, row=row: enlarged(row, rng, axis) for axis in (0, -1)]
        for make in makers:
            try:
                case = Case(row, 0, sample=make(np.random.default_rng(0)))
                if max((np.size(x) for x in case.primals), default=0) >= ELEMENTS // 2:
                    case.function(*case.primals)
                    yield row, case
                    break
            except (ValueError, IndexError, TypeError, RuntimeError, np.linalg.LinAlgError, MemoryError):
                continue  # this sample does not take a longer axis


def enlarged(row: Any, rng: Any, axis: int) -> Any:
    """The first sample of a row with an axis of its arrays made long."""
    from drawing import Draw  # type: ignore[import-not-found]
    from samples import variants

    class Long(Draw):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(0)
            self.rng, self.plain = Many(rng, axis), rng

        def __call__(self, *shape: int, lo: float = -2.0, hi: float = 2.0) -> Any:
            return self.plain.uniform(lo, hi, self.rng.enlarged(shape) if shape else ())

    return variants(row)[0](Long())
