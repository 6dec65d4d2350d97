"""The batch words of indexing. An index of an example becomes one of the payload; where it holds arrays, NumPy may put their axes elsewhere."""

import numpy as np

from ..core.tracer import Tracer, top_trace


class Place:
    """An index of the examples as an index of a payload.

    Parameters
    ----------
    index, lead
        The index with payloads in place of batched parts, and which parts those are.
    ndim : int
        The number of axes of an example.
    size : int
        The number of examples.
    whole : bool
        The array that is indexed has an axis for the examples.

    Attributes
    ----------
    index : tuple
        What to index the payload with.
    region : int
        The number of axes of what an example's index reads.
    known : bool
        False for an index that has to be left to each example.
    """

    def __init__(self, index, lead, ndim, size, whole):
        parts, own = (list(index), lead if type(lead) is tuple else (False,) * len(index)) if type(index) is tuple else ([index], (lead,))
        parts, own = zip(*(joined(part, flag, size) if isinstance(part, list) else (part, flag) for part, flag in zip(parts, own, strict=True)), strict=True) if parts else ((), ())
        self.known = not any(isinstance(part, (bool, np.bool_)) or (hasattr(part, "dtype") and part.dtype == bool and not part.shape) for part in parts)
        if any(flag and part.dtype == bool for part, flag in zip(parts, own, strict=True)):
            raise_mask()
        parts, own = expanded(list(parts), own, ndim)
        numbers = [k for k, part in enumerate(parts) if hasattr(part, "dtype") or isinstance(part, int)]
        shapes = [part.shape[1:] if flag else reads(part) for part, flag in ((parts[k], own[k]) for k in numbers)]
        rank = max(map(len, shapes), default=0)
        arrays = rank > 0
        self.first = arrays and numbers != list(range(numbers[0], numbers[0] + len(numbers)))  # NumPy puts the arrays' axes first
        before = 0 if self.first or not numbers else numbers[0]
        slices = len(parts) - len(numbers)
        self.region = slices + rank
        moved = [lined_up(part, flag, rank) for part, flag in zip(parts, own, strict=True)]
        if not any(own):
            self.index = (slice(None), *moved) if whole else tuple(moved)
            self.axes = [rank, *range(rank), *range(rank + 1, rank + 1 + slices)] if self.first and whole else None
        elif whole:
            self.index = (np.arange(size).reshape((-1,) + (1,) * rank), *moved)
            self.axes = [0, *range(1 + rank, 1 + rank + before), *range(1, 1 + rank), *range(1 + rank + before, 1 + rank + slices)] if before and rank else None
        else:
            together = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            self.index = tuple(moved)
            self.axes = [numbers[0], *(k for k in range(1 + rank + slices) if k != numbers[0])] if together and numbers[0] else None

    def read(self, y):
        """Bring what the payload's index reads into the order of an example's, examples first."""
        return y if self.axes is None else np.transpose(y, self.axes)

    def write(self, v):
        """Bring such a thing, which may lack leading axes or be repeated along them, into the order in which it is written."""
        shape = v.shape[1:]
        v = np.reshape(v, (v.shape[0],) + (1,) * (self.region - len(shape)) + tuple(shape[max(len(shape) - self.region, 0):]))
        return v if self.axes is None else np.transpose(v, np.argsort(self.axes).tolist())


def joined(part, own, size):
    """A list in an index as one array, and whether that has an axis for the examples, as some of its entries may."""
    own = own if type(own) is tuple else (own,) * len(part)
    found = [joined(entry, flag, size) if isinstance(entry, list) else (entry, flag) for entry, flag in zip(part, own, strict=True)]
    if any(flag for _, flag in found):
        return np.stack([entry if flag else np.broadcast_to(entry, (size, *np.shape(entry))) for entry, flag in found], axis=1), True
    entries = [entry for entry, _ in found]
    return np.stack(entries) if top_trace(entries)[0] is not None else np.asarray(entries, None if part else int), False


def reads(part):
    """The shape that an index array gives its result."""
    if not hasattr(part, "dtype"):
        return ()
    return (int(np.count_nonzero(part)),) if part.dtype == bool else part.shape


