"""The sparsity pattern of every row, at every sample, has all entries of the Jacobian that are there."""

import numpy as np
import pytest
from cases import Case
from samples import CASES, IDS

import dualrev as dr
from dualrev.sparse.detecting import detect
from dualrev.transforms.arguments import Selection


def seen(case):
    """Which results move with which entries, by one tangent for each."""
    forms = [(np.shape(p), p.dtype) for p in case.primals]
    columns = []
    y, push = dr.linearize(case.smooth, *case.primals)
    for k, (shape, dtype) in enumerate(forms):
        for place in np.ndindex(shape):
            hit = False
            for unit in (1, 1j) if dtype.kind == "c" else (1,):
                tangents = [np.zeros(*form) for form in forms]
                tangents[k][place] = unit
                with np.errstate(all="ignore"):
                    dy = push(*(t[()] for t in tangents))
                hit |= np.concatenate([np.ravel(part) for part in dy]) != 0
            columns.append(hit)
    return np.array(columns, bool).T.reshape(sum(map(np.size, y)), len(columns))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("row", "variant"), CASES, ids=IDS)
def test_no_entry_is_missed(row, variant):
    case = Case(row, variant)
    expected = seen(case)
    selection = Selection(case.smooth, tuple(range(len(case.primals))), tuple(case.primals), {}, "pattern")
    for local in (False, True):
        found = detect(case.smooth, selection, local, "pattern").matrix.toarray()
        assert found.shape == expected.shape
        assert not np.any(expected & ~found), f"local={local}: {np.argwhere(expected & ~found)[:5].tolist()}"


CHOOSING = [(pair, name) for pair, name in zip(CASES, IDS, strict=True) if name.startswith("np.") and (pair[0].kind == "decomposed" or pair[0].selective)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("row", "variant"), [pair for pair, _ in CHOOSING], ids=[name for _, name in CHOOSING])
def test_it_holds_where_the_entries_have_changed_places(row, variant):
    """Unless Python decided something by a value, which the pattern then says."""
    case, other = Case(row, variant), Case(row, variant)
    selection = Selection(case.smooth, tuple(range(len(case.primals))), tuple(case.primals), {}, "pattern")
    found = detect(case.smooth, selection, False, "pattern")
    rng = np.random.default_rng(variant)
    other.primals = [rng.permutation(np.ravel(p)).reshape(np.shape(p))[()] for p in case.primals]
    try:
        expected = seen(other)
    except (np.linalg.LinAlgError, ValueError):
        return  # no such matrix, or a result of another shape
    assert found.decisions or (expected.shape == found.matrix.shape and not np.any(expected & ~found.matrix.toarray()))
