"""What every module is: an immutable container of parameters that can be called."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...core.tracer import Tracer

__all__ = ["Module", "generator", "normal", "static"]


class Module:
    """A function of arrays together with its parameters, which are the fields of a frozen dataclass.

    A module is a container like a dict: ``dr.grad`` takes one and returns its gradient in the same form, ``module.W`` and all. Configuration such as a stride is a
    static field: it stays what it is. To write one of your own, derive a frozen dataclass and give it ``__call__(self, z, rng=None)``; ``rng`` is a random
    generator while a network is trained, and None otherwise.

    Examples
    --------
    >>> import dataclasses, numpy as np, dualrev as dr
    >>> @dataclasses.dataclass(frozen=True, eq=False)
    ... class Scale(dr.nn.Module):
    ...     factor: object
    ...     def __call__(self, z, rng=None):
    ...         return self.factor * z
    >>> dr.grad(lambda m, z: np.sum(m(z)))(Scale(2.0), np.array([1.0, 3.0])).factor
    4.0
    """

    indices = False
    """Whether the input is an array of indices, which has no derivative."""

    def __call__(self, z: Any, rng: Any = None) -> Any:
        """Evaluate the function at z."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, z, rng=None)")

    def __repr__(self) -> str:
        parts = [f"{field.name}={_shown(getattr(self, field.name))}" for field in dataclasses.fields(self) if getattr(self, field.name) is not None]  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(parts)})"


def _shown(x: Any) -> str:
    if isinstance(x, (np.ndarray, Tracer)):
        return f"{x.dtype}[{', '.join(map(str, x.shape))}]"
    return getattr(x, "__name__", None) or repr(x)


def static(default: Any = dataclasses.MISSING) -> Any:
    """A dataclass field that is configuration and not differentiated."""
    return dataclasses.field(default=default, metadata={"static": True})


def generator(rng: Any) -> Any:
    """A random generator, from a seed or as it is."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)


def normal(rng: Any, shape: tuple[int, ...], inputs: int, gain: float, dtype: Any) -> Any:
    """Weights of variance gain**2 / inputs, so that a unit's sum over its inputs has variance gain**2."""
    return (generator(rng).standard_normal(shape) * (gain / np.sqrt(inputs))).astype(dtype)
