"""Values with a name in a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .equations import mapped
from .errors import leaves_trace
from .rows import TABLE, Constant
from .tracer import Sized, Tracer, peek

__all__ = ["Discrete", "Recorded", "SizedDiscrete", "SizedRecorded"]


class Recorded(Tracer):
    """A scalar with a name in a program."""

    __slots__ = ()


class SizedRecorded(Sized, Recorded):
    """An array with a name in a program."""

    __slots__ = ()


class Discrete(Recorded):
    """A recorded scalar that is piecewise constant: a truth value, an index or a count.

    In the other interpreters it would be plain, so it may become a plain number here too; the program then notes on which value it depends.
    """

    __slots__ = ()

    def _settled(self) -> Any:
        if self.shape != ():
            raise TypeError("only length-1 arrays can be converted to Python scalars")
        return peek(self._trace.bare(self))

    def __float__(self) -> float:
        return float(self._settled())

    def __int__(self) -> int:
        return int(self._settled())

    def __index__(self) -> int:
        value = self._settled()
        if not isinstance(value, (int, np.integer)):
            leaves_trace("an index or a count", "It must be an integer: use int(x).")
        return int(value)

    def __complex__(self) -> complex:
        return complex(self._settled())

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out")
        into = inputs[:1] if method == "at" else out if isinstance(out, tuple) else ()
        if any(isinstance(a, np.ndarray) for a in into) and not _varies((inputs, kwargs)):
            return getattr(ufunc, method)(*_settle(inputs), **_settle(kwargs))
        if method == "__call__" and not kwargs and ufunc not in TABLE and not _varies(inputs):
            return self._trace.process(Constant(ufunc, ()), ufunc, inputs, kwargs)
        return Tracer.__array_ufunc__(self, ufunc, method, *inputs, **kwargs)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if function not in TABLE and not _varies((args, kwargs)):
            return self._trace.process(Constant(function, ()), function, args, kwargs)
        return Tracer.__array_function__(self, function, types, args, kwargs)


class SizedDiscrete(Sized, Discrete):
    """A recorded array that is piecewise constant: a mask, or indices."""

    __slots__ = ()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        value = peek(self._trace.bare(self))
        return np.array(value, dtype=dtype, copy=True)


def _varies(tree: Any) -> bool:
    """Whether a traced value other than a piecewise constant one is among arguments."""
    found: list[bool] = []
    mapped(lambda x: found.append(isinstance(x, Tracer) and not isinstance(x, Discrete)), tree)
    return any(found)


def _settle(tree: Any) -> Any:
    return mapped(lambda x: peek(x._trace.bare(x)) if isinstance(x, Tracer) else x, tree)
