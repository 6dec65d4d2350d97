"""scipy.special: what is not a ufunc there, and the ufuncs themselves."""

import scipy.special

from ..mirror import namespace
from . import exponentials, gammas, missing, oscillating

__getattr__, __dir__ = namespace(globals(), scipy.special)
_ = (exponentials, gammas, missing, oscillating)
