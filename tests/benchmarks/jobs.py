"""The jobs that are measured: each program is written once, over the namespace `xp` of whichever library runs it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["JOBS", "Job", "Target"]


@dataclass(frozen=True)
class Target:
    """At most ``factor`` times what ``against`` needs: "np", the name of a library, or "seconds"."""

    factor: float
    against: str
    due: bool = True

    def __str__(self) -> str:
        if self.against == "seconds":
            return f"<= {self.factor * 1e3:g} ms"
        return f"<= 1/{1 / self.factor:g} {self.against}" if self.factor < 1 else f"<= {self.factor:g} x {self.against}"


@dataclass(frozen=True)
class Job:
    """A derivative to take.

    Parameters
    ----------
    name : str
        What ``--only`` selects by.
    kind : str
        grad, hvp, jacobian, hessian or sparse hessian; with ", first" the search for its pattern is timed too.
    program : callable
        ``program(xp, x, *constants)``, differentiated in x.
    inputs : callable
        ``inputs(rng, size)`` returns (x, *constants) as NumPy arrays, Python numbers or containers of these.
    size : int
        The size that is measured.
    small : int
        A size at which differences can check the derivative.
    target : Target
        The eager target.
    without : dict
        Libraries left out, each with the reason.
    """

    name: str
    kind: str
    program: Callable[..., Any]
    inputs: Callable[..., Any]
    size: int
    small: int
    target: Target
    without: dict[str, str] = field(default_factory=dict)

    def function(self, xp: Any) -> Callable[..., Any]:
        """Return the program on one library's namespace."""
        return functools.partial(self.program, xp)

    def arguments(self, size: int | None = None) -> Any:
        """Make the arguments, the same for every library."""
        return self.inputs(np.random.default_rng(0), self.size if size is None else size)


def sines(xp: Any, x: Any) -> Any:
    """The smallest array program: three operations and a sum."""
    return xp.sum(xp.sin(x) * x**2)


def rosenbrock(xp: Any, x: Any) -> Any:
    """Rosenbrock's function in slices, as SciPy writes it."""
    return xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def chain(xp: Any, x: Any) -> Any:
    """Four transcendental functions in a row."""
    return xp.sum(xp.log1p(xp.tanh(xp.sin(xp.exp(x)))))


def scalar_loop(xp: Any, x: Any) -> Any:
    """99 steps of one sine and three operators on a NumPy scalar (float64)."""
    y = x
    for _ in range(99):
        y = y + 0.1 * xp.sin(x - y)
    return y


def van_der_pol(u: Any) -> Any:
    """The right-hand side of Van der Pol's equation."""
    return [u[1], 1.5 * (1.0 - u[0] * u[0]) * u[1] - u[0]]


def runge_kutta(xp: Any, start: Any) -> Any:
    """100 classical Runge-Kutta steps on Python numbers in lists."""
    u, h = start, 0.05
    for _ in range(100):
        k1 = van_der_pol(u)
        k2 = van_der_pol([a + 0.5 * h * k for a, k in zip(u, k1, strict=True)])
        k3 = van_der_pol([a + 0.5 * h * k for a, k in zip(u, k2, strict=True)])
        k4 = van_der_pol([a + h * k for a, k in zip(u, k3, strict=True)])
        u = [a + h / 6.0 * (p + 2.0 * q + 2.0 * r + s) for a, p, q, r, s in zip(u, k1, k2, k3, k4, strict=True)]
    return u[0] * u[1]


def perceptron(xp: Any, params: Any, inputs: Any, labels: Any) -> Any:
    """Cross entropy of a tanh network; ``params`` is a list of dicts, ``labels`` are one-hot rows."""
    h = inputs
    for layer in params[:-1]:
        h = xp.tanh(h @ layer["W"] + layer["b"])
    z = h @ params[-1]["W"] + params[-1]["b"]
    z = z - xp.amax(z, axis=1, keepdims=True)
    return -xp.sum(labels * (z - xp.log(xp.sum(xp.exp(z), axis=1, keepdims=True)))) / len(inputs)


