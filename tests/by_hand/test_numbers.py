"""First and second derivatives as numbers, worked out elsewhere to forty digits and typed in: no helper of ours is between them and the package."""

import numpy as np
import pytest

import dualrev as dr

ONE = [
    # function, x, first, second derivative
    (np.exp, 0.7, 2.0137527074704764, 2.0137527074704764),
    (np.exp2, 0.7, 1.1260209168747677, 0.78049822378326975),
    (np.expm1, 0.7, 2.0137527074704764, 2.0137527074704764),
    (np.log, 0.7, 1.4285714285714287, -2.0408163265306125),
    (np.log2, 0.7, 2.0609929155556621, -2.9442755936509461),
    (np.log10, 0.7, 0.62042068843321694, -0.88631526919030996),
    (np.log1p, 0.7, 0.58823529411764707, -0.34602076124567476),
    (np.sqrt, 0.7, 0.59761430466719684, -0.4268673604765692),
    (np.cbrt, 0.7, 0.42281142940123845, -0.40267755181070331),
    (np.square, 0.7, 1.4, 2.0),
    (np.reciprocal, 0.7, -2.0408163265306125, 5.8309037900874647),
    (np.sin, 0.7, 0.76484218728448845, -0.64421768723769102),
    (np.cos, 0.7, -0.64421768723769102, -0.76484218728448845),
    (np.tan, 0.7, 1.7094497158631171, 2.8796992653148323),
    (np.arcsin, 0.7, 1.4002800840280097, 1.9219530565090326),
    (np.arccos, 0.7, -1.4002800840280097, -1.9219530565090326),
    (np.arctan, 0.7, 0.67114093959731546, -0.63060222512499438),
    (np.sinh, 0.7, 1.255169005630943, 0.75858370183953345),
    (np.cosh, 0.7, 0.75858370183953345, 1.255169005630943),
    (np.tanh, 0.7, 0.63473958998245862, -0.76723231009191656),
    (np.arcsinh, 0.7, 0.81923192051904048, -0.38487405661968344),
    (np.arccosh, 1.7, 0.72739296745330797, -0.65426880670403366),
    (np.arctanh, 0.7, 1.96078431372549, 5.3825451749327165),
    (np.sinc, 0.7, -1.3652403755203533, 0.26982700697582356),
    (np.i0, 0.7, 0.37187967777700863, 0.59504633576822539),
    (np.deg2rad, 0.7, 0.017453292519943296, 0.0),
    (np.rad2deg, 0.7, 57.295779513082321, 0.0),
    (np.absolute, -0.7, -1.0, 0.0),
    (np.fabs, -0.7, -1.0, 0.0),
    (np.negative, 0.7, -1.0, 0.0),
    (np.positive, 0.7, 1.0, 0.0),
    (np.floor, 0.7, 0.0, 0.0),
    (lambda x: x**3, 2.0, 12.0, 12.0),
    (lambda x: 3.0**x, 2.0, 9.8875105980129872, 10.862540647313238),
    (lambda x: x % 0.3, 0.7, 1.0, 0.0),
    (lambda x: np.exp(np.sin(x**2)), 1.5, -4.103116488593821, -10.249702531185975),
]

TWO = [
    # function; derivatives in a, in b, in both, at a = 0.7, b = 1.3
    (np.add, 1.0, 1.0, 0.0),
    (np.subtract, 1.0, -1.0, 0.0),
    (np.multiply, 1.3, 0.7, 1.0),
    (np.divide, 0.7692307692307692, -0.41420118343195261, -0.59171597633136091),
    (np.power, 1.1680804743278317, -0.22433655875981933, 0.48189840409383236),
    (np.float_power, 1.1680804743278317, -0.22433655875981933, 0.48189840409383236),
    (np.arctan2, 0.5963302752293578, -0.32110091743119263, -0.25250399797996804),
    (np.hypot, 0.47409982303501741, 0.88047109992217528, -0.28272007795666176),
    (np.logaddexp, 0.35434369377420453, 0.64565630622579547, -0.22878424045665729),
    (np.logaddexp2, 0.39750105926563914, 0.60249894073436086, -0.16600456808998386),
    (np.maximum, 0.0, 1.0, 0.0),
    (np.minimum, 1.0, 0.0, 0.0),
    (np.copysign, 1.0, 0.0, 0.0),
]

A = np.array([[1.0, 2.0], [3.0, 5.0]])

