"""Pictures of coloured patterns, with matplotlib (the extra ``plot``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .colouring import Colouring

__all__ = ["draw"]


def draw(pattern: Any, colouring: Colouring | None, path: Any) -> None:
    """Save a picture of a pattern: each entry has the colour of the pass in which it is read.

    Parameters
    ----------
    pattern : Pattern
        The pattern.
    colouring : Colouring or None
        Without it all entries are alike.
    path : path
        Where the picture goes; its ending tells the format.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from .products import entries_read

    matrix = pattern.matrix
    height, width = matrix.shape
    rows, columns = np.repeat(np.arange(height), np.diff(matrix.indptr)), matrix.indices
    colours = np.zeros(matrix.nnz, int) if colouring is None else entries_read(matrix, colouring)[0]
    scale = 5.0 / max(height, width, 1)
    figure = Figure(figsize=(max(width * scale, 1.5) + 0.6, max(height * scale, 1.5) + 0.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    side = 0.92 * 72 * scale
    axes.scatter(columns, rows, c=[PALETTE[k % len(PALETTE)] for k in colours], marker="s", s=max(side, 0.7) ** 2, linewidths=0)
    axes.set_xlim(-0.5, max(width, 1) - 0.5)
    axes.set_ylim(max(height, 1) - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.xaxis.tick_top()
    count = "" if colouring is None else f", {colouring.count} {colouring.kind} colours"
    axes.set_xlabel(f"{height} x {width}, {matrix.nnz} entries{count}")
    figure.savefig(path, dpi=150)


PALETTE = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf", "#393b79", "#637939", "#8c6d31", "#843c39", "#7b4173")
