"""Shaping, joining and splitting: keywords, and what NumPy accepts besides arrays."""

import warnings

import numpy as np
import pytest

import dualrev as dr
from dualrev.agreement import Problem, examine
from dualrev.core.errors import NoRuleError

X = np.arange(1.0, 7.0).reshape(2, 3) / 3
Y = np.array([0.5, -1.5, 2.5])


def agree(f, *args):
    y = dr.vjp(f, *args)[0]
    plain = f(*args)
    for a, b in zip(y if isinstance(y, (list, tuple)) else [y], plain if isinstance(plain, (list, tuple)) else [plain], strict=True):
        np.testing.assert_array_equal(a, b)
    examine(Problem(f, args, getattr(f, "__name__", "f"), 1e-7), 2, [], [])


CALLS = {
    "reshape, Fortran order": lambda x: np.reshape(x, (3, 2), order="F") * Y[:, None],
    "reshape method": lambda x: x.reshape(3, 2)[1] ** 2,
    "reshape method with -1": lambda x: x.reshape((3, -1)).reshape(-1) ** 2,
    "reshape by keyword": lambda x: np.reshape(x, shape=(6,)) if np.lib.NumpyVersion(np.__version__) >= "2.1.0" else np.reshape(x, (6,)),
    "T": lambda x: x.T[0] ** 2,
    "mT": lambda x: x.mT[0] ** 2,
    "transpose method": lambda x: x.transpose(1, 0)[0] ** 2,
    "swapaxes method": lambda x: x.swapaxes(0, 1) ** 2,
    "flatten": lambda x: x.flatten() ** 2,
    "flatten, Fortran order": lambda x: x.flatten("F") * np.arange(6.0),
    "ravel, Fortran order": lambda x: x.ravel("F") * np.arange(6.0),
    "squeeze": lambda x: x[None, :, None].squeeze() ** 2,
    "repeat method": lambda x: x.repeat(2, axis=1) ** 2,
    "repeat with counts": lambda x: np.repeat(x, [2, 0], axis=0) ** 2,
    "copy": lambda x: x.copy() ** 2,
    "astype": lambda x: x.astype(complex) ** 2,
    "flat": lambda x: x.flat[2] ** 2,
    "diagonal method": lambda x: x.diagonal(1) ** 2,
    "trace method": lambda x: x.trace(1) ** 2,
    "roll over all": lambda x: np.roll(x, 4) * np.arange(6.0).reshape(2, 3),
    "expand_dims, two": lambda x: np.expand_dims(x, (0, -1)) ** 2,
    "newaxis": lambda x: x[:, None, :] * x[None, :, :],
    "concatenate plain and traced": lambda x: np.concatenate([x, np.ones((1, 3)), x * 2]) ** 2,
    "concatenate of all": lambda x: np.concatenate([x, x], axis=None) * np.arange(12.0),
    "concatenate of rows": lambda x: np.concatenate(list(x)) ** 2,
    "stack of numbers": lambda x: np.stack([x[0, 0] ** 2, x[1, 1], 3.0]),
    "stack of lists": lambda x: np.stack([x[0], [1.0, 2.0, 3.0]], axis=1) ** 2,
    "vstack": lambda x: np.vstack([x, Y]) ** 2,
    "hstack": lambda x: np.hstack((x, x[:, :1])) ** 2,
    "dstack": lambda x: np.dstack((x, 2 * x)) ** 2,
    "column_stack": lambda x: np.column_stack([x[0], Y]) ** 2,
    "block": lambda x: np.block([[x, x[:, :1]], [np.ones((1, 4))]]) ** 2,
    "append": lambda x: np.append(x, 3.0) ** 2,
    "split": lambda x: [part**2 for part in np.split(x, 3, axis=1)],
    "array_split": lambda x: [part**2 for part in np.array_split(x, 2, axis=1)],
    "split at places": lambda x: [part**2 for part in np.split(x, [1], axis=0)],
    "tile": lambda x: np.tile(x, (2, 1, 2)) ** 2,
    "broadcast_to": lambda x: np.broadcast_to(x, (4, 2, 3)) * np.arange(4.0)[:, None, None],
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, x[:1])[1] * np.arange(2.0)[:, None],
    "meshgrid": lambda x: [g**2 for g in np.meshgrid(x[0], x[1])],
    "meshgrid, ij": lambda x: [g**2 for g in np.meshgrid(x[0], x[1], indexing="ij")],
    "diag": lambda x: np.diag(x[0], 1) ** 2,
    "tril": lambda x: np.tril(x, -1) ** 2,
    "rot90": lambda x: np.flip(x.T, 0) ** 2,
    "atleast_3d": lambda x: np.atleast_3d(x) ** 2,
    "full_like": lambda x: np.full_like(x, x[0, 0]) ** 2,
    "zeros_like filled": lambda x: _filled(x),
    "iteration": lambda x: sum(row[0] * row[1] for row in x),
    "unpacking": lambda x: (lambda a, b: a * b)(*x),
    "nested list": lambda x: np.stack([[x[0, 0], x[0, 1]], [x[1, 0], 2.0]]) ** 2,
}


def _filled(x):
    y = np.zeros_like(x)
    y[0] = x[1] ** 2
    y[1, :2] = 3 * x[0, 1:]
    return y


@pytest.mark.parametrize("name", CALLS)
def test_call(name):
    agree(CALLS[name], X)


