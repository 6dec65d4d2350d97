"""Moving windows and convolutions for a batch of examples: examples are images of one batch, or groups of channels that do not see one another."""

import dataclasses

import numpy as np

from ..core.words import aligned, rank, spread


def channels(x):
    """Examples of images (examples, images, channels, ...) beside one another: (images, examples x channels, ...)."""
    x = np.moveaxis(x, 0, 1)
    return np.reshape(x, (x.shape[0], x.shape[1] * x.shape[2], *x.shape[3:]))


def merged(x):
    """The first two axes as one."""
    return np.reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))


def split(y, size):
    """The first axis as two, of which the first counts the examples."""
    return np.reshape(y, (size, y.shape[0] // size, *y.shape[1:]))


def beside(step):
    """Both arrays with their examples, and a geometry whose groups they are."""
    a, b, geometry = step.args
    pair = (spread(x, lead, step.size) for x, lead in zip((a, b), step.lead, strict=False))
    return (*pair, dataclasses.replace(geometry, groups=geometry.groups * step.size))


def images_and_filters(step):
    """A convolution, or a transposed one: examples of images alone are more images."""
    if step.named or step.lead[2]:
        return NotImplemented
    if step.first_alone():
        return split(step.call(merged(step.args[0]), *step.args[1:]), step.size)
    x, w, geometry = beside(step)
    y = step.call(channels(x), merged(w), geometry)
    return np.moveaxis(np.reshape(y, (y.shape[0], step.size, y.shape[1] // step.size, *y.shape[2:])), 1, 0)


def two_images(step):
    """The gradient of a convolution in its filters."""
    if step.named or step.lead[2]:
        return NotImplemented
    x, y, geometry = beside(step)
    return split(step.call(channels(x), channels(y), geometry), step.size)


def weighed(step):
    """Sums over windows, or their transposes; the weights of an example come after those of a window's entry."""
    if step.named or step.lead[2]:
        return NotImplemented
    x, weights, geometry = step.args
    if not step.lead[1]:
        return step.call(x, weights, geometry)
    return step.call(spread(x, step.lead[0], step.size), np.moveaxis(weights, 0, 1), geometry)


def chosen(step):
    """The shares of windows' entries in the largest one."""
    if step.named or step.lead[2]:
        return NotImplemented
    y, x = (spread(a, lead, step.size) for a, lead in zip(step.args[:2], step.lead[:2], strict=True))
    return np.moveaxis(step.call(y, x, step.args[2]), 1, 0)


def by_rows(step):
    """A matrix applied to rows: that of each example to its own."""
    z, w = step.args
    if step.named:
        return NotImplemented
    if step.first_alone():
        return step.call(z, w)
    z = spread(z, step.lead[0], step.size)
    return np.matmul(z, np.swapaxes(aligned(w, rank(z) - 1), -1, -2))
