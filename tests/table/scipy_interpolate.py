"""Samples for dr.scipy.interpolate; its building blocks carry samples of their own."""

import numpy as np

from dualrev.scipy import interpolate

X, Y = np.array([0.0, 1.0, 2.5]), np.array([-1.0, 0.5, 1.0, 3.0])
SAMPLES = {
    interpolate.interpn: [lambda d: (((X, Y), d(3, 4), np.array([[0.3, 0.7], [1.7, 2.2]])), {}),
                          lambda d: ((([*X * (1 + 0.01 * d()[()])], Y), d(3, 4), np.array([[0.3, 0.7], [1.7, 2.2]]), "nearest"), {}),
                          lambda d: (((X,), d(3, 2), np.array([0.3, 1.7, 4.0])), {"bounds_error": False, "fill_value": 0.5}),
                          lambda d: (((X, Y), d(3, 4), np.array([[3.3, 0.7]])), {"bounds_error": False, "fill_value": None})],
}
