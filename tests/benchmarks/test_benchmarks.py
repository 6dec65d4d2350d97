"""The jobs are right at a small size, and the command prints and writes what it measured. Speed is not judged here."""

import json

import numpy as np
import pytest

import dualrev as dr

from .__main__ import main
from .jobs import JOBS, Job, Target
from .large import calls
from .libraries import Dualrev, Plain, map_numbers, numbers
from .patience import Slow, ends, stopped
from .printing import line, ratio, seconds, verdict
from .sweep import Cost, measured
from .timing import Measurement, measure
from .worst import above, note


def flat(x):
    """All numbers of a container as one vector."""
    return np.concatenate([np.ravel(part) for part in numbers(x)])


def differences(job, arguments, h=1e-5):
    """Central differences along one direction, in every entry."""
    x, *constants = arguments
    f = job.function(np)
    rng = np.random.default_rng(1)
    parts = [rng.normal(size=np.shape(part)) for part in numbers(x)]

    def moved(step):
        directions = iter(parts)
        return map_numbers(lambda part: part + step * next(directions), x)

    return (f(moved(h), *constants) - f(moved(-h), *constants)) / (2 * h), parts


@pytest.mark.parametrize("job", [job for job in JOBS if job.kind in ("grad", "jacobian")], ids=lambda job: job.name)
def test_first_derivatives_agree_with_differences(job):
    arguments = job.arguments(job.small)
    result = Dualrev().prepare(job, arguments, None)()
    expected, parts = differences(job, arguments)
    direction = flat(parts)
    ours = result @ direction if job.kind == "jacobian" else flat(result) @ direction
    np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("job", [job for job in JOBS if job.kind.startswith("hvp") or "hessian" in job.kind], ids=lambda job: f"{job.kind} {job.name}")
def test_second_derivatives_agree_with_differences_of_the_gradient(job):
    (x,) = job.arguments(job.small)
    v, h = np.cos(np.arange(x.size)), 1e-5
    gradient = dr.grad(job.function(np))
    result = Dualrev().prepare(job, (x,), v)()
    expected = (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)
    np.testing.assert_allclose(result @ v if "hessian" in job.kind else result, expected, rtol=1e-6, atol=1e-5)


