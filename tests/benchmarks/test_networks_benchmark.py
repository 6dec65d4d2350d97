"""The tables about networks: what they measure is right, and they print."""

from .networks import checkpoints, convolutions, main


def test_checkpoints_follow_the_theory():
    whole, *rows = checkpoints(n=60, counts=(1, 4, 12))
    assert whole["states"] > 60
    for row in rows:
        assert row["steps"] == row["optimum"]
        assert row["states"] < row["snapshots"] + 14


def test_convolutions_are_measured():
    found = convolutions(batch=2, length=8, repeat=1)
    assert list(found) == ["forward", "in the images", "in the filters"]
    assert all(seconds > 0 and product > 0 for seconds, product in found.values())


def test_the_command_prints(capsys):
    assert main(["--repeat", "1", "--steps", "20"]) == 0
    printed = capsys.readouterr().out
    assert "ratio" in printed
    assert "optimum" in printed
