"""Which functions are seen to be determined, and that whatever could make another function of them is noticed."""

import dataclasses
import functools
import math
import time

import numpy as np
import pytest
from scipy import special

import dualrev as dr
from dualrev.plans.determined import determined
from dualrev.plans.remembered import LARGEST, owned

DATA = np.arange(3.0)
SCALE = 2.0
SETTINGS = {"power": 3, "weights": [1.0, np.array([2.0, 3.0, 4.0])]}
COUNTS = []


def helper(x, p=2):
    return np.sum(x**p) * SCALE


def loops(x):
    total = 0.0
    for k, part in enumerate(x):
        total = total + k * math.pi * part**2
    return total


def in_place(x):
    y = np.zeros_like(x)
    y[1:] = x[:-1]
    y *= 2
    return np.sum(y**2)


def fills(x):
    parts = []
    for k in range(len(x)):
        parts.append(DATA[k] * x[k])
    whole = np.zeros(3)
    whole += DATA
    return sum(parts) * np.sum(whole)


def branches(x):
    if x[0] > 0 and len(x) > 1:
        return np.sum(x)
    raise ValueError("no")


def nested(x):
    scale = 3.0

    def inner(z):
        nonlocal scale
        scale = scale + 1
        return scale * z

    return np.sum(inner(x)) + sum(inner(part) for part in x) + max([float(k) for k in range(3)])


def keywords(x, *args, **options):
    return np.linalg.norm(x, ord=2, **options) + special.expit(x[0]) + np.linalg.solve(np.eye(3), x).sum() + np.add.reduce(x)


DETERMINED = [helper, loops, in_place, fills, branches, nested, keywords, functools.partial(helper, p=3), lambda x: helper(x) + DATA @ x, lambda x: np.sum(x * DATA.T[::-1]),
              lambda x: np.sum(x ** SETTINGS["power"] * SETTINGS["weights"][1]), lambda x: np.where(x > 0, x, -x).sum(), lambda x: dr.scipy.special.logsumexp(x),
              lambda x: np.sum(np.exp(-(x**2)) * np.float64(0.5)) if isinstance(x, np.ndarray) else x.sum(), lambda x, y=DATA: x @ y, lambda x: [a * b for a, b in zip(x, DATA)][0]]


@pytest.mark.parametrize("f", DETERMINED, ids=range(len(DETERMINED)))
def test_ordinary_functions_are_determined(f):
    found = determined(f)
    assert found is not None and found.lasts
    hash(found.key)
    assert found.key == determined(f).key == owned(found.key)


def stores_globally(x):
    global STORED
    STORED = x
    return np.sum(x)


def counts():
    n = 0

    def f(x):
        nonlocal n
        n += 1
        return n * np.sum(x)

    return f


def catches(x):
    try:
        return np.sum(np.linalg.cholesky(np.diag(x)))
    except np.linalg.LinAlgError:
        return 1e3


def imports(x):
    import os

    return np.sum(x) * os.getpid()


def within(x):
    with np.errstate(all="raise"):
        return np.sum(np.log(x))


def writes_settings(x):
    SETTINGS["power"] = 2
    return np.sum(x)


def notes(x):
    if isinstance(x, np.ndarray):
        COUNTS.append(x)
    return np.sum(x)


def stores_attribute(x):
    helper.calls = 1
    return np.sum(x)


@dataclasses.dataclass
class Model:
    scale: float = 1.0

    def loss(self, x):
        self.scale += 1
        return self.scale * np.sum(x)

    def __call__(self, x):
        return self.loss(x)


class Odd(float):
    def __mul__(self, other):
        COUNTS.append(1)
        return len(COUNTS) * other


@dr.custom_jvp
def own(x):
    return np.sin(x)


