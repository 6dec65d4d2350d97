"""Rows that are constant give plain values and derivative zero; rows that are unsupported raise; NumPy's ufuncs are all accounted for."""

import numpy as np
import pytest
import scipy_linalg
import scipy_signal
import scipy_special
import scipy_stats
from arrays import INDICES

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.core.rows import TABLE
from dualrev.core.tracer import Tracer
from dualrev.rules.extrema import holders
from dualrev.rules.repeated import aligned, mixed
from dualrev.rules.singularspaces import turns, unsettled
from dualrev.rules.windows import Geometry, chosen

X = np.array([[0.4, -1.2, 2.5], [1.1, 0.7, -0.3]])
V = np.array([0.4, 1.2, 2.5])
RIDGE = Geometry((2, 2), (2, 1), (1, 1), ((0, 0), (0, 0)), (1, 1))
ARGUMENTS = {
    np.searchsorted: lambda x: (V, x), np.digitize: lambda x: (x, V), np.lexsort: lambda x: ((x, x),), np.argpartition: lambda x: (x, 1), np.isin: lambda x: (x, V),
    np.can_cast: lambda x: (x.dtype, float), np.spacing: lambda x: (x,), np.linalg.matrix_rank: lambda x: (x,),
}
ARGUMENTS |= INDICES
ARGUMENTS |= scipy_signal.ARGUMENTS | scipy_stats.INDICES
ARGUMENTS |= scipy_linalg.ARGUMENTS
ARGUMENTS |= scipy_linalg.ARGUMENTS | scipy_special.ARGUMENTS
ARGUMENTS |= {function: lambda x: (np.ones(2), x[:, :2] + x[:, :2].T) for function in (aligned, mixed, turns, unsettled)}
ARGUMENTS[holders] = lambda x: (x, 1)
ARGUMENTS[chosen] = lambda x: (np.ones(RIDGE.places), x[:, :2], RIDGE)
CONSTANT = [row for row in TABLE.values() if row.kind == "constant"]
ARGUMENTS |= {row.function: None for row in CONSTANT if row.creates and not row.name.endswith("_like")}  # they take lengths
UNSUPPORTED = [row for row in TABLE.values() if row.kind == "unsupported"]


def arguments(function, x):
    """One argument or two, whichever the function takes; None where it takes no float array."""
    if function in ARGUMENTS:
        make = ARGUMENTS[function]
        return None if make is None else make(x)
    if isinstance(function, np.ufunc):
        return (x,) * function.nin
    if TABLE[function].kind == "unsupported" and TABLE[function].name.startswith("dr.scipy."):
        return (x,)  # SciPy's, of which nothing is called
    try:
        function(X)
        return (x,)
    except TypeError:
        return (x, x)


TAKEN = [row for row in CONSTANT if arguments(row.function, X) is not None]


@pytest.mark.parametrize("row", TAKEN, ids=lambda row: row.name)
def test_constant_rows_have_derivative_zero(row):
    seen = []

    def f(x):
        y = row.function(*arguments(row.function, x))
        seen.append(y)
        return 3.0 * y if row.creates else 0.0 * np.sum(x)

    plain = row.function(*arguments(row.function, X))
    _, dy = dr.jvp(f, (X,), (np.ones_like(X),))
    y, pullback = dr.vjp(f, X)
    assert not np.any(dy)
    assert not np.any(pullback(np.ones_like(y))[0])
    for got in seen:
        if row.creates:
            assert isinstance(got, Tracer)
            assert (got.shape, got.dtype) == (plain.shape, plain.dtype)
        else:
            assert not isinstance(got, Tracer), "a constant is a plain value"
            assert type(got) is type(plain)
            np.testing.assert_array_equal(got, plain)


def test_every_constant_row_takes_part():
    """Only functions that take no float array are left out, by name."""
    left_out = {row.function for row in CONSTANT} - {row.function for row in TAKEN}
    assert left_out <= {function for function, make in ARGUMENTS.items() if make is None}


def test_unsupported_rows_say_why():
    for row in UNSUPPORTED:
        assert row.notes
        with pytest.raises(NoRuleError, match="has no derivative rule"):
            dr.grad(lambda x: row.function(*arguments(row.function, x)))(X)


INTEGERS = "bitwise_and bitwise_or bitwise_xor bitwise_not invert left_shift right_shift bitwise_count gcd lcm".split()
OTHER_KINDS = {"isnat": "of times only"} | dict.fromkeys(INTEGERS, "of integers only: NumPy refuses floats")


def test_every_ufunc_of_numpy_has_a_row_or_a_reason():
    ufuncs = {f for f in vars(np).values() if isinstance(f, np.ufunc)}
    missing = {f.__name__ for f in ufuncs if f not in TABLE}
    assert missing <= set(OTHER_KINDS)
    assert len(ufuncs) > 80


@pytest.mark.parametrize("name", sorted(OTHER_KINDS))
def test_ufuncs_of_other_kinds_refuse(name):
    ufunc = getattr(np, name)
    with pytest.raises(TypeError):
        ufunc(*(X,) * ufunc.nin)
    with pytest.raises((NoRuleError, TypeError), match=ufunc.__name__):
        dr.grad(lambda x: ufunc(*(x,) * ufunc.nin))(X)
