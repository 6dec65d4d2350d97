"""The problems are those of the paper, and every own method solves every one it is meant for."""

import json
from pathlib import Path

import numpy as np
import pytest

import dualrev as dr
from dualrev.optimize.methods import METHODS
from tests.problems.problems import EXCLUDED, FURTHER, PROBLEMS
from tests.problems.tables import DATA, PUBLISHED

IDS = [problem.label for problem in PROBLEMS]
DIMENSIONS = {1: 2, 2: 2, 3: 2, 4: 3, 5: 3, 6: 10, 7: 3, 8: 15, 9: 15, 10: 16, 11: 99, 12: 10, 13: 4, 14: 6, 15: 11, 16: 20, 17: 33, 18: 13, 19: 65}


def test_all_35_are_there():
    assert sorted({problem.number for problem in PROBLEMS}) == list(range(1, 36))
    source = json.loads((Path(__file__).parent / "mgh.json").read_text(encoding="utf-8"))
    assert len(source["problems"]) == 35
    assert sum(len(column) for columns in DATA.values() for column in columns.values()) == 15 + 15 + 16 + 11 + 11 + 33 + 65


@pytest.mark.parametrize("problem", PROBLEMS[:19], ids=IDS[:19])
def test_sizes_starts_and_minima_of_the_fixed_ones(problem):
    row = PUBLISHED[problem.number]
    assert problem.x0.tolist() == row["x0"]
    assert len(problem.residuals(problem.x0)) == row["m"] == DIMENSIONS[problem.number]
    if "x_at_minimum_approx" in row:
        x = np.array(row["x_at_minimum_approx"])
        step = 1e-6 * np.maximum(np.abs(x), 1e-3)  # the published point has some seven digits
        slack = np.abs(dr.hessian(problem.f)(x)) @ step @ step + 1e-7
        assert min(abs(problem.f(x) - m) for m in row["minima"]) <= 1e-4 * max(row["minima"]) + slack


def test_starts_that_the_paper_gives_values_for():
    """Values at the start that are easily worked out by hand."""
    value = {(p.number, p.n): p.f(p.x0) for p in PROBLEMS}
    assert value[1, 2] == pytest.approx(24.2)
    assert value[2, 2] == pytest.approx(400.5)
    assert value[13, 4] == pytest.approx(215.0)
    assert value[14, 4] == pytest.approx(19192.0)
    assert value[21, 20] == pytest.approx(242.0)
    assert value[22, 20] == pytest.approx(5 * 215.0)
    assert value[20, 6] == pytest.approx(29 + 1)  # at 0: each of 29 residuals is -1, one is 0, the last is -1
    assert value[23, 4] == pytest.approx(1e-5 * 14 + (30 - 0.25) ** 2)
    assert value[25, 10] == pytest.approx(np.sum((np.arange(1, 11) / 10) ** 2) + 38.5**2 + 38.5**4)
    assert value[27, 10] == pytest.approx(9 * (0.5 + 5 - 11) ** 2 + (0.5**10 - 1) ** 2)
    assert value[30, 10] == pytest.approx(8 * 1.0 + (-3 - 2 + 2 + 1) ** 2 + (-5 + 1 + 1) ** 2)
    assert value[32, 5] == pytest.approx(5 * 1.0 + 5 * 4.0)
    assert value[33, 5] == pytest.approx(np.sum((np.arange(1, 11) * 15 - 1.0) ** 2))


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_derivatives(problem):
    rng = np.random.default_rng(3)
    x = problem.x0 + 0.01 * rng.uniform(0.1, 1, problem.n) * np.maximum(np.abs(problem.x0), 0.1)
    dr.check_grads(problem.f, x, rtol=2e-5)


@pytest.mark.parametrize(("number", "sizes"), [(28, (3, 8)), (29, (3, 8)), (31, (7, 12)), (35, (3, 6))])
def test_against_the_formulas_entry_by_entry(number, sizes):
    f = next(p.residuals for p in PROBLEMS if p.number == number)
    for n in sizes:
        x = np.random.default_rng(n).uniform(0.1, 0.9, n)
        np.testing.assert_allclose(f(x), list(BY_ENTRY[number](x, n)), rtol=1e-10, atol=1e-14)


def boundary(x, n):
    h, y = 1 / (n + 1), [0.0, *x, 0.0]
    for i in range(1, n + 1):
        yield 2 * y[i] - y[i - 1] - y[i + 1] + h**2 * (y[i] + i * h + 1) ** 3 / 2


def integral(x, n):
    h = 1 / (n + 1)
    t = [h * i for i in range(n + 1)]
    for i in range(1, n + 1):
        low = sum(t[j] * (x[j - 1] + t[j] + 1) ** 3 for j in range(1, i + 1))
        high = sum((1 - t[j]) * (x[j - 1] + t[j] + 1) ** 3 for j in range(i + 1, n + 1))
        yield x[i - 1] + h * ((1 - t[i]) * low + t[i] * high) / 2


def banded(x, n):
    for i in range(n):
        yield x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in range(max(0, i - 5), min(n - 1, i + 1) + 1) if j != i)


def chebyshev(x, n):
    for i in range(1, n + 1):
        yield np.mean(np.cos(i * np.arccos(2 * x - 1))) - (0.0 if i % 2 else -1 / (i**2 - 1))


BY_ENTRY = {28: boundary, 29: integral, 31: banded, 35: chebyshev}


@pytest.mark.parametrize("method", [m for m in METHODS if m != "steepest"])
def test_every_method_reaches_the_published_minimum(method):
    for problem in PROBLEMS:
        found = dr.optimize.minimize(problem.f, problem.x0, method=method, tol=1e-8, options={"maxiter": 2000})
        if (method, problem.number) in EXCLUDED:
            assert not (found.success and not problem.solved(found.fun)), f"{problem.label}: success without a minimum"
            continue
        assert problem.solved(found.fun), f"{problem.label}: {found.fun} where the minima are {problem.minima}; {found.message}"
        assert found.success, f"{problem.label}: {found.message}"
        assert found.fun == problem.f(found.x)
        fun = found.history["fun"]
        assert np.all(np.diff(fun) <= 4e-14 * np.abs(fun[:-1]))


def test_further_minima_are_minima():
    for number, values in FURTHER.items():
        problem = next(p for p in PROBLEMS if p.number == number)
        for value in values:
            found = dr.optimize.minimize(problem.f, problem.x0, tol=1e-10)
            assert found.fun == pytest.approx(value, rel=1e-5)
            assert np.linalg.eigvalsh(dr.hessian(problem.f)(found.x))[0] > 0.01
