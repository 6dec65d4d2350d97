"""The ways in which a function of one number is differentiated here, and the memory that a run needs."""

import gc
import tracemalloc

import dualrev as dr


def linearized(f):
    """Record, then push twice."""
    def run(x):
        _, push = dr.linearize(f, x)
        return push(1.0) + push(2.0)

    return run


def pulled(f):
    """Record, then pull twice."""
    def run(x):
        _, pull = dr.vjp(f, x)
        return pull(1.0)[0] + pull(2.0)[0]

    return run


TRANSFORMS = {
    "forward": lambda f: lambda x: dr.jvp(f, (x,), (1.0,))[1],
    "reverse": dr.grad,
    "hvp": lambda f: lambda x: dr.hvp(f)(x, 1.0),
    "reverse over forward": lambda f: dr.grad(dr.derivative(f)),
    "reverse over reverse": lambda f: dr.grad(dr.grad(f)),
    "linearize": linearized,
    "vjp": pulled,
}


def peak(run, x):
    """Bytes that a run needs at its highest."""
    gc.collect()
    tracemalloc.start()
    try:
        run(x)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
