"""``jacobian(f, sparse=True)`` and ``hessian(f, sparse=True)``: a plan for the last form of the arguments, kept between calls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..transforms.arguments import Selection
from .pattern import found_pattern
from .plan import KINDS, Plan, forms_of

__all__ = ["sparse_hessian", "sparse_jacobian"]


def sparse_jacobian(f: Callable[..., Any], argnums: Any, mode: str, chunk_size: int | None) -> Callable[..., Any]:
    """The sparse Jacobian as a function of the arguments."""
    return _planned(f, argnums, "jacobian", KINDS[mode], chunk_size)


def sparse_hessian(f: Callable[..., Any], argnums: Any, chunk_size: int | None) -> Callable[..., Any]:
    """The sparse Hessian as a function of the arguments."""
    return _planned(f, argnums, "hessian", "auto", chunk_size)


def _planned(f: Callable[..., Any], argnums: Any, of: str, kind: str, chunk_size: int | None) -> Callable[..., Any]:
    kept: list[tuple[Any, Plan]] = []

    @functools.wraps(f, updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        selection = Selection(f, argnums, args, kwargs, of)
        key = (selection.keys, selection.structures, forms_of(selection))
        if kept and kept[-1][0] == key:
            return kept[-1][1](*args, **kwargs)
        found = Plan(f, found_pattern(f, selection, argnums, of, False), argnums, kind, chunk_size=chunk_size)
        kept[:] = [(key, found)]
        return found(*args, **kwargs)

    return matrix
