"""Plain arrays that a tape keeps for the way back, and what happens when the program changes one in the meantime.

Small arrays are copied. Large ones are write-protected while the function runs; where the tape outlives that, a fingerprint of
them is compared before the tape is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import DualrevError, line_of, user_line

__all__ = ["explain", "fingerprints", "kept", "release", "verify"]

SMALL = 1 << 15  # bytes up to which a copy costs less than it is worth thinking about
ROW = 8 * 1021  # bytes in a row of the fold; with a prime number of words, a change of order hardly ever keeps to its columns


def kept(a: Any, name: str, tape: Any) -> Any:
    """Return what a tape may keep of a plain array that its owner could change."""
    if a.nbytes <= SMALL:
        return a.copy()
    a.flags.writeable = False
    tape.watched = tape.watched or []
    tape.watched.append((a, name))
    return a


def release(watched: Any) -> None:
    """Let the arrays be written to again; a view can only after its base."""
    locked = [a for a, _ in watched]
    while locked:
        still = []
        for a in locked:
            try:
                a.flags.writeable = True
            except ValueError:
                still.append(a)
        if len(still) == len(locked):
            return
        locked = still


def explain(error: ValueError, watched: Any) -> None:
    """Raise the error of a write to a protected array in words that help; return where the error is another one."""
    if watched and "read-only" in str(error):
        names = ", ".join(sorted({name for _, name in watched}))
        raise DualrevError(f"an array that {names} used was about to be changed in place before the derivative was taken (at {_line_of(error)}). "
                           "Give that call a copy, or write to a new array instead.") from error


def _line_of(error: BaseException) -> str:
    """The user's line from which an error came."""
    trace, line = error.__traceback__, user_line()
    while trace is not None:
        line = line_of(trace.tb_frame, trace.tb_lineno) or line
        trace = trace.tb_next
    return line


def fingerprints(watched: Any) -> list[Any]:
    """Remember the arrays of a tape that outlives the function's run."""
    return [(a, _fingerprint(a), name) for a, name in watched or ()]


def _fingerprint(a: Any) -> bytes:
    """All bits of an array, folded by exclusive or into a thousand words, so that neither a new value nor a new order goes unnoticed."""
    words = np.ascontiguousarray(a if a.flags.c_contiguous else a.T).reshape(-1).view(np.uint8)
    whole = words.size // ROW * ROW
    folded = np.bitwise_xor.reduce(words[:whole].view(np.uint64).reshape(-1, ROW // 8), axis=0)
    return folded.tobytes() + words[whole:].tobytes()


def verify(remembered: Any) -> None:
    """Check that the arrays that a tape keeps are as they were.

    Raises
    ------
    DualrevError
        If one was changed in place.
    """
    for a, before, name in remembered:
        if _fingerprint(a) != before:
            raise DualrevError(f"an array of shape {a.shape} that {name} used was changed in place before the derivative was taken. "
                               "Give that call a copy, or write to a new array instead.")
