"""Every row of the tables in docs/conventions.md, in both modes, at the point itself and behind an unselected branch."""

import numpy as np
import pytest

import dualrev as dr
from tests.docs.documents import ROOT, tables

PATH = ROOT / "docs" / "conventions.md"
ROWS = tables(PATH, "function")
FIRST = [row for row in ROWS if "derivative" in row]
SECOND = [row for row in ROWS if "second derivative" in row]


def read(row):
    """Turn a row into a function of its variables, the point, and the expected derivative of each variable."""
    point = {name: np.array(value) if isinstance(value, list) else value for name, value in eval(f"dict({row['at']})", {"np": np}).items()}
    code = compile(row["function"], "<table>", "eval")
    f = eval(f"lambda {', '.join(point)}: eval(code, dict(np=np, nn=nn, {', '.join(f'{name}={name}' for name in point)}))", {"code": code, "np": np, "nn": dr.nn})
    expected = eval(row.get("derivative") or row["second derivative"], {"np": np})
    return f, tuple(point.values()), expected if len(point) > 1 else [expected]


def ident(row):
    return f"{row['function']} at {row['at']}"


def forward_gradient(f, args, k):
    """The gradient in one argument by forward mode: one direction at a time."""
    def of_one(x):
        return f(*args[:k], x, *args[k + 1:])

    x = np.asarray(args[k])
    kind = complex if x.dtype.kind == "c" else float
    out = np.zeros(x.shape, kind)
    for place in np.ndindex(x.shape):
        e = np.zeros(x.shape, kind)
        e[place] = 1
        out[place] = dr.jvp(of_one, (args[k],), (e[()],))[1]
        if kind is complex:
            out[place] -= 1j * dr.jvp(of_one, (args[k],), (1j * e[()],))[1]
    return out


@pytest.mark.parametrize("row", FIRST, ids=ident)
@np.errstate(all="ignore")
def test_first_derivative_in_both_modes(row):
    f, args, expected = read(row)
    for k, value in enumerate(expected):
        np.testing.assert_allclose(dr.grad(f, k)(*args), value, rtol=1e-12, atol=1e-15, err_msg="reverse")
        np.testing.assert_allclose(forward_gradient(f, args, k), value, rtol=1e-12, atol=1e-15, err_msg="forward")


@pytest.mark.parametrize("row", FIRST, ids=ident)
@np.errstate(all="ignore")
def test_unselected_branch_is_zero(row):
    f, args, _ = read(row)

    def hidden(*xs):
        return np.where(False, f(*xs), 1.0)

    for k, x in enumerate(args):
        np.testing.assert_array_equal(dr.grad(hidden, k)(*args), np.zeros(np.shape(x)), err_msg="reverse")
        np.testing.assert_array_equal(forward_gradient(hidden, args, k), np.zeros(np.shape(x)), err_msg="forward")


@pytest.mark.parametrize("row", SECOND, ids=ident)
@np.errstate(all="ignore")
def test_second_derivative_in_all_nestings(row):
    f, (x,), (expected,) = read(row)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dr.jacobian(dr.grad(f), mode=mode)(x), expected, rtol=1e-12, atol=1e-15, err_msg=f"{mode} over reverse")
        np.testing.assert_allclose(dr.jacobian(dr.jacobian(f, mode="forward"), mode=mode)(x), expected, rtol=1e-12, atol=1e-15, err_msg=f"{mode} over forward")


def test_the_tables_are_there():
    assert len(FIRST) > 50
    assert len(SECOND) > 5
