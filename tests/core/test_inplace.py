"""In-place programs on traced arrays mean what they mean to NumPy, or raise: never a value that NumPy would not give."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import LeavesTraceError
from tests.properties.oracles import check_first_order, check_second_order

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


def test_views_that_do_not_overlap_may_live():
    def f(x):
        y = x.copy()
        first, last = y[:2], y[2:]
        last *= first
        y[3] = 1.0
        return y + np.sum(first)

    assert check_first_order(f, (X,))


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


def test_masks_of_structural_zeros_that_an_outer_tape_holds_stay_as_they_are():
    """The mask that has guarded a product is the outer tape's to keep; the next write must not clear entries of it in place."""
    c = np.linspace(0.5, 2.0, 40_000)

    def f(x):
        y = x * x
        y[5:-5] = 1.0
        w = np.sqrt(y) * y
        w[1:3] = 7.0
        return np.sum(w * x)

    v = np.cos(c)
    over = dr.grad(lambda x: np.sum(dr.grad(f)(x) * v))(c)
    np.testing.assert_allclose(over, dr.hvp(f)(c, v), rtol=1e-12)
