"""Points for spheroidal wave functions, as in cases_closed: near the poles, small and large c, and where SciPy's own value is not good to eight digits (c = 20)."""

import mpmath as mp
from scipy import special as sp

from tests.rules.exact_spheroidal import angular, given_pair, pair, radial, value

ANGLES = [(1, 2, 3.5, 0.4), (0, 3, 0.2, -0.999), (2, 7, 9.0, 0.1), (0, 0, 20.0, 0.3)]
RADII = [(1, 2, 3.5, 1.9), (0, 3, 1.5, 9.0), (2, 7, 9.0, 1.3), (0, 0, 12.0, 1.9)]
FAR = [(1, 2, 3.5, 1.9), (0, 3, 5.0, 3.0)]
CASES, SEVERAL, ACTIVE = {}, {}, {}
for sign, family in ((1, "pro"), (-1, "obl")):
    of = {name: getattr(sp, f"{family}_{name}") for name in "cv ang1 ang1_cv rad1 rad1_cv rad2 rad2_cv".split()}
    CASES[of["cv"]] = value(sign), [(1, 2, 3.5), (0, 5, 0.1), (3, 4, 20.0)], (None, None, 1e-11)
    for name, function, points in (("ang1", angular(sign), ANGLES), ("rad1", radial(sign, mp.besselj), RADII), ("rad2", radial(sign, mp.bessely), FAR)):
        SEVERAL[of[name]] = pair(function), points
        SEVERAL[of[name + "_cv"]] = given_pair(function), [(m, n, c, float(of["cv"](m, n, c)), x) for m, n, c, x in points[:2]]
        ACTIVE[of[name]] = (3,) if name == "rad2" else (2, 3)
LOOSE = {function: 1e-8 if "rad2" in function.__name__ else 1e-10 for function in SEVERAL}
