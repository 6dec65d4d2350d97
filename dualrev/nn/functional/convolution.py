"""Convolutions (without reversal of the filters, as networks have them) and transposed ones, over one, two or more axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import at_line
from ...rules.convolution import convolved, spread
from ...rules.products import array
from ...rules.windows import Geometry
from .geometry import moving, pairs, per_axis

__all__ = ["conv", "conv1d", "conv2d", "conv_transpose", "conv_transpose1d", "conv_transpose2d"]


def conv(x: Any, w: Any, b: Any = None, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    """Convolve with filters: y[f, i] = b[f] + sum over c, k of w[f, c, k] x[c, stride i + dilation k - padding].

    Parameters
    ----------
    x : array, shape (batch, channels, *shape) or (channels, *shape)
    w : array, shape (filters, channels / groups, *kernel)
        As many last axes as x has.
    b : array, shape (filters,), optional
    stride, dilation : int or one for each axis
    padding : int, one or a pair for each axis, "valid" (none) or "same" (as many places as entries, divided by the stride)
    groups : int
        Divide channels and filters into groups that do not see one another.

    Returns
    -------
    array, shape (batch, filters, *places)
        B[., x](v) is the transposed convolution of v with the same filters.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is out of range.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.conv(np.array([[1.0, 2.0, 4.0]]), np.array([[[-1.0, 1.0]]]))
    array([[1., 2.]])

    References
    ----------
    V. Dumoulin, F. Visin, A guide to convolution arithmetic for deep learning, arXiv:1603.07285 (2016).
    """
    x, w = array(x), array(w)
    n = w.ndim - 2
    single = _checked(x, w, n, groups, "conv")
    channels, filters = x.shape[-n - 1], w.shape[0]
    if channels != w.shape[1] * groups or filters % groups:
        raise ValueError(f"conv: {channels} channels in {groups} groups do not fit filters of shape {w.shape}, which take {w.shape[1]} each{at_line()}")
    geometry = moving(x.shape[-n:], w.shape[2:], stride, padding, dilation, groups, "conv")
    return _shifted(convolved(x[None] if single else x, w, geometry), b, filters, n, single, "conv")


def conv_transpose(x: Any, w: Any, b: Any = None, *, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    """The transpose of `conv`: each entry of x adds a copy of its filter to the result, ``stride`` entries apart.

    Parameters
    ----------
    x : array, shape (batch, channels, *places) or (channels, *places)
    w : array, shape (channels, filters / groups, *kernel)
        The filters of the convolution that this is the transpose of.
    b : array, shape (filters,), optional
    stride, dilation : int or one for each axis
    padding : int, or one or a pair for each axis
        What that convolution pads, which is cut off here.
    output_padding : int or one for each axis
        Entries more at the end, below the stride: which of the lengths that convolve to x's is meant.
    groups : int

    Returns
    -------
    array, shape (batch, filters, *shape)
        With shape = stride (places - 1) + dilation (kernel - 1) + 1 - padding + output_padding.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is out of range.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.conv_transpose(np.array([[1.0, 10.0]]), np.array([[[1.0, 2.0]]]), stride=2)
    array([[ 1.,  2., 10., 20.]])
    """
    x, w = array(x), array(w)
    n = w.ndim - 2
    single = _checked(x, w, n, groups, "conv_transpose")
    if x.shape[-n - 1] != w.shape[0] or w.shape[0] % groups:
        raise ValueError(f"conv_transpose: {x.shape[-n - 1]} channels in {groups} groups do not fit filters of shape {w.shape}{at_line()}")
    steps, gaps = per_axis(stride, n, "conv_transpose: stride"), per_axis(dilation, n, "conv_transpose: dilation")
    more = per_axis(output_padding, n, "conv_transpose: output_padding", 0)
    if any(k >= max(s, d) for k, s, d in zip(more, steps, gaps, strict=True)):
        raise ValueError(f"conv_transpose: output_padding {output_padding!r} must be below the stride or the dilation{at_line()}")
    if isinstance(padding, str):
        raise ValueError(f"conv_transpose: padding must be numbers, got {padding!r}{at_line()}")
    cut = pairs(padding, n, (), (), (), "conv_transpose")
    shape = tuple(s * (m - 1) + d * (k - 1) + 1 - a - e + o
                  for m, k, s, d, (a, e), o in zip(x.shape[-n:], w.shape[2:], steps, gaps, cut, more, strict=True))
    if min(shape) < 1:
        raise ValueError(f"conv_transpose: the padding {padding!r} leaves nothing of the result{at_line()}")
    geometry = Geometry(shape, tuple(w.shape[2:]), steps, cut, gaps, groups)
    return _shifted(spread(x[None] if single else x, w, geometry), b, w.shape[1] * groups, n, single, "conv_transpose")


def _checked(x: Any, w: Any, n: int, groups: int, what: str) -> bool:
    """Whether x has no batch axis."""
    if n < 1 or x.ndim not in (n + 1, n + 2):
        raise ValueError(f"{what}: x of shape {x.shape} and filters of shape {w.shape} do not fit; they are (batch, channels, *shape) and (filters, channels, *kernel){at_line()}")
    if isinstance(groups, bool) or not isinstance(groups, (int, np.integer)) or groups < 1:
        raise ValueError(f"{what}: groups must be a positive integer, got {groups!r}{at_line()}")
    return bool(x.ndim == n + 1)


def _shifted(y: Any, b: Any, filters: int, n: int, single: bool, what: str) -> Any:
    """Add a number to each filter's result."""
    y = y[0] if single else y
    if b is None:
        return y
    if np.shape(b) != (filters,):
        raise ValueError(f"{what}: b has shape {np.shape(b)}, it must be ({filters},){at_line()}")
    return y + np.reshape(b, (filters,) + (1,) * n)


def _of_rank(n: int, w: Any, what: str) -> None:
    if np.ndim(w) != n + 2:
        raise ValueError(f"{what}: the filters have shape {np.shape(w)}, they must have {n + 2} axes{at_line()}")


def conv1d(x: Any, w: Any, b: Any = None, **options: Any) -> Any:
    """`conv` over one axis: x (batch, channels, length), w (filters, channels / groups, window).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.conv1d(np.ones((1, 1, 4)), np.ones((1, 1, 3)))
    array([[[3., 3.]]])
    """
    _of_rank(1, w, "conv1d")
    return conv(x, w, b, **options)


def conv2d(x: Any, w: Any, b: Any = None, **options: Any) -> Any:
    """`conv` over two axes: x (batch, channels, height, width), w (filters, channels / groups, rows, columns).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.conv2d(np.ones((1, 1, 2, 3)), np.ones((1, 1, 2, 2)))
    array([[[[4., 4.]]]])
    """
    _of_rank(2, w, "conv2d")
    return conv(x, w, b, **options)


def conv_transpose1d(x: Any, w: Any, b: Any = None, **options: Any) -> Any:
    """`conv_transpose` over one axis.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.conv_transpose1d(np.ones((1, 1, 2)), np.ones((1, 1, 3)))
    array([[[1., 2., 2., 1.]]])
    """
    _of_rank(1, w, "conv_transpose1d")
    return conv_transpose(x, w, b, **options)


def conv_transpose2d(x: Any, w: Any, b: Any = None, **options: Any) -> Any:
    """`conv_transpose` over two axes.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.functional.conv_transpose2d(np.ones((1, 1, 1, 1)), np.ones((1, 1, 2, 2)))
    array([[[[1., 1.],
             [1., 1.]]]])
    """
    _of_rank(2, w, "conv_transpose2d")
    return conv_transpose(x, w, b, **options)
