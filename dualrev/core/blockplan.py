"""Programs of ufuncs that are carried out block by block, in memory that stays in the cache."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .sharing import share

__all__ = ["Plan", "Step"]

LINE = 64  # bytes: a store that crosses the lines of the cache takes twice as long
SHARED = 32  # blocks from which on the processors share them: that does not pay for the cheapest functions, and for others twice
Step = tuple[Any, tuple[int, ...], int, bool]  # (what is called, slots of its arguments, slot of its value, whether it is a ufunc)


class Plan:
    """A program on arrays of one length, which it never holds: it may be run again on others of the same forms.

    Parameters
    ----------
    length, rows : int
        The length of all arrays, and of a block.
    slots : list
        The literals, and None where a block has something of its own.
    sources : list of int
        The slots of the arrays that it is given.
    steps : list of Step
        In order.
    forms : dict
        Shape and dtype of the values of steps, by slot.
    outputs : list of (form, slot, dict)
        The arrays that are written to: whole, as the value of the slot; or as a sum, where the slot is None, by (where: slot of the value) the parts that are added.
    fresh : set of int
        The outputs that are sums in memory with nothing in it yet.
    """

    __slots__ = ("begins", "buffers", "forms", "length", "rows", "size", "slots", "sources", "steps", "sums", "wholes")

    def __init__(self, length: int, rows: int, slots: list[Any], sources: list[int], steps: list[Step], forms: dict[int, Any], outputs: list[Any], fresh: set[int]) -> None:
        self.length, self.rows, self.slots, self.sources = length, rows, slots.copy(), sources
        self.forms = [form for form, _, _ in outputs]
        self.wholes: list[tuple[int, int, int]] = []  # (slot, output, where the slot's block begins)
        self.begins: list[tuple[int, int]] = []  # (output, the end of what no later block reaches)
        self.sums = any(parts for _, _, parts in outputs)
        finals: list[Step] = []
        for n, (_, slot, parts) in enumerate(outputs):
            if not parts:
                direct = slot in forms and all(slot != k for k, _, _ in self.wholes)
                k = slot if direct else self._slot()
                if not direct:
                    finals.append((np.positive, (slot,), k, True))
                self.wholes.append((k, n, 0))
            for at in sorted(parts, reverse=True):  # the last part may write to fresh memory, because the blocks of the others lie before its own
                k = self._slot()
                first = n in fresh and at == max(parts)
                finals.append((np.positive, (parts[at],), k, True) if first else (np.add, (k, parts[at]), k, True))
                self.wholes.append((k, n, at))
            if n in fresh:
                self.begins.append((n, max(parts)))
        steps = _needed(steps, finals, {k for k, _, _ in self.wholes})
        self.steps = [(call, -1, -1, (reads, out)) if not ufunc else (call, reads[0], reads[1] if len(reads) == 2 else -1, out) for call, reads, out, ufunc in steps]
        self.buffers, self.size = _laid_out(steps, rows, {k: form for k, form in forms.items() if all(k != whole for whole, _, _ in self.wholes)})

    def _slot(self) -> int:
        self.slots.append(None)
        return len(self.slots) - 1

    def run(self, arrays: list[Any], outputs: list[Any]) -> list[Any]:
        """Carry the program out.

        Parameters
        ----------
        arrays : list of array
            One for each source.
        outputs : list of array or None
            Where to write; None stands for a new array.

        Returns
        -------
        list of array
            The outputs.
        """
        outputs = [np.empty(*form) if output is None else output for output, form in zip(outputs, self.forms, strict=True)]
        for n, last in self.begins:
            outputs[n][:last] = outputs[n][last + self.length:] = 0
        wholes = [(k, a, 0) for k, a in zip(self.sources, arrays, strict=True)] + [(k, outputs[n], at) for k, n, at in self.wholes]
        length, rows = self.length, self.rows
        steps: Any = self.steps

        def work(numbers: Iterable[int]) -> None:
            slots = self.slots.copy()
            memory = np.empty(self.size + LINE, np.uint8)  # one piece: many small ones would leave holes that no array fits into
            begin = -memory.__array_interface__["data"][0] % LINE
            buffers = [(k, np.ndarray(shape, dtype, memory, begin + at)) for k, shape, dtype, at in self.buffers]
            for number in numbers:
                at = number * rows
                n = min(rows, length - at)
                for k, whole, start in wholes:
                    slots[k] = whole[start + at:start + at + n]
                for k, buffer in buffers:
                    slots[k] = buffer[:n]
                for call, a, b, out in steps:
                    if b >= 0:
                        call(slots[a], slots[b], slots[out])
                    elif a >= 0:
                        call(slots[a], slots[out])
                    else:
                        np.copyto(slots[out[1]], call(*[slots[k] for k in out[0]]))

        count = -(-length // rows)
        if count >= SHARED and not self.sums:  # the blocks of sums overlap
            share(count, work)
        else:
            work(range(count))
        return outputs


def _needed(steps: list[Step], finals: list[Step], wanted: set[int]) -> list[Step]:
    """The steps on which slots and the last steps depend, and these."""
    needed, kept = wanted | {k for step in finals for k in step[1]}, []
    for step in reversed(steps):
        if step[2] in needed:
            needed.update(step[1])
            kept.append(step)
    return kept[::-1] + finals


def _laid_out(steps: list[Step], rows: int, forms: dict[int, Any]) -> tuple[list[Any], int]:
    """Memory for a block of each step's value, which later ones take over when nobody reads it any more: (slot, shape, dtype, offset) each, and the bytes of all."""
    last = {k: n for n, (_, reads, _, _) in enumerate(steps) for k in reads}
    owned: dict[int, Any] = {}
    free: dict[Any, list[int]] = {}
    size = 0
    for n, (_, reads, out, _) in enumerate(steps):
        for k in set(reads):
            if k in owned and last[k] == n:
                free.setdefault(forms[k], []).append(owned[k][3])
        if out in forms:
            form = forms[out]
            shape, dtype = (rows, *form[0][1:]), form[1]
            if free.get(form):
                owned[out] = out, shape, dtype, free[form].pop()
            else:
                owned[out] = out, shape, dtype, size
                size += -(-math.prod(shape) * dtype.itemsize // LINE) * LINE
    return list(owned.values()), size
