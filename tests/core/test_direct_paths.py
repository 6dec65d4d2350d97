"""The direct paths of recorded values and dual numbers: what they give and write down is what the general path does, bit for bit."""

import operator

import numpy as np
import pytest

import dualrev as dr
from dualrev.core import dualoperators, jotting
from dualrev.core.errors import DeadTraceError

X = np.array([0.3, -0.7, 1.2])
FUNCTIONS = {
    "arithmetic": lambda x: 2 * x - x / 3 + x * x - (1 - x) + 2.0 / (x + 5) - x**2 + np.float64(2) * x,
    "powers": lambda x: (x * x) ** x + 2.0 ** x + x**3 + x**0.5 + (x + 3) ** -1,
    "signs": lambda x: -x + abs(x) - +x,
    "floors": lambda x: x % 2 + x // 0.5 * x,
    "slices": lambda x: x[1:] * x[:-1] + x[0] * x[-1],
    "gathers": lambda x: x[[0, 0, 2]] * x[x > 0][0] + x[..., None][:, 0],
    "functions": lambda x: np.sin(x) * np.exp(x) + np.tanh(x) ** 2 + np.maximum(x, 0) + np.square(x),
    "sums": lambda x: np.sum(x) * x.sum() + np.sum(x**2, axis=0) + x.sum(axis=0, keepdims=True),
    "scalars": lambda x: np.sum(x) / 20 + 3 * np.sum(x) ** 2 - 1 / np.sum(x) + np.sum(x) * x[0],
    "shapes": lambda x: (x[:, None] * x[None, :] + x) @ x,
    "writes": lambda x: _written(x),
    "plain arrays": lambda x: x * np.arange(3) + np.ones(3) @ x - np.arange(3.0) / (x + 2),
    "complex": lambda x: np.real((x + 1j) * (x * 2j) ** 2),
    "float32": lambda x: np.float32(0.1) * x.astype(np.float32) + x,
    "integers": lambda x: x * np.int64(3) + np.argmax(x) + True * x,
    "choices": lambda x: np.where(x > 0, x, x**2) * 2 + np.where(x > 0, np.sqrt(abs(x)), 0),
    "structural zeros": lambda x: np.sqrt(np.where(x > 0.5, x, 0) * 1.0) * (x > 0.5),
    "empty": lambda x: np.sum(x[3:] * 2) + np.sum(x[3:]) + x,
}


def _written(x):
    y = np.zeros_like(x)
    y[1:] = x[:-1] * 2
    y += x
    y[0] *= x[1]
    return y[::-1] * y


@pytest.mark.parametrize("name", FUNCTIONS)
def test_dual_numbers(name, monkeypatch):
    def found():
        with np.errstate(all="ignore"):
            return [*dr.jvp(f, (X,), (X + 1,)), dr.hvp(total)(X, X + 1), dr.jvp(lambda x: dr.jvp(f, (x,), (X,))[1], (X,), (X,))[1]]

    f = FUNCTIONS[name]
    total = lambda x: np.sum(f(x))  # noqa: E731
    direct = found()
    monkeypatch.setattr(dualoperators, "_simple", lambda x: False)
    for a, b in zip(direct, found(), strict=True):
        assert type(a) is type(b) and np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_recordings(name, monkeypatch):
    f = FUNCTIONS[name]
    total = lambda x: np.sum(f(x))  # noqa: E731

    def traced():
        return [dr.trace(f, X), dr.trace(dr.grad(total), X)]

    with np.errstate(all="ignore"):
        programs = traced()
        monkeypatch.setattr(jotting, "PLAIN", frozenset())
        for program, general in zip(programs, traced(), strict=True):
            assert str(program) == str(general)
            np.testing.assert_array_equal(program(X + 0.125), general(X + 0.125))


def test_numbers_by_hand():
    x = dr.Dual(2.0, 1.0)
    y = (3 * x + x * x - 1 / x) ** 2 - x
    np.testing.assert_allclose([y.value, y.tangent], [9.5**2 - 2, 2 * 9.5 * (3 + 4 + 0.25) - 1], rtol=1e-15)


def test_values_that_outlived_their_recording_raise():
    kept = []
    dr.trace(lambda x: kept.append(x) or np.sum(x), X)
    for use in (lambda x: x * 2, lambda x: 2 - x, lambda x: x + x, lambda x: -x, np.sin, lambda x: x[1:], np.sum, lambda x: x.sum()):
        with pytest.raises(DeadTraceError, match="after the transform"):
            use(kept[0])
    dr.jvp(lambda x: kept.append(x) or np.sum(x), (X,), (X,))
    for use in (lambda x: x * 2, lambda x: 2 - x, lambda x: x + x, np.sin, lambda x: x[1:], np.sum, lambda x: x.sum()):
        with pytest.raises(DeadTraceError, match="after the transform"):
            use(kept[1])


@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide, np.remainder, np.power])
def test_ufuncs_of_two_arrays_are_their_operators(ufunc):
    """Values and gradients to the last bit, of arrays of one form and others, numbers and plain arrays."""
    operate = {np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul, np.divide: operator.truediv, np.remainder: operator.mod, np.power: operator.pow}[ufunc]
    x = np.array([0.5, 1.5, 2.5])
    for other in (x[::-1] + 0.1, 2.0, 3, x, np.float32(1.5), x.astype(np.float32), np.array([[1.0], [2.0]]), None):
        forms = [lambda x, f=f, b=other: np.sum(f(x, np.cos(x) if b is None else b) * x) for f in (ufunc, operate)]
        (value, g), (want, h) = (dr.value_and_grad(form)(x) for form in forms)
        np.testing.assert_allclose(value, want, rtol=1e-15)
        np.testing.assert_allclose(g, h, rtol=1e-15)
        np.testing.assert_allclose(dr.hessian(forms[0])(x), dr.hessian(forms[1])(x), rtol=1e-13, atol=1e-14)
    inner = lambda y: np.sum(dr.grad(lambda x: np.sum(ufunc(x, y)))(x) * y)  # noqa: E731  a value of an outer tape
    outer = lambda y: np.sum(dr.grad(lambda x: np.sum(operate(x, y)))(x) * y)  # noqa: E731
    np.testing.assert_allclose(dr.grad(inner)(x + 0.25), dr.grad(outer)(x + 0.25), rtol=1e-14)
