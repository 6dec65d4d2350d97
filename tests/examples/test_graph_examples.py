"""The examples on the computational graph and on the two modes print what they should and save their pictures."""

import math

import pytest

from tests.examples.scripts import is_picture, load


def test_the_graph_of_exp_sin_square(tmp_path, capsys):
    rows, checks = load("computational_graph").main(tmp_path / "graph.png")
    u, v, J = 2.25, math.sin(2.25), math.exp(math.sin(2.25))
    slopes = {"x": None, "u": 3.0, "v": math.cos(2.25), "J": J}
    backwards = {"J": 1.0, "v": J, "u": J * math.cos(2.25), "x": J * math.cos(2.25) * 3.0}
    assert {name: row[0] for name, row in rows.items()} == pytest.approx({"x": 1.5, "u": u, "v": v, "J": J}, rel=1e-14)
    assert {name: row[1] for name, row in rows.items()} == {k: s if s is None else pytest.approx(s, rel=1e-14) for k, s in slopes.items()}
    assert {name: row[2] for name, row in rows.items()} == pytest.approx(backwards, rel=1e-14)
    assert checks == pytest.approx(backwards, rel=1e-7)
    assert is_picture(tmp_path / "graph.png", 10_000)
    printed = capsys.readouterr().out
    for number in ("2.250000", "0.778073", "2.177273", "-0.628174", "-1.367705", "-4.103116"):
        assert number in printed
    assert "v:float64 = np.sin(u)" in printed


def test_forward_against_reverse(tmp_path, capsys):
    found = load("forward_and_reverse").main(tmp_path / "modes.png")
    assert found["value"] == 31.0
    assert found["forward"] == found["reverse"] == [4.0, 27.0]
    assert (found["forward runs"], found["reverse runs"], found["walks"]) == (2, 1, 1)
    assert found["counts"] == {2: (2, 1), 10: (10, 1), 100: (100, 1)}
    assert is_picture(tmp_path / "modes.png", 10_000)
    printed = capsys.readouterr().out
    assert "[4.0, 27.0] by 2 passes" in printed
    assert "[4.0, 27.0] by 1 run" in printed


@pytest.mark.parametrize("name", ["computational_graph", "forward_and_reverse"])
def test_without_a_path_the_picture_lies_next_to_the_script(name, tmp_path, capsys):
    module = load(name)
    module.__file__ = str(tmp_path / f"{name}.py")
    module.main()
    assert is_picture(tmp_path / f"{name}.png", 10_000)
    assert str(tmp_path / f"{name}.png") in capsys.readouterr().out
