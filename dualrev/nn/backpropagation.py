"""Backpropagation, module by module: everything that the algorithm computes, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..transforms.reversemode import value_and_grad, vjp
from .modules import Module, Sequential, as_module
from .naming import parameters

__all__ = ["Backpropagation", "backpropagation"]


@dataclass(frozen=True, eq=False)
class Backpropagation:
    """What `backpropagation` found.

    Parameters
    ----------
    loss : float
    u : list of arrays
        ``u[i]`` is the input of module i, and the last one the network's result.
    du : list of arrays
        The gradient of the loss at each ``u[i]``; None where an input holds indices.
    gradient : module
        The gradient in the parameters, in the form of the network.
    """

    loss: Any
    u: list[Any]
    du: list[Any]
    gradient: Any

    @property
    def parameters(self) -> dict[str, Any]:
        """The gradient in each parameter, by name."""
        return parameters(self.gradient)


def backpropagation(network: Any, loss: Callable[..., Any], x: Any, y: Any, *, rng: Any = None) -> Backpropagation:
    """The loss of a network at an example or a batch, and its gradient at every module's input and in every parameter.

    Forwards, u[0] = x and u[i+1] = g[i](u[i]), and the loss of u[n]. Backwards, du[n] is the gradient of the loss, du[i] = B[g[i], u[i]](du[i+1]), and each
    module's parameters get B[g[i], W](du[i+1]). What a module needs for its backward function is freed as soon as that has been called. Where only the
    gradient in the parameters is wanted, ``dr.grad`` gives the same.

    Parameters
    ----------
    network : Sequential, module or function
        The modules are the layers of a `Sequential`; anything else is one module.
    loss : callable
        ``loss(result, y)`` is a real number.
    x, y : array
        Input and target.
    rng : numpy.random.Generator, optional
        For modules that draw random numbers.

    Returns
    -------
    Backpropagation

    Raises
    ------
    TypeError, ValueError
        If the loss is not a real number, or a module does not take what the one before it gives.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> network = dr.nn.Sequential([dr.nn.Linear(np.array([[2.0]]), np.zeros(1)), np.square])
    >>> found = dr.nn.backpropagation(network, lambda a, y: 0.5 * np.sum((a - y) ** 2), np.array([3.0]), np.array([30.0]))
    >>> float(found.loss), [float(du[0]) for du in found.du], found.parameters["layers[0].W"]
    (18.0, [144.0, 72.0, 6.0], array([[216.]]))

    References
    ----------
    D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning representations by back-propagating errors, Nature 323 (1986).
    """
    whole = as_module(network)
    modules: list[Module] = list(whole.layers) if isinstance(whole, Sequential) else [whole]
    u, pullbacks = [x], []
    for g in modules:
        value, pullback = _recorded(g, u[-1], rng)
        u.append(value)
        pullbacks.append(pullback)
    if isinstance(loss, type) or not callable(loss):
        raise TypeError(f"backpropagation: the loss must be a function of the network's result and the target, got {loss!r}")
    value, slope = value_and_grad(lambda result: loss(result, y))(u[-1])
    du = [slope]
    gradients: list[Any] = []
    for g in reversed(modules):
        found = pullbacks.pop()(du[0])
        gradients.insert(0, found[0])
        du.insert(0, None if g.indices else found[1])
    gradient = Sequential(tuple(gradients), whole.checkpoint_every) if isinstance(whole, Sequential) else gradients[0]
    return Backpropagation(value, u, du, gradient)


def _recorded(g: Module, z: Any, rng: Any) -> Any:
    if g.indices:
        return vjp(lambda g: g(z, rng=rng), g)
    return vjp(lambda g, z: g(z, rng=rng), g, z)

