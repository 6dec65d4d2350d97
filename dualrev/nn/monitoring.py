"""Watching the layers of a network: sizes of activations and gradients, dead units, and warnings that name the layer."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .backpropagation import backpropagation
from .functional import relu
from .modules import Function, ReLU, Sequential, as_module
from .naming import parameters

__all__ = ["LayerReport", "Monitor", "NetworkReport", "NetworkWarning", "inspect"]


class NetworkWarning(UserWarning):
    """A gradient vanishes or explodes, a value is not finite, or units are dead."""


@dataclass(frozen=True)
class LayerReport:
    """One layer at one batch.

    Parameters
    ----------
    name, kind : str
        Such as ``layers[2]`` and ``Linear``.
    activation : float
        Root mean square of its result.
    gradient : float or None
        Root mean square of the gradient of the loss at its input; None where that holds indices.
    parameters : float
        Norm of the gradient in its parameters.
    dead : float or None
        Of a ReLU, the share of units that are zero for every example of the batch: they get no gradient.
    """

    name: str
    kind: str
    activation: float
    gradient: float | None
    parameters: float
    dead: float | None


@dataclass(frozen=True)
class NetworkReport:
    """What `inspect` found; it prints as a table with the warnings below."""

    loss: float
    output_gradient: float
    layers: tuple[LayerReport, ...]
    vanishing: float = 1e-4
    exploding: float = 1e3
    dead: float = 0.5

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what is wrong, each naming the layer where it begins."""
        found = []
        bad = next((layer for layer in self.layers if not np.isfinite(layer.activation)), None)
        if bad is not None:
            found.append(f"{bad.name} ({bad.kind}) gives values that are not finite.")
        for layer in reversed(self.layers):
            if layer.gradient is None:
                continue
            ratio = layer.gradient / self.output_gradient if self.output_gradient else 1.0
            if not np.isfinite(ratio):
                found.append(f"The gradient at the input of {layer.name} ({layer.kind}) is not finite.")
                break
            if ratio > self.exploding:
                found.append(f"The gradient explodes: at the input of {layer.name} ({layer.kind}) it is {ratio:.1e} times that of the network's result.")
                break
            if ratio < self.vanishing:
                found.append(f"The gradient vanishes: at the input of {layer.name} ({layer.kind}) it is {ratio:.1e} times that of the network's result.")
                break
        found += [f"{layer.dead:.0%} of the units of {layer.name} ({layer.kind}) are dead: zero for every example." for layer in self.layers
                  if layer.dead is not None and layer.dead > self.dead]
        return tuple(found)

    def __str__(self) -> str:
        width = max([len(f"{layer.name} {layer.kind}") for layer in self.layers] + [5])
        lines = [f"{'layer':{width}}  activation    gradient  parameters   dead"]
        for layer in self.layers:
            dead = "" if layer.dead is None else f"{layer.dead:.0%}"
            slope = "" if layer.gradient is None else f"{layer.gradient:.3g}"
            lines.append(f"{f'{layer.name} {layer.kind}':{width}}  {layer.activation:10.3g}  {slope:>10}  {layer.parameters:10.3g}  {dead:>5}")
        return "\n".join([*lines, f"{'result':{width}}  {'':10}  {self.output_gradient:10.3g}   loss {self.loss:.4g}", *self.warnings])


def inspect(network: Any, loss: Callable[..., Any], x: Any, y: Any, *, vanishing: float = 1e-4, exploding: float = 1e3, dead: float = 0.5) -> NetworkReport:
    """Look at every layer of a network at one batch: how large its result is, and the gradient at its input and in its parameters.

    Parameters
    ----------
    network : Sequential, module or function
    loss : callable
        ``loss(network(x), y)`` is a real number.
    x, y : array
        A batch.
    vanishing, exploding : float
        Below and above which ratio of the gradient at a layer's input to that at the network's result to warn.
    dead : float
        Above which share of dead units to warn.

    Returns
    -------
    NetworkReport
        ``layers``, ``warnings``; it prints as a table.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> deep = dr.nn.Sequential([layer for k in range(12) for layer in (dr.nn.Linear.create(8, 8, rng=k), dr.nn.Sigmoid())])
    >>> report = dr.nn.inspect(deep, dr.nn.mean_squared_error, np.ones((4, 8)), np.zeros((4, 8)))
    >>> report.warnings[0][:52]
    'The gradient vanishes: at the input of layers[13] (S'
    """
    found = backpropagation(network, loss, x, y)
    module = as_module(network)
    chain = isinstance(module, Sequential)
    layers, gradients = (list(module), list(found.gradient)) if isinstance(module, Sequential) else ([module], [found.gradient])
    reports = []
    for i, (layer, gradient) in enumerate(zip(layers, gradients, strict=True)):
        norms = [float(np.linalg.norm(np.asarray(g, float))) for g in parameters(gradient).values()]
        kind = layer.function.__name__ if isinstance(layer, Function) else type(layer).__name__
        reports.append(LayerReport(f"layers[{i}]" if chain else "network", kind, _rms(found.u[i + 1]), None if found.du[i] is None else _rms(found.du[i]),
                                   float(np.linalg.norm(norms)), _dead(layer, found.u[i + 1])))
    return NetworkReport(float(found.loss), _rms(found.du[-1]), tuple(reports), vanishing, exploding, dead)


def _rms(x: Any) -> float:
    return float(np.sqrt(np.mean(np.square(np.asarray(x, float)))))


def _dead(layer: Any, y: Any) -> float | None:
    if not isinstance(layer, ReLU) and not (isinstance(layer, Function) and layer.function is relu):
        return None
    return float(np.mean(np.all(np.asarray(y) == 0, axis=0)))


@dataclass
class Monitor:
    """Inspects the layers while `fit` runs, at the last batch of every few epochs, and warns once of each trouble.

    Parameters
    ----------
    every : int
        Epochs between looks.
    vanishing, exploding, dead : float
        As for `inspect`.

    Attributes
    ----------
    reports : dict
        Epoch -> NetworkReport.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> monitor = dr.nn.Monitor()
    >>> found = dr.nn.fit(dr.nn.Linear.create(2, 1, rng=0), dr.nn.mean_squared_error, (np.ones((4, 2)), np.ones((4, 1))), epochs=2, monitor=monitor)
    >>> list(monitor.reports)
    [1, 2]
    """

    every: int = 1
    vanishing: float = 1e-4
    exploding: float = 1e3
    dead: float = 0.5
    reports: dict[int, NetworkReport] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set, repr=False)

    def see(self, network: Any, loss: Callable[..., Any], x: Any, y: Any, epoch: int) -> None:
        """Inspect the network after an epoch."""
        if epoch % self.every:
            return
        report = self.reports[epoch] = inspect(network, loss, x, y, vanishing=self.vanishing, exploding=self.exploding, dead=self.dead)
        for sentence in report.warnings:
            kind = sentence.partition(":")[0] if ":" in sentence else sentence
            if kind not in self._said:
                self._said.add(kind)
                warnings.warn(f"epoch {epoch}: {sentence}", NetworkWarning, stacklevel=2)

    def __str__(self) -> str:
        return "\n\n".join(f"epoch {epoch}\n{report}" for epoch, report in self.reports.items())

    def draw(self, path: str | Path) -> None:
        """Save a picture: activations, gradients and dead units of each layer over the epochs. Needs matplotlib.

        Raises
        ------
        ValueError
            If nothing has been seen yet.
        """
        from .drawing import draw_reports

        draw_reports(self.reports, path)
