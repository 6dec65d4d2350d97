"""Plain arrays that a tape keeps for the way back, and what happens when the program changes one in the meantime.

Small arrays are copied. Of large ones a sample of entries is remembered and compared before the tape is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import DualrevError

__all__ = ["kept", "verify"]

SMALL = 1 << 15  # bytes up to which a copy costs less than it is worth thinking about
SAMPLES = 512


def kept(a: Any, name: str, tape: Any) -> Any:
    """Return what a tape may keep of a plain array that its owner could change."""
    if a.nbytes <= SMALL:
        return a.copy()
    tape.watched = tape.watched or []
    tape.watched.append((a, _sample(a), name))
    return a


def _sample(a: Any) -> bytes:
    """Some entries spread over the array, its first and last among them."""
    flat = a.reshape(-1) if a.flags.c_contiguous else a.T.reshape(-1) if a.flags.f_contiguous else a.flat
    step = max(a.size // SAMPLES, 1)
    return flat[::step].tobytes() + np.asarray(flat[a.size - 1]).tobytes()


def verify(watched: Any) -> None:
    """Check that the arrays that a tape keeps are as they were.

    Raises
    ------
    DualrevError
        If one was changed in place.
    """
    for a, sample, name in watched or ():
        if _sample(a) != sample:
            raise DualrevError(f"an array of shape {a.shape} that {name} used was changed in place before the derivative was taken. "
                               "Give that call a copy, or write to a new array instead.")
