"""The elementary functions of one and two variables, as a handbook of derivatives lists them."""

import numpy as np

from ..core.rows import elementwise

LN2, LN10 = np.log(2.0), np.log(10.0)

elementwise(np.exp, lambda y, x: y)
elementwise(np.exp2, lambda y, x: y * LN2)
elementwise(np.expm1, lambda y, x: y + 1)
elementwise(np.log, lambda y, x: 1 / x, domain=(0.3, 2.0))
elementwise(np.log2, lambda y, x: 1 / (x * LN2), domain=(0.3, 2.0))
elementwise(np.log10, lambda y, x: 1 / (x * LN10), domain=(0.3, 2.0))
elementwise(np.log1p, lambda y, x: 1 / (1 + x), domain=(-0.6, 2.0))

elementwise(np.sin, lambda y, x: np.cos(x))
elementwise(np.cos, lambda y, x: -np.sin(x))
elementwise(np.tan, lambda y, x: 1 + y * y, domain=(-1.2, 1.2))
elementwise(np.arcsin, lambda y, x: 1 / np.sqrt((1 - x) * (1 + x)), domain=(-0.9, 0.9))
elementwise(np.arccos, lambda y, x: -1 / np.sqrt((1 - x) * (1 + x)), domain=(-0.9, 0.9))
elementwise(np.arctan, lambda y, x: 1 / (1 + x * x))

elementwise(np.sinh, lambda y, x: np.cosh(x))
elementwise(np.cosh, lambda y, x: np.sinh(x))
elementwise(np.tanh, lambda y, x: (1 - y) * (1 + y))
elementwise(np.arcsinh, lambda y, x: 1 / np.sqrt(1 + x * x))
elementwise(np.arccosh, lambda y, x: 1 / np.sqrt((x - 1) * (x + 1)), domain=(1.2, 3.0))
elementwise(np.arctanh, lambda y, x: 1 / ((1 - x) * (1 + x)), domain=(-0.9, 0.9))

for radians in (np.deg2rad, np.radians):
    elementwise(radians, lambda y, x: np.pi / 180)
for degrees in (np.rad2deg, np.degrees):
    elementwise(degrees, lambda y, x: 180 / np.pi)
