"""scipy.interpolate: interpolators in the data, in the knots and in the points of evaluation."""

import scipy.interpolate

from ..mirror import namespace
from .bsplines import BSpline, make_interp_spline
from .cubic import Akima1DInterpolator, CubicHermiteSpline, CubicSpline, PchipInterpolator
from .grids import RegularGridInterpolator, interp1d, interpn
from .piecewise import Piecewise as PPoly

__all__ = ["Akima1DInterpolator", "BSpline", "CubicHermiteSpline", "CubicSpline", "PPoly", "PchipInterpolator", "RegularGridInterpolator", "interp1d", "interpn",
           "make_interp_spline"]
__getattr__, __dir__ = namespace(globals(), scipy.interpolate)
