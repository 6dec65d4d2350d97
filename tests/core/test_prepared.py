"""A tape made ready for many walks: the same tangents as by walking it entry by entry, and None where it cannot be."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.advance import walk_on
from dualrev.core.prepared import prepared
from dualrev.core.tracer import meta
from dualrev.transforms.arguments import Selection
from dualrev.transforms.reversemode import record


def taped(f, x):
    """The tape of f: entries, inputs, wanted outputs."""
    entries, inputs, outputs, _, _, _ = record(f, Selection(f, 0, (x,), {}, "test"), "test", False, keeps=True)
    return entries, inputs, [(place, meta(value)) for place, value in outputs]


A = np.arange(16.0).reshape(4, 4) / 7
SMOOTH = {
    "broadcast": lambda x: x[:, None] * x + x[0] - x / (1 + x[:2, None] ** 2).sum(),
    "scalars": lambda x: x[0] * x[1] - 3.0 / x[2] + x[3] ** 2,
    "matrices": lambda x: np.tanh(A @ x) + np.outer(x, x) @ x,
    "written": lambda x: assigned(x),
    "constants": lambda x: np.concatenate([np.sin(x), np.ones(2)]) * 2.0,
    "gradient": dr.grad(lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)),
}


def assigned(x):
    y = np.zeros_like(x)
    y[1:] = x[:-1] ** 2
    y[0] = x[3]
    return y * x


def filled(x):
    y = np.zeros_like(x)
    for k in range(len(x)):
        y[k] = x[k] ** 2
    return y


@pytest.mark.parametrize("name", SMOOTH)
def test_prepared_tangents_are_those_of_the_walk_and_of_forward_mode(name):
    f, rng = SMOOTH[name], np.random.default_rng(1)
    x = rng.uniform(0.5, 2.0, 4)
    entries, inputs, outputs = taped(f, x)
    ready = prepared(entries, inputs, outputs)
    assert ready is not None
    for _ in range(3):
        v = rng.standard_normal(4)
        (t,) = ready.walk([v])
        assert meta(t) == outputs[0][1]
        np.testing.assert_allclose(t, walk_on(entries, {0: v}, outputs)[0], rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(t, dr.jvp(f, (x,), (v,))[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("f", "x"), [
    (lambda x: np.where(x > 0, np.sqrt(x), 0.0), np.array([0.0, 1.0])),
    (lambda x: np.maximum(x, 0.0), np.array([0.0, 1.0])),
    (lambda x: np.sqrt(x), np.array([0.0, 1.0])),
    (lambda x: x * 2, np.ones(2, np.float32)),
    (lambda x: x * 2, np.ones(2) + 1j),
    (lambda x: x * 2, np.ones(5000)),
    (lambda x: np.linalg.inv(x), np.eye(2)),
    (lambda x: filled(x), np.ones(20)),
])
def test_what_needs_more_than_slopes_is_walked_entry_by_entry(f, x):
    assert prepared(*taped(f, x)) is None


def test_a_structural_zero_stays_zero_in_every_product():
    f = dr.grad(lambda x: np.sum(np.where(x > 0, x**1.5, 0.0)))
    _, push = dr.linearize(f, np.array([0.0, 4.0]))
    for _ in range(2):
        np.testing.assert_allclose(push(np.array([1.0, 1.0])), [0.0, 0.375])


def test_products_share_no_memory_with_each_other_or_with_the_direction():
    _, push = dr.linearize(lambda x: 1 * x, np.ones(3))
    v = np.arange(3.0)
    first, second = push(v), push(v)
    assert not np.shares_memory(first, v) and not np.shares_memory(first, second)


def test_a_product_can_be_batched_and_differentiated():
    x, V = np.array([1.0, 2.0]), np.eye(2)
    _, push = dr.linearize(lambda x: x**3, x)
    push(V[0])
    np.testing.assert_allclose(dr.vmap(push)(V), np.diag(3 * x**2))
    np.testing.assert_allclose(dr.jacobian(push)(x), np.diag(3 * x**2))
