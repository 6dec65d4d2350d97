"""scipy.special: hypergeometric functions in their variable, and orthogonal polynomials."""

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise

PARAMETERS = "in the variable; the parameters raise"
elementwise(sp.hyp0f1, None, lambda y, b, z: sp.hyp0f1(b + 1, z) / b, domain=(0.3, 2.0), notes=PARAMETERS)
elementwise(sp.hyp1f1, None, None, lambda y, a, b, z: a / b * sp.hyp1f1(a + 1, b + 1, z), domain=(0.3, 2.0), notes=PARAMETERS)
elementwise(sp.hyp2f1, None, None, None, lambda y, a, b, c, z: a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z), domain=(0.1, 0.7), notes=PARAMETERS)
elementwise(sp.hyperu, None, None, lambda y, a, b, x: -a * sp.hyperu(a + 1, b + 1, x), domain=(0.3, 2.0), notes=PARAMETERS)

DEGREE = "the degree and the parameters raise"


def polynomial(function, partial, *parameters):
    """Declare the derivative in the variable, which comes last."""
    elementwise(function, *(None for _ in range(1 + len(parameters))), partial, notes=DEGREE,
                domain=[lambda rng, n=n: ((n, *parameters, rng.uniform(-0.9, 0.9, 3)), {}) for n in (0, 1, 4)])


def below(n):
    """The degree of the derivative; a derivative of degree -1 has the factor 0."""
    return np.maximum(n - 1, 0)


def vanishing(n):
    """0 for the constant polynomial, 1 else."""
    return (n != 0) * 1.0


polynomial(sp.eval_jacobi, lambda y, n, a, b, x: vanishing(n) * (n + a + b + 1) / 2 * sp.eval_jacobi(below(n), a + 1, b + 1, x), 0.5, 0.7)
polynomial(sp.eval_sh_jacobi, lambda y, n, p, q, x: vanishing(n) * (n + p) * sp.eval_jacobi(below(n), p - q + 1, q, 2 * x - 1) / sp.binom(2 * n + p - 1, n), 1.7, 0.6)
polynomial(sp.eval_gegenbauer, lambda y, n, a, x: vanishing(n) * 2 * a * sp.eval_gegenbauer(below(n), a + 1, x), 0.8)
polynomial(sp.eval_legendre, lambda y, n, x: vanishing(n) * sp.eval_gegenbauer(below(n), 1.5, x))
polynomial(sp.eval_sh_legendre, lambda y, n, x: 2 * vanishing(n) * sp.eval_gegenbauer(below(n), 1.5, 2 * x - 1))
polynomial(sp.eval_chebyt, lambda y, n, x: n * sp.eval_chebyu(below(n), x))
polynomial(sp.eval_chebyc, lambda y, n, x: n * sp.eval_chebys(below(n), x))
polynomial(sp.eval_sh_chebyt, lambda y, n, x: 2 * n * sp.eval_sh_chebyu(below(n), x))
polynomial(sp.eval_chebyu, lambda y, n, x: 2 * vanishing(n) * sp.eval_gegenbauer(below(n), 2.0, x))
polynomial(sp.eval_chebys, lambda y, n, x: vanishing(n) * sp.eval_gegenbauer(below(n), 2.0, x / 2))
polynomial(sp.eval_sh_chebyu, lambda y, n, x: 4 * vanishing(n) * sp.eval_gegenbauer(below(n), 2.0, 2 * x - 1))
polynomial(sp.eval_laguerre, lambda y, n, x: -vanishing(n) * sp.eval_genlaguerre(below(n), 1.0, x))
polynomial(sp.eval_genlaguerre, lambda y, n, a, x: -vanishing(n) * sp.eval_genlaguerre(below(n), a + 1, x), 0.6)
polynomial(sp.eval_hermite, lambda y, n, x: 2 * n * sp.eval_hermite(below(n), x))
polynomial(sp.eval_hermitenorm, lambda y, n, x: n * sp.eval_hermitenorm(below(n), x))
