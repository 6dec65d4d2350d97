"""Between a batch and its examples: two linear functions, each the transpose of the other, by which any function can be evaluated for each example."""

import numpy as np

from ..core.batching import example, gathered
from ..core.rows import linear
from ..core.tracer import meta


def alone(g, x, trace, k):
    """A batch of zeros but for example k."""
    y = np.zeros((trace.size, *meta(g)[0]), meta(g)[1])
    if trace.size > 1:
        return gathered(*(g if i == k else y[i] for i in range(trace.size)), trace=trace)
    return gathered(g, trace=trace)


linear(example, alone, None, None, selective=True, mixes=True, batch="leading", name="one example of a batch")
linear(gathered, lambda i, g, *parts, trace: example(g, trace, i), variadic=True, selective=True, onto=True, name="a batch of examples")
