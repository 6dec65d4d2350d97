"""The batch words of products and linear systems: axes for the examples are put where the function takes them for more of what it knows."""

import math
import string

import numpy as np

from ..core.words import rank


def matmul(step):
    """np.matmul."""
    if step.kwargs or step.named:
        return NotImplemented
    (a, b), (of_a, of_b) = step.args, step.lead
    rank_a, rank_b = rank(a) - of_a, rank(b) - of_b
    if not of_b and rank_b <= 2:  # all rows of all examples at once
        return rowwise(step.call, a, b, rank_a)
    if not of_a and rank_a <= 2 and rank_b == 1:
        return step.call(b, np.swapaxes(a, 0, 1) if rank_a == 2 else a)
    a = np.expand_dims(a, -2) if rank_a == 1 else a
    b = np.expand_dims(b, -1) if rank_b == 1 else b
    y = np.matmul(stacked(a, of_a, max(rank_a, 2), max(rank_b, 2)), stacked(b, of_b, max(rank_b, 2), max(rank_a, 2)))
    y = y[..., 0] if rank_b == 1 else y
    return y if rank_a != 1 else y[..., 0] if rank_b == 1 else y[..., 0, :]


def rowwise(call, a, b, rank_a):
    """Batched a times one vector or matrix b."""
    if rank_a < 2 or rank(b) < 2:
        return call(a, b)
    return np.reshape(call(np.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1])), b), (*a.shape[:-1], b.shape[-1]))


def stacked(x, own, mine, other):
    """Put axes of length one between the examples and the axes of a stack that is shallower than the other one."""
    return np.reshape(x, (x.shape[0],) + (1,) * (other - mine) + x.shape[1:]) if own and mine < other else x


def outer(step):
    """np.outer of the flattened arguments."""
    if step.kwargs or step.named:
        return NotImplemented
    a, b = (np.reshape(x, (step.size, -1) if own else (-1,)) for x, own in zip(step.args, step.lead, strict=True))
    return np.expand_dims(a, -1) * np.expand_dims(b, -2)


def solve(step):
    """np.linalg.solve; right-hand sides for one matrix become its columns, so that it is factorised once."""
    (a, b), (of_a, of_b) = step.args, step.lead
    rank_a, rank_b = rank(a) - of_a, rank(b) - of_b
    if not of_a and rank_a == 2 and rank_b <= 2:
        columns = np.moveaxis(b, 0, -1)
        return np.moveaxis(np.reshape(np.linalg.solve(a, np.reshape(columns, (columns.shape[0], -1))), columns.shape), -1, 0)
    if rank_b == 1:
        return np.linalg.solve(a, np.expand_dims(stacked(b, of_b, 1, rank_a - 1), -1))[..., 0]
    return np.linalg.solve(stacked(a, of_a, rank_a, rank_b), stacked(b, of_b, rank_b, rank_a))


def contracted(step):
    """Einsum with a letter of its own for the examples."""
    from .contracting import contracted

    subscripts, *operands = step.args
    subscripts = lettered(subscripts, step.lead[1:])
    return contracted(subscripts, *operands) if subscripts else NotImplemented


def lettered(subscripts, lead):
    """The subscripts with one more letter for the result and for the operands that have the examples' axis; None where all are in use."""
    free = [c for c in string.ascii_letters if c not in subscripts]
    if not free:
        return None
    inputs, output = subscripts.split("->")
    terms = [free[0] + term if own else term for term, own in zip(inputs.split(","), lead, strict=True)]
    return ",".join(terms) + "->" + free[0] + output


def rearranged(x, subscripts):
    """Einsum of one operand in which nothing is summed."""
    from .contracting import rearranged

    subscripts = lettered(subscripts, [True])
    return rearranged(x, subscripts) if subscripts else NotImplemented


def norm(function):
    """A norm over one axis, two, or all."""
    def batch(x, *rest):
        *orders, axis, keepdims = rest
        ndim = x.ndim - 1
        if axis is None:
            y = function(np.reshape(x, (x.shape[0], -1)), *orders, 1, False)
            return np.reshape(y, (x.shape[0], *(1,) * ndim)) if keepdims else y
        axes = axis if isinstance(axis, tuple) else (axis,)
        if not all(-ndim <= k < ndim for k in axes):
            return NotImplemented
        moved = tuple(k % ndim + 1 for k in axes)
        return function(x, *orders, moved if isinstance(axis, tuple) else moved[0], keepdims)

    return batch
