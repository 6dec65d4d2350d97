"""Views of traced arrays share memory exactly where NumPy's do: writes pass both ways, copies stay copies."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import LeavesTraceError
from tests.properties.oracles import check_first_order, check_second_order

X = np.array([0.3, -1.2, 0.8, 1.7])
M = np.arange(12.0).reshape(3, 4) / 7 - 0.6

VIEWS = {
    "view of a view whose parent has no name": lambda x: [y := x.copy(), z := y[1:][1:], z.__imul__(2), y][-1],
    "row of a transposed array": lambda x: [y := np.zeros_like(x, shape=(2, 4)), z := y.T[0], z.__setitem__(slice(None), x[0]), y][-1],
    "unpacked rows": lambda x: [y := x * 1, list(y.reshape(2, 2))[0].__imul__(x[0]), y][-1],
    "reshaped": lambda x: [y := x * 1, y.reshape(2, 2).__setitem__((0, 1), x[0] ** 2), y][-1],
    "raveled": lambda x: [y := np.zeros_like(x, shape=(2, 2)), y.ravel().__setitem__(3, x[1] ** 2), y][-1],
    "flat": lambda x: [y := np.zeros_like(x, shape=(2, 2)), y.flat.__setitem__(1, x[1] ** 2), y][-1],
    "flipped": lambda x: [y := x * 1, z := np.flip(y), z.__setitem__(0, x[0]), y][-1],
    "new axis": lambda x: [y := x * 1, z := y[None, :, None], z.__imul__(x[1]), y][-1],
    "real part of a real array": lambda x: [y := x * 1, z := y.real, z.__imul__(x[1]), y][-1],
    "real part": lambda x: [y := x + 1j * x[::-1], z := y.real, z.__imul__(x[1]), y.__imul__(1j), np.abs(y) + z][-1],
    "imaginary part": lambda x: [y := x + 1j * x[::-1], y.reshape(2, 2).T.imag.__setitem__(0, x[:2] ** 2), y.real * y.imag][-1],
    "split": lambda x: [y := x * 1, z := np.split(y, 2)[1], z.__imul__(x[1]), y][-1],
    "squeezed": lambda x: [y := x * 1, z := np.squeeze(y[None]), z.__iadd__(x), y][-1],
    "swapped axes": lambda x: [y := np.outer(x, x), z := y.swapaxes(0, 1), z[0].__setitem__(1, x[3]), y][-1],
    "the same array by another name": lambda x: [y := x * 1, z := y, y.__iadd__(x), z][-1],
    "an index array copies": lambda x: [y := x * 1, z := y[[0, 1]], z.__imul__(2), y.__imul__(3), y + np.sum(z)][-1],
    "a mask copies": lambda x: [y := x * 1, z := y[X > 0], z.__imul__(2), y + np.sum(z)][-1],
    "an entry copies": lambda x: [y := x * 1, z := y[0], y.__setitem__(0, 5.0), y * z][-1],
    "seen through a slice": lambda x: [y := x * 1, z := y[1:], y.__imul__(x), z][-1],
    "seen through a slice, one entry": lambda x: [y := x * 1, z := y[1:], y.__setitem__(1, x[0]), z][-1],
    "seen through a transposed array": lambda x: [y := np.outer(x, x), z := y.T, y.__setitem__(0, x), z][-1],
    "seen through a diagonal": lambda x: [y := np.outer(x, x), z := y.diagonal(), y.__setitem__(0, x), z][-1],
    "seen through a broadcast array": lambda x: [y := x * 1, z := np.broadcast_to(y, (2, 4)), y.__imul__(2), z][-1],
    "seen through two views": lambda x: [y := x * 1, z := y[1:][1:], y.__imul__(x), z][-1],
    "one view through another": lambda x: [y := x * 1, z := y[1:], w := y[:3], w.__imul__(x[:3]), z][-1],
    "a write between, elsewhere": lambda x: [y := x * 1, z := y[1:], y.__setitem__(2, 5.0), y.__setitem__(0, 5.0), z.__iadd__(1), y * x][-1],
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_share_memory_as_numpys_do(name):
    assert check_first_order(VIEWS[name], (X,))
    check_second_order(VIEWS[name], (X,))


def test_read_only_views_stay_read_only():
    for view in (lambda y: np.broadcast_to(y, (2, 3, 4)), lambda y: y.diagonal()):
        def f(x, view=view):
            y = x.copy()
            view(y)[0] = 1.0
            return y

        for call in (lambda: f(M), lambda: dr.jvp(f, (M,), (M,)), lambda: dr.vjp(f, M)):
            with pytest.raises((ValueError, LeavesTraceError), match=r"read-only|writing through"):
                call()
