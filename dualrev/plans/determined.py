"""Whether a function is determined: seen in its bytecode to follow from its argument and from values that can be looked at.

Python does something to the world, or hears of it, only by storing in something that is not its own, by importing, by attributes of objects that are not known, and by
calls. So a function is determined whose names mean numbers, arrays, containers of these, functions from the table of derivatives, or other functions of this kind, whose
attributes are those of arrays and containers, and which stores in its own variables, in arrays and in containers of its own alone. That it leaves the arrays as they were
shows when it has run: see `Determined.mark`. Whatever is not known here makes a function undetermined, which is always safe to say.
"""

from __future__ import annotations

import dis
import functools
import math
import sys
from collections.abc import Callable
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..core.rows import TABLE
from .remembered import LARGEST, coded, digest

__all__ = ["Determined", "determined"]

LAST = (3, 14)  # the last Python whose bytecode was looked at
READS = frozenset({"LOAD_GLOBAL", "LOAD_DEREF", "LOAD_CLASSDEREF"})
ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
OWN = ("STORE_FAST", "DELETE_FAST")
FOREIGN = ("STORE_", "DELETE_", "IMPORT_", "LOAD_NAME", "LOAD_BUILD_CLASS", "LOAD_FROM_DICT", "LOAD_SUPER", "LOAD_LOCALS")
CAUGHT = frozenset({"PUSH_EXC_INFO", "SETUP_FINALLY", "SETUP_WITH", "BEFORE_WITH", "LOAD_SPECIAL"})  # a decision by an error, which no recording knows
WRITES = ("INPLACE_", "STORE_SUBSCR", "STORE_SLICE", "DELETE_SUBSCR")  # into numbers, arrays and containers
OF_ARRAYS = frozenset(
    "T mT shape ndim size dtype real imag sum mean prod std var min max dot copy reshape ravel flatten transpose swapaxes squeeze astype conj conjugate cumsum cumprod "
    "clip diagonal trace take repeat argmax argmin argsort any all round nonzero item tolist reduce accumulate outer reduceat items keys values index count get".split())
WRITERS = frozenset("append extend insert pop remove clear reverse sort fill put itemset partition resize at update setdefault copyto place putmask fill_diagonal "
                    "put_along_axis".split())
KNOWN = OF_ARRAYS | WRITERS
BUILTINS = frozenset({abs, all, any, bool, complex, dict, divmod, enumerate, float, int, isinstance, len, list, max, min, pow, range, reversed, round, slice, sorted, sum,
                      tuple, zip, np.float64, np.float32, np.complex128, np.ndarray, np.finfo, np.linalg.LinAlgError,
                      *(f for name, f in vars(math).items() if name[0] != "_" and callable(f))})
WORLDLY = frozenset({np.empty, np.empty_like, np.array2string, np.array_repr, np.array_str})
SIMPLE = frozenset({bool, int, float, complex, str, slice, type(None), type(Ellipsis)})


