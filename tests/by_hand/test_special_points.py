"""The points where libraries disagree: what the conventions promise, in forward and reverse mode, and inside both branches of `np.where`."""

import numpy as np
import pytest

import dualrev as dr

inf, nan = np.inf, np.nan
NORM = np.linalg.norm
V00, V01 = np.array([0.0, 0.0]), np.array([0.0, 1.0])

POINTS = [
    # what, function, point, derivative in each argument
    ("abs at 0", np.abs, (0.0,), (0.0,)),
    ("x |x| at 0", lambda x: x * np.abs(x), (0.0,), (0.0,)),
    ("sign", np.sign, (0.0,), (0.0,)),
    ("floor", np.floor, (2.0,), (0.0,)),
    ("round", np.round, (2.5,), (0.0,)),
    ("max at a tie", np.max, (np.array([1.0, 3.0, 3.0]),), ([0.0, 0.5, 0.5],)),
    ("min at a tie", np.min, (np.array([1.0, 1.0, 1.0]),), ([1 / 3, 1 / 3, 1 / 3],)),
    ("maximum at a tie", np.maximum, (2.0, 2.0), (0.5, 0.5)),
    ("minimum at a tie", np.minimum, (2.0, 2.0), (0.5, 0.5)),
    ("fmax at a tie", np.fmax, (2.0, 2.0), (0.5, 0.5)),
    ("fmin at a tie", np.fmin, (2.0, 2.0), (0.5, 0.5)),
    ("minimum(x, x)", lambda x: np.minimum(x, x), (2.0,), (1.0,)),
    ("maximum(x, 0) at 0", lambda x: np.maximum(x, 0.0), (0.0,), (0.5,)),
    ("fmax beside nan", np.fmax, (2.0, nan), (1.0, 0.0)),
    ("clip at the lower bound", lambda x: np.clip(x, 0.0, 1.0), (0.0,), (1.0,)),
    ("clip at the upper bound", lambda x: np.clip(x, 0.0, 1.0), (1.0,), (1.0,)),
    ("clip outside", lambda x: np.clip(x, 0.0, 1.0), (1.5,), (0.0,)),
    ("clip, crossed bounds", lambda x, a, b: np.clip(x, a, b), (0.0, 2.0, 1.0), (0.0, 0.0, 1.0)),
    ("sort at a tie", lambda x: np.sort(x) @ np.array([1.0, 10.0]), (np.array([2.0, 2.0]),), ([1.0, 10.0],)),
    ("mod", np.mod, (7.5, 3.0), (1.0, -2.0)),
    ("remainder", np.remainder, (-7.5, 3.0), (1.0, 3.0)),
    ("fmod", np.fmod, (-7.5, 3.0), (1.0, 2.0)),
    ("norm at 0", NORM, (V00,), (V00,)),
    ("norm(x)**2 at 0", lambda x: NORM(x) ** 2, (V00,), (V00,)),
    ("norm, ord=1", lambda x: NORM(x, 1), (V01,), (V01,)),
    ("norm, ord=inf", lambda x: NORM(x, inf), (np.array([1.0, -1.0]),), ([0.5, -0.5],)),
    ("norm of a zero matrix", NORM, (np.zeros((2, 2)),), (np.zeros((2, 2)),)),
    ("hypot at 0", np.hypot, (0.0, 0.0), (0.0, 0.0)),
    ("std of a constant", np.std, (np.array([2.0, 2.0, 2.0]),), ([0.0, 0.0, 0.0],)),
    ("sqrt at 0", np.sqrt, (0.0,), (inf,)),
    ("cbrt at 0", np.cbrt, (0.0,), (inf,)),
    ("sqrt(sum(x**2)) at 0", lambda x: np.sqrt(np.sum(x**2)), (V00,), ([nan, nan],)),
    ("x**0 at 0", lambda x: x**0, (0.0,), (0.0,)),
    ("x**1.5 at 0", lambda x: x**1.5, (0.0,), (0.0,)),
    ("x**y at (0, 2)", np.power, (0.0, 2.0), (0.0, 0.0)),
    ("x**y at (0, 0)", np.power, (0.0, 0.0), (0.0, 0.0)),
    ("x**3 at -2", lambda x: np.power(x, 3.0), (-2.0,), (12.0,)),
    ("the exponent at -2", lambda y: np.power(-2.0, y), (3.0,), (nan,)),
    ("1 / (1 + exp(-x)) at 1000", lambda x: 1 / (1 + np.exp(-x)), (1000.0,), (0.0,)),
    ("logaddexp(-inf, -inf)", np.logaddexp, (-inf, -inf), (0.5, 0.5)),
    ("logaddexp(inf, inf)", np.logaddexp, (inf, inf), (0.5, 0.5)),
    ("logaddexp(inf, 0)", np.logaddexp, (inf, 0.0), (1.0, 0.0)),
    ("logaddexp(0, -inf)", np.logaddexp, (0.0, -inf), (1.0, 0.0)),
    ("logaddexp2(0, -inf)", np.logaddexp2, (0.0, -inf), (1.0, 0.0)),
    ("sinc at 0", np.sinc, (0.0,), (0.0,)),
    ("expm1 at 1e-20", np.expm1, (1e-20,), (1.0,)),
    ("log1p at 1e-20", np.log1p, (1e-20,), (1.0,)),
    ("arctan2 at 0", np.arctan2, (0.0, 0.0), (nan, nan)),
    ("arccos at 1", np.arccos, (1.0,), (-inf,)),
    ("arccosh at 1", np.arccosh, (1.0,), (inf,)),
    ("arcsin at -1", np.arcsin, (-1.0,), (inf,)),
    ("prod with a zero", np.prod, (np.array([0.0, 2.0, 3.0]),), ([6.0, 0.0, 0.0],)),
    ("prod with two zeros", np.prod, (np.array([0.0, 2.0, 0.0]),), ([0.0, 0.0, 0.0],)),
    ("sum of cumprod", lambda x: np.sum(np.cumprod(x)), (np.array([0.0, 2.0, 3.0]),), ([9.0, 0.0, 0.0],)),
    ("abs of a complex 0", np.abs, (0j,), (0j,)),
    ("nan_to_num", np.nan_to_num, (nan,), (0.0,)),
    ("nan_to_num of inf", np.nan_to_num, (inf,), (0.0,)),
    ("heaviside at 0", np.heaviside, (0.0, 0.5), (0.0, 1.0)),
    ("det of a singular matrix", np.linalg.det, (np.array([[1.0, 2.0], [2.0, 4.0]]),), ([[4.0, -2.0], [-2.0, 1.0]],)),
    ("matrix_power(A, 0)", lambda a: np.sum(np.linalg.matrix_power(a, 0)), (np.eye(2),), (np.zeros((2, 2)),)),
    ("where, root not taken", lambda x: np.where(x > 0, np.sqrt(x), 0), (0.0,), (0.0,)),
    ("where, root of a negative not taken", lambda x: np.where(x >= 0, x, np.sqrt(-x)), (1.0,), (1.0,)),
    ("where, overflow not taken", lambda x: np.where(x <= 0, np.exp(x), 1 + x), (1000.0,), (1.0,)),
    ("where, 0 / 0 not taken", lambda x: np.where(x != 0, np.sin(x) / x, 1), (0.0,), (0.0,)),
    ("select", lambda x: np.select([x > 0], [np.sqrt(x)], 0.0), (0.0,), (0.0,)),
    ("choose", lambda x: np.choose(1, [np.log(x), 2 * x]), (0.0,), (2.0,)),
    ("boolean index", lambda x: np.sum(np.sqrt(x)[x > 0]), (np.array([0.0, 4.0]),), ([0.0, 0.25],)),
    ("integers", lambda x: x**2, (3,), (6.0,)),
]

