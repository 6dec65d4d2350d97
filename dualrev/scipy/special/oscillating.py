"""Bessel functions and their derivatives, and others that SciPy makes of its ufuncs."""

import numpy as np
import scipy.special as sp

from ...core.errors import NoRuleError, at_line
from ...core.rows import decomposed, elementwise
from ...core.tracer import Tracer, passive
from ...rules.products import array
from ..mirror import dispatched, mirror

jvp, yvp, ivp, kvp, h1vp, h2vp = (mirror(f) for f in (sp.jvp, sp.yvp, sp.ivp, sp.kvp, sp.h1vp, sp.h2vp))


def in_order(function):
    """SciPy's sum of functions of neighbouring orders."""
    return lambda v, z, n=1: function.__wrapped__(v, array(z), n)


for derivative in (jvp, yvp, ivp, kvp, h1vp, h2vp):
    decomposed(derivative, in_order(derivative))

assoc_laguerre, lambertw = mirror(sp.assoc_laguerre), mirror(sp.lambertw)
decomposed(assoc_laguerre, lambda x, n, k=0.0: sp.eval_genlaguerre(n, k, array(x)), notes="the degree and the parameter raise")
decomposed(lambertw, lambda z, k=0, tol=1e-8: sp._ufuncs._lambertw(array(z), k, tol))



def sphere(name, sign, outer):
    """Mirror a spherical Bessel function f of integer order n, whose derivative is outer (n f(n-1) + sign (n+1) f(n+1)) / (2n+1)."""
    public = mirror(getattr(sp, name))

    @dispatched
    def value(n, z):
        return public.__wrapped__(n, z)

    @dispatched
    def first(n, z):
        return public.__wrapped__(n, z, True)

    def slope(f, n, z):
        return outer * (n * f(np.maximum(n - 1, 0), z) + sign * (n + 1) * f(n + 1, z)) / (2 * n + 1)

    def body(n, z, derivative=False):
        return (first if derivative else value)(n, array(z))

    domain = [lambda rng: ((2, rng.uniform(0.5, 3.0, 4)), {}), lambda rng: ((0, rng.uniform(0.5, 3.0, 2)), {})]
    elementwise(value, None, lambda y, n, z: slope(value, n, z), name=f"scipy.special.{name} (of an array)", domain=domain)
    elementwise(first, None, lambda y, n, z: slope(first, n, z), name=f"scipy.special.{name} (its derivative)", domain=domain)
    decomposed(public, body, notes="the order is an integer")
    return public


spherical_jn, spherical_yn = sphere("spherical_jn", -1, 1), sphere("spherical_yn", -1, 1)
spherical_in, spherical_kn = sphere("spherical_in", 1, 1), sphere("spherical_kn", 1, -1)

diric = mirror(sp.diric)


def diric_slope(y, x, n):
    """-(2/n) sum(k sin(k x)), k = (n-1)/2, (n-3)/2, ... > 0."""
    if np.ndim(passive(n)) or isinstance(n, Tracer):
        raise NoRuleError(f"scipy.special.diric has a derivative rule for one integer n{at_line()}. Call it once for each.")
    k = np.arange((n - 1) / 2, 0, -1)
    return -2 / n * np.sum(k * np.sin(k * np.expand_dims(x, -1)), axis=-1) if len(k) else 0.0 * x


elementwise(diric, diric_slope, None, notes="n is one integer", domain=[lambda rng, n=n: ((rng.uniform(-9.0, 9.0, 4), n), {}) for n in (1, 4, 5)])