def lined_up(part, own, rank):
    """Align the axes of an index array with those of the others; a mask is left as it is."""
    if not own:
        return part
    return np.reshape(part, (part.shape[0],) + (1,) * (rank + 1 - len(part.shape)) + tuple(part.shape[1:]))


def expanded(parts, own, ndim):
    """Write the ellipsis, and what the end leaves out, as slices."""
    used = sum(part.ndim if hasattr(part, "dtype") and part.dtype == bool else part is not None and part is not Ellipsis for part in parts)
    places = [k for k, part in enumerate(parts) if part is Ellipsis]
    at = places[0] if places else len(parts)
    gap = [slice(None)] * (ndim - used)
    return parts[:at] + gap + parts[at + 1:], (*own[:at], *(False,) * len(gap), *own[at + 1:])


def raise_mask():
    """Raise the error for a mask that differs from example to example."""
    from ..core.errors import DualrevError, at_line

    raise DualrevError(f"x[mask] with a mask that depends on the example reads another number of entries for each{at_line()}. Use np.where(mask, x, other), which keeps the shape.")


def plain_index(lead):
    """Whether an index has no part that depends on the example."""
    return lead is False or (type(lead) is tuple and not any(lead))


def getitem(step):
    """x[index]."""
    from ..core.indexing import getitem

    (x, index), (whole, lead) = step.args, step.lead
    if type(whole) is tuple or not hasattr(x, "shape"):
        return NotImplemented
    if plain_index(lead) and is_simple(index):
        return x[(slice(None), *index) if type(index) is tuple else (slice(None), index)]
    place = Place(index, lead, len(x.shape) - bool(whole), step.size, bool(whole))
    return place.read(getitem(x, place.index)) if place.known else NotImplemented


def is_simple(index):
    """Whether an index reads a view, or with one array alone, so that its axes stay in their places."""
    parts = index if type(index) is tuple else (index,)
    arrays = 0
    for part in parts:
        if isinstance(part, (bool, np.bool_, Tracer)):
            return False
        if hasattr(part, "shape") or isinstance(part, list):
            arrays += 1
        elif not (part is None or part is Ellipsis or isinstance(part, (slice, int))):
            return False
    return arrays == 0 or (arrays == 1 and not any(isinstance(part, (int, np.integer)) for part in parts))


def scattered(step):
    """Zeros with g added at an index."""
    from .indexing import scattered

    (g, index, shape), (own, lead, _) = step.args, step.lead
    g = g if own else np.broadcast_to(g, (step.size, *np.shape(g)))
    if plain_index(lead) and is_simple(index):
        return scattered(g, (slice(None), *index) if type(index) is tuple else (slice(None), index), (step.size, *shape))
    place = Place(index, lead, len(shape), step.size, True)
    return scattered(place.write(g), place.index, (step.size, *shape)) if place.known else NotImplemented


def replaced(step):
    """x with x[index] = v."""
    (x, v, index), (of_x, of_v, lead) = step.args, step.lead
    if type(of_v) is tuple or not hasattr(x, "shape"):
        return NotImplemented
    x = x if of_x else np.broadcast_to(x, (step.size, *np.shape(x)))
    masked = (lead is True or isinstance(index, Tracer)) and index.dtype == bool and len(index.shape) > bool(lead)
    if masked and np.ndim(v) == of_v:  # one number under a mask, batched here or below, keeps the shape
        mask = np.reshape(index, index.shape + (1,) * (len(x.shape) - len(index.shape) - (not lead)))
        return np.where(mask, np.reshape(v, (-1,) + (1,) * (len(x.shape) - 1)) if of_v else v, x).astype(x.dtype)
    return changed(step, x)


def added(step):
    """x with v added at an index."""
    x = step.args[0]
    if type(step.lead[1]) is tuple or not hasattr(x, "shape"):
        return NotImplemented
    return changed(step, x if step.lead[0] else np.broadcast_to(x, (step.size, *np.shape(x))))


def changed(step, x):
    """The function of an array with an axis for the examples, of v and an index."""
    (_, v, index), (_, of_v, lead) = step.args, step.lead
    place = Place(index, lead, len(x.shape) - 1, step.size, True)
    if not place.known:
        return NotImplemented
    if of_v or place.axes is not None:
        v = place.write(v if of_v else np.broadcast_to(v, (step.size, *np.shape(v))))
    return step.call(x, v, place.index)
