"""The backward functions of a module: B[g, z](v), the cotangent of z for a cotangent v of g(z), and the same in each parameter."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..core.tree import flatten
from ..transforms.reversemode import vjp
from .modules import as_module
from .naming import names_of

__all__ = ["backward"]


def backward(module: Any, z: Any, rng: Any = None) -> dict[str, Callable[[Any], Any]]:
    """The backward functions of a module at an input, by name.

    Parameters
    ----------
    module : Module or function
        The function g of z and of its parameters.
    z : array
        The input.
    rng : numpy.random.Generator, optional
        For modules that draw random numbers.

    Returns
    -------
    dict
        Name -> function of v, which has the shape of g(z). ``"input"`` is B[g, z]: v -> J^T v with the Jacobian J of g in z; it is missing where z holds indices.
        The other names are those of the parameters, as `parameters` gives them. The module runs once.

    Raises
    ------
    TypeError, ValueError
        From the function returned, if v does not have the form of g(z).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> B = dr.nn.backward(dr.nn.Linear(np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros(2)), np.array([10.0, 20.0]))
    >>> v = np.array([1.0, 0.0])
    >>> B["input"](v), B["W"](v), B["b"](v)
    (array([1., 2.]), array([[10., 20.],
           [ 0.,  0.]]), array([1., 0.]))

    References
    ----------
    D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning representations by back-propagating errors, Nature 323 (1986).
    """
    g = as_module(module)
    names = names_of(flatten(g)[1])
    if g.indices:
        _, pullback = vjp(lambda g: g(z, rng=rng), g)
    else:
        _, pullback = vjp(lambda g, z: g(z, rng=rng), g, z)

    def function(name: str, v: Any) -> Any:
        found = pullback(v)
        return found[1] if name == "input" else flatten(found[0])[0][names.index(name)]

    return {name: functools.partial(function, name) for name in ([] if g.indices else ["input"]) + names}
