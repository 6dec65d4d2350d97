"""Plain arrays that a tape keeps for the way back, and what happens when the program changes one in the meantime.

Small arrays are copied. Large ones are write-protected while the function runs, with the array that owns their memory; parts of
larger arrays are compared by a fingerprint, and so is everything that a tape keeps beyond the function's run.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from .debugging import active
from .errors import DualrevError, line_of_error

__all__ = ["explain", "fingerprint", "fingerprints", "guard", "kept", "recheck", "release", "verify"]

SMALL = 1 << 15  # bytes up to which a copy costs less than it is worth thinking about
ROW = 8 * 1021  # bytes in a row of the fold; with a prime number of words, a change of order hardly ever keeps to its columns

_LOCKED: dict[int, Protected] = {}
_lock = threading.Lock()


class Protected:
    """An array that must not be written to, how many tapes ask for that, and its views that were made read-only with it."""

    __slots__ = ("count", "owner", "views")

    def __init__(self, owner: Any) -> None:
        self.owner, self.count = owner, 0
        self.views: list[Any] = []


def kept(a: Any, name: str, tape: Any) -> Any:
    """Return what a tape may keep of a plain array."""
    owner = a
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if not (owner.flags.writeable or owner.base is not None or id(owner) in _LOCKED):
        return a  # nobody can change it
    if a.nbytes <= SMALL:
        return a.copy("K")
    whole = owner.base is None and owner.nbytes == a.nbytes
    if whole:
        _protect(owner, a)
    compared = fingerprint(a) if not whole or active.get() is not None else None
    tape.watched = tape.watched or []
    tape.watched.append((a, owner if whole else None, name, compared))
    return a


def guard(a: Any, owner: Any, name: str, tape: Any) -> bool:
    """Protect an array, and the one that owns its memory, while a tape is recorded; report whether that is needed."""
    if not owner.flags.writeable and id(owner) not in _LOCKED:
        return False
    _protect(owner, a)
    tape.watched = tape.watched or []
    tape.watched.append((a, owner, name, None if active.get() is None else fingerprint(a)))
    return True


def _protect(owner: Any, a: Any) -> None:
    """Make an array and a view of all of it read-only."""
    with _lock:
        entry = _LOCKED.setdefault(id(owner), Protected(owner))
        entry.count += 1
        owner.flags.writeable = False
        if a is not owner and a.flags.writeable:
            a.flags.writeable = False
            entry.views.append(a)


def release(watched: Any) -> None:
    """Let the arrays be written to again that no other tape protects."""
    with _lock:
        for _, owner, _, _ in watched:
            if owner is None:
                continue
            entry = _LOCKED[id(owner)]
            entry.count -= 1
            if entry.count == 0:
                del _LOCKED[id(owner)]
                owner.flags.writeable = True
                for view in entry.views:
                    view.flags.writeable = True


_REFUSALS = ("output array is read-only", "assignment destination is read-only")


def explain(error: Exception, watched: Any) -> None:
    """Raise the error of a write to a protected array in words that help; return where the error is another one."""
    if watched and str(error) in _REFUSALS:
        names = ", ".join(sorted({name for _, owner, name, _ in watched if owner is not None}))
        raise DualrevError(f"an array that {names} used was about to be changed in place before the derivative was taken (at {line_of_error(error)}). "
                           "Give that call a copy, or write to a new array instead.") from error


def recheck(watched: Any) -> None:
    """Compare the parts of larger arrays with what they were when they were used, and inside ``dualrev.debug()`` all arrays."""
    verify([(a, before, name) for a, _, name, before in watched if before is not None])


def fingerprints(watched: Any) -> list[Any]:
    """Remember the arrays of a tape that outlives the function's run."""
    return [(a, fingerprint(a), name) for a, _, name, _ in watched or ()]


def fingerprint(a: Any) -> bytes:
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
        if fingerprint(a) != before:
            raise DualrevError(f"an array of shape {a.shape} that {name} used was changed in place before the derivative was taken. "
                               "Give that call a copy, or write to a new array instead.")
