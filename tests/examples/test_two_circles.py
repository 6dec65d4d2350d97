"""The network learns both pairs of circles, and the picture is written."""

import numpy as np
import pytest

from tests.examples.scripts import load


@pytest.fixture(scope="module")
def example():
    return load("two_circles")


def test_accuracies_and_picture(example, tmp_path, capsys):
    path = tmp_path / "circles.png"
    near, far = example.main(path)
    assert [near["inner"], far["inner"]] == [0.8, 0.5]
    assert near["methods"]["gradient descent"]["test accuracy"] >= 0.80
    assert far["methods"]["gradient descent"]["test accuracy"] >= 0.97
    for row in (near, far):
        assert row["methods"]["gradient descent"]["losses"][-1] < row["methods"]["random search"]["losses"][-1]
    picture = path.read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 50_000
    printed = capsys.readouterr().out
    for row in (near, far):
        for method in row["methods"].values():
            assert f"{method['test accuracy']:.3f} (test)" in printed


def test_data_are_what_the_task_says(example):
    (X, t), (Y, s) = example.two_circles(0.8)
    assert (X.shape, t.shape, Y.shape, s.shape) == ((700, 2), (700,), (300, 2), (300,))
    radius, classes = np.linalg.norm(np.concatenate([X, Y]), axis=1), np.concatenate([t, s])
    assert np.bincount(classes).tolist() == [500, 500]
    for k, expected in ((0, 1.0), (1, 0.8)):
        # the mean distance of a noisy point is r + noise**2 / (2 r); its standard error is 0.1 / sqrt(500) = 0.0045
        assert abs(np.mean(radius[classes == k]) - (expected + 0.005 / expected)) < 4 * 0.0045
    assert abs(example.best_possible(0.8) - 0.84) < 0.005


def test_gradient_by_differences(example):
    (X, t), _ = example.two_circles(0.8)
    p = example.initial()
    gradient = example.dr.grad(example.loss)(p, X, t)
    for name, value in p.items():
        d = np.random.default_rng(5).standard_normal(np.shape(value))
        above, below = ({**p, name: value + h * d} for h in (1e-5, -1e-5))
        slope = (example.loss(above, X, t) - example.loss(below, X, t)) / 2e-5
        np.testing.assert_allclose(np.sum(gradient[name] * d), slope, rtol=1e-6, atol=1e-9)
