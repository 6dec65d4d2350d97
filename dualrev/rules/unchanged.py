"""Calls that are left out where they would change nothing: a traced one takes some microseconds. Only for arrays that nobody writes to afterwards."""

import numpy as np

from ..core.tracer import meta


def flat(x):
    """np.ravel."""
    return x if len(meta(x)[0]) == 1 else np.ravel(x)


def of_type(x, dtype):
    """x.astype."""
    return x if meta(x)[1] == dtype else x.astype(dtype)


def shaped(x, shape):
    """np.reshape."""
    return x if meta(x)[0] == tuple(shape) else np.reshape(x, shape)


def arranged(x, axes):
    """np.transpose."""
    return x if list(axes) == list(range(len(axes))) else np.transpose(x, axes)


def with_last(x, axis):
    """np.moveaxis to the end."""
    return x if axis in (-1, len(meta(x)[0]) - 1) else np.moveaxis(x, axis, -1)


def from_last(x, axis):
    """np.moveaxis from the end."""
    return x if axis in (-1, len(meta(x)[0]) - 1) else np.moveaxis(x, -1, axis)


def longer(x, n):
    """np.pad with n zeros behind the last entry of a vector."""
    return np.pad(x, (0, n)) if n else x
