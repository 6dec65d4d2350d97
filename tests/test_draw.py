"""Pictures of programs."""

import builtins
import re

import numpy as np
import pytest

import dualrev as dr
from dualrev.draw import brief, parts, sketch, to_dot


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


X = np.array([-1.2, 1.0, 0.3])


def test_parts_are_inputs_calls_outputs_and_one_edge_for_each_reader():
    nodes, edges = parts(dr.trace(lambda x, y: x * x + y, 2.0, 3.0))
    assert [(role, label) for _, role, label in nodes] == [("input", "x:float64"), ("input", "y:float64"), ("call", "x * x"), ("call", "a + y"), ("output", "output")]
    assert [(start, end, v.name) for start, end, v in edges] == [
        ("input x", "call 0", "x"), ("call 0", "call 1", "a"), ("input y", "call 1", "y"), ("call 1", "output 0", "b")]


def test_dot_names_every_node_once_and_every_edge_between_them():
    program = dr.trace(rosenbrock, X)
    text = to_dot(program)
    assert text == program.to_dot()
    declared = re.findall(r'^    ("(?:[^"\\]|\\.)*") \[label', text, re.MULTILINE)
    used = re.findall(r'^    ("(?:[^"\\]|\\.)*") -> ("(?:[^"\\]|\\.)*") ', text, re.MULTILINE)
    assert len(declared) == len(set(declared)) == 1 + len(program.equations) + 1
    assert {name for edge in used for name in edge} == set(declared)
    assert text.startswith('digraph "rosenbrock" {')
    assert text.endswith("}")


def test_dot_quotes_names_with_quotation_marks():
    text = to_dot(dr.trace(lambda p: p["a"] * 2.0, {"a": 1.0}))
    assert '"input p[\'a\']" [label="p[\'a\']:float64"' in text


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_suffix_chooses_the_format(tmp_path, suffix):
    path = tmp_path / f"graph.{suffix}"
    dr.trace(rosenbrock, X).draw(path, values=True, derivatives=True)
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(begins)


def written(program, above, below):
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    sketch(axes, program, above, below)
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_the_picture_says_what_flows():
    program = dr.trace(lambda x, y: x**2 + y**3, 2.0, 3.0)
    texts = written(program, {"a": "a = 4"}, {"b": "slope 1"})
    assert sorted(texts) == sorted(["x:float64", "y:float64", "x ** 2", "y ** 3", "a + b", "output", "x", "y", "a = 4", "b", "slope 1", "c"])


def test_layers_run_from_left_to_right_and_no_two_nodes_lie_on_one_another():
    import networkx as nx
    from matplotlib.figure import Figure

    program = dr.trace(rosenbrock, X)
    nodes, edges = parts(program)
    axes = Figure().add_subplot()
    sketch(axes, program, {}, {})
    labels = {label for _, _, label in nodes}
    boxes = [text.get_position() for text in axes.texts if text.get_text() in labels and text.get_bbox_patch().get_boxstyle().pad > 0.3]
    assert len(boxes) == len(nodes) == len({(round(x, 6), round(y, 6)) for x, y in boxes})
    place = dict(zip([key for key, _, _ in nodes], boxes, strict=True))
    assert all(place[start][0] < place[end][0] for start, end, _ in edges)
    graph = nx.DiGraph((start, end) for start, end, _ in edges)
    assert place["output 0"][0] == pytest.approx(nx.dag_longest_path_length(graph))


def test_values_and_derivatives_stand_on_the_edges(tmp_path):
    path = tmp_path / "graph.svg"
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        dr.trace(lambda x: np.exp(np.sin(x**2)), 1.5).draw(path, values=True, derivatives=True)
    text = path.read_text(encoding="utf-8")
    for label in ("x = 1.5", "a = 2.25", "b = 0.7781", "c = 2.177", "∂/∂x = -4.103", "∂/∂a = -1.368", "∂/∂b = 2.177", "∂/∂c = 1"):
        assert label in text


def test_derivatives_of_what_is_not_a_scalar_are_refused(tmp_path):
    program = dr.trace(lambda x: x * 2.0, X)
    with pytest.raises(ValueError, match="one real scalar"):
        program.draw(tmp_path / "graph.png", derivatives=True)
    program.draw(tmp_path / "graph.png", values=True)
    assert (tmp_path / "graph.png").stat().st_size > 1000


@pytest.mark.parametrize("f", [lambda x: x, lambda x: 1.0, lambda x: {"s": np.sum(x), "all": [x, x * 2.0]}, lambda x: np.split(np.sin(x), 3)])
def test_graphs_without_calls_or_with_several_outputs_can_be_drawn(tmp_path, f):
    program = dr.trace(f, X)
    program.draw(tmp_path / "graph.png", values=True)
    assert (tmp_path / "graph.png").stat().st_size > 1000
    assert program.to_dot().count("output") >= 1


@pytest.mark.parametrize("missing", ["networkx", "matplotlib.figure"])
def test_without_the_extra_the_error_names_it(monkeypatch, tmp_path, missing):
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name == missing:
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    program = dr.trace(np.sin, 1.0)
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ImportError, match=re.escape("pip install dualrev[plot]")):
        program.draw(tmp_path / "graph.png")


@pytest.mark.parametrize(("value", "text"), [
    (1.23456789, "1.235"), (np.float64(-0.0), "0"), (np.True_, "True"), (np.int64(3), "3"), (np.array([1.0, -0.0]), "[1, 0]"),
    (np.zeros((2, 3)), "float64[2,3]"), (np.zeros(4, np.float32), "float32[4]"), (1 + 2j, "1+2j")])
def test_values_are_written_briefly(value, text):
    assert brief(value) == text
