"""Functions x wrappings, all through the same asserts: differences of the plain function, nothing else."""

import numpy as np
import pytest

import dualrev as dr
from tests.properties.oracles import assert_close, assert_same_value, directional, directions, inner

X = np.array([0.4, -0.7, 1.1])
A = np.array([[1.0, -0.5, 0.3], [0.2, 0.8, -0.4]])


def polynomial(x):
    return np.sum(x**3 - 2 * x * x[::-1])


def waves(x):
    return np.sum(np.sin(x) * np.exp(0.5 * x)) + np.cos(x[0] * x[1])


def quotient(x):
    return x[0] / (1 + x[1] ** 2) + x[2] ** 2 / (2 + np.sum(x**2))


def norms(x):
    return np.linalg.norm(x) * np.sum(np.abs(x))


def network(x):
    h = np.tanh(A @ x + 0.1)
    return h @ h + np.log(np.sum(np.exp(h)))


def choices(x):
    return np.sum(np.where(x > 0, x**2, np.sin(x))) + np.max(x) * np.min(x) + np.maximum(x[0], x[1])


def buffer(x):
    y = np.zeros_like(x, shape=(4,))
    y[0] = x[0]
    for k in range(1, 4):
        y[k] = np.sin(y[k - 1]) * x[k % 3]
    y[1:] *= x
    return np.sum(y**2)


def object_array(x):
    return np.sum(np.array([x[0] * x[1], np.sin(x[2]), 2.0]) * x)


def scalars(x):
    a, b, c = x
    for _ in range(3):
        a, b, c = a * b + c, b - 0.3 * a, c / (1 + a * a)
    return a * b * c


def matrices(x):
    m = np.outer(x, x) + 3 * np.eye(3)
    return np.einsum("ij,jk,ki->", m, m, m) / 100 + np.trace(np.linalg.inv(m)) + np.log(np.linalg.det(m))


def conditional(x):
    total = x[0]
    while total < 3:
        total = total + x[2] ** 2 + 0.5
    return total * x[1]


def containers(x):
    parts = {"a": x[:2], "b": (x[2], [x * 2])}
    return np.sum(parts["a"]) * parts["b"][0] + np.sum(parts["b"][1][0] ** 3)


def inner_gradient(x):
    return np.sum(dr.grad(lambda y: np.sum(y**3 * x))(x) * np.sin(x))


def inner_tangent(x):
    return dr.jvp(lambda y: np.sum(y**3 * x), (np.cos(x),), (x,))[1]


def spectral(x):
    return np.sum(np.abs(np.fft.rfft(x)) ** 2) + np.real(np.sum(np.fft.fft(x * x) * np.exp(1j * np.arange(3))))


FUNCTIONS = [polynomial, waves, quotient, norms, network, choices, buffer, object_array, scalars, matrices, conditional, containers, inner_gradient, inner_tangent, spectral]


def custom_jvp(f):
    g = dr.custom_jvp(lambda x: f(x))
    g.defjvp(lambda primals, tangents: dr.jvp(f, primals, tangents))
    return g


def custom_vjp(f):
    g = dr.custom_vjp(lambda x: f(x))
    g.defvjp(lambda x: (f(x), x), lambda x, ct: (ct * dr.grad(f)(x),))
    return g


