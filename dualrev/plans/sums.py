"""Sums of an array and a part of it, in the array's own memory: zeros around the part need not be made, nor added."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..rules.indexing import scattered

__all__ = ["added", "deducted", "in_place"]


def added(total: Any, part: Any, index: slice) -> Any:
    """``total[index] += part``"""
    view = total[index]
    np.add(view, part, view)
    return total


def deducted(total: Any, part: Any, index: slice) -> Any:
    """``total[index] -= part``"""
    view = total[index]
    np.subtract(view, part, view)
    return total


NEW = frozenset({operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow, added, deducted})  # whose values are in memory of their own


def in_place(stages: list[list[Any]], template: Sequence[Any], outputs: Sequence[int], forms: dict[int, Any]) -> None:
    """Let slices be added to arrays that were made in the same stage, and that no other step reads.

    Parameters
    ----------
    stages, template, outputs
        As in `replay.Replay`.
    forms : dict
        Shape and dtype of the values of steps, by slot, where they are known.
    """
    uses: dict[int, int] = dict.fromkeys(outputs, 1)
    for steps in stages:
        for _, _, a, b in steps:
            for k in b if a < 0 else (a, b):
                uses[k] = uses.get(k, 0) + 1
    for steps in stages:
        made: dict[int, Any] = {}
        left_out: set[int] = set()
        for n, (out, call, a, b) in enumerate(steps):
            step = None
            if call is operator.add and a >= 0 and b >= 0 and a != b:
                step = _joined(a, b, out, made, uses, template, forms) or _joined(b, a, out, made, uses, template, forms)
            if step is not None:
                steps[n] = (out, *step[0])
                left_out.update(step[1])
            made[out] = steps[n]
        if left_out:
            steps[:] = [step for step in steps if step[0] not in left_out]


def _joined(total: int, part: int, out: int, made: dict[int, Any], uses: dict[int, int], template: Sequence[Any], forms: dict[int, Any]) -> Any:
    """The call and the slots of a sum in the memory of ``total``, and the slots that are not needed any more; None where it is not of this kind."""
    if part not in made or made[part][1] is not scattered or uses[part] > 1 or total not in made or made[total][1] not in NEW or uses[total] > 1:
        return None
    g, index, _ = made[part][3]
    form = forms.get(total)
    if type(template[index]) is not slice or form is None or form != forms.get(out) or form[1] != (forms.get(g) or (None, None))[1]:
        return None
    if g in made and made[g][1] is operator.neg and uses[g] == 1:
        return (deducted, -1, (total, made[g][2], index)), (part, g)
    return (added, -1, (total, g, index)), (part,)
