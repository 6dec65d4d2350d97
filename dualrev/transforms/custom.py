"""Rules of a user's own for functions of containers: `custom_jvp`, `custom_vjp`."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.batching import BatchTrace
from ..core.errors import at_line
from ..core.rows import Row, transposed
from ..core.tracer import meta, top_trace
from ..core.tree import Structure, flatten, unflatten
from .arguments import leaf, named, output_leaves, require_callable
from .batching import vmap
from .lowered import Lowered, batched_jvp, batched_vjp, custom_call, filled, float_form

__all__ = ["custom_jvp", "custom_vjp"]


class Joint(Row):
    """The row of one call of a user's function of several arguments, whose rule takes all tangents or gives all cotangents at once."""

    kind = "joint"

    def __init__(self, name: str) -> None:  # light, because it is made for each call
        self.name, self.function, self.rules, self.variadic = name, None, (), True  # type: ignore[assignment]
        self.selective = self.views = self.creates = self.mixes = False
        self.multiple = self.foreign = self.open_ended = True
        self.keywords = self.array_names = frozenset()
        self.parameters, self.form_only, self.notes = (), (), ""
        self.domain = self.add_into = self.reuse = None
        self.push_into = None
        self.pusher: Callable[..., Any] | None = None  # the user gave one of the two
        self.puller: Callable[..., Any] | None = None

    def push(self, tangents: dict[int, Any], ys: Any, args: Any, kwargs: Any) -> Any:
        """The JVP, by the user's rule or as the transpose of the VJP."""
        if self.pusher is not None:
            return self.pusher(tangents, ys, args, kwargs)
        active = tuple(tangents)
        return transposed(lambda gs: self.pull(active, gs, ys, args, kwargs), tuple(ys), tuple(tangents[i] for i in active), self)

    @property
    def owner(self) -> Any:
        """The user's function: each of its calls has a row of its own."""
        return self.function.custom if isinstance(self.function, Leafwise) else self

    def transposes(self, active: Any) -> bool:
        return self.puller is None

    def pull(self, active: tuple[int, ...], gs: Any, ys: Any, args: Any, kwargs: Any) -> Any:
        """The VJP, by the user's rule or as the transpose of the JVP."""
        if self.puller is not None:
            return self.puller(active, gs, ys, args, kwargs)
        return transposed(lambda ts: self.push(dict(zip(active, ts, strict=True)), ys, args, kwargs), tuple(args[i] for i in active), tuple(gs), self)


class _Custom:
    """What `custom_jvp` and `custom_vjp` share: calling, with containers taken apart."""

    def __init__(self, f: Callable[..., Any]) -> None:
        require_callable(f, type(self).__name__)
        self.f = f
        functools.update_wrapper(self, f)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method, where the function is one."""
        return self if instance is None else types.MethodType(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            args = self._positional(args, kwargs)
        leaves, structure = flatten(list(args))
        top, _ = top_trace(leaves)
        if top is None:
            return self.f(*args)
        if isinstance(top, BatchTrace):
            return custom_call(self, args, leaves, structure, top)
        row = Joint(named(self.f))
        row.function = Leafwise(self, structure)
        seen: list[Structure] = []
        ys = top.process(row, self._value(row, structure, seen), tuple(leaves), {})
        self._require_closed(ys, top)
        return unflatten(seen[0], list(ys))

    def _value(self, row: Joint, structure: Structure, seen: list[Structure]) -> Callable[..., Any]:
        raise NotImplementedError

    def batched(self, call: Lowered) -> Any:
        """The same function of payloads, with the rule for a batch."""
        @functools.wraps(self.f, updated=())
        def whole(*leaves: Any) -> Any:
            return self(*call.whole(leaves))

        return type(self)(vmap(whole, call.axes))

    def _positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        bound = inspect.signature(self.f).bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise TypeError(f"{named(self.f)}: a custom rule cannot take keyword-only arguments ({', '.join(bound.kwargs)}){at_line()}. Make them positional.")
        return bound.args

    def _require_closed(self, ys: Any, top: Any) -> None:
        for y in ys:
            if top_trace((getattr(y, "_value", None),))[0] is top:
                raise TypeError(f"{named(self.f)} has a custom rule and uses a traced value that is not among its arguments{at_line()}. Pass it as an argument.")

    def _outputs(self, y: Any, seen: list[Structure]) -> tuple[Any, ...]:
        leaves, structure = output_leaves(y, self.f, type(self).__name__)
        seen.append(structure)
        return tuple(leaves)

    def _parts(self, tree: Any, structure: Structure | None, forms: list[Any], what: str) -> tuple[Any, ...]:
        """Take what a rule returned apart, and check it against the form that it must have."""
        leaves, got = flatten(tree)
        if structure is not None and got != structure:
            raise TypeError(f"{named(self.f)}: its custom rule returned {what} of structure {got}, it must be {structure}")
        for x, (shape, dtype) in zip(leaves, forms, strict=True):
            if meta(leaf(x, f"{named(self.f)}: {what}"))[0] != shape:
                raise ValueError(f"{named(self.f)}: its custom rule returned {what} of shape {meta(x)[0]}, it must have {shape}")
            if what == "a tangent" and meta(x)[1].kind == "c" and dtype.kind != "c":
                raise TypeError(f"{named(self.f)}: its custom rule returned a complex tangent where the value is real. Return its real part, if that is what is meant.")
        return tuple(leaf(x, what) for x in leaves)


class Leafwise:
    """A custom function as one of its arguments' leaves, which is how programs call it."""

    def __init__(self, custom: _Custom, structure: Structure) -> None:
        self.custom, self.structure = custom, structure
        self.__name__ = named(custom)

    def __call__(self, *leaves: Any) -> tuple[Any, ...]:
        return tuple(flatten(self.custom(*unflatten(self.structure, list(leaves))))[0])


