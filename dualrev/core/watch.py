"""Plain arrays that a tape keeps for the way back, and what happens when the program changes one in the meantime.

Small arrays are copied. Of large ones a fingerprint is remembered and compared before the tape is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import DualrevError

__all__ = ["kept", "verify"]

SMALL = 1 << 15  # bytes up to which a copy costs less than it is worth thinking about
ROW = 8 * 1021  # bytes in a row of the fold; the prime number of words makes it unlikely that a change of order keeps to its columns


def kept(a: Any, name: str, tape: Any) -> Any:
    """Return what a tape may keep of a plain array that its owner could change."""
    if a.nbytes <= SMALL:
        return a.copy()
    tape.watched = tape.watched or []
    tape.watched.append((a, _fingerprint(a), name))
    return a


def _fingerprint(a: Any) -> bytes:
    """All bits of an array, folded by exclusive or into a thousand words, so that neither a new value nor a new order goes unnoticed."""
    words = np.ascontiguousarray(a if a.flags.c_contiguous else a.T).reshape(-1).view(np.uint8)
    whole = words.size // ROW * ROW
    folded = np.bitwise_xor.reduce(words[:whole].view(np.uint64).reshape(-1, ROW // 8), axis=0)
    return folded.tobytes() + words[whole:].tobytes()


def verify(watched: Any) -> None:
    """Check that the arrays that a tape keeps are as they were.

    Raises
    ------
    DualrevError
        If one was changed in place.
    """
    for a, before, name in watched or ():
        if _fingerprint(a) != before:
            raise DualrevError(f"an array of shape {a.shape} that {name} used was changed in place before the derivative was taken. "
                               "Give that call a copy, or write to a new array instead.")
