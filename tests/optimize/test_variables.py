"""x0 of any form as a flat vector and back; fixed entries and bounds in the same forms."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds

import dualrev as dr
from dualrev.optimize.variables import Variables


class Pair(NamedTuple):
    a: object
    b: object


FORMS = {
    "list of numbers": [1, 2.5], "tuple": (1, 2), "number": 3, "float32 array": np.ones((2, 3), np.float32), "0-d": np.array(2.0), "numpy scalar": np.float64(2.0),
    "dict": {"W": np.arange(4.0).reshape(2, 2), "b": 3.0}, "namedtuple": Pair(np.ones(2), [1.0, np.zeros(3)]), "complex": np.array([1 + 2j, 3 - 1j]), "complex number": 1j,
    "list of arrays": [np.ones(2), np.float32(3.0)],
}


def leaves(tree):
    return dr.core.tree.flatten(tree)[0]


@pytest.mark.parametrize("form", FORMS)
def test_back_to_the_same_form(form):
    x0 = FORMS[form]
    v = Variables(x0)
    again = v.form(v.start)
    expected = np.asarray(x0, float) if form in ("list of numbers", "tuple") else x0
    assert type(again) is type(expected) or isinstance(x0, int)
    for got, want in zip(leaves(again), leaves(expected), strict=True):
        assert np.array_equal(got, want)
        assert np.shape(got) == np.shape(want)
        if isinstance(want, (np.ndarray, np.generic)):
            assert type(got) is type(want)
            assert got.dtype == want.dtype
    assert np.array_equal(v.flat(again), v.start)
    assert len({v.name(k) for k in range(v.n)}) == v.n // (2 if "complex" in form else 1)


@given(st.lists(st.booleans(), min_size=7, max_size=7).filter(lambda held: not all(held)))
def test_fixed_entries_keep_their_values_under_derivatives(held):
    x0 = {"W": np.arange(6.0).reshape(2, 3), "b": 7.0}
    held = np.array(held)
    v = Variables(x0, fixed={"W": held[:6].reshape(2, 3), "b": bool(held[6])})
    f = lambda p: np.sum(np.sin(p["W"]) * p["b"] ** 2)
    x = v.start + 0.5
    gradient = dr.grad(lambda x: f(v.form(x)))(x)
    p = v.form(x)
    assert np.array_equal(np.append(p["W"], p["b"]), np.where(held, np.arange(1, 8) - 1.0 + (np.arange(7) == 6), np.append(np.arange(6.0), 7.0) + 0.5))
    whole = dr.grad(f)(p)
    np.testing.assert_allclose(gradient, np.append(whole["W"], whole["b"])[~held], rtol=1e-12)
    assert np.array_equal(v.flat(v.spread(np.arange(float(v.n)), held=9.0)), np.arange(float(v.n)))


@pytest.mark.parametrize(("fixed", "free"), [
    ("b", 6), (["b"], 6), ("W", 1), ("['W']", 1), ({"b": True}, 6), ({"W": np.eye(2, 3, dtype=bool)}, 5), (None, 7), ({"W": None}, 7),
])
def test_names_and_masks(fixed, free):
    assert Variables({"W": np.ones((2, 3)), "b": 1.0}, fixed=fixed).n == free


def test_positions_and_paths():
    assert Variables(np.arange(3.0), fixed=[0, -1]).start.tolist() == [1.0]
    assert Variables(np.arange(3.0), fixed=np.array([True, False, True])).start.tolist() == [1.0]
    assert Variables(Pair(1.0, {"c": np.ones(2), "d": 4.0}), fixed=["b"]).start.tolist() == [1.0]
    assert Variables(Pair(1.0, {"c": np.ones(2), "d": 4.0}), fixed=".b['c']").start.tolist() == [1.0, 4.0]


@pytest.mark.parametrize(("x0", "bounds", "lower", "upper"), [
    (np.ones(2), [(0, None), (None, 2)], [0, -np.inf], [np.inf, 2]), (np.ones(2), Bounds(0, [1, np.inf]), [0, 0], [1, np.inf]),
    (np.ones(2), [None, (1, 1)], [-np.inf, 1], [np.inf, 1]), (1.0, (0, 3), [0], [3]), (np.ones((1, 2)), (0, np.array([[4, 5]])), [0, 0], [4, 5]),
    ({"W": np.ones(2), "b": 1.0}, {"W": (0, None)}, [0, 0, -np.inf], [np.inf] * 3), ([np.ones(2), 1.0], [None, (0, 3)], [-np.inf, -np.inf, 0], [np.inf, np.inf, 3]),
    (Pair(1.0, 2.0), Pair(None, (0, 3)), [-np.inf, 0], [np.inf, 3]),
])
def test_bounds_in_every_form(x0, bounds, lower, upper):
    v = Variables(x0, bounds=bounds)
    assert v.lower.tolist() == lower
    assert v.upper.tolist() == upper


def test_no_bound_at_all_is_none():
    assert Variables(np.ones(2), bounds=[(None, None)] * 2).lower is None
    assert Variables(np.ones(2), bounds=[(0, 1), (None, None)], fixed=[0]).lower is None


@pytest.mark.parametrize(("x0", "options", "error", "says"), [
    ("abc", {}, TypeError, "str"), (np.array([1.0, np.nan]), {}, ValueError, "x[1] is nan"), ({}, {}, ValueError, "no free entry"),
    (np.ones(2), {"fixed": [0, 1]}, ValueError, "fixed"), ({"a": 1.0}, {"fixed": "b"}, ValueError, "names nothing in x0, which has ['a']"),
    (np.ones(2), {"fixed": "b"}, ValueError, "mask or a list of positions"), (np.ones(2), {"fixed": [2]}, ValueError, "outside x0"),
    ({"a": 1.0}, {"fixed": {"a": 1.0}}, TypeError, "boolean"), (np.ones(2), {"fixed": np.ones(3, bool)}, ValueError, "does not fit"),
    (np.ones(2), {"bounds": [(0, 1)]}, ValueError, "2 pairs"), (np.ones(2), {"bounds": 3}, TypeError, "pairs"),
    (np.ones(2), {"bounds": [(2, 1), (0, 1)]}, ValueError, "x[0] are [2.0, 1.0]"), (np.ones(2), {"bounds": [(np.nan, 1), (0, 1)]}, ValueError, "empty"),
    ({"a": 1.0}, {"bounds": Bounds(0, 1)}, TypeError, "same container"), ({"a": 1.0}, {"bounds": {"c": (0, 1)}}, ValueError, "'c'"),
    ({"a": 1.0}, {"bounds": {"a": 1}}, TypeError, "pair"), (np.array([1j]), {"bounds": [(0, 1)]}, TypeError, "complex"), (1j, {"bounds": (0, 1)}, TypeError, "complex"),
    ({"a": np.ones(2)}, {"bounds": {"a": (np.zeros(3), None)}}, ValueError, "does not fit"),
])
def test_bad_input(x0, options, error, says):
    with pytest.raises(error) as caught:
        Variables(x0, where="here", **options)
    assert says in str(caught.value)
    assert "here" in str(caught.value)


def test_another_structure_cannot_be_taken_apart():
    with pytest.raises(ValueError, match="structure"):
        Variables({"a": 1.0}).flat([1.0])
    with pytest.raises(ValueError, match="shape"):
        Variables({"a": np.ones(2)}).flat({"a": np.ones(3)})


@pytest.mark.parametrize(("x0", "bounds", "upper"), [
    (0.5, [(0, 1)], [1]), (np.array(0.5), [(None, 1)], [1]), (0.5, Bounds(0, 1), [1]), (0.5, (0, 1), [1]),
    (np.zeros((2, 2)), [(0, 1), (0, 2), (0, None), (0, 4)], [1, 2, np.inf, 4]),
    (np.zeros((2, 2)), Bounds([0, 0, 0, 0], [1, 2, 3, 4]), [1, 2, 3, 4]), (np.zeros((2, 2)), (0, [1, 2]), [1, 2, 1, 2]), (np.zeros((1, 2)), ((0, 0), (1, 2)), [1, 2]),
    (np.zeros((3, 2)), Bounds(0, [1, 2]), [1, 2] * 3),
])
def test_scipys_bounds_fit_x0_of_any_shape(x0, bounds, upper):
    assert Variables(x0, bounds=bounds).upper.tolist() == upper


def test_bounds_of_the_wrong_number_raise():
    for bounds in ([(0, 1)] * 3, Bounds([0] * 3, [1] * 3)):
        with pytest.raises((TypeError, ValueError), match="bounds"):
            Variables(np.zeros((2, 2)), bounds=bounds)
