"""Samples for reductions, cumulative functions and the methods of ufuncs."""

import numpy as np
from drawing import MASK, args, optional, with_keywords

REDUCED = ({}, {"axis": 0}, {"axis": -1}, {"axis": (0, 1)}, {"axis": 1, "keepdims": True}, {"keepdims": True})
MASKED = ({"where": MASK}, {"where": MASK, "axis": 1}, {"where": MASK, "axis": 0, "keepdims": True}, {"where": MASK[:1], "axis": -1})
FREEDOM = ({"ddof": 1}, {"ddof": 1, "axis": 0}, {"axis": (0, -1), "keepdims": True}, {"where": MASK, "axis": 1, "ddof": 0.5}, {"axis": -1})
CORRECTED = ({"correction": 1, "axis": -1},)
STARTED = ({"initial": 0.5}, {"initial": 2.5, "axis": 1}, {"initial": -0.3, "axis": 0, "where": MASK})
CUMULATED = ({}, {"axis": 0}, {"axis": 1}, {"axis": -2})

SAMPLES = {
    np.sum: with_keywords(*REDUCED, *MASKED, *STARTED) + args(lambda d: (d(4), 0)),
    np.mean: with_keywords(*REDUCED, *MASKED),
    np.prod: with_keywords(*REDUCED, *MASKED, *STARTED),
    np.max: with_keywords(*REDUCED, {"initial": 0.1}, {"initial": -5.0, "where": MASK, "axis": 1}, {"initial": 0.1, "axis": 0, "keepdims": True}),
    np.min: with_keywords(*REDUCED, {"initial": 0.1}, {"initial": 5.0, "where": MASK, "axis": 1}, {"initial": 0.1, "axis": 0, "keepdims": True}),
    np.ptp: with_keywords(*REDUCED),
    np.var: with_keywords(*REDUCED, *FREEDOM, *CORRECTED),
    np.std: with_keywords(*REDUCED, *FREEDOM, *CORRECTED),
    np.cumsum: with_keywords(*CUMULATED),
    np.cumprod: with_keywords(*CUMULATED),
    np.add.reduce: with_keywords(*REDUCED[1:], {}, {"axis": None}),
    np.multiply.reduce: with_keywords(*REDUCED[1:], {}),
    np.maximum.reduce: with_keywords(*REDUCED[1:], {}),
    np.minimum.reduce: with_keywords(*REDUCED[1:], {}),
    np.add.at: args(lambda d: (d(4), np.array([0, 2, 0]), d(3)), lambda d: (d(4), [1, 1], d()[()]), lambda d: (d(2, 3), (np.array([0, 1]), np.array([2, 2])), d(2))),
    np.subtract.at: args(lambda d: (d(4), np.array([0, 2, 0]), d(3))),
}
for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
    SAMPLES[ufunc.accumulate] = with_keywords({}, {"axis": 1}, {"axis": -2})
    SAMPLES[ufunc.reduceat] = [lambda d: ((d(5), [0, 3, 1]), {}), lambda d: ((d(2, 4), [0, 2]), {"axis": 1}), lambda d: ((d(3, 2), np.array([1, 0, 2])), {})]
for ufunc in (np.subtract, np.divide, np.fmax, np.fmin, np.hypot, np.logaddexp, np.logaddexp2):
    SAMPLES[ufunc.accumulate] = with_keywords({}, {"axis": 1})
SAMPLES[np.diff] = with_keywords({}, {"n": 2}, {"axis": 0}, {"n": 0}, {"prepend": 0.5, "append": np.ones((2, 2))}, shape=(2, 4))
SAMPLES[np.ediff1d] = with_keywords({}, {"to_begin": 1.0, "to_end": [2.0, 3.0]})
SAMPLES[np.trapezoid] = [*with_keywords({}, {"dx": 0.5}, {"axis": 0}), lambda d: ((d(2, 3), np.array([0.0, 0.5, 2.0])), {}),
                         lambda d: ((d(4), d(4)), {}), lambda d: ((d(2, 3), d(2, 3)), {"axis": 0})]
for ufunc in (np.subtract, np.divide, np.fmax, np.fmin, np.hypot, np.logaddexp, np.logaddexp2):
    SAMPLES[ufunc.reduce] = with_keywords({}, {"axis": 1}, {"axis": -1, "keepdims": True})
for ufunc in (np.multiply, np.divide, np.power, np.maximum, np.minimum):
    SAMPLES[ufunc.at] = args(lambda d: (d.pos(4), np.array([0, 2, 0]), d(3)), lambda d: (d.pos(2, 3), (np.array([0, 1]), np.array([2, 2])), d(2)),
                             lambda d: (d.pos(4), slice(1, None), d()[()]))
for ufunc in (np.negative, np.square, np.sqrt, np.exp, np.log, np.sin, np.cos):
    SAMPLES[ufunc.at] = args(lambda d: (d(4, lo=1.5, hi=4.0), np.array([0, 2, 0])))

optional(SAMPLES, "cumulative_sum", with_keywords({"axis": 0}, {"axis": 1, "include_initial": True}, {"axis": -1}))
optional(SAMPLES, "cumulative_prod", with_keywords({"axis": 0}, {"axis": 1, "include_initial": True}, {"axis": -1}))
optional(SAMPLES, "amax", with_keywords(*REDUCED))
optional(SAMPLES, "amin", with_keywords(*REDUCED))
