"""scipy.special: the functions that have no derivative rule, and why."""

import scipy.special as sp

from ..core.rows import unsupported

unsupported(sp.obl_ang1, sp.obl_ang1_cv, sp.obl_rad1, sp.obl_rad1_cv, sp.obl_rad2, sp.obl_rad2_cv,
            sp.pro_ang1, sp.pro_ang1_cv, sp.pro_rad1, sp.pro_rad1_cv, sp.pro_rad2, sp.pro_rad2_cv,
            because="spheroidal wave functions return their derivative beside the value: use that (SciPy's own do not come back from single precision)")
unsupported(sp.obl_cv, sp.pro_cv, because="a characteristic value of which SciPy gives no derivative; differentiate the eigenvalue of the truncated matrix with np.linalg.eigvalsh")
if hasattr(sp, "sph_harm"):  # before SciPy 1.17
    unsupported(sp.sph_harm, because="SciPy has removed it in favour of sph_harm_y")
