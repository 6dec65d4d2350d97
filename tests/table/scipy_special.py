"""Samples for what is not a ufunc in dr.scipy.special."""

import numpy as np
from drawing import args, with_keywords
from scipy import special

from dualrev.rules.special_inverses import to_root
from dualrev.rules.special_noncentral import settled
from dualrev.rules.special_spheroidal import own_value, right_pair
from dualrev.scipy import special as sp
from dualrev.scipy.special import exponentials

SIGNED = np.array([[1.0, -2.0, 0.5], [0.3, 1.0, 1.5]])
SAMPLES = {
    sp.softmax: with_keywords({}, {"axis": 0}, {"axis": (0, 1)}),
    sp.log_softmax: with_keywords({}, {"axis": 0}, {"axis": (0, 1)}),
    sp.logsumexp: [*with_keywords({}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}, {"axis": -1, "b": np.exp(SIGNED)}, {"axis": 1, "b": SIGNED, "return_sign": True}),
                   lambda d: ((d(2, 3), 1, d.pos(3)), {}), lambda d: ((d(3), None, d.pos(2, 3)), {"keepdims": True})],
    exponentials.log_sum: args(lambda d: (d(2, 3), d.pos(2, 3), 1, False, False), lambda d: (d(3), None, None, True, False)),
    sp.comb: [lambda d: ((4 + d.pos(3), d.pos(3)), {}), lambda d: ((4 + d.pos(3), d.pos()[()]), {"repetition": True})],
    sp.perm: args(lambda d: (4 + d.pos(3), d.pos(3))),
    sp.factorial: args(lambda d: (d.pos(3),)),
    sp.zeta: args(lambda d: (1.2 + d.pos(3),), lambda d: (1.2 + d.pos(3), d.pos(3))),
    sp.assoc_laguerre: args(lambda d: (d(3), 2), lambda d: (d(3), 3, 0.5)),
    sp.lambertw: args(lambda d: (d.pos(3),), lambda d: (d.z(3), 1)),
    sp.diric: args(lambda d: (d(4, lo=-9.0, hi=9.0), 4), lambda d: (d(4, lo=-9.0, hi=9.0), 5), lambda d: (d(2), 1)),
    **{f: [lambda d, n=n: ((2, d.pos(3)), {"n": n}) for n in (0, 1, 2)] for f in (sp.jvp, sp.yvp, sp.ivp, sp.kvp, sp.h1vp, sp.h2vp)},
    **{f: [lambda d, k=k: ((2, d.pos(3)), {"derivative": k}) for k in (False, True)] for f in (sp.spherical_jn, sp.spherical_yn, sp.spherical_in, sp.spherical_kn)},
}
if "softplus" in dir(sp):
    SAMPLES[sp.softplus] = with_keywords({}, {})


def exactly(function, of, slot):
    """Call an inverse whose roots SciPy finds to a few digits, and make them exact: there are no differences of it otherwise."""
    return lambda *args: function(*args) + to_root(of, slot, function(*args), *args)


CALLED = {special.chndtridf: exactly(special.chndtridf, special.chndtr, 1), special.chndtrinc: exactly(special.chndtrinc, special.chndtr, 2)}
SPHEROIDAL = [f for name, f in vars(special).items() if name.startswith(("pro_", "obl_")) and isinstance(f, np.ufunc)]


def in_double(function):
    """Call a function of SciPy that does not come back from single precision in double."""
    return lambda *args: function(*(a.astype(float) if hasattr(a, "dtype") else a for a in args))


CALLED |= {f: in_double(f) for f in SPHEROIDAL}
CALLED |= {f: exactly(f, special.ncfdtr, slot) for slot, f in enumerate((special.ncfdtridfn, special.ncfdtridfd, special.ncfdtrinc))}
PAIR = special.pro_rad2(1, 2, 3.5, 2.5)
ARGUMENTS = {exponentials.sign_of_sum: lambda x: (x, None, None, False), to_root: lambda x: (special.chndtr, 0, 2 + 0.001 * x, special.chndtr(2.0, 3.0, 1.0), 3.0, 1.0)}
ARGUMENTS |= {own_value: lambda x: (1, 2, 1.5, special.pro_cv(1, 2, 1.5) + 1e-10 * x, 1), right_pair: lambda x: (PAIR[0] + 1e-12 * x, PAIR[1], 1, 2, 3.5, 2.5, np.nan, 1)}
ARGUMENTS[settled] = lambda x: (x, 2.0, 3.0)