class Determined:
    """What a determined function reads.

    Parameters
    ----------
    f, args, more
        As `determined` was asked.

    Attributes
    ----------
    key : tuple
        Such that equal keys mean the same function; it refers to arrays that may change later.
    lasts : bool
        Whether the key can be looked up, and is not too large to be kept.
    kept : list of array
        Arrays among it to which the function does not write on the way.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], more: Any) -> None:
        self.f, self.args, self.more = f, args, more
        reading = self._read()
        self.key = reading.key
        self.lasts = more is not None and sum([x.nbytes for x in reading.arrays]) <= LARGEST
        self.kept = [] if reading.writes else reading.arrays

    def _read(self) -> _Reading:
        reading = _Reading()
        reading.key = (reading.value(self.f), reading.value(self.args), self.more)
        if reading.writes and reading.containers:  # in which it may keep what it has seen
            raise _Unknown
        return reading

    def mark(self) -> Any:
        """What is another after somebody, the function too, has written to the arrays that it reads."""
        reading = self._read()
        return reading.key, [digest(x) for x in reading.arrays]


class Look(NamedTuple):
    """What a code object reads, as (is a cell, name, attributes), and whether it writes into arrays or numbers."""

    reads: tuple[tuple[bool, str, tuple[str, ...]], ...]
    writes: bool


@functools.lru_cache(maxsize=1024)
def look(code: CodeType) -> Look | None:
    """Read a code object and those within; None where something in it is not known to be harmless."""
    reads: dict[Any, None] = {}
    writes = _read(code, frozenset(), reads)
    return None if writes is None else Look(tuple(reads), writes)


def _read(code: CodeType, outer: frozenset[str], reads: dict[Any, None]) -> bool | None:
    own = outer.union(code.co_cellvars)
    writes = any(c == "out" or (type(c) is tuple and "out" in c) for c in code.co_consts) or not WRITERS.isdisjoint(code.co_names)
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("EXTENDED_ARG", "PUSH_NULL", "PRECALL", "CACHE")]
    chained = 0
    for k, step in enumerate(steps):
        name = step.opname
        if name in READS:
            if name != "LOAD_GLOBAL" and step.argval in own:
                continue
            chain: list[str] = []
            while k + 1 + len(chain) < len(steps) and steps[k + 1 + len(chain)].opname in ATTRIBUTES:
                chain.append(steps[k + 1 + len(chain)].argval)
            reads[name != "LOAD_GLOBAL", step.argval, tuple(chain)] = None
            chained = k + len(chain)
        elif name in ATTRIBUTES:
            if k > chained and step.argval not in KNOWN:
                return None
        elif name.startswith(WRITES) or (name == "BINARY_OP" and "=" in step.argrepr):
            writes = True
        elif name in CAUGHT or (name.startswith(FOREIGN) and not name.startswith(OWN) and not (name == "STORE_DEREF" and step.argval in own)):
            return None
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            found = _read(inner, own, reads)
            if found is None:
                return None
            writes = writes or found
    return writes


class _Unknown(Exception):
    """Something is not known to be harmless."""


class _Reading:
    """What is found while the values that a function reads are looked at."""

    def __init__(self) -> None:
        self.functions: dict[int, int] = {}  # those looked at, by their place in the key
        self.key: Any = ()
        self.writes = self.containers = False
        self.arrays: list[np.ndarray] = []

    def function(self, f: FunctionType) -> Any:
        if id(f) in self.functions:
            return self.functions[id(f)]
        self.functions[id(f)] = len(self.functions)
        seen = look(f.__code__)
        if seen is None:
            raise _Unknown
        self.writes = self.writes or seen.writes
        cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
        names = f.__globals__
        parts: list[Any] = [f.__code__, self.value(f.__defaults__), self.value(f.__kwdefaults__)]
        for is_cell, name, chain in seen.reads:
            if is_cell:
                root = cells[name].cell_contents
            elif name in names:
                root = names[name]
            else:
                root = _builtin(names, name)
            parts.append(self.read(root, chain))
        return tuple(parts)

    def read(self, root: Any, chain: tuple[str, ...]) -> Any:
        """A value that a name means, or an attribute of a module."""
        used = 0
        while isinstance(root, ModuleType) and used < len(chain):
            root, used = getattr(root, chain[used]), used + 1
        if not KNOWN.issuperset(chain[used:]) or (type(root) is FunctionType and used < len(chain)):
            raise _Unknown
        return self.value(root)

    def value(self, x: Any) -> Any:
        """A part of a key, such that equal parts mean the same value."""
        kind = type(x)
        if kind is np.ndarray:
            if x.dtype.hasobject:
                raise _Unknown
            self.arrays.append(x)
            return coded(x)
        if kind in SIMPLE or isinstance(x, (np.number, np.bool_, np.dtype)):
            return coded(x)
        if kind is tuple or kind is list:
            self.containers = self.containers or kind is list
            return kind, *[self.value(part) for part in x]
        if kind is dict:
            self.containers = True
            return kind, *[(coded(name), self.value(part)) for name, part in x.items()]
        if callable(x) and _is_known(x):
            return x
        if kind is FunctionType:
            return self.function(x)
        if kind is functools.partial:
            return kind, self.value(x.func), self.value(x.args), self.value(x.keywords)
        raise _Unknown


def _is_known(function: Any) -> bool:
    """Whether a function follows from its arguments and changes nothing."""
    place = str(getattr(function, "__module__", ""))
    if function in BUILTINS or place.startswith("dualrev.scipy.") or (place == "builtins" and isinstance(function, type) and issubclass(function, Exception)):
        return True
    row = TABLE.get(function)
    return row is not None and not row.foreign and function not in WORLDLY


def _builtin(names: dict[str, Any], name: str) -> Any:
    found = names["__builtins__"]
    return (found if isinstance(found, dict) else vars(found))[name]


def determined(f: Callable[..., Any], args: tuple[Any, ...] = (), more: Any = ()) -> Determined | None:
    """Whether a function of one array and ``args`` is determined.

    Parameters
    ----------
    f, args
        The function, and what it is called with besides.
    more : object
        What else makes it another function, hashable; None where that is not known.

    Returns
    -------
    Determined or None
        None where it is not.

    Examples
    --------
    >>> def weighted(scale):
    ...     return lambda x: np.sum(scale * x)
    >>> determined(weighted(2.0)).key == determined(weighted(2.0)).key != determined(weighted(3.0)).key
    True
    >>> seen = []
    >>> determined(lambda x: seen.append(x)) is None
    True
    """
    if type(f) not in (FunctionType, functools.partial) or sys.version_info[:2] > LAST:
        return None
    try:
        return Determined(f, args, more)
    except (_Unknown, KeyError, ValueError, TypeError, AttributeError, RecursionError):  # also a name without a value, and what cannot be looked up
        return None
