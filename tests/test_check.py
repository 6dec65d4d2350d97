"""`check_grads` accepts what is right and explains what is wrong. Wrong rules are injected to test the tester."""

import re
from collections import namedtuple
from contextlib import contextmanager

import numpy as np
import pytest

import dualrev as dr
from dualrev.check import check_grads
from dualrev.core.rows import TABLE, composite, elementwise, linear
from dualrev.core.tracer import Tracer, apply, concrete

X = np.array([0.3, -0.8, 1.1])
Z = np.array([0.3 + 0.5j, -0.8 + 0.2j])
Point = namedtuple("Point", "a b")


@contextmanager
def wrong_rule(plain, declare, *rules, **options):
    """A function with a row of its own, which is not right."""
    def suspect(x):
        return apply(suspect, (x,), {}) if isinstance(x, Tracer) else plain(x)

    declare(suspect, *rules, name="suspect", **options)
    try:
        yield suspect
    finally:
        del TABLE[suspect]


def complaint(f, *args, **options):
    with pytest.raises(AssertionError) as caught:
        check_grads(f, *args, **options)
    return str(caught.value)


class TestRight:
    @pytest.mark.parametrize("f", [np.sin, lambda x: np.sum(np.exp(x)) * x, lambda x: x, lambda x: np.outer(x, x) / (1 + x[0] ** 2), lambda x: 3.0, lambda x: x.astype(np.float32)])
    def test_real(self, f):
        report = check_grads(f, X)
        assert len(report.checks) == 10
        assert all(check.error <= check.tolerance for check in report.checks)

    @pytest.mark.parametrize("f", [np.exp, lambda z: np.abs(z) ** 2, np.conj, lambda z: np.real(z) * np.imag(z), lambda z: z * np.conj(z) * z, np.angle])
    def test_complex(self, f):
        check_grads(f, Z)

    def test_real_to_complex(self):
        check_grads(lambda x: np.exp(1j * x), X)

    def test_mixed_arguments(self):
        check_grads(lambda x, z, k: np.sum(x * k) * z, X, 1 + 2j, 2)

    def test_containers(self):
        def f(p, rest):
            return {"u": p.a * rest[0]["w"], "v": (np.sum(p.b), [rest[1] ** 2])}

        check_grads(f, Point(X, X[:2]), [{"w": 2.0}, np.float64(0.5)])

    def test_float32(self):
        report = check_grads(lambda x: np.sin(x) * x, X.astype(np.float32))
        assert report.checks[0].tolerance == 2e-3

    def test_single_numbers(self):
        check_grads(lambda x: x**3, 2.0)
        check_grads(lambda x: x**3, 2)

    def test_empty(self):
        check_grads(lambda x: np.sum(x**2), np.zeros(0))

    def test_scales_far_apart(self):
        check_grads(lambda a, b: np.sum(a * 1e9) + np.sum(b**2 * 1e-9), X, X)
        check_grads(np.log, np.array([1e-4, 1.0, 1e6]))

    def test_nan_in_the_value_is_passed_over(self):
        check_grads(lambda x: x * np.array([1.0, np.nan, 2.0]), X)

    def test_integers_in_the_result(self):
        check_grads(lambda x: [x**2, np.argmax(x), x > 0], X)

    def test_order_one_and_three(self):
        assert [check.order for check in check_grads(np.sin, X, order=1).checks] == [1, 1, 1]
        assert max(check.order for check in check_grads(np.sin, X, order=3).checks) == 3

    def test_report_reads_well(self):
        report = check_grads(np.sin, X)
        text = repr(report)
        assert text.startswith("The derivatives of sin agree in 10 checks:")
        for name in ("forward", "reverse", "adjoint identity", "forward of forward", "reverse of forward", "forward of reverse", "reverse of reverse",
                     "symmetry of the second derivative"):
            assert f"  {name} " in text
        assert report.worst.error == max(check.error for check in report.checks)
        assert report.worst.error < 1e-6

    def test_arguments_are_untouched(self):
        x = X.copy()
        check_grads(lambda x: x * 2, x)
        np.testing.assert_array_equal(x, X)


