"""Modules made of modules: one after the other, and around a shortcut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.errors import at_line
from ...transforms.checkpoint import checkpoint
from .activations import Function
from .module import Module, static

__all__ = ["Residual", "Sequential", "as_module"]


def as_module(function: Any) -> Module:
    """A module as it is; a plain function as a module without parameters.

    Raises
    ------
    TypeError
        If it cannot be called, or is the class of a module.
    """
    if isinstance(function, Module):
        return function
    if isinstance(function, type) and issubclass(function, Module):
        raise TypeError(f"{function.__name__} is the class of a module{at_line()}. Make a module of it, as in {function.__name__}() or {function.__name__}.create(...).")
    if not callable(function):
        raise TypeError(f"a module or a function is needed, not a {type(function).__name__}{at_line()}")
    return Function(function)


@dataclass(frozen=True, eq=False, repr=False)
class Sequential(Module):
    """Modules one after the other.

    Parameters
    ----------
    layers : sequence of modules or functions
    checkpoint_every : int, optional
        Keep only every k-th layer's input for the backward pass, and compute the others again there: with k = sqrt(n), n layers need the memory of about
        2 sqrt(n), for the time of one more forward pass.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> network = dr.nn.Sequential([dr.nn.Linear.create(2, 8, rng=0), np.tanh, dr.nn.Linear.create(8, 1, rng=1)])
    >>> network(np.zeros((5, 2))).shape, len(network.layers)
    ((5, 1), 3)
    """

    layers: Any
    checkpoint_every: int | None = static(None)

    def __post_init__(self) -> None:
        if isinstance(self.layers, Module) or not isinstance(self.layers, (list, tuple)):
            raise TypeError(f"Sequential: give its layers as a list, not a {type(self.layers).__name__}{at_line()}")
        k = self.checkpoint_every
        if k is not None and (isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1):
            raise ValueError(f"Sequential: checkpoint_every must be a positive integer or None, got {k!r}{at_line()}")
        object.__setattr__(self, "layers", tuple(as_module(layer) for layer in self.layers))

    @property
    def indices(self) -> bool:  # type: ignore[override]
        """Whether the first layer takes indices."""
        return bool(self.layers) and self.layers[0].indices

    def __call__(self, z: Any, rng: Any = None) -> Any:
        if rng is not None and not isinstance(rng, np.random.Generator):
            raise TypeError(f"Sequential: rng must be a numpy.random.Generator, got {type(rng).__name__}{at_line()}. Use np.random.default_rng(seed).")
        seeds = [None] * len(self.layers) if rng is None else [int(k) for k in rng.integers(2**63, size=len(self.layers))]
        if self.checkpoint_every is None:
            return _through(self.layers, z, seeds)
        k = self.checkpoint_every
        for start in range(0, len(self.layers), k):
            z = checkpoint(_through)(self.layers[start:start + k], z, seeds[start:start + k])
        return z

    def __iter__(self) -> Any:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, i: Any) -> Any:
        return Sequential(self.layers[i], self.checkpoint_every) if isinstance(i, slice) else self.layers[i]


def _through(layers: Any, z: Any, seeds: Any) -> Any:
    """Apply modules in turn, each with random numbers of its own that are the same when it runs again."""
    for layer, seed in zip(layers, seeds, strict=True):
        z = layer(z) if seed is None else layer(z, rng=np.random.default_rng(seed))
    return z


@dataclass(frozen=True, eq=False, repr=False)
class Residual(Module):
    """z + inner(z).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.Residual(np.square)(np.array([1.0, 2.0]))
    array([2., 6.])
    """

    inner: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "inner", as_module(self.inner))

    def __call__(self, z: Any, rng: Any = None) -> Any:
        y = self.inner(z, rng=rng)
        if np.shape(y) != np.shape(z):
            raise ValueError(f"Residual: the inner module makes shape {np.shape(y)} of {np.shape(z)}{at_line()}. Give it a result of the input's shape.")
        return z + y
