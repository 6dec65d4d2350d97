"""The errors as classes, and the user's own line that they name."""

import functools
import re

import numpy as np
import pytest
from scipy.optimize import rosen

import dualrev as dr
from dualrev.core.errors import DeadTraceError, DualrevError, LeavesTraceError, NoRuleError, leaves_trace, user_line

X = np.array([0.5, -1.0, 2.0])


def test_families():
    """Each is ours and also what Python programs would catch."""
    for error, usual in ((LeavesTraceError, TypeError), (NoRuleError, NotImplementedError), (DeadTraceError, RuntimeError)):
        assert issubclass(error, DualrevError)
        assert issubclass(error, usual)
        with pytest.raises(usual, match="text"):
            raise error("text")


def test_the_line_of_the_caller():
    here = user_line()
    assert re.fullmatch(r"test_errors\.py:\d+: here = user_line\(\)", here)


def test_the_line_through_library_frames():
    """functools, NumPy and SciPy between the user and us are passed over."""
    wrapped = functools.partial(functools.lru_cache(lambda: user_line()))
    assert wrapped().startswith("test_errors.py:")
    assert np.vectorize(lambda k: user_line(), otypes=[object])([1])[0].startswith("test_errors.py:")
    assert user_line() != ""


def test_the_line_where_there_is_no_source():
    scope = {"user_line": user_line, "__name__": "somewhere"}
    exec(compile("def f():\n    return user_line()", "<made up>", "exec"), scope)
    assert scope["f"]() == "<made up>:2"


def test_leaves_trace_says_all_it_knows():
    with pytest.raises(LeavesTraceError) as caught:
        leaves_trace("spam(x)", "Use eggs.")
    message = str(caught.value)
    assert message.startswith("spam(x)")
    assert "test_errors.py" in message
    assert message.endswith("Use eggs.")


def helper_of_the_user(x):
    return float(x)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_innermost_line_of_the_user_is_named(depth):
    """However many transforms are nested, the line is the one that did it, not the one that called the transform."""
    f = lambda x: helper_of_the_user(x)
    for _ in range(depth):
        f = dr.derivative(f)
    with pytest.raises(LeavesTraceError, match=r"test_errors\.py:\d+: return float\(x\)"):
        f(1.0)


def test_errors_from_within_scipy_name_the_users_line():
    """rosen is SciPy's; what cannot be carried there is reported at the line that called it."""
    with pytest.raises(TypeError, match=r"test_errors\.py:\d+"):
        dr.grad(lambda x: float(rosen(x)))(X)


def test_the_original_error_of_the_user_is_untouched():
    class Mine(Exception):
        pass

    def f(x):
        raise Mine("as it was", 3)

    for call in (lambda: dr.grad(f)(X), lambda: dr.jvp(f, (X,), (X,)), lambda: dr.vjp(f, X), lambda: dr.hessian(f)(X)):
        with pytest.raises(Mine) as caught:
            call()
        assert caught.value.args == ("as it was", 3)


@pytest.mark.parametrize("f", [lambda x: x + np.ones(4), lambda x: np.ones((2, 2)) @ x, lambda x: np.concatenate([x, np.ones((2, 2))]), lambda x: x.reshape(2, 2), lambda x: x[5],
    lambda x: x["name"], lambda x: x[0, 0], lambda x: np.sum(x, axis=3),
                               lambda x: np.stack([x, x[:2]]), lambda x: np.transpose(x, (0, 1)), lambda x: np.einsum("ij->i", x), lambda x: np.linalg.inv(x), lambda x: x + "a",
                                   lambda x: x + None, lambda x: x @ 2.0, lambda x: np.sin(x, x, x, x), lambda x: x.no_such_thing,
                               lambda x: np.sum(x, spam=1), lambda x: x.sum(spam=1), lambda x: np.squeeze(x, 0), lambda x: np.swapaxes(x, 0, 2),
                                   lambda x: np.broadcast_to(x, (2, 2)), lambda x: x(), lambda x: np.take(x, 7), lambda x: np.split(x, 2)])
def test_mistakes_that_numpy_refuses_are_refused(f):
    """The same kind of error as without derivatives; an unknown keyword counts as one without a rule."""
    with pytest.raises(Exception) as plain:  # noqa: PT011
        f(X)
    family = next(kind for kind in (IndexError, TypeError, AttributeError, ValueError) if isinstance(plain.value, kind))
    for call in (lambda: dr.vjp(f, X), lambda: dr.jvp(f, (X,), (X,)), lambda: dr.jvp(lambda x: dr.vjp(f, x)[0], (X,), (X,))):
        with pytest.raises((family, NoRuleError)):
            call()
