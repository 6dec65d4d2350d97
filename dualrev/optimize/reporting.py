"""What a solver tells while it runs: callbacks, progress display and history."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, NamedTuple, TextIO

import numpy as np

from .results import OptimizeResult

__all__ = ["History", "Record", "Reporter"]

PAUSE = 0.5  # seconds between lines of a plain progress display


class Record(NamedTuple):
    """One iteration.

    `step_length` is the length of the step that led here in the Euclidean norm, `radius` that of the trust region (NaN for line searches), the counts are totals and
    `elapsed` is in seconds.
    """

    iteration: int
    fun: float
    grad_norm: float
    step_length: float
    radius: float
    nfev: int
    njev: int
    nhev: int
    nhvp: int
    elapsed: float


class History:
    """The records of a run: a sequence of `Record`; a name gives a whole column; ``str`` gives a table.

    Examples
    --------
    >>> history = History()
    >>> history.append(Record(0, 2.0, 1.0, float("nan"), float("nan"), 1, 1, 0, 0, 0.0))
    >>> history["fun"], history[-1].nfev
    (array([2.]), 1)
    >>> print(history)
    iteration        f            |g|        |step|     radius      nf    ng    nH    nHv
            0   2.000000e+00   1.00e+00          -          -        1     1     0      0
    """

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []  # of records, which are made when somebody reads them

    @property
    def records(self) -> list[Record]:
        """All records."""
        return [Record._make(row) for row in self.rows]

    def append(self, record: tuple[Any, ...]) -> None:
        """Add an iteration: a record, or its entries."""
        self.rows.append(record)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Record]:
        return map(Record._make, self.rows)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, str):
            place = Record._fields.index(which) if which in Record._fields else -1
            if place < 0:
                raise KeyError(f"{which!r}; the columns are {', '.join(Record._fields)}")
            return np.array([row[place] for row in self.rows])
        return self.records[which] if isinstance(which, slice) else Record._make(self.rows[which])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and repr(self.records) == repr(other.records)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"History of {len(self)} iterations"

    def __str__(self) -> str:
        head = "iteration        f            |g|        |step|     radius      nf    ng    nH    nHv"
        return "\n".join([head, *(line(record) for record in self.records)])


def line(r: Record) -> str:
    """Write a record as a line of the table."""
    step, radius = ("      -   " if np.isnan(v) else f"{v:10.2e}" for v in (r.step_length, r.radius))
    return f"{r.iteration:9d}  {r.fun:13.6e} {r.grad_norm:10.2e} {step} {radius} {r.nfev:8d} {r.njev:5d} {r.nhev:5d} {r.nhvp:6d}"


class Reporter:
    """Keeps the history, calls the callback and shows the progress.

    Parameters
    ----------
    callback : callable, optional
        ``callback(intermediate_result)`` gets an `OptimizeResult` with x (in the user's form), jac and the entries of a `Record`; ``callback(x)``, where the parameter has
        another name, gets x alone, as in SciPy. To stop it returns True or raises StopIteration.
    progress : bool
        Show the progress on stderr, with tqdm where it is installed.
    variables : Variables
        The form of x0.
    counts : object
        Its attributes nfev, njev, nhev, nhvp are read at each iteration.
    title : str
        What to call the run, such as ``minimize newton``.
    """

    def __init__(self, callback: Callable[..., Any] | None, progress: bool, variables: Any, counts: Any, title: str) -> None:
        if callback is not None and not callable(callback):
            raise TypeError(f"{variables.where}: callback must be a function, got {type(callback).__name__}")
        self.callback, self.variables, self.counts, self.title = callback, variables, counts, title
        self.whole = callback is not None and takes_result(callback)
        self.history, self.begun = History(), perf_counter()
        self.display: Any = Display(title) if progress else None

    def note(self, iteration: int, x: np.ndarray, fun: float, grad_norm: float, step_length: float = np.nan, radius: float = np.nan, gradient: Any = None) -> bool:
        """Record an iteration, the start being iteration 0, and tell whoever listens.

        Returns
        -------
        bool
            True where the callback wants to stop. It is not asked at iteration 0, as in SciPy.
        """
        counts = self.counts
        row = (iteration, float(fun), float(grad_norm), float(step_length), float(radius), counts.nfev, counts.njev, counts.nhev, counts.nhvp, perf_counter() - self.begun)
        self.history.append(row)
        if self.display is not None:
            self.display.show(Record._make(row))
        if self.callback is None or iteration == 0:
            return False
        form = self.variables.own(x)
        try:
            if not self.whole:
                return self.callback(form) is True
            jac = None if gradient is None else self.variables.spread(gradient)
            return self.callback(intermediate_result=OptimizeResult(x=form, jac=jac, nit=iteration, **Record._make(row)._asdict())) is True
        except StopIteration:
            return True

    def close(self) -> None:
        """End the display."""
        if self.display is not None:
            self.display.close(self.history[-1] if self.history else None)


def takes_result(callback: Callable[..., Any]) -> bool:
    """Whether a callback asks for the intermediate result by the name of its parameter, as in SciPy."""
    try:
        return "intermediate_result" in inspect.signature(callback).parameters
    except (TypeError, ValueError):
        return False


class Display:
    """Progress on a terminal: tqdm where it is installed, otherwise a line from time to time."""

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self.title, self.stream, self.shown, self.bar = title, sys.stderr if stream is None else stream, -np.inf, None
        try:
            from tqdm.auto import tqdm  # type: ignore[import-not-found,import-untyped,unused-ignore]
        except ImportError:
            return
        self.bar = tqdm(desc=title, unit=" iterations", file=self.stream)

    def show(self, record: Record) -> None:
        """Show an iteration."""
        if self.bar is not None:
            self.bar.set_postfix_str(f"f = {record.fun:.6g}, |g| = {record.grad_norm:.1e}", refresh=False)
            self.bar.update(record.iteration - self.bar.n)
        elif record.elapsed - self.shown >= PAUSE:
            self.shown = record.elapsed
            self._write(record)

    def _write(self, record: Record) -> None:
        print(f"{self.title}: iteration {record.iteration}, f = {record.fun:.6g}, |g| = {record.grad_norm:.1e}, {record.elapsed:.1f} s", file=self.stream)

    def close(self, last: Record | None) -> None:
        """Show the last iteration and end."""
        if self.bar is not None:
            self.bar.close()
        elif last is not None and last.elapsed > self.shown:
            self._write(last)
