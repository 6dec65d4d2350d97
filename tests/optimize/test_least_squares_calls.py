"""Calls of `least_squares` that cannot be right: which error, and what it says."""

import warnings

import numpy as np
import pytest
from scipy.optimize import Bounds

from dualrev.optimize import least_squares, root


def line(x):
    return x - np.arange(2.0)


@pytest.mark.parametrize(("options", "error", "words"), [
    ({"method": "newton"}, ValueError, "method must be one of lm, dogleg, scipy:trf"),
    ({"method": 3}, ValueError, "method must be one of"),
    ({"jac": "2-point"}, ValueError, "the exact Jacobian is made here"),
    ({"diff_step": 1e-6}, ValueError, "diff_step=1e-06 is for finite differences"),
    ({"jac_sparsity": np.eye(2)}, ValueError, "is for finite differences"),
    ({"loss": "l1"}, ValueError, "loss must be one of linear, soft_l1"),
    ({"f_scale": 0.0, "loss": "huber"}, ValueError, "f_scale must be a positive number"),
    ({"loss": lambda z: z[:1]}, ValueError, r"must return shape \(3, 2\)"),
    ({"bounds": (2.0, 1.0)}, ValueError, "which is empty"),
    ({"bounds": (2.0, 5.0)}, ValueError, r"x0 is outside the bounds: x\[0\] is 1.0, not in \[2.0, 5.0\]"),
    ({"bounds": ([0.0, 0.0, 0.0], 5.0)}, ValueError, "does not fit the shape"),
    ({"bounds": Bounds([0, 3], [2, 4])}, ValueError, r"x\[1\] is 1.0"),
    ({"ftol": -1.0}, ValueError, "must not be negative"),
    ({"max_nfev": 0}, ValueError, "max_nfev must be positive"),
    ({"x_scale": [1.0, -1.0]}, ValueError, "x_scale must be positive"),
    ({"x_scale": "all"}, ValueError, "x_scale must be 'jac'"),
    ({"x_scale": [1.0, 2.0, 3.0]}, ValueError, "shape"),
    ({"tr_solver": "qr"}, ValueError, "tr_solver must be"),
    ({"tr_options": {"regularize": True}}, ValueError, "'geodesic' only"),
    ({"maxiter": 3}, TypeError, "unknown argument 'maxiter'"),
    ({"fixed": [0, 1]}, ValueError, "all are fixed"),
    ({"fixed": "a"}, ValueError, "names nothing"),
    ({"callback": 3}, TypeError, "callback must be a function"),
    ({"method": "scipy:lm", "loss": "huber"}, ValueError, "has no use for a robust loss"),
    ({"method": "scipy:lm", "bounds": (0.0, 3.0)}, ValueError, "has no use for bounds"),
    ({"jac": lambda x: np.eye(3)}, ValueError, r"jac returned shape \(3, 3\); for 2 residuals and 2 entries of x it must be \(2, 2\)"),
])
def test_settings(options, error, words):
    with pytest.raises(error, match=words):
        least_squares(line, np.ones(2), **options)


@pytest.mark.parametrize(("fun", "x0", "error", "words"), [
    (3.0, [1.0], TypeError, "must be a function, got float"),
    (line, "ab", TypeError, "not numeric"),
    (line, [1.0, np.nan], ValueError, r"x0 must be finite, but x\[1\] is nan"),
    (line, np.ones(0), ValueError, "no free entry"),
    (lambda x: None, [1.0], TypeError, "returned None"),
    (lambda x: "a", [1.0], TypeError, "not numeric"),
    (lambda x: np.log(x - 2), [1.0], ValueError, "residual 0 of <lambda> is nan at x0"),
    (np.sqrt, [0.0], ValueError, r"the derivative of residual 0 of sqrt in x\[0\] is inf at x0"),
    (lambda x: np.ones(int(3 + 2 * (np.max(x) < 0.99))) * (x[0] + 1), [1.0], ValueError, "returned 5 residuals, and 3 at x0"),
    (lambda x: float(x[0]), [1.0], TypeError, "plain number"),
])
def test_functions_and_starts(fun, x0, error, words):
    with np.errstate(all="ignore"), pytest.raises(error, match=words):
        least_squares(fun, x0)


def test_the_users_arrays_are_left_alone():
    x0, low = np.array([3.0, 2.0]), np.array([0.0, 0.0])

    def writes(x):
        r = x - np.arange(2.0)
        x *= 0  # its own copy
        return r

    found = least_squares(writes, x0, bounds=(low, 9.0), jac=lambda x: np.eye(2))
    np.testing.assert_allclose(found.x, [0.0, 1.0], atol=1e-12)
    assert x0.tolist() == [3.0, 2.0] and low.tolist() == [0.0, 0.0]
    found.x[:] = 7.0
    assert least_squares(line, x0).x[1] == pytest.approx(1.0)


def test_one_further_argument_need_not_be_a_tuple():
    assert least_squares(lambda x, a: x - a, 1.0, args=3.0).x == 3.0
    assert root(lambda x, a: x - a, 1.0, args=3.0).x == 3.0


def test_complex_unknowns_have_a_mask_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = least_squares(lambda z: z**2 - (1 + 2j), np.array([1 + 1j]))
    assert found.active_mask.tolist() == [0]
    assert found.active_mask.dtype.kind == "i"
