"""SciPy's functions that do not ask their arguments what to do, under their own names and with derivatives.

``dr.scipy.linalg.expm(a)`` is ``scipy.linalg.expm(a)``: SciPy computes the value, with SciPy's signature, and the table holds the derivative. A name that
needs no help, such as ``dr.scipy.special.gammaln``, is SciPy's own object. A room is imported when it is first used.

Examples
--------
>>> import numpy as np, dualrev as dr
>>> dr.grad(dr.scipy.special.logsumexp)(np.array([0.0, 0.0]))
array([0.5, 0.5])
"""

from __future__ import annotations

import importlib
from typing import Any

from ..rules import later

__all__ = [
    "fft",
    "interpolate",
    "linalg",
    "ndimage",
    "signal",
    "special",
    "stats",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"dualrev.scipy has no {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)


def _fill() -> None:
    """Import every room, so that the table is complete."""
    for name in __all__:
        __getattr__(name)


later.append(_fill)
