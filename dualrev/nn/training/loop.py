"""The loop of minibatch training: one step, one epoch, and what is decided between epochs."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.tree import unflatten
from .clipping import by_norm, by_value, global_norm
from .data import Examples
from .evaluating import evaluate
from .gradients import BatchGradient, not_finite
from .history import History, Progress
from .optimizers import Optimizer
from .scaling import LossScale
from .state import TrainingState, leaves_of

__all__ = ["EarlyStopping", "Settings", "run"]


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation loss (without validation data, the training loss) has not fallen for a while; the best network is returned.

    Parameters
    ----------
    patience : int
        How many epochs to wait for a smaller loss.
    least_change : float
        A loss counts as smaller if it is so by more than this.
    """

    patience: int = 10
    least_change: float = 0.0


@dataclass(frozen=True)
class Settings:
    """Everything about a run that is not its state."""

    optimizer: Optimizer
    gradient: BatchGradient
    epochs: int
    batch_size: int
    schedule: Callable[[int], float]
    clip_value: float | None
    clip_norm: float | None
    scale: LossScale | None
    validation: Any
    metrics: dict[str, Callable[..., Any]]
    early_stopping: EarlyStopping | None
    monitor: Any
    callback: Callable[..., Any] | None
    seed: int
    shuffle: bool
    progress: bool
    save_to: str | Path | None


def run(settings: Settings, state: TrainingState, examples: Examples) -> tuple[TrainingState, str]:
    """Train until the epochs are over or something ends it; return the last state and why it ended."""
    bar = Progress(settings.progress, settings.epochs, -(-len(examples) // settings.batch_size))
    while state.epoch < settings.epochs:
        if settings.early_stopping is not None and state.waited >= settings.early_stopping.patience:
            return state, f"The monitored loss has not fallen for {state.waited} epochs; its least value was {state.least:.6g}."
        state = _epoch(settings, state, examples, bar)
        if settings.save_to is not None:
            state.save(settings.save_to)
        if settings.callback is not None and settings.callback(state):
            return state, "The callback has asked to stop."
    return state, f"All {settings.epochs} epochs are done."


def _epoch(settings: Settings, state: TrainingState, examples: Examples, bar: Progress) -> TrainingState:
    start, total, norms, skipped = time.perf_counter(), 0.0, 0.0, 0
    epoch, steps, x, y = state.epoch + 1, 0, None, None
    for x, y in examples.batches(settings.batch_size, settings.seed if settings.shuffle else None, state.epoch):
        loss, norm, state = _step(settings, state, x, y)
        total, steps = total + loss * len(x) / len(examples), steps + 1
        norms, skipped = norms + (norm or 0.0), skipped + (norm is None)
        bar.step(epoch, steps, loss)
    row: dict[str, Any] = {"epoch": epoch, "loss": total, "rate": float(settings.optimizer.rate * settings.schedule(max(state.step - 1, 0))),
                           "gradient": norms / max(steps - skipped, 1), "skipped": skipped}
    if settings.validation is not None:
        row |= {f"validation {name}": value for name, value in
                evaluate(state.network, settings.gradient.loss, settings.validation, settings.metrics, max(settings.batch_size, 256)).items()}
    row["seconds"] = time.perf_counter() - start
    if settings.monitor is not None:
        settings.monitor.see(state.network, settings.gradient.loss, x, y, epoch)
    bar.end(row)
    history = History({name: list(values) for name, values in state.history.items()})
    history.add(**row)
    return _watched(settings, dataclasses.replace(state, epoch=epoch, history=history), row.get("validation loss", total))


def _watched(settings: Settings, state: TrainingState, loss: float) -> TrainingState:
    """Remember the best network."""
    if settings.early_stopping is None:
        return state
    if loss < state.least - settings.early_stopping.least_change:
        return dataclasses.replace(state, best=state.network, least=loss, waited=0)
    return dataclasses.replace(state, waited=state.waited + 1)


def _step(settings: Settings, state: TrainingState, x: Any, y: Any) -> tuple[float, float | None, TrainingState]:
    """One step of the optimizer; returns the loss, the norm of the gradient (None: the step was skipped) and the new state."""
    leaves, structure, names = leaves_of(state.network)
    loss, gradients = settings.gradient(state.network, x, y, state.step + state.bad, state.scale)
    wrong = not_finite(names, gradients)
    if wrong is not None and (settings.scale is None or settings.scale.hopeless(state.scale, state.bad)):
        scaled = "" if settings.scale is None else f" even at a loss scale of {state.scale:g}"
        raise FloatingPointError(f"fit: the gradient of {wrong} is not finite in step {state.step + 1}{scaled} (the loss is {loss:g}). Lower the rate, clip the gradient with "
                                 "clip_norm=, or find the first value that is not finite with dualrev.debug().")
    scale, good, bad = state.scale, state.good, state.bad
    if settings.scale is not None:
        scale, good = settings.scale.after(scale, good, wrong is not None)
        bad = bad + 1 if wrong is not None else 0
    if wrong is not None:
        return loss, None, dataclasses.replace(state, scale=scale, good=good, bad=bad)
    norm = global_norm(gradients)
    if settings.clip_value is not None:
        gradients = by_value(gradients, settings.clip_value)
    if settings.clip_norm is not None:
        gradients = by_norm(gradients, settings.clip_norm)
    rate = float(settings.optimizer.rate * settings.schedule(state.step))  # a NumPy number would widen float32 parameters
    moved, memory = settings.optimizer.step(leaves, gradients, state.memory, rate, state.step + 1)
    return loss, norm, dataclasses.replace(state, network=unflatten(structure, moved), memory=memory, step=state.step + 1, scale=scale, good=good, bad=bad)
