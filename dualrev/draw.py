"""Pictures of programs: Graphviz text, and a drawing with networkx and matplotlib (the extra ``plot``)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from .core.equations import Equation, Variable, variables_in
from .core.listing import listed, right_side
from .core.tracer import meta
from .plans.program import Program

__all__ = ["draw", "sketch", "to_dot"]

INPUT, CALL, OUTPUT = "input", "call", "output"
FILLS = {INPUT: "#cfe2f3", CALL: "#fff2cc", OUTPUT: "#d9ead3"}
FORWARD, BACKWARD = "#1f4e79", "#b03a2e"
LONG = 18
ACROSS, DOWN = 180.0, 79.0  # points between layers (at least), and between nodes of one layer


def parts(program: Program) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, Variable]]]:
    """Take a program apart into the nodes and edges of a graph.

    Returns
    -------
    nodes : list of (key, role, label)
        Inputs, calls and outputs.
    edges : list of (key, key, variable)
        From where a variable is made to where it is read, once for each reader.
    """
    inputs = [v for v in program.inputs if isinstance(v, Variable)]
    nodes = [(f"input {v.name}", INPUT, repr(v)) for v in inputs]
    made = {v: f"input {v.name}" for v in inputs}
    edges = []
    for k, equation in enumerate(program.equations):
        key = f"call {k}"
        nodes.append((key, CALL, _label(equation)))
        edges += [(made[v], key, v) for v in dict.fromkeys(variables_in((equation.inputs, equation.parameters)))]
        made.update({v: key for v in equation.outputs if v is not None})
    for k, (y, path) in enumerate(zip(program.outputs, program.result.paths(), strict=True)):
        key = f"output {k}"
        nodes.append((key, OUTPUT, "output" + path + ("" if isinstance(y, Variable) else f" = {listed(y)}")))
        if isinstance(y, Variable):
            edges.append((made[y], key, y))
    return nodes, edges


def _label(equation: Equation) -> str:
    """Write what a call does, such as ``x ** 2``."""
    text = right_side(equation)
    return text if len(text) <= LONG else equation.name


def to_dot(program: Program) -> str:
    """Describe a program's graph in the language of Graphviz.

    Parameters
    ----------
    program : Program
        What to describe.

    Returns
    -------
    str
        Text for the ``dot`` program.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> print(to_dot(dr.trace(lambda x: np.sin(x), 1.0)))
    digraph "<lambda>" {
        rankdir=LR;
        node [shape=box, style="rounded,filled"];
        "input x" [label="x:float64", fillcolor="#cfe2f3"];
        "call 0" [label="np.sin(x)", fillcolor="#fff2cc"];
        "output 0" [label="output", fillcolor="#d9ead3"];
        "input x" -> "call 0" [label="x"];
        "call 0" -> "output 0" [label="a"];
    }
    """
    nodes, edges = parts(program)
    lines = [f"digraph {_quoted(program.name)} {{", "    rankdir=LR;", '    node [shape=box, style="rounded,filled"];']
    lines += [f"    {_quoted(key)} [label={_quoted(label)}, fillcolor={_quoted(FILLS[role])}];" for key, role, label in nodes]
    lines += [f"    {_quoted(start)} -> {_quoted(end)} [label={_quoted(v.name)}];" for start, end, v in edges]
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def draw(program: Program, path: Any, values: bool = False, derivatives: bool = False) -> None:
    """Save a picture of a program's graph, from its inputs at the left to its outputs at the right.

    Parameters
    ----------
    program : Program
        What to draw.
    path : path
        Where to; the suffix chooses the format.
    values : bool
        Write each variable's value at the recorded point on its edges.
    derivatives : bool
        Write the derivative of the scalar output with respect to each variable on its edges.

    Raises
    ------
    ImportError
        If the extra ``plot`` is not installed.
    ValueError
        If derivatives are asked for and the output is not one real scalar.

    Examples
    --------
    >>> import numpy as np, dualrev as dr, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "graph.png")
    >>> draw(dr.trace(np.sin, 1.0), path, values=True, derivatives=True)
    >>> os.path.getsize(path) > 1000
    True
    """
    _networkx()
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise _missing() from error
    numbers = program.values() if values else {}
    slopes = program.derivatives() if derivatives else {}
    above = {name: f"{name} = {brief(value)}" for name, value in numbers.items()}
    below = {name: f"\u2202/\u2202{name} = {brief(slope)}" for name, slope in slopes.items()}
    figure = Figure()
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    width, height = sketch(axes, program, above, below)
    inches = max(4.0, 0.6 + width / 72), max(2.0, 0.8 + height / 72)
    figure.set_size_inches(inches)
    if values:
        figure.text(0.01, 0.02, "forwards \N{RIGHTWARDS ARROW} value", color=FORWARD, fontsize=8)
    if derivatives:
        figure.text(0.99, 0.02, "backwards \N{LEFTWARDS ARROW} derivative of the output", color=BACKWARD, fontsize=8, ha="right")
    figure.savefig(path, dpi=min(110, 30_000 / max(inches)))


def sketch(axes: Any, program: Program, above: Mapping[str, str], below: Mapping[str, str]) -> tuple[float, float]:
    """Draw a program's graph into matplotlib axes.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    program : Program
        What to draw.
    above, below : dict of str
        What to write above and below the edges of each variable; its name stands above where nothing is given.

    Returns
    -------
    tuple of float
        The width and the height, in points, at which nothing overlaps.
    """
    nx = _networkx()
    nodes, edges = parts(program)
    graph = nx.DiGraph()
    for key, role, label in nodes:
        graph.add_node(key, role=role, label=label)
    graph.add_edges_from((start, end) for start, end, _ in edges)
    depth = _depths(graph, nx)
    ways = [(v, _way(graph, depth, k, start, end)) for k, (start, end, v) in enumerate(edges)]
    places = _places(graph, depth, nx)
    width, height = 1 + max((x for x, _ in places.values()), default=0), 1 + 2 * max((y for _, y in places.values()), default=0)
    axes.set_axis_off()
    for key, role, label in nodes:
        axes.text(*places[key], label, ha="center", va="center", fontsize=10, zorder=3, bbox={"boxstyle": "round,pad=0.45", "facecolor": FILLS[role], "edgecolor": "#555555"})
    labels = {key: label for key, _, label in nodes}
    written = {v.name: max(len(above.get(v.name, v.name)), len(below.get(v.name, ""))) for v, _ in ways}
    across = max([ACROSS, *(_half(labels[way[0]]) + 5.2 * written[v.name] + 30.0 + _half(labels.get(way[1], "")) for v, way in ways)])
    for variable, way in ways:
        shrink = _reach(labels[way[0]], places[way[0]], places[way[1]], across), _reach(labels[way[-1]], places[way[-1]], places[way[-2]], across)
        _edge(axes, [places[key] for key in way], shrink, above.get(variable.name, variable.name), below.get(variable.name, ""))
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(-height / 2 - 0.1, height / 2 + 0.1)
    return across * width, DOWN * height


def _networkx() -> Any:
    try:
        import networkx
    except ImportError as error:
        raise _missing() from error
    return networkx


def _missing() -> ImportError:
    return ImportError("drawing a program needs networkx and matplotlib: pip install dualrev[plot]")


def _depths(graph: Any, nx: Any) -> dict[str, int]:
    """Put every node as far left as its arguments allow, inputs next to their first reader, outputs last."""
    depth: dict[str, int] = {}
    for layer, keys in enumerate(nx.topological_generations(graph)):
        depth.update(dict.fromkeys(keys, layer))
    last = max(depth.values(), default=0)
    for key, data in graph.nodes(data=True):
        if data["role"] == OUTPUT:
            depth[key] = last
        elif not graph.in_degree(key):
            depth[key] = min((depth[after] for after in graph.successors(key)), default=1) - 1
    return depth


def _way(graph: Any, depth: dict[str, int], number: int, start: str, end: str) -> list[str]:
    """Lead an edge through every layer between its ends, by a node without a picture in each, so that it passes beside the others."""
    between = [f"way {number} {layer}" for layer in range(depth[start] + 1, depth[end])]
    way = [start, *between, end]
    depth.update(zip(between, range(depth[start] + 1, depth[end]), strict=True))
    if between:
        graph.add_edges_from(itertools.pairwise(way))
    return way


def _places(graph: Any, depth: dict[str, int], nx: Any) -> dict[str, tuple[float, float]]:
    """Lay the layers out from left to right; within one, a node stands near those that it reads from."""
    last = max(depth.values(), default=0)
    layers: list[list[str]] = [[] for _ in range(last + 1)]
    for key in graph.nodes:
        layers[depth[key]].append(key)
    height: dict[str, float] = {}
    for sweep in range(5):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            beside = graph.predecessors if sweep % 2 == 0 else graph.successors
            wish = {key: float(np.mean([height[k] for k in beside(key)] or [height.get(key, 0.0)])) for key in layer}
            layer.sort(key=lambda key, wish=wish: -wish[key])  # type: ignore[misc]
            for k, key in enumerate(layer):
                height[key] = (len(layer) - 1) / 2 - k
    ordered = nx.DiGraph()
    for k, layer in enumerate(layers):
        ordered.add_nodes_from(reversed(layer), layer=k)
    columns = nx.multipartite_layout(ordered, subset_key="layer") if ordered else {}
    step = (max(x for x, _ in columns.values()) - min(x for x, _ in columns.values())) / last if last else 1.0
    left = min((x for x, _ in columns.values()), default=0.0)
    return {key: (float(x - left) / (step or 1.0), height[key]) for key, (x, _) in columns.items()}


def _half(label: str) -> float:
    """Half of the width of a node's box, in points."""
    return 3.3 * len(label) + 8.0


