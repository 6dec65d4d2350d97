"""All that a run needs to go on: parameters, what the optimizer remembers, counters; saved and loaded bit by bit."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...core.tree import flatten, unflatten
from ..naming import names_of, parameters, with_parameters
from .history import History

__all__ = ["TrainingState", "load", "save"]


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Where a run of `fit` stands, after whole epochs.

    Parameters
    ----------
    network : module
        With the master parameters.
    memory : dict
        What the optimizer remembers: name -> an array for each parameter.
    epoch, step : int
        Epochs and optimizer steps taken.
    scale, good, bad : float, int, int
        The loss scale, and the steps without and with overflow in a row.
    best : module, optional
        The network with the smallest monitored loss so far, where early stopping is on; with ``least``, that loss, and ``waited``, the epochs since.
    history : History
    """

    network: Any
    memory: dict[str, list[Any]] = field(default_factory=dict)
    epoch: int = 0
    step: int = 0
    scale: float = 1.0
    good: int = 0
    bad: int = 0
    best: Any = None
    least: float = float("inf")
    waited: int = 0
    history: History = field(default_factory=History)

    def save(self, path: str | Path) -> None:
        """Write everything to an ``.npz`` file."""
        names = list(parameters(self.network))
        arrays = {f"parameter:{name}": value for name, value in parameters(self.network).items()}
        for slot, values in self.memory.items():
            arrays |= {f"memory:{slot}:{name}": value for name, value in zip(names, values, strict=True)}
        if self.best is not None:
            arrays |= {f"best:{name}": value for name, value in parameters(self.best).items()}
        counters = {name: getattr(self, name) for name in _COUNTERS} | {"history": dict(self.history), "slots": list(self.memory)}
        _write(path, {"counters": np.frombuffer(json.dumps(counters).encode(), np.uint8), **arrays})

    @staticmethod
    def load(path: str | Path, network: Any) -> TrainingState:
        """Read a file that `save` wrote, for a network of the same form.

        Raises
        ------
        ValueError
            If the file holds other parameters than the network has, or no state.
        """
        with np.load(path, allow_pickle=False) as found:
            if "counters" not in found:
                raise ValueError(f"{path} holds no training state; dualrev.nn.load reads parameters")
            counters = json.loads(bytes(found["counters"]).decode())
            names, structure = list(parameters(network)), flatten(network)[1]
            _require_names(path, {key.partition(":")[2] for key in found if key.startswith("parameter:")}, names)

            def module(kind: str) -> Any:
                return with_parameters(unflatten(structure, flatten(network)[0]), {name: _own(found[f"{kind}:{name}"]) for name in names})

            memory = {slot: [_own(found[f"memory:{slot}:{name}"]) for name in names] for slot in counters.pop("slots")}
            best = module("best") if any(key.startswith("best:") for key in found) else None
            history = History(counters.pop("history"))
            return TrainingState(module("parameter"), memory, best=best, history=history, **counters)


_COUNTERS = [f.name for f in dataclasses.fields(TrainingState) if f.name in ("epoch", "step", "scale", "good", "bad", "least", "waited")]


def _write(path: str | Path, arrays: dict[str, Any]) -> None:
    """Write a file under exactly that name, and only once it is complete: a run that is broken off leaves the one before."""
    part = Path(f"{path}.part")
    with part.open("wb") as file:
        np.savez(file, **arrays)
    part.replace(path)


def _own(x: Any) -> Any:
    return x[()] if not x.shape else x


def _require_names(path: Any, found: set[str], names: list[str]) -> None:
    if found != set(names):
        raise ValueError(f"{path} holds the parameters {', '.join(sorted(found)) or 'of no network'}; the network has {', '.join(names)}")


def save(path: str | Path, network: Any) -> None:
    """Write a network's parameters to an ``.npz`` file, by name.

    Parameters
    ----------
    path : str or Path
    network : module or container

    Examples
    --------
    >>> import numpy as np, dualrev as dr, tempfile, os
    >>> layer = dr.nn.Linear.create(2, 3, rng=0)
    >>> path = os.path.join(tempfile.mkdtemp(), "layer.npz")
    >>> dr.nn.save(path, layer)
    >>> bool(np.all(dr.nn.load(path, dr.nn.Linear.create(2, 3, rng=1)).W == layer.W))
    True
    """
    _write(path, {f"parameter:{name}": value for name, value in parameters(network).items()})


def load(path: str | Path, network: Any) -> Any:
    """A network with the parameters that `save` or `TrainingState.save` wrote.

    Parameters
    ----------
    path : str or Path
    network : module or container
        Of the same form; its own parameters do not matter.

    Returns
    -------
    module or container

    Raises
    ------
    ValueError
        If the file holds other parameters, or a shape differs.

    Examples
    --------
    See `save`.
    """
    with np.load(path, allow_pickle=False) as found:
        values = {key.partition(":")[2]: _own(found[key]) for key in found if key.startswith("parameter:")}
    _require_names(path, set(values), list(parameters(network)))
    return with_parameters(network, values)


def leaves_of(network: Any) -> tuple[list[Any], Any, list[str]]:
    """The parameters in order, the structure that puts them back, and their names."""
    leaves, structure = flatten(network)
    return leaves, structure, names_of(structure)
