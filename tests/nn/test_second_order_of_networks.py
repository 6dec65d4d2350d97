"""Second and third derivatives of networks: Hessian and Gauss-Newton products, Newton's and quasi-Newton steps, against differences and dense matrices."""

import numpy as np
import pytest

import dualrev as dr
from dualrev import nn

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 3)), RNG.uniform(0.1, 0.9, size=(6, 2))


def two_layers():
    """The chapter's example: z1 = W1 x + b1, a1 = s(z1), z2 = W2 a1 + b2, a2 = s(z2)."""
    return nn.Sequential([nn.Linear.create(3, 4, 0), nn.Sigmoid(), nn.Linear.create(4, 2, 1), nn.Sigmoid()])


def flat(network):
    return np.concatenate([np.ravel(p) for p in nn.parameters(network).values()])


def rebuilt(network, v):
    """The network with its parameters read from one vector, which may be traced."""
    found, start = {}, 0
    for name, p in nn.parameters(network).items():
        found[name] = np.reshape(v[start:start + p.size], p.shape)
        start += p.size
    return nn.with_parameters(network, found)


def objective(v):
    return nn.mean_squared_error(rebuilt(two_layers(), v)(X), Y)


V0 = flat(two_layers())


def test_hessian_vector_products_in_the_form_of_the_network():
    network = two_layers()
    direction = rebuilt(network, RNG.normal(size=V0.size))
    loss = lambda net: nn.mean_squared_error(net(X), Y)
    product = dr.hvp(loss)(network, direction)
    np.testing.assert_allclose(flat(nn.hessian_product(network, nn.mean_squared_error, X, Y)(direction)), flat(product), rtol=1e-11, atol=1e-14)
    assert isinstance(product, nn.Sequential)
    H = dr.hessian(objective)(V0)
    np.testing.assert_allclose(flat(product), H @ flat(direction), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(H, H.T, atol=1e-14)
    h = 1e-5
    gradient = dr.grad(objective)
    np.testing.assert_allclose(flat(product), (gradient(V0 + h * flat(direction)) - gradient(V0 - h * flat(direction))) / (2 * h), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("make", "loss", "x", "y"), [
    (lambda: nn.Sequential([nn.Conv2d.create(1, 2, 3, 0, padding=1), nn.GELU(), nn.MaxPool2d(2), nn.Flatten(), nn.LayerNorm.create(8), nn.Linear.create(8, 3, 1)]),
     nn.cross_entropy_with_logits, RNG.normal(size=(2, 1, 4, 4)), np.array([0, 2])),
    (lambda: nn.Sequential([nn.ConvTranspose1d.create(2, 3, 2, 0, stride=2), nn.Tanh(), nn.AvgPool1d(2), nn.Residual(nn.Conv1d.create(3, 3, 3, 2, padding="same")), nn.Softmax()]),
     nn.mean_squared_error, RNG.normal(size=(2, 2, 3)), RNG.normal(size=(2, 3, 3))),
])
def test_every_module_has_second_derivatives(make, loss, x, y):
    network = make()
    v, w = (rebuilt(network, RNG.normal(size=flat(network).size)) for _ in range(2))
    f = lambda net: loss(net(x), y)
    forward_reverse = dr.jvp(dr.grad(f), (network,), (v,))[1]
    pairing = lambda a, b: sum(np.sum(p * q) for p, q in zip(nn.parameters(a).values(), nn.parameters(b).values(), strict=True))
    reverse_reverse = dr.grad(lambda net: pairing(dr.grad(f)(net), v))(network)
    reverse_forward = dr.grad(lambda net: dr.jvp(f, (net,), (v,))[1])(network)
    for other in (reverse_reverse, reverse_forward):
        np.testing.assert_allclose(flat(other), flat(forward_reverse), rtol=1e-9, atol=1e-12)
    moved = lambda h: nn.with_parameters(network, {name: p + h * q for (name, p), q in zip(nn.parameters(network).items(), nn.parameters(v).values(), strict=True)})
    h = 1e-5
    differences = (pairing(dr.grad(f)(moved(h)), w) - pairing(dr.grad(f)(moved(-h)), w)) / (2 * h)
    assert pairing(forward_reverse, w) == pytest.approx(differences, rel=1e-5, abs=1e-8)


def test_gauss_newton_products():
    network, direction = two_layers(), rebuilt(two_layers(), RNG.normal(size=V0.size))
    J = dr.jacobian(lambda v: rebuilt(two_layers(), v)(X))(V0).reshape(-1, V0.size)
    np.testing.assert_allclose(flat(nn.gauss_newton_product(network, nn.mean_squared_error, X, Y)(direction)), J.T @ (J @ flat(direction)) / Y.size, rtol=1e-10, atol=1e-14)
    # the Hessian is that plus the residuals times the curvature of the network
    H = dr.hessian(objective)(V0)
    curvature = dr.hessian(lambda v: np.sum((rebuilt(two_layers(), V0)(X) - Y) * rebuilt(two_layers(), v)(X)) / Y.size)(V0)
    np.testing.assert_allclose(H, J.T @ J / Y.size + curvature, rtol=1e-9, atol=1e-12)


def test_newtons_steps_of_the_text():
    """theta <- theta - H^-1 grad: the gradient squares with each step. A small ridge makes the minimum unique."""
    target = rebuilt(two_layers(), V0 + 0.05 * RNG.normal(size=V0.size))(X)
    f = lambda v: nn.mean_squared_error(rebuilt(two_layers(), v)(X), target) + 1e-3 * np.sum((v - V0) ** 2)
    v, gradient, hessian, sizes = V0, dr.grad(f), dr.hessian(f), []
    for _ in range(6):
        sizes.append(np.linalg.norm(gradient(v)))
        v = v - np.linalg.solve(hessian(v), gradient(v))
    assert sizes[-1] < 1e-12
    assert sizes[3] < sizes[2] * 1e-2 < sizes[1] * 1e-2
    assert np.linalg.eigvalsh(hessian(v))[0] > 0


def test_quasi_newton_steps_of_the_text():
    """theta <- theta - B^-1 grad, where B is built from gradients (BFGS): after enough steps it maps steps to changes of the gradient."""
    target = rebuilt(two_layers(), V0 + 0.05 * RNG.normal(size=V0.size))(X)
    f = lambda v: nn.mean_squared_error(rebuilt(two_layers(), v)(X), target) + 1e-3 * np.sum((v - V0) ** 2)
    gradient = dr.grad(f)
    v, B = V0, np.eye(V0.size) * 0.05
    g = gradient(v)
    first = np.linalg.norm(g)
    for _ in range(60):
        s = -np.linalg.solve(B, g)
        while f(v + s) > f(v) + 1e-4 * g @ s:
            s = s / 2
        new = gradient(v + s)
        y = new - g
        if s @ y > 1e-14:
            B = B + np.outer(y, y) / (y @ s) - np.outer(B @ s, B @ s) / (s @ B @ s)
            np.testing.assert_allclose(B @ s, y, rtol=1e-6, atol=1e-12)
        v, g = v + s, new
        if np.linalg.norm(g) < 1e-8 * first:
            break
    assert np.linalg.norm(g) < 1e-6 * first
    by_library = dr.optimize.minimize(lambda net: f(flat_traced(net)), two_layers(), method="bfgs", options={"gtol": 1e-9})
    np.testing.assert_allclose(flat(by_library.x), v, atol=1e-4)


def flat_traced(net):
    return np.concatenate([np.ravel(p) for p in nn.parameters(net).values()])


def test_third_derivatives_against_differences():
    u, v, w = (RNG.normal(size=V0.size) for _ in range(3))
    along = lambda f, d: lambda x: dr.jvp(f, (x,), (d,))[1]
    third = along(along(along(objective, u), v), w)(V0)
    h = 1e-4
    second = along(along(objective, u), v)
    assert third == pytest.approx((second(V0 + h * w) - second(V0 - h * w)) / (2 * h), rel=1e-6)
    assert third == pytest.approx(dr.jvp(lambda x: dr.hvp(objective)(x, v), (V0,), (w,))[1] @ u, rel=1e-10)
    assert third == pytest.approx(dr.grad(lambda x: np.sum(dr.grad(lambda x: dr.grad(objective)(x) @ u)(x) * v))(V0) @ w, rel=1e-9)
