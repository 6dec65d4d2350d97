"""Random programs of writes: to an array, through views of it and views of views, with all of them read at the end."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.oracles import check_first_order, check_second_order

X = np.array([0.3, -1.2, 0.8, 1.7])

STATEMENTS = (
    "y[{i}] = x[{j}]", "y[{i}] += x[{j}] * y[{j}]", "y += x", "y *= 0.5 + x", "y[{i}:] *= 2", "y[::2] = x[1::2]", "y[y > 0.1] *= 0.5", "y[[{i}, {j}]] = y[[{j}, {i}]]",
        "y = y * 1", "v = y[{i}:]",
    "v = y[::-1]", "v = y", "v = y.copy()", "v *= 1.5", "v[0] = x[{i}]", "v += 1", "w = v[-1:]", "w *= 3", "w[0] = y[{j}]", "v = y.reshape(2, 2)", "v = y[None]",
        "y = np.zeros_like(x)", "y -= v.ravel()[0]",
    "u = y[{i}]", "y[{j}] = u", "np.add(y, 1, out=y)", "np.multiply(v, 2, out=v)", "y[...] = np.sin(y)", "y[1:] -= y[:-1]", "y[:2], y[2:] = y[2:], y[:2]", "v = y.T",
        "x = x * 1.1", "v[...] = 0.25",
    "y[:] = y[::-1]", "w = y[1:3]", "w[:] += w[::-1]", "y[{i}] **= 2",
)


@st.composite
def statements(draw):
    """A program that writes to y, to views v and w of it, and reads them all at the end."""
    lines = draw(st.lists(st.sampled_from(STATEMENTS), min_size=3, max_size=9))
    return [line.format(i=draw(st.integers(0, 3)), j=draw(st.integers(0, 3))) for line in lines]


def compiled(lines):
    body = "\n".join(f"    {line}" for line in ["x = 1.0 * x", "y = x.copy()", "v = y[1:]", "w = v[1:]", "u = y[0]", *lines,
        "return np.concatenate([np.ravel(y), np.ravel(v) * 2, np.ravel(w) * 3])"])
    scope = {"np": np}
    exec(f"def f(x):\n{body}", scope)
    return scope["f"]


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(statements())
def test_random_writes(lines):
    """The value is plain NumPy's, in both modes, whichever views are alive; the derivatives are those of differences and of each other."""
    f = compiled(lines)
    try:
        f(X)
    except (ValueError, IndexError):
        return
    check_first_order(f, (X,))


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(statements())
def test_random_writes_under_two_levels(lines):
    f = compiled(lines)
    try:
        f(X)
    except (ValueError, IndexError):
        return
    check_second_order(f, (X,))
