"""In-place programs on traced arrays mean what they mean to NumPy, or raise: never a value that NumPy would not give."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dualrev as dr
from dualrev.core.errors import LeavesTraceError
from tests.properties.oracles import assert_close, check_first_order, check_second_order

X = np.array([0.3, -1.2, 0.8, 1.7])
M = np.arange(12.0).reshape(3, 4) / 7 - 0.6


def fill_by_index(x):
    y = np.zeros_like(x)
    for i in range(x.shape[0]):
        y[i] = x[-1 - i] ** 2
    return y


def accumulate_in_place(x):
    y = np.zeros_like(x)
    y[0] = x[1]
    y += x
    y[x > 0] *= 2
    y *= x
    y -= np.sin(x)
    y /= 2 + x**2
    return y


def powers_in_place(x):
    y = x**2 + 1
    y **= 1.5
    y %= 3.0
    return y


def shift_in_place(x):
    y = x.copy()
    y[1:] += y[:-1]
    y[:-1] = y[1:]
    return y


def swap(x):
    y = x.copy()
    y[0], y[1] = y[1], y[0]
    y[[2, 3]] = y[[3, 2]]
    return y * x


def rows_and_columns(x):
    y = np.zeros_like(x, shape=(3, 4))
    y[0] = x
    y[1, ::2] = x[:2]
    y[2, 1] = x[0] * x[1]
    y[:, -1] += 2 * x[1:]
    y[..., 0] = y[..., 1]
    y[np.array([0, 2]), np.array([1, 3])] *= x[3]
    return y


def repeated_index_keeps_the_last(x):
    y = np.zeros_like(x)
    y[[0, 1, 0]] = x[:3]
    return y


def repeated_index_adds_once(x):
    y = x.copy()
    y[[0, 0, 1]] += x[1:]
    return y


def add_at(x):
    y = np.zeros_like(x)
    np.add.at(y, [0, 0, 3], x[1:])
    np.subtract.at(y, 1, x[2])
    return y * x


def broadcast_write(x):
    y = np.zeros_like(x, shape=(2, 4))
    y[...] = x
    y[:, 1:3] = x[0]
    y[1] = 5.0
    return y


def boolean_write(x):
    y = x * 1.0
    y[y < 0] = 0.5 * y[y < 0] ** 2
    y[np.array([True, False, False, True])] = x[:2]
    return y


def buffers_like_x(x):
    a, b, c = np.zeros(4, like=x), np.empty((4,), like=x), np.ones_like(x)
    a[:2], a[2:] = x[2:], 1.0
    b[:] = a * x
    c[1] = b[0]
    return a + b + c


def full_and_fill(x):
    y = np.full_like(x, 2.0)
    y[0] = x[0]
    z = np.empty_like(x)
    z.fill(x[1])
    return y * z


def write_through_row_view(x):
    y = np.zeros_like(x, shape=(2, 4))
    row = y[0]
    row[:] = x
    row[1] *= 3
    return y


def write_through_view_of_view(x):
    y = x.copy()
    tail = y[1:]
    inner = tail[1:]
    inner *= x[0]
    return y


def augment_item_of_item(x):
    y = np.zeros_like(x, shape=(2, 4))
    y[0][1] = x[1]
    y[1][2:] += x[:2]
    y[0][0] += 1
    return y


def iterate_rows(x):
    y = np.zeros_like(x, shape=(2, 4)) + x
    for row in y:
        row *= x[0]
    return y


def out_keyword(x):
    y = np.zeros_like(x)
    np.multiply(x, x, out=y)
    np.add(y, 1.0, out=y)
    np.sin(y, out=y, where=np.array([True, False, True, False]))
    return y


def methods_in_place(x):
    y = x.copy()
    y.sort()
    z = x * 2
    z.put([0, 3], y[:2])
    w = x.copy()
    w.partition(1)
    return y * z + np.sum(w[:2])


def copyto_and_place(x):
    y = np.zeros_like(x)
    np.copyto(y, x**2)
    np.copyto(y, 7.0, where=np.array([False, True, False, False]))
    return y


def number_of_the_caller(x):
    total = 0.0
    for v in x:
        total += v * v
    total *= 2
    return total


def integers_in_the_middle(x):
    y = np.zeros_like(x)
    y[np.int64(1)] = x[np.argmax(x)]
    y[slice(None, None, -2)] += 1
    return y


PROGRAMS = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == __name__]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program(f):
    """Value as NumPy's, both modes, all nestings, differences."""
    assert check_first_order(f, (X,))
    check_second_order(f, (X,))


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program_in_float32(f):
    check_first_order(f, (X.astype(np.float32),), tol=1e-4, differences=False)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program_on_an_inner_value(f):
    """The buffer is made from a value of an outer level and receives values of an inner one, and the other way round."""
    def outer(x):
        return np.sum(dr.jvp(lambda s: f(x * s), (1.3,), (1.0,))[1]) + dr.grad(lambda s: np.sum(f(s * x)))(0.7)

    assert check_first_order(outer, (X,))


