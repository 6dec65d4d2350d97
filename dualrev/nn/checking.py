"""`check_network`: the gradient in every parameter against differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.tree import flatten, unflatten
from ..transforms.reversemode import grad
from .naming import names_of

__all__ = ["NetworkCheck", "ParameterCheck", "check_network"]


@dataclass(frozen=True)
class ParameterCheck:
    """One parameter: its name, |a - b| / |a + b| of backpropagation a and differences b, and the entry where they differ most."""

    name: str
    error: float
    entry: tuple[int, ...]
    backpropagated: float
    difference: float


@dataclass(frozen=True)
class NetworkCheck:
    """What `check_network` found; it prints as a table."""

    parameters: tuple[ParameterCheck, ...]

    @property
    def worst(self) -> ParameterCheck:
        """The parameter with the largest error."""
        return max(self.parameters, key=lambda check: check.error)

    def __repr__(self) -> str:
        width = max(len(check.name) for check in self.parameters)
        return "\n".join(f"{c.name:{width}}  {c.error:.1e}   worst entry {list(c.entry)}: {c.backpropagated:.9g} by backpropagation, {c.difference:.9g} by differences"
                         for c in self.parameters)


def check_network(network: Any, loss: Callable[..., Any], x: Any, y: Any, *, eps: float = 1e-6, rng_seed: int | None = None) -> NetworkCheck:
    """Compare the gradient of a network's loss in every parameter with central differences, as |a - b| / |a + b|.

    Parameters
    ----------
    network : module
    loss : callable
        ``loss(network(x), y)`` is a real number.
    x, y : array
        Input and target. The loss is evaluated twice for each entry of each parameter, so take a small batch.
    eps : float
        The step. Differences are taken in float64, whatever the network's precision.
    rng_seed : int, optional
        The seed of a generator for modules that draw random numbers, the same in each evaluation.

    Returns
    -------
    NetworkCheck
        For every parameter its name, the error, and the worst entry with both derivatives. Errors of 1e-7 and below are agreement; of 1e-3 and above, a wrong
        derivative or a kink within the step.

    Raises
    ------
    ValueError
        If eps is not positive, or the network has no parameters.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> network = dr.nn.Sequential([dr.nn.Linear.create(2, 3, rng=0), np.tanh, dr.nn.Linear.create(3, 1, rng=1)])
    >>> report = dr.nn.check_network(network, dr.nn.mean_squared_error, np.ones((4, 2)), np.zeros((4, 1)))
    >>> [check.name for check in report.parameters], report.worst.error < 1e-7
    (['layers[0].W', 'layers[0].b', 'layers[2].W', 'layers[2].b'], True)
    """
    if not eps > 0:
        raise ValueError(f"check_network: eps must be positive, got {eps}")
    leaves, structure = flatten(network)
    if not leaves:
        raise ValueError("check_network: the network has no parameters")

    def value(net: Any) -> Any:
        return loss(net(x) if rng_seed is None else net(x, rng=np.random.default_rng(rng_seed)), y)

    gradients = flatten(grad(value)(network))[0]
    wide = [np.array(leaf, np.result_type(leaf, np.float64)) for leaf in leaves]
    found = []
    for name, k in zip(names_of(structure), range(len(wide)), strict=True):
        differences = np.zeros(wide[k].shape)
        for entry in np.ndindex(wide[k].shape):
            ends = []
            for step in (eps, -eps):
                moved = wide[k].copy()
                moved[entry] += step
                ends.append(float(value(unflatten(structure, [*wide[:k], moved, *wide[k + 1:]]))))
            differences[entry] = (ends[0] - ends[1]) / (2 * eps)
        found.append(_compared(name, np.asarray(gradients[k]), differences))
    return NetworkCheck(tuple(found))


def _compared(name: str, a: Any, b: Any) -> ParameterCheck:
    size = float(np.linalg.norm(a + b))
    gap = float(np.linalg.norm(a - b))
    error = gap / size if size else (0.0 if gap == 0 else np.inf)
    apart = np.where(np.isnan(a - b), np.inf, np.abs(a - b))
    entry = np.unravel_index(int(np.argmax(apart)), apart.shape) if apart.size else ()
    return ParameterCheck(name, error if not np.isnan(error) else np.inf, tuple(int(i) for i in entry), float(a[entry]), float(b[entry]))
