"""Samples of 1e5 elements for functions whose small ones do not grow: square matrices, masks and indices that must fit, arguments that must not all be long."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import dualrev as dr

__all__ = ["whole"]

N, SIDE = 100_000, 316
Maker = Callable[[Any], Any]


def given(*makers: Callable[[Any], Any], **kwargs: Any) -> Maker:
    """A sample of arguments made one by one."""
    return lambda rng: (tuple(make(rng) for make in makers), kwargs)


def exactly(x: Any) -> Callable[[Any], Any]:
    """An argument that is no array."""
    return lambda rng: x


def vector(rng: Any) -> Any:
    """1e5 numbers."""
    return rng.uniform(-2.0, 2.0, N)


def rows(rng: Any) -> Any:
    """The same in 1000 rows."""
    return rng.uniform(-2.0, 2.0, (1000, N // 1000))


def side(rng: Any) -> Any:
    """As many numbers as a square of 1e5 has on a side."""
    return rng.uniform(-2.0, 2.0, SIDE)


def few(rng: Any) -> Any:
    """Coefficients."""
    return rng.normal(size=(3, 3))


def near_one(rng: Any) -> Any:
    """1e5 numbers whose product is one too."""
    return np.exp(rng.normal(size=N) / 100)


def mask(rng: Any) -> Any:
    """Half of 1e5 entries."""
    return rng.random(N) < 0.5


def number(rng: Any) -> Any:
    """One number."""
    return rng.uniform(0.5, 2.0)


def matrix(rng: Any) -> Any:
    """A well-conditioned matrix of 1e5 elements."""
    return rng.normal(size=(SIDE, SIDE)) / 18 + 4 * np.eye(SIDE)


def definite(rng: Any) -> Any:
    """A positive definite one."""
    return matrix(rng) @ matrix(rng).T


@cache
def whole() -> dict[Any, Maker]:
    """The samples, by function."""
    la = np.linalg
    found = dict.fromkeys((la.inv, la.det, la.slogdet, la.qr, la.svd, la.eig, la.eigvals), given(matrix))
    found |= dict.fromkeys((la.cholesky, la.eigh, la.eigvalsh), given(definite))
    found |= dict.fromkeys((np.matmul, np.dot, la.solve), given(matrix, matrix))
    found |= {la.matrix_power: given(matrix, exactly(3)), la.tensorinv: lambda rng: ((matrix(rng)[:315, :315].reshape(15, 21, 315),), {"ind": 2})}
    found |= dict.fromkeys((np.sum, np.mean, np.var, np.std, np.max, np.min, np.ptp, np.prod, np.sort, np.cumsum, np.diff), given(vector))
    found |= {np.where: given(mask, vector, vector), np.select: lambda rng: (([mask(rng), mask(rng)], [vector(rng), vector(rng)]), {}), np.extract: given(mask, vector),
              np.choose: lambda rng: ((rng.integers(0, 2, N), [vector(rng), vector(rng)]), {}), np.compress: given(mask, vector)}
    found |= dict.fromkeys((np.linspace, np.geomspace), given(number, lambda rng: 3.0 + rng.random(), exactly(N)))
    found |= {np.logspace: given(number, number, exactly(N)), np.vander: given(lambda rng: rng.uniform(-1.0, 1.0, N // 4), exactly(4)), np.trim_zeros: given(vector)}
    found |= dict.fromkeys((np.cross,), lambda rng: ((rng.normal(size=(N // 3, 3)), rng.normal(size=(N // 3, 3))), {}))
    found |= {np.piecewise: lambda rng: ((lambda x: (x, [x < 0, x >= 0], [np.exp, np.sin]))(vector(rng)), {}), np.apply_along_axis: given(exactly(np.sum), exactly(1), rows)}
    found |= {np.ldexp: lambda rng: ((vector(rng), rng.integers(-3, 4, N)), {}), np.outer: given(side, side)}
    found |= {np.quantile: given(vector, exactly(0.3)), np.percentile: given(vector, exactly(30.0)), np.median: given(vector), np.divmod: given(vector, near_one)}
    found |= dict.fromkeys((np.cov, np.corrcoef), lambda rng: ((rng.normal(size=(10, N // 10)),), {}))
    found |= dict.fromkeys((np.convolve, np.correlate, np.polymul), given(vector, lambda rng: rng.normal(size=8)))
    found |= {np.take: lambda rng: ((vector(rng), rng.permutation(N)), {}), np.putmask: given(vector, mask, vector), np.place: given(vector, mask, vector)}
    found |= {np.polynomial.polynomial.polyval2d: given(vector, vector, few), np.polynomial.polynomial.polygrid2d: given(side, side, few), np.trace: given(matrix)}
    found |= {np.unstack: given(lambda rng: rng.normal(size=(10, N // 10)))} if hasattr(np, "unstack") else {}
    filters = dr.scipy.signal
    found |= dict.fromkeys((filters.convolve, filters.correlate, filters.fftconvolve, filters.oaconvolve), given(vector, lambda rng: rng.normal(size=8)))
    found |= dict.fromkeys((filters.convolve2d, filters.correlate2d), given(rows, few)) | {filters.upfirdn: given(lambda rng: rng.normal(size=8), vector, exactly(2), exactly(3))}
    images = dr.scipy.ndimage
    found |= dict.fromkeys((images.convolve1d, images.correlate1d), given(vector, lambda rng: rng.normal(size=5)))
    found |= dict.fromkeys((images.convolve, images.correlate), given(rows, few))
    found |= {images.map_coordinates: lambda rng: ((rows(rng), rng.uniform(1.0, 98.0, (2, N))), {"order": 1})}
    found |= dict.fromkeys((np.prod, np.nanprod, np.cumprod, np.nancumprod, np.multiply.reduce, np.multiply.accumulate), given(near_one))
    found |= {np.cumulative_prod: given(near_one)} if hasattr(np, "cumulative_prod") else {}
    found |= {np.broadcast_to: lambda rng: ((rng.normal(size=100), (1000, 100)), {}), np.bincount: lambda rng: ((rng.integers(0, 1000, N),), {"weights": vector(rng)})}
    return found
