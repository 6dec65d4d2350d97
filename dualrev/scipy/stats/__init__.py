"""scipy.stats: densities, distribution functions and quantiles in the variable and in the parameters, and summaries of samples."""

import scipy.stats

from ..mirror import namespace
from .circular import vonmises
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
from .discrete import bernoulli, betabinom, binom, geom, nbinom, poisson
from .fromgamma import (
    arcsine,
    betaprime,
    gengamma,
    genlogistic,
    gennorm,
    halflogistic,
    loggamma,
    loguniform,
    reciprocal,
    triang,
    truncexpon,
)
from .fromnormal import (
    chi,
    exponnorm,
    invgauss,
    johnsonsu,
    levy,
    maxwell,
    nakagami,
    rice,
    skewnorm,
    wald,
)
from .heavytails import (
    burr,
    burr12,
    fisk,
    genextreme,
    genpareto,
    gompertz,
    halfcauchy,
    invweibull,
    lomax,
    powerlaw,
    weibull_max,
)
from .kernels import gaussian_kde
from .matrices import multivariate_t, wishart
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
from .vectors import dirichlet, multinomial, multivariate_normal

__all__ = ["arcsine", "bernoulli", "beta", "betabinom", "betaprime", "binom", "burr", "burr12", "cauchy", "chi", "chi2", "dirichlet", "entropy", "expon", "exponnorm", "f",
           "fisk", "gamma", "gaussian_kde", "genextreme", "gengamma", "genlogistic", "gennorm", "genpareto", "geom", "gmean", "gompertz", "gumbel_l", "gumbel_r", "gzscore",
           "halfcauchy", "halflogistic", "halfnorm", "hmean", "invgamma", "invgauss", "invweibull", "johnsonsu", "kendalltau", "kurtosis", "laplace", "levy", "linregress",
           "loggamma", "logistic", "lognorm", "loguniform", "lomax", "maxwell", "median_abs_deviation", "moment", "multinomial", "multivariate_normal", "multivariate_t",
           "nakagami", "nbinom", "norm", "pareto", "pearsonr", "pmean", "poisson", "powerlaw", "rayleigh", "reciprocal", "rice", "sem", "skew", "skewnorm", "spearmanr", "t",
           "triang", "truncexpon", "truncnorm", "uniform", "variation", "vonmises", "wald", "weibull_max", "weibull_min", "wishart", "zmap", "zscore"]
__getattr__, __dir__ = namespace(globals(), scipy.stats)
