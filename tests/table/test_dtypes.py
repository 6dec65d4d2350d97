"""The types that `dr.rules.coverage()` claims: complex arguments in place of every linear and multilinear sample."""

import numpy as np
import pytest
from cases import Case
from samples import ROWS, variants

import dualrev as dr
from dualrev.rules import coverage

CLAIMED = {entry["function"] for entry in coverage() if "complex" in entry["dtypes"]}
LINEAR = [row for row in ROWS if row.kind in ("linear", "multilinear") and row.name in CLAIMED and variants(row)]


def complexed(x):
    return x if x.dtype.kind == "c" else x * (1 + 0.3j)


@pytest.mark.parametrize("row", LINEAR, ids=lambda row: row.name)
def test_linear_rows_take_complex_numbers(row):
    case = Case(row, 0, complexed)
    primals = tuple(case.primals)
    y, dy = dr.jvp(case.smooth, primals, tuple(1j * p for p in primals))
    _, pullback = dr.vjp(case.smooth, *primals)
    gs = pullback([np.ones_like(part) for part in y])
    left = sum(np.sum(np.real(part)) for part in dy)
    right = sum(np.sum(np.real(g * 1j * p)) for g, p in zip(gs, primals, strict=True))
    np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-10)
