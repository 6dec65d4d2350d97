"""Samples for functions that act entry by entry and need more than an interval: several values, kinks, complex numbers."""

import numpy as np
from drawing import args

from dualrev.rules.arithmetic import limited, safe_divide
from dualrev.rules.reducing import root
from dualrev.rules.ufuncs import tanh_slope

SAMPLES = {
    np.ldexp: args(lambda d: (d(3), np.array([1, -2, 0])), lambda d: (d(2, 1), np.array([1, -2, 3]))),
    np.nextafter: args(lambda d: (d(3), 5.0)),
    np.copysign: args(lambda d: (d(3), d(3)), lambda d: (d(2, 1), d(3)), lambda d: (d(3), np.array([-1.0, 0.5, -0.5]))),
    np.heaviside: args(lambda d: (d(3), d(3))),
    np.maximum: args(lambda d: (d(6)[:3], d(6)[3:] + 0.01), lambda d: (d(2, 1), d(3) + 0.03)),
    np.minimum: args(lambda d: (d(6)[:3], d(6)[3:] + 0.01), lambda d: (d(2, 1), d(3) + 0.03)),
    np.fmax: args(lambda d: (d(6)[:3], d(6)[3:] + 0.01), lambda d: (d(2, 1), d(3) + 0.03)),
    np.fmin: args(lambda d: (d(6)[:3], d(6)[3:] + 0.01), lambda d: (d(2, 1), d(3) + 0.03)),
    np.remainder: args(lambda d: (np.array([2.5, -2.2, 0.4, 7.5]), np.array([0.7, 0.9, -0.3, 3.0])), lambda d: (np.array([[2.5], [-1.1]]), np.array([0.7, 2.0]))),
    np.fmod: args(lambda d: (np.array([2.5, -2.2, 0.4, 7.5]), np.array([0.7, 0.9, -0.3, 3.0]))),
    np.divmod: args(lambda d: (np.array([2.5, -2.2, 0.4, 7.5]), np.array([0.7, 0.9, -0.3, 3.0]))),
    np.modf: args(lambda d: (np.array([2.4, -0.6, 3.3]),), lambda d: (np.float64(2.5),)),
    np.frexp: args(lambda d: (np.array([2.4, -0.6, 3.3]),), lambda d: (np.float64(2.5),)),
    np.nan_to_num: [lambda d: ((np.array([1.5, np.nan, -2.5]),), {}), lambda d: ((np.array([1.5, np.nan, np.inf]),), {"nan": 2.0, "posinf": 3.0}), lambda d: ((d.z(3),),
        {})],
    limited: args(lambda d: (d(6), -0.8, 0.9), lambda d: (d(6), np.full(6, -0.8), np.float64(0.9))),
    np.clip: [lambda d: ((d(6), -0.8, 0.9), {}), lambda d: ((d(6), None, 0.9), {}), lambda d: ((d(6), -0.5, None), {}),
        lambda d: ((d(2, 3), np.array([-0.5, -1.1, 0.1]), np.array([[0.5], [1.7]])), {})],
    np.angle: [lambda d: ((d.z(3),), {}), lambda d: ((d.z(3),), {"deg": True}), lambda d: ((d(3),), {})],
    np.real: args(lambda d: (d(3),), lambda d: (d.z(3),)),
    np.imag: args(lambda d: (d(3),), lambda d: (d.z(3),)),
    np.real_if_close: args(lambda d: (d(3),), lambda d: (d.z(3),)),
    np.sign: args(lambda d: (d(3),), lambda d: (d.z(3),)),
    safe_divide: args(lambda d: (d(3), d.pos(3)), lambda d: (d.z(2, 1), d.pos(3))),
    tanh_slope: args(lambda d: (d(5, lo=-6.0, hi=6.0),), lambda d: (d.z(3) * 3,), lambda d: (d(1)[0],)),
    root: args(lambda d: (d.pos(3),)),
    np.power: args(lambda d: (d.pos(3), d(3)), lambda d: (d(3), 2), lambda d: (d(3), 3.0), lambda d: (d(3), np.array([2, 3, 1])), lambda d: (2.5, d(3)),
        lambda d: (d.pos(2, 1), d(3)), lambda d: (d.z(3), d.z(3))),
    np.float_power: args(lambda d: (d.pos(3), d(3)), lambda d: (d(3), 2)),
    np.arctan2: args(lambda d: (d(3), d(3)), lambda d: (d(2, 1), d(3))),
    np.hypot: args(lambda d: (d(3), d(3)), lambda d: (d(2, 1), d(3))),
}
SAMPLES[np.conjugate] = args(lambda d: (d(3),), lambda d: (d.z(2, 3),))
