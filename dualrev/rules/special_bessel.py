"""scipy.special: Bessel functions and their relatives, in the argument and in the order."""

import numpy as np
import scipy.special as sp

from ..core.errors import NoRuleError, at_line
from ..core.rows import composite, elementwise
from ..core.tracer import passive
from .arithmetic import number
from .bessel_order import order_slope


def first_order(slope, quick):
    """The slope of a function y of order 1, by its neighbours; by y / x, which is quicker but loses digits in further derivatives, for plain numbers other than 0."""
    return lambda y, x: quick(y, x) if type(x) is np.ndarray and x.dtype.kind == "f" and np.all(x) else slope(y, x)


elementwise(sp.j0, lambda y, x: -sp.j1(x))
elementwise(sp.j1, first_order(lambda y, x: (sp.j0(x) - sp.jv(2, x)) / 2, lambda y, x: sp.j0(x) - y / x))
elementwise(sp.y0, lambda y, x: -sp.y1(x), domain=(0.3, 3.0))
elementwise(sp.y1, first_order(lambda y, x: (sp.y0(x) - sp.yv(2, x)) / 2, lambda y, x: sp.y0(x) - y / x), domain=(0.3, 3.0))
elementwise(sp.i0, lambda y, x: sp.i1(x))
elementwise(sp.i1, first_order(lambda y, x: (sp.i0(x) + sp.iv(2, x)) / 2, lambda y, x: sp.i0(x) - y / x))
elementwise(sp.k0, lambda y, x: -sp.k1(x), domain=(0.3, 3.0))
elementwise(sp.k1, first_order(lambda y, x: -(sp.k0(x) + sp.kv(2, x)) / 2, lambda y, x: -sp.k0(x) - y / x), domain=(0.3, 3.0))
elementwise(sp.i0e, lambda y, x: sp.i1e(x) - np.sign(x) * y, domain=(0.3, 3.0))
elementwise(sp.i1e, first_order(lambda y, x: (sp.i0e(x) + sp.ive(2, x)) / 2 - np.sign(x) * y, lambda y, x: sp.i0e(x) - y / x - np.sign(x) * y), domain=(0.3, 3.0))
elementwise(sp.k0e, lambda y, x: y - sp.k1e(x), domain=(0.3, 3.0))
elementwise(sp.k1e, first_order(lambda y, x: y - (sp.k0e(x) + sp.kve(2, x)) / 2, lambda y, x: y - sp.k0e(x) - y / x), domain=(0.3, 3.0))

elementwise(sp.jv, lambda y, v, z: order_slope(v, z, 1, "j"), lambda y, v, z: (sp.jv(v - 1, z) - sp.jv(v + 1, z)) / 2, domain=(0.3, 3.0))
elementwise(sp.yv, lambda y, v, z: order_slope(v, z, 1, "y"), lambda y, v, z: (sp.yv(v - 1, z) - sp.yv(v + 1, z)) / 2, domain=(0.3, 3.0))
elementwise(sp.iv, lambda y, v, z: order_slope(v, z, 1, "i"), lambda y, v, z: (sp.iv(v - 1, z) + sp.iv(v + 1, z)) / 2, domain=(0.3, 3.0))
elementwise(sp.kv, lambda y, v, z: order_slope(v, z, 1, "k"), lambda y, v, z: -(sp.kv(v - 1, z) + sp.kv(v + 1, z)) / 2, domain=(0.3, 3.0))


def real(function, z):
    """Refuse complex arguments of a function that is scaled by a modulus, which is not holomorphic."""
    if np.iscomplexobj(passive(z)):
        raise NoRuleError(f"scipy.special.{function} has no derivative rule for complex arguments{at_line()}: it is not holomorphic. Use the function that is not scaled.")
    return z


def jve_slope(y, v, z):
    """That of jv, which it is for real arguments."""
    return (sp.jve(v - 1, real("jve", z)) - sp.jve(v + 1, z)) / 2


def yve_slope(y, v, z):
    """That of yv, which it is for real arguments."""
    return (sp.yve(v - 1, real("yve", z)) - sp.yve(v + 1, z)) / 2


def ive_slope(y, v, z):
    """That of iv(v, x) e**-|x|."""
    return (sp.ive(v - 1, real("ive", z)) + sp.ive(v + 1, z)) / 2 - np.sign(z) * y


