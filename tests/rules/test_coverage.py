"""The table as data and as a page: what it says is true, and the page in docs/ is the one of the functions that are installed."""

import re
import subprocess
import sys

import numpy as np
import pytest
import scipy

import dualrev as dr
from dualrev.core.rows import TABLE
from dualrev.rules import coverage, page
from tests.docs.documents import ROOT

PAGE = ROOT / "docs" / "coverage.md"
ENTRIES = {entry["function"]: entry for entry in coverage()}
FIELDS = {"function", "kind", "keywords", "modes", "batched", "dtypes", "notes"}


def lines(text):
    """The rows of a page's tables, by function."""
    return {line.split(" | ")[0].strip("| `"): line for line in text.splitlines() if line.startswith("| `")}


def test_fields():
    assert all(set(entry) == FIELDS for entry in ENTRIES.values())
    assert {row.name for row in TABLE.values()} == set(ENTRIES)
    for entry in ENTRIES.values():
        if entry["kind"] == "unsupported":
            assert entry["notes"] and entry["modes"] == entry["dtypes"] == []
        else:
            assert entry["modes"] == ["forward", "reverse"]
            assert entry["batched"] in ("at once", "one by one", "by its parts")


@pytest.mark.parametrize(("function", "keywords"), [("np.sum", {"axis", "keepdims", "where", "initial"}), ("dr.scipy.special.logsumexp", {"axis", "keepdims", "return_sign"}),
                                                    ("dr.scipy.linalg.solve", {"assume_a", "lower", "transposed"}), ("dr.scipy.linalg.cholesky", {"lower"})])
def test_keywords_are_those_that_are_honoured(function, keywords):
    assert keywords <= set(ENTRIES[function]["keywords"])


def versions(numpy, scipy):
    """Release numbers that can be compared."""
    return [tuple(map(int, version.split(".")[:2])) for version in (numpy, scipy)]


def test_the_page_is_of_what_is_installed():
    """A new function, or another rule, asks for `python -m dualrev.rules > docs/coverage.md`. What a release does not have may be on the page, and an older one may have more."""
    text = PAGE.read_text(encoding="utf-8")
    kept, made = lines(text), lines(page())
    written, installed = versions(*re.search(r"NumPy ([\d.]+) and SciPy ([\d.]+)\.", text).groups()), versions(np.__version__, scipy.__version__)
    if all(a >= b for a, b in zip(installed, written, strict=True)):
        assert sorted(made.keys() - kept.keys()) == []
    assert sorted(name for name in kept.keys() - made.keys() if name in ENTRIES) == []
    for name in made.keys() & kept.keys():
        assert kept[name].split(" | ")[1] == made[name].split(" | ")[1], name
        if installed == written:
            assert kept[name] == made[name]


def test_a_stale_page_would_be_found():
    made = lines(page())
    assert len(made) > 800
    assert "np.sin" in made and "dr.scipy.linalg.expm" in made and "scipy.special.gammaln" in made and "scipy.sparse A @ x" in made


def test_every_public_function_of_numpy_is_on_the_page():
    made = lines(page())
    named = {row.name for function, row in TABLE.items() if isinstance(function, np.ufunc) and row.name.startswith("np.") and " (" not in row.name}
    assert named <= set(made)


def test_the_command_prints_the_page():
    done = subprocess.run([sys.executable, "-m", "dualrev.rules"], capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
    assert done.stdout == page()


@pytest.mark.parametrize("name", ["np.sin", "np.exp", "np.multiply", "np.sum", "np.matmul", "np.linalg.inv", "np.linalg.solve", "np.fft.fft", "dr.scipy.linalg.expm",
                                  "np.transpose"])
def test_complex_numbers_are_taken_where_the_table_says_so(name):
    entry = ENTRIES[name]
    function = next(f for f, row in TABLE.items() if row.name == name)
    z = np.array([[1.5 + 0.3j, -0.2j], [0.4, 2.0 - 1j]])
    assert "complex" in entry["dtypes"]
    two = name in ("np.multiply", "np.matmul", "np.linalg.solve")
    y, dy = dr.jvp(lambda z: function(z, z) if two else function(z), (z,), (1j * z,))
    assert y.dtype == dy.dtype == np.complex128


def test_singles_are_taken_where_the_table_says_so():
    """Of ufuncs the loops tell; those of whole numbers have none for floats."""
    for function, row in TABLE.items():
        if isinstance(function, np.ufunc) and row.kind == "elementwise" and "float32" in ENTRIES[row.name]["dtypes"]:
            assert any("f" in loop.partition("->")[0] for loop in function.types)
