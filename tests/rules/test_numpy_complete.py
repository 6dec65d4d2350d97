"""Every function of NumPy that dispatches has a row: with a derivative, constant, or unsupported with a reason."""

import numpy as np
import pytest

from dualrev.core.rows import TABLE
from dualrev.rules import coverage

NAMESPACES = {"numpy": np, "numpy.linalg": np.linalg, "numpy.fft": np.fft, "numpy.lib.stride_tricks": np.lib.stride_tricks, "numpy.lib.scimath": np.emath}
NAMESPACES |= {f"numpy.polynomial.{name}": getattr(np.polynomial, name) for name in ("polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre")}


def dispatches(function):
    """Whether NumPy asks its arguments for an implementation before it runs."""
    return isinstance(function, np.ufunc) or hasattr(function, "_implementation")


def public(namespace):
    """The functions of a namespace that dispatch, by name."""
    return {name: getattr(namespace, name) for name in dir(namespace) if not name.startswith("_") and dispatches(getattr(namespace, name))}


@pytest.mark.parametrize("name", NAMESPACES)
def test_every_function_that_dispatches_has_a_row(name):
    missing = {key for key, function in public(NAMESPACES[name]).items() if function not in TABLE}
    assert missing == set(), "declare a rule, or say with `constant` or `unsupported` why there is none"


def test_the_namespaces_are_not_empty():
    """So that a change in how NumPy dispatches cannot make the test above pass with nothing to look at."""
    counts = {name: len(public(namespace)) for name, namespace in NAMESPACES.items()}
    assert counts["numpy"] > 300
    assert counts["numpy.linalg"] > 25
    assert counts["numpy.fft"] > 15
    assert counts["numpy.lib.stride_tricks"] >= 1
    assert counts["numpy.lib.scimath"] >= 9


def test_a_missing_row_would_be_found():
    class Namespace:
        @staticmethod
        def invented():
            """A function that dispatches, without a row."""

    Namespace.invented._implementation = None
    found = public(Namespace)
    assert set(found) == {"invented"}
    assert found["invented"] not in TABLE


def test_what_is_unsupported_says_why():
    assert all(entry["notes"] for entry in coverage() if entry["kind"] == "unsupported")
    assert not any(entry["modes"] for entry in coverage() if entry["kind"] == "unsupported")
