"""What happened in each epoch, as columns, and a line of text for it."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["History", "Progress"]


class History(dict[str, list[Any]]):
    """Column -> one entry an epoch: ``epoch``, ``loss``, ``rate``, ``gradient`` (norm, averaged over the steps), ``skipped``, ``seconds``, validation and metrics.

    Examples
    --------
    >>> from dualrev.nn.training.history import History
    >>> history = History()
    >>> history.add(epoch=1, loss=0.5)
    >>> print(history)
    epoch      loss
        1       0.5
    """

    def add(self, **row: Any) -> None:
        """Append a row."""
        for name, value in row.items():
            self.setdefault(name, []).append(value)

    def __str__(self) -> str:
        rows = zip(*self.values(), strict=True)
        widths = [max(5, len(name), 9 * (name != "epoch")) for name in self]
        head = " ".join(f"{name:>{w}}" for name, w in zip(self, widths, strict=True))
        return "\n".join([head, *(" ".join(f"{v:>{w}.4g}" if isinstance(v, float) else f"{v!s:>{w}}" for v, w in zip(row, widths, strict=True)) for row in rows)])


class Progress:
    """A bar that fills as the steps go by, on the terminal's error stream."""

    def __init__(self, shown: bool, epochs: int, steps: int) -> None:
        self.shown, self.epochs, self.steps = shown, epochs, steps

    def step(self, epoch: int, step: int, loss: float) -> None:
        """Redraw the bar."""
        if self.shown:
            full = 24 * step // self.steps
            print(f"\repoch {epoch}/{self.epochs} [{'#' * full}{'.' * (24 - full)}] loss {loss:.4g}   ", end="", file=sys.stderr, flush=True)

    def end(self, row: dict[str, Any]) -> None:
        """End an epoch with its numbers."""
        if self.shown:
            text = "  ".join(f"{name} {value:.4g}" for name, value in row.items() if isinstance(value, float))
            print(f"\repoch {row['epoch']}/{self.epochs}  {text}{' ' * 20}", file=sys.stderr, flush=True)
