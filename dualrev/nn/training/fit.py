"""`fit`: train a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...core.tree import flatten
from ..modules import as_module
from .data import Examples
from .gradients import BatchGradient
from .history import History
from .loop import EarlyStopping, Settings, run
from .optimizers import Optimizer, named_optimizer
from .scaling import LossScale, as_scale
from .state import TrainingState
from .wholebatch import WHOLE, minimized

__all__ = ["Fit", "fit"]


@dataclass(frozen=True, eq=False)
class Fit:
    """What `fit` returns.

    Parameters
    ----------
    network : module
        The trained network; with early stopping, the best one.
    history : History
        A column for each number, an entry for each epoch.
    state : TrainingState
        What ``fit(..., resume=state)`` goes on from, and ``state.save(path)`` writes.
    message : str
        Why it ended.
    """

    network: Any
    history: History
    state: TrainingState
    message: str


def fit(network: Any, loss: Callable[..., Any], data: Any, *, optimizer: str | Optimizer = "adam", epochs: int = 10, batch_size: int = 32, accumulate: int = 1,
        schedule: Callable[[int], float] | None = None, clip_value: float | None = None, clip_norm: float | None = None, compute: Any = None,
        loss_scale: float | str | LossScale | None = None, validation: Any = None, metrics: dict[str, Callable[..., Any]] | None = None,
        early_stopping: EarlyStopping | int | None = None, monitor: Any = None, callback: Callable[..., Any] | None = None, seed: int = 0, shuffle: bool = True,
        progress: bool = False, save_to: str | Path | None = None, resume: TrainingState | str | Path | None = None) -> Fit:
    """Train a network on examples, in minibatches.

    Parameters
    ----------
    network : module
        It is not changed; the trained one is returned.
    loss : callable
        ``loss(network(x), y)``, an average over the rows of the batch.
    data : (x, y)
        Inputs and targets, one example a row.
    optimizer : str or Optimizer
        "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", or one with its settings, such as ``Adam(1e-3)``. "l-bfgs" and "newton-cg" minimize the loss of
        all data at once by `dualrev.optimize.minimize`, with at most ``epochs`` iterations.
    epochs : int
        How often to go through the data, in all: a resumed run does the rest.
    batch_size : int
        Examples in a step.
    accumulate : int
        Compute each step's gradient in so many micro-batches, which need that much less memory and add up to the same gradient but for rounding.
    schedule : callable, optional
        ``schedule(t)`` multiplies the rate in step t = 0, 1, ...; see `dualrev.nn.schedules`.
    clip_value, clip_norm : float, optional
        Limit each entry of the gradient, or the norm of all of it.
    compute : dtype, optional
        Run network and backward pass in this precision (float16, float32); the parameters, the optimizer and the loss keep theirs.
    loss_scale : float, "dynamic" or LossScale, optional
        Multiply the loss for the backward pass. With ``compute=float16`` it is dynamic if nothing else is said. A step whose gradient overflows is skipped.
    validation : (x, y), optional
        Evaluated after each epoch, with the metrics, and what early stopping looks at.
    metrics : dict, optional
        Name -> ``metric(result, y)``.
    early_stopping : EarlyStopping or int, optional
        Epochs without a smaller loss after which to stop.
    monitor : Monitor, optional
        Watches the layers; see `dualrev.nn.Monitor`.
    callback : callable, optional
        ``callback(state)`` after each epoch; stops by returning True.
    seed : int
        Decides the order of the examples and what dropout drops.
    shuffle : bool
        Put the examples in a new order in each epoch.
    progress : bool
        Show a bar on the terminal's error stream.
    save_to : path, optional
        Write the state there after each epoch.
    resume : TrainingState or path, optional
        Go on from there; the result has the same bits as that of a run without the break.

    Returns
    -------
    Fit
        With ``network``, ``history``, ``state`` and ``message``.

    Raises
    ------
    FloatingPointError
        If a gradient is not finite, naming the parameter and the step.
    TypeError, ValueError
        If the data do not fit, or an option is out of range.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> network = dr.nn.Sequential([dr.nn.Linear.create(1, 16, rng=0), np.tanh, dr.nn.Linear.create(16, 1, rng=1)])
    >>> found = dr.nn.fit(network, dr.nn.mean_squared_error, (x, np.sin(3 * x)), optimizer=dr.nn.Adam(0.03), epochs=100)
    >>> found.history["loss"][-1] < 0.01 < found.history["loss"][0]
    True
    """
    network = as_module(network)
    if not flatten(network)[0]:
        raise ValueError("fit: the network has no parameters")
    examples = Examples(data)
    if isinstance(optimizer, str) and optimizer.lower() in WHOLE:
        found, history, message = minimized(network, loss, examples, optimizer.lower(), _count(epochs, "epochs"), validation, metrics, progress)
        return Fit(found, history, TrainingState(found, epoch=len(history["epoch"]), history=history), message)
    scale = as_scale("dynamic" if loss_scale is None and compute is not None and np.dtype(compute) == np.float16 else loss_scale)
    for name, most in (("clip_value", clip_value), ("clip_norm", clip_norm)):
        if most is not None and not most > 0:
            raise ValueError(f"fit: {name} must be positive, got {most}")
    stopping = EarlyStopping(_count(early_stopping, "early_stopping")) if isinstance(early_stopping, int) else early_stopping
    settings = Settings(named_optimizer(optimizer), BatchGradient(loss, _count(accumulate, "accumulate"), None if compute is None else np.dtype(compute), seed),
                        _count(epochs, "epochs"), _count(batch_size, "batch_size"), schedule or (lambda t: 1.0), clip_value, clip_norm, scale, validation,
                        metrics or {}, stopping, monitor, callback, seed, shuffle, progress, save_to)
    state, message = run(settings, _beginning(network, settings, resume), examples)
    return Fit(state.network if state.best is None else state.best, state.history, state, message)


def _count(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"fit: {what} must be a positive integer, got {value!r}")
    return int(value)


def _beginning(network: Any, settings: Settings, resume: Any) -> TrainingState:
    """A new state, or the one to go on from."""
    memory = settings.optimizer.start(flatten(network)[0])
    if resume is None:
        return TrainingState(network, memory, scale=1.0 if settings.scale is None else settings.scale.initial)
    state = resume if isinstance(resume, TrainingState) else TrainingState.load(resume, network)
    if flatten(state.network)[1] != flatten(network)[1]:
        raise ValueError("fit: the state to resume from is that of another network")
    if state.memory.keys() != memory.keys():
        raise ValueError(f"fit: the state to resume from remembers {', '.join(state.memory) or 'nothing'}; this optimizer needs {', '.join(memory) or 'nothing'}")
    return replace(state)
