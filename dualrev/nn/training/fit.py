"""`fit`: train a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...core.tree import flatten, tree_map
from ..modules import as_module
from ..naming import parameters
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
    data, validation : (x, y)
        Inputs and targets, one example a row. The loss of the validation data is evaluated after each epoch, and is what early stopping looks at.
    optimizer : str or Optimizer
        "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", or one with its settings, such as ``Adam(1e-3)``. "l-bfgs" and "newton-cg" minimize the loss of
        all data at once by `dualrev.optimize.minimize`, with at most ``epochs`` iterations.
    epochs, batch_size : int
        How often to go through the data, in all (a resumed run does the rest), and the examples in a step.
    accumulate : int
        Compute each step's gradient in so many micro-batches, which need that much less memory and add up to the same gradient but for rounding.
    schedule : callable, optional
        ``schedule(t)`` multiplies the rate in step t = 0, 1, ...; see `dualrev.nn.schedules`.
    clip_value, clip_norm : float, optional
        Limit each entry of the gradient, or the norm of all of it.
    compute : dtype, optional
        Run network and backward pass in this precision (float16, float32); the parameters, the optimizer and the loss keep theirs.
    loss_scale : float, "dynamic" or LossScale, optional
        Multiply the loss for the backward pass, and skip steps that overflow. With ``compute=float16`` it is dynamic if nothing else is said.
    metrics : dict, optional
        Name -> ``metric(result, y)``, of the validation data.
    early_stopping : EarlyStopping or int, optional
        Epochs without a smaller loss after which to stop.
    monitor, callback : Monitor, callable, optional
        Watch the layers, see `dualrev.nn.Monitor`; ``callback(state)`` after each epoch stops by returning True.
    seed, shuffle, progress : int, bool, bool
        The seed decides the order of the examples, a new one in each epoch, and what dropout drops; progress shows a bar on the terminal's error stream.
    save_to, resume : path, optional
        Write the state there after each epoch; go on from a path or a TrainingState, with the same bits as without the break.

    Returns
    -------
    Fit
        With ``network``, ``history``, ``state`` and ``message``.

    Raises
    ------
    FloatingPointError, TypeError, ValueError
        If a gradient is not finite (naming the parameter and the step), the data do not fit, or an option is out of range.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> network = dr.nn.Sequential([dr.nn.Linear.create(1, 16, rng=0), np.tanh, dr.nn.Linear.create(16, 1, rng=1)])
    >>> found = dr.nn.fit(network, dr.nn.mean_squared_error, (x, np.sin(3 * x)), optimizer=dr.nn.Adam(0.03), epochs=100)
    >>> found.history["loss"][-1] < 0.01 < found.history["loss"][0]
    True
    """
    network, examples = _trainable(network), Examples(data)
    if isinstance(optimizer, str) and optimizer.lower() in WHOLE:
        return _on_all(minimized(network, loss, examples, optimizer.lower(), _count(epochs, "epochs"), validation, metrics, progress))
    gradient = BatchGradient(loss, _count(accumulate, "accumulate"), None if compute is None else np.dtype(compute), seed)
    settings = Settings(named_optimizer(optimizer), gradient, _count(epochs, "epochs"), _count(batch_size, "batch_size"), schedule or (lambda t: 1.0),
                        _limit(clip_value, "clip_value"), _limit(clip_norm, "clip_norm"), _scale(loss_scale, compute), validation, metrics or {},
                        _stopping(early_stopping), monitor, callback, seed, shuffle, progress, save_to)
    state, message = run(settings, _beginning(network, settings, resume), examples)
    return Fit(state.network if state.best is None else state.best, state.history, state, message)


def _trainable(network: Any) -> Any:
    """The network with parameters that are arrays of floats."""
    network = as_module(network)
    if not flatten(network)[0]:
        raise ValueError("fit: the network has no parameters")
    for name, p in parameters(network).items():
        if np.iscomplexobj(p):
            raise TypeError(f"fit: the parameter {name} is complex. Keep its real and imaginary parts as parameters, or use dualrev.optimize.minimize.")
    return tree_map(lambda p: p if getattr(p, "dtype", np.dtype(int)).kind == "f" else np.asarray(p, float)[()], network)


def _on_all(found: tuple[Any, History, str]) -> Fit:
    network, history, message = found
    return Fit(network, history, TrainingState(network, epoch=len(history["epoch"]), history=history), message)


def _limit(most: float | None, name: str) -> float | None:
    if most is not None and not most > 0:
        raise ValueError(f"fit: {name} must be positive, got {most}")
    return None if most is None else float(most)


def _scale(given: float | str | LossScale | None, compute: Any) -> LossScale | None:
    return as_scale("dynamic" if given is None and compute is not None and np.dtype(compute) == np.float16 else given)


def _stopping(given: EarlyStopping | int | None) -> EarlyStopping | None:
    return given if given is None or isinstance(given, EarlyStopping) else EarlyStopping(_count(given, "early_stopping"))


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