class TestBadInput:
    def test_order(self):
        for order in (0, -1, 1.5, True, "2"):
            with pytest.raises(ValueError, match="order must be a positive integer"):
                check_grads(np.sin, X, order=order)

    def test_no_arguments(self):
        with pytest.raises(TypeError, match="give the arguments"):
            check_grads(np.sin)

    def test_not_a_function(self):
        with pytest.raises(TypeError, match="must be a function"):
            check_grads(3.0, X)

    def test_not_numeric(self):
        with pytest.raises(TypeError, match="not numeric"):
            check_grads(np.sin, "x")
        with pytest.raises(TypeError, match="None"):
            check_grads(lambda x: None, X)


class TestWrongRules:
    def test_sign(self):
        with wrong_rule(np.cos, elementwise, lambda y, x: np.sin(x)) as suspect:
            text = complaint(lambda x: suspect(x) * 2, X)
        assert "the forward derivative" in text
        assert "(order 1)" in text
        assert "the sign is wrong" in text
        assert "Both modes give the same wrong result" in text
        assert "The rule of suspect is the one that fails on its own" in text

    def test_factor(self):
        with wrong_rule(np.square, elementwise, lambda y, x: x) as suspect:
            text = complaint(lambda x: np.exp(suspect(x)), X)
        assert "it is 0.5 times" in text
        assert "suspect" in text

    def test_numbers_and_place_are_told(self):
        with wrong_rule(lambda x: x**3, elementwise, lambda y, x: 3 * x**2 * (1.0 + (concrete(x) == 2.0))) as suspect:
            text = complaint(lambda p: {"u": suspect(p["w"])}, {"w": np.array([[1.0, 2.0], [3.0, 4.0]])})
        assert "argument 0['w'][0, 1] -> result['u'][0, 1]" in text
        computed, expected = (float(re.search(rf"{word} +([-0-9.e]+)", text)[1]) for word in ("computed", "differences"))
        assert computed == pytest.approx(24.0)
        assert expected == pytest.approx(12.0)
        assert "relative error  0.5" in text

    def test_only_the_argument_at_fault_is_named(self):
        with wrong_rule(np.exp, elementwise, lambda y, x: 1.5 * y) as suspect:
            assert "argument 1 ->" in complaint(lambda a, b: np.sin(a) + suspect(b), 0.5, 0.7)

    def test_missing_contribution(self):
        text = complaint(lambda x: x * dr.stop_gradient(x), X)
        assert "it is 0.5 times" in text
        assert "gives 0" in complaint(lambda x: dr.stop_gradient(np.sin(x)), X)

    def test_missing_conjugate(self):
        with wrong_rule(np.conj, linear, lambda g, x: g) as suspect:
            text = complaint(suspect, Z)
        assert "the reverse derivative" in text
        assert "imaginary part" in text
        assert "conjugate" in text
        assert "Forward mode is right at the same place" in text
        assert "suspect" in text

    def test_wrong_in_forward_mode_only(self):
        with wrong_rule(np.sin, composite, lambda t, y, x: 2 * t * np.cos(x), vjp=(lambda g, y, x: g * np.cos(x),)) as suspect:
            text = complaint(lambda x: suspect(x) + x, X)
        assert "the forward derivative" in text
        assert "Reverse mode is right at the same place, so the forward rule (jvp) is at fault" in text

    def test_wrong_in_reverse_mode_only(self):
        with wrong_rule(np.sin, composite, lambda t, y, x: t * np.cos(x), vjp=(lambda g, y, x: 2 * g * np.cos(x),)) as suspect:
            text = complaint(lambda x: suspect(x) + x, X)
        assert "the reverse derivative" in text
        assert "Forward mode is right at the same place, so the reverse rule (vjp) is at fault" in text
        assert "The rule of suspect" in text

    def test_wrong_in_second_order_only(self):
        with wrong_rule(np.sin, elementwise, lambda y, x: np.cos(concrete(x))) as suspect:
            assert check_grads(suspect, X, order=1)
            text = complaint(lambda x: suspect(x) * 2, X)
        assert "the forward of forward derivative" in text
        assert "(order 2)" in text
        assert "it gives 0, so a contribution is missing" in text
        assert "suspect" in text

    def test_wrong_in_second_order_of_reverse_mode_only(self):
        with wrong_rule(np.sin, composite, lambda t, y, x: t * np.cos(x), vjp=(lambda g, y, x: g * np.cos(concrete(x)),)) as suspect:
            text = complaint(suspect, X)
        assert re.search(r"the (forward|reverse) of reverse derivative", text)

    def test_nan(self):
        with wrong_rule(np.sin, elementwise, lambda y, x: np.cos(x) * np.where(concrete(x) == X[1], np.nan, 1.0)) as suspect:
            text = complaint(suspect, X)
        assert "argument 0[1]" in text
        assert "it gives nan where the function is smooth" in text

    def test_small_entry_among_large_ones(self):
        """An error in an argument whose derivative is tiny does not hide behind a large one."""
        with wrong_rule(np.exp, elementwise, lambda y, x: 1.01 * y) as suspect:
            assert "argument 0 ->" in complaint(lambda a, b: suspect(a) * 1e-3 + b * 1e3, 0.5, 0.5)

    def test_one_wrong_entry_of_many(self):
        x = np.linspace(0.1, 1.0, 500)
        with wrong_rule(np.exp, elementwise, lambda y, x: y * (1 + 1e-4 * (np.arange(500) == 250))) as suspect:
            complaint(suspect, x)

    def test_dtype(self):
        with wrong_rule(np.sin, elementwise, lambda y, x: np.cos(x)) as suspect:
            check_grads(suspect, X.astype(np.float32))

    def test_user_function_with_a_wrong_rule(self):
        f = dr.custom_jvp(lambda x: np.sin(x))
        f.defjvp(lambda primals, tangents: (np.sin(primals[0]), -np.cos(primals[0]) * tangents[0]))
        assert "the sign is wrong" in complaint(lambda x: f(x) * 2, X)

    def test_slightly_wrong(self):
        with wrong_rule(np.sin, elementwise, lambda y, x: np.cos(x) * (1 + 1e-5)) as suspect:
            complaint(suspect, X)
            check_grads(suspect, X, rtol=1e-4)


