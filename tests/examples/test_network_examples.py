"""The examples with networks learn what they say, and write their pictures."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_picture(path):
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 20_000


def test_circles(tmp_path, capsys):
    found = load("circles_network").main(tmp_path / "circles.png", epochs=15)
    assert found.history["validation accuracy"][-1] > 0.97
    assert is_picture(tmp_path / "circles.png")
    printed = capsys.readouterr().out
    assert "layers[0].W" in printed
    assert f"test accuracy {found.history['validation accuracy'][-1]:.3f}" in printed


@pytest.mark.slow
def test_digits(tmp_path, capsys):
    found = load("digits").main(tmp_path / "digits.png", epochs=8)
    assert found.history["validation accuracy"][-1] > 0.97
    assert found.network.layers[0].W.dtype == np.float32
    assert is_picture(tmp_path / "digits.png")
    assert "accuracy on 500 other images" in capsys.readouterr().out


def test_long_sequence(tmp_path, capsys):
    rows, losses = load("long_sequence").main(tmp_path / "memory.png", steps=60, batch=64, width=32, epochs=3, counts=(3, 24))
    whole, *kept = rows
    assert [row["snapshots"] for row in kept] == [3, 24]
    assert kept[0]["MB"] < whole["MB"] / 2
    assert kept[0]["MB"] < kept[-1]["MB"] < whole["MB"]
    assert losses[-1] < losses[0]
    assert is_picture(tmp_path / "memory.png")
    assert "extra runs of each step" in capsys.readouterr().out
