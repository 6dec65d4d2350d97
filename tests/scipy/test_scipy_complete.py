"""Every function of scipy.special and scipy.linalg is accounted for: with a derivative, constant, or unsupported with a reason."""

import types

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import dualrev as dr
from dualrev.core.rows import TABLE

ROOMS = {"linalg": scipy.linalg, "special": scipy.special}
SETTINGS = {"geterr", "seterr"}  # what SciPy does about errors


def public(module):
    """The functions of a module, by name; NumPy's own among them."""
    return {name: getattr(module, name) for name in module.__all__
            if callable(getattr(module, name)) and not isinstance(getattr(module, name), (type, types.ModuleType)) and name not in SETTINGS}


@pytest.mark.parametrize("room", ROOMS)
def test_every_function_has_a_row(room):
    missing = [name for name in public(ROOMS[room]) if getattr(getattr(dr.scipy, room), name) not in TABLE]
    assert missing == [], "declare a rule, or say with `constant` or `unsupported` why there is none"


def test_the_rooms_are_not_empty():
    """So that a change in SciPy cannot make the test above pass with nothing to look at."""
    counts = {room: sum(not isinstance(f, np.ufunc) for f in public(module).values()) for room, module in ROOMS.items()}
    assert counts["linalg"] > 80
    assert counts["special"] > 90


def test_a_new_function_would_be_found(monkeypatch):
    def invented(x):
        """A function without a row."""

    invented.__module__ = "scipy.linalg._new"
    monkeypatch.setattr(scipy.linalg, "invented", invented, raising=False)
    assert dr.scipy.linalg.invented not in TABLE
    del vars(dr.scipy.linalg)["invented"]


def test_what_is_unsupported_says_why():
    assert dr.rules.coverage()  # which fills every room
    rows = [row for row in TABLE.values() if row.name.startswith("dr.scipy.") and row.kind == "unsupported"]
    assert len(rows) > 80
    assert all(len(row.notes) > 20 for row in rows)


def test_most_have_rules():
    """No function that users ask for may slip into the list of those without."""
    asked = {"linalg": "solve solve_triangular solve_banded solveh_banded solve_toeplitz cho_factor cho_solve cholesky lu lu_factor lu_solve qr expm logm sqrtm solve_sylvester "
                       "solve_continuous_lyapunov solve_discrete_lyapunov block_diag toeplitz hankel circulant inv det pinv norm eigh eigvalsh eig svd svdvals khatri_rao",
             "special": "logsumexp softmax log_softmax polygamma multigammaln zeta comb perm factorial lambertw spherical_jn jvp diric"}
    for room, names in asked.items():
        for name in names.split():
            assert TABLE[getattr(getattr(dr.scipy, room), name)].kind not in ("constant", "unsupported"), name
