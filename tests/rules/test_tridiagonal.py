"""Eigenpairs of many tridiagonal matrices at once, against dense ones."""

import numpy as np
import pytest

from dualrev.core.errors import NoRuleError
from dualrev.rules import tridiagonal


def drawn(n, k, seed=0):
    rng = np.random.default_rng(seed)
    diagonal, side = rng.normal(size=(n, k)), rng.normal(size=(n - 1, k))
    dense = np.zeros((k, n, n))
    rows = np.arange(n)
    dense[:, rows, rows] = diagonal.T
    dense[:, rows[1:], rows[:-1]] = dense[:, rows[:-1], rows[1:]] = side.T
    return diagonal, side, dense


def same_vector(found, want):
    np.testing.assert_allclose(found * np.sign(np.sum(found * want.T, axis=0)), want.T, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 12])
def test_pairs_whose_values_are_nearly_known_and_not_at_all(n):
    diagonal, side, dense = drawn(n, 50)
    values, vectors = np.linalg.eigh(dense)
    place = np.arange(50) % n
    rows = np.arange(50)
    for near in (values[rows, place], values[rows, place] + 1e-7, np.zeros(50), values[:, 0]):
        with np.errstate(all="ignore"):
            found = tridiagonal.eigenpair(diagonal, side, near, place)
        np.testing.assert_allclose(found.value, values[rows, place], atol=1e-13 * n)
        same_vector(found.vector, vectors[rows, :, place])


def test_solutions_at_right_angles_to_the_vector():
    diagonal, side, dense = drawn(9, 40, 1)
    values, vectors = np.linalg.eigh(dense)
    place = np.arange(40) % 9
    rest = np.random.default_rng(2).normal(size=(9, 40))
    with np.errstate(all="ignore"):
        pair = tridiagonal.eigenpair(diagonal, side, values[np.arange(40), place], place)
        rest -= pair.vector * np.sum(rest * pair.vector, axis=0)
        u = pair.solved(rest)
    want = [np.linalg.pinv(a - w[i] * np.eye(9), rcond=1e-10) @ r for a, w, i, r in zip(dense, values, place, rest.T, strict=True)]
    np.testing.assert_allclose(u.T, want, rtol=1e-9, atol=1e-9)


def test_matrices_that_are_diagonal():
    with np.errstate(all="ignore"):
        pair = tridiagonal.eigenpair(np.array([[0.0, 1.0], [4.0, 4.0], [9.0, 9.0]]), np.zeros((2, 2)), np.array([0.0, 4.0]), np.array([0, 1]))
    np.testing.assert_array_equal(pair.vector.T, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def test_values_that_have_no_place_raise():
    with pytest.raises(NoRuleError, match="neighbour"), np.errstate(all="ignore"):
        tridiagonal.eigenpair(np.ones((3, 1)), np.zeros((2, 1)), np.array([1.0]), np.array([1]))
