"""Shapes and types at the edges, for every elementwise row and every reduction: empty, 0-d, Python numbers, complex, not contiguous."""

import cmath

import numpy as np
import pytest
from drawing import Draw
from samples import spread

import dualrev as dr
from dualrev.agreement import Problem, examine
from dualrev.core.rows import TABLE

ENTRYWISE = [row for row in TABLE.values() if row.kind == "elementwise" and isinstance(row.function, np.ufunc) and all(rule is not None for rule in row.rules)
             and not isinstance(row.domain, list)]
each_entrywise = pytest.mark.parametrize("row", ENTRYWISE, ids=lambda row: row.name)


def points(row, shape):
    return spread(Draw(3), [shape] * len(row.rules), row.domain)[0]


def real_part(row):
    return lambda *xs: np.real(row.function(*xs)) if np.iscomplexobj(row.function(*xs)) else row.function(*xs)


@each_entrywise
@pytest.mark.parametrize("shape", [(0,), (2, 0, 3)])
def test_empty(row, shape):
    xs = tuple(np.zeros(shape) for _ in row.rules)
    y, dy = dr.jvp(row.function, xs, xs)
    z, pullback = dr.vjp(row.function, *xs)
    assert y.shape == dy.shape == z.shape == shape
    assert all(g.shape == shape and g.dtype == float for g in pullback(z))


@each_entrywise
def test_python_numbers_and_arrays_without_axes_agree(row):
    xs = points(row, ())
    function = real_part(row)
    numbers = tuple(map(float, xs))
    arrays = tuple(np.asarray(x) for x in xs)
    ones = tuple(1.0 for _ in xs)
    _, slope = dr.jvp(function, numbers, ones)
    _, other = dr.jvp(function, arrays, tuple(np.asarray(1.0) for _ in xs))
    assert np.shape(slope) == np.shape(other) == ()
    assert float(slope) == pytest.approx(float(other), rel=1e-12, abs=1e-300)
    gradient = dr.grad(function, tuple(range(len(xs))))(*numbers)
    assert all(type(g) is float for g in gradient)
    assert sum(gradient) == pytest.approx(float(slope), rel=1e-12, abs=1e-12)


@each_entrywise
def test_not_contiguous(row):
    wide = points(row, (4, 6))
    xs = tuple(x[::2, ::-3].T for x in wide)
    copies = tuple(np.ascontiguousarray(x) for x in xs)
    for a, b in zip(dr.vjp(row.function, *xs)[1](np.ones(xs[0].shape)), dr.vjp(row.function, *copies)[1](np.ones(xs[0].shape)), strict=True):
        np.testing.assert_array_equal(a, b)


def takes_complex(row):
    try:
        row.function(*(0.3 + 0.2j for _ in row.rules))
    except TypeError:
        return False
    return True


COMPLEX = [row for row in ENTRYWISE if takes_complex(row)]


@pytest.mark.parametrize("row", COMPLEX, ids=lambda row: row.name)
def test_complex(row):
    draw = Draw(4)
    for quadrant in (1 + 1j, -1 + 1j, -1 - 1j, 1 - 1j):
        zs = tuple(draw(2, lo=0.3, hi=0.9) * quadrant.real + 1j * draw(2, lo=0.3, hi=0.9) * quadrant.imag for _ in row.rules)
        examine(Problem(row.function, zs, row.name, 1e-7), 2, [], [])


def test_complex_rows_are_many():
    """So that the list above cannot quietly become empty."""
    assert {"np.exp", "np.sqrt", "np.arccosh", "np.power", "np.absolute", "np.divide"} <= {row.name for row in COMPLEX}
    assert cmath.isclose(dr.derivative(np.arccosh)(-0.5 + 0.3j), 1 / (cmath.sqrt(-1.5 + 0.3j) * cmath.sqrt(0.5 + 0.3j)))


REDUCTIONS = (np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.cumsum, np.cumprod)


@pytest.mark.parametrize("function", REDUCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_reductions_without_axes(function, axis):
    x = np.array(1.5)
    if axis is not None and function in (np.mean, np.var, np.std):
        with pytest.raises(np.exceptions.AxisError):
            function(x, axis=axis)
        with pytest.raises(np.exceptions.AxisError):
            dr.grad(lambda x: function(x, axis=axis))(x)
        return
    plain = function(x, axis=axis)
    y, dy = dr.jvp(lambda x: function(x, axis=axis), (x,), (np.array(1.0),))
    z, pullback = dr.vjp(lambda x: function(x, axis=axis), x)
    assert np.shape(y) == np.shape(z) == np.shape(dy) == np.shape(plain)
    expected = 0.0 if function in (np.var, np.std) else 1.0
    np.testing.assert_array_equal(np.ravel(dy), [expected])
    g = pullback(np.ones(np.shape(plain)))[0]
    assert np.shape(g) == ()
    assert g == expected


@pytest.mark.parametrize("function", [np.sum, np.prod, np.cumsum, np.cumprod], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("shape", "axis"), [((0,), None), ((0, 3), 0), ((0, 3), 1), ((2, 0), 1)])
def test_reductions_of_nothing(function, shape, axis):
    x = np.zeros(shape)
    y, dy = dr.jvp(lambda x: function(x, axis=axis), (x,), (x,))
    z, pullback = dr.vjp(lambda x: function(x, axis=axis), x)
    np.testing.assert_array_equal(y, function(x, axis=axis))
    np.testing.assert_array_equal(z, function(x, axis=axis))
    assert not np.any(dy)
    assert pullback(np.ones(np.shape(z)))[0].shape == shape


@pytest.mark.parametrize("function", [np.max, np.min], ids=lambda f: f.__name__)
def test_extrema_of_nothing(function):
    with pytest.raises(ValueError, match="zero-size array"):
        dr.grad(function)(np.zeros(0))
    y, dy = dr.jvp(lambda x: function(x, initial=2.0), (np.zeros(0),), (np.zeros(0),))
    assert (y, dy) == (2.0, 0.0)