def _reach(label: str, here: tuple[float, float], there: tuple[float, float], across: float) -> float:
    """How far, in points, a node's box reaches towards another place."""
    x, y = abs(there[0] - here[0]) * across, abs(there[1] - here[1]) * DOWN
    return float(np.hypot(x, y)) * min(_half(label) / max(x, 1.0), 16.0 / max(y, 1.0)) + 3.0


def _edge(axes: Any, points: list[tuple[float, float]], shrink: tuple[float, float], above: str, below: str) -> None:
    """Draw an arrow and write on its first stretch what flows."""
    for k, (start, end) in enumerate(itertools.pairwise(points)):
        final = k == len(points) - 2
        arrow = {"arrowstyle": "-|>" if final else "-", "color": "#777777", "shrinkA": shrink[0] if k == 0 else 0, "shrinkB": shrink[1] if final else 0}
        axes.annotate("", xy=end, xytext=start, zorder=1, arrowprops=arrow)
    (x, y), (u, v) = points[:2]
    pad = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.0}
    for text, color, lift, side in ((above, FORWARD, 0.08, "bottom"), (below, BACKWARD, -0.08, "top")):
        if text:
            axes.text((x + u) / 2, (y + v) / 2 + lift, text, ha="center", va=side, fontsize=9, color=color, zorder=2, bbox=pad)


def brief(x: Any) -> str:
    """Write a value in a few characters."""
    shape, dtype = meta(x)
    if not shape:
        return f"{x + 0:.4g}" if dtype.kind in "fc" else str(x)
    if len(shape) == 1 and shape[0] <= 3:
        return "[" + ", ".join(brief(e) for e in x) + "]"
    return f"{dtype}[{','.join(map(str, shape))}]"
