"""scipy.special: the functions that have no derivative rule, and why."""

import scipy.special as sp

from ..core.rows import TABLE, unsupported

REASONS = {
    "the derivatives of this distribution are not made yet": (
        sp.chndtr, sp.ncfdtr, sp.nctdtr, sp.chndtridf, sp.chndtrinc, sp.chndtrix, sp.ncfdtri, sp.ncfdtridfd, sp.ncfdtridfn, sp.ncfdtrinc, sp.nctdtridf, sp.nctdtrinc,
        sp.nctdtrit, sp.kolmogorov, sp.kolmogi, sp.smirnov, sp.smirnovi),
    "characteristic values have no closed derivative in the parameter; differentiate the eigenvalue of the truncated matrix with np.linalg.eigvalsh": (
        sp.mathieu_a, sp.mathieu_b, sp.obl_cv, sp.pro_cv),
    "spheroidal wave functions return their derivative beside the value: use that (SciPy's own do not come back from single precision)": (
        sp.obl_ang1, sp.obl_ang1_cv, sp.obl_rad1, sp.obl_rad1_cv, sp.obl_rad2, sp.obl_rad2_cv,
        sp.pro_ang1, sp.pro_ang1_cv, sp.pro_rad1, sp.pro_rad1_cv, sp.pro_rad2, sp.pro_rad2_cv),
    "Wright's generalised Bessel function and associated Legendre functions are not made yet": (
        sp.wright_bessel, sp.lpmv, *(getattr(sp, name) for name in ("log_wright_bessel", "sph_harm") if hasattr(sp, name))),  # from SciPy 1.14, and before 1.17
}
for reason, functions in REASONS.items():
    unsupported(*(function for function in functions if function not in TABLE), because=reason)
