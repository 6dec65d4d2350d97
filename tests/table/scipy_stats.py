"""Samples for the summaries of dr.scipy.stats; its distributions carry samples of their own."""

import numpy as np
from drawing import Draw, with_keywords

from dualrev.core.rows import TABLE
from dualrev.scipy import stats
from dualrev.scipy.stats.matrices import student_logpdf, wishart_logpdf
from dualrev.scipy.stats.vectors import normal_logpdf

AXES = ({}, {"axis": 1}, {"axis": None}, {"axis": -1, "keepdims": True})
WEIGHTS = np.array([0.5, 2.0, 1.0, 1.5])


def of_samples(*more, axes=AXES, shape=(3, 4), draw=Draw.pos):
    return with_keywords(*axes, *more, shape=shape, draw=draw)


SAMPLES = {
    stats.gmean: of_samples({"weights": WEIGHTS, "axis": 1}),
    stats.hmean: of_samples({"weights": WEIGHTS, "axis": 1}),
    stats.pmean: [lambda d, k=k: ((d.pos(3, 4), 2.5), k) for k in AXES] + [lambda d: ((d.pos(4), 0), {"weights": WEIGHTS})],
    stats.sem: of_samples({"ddof": 0}),
    stats.moment: of_samples({"order": 2}, {"order": 3, "axis": 1}, {"order": 2, "center": 0.3}, {"order": [2, 3]}, {"order": 2, "axis": None, "keepdims": True}),
    stats.skew: of_samples({"bias": False, "axis": 1}, draw=Draw.__call__),
    stats.kurtosis: of_samples({"bias": False, "axis": 1}, {"fisher": False}, shape=(4, 5), draw=Draw.__call__),
    stats.variation: of_samples({"ddof": 1}),
    stats.entropy: of_samples({"base": 2.0}) + [lambda d: ((d.pos(3, 4), d.pos(3, 4)), {"axis": 1}), lambda d: ((d.pos(4), d.pos(4)), {})],
    stats.zscore: of_samples({"ddof": 1}, axes=AXES[:3]),
    stats.gzscore: of_samples({"ddof": 1}, axes=AXES[:3]),
    stats.zmap: [lambda d, k=k: ((d(3, 4), d(3, 4)), k) for k in AXES[:3]],
    stats.median_abs_deviation: of_samples({"scale": "normal"}, {"center": np.mean}, draw=Draw.__call__),
}


def of_symmetric(function):
    """Call the normal density with the symmetric part of a covariance matrix: SciPy reads one triangle."""
    def call(x, mean=None, cov=1.0):
        return function(x, mean, (cov + np.swapaxes(cov, -1, -2)) / 2 if np.ndim(cov) == 2 else cov)

    return call


def symmetric(a):
    """The symmetric part of a matrix."""
    return (a + np.swapaxes(a, -1, -2)) / 2 if np.ndim(a) == 2 else a


CALLED = {f: of_symmetric(f) for f in (normal_logpdf, stats.multivariate_normal.logpdf, stats.multivariate_normal.pdf)}
CALLED |= {f: lambda x, loc, shape, df, f=f: f(x, loc, symmetric(shape), df) for f in (student_logpdf, stats.multivariate_t.logpdf, stats.multivariate_t.pdf)}
CALLED |= {f: lambda x, df, scale, f=f: f(symmetric(x), df, symmetric(scale)) for f in (wishart_logpdf, stats.wishart.logpdf, stats.wishart.pdf)}
CALLED |= {f: lambda x, n, p, f=f: f(x, n, p / np.sum(p, axis=-1, keepdims=True)) for f in (stats.multinomial.logpmf, stats.multinomial.pmf)}
INDICES = {row.function: lambda x: (x, 5, 0.4, 0) for row in TABLE.values() if row.kind == "constant" and row.name.startswith(("dr.scipy.stats.binom", "dr.scipy.stats.nbinom"))}
INDICES |= {row.function: lambda x: (x, 5, 0.4, 1.2, 0) for row in TABLE.values() if row.kind == "constant" and row.name.startswith("dr.scipy.stats.betabinom")}
