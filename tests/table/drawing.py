"""How sample arguments are drawn."""

import numpy as np

MASK = np.array([[True, False, True], [False, True, True]])


class Draw:
    """Random arrays with entries that are apart from each other and from zero, so that no sample lies on a tie or a kink."""

    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def __call__(self, *shape, lo=-2.0, hi=2.0):
        n = int(np.prod(shape, dtype=int))
        grid = lo + (hi - lo) * (np.arange(n) + 0.3 + 0.4 * self.rng.random(n)) / max(n, 1)
        return self.rng.permutation(grid).reshape(shape)

    def pos(self, *shape):
        return self(*shape, lo=0.3, hi=2.0)

    def z(self, *shape):
        return self(*shape) + 1j * self(*shape)


def with_keywords(*options, shape=(2, 3), draw=Draw.__call__):
    """One variant for each set of keywords, of a function of one array."""
    return [lambda d, k=k: ((draw(d, *shape),), k) for k in options]


def args(*makers):
    """One variant for each function from a drawer to the positional arguments."""
    return [lambda d, make=make: (make(d), {}) for make in makers]


def optional(samples, name, variants):
    """Add samples of a function that not every NumPy has."""
    function = getattr(np, name, None)
    if function is not None:
        samples.setdefault(function, variants)