def test_command_prints_and_writes_its_rows(tmp_path, capsys):
    path = tmp_path / "speed.json"
    assert main(["--only", "3-vector", "--only", "scalar", "--repeat", "1", "--libraries", "--json", str(path)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:4] == ["job", "np", "dualrev", "autograd"]
    assert [text.split("  ")[0] for text in printed[1:3]] == ["grad 3-vector", "grad scalar loop"]
    rows = json.loads(path.read_text())["rows"]
    assert [row["job"] for row in rows] == ["3-vector", "scalar loop"]
    assert set(rows[0]["median"]) == {"np", "dualrev"}
    assert rows[0]["met"] is None  # judged against autograd, which was left out


def test_command_names_the_jobs_where_none_is_selected(capsys):
    assert main(["--only", "nonsense"]) == 2
    assert "RK4" in capsys.readouterr().err


def test_libraries_that_disagree_are_not_timed():
    class Wrong(Plain):
        name = "wrong"

        def prepare(self, job, arguments, direction):
            return lambda: 1.01 * Dualrev().prepare(job, arguments, direction)()

    with pytest.raises(AssertionError, match="dualrev and wrong differ"):
        measure(JOBS[0], [Plain(), Dualrev(), Wrong()], repeat=1)


def test_a_library_that_fails_is_reported():
    class Broken(Plain):
        name = "broken"

        def prepare(self, job, arguments, direction):
            raise NotImplementedError("no rule")

    found = measure(JOBS[0], [Plain(), Dualrev(), Broken()], repeat=1)
    assert found.missing == {"broken": "NotImplementedError: no rule"}
    assert set(found.median) == {"np", "dualrev"}


@pytest.mark.parametrize(("ours", "against", "target", "expected"), [
    (1.0, {"autograd": 5.0}, Target(1 / 5, "autograd"), "met"),
    (1.1, {"autograd": 5.0}, Target(1 / 5, "autograd"), "MISSED"),
    (1.0, {}, Target(1 / 5, "autograd"), "?"),
    (3.0, {"np": 1.0}, Target(3, "np"), "met"),
    (3e-3, {}, Target(2e-3, "seconds", due=False), "MISSED (not due)"),
])
def test_verdict(ours, against, target, expected):
    job = Job("j", "grad", lambda xp, x: x, lambda rng, n: (1.0,), 1, 1, target)
    found = Measurement(job, {"dualrev": ours, **against})
    assert verdict(found) == expected
    assert line(found).endswith(expected)


def test_numbers_read_well():
    assert [seconds(t) for t in (None, 1.234e-6, 0.0456, 12.0)] == ["-", "1.23 us", "45.6 ms", "12 s"]
    assert [ratio(r) for r in (None, 2.5, 0.2)] == ["-", "2.50", "1/5.0"]
    assert [str(job.target) for job in JOBS[:3]] == ["<= 1/5 autograd", "<= 1/5 autograd", "<= 4 x np"]


def test_sweep_prints_the_dearest_functions_of_the_table(capsys, tmp_path):
    path = tmp_path / "sweep.jsonl"
    asked = ["--sweep", "--only", "np.sinh", "--only", "np.linalg.inv", "--only", "np.swapaxes", "--only", "np.diagflat", "--repeat", "1", "--json", str(path)]
    assert main(asked) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "4 functions, small arrays"
    assert [text.partition(",")[0] for text in printed if ", median" in text] == ["value", "jvp", "vjp"] * 3
    assert "3 functions, 1e5 elements" in printed
    assert "1 functions whose plain call is a view, beside a copy of its value" in printed
    assert printed[-2:] == ["1 left out: the plain call takes too much memory", "  np.diagflat"]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 8
    assert all(line["ratio"].keys() == {"value", "jvp", "vjp"} or line["skipped"] for line in lines)
    assert main(asked) == 0  # goes on from the file: all is there
    assert capsys.readouterr().out.splitlines() == printed
    assert len(path.read_text().splitlines()) == 8
    assert main(["--sweep", "--only", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err


def test_sweep_enlarges_samples_of_many_kinds():
    names = ["np.sort", "scipy.special.gammaln", "np.fft.rfft", "norm.logpdf", "np.where", "np.sum", "np.maximum"]
    found = {row.name: max(np.size(x) for x in case.primals) for row, case in calls(True, names) if row.name in names}
    assert len(found) >= 6
    assert all(90_000 <= size <= 200_000 for size in found.values())


def test_sweep_gives_up_what_takes_too_long():
    def endless():
        while True:
            pass

    with pytest.raises(Slow), stopped(0.01):
        endless()
    assert not ends(endless, 0.01)
    assert ends(lambda: None, 1)
    case = next(case for _, case in calls(False, ["np.sinh"]))
    case.smooth = lambda *xs, plain=case.smooth: plain(*xs) if isinstance(xs[0], np.ndarray) else endless()
    found = measured("endless", case, 1, budget=0.05)
    assert found.stopped == ["value", "jvp", "vjp"]
    assert all(ratio > 100 for ratio in found.ratio.values())


def test_functions_above_the_bound_come_with_their_reason():
    found = [Cost("scipy.special.gammainc", 1e-3, {"value": 1.0, "jvp": 70.0, "vjp": 80.0}), Cost("np.exp", 1e-3, {"value": 1.0, "jvp": 2.0, "vjp": 3.0}),
             Cost("scipy.special.chdtr", 1e-3, {"value": 1.0, "jvp": 700.0, "vjp": 800.0}, stopped=["vjp"])]
    lines = above(found)
    assert lines[0].startswith("2 above 6")
    assert [line.split()[3] for line in lines[1:]] == ["scipy.special.chdtr", "scipy.special.gammainc"]
    assert ">800.00" in lines[1]
    assert all(note(cost) for cost in (found[0], found[2]))
    assert not note(found[1])