SECOND = [
    ("x**1", lambda x: x**1, 0.0, 0.0),
    ("x**2", lambda x: x**2, 0.0, 2.0),
    ("x |x|", lambda x: x * np.abs(x), 0.0, 0.0),
    ("sinc", np.sinc, 0.0, -(np.pi**2) / 3),
    ("tanh", np.tanh, 1000.0, 0.0),
    ("logaddexp(0, x)", lambda x: np.logaddexp(0.0, x), 1000.0, 0.0),
    ("logaddexp(x, 0)", lambda x: np.logaddexp(x, 0.0), 1000.0, 0.0),
    ("maximum(x, 0)**2", lambda x: np.maximum(x, 0.0) ** 2, -1.0, 0.0),
]

IDS = [row[0] for row in POINTS]
points = pytest.mark.parametrize(("f", "args", "expected"), [row[1:] for row in POINTS], ids=IDS)


def gradients(f, args):
    """By reverse mode, and entry by entry by forward mode."""
    backward = dr.grad(f, tuple(range(len(args))))(*args)
    forward = []
    for k, x in enumerate(args):
        x = np.asarray(x) if isinstance(x, (np.ndarray, complex)) else np.asarray(x, float)

        def along(unit, k=k, x=x):
            g = lambda y: f(*args[:k], y, *args[k + 1:])  # noqa: E731
            return dr.jvp(g, (x[()],), (unit[()],))[1]

        units = [unit.reshape(x.shape).astype(x.dtype) for unit in np.eye(max(x.size, 1))]
        columns = [along(unit) for unit in units]
        if x.dtype.kind == "c":
            columns = [c - 1j * along(1j * unit) for c, unit in zip(columns, units, strict=True)]
        forward.append(np.reshape(columns, x.shape))
    return backward, forward


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
class TestPoints:
    @points
    def test_derivative(self, f, args, expected):
        for found in gradients(f, args):
            for g, e in zip(found, expected, strict=True):
                np.testing.assert_allclose(g, e, rtol=1e-14, atol=1e-300)

    @points
    def test_in_the_branch_not_taken(self, f, args, expected):
        for found in gradients(lambda *a: np.where(False, f(*a), 1.0), args):
            for g in found:
                np.testing.assert_array_equal(g, 0 * np.asarray(g, dtype=bool))

    @points
    def test_in_the_branch_taken(self, f, args, expected):
        for found in gradients(lambda *a: np.where(True, f(*a), 1.0), args):
            for g, e in zip(found, expected, strict=True):
                np.testing.assert_allclose(g, e, rtol=1e-14, atol=1e-300)

    @pytest.mark.parametrize(("f", "x", "expected"), [row[1:] for row in SECOND], ids=[row[0] for row in SECOND])
    def test_second_derivative(self, f, x, expected):
        for outer in (dr.grad, dr.derivative):
            for inner in (dr.grad, dr.derivative):
                assert outer(inner(f))(x) == pytest.approx(expected, rel=1e-14, abs=0)
                assert outer(inner(lambda x: np.where(x < -1e9, f(x), 2.0 * x)))(x) == 0

    def test_never_a_wrong_zero(self):
        assert np.isnan(dr.grad(lambda x: np.sqrt(x) ** 2)(0.0))
        hessian = np.stack([dr.jvp(dr.grad(lambda x: NORM(x) ** 2), (V00,), (e,))[1] for e in np.eye(2)])
        assert np.all(np.isnan(hessian)) or np.array_equal(hessian, 2 * np.eye(2))

    def test_prod_second_derivative_with_a_zero(self):
        x = np.array([0.0, 2.0, 3.0])
        hessian = [dr.jvp(dr.grad(np.prod), (x,), (e,))[1] for e in np.eye(3)]
        np.testing.assert_array_equal(hessian, [[0, 3, 2], [3, 0, 0], [2, 0, 0]])

    def test_det_second_derivative_of_a_singular_matrix(self):
        a = np.array([[1.0, 2.0], [2.0, 4.0]])
        _, turned = dr.jvp(dr.grad(np.linalg.det), (a,), (np.array([[1.0, 0.0], [0.0, 0.0]]),))
        np.testing.assert_allclose(turned, [[0.0, 0.0], [0.0, 1.0]], atol=1e-14)

    def test_an_infinite_slope_of_the_outside_stays(self):
        """Only what was not chosen is a structural zero; 0 times infinity in the chosen branch is no number."""
        assert np.isnan(dr.grad(lambda x: np.where(x >= 0, np.sqrt(x) * x * 0 + np.sqrt(x) * 0, 1.0))(0.0))
