"""Einstein summation. Every form is brought to the explicit one, whose transposes are einsums again."""

import math

import numpy as np

from ..core.rows import decomposed, linear, multilinear
from ..core.tracer import Tracer, apply
from ..core.words import several
from . import batched_products
from .products import array

LARGE = 100_000


def contracted(subscripts, *operands):
    """Einsum in its explicit form, ``inputs->output``, without an ellipsis."""
    if any(isinstance(x, Tracer) for x in operands):
        return apply(contracted, (subscripts, *operands), {})
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2 or (len(operands) == 2 and is_large(subscripts, operands)))


def is_large(subscripts, operands):
    """Whether a contraction of two operands has so many products that a search for a matrix product among them pays."""
    lengths = {}
    for term, x in zip(subscripts.split("->")[0].split(","), operands, strict=True):
        lengths.update(zip(term, np.shape(x), strict=False))
    return math.prod(lengths.values()) > LARGE


def contracted_transpose(i, g, subscripts, *operands):
    """The cotangent of operand i is again an einsum: exchange its letters with the output's."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    mine = terms[i - 1]
    others = [x for k, x in enumerate(operands) if k != i - 1]
    letters = [term for k, term in enumerate(terms) if k != i - 1]
    known = set(output).union(*letters)
    sole = "".join(dict.fromkeys(mine))
    lengths = dict(zip(mine, operands[i - 1].shape, strict=True))
    found = contracted(",".join([output, *letters]) + "->" + "".join(c for c in sole if c in known), g, *others)
    for k, c in enumerate(sole):  # letters that were summed out of this operand alone
        if c not in known:
            found = np.repeat(np.expand_dims(found, k), lengths[c], axis=k)
    if sole == mine:
        return found
    grid = np.indices([lengths[c] for c in sole])  # letters that occur twice in this operand: its diagonal
    return scattered(found, tuple(grid[sole.index(c)] for c in mine), operands[i - 1].shape)


def scattered(g, index, shape):
    """Put g at an index of an array of zeros."""
    from .indexing import scattered as put

    return put(g, index, shape)


multilinear(contracted, contracted_transpose, variadic=True, batch=several(batched_products.contracted), name="np.einsum (explicit)")


def rearranged(x, subscripts):
    """Einsum of one operand in which nothing is summed: NumPy gives a view."""
    return apply(rearranged, (x, subscripts), {}) if isinstance(x, Tracer) else np.einsum(subscripts, x)


linear(rearranged, lambda g, x, subscripts: contracted_transpose(1, g, subscripts, x), selective=True, views=True, batch=batched_products.rearranged,
       name="np.einsum (of one operand)",
       domain=lambda rng: ((rng.normal(size=(2, 3, 2)), "iji->ij"), {}))


def einsum(*operands, optimize=False, dtype=None, order="K", casting="safe"):
    """np.einsum in all its forms, brought to the explicit one."""
    if not isinstance(operands[0], str):
        operands = _lettered(operands)
    text, arrays = operands[0].replace(" ", ""), [array(x) for x in operands[1:]]
    if dtype is not None:
        arrays = [_cast(x, np.dtype(dtype), casting) for x in arrays]
    subscripts = _explicit(text, arrays)
    term, _, output = subscripts.partition("->")
    if len(arrays) == 1 and set(term) == set(output):
        return rearranged(arrays[0], subscripts)
    return contracted(subscripts, *arrays)


def _cast(x, dtype, casting):
    if not np.can_cast(x.dtype, dtype, casting):
        raise TypeError(f"einsum: cannot cast an operand from {x.dtype} to {dtype} according to the rule {casting!r}")
    return x.astype(dtype)


def _lettered(operands):
    """Turn ``einsum(a, [0, 1], b, [1, 2], [0, 2])`` into the form with a string. Capitals come first, as they do in NumPy's order of letters."""
    def letters(axes):
        return "".join("..." if k is Ellipsis else chr(ord("A") + k) if k < 26 else chr(ord("a") + k - 26) for k in axes)

    arrays, lists = operands[0:-1:2] if len(operands) % 2 else operands[::2], operands[1::2]
    text = ",".join(map(letters, lists))
    return (text + ("->" + letters(operands[-1]) if len(operands) % 2 else ""), *arrays)


def _explicit(text, arrays):
    """Write out the output and replace each ellipsis by letters of its own."""
    inputs, _, output = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(arrays):
        raise ValueError(f"einsum: {len(terms)} terms for {len(arrays)} operands")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in text]
    widths = [x.ndim - len(term.replace("...", "")) for term, x in zip(terms, arrays, strict=True)]
    width = max((w for w, term in zip(widths, terms, strict=True) if "..." in term), default=0)
    spread = "".join(free[:width])
    if width and "->" in text and "..." not in output:
        raise ValueError("einsum: the operands have axes under '...', which the output must name as well")
    if "->" not in text:
        named = "".join(term.replace("...", "") for term in terms)
        output = ("..." if "..." in text else "") + "".join(sorted(c for c in set(named) if named.count(c) == 1))
    if "..." in output and "..." not in "".join(terms):
        output = output.replace("...", "")
    terms = [term.replace("...", spread[width - w:] if w else "") for term, w in zip(terms, widths, strict=True)]
    return ",".join(terms) + "->" + output.replace("...", spread)


decomposed(np.einsum, einsum)
