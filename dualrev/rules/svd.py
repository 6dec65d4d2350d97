"""The singular value decomposition."""

import numpy as np

from ..core.rows import decomposed
from ..core.tracer import concrete, meta, passive
from .factorisations import mH
from .products import array
from .repeated import near
from .singularspaces import assembled, singular_spaces
from .singularvectors import NOTES, decomposition, nothing

LA = np.linalg


def decomposed_stack(a, full):
    """U, s and V^H of a stack of matrices, those with equal or zero singular values one by one."""
    result = decomposition(a, full)
    s = concrete(result[1])
    odd = np.any(near(s), axis=(-2, -1)) | np.any(nothing(s), axis=-1)
    if not s.size or not np.any(odd):
        return result
    shape = meta(a)[0]
    if len(shape) == 2:
        return assembled(singular_spaces(a, full))
    flat, odd = np.reshape(a, (-1, *shape[-2:])), np.ravel(odd)
    plain, special = np.flatnonzero(~odd), np.flatnonzero(odd)
    first = decomposition(flat[plain], full)
    ones = [assembled(singular_spaces(flat[k], full)) for k in special]
    order = np.argsort(np.concatenate([plain, special]))
    stacked = [np.concatenate([some, np.stack(rest)])[order] for some, rest in zip(first, zip(*ones, strict=True), strict=True)]
    return tuple(np.reshape(part, shape[:-2] + meta(part)[0][1:]) for part in stacked)


def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """np.linalg.svd. For ``hermitian`` it is made from the eigenvalues, as NumPy does."""
    a = array(a)
    if not hermitian:
        return type(LA.svd(np.eye(1)))(*decomposed_stack(a, bool(full_matrices))) if compute_uv else LA.svdvals(a)
    if not compute_uv:
        return -np.sort(-np.abs(LA.eigvalsh(a)), axis=-1)
    w, v = LA.eigh(a)
    order = np.argsort(np.abs(passive(w)), axis=-1)[..., ::-1]
    w = np.take_along_axis(w, order, -1)
    v = np.take_along_axis(v, order[..., None, :], -1)
    sign = np.copysign(np.ones_like(passive(w)), passive(w))
    return type(LA.svd(np.eye(1)))(v, np.abs(w), mH(v * np.expand_dims(sign, -2)))


decomposed(LA.svd, svd, notes=NOTES, batch="leading")
