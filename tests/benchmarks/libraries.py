"""One adapter for each library: how it takes a derivative, and how its numbers come and go. A library is imported when it is first asked for."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse

__all__ = ["LIBRARIES", "Library", "installed", "map_numbers"]


def map_numbers(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to the arrays and numbers in nested lists, tuples and dicts."""
    if isinstance(tree, dict):
        return {key: map_numbers(function, value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_numbers(function, value) for value in tree)
    return function(tree)


def numbers(tree: Any) -> list[Any]:
    """List the arrays and numbers of a container in order."""
    found: list[Any] = []
    map_numbers(found.append, tree)
    return found


class Library:
    """What the benchmark needs of a library.

    ``prepare(job, arguments, direction)`` returns a call without arguments that takes the derivative and has finished when it returns.
    """

    name = "library"
    module = ""

    def prepare(self, job: Any, arguments: Any, direction: Any) -> Callable[[], Any]:
        """Bind a job to its arguments; ``direction`` is the vector of a Hessian-vector product."""
        raise NotImplementedError

    def plain(self, result: Any) -> Any:
        """Bring a result back to NumPy."""
        return map_numbers(np.asarray, result)


class Plain(Library):
    """The function itself in NumPy, without derivative."""

    name, module = "np", "numpy"

    def prepare(self, job: Any, arguments: Any, direction: Any) -> Callable[[], Any]:
        f = job.function(np)
        return lambda: f(*arguments)


class Dualrev(Library):
    """This package."""

    name, module = "dualrev", "dualrev"

    def prepare(self, job: Any, arguments: Any, direction: Any) -> Callable[[], Any]:
        import dualrev as dr

        x, *constants = arguments
        if job.kind == "sparse hessian, first":
            return lambda: dr.hessian(job.function(np), sparse=True)(x, *constants)
        if job.kind == "hvp operator":
            operator = dr.hvp_operator(job.function(np), x)
            return lambda: operator @ direction
        derivative = dr.hessian(job.function(np), sparse=True) if job.kind == "sparse hessian" else getattr(dr, job.kind)(job.function(np))
        if job.kind == "hvp":
            return lambda: derivative(x, *constants, direction)
        return lambda: derivative(x, *constants)

    def plain(self, result: Any) -> Any:
        return map_numbers(lambda a: a.data if issparse(a) else np.asarray(a), result)


class Autograd(Library):
    """HIPS/autograd."""

    name, module = "autograd", "autograd"

    def prepare(self, job: Any, arguments: Any, direction: Any) -> Callable[[], Any]:
        import autograd
        import autograd.numpy

        x, *constants = arguments
        f = job.function(autograd.numpy)
        if job.kind == "hvp":
            product = autograd.hessian_vector_product(f)
            return lambda: product(x, direction, *constants)
        if job.kind == "hvp operator":
            recorded = autograd.make_hvp(f)(x)[0]
            return lambda: recorded(direction)
        derivative = {"grad": autograd.grad, "jacobian": autograd.jacobian, "hessian": autograd.hessian}[job.kind](f)
        return lambda: derivative(x, *constants)


class Jax(Library):
    """JAX, compiled with ``jit``, in float64 on the CPU. The first call compiles and is not counted."""

    name, module = "jax", "jax"

    def prepare(self, job: Any, arguments: Any, direction: Any) -> Callable[[], Any]:
        import jax

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        import jax.numpy as jnp

        f = job.function(jnp)
        x, *constants = map_numbers(jnp.asarray, list(arguments))
        if job.kind == "hvp":
            v = jnp.asarray(direction)
            product = jax.jit(lambda x, v, *c: jax.jvp(lambda u: jax.grad(f)(u, *c), (x,), (v,))[1])
            return lambda: jax.block_until_ready(product(x, v, *constants))
        if job.kind == "hvp operator":
            v, push = jnp.asarray(direction), jax.jit(jax.linearize(jax.grad(f), x)[1])
            return lambda: jax.block_until_ready(push(v))
        derivative = jax.jit({"grad": jax.grad, "jacobian": jax.jacrev, "hessian": jax.hessian}[job.kind](f))
        return lambda: jax.block_until_ready(derivative(x, *constants))


class Torch(Library):
    """PyTorch, eager, in float64 on the CPU."""

    name, module = "torch", "torch"

    def prepare(self, job: Any, arguments: Any, direction: Any) -> Callable[[], Any]:
        import torch

        f = job.function(torch)
        tensor = lambda a: torch.as_tensor(a, dtype=torch.float64)  # noqa: E731
        x, *constants = map_numbers(tensor, list(arguments))
        bound = lambda u: f(u, *constants)  # noqa: E731
        if job.kind.startswith("hvp"):  # nothing is recorded for several products
            v = tensor(direction)
            return lambda: torch.autograd.functional.hvp(bound, x, v)[1]
        if job.kind != "grad":
            derivative = getattr(torch.autograd.functional, job.kind)
            return lambda: derivative(bound, x)
        map_numbers(lambda a: a.requires_grad_(), x)
        leaves = numbers(x)

        def gradient() -> Any:
            found = iter(torch.autograd.grad(bound(x), leaves))
            return map_numbers(lambda _: next(found), x)

        return gradient

    def plain(self, result: Any) -> Any:
        return map_numbers(lambda a: a.detach().numpy(), result)


LIBRARIES: list[Library] = [Plain(), Dualrev(), Autograd(), Jax(), Torch()]


def installed() -> list[Library]:
    """List the libraries that can be imported, without importing them."""
    return [library for library in LIBRARIES if importlib.util.find_spec(library.module)]
