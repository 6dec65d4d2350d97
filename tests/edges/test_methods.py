"""Every method and property of ndarray on a traced array: NumPy's value with right derivatives, or a clear error."""

import copy

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.core.tracer import Tracer
from tests.properties.oracles import assert_close, assert_same_value, check_first_order, check_second_order

M = np.array([[0.3, -1.2, 0.8, 1.7], [2.1, 0.4, -0.6, -1.9], [1.1, 0.9, -2.2, 0.05]])
V = np.array([0.3, -1.2, 0.8, 1.7])
Z = np.array([0.3 + 1.0j, -1.2 - 0.5j, 0.8 + 0.2j])

DIFFERENTIABLE = {
    "sum": [lambda x: x.sum(), lambda x: x.sum(0), lambda x: x.sum(axis=-1, keepdims=True), lambda x: x.sum((0, 1)), lambda x: x.sum(where=M > 0, initial=3.0)],
    "mean": [lambda x: x.mean(), lambda x: x.mean(1), lambda x: x.mean(axis=0, keepdims=True), lambda x: x.mean(where=M > 0)],
    "prod": [lambda x: x.prod(), lambda x: x.prod(1), lambda x: x.prod(axis=0, keepdims=True, initial=2.0)],
    "max": [lambda x: x.max(), lambda x: x.max(0), lambda x: x.max(axis=1, keepdims=True)],
    "min": [lambda x: x.min(), lambda x: x.min(0), lambda x: x.min(axis=1, keepdims=True)],
    "std": [lambda x: x.std(), lambda x: x.std(0), lambda x: x.std(axis=1, ddof=1, keepdims=True)],
    "var": [lambda x: x.var(), lambda x: x.var(0), lambda x: x.var(axis=1, ddof=1, keepdims=True)],
    "cumsum": [lambda x: x.cumsum(), lambda x: x.cumsum(0), lambda x: x.cumsum(axis=-1)],
    "cumprod": [lambda x: x.cumprod(), lambda x: x.cumprod(0), lambda x: x.cumprod(axis=-1)],
    "clip": [lambda x: x.clip(-1, 1), lambda x: x.clip(min=0), lambda x: x.clip(max=0.5), lambda x: x.clip(-1.0, None)],
    "repeat": [lambda x: x.repeat(2), lambda x: x.repeat(2, axis=1), lambda x: x.repeat([1, 0, 2], 0)],
    "swapaxes": [lambda x: x.swapaxes(0, 1), lambda x: x.swapaxes(-1, 0)],
    "squeeze": [lambda x: x[None].squeeze(), lambda x: x[:, None].squeeze(1), lambda x: x[None].squeeze(axis=0)],
    "take": [lambda x: x.take([0, 5, 5]), lambda x: x.take([2, 0], axis=0), lambda x: x.take(1, axis=1), lambda x: x.take([0, 9], axis=1, mode="clip")],
    "dot": [lambda x: x.dot(V), lambda x: x.dot(x.T), lambda x: x[0].dot(x[1]), lambda x: x.dot(2.0)],
    "trace": [lambda x: x.trace(), lambda x: x.trace(1), lambda x: x.trace(offset=-1)],
    "diagonal": [lambda x: x.diagonal(), lambda x: x.diagonal(1), lambda x: x[None].diagonal(0, 1, 2)],
    "ravel": [lambda x: x.ravel(), lambda x: x.ravel("F"), lambda x: x.T.ravel(), lambda x: x.ravel(order="C")],
    "flatten": [lambda x: x.flatten(), lambda x: x.flatten("F"), lambda x: x.T.flatten(order="C")],
    "reshape": [lambda x: x.reshape(4, 3), lambda x: x.reshape((2, 6)), lambda x: x.reshape(-1), lambda x: x.reshape(2, -1, order="F"), lambda x: x.reshape([12, 1])],
    "transpose": [lambda x: x.transpose(), lambda x: x.transpose(1, 0), lambda x: x.transpose((1, 0)), lambda x: x.transpose(None), lambda x: x[None].transpose(2, 0, 1)],
    "T": [lambda x: x.T, lambda x: x[0].T, lambda x: x[None].T],
    "mT": [lambda x: x.mT, lambda x: x[None].mT],
    "real": [lambda x: x.real, lambda x: (x * (1 + 2j)).real],
    "imag": [lambda x: x.imag + x, lambda x: (x * (1 + 2j)).imag],
    "conj": [lambda x: x.conj(), lambda x: (x * 1j).conj()],
    "conjugate": [lambda x: x.conjugate(), lambda x: (x * 1j).conjugate()],
    "astype": [lambda x: x.astype(float), lambda x: x.astype("f8", copy=False) * 2, lambda x: x.astype(complex)],
    "copy": [lambda x: x.copy(), lambda x: x.copy("F"), lambda x: copy.copy(x) * 2, lambda x: copy.deepcopy(x) * 2],
    "item": [lambda x: x.item(3) * x, lambda x: x.item(1, 2) * x, lambda x: x.item((0, 1)) * x, lambda x: x[:1, :1].item() * x],
    "tolist": [lambda x: np.stack(x.tolist()[1]), lambda x: sum(x[0].tolist()) * 1.0],
    "fill": [lambda x: [y := x.copy(), y.fill(2.0), y][-1] + x, lambda x: [y := x.copy(), y.fill(x[0, 1]), y][-1]],
    "put": [lambda x: [y := x.copy(), y.put([0, 5], 7.0), y][-1], lambda x: [y := x.copy(), y.put([0, -1], x[1, :2]), y][-1],
            lambda x: [y := x.copy(), y.put([-9, 2, 40], x[1, :2], mode="clip"), y][-1], lambda x: [y := x.copy(), y.put([-9, 2, 40, 1], x[1, :2], mode="wrap"), y][-1]],
    "sort": [lambda x: [y := x.copy(), y.sort(), y][-1], lambda x: [y := x.copy(), y.sort(axis=0), y][-1]],
    "partition": [lambda x: [y := x[0].copy(), y.partition(2), np.sum(y[:2]) * y[2]][-1]],
    "flat": [lambda x: np.stack([v * v for v in x.flat]), lambda x: x.flat[3] * x, lambda x: x.flat[1:5], lambda x: [y := x.copy(), y.flat.__setitem__(2, x[0, 0]), y][-1],
             lambda x: [y := x.copy(), setattr(y, "flat", x[0, :2] ** 2), y][-1]],
    "choose": [lambda x: np.choose(np.array([0, 1, 2, 0]), x)],
    "compress": [lambda x: x.compress([True, False, True], axis=0), lambda x: x.compress([False, True, True])],
    "round": [lambda x: x.round() + x, lambda x: x.round(1) * x],
    "__getitem__": [lambda x: x[1], lambda x: x[:, ::-1], lambda x: x[..., None], lambda x: x[[0, 0, 2], [1, 1, 3]], lambda x: x[M > 0], lambda x: x[1:, [0, 2]],
        lambda x: x[-1, -1], lambda x: x[()], lambda x: x[np.int64(1)],
                    lambda x: x[np.newaxis, 0], lambda x: x[[True, False, True]], lambda x: x[np.array(1)], lambda x: x[:0]],
    "__matmul__": [lambda x: x @ V, lambda x: V[:3] @ x, lambda x: x @ x.T, lambda x: [1.0, 2.0, 3.0] @ x],
    "__pow__": [lambda x: x**2, lambda x: x**3, lambda x: abs(x) ** 1.5, lambda x: 2**x, lambda x: abs(x) ** x, lambda x: x**0, lambda x: x**-1],
    "__mod__": [lambda x: x % 0.75, lambda x: 5.3 % x, lambda x: divmod(x, 2)[1], lambda x: divmod(5.0, x)[1], lambda x: x // 1 + x],
    "__truediv__": [lambda x: x / 3, lambda x: 3 / x, lambda x: x / x.T.T, lambda x: x / V],
    "__sub__": [lambda x: x - 1, lambda x: 1 - x, lambda x: x - V, lambda x: V - x, lambda x: [1.0, 2, 3, 4] - x, lambda x: x - (1, 2, 3, 4)],
    "__neg__": [lambda x: -x, lambda x: +x * 2, lambda x: abs(x)],
    "__iter__": [lambda x: sum(row @ V for row in x), lambda x: np.stack([a * b for a, b in zip(*x[:2], strict=True)]), lambda x: [a := list(x), a[0] * a[-1]][-1],
        lambda x: np.stack([*x])],
    "__reversed__": [lambda x: np.stack(list(reversed(x)))],
    "__round__": [lambda x: round(x[0, 0], 2) + x],
}
PLAIN = {
    "argmax": [lambda x: x.argmax(), lambda x: x.argmax(0)], "argmin": [lambda x: x.argmin(), lambda x: x.argmin(axis=1)],
        "argsort": [lambda x: x.argsort(), lambda x: x.argsort(axis=0)],
    "argpartition": [lambda x: x.argpartition(1)], "all": [lambda x: x.all(), lambda x: x.all(axis=0)], "any": [lambda x: x.any(), lambda x: x.any(0)],
        "nonzero": [lambda x: np.stack(x.nonzero())],
    "searchsorted": [lambda x: np.sort(x[0]).searchsorted(0.5)], "ndim": [lambda x: x.ndim], "shape": [lambda x: x.shape], "size": [lambda x: x.size],
        "dtype": [lambda x: x.dtype.num], "itemsize": [lambda x: x.itemsize],
    "nbytes": [lambda x: x.nbytes], "__len__": [len], "__contains__": [lambda x: 0.8 in x, lambda x: 9.0 in x], "__lt__": [lambda x: x < 0.5], "__le__": [lambda x: x <= 0.8],
        "__gt__": [lambda x: x > V], "__ge__": [lambda x: x <= 0],
    "__eq__": [lambda x: x == 0.8], "__ne__": [lambda x: x != 0.8], "__bool__": [lambda x: bool(x[0, 0]), lambda x: bool(x[:1, 0])], "__floordiv__": [lambda x: x // 1 * 1.0],
}
REFUSED = {
    "view": lambda x: x.view(np.int64), "tobytes": lambda x: x.tobytes(), "tofile": lambda x: x.tofile("never.bin"), "dump": lambda x: x.dump("never.bin"),
        "dumps": lambda x: x.dumps(), "getfield": lambda x: x.getfield(float),
    "setfield": lambda x: x.setfield(1.0, float), "setflags": lambda x: x.setflags(write=False), "byteswap": lambda x: x.byteswap(), "resize": lambda x: x.resize((2, 2)),
        "data": lambda x: x.data, "ctypes": lambda x: x.ctypes,
    "strides": lambda x: x.strides, "flags": lambda x: x.flags, "base": lambda x: x.base, "to_device": lambda x: x.to_device("cpu"),
}
CASES = [pytest.param(f, id=f"{name}-{k}") for name, cases in DIFFERENTIABLE.items() for k, f in enumerate(cases)]


@pytest.mark.parametrize("f", CASES)
def test_differentiable(f):
    def realised(x):
        y = f(x)
        return np.concatenate([np.ravel(np.real(y)), np.ravel(np.imag(y))]) if np.iscomplexobj(y) else y

    check_first_order(realised, (M,))
    check_second_order(realised, (M,))


@pytest.mark.parametrize("f", [pytest.param(f, id=f"{name}-{k}") for name, cases in DIFFERENTIABLE.items() for k, f in enumerate(cases) if name not in ("astype",)])
def test_types_in_float32(f):
    """The value under tracing is plain NumPy's to the last bit, dtype included; the derivative has the value's dtype."""
    x = M.astype(np.float32)
    plain = f(x)
    y, dy = dr.jvp(f, (x,), (x,))
    assert_same_value(y, plain)
    assert np.asarray(dy).dtype == np.asarray(plain).dtype
    value, pullback = dr.vjp(f, x)
    assert_same_value(value, plain)
    assert pullback(np.ones_like(plain))[0].dtype == np.float32


@pytest.mark.parametrize("f", [pytest.param(f, id=f"{name}-{k}") for name, cases in PLAIN.items() for k, f in enumerate(cases)])
def test_without_derivative(f):
    """The plain value comes out, and no traced one."""
    def g(x):
        y = f(x)
        assert not isinstance(y, Tracer)
        seen.append(y)
        return x

    seen = []
    dr.jvp(g, (M,), (M,))
    dr.vjp(g, M)
    dr.jvp(lambda x: dr.vjp(g, x)[0], (M,), (M,))
    for y in seen:
        assert_same_value(y, f(M))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    for call in (lambda: dr.jvp(REFUSED[name], (M,), (M,)), lambda: dr.vjp(REFUSED[name], M)):
        with pytest.raises(NoRuleError, match=rf"ndarray\.{name} .*test_methods\.py:\d+: .*stop_gradient"):
            call()


def test_nothing_of_ndarray_is_left_out():
    """Every public attribute of ndarray exists on traced arrays and is covered here, or is named below with a reason."""
    elsewhere = {"tostring", "newbyteorder", "itemset", "ptp", "device", "setfield"}  # gone from NumPy 2, or a constant
    public = {name for name in dir(np.ndarray) if not name.startswith("_")}
    covered = set(DIFFERENTIABLE) | set(PLAIN) | set(REFUSED)
    assert public - covered - elsewhere == set()
    probe = []
    dr.vjp(lambda x: [probe.extend(name for name in public - elsewhere if not hasattr(type(x), name)), x][1], M)
    dr.jvp(lambda x: [probe.extend(name for name in public - elsewhere if not hasattr(type(x), name)), x][1], (M,), (M,))
    assert probe == []


def test_operators_of_arrays_all_exist():
    """Bitwise and shifting operators raise as NumPy does for floats; the rest work."""
    for use in (lambda x: x & x, lambda x: x | 1, lambda x: x << 1, lambda x: ~x, lambda x: x ^ x, lambda x: x >> 2, lambda x: 1 & x):
        with pytest.raises(TypeError):
            use(M)
        for call in (lambda: dr.vjp(use, M), lambda: dr.jvp(use, (M,), (M,))):
            with pytest.raises((TypeError, NotImplementedError)):
                call()


@pytest.mark.parametrize("op", ["+", "-", "*", "/", "**", "%", "//", "@"])
@pytest.mark.parametrize("other", ["2.0", "2", "V", "[1.0, 2.0, 3.0, 4.0]", "np.float64(1.5)", "np.float32(1.5)", "np.array(2.0)", "np.arange(1, 5)", "x", "x[1]", "True"])
@pytest.mark.parametrize("reflected", [False, True])
def test_operators_against_every_operand(op, other, reflected):
    source = f"{other} {op} abs(x)" if reflected else f"abs(x) {op} {other}"
    f = eval(f"lambda x: {source}", {"np": np, "V": abs(V)})
    x = abs(V)[None] * np.array([[1.0], [1.3], [0.7], [2.2]]) if op == "@" else abs(M)
    try:
        plain = f(x)
    except (ValueError, TypeError) as error:
        for call in (lambda: dr.vjp(f, x), lambda: dr.jvp(f, (x,), (x,))):
            with pytest.raises(type(error)):
                call()
        return
    if np.asarray(plain).dtype.kind == "f":
        check_first_order(f, (x,))
    x32 = x.astype(np.float32)
    y, dy = dr.jvp(f, (x32,), (x32,))
    assert_same_value(y, f(x32))
    assert np.asarray(dy).dtype == np.asarray(y).dtype
    assert_same_value(dr.vjp(f, x32)[0], f(x32))


@pytest.mark.parametrize("op", ["+", "-", "*", "/", "**", "%", "//"])
@pytest.mark.parametrize("other", ["2.0", "2", "np.float64(1.5)", "np.float32(1.5)", "np.array(2.0)", "s", "V", "True", "1j"])
@pytest.mark.parametrize("scalar", [1.25, np.float64(1.25), np.float32(1.25), np.array(1.25), np.array(1.25, np.float32)],
    ids=["float", "float64", "float32", "0-d", "0-d float32"])
def test_scalar_operators_keep_type_and_value(op, other, scalar):
    for source in (f"s {op} {other}", f"{other} {op} s"):
        f = eval(f"lambda s: {source}", {"np": np, "V": abs(V)})
        try:
            plain = f(scalar)
        except TypeError as error:
            for call in (lambda: dr.vjp(f, scalar), lambda: dr.jvp(f, (scalar,), (scalar,))):
                with pytest.raises(type(error)):
                    call()
            continue
        y, dy = dr.jvp(f, (scalar,), (1.0,))
        assert_same_value(y, plain, source)
        assert_same_value(dr.vjp(f, scalar)[0], plain, source)
        if np.asarray(plain).dtype.kind in "fc" and "//" not in source:
            assert np.asarray(dy).dtype == np.asarray(plain).dtype
        if np.asarray(scalar).dtype == float and np.asarray(plain).dtype.kind == "f" and "float32" not in source:
            slope = (np.asarray(f(scalar + 1e-6), float) - np.asarray(f(scalar - 1e-6), float)) / 2e-6
            assert_close(np.asarray(dy, float), slope, 1e-7, source)


def test_python_functions_on_scalars():
    """max, min, sum, sorted, abs, round, pow, divmod of Python work on traced scalars."""
    for f, want in ((lambda s: max(s, 1.0) * 2, 2.0), (lambda s: min(s, 9) ** 2, 4.0), (lambda s: sum([s, s, 1]), 2.0), (lambda s: sorted([3.0, s, 1.0])[1] * 5, 5.0),
        (lambda s: abs(-s), 1.0), (lambda s: pow(s, 3), 12.0),
                    (lambda s: divmod(s, 0.75)[1], 1.0), (lambda s: round(s) * s, 2.0), (lambda s: s if s > 1 else 0.0, 1.0), (lambda s: [s * k for k in range(3)][2], 2.0),
                        (lambda s: np.float64(3) * s, 3.0)):
        assert float(dr.grad(f)(2.0)) == want
        assert float(dr.derivative(f)(2.0)) == want


def test_complex_methods():
    for f in (lambda z: z.conj() * z, lambda z: z.real + 2j * z.imag, lambda z: abs(z), lambda z: z.T @ z, lambda z: z.sum() * z.conjugate()):
        t, g = np.array([1.0 - 0.5j, 2j, 0.3]), None
        y, dy = dr.jvp(f, (Z,), (t,))
        h = 1e-6
        assert_close(dy, (f(Z + h * t) - f(Z - h * t)) / (2 * h), 1e-8)
        value, pullback = dr.vjp(f, Z)
        g = (np.ones_like(value) * (0.3 - 1.1j)).astype(np.asarray(value).dtype) if np.iscomplexobj(value) else np.ones_like(value)
        (c,) = pullback(g)
        assert abs(np.real(np.sum(g * dy)) - np.real(np.sum(c * t))) < 1e-12
