"""Traced values written into plain arrays: right where that can be known, an error that names the line and the remedy otherwise."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import LeavesTraceError

X = np.array([0.3, -1.2, 0.8, 1.7])


class TestPlainArrays:
    """Plain arrays cannot hold traced values: right where that can be known, an error otherwise."""

    def test_local_name(self):
        def f(x):
            a = np.zeros(4)
            a += x
            a *= x
            return np.sum(a)

        np.testing.assert_allclose(dr.grad(f)(X), 2 * X)
        np.testing.assert_allclose(dr.jvp(f, (X,), (np.ones(4),))[1], np.sum(2 * X))

    @pytest.mark.parametrize("transform", [lambda f: dr.grad(f)(X), lambda f: dr.jvp(f, (X,), (X,))], ids=["reverse", "forward"])
    @pytest.mark.parametrize("case", ["second name", "container", "view", "argument", "attribute", "closure", "out", "wider"])
    def test_raises_where_somebody_else_may_look(self, case, transform):
        shared = np.zeros(4)
        holder = type("Holder", (), {})()
        holder.a = np.zeros(4)

        def f(x, a=shared):
            b = np.zeros(4)
            if case == "second name":
                c = b
                b += x
                return np.sum(c)
            if case == "container":
                kept = [np.zeros(4)]
                kept[0] += x
            elif case == "view":
                whole = np.zeros(8)
                part = whole[:4]
                part += x
            elif case == "argument":
                a += x
            elif case == "attribute":
                holder.a += x
            elif case == "closure":
                nonlocal_add(x)
            elif case == "out":
                np.add(b, x, out=b)
            elif case == "wider":
                narrow = np.zeros(4, np.float32)
                narrow += x
            return np.sum(x)

        def nonlocal_add(x):
            nonlocal shared
            shared += x

        with pytest.raises(LeavesTraceError, match=r"test_plain_buffers\.py:\d+: .*(\+=|out=)") as caught:
            transform(f)
        assert "np.zeros_like(x" in str(caught.value)
        np.testing.assert_array_equal(shared, np.zeros(4))
        np.testing.assert_array_equal(holder.a, np.zeros(4))

    def test_item_of_a_plain_array(self):
        def f(x):
            b = np.zeros(3)
            b[0] = x[0]
            return np.sum(b)

        for transform in (lambda: dr.grad(f)(X), lambda: dr.jvp(f, (X,), (X,))):
            with pytest.raises(LeavesTraceError, match=r"test_plain_buffers\.py:\d+: b\[0\] = x\[0\]"):
                transform()

    def test_slice_of_a_plain_array(self):
        def f(x):
            b = np.zeros(4)
            b[:] = x
            return np.sum(b)

        for transform in (lambda: dr.grad(f)(X), lambda: dr.jvp(f, (X,), (X,))):
            with pytest.raises((LeavesTraceError, ValueError)):
                transform()
