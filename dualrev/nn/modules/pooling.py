"""Pooling as modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .. import functional as F
from .module import Module, static

__all__ = ["AvgPool1d", "AvgPool2d", "MaxPool1d", "MaxPool2d"]


@dataclass(frozen=True, eq=False, repr=False)
class _Pool(Module):
    window: Any = static()
    stride: Any = static(None)
    padding: Any = static(0)
    axes: ClassVar[int]


class _MaxPool(_Pool):
    def __call__(self, z: Any, rng: Any = None) -> Any:
        return F.max_pool(z, self.window, self.stride, self.padding, axes=self.axes)


class _AvgPool(_Pool):
    def __call__(self, z: Any, rng: Any = None) -> Any:
        return F.avg_pool(z, self.window, self.stride, self.padding, axes=self.axes)


class MaxPool1d(_MaxPool):
    """The largest entry of each window over the last axis."""

    axes = 1


class MaxPool2d(_MaxPool):
    """The largest entry of each window over the last two axes.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """

    axes = 2


class AvgPool1d(_AvgPool):
    """The average of each window over the last axis."""

    axes = 1


class AvgPool2d(_AvgPool):
    """The average of each window over the last two axes."""

    axes = 2
