"""The exact sparse Jacobian integrates the Brusselator to the same solution as differences do, with fewer runs of the right-hand side."""

import numpy as np
import pytest

import dualrev as dr
from tests.examples.scripts import load


@pytest.fixture(scope="module")
def example():
    return load("brusselator")


def test_comparison_and_picture(example, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "brusselator.png"
    results, step = example.main(path, n=8, large=12)
    assert len(results) == 3 and all(solution.success for solution, _, _ in results.values())
    exact, coloured, dense = (runs for _, _, runs in results.values())
    assert exact < coloured < dense
    assert step["after"] < 0.2 * step["before"]
    assert step["plan"].renewals == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    assert "runs of f" in capsys.readouterr().out


def test_the_jacobian_is_the_dense_one(example):
    y = example.start(4)
    sparse, dense = (dr.jacobian(example.brusselator, 1, sparse=sparse)(0.0, y) for sparse in (True, False))
    assert sparse.nnz == 6 * y.size
    np.testing.assert_allclose(sparse.toarray(), dense, rtol=1e-13)
