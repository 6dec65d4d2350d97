"""Transforms called with what they cannot take: the error says which argument and what is expected."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

import dualrev as dr

X = np.array([0.5, -1.0, 2.0])
FACTORIES = [dr.grad, dr.value_and_grad, dr.derivative, dr.elementwise_grad, dr.jacobian, dr.hessian, dr.hvp]


def half_square(x):
    return 0.5 * np.sum(x**2)


@pytest.mark.parametrize("transform", FACTORIES, ids=lambda t: t.__name__)
@pytest.mark.parametrize("thing", [None, 3.0, "np.sin", X, [np.sin]])
def test_not_a_function(transform, thing):
    with pytest.raises(TypeError, match=r"function.*got (NoneType|float|str|ndarray|list)"):
        transform(thing)


@pytest.mark.parametrize("thing", [None, 3.0, "np.sin"])
def test_not_a_function_for_those_that_run_at_once(thing):
    for call in (lambda: dr.jvp(thing, (X,), (X,)), lambda: dr.vjp(thing, X), lambda: dr.linearize(thing, X)):
        with pytest.raises(TypeError, match="function"):
            call()


NON_NUMERIC = {"str": "abc", "None in a list": [None, "a"], "object": object(), "array of str": np.array(["a", "b"]), "array of None": np.array([None, 1.0]), "set": {1.0},
    "datetime": np.datetime64("2020-01-01"),
               "structured": np.zeros(2, [("a", float)]), "function": np.sin, "bytes": b"abc"}


@pytest.mark.parametrize("what", NON_NUMERIC)
def test_inputs_that_are_no_numbers(what):
    value = NON_NUMERIC[what]

    def f(x):
        return 1.0

    for call in (lambda: dr.grad(f)(value), lambda: dr.vjp(f, value), lambda: dr.jvp(f, (value,), (value,)), lambda: dr.linearize(f, value), lambda: dr.hessian(f)(value)):
        with pytest.raises(TypeError, match=r"argument 0.* of f .*not numeric"):
            call()


def test_no_arguments_at_all():
    with pytest.raises((TypeError, ValueError), match=r"argnums=0.* 0 positional"):
        dr.grad(half_square)()


class TestArgnums:
    @pytest.mark.parametrize("argnums", [2, -3, (0, 5), 17])
    def test_out_of_range(self, argnums):
        with pytest.raises(ValueError, match=r"argnums=-?\d+.*f was called with 2 positional"):
            dr.grad(lambda_named_f, argnums)(X, X)

    @pytest.mark.parametrize("argnums", ["z", ("a", "z")])
    def test_unknown_name(self, argnums):
        with pytest.raises(ValueError, match=r"argnums='z'.*a, b"):
            dr.grad(lambda_named_f, argnums)(X, X)

    @pytest.mark.parametrize("argnums", [1.0, None, {"a"}, True, (0, 1.5), b"a"])
    def test_wrong_type(self, argnums):
        with pytest.raises(TypeError, match=r"argnums must be an int, a parameter name or a tuple"):
            dr.grad(lambda_named_f, argnums)(X, X)

    @pytest.mark.parametrize("argnums", [(0, 0), (0, -2), ("a", 0), (0, 1, "b")])
    def test_the_same_argument_twice(self, argnums):
        """Either an error, or the gradient in both places; never a part of it."""
        try:
            got = dr.grad(lambda_named_f, argnums)(X, 2 * X)
        except ValueError as error:
            assert "twice" in str(error)
        else:
            for place, g in zip(argnums, got, strict=True):
                np.testing.assert_allclose(g, 2 * X if place in (0, -2, "a") else X)

    def test_names_and_negative_positions(self):
        for first, second in ((0, 1), ("a", "b"), (-2, -1), (np.int64(0), "b")):
            ga, gb = dr.grad(lambda_named_f, (first, second))(X, 2 * X)
            np.testing.assert_array_equal(ga, 2 * X)
            np.testing.assert_array_equal(gb, X)
        np.testing.assert_array_equal(dr.grad(lambda_named_f, "b")(X, b=2 * X), X)
        with pytest.raises(ValueError, match="argnums='c'"):
            dr.grad(lambda_named_f, "c")(X, b=X)


def lambda_named_f(a, b):
    return np.sum(a * b)


lambda_named_f.__name__ = "f"


class TestResults:
    def test_none(self):
        def forgetful(x):
            np.sum(x)

        for call in (lambda: dr.grad(forgetful)(X), lambda: dr.vjp(forgetful, X), lambda: dr.jvp(forgetful, (X,), (X,)), lambda: dr.linearize(forgetful, X),
            lambda: dr.jacobian(forgetful)(X)):
            with pytest.raises(TypeError, match=r"forgetful returned None.*return"):
                call()

    @pytest.mark.parametrize("result", ["text", {1, 2}, np.array(["a"]), object(), np.array([None])], ids=["str", "set", "array of str", "object", "array of None"])
    def test_not_numeric(self, result):
        def f(x):
            return result

        for call in (lambda: dr.grad(f)(X), lambda: dr.vjp(f, X), lambda: dr.jvp(f, (X,), (X,))):
            with pytest.raises(TypeError, match=r"result.* of f .*not numeric|returned"):
                call()

    def test_empty_containers(self):
        for empty in ((), [], {}):
            with pytest.raises((TypeError, ValueError), match="grad"):
                dr.grad(lambda x, e=empty: e)(X)

    def test_not_scalar(self):
        def vector(x):
            return 2 * x

        for call in (lambda: dr.grad(vector)(X), lambda: dr.value_and_grad(vector)(X), lambda: dr.grad(lambda x: x[:1])(X)):
            with pytest.raises(ValueError, match=r"grad: the result of .* has shape \((3|1),\).*scalar.*dualrev\.jacobian"):
                call()

    def test_tuple(self):
        with pytest.raises(TypeError, match=r"grad: .* returned a tuple.*has_aux"):
            dr.grad(lambda x: (np.sum(x), x))(X)

    def test_complex(self):
        with pytest.raises(TypeError, match=r"grad: the result of .* is complex.*np\.real"):
            dr.grad(lambda x: np.sum(x) * 1j)(X)

    def test_hessian_of_a_vector_or_complex_function(self):
        with pytest.raises(TypeError, match="complex"):
            dr.hessian(lambda x: np.sum(x * 1j))(X)

    def test_has_aux_without_a_pair(self):
        for call in (lambda: dr.grad(half_square, has_aux=True)(X), lambda: dr.vjp(half_square, X, has_aux=True), lambda: dr.jvp(half_square, (X,), (X,), has_aux=True)):
            with pytest.raises(TypeError, match=r"has_aux=True, half_square must return a pair"):
                call()
        with pytest.raises(TypeError, match="pair"):
            dr.grad(lambda x: (np.sum(x), 1, 2), has_aux=True)(X)

    def test_derivative_of_a_vector(self):
        with pytest.raises(ValueError, match=r"derivative: .*scalar"):
            dr.derivative(np.sin)(X)

    def test_derivative_of_what_is_not_holomorphic(self):
        for f in (np.conj, np.abs, np.real, np.imag, lambda z: z * np.conj(z)):
            with pytest.raises(ValueError, match="holomorphic"):
                dr.derivative(f)(1.0 + 2.0j)


class TestTangents:
    @pytest.mark.parametrize("tangent", [np.ones(2), np.ones((3, 1)), 1.0, np.ones((1, 3))])
    def test_wrong_shape(self, tangent):
        for call in (lambda: dr.jvp(half_square, (X,), (tangent,)), lambda: dr.linearize(half_square, X)[1](tangent), lambda: dr.hvp(half_square)(X, tangent)):
            with pytest.raises(ValueError, match=r"tangent.*has shape \(.*\), it must have \(3,\)"):
                call()

    def test_wrong_structure(self):
        def f(p):
            return np.sum(p["a"]) + p["b"]

        p = {"a": X, "b": 1.0}
        for t in ({"a": X}, {"b": 1.0, "c": X}, [X, 1.0], X, {"a": X, "b": 1.0, "c": 2.0}, {"a": [X], "b": 1.0}, None):
            with pytest.raises(TypeError, match=r"tangent.*structure"):
                dr.jvp(f, (p,), (t,))
            with pytest.raises(TypeError, match=r"tangent.*structure"):
                dr.linearize(f, p)[1](t)

    def test_wrong_number(self):
        with pytest.raises(ValueError, match="1 primals but 2 tangents"):
            dr.jvp(half_square, (X,), (X, X))
        with pytest.raises(ValueError, match="1 primals but 2 tangents"):
            dr.linearize(half_square, X)[1](X, X)

    @pytest.mark.parametrize(("primals", "tangents"), [(X, X), (X, (X,)), ((X,), X), (1.0, 1.0), ({"x": X}, {"x": X})])
    def test_no_tuple(self, primals, tangents):
        with pytest.raises(TypeError, match=r"must be a tuple.*jvp\(f, \(x,\), \(t,\)\)"):
            dr.jvp(half_square, primals, tangents)

    def test_not_numeric(self):
        with pytest.raises(TypeError, match="not numeric"):
            dr.jvp(half_square, (X,), (np.array(["a", "b", "c"]),))

    def test_complex_for_real(self):
        for call in (lambda: dr.jvp(half_square, (X,), (X * 1j,)), lambda: dr.linearize(half_square, X)[1](X * 1j), lambda: dr.vjp(np.sin, X)[1](X * 1j)):
            with pytest.raises(TypeError, match="complex where the value is real"):
                call()

    def test_integers_serve_as_tangents(self):
        np.testing.assert_array_equal(dr.jvp(lambda x: x**2, (X,), (np.array([1, 0, 2]),))[1], 2 * X * [1, 0, 2])


class TestCotangents:
    @pytest.mark.parametrize("g", [np.ones(2), np.ones((3, 1)), 1.0])
    def test_wrong_shape(self, g):
        with pytest.raises(ValueError, match=r"cotangent.*has shape \(.*\), it must have \(3,\)"):
            dr.vjp(np.sin, X)[1](g)

    def test_wrong_structure(self):
        pullback = dr.vjp(lambda x: {"a": x, "b": np.sum(x)}, X)[1]
        for g in ({"a": X}, (X, 1.0), X, {"a": X, "c": 1.0}, None):
            with pytest.raises(TypeError, match=r"cotangent.*structure"):
                pullback(g)
        assert np.all(pullback({"a": X, "b": 1.0})[0] == X + 1)

    def test_wrong_number(self):
        pullback = dr.vjp(np.sin, X)[1]
        with pytest.raises(TypeError):
            pullback()
        with pytest.raises(TypeError):
            pullback(X, X)

    def test_the_pullback_stays_good_after_a_refusal(self):
        y, pullback = dr.vjp(np.sin, X)
        with pytest.raises(ValueError, match="cotangent"):
            pullback(np.ones(7))
        np.testing.assert_array_equal(pullback(np.ones(3))[0], np.cos(X))
        np.testing.assert_array_equal(pullback(np.ones(3))[0], np.cos(X))


class Pair(NamedTuple):
    a: object
    b: object


@dataclasses.dataclass
class Record:
    a: object
    b: object = None


def test_paths_in_messages_are_as_users_write_them():
    for value, path in (({"w": [X, "s"]}, r"\['w'\]\[1\]"), (Pair(X, "s"), r"\.b"), (Record(X, "s"), r"\.b"), ((X, {"k": None, "l": "s"}), r"\[1\]\['l'\]")):
        with pytest.raises(TypeError, match=path):
            dr.grad(lambda p: 0.0)(value)


def test_primitives_whose_rules_answer_in_a_wrong_form():
    x = np.ones(4)
    answers = {None: (TypeError, "returned None. Does it lack a return statement"), 0: (ValueError, r"returned an array of shape \(\), it must have \(4,\)"),
               1: (ValueError, r"returned an array of shape \(2,\), it must have \(4,\)"), 2: (ValueError, r"returned an array of shape \(3, 4\), it must have \(4,\)"),
               3: (TypeError, "returned a list, it must be an array")}
    for which, (error, message) in answers.items():
        def answer(d, which=which):
            return None if which is None else (np.sum(d), d[:2], np.ones((3, 1)) * d, [d, d])[which]

        for kind, rule in (("jvp", lambda t, y, x, answer=answer: answer(t)), ("vjp", lambda g, y, x, answer=answer: answer(g)), ("linear", lambda g, x, answer=answer: answer(g))):
            f = dr.primitive(lambda x: 2 * x, **{kind: rule})
            ways = [lambda f=f: dr.grad(lambda x: np.sum(f(x)))(x)] + [lambda f=f: dr.jvp(f, (x,), (x,))] * (kind != "linear")
            for way in ways:
                with pytest.raises(error, match=rf"<lambda>: its {'transpose' if kind == 'linear' else kind}= rule {message}"):
                    way()


def test_rules_of_primitives_may_answer_for_an_argument_that_broadcasts_and_with_a_plain_zero():
    x, y = np.ones(3), np.full((2, 3), 2.0)
    f = dr.primitive(lambda x, y: x * y, vjp=(lambda g, z, x, y: g * y, lambda g, z, x, y: g * x))
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(f(x, y)))(x), [4.0, 4.0, 4.0])
    flat = dr.primitive(lambda x: np.floor(x), jvp=lambda t, y, x: 0.0)
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(flat(x) + x))(x), [1.0, 1.0, 1.0])


@pytest.mark.parametrize("result", [None, (X, X), [X, X], {"a": X}])
def test_primitives_of_several_results_raise(result):
    f = dr.primitive(lambda x: result, jvp=lambda t, y, x: t)
    with pytest.raises(TypeError, match=r"returned (None|a tuple|a list|a dict); a primitive gives one array \(at test_bad_calls.py.*custom_jvp"):
        dr.grad(lambda x: np.sum(f(x)))(X)
