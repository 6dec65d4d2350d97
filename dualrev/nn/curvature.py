"""Second derivatives of a network's loss as products with a direction: the Hessian, and the Gauss-Newton matrix in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..transforms.forwardmode import linearize
from ..transforms.reversemode import grad, vjp

__all__ = ["gauss_newton_product", "hessian_product"]


def hessian_product(network: Any, loss: Callable[..., Any], x: Any, y: Any) -> Callable[[Any], Any]:
    """Products with the Hessian of ``loss(network(x), y)`` in the parameters.

    Parameters
    ----------
    network : module
    loss : callable
    x, y : array
        A batch.

    Returns
    -------
    callable
        ``product(v)`` for a direction v in the form of the network, such as its gradient; the result has that form. The gradient is recorded once.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> layer = dr.nn.Linear(np.array([[1.0]]))
    >>> dr.nn.hessian_product(layer, dr.nn.mean_squared_error, np.array([3.0]), np.array([0.0]))(dr.nn.Linear(np.array([[2.0]]))).W
    array([[18.]])

    References
    ----------
    B. A. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6 (1994).
    """
    _, push = linearize(grad(lambda net: loss(net(x), y)), network)
    return lambda v: push(v)


def gauss_newton_product(network: Any, loss: Callable[..., Any], x: Any, y: Any) -> Callable[[Any], Any]:
    """Products with the Gauss-Newton matrix J' L'' J, where J is the network's Jacobian in the parameters and L'' the Hessian of the loss in its result.

    It is the Hessian without the curvature of the network. Where the loss is convex in the network's result it has no negative eigenvalue, which the Hessian may have.

    Parameters
    ----------
    network : module
    loss : callable
    x, y : array
        A batch.

    Returns
    -------
    callable
        ``product(v)`` for a direction v in the form of the network; the result has that form. The network and the loss are recorded once.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> network = dr.nn.Sequential([dr.nn.Linear(np.array([[1.0]])), np.square])
    >>> v = dr.nn.Sequential([dr.nn.Linear(np.array([[1.0]])), np.square])
    >>> dr.nn.gauss_newton_product(network, dr.nn.mean_squared_error, np.array([1.0]), np.array([9.0]))(v).layers[0].W
    array([[4.]])

    References
    ----------
    N. N. Schraudolph, Fast curvature matrix-vector products for second-order gradient descent, Neural Computation 14 (2002).
    """
    result, push = linearize(lambda net: net(x), network)
    _, pull = vjp(lambda net: net(x), network)
    _, curve = linearize(grad(lambda a: loss(a, y)), result)
    return lambda v: pull(curve(push(v)))[0]
