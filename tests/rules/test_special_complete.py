"""Every ufunc of the SciPy that is installed is accounted for, and none is constant but those that are."""

import numpy as np
import pytest
from scipy import special

import dualrev as dr
from dualrev.core.errors import NoRuleError
from dualrev.core.rows import TABLE

UFUNCS = {name: f for name, f in sorted(vars(special).items()) if isinstance(f, np.ufunc)}


def test_every_ufunc_has_a_row():
    assert [name for name, f in UFUNCS.items() if f not in TABLE] == []
    assert len(UFUNCS) > 220


def test_only_piecewise_constant_functions_are_constant():
    assert {name for name, f in UFUNCS.items() if TABLE[f].kind == "constant"} == {"gammasgn", "round"}


def test_most_have_rules():
    kinds = [TABLE[f].kind for f in UFUNCS.values()]
    assert kinds.count("elementwise") > 180
    assert {name for name, f in UFUNCS.items() if TABLE[f].kind == "unsupported"} <= {"sph_harm"}
    assert all(TABLE[f].notes for f in UFUNCS.values() if TABLE[f].kind == "unsupported")


PARTIAL = [row for row in {id(TABLE[f]): TABLE[f] for f in UFUNCS.values() if f in TABLE}.values() if row.kind == "elementwise" and None in row.rules]


@pytest.mark.parametrize("row", PARTIAL, ids=lambda row: row.name)
def test_arguments_without_a_rule_raise(row):
    for i, rule in enumerate(row.rules):
        if rule is None:
            with pytest.raises(NoRuleError, match=f"argument {i}"):
                dr.jvp(lambda p: row.function(*(p if k == i else 0.5 if row.function.nin > 3 else 2 for k in range(row.function.nin))), (1.0,), (1.0,))
