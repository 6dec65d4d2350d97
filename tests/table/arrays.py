"""Samples for statistics, signals, polynomials, sets, and arrays made from others."""

import numpy as np
from drawing import MASK, Draw, args, with_keywords
from numpy.lib import scimath
from numpy.lib.stride_tricks import sliding_window_view

from dualrev.rules.polynomials import roots_of
from dualrev.rules.signals import convolved
from dualrev.rules.withoutslopes import INTEGERS

WEIGHTS = np.array([0.5, 2.0, 1.0])
REDUCED = ({}, {"axis": 0}, {"axis": -1}, {"axis": (0, 1)}, {"axis": 1, "keepdims": True}, {"keepdims": True})
MASKED = ({"where": MASK}, {"where": MASK, "axis": 1, "keepdims": True})


def holed(d, *shape):
    """An array in which two entries are NaN."""
    x = d(*shape)
    x.ravel()[[1, -1]] = np.nan
    return x


def knots(d, n):
    """Numbers in order, well apart."""
    return np.sort(d(n, lo=-2.0, hi=2.0))


def quantiles(function, unit, draw):
    """Samples of a function of an array and a place."""
    methods = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "linear", "median_unbiased",
               "normal_unbiased", "lower", "higher", "midpoint", "nearest"]
    own = [lambda d, m=m: ((draw(d, 7), 0.37 * unit), {"method": m}) for m in methods]
    own += [lambda d, k=k: ((draw(d, 2, 4), 0.7 * unit), k) for k in REDUCED]
    own += [lambda d: ((draw(d, 2, 4), [0.0, 0.4 * unit, unit]), {"axis": 1, "keepdims": True}), lambda d: ((draw(d, 2, 4), np.array([0.15, 0.81]) * unit), {"axis": 0}),
            lambda d: ((draw(d, 9), np.float64(0.33 * unit)), {"method": "weibull"}), lambda d: ((draw(d, 2, 4), np.array([[0.38, 0.4], [0.43, 0.46]]) * unit), {"axis": 1}),
            lambda d: ((draw(d, 2, 3), 0.6 * unit), {"axis": 1, "weights": np.array([[1, 3, 2], [2, 0, 5]]), "method": "inverted_cdf"})]
    return {function: own}


