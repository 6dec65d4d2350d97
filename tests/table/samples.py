"""Arguments for every row of the table: a row's own ``domain``, or what the rooms beside this file list, in several variants each."""

import arrays
import decompositions
import entrywise
import moving
import numpy as np
import products
import reductions
import scipy_fft
import scipy_interpolate
import scipy_linalg
import scipy_ndimage
import scipy_signal
import scipy_special
import scipy_stats

from dualrev.core.batching import BatchTrace, example, gathered
from dualrev.core.rows import TABLE
from dualrev.rules.eigenvectors import eigenspaces, spectral
from dualrev.rules.ufuncs import tanh_slope

SAMPLES = entrywise.SAMPLES | moving.SAMPLES | reductions.SAMPLES | products.SAMPLES | decompositions.SAMPLES | arrays.SAMPLES
SAMPLES |= scipy_linalg.SAMPLES | scipy_special.SAMPLES
SAMPLES |= scipy_interpolate.SAMPLES | scipy_signal.SAMPLES | scipy_fft.SAMPLES | scipy_ndimage.SAMPLES | scipy_stats.SAMPLES


def in_place(function):
    """Call a function that changes its first argument on a copy, and return that."""
    def call(x, *rest, **kwargs):
        y = np.copy(x)
        function(y, *rest, **kwargs)
        return y

    return call


def symmetric(function):
    """Call a function of a Hermitian matrix on the Hermitian part of any; of eigenvectors look at the moduli, which do not depend on the phase."""
    def call(a, *rest, **kwargs):
        y = function((a + np.conj(np.swapaxes(a, -1, -2))) / 2, *rest, **kwargs)
        return [y[0], np.abs(y[1])] if isinstance(y, tuple) else y

    return call


WRITERS = (np.put_along_axis, np.copyto, np.put, np.place, np.putmask, np.fill_diagonal)
CALLED = {function: in_place(function) for function in TABLE if function in WRITERS or getattr(function, "__name__", "") == "at"}
CALLED |= {function: symmetric(function) for function in (np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh, spectral, eigenspaces)}
CALLED |= decompositions.CALLED
CALLED |= arrays.CALLED | scipy_stats.CALLED | scipy_signal.CALLED
CALLED |= scipy_linalg.CALLED | scipy_special.CALLED
CALLED[tanh_slope] = lambda x: tanh_slope(np.tanh(x), x)
CALLED |= {maker: lambda x, maker=maker, **kwargs: maker(x, like=x, **kwargs) for maker in moving.MAKERS}
SAMPLES |= {function: [lambda d: ((d(3), d(3), BatchTrace(2)), {}), lambda d: ((d()[()], d()[()], BatchTrace(2)), {})] for function in (example, gathered)}
CALLED[example] = lambda x, y, trace: example(gathered(x, y, trace=trace), trace, 0)
CALLED[gathered] = lambda x, y, trace: example(gathered(x, y, trace=trace), trace, 0) * 2 - example(gathered(y, x, trace=trace), trace, 0)


def spread(d, shapes, interval):
    """Arguments of an elementwise function, from the interval that its row declares, for all of them or for each."""
    interval = interval if isinstance(interval, tuple) else (-2.0, 2.0)
    each = interval if isinstance(interval[0], tuple) else (interval,) * len(shapes)
    made = tuple(d(*shape, lo=lo, hi=hi) for shape, (lo, hi) in zip(shapes, each, strict=True))
    return tuple(a[()] for a in made), {}


def elementwise_variants(row):
    n = len(row.rules)
    shapes = [[(4,)] * n, [()] * n]
    if n == 2:
        shapes.append([(2, 1), (3,)])
    return [lambda d, s=s: spread(d, s, row.domain) for s in shapes]


def variants(row):
    """All samples of a row: functions from a drawer to (args, kwargs); none if nobody has thought of any."""
    if row.function in SAMPLES:
        return SAMPLES[row.function]
    if callable(row.domain):
        return [lambda d: row.domain(d.rng)]
    if isinstance(row.domain, list):
        return [lambda d, one=one: one(d.rng) for one in row.domain]
    if row.kind == "elementwise":
        return elementwise_variants(row)
    return []


ROWS = [row for row in TABLE.values() if row.kind not in ("constant", "unsupported")]
CASES = [(row, k) for row in ROWS for k in range(len(variants(row)))]
IDS = [f"{row.name}-{k}" for row, k in CASES]