WRAPPINGS = {
    "itself": lambda f: f,
    "checkpoint": lambda f: dr.checkpoint(f),
    "checkpoint of checkpoint": lambda f: dr.checkpoint(dr.checkpoint(f)),
    "custom_jvp": custom_jvp,
    "custom_vjp": custom_vjp,
    "custom_jvp of checkpoint": lambda f: custom_jvp(dr.checkpoint(f)),
    "primal of jvp": lambda f: lambda x: dr.jvp(f, (x,), (x,))[0],
    "primal of vjp": lambda f: lambda x: dr.vjp(f, x)[0],
    "primal of linearize": lambda f: lambda x: dr.linearize(f, x)[0],
    "value of value_and_grad": lambda f: lambda x: dr.value_and_grad(f)(x)[0],
    "aux of grad": lambda f: lambda x: dr.grad(lambda y: (np.sum(y), f(y)), has_aux=True)(x)[1],
    "aux of jvp": lambda f: lambda x: dr.jvp(lambda y: (y, [f(y)]), (x,), (x,), has_aux=True)[2][0],
    "in a container": lambda f: lambda x: {"r": f(x)}["r"],
    "of a list of scalars": lambda f: lambda x: f(np.stack(list(x))),
}


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_wrapped_function_has_the_same_derivatives(f, wrapping):
    """Value, both modes, all orders two, against differences of the plain function f."""
    g = WRAPPINGS[wrapping](f)
    t, s = (d[0] for d in (directions((X,), 1), directions((X,), 2)))
    slope = directional(f, (X,), (t,), 4e-3)
    bend = directional(lambda x: directional(f, (x,), (s,), 1e-2), (X,), (t,), 1e-2)

    assert_close(g(X), f(X), 1e-13, "value")
    assert_close(dr.jvp(g, (X,), (t,))[1], slope, 1e-9, "jvp")
    assert_close(inner(dr.grad(g)(X), t), slope, 1e-9, "grad")
    assert_close(inner(dr.vjp(g, X)[1](np.float64(1.0))[0], t), slope, 1e-9, "vjp")
    assert_close(dr.linearize(g, X)[1](t), slope, 1e-9, "linearize")
    assert_close(inner(dr.value_and_grad(g)(X)[1], t), slope, 1e-9, "value_and_grad")
    for mode in ("forward", "reverse", "auto"):
        assert_close(inner(dr.jacobian(g, mode=mode)(X), t), slope, 1e-9, f"jacobian {mode}")

    gradient = dr.grad(g)
    assert_close(inner(dr.jvp(gradient, (X,), (t,))[1], s), bend, 1e-6, "jvp of grad")
    assert_close(inner(dr.grad(lambda x: dr.jvp(g, (x,), (t,))[1])(X), s), bend, 1e-6, "grad of jvp")
    assert_close(inner(dr.grad(lambda x: np.sum(gradient(x) * t))(X), s), bend, 1e-6, "grad of grad")
    assert_close(inner(dr.vjp(lambda x: dr.vjp(g, x)[1](np.float64(1.0))[0], X)[1](t)[0], s), bend, 1e-6, "vjp of vjp")
    assert_close(dr.jvp(lambda x: dr.jvp(g, (x,), (t,))[1], (X,), (s,))[1], bend, 1e-6, "jvp of jvp")
    assert_close(inner(dr.linearize(gradient, X)[1](t), s), bend, 1e-6, "linearize of grad")
    assert_close(dr.linearize(lambda x: dr.linearize(g, x)[1](t), X)[1](s), bend, 1e-6, "linearize of linearize")
    assert_close(inner(dr.hvp(g)(X, t), s), bend, 1e-6, "hvp")
    h = dr.hessian(g)(X)
    assert_close(t @ h @ s, bend, 1e-6, "hessian")
    assert_close(h, h.T, 1e-10, "symmetry")
    assert_close(dr.jacobian(gradient, mode="reverse")(X), h, 1e-9, "jacobian of grad, reverse")
    assert_close(dr.jacobian(gradient, mode="forward")(X), h, 1e-9, "jacobian of grad, forward")


VECTORS = {
    "elementwise": lambda x: np.sin(x) * x,
    "product": lambda x: A @ np.tanh(x),
    "outer": lambda x: np.outer(x, np.cos(x)),
    "buffer": lambda x: [y := np.zeros_like(x, shape=(2, 3)), y.__setitem__(0, x**2), y.__setitem__((1, slice(1, None)), x[:2] * x[0]), y][-1],
    "object array": lambda x: np.array([[x[0] * x[1], 1.0], [np.sin(x[2]), x[0]]]),
    "scalar": lambda x: x[0] * x[1] ** 2,
    "gradient": dr.grad(polynomial),
    "choices": lambda x: np.where(x > 0, x, 0)[:, None] * np.maximum(x, 0.2),
    "stack of scalars": lambda x: np.stack([x[0] * x[1], x[2] ** 3, np.exp(x[0])]),
}