elementwise(sp.jve, lambda y, v, z: order_slope(v, real("jve", z), 1, "j"), jve_slope, domain=(0.3, 3.0), notes="real arguments")
elementwise(sp.yve, lambda y, v, z: order_slope(v, real("yve", z), 1, "y"), yve_slope, domain=(0.3, 3.0), notes="real arguments")
elementwise(sp.ive, lambda y, v, z: order_slope(v, real("ive", z), 1, "i") * np.exp(-np.abs(z)), ive_slope, domain=(0.3, 3.0), notes="real arguments")
elementwise(sp.kve, lambda y, v, z: order_slope(v, z, 1, "k") * np.exp(z), lambda y, v, z: y - (sp.kve(v - 1, z) + sp.kve(v + 1, z)) / 2, domain=(0.3, 3.0))
ORDERED: list = [lambda rng: ((2, rng.uniform(0.5, 3.0, 4)), {}), lambda rng: ((0, rng.uniform(0.5, 3.0, 2)), {})]
elementwise(sp.kn, None, lambda y, n, x: -(sp.kn(np.abs(n - 1), x) + sp.kn(n + 1, x)) / 2, domain=ORDERED, notes="the order is an integer: use kv for the derivative in it")
elementwise(sp.yn, None, lambda y, n, x: (sp.yn(n - 1, x) - sp.yn(n + 1, x)) / 2, domain=ORDERED, notes="the order is an integer: use yv for the derivative in it")



def turned(v, z, sign):
    """The derivative in the order of a Hankel function J + i Y or J - i Y of a real argument."""
    return order_slope(v, z, 1, "j") + sign * 1j * order_slope(v, z, 1, "y")


for hankel, scaled, s in ((sp.hankel1, sp.hankel1e, 1), (sp.hankel2, sp.hankel2e, -1)):
    elementwise(hankel, lambda y, v, z, s=s: turned(v, z, s), lambda y, v, z, h=hankel: (h(v - 1, z) - h(v + 1, z)) / 2, domain=(0.3, 3.0), notes="the order for real arguments")
    elementwise(scaled, lambda y, v, z, s=s: turned(v, z, s) * np.exp(-1j * s * z), lambda y, v, z, h=scaled, s=s: (h(v - 1, z) - h(v + 1, z)) / 2 - 1j * s * y,
                domain=(0.3, 3.0), notes="the order for real arguments")

for sphere, sign in ((sp._ufuncs._spherical_jn, -1), (sp._ufuncs._spherical_yn, -1), (sp._ufuncs._spherical_in, 1), (sp._ufuncs._spherical_kn, 1)):
    whole = -1 if sphere is sp._ufuncs._spherical_kn else 1
    elementwise(sphere, None, lambda y, n, z, f=sphere, s=sign, w=whole: w * (n * f(np.maximum(n - 1, 0), z) + s * (n + 1) * f(n + 1, z)) / (2 * n + 1),
                domain=ORDERED, name="scipy.special." + sphere.__name__[1:], notes="the order is an integer")

composite(sp.airy, lambda t, y, z: (t * y[1], t * z * y[0], t * y[3], t * z * y[2]), multiple=True,
          vjp=(lambda g, y, z: g[0] * y[1] + g[1] * z * y[0] + g[2] * y[3] + g[3] * z * y[2],), domain=lambda rng: ((rng.uniform(-2.0, 2.0, 4),), {}))


def over(a, x):
    """A / x, for functions that vanish at 0 like a multiple of x: this is not their limit but NaN there."""
    return number(a / x)


elementwise(sp.ber, lambda y, x: sp.berp(x), domain=(0.3, 3.0))
elementwise(sp.bei, lambda y, x: sp.beip(x), domain=(0.3, 3.0))
elementwise(sp.ker, lambda y, x: sp.kerp(x), domain=(0.3, 3.0))
elementwise(sp.kei, lambda y, x: sp.keip(x), domain=(0.3, 3.0))
elementwise(sp.berp, lambda y, x: -sp.bei(x) - over(y, x), domain=(0.3, 3.0))
elementwise(sp.beip, lambda y, x: sp.ber(x) - over(y, x), domain=(0.3, 3.0))
elementwise(sp.kerp, lambda y, x: -sp.kei(x) - over(y, x), domain=(0.3, 3.0))
elementwise(sp.keip, lambda y, x: sp.ker(x) - over(y, x), domain=(0.3, 3.0))
