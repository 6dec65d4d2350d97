"""Samples for dr.scipy.linalg."""

from decompositions import square
from drawing import args

from dualrev.scipy import linalg as LA

SAMPLES = {
    LA.solve_sylvester: args(lambda d: (square(d), d(2, 2), d(3, 2))),
}
