"""What `import dualrev` imports: nothing that only some programs need."""

import subprocess
import sys
from functools import partial, wraps

import pytest

import dualrev as dr
from dualrev.core.signatures import Parameters, parameters, positional, read, takes_any_keyword

LATER = ("scipy.optimize", "scipy.stats", "scipy.signal", "scipy.interpolate", "scipy.ndimage", "matplotlib", "dualrev.optimize", "dualrev.nn")


def fresh(code):
    """Run code in a Python of its own; what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_rooms_wait_for_their_first_use():
    found = fresh(f"import sys, dualrev as dr; print(*(name for name in {LATER} if name in sys.modules)); dr.optimize.minimize; dr.nn.relu; "
                  "print('then', *(name for name in ('scipy.optimize', 'dualrev.nn') if name in sys.modules))")
    assert found == ["then", "scipy.optimize", "dualrev.nn"]


def test_every_way_to_import_a_room():
    assert fresh("from dualrev import *; print(optimize.__name__, nn.__name__)") == ["dualrev.optimize", "dualrev.nn"]
    assert fresh("from dualrev import optimize; import dualrev.nn as layers; print(optimize.__name__, layers.__name__)") == ["dualrev.optimize", "dualrev.nn"]


def test_the_names_are_seen_before():
    assert set(dr.__all__) <= set(fresh("import dualrev; print(*dir(dualrev))"))
    with pytest.raises(AttributeError, match="'dualrev' has no attribute 'optimise'"):
        dr.optimise  # noqa: B018


def plain(a, /, b, *c, d=1, **e):
    return a, b, c, d, e


@wraps(plain)
def wrapped(*args):
    return plain(*args)


def test_parameters_are_read_from_code_and_from_signatures():
    assert read(plain) == read(wrapped) == Parameters(("a",), ("b",), ("d",), True)
    assert read(partial(plain, 1)) == Parameters((), ("b",), ("d",), True)
    assert positional(plain) == ("a", "b") and parameters(plain) == {"b", "d"} and takes_any_keyword(plain) and not takes_any_keyword(lambda x: x)
    assert positional(int.__add__) == ("self", "value") and positional(dict) == ()
