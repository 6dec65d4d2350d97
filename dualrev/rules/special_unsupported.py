"""scipy.special: the functions that have no derivative rule, and why."""

import scipy.special as sp

from ..core.rows import unsupported

if hasattr(sp, "sph_harm"):  # before SciPy 1.17
    unsupported(sp.sph_harm, because="SciPy has removed it in favour of sph_harm_y")
