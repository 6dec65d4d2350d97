"""scipy.linalg: linear systems, factorisations and functions of matrices."""

import scipy.linalg

from ..mirror import namespace
from . import builders, equations, factors, matrixfunctions, missing, spectra, structured, systems
from .equations import solve_lyapunov

__getattr__, __dir__ = namespace(globals(), scipy.linalg)
_ = (builders, equations, factors, matrixfunctions, missing, solve_lyapunov, spectra, structured, systems)
