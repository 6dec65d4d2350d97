"""scipy.special: exponential, trigonometric and Fresnel integrals, the dilogarithm and Lambert's functions; and what has no rule yet."""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import TABLE, composite, decomposed, elementwise, unsupported
from ..core.tracer import Tracer, apply, passive

elementwise(sp.exp1, lambda y, x: -np.exp(-x) / x, domain=(0.3, 2.0))
elementwise(sp.expi, lambda y, x: np.exp(x) / x, domain=(0.3, 2.0))


def expn_slope(y, n, x):
    """-E_(n-1); E_0 = e**-x / x."""
    first = n == 0
    return np.where(first, -np.exp(-x) * (1 + 1 / x) / x, -sp.expn(np.where(first, 0, n - 1), x))[()]


elementwise(sp.expn, None, expn_slope, domain=[lambda rng, n=n: ((n, rng.uniform(0.3, 2.0, 3)), {}) for n in (0, 1, 3)], notes="the order is an integer")


def sinhc(x):
    """sinh(x) / x."""
    return np.sinh(x) / x if np.iscomplexobj(passive(x)) else (sp.exprel(x) + sp.exprel(-x)) / 2


def component(pair, k, name):
    """One of two values as a function of its own, so that an infinite slope of the other does not reach it."""
    def part(x):
        return apply(part, (x,), {}) if isinstance(x, Tracer) else pair(x)[k]

    part.__name__ = name
    return part


sine, cosine = component(sp.sici, 0, "sine_integral"), component(sp.sici, 1, "cosine_integral")
hyperbolic_sine, hyperbolic_cosine = component(sp.shichi, 0, "hyperbolic_sine_integral"), component(sp.shichi, 1, "hyperbolic_cosine_integral")
elementwise(sine, lambda y, x: np.sinc(x / math.pi), domain=(0.3, 2.0))
elementwise(cosine, lambda y, x: np.cos(x) / x, domain=(0.3, 2.0))
elementwise(hyperbolic_sine, lambda y, x: sinhc(x), domain=(0.3, 2.0))
elementwise(hyperbolic_cosine, lambda y, x: np.cosh(x) / x, domain=(0.3, 2.0))
decomposed(sp.sici, lambda x: (sine(x), cosine(x)), domain=lambda rng: ((rng.uniform(0.3, 2.0, 4),), {}))
decomposed(sp.shichi, lambda x: (hyperbolic_sine(x), hyperbolic_cosine(x)), domain=lambda rng: ((rng.uniform(0.3, 2.0, 4),), {}))
composite(sp.fresnel, lambda t, y, x: (t * np.sin(math.pi / 2 * x * x), t * np.cos(math.pi / 2 * x * x)),
          vjp=(lambda g, y, x: g[0] * np.sin(math.pi / 2 * x * x) + g[1] * np.cos(math.pi / 2 * x * x),), domain=lambda rng: ((rng.uniform(-2.0, 2.0, 4),), {}), multiple=True)


def spence_slope(y, x):
    """log(x) / (1 - x), which is -1 at 1."""
    return np.log(x) / (1 - x) if np.iscomplexobj(passive(x)) else -1 / sp.exprel(np.log(x))


elementwise(sp.spence, spence_slope, domain=(0.3, 2.0))
elementwise(sp.wrightomega, lambda y, z: y / (1 + y))
elementwise(sp._ufuncs._lambertw, lambda y, z, k, tol: np.exp(-y) / (1 + y), None, None, name="scipy.special.lambertw",
            domain=[lambda rng: ((rng.uniform(0.3, 2.0, 3) + 1j * rng.uniform(0.3, 2.0, 3), 0, 1e-8), {}), lambda rng: ((rng.uniform(0.3, 2.0, 3), 1, 1e-8), {})])

REASONS = {
    "it inverts a distribution function in a parameter; invert it with scipy.optimize.root and jac=dualrev.jacobian(f)": (
        sp.bdtri, sp.bdtrik, sp.bdtrin, sp.btdtria, sp.btdtrib, sp.chdtriv, sp.chndtridf, sp.chndtrinc, sp.chndtrix, sp.fdtri, sp.fdtridfd, sp.gdtria, sp.gdtrib, sp.gdtrix,
        sp.kolmogi, sp.nbdtri, sp.nbdtrik, sp.nbdtrin, sp.ncfdtri, sp.ncfdtridfd, sp.ncfdtridfn, sp.ncfdtrinc, sp.nctdtridf, sp.nctdtrinc, sp.nctdtrit, sp.nrdtrimn, sp.nrdtrisd,
        sp.pdtri, sp.pdtrik, sp.smirnovi, sp.stdtridf),
    "the derivatives of this distribution are not made yet": (sp.chndtr, sp.ncfdtr, sp.nctdtr, sp.kolmogorov, sp.smirnov, sp.tklmbda),
    "Mathieu functions have no derivative in the parameter": (
        sp.mathieu_a, sp.mathieu_b, sp.mathieu_cem, sp.mathieu_sem, sp.mathieu_modcem1, sp.mathieu_modcem2, sp.mathieu_modsem1, sp.mathieu_modsem2),
    "spheroidal wave functions have no derivative in the parameter": (
        sp.obl_ang1, sp.obl_ang1_cv, sp.obl_cv, sp.obl_rad1, sp.obl_rad1_cv, sp.obl_rad2, sp.obl_rad2_cv,
        sp.pro_ang1, sp.pro_ang1_cv, sp.pro_cv, sp.pro_rad1, sp.pro_rad1_cv, sp.pro_rad2, sp.pro_rad2_cv),
    "parabolic cylinder functions return their derivative beside the value: use that": (sp.pbdv, sp.pbvv, sp.pbwa),
    "the scaling of airye and kelvin's pairs is not smooth: use airy, ber, bei, ker, kei": (sp.airye, sp.kelvin),
    "integrals of Bessel, Airy and Struve functions: differentiate the integrand": (
        sp.besselpoly, sp.it2i0k0, sp.it2j0y0, sp.it2struve0, sp.itairy, sp.iti0k0, sp.itj0y0, sp.itmodstruve0, sp.itstruve0, sp.modfresnelm, sp.modfresnelp),
    "Wright's generalised Bessel function and associated Legendre functions are not made yet": (
        sp.wright_bessel, sp.lpmv, *(getattr(sp, name) for name in ("log_wright_bessel", "sph_harm") if hasattr(sp, name))),  # from SciPy 1.14, and before 1.17
}
for reason, functions in REASONS.items():
    unsupported(*(function for function in functions if function not in TABLE), because=reason)
