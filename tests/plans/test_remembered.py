"""Programs that are remembered: equal ones are known again, and whatever differs makes another program."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.plans import remembered
from dualrev.plans.remembered import Known, noticing, recall, remember
from dualrev.plans.replay import record, recorded

X = np.array([0.3, -0.7, 1.2])
DATA = np.arange(3.0)


def key(f, x=X, under=lambda f: f):
    """What a function is remembered by, without the kind of derivative."""
    keys = []
    with recorded((x,)) as (_, (z,)):
        under(noticing(f, "no such kind", keys))(z)
    return keys[0][1] if keys else None


def f(x):
    return np.sum(np.sin(x[1:]) * x[:-1] ** 2) + x[0]


@pytest.mark.parametrize("under", [lambda f: f, dr.value_and_grad, lambda f: lambda x: dr.jvp(f, (x,), (np.ones(x.shape),))], ids=["alone", "tape", "dual"])
def test_equal_programs_are_equal(under):
    g = lambda z: np.sum(np.sin(z[1:]) * z[:-1] ** 2) + z[0]  # noqa: E731
    assert key(f, under=under) == key(g, under=under) == key(f, X + 1, under) is not None
    assert key(f, np.ones(4), under) != key(f, under=under)


@pytest.mark.parametrize(("one", "other"), [
    (lambda x: np.sum(x**2), lambda x: np.sum(x**3)), (lambda x: np.sum(x**2), lambda x: np.sum(x**2.0)), (lambda x: np.sum(x * 1), lambda x: np.sum(x * True)),
    (lambda x: np.sum(x + 0.0), lambda x: np.sum(x + -0.0)), (lambda x: np.sum(x * DATA), lambda x: np.sum(x * (DATA + 1e-16 * (DATA > 1.5)).astype(np.float32))),
    (lambda x: np.sum(x * DATA), lambda x: np.sum(x * np.nextafter(DATA, 9))), (lambda x: np.sum(x[:2]), lambda x: np.sum(x[1:])),
    (lambda x: x[0] * x[1], lambda x: x[0] * x[2]), (lambda x: x[0] - x[1], lambda x: x[1] - x[0]), (lambda x: np.sum(x), lambda x: np.sum(x, axis=0)),
    (lambda x: np.sum(x) if x[0] > 0 else np.sum(x), lambda x: np.sum(x)), (lambda x: np.sum(x), lambda x: np.sum(dr.stop_gradient(x))),
    (lambda x: np.sum(np.sin(x)), lambda x: np.sum(np.cos(x))), (lambda x: np.sum(np.sin(x)) + 0 * np.cos(x[0]), lambda x: np.sum(np.sin(x))),
], ids=range(14))
@pytest.mark.parametrize("under", [lambda f: f, dr.value_and_grad], ids=["alone", "tape"])
def test_programs_that_differ_are_told_apart(one, other, under):
    assert None not in (key(one, under=under), key(other, under=under))
    assert key(one, under=under) != key(other, under=under)


@dr.custom_jvp
def by_jvp(x):
    return np.sin(x)


by_jvp.defjvp(lambda primals, tangents: (np.sin(primals[0]), 7 * tangents[0]))


@dr.custom_vjp
def by_vjp(x):
    return np.sin(x)


by_vjp.defvjp(lambda x: (np.sin(x), x), lambda kept, g: (9 * g,))


@pytest.mark.parametrize("own", [by_jvp, by_vjp])
@pytest.mark.parametrize("under", [lambda f: f, dr.value_and_grad], ids=["alone", "tape"])
def test_derivatives_of_the_users_own_are_not_remembered(own, under):
    assert key(lambda x: np.sum(own(x)), under=under) is None


def test_long_programs_and_large_data_are_not_remembered():
    assert key(lambda x: sum([np.sum(x) for _ in range(remembered.LONGEST)])) is None
    assert key(lambda x: np.sum(x[0] * np.zeros(remembered.LARGEST))) is None
    assert key(lambda x: np.sum(x * np.array([1, 2, 3], object).astype(float))) is not None


def test_the_known_one_is_handed_over_with_the_value():
    keys = []
    replay, _ = record(dr.value_and_grad(noticing(f, "gradient of a test", keys)), (X,), 2)
    remember(keys[0], replay)
    with pytest.raises(Known) as known, recorded((X + 1,)) as (_, (z,)):
        dr.value_and_grad(noticing(f, "gradient of a test", keys))(z)
    assert known.value.replay is replay
    assert known.value.value == f(X + 1)


def test_few_programs_are_kept():
    replay, _ = record(dr.value_and_grad(f), (X,), 2)
    for k in range(2 * remembered.MOST):
        remember(("kind", k), replay)
        recall(("kind", 0))
    assert len(remembered._known) == remembered.MOST
    assert recall(("kind", 0)) is replay and recall(("kind", 1)) is None
    for k in range(2 * remembered.MOST):
        remembered._known.pop(("kind", k), None)
