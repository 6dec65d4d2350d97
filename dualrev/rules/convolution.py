"""Convolution of images with filters, over any number of axes: three faces of one trilinear form, each linear in two arrays.

<v, C(x, w)> = <x, T(v, w)> = <w, K(x, v)>: C is the convolution (of signal processing's correlation), T the transposed one, K the gradient of the filters.
"""

import numpy as np

from ..core.rows import multilinear
from ..core.tracer import Tracer, apply
from ..core.words import several
from . import batched_windows
from . import convolution_bands as direct
from . import convolution_fourier as fourier
from .windows import Geometry


def engine(x_shape, filters, geometry, dtype):
    """Matrix products or transforms, whichever costs less."""
    return fourier if fourier.pays(x_shape, filters, geometry, dtype) else direct


def convolved(x, w, geometry):
    """C: x (batch, channels, *shape) and w (filters, channels / groups, *kernel) give (batch, filters, *places)."""
    if isinstance(x, Tracer) or isinstance(w, Tracer):
        return apply(convolved, (x, w, geometry), {})
    return engine(x.shape, len(w), geometry, np.result_type(x, w)).filtered(x, w, geometry)


def spread(y, w, geometry):
    """T: y (batch, filters, *places) and w give (batch, channels, *shape)."""
    if isinstance(y, Tracer) or isinstance(w, Tracer):
        return apply(spread, (y, w, geometry), {})
    return engine((len(y), w.shape[1] * geometry.groups), len(w), geometry, np.result_type(y, w)).spread(y, w, geometry)


def correlated(x, y, geometry):
    """K: x and y give (filters, channels / groups, *kernel)."""
    if isinstance(x, Tracer) or isinstance(y, Tracer):
        return apply(correlated, (x, y, geometry), {})
    return engine(x.shape, y.shape[1], geometry, np.result_type(x, y)).gathered(x, y, geometry)


PLAIN = Geometry((5,), (3,), (1,), ((0, 0),), (1,))
FANCY = Geometry((5, 6), (2, 3), (2, 1), ((1, 0), (1, 2)), (1, 2), 2)


def sample(*parts):
    """Arguments for the table's own test: two arrays of the forms named, and how the window moves."""
    def drawn(geometry):
        per = {"x": (2, 2 * geometry.groups, *geometry.shape), "w": (2 * geometry.groups, 2, *geometry.kernel), "y": (2, 2 * geometry.groups, *geometry.places)}
        return lambda rng: ((*(rng.normal(size=per[part]) for part in parts), geometry), {})

    return [drawn(PLAIN), drawn(FANCY)]


multilinear(convolved, lambda g, x, w, geometry: spread(g, w, geometry), lambda g, x, w, geometry: correlated(x, g, geometry), None,
            name="convolution", batch=several(batched_windows.images_and_filters), domain=sample("x", "w"))
multilinear(spread, lambda g, y, w, geometry: convolved(g, w, geometry), lambda g, y, w, geometry: correlated(g, y, geometry), None,
            name="transposed convolution", batch=several(batched_windows.images_and_filters), domain=sample("y", "w"))
multilinear(correlated, lambda g, x, y, geometry: spread(y, g, geometry), lambda g, x, y, geometry: convolved(x, g, geometry), None,
            name="gradient of a convolution in its filters", batch=several(batched_windows.two_images), domain=sample("x", "y"))
