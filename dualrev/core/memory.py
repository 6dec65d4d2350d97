"""Keep the memory of freed arrays in the process, so that the arrays of the next call find it warm."""

from __future__ import annotations

import numpy as np

__all__ = ["keep_freed"]

# glibc hands large freed blocks to the system, and each that is asked for again comes back as pages of zeros, which costs more than a product. How large is large, it learns from
# the blocks that are freed, up to 32 MB; other C libraries learn nothing from one.
_JUST_BELOW = (1 << 25) - (1 << 13)


def keep_freed() -> None:
    """Free one block of just below 32 MB, which nobody has touched and which therefore costs nothing."""
    np.empty(_JUST_BELOW, np.uint8)
