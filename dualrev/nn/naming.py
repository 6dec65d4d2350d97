"""The parameters of a network by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.tree import flatten, unflatten

__all__ = ["names_of", "parameters", "with_parameters"]


def names_of(structure: Any) -> list[str]:
    """What stands behind ``network.`` to reach each parameter."""
    return [path.removeprefix(".") for path in structure.paths()]


def parameters(network: Any) -> dict[str, Any]:
    """The parameters of a network by name; the name is what one writes behind ``network.``

    Parameters
    ----------
    network : module or container

    Returns
    -------
    dict
        Name -> array.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> network = dr.nn.Sequential([dr.nn.Linear.create(2, 3, rng=0), np.tanh])
    >>> {name: value.shape for name, value in dr.nn.parameters(network).items()}
    {'layers[0].W': (3, 2), 'layers[0].b': (3,)}
    """
    leaves, structure = flatten(network)
    return dict(zip(names_of(structure), leaves, strict=True))


def with_parameters(network: Any, values: dict[str, Any]) -> Any:
    """The same network with other parameters.

    Parameters
    ----------
    network : module or container
    values : dict
        Name -> array, as `parameters` gives them; those that are missing stay.

    Returns
    -------
    module or container
        A new one.

    Raises
    ------
    KeyError
        If the network has no parameter of that name.
    ValueError
        If a shape differs.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> layer = dr.nn.Linear(np.ones((1, 2)), np.zeros(1))
    >>> dr.nn.with_parameters(layer, {"b": np.array([5.0])})(np.ones(2))
    array([7.])
    """
    leaves, structure = flatten(network)
    names = names_of(structure)
    for name, value in values.items():
        if name not in names:
            raise KeyError(f"the network has no parameter {name!r}; it has {', '.join(names)}")
        k = names.index(name)
        if np.shape(value) != np.shape(leaves[k]):
            raise ValueError(f"parameter {name!r} has shape {np.shape(leaves[k])}, not {np.shape(value)}")
        leaves[k] = value
    return unflatten(structure, leaves)
