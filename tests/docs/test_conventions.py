"""Every row of the tables in docs/conventions.md, in both modes, to second order, at the point itself and behind every kind of branch that is not chosen."""

import numpy as np
import pytest
import scipy.special

import dualrev as dr
from tests.docs.documents import ROOT, tables

PATH = ROOT / "docs" / "conventions.md"
ROWS = tables(PATH, "function")
FIRST = [row for row in ROWS if "derivative" in row]
SECOND = [row for row in ROWS if "second derivative" in row]
NAMES = {"np": np, "sp": scipy.special, "dr": dr, "nn": dr.nn}
REPEATED = ("eig", "svd", "lstsq")  # in reverse mode a second derivative at equal eigenvalues is NaN where it cannot be inferred, docs/limits.md
UNCHOSEN = {
    "where": lambda y: np.where(False, y, 1.0),
    "select": lambda y: np.select([False, True], [y, 1.0]),
    "choose": lambda y: np.choose(1, [y, 1.0]),
    "boolean index": lambda y: np.sum(np.stack([y, y * 0.0 + 1.0])[np.array([False, False])]) + 1.0,
    "index": lambda y: np.stack([y, np.ones_like(y)])[1],
    "where= of a ufunc": lambda y: np.multiply(y, 2.0, where=False, out=np.ones_like(y)),
    "where= of a reduction": lambda y: np.sum(np.stack([y, np.ones_like(y)]), where=np.array([False, True])),
}


def read(row):
    """Turn a row into a function of its variables, the point, and the expected derivative of each variable."""
    point = {name: np.array(value) if isinstance(value, list) else value for name, value in eval(f"dict({row['at']})", NAMES).items()}
    code = compile(row["function"], "<table>", "eval")
    f = eval(f"lambda {', '.join(point)}: eval(code, dict(names, {', '.join(f'{name}={name}' for name in point)}))", {"code": code, "names": NAMES})
    expected = eval(row.get("derivative") or row["second derivative"], NAMES)
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


@pytest.mark.parametrize("way", UNCHOSEN)
@pytest.mark.parametrize("row", FIRST, ids=ident)
@np.errstate(all="ignore")
def test_what_is_not_chosen_is_zero(row, way):
    f, args, _ = read(row)

    def hidden(*xs):
        return UNCHOSEN[way](f(*xs))

    for k, x in enumerate(args):
        np.testing.assert_array_equal(dr.grad(hidden, k)(*args), np.zeros(np.shape(x)), err_msg="reverse")
        np.testing.assert_array_equal(forward_gradient(hidden, args, k), np.zeros(np.shape(x)), err_msg="forward")


def directions(args):
    """One direction for each argument, with no zero in it."""
    ts = []
    for x in args:
        x = np.asarray(x)
        t = 1.0 + 0.25 * np.arange(x.size).reshape(x.shape)
        ts.append((t * (1 - 0.5j) if x.dtype.kind == "c" else t)[()])
    return tuple(ts)


def pairing(g, t):
    """Re sum(g t)."""
    return sum(np.sum(np.real(a * b)) for a, b in zip(g, t, strict=True))


@pytest.mark.parametrize("hide", [False, True], ids=["chosen", "hidden"])
@pytest.mark.parametrize("row", FIRST, ids=ident)
@np.errstate(all="ignore")
def test_nestings_agree(row, hide):
    """The second derivative along one direction, four ways: one number, or NaN, in all of them; 0 behind a branch that is not chosen."""
    g, args, _ = read(row)
    args = tuple(float(x) if isinstance(x, int) else x for x in args)
    ts, every = directions(args), tuple(range(len(args)))

    def f(*xs):
        return np.where(False, g(*xs), 1.0) if hide else g(*xs)

    def slope(*xs):
        return dr.jvp(f, xs, ts)[1]

    gradient = dr.grad(f, every)
    ways = [dr.jvp(slope, args, ts)[1], pairing(dr.grad(slope, every)(*args), ts), pairing(dr.jvp(gradient, args, ts)[1], ts), pairing(dr.vjp(gradient, *args)[1](ts), ts)]
    if hide:
        np.testing.assert_array_equal(ways, 0.0)
    elif any(name in row["function"] for name in REPEATED):
        np.testing.assert_allclose([way for way in ways if np.isfinite(way)], ways[0], rtol=1e-10, atol=1e-12)
    else:
        np.testing.assert_allclose(ways, ways[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("row", SECOND, ids=ident)
@np.errstate(all="ignore")
def test_second_derivative_in_all_nestings(row):
    f, (x,), (expected,) = read(row)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dr.jacobian(dr.grad(f), mode=mode)(x), expected, rtol=1e-12, atol=1e-15, err_msg=f"{mode} over reverse")
        np.testing.assert_allclose(dr.jacobian(dr.jacobian(f, mode="forward"), mode=mode)(x), expected, rtol=1e-12, atol=1e-15, err_msg=f"{mode} over forward")


def test_the_tables_are_there():
    """Rows that a reader counts in the document: none is lost in reading it."""
    lines = [line for line in PATH.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(FIRST) + len(SECOND) == len(lines) > 100
