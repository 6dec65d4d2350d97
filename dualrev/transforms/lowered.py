"""A call in a batch, seen one level below: a function of the payloads, so that what it means there (a rule of its own, a checkpoint) is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.batching import Batched, BatchTrace
from ..core.errors import DualrevError, ExamplesDiffer, at_line
from ..core.rows import Like
from ..core.tracer import Tracer, meta, top_trace
from ..core.tree import Structure, flatten, tree_map, unflatten
from .batching import vmap

__all__ = ["Lowered", "custom_call", "filled", "float_form"]


class Lowered:
    """The leaves of a call's arguments with payloads in place of batched ones, and along which axis of each the examples lie."""

    def __init__(self, trace: BatchTrace, leaves: Any, structure: Structure) -> None:
        self.trace, self.structure = trace, structure
        self.axes = tuple(0 if isinstance(x, Batched) and x._trace is trace else None for x in leaves)
        self.payloads = [x._value if k == 0 else x for x, k in zip(leaves, self.axes, strict=True)]
        self.forms = [Like(*meta(x)) for x in leaves]
        self.plain = top_trace(self.payloads)[0] is None

    def whole(self, leaves: Any) -> Any:
        """The arguments that leaves make up."""
        return unflatten(self.structure, list(leaves))

    def raised(self, result: Any, name: str) -> Any:
        """The result of a function of payloads, as that of the call."""
        for leaf in flatten(result)[0]:
            while isinstance(leaf, Tracer):
                if leaf._trace.level >= self.trace.level:
                    raise DualrevError(f"{name} uses a batched value that is not among its arguments{at_line()}. Pass it as an argument.")
                leaf = leaf._value
        return tree_map(self.trace.batched, result)


def custom_call(custom: Any, args: Any, leaves: Any, structure: Structure, trace: BatchTrace) -> Any:
    """Call a function with a custom rule for a batch; the levels below see its rule, batched."""
    call = Lowered(trace, leaves, structure)

    def each() -> Any:
        return trace.each(lambda *parts: custom(*call.whole(parts)), tuple(leaves), {})

    try:
        if call.plain:
            return custom.f(*args)
        return call.raised(custom.batched(call)(*call.payloads), custom.__name__)
    except (ExamplesDiffer, TypeError):  # it decides by values, or saves what is no array
        return each()


def batched_jvp(rule: Callable[..., Any], call: Lowered) -> Callable[..., Any]:
    """The rule of a custom JVP for a batch."""
    return vmap(lambda primals, tangents: rule(tuple(call.whole(primals)), tuple(call.whole(tangents))), (call.axes, call.axes))


def batched_vjp(forward: Callable[..., Any], backward: Callable[..., Any], call: Lowered) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Both parts of a custom VJP for a batch; an argument that all examples share receives the sum of its cotangents."""
    pull = vmap(lambda saved, g: tuple(filled(backward(saved, g), call.structure, call.forms)))
    return (vmap(lambda *leaves: forward(*call.whole(leaves)), call.axes),
            lambda saved, g: tuple(c if k == 0 else np.sum(c, axis=0) for c, k in zip(pull(saved, g), call.axes, strict=True)))


def filled(found: Any, structure: Structure, args: Any) -> list[Any]:
    """Take the cotangents of a custom VJP apart; None stands for zeros."""
    out: list[Any] = []
    for g, part in zip(found, structure.parts, strict=True):
        n = len(part.paths())
        out += [np.zeros(*float_form(a))[()] for a in args[len(out):len(out) + n]] if g is None else flatten(g)[0]
    return out


def float_form(a: Any) -> tuple[Any, Any]:
    """The form of an array, with a float type where it has none."""
    shape, dtype = meta(a)
    return shape, dtype if dtype.kind in "fc" else np.dtype(float)
