"""dr.scipy.ndimage: filters and interpolation in every mode, against SciPy's values and against differences."""

import numpy as np
import pytest
import scipy.ndimage as theirs

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.scipy import ndimage
from tests.rules.ways import check

MODES = ["reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap", "grid-wrap"]
rng = np.random.default_rng(8)
LINE, PLANE = rng.normal(size=5), rng.normal(size=(4, 5))


def adjoint(f, x):
    """For a function that is linear up to a constant: SciPy's value, the tangent by a difference, the pullback by the pairing."""
    t = rng.normal(size=x.shape)
    y, dy = dr.jvp(f, (x,), (t,))
    z, pullback = dr.vjp(f, x)
    np.testing.assert_allclose(y, f(x), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(z, f(x), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(dy, f(x + t) - f(x), rtol=1e-11, atol=1e-12)
    g = rng.normal(size=y.shape)
    np.testing.assert_allclose(np.sum(pullback(g)[0] * t), np.sum(g * dy), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["correlate1d", "convolve1d"])
def test_lines(name, mode):
    f = getattr(ndimage, name)
    for n, origin in ((1, 0), (2, -1), (2, 0), (3, 1), (4, -2), (4, 1), (9, 0), (9, 3)):
        w = rng.normal(size=n)
        adjoint(lambda x: f(x, w, mode=mode, cval=0.7, origin=origin), LINE)
        adjoint(lambda x: f(x, w, axis=0, mode=mode, origin=origin), PLANE)
        adjoint(lambda w: f(PLANE, w, 0, mode=mode, cval=-0.3, origin=origin), w)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["correlate", "convolve"])
def test_planes(name, mode):
    f = getattr(ndimage, name)
    for shape, origin in (((3, 3), 0), ((2, 4), (0, 1)), ((1, 3), 0), ((6, 7), (-2, 3))):
        w = rng.normal(size=shape)
        adjoint(lambda x: f(x, w, mode=mode, cval=0.7, origin=origin), PLANE)
        adjoint(lambda w: f(PLANE, w, mode=mode, cval=0.7, origin=origin), w)
    cube, w = rng.normal(size=(3, 4, 2)), rng.normal(size=(2, 3))
    for axes in ((0, 2), (2, 0), (-1, 1)):
        adjoint(lambda x: f(x, w, mode=mode, axes=axes, origin=(-1, 0)), cube)


@pytest.mark.parametrize("mode", MODES)
def test_smoothing_and_edges(mode):
    for f in (lambda x: ndimage.gaussian_filter1d(x, 1.3, mode=mode, cval=0.4), lambda x: ndimage.gaussian_filter1d(x, 0.8, 0, 2, mode=mode, truncate=3.0),
              lambda x: ndimage.gaussian_filter(x, (0.7, 1.1), order=(0, 1), mode=mode), lambda x: ndimage.gaussian_filter(x, 0.7, axes=(0,), radius=2, mode=mode),
              lambda x: ndimage.uniform_filter1d(x, 4, mode=mode, cval=0.4, origin=1), lambda x: ndimage.uniform_filter(x, (3, 1), mode=mode, cval=0.4),
              lambda x: ndimage.uniform_filter(x, 2, mode=mode, axes=(1,), origin=-1), lambda x: ndimage.sobel(x, 0, mode=mode, cval=0.4),
              lambda x: ndimage.prewitt(x, mode=mode), lambda x: ndimage.laplace(x, mode=mode, cval=0.3), lambda x: ndimage.laplace(x, mode=mode, axes=(1,)),
              lambda x: ndimage.gaussian_laplace(x, 0.9, mode=mode, truncate=2.0)):
        adjoint(f, PLANE)
    if mode != "mirror":  # whose gradient is 0 in the corners, where its length has a kink
        check(lambda x: ndimage.gaussian_gradient_magnitude(x, 0.9, mode=mode), PLANE)


FAR = np.array([-9.3, -5.2, -2.4, -1.3, -0.8, -0.3, 0.2, 1.4, 2.7, 3.9, 4.3, 4.8, 5.6, 8.3, 13.7])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5])
def test_coordinates_inside_and_outside(mode, order):
    options = {"order": order, "mode": mode, "cval": 0.6}
    whole = np.arange(-12.0, 17.0)
    for x in (LINE, rng.normal(size=1), rng.normal(size=2), LINE + 1j):
        for c in (FAR, FAR + 0.01, *([whole] if order else [])):
            y = dr.vjp(lambda x, c=c: ndimage.map_coordinates(x, [c], **options), x)[0]
            np.testing.assert_allclose(y, theirs.map_coordinates(x, [c], **options), rtol=1e-12, atol=1e-14)
    pairs = np.stack([FAR, FAR[::-1] * 0.7 + 0.05])
    np.testing.assert_allclose(dr.vjp(lambda x: ndimage.map_coordinates(x, pairs, **options), PLANE)[0], theirs.map_coordinates(PLANE, pairs, **options), rtol=1e-12, atol=1e-14)
    if order < 4:
        check(lambda x, c: ndimage.map_coordinates(x, c, **options), PLANE, pairs[:, ::3])
    elif mode in ("nearest", "reflect", "mirror"):
        adjoint(lambda x: ndimage.map_coordinates(x, pairs, **options), PLANE)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_spline_coefficients(mode, order):
    """Of short lines too, for which SciPy's boundaries are not quite those of the mode."""
    for shape in ((1,), (2,), (3,), (7,), (45,), (4, 5)):
        x = rng.normal(size=shape)
        adjoint(lambda x: ndimage.spline_filter1d(x, order, mode=mode), x)
        adjoint(lambda x: ndimage.spline_filter1d(x, order, 0, mode=mode), x)
        adjoint(lambda x: ndimage.spline_filter(x, order, mode=mode), x)
    adjoint(lambda x: ndimage.map_coordinates(x, FAR[None], order=order, mode=mode, prefilter=False), LINE)
    single = dr.vjp(lambda x: ndimage.spline_filter(x, order, mode=mode), LINE.astype(np.float32))[0]
    np.testing.assert_array_equal(single, theirs.spline_filter(LINE.astype(np.float32), order, mode=mode))
    assert single.dtype == np.float64


