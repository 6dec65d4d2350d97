"""Training on all data at once, by the optimizers of `dualrev.optimize`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ...optimize import minimize
from .data import Examples
from .evaluating import evaluate
from .history import History

__all__ = ["WHOLE", "minimized"]

WHOLE = ("l-bfgs", "newton-cg")


def minimized(network: Any, loss: Callable[..., Any], examples: Examples, method: str, iterations: int, validation: Any, metrics: Any, progress: bool) -> tuple[Any, History, str]:
    """Minimize the loss of all examples; the history has a row for each iteration."""
    history, start = History(), time.perf_counter()

    def note(intermediate_result: Any) -> None:
        row: dict[str, Any] = {"epoch": len(history.get("epoch", [])) + 1, "loss": float(intermediate_result.fun)}
        if validation is not None:
            row |= {f"validation {name}": value for name, value in evaluate(intermediate_result.x, loss, validation, metrics).items()}
        history.add(**row, seconds=time.perf_counter() - start)

    found = minimize(lambda net: loss(net(examples.x), examples.y), network, method=method, callback=note, options={"maxiter": iterations}, progress=progress)
    return found.x, History({"epoch": [], "loss": [], **history}), found.message
