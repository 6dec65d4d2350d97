"""Points for distributions, hypergeometric functions and polynomials, in the variable and in the parameters: small and large shapes, both tails.

As in cases_closed; the derivatives in the parameters are integrals and series, good to 1e-8.
"""

import mpmath as mp
from scipy import special as sp

from tests.rules.exact_special import (
    Coarse,
    Inverse,
    beta_lower,
    beta_upper,
    binomial_sum,
    chi_noncentral,
    fisher,
    fisher_noncentral,
    gamma_lower,
    gamma_upper,
    jacobi,
    laguerre,
    legendre,
    negative_sum,
    shifted_jacobi,
    smirnov,
    student,
    student_noncentral,
    tukey_quantile,
    wright,
)

C, S = 1e-12, 1e-8
GAMMAS = [(0.01, 1e-5), (0.01, 0.5), (0.5, 0.5), (2.0, 7.0), (2.0, 30.0), (30.0, 5.0), (30.0, 29.0), (30.0, 100.0), (1000.0, 1100.0), (0.3, 1e-8)]
BETAS = [(0.5, 0.5, 1e-10), (2.0, 3.0, 1e-6), (2.0, 3.0, 1 - 1e-9), (20.0, 5.0, 0.3), (20.0, 5.0, 0.9), (200.0, 300.0, 0.4), (0.05, 0.2, 0.5), (0.01, 3.0, 0.02), (1.0, 1.0, 0.3)]
QUANTILES = [(2.0, 0.3), (0.5, 1e-6), (30.0, 0.99)]
BETWEEN = [(2.0, 3.0, 0.3), (0.5, 0.7, 0.95), (20.0, 5.0, 1e-4)]
STUDENTS = [(3.0, 1.2), (3.0, -20.0), (0.5, 0.1), (50.0, 4.0)]
SMIRNOVS = [(1, 0.3), (3, 0.999), (5, 1e-3), (20, 0.19), (20, 0.21), (100, 0.6), (1000, 0.0039), (1000, 0.5), (10000, 0.01)]
FISHERS = [(2.0, 3.0, 0.7), (5.0, 10.0, 20.0), (5.0, 10.0, 1e-3)]


def upper(function):
    return lambda *xs: 1 - function(*xs)


def chi(v, x):
    return gamma_lower(v / 2, x / 2)


def scaled_gamma(a, b, x):
    return gamma_lower(b, a * x)


def poisson_sum(k, m):
    return gamma_upper(mp.floor(k) + 1, m)


def poisson_real(k, m):
    return gamma_upper(k + 1, m)


