"""How functions are evaluated for a batch of examples at once. A row says it in one word, its ``batch=``:

"entries"   entry by entry: the examples' axes are aligned from the right
"leading"   on the trailing axes of its first argument, whatever comes before them
"axes"      along axes that it names; None names them all
"axis"      along axes that it names; None flattens the example
"form"      by the form of its arguments alone, which all examples share
a function  ``batch(x, *rest)`` of a first argument whose axis 0 runs over the examples
`several`   the same with a `Step`, which tells the arguments that have such an axis

Each returns NotImplemented for a call that it does not cover, which is then evaluated for each example by itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .rows import Row

__all__ = ["Step", "aligned", "evaluate", "rank", "several", "spread"]

AXES = frozenset({"axis", "axes", "axis1", "axis2", "source", "destination"})


class Step:
    """One call in a batch.

    Parameters
    ----------
    row : Row
        The function's row.
    call : callable
        What evaluates it.
    size : int
        The number of examples.
    args, kwargs : list, dict
        The arguments, with payloads for the batched ones, inside lists and tuples too.
    lead, named : list, dict
        For each argument whether axis 0 of it runs over the examples; for a list or tuple that holds such, a tuple of the same.
    """

    __slots__ = ("args", "call", "kwargs", "lead", "named", "row", "size")

    def __init__(self, row: Row, call: Callable[..., Any], size: int, args: list[Any], lead: list[Any], kwargs: dict[str, Any], named: dict[str, Any]) -> None:
        self.row, self.call, self.size = row, call, size
        self.args, self.lead, self.kwargs, self.named = args, lead, kwargs, named

    def first_alone(self) -> bool:
        """Whether the first argument is batched and no other."""
        return self.lead[0] is True and not any(self.lead[1:]) and not self.named


class several:
    """Marks a function of a `Step`."""

    def __init__(self, function: Callable[[Step], Any]) -> None:
        self.function = function


def rank(x: Any) -> int:
    """The number of axes."""
    shape = getattr(x, "shape", None)
    return len(shape) if shape is not None else 0 if isinstance(x, (int, float, complex)) else np.ndim(x)


def aligned(x: Any, ndim: int) -> Any:
    """Give the examples of a payload as many axes as ``ndim`` says."""
    shape = x.shape
    missing = ndim + 1 - len(shape)
    return x.reshape((shape[0],) + (1,) * missing + shape[1:]) if missing > 0 else x


def spread(x: Any, lead: Any, size: int) -> Any:
    """Give an argument an axis for the examples where it has none."""
    return x if lead else np.broadcast_to(x, (size, *np.shape(x)))


def entries(step: Step) -> Any:
    """Function of entries."""
    args, lead = step.args, step.lead
    if step.named or tuple in map(type, lead):
        return NotImplemented
    if len(args) == 1:
        return step.call(args[0], **step.kwargs)
    ranks = [rank(a) - own for a, own in zip(args, lead, strict=True)]
    if not isinstance(step.row.function, np.ufunc):
        settings = [i for i in range(len(args)) if not step.row.differentiable(i)]  # numbers that say which function it is
        if any(lead[i] for i in settings):
            return NotImplemented
        for i in settings:
            ranks[i] = 0
    most = max(ranks)
    return step.call(*(aligned(a, most) if own and n < most else a for a, own, n in zip(args, lead, ranks, strict=True)), **step.kwargs)


def leading(step: Step) -> Any:
    """Function of the trailing axes."""
    return step.call(*step.args, **step.kwargs) if step.first_alone() else NotImplemented


def axes(step: Step) -> Any:
    """Function along all the axes that are not named."""
    return _along(step, False)


def axis(step: Step) -> Any:
    """Function along one axis, or of the flattened example."""
    return _along(step, True)


def _along(step: Step, flat: bool) -> Any:
    moved: Any
    kwargs, where = dict(step.kwargs), step.named.get("where", False)
    if any(step.lead[1:]) or type(step.lead[0]) is tuple or len(step.named) > where or not step.args:
        return NotImplemented
    args = [spread(step.args[0], step.lead[0], step.size), *step.args[1:]]
    ndim = len(args[0].shape) - 1
    if where:
        kwargs["where"] = aligned(kwargs["where"], ndim)
    for name, (place, default) in _axis_parameters(step.row).items():
        given = args[place] if place < len(args) else kwargs.get(name, default)
        if given is None and flat:
            if kwargs.get("keepdims"):
                return NotImplemented
            args[0], moved = args[0].reshape((step.size, -1)), 1
        else:
            moved = tuple(range(1, ndim + 1)) if given is None else _shifted(given, ndim)
            if moved is None:
                return NotImplemented
        if place < len(args):
            args[place] = moved
        else:
            kwargs[name] = moved
    return step.call(*args, **kwargs)


def _shifted(axis: Any, ndim: int) -> Any:
    """Axes of an example as axes of the payload; None where they are none."""
    if isinstance(axis, (tuple, list)):
        inner = [_shifted(k, ndim) for k in axis]
        return None if None in inner else tuple(inner)
    return axis % ndim + 1 if isinstance(axis, (int, np.integer)) and -ndim <= axis < ndim else None


_found: dict[Any, dict[str, tuple[int, Any]]] = {}


def _axis_parameters(row: Row) -> dict[str, tuple[int, Any]]:
    """The parameters of a function that name axes: their places and defaults."""
    if row.function not in _found:
        parameters = list(inspect.signature(row.function).parameters.items())
        _found[row.function] = {name: (k, p.default) for k, (name, p) in enumerate(parameters) if name in AXES}
    return _found[row.function]


WORDS: dict[str, Callable[[Step], Any]] = {"entries": entries, "leading": leading, "axes": axes, "axis": axis}


def evaluate(step: Step) -> Any:
    """Evaluate a call by the word of its row."""
    word = step.row.batch
    if isinstance(word, str):
        return WORDS[word](step)
    if isinstance(word, several):
        return word.function(step)
    return word(*step.args, **step.kwargs) if step.first_alone() else NotImplemented
