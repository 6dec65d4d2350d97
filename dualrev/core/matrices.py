"""How SciPy's sparse matrices meet traced arrays: who is asked for a product, and the function that gives it.

Python asks the left operand first. For ``x @ A`` that is us. For ``A @ x`` it is SciPy, which makes an array of x and leaves the product to x only if none comes
out: so an array that holds x as one object is handed to SciPy at that place, and to nobody else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import NoRuleError, at_line
from .signatures import name_of
from .tracer import Sized

__all__ = ["foreign", "is_sparse", "product"]

product: list[Callable[[Any, Any, bool], Any]] = []
"""``product[0](A, x, reflected)`` is A @ x, or x @ A where reflected; the table puts it in here."""


def is_sparse(x: Any) -> bool:
    """Whether x is a sparse matrix or array of SciPy's; scipy.sparse is not imported for that."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and sparse.issparse(x)


def foreign(ufunc: Any, x: Any, other: Any, reflected: bool) -> Any:
    """Evaluate an operator between a traced value and something that is neither an array nor a number.

    Parameters
    ----------
    ufunc : callable
        What the operator is among arrays.
    x : traced value
        One side.
    other : object
        The other; it comes first where ``reflected``.
    reflected : bool
        Whether the traced value is the right operand.

    Raises
    ------
    NoRuleError
        If it is a sparse matrix and the operator is no product.
    """
    if not is_sparse(other):
        return NotImplemented
    if ufunc is np.matmul or (ufunc is np.multiply and x.shape and isinstance(other, sys.modules["scipy.sparse"].spmatrix)):
        return product[0](other, x, not reflected)
    raise NoRuleError(f"{name_of(ufunc)} of a sparse matrix and a traced value has no derivative rule{at_line()}. "
                      "Use A @ x and x @ A for products, s * (A @ x) for one with a factor, and A.toarray() for anything else.")


def _array(self: Any) -> Any:
    caller = sys._getframe(1)
    if caller.f_code.co_name == "_matmul_dispatch" and caller.f_globals.get("__name__", "").startswith("scipy.sparse."):
        return lambda dtype=None, copy=None: _boxed(self)
    raise AttributeError("a traced array has no __array__: NumPy takes it for a sequence of traced scalars")


def _boxed(x: Any) -> Any:
    box = np.empty((), object)
    box[()] = x
    return box


setattr(Sized, "__array__", property(_array))
