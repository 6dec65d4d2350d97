"""Silence for floating-point warnings while derivatives are computed: slopes of what a program did not choose may be infinite.

``np.errstate`` costs more than the derivative of a small array, so NumPy's own context variable is set where it is there to be set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["hush", "unhush"]


def _by_errstate() -> tuple[Callable[[], Any], Callable[[Any], None]]:
    def hush() -> Any:
        state = np.errstate(all="ignore")
        state.__enter__()
        return state

    return hush, lambda state: state.__exit__(None, None, None)


def _by_variable() -> tuple[Callable[[], Any], Callable[[Any], None]]:
    from numpy._core.umath import _extobj_contextvar as variable
    from numpy._core.umath import _make_extobj as make

    silent, setter = make(all="ignore"), variable.set
    return lambda: setter(silent), variable.reset


try:
    hush, unhush = _by_variable()
    unhush(hush())
except (ImportError, AttributeError, TypeError):
    hush, unhush = _by_errstate()
