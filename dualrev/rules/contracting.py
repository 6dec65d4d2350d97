"""Products that contract axes: matmul, dot, einsum and their kin."""

import numpy as np

from ..core.rows import decomposed, multilinear
from ..core.tracer import Tracer, apply


def mT(a):
    """Transpose the last two axes."""
    return np.swapaxes(a, -1, -2)


def left(g, a, b):
    """Cotangent of a in a @ b."""
    if len(b.shape) == 1:
        return np.expand_dims(g, -1) * b if len(a.shape) > 1 else g * b
    if len(a.shape) == 1:
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, mT(b))


def right(g, a, b):
    """Cotangent of b in a @ b."""
    if len(a.shape) == 1:
        return np.expand_dims(a, -1) * np.expand_dims(g, -2) if len(b.shape) > 1 else g * a
    if len(b.shape) == 1:
        if len(a.shape) == 2:
            return np.matmul(g, a)
        return np.matmul(mT(a), np.expand_dims(g, -1))[..., 0]
    return np.matmul(mT(a), g)


multilinear(np.matmul, left, right)
multilinear(np.outer, lambda g, a, b: np.reshape(np.matmul(g, np.ravel(b)), a.shape), lambda g, a, b: np.reshape(np.matmul(np.ravel(a), g), b.shape))


def dot(a, b):
    """np.dot: matmul up to two axes, tensordot above, multiplication by a scalar."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return np.matmul(a, b)
    return tensordot(a, b, ((-1,), (-2 if np.ndim(b) > 1 else -1,)))


def inner(a, b):
    """np.inner: the last axes contracted."""
    return np.multiply(a, b) if np.ndim(a) == 0 or np.ndim(b) == 0 else tensordot(a, b, ((-1,), (-1,)))


def vdot(a, b):
    """np.vdot: conj(a) . b of the flattened arrays."""
    return np.matmul(np.ravel(np.conj(a)), np.ravel(b))


def tensordot(a, b, axes=2):
    """np.tensordot as one matrix product."""
    a, b = (x if isinstance(x, (np.ndarray, Tracer)) else np.asarray(x) for x in (a, b))
    if np.ndim(axes) == 0:
        of_a, of_b = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        of_a, of_b = (list(part) if np.ndim(part) else [part] for part in axes)
    of_a, of_b = [k % a.ndim for k in of_a], [k % b.ndim for k in of_b]
    if [a.shape[k] for k in of_a] != [b.shape[k] for k in of_b]:
        raise ValueError("shape-mismatch for sum")
    free_a = [k for k in range(a.ndim) if k not in of_a]
    free_b = [k for k in range(b.ndim) if k not in of_b]
    n = int(np.prod([a.shape[k] for k in of_a], dtype=int))
    flat_a = np.reshape(np.transpose(a, free_a + of_a), (int(np.prod([a.shape[k] for k in free_a], dtype=int)), n))
    flat_b = np.reshape(np.transpose(b, of_b + free_b), (n, int(np.prod([b.shape[k] for k in free_b], dtype=int))))
    return np.reshape(np.matmul(flat_a, flat_b), tuple(a.shape[k] for k in free_a) + tuple(b.shape[k] for k in free_b))


def kron(a, b):
    """np.kron as a broadcast product of interleaved axes."""
    a, b = (x if isinstance(x, (np.ndarray, Tracer)) else np.asarray(x) for x in (a, b))
    n = max(a.ndim, b.ndim)
    a = np.reshape(a, (1,) * (n - a.ndim) + a.shape) if n else a
    b = np.reshape(b, (1,) * (n - b.ndim) + b.shape) if n else b
    apart_a = tuple(k for length in a.shape for k in (length, 1))
    apart_b = tuple(k for length in b.shape for k in (1, length))
    return np.reshape(np.reshape(a, apart_a) * np.reshape(b, apart_b), tuple(i * j for i, j in zip(a.shape, b.shape, strict=True)))


decomposed(np.dot, dot)
decomposed(np.inner, inner)
decomposed(np.vdot, vdot)
decomposed(np.tensordot, tensordot)
decomposed(np.kron, kron)
decomposed(np.linalg.outer, lambda x1, x2: np.outer(x1, x2))
decomposed(np.linalg.matmul, lambda x1, x2: np.matmul(x1, x2))
decomposed(np.linalg.tensordot, lambda x1, x2, axes=2: tensordot(x1, x2, axes))
decomposed(np.vecdot, lambda a, b: np.sum(np.conj(a) * b, axis=-1))
decomposed(np.linalg.vecdot, lambda x1, x2, axis=-1: np.sum(np.conj(x1) * x2, axis=axis))
if hasattr(np, "matvec"):
    decomposed(np.matvec, lambda a, x: np.matmul(a, np.expand_dims(x, -1))[..., 0])
    decomposed(np.vecmat, lambda x, a: np.matmul(np.expand_dims(np.conj(x), -2), a)[..., 0, :])


def contracted(subscripts, *operands):
    """Einsum in its explicit form, ``inputs->output``, without an ellipsis."""
    if any(isinstance(x, Tracer) for x in operands):
        return apply(contracted, (subscripts, *operands), {})
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)


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


multilinear(contracted, contracted_transpose, variadic=True, name="np.einsum (explicit)")


def einsum(*operands, optimize=False, **kwargs):
    """np.einsum in all its forms, brought to the explicit one."""
    if not isinstance(operands[0], str):
        operands = _lettered(operands)
    text, arrays = operands[0].replace(" ", ""), operands[1:]
    arrays = tuple(x if isinstance(x, (np.ndarray, Tracer)) else np.asarray(x) for x in arrays)
    return contracted(_explicit(text, arrays), *arrays)


def _lettered(operands):
    """Turn ``einsum(a, [0, 1], b, [1, 2], [0, 2])`` into the form with a string."""
    def letters(axes):
        return "".join("..." if k is Ellipsis else chr(ord("a") + k) if k < 26 else chr(ord("A") + k - 26) for k in axes)

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
    if "->" not in text:
        named = "".join(term.replace("...", "") for term in terms)
        output = ("..." if "..." in text else "") + "".join(sorted(c for c in set(named) if named.count(c) == 1))
    terms = [term.replace("...", spread[width - w:] if w else "") for term, w in zip(terms, widths, strict=True)]
    return ",".join(terms) + "->" + output.replace("...", spread)


decomposed(np.einsum, einsum)
decomposed(np.linalg.multi_dot, lambda arrays: _chain(list(arrays)))


def _chain(arrays):
    y = arrays[0]
    for a in arrays[1:]:
        y = np.matmul(y, a)
    return y
