"""The loops alone: own methods with derivatives written by hand beside SciPy's with the same."""

from dualrev.optimize.minimize import solve
from dualrev.optimize.problem import Objective
from dualrev.optimize.reporting import Reporter
from dualrev.optimize.variables import Variables
from tests.problems import times


class ByHand(Objective):
    """An objective whose derivatives are written by hand."""

    def __init__(self, x0, value, gradient, hessian, product):
        super().__init__(value, Variables(x0))
        self._value, self._slope, self._whole, self._product = value, gradient, hessian, product

    def evaluate(self, x):
        counts = self.counts
        counts.nfev += 1
        counts.njev += 1
        return float(self._value(x)), self._slope(x)

    def products(self, x):
        counts, product = self.counts, self._product

        def times(v):
            counts.nhvp += 1
            return product(x, v)

        return times

    def hessian(self, x):
        self.counts.nhev += 1
        return self._whole(x)


def alone(job, method, n):
    """An own method as `minimize` runs it, with the derivatives that SciPy gets."""
    _, *hand, x0 = times.JOBS[job](n)

    def call():
        objective = ByHand(x0, *hand)
        return solve(method, objective, (), 1e-6, {}, Reporter(None, False, objective.variables, objective.counts, method))

    return call


def report(out, only=()):
    """Print a line for each job, method and size."""
    times.report(out, lambda job, method, n: (alone(job, method, n), times.both(job, method, n)[1]), only)
