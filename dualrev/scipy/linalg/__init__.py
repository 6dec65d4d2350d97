"""scipy.linalg: linear systems, factorisations and functions of matrices."""

import scipy.linalg

from ..mirror import namespace
from .systems import solve_sylvester

__all__ = ["solve_sylvester"]
__getattr__, __dir__ = namespace(globals(), scipy.linalg)
