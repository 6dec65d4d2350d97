"""Optimizers with exact derivatives: SciPy's signatures, any container for x.

`variables` (x0 and back, fixed entries, bounds), `problem` (the objective), `reporting` (callbacks, progress, history), `results` and `stopping` (one meaning of the
tolerances) are what every solver shares.
"""

from .covariance import IllConditionedWarning
from .curve_fitting import curve_fit
from .least_squares import least_squares
from .minimize import minimize
from .reporting import History
from .results import OptimizeResult
from .roots import root

__all__ = ["History", "IllConditionedWarning", "OptimizeResult", "curve_fit", "least_squares", "minimize", "root"]