@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("wrapping", ["itself", "checkpoint", "custom_jvp", "custom_vjp of vector"])
def test_jacobians_of_functions_with_many_results(name, wrapping):
    """Both modes against differences; every row of J by vjp, every column by jvp."""
    f = VECTORS[name]
    wrapped = {"itself": lambda f: f, "checkpoint": lambda f: dr.checkpoint(f), "custom_jvp": custom_jvp, "custom_vjp of vector": _custom_vjp_of_vector}[wrapping](f)
    plain = np.asarray(f(X), float)
    want = np.stack([np.asarray(directional(lambda x: np.asarray(f(x), float), (X,), (e,), 4e-3)) for e in np.eye(3)], axis=-1)
    for mode in ("forward", "reverse", "auto"):
        got = dr.jacobian(wrapped, mode=mode)(X)
        assert_close(got, want, 1e-9, mode)
        assert np.asarray(got).dtype == float
    y, pullback = dr.vjp(wrapped, X)
    assert_close(y, plain, 1e-14, "value")
    for index in np.ndindex(plain.shape):
        unit = np.zeros(plain.shape)
        unit[index] = 1.0
        assert_close(pullback(unit)[0], want[index], 1e-9, f"row {index}")
    second = dr.jacobian(dr.jacobian(wrapped, mode="reverse"), mode="forward")(X)
    assert_close(second, dr.jacobian(dr.jacobian(wrapped, mode="forward"), mode="reverse")(X), 1e-10, "second order")
    assert_close(second, np.swapaxes(second, -1, -2), 1e-10, "symmetry")


def _custom_vjp_of_vector(f):
    g = dr.custom_vjp(lambda x: f(x))
    g.defvjp(lambda x: (f(x), x), lambda x, ct: dr.vjp(f, x)[1](ct))
    return g


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6])
def test_every_nesting_of_two_modes_up_to_order_six(order):
    """f = exp(sin(x)): all 2^n nestings of derivative and grad give the n-th derivative, from Taylor coefficients of the ODE."""
    values = {1: 1.0, 2: 1.0, 3: 0.0, 4: -3.0, 5: -8.0, 6: -3.0}  # at 0, the series of exp(sin(x)): 1 + x + x^2/2 - x^4/8 - x^5/15 - x^6/240
    for pattern in range(2**order):
        g = lambda x: np.exp(np.sin(x))
        for k in range(order):
            g = dr.derivative(g) if pattern >> k & 1 else dr.grad(g)
        assert abs(g(0.0) - values[order]) < 1e-12


def test_gradient_through_a_solver_written_in_numpy():
    """Newton's method in a loop with a jacobian inside, differentiated from outside: d sqrt(a) / da."""
    def root(a):
        y = np.ones_like(a)
        for _ in range(7):
            y = y - (y**2 - a) / np.diagonal(dr.jacobian(lambda z: z**2 - a)(y))
        return y

    a = np.array([2.0, 5.0])
    assert_close(dr.jacobian(root)(a), np.diag(0.5 / np.sqrt(a)), 1e-12)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_inputs_are_untouched_and_types_kept(wrapping):
    x = X.astype(np.float32)
    before = x.copy()
    g = WRAPPINGS[wrapping](lambda x: np.sum(np.sin(x) * x**2))
    assert dr.grad(g)(x).dtype == np.float32
    assert dr.jvp(g, (x,), (x,))[1].dtype == np.float32
    assert dr.hvp(g)(x, x).dtype == np.float32
    assert dr.hessian(g)(x).dtype == np.float32
    assert_same_value(x, before)
