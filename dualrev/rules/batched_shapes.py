"""The batch words of functions that move entries about: what they do to a payload, whose axis 0 runs over the examples."""

import math

import numpy as np

from ..core.words import rank, spread


def flat(x):
    """The examples as vectors."""
    return x.reshape((x.shape[0], -1)) if x.ndim > 1 else x.reshape((-1, 1))


def reshape(x, shape, order="C"):
    """np.reshape of every example."""
    if order != "C":
        return NotImplemented
    shape = tuple(shape) if np.iterable(shape) else (shape,)
    if -1 in shape:
        known = math.prod(n for n in shape if n != -1)
        if shape.count(-1) > 1 or not known or math.prod(x.shape[1:]) % known:
            return NotImplemented
        shape = tuple(math.prod(x.shape[1:]) // known if n == -1 else n for n in shape)
    return np.reshape(x, (x.shape[0], *shape))


def transpose(x, axes=None):
    """np.transpose."""
    ndim = x.ndim - 1
    return np.transpose(x, (0, *range(ndim, 0, -1)) if axes is None else (0, *(k % ndim + 1 for k in axes)))


def expand_dims(x, axis):
    """np.expand_dims: the axes are those of the result."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    ndim = x.ndim - 1 + len(axes)
    return np.expand_dims(x, tuple(k % ndim + 1 for k in axes)) if all(-ndim <= k < ndim for k in axes) else NotImplemented


def squeeze(x, axis=None):
    """np.squeeze."""
    ndim = x.ndim - 1
    if axis is None:
        return np.reshape(x, (x.shape[0], *(n for n in x.shape[1:] if n != 1)))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return np.squeeze(x, tuple(k % ndim + 1 for k in axes)) if all(-ndim <= k < ndim for k in axes) else NotImplemented


def roll(x, shift, axis=None):
    """np.roll."""
    if axis is None:
        return np.reshape(np.roll(flat(x), shift if np.ndim(shift) == 0 else int(np.sum(shift)), 1), x.shape)
    ndim = x.ndim - 1
    axes = axis if isinstance(axis, tuple) else (axis,)
    return np.roll(x, shift, tuple(k % ndim + 1 for k in axes)) if all(-ndim <= k < ndim for k in axes) else NotImplemented


def triangle(function):
    """np.tril and np.triu, which make a matrix of a vector."""
    return lambda x, k=0: function(x, k) if x.ndim > 2 else NotImplemented


def broadcast_to(x, shape, subok=False):
    """np.broadcast_to."""
    shape = tuple(shape) if np.iterable(shape) else (shape,)
    if x.ndim - 1 > len(shape):
        return NotImplemented
    return np.broadcast_to(np.reshape(x, (x.shape[0],) + (1,) * (len(shape) + 1 - x.ndim) + x.shape[1:]), (x.shape[0], *shape))


def item(x):
    """x.item()."""
    return np.reshape(x, (x.shape[0],))


def joined(step):
    """np.concatenate."""
    from .shaping import joined

    parts = [spread(x, own, step.size) for x, own in zip(step.args, step.lead, strict=True)]
    return joined(*parts, axis=step.kwargs["axis"] + 1, bounds=step.kwargs["bounds"])


def assembled(step):
    """Scalars as an array."""
    parts = [spread(x, own, step.size) for x, own in zip(step.args, step.lead, strict=True)]
    return np.reshape(np.stack(parts, axis=1), (step.size, *step.kwargs["shape"]))


def where(step):
    """np.where with its three arguments."""
    if len(step.args) != 3 or step.named:
        return NotImplemented
    if tuple in map(type, step.lead):
        return NotImplemented
    ranks = [rank(x) - own for x, own in zip(step.args, step.lead, strict=True)]
    return np.where(*(np.reshape(x, (step.size,) + (1,) * (max(ranks) - n) + x.shape[1:]) if own and n < max(ranks) else x
                      for x, own, n in zip(step.args, step.lead, ranks, strict=True)))


def searched(step):
    """np.searchsorted in a vector that all examples share."""
    return step.call(*step.args, **step.kwargs) if step.lead[:2] == [False, True] and not any(step.lead[2:]) else NotImplemented
