"""Samples for what is not a ufunc in dr.scipy.special."""

from drawing import with_keywords

from dualrev.scipy import special as sp

SAMPLES = {
    sp.softmax: with_keywords({}, {"axis": 0}, {"axis": (0, 1)}),
}
