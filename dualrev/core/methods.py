"""The operators, methods and properties of NumPy's arrays, on traced values."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from . import inplace
from .errors import NoRuleError, at_line, leaves_trace
from .indexing import cast, getitem, item
from .matrices import foreign
from .tracer import Sized, Tracer, apply

__all__ = ["BINARY", "COMPARE", "UNARY"]

BINARY: dict[str, tuple[Any, Callable[..., Any]]] = {
    "add": (np.add, operator.add), "sub": (np.subtract, operator.sub), "mul": (np.multiply, operator.mul),
    "truediv": (np.divide, operator.truediv), "pow": (np.power, operator.pow), "mod": (np.remainder, operator.mod),
    "floordiv": (np.floor_divide, operator.floordiv), "matmul": (np.matmul, operator.matmul),
}
COMPARE: dict[str, tuple[Any, Callable[..., Any]]] = {
    "lt": (np.less, operator.lt), "le": (np.less_equal, operator.le), "gt": (np.greater, operator.gt), "ge": (np.greater_equal, operator.ge),
    "eq": (np.equal, operator.eq), "ne": (np.not_equal, operator.ne),
}
BITWISE = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift}  # of masks and indices
UNARY: dict[str, tuple[Any, Callable[..., Any]]] = {"neg": (np.negative, operator.neg), "pos": (np.positive, operator.pos), "abs": (np.absolute, operator.abs)}

_OPERANDS = (int, float, complex, Tracer, np.ndarray, np.generic)


def _operand(other: Any) -> Any:
    """Bring the other side of an operator into a form that `apply` takes; NotImplemented where Python should ask it instead."""
    if isinstance(other, _OPERANDS):
        return other
    if isinstance(other, (list, tuple, range)):
        return np.asarray(other)
    return float(other) if isinstance(other, numbers.Real) else NotImplemented  # a fraction


def _binary(ufunc: Any, operate: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    def forward(self: Any, other: Any) -> Any:
        operand = _operand(other)
        return foreign(ufunc, self, other, False) if operand is NotImplemented else apply(ufunc, (self, operand), {}, operate)

    def reflected(self: Any, other: Any) -> Any:
        operand = _operand(other)
        return foreign(ufunc, self, other, True) if operand is NotImplemented else apply(ufunc, (operand, self), {}, operate)

    def augmented(self: Any, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else inplace.augment(self, operate(self, other))

    return forward, reflected, augmented


def _unary(ufunc: Any, operate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self: apply(ufunc, (self,), {}, operate)


for _name, (_ufunc, _operate) in BINARY.items():
    _forward, _reflected, _augmented = _binary(_ufunc, _operate)
    setattr(Tracer, f"__{_name}__", _forward)
    setattr(Tracer, f"__r{_name}__", _reflected)
    setattr(Tracer, f"__i{_name}__", _augmented)
for _name, (_ufunc, _operate) in COMPARE.items():
    setattr(Tracer, f"__{_name}__", _binary(_ufunc, _operate)[0])
for _name, _ufunc in BITWISE.items():
    _forward, _reflected, _ = _binary(_ufunc, _ufunc)
    setattr(Tracer, f"__{_name}__", _forward)
    setattr(Tracer, f"__r{_name}__", _reflected)
setattr(Tracer, "__invert__", _unary(np.invert, np.invert))
for _name, (_ufunc, _operate) in UNARY.items():
    setattr(Tracer, f"__{_name}__", _unary(_ufunc, _operate))


def _divmod(self: Any, other: Any) -> Any:
    return self // other, self % other


def _rdivmod(self: Any, other: Any) -> Any:
    return other // self, other % self


def _setitem(self: Any, index: Any, value: Any) -> None:
    inplace.write(self, index, value)


def _contains(self: Any, value: Any) -> bool:
    return bool(np.any(self == value))


def _copy(self: Any, memo: Any = None) -> Any:
    return np.copy(self)


def _round(self: Any, digits: Any = 0) -> Any:
    return np.round(self, digits or 0)


def _as_integer_ratio(self: Any) -> Any:
    leaves_trace("x.as_integer_ratio(), statistics.mean(x) or another exact computation", "Use np.mean, np.std and their like, or dualrev.stop_gradient(x).")


def _getitem(self: Any, index: Any) -> Any:
    return apply(getitem, (self, index), {})


for _name, _plain in {"divmod": _divmod, "rdivmod": _rdivmod, "setitem": _setitem, "copy": _copy, "deepcopy": _copy, "round": _round, "trunc": Tracer.__int__}.items():
    setattr(Tracer, f"__{_name}__", _plain)
Tracer.as_integer_ratio = _as_integer_ratio  # type: ignore[attr-defined]
for _name, _plain in {"getitem": _getitem, "contains": _contains}.items():
    setattr(Sized, f"__{_name}__", _plain)

# method -> the function of the same arguments
METHODS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name) for name in (
        "sum mean prod max min std var any all argmax argmin argsort argpartition cumsum cumprod clip round repeat swapaxes squeeze take "
        "dot trace diagonal ravel nonzero searchsorted choose copy").split()
}
METHODS["conj"] = METHODS["conjugate"] = np.conjugate
# NumPy's object loops call these methods for the ufuncs of the same name
OBJECT_LOOPS = ("sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt square "
                "floor ceil trunc rint degrees radians deg2rad rad2deg fabs reciprocal sign isfinite isinf isnan arctan2 hypot fmod logical_not").split()


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: apply(function, (self, *args), kwargs)


for _name, _function in METHODS.items():
    setattr(Tracer, _name, _method(_function))
for _name in OBJECT_LOOPS:
    setattr(Tracer, _name, _method(getattr(np, _name)))


def _reshape(self: Any, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
    y = apply(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {} if order == "C" else {"order": order})
    return np.copy(y) if copy else y


def _transpose(self: Any, *axes: Any) -> Any:
    if not axes or axes == (None,):
        return apply(np.transpose, (self,), {})
    return apply(np.transpose, (self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes), {})


def _flatten(self: Any, order: str = "C") -> Any:
    return np.copy(np.ravel(self, order))


def _astype(self: Any, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True) -> Any:
    return self if not copy and np.dtype(dtype) == self.dtype else apply(cast, (self, np.dtype(dtype)), {})


def _fill(self: Any, value: Any) -> None:
    inplace.write(self, ..., value)


def _put(self: Any, indices: Any, values: Any, mode: str = "raise") -> None:
    np.put(self, indices, values, mode)


def _sort(self: Any, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
    inplace.write(self, ..., np.sort(self, axis=axis))


def _partition(self: Any, kth: Any, axis: int = -1, kind: str = "introselect", order: Any = None) -> None:
    inplace.write(self, ..., np.partition(self, kth, axis=axis))


def _compress(self: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    return apply(np.compress, (condition, self), {"axis": axis} if out is None else {"axis": axis, "out": out})


def _tolist(self: Any) -> Any:
    return [entry.tolist() for entry in self] if self.shape else apply(item, (self,), {})


def _item(self: Any, *index: Any) -> Any:
    if not index:
        if self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return apply(item, (self,), {})
    one = self.ravel()[index[0]] if len(index) == 1 and not isinstance(index[0], tuple) else self[index[0] if len(index) == 1 else index]
    return apply(item, (one,), {})


for _name, _plain in {"reshape": _reshape, "transpose": _transpose, "flatten": _flatten, "astype": _astype, "fill": _fill, "put": _put, "compress": _compress, "sort": _sort,
                      "partition": _partition, "tolist": _tolist, "item": _item}.items():
    setattr(Tracer, _name, _plain)

PROPERTIES: dict[str, Callable[..., Any]] = {"T": lambda x: apply(np.transpose, (x,), {}), "mT": lambda x: np.swapaxes(x, -1, -2),
                                             "real": lambda x: apply(np.real, (x,), {}), "imag": lambda x: apply(np.imag, (x,), {}), "flat": np.ravel}
for _name, _get in PROPERTIES.items():
    setattr(Tracer, _name, property(_get))

Tracer.real = property(PROPERTIES["real"], lambda self, v: inplace.write(self, ..., v + 1j * np.imag(self)))  # type: ignore[attr-defined]
Tracer.flat = property(PROPERTIES["flat"], lambda self, v: np.put(self, np.arange(self.size), v))  # type: ignore[attr-defined]
Tracer.imag = property(PROPERTIES["imag"], lambda self, v: inplace.write(self, ..., np.real(self) + 1j * v))  # type: ignore[attr-defined]


def _refuse(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise NoRuleError(f"ndarray.{name} reads or changes the memory of a traced array, which has none of its own{at_line()}. "
                          "Use NumPy's functions, or dualrev.stop_gradient(x) for the plain values.")

    return method


for _name in "view tobytes tofile dump dumps getfield setfield setflags byteswap resize to_device newbyteorder".split():
    setattr(Tracer, _name, _refuse(_name))
for _name in ("data", "ctypes", "strides", "flags", "base"):
    setattr(Tracer, _name, property(_refuse(_name)))