STATEMENTS = (
    "y[{i}] = x[{j}]", "y[{i}] += x[{j}] * y[{j}]", "y += x", "y *= 0.5 + x", "y[{i}:] *= 2", "y[::2] = x[1::2]", "y[y > 0.1] *= 0.5", "y[[{i}, {j}]] = y[[{j}, {i}]]", "y = y * 1", "v = y[{i}:]",
    "v = y[::-1]", "v = y", "v = y.copy()", "v *= 1.5", "v[0] = x[{i}]", "v += 1", "w = v[-1:]", "w *= 3", "w[0] = y[{j}]", "v = y.reshape(2, 2)", "v = y[None]", "y = np.zeros_like(x)", "y -= v.ravel()[0]",
    "u = y[{i}]", "y[{j}] = u", "np.add(y, 1, out=y)", "np.multiply(v, 2, out=v)", "y[...] = np.sin(y)", "y[1:] -= y[:-1]", "y[:2], y[2:] = y[2:], y[:2]", "v = y.T", "x = x * 1.1", "v[...] = 0.25",
    "y[:] = y[::-1]", "w = y[1:3]", "w[:] += w[::-1]", "y[{i}] **= 2",
)


@st.composite
def statements(draw):
    """A program that writes to y, to views v and w of it, and reads them all at the end."""
    lines = draw(st.lists(st.sampled_from(STATEMENTS), min_size=3, max_size=9))
    return [line.format(i=draw(st.integers(0, 3)), j=draw(st.integers(0, 3))) for line in lines]


def compiled(lines):
    body = "\n".join(f"    {line}" for line in ["x = 1.0 * x", "y = x.copy()", "v = y[1:]", "w = v[1:]", "u = y[0]", *lines, "return np.concatenate([np.ravel(y), np.ravel(v) * 2, np.ravel(w) * 3])"])
    scope = {"np": np}
    exec(f"def f(x):\n{body}", scope)
    return scope["f"]


def test_random_in_place_programs():
    """Against plain NumPy: the same value to the last bit, or LeavesTraceError; never another value. Most must not raise."""
    outcomes = []

    @settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(statements())
    def check(lines):
        f = compiled(lines)
        try:
            f(X)
        except (ValueError, IndexError):
            return
        for transform in (lambda: dr.jvp(f, (X,), (X,)), lambda: dr.vjp(f, X)):
            try:
                transform()
            except LeavesTraceError as error:
                assert "view" in str(error)
                outcomes.append(False)
                return
        outcomes.append(True)
        check_first_order(f, (X,))

    check()
    assert np.mean(outcomes) > 0.3


def test_the_argument_itself_is_written_to():
    """NumPy would change the caller's array; a traced argument is its own, so the caller's array stays."""
    def f(x):
        x[0] = x[1] * x[2]
        x *= 2
        return np.sum(x)

    x = X.copy()
    np.testing.assert_allclose(dr.grad(f)(x), [0, 2 * 1.8, 2 * -0.2, 2])
    np.testing.assert_array_equal(x, X)
    np.testing.assert_allclose(dr.jvp(f, (x,), (np.ones(4),))[1], 2 * (1.8 - 0.2 + 1))
    np.testing.assert_array_equal(x, X)