def perceptron_inputs(rng: Any, size: int) -> Any:
    """Weights of a size-256-128-10 network (narrower below 784), 128 inputs and their labels."""
    batch = 128 if size == 784 else 4
    widths = [784, 256, 128, 10] if size == 784 else [size, 5, 4, 3]
    params = [{"W": rng.normal(size=(m, n)) / np.sqrt(m), "b": np.zeros(n)} for m, n in zip(widths, widths[1:], strict=False)]
    return params, rng.normal(size=(batch, widths[0])), np.eye(widths[-1])[rng.integers(0, widths[-1], batch)]


def logistic(xp: Any, w: Any, inputs: Any, signs: Any) -> Any:
    """Loss of logistic regression with labels 1 and -1."""
    return xp.mean(xp.log1p(xp.exp(-signs * (inputs @ w))))


def tanh_layers(xp: Any, x: Any, weights: Any) -> Any:
    """Five layers tanh(W x) of the same matrix."""
    for _ in range(5):
        x = xp.tanh(weights @ x)
    return x


def convolution(xp: Any, params: Any) -> Any:
    """Half the sum of squares of images convolved with filters, each library by its own convolution; both are differentiated."""
    images, filters = params
    name = xp.__name__.partition(".")[0]
    if name == "torch":
        y = xp.nn.functional.conv2d(images, filters)
    elif name == "jax":
        from jax import lax

        y = lax.conv(images, filters, (1, 1), "VALID")
    elif name == "autograd":
        from autograd.scipy.signal import convolve

        y = convolve(images, filters[:, :, ::-1, ::-1], axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
    else:
        from dualrev.nn.functional import conv2d

        y = conv2d(images, filters)
    return 0.5 * xp.sum(y * y)


def convolution_inputs(rng: Any, size: int) -> Any:
    """32 images of 3 x size x size (2 of them below 32) and 16 filters of 3 x 3."""
    return ([rng.normal(size=(32 if size == 32 else 2, 3, size, size)), rng.normal(size=(16, 3, 3, 3))],)


_vector = lambda rng, n: (rng.uniform(0.2, 0.9, n),)  # noqa: E731
_layers = lambda rng, n: (rng.normal(size=n), rng.normal(size=(n, n)) / np.sqrt(n))  # noqa: E731
_dense = dict.fromkeys(("autograd", "jax", "torch"), "it makes the dense matrix, of 800 MB")
_unrolled = {"jax": "minutes to unroll and compile"}

JOBS = [
    Job("3-vector", "grad", sines, _vector, 3, 3, Target(1 / 5, "autograd")),
    Job("Rosenbrock 100", "grad", rosenbrock, _vector, 100, 5, Target(1 / 5, "autograd")),
    Job("Rosenbrock 1e6", "grad", rosenbrock, _vector, 10**6, 6, Target(4, "np")),
    Job("chain 1e6", "grad", chain, _vector, 10**6, 6, Target(2.5, "np")),
    Job("scalar loop", "grad", scalar_loop, lambda rng, n: (np.float64(0.7),), 1, 1, Target(1 / 20, "autograd")),
    Job("RK4", "grad", runge_kutta, lambda rng, n: ([1.2, -0.4],), 2, 2, Target(1 / 20, "autograd"), _unrolled),
    Job("MLP", "grad", perceptron, perceptron_inputs, 784, 6, Target(3, "np")),
    Job("convolution", "grad", convolution, convolution_inputs, 32, 5, Target(5, "np")),
    Job("logistic", "grad", logistic, lambda rng, n: (rng.normal(size=50), rng.normal(size=(n, 50)), rng.choice([-1.0, 1.0], n)), 10**5, 7, Target(2.5, "np")),
    Job("hvp Rosenbrock 1e5", "hvp", rosenbrock, _vector, 10**5, 6, Target(1 / 5, "autograd")),
    Job("Rosenbrock 1e4", "hvp operator", rosenbrock, _vector, 10**4, 6, Target(1, "autograd")),
    Job("Jacobian tanh", "jacobian", tanh_layers, _layers, 100, 4, Target(2e-3, "seconds")),
    Job("Hessian Rosenbrock 100", "hessian", rosenbrock, _vector, 100, 5, Target(2.3e-3, "seconds")),
    Job("Rosenbrock 1e4", "sparse hessian, first", rosenbrock, _vector, 10**4, 6, Target(50e-3, "seconds"), _dense),
    Job("Rosenbrock 1e4", "sparse hessian", rosenbrock, _vector, 10**4, 6, Target(10e-3, "seconds"), _dense),
]
