"""What has no derivative: functions of whole numbers, lists of zeros, quadrature rules, and objects."""

import scipy.special as sp

from ...core.rows import unsupported
from ..mirror import mirror

ZEROS = "ai bei beip ber berp bi erf fresnel fresnelc fresnels jn jnjnp jnp jnyn kei keip kelvin ker kerp y0 y1 y1p yn ynp"
POLYNOMIALS = "chebyc chebys chebyt chebyu gegenbauer genlaguerre hermite hermitenorm jacobi laguerre legendre sh_chebyt sh_chebyu sh_jacobi sh_legendre"
REASONS = {
    " ".join(f"{name}_zeros" for name in ZEROS.split()): "it counts zeros, and a whole number has no derivative",
    "bernoulli euler factorial2 factorialk stirling2": "it is a function of whole numbers",
    " ".join([f"roots_{name}" for name in POLYNOMIALS.split()] + [f"{name}_roots" for name in "p t u c s j l la h he cg ps ts us js".split()]): (
        "nodes and weights of quadrature belong to a degree; their derivatives in the parameters of a weight function are not made"),
    POLYNOMIALS: "it makes a polynomial, which may be evaluated at a traced value. For the derivative in a parameter there is none; see eval_jacobi and its kin",
    "lqmn lqn lpmn lpn clpmn pbdn_seq pbdv_seq pbvv_seq riccati_jn riccati_yn lmbda": "it returns a sequence with its derivatives: use those",
    "mathieu_even_coef mathieu_odd_coef obl_cv_seq pro_cv_seq": "it returns coefficients of Mathieu or spheroidal functions, which have no rule either",
    "assoc_legendre_p assoc_legendre_p_all legendre_p legendre_p_all sph_harm_y sph_harm_y_all sph_legendre_p sph_legendre_p_all": (
        "it takes diff_n, which returns the derivatives: use those, or eval_legendre"),
    "ellip_harm ellip_harm_2 ellip_normal": "ellipsoidal harmonics come from an eigenvalue problem that is solved in compiled code",
    "btdtr btdtri": "SciPy has replaced it by betainc and betaincinv",
}
for names, reason in REASONS.items():
    unsupported(*(mirror(getattr(sp, name), room="special", name=name) for name in names.split() if callable(getattr(sp, name, None)) and not hasattr(getattr(sp, name), "nin")),
                because=reason)