own.defjvp(lambda primals, tangents: (np.sin(primals[0]), tangents[0]))
MODEL, ODD, OBJECTS = Model(), Odd(1.0), np.array([1.0, "a"], object)
UNDETERMINED = [
    stores_globally, counts(), catches, imports, within, writes_settings, notes, stores_attribute, np.sum,
    MODEL, MODEL.loss, lambda x: MODEL.loss(x), lambda x: MODEL.scale * x[0], lambda x: ODD * x[0], lambda x: OBJECTS[0] * x[0],
    lambda x: print(x) or np.sum(x), lambda x: input() or x[0], lambda x: x[0] * time.time(), lambda x: eval("x[0]"),
    lambda x: np.sum(x) * np.random.default_rng().normal(), lambda x: np.sum(x) * np.random.rand(), lambda x: np.sum(x * np.empty(3)),
    lambda x: np.sum(x) if (y := DATA) is None else y.__iadd__(1)[0] * x[0], lambda x: np.vectorize(own)(x).sum(),
    lambda x: getattr(x, "T")[0], lambda x: np.sum(own(x)), lambda x: globals()["SCALE"] * x[0], lambda x: (lambda np: np.sum(x))(np),
    lambda x: not_there * x[0], lambda x: helper.__code__.co_argcount * x[0]]  # noqa: F821


@pytest.mark.parametrize("f", UNDETERMINED, ids=range(len(UNDETERMINED)))
def test_functions_that_may_do_something_else_are_not(f):
    assert determined(f) is None


def made(scale, data, f=helper):
    return lambda x: f(scale * x) + data @ x


@pytest.mark.parametrize(("one", "other"), [
    (made(1.0, DATA), made(2.0, DATA)), (made(1.0, DATA), made(1, DATA)), (made(0.0, DATA), made(-0.0, DATA)), (made(1.0, DATA), made(1.0, np.nextafter(DATA, 9))),
    (made(1.0, DATA), made(1.0, DATA, functools.partial(helper, p=3))), (made(1.0, DATA), made(1.0, DATA.astype(np.float32))), (lambda x: x[0], lambda x: x[1]),
    (lambda x, p=1: x[0] * p, lambda x, p=2: x[0] * p), (lambda x: np.sin(x)[0], lambda x: np.cos(x)[0]), (made(1.0, [1.0, 2.0, 3.0]), made(1.0, (1.0, 2.0, 3.0))),
], ids=range(10))
def test_what_differs_has_another_key(one, other):
    assert determined(one).key != determined(other).key
    assert determined(made(1.0, DATA)).key == determined(made(1.0, DATA.copy())).key


def test_arguments_belong_to_the_key():
    f = lambda x, a: a @ x  # noqa: E731
    assert determined(f, (DATA,)).key == determined(f, (DATA.copy(),)).key != determined(f, (DATA + 1,)).key
    assert determined(f, (MODEL,)) is None


def test_what_changes_later_changes_the_key_and_not_a_kept_one(monkeypatch):
    data = np.arange(2000.0)
    f = lambda x: np.sum(data[:3] * x) * SCALE  # noqa: E731
    kept = owned(determined(f).key)
    assert determined(f).key == kept
    data[1000] = -1
    assert determined(f).key != kept
    data[1000] = 1000
    assert determined(f).key == kept
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert determined(f).key != kept


def rolled(data, x):
    data[:] = np.roll(data, 1)
    return x[0]


@pytest.mark.parametrize("n", [3, 3000])
@pytest.mark.parametrize("write", [
    rolled, lambda data, x: np.add(data, 1, out=data)[0] * x[0], lambda data, x: np.add(data, 1, data)[0] * x[0],
    lambda data, x: data.fill(7.0) or x[0], lambda data, x: np.add.at(data, 0, 1) or x[0], lambda data, x: data[::-1].sort() or x[0],
    lambda data, x: np.copyto(data, 1) or x[0]], ids=range(7))
def test_what_a_function_writes_to_shows_when_it_has_run(write, n):
    data = np.arange(1.0, n + 1)
    found = determined(lambda x: write(data, x))
    before = found.mark()
    assert found.mark() == before
    found.f(np.ones(3))
    assert found.mark() != before


def test_arrays_that_may_be_written_to_on_the_way_are_not_kept():
    assert determined(fills).kept == determined(lambda x: np.copyto(DATA, x)).kept == []
    assert determined(helper).kept == [] != determined(lambda x: DATA @ x).kept


def test_large_data_are_not_to_be_kept():
    data = np.ones(LARGEST // 8 + 1)
    found = determined(lambda x: data[:3] @ x)
    assert not found.lasts and found.kept[0] is data
    before = found.mark()
    assert found.mark() == before
    data[5] += 1e-9
    assert found.mark() != before