DISTRIBUTIONS = {
    sp.gammainc: (gamma_lower, GAMMAS, (S, C)), sp.gammaincc: (gamma_upper, GAMMAS, (S, C)), sp.gammaincinv: (Inverse(gamma_lower, 1, sp.gammaincinv), QUANTILES, (S, C)),
    sp.gammainccinv: (Inverse(gamma_upper, 1, sp.gammainccinv), QUANTILES, (S, C)), sp.betainc: (beta_lower, BETAS, (S, S, C)), sp.betaincc: (beta_upper, BETAS, (S, S, C)),
    sp.betaincinv: (Inverse(beta_lower, 2, sp.betaincinv), BETWEEN, (S, S, C)), sp.betainccinv: (Inverse(beta_upper, 2, sp.betainccinv), BETWEEN, (S, S, C)),
    sp.chdtr: (chi, [(3.0, 1.5), (60.0, 20.0)], (S, C)), sp.chdtrc: (upper(chi), [(3.0, 1.5), (60.0, 120.0)], (S, C)),
    sp.chdtri: (Inverse(upper(chi), 1, sp.chdtri), [(3.0, 0.2)], (S, C)), sp.chdtriv: (Inverse(chi, 0, sp.chdtriv), [(0.3, 2.0)], (S, S)),
    sp.gdtr: (scaled_gamma, [(0.7, 2.0, 3.0)], (C, S, C)), sp.gdtrc: (upper(scaled_gamma), [(0.7, 2.0, 3.0)], (C, S, C)),
    sp.gdtria: (Inverse(scaled_gamma, 0, sp.gdtria), [(0.3, 2.0, 3.0)], (S, S, S)), sp.gdtrib: (Inverse(scaled_gamma, 1, sp.gdtrib), [(0.7, 0.3, 3.0)], (S, S, S)),
    sp.gdtrix: (Inverse(scaled_gamma, 2, sp.gdtrix), [(0.7, 2.0, 0.3)], (S, S, S)), sp.pdtr: (poisson_sum, [(3.0, 2.5), (40.7, 20.0)], (None, C)),
    sp.pdtrc: (upper(poisson_sum), [(3.0, 2.5)], (None, C)), sp.pdtri: (Inverse(poisson_sum, 1, sp.pdtri), [(3, 0.3)], (None, C)),
    sp.pdtrik: (Inverse(poisson_real, 0, sp.pdtrik), [(0.6, 2.5)], (S, S)),
    sp.bdtr: (binomial_sum, [(2.0, 7, 0.3), (20.0, 50, 0.1)], (None, None, C)), sp.bdtrc: (upper(binomial_sum), [(2.0, 7, 0.3)], (None, None, C)),
    sp.bdtri: (Inverse(binomial_sum, 2, sp.bdtri), [(2.0, 7, 0.3)], (None, None, C)), sp.bdtrik: (Inverse(binomial_sum, 0, sp.bdtrik), [(0.6, 9.5, 0.4)], (S, S, S)),
    sp.bdtrin: (Inverse(binomial_sum, 1, sp.bdtrin), [(2.5, 0.6, 0.4)], (S, S, S)), sp.nbdtr: (negative_sum, [(2, 7, 0.3), (20, 5, 0.2)], (None, None, C)),
    sp.nbdtrc: (upper(negative_sum), [(2, 7, 0.3)], (None, None, C)), sp.nbdtri: (Inverse(negative_sum, 2, sp.nbdtri), [(2, 7, 0.3)], (None, None, C)),
    sp.nbdtrik: (Inverse(negative_sum, 0, sp.nbdtrik), [(0.6, 2.5, 0.3)], (S, S, S)), sp.nbdtrin: (Inverse(negative_sum, 1, sp.nbdtrin), [(2.5, 0.6, 0.3)], (S, S, S)),
    sp.btdtria: (Inverse(beta_lower, 0, sp.btdtria), [(0.3, 2.0, 0.4)], (S, S, S)), sp.btdtrib: (Inverse(beta_lower, 1, sp.btdtrib), [(2.0, 0.3, 0.4)], (S, S, S)),
    sp.fdtr: (fisher, FISHERS, (S, S, C)), sp.fdtrc: (upper(fisher), FISHERS, (S, S, C)), sp.fdtri: (Inverse(fisher, 2, sp.fdtri), [(2.0, 3.0, 0.4)], (S, S, C)),
    sp.fdtridfd: (Inverse(fisher, 1, sp.fdtridfd), [(2.0, 0.45, 1.0)], (S, S, S)), sp.stdtr: (student, STUDENTS, (S, C)),
    sp.stdtrit: (Inverse(student, 1, sp.stdtrit), [(3.0, 0.8), (3.0, 1e-4)], (S, C)), sp.stdtridf: (Inverse(student, 0, sp.stdtridf), [(0.83, 1.5)], (S, S)),
    sp.tklmbda: (Inverse(tukey_quantile, 0, sp.tklmbda), [(0.4, 0.3), (-0.8, -0.5), (3.0, -0.2)], (1e-10, 1e-10)),
    sp.chndtr: (chi_noncentral, [(2.0, 3.0, 1.5), (60.0, 3.0, 10.0), (20.0, 10.0, 60.0), (1.0, 0.02, 0.3), (150.0, 400.0, 0.01)], (C, S, C)),
    sp.chndtrix: (Inverse(chi_noncentral, 0, sp.chndtrix), [(0.4, 3.0, 1.5)], (S, S, S)),
    sp.chndtridf: (Inverse(chi_noncentral, 1, sp.chndtridf), [(2.5, 0.3, 0.7)], (S,) * 3),
    sp.chndtrinc: (Inverse(chi_noncentral, 2, sp.chndtrinc), [(3.5, 1.2, 0.4)], (S,) * 3),
    sp.ncfdtr: (fisher_noncentral, [(2.0, 3.0, 1.5, 0.7), (5.0, 10.0, 20.0, 0.1), (3.0, 0.1, 2.0, 40.0), (30.0, 200.0, 5.0, 4.0), (0.5, 400.0, 9.0, 0.01)],
                (S, S, C, C)),
    sp.ncfdtri: (Inverse(fisher_noncentral, 3, sp.ncfdtri), [(2.0, 3.0, 1.5, 0.4)], (S,) * 4),
    sp.ncfdtridfn: (Inverse(fisher_noncentral, 0, sp.ncfdtridfn), [(0.6, 4.0, 9.0, 4.0)], (S,) * 4),
    sp.ncfdtridfd: (Inverse(fisher_noncentral, 1, sp.ncfdtridfd), [(2.0, 0.36, 9.0, 4.0)], (S,) * 4),
    sp.ncfdtrinc: (Inverse(fisher_noncentral, 2, sp.ncfdtrinc), [(2.0, 4.0, 0.36, 4.0)], (S,) * 4),
    sp.smirnov: (smirnov, SMIRNOVS, (None, C)), sp.smirnovi: (Inverse(smirnov, 1, sp.smirnovi), [(5, 0.3), (100, 1e-6), (1000, 0.99)], (None, C)),
    sp.nctdtr: (Coarse(student_noncentral), [(2.0, 0.5, 0.7), (10.0, -2.0, -5.0), (2.6, 20.0, 23.0), (7.4, 7.5, 6.9), (60.0, 0.4, -0.01)], (S, S, S)),
}
INNER = [(2.5, 0.3), (0.5, -0.7), (3.0, 0.2)]
SERIES = {
    sp._ufuncs._riemann_zeta: (mp.zeta, [(1.5,), (6.0,), (1 + 1e-6,)], (S,)), sp.zetac: (lambda s: mp.zeta(s) - 1, [(-1.5,), (0.5,), (1.5,), (6.0,), (20.0,)], (S,)),
    sp._ufuncs._zeta: (mp.zeta, [(1.5, 0.3), (4.0, 2.5), (20.0, 1.0)], (S, C)), sp.expn: (mp.expint, [(0, 0.3), (3, 2.0), (5, 30.0)], (None, C)),
    sp.hyp0f1: (mp.hyp0f1, [(0.5, 0.3), (3.2, 100.0), (3.2, -100.0), (-1.5, 2.0), (20.0, 1e4)], (S, 1e-10)),
    sp.hyp1f1: (mp.hyp1f1, [(0.5, 1.5, 0.3), (2.0, 3.0, 50.0), (2.0, 3.0, -50.0), (-2.5, 1.5, -4.0), (1e-3, 1.0, 2.0), (1.0, 2.0, 400.0)], (S, S, C)),
    sp.hyp2f1: (mp.hyp2f1, [(0.5, 1.5, 0.3, 0.3), (2.0, 3.0, 5.0, 0.95), (2.0, 3.0, 2.5, -40.0), (-3.0, 4.0, 1.0, 0.7), (10.0, 0.1, 2.0, -0.5)], (S, S, S, 1e-11)),
    sp.hyperu: (mp.hyperu, [(0.5, 1.5, 0.3), (2.0, -3.0, 5.0), (-3.5, 2.0, 1.0), (30.0, 2.0, 10.0), (0.3, 0.5, 300.0), (48.0, -5.3, 900.0), (40.0, 30.0, 0.01),
                            (7.0, 0.2, 90.0)], (S, S, 1e-10)),
    sp.wright_bessel: (wright, [(0.5, 0.3, 1.0), (0.0, 2.5, 10.0), (0.0, 0.7, 40.0), (2.5, 0.01, 300.0)], (S, S, C)),
    sp.log_wright_bessel: (lambda a, b, x: mp.log(wright(a, b, x)), [(0.5, 0.3, 1.0), (2.5, 0.01, 300.0)], (S, S, C)),
    sp.eval_legendre: (legendre, INNER, (S, C)), sp.eval_sh_legendre: (lambda n, x: legendre(n, 2 * x - 1), [(2.5, 0.8)], (S, C)),
    sp.eval_chebyt: (mp.chebyt, [*INNER, (3.0, 2.2), (2.0, 1.0)], (C, C)), sp.eval_chebyu: (mp.chebyu, [*INNER, (3.0, 2.2), (2.0, 1.0)], (C, C)),
    sp.eval_chebyc: (lambda n, x: 2 * mp.chebyt(n, x / 2), INNER, (C, C)), sp.eval_chebys: (lambda n, x: mp.chebyu(n, x / 2), INNER, (C, C)),
    sp.eval_sh_chebyt: (lambda n, x: mp.chebyt(n, 2 * x - 1), [(2.5, 0.8)], (C, C)), sp.eval_sh_chebyu: (lambda n, x: mp.chebyu(n, 2 * x - 1), [(2.5, 0.8)], (C, C)),
    sp.eval_jacobi: (jacobi, [(2.5, 0.6, 0.1, 0.3), (0.5, 0.7, -0.3, -0.7), (3.0, 1.5, 0.5, 0.2)], (S, S, S, C)),
    sp.eval_sh_jacobi: (shifted_jacobi, [(2.5, 1.6, 0.8, 0.3), (3.0, 2.5, 0.5, 0.2)], (S, S, S, C)),
    sp.eval_gegenbauer: (mp.gegenbauer, [(2.5, 0.6, 0.3), (3.0, 1.5, 0.2)], (S, S, C)), sp.eval_laguerre: (lambda n, x: laguerre(n, 0, x), [(2.5, 0.6), (0.5, 9.0)], (S, C)),
    sp.eval_genlaguerre: (laguerre, [(2.5, 0.6, 0.3), (0.5, 0.7, 9.0), (3.0, 1.5, 0.2)], (S, S, C)),
    sp.eval_hermite: (mp.hermite, [(3, 0.7), (40, 3.0)], (None, C)),
    sp.eval_hermitenorm: (lambda n, x: mp.hermite(n, x / mp.sqrt(2)) * 2 ** (-mp.mpf(n) / 2), [(3, 0.7), (40, 3.0)], (None, C)),
}
CASES = DISTRIBUTIONS | SERIES
