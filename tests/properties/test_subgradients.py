"""Subgradients: of a convex, piecewise linear f every gradient g satisfies f(y) >= f(x) + g.(y - x) for all y, at ties and kinks too."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualrev as dr

N = 4
whole = st.integers(-2, 2).map(float)
vectors = st.lists(whole, min_size=N, max_size=N).map(np.array)
matrices = st.lists(st.lists(whole, min_size=N, max_size=N), min_size=1, max_size=5).map(np.array)


def largest(a, b):
    return lambda x: np.max(a @ x + b[0])


def pairwise(a, b):
    """The maximum of affine functions, two at a time."""
    def f(x):
        y = a[0] @ x
        for row in a[1:]:
            y = np.maximum(y, row @ x + b[1])
        return y

    return f


def convex_of_convex(a, b):
    """A maximum of sums of maxima: increasing convex functions of convex ones."""
    return lambda x: np.fmax(np.sum(np.maximum(a @ x, b[0])), np.sum(np.abs(x - b))) + np.max(np.stack([np.abs(x[0]), -x[1], np.float64(0.5) * x[2]]))


def sorted_sum(a, b):
    """Weights that rise with the order, of either sign."""
    weights = np.sort(b)
    return lambda x: np.sort(a[0] * x) @ weights


def largest_two(a, b):
    return lambda x: np.sum(np.partition(x * a[0], N - 2)[N - 2:])


def clipped_below(a, b):
    return lambda x: np.sum(np.clip(a @ x, b[0], None)) - np.sum(np.clip(x, None, b[1]))


def ranges(a, b):
    return lambda x: np.ptp(x - b) - np.min(a @ x)


FAMILIES = {
    "max of affine functions": largest, "maximum, two at a time": pairwise, "maxima of maxima": convex_of_convex, "sorted, rising weights": sorted_sum,
    "sum of the largest": largest_two, "clip from one side": clipped_below, "ptp and min": ranges,
    "sum of abs": lambda a, b: lambda x: np.sum(np.abs(a @ x - a @ b)), "norm 1": lambda a, b: lambda x: np.linalg.norm(x - b, 1),
    "norm inf": lambda a, b: lambda x: np.linalg.norm(a @ x - a @ b, np.inf), "norm 2 at its tip": lambda a, b: lambda x: np.linalg.norm(x - b),
    "matrix norms": lambda a, b: lambda x: np.linalg.norm(a * x, 1) + np.linalg.norm(a * x, np.inf), "maximum.reduce": lambda a, b: lambda x: np.maximum.reduce(a @ x - b[0]),
    "the larger half": lambda a, b: lambda x: np.max(x[:2]) + np.maximum(x[2], x[3]) + np.hypot(x[0], x[1]),
    "abs in an axis": lambda a, b: lambda x: np.sum(np.max(np.abs(a * x - b), axis=0)),
    "range of quantiles": lambda a, b: lambda x: np.quantile(x - b, 1.0) - np.quantile(x * 1.0, 0.0),
}


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=60, deadline=None)
@given(a=matrices, b=vectors, x=vectors, ys=st.lists(vectors, min_size=3, max_size=3))
def test_subgradient_inequality(family, a, b, x, ys):
    """Whole numbers, so that ties and kinks are met often."""
    f = FAMILIES[family](a, b)
    with np.errstate(all="ignore"):
        g = dr.grad(f)(x)
        forward = np.array([dr.jvp(f, (x,), (e,))[1] for e in np.eye(N)])
    np.testing.assert_allclose(forward, g, rtol=1e-13, atol=1e-13)
    for y in (*ys, x + 0.5 * g, x - 0.5 * g, b):
        assert f(y) >= f(x) + g @ (y - x) - 1e-9
