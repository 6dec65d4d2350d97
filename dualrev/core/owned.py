"""Products of dual numbers in memory that nobody else holds: new memory costs more than the product."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .forward import ALONE, Dual, SizedDual
from .numbers import REALS

__all__ = ["scale"]



def scale(p: Any, g: Any) -> bool:
    """Multiply a dual array by g in its own memory; report whether that could be done."""
    if type(p) is not SizedDual or p is g or p._support is not None or sys.getrefcount(p._value) > ALONE or sys.getrefcount(p._aux) > ALONE:
        return False
    value, tangent = p._value, p._aux
    if not (_writable(value) and _writable(tangent)):
        return False
    if not isinstance(g, Dual):
        if not _fits(g, value):
            return False
        np.multiply(tangent, g, tangent)
        np.multiply(value, g, value)
        return True
    if g._trace is not p._trace or g._support is not None or not (_fits(g._value, value) and _fits(g._aux, value)):
        return False
    np.multiply(tangent, g._value, tangent)
    np.add(tangent, value * g._aux, tangent)
    np.multiply(value, g._value, value)
    return True


def _writable(a: Any) -> bool:
    return type(a) is np.ndarray and a.base is None and a.flags.writeable


def _fits(g: Any, value: Any) -> bool:
    """Whether a product with a plain g has the form of the value."""
    return type(g) in REALS or (type(g) is np.ndarray and g.dtype == value.dtype and g.shape == value.shape)
