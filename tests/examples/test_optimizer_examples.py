"""The examples of the optimizers run, are right, and save their pictures."""

import numpy as np
import pytest

from tests.examples.scripts import is_picture, load


def test_paths(tmp_path, capsys):
    paths = load("optimizer_paths").main(tmp_path / "paths.png")
    assert is_picture(tmp_path / "paths.png")
    out = capsys.readouterr().out
    for method in ("bfgs", "newton", "trust-exact"):
        found, points = paths[method]
        assert found.success
        np.testing.assert_allclose(points[-1], 1, atol=1e-6)
        assert f"{found.nit:4d} steps" in out
    assert not paths["steepest"][0].success  # it creeps along the valley
    assert paths["newton"][0].nit < paths["bfgs"][0].nit < paths["steepest"][0].nit


def test_newtons_steps_are_reweighted_least_squares(tmp_path, capsys):
    example = load("logistic_newton")
    differences, found = example.main(tmp_path / "logistic.png")
    assert is_picture(tmp_path / "logistic.png")
    assert found.success
    assert len(differences) == found.nit > 3
    assert max(differences) < 1e-10
    X, t = example.data()
    p = example.expit(X @ found.x)
    np.testing.assert_allclose(found.stderr, np.sqrt(np.diagonal(np.linalg.inv(X.T * (p * (1 - p)) @ X))), rtol=1e-8)
    assert np.all(np.abs(found.x - [-0.5, 2.0, -1.0]) < 4 * found.stderr)
    assert "reweighted least squares" in capsys.readouterr().out


def test_constrained_design(tmp_path):
    example = load("constrained_design")
    designs = example.main(tmp_path / "design.png")
    assert is_picture(tmp_path / "design.png")
    free, smooth = designs.values()
    assert free.success
    assert smooth.success
    assert free.fun == pytest.approx(example.KNOWN, abs=1e-4)
    assert smooth.fun > free.fun
    for found in designs.values():
        assert example.deflection(found.x) <= 1 + 1e-6
    # the published optimum in closed form: heights proportional to c**(1/4)
    c = example.C
    heights = c**0.25 * np.sum(c**0.25) ** (1 / 3)
    np.testing.assert_allclose(free.x["height"], heights, rtol=1e-3)
    assert np.all(example.taper(smooth.x) > 0.85 - 1e-6)