class custom_jvp(_Custom):
    """Give a function a derivative of your own, as a JVP; it serves reverse mode too, by transposition.

    Parameters
    ----------
    f : callable
        The function, of arrays or containers of them. Use as a decorator, then ``@f.defjvp`` on the rule.

    Raises
    ------
    NotImplementedError
        If the function is differentiated before it was given a rule.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> @dr.custom_jvp
    ... def softplus(x):
    ...     return np.log1p(np.exp(x))
    >>> @softplus.defjvp
    ... def rule(primals, tangents):
    ...     (x,), (t,) = primals, tangents
    ...     return softplus(x), t / (1 + np.exp(-x))
    >>> dr.grad(softplus)(0.0)
    0.5
    """

    _rule: Callable[..., Any] | None = None

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Set the rule: ``rule(primals, tangents)`` returns (y, dy), and is linear in the tangents."""
        self._rule = rule
        return rule

    def batched(self, call: Lowered) -> Any:
        twin = super().batched(call)
        twin.defjvp(batched_jvp(self._ruled(), call))
        return twin

    def _ruled(self) -> Callable[..., Any]:
        if self._rule is None:
            raise NotImplementedError(f"{named(self.f)} is a custom_jvp without a rule{at_line()}. Give it one with @{named(self.f)}.defjvp.")
        return self._rule

    def _value(self, row: Joint, structure: Structure, seen: list[Structure]) -> Callable[..., Any]:
        rule = self._ruled()

        def push(tangents: dict[int, Any], ys: Any, args: Any, kwargs: Any) -> Any:
            moves = [tangents[i] if i in tangents else np.zeros(*float_form(a))[()] for i, a in enumerate(args)]
            pair = rule(tuple(unflatten(structure, list(args))), tuple(unflatten(structure, moves)))
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(f"{named(self.f)}: its custom JVP must return a pair (y, dy)")
            return self._parts(pair[1], seen[0], [meta(y) for y in ys], "a tangent")

        row.pusher = push
        return lambda *leaves: self._outputs(self(*unflatten(structure, list(leaves))), seen)


class custom_vjp(_Custom):
    """Give a function a derivative of your own, as a VJP; it serves forward mode too, by transposition.

    Parameters
    ----------
    f : callable
        The function, of arrays or containers of them. Use as a decorator, then ``f.defvjp(forward, backward)``.

    Raises
    ------
    NotImplementedError
        If the function is differentiated before it was given a rule.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> @dr.custom_vjp
    ... def clipped(x):
    ...     return x
    >>> clipped.defvjp(lambda x: (x, None), lambda saved, g: (np.clip(g, -1.0, 1.0),))
    >>> dr.grad(lambda x: 5 * clipped(x))(2.0)
    1.0
    """

    _forward: Callable[..., Any] | None = None
    _backward: Callable[..., Any]

    def defvjp(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        """Set the rule: ``forward(*args)`` returns (y, saved); ``backward(saved, g)`` a tuple with one cotangent for each argument (None for zero)."""
        self._forward, self._backward = forward, backward

    def batched(self, call: Lowered) -> Any:
        twin = super().batched(call)
        twin.defvjp(*batched_vjp(*self._ruled(), call))
        return twin

    def _ruled(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        if self._forward is None:
            raise NotImplementedError(f"{named(self.f)} is a custom_vjp without a rule{at_line()}. Give it one with {named(self.f)}.defvjp(forward, backward).")
        return self._forward, self._backward

    def _value(self, row: Joint, structure: Structure, seen: list[Structure]) -> Callable[..., Any]:
        forward, backward = self._ruled()
        saved: list[Any] = []

        def value(*leaves: Any) -> tuple[Any, ...]:
            pair = forward(*unflatten(structure, list(leaves)))
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(f"{named(self.f)}: the forward part of its custom VJP must return a pair (y, saved)")
            saved.append(pair[1])
            return self._outputs(pair[0], seen)

        def pull(active: tuple[int, ...], gs: Any, ys: Any, args: Any, kwargs: Any) -> Any:
            found = backward(saved[0], unflatten(seen[0], list(gs)))
            if not isinstance(found, (tuple, list)) or len(found) != len(structure.parts):
                raise TypeError(f"{named(self.f)}: the backward part of its custom VJP must return a tuple of {len(structure.parts)} cotangents")
            every = filled(found, structure, args)
            self._parts(every, None, [meta(a) for a in args], "a cotangent")
            return tuple(every[i] for i in active)

        row.puller = pull
        return value
