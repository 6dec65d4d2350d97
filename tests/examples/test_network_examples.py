"""The examples with networks learn what they say, and write their pictures."""

import importlib.util
import runpy
import sys

import numpy as np
import pytest

from tests.examples.scripts import EXAMPLES, is_picture, load


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


def test_without_pytorch_the_script_says_so_and_ends_well(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    monkeypatch.setattr(sys, "argv", ["same_in_pytorch.py", str(tmp_path / "same.png")])
    names = runpy.run_path(str(EXAMPLES / "same_in_pytorch.py"), run_name="__main__")
    assert capsys.readouterr().out == names["MISSING"] + "\n"
    assert not (tmp_path / "same.png").exists()


def test_same_in_pytorch(tmp_path, capsys):
    worst = load("same_in_pytorch").main(tmp_path / "same.png")
    printed = capsys.readouterr().out
    if importlib.util.find_spec("torch") is None:
        assert worst is None
        assert "PyTorch is not installed" in printed
        return
    assert worst < 1e-10
    assert is_picture(tmp_path / "same.png")
    for name in ("loss", "layers[0].W", "layers[0].b", "layers[2].W", "layers[2].b", "layers[5].W", "layers[5].b"):
        assert f"{name} " in printed or f"{name}: " in printed
