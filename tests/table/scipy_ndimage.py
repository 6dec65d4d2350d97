"""Samples for dr.scipy.ndimage: one or two of each function; modes and keywords are tested in tests/scipy/test_ndimage.py."""

import numpy as np

from dualrev.scipy import ndimage

AT = np.array([[0.3, 1.6, 2.7], [1.2, 3.4, 0.6]])
SAMPLES = {
    ndimage.correlate1d: [lambda d: ((d(4, 5), d(3)), {"mode": "constant", "cval": 0.7}), lambda d: ((d(6), d(2)), {"mode": "mirror", "origin": -1})],
    ndimage.convolve1d: [lambda d: ((d(4, 5), d(4)), {"axis": 0, "origin": 1}), lambda d: ((d.z(5), d(3)), {})],
    ndimage.correlate: [lambda d: ((d(4, 5), d(3, 2)), {"origin": (1, 0), "mode": "wrap"}), lambda d: ((d(4, 3), d(3)), {"axes": (0,)})],
    ndimage.convolve: [lambda d: ((d(4, 5), d(2, 3)), {"mode": "constant", "cval": -0.4})],
    ndimage.gaussian_filter1d: [lambda d: ((d(9), 0.7), {"order": 1})],
    ndimage.gaussian_filter: [lambda d: ((d(5, 6), 0.6), {"mode": ["wrap", "nearest"]}), lambda d: ((d(5, 6), 0.8), {"axes": (1,), "radius": 2})],
    ndimage.gaussian_laplace: [lambda d: ((d(5, 6), 0.8), {})],
    ndimage.gaussian_gradient_magnitude: [lambda d: ((d(5, 6), 0.8), {})],
    ndimage.laplace: [lambda d: ((d(5, 6),), {"mode": "nearest"})],
    ndimage.sobel: [lambda d: ((d(5, 6),), {"axis": 0})],
    ndimage.prewitt: [lambda d: ((d(5, 6),), {})],
    ndimage.uniform_filter1d: [lambda d: ((d(7), 3), {"mode": "constant", "cval": 0.5}), lambda d: ((d(4, 5), 4), {"axis": 0, "origin": 1})],
    ndimage.uniform_filter: [lambda d: ((d(4, 5), (3, 2)), {"mode": "mirror"})],
    ndimage.map_coordinates: [lambda d: ((d(4, 5), AT), {"order": 1}), lambda d: ((d(4, 5), AT.round() + 0.01), {"order": 0})],
    ndimage.spline_filter1d: [lambda d: ((d(4, 5),), {"axis": 0}), lambda d: ((d(6), 2), {"mode": "reflect"})],
    ndimage.spline_filter: [lambda d: ((d(4, 5),), {"order": 4, "mode": "grid-wrap"})],
    ndimage.affine_transform: [lambda d: ((d(4, 5), np.array([[0.95, 0.1], [-0.1, 1.07]]), np.array([0.25, 0.4])), {"order": 1, "mode": "nearest"})],
    ndimage.shift: [lambda d: ((d(4, 5), np.array([0.3, -0.4])), {"order": 1, "mode": "nearest"})],
    ndimage.zoom: [lambda d: ((d(4, 5), 1.6), {"order": 1})],
    ndimage.rotate: [lambda d: ((d(4, 5), 17.0 + d()[()]), {"order": 1, "mode": "nearest", "reshape": False})],
}
