"""A row with one of its samples, seen as a function of the arrays that it differentiates."""

import numpy as np
from drawing import Draw
from samples import CALLED, variants


def is_active(x):
    return isinstance(x, (np.ndarray, np.floating, np.complexfloating)) and x.dtype.kind in "fc"


def leaves(x):
    """The differentiated arrays of an argument, which may be a list of them."""
    return [y for part in x for y in leaves(part)] if isinstance(x, (list, tuple)) else [x] if is_active(x) else []


def rebuilt(x, supply):
    """The same argument with other arrays in their places."""
    if isinstance(x, (list, tuple)):
        return type(x)(rebuilt(part, supply) for part in x)
    return next(supply) if is_active(x) else x


class Case:
    """``function(*primals)`` is the sample's call with other values for its arrays."""

    def __init__(self, row, variant, cast=None, sample=None):
        self.row = row
        self.args, self.kwargs = variants(self.row)[variant](Draw(variant)) if sample is None else sample
        self.places = [i for i in range(len(self.args)) if self.row.kind == "decomposed" or self.row.differentiable(i)]
        self.call = CALLED.get(self.row.function, self.row.function)
        self.primals = [y for i in self.places for y in leaves(self.args[i])]
        if cast is not None:
            self.primals = [cast(y) for y in self.primals]

    def function(self, *primals):
        supply = iter(primals)
        given = [rebuilt(x, supply) if i in self.places else x for i, x in enumerate(self.args)]
        y = self.call(*given, **self.kwargs)
        return list(y) if type(y) is tuple else y

    def smooth(self, *primals):
        """The parts of the result that vary: those of a float type."""
        y = self.function(*primals)
        parts = list(y) if isinstance(y, (list, tuple)) else [y]
        parts = [part if hasattr(part, "dtype") else np.asarray(part)[()] for part in parts]
        return [part for part in parts if part.dtype.kind in "fc"]


def single(x):
    """An array in half its precision."""
    return x.astype(np.complex64 if x.dtype.kind == "c" else np.float32)