def test_names_of_the_same_array_see_the_write():
    def f(x):
        y = x.copy()
        z = y
        z += x
        y[0] = 0
        return z

    assert check_first_order(f, (X,))


def test_a_transposed_view_that_is_written_to_raises_or_is_right():
    def f(x):
        y = np.zeros_like(x)
        z = y.T
        z[0] = x[:, 1].sum()
        return y

    for transform in (lambda: dr.jvp(f, (M,), (M,))[0], lambda: dr.vjp(f, M)[0]):
        try:
            value = transform()
        except LeavesTraceError as error:
            assert "view" in str(error)
        else:
            assert_close(value, f(M), 0)


def test_a_stale_view_is_never_read():
    """The base is written to while a view is alive: NumPy's view changes too."""
    def f(x):
        y = x.copy()
        view = y[1:]
        y *= 2
        return view

    for transform in (lambda: dr.jvp(f, (X,), (X,))[0], lambda: dr.vjp(f, X)[0]):
        try:
            value = transform()
        except LeavesTraceError as error:
            assert "test_inplace.py" in str(error)
            assert "copy" in str(error)
        else:
            assert_close(value, f(X), 0)


def test_views_that_do_not_overlap_may_live():
    def f(x):
        y = x.copy()
        first, last = y[:2], y[2:]
        last *= first
        y[3] = 1.0
        return y + np.sum(first)

    assert check_first_order(f, (X,))


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

        with pytest.raises(LeavesTraceError, match=r"test_inplace\.py:\d+: .*(\+=|out=)") as caught:
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
            with pytest.raises(LeavesTraceError, match=r"test_inplace\.py:\d+: b\[0\] = x\[0\]"):
                transform()

    def test_slice_of_a_plain_array(self):
        def f(x):
            b = np.zeros(4)
            b[:] = x
            return np.sum(b)

        for transform in (lambda: dr.grad(f)(X), lambda: dr.jvp(f, (X,), (X,))):
            with pytest.raises((LeavesTraceError, ValueError)):
                transform()


def test_integer_buffers_raise():
    """A buffer of integers would round what is written; NumPy does that in silence."""
    def f(x):
        y = np.zeros_like(x, dtype=int)
        y[0] = x[0]
        return np.sum(y)

    with pytest.raises((LeavesTraceError, TypeError), match=r"test_inplace\.py"):
        dr.grad(f)(X)


def test_shapes_that_do_not_fit_raise_as_in_numpy():
    def longer(x):
        y = x.copy()
        y += np.ones((2, 4))
        return np.sum(y)

    def wrong_slice(x):
        y = x.copy()
        y[:2] = x[:3]
        return np.sum(y)

    for f in (longer, wrong_slice):
        for call in (f, dr.grad(f), lambda x, f=f: dr.jvp(f, (x,), (x,))):
            with pytest.raises(ValueError):  # noqa: PT011
                call(X)


def test_indices_out_of_range_raise_as_in_numpy():
    def f(x):
        y = x.copy()
        y[4] = 1.0
        return np.sum(y)

    for call in (f, dr.grad(f), lambda x: dr.jvp(f, (x,), (x,))):
        with pytest.raises(IndexError):
            call(X)


def test_a_long_fill_is_linear_and_right():
    n = 3000

    def f(x):
        y = np.zeros_like(x, shape=n)
        y[0] = x[0]
        for k in range(1, n):
            y[k] = y[k - 1] * 0.5 + x[k % 4]
        return y[-1]

    want = np.zeros(4)
    for k in range(n):
        want[k % 4] += 0.5 ** (n - 1 - k)
    np.testing.assert_allclose(dr.grad(f)(X), want, rtol=1e-12)
