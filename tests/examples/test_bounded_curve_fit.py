"""The bounded fit finds its parameters, its errors are those that repeated measurements show, and the picture is written."""

import numpy as np
import pytest

import dualrev as dr
from tests.examples.scripts import load


@pytest.fixture(scope="module")
def example():
    return load("bounded_curve_fit")


def test_numbers_and_picture(example, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "fit.png"
    out = example.main(path, repeats=100)
    found = out["found"]
    assert found.success and found.x["background"] == 0.0 and found.active_mask["background"] == -1
    assert np.isnan(out["stderr"][-1]) and out["scatter"][-1] == 0.0
    pulls = (example.flat(found.x) - example.flat(example.TRUE))[:-1] / out["stderr"][:-1]
    assert np.max(np.abs(pulls)) < 3
    np.testing.assert_allclose(out["stderr"][:-1], out["scatter"][:-1], rtol=0.25)  # a scatter of 100 is known to 7 %
    assert abs(out["chi2"] - 75) < 3 * np.sqrt(2 * 75)
    assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 20_000
    printed = capsys.readouterr().out
    assert "on bound" in printed and f"{found.x['centre'][1]:.4f}" in printed


def test_the_band_is_that_of_random_parameters(example):
    x = np.linspace(0.0, 10.0, 81)
    found = example.fit(x, example.measure(x, np.random.default_rng(4)), fixed="background")
    covariance = found.covariance()
    draws = np.random.default_rng(0).multivariate_normal(example.flat(found.x), covariance, 4000)
    curves = [example.spectrum({"height": p[:2], "centre": p[2:4], "width": p[4:6], "background": p[6]}, x) for p in draws]
    np.testing.assert_allclose(example.band(found, x), np.std(curves, axis=0), rtol=0.1, atol=1e-3)


def test_gradient_by_differences(example):
    x = np.linspace(0.0, 10.0, 20)
    dr.check_grads(lambda p: example.spectrum(p, x), example.START, order=1)
