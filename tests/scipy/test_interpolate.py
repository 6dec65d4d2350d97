"""dr.scipy.interpolate: every interpolator in its data, its knots and its points; SciPy's values; knots, ends and what is refused."""

import functools

import numpy as np
import pytest
import scipy.interpolate as theirs

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.scipy import interpolate
from tests.rules.ways import check

rng = np.random.default_rng(3)
X = np.array([0.0, 0.7, 1.5, 2.9, 3.3, 4.6])
Y, YY, YZ = rng.normal(size=6), rng.normal(size=(2, 6)), rng.normal(size=6) + 1j * rng.normal(size=6)
ROUND = np.concatenate([Y[:5], Y[:1]])
AT = np.array([-0.4, 0.2, 1.23, 2.35, 4.5, 5.37])
INSIDE = np.array([[0.2, 1.23], [3.0, 4.5]])

MADE = {
    "not-a-knot": (interpolate.CubicSpline, {}), "natural": (interpolate.CubicSpline, {"bc_type": "natural"}), "clamped": (interpolate.CubicSpline, {"bc_type": "clamped"}),
    "mixed": (interpolate.CubicSpline, {"bc_type": ("not-a-knot", (1, 0.7))}), "second": (interpolate.CubicSpline, {"bc_type": ((2, -0.4), (2, 0.3))}),
    "pchip": (interpolate.PchipInterpolator, {}), "akima": (interpolate.Akima1DInterpolator, {"extrapolate": True}),
    "makima": (interpolate.Akima1DInterpolator, {"method": "makima", "extrapolate": True}),
}


