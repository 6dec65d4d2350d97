"""Convolutions and their transposes with their filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .. import functional as F
from ..functional.geometry import per_axis
from .module import Module, normal, static

__all__ = ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"]


@dataclass(frozen=True, eq=False, repr=False)
class _Filters(Module):
    W: Any
    b: Any = None
    stride: Any = static(1)
    padding: Any = static(0)
    dilation: Any = static(1)
    groups: int = static(1)
    axes: ClassVar[int]

    @classmethod
    def create(cls, channels: int, filters: int, window: Any, rng: Any, *, bias: bool = True, gain: float = 1.0, dtype: Any = float, **options: Any) -> Any:
        """Draw the filters from a normal distribution of variance gain**2 / (entries that a result is a sum of); b is zero.

        ``window`` is an integer or one for each axis; ``options`` are the fields below b, such as the stride.
        """
        kernel, groups = per_axis(window, cls.axes, f"{cls.__name__}: window"), options.get("groups", 1)
        if channels % groups or filters % groups:
            raise ValueError(f"{cls.__name__}: {groups} groups do not divide {channels} channels and {filters} filters")
        shape = cls._shape(channels, filters, groups)
        return cls(normal(rng, (*shape, *kernel), channels // groups * int(np.prod(kernel)), gain, dtype), np.zeros(filters, dtype) if bias else None, **options)

    @classmethod
    def _shape(cls, channels: int, filters: int, groups: int) -> tuple[int, int]:
        return filters, channels // groups


class _Convolution(_Filters):
    def __call__(self, z: Any, rng: Any = None) -> Any:
        call = F.conv1d if self.axes == 1 else F.conv2d
        return call(z, self.W, self.b, stride=self.stride, padding=self.padding, dilation=self.dilation, groups=self.groups)


@dataclass(frozen=True, eq=False, repr=False)
class _Transposed(_Filters):
    output_padding: Any = static(0)

    @classmethod
    def _shape(cls, channels: int, filters: int, groups: int) -> tuple[int, int]:
        return channels, filters // groups

    def __call__(self, z: Any, rng: Any = None) -> Any:
        call = F.conv_transpose1d if self.axes == 1 else F.conv_transpose2d
        return call(z, self.W, self.b, stride=self.stride, padding=self.padding, output_padding=self.output_padding, dilation=self.dilation, groups=self.groups)


class Conv1d(_Convolution):
    """Convolution over one axis: z (batch, channels, length), W (filters, channels / groups, window), b (filters,).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.Conv1d.create(2, 4, 3, rng=0, padding="same")(np.zeros((1, 2, 10))).shape
    (1, 4, 10)
    """

    axes = 1


class Conv2d(_Convolution):
    """Convolution over two axes: z (batch, channels, height, width), W (filters, channels / groups, rows, columns), b (filters,).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.Conv2d.create(3, 16, 3, rng=0, stride=2, padding=1)(np.zeros((1, 3, 8, 8))).shape
    (1, 16, 4, 4)
    """

    axes = 2


class ConvTranspose1d(_Transposed):
    """Transposed convolution over one axis: z (batch, channels, length), W (channels, filters / groups, window), b (filters,).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.ConvTranspose1d.create(2, 4, 4, rng=0, stride=2, padding=1)(np.zeros((1, 2, 5))).shape
    (1, 4, 10)
    """

    axes = 1


class ConvTranspose2d(_Transposed):
    """Transposed convolution over two axes: z (batch, channels, height, width), W (channels, filters / groups, rows, columns), b (filters,).

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> dr.nn.ConvTranspose2d.create(16, 3, 2, rng=0, stride=2)(np.zeros((1, 16, 4, 4))).shape
    (1, 3, 8, 8)
    """

    axes = 2
