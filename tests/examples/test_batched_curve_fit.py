"""The batched fit finds what SciPy finds one by one, with honest uncertainties."""

import numpy as np
import pytest

import dualrev as dr
from tests.examples.scripts import load


@pytest.fixture(scope="module")
def example():
    return load("batched_curve_fit")


def test_fits_and_picture(example, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "fits.png"
    P, deviations, single, pulls = example.main(path, count=60)
    np.testing.assert_allclose(P, single, rtol=1e-4, atol=1e-5)
    assert np.all(deviations > 0)
    assert abs(np.mean(pulls)) < 0.3
    assert 0.8 < np.std(pulls) < 1.2
    assert path.read_bytes().startswith(b"\x89PNG")
    assert "in one batch" in capsys.readouterr().out


def test_one_run_of_the_model_for_all_jacobians(example, monkeypatch):
    runs, model = [], example.peak
    monkeypatch.setattr(example, "peak", lambda p: (runs.append(1), model(p))[1])
    truth, Y = example.measurements(7, np.random.default_rng(1))
    runs.clear()
    J = dr.vmap(dr.jacobian(example.residual))(truth, Y)
    assert len(runs) == 1
    np.testing.assert_allclose(J, np.stack([dr.jacobian(model)(p) for p in truth]), rtol=1e-12, atol=1e-14)