def test_slopes_at_entries():
    x = np.array([0.0, 1.0, 3.0, 2.0])
    slope = lambda c, mode="nearest": float(dr.grad(lambda c: ndimage.map_coordinates(x, [c], order=1, mode=mode)[0])(np.array([c]))[0])
    assert [slope(c) for c in (0.0, 1.0, 2.0, 3.0, 3.5)] == [1, 2, -1, -1, 0]
    assert slope(9.0, "constant") == 0
    assert dr.grad(lambda v: ndimage.map_coordinates(x, [[9.0]], order=1, cval=v)[0])(0.5) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", [1, 3])
def test_whole_images_moved(mode, order):
    options = {"order": order, "mode": mode, "cval": 0.3}
    turn, offset = np.array([[0.95, 0.1], [-0.1, 1.07]]), np.array([0.25, 0.4])
    for ours, plain, point in (
            (lambda m, o: ndimage.affine_transform(PLANE, m, o, **options), theirs.affine_transform(PLANE, turn, offset, **options), (turn, offset)),
            (lambda m: ndimage.affine_transform(PLANE, m, output_shape=(3, 2), **options), theirs.affine_transform(PLANE, turn[0], output_shape=(3, 2), **options), (turn[0],)),
            (lambda m: ndimage.affine_transform(PLANE, m, 9.0, **options), theirs.affine_transform(PLANE, np.c_[turn, offset], **options), (np.c_[turn, offset],)),
            (lambda d: ndimage.shift(PLANE, d, **options), theirs.shift(PLANE, (0.3, -1.4), **options), (np.array([0.3, -1.4]),)),
            (lambda x: ndimage.zoom(x, (1.6, 0.5), **options), theirs.zoom(PLANE, (1.6, 0.5), **options), (PLANE,)),
            (lambda a: ndimage.rotate(PLANE, a, **options), theirs.rotate(PLANE, 17.0, **options), (17.0,))):
        np.testing.assert_allclose(dr.vjp(ours, *point)[0], plain, rtol=1e-12, atol=1e-13)
        check(ours, *point, rtol=1e-6)
    grids = {**options, "mode": {"constant": "grid-constant", "wrap": "grid-wrap"}.get(mode, mode), "grid_mode": True}
    np.testing.assert_allclose(dr.vjp(lambda x: ndimage.zoom(x, 1.6, **grids), PLANE)[0], theirs.zoom(PLANE, 1.6, **grids), rtol=1e-12, atol=1e-13)
    cube = rng.normal(size=(2, 4, 3))
    for angle in (30.0, 90.0):
        y = dr.vjp(lambda x: ndimage.rotate(x, angle, (2, 1), reshape=False, **options), cube)[0]
        np.testing.assert_allclose(y, theirs.rotate(cube, angle, (2, 1), reshape=False, **options), rtol=1e-11, atol=1e-12)


def test_what_has_no_rule():
    for f, says in ((lambda x: ndimage.gaussian_filter(x, 1.0, output=np.zeros(5)), "output="), (lambda x: ndimage.uniform_filter1d(x, 3, output=np.float32), "'output'"),
                    (lambda x: ndimage.spline_filter(x, output=np.float32), "output="),
                    (lambda x: ndimage.median_filter(x, 3), r"dr.scipy.ndimage.median_filter has no derivative rule"),
                    (lambda x: ndimage.map_coordinates(np.arange(5), [x], order=1), "whole numbers")):
        with pytest.raises(NoRuleError, match=says):
            dr.grad(lambda x, f=f: np.sum(f(x)))(LINE)
    for f in (lambda x: ndimage.map_coordinates(x, [[0.5]], order=6), lambda x: ndimage.spline_filter(x, 1)):
        with pytest.raises(RuntimeError, match="spline order"):
            dr.grad(lambda x, f=f: np.sum(f(x)))(LINE)
    with pytest.raises(Exception, match="derivative"):
        dr.grad(lambda s: np.sum(ndimage.gaussian_filter1d(LINE, s)))(1.0)
    assert ndimage.label(np.array([1, 0, 1]))[1] == 2


def test_single_precision_and_recording():
    x = LINE.astype(np.float32)
    for f in (lambda x: ndimage.gaussian_filter(x, 1.0), lambda x: ndimage.uniform_filter(x, 3), lambda x: ndimage.map_coordinates(x, [FAR], order=1)):
        y, dy = dr.jvp(f, (x,), (x,))
        assert y.dtype == dy.dtype == dr.grad(lambda x, f=f: np.sum(f(x)))(x).dtype == np.float32
    program = dr.trace(lambda x, c: np.sum(ndimage.map_coordinates(x, c, order=1, mode="reflect")), LINE, FAR[None])
    assert program(LINE * 2, FAR[None] + 0.4) == pytest.approx(np.sum(theirs.map_coordinates(LINE * 2, FAR[None] + 0.4, order=1, mode="reflect")))