MANY = [
    # a scalar function of an array, the array, its gradient
    ("sum", np.sum, [1.0, 2.0], [1.0, 1.0]),
    ("mean", np.mean, [1.0, 2.0, 6.0, 7.0], [0.25] * 4),
    ("prod", np.prod, [2.0, 3.0, 5.0], [15.0, 10.0, 6.0]),
    ("var", np.var, [1.0, 2.0, 6.0], [-4 / 3, -2 / 3, 2.0]),
    ("std", np.std, [0.0, 2.0], [-0.5, 0.5]),
    ("max", np.max, [1.0, 4.0, 2.0], [0.0, 1.0, 0.0]),
    ("ptp", np.ptp, [1.0, 4.0, 2.0], [-1.0, 1.0, 0.0]),
    ("cumsum", lambda x: np.sum(np.cumsum(x)), [7.0, 8.0, 9.0], [3.0, 2.0, 1.0]),
    ("cumprod", lambda x: np.sum(np.cumprod(x)), [2.0, 3.0, 5.0], [19.0, 12.0, 6.0]),
    ("diff", lambda x: np.sum(np.diff(x) ** 2), [1.0, 3.0, 4.0], [-4.0, 2.0, 2.0]),
    ("trapezoid", np.trapezoid, [1.0, 2.0, 3.0], [0.5, 1.0, 0.5]),
    ("sort", lambda x: np.sort(x) @ np.array([1.0, 10.0, 100.0]), [5.0, 1.0, 3.0], [100.0, 1.0, 10.0]),
    ("reversed", lambda x: x[::-1] @ np.array([1.0, 2.0]), [5.0, 6.0], [2.0, 1.0]),
    ("read twice", lambda x: np.sum(x[[0, 0, 1]]), [5.0, 6.0, 7.0], [2.0, 1.0, 0.0]),
    ("rosenbrock", lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2, [-1.2, 1.0], [-215.6, -88.0]),
    ("dot", lambda x: x @ x, [3.0, 4.0], [6.0, 8.0]),
    ("quadratic", lambda x: x @ A @ x, [1.0, 2.0], [12.0, 25.0]),
    ("norm", np.linalg.norm, [3.0, 4.0], [0.6, 0.8]),
    ("softmax", lambda x: np.log(np.sum(np.exp(x))), [0.0, np.log(3.0)], [0.25, 0.75]),
]

MATRICES = [
    ("det", np.linalg.det, A, [[5.0, -3.0], [-2.0, 1.0]]),
    ("trace of the inverse", lambda a: np.trace(np.linalg.inv(a)), A, [[-31.0, 18.0], [12.0, -7.0]]),
    ("solve", lambda a: np.sum(np.linalg.solve(a, np.array([1.0, 2.0]))), A, [[-2.0, 2.0], [1.0, -1.0]]),
    ("einsum", lambda a: np.einsum("ij,ij->", a, a), A, [[2.0, 4.0], [6.0, 10.0]]),
    ("transposed", lambda a: np.sum(a.T[0] * np.array([10.0, 1.0])), A, [[10.0, 0.0], [1.0, 0.0]]),
]


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=2e-13, atol=2e-13)


@pytest.mark.parametrize(("f", "x", "first", "second"), ONE, ids=[getattr(row[0], "__name__", "f") for row in ONE])
def test_functions_of_one_number(f, x, first, second):
    close(dr.derivative(f)(x), first)
    close(dr.grad(f)(x), first)
    close(dr.derivative(dr.derivative(f))(x), second)
    close(dr.derivative(dr.grad(f))(x), second)
    close(dr.grad(dr.derivative(f))(x), second)
    close(dr.grad(dr.grad(f))(x), second)
    xs = np.array([x, x])
    close(dr.elementwise_grad(f)(xs), [first, first])
    close(dr.jvp(f, (xs,), (np.array([1.0, -2.0]),))[1], [first, -2.0 * first])


@pytest.mark.parametrize(("f", "a", "b", "both"), TWO, ids=[row[0].__name__ for row in TWO])
def test_functions_of_two_numbers(f, a, b, both):
    p, q = 0.7, 1.3
    close(dr.grad(f, (0, 1))(p, q), (a, b))
    close(dr.jvp(f, (p, q), (1.0, 0.0))[1], a)
    close(dr.jvp(f, (p, q), (0.0, 1.0))[1], b)
    close(dr.grad(dr.grad(f, 0), 1)(p, q), both)
    close(dr.grad(dr.grad(f, 1), 0)(p, q), both)
    close(dr.derivative(lambda q: dr.grad(f)(p, q))(q), both)


@pytest.mark.parametrize(("name", "f", "x", "expected"), MANY + MATRICES, ids=[row[0] for row in MANY + MATRICES])
def test_functions_of_arrays(name, f, x, expected):
    x, expected = np.array(x), np.array(expected)
    close(dr.grad(f)(x), expected)
    columns = [dr.jvp(f, (x,), (unit.reshape(x.shape),))[1] for unit in np.eye(x.size)]
    close(np.reshape(columns, x.shape), expected)


def test_complex_numbers():
    close(dr.grad(lambda z: np.abs(z) ** 2)(1 + 2j), 2 - 4j)
    close(dr.grad(np.real)(1 + 2j), 1)
    close(dr.grad(np.imag)(1 + 2j), -1j)
    close(dr.grad(np.abs)(3 + 4j), 0.6 - 0.8j)
    close(dr.derivative(np.exp)(1j * np.pi), -1)
    close(dr.derivative(np.sqrt)(-1 + 0j), -0.5j)
    close(dr.derivative(lambda z: z**3)(1 + 1j), 6j)
    close(dr.jvp(np.conj, (1 + 2j,), (1j,))[1], -1j)
