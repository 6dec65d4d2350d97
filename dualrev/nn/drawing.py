"""Pictures of what a monitor has seen. Needs matplotlib, the extra ``dualrev[plot]``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["draw_reports"]


def draw_reports(reports: dict[int, Any], path: str | Path) -> None:
    """Save the sizes of activations and gradients, and the dead units, of each layer over the epochs.

    Raises
    ------
    ValueError
        If there are no reports.
    ImportError
        Without matplotlib.
    """
    try:
        from matplotlib import colormaps
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("drawing a monitor's reports needs matplotlib: pip install dualrev[plot]") from error
    if not reports:
        raise ValueError("the monitor has seen nothing yet: pass it to fit, or call its see method")
    epochs = list(reports)
    layers = reports[epochs[0]].layers
    figure = Figure(figsize=(13, 4), layout="constrained")
    panels = figure.subplots(1, 3)
    colours = colormaps["viridis"]
    for k, layer in enumerate(layers):
        look = {"color": colours(k / max(len(layers) - 1, 1)), "label": f"{layer.name} {layer.kind}", "marker": "." if len(epochs) < 20 else ""}
        for panel, part in zip(panels, ("activation", "gradient", "dead"), strict=True):
            values = [getattr(reports[epoch].layers[k], part) for epoch in epochs]
            if values[0] is not None:
                panel.plot(epochs, values, **look)
    for panel, title in zip(panels, ("activations: root mean square", "gradient at the input: root mean square", "share of dead units"), strict=True):
        panel.set(title=title, xlabel="epoch")
        panel.grid(alpha=0.3)
    for panel in panels[:2]:
        if any((line.get_ydata() > 0).any() for line in panel.get_lines()):
            panel.set_yscale("log")
    panels[2].set_ylim(-0.02, 1.02)
    panels[0].legend(fontsize=8)
    figure.savefig(path, dpi=110)
