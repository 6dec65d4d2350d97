"""Loss scaling: small gradients would vanish in float16, so the loss is multiplied before the backward pass and the gradient divided after it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LossScale", "as_scale"]


@dataclass(frozen=True)
class LossScale:
    """A dynamic scale: an overflow skips the step and shrinks it, a run of good steps grows it.

    Parameters
    ----------
    initial : float
        The first scale; powers of two are exact.
    factor : float
        It is divided by this on overflow, and multiplied by it after ``every`` good steps in a row.
    every : int, optional
        None: a static scale, which an overflow does not change.
    least, most : float
        It stays between these. An overflow at ``least`` raises: the gradient itself is not finite.

    Examples
    --------
    >>> import dualrev as dr
    >>> scale = dr.nn.LossScale(1024.0, every=2)
    >>> scale.after(1024.0, 0, overflow=True), scale.after(512.0, 0, overflow=False), scale.after(512.0, 1, overflow=False)
    ((512.0, 0), (512.0, 1), (1024.0, 0))

    References
    ----------
    P. Micikevicius et al., Mixed precision training, ICLR 2018.
    """

    initial: float = 2.0**15
    factor: float = 2.0
    every: int | None = 1000
    least: float = 1.0
    most: float = 2.0**24

    def __post_init__(self) -> None:
        if not (self.initial > 0 and self.factor > 1 and 0 < self.least <= self.most and (self.every is None or self.every >= 1)):
            raise ValueError(f"LossScale: a scale must be positive, its factor above 1, and every at least 1, got {self}")

    def after(self, scale: float, good: int, overflow: bool) -> tuple[float, int]:
        """The scale and the number of good steps in a row after one more step."""
        if self.every is None:
            return scale, 0 if overflow else good + 1
        if overflow:
            return max(scale / self.factor, self.least), 0
        if good + 1 >= self.every:
            return min(scale * self.factor, self.most), 0
        return scale, good + 1

    def hopeless(self, scale: float, bad: int) -> bool:
        """Whether an overflow cannot be the scale's fault: at the least scale, or the tenth in a row of a static one."""
        return scale <= self.least if self.every is not None else bad >= 10


def as_scale(given: float | LossScale | str | None) -> LossScale | None:
    """A scale from a number (static), "dynamic", a LossScale, or None."""
    if given is None or isinstance(given, LossScale):
        return given
    if given == "dynamic":
        return LossScale()
    if isinstance(given, str):
        raise ValueError(f"loss_scale must be a number, 'dynamic' or a LossScale, got {given!r}")
    return LossScale(float(given), every=None, least=min(1.0, float(given)), most=max(2.0**24, float(given)))
