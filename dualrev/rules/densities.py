"""The gamma and beta densities of plain numbers, without cancellation however large their parameters are.

C. Loader, Fast and accurate computation of binomial probabilities (2000): by Stirling's formula all that is large cancels beforehand, and what is left is log(1 + r) - r at the
distance r from the mean, over the mean. DLMF 5.11.1 for the rest of Stirling's formula.
"""

import numpy as np
import scipy.special as sp

from .special_error import ROOT_2PI
from .special_gamma import BERNOULLI

LARGE = 30.0  # of a parameter, from which the logarithm of gamma has lost a digit
SMALL = 0.1  # below which a series takes few terms


def bow_series(r):
    """log(1+r) - r by the power series in v = r / (2 + r), of which log(1+r) is 2 artanh(v)."""
    v = r / (2 + r)
    u = v * v
    total = np.full_like(r, 2 / 13)
    for k in range(11, 1, -2):
        total *= u
        total += 2 / k
    return v * (u * total - r)


def plain_bow(r, log):
    """log(1+r) - r without cancellation, where log(1+r) is given, too, which says it better next to r = -1."""
    return np.where(np.abs(r) < SMALL, bow_series(np.clip(r, -SMALL, SMALL)), np.where(r < -0.5, log, np.log1p(np.maximum(r, -0.5))) - r)


def rest(a):
    """The logarithm of Gamma(a) over sqrt(2 pi / a) (a / e)**a."""
    near = a < LARGE
    u = 1 / np.where(near, LARGE, a)
    total = np.zeros_like(a)
    for k in range(9, 0, -1):
        total = total * u * u + BERNOULLI[2 * k] / (2 * k * (2 * k - 1))
    total *= u
    low = a[near]
    total[near] = sp.gammaln(low) - (low - 0.5) * np.log(low) + low - np.log(ROOT_2PI)
    return total


def gamma(a, x):
    """x**(a-1) e**-x / Gamma(a)."""
    plain = np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))
    near = (a > LARGE) & (x > 0) & (x < np.inf)
    if np.any(near):
        a, x = a[near], x[near]
        plain[near] = np.exp(a * plain_bow((x - a) / a, np.log(x / a)) - rest(a)) * np.sqrt(a) / ROOT_2PI / x
    return plain


def beta(a, b, x):
    """x**(a-1) (1-x)**(b-1) / B(a, b)."""
    plain = np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))
    near = (a + b > LARGE) & (x > 0) & (x < 1)
    if np.any(near):
        a, b, x = a[near], b[near], x[near]
        y = 1 - x
        plain[near] = beta_kernel(a, b, x * (a + b) / a - 1, y * (a + b) / b - 1, np.log(x), np.log1p(-x)) / (x * y)
    return plain


def beta_kernel(a, b, r, s, log, other):
    """x**a (1-x)**b / B(a, b), where x and 1-x are r and s above their means, over these; their logarithms are given, too."""
    whole = a + b
    exponent = a * plain_bow(r, log + np.log1p(b / a)) + b * plain_bow(s, other + np.log1p(a / b))
    return np.exp(exponent - rest(a) - rest(b) + rest(whole)) * np.sqrt(a * (b / whole)) / ROOT_2PI
