"""Containers are taken apart and put together again, in any nesting, and gradients come back in the same form."""

import collections
import dataclasses
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dualrev as dr
from dualrev.core.tree import flatten, tree_map, unflatten


class Point(NamedTuple):
    x: object
    y: object


@dataclasses.dataclass
class Layer:
    w: object
    b: object
    name: dataclasses.InitVar[str] = "layer"


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: object
    b: object


class Dictionary(dict):
    pass


LEAVES = st.floats(-5, 5)
TREES = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    st.builds(Point, inner, inner), st.builds(Frozen, inner, inner),
                                                     st.builds(collections.OrderedDict, st.dictionaries(st.sampled_from("abcd"), inner, max_size=2)), st.none()), max_leaves=8)


@given(TREES)
def test_round_trip(tree):
    leaves, structure = flatten(tree)
    again = unflatten(structure, leaves)
    assert again == tree
    assert type(again) is type(tree)
    assert len(structure.paths()) == len(leaves)
    assert flatten(again)[1] == structure


@given(TREES, TREES)
def test_structures_are_equal_only_for_equal_forms(a, b):
    same = flatten(tree_map(lambda _: 0, a))[1] == flatten(tree_map(lambda _: 0, b))[1]
    assert same == (_form(a) == _form(b))


def _form(tree):
    if isinstance(tree, dict):
        return type(tree), tuple((k, _form(v)) for k, v in tree.items())
    if isinstance(tree, (list, tuple)):
        return type(tree), tuple(map(_form, tree))
    if isinstance(tree, Frozen):
        return Frozen, _form(tree.a), _form(tree.b)
    return None if tree is not None else "none"


@given(TREES)
def test_gradients_come_back_in_the_same_form(tree):
    """d/dtree of the sum of squares is twice the tree."""
    def f(t):
        return sum((v * v for v in flatten(t)[0]), 0.0)

    g = dr.grad(f)(tree)
    assert g == tree_map(lambda v: 2 * v, tree)
    assert type(g) is type(tree)
    y, dy = dr.jvp(f, (tree,), (tree,))
    assert abs(dy - 2 * y) < 1e-9


@given(TREES)
def test_results_come_back_in_the_same_form(tree):
    def f(x):
        return tree_map(lambda v: v * x, tree)

    if not flatten(tree)[0] or tree is None:
        return
    y, dy = dr.jvp(f, (1.5,), (1.0,))
    assert dy == tree
    if not isinstance(tree, float):
        assert type(y) is type(dy) is type(tree)
    value, pullback = dr.vjp(f, 1.5)
    assert abs(pullback(tree)[0] - sum(v * v for v in flatten(tree)[0])) < 1e-9
    assert dr.linearize(f, 1.5)[1](1.0) == tree


def test_paths():
    tree = {"w": [1.0, (2.0, Point(3.0, None))], 0: Frozen(4.0, [5.0])}
    assert flatten(tree)[1].paths() == ["['w'][0]", "['w'][1][0]", "['w'][1][1].x", "[0].a", "[0].b[0]"]
    assert flatten(1.0)[1].paths() == [""]
    assert flatten(None) == ([], flatten(None)[1])


def test_structure_shows_itself():
    text = repr(flatten({"w": [1.0, Point(2.0, 3.0)]})[1])
    for word in ("dict", "w", "list", "Point", "x", "y", "*"):
        assert word in text


def test_dataclasses_and_subclasses():
    layer = Layer(np.ones((2, 2)), np.zeros(2))
    g = dr.grad(lambda p: np.sum(p.w * 3) + np.sum(p.b) * 2)(layer)
    assert isinstance(g, Layer)
    np.testing.assert_array_equal(g.w, np.full((2, 2), 3.0))
    np.testing.assert_array_equal(g.b, [2, 2])
    d = dr.grad(lambda p: p["a"] * p["b"])(Dictionary(a=2.0, b=3.0))
    assert type(d) is Dictionary
    assert d == {"a": 3.0, "b": 2.0}
    ordered = dr.grad(lambda p: p["z"] ** 2 + p["a"])(collections.OrderedDict(z=2.0, a=1.0))
    assert list(ordered.items()) == [("z", 4.0), ("a", 1.0)]
    counts = collections.defaultdict(float, k=2.0)
    g = dr.grad(lambda p: p["k"] ** 2)(counts)
    assert g["k"] == 4.0


def test_the_order_of_keys_is_the_users():
    p = {"b": 1.0, "a": 2.0}
    assert list(dr.grad(lambda p: p["a"] * p["b"])(p)) == ["b", "a"]
    t = {"a": 0.0, "b": 1.0}  # another order of the same keys
    try:
        dy = dr.jvp(lambda p: p["a"] * 10 + p["b"], (p,), (t,))[1]
    except TypeError as error:
        assert "structure" in str(error)
    else:
        assert dy == 1.0


def test_tree_map_of_several():
    assert tree_map(lambda a, b: a - b, {"x": [5, 6]}, {"x": [1, 2]}) == {"x": [4, 4]}
    with pytest.raises(ValueError):  # noqa: PT011
        tree_map(lambda a, b: a - b, [1, 2], [1])


def test_the_same_array_twice_in_a_container():
    x = np.array([1.0, 2.0])
    g = dr.grad(lambda p: np.sum(p[0] * 3) + np.sum(p[1] * 5))([x, x])
    np.testing.assert_array_equal(g[0], [3, 3])
    np.testing.assert_array_equal(g[1], [5, 5])


def test_containers_mixed_with_second_order():
    p = {"w": np.array([[1.0, 2.0], [0.5, -1.0]]), "b": [np.array([0.3, 0.1]), 2.0]}
    x = np.array([0.7, -0.2])

    def loss(p):
        return np.sum(np.tanh(p["w"] @ x + p["b"][0])) * p["b"][1]

    v = tree_map(lambda a: a * 0.5, p)
    h = dr.hvp(loss)(p, v)
    assert flatten(h)[1] == flatten(p)[1]
    eps = 1e-5
    high, low = (dr.grad(loss)(tree_map(lambda a, b: a + s * eps * b, p, v)) for s in (1, -1))
    for a, b, c in zip(flatten(h)[0], flatten(high)[0], flatten(low)[0], strict=True):
        np.testing.assert_allclose(a, (np.asarray(b) - c) / (2 * eps), atol=1e-8)


@dataclasses.dataclass(frozen=True)
class Scaled:
    w: object
    power: int = dataclasses.field(default=2, metadata={"static": True})


def test_static_fields_belong_to_the_structure():
    tree = {"a": Scaled(3.0, 3), "b": Scaled(2.0)}
    leaves, structure = flatten(tree)
    assert leaves == [3.0, 2.0]
    assert structure.paths() == ["['a'].w", "['b'].w"]
    assert unflatten(structure, leaves) == tree
    assert structure != flatten({"a": Scaled(3.0), "b": Scaled(2.0)})[1]


def test_static_fields_are_not_differentiated():
    gradient = dr.grad(lambda s: s.w**s.power)(Scaled(2.0, 3))
    assert gradient == Scaled(12.0, 3)
    y, dy = dr.jvp(lambda s: Scaled(s.w**s.power, s.power), (Scaled(2.0, 3),), (Scaled(1.0, 3),))
    assert (y, dy) == (Scaled(8.0, 3), Scaled(12.0, 3))
    with pytest.raises(TypeError, match="structure"):
        dr.jvp(lambda s: s.w**s.power, (Scaled(2.0, 3),), (Scaled(1.0, 2),))
