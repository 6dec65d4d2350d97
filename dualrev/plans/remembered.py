"""Replays of derivatives, remembered by the program that was differentiated: where a function comes again, its derivatives need not be recorded again.

The derivative of a program follows from the program alone: its calls, how they hang together, the literals among their arguments, bit for bit, and the decisions that
were taken. A call whose derivative is a user's own is not remembered, since that may change. A function that is `determined` is known by its bytecode and by what it reads.
"""

from __future__ import annotations

import operator
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.equations import Variable, is_whole, mapped, numeric
from ..core.indexing import getitem
from ..core.numbers import number_key
from ..core.rows import TABLE
from ..core.tracer import Tracer
from ..core.tree import flatten
from .replay import Replay

__all__ = ["LARGEST", "coded", "digest", "is_tabled", "owned", "program_of", "recall", "remember", "rerun"]

MOST, HELD = 32, 1 << 24  # programs, and bytes of their literals together
LONGEST, LARGEST = 500, 1 << 22  # calls of a program, and bytes of its literals
SHORT, SAMPLES = 1 << 12, 64  # bytes of an array that is looked up by all its entries, and how many are taken of a longer one
LITERALS = frozenset({type(None), type(Ellipsis), str, bool})
SCALARS = frozenset({int, float, complex})
NOWHERE: dict[Variable, int] = {}


class Literal:
    """A long array as a part of a key, which nobody writes to: found by a few entries, and then compared bit for bit."""

    __slots__ = ("bits", "sample")

    def __init__(self, array: np.ndarray) -> None:
        flat = np.ravel(array, order="K")  # which copies none that lies in memory without gaps
        self.bits = flat.view(np.uint8 if flat.nbytes % 8 else np.uint64)
        self.sample = array.shape, array.strides, array.dtype, flat[::max(1, flat.size // SAMPLES)].tobytes()

    def copy(self) -> Literal:
        """The same with memory of its own."""
        other: Literal = object.__new__(Literal)
        other.bits, other.sample = self.bits.copy(), self.sample
        return other

    def __hash__(self) -> int:
        return hash(self.sample)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self.sample == other.sample and np.array_equal(self.bits, other.bits)


def digest(array: np.ndarray) -> Any:
    """The entries of a short array; of a long one the sums of its words, as they lie in a matrix, over rows and columns."""
    if array.nbytes <= SHORT:
        return array.tobytes()
    bits = Literal(array).bits
    whole = len(bits) // SAMPLES * SAMPLES
    words = bits[:whole].reshape(-1, SAMPLES)
    return [np.add.reduce(words, axis=axis, dtype=np.uint64).tobytes() for axis in (0, 1)], bits[whole:].tobytes()


_known: OrderedDict[Any, tuple[Replay, int]] = OrderedDict()
_lock = threading.Lock()


def remember(key: Any, replay: Replay) -> None:
    """Keep a replay under the kind of derivative and the program; those go that were not asked for the longest."""
    size = sum(part.bits.nbytes for part in _literals(key))
    with _lock:
        _known[key] = replay, size
        held = sum(size for _, size in _known.values())
        while len(_known) > MOST or held > HELD:
            held -= _known.popitem(last=False)[1][1]


def _literals(key: Any) -> Iterator[Literal]:
    if isinstance(key, Literal):
        yield key
    elif isinstance(key, tuple):
        for part in key:
            yield from _literals(part)


def owned(key: Any) -> Any:
    """A key whose long arrays are copies, which nobody writes to."""
    if isinstance(key, Literal):
        return key.copy()
    return tuple([owned(part) for part in key]) if type(key) is tuple else key


def recall(key: Any) -> Replay | None:
    """The replay that is known under a key."""
    with _lock:
        found = _known.get(key)
        if found is None:
            return None
        _known.move_to_end(key)
        return found[0]


def rerun(x: Any, y: Any) -> Callable[[Any], Any]:
    """The function that was recorded between an argument and its result, as what it called."""
    recording = x._trace
    result = recording.symbol(y)
    equations, _ = recording.needed([result])
    steps = [(operator.getitem if e.call is getitem else e.call, e.inputs, e.parameters, e.outputs, e.structure.kind is None and not e.parameters and is_whole(e))
             for e in equations]

    def program(x: Any) -> Any:
        values: dict[Any, Any] = {recording.inputs[0]: x}

        def value(a: Any) -> Any:
            return values[a] if type(a) is Variable else a

        for call, inputs, parameters, outputs, plain in steps:
            if plain:
                values[outputs[0]] = call(*[values[a] if type(a) is Variable else a for a in inputs])
            else:
                y = call(*mapped(value, inputs), **mapped(value, parameters))
                values.update(zip(outputs, [y] if numeric(y) else flatten(y)[0], strict=True))
        return value(result)

    return program


def is_tabled(recording: Any) -> bool:
    """Whether every call has its derivative from the table, and none from a user."""
    for equation in recording.equations:
        row = TABLE.get(equation.function)
        if row is None or row.foreign:
            return False
    return True


def program_of(x: Any, y: Any) -> Any:
    """What a function recorded between its argument, the recording's one input, and its result, as something that can be looked up; None where it cannot be, or is long."""
    recording = x._trace
    if not is_tabled(recording) or len(recording.equations) > LONGEST or sum(kept.nbytes for _, kept in recording.literals.values()) > LARGEST:
        return None
    places: dict[Variable, int] = {v: k for k, v in enumerate(recording.inputs)}
    parts: list[Any] = [(v.shape, v.dtype) for v in recording.inputs]
    try:
        for equation in recording.equations:
            code: list[Any] = [equation.call]
            for a in equation.inputs:
                code.append(places[a] if type(a) is Variable else coded(a, places))
            if equation.parameters:
                code.append(coded(equation.parameters, places))
            for v in equation.outputs:
                if v is None:
                    code.append(None)
                else:
                    places[v] = len(places)
                    code.append((v.shape, v.dtype))
            parts.append(tuple(code))
        parts += [(places[branch.variable], coded(branch.value, places)) for branch in recording.branches]
        parts.append(coded(y._aux if isinstance(y, Tracer) else y, places))
        hash(found := tuple(parts))
    except TypeError:  # an argument that cannot be looked up
        return None
    return found


def coded(x: Any, places: dict[Variable, int] = NOWHERE) -> Any:
    """An argument with places for variables, such that equal codes mean the same argument. Long arrays are not copied: see `owned`."""
    kind = type(x)
    if kind is Variable:
        return places[x]
    if kind in LITERALS:
        return kind, x
    if kind in SCALARS:
        return number_key(x)
    if kind is slice:
        return kind, coded(x.start, places), coded(x.stop, places), coded(x.step, places)
    if kind is tuple or kind is list:
        return kind, *[coded(part, places) for part in x]
    if kind is dict:
        return kind, *[(name, coded(part, places)) for name, part in x.items()]
    if kind is np.ndarray or isinstance(x, np.generic):
        if x.dtype.hasobject:
            raise TypeError("objects have no value of their own")
        return Literal(x) if x.nbytes > SHORT else (kind, x.shape, x.dtype, x.tobytes())
    if isinstance(x, (np.dtype, type)):
        return kind, x
    raise TypeError(f"{kind} cannot be looked up")