class TestCauses:
    def test_kink(self):
        text = complaint(lambda x: np.clip(x, 0.0, 1.0), np.array([0.5, 0.0]))
        assert "argument 0[1]" in text
        assert "a kink at this point or close to it" in text
        assert "from the left is 0, from the right 1" in text

    def test_kink_of_the_derivative(self):
        assert "a kink" in complaint(lambda x: np.clip(x, 0.0, 1.0) ** 2, 0.0)

    def test_jump(self):
        assert "not smooth here" in complaint(lambda x: x + np.floor(x), 1.0) or "a kink" in complaint(lambda x: x + np.floor(x), 1.0)

    def test_edge_of_the_domain(self):
        with np.errstate(all="ignore"):
            assert "the edge of the function's domain" in complaint(np.sqrt, np.array([1.0, 0.0]))

    def test_float32(self):
        def rough(x):
            return np.sin((x * 3e3) * 3e3 / 9e6 * 1e3) if np.asarray(concrete(x)).dtype == np.float32 else np.sin(x * 1e3)

        x = np.float32(1234.567)
        text = complaint(rough, x)
        assert "float32 precision: in float64 the derivatives agree" in text

    def test_random_function(self):
        rng = np.random.default_rng(0)
        assert "Does it return the same at each call" in complaint(lambda x: x * rng.random(), X)

    def test_looking_at_types(self):
        assert "changes the value" in complaint(lambda x: x * 2 if isinstance(x, Tracer) else x * 3, X)
