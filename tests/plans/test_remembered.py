"""Programs that are remembered: equal ones are known again, and whatever differs makes another program."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.plans import remembered
from dualrev.plans.remembered import program_of, recall, remember, rerun
from dualrev.plans.replay import record, recorded

X = np.array([0.3, -0.7, 1.2])
DATA = np.arange(3.0)


def key(f, x=X):
    """What a function is remembered by."""
    with recorded((x,)) as (_, (z,)):
        return program_of(z, f(z))


def f(x):
    return np.sum(np.sin(x[1:]) * x[:-1] ** 2) + x[0]


def test_equal_programs_are_equal():
    g = lambda z: np.sum(np.sin(z[1:]) * z[:-1] ** 2) + z[0]  # noqa: E731
    assert key(f) == key(g) == key(f, X + 1) is not None
    assert key(f, np.ones(4)) != key(f)


@pytest.mark.parametrize(("one", "other"), [
    (lambda x: np.sum(x**2), lambda x: np.sum(x**3)), (lambda x: np.sum(x**2), lambda x: np.sum(x**2.0)), (lambda x: np.sum(x * 1), lambda x: np.sum(x * True)),
    (lambda x: np.sum(x + 0.0), lambda x: np.sum(x + -0.0)), (lambda x: np.sum(x * DATA), lambda x: np.sum(x * (DATA + 1e-16 * (DATA > 1.5)).astype(np.float32))),
    (lambda x: np.sum(x * DATA), lambda x: np.sum(x * np.nextafter(DATA, 9))), (lambda x: np.sum(x[:2]), lambda x: np.sum(x[1:])),
    (lambda x: x[0] * x[1], lambda x: x[0] * x[2]), (lambda x: x[0] - x[1], lambda x: x[1] - x[0]), (lambda x: np.sum(x), lambda x: np.sum(x, axis=0)),
    (lambda x: np.sum(x) if x[0] > 0 else np.sum(x), lambda x: np.sum(x)), (lambda x: np.sum(x), lambda x: np.sum(dr.stop_gradient(x))),
    (lambda x: np.sum(np.sin(x)), lambda x: np.sum(np.cos(x))), (lambda x: np.sum(np.sin(x)) + 0 * np.cos(x[0]), lambda x: np.sum(np.sin(x))),
    (lambda x: np.sum(np.imag(np.log(complex(-1.0, 0.0) * x))), lambda x: np.sum(np.imag(np.log(complex(-1.0, -0.0) * x)))),
], ids=range(15))
def test_programs_that_differ_are_told_apart(one, other):
    assert None not in (key(one), key(other))
    assert key(one) != key(other)


@dr.custom_jvp
def by_jvp(x):
    return np.sin(x)


by_jvp.defjvp(lambda primals, tangents: (np.sin(primals[0]), 7 * tangents[0]))


@dr.custom_vjp
def by_vjp(x):
    return np.sin(x)


by_vjp.defvjp(lambda x: (np.sin(x), x), lambda kept, g: (9 * g,))


@pytest.mark.parametrize("own", [by_jvp, by_vjp])
def test_derivatives_of_the_users_own_are_not_remembered(own):
    assert key(lambda x: np.sum(own(x))) is None


def test_long_programs_and_large_data_are_not_remembered():
    assert key(lambda x: sum([np.sum(x) for _ in range(remembered.LONGEST)])) is None
    assert key(lambda x: np.sum(x[0] * np.zeros(remembered.LARGEST))) is None
    assert key(lambda x: np.sum(x * np.array([1, 2, 3], object).astype(float))) is not None


@pytest.mark.parametrize("f", [
    f, lambda x: np.sum(np.concatenate([x[1:], x[:1]]) * x), lambda x: np.sum(np.sort(x) * DATA) + np.max(x) ** 2, lambda x: np.linalg.norm(np.outer(x, x) - DATA),
    lambda x: np.sum(np.split(x, [1])[1] ** 3, axis=0) * x[0], lambda x: np.sum(x * dr.stop_gradient(x**2)), lambda x: x[0] if x[0] > 0 else x[1], lambda x: 3.0,
    lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), x**2)[x > -9]),
], ids=range(9))
def test_a_program_runs_as_the_function(f):
    with recorded((X,)) as (_, (z,)):
        again = rerun(z, f(z))
    assert again(1.01 * X) == f(1.01 * X)
    np.testing.assert_array_equal(dr.grad(again)(1.01 * X), dr.grad(f)(1.01 * X))
    np.testing.assert_array_equal(dr.hvp(again)(1.01 * X, DATA), dr.hvp(f)(1.01 * X, DATA))


def test_writes_and_views_run_from_a_program():
    def f(x):
        y = np.zeros_like(x)
        y[1:] = x[:-1] ** 2
        view = y[::-1]
        view *= x
        y += x
        return np.sum(y * view)

    with recorded((X,)) as (_, (z,)):
        again = rerun(z, f(z))
    np.testing.assert_allclose(again(DATA), f(DATA.copy()), rtol=1e-15)
    np.testing.assert_allclose(dr.grad(again)(DATA), dr.grad(f)(DATA), rtol=1e-15)


def test_long_data_are_compared_bit_for_bit():
    data = np.random.default_rng(0).normal(size=(200, 3))
    data[7, 1] = np.nan
    program = key(lambda x: np.sum((data @ x) ** 2))
    assert program == key(lambda x: np.sum((data.copy() @ x) ** 2)) is not None
    assert hash(program) == hash(key(lambda x: np.sum((np.asfortranarray(data) @ x) ** 2)))
    other = data.copy()
    other[13, 1] = np.nextafter(other[13, 1], 9)
    assert program != key(lambda x: np.sum((other @ x) ** 2))
    zeros, negative = np.zeros((200, 3)), np.zeros((200, 3))
    negative[13, 1] = -0.0
    assert key(lambda x: np.sum((zeros @ x) ** 2)) != key(lambda x: np.sum((negative @ x) ** 2))
    assert key(lambda x: np.sum((zeros @ x) ** 2)) != key(lambda x: np.sum((zeros.astype(np.float32) @ x) ** 2))


def test_data_that_change_after_a_program_was_kept_are_noticed():
    data = np.random.default_rng(0).normal(size=(200, 3))
    f = lambda x: np.sum((data @ x) ** 2) + np.sum(x**4)  # noqa: E731
    first = dr.optimize.minimize(f, X, method="l-bfgs")
    data *= 2
    data[:, 0] += 1
    again = dr.optimize.minimize(lambda x: f(x - 0.1), X, method="l-bfgs")
    assert first.success and again.success
    np.testing.assert_allclose(again.x, 0.1, atol=1e-6)


def test_the_data_of_all_programs_together_are_bounded(monkeypatch):
    monkeypatch.setattr(remembered, "_known", type(remembered._known)())
    monkeypatch.setattr(remembered, "HELD", 50_000)
    replay, _ = record(dr.value_and_grad(f), (X,), 2)
    keys = [("kind", key(lambda x, k=k: np.sum(np.full((800, 3), float(k)) @ x))) for k in range(4)]
    for k in keys:
        remember(k, replay)
    assert list(remembered._known) == keys[2:] and sum(size for _, size in remembered._known.values()) <= 50_000


def test_few_programs_are_kept():
    replay, _ = record(dr.value_and_grad(f), (X,), 2)
    for k in range(2 * remembered.MOST):
        remember(("kind", k), replay)
        recall(("kind", 0))
    assert len(remembered._known) == remembered.MOST
    assert recall(("kind", 0)) is replay and recall(("kind", 1)) is None
    for k in range(2 * remembered.MOST):
        remembered._known.pop(("kind", k), None)


def test_long_arrays_are_looked_up_as_they_lie_in_memory():
    a = np.arange(6000.0).reshape(60, 100)
    for b in (a, a.T, a.reshape(5, 12, 100).transpose(1, 0, 2)):
        assert np.shares_memory(remembered.Literal(b).bits, b)
        assert remembered.Literal(b) == remembered.Literal(b.copy("K"))
    for b in (a[:, ::2], a.T[::2]):
        assert remembered.Literal(b) == remembered.Literal(a.copy()[:, ::2] if b.shape == (60, 50) else a.copy().T[::2])
    assert remembered.Literal(a) != remembered.Literal(np.arange(6000.0).reshape(100, 60).T)
    assert remembered.Literal(a) != remembered.Literal(np.asfortranarray(a))  # another layout counts as other data, since sums may round otherwise
