"""First-order optimizers: how a step follows from a gradient and from what the optimizer remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSProp", "named_optimizer"]

Arrays = list[Any]
Memory = dict[str, Arrays]


@dataclass(frozen=True)
class Optimizer:
    """What every optimizer has: a rate, and a step. To write one of your own, derive a frozen dataclass and define `start` and `step`."""

    rate: float

    def start(self, parameters: Arrays) -> Memory:
        """What is remembered before the first step: name -> an array for each parameter."""
        return {}

    def step(self, parameters: Arrays, gradients: Arrays, memory: Memory, rate: float, t: int) -> tuple[Arrays, Memory]:
        """New parameters and a new memory; ``rate`` is that of step t = 1, 2, ... as the schedule has it. Nothing is written to."""
        raise NotImplementedError(f"{type(self).__name__} has no step")


def _zeros(parameters: Arrays) -> Arrays:
    return [np.zeros_like(p) for p in parameters]


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent with momentum: m <- momentum m + g, p <- p - rate m; Nesterov's form steps along g + momentum m.

    Parameters
    ----------
    rate : float
    momentum : float
        In [0, 1).
    nesterov : bool
        Look ahead along the momentum.
    weight_decay : float
        Adds ``weight_decay * p`` to the gradient.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> method = dr.nn.SGD(0.1, momentum=0.9)
    >>> p = [np.array([1.0])]
    >>> p, memory = method.step(p, [np.array([2.0])], method.start(p), method.rate, 1)
    >>> p, memory
    ([array([0.8])], {'momentum': [array([2.])]})

    References
    ----------
    B. T. Polyak, USSR Comput. Math. Math. Phys. 4 (1964); I. Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013.
    """

    rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.momentum < 1:
            raise ValueError(f"SGD: momentum must be in [0, 1), got {self.momentum}")
        if self.nesterov and not self.momentum:
            raise ValueError("SGD: Nesterov's form needs a momentum above 0")

    def start(self, parameters: Arrays) -> Memory:
        """No momentum."""
        return {"momentum": _zeros(parameters)} if self.momentum else {}

    def step(self, parameters: Arrays, gradients: Arrays, memory: Memory, rate: float, t: int) -> tuple[Arrays, Memory]:
        """One step."""
        if self.weight_decay:
            gradients = [g + self.weight_decay * p for g, p in zip(gradients, parameters, strict=True)]
        if not self.momentum:
            return [p - rate * g for p, g in zip(parameters, gradients, strict=True)], memory
        m = [self.momentum * m + g for m, g in zip(memory["momentum"], gradients, strict=True)]
        way = [g + self.momentum * k for g, k in zip(gradients, m, strict=True)] if self.nesterov else m
        return [p - rate * w for p, w in zip(parameters, way, strict=True)], {"momentum": m}


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Steps divided by a running root mean square of the gradient: v <- decay v + (1 - decay) g**2, p <- p - rate g / (sqrt(v) + eps).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> method = dr.nn.RMSProp(0.1, decay=0.0, eps=0.0)
    >>> method.step([np.array([1.0])], [np.array([-5.0])], method.start([np.array([1.0])]), method.rate, 1)[0]
    [array([1.1])]

    References
    ----------
    T. Tieleman, G. Hinton, Lecture 6.5, Neural networks for machine learning (2012).
    """

    rate: float = 1e-3
    decay: float = 0.9
    eps: float = 1e-8

    def start(self, parameters: Arrays) -> Memory:
        """No squares."""
        return {"square": _zeros(parameters)}

    def step(self, parameters: Arrays, gradients: Arrays, memory: Memory, rate: float, t: int) -> tuple[Arrays, Memory]:
        """One step."""
        square = [self.decay * v + (1 - self.decay) * g * g for v, g in zip(memory["square"], gradients, strict=True)]
        return [p - rate * g / (np.sqrt(v) + self.eps) for p, g, v in zip(parameters, gradients, square, strict=True)], {"square": square}


@dataclass(frozen=True)
class Adam(Optimizer):
    """Running means of the gradient and of its square, freed from their start at zero: p <- p - rate m' / (sqrt(v') + eps).

    Parameters
    ----------
    rate : float
    beta1, beta2 : float
        m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g**2; m' = m / (1 - beta1**t), v' = v / (1 - beta2**t).
    eps : float

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> method = dr.nn.Adam(0.1, eps=0.0)
    >>> method.step([np.array([1.0])], [np.array([1e-9])], method.start([np.array([1.0])]), method.rate, 1)[0]
    [array([0.9])]

    References
    ----------
    D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015.
    """

    rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    decoupled = False

    def start(self, parameters: Arrays) -> Memory:
        """Nothing seen."""
        return {"mean": _zeros(parameters), "square": _zeros(parameters)}

    def step(self, parameters: Arrays, gradients: Arrays, memory: Memory, rate: float, t: int) -> tuple[Arrays, Memory]:
        """One step."""
        if self.weight_decay and not self.decoupled:
            gradients = [g + self.weight_decay * p for g, p in zip(gradients, parameters, strict=True)]
        mean = [self.beta1 * m + (1 - self.beta1) * g for m, g in zip(memory["mean"], gradients, strict=True)]
        square = [self.beta2 * v + (1 - self.beta2) * g * g for v, g in zip(memory["square"], gradients, strict=True)]
        first, second = 1 - self.beta1**t, 1 - self.beta2**t
        shrunk = [p * (1 - rate * self.weight_decay) for p in parameters] if self.weight_decay and self.decoupled else parameters
        moved = [p - rate * (m / first) / (np.sqrt(v / second) + self.eps) for p, m, v in zip(shrunk, mean, square, strict=True)]
        return moved, {"mean": mean, "square": square}


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam whose weight decay acts on the parameters directly, p <- (1 - rate weight_decay) p - ..., and not through the gradient.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> method = dr.nn.AdamW(0.1, weight_decay=0.5)
    >>> method.step([np.array([1.0])], [np.array([0.0])], method.start([np.array([1.0])]), method.rate, 1)[0]
    [array([0.95])]

    References
    ----------
    I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019.
    """

    weight_decay: float = 0.01
    decoupled = True


_BY_NAME = {"sgd": SGD(), "momentum": SGD(momentum=0.9), "nesterov": SGD(momentum=0.9, nesterov=True), "rmsprop": RMSProp(), "adam": Adam(), "adamw": AdamW()}


def named_optimizer(given: Any) -> Optimizer:
    """An optimizer as it is, or by its name with its usual settings.

    Raises
    ------
    ValueError
        If there is none of that name.
    TypeError
        If it is neither.
    """
    if isinstance(given, Optimizer):
        if not given.rate > 0:
            raise ValueError(f"the optimizer's rate must be positive, got {given.rate}")
        return given
    if not isinstance(given, str):
        raise TypeError(f"the optimizer must be a name or an Optimizer such as dualrev.nn.Adam(1e-3), got {given!r}")
    if given.lower() not in _BY_NAME:
        raise ValueError(f"there is no optimizer {given!r}; there are {', '.join(_BY_NAME)}, and on all data at once l-bfgs and newton-cg")
    return _BY_NAME[given.lower()]