SAMPLES = {
    np.average: [*with_keywords(*REDUCED, {"returned": True, "axis": 0}), lambda d: ((d(2, 3), 1, d.pos(3)), {}), lambda d: ((d(2, 3), None, d.pos(2, 3)), {"returned": True}),
                 lambda d: ((d(2, 3), (1, 0), d.pos(3, 2)), {"keepdims": True})],
    np.median: with_keywords(*REDUCED) + with_keywords(*REDUCED, shape=(3, 5)),
    np.nanmedian: with_keywords(*REDUCED, shape=(3, 5), draw=holed) + with_keywords(*REDUCED, shape=(3, 4), draw=holed),
    np.cov: [lambda d: ((d(2, 4),), {}), lambda d: ((d(4),), {}), lambda d: ((d(4), d(4)), {}), lambda d: ((d(4, 2), d(4, 2)), {"rowvar": False, "bias": True}),
             lambda d: ((d(2, 4),), {"ddof": 0, "fweights": np.array([1, 2, 1, 3])}), lambda d: ((d(2, 3), None, True, False, 1, None, d.pos(3)), {}),
             lambda d: ((d(2, 3), None, True, False, 1, np.array([1, 2, 1]), d.pos(3)), {}), lambda d: ((d.z(2, 4),), {})],
    np.corrcoef: [lambda d: ((d(3, 5),), {}), lambda d: ((d(4), d(4)), {}), lambda d: ((d(4, 2),), {"rowvar": False}), lambda d: ((d.z(2, 4),), {})],
    np.histogram: [lambda d: ((d(6), 3), {}), lambda d: ((d(6), np.array([-2.0, 0.13, 2.0]), None, True), {}), lambda d: ((d(6), 3, None, True, d.pos(6)), {}),
                   lambda d: ((d(6), "sqrt"), {}), lambda d: ((d(6), 3, (-1.0, 1.03)), {"weights": d.pos(6)})],
    np.histogram_bin_edges: [lambda d: ((d(6), 3), {}), lambda d: ((d(6), "fd"), {})],
    np.histogramdd: [lambda d: ((d(6, 2), 2), {}), lambda d: ((d(6, 2), (2, np.array([-2.0, 0.13, 2.0])), None, True), {}), lambda d: ((d(6, 2), 2, None, True, d.pos(6)), {}),
                     lambda d: (([d(5), d(5)], 3, [(-1.1, 1.2), (-1.3, 1.4)]), {"weights": d.pos(5)})],
    np.histogram2d: [lambda d: ((d(6), d(6), 3), {}), lambda d: ((d(6), d(6), [2, 3], None, True, d.pos(6)), {}), lambda d: ((d(6), d(6), np.array([-2.0, 0.13, 1.1, 2.0])), {})],
    convolved: args(lambda d: (d(4), d(3), "full"), lambda d: (d(4), d(2), "same"), lambda d: (d(3), d(5), "valid"), lambda d: (d.z(4), d.z(4), "same")),


                  np.convolve: args(*((lambda d, n=n, m=m, mode=mode: (d(n), d(m), mode)) for n, m in ((5, 3), (5, 2), (2, 5), (3, 4), (4, 4), (1, 3), (1,
        1)) for mode in ("full", "same", "valid")),
                      lambda d: (d()[()], d(3))),
    np.correlate: args(*((lambda d, n=n, m=m, mode=mode: (d(n), d(m), mode)) for n, m in ((5, 3), (5, 2), (2, 5), (4, 5), (3, 4), (4, 4)) for mode in ("full", "same", "valid")),
                       lambda d: (d.z(4), d.z(3)), lambda d: (d.z(3), d.z(4), "same")),
    np.interp: [lambda d: ((d(5), knots(d, 4), d(4)), {}), lambda d: ((d()[()], knots(d, 4), d(4)), {}), lambda d: ((d(2, 3, lo=-3.0, hi=3.0), knots(d, 4), d(4)), {}),
                lambda d: ((d(6, lo=-3.0, hi=3.0), knots(d, 4), d(4), d()[()], d()[()]), {}), lambda d: ((d(5, lo=-7.0, hi=7.0), d(4, lo=-3.1, hi=2.9), d(4)), {"period": 5.3}),
                lambda d: ((d(5), knots(d, 4), d.z(4)), {}), lambda d: ((d(3), d(1), d(1)), {})],
    np.unwrap: [lambda d: ((d(6, lo=-9.0, hi=9.0),), {}), lambda d: ((d(2, 4, lo=-9.0, hi=9.0),), {"axis": 0}), lambda d: ((d(6, lo=-9.0, hi=9.0), 4.0), {"period": 3.3})],
    np.gradient: [lambda d: ((d(5),), {}), lambda d: ((d(3, 4),), {}), lambda d: ((d(3, 4), 0.5), {"axis": 1, "edge_order": 2}), lambda d: ((d(2, 2),), {"axis": (0,)}),
                  lambda d: ((d(5), np.sort(d(5))), {}), lambda d: ((d(3, 5), d.pos()[()], np.sort(d(5))), {"edge_order": 2}),
        lambda d: ((d(4), np.arange(4) * 0.3), {"edge_order": 2}),
                  lambda d: ((d(3, 4), 2.0, 0.25), {}), lambda d: ((d(2), np.sort(d(2))), {})],
    np.insert: [lambda d: ((d(4), 1, d()[()]), {}), lambda d: ((d(2, 3), [0, 2, 2], d(2, 3)), {"axis": 1}), lambda d: ((d(2, 3), 1, d(3)), {"axis": 0}),
                lambda d: ((d(2, 3), slice(0, 2), d(2)), {}), lambda d: ((d(2, 3), -1, d(2)), {"axis": -1})],
    np.delete: [lambda d: ((d(4), 1), {}), lambda d: ((d(2, 3), [0, 2]), {"axis": 1}), lambda d: ((d(2, 3), slice(1, 4)), {}),
        lambda d: ((d(3), np.array([True, False, True])), {})],
    np.trim_zeros: args(lambda d: (d(6),), lambda d: (d(6), "f"), lambda d: (d(6), "b")),
    sliding_window_view: [lambda d: ((d(5), 3), {}), lambda d: ((d(3, 4), (2, 2)), {}), lambda d: ((d(3, 4), 2), {"axis": 1})],
    np.cross: [lambda d: ((d(3), d(3)), {}), lambda d: ((d(2, 3), d(3)), {}), lambda d: ((d(3, 2), d(2, 3)), {"axisa": 0, "axisc": 0}),
        lambda d: ((d(3, 2), d(3, 2)), {"axis": 0})],
    np.linalg.cross: [lambda d: ((d(2, 3), d(3)), {}), lambda d: ((d(3, 2), d(3, 2)), {"axis": 0})],
    np.ix_: args(lambda d: (d(2), d(3))),
    np.sort_complex: args(lambda d: (d.z(4),), lambda d: (d(2, 3),)),
    np.linspace: [lambda d: ((d()[()], d()[()], 5), {}), lambda d: ((d(3), d()[()], 4), {"endpoint": False, "retstep": True}), lambda d: ((d(2, 1), d(3), 3), {"axis": -1}),
                  lambda d: ((d()[()], d()[()], 1), {}), lambda d: ((d(2), d(2), 3), {"dtype": complex, "axis": 1})],
    np.logspace: [lambda d: ((d()[()], d()[()], 4), {}), lambda d: ((d(2), d(2), 3), {"axis": 1, "base": 2.0}), lambda d: ((d()[()], d()[()], 4, True, d.pos()[()]), {}),
                  lambda d: ((d(2), d(2), 3, False, d.pos(2)), {})],
    np.geomspace: [lambda d: ((d.pos()[()], d.pos()[()], 4), {}), lambda d: ((-d.pos(2), -d.pos(2), 3), {"endpoint": False, "axis": 1}), lambda d: ((d.z()[()], d.z()[()], 4), {})],
    np.vander: [lambda d: ((d(3),), {}), lambda d: ((d(3), 5), {"increasing": True}), lambda d: ((d(2), 1), {})],
    np.polyval: args(lambda d: (d(4), d(3)), lambda d: (d(3), d()[()]), lambda d: (d(2), d(2, 2))),
    np.polyadd: args(lambda d: (d(4), d(2)), lambda d: (d(3), d(3)), lambda d: (d()[()], d(3))),
    np.polysub: args(lambda d: (d(2), d(4))),
    np.polymul: args(lambda d: (d(2), d(4)), lambda d: (d(3), d(3))),
    np.polydiv: args(lambda d: (d(5), 3 + d(3)), lambda d: (d(2), 3 + d(3))),
    np.polyder: args(lambda d: (d(4),), lambda d: (d(5), 2), lambda d: (d(3), 0)),
    np.polyint: args(lambda d: (d(3),), lambda d: (d(3), 2, d(2)), lambda d: (d(3), 2, d()[()])),
    np.poly: args(lambda d: (d(4),), lambda d: (d.z(3),), lambda d: (d(3, 3) + 2 * np.diag([1.0, 3.0, 5.0]),)),
    np.roots: args(lambda d: (np.poly([1.0, -2.0, 0.5]) * (1 + 0.01 * d()),), lambda d: (d(4) + [3, 0, 0, 0],), lambda d: (d.z(4),)),
    roots_of: args(lambda d: (d.z(4),)),
    np.polyfit: [lambda d: ((knots(d, 6), d(6), 2), {}), lambda d: ((knots(d, 6), d(6, 2), 1), {"full": True}),
        lambda d: ((knots(d, 6), d(6), 1, None, False, d.pos(6)), {"cov": True}),
                 lambda d: ((knots(d, 6), d(6, 2), 1), {"cov": "unscaled"}), lambda d: ((knots(d, 6), d(6, 2), 2), {"w": WEIGHTS.repeat(2), "cov": True})],
    np.unique: [lambda d: ((d(2, 3),), {}), lambda d: ((d(4),), {"return_index": True, "return_inverse": True, "return_counts": True}),
                lambda d: ((d(3, 2),), {"axis": 0, "return_counts": True})],
    np.unique_values: args(lambda d: (d(5),)),
    np.unique_all: args(lambda d: (d(2, 3),)),
    np.unique_counts: args(lambda d: (d(5),)),
    np.unique_inverse: args(lambda d: (d(5),)),
    np.intersect1d: [lambda d: ((d(4), np.array([1, 2])), {}), lambda d: ((np.array([1, 2]), d(3)), {"return_indices": True, "assume_unique": True})],
    np.setdiff1d: args(lambda d: (d(4), d(3)), lambda d: (d(4), d(2), True)),
    np.setxor1d: args(lambda d: (d(4), d(3))),
    np.union1d: args(lambda d: (d(4), d(2, 2))),
    np.piecewise: [lambda d: ((d(2, 3), [MASK], [np.sin, np.exp]), {}), lambda d: ((d(3), [MASK[0], ~MASK[0]], [lambda x, k: k * x * x, 2.0]), {"k": 3.0}),
                   lambda d: ((d()[()], [True], [np.exp]), {})],
    np.apply_along_axis: args(lambda d: (lambda v: np.cumsum(v)[1:] ** 2, 1, d(2, 3)), lambda d: (np.sum, 0, d(2, 3)), lambda d: (np.outer, -2, d(2, 3), np.array([1.0, 2.0])),
                              lambda d: (np.diag, 1, d(2, 3, 2))),
    np.apply_over_axes: args(lambda d: (np.sum, d(2, 3, 4), [0, -1]), lambda d: (np.cumsum, d(2, 3), 1)),
    np.nancumsum: with_keywords({}, {"axis": 0}, {"axis": 1}, draw=holed),
    np.nancumprod: with_keywords({}, {"axis": 0}, {"axis": 1}, draw=holed),
    np.nansum: with_keywords(*REDUCED, *MASKED, {"initial": 0.5}, draw=holed),
    np.nanprod: with_keywords(*REDUCED, *MASKED, {"initial": 0.5}, draw=holed),
    np.nanmean: with_keywords(*REDUCED, *MASKED, draw=holed),
    np.nanmax: with_keywords(*REDUCED, {"initial": 0.1}, {"where": MASK, "initial": -9.0, "axis": 1}, draw=holed),
    np.nanmin: with_keywords(*REDUCED, {"initial": 0.1}, {"where": MASK, "initial": 9.0, "axis": 1}, draw=holed),
    np.nanvar: with_keywords(*REDUCED, {"ddof": 1}, {"correction": 0.5, "axis": 0}, {"where": np.arange(12).reshape(3, 4) != 5, "axis": 1}, shape=(3, 4), draw=holed),
    np.nanstd: with_keywords(*REDUCED, {"ddof": 1, "axis": 1}, shape=(3, 4), draw=holed),
    np.pad: [lambda d: ((d(3), 2), {}), lambda d: ((d(2, 3), ((1, 0), (2, 1)), "constant"), {"constant_values": ((1.0, 2.0), (3.0, 4.0))}),
             *((lambda d, mode=mode, k=k: ((d(3, 4), ((2, 3), (9, 0)), mode), k)) for mode, k in (("edge", {}), ("wrap", {}), ("reflect", {}), ("symmetric", {}), ("maximum", {}),
               ("reflect", {"reflect_type": "odd"}), ("symmetric", {"reflect_type": "odd"}), ("minimum", {"stat_length": 2}), ("mean", {"stat_length": ((1, 2), (3, 9))}),
               ("median", {"stat_length": (3, 2)}), ("linear_ramp", {"end_values": (0.5, -0.5)}), ("linear_ramp", {}))), lambda d: ((d(1), 2, "reflect"), {"reflect_type": "odd"})],
}
SAMPLES |= quantiles(np.quantile, 1.0, Draw.__call__) | quantiles(np.percentile, 100.0, Draw.__call__)
SAMPLES |= quantiles(np.nanquantile, 1.0, holed) | quantiles(np.nanpercentile, 100.0, holed)

