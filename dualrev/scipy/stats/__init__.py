"""scipy.stats: densities, distribution functions and quantiles in the variable and in the parameters, and summaries of samples."""

import scipy.stats

from ..mirror import namespace
from .continuous import (
    beta,
    cauchy,
    chi2,
    expon,
    f,
    gamma,
    gumbel_l,
    gumbel_r,
    halfnorm,
    invgamma,
    laplace,
    logistic,
    lognorm,
    norm,
    pareto,
    rayleigh,
    t,
    truncnorm,
    uniform,
    weibull_min,
)
from .discrete import bernoulli, binom, geom, nbinom, poisson
from .relations import kendalltau, linregress, pearsonr, spearmanr
from .summaries import (
    entropy,
    gmean,
    gzscore,
    hmean,
    kurtosis,
    median_abs_deviation,
    moment,
    pmean,
    sem,
    skew,
    variation,
    zmap,
    zscore,
)
from .vectors import dirichlet, multivariate_normal

__all__ = ["bernoulli", "beta", "binom", "cauchy", "chi2", "dirichlet", "entropy", "expon", "f", "gamma", "geom", "gmean", "gumbel_l", "gumbel_r", "gzscore", "halfnorm",
           "hmean", "invgamma", "kendalltau", "kurtosis", "laplace", "linregress", "logistic", "lognorm", "median_abs_deviation", "moment", "multivariate_normal", "nbinom", "norm",
           "pareto", "pearsonr", "pmean", "poisson", "rayleigh", "sem", "skew", "spearmanr", "t", "truncnorm", "uniform", "variation", "weibull_min", "zmap", "zscore"]
__getattr__, __dir__ = namespace(globals(), scipy.stats)
