"""Masks in the place of partial derivatives that are 0 or 1: what was not chosen is left out and not multiplied by 0."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["is_mask", "masked", "signs"]

_BOOL = np.dtype(bool)
FEW = 1 << 10  # entries up to which one call costs less than three
_WORDS = {np.dtype(np.float64): np.dtype(np.int64), np.dtype(np.float32): np.dtype(np.int32)}


def is_mask(p: Any) -> bool:
    """Whether a partial derivative is a plain array of truth values."""
    return type(p) is np.ndarray and p.dtype is _BOOL


def masked(g: Any, mask: Any) -> Any:
    """A new array with the entries of g where a mask of at least its shape is true, and 0 elsewhere, whatever g is there.

    The mask is made of words of ones and zeros that are combined with those of g: three passes whose time does not depend on the entries, where ``np.where`` mispredicts
    every other one of a mask without order, which takes ten times as long.
    """
    word = _WORDS.get(g.dtype)
    if word is None or mask.size <= FEW:
        chosen = np.where(mask, g, np.zeros((), g.dtype))
        return chosen if chosen.shape else chosen[()]
    r = np.empty(mask.shape, g.dtype)
    words = r.view(word)
    words[...] = np.negative(mask.view(np.int8))  # -1 has all bits
    np.bitwise_and(words, g.view(word), words)
    return r


def signs(x: Any) -> Any:
    """1 or -1 by the sign bits of an array of which no entry is 0 or NaN, twice as fast as ``np.sign``; None for other dtypes."""
    word = _WORDS.get(x.dtype)
    if word is None:
        return None
    r = np.empty(x.shape, x.dtype)
    words = r.view(word)
    np.bitwise_and(x.view(word), np.iinfo(word).min, words)
    np.bitwise_or(words, np.ones((), x.dtype).view(word), words)
    return r
