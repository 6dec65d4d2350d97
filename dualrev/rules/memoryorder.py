"""The orders "A" and "K", which read an array as it lies in memory. A cotangent may lie in another way, so they are brought to the order of the axes."""

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.tracer import Tracer, apply

__all__ = ["in_known_order", "ravel"]


def ravel(a, order="C"):
    """np.ravel."""
    if order == "K":
        a, order = as_in_memory(a), "C"
    return apply(np.reshape, (a, -1), {} if order == "C" else {"order": order})


def in_known_order(a, *shape, order="C", **other):
    """The arguments of np.reshape, with the order of the axes in the place of "A"."""
    shape, order = (shape[:1], shape[1]) if len(shape) > 1 else (shape, order)
    if order == "A":
        order = "F" if np.isfortran(example(a)) else "C"
    return (a, *shape), other if order == "C" else {"order": order, **other}


def as_in_memory(a):
    """The view of an array whose axes come in the order in which they lie in memory."""
    plain = example(a)
    if plain.flags.c_contiguous:
        return a
    steps = [abs(step) if n > 1 else 0 for n, step in zip(plain.shape, plain.strides, strict=True)]
    long = [step for n, step in zip(plain.shape, steps, strict=True) if n > 1]
    if len(set(long)) < len(long) or 0 in long:
        raise NoRuleError(f"np.ravel has no derivative rule for order='K' of an array whose entries share memory{at_line()}. Use order='C'.")
    return np.transpose(a, sorted(range(a.ndim), key=lambda k: -steps[k]))


def example(a):
    """The plain array under all levels; of a batched one, the first example."""
    lead = 0
    while isinstance(a, Tracer):
        lead, a = lead + a._lead, a._value
    return np.asarray(a)[(0,) * lead]
