"""scipy.special: what is not a ufunc there, and the ufuncs themselves."""

import scipy.special

from ..mirror import namespace
from .exponentials import softmax

__all__ = ["softmax"]
__getattr__, __dir__ = namespace(globals(), scipy.special)