def agree(ours, plain):
    np.testing.assert_allclose(ours, plain, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", MADE)
def test_cubics_in_data_knots_and_points(name):
    kind, options = MADE[name]
    reference = getattr(theirs, kind.__name__)(X, Y, **options)
    f = lambda x, y, at: kind(x, y, **options)(at)
    agree(dr.vjp(f, X, Y, AT)[0], reference(AT))
    check(f, X, Y, AT)
    assert np.array_equal(kind(X, Y, **options)(AT), reference(AT))
    for n in (2, 3, 4):
        if n > 2 or name not in ("not-a-knot", "mixed"):
            agree(dr.jvp(lambda y, n=n: kind(X[:n], y, **options)(AT), (Y[:n],), (Y[:n],))[0], getattr(theirs, kind.__name__)(X[:n], Y[:n], **options)(AT))


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_periodic_b_splines(k):
    """The last datum repeats the first, so that the derivative in both together is the derivative."""
    closed = lambda y: np.concatenate([y, y[:1]])
    for n in (3, 4, 9):
        x = np.sort(np.random.default_rng(n).uniform(0, 5, n))
        for y in (np.cos(np.arange(n - 1.0)), np.outer(np.sin(np.arange(n - 1.0)), [1.0, 2.0])):
            f = lambda y, at, x=x: interpolate.make_interp_spline(x, closed(y), k, bc_type="periodic")(at)
            agree(dr.vjp(f, y, AT)[0], theirs.make_interp_spline(x, closed(y), k, bc_type="periodic")(AT))
            check(f, y, AT)


def test_periodic_splines():
    make = functools.partial(interpolate.CubicSpline, bc_type="periodic")
    closed = lambda y: np.concatenate([y, y[:1]])
    for n in (2, 3, 4, 6):
        x, y = X[:n], np.append(Y[: n - 1], Y[0])
        agree(dr.vjp(lambda y, at: make(x, closed(y))(at), y[:-1], AT)[0], theirs.CubicSpline(x, y, bc_type="periodic")(AT))
    check(lambda x, y, at: make(x, closed(y))(at), X, ROUND[:-1], AT)
    with pytest.raises(ValueError, match="identical"):
        dr.grad(lambda y: make(X, y)(0.3))(Y)


@pytest.mark.parametrize("name", ["not-a-knot", "pchip", "akima"])
def test_axes_derivatives_and_integrals(name):
    kind, options = MADE[name]
    reference = getattr(theirs, kind.__name__)(X, YY, axis=1, **options)
    make = lambda y: kind(X, y, axis=1, **options)
    for ours, plain in ((lambda s: s(INSIDE), reference(INSIDE)), (lambda s: s(INSIDE, 1), reference(INSIDE, 1)), (lambda s: s(INSIDE, nu=4), reference(INSIDE, nu=4)),
                        (lambda s: s.derivative(2)(INSIDE), reference.derivative(2)(INSIDE)), (lambda s: s.antiderivative()(INSIDE), reference.antiderivative()(INSIDE)),
                        (lambda s: s.integrate(0.3, 4.0), reference.integrate(0.3, 4.0))):
        agree(dr.vjp(lambda y, f=ours: f(make(y)), YY)[0], plain)
        check(lambda y, f=ours: f(make(y)), YY)
    assert dr.grad(lambda b: interpolate.CubicSpline(X, Y).integrate(0.3, b))(2.0) == pytest.approx(theirs.CubicSpline(X, Y)(2.0))
    agree(interpolate.CubicSpline(X, Y).roots(), theirs.CubicSpline(X, Y).roots())


def test_values_at_the_ends_and_slopes_that_are_given():
    f = lambda a, b: interpolate.CubicSpline(X, Y, bc_type=((1, a), (2, b)))(AT)
    agree(dr.vjp(f, 0.3, 0.4)[0], theirs.CubicSpline(X, Y, bc_type=((1, 0.3), (2, 0.4)))(AT))
    check(f, 0.3, 0.4)
    check(lambda x, y, s: interpolate.CubicHermiteSpline(x, y, s)(AT), X, Y, Y[::-1].copy())
    check(lambda y: interpolate.CubicSpline(X, y)(AT), YZ)


def test_outside_and_at_knots():
    assert np.isnan(dr.vjp(lambda y: interpolate.CubicSpline(X, y, extrapolate=False)(9.0), Y)[0])
    hat = lambda at: interpolate.PPoly(np.array([[1.0, -1.0], [0.0, 1.0]]), np.array([0.0, 1.0, 2.0]))(at)
    assert [float(dr.grad(hat)(x)) for x in (0.5, 1.0, 1.5, 2.0)] == [1, -1, -1, -1]
    flat = np.array([1.0, 1.0, 2.0, 1.0])
    g = dr.grad(lambda y: interpolate.PchipInterpolator(np.arange(4.0), y)(0.5))(flat)
    assert np.all(np.isfinite(g))
    straight = dr.grad(lambda y: interpolate.Akima1DInterpolator(np.arange(6.0), y)(2.5))(np.arange(6.0))
    assert np.all(np.isfinite(straight))
    assert np.sum(straight) == pytest.approx(1)


@pytest.mark.parametrize(("k", "bc"), [(1, None), (2, None), (3, None), (3, "natural"), (3, "clamped"), (3, ([(2, 0.3)], [(1, -0.2)])), (5, None), (0, None)])
def test_interpolating_b_splines(k, bc):
    make = lambda y: interpolate.make_interp_spline(X, y, k, bc_type=bc)
    reference = theirs.make_interp_spline(X, Y, k, bc_type=bc)
    inside = AT[1:-1]
    agree(dr.vjp(lambda y: make(y)(inside), Y)[0], reference(inside))
    check(lambda y, at: make(y)(at), Y, inside)
    check(lambda y: interpolate.make_interp_spline(X, y, k, axis=1, bc_type=None)(inside), YY)
    if k == 3:
        agree(dr.vjp(lambda y: make(y).derivative()(inside), Y)[0], reference.derivative()(inside))
        check(lambda y, at: make(y)(at, 1), Y, inside)
        check(lambda y: interpolate.make_interp_spline(X, y)(inside), YZ)
        agree(make(Y).integrate(0.1, 0.4), reference.integrate(0.1, 0.4))


def test_b_splines_outside():
    t, c = np.array([0.0, 0, 0, 0, 1, 3, 3, 3, 3]), rng.normal(size=5)
    for how in (True, "periodic"):
        agree(dr.vjp(lambda c, how=how: interpolate.BSpline(t, c, 3, how)(AT), c)[0], theirs.BSpline(t, c, 3, how)(AT))
        check(lambda c, at, how=how: interpolate.BSpline(t, c, 3, how)(at), c, AT)
    assert np.isnan(dr.vjp(lambda c: interpolate.BSpline(t, c, 3, False)(9.0), c)[0])
    with pytest.raises(NoRuleError, match="CubicSpline"):
        dr.grad(lambda x: interpolate.make_interp_spline(x, x)(0.2))(t)
    with pytest.raises(NoRuleError, match="integrate has no derivative rule for periodic"):
        dr.grad(lambda c: interpolate.BSpline(t, c, 3, "periodic").integrate(0, 1))(c)
    with pytest.raises(NoRuleError, match="roots of a spline|tck of a spline"):
        dr.grad(lambda c: interpolate.BSpline(t, c, 3).tck[1][0])(c)
    with pytest.raises(ValueError, match="Order of derivative"):
        interpolate.BSpline(t, c, 3).derivative(4)
    with pytest.raises(ValueError, match="repeated knots"):
        interpolate.BSpline(np.array([0.0, 0, 1, 1, 2, 2]), np.ones(4), 1).derivative()


@pytest.mark.parametrize("k", [0, 1, 2, 3, 4])
def test_knots_of_b_splines(k):
    inner, c, at = np.array([1.05, 2.1]), rng.normal(size=(k + 3, 2)), np.array([0.0, 0.3, 1.4, 1.7, 2.9, 3.0])
    clamped = lambda u, low=0.0, high=3.0: np.concatenate([low * np.ones(k + 1), u, high * np.ones(k + 1)])
    agree(dr.vjp(lambda u: interpolate.BSpline(clamped(u), c, k)(at), inner)[0], theirs.BSpline(clamped(inner), c, k)(at))
    check(lambda u, c, at: interpolate.BSpline(clamped(u), c, k)(at), inner, c, at[1:-1])
    for how in ("periodic", False):
        check(lambda u, low, high, how=how: interpolate.BSpline(clamped(u, low, high), c, k, how)(at[1:-1]), inner, 0.0, 3.0)


@pytest.mark.parametrize("k", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("nu", [0, 1])
def test_knots_at_many_points_and_of_many_columns(k, nu):
    """A few nodes in each span stand for the points, unit vectors for the coefficients: against each point and each column by itself."""
    t, at = np.concatenate([np.zeros(k + 1), [1.05, 1.6, 1.6, 2.1], 3 * np.ones(k + 1)]), np.concatenate([rng.uniform(0, 3, 50), [1.05, 1.6, 0.0, 3.0]])
    columns = rng.normal(size=(k + 5, 2, 6)) * (1 + 0.5j)
    for c in (columns, columns.real[:, 0], columns[:, 1, 0]):
        f = lambda t, c=c: interpolate.BSpline(t, c, k)(at, nu)
        each = lambda t, c=c: np.stack([interpolate.BSpline(t, c, k)(x, nu) for x in at])
        tau = rng.normal(size=len(t))
        want = dr.jvp(each, (t,), (tau,))[1]
        np.testing.assert_allclose(dr.jvp(f, (t,), (tau,))[1], want, rtol=1e-11, atol=1e-11 * np.max(np.abs(want), initial=1))
        g = rng.normal(size=want.shape) + (1j * rng.normal(size=want.shape) if np.iscomplexobj(c) else 0.0)
        for pulled in (dr.vjp(f, t)[1](g)[0], dr.vjp(each, t)[1](g)[0]):
            assert pulled @ tau == pytest.approx(np.real(np.sum(g * want)), rel=1e-10, abs=1e-10)
        h = lambda t, c: np.sum(np.real(interpolate.BSpline(t, c, k)(at, nu) * g))
        both = dr.grad(lambda t: np.sum(np.real(dr.grad(h, 1)(t, c) * tau[0])))(t)
        assert both @ tau == pytest.approx(np.real(np.sum(g * dr.jvp(lambda t: interpolate.BSpline(t, np.full_like(c, tau[0]), k)(at, nu), (t,), (tau,))[1])), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("k", [0, 1, 2, 3])
@pytest.mark.parametrize("repeated", [False, True])
def test_derivatives_and_integrals_of_b_splines(k, repeated):
    inner = np.array([1.05, 2.1])
    first, last = (np.zeros(k + 1), 3 * np.ones(k + 1)) if repeated else (np.linspace(-1, 0, k + 1), np.linspace(3, 5, k + 1))
    knots = lambda u: np.concatenate([first, u, last])
    inside, span = np.array([0.3, 1.4, 1.7, 2.9]), np.array([[0.2, 2.8], [2.3, 0.7], [1.2, 1.3]])
    c = rng.normal(size=(k + 3, 2) if repeated else k + 3)
    reference = theirs.BSpline(knots(inner), c, k)
    make = lambda u, c: interpolate.BSpline(knots(u), c, k)
    for nu in range(k + 1):
        agree(dr.vjp(lambda u, nu=nu: make(u, c).derivative(nu)(inside), inner)[0], reference.derivative(nu)(inside))
        check(lambda u, c, at, nu=nu: make(u, c).derivative(nu)(at), inner, c, inside)
    for nu in (1, 2):
        agree(dr.vjp(lambda u, nu=nu: make(u, c).antiderivative(nu)(inside), inner)[0], reference.antiderivative(nu)(inside))
        check(lambda u, c, at, nu=nu: make(u, c).antiderivative(nu)(at), inner, c, inside)
        agree(make(inner, c).antiderivative(nu)(inside), reference.antiderivative(nu)(inside))
    for low, high in span:
        agree(dr.vjp(lambda c: make(inner, c).integrate(low, high), c)[0], reference.integrate(low, high))
        check(lambda u, c, a, b: make(u, c).integrate(a, b), inner, c, low, high)
    whole = dr.vjp(lambda u: make(u, c).antiderivative().derivative()(inside), inner)[0]
    agree(whole, reference(inside))


def test_integrals_of_b_splines_beyond_their_ends():
    t, c = np.array([0.0, 0, 0, 0, 1, 3, 3, 3, 3]), rng.normal(size=(5, 2))
    for how, low, high in ((True, -0.5, 3.5), (False, -0.5, 3.5), (False, 2.0, 7.0), (False, 7.0, 2.0)):
        one = theirs.BSpline(t, c[:, 0], 3)
        agree(dr.vjp(lambda c, low=low, high=high, how=how: interpolate.BSpline(t, c, 3).integrate(low, high, how)[0], c)[0], one.integrate(low, high, how))
        check(lambda c, a, b, how=how: interpolate.BSpline(t, c, 3).integrate(a, b, how), c, low, high)
    agree(interpolate.BSpline(t, c, 3, "periodic").integrate(-2.0, 8.0), theirs.BSpline(t, c, 3, "periodic").integrate(-2.0, 8.0))
    assert dr.grad(lambda b: interpolate.BSpline(t, c[:, 0], 3).integrate(6.0, b, False))(7.0) == 0
    inner = lambda u: np.concatenate([np.zeros(4), u, 3 * np.ones(4)])
    check(lambda u: interpolate.BSpline(inner(u), c, 3).integrate(-1.0, 4.0, False), np.array([1.0]))
    check(lambda c: interpolate.BSpline(t, c, 3, axis=1).integrate(0.2, 2.5), c.T)
    check(lambda c: interpolate.BSpline(t, c, 3, axis=1).antiderivative()(np.array([0.2, 2.5])), c.T)


def test_a_straight_line_does_not_depend_on_its_knots():
    """Nor does any other polynomial whose coefficients follow them; of a double knot each one counts."""
    t = np.array([0.0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 3])
    averages = lambda t: (t[1:-3] + t[2:-2] + t[3:-1]) / 3  # Greville's abscissas
    np.testing.assert_allclose(dr.jacobian(lambda t: interpolate.BSpline(t, averages(t), 3)(np.array([0.4, 1.5, 2.5])))(t), 0, atol=1e-14)
    assert np.max(np.abs(dr.grad(lambda t: interpolate.BSpline(t, t[4:] ** 2, 3)(0.4))(t))) > 0.1


def test_knots_refuse():
    t, c = np.array([0.0, 0, 0, 0, 1, 3, 3, 3, 3]), rng.normal(size=5)
    assert np.isnan(dr.value_and_grad(lambda t: interpolate.BSpline(t, c, 3, False)(3.5))(t)[0])
    for call, says in ((lambda t: interpolate.BSpline(t, c, 3)(3.5), "beyond its ends"), (lambda t: interpolate.BSpline(t, c, 3).integrate(0, 4), "beyond its ends"),
                       (lambda t: interpolate.BSpline(t, c, 3, "periodic").integrate(0, 1), "integrate"), (lambda t: interpolate.BSpline(t, c, 3).tck[0][0], "tck")):
        with pytest.raises(NoRuleError, match=says):
            dr.grad(call)(t)
    np.testing.assert_allclose(dr.derivative(lambda s: interpolate.BSpline(t * s, c, 3)(0.3, 1))(1.0),
                               -theirs.BSpline(t, c, 3)(0.3, 1) - 0.3 * theirs.BSpline(t, c, 3)(0.3, 2), rtol=1e-12)


@pytest.mark.parametrize("kind", ["linear", "nearest", "nearest-up", "previous", "next", "zero", "slinear", "quadratic", "cubic", 1])
def test_interp1d(kind):
    for y in (Y, YY, YZ):
        reference = theirs.interp1d(X, y, kind)
        f = lambda y: interpolate.interp1d(X, y, kind)(INSIDE)
        agree(dr.vjp(f, y)[0], reference(INSIDE))
        check(f, y)
        agree(interpolate.interp1d(X, y, kind)(INSIDE), reference(INSIDE))
    check(lambda at: interpolate.interp1d(X, Y, kind)(at), INSIDE)
    with pytest.raises(ValueError, match="range"):
        dr.grad(lambda y: np.sum(interpolate.interp1d(X, y, kind)(AT)))(Y)


def test_interp1d_knots_order_and_outside():
    check(lambda x, y: interpolate.interp1d(x, y)(INSIDE), X, Y)
    order = np.array([3, 1, 0, 5, 4, 2])
    check(lambda x, y: interpolate.interp1d(x, y)(INSIDE), X[order], Y[order])
    for fill in ("extrapolate", 0.3, (0.3, -0.2), np.nan):
        options = {"fill_value": fill, "bounds_error": None if fill == "extrapolate" else False}
        agree(dr.vjp(lambda y: interpolate.interp1d(X, y, **options)(AT), Y)[0], theirs.interp1d(X, Y, **options)(AT))
    assert dr.grad(lambda v: interpolate.interp1d(X, Y, fill_value=(v, 1.0), bounds_error=False)(-1.0))(0.3) == 1
    assert dr.grad(lambda x: interpolate.interp1d([0.0, 1.0, 2.0], [0.0, 1.0, 3.0])(x))(1.0) == 2


GRID = (np.array([0.0, 1.0, 2.5]), np.array([-1.0, 0.5, 1.0, 3.0]))
VALUES = rng.normal(size=(3, 4))
POINTS = np.array([[0.3, 0.7], [1.7, 2.2], [0.9, -0.5]])


@pytest.mark.parametrize("method", ["linear", "nearest"])
def test_grids(method):
    for values in (VALUES, rng.normal(size=(3, 4, 2)), VALUES + 1j):
        f = lambda v, p: interpolate.RegularGridInterpolator(GRID, v, method)(p)
        agree(dr.vjp(f, values, POINTS)[0], theirs.RegularGridInterpolator(GRID, values, method)(POINTS))
        agree(f(values, POINTS), theirs.RegularGridInterpolator(GRID, values, method)(POINTS))
        check(f, values, POINTS)
    check(lambda a, b, v: interpolate.interpn((a, b), v, POINTS, method), *GRID, VALUES)
    falling = (GRID[0][::-1].copy(), GRID[1])
    agree(dr.vjp(lambda v: interpolate.interpn(falling, v, POINTS, method), VALUES)[0], theirs.interpn(falling, VALUES, POINTS, method))


def test_grids_outside_and_at_knots():
    far = np.array([[9.0, 0.0], [1.0, 0.7]])
    with pytest.raises(ValueError, match="out of bounds"):
        dr.grad(lambda v: np.sum(interpolate.interpn(GRID, v, far)))(VALUES)
    for fill in (0.5, None):
        options = {"bounds_error": False, "fill_value": fill}
        agree(dr.vjp(lambda v: interpolate.interpn(GRID, v, far, **options), VALUES)[0], theirs.interpn(GRID, VALUES, far, **options))
    assert dr.grad(lambda f: interpolate.interpn(GRID, VALUES, far, bounds_error=False, fill_value=f)[0])(0.3) == 1
    assert dr.grad(lambda x: interpolate.interpn(([0.0, 1.0, 2.0],), np.array([0.0, 1.0, 3.0]), x)[0])(np.array([1.0])) == 2
    agree(dr.vjp(lambda a: interpolate.interpn(GRID, VALUES, (a, a)), np.array([0.2, 0.4]))[0], theirs.interpn(GRID, VALUES, (np.array([0.2, 0.4]),) * 2))
    with pytest.raises(NoRuleError, match="method='cubic'"):
        dr.grad(lambda v: np.sum(interpolate.interpn((X, X), v, POINTS, "cubic")))(rng.normal(size=(6, 6)))
    with pytest.raises(NoRuleError, match="nu=1"):
        dr.grad(lambda v: np.sum(interpolate.RegularGridInterpolator(GRID, v)(POINTS, nu=1)))(VALUES)


def test_what_has_no_rule():
    with pytest.raises(NoRuleError, match="stop_gradient"):
        dr.grad(lambda y: interpolate.CubicSpline(X, y).roots()[0])(Y)
    with pytest.raises(NoRuleError, match="periodic"):
        dr.grad(lambda y: interpolate.CubicSpline(X, y, extrapolate="periodic").integrate(0, 9))(Y)
    with pytest.raises(NoRuleError, match=r"dr.scipy.interpolate.splrep has no derivative rule"):
        dr.grad(lambda y: interpolate.splrep(X, y))(Y)
    assert interpolate.splrep(X, Y)[2] == 3


@pytest.mark.parametrize("xi", [[[0.3, 0.4], [0.5, 9.0]], [[0.3, 0.4], [-0.1, 0.2]], [[np.nan, 0.4], [0.5, 0.4]], [[0.1, 0.2, 0.3]], np.zeros((0, 2))])
@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 2), (3,), (3, 5)])
@pytest.mark.parametrize("bounds_error", [False, True])
def test_interpolation_on_a_grid_takes_what_scipy_takes(xi, shape, bounds_error):
    """Its values, and its errors where the arguments do not fit together or a point is outside."""
    points, values, xi = (np.array([0.0, 0.4, 1.0]), np.array([0.0, 0.4, 0.9, 1.1])), rng.normal(size=shape), np.array(xi)
    call = lambda m, v: m.interpn(points, v, xi, bounds_error=bounds_error)
    try:
        want = call(theirs, values)
    except Exception as error:
        with pytest.raises(type(error)) as caught:
            dr.vjp(lambda v: call(interpolate, v), values)
        assert str(error) in str(caught.value)
    else:
        agree(dr.vjp(lambda v: call(interpolate, v), values)[0], want)


def test_long_rows_at_repeated_places():
    """As np.add.at adds them, one after the other."""
    i, x, g = np.array([2, 0, 2, 2, -1]), rng.normal(size=(4, 300)), rng.normal(size=(5, 300))
    want = np.zeros((4, 300))
    np.add.at(want, i, g)
    np.testing.assert_array_equal(dr.vjp(lambda x: x[i], x)[1](g)[0], want)
    y = rng.normal(size=(4, 2, 300))
    want = np.zeros(y.shape)
    np.add.at(want, (i, np.array([1, 1, 1, 0, 0])), g)
    np.testing.assert_array_equal(dr.vjp(lambda y: y[i, np.array([1, 1, 1, 0, 0])], y)[1](g)[0], want)
