"""`vmap`: a function of one example, evaluated for a batch of them at once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.batching import Batched, BatchTrace
from ..core.errors import line_of_error
from ..core.explaining import explain_objects
from ..core.objects import lift
from ..core.tracer import Tracer, meta
from ..core.tree import Structure, flatten, unflatten
from .arguments import named, output_leaves, require_callable

__all__ = ["vmap"]


def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """Return a function that evaluates f for a batch of examples at once, on whole arrays.

    Parameters
    ----------
    f : callable
        A function of one example: of arrays, numbers or containers of them.
    in_axes : int, None, or a tuple or list of these, one for each positional argument
        The axis of each argument along which the examples lie; None for an argument that all examples share. For a container, one axis
        for all that is in it, or a container of axes. Keyword arguments are batched along axis 0.
    out_axes : int, None, or a container of these
        Where the examples lie in the result; None for a result that does not depend on the example.

    Returns
    -------
    callable
        Takes the arguments of f with the additional axes; the result is that of ``np.stack([f(x) for x in X], out_axes)``. A part
        of it that does not depend on the example is repeated.

    Raises
    ------
    TypeError, ValueError
        If an argument has no such axis, no argument is batched, or their lengths differ.

    Notes
    -----
    Python decides an ``if`` once, so that one on a batched value raises; `numpy.where` chooses for each example.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.vmap(np.dot)(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 1.0], [0.0, 2.0]]))
    array([3., 8.])
    >>> dr.vmap(dr.grad(lambda w, x: np.sum(w * x) ** 2), in_axes=(None, 0))(np.array([1.0, 1.0]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[ 6., 12.],
           [42., 56.]])

    References
    ----------
    J. Bradbury et al., JAX: composable transformations of Python+NumPy programs (2018).
    """
    require_callable(f, "vmap")
    _require_axes(in_axes, "in_axes")
    _require_axes(out_axes, "out_axes")

    @functools.wraps(f, updated=())
    def batched(*args: Any, **kwargs: Any) -> Any:
        leaves, structure, axes, names = _inputs(f, args, kwargs, in_axes)
        trace = BatchTrace(_size(f, leaves, axes, names))
        try:
            inner, named_inner = unflatten(structure, [x if k is None else trace.batched(np.moveaxis(x, k, 0)) for x, k in zip(leaves, axes, strict=True)])
            try:
                y = f(*inner, **named_inner)
            except IndexError as error:
                _explain(error)
                raise
            except Exception as error:
                explain_objects(error)
                raise
            outputs, shape = output_leaves(y, f, "vmap")
            places = _prefix(out_axes, shape, "out_axes", f"the result of {named(f)}")
            return unflatten(shape, [_output(value, k, trace, f"{named(f)}{path}") for value, k, path in zip(outputs, places, shape.paths(), strict=True)])
        finally:
            trace.close()

    return batched


def _require_axes(axes: Any, what: str) -> None:
    """Check that axes are integers or None, in containers."""
    for k in _axes_in(axes):
        if k is not None and (not isinstance(k, (int, np.integer)) or isinstance(k, bool)):
            raise TypeError(f"vmap: {what} must be an int, None or a container of these, got {k!r}")


def _axes_in(axes: Any) -> list[Any]:
    """The leaves of a container of axes; None is one of them."""
    if isinstance(axes, dict):
        return [k for part in axes.values() for k in _axes_in(part)]
    return [k for part in axes for k in _axes_in(part)] if isinstance(axes, (tuple, list)) else [axes]


def _inputs(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], in_axes: Any) -> tuple[list[Any], Structure, list[Any], list[str]]:
    """Take the arguments apart: their leaves, the structure, the axis of each leaf and its name."""
    if isinstance(in_axes, (tuple, list)) and len(in_axes) != len(args):
        raise ValueError(f"vmap: in_axes has {len(in_axes)} entries, but {named(f)} was called with {len(args)} positional arguments")
    every = in_axes if isinstance(in_axes, (tuple, list)) else [in_axes] * len(args)
    leaves: list[Any] = []
    axes: list[Any] = []
    names: list[str] = []
    for name, x, own in (*zip(_names(f, len(args)), args, every, strict=True), *((repr(k), x, 0) for k, x in kwargs.items())):
        inner, structure = flatten(x)
        paths = structure.paths()
        leaves += [lift(leaf) for leaf in inner]
        names += [f"{name}{path}" for path in paths]
        axes += _prefix(own, structure, "in_axes", f"argument {name} of {named(f)}")
    return leaves, flatten([args, kwargs])[1], axes, names


def _names(f: Any, count: int) -> list[str]:
    """What the positional arguments are called in messages."""
    try:
        known = [repr(name) for name, p in inspect.signature(f).parameters.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):
        known = []
    return known[:count] + [str(i) for i in range(len(known), count)]


def _prefix(axes: Any, structure: Structure, what: str, where: str) -> list[Any]:
    """One axis for each leaf of a structure, of which ``axes`` may give one for a whole part."""
    if axes is None or isinstance(axes, (int, np.integer)):
        return [axes] * len(structure.paths())
    parts = list(axes.items()) if isinstance(axes, dict) else list(enumerate(axes))
    keys = list(structure.keys) if isinstance(axes, dict) else list(range(len(structure.parts)))
    if structure.kind is None or {k for k, _ in parts} != set(keys):
        raise ValueError(f"vmap: {what} {axes!r} does not have the structure of {where}, which is {structure}")
    by_key = dict(parts)
    return [k for key, part in zip(keys, structure.parts, strict=True) for k in _prefix(by_key[key], part, what, where)]


def _size(f: Any, leaves: list[Any], axes: list[Any], names: list[str]) -> int:
    """The number of examples, on which all arguments must agree."""
    sizes = {}
    for x, k, name in zip(leaves, axes, names, strict=True):
        if k is None:
            continue
        if not isinstance(x, (np.ndarray, np.generic, Tracer)):
            raise TypeError(f"vmap: argument {name} of {named(f)} is of type {type(x).__name__}, which has no axes. Pass an array, or give it the in_axes None.")
        shape = meta(x)[0]
        if not -len(shape) <= k < len(shape):
            raise ValueError(f"vmap: argument {name} of {named(f)} has shape {shape}, which has no axis {k}. Give it the in_axes None where all examples share it.")
        sizes[name] = shape[k]
    if not sizes:
        raise ValueError(f"vmap: no argument of {named(f)} is batched. Give at least one of them an axis with in_axes.")
    if len(set(sizes.values())) > 1:
        raise ValueError(f"vmap: the arguments of {named(f)} have batches of different lengths: {', '.join(f'{name} has {n}' for name, n in sizes.items())}")
    size = next(iter(sizes.values()))
    if not size:
        raise ValueError(f"vmap: the batch is empty, so that nothing says what {named(f)} returns: argument {next(iter(sizes))} has length 0 along its axis")
    return size


def _output(value: Any, axis: Any, trace: BatchTrace, where: str) -> Any:
    """A part of the result with the examples along an axis, in memory of its own."""
    if isinstance(value, Batched) and value._trace is trace:
        if axis is None:
            raise ValueError(f"vmap: the result of {where} depends on the example, so that out_axes=None is not possible for it")
        payload = value._value
    elif axis is None:
        return value
    else:
        payload = np.broadcast_to(value, (trace.size, *meta(value)[0]))
    ndim = len(meta(payload)[0])
    if not -ndim <= axis < ndim:
        raise ValueError(f"vmap: out_axes={axis}, but the batched result of {where} has {ndim} axes")
    payload = np.moveaxis(payload, 0, axis) if axis else payload
    return np.array(payload) if type(payload) is np.ndarray and (payload.base is not None or not payload.flags.owndata) else payload


def _explain(error: IndexError) -> None:
    """Raise the error of a plain array that was indexed by a batched value in words that help; return where it is another one."""
    if "arrays used as indices must be of integer" in str(error) or "only integers, slices" in str(error):
        raise IndexError(f"a plain array cannot be read at batched indices by brackets, which NumPy does not hand over (at {line_of_error(error)}). "
                         "Use np.array(a, like=i)[i].") from error