def test_joining_two_traced_arguments():
    agree(lambda a, b: np.concatenate([a, b[None]]) ** 2, X, Y)
    agree(lambda a, b: np.stack([a[0], b]) * a[1], X, Y)
    agree(lambda a, b: np.append(a, b) ** 2, X, Y)


def test_axes_without_length():
    agree(lambda x: np.repeat(x, 2, axis=0), np.array(1.5))
    agree(lambda x: np.concatenate([np.atleast_1d(x), np.ones(2)]), np.array(1.5))
    agree(lambda x: np.concatenate([x, np.ones((0, 3))]), X)


def test_errors_are_numpys():
    for call in (lambda x: np.reshape(x, (4, 2)), lambda x: np.concatenate([x, Y]), lambda x: np.split(x, 2, axis=1), lambda x: np.stack([x, Y]),
                 lambda x: np.broadcast_to(x, (2, 4)), lambda x: np.concatenate([x, x], axis=2), lambda x: np.squeeze(x, 0), lambda x: np.transpose(x, (0, 1, 2))):
        with pytest.raises(ValueError, match=r".+"):
            call(X)
        with pytest.raises(ValueError, match=r".+"):
            dr.grad(lambda x: np.sum(call(x)))(X)


def test_conversion_to_single_precision_and_back():
    y, g = dr.value_and_grad(lambda x: np.sum(x.astype(np.float32) ** 2))(X)
    assert y.dtype == np.float32
    assert g.dtype == np.float64
    np.testing.assert_allclose(g, 2 * X, rtol=1e-6)


def test_conversion_to_integers_is_constant():
    assert dr.grad(lambda x: np.sum(x * x.astype(int)))(X + 1).tolist() == (X + 1).astype(int).tolist()


def test_conversion_to_real_takes_the_real_part():
    z = np.array([1 + 2j, 3 - 1j])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        np.testing.assert_array_equal(dr.grad(lambda z: np.sum(z.astype(float) ** 2))(z), [2, 6])


LAID_OUT = {"by rows": X, "by columns": np.asfortranarray(X), "swapped": np.ascontiguousarray(X.reshape(3, 1, 2).swapaxes(0, 2)).swapaxes(0, 2)}


@pytest.mark.parametrize("order", "CFAK")
@pytest.mark.parametrize("x", LAID_OUT.values(), ids=LAID_OUT)
def test_the_order_in_memory_is_that_of_the_input_whatever_that_of_tangents_and_cotangents(x, order):
    reads = [lambda x: x.ravel(order), lambda x: x.T.flatten(order), lambda x: np.ravel(x, order)]
    if order != "K":
        reads += [lambda x: np.reshape(x, (3, 2), order=order), lambda x: np.reshape(x.T, (2, -1), order), lambda x: x.reshape((3, 2), order=order)]
    one = np.ones(x.shape)  # the directions lie in memory row by row
    entries = np.arange(x.size).reshape(x.shape)
    for read in reads:
        numbered = np.copy(x, "K")
        numbered[...] = entries
        want = read(numbered).astype(int)  # which entry goes where
        jacobian = dr.jacobian(read, mode="forward")(x).reshape(-1, x.size)
        np.testing.assert_array_equal(dr.jvp(read, (x,), (one,))[0], read(x))
        np.testing.assert_array_equal(dr.vjp(read, x)[0], read(x))
        np.testing.assert_array_equal(dr.trace(read, x)(x), read(x))
        np.testing.assert_array_equal(jacobian.argmax(axis=1), want.ravel())
        np.testing.assert_array_equal(dr.vjp(read, x)[1](np.ascontiguousarray(want * 1.0))[0], entries)
        np.testing.assert_array_equal(dr.vmap(read)(np.stack([x, x]).copy()), np.stack([read(x.copy("C"))] * 2))


def test_an_order_in_memory_that_entries_share_raises():
    with pytest.raises(NoRuleError, match="np.ravel.*order='K'.*Use order='C'"):
        dr.grad(lambda x: np.sum(np.broadcast_to(x, (2, 3, 3)).ravel("K")))(Y)


def test_a_reshaped_copy_shows_no_later_writes():
    def f(x):
        y = x.copy()
        z = y.reshape((3, 2), copy=True)
        y *= 2
        z *= 3
        return np.sum(y) + np.sum(z)

    np.testing.assert_array_equal(dr.grad(f)(X), np.full_like(X, 5.0))


@pytest.mark.parametrize("shape", [3, (2, 2), (6,), (0,), (2, 0), (4, 5), 13])
def test_resize_gives_entries_of_its_own(shape):
    x = np.arange(6.0).reshape(2, 3) + 0.5

    def f(x):
        y = np.resize(x, shape)
        first = np.sum(y**2)
        if y.size:
            y[(0,) * y.ndim] = 7.0  # reaches nothing of x
        return first + np.sum(y) + np.sum(x**3)

    want = 3 * x**2
    for place in np.resize(np.arange(6), shape).ravel():
        want.ravel()[place] += 2 * x.ravel()[place] + 1
    if np.prod(shape):
        want[0, 0] -= 1
    np.testing.assert_allclose(dr.grad(f)(x), want, rtol=1e-14)
    assert f(x) == dr.value_and_grad(f)(x)[0]
    with pytest.raises(ValueError, match="non-negative"):
        dr.grad(lambda x: np.sum(np.resize(x, (-1, 2))))(x)
