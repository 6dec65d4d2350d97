"""What a user may well give or return, though it is not in the book: it works, or an error says what to do."""

import numpy as np
import pytest
from scipy.optimize import Bounds, rosen

from dualrev.optimize import least_squares, minimize, root
from dualrev.optimize.methods import METHODS

SCIPYS = ["scipy:BFGS", "scipy:Newton-CG", "scipy:trust-exact", "SLSQP", "trust-constr", "Nelder-Mead", "COBYQA"]


@pytest.mark.parametrize("method", [*METHODS, *SCIPYS])
def test_an_array_of_one_entry_is_a_number_as_in_scipy(method):
    found = minimize(lambda x: (x - 3) ** 2, [0.0], method=method)
    assert found.success
    assert isinstance(found.fun, float)
    np.testing.assert_allclose(found.x, 3, atol=1e-4)


def test_an_array_of_one_entry_of_several_variables():
    found = minimize(lambda x: np.sum(x**2, keepdims=True).reshape(1, 1), np.ones(3), check=True)
    assert found.nfev == found.njev == len(found.history)
    np.testing.assert_allclose(found.stderr, np.sqrt(0.5))
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        minimize(lambda x: x**2, np.ones(2))
    with pytest.raises(ValueError, match="mine"):
        minimize(raises, np.ones(2))


def raises(x):
    raise ValueError("mine")


@pytest.mark.parametrize("method", ["Nelder-Mead", "Powell", "COBYQA"])
def test_a_function_that_writes_to_its_argument_changes_nothing_else(method):
    seen = []

    def shifted(x):
        seen.append(x.copy())
        x -= 1
        return np.sum(x**2)

    found = minimize(shifted, np.array([3.0, 0.5]), method=method)
    clean = minimize(lambda x: np.sum((x - 1) ** 2), np.array([3.0, 0.5]), method=method)
    assert found.nfev == clean.nfev == len(seen)
    assert np.array_equal(found.x, clean.x)


def test_trust_constr_ends_inside_equal_bounds():
    bounds = Bounds([0, 0.3, 0], [0.5, 0.3, 2])
    found = minimize(lambda x: rosen(x) + 3 * x[1], np.full(3, 0.2), method="trust-constr", bounds=bounds)
    assert np.all((found.x >= bounds.lb) & (found.x <= bounds.ub))
    assert found.x[1] == 0.3
    assert found.fun == rosen(found.x) + 3 * found.x[1]


@pytest.mark.parametrize("solve", [least_squares, root])
@pytest.mark.parametrize("method", [None, "scipy:lm"])
def test_residuals_whose_squares_overflow_are_refused(solve, method):
    with pytest.raises(ValueError, match="sum of squares"):
        solve(lambda x: 1e200 * (x - 1), np.zeros(2), **({} if method is None else {"method": method}))


def test_options_that_are_no_dict_are_named():
    with pytest.raises(TypeError, match="options must be a dict, got str"):
        minimize(rosen, np.zeros(2), options="maxiter")


@pytest.mark.parametrize("method", ["scipy:hybr", "scipy:lm", "scipy:df-sane", "scipy:krylov"])
def test_messages_of_scipys_root_methods_are_sentences(method):
    for f in (lambda x: x**2 - 2, lambda x: x**2 + 1):
        message = root(f, np.array([1.0, 2.0]), method=method).message
        assert message.endswith(".")
        assert "0.000000 But" not in message
