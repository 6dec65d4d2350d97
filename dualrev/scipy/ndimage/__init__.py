"""scipy.ndimage: linear filters, and images read between their entries."""

import scipy.ndimage

from ..mirror import namespace
from .coordinates import affine_transform, map_coordinates, rotate, shift, zoom
from .filters import (
    convolve,
    convolve1d,
    correlate,
    correlate1d,
    gaussian_filter,
    gaussian_filter1d,
    gaussian_gradient_magnitude,
    gaussian_laplace,
    laplace,
    prewitt,
    sobel,
    uniform_filter,
    uniform_filter1d,
)
from .splines import spline_filter, spline_filter1d

__all__ = ["affine_transform", "convolve", "convolve1d", "correlate", "correlate1d", "gaussian_filter", "gaussian_filter1d", "gaussian_gradient_magnitude", "gaussian_laplace",
           "laplace", "map_coordinates", "prewitt", "rotate", "shift", "sobel", "spline_filter", "spline_filter1d", "uniform_filter", "uniform_filter1d", "zoom"]
__getattr__, __dir__ = namespace(globals(), scipy.ndimage)