for name in ("sqrt", "log", "log2", "log10"):
    SAMPLES[getattr(scimath, name)] = args(lambda d: (d.pos(3),), lambda d: (d(4),), lambda d: (d.z(3),))
for name in ("arccos", "arcsin", "arctanh"):
    SAMPLES[getattr(scimath, name)] = args(lambda d: (d(3, lo=-0.9, hi=0.9),), lambda d: (d(3, lo=1.3, hi=3.0),), lambda d: (d.z(3),))
SAMPLES[scimath.logn] = args(lambda d: (2 + d.pos(3), d(3)), lambda d: (2 + d.pos(3), d.pos(3)))
SAMPLES[scimath.power] = args(lambda d: (d(3), d(3)), lambda d: (d.pos(3), 2))

SAMPLES[np.polynomial.polynomial.polyval2d] = args(lambda d: (d(3), d(3), d(2, 4)), lambda d: (d()[()], d()[()], d(3, 2)))
SAMPLES[np.polynomial.polynomial.polygrid2d] = args(lambda d: (d(3), d(2), d(2, 4)))
if hasattr(np.polynomial.polynomial, "polyvalnd"):  # new in NumPy 2.5
    SAMPLES[np.polynomial.polynomial.polyvalnd] = args(lambda d: ((d(3), d(3)), d(2, 4)), lambda d: ([d(2), d(2), d(2)], d(2, 2, 3)), lambda d: ((d(2, 2),), d(3, 2)))
SAMPLES[np.bincount] = args(lambda d: (np.array([0, 2, 0, 3]), d(4)), lambda d: (np.array([1, 1]), d(2), 5))

CALLED = {np.trim_zeros: lambda x, *rest: np.trim_zeros(x * np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0]), *rest), np.roots: lambda p: np.roots(p) + 0j,
          np.histogramdd: lambda *args, **kwargs: (np.histogramdd(*args, **kwargs)[0], *np.histogramdd(*args, **kwargs)[1])}
INDICES = {np.tril_indices_from: lambda x: (x,), np.triu_indices_from: lambda x: (x,), np.diag_indices_from: lambda x: (x[:, :2],), np.einsum_path: None} | dict.fromkeys(INTEGERS)
