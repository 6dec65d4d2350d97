"""`python -m dualrev`: every command, its output, and its answer to bad input."""

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import rosen_der, rosen_hess

from dualrev.__main__ import main

X = [-1.2, 1.0, 0.3]


def answer(capsys, *argv):
    status = main([str(a) for a in argv])
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, captured.out


def refusal(capsys, *argv):
    try:
        status = main([str(a) for a in argv])
    except SystemExit as stop:  # argparse's own way
        status = stop.code
    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_as_a_process():
    run = subprocess.run([sys.executable, "-m", "dualrev", "grad", "scipy.optimize:rosen", "--at", json.dumps(X)], capture_output=True, text=True, check=True)
    np.testing.assert_allclose(json.loads(run.stdout), rosen_der(np.array(X)), rtol=1e-12)
    bad = subprocess.run([sys.executable, "-m", "dualrev", "grad", "nowhere:f", "--at", "1"], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "cannot import 'nowhere'" in bad.stderr


def test_without_a_command_it_explains_itself(capsys):
    status, out = answer(capsys)
    assert status == 0
    for word in ("value", "grad", "hessian", "check", "trace", "minimize", "scipy.optimize:rosen", "--at", "Exit status"):
        assert word in out


def test_value(capsys):
    assert answer(capsys, "value", "lambda x, y: x**2 + y**3", "--at", 2, 3) == (0, "31.0\n")
    assert answer(capsys, "value", "lambda x, y: x**2 + y**3", "--at", 2, "--at", 3) == (0, "31.0\n")
    assert json.loads(answer(capsys, "value", "numpy:linalg.inv", "--at", "[[2, 0], [0, 4]]")[1]) == [[0.5, 0.0], [0.0, 0.25]]
    assert json.loads(answer(capsys, "value", "lambda x: {'a': x, 'b': (x, x > 1)}", "--at", "[1, 2]")[1]) == {"a": [1.0, 2.0], "b": [[1.0, 2.0], [False, True]]}
    assert json.loads(answer(capsys, "value", "lambda x: x * 1j", "--at", "2")[1]) == {"real": 0.0, "imag": 2.0}


def test_grad(capsys):
    status, out = answer(capsys, "grad", "scipy.optimize:rosen", "--at", json.dumps(X))
    assert status == 0
    np.testing.assert_allclose(json.loads(out), rosen_der(np.array(X)), rtol=1e-12)
    assert json.loads(answer(capsys, "grad", "lambda x, y: x**2 + y**3", "--at", 2, 3)[1]) == [4.0, 27.0]
    assert json.loads(answer(capsys, "grad", "lambda p: p['w'] @ p['w'] * p['b']", "--at", '{"w": [1, 2], "b": -3}')[1]) == {"w": [-6.0, -12.0], "b": 5.0}
    assert json.loads(answer(capsys, "grad", "lambda x: x**3", "--at", "-2")[1]) == 12.0


def test_hessian(capsys):
    status, out = answer(capsys, "hessian", "scipy.optimize:rosen", "--at", json.dumps(X))
    assert status == 0
    np.testing.assert_allclose(json.loads(out), rosen_hess(np.array(X)), rtol=1e-12)
    assert json.loads(answer(capsys, "hessian", "lambda x, y: x**2 * y**3", "--at", 2, -3)[1]) == [[-54.0, 108.0], [108.0, -72.0]]


def test_check_passes_and_fails(capsys):
    status, out = answer(capsys, "check", "scipy.optimize:rosen", "--at", json.dumps(X))
    assert status == 0
    assert "rosen" in out
    status, out = answer(capsys, "check", "lambda x: np.abs(x)", "--at", "0")
    assert status == 1
    assert out.strip()


def test_trace(capsys, tmp_path):
    status, out = answer(capsys, "trace", "lambda x: np.exp(np.sin(x**2))", "--at", "1.5")
    assert status == 0
    assert out.splitlines() == ["<lambda>(x:float64):", "    a:float64 = x ** 2", "    b:float64 = np.sin(a)", "    c:float64 = np.exp(b)", "    return c"]
    assert answer(capsys, "trace", "numpy:sin", "--at", "1.5", "--dot")[1].startswith('digraph "sin" {')
    for f in ("numpy:sin", "lambda x: (x, x * 2)"):
        path = tmp_path / "graph.png"
        path.unlink(missing_ok=True)
        assert answer(capsys, "trace", f, "--at", "1.5", "--draw", path)[0] == 0
        assert path.read_bytes().startswith(b"\x89PNG")


def test_minimize(capsys):
    status, out = answer(capsys, "minimize", "scipy.optimize:rosen", "--x0", "[-1.2, 1.0]", "--method", "newton", "--tol", "1e-9")
    table, (reason, result) = out.splitlines()[:-2], out.splitlines()[-2:]
    assert status == 0
    assert table[0].split() == ["iteration", "f", "|g|", "|step|", "radius", "nf", "ng", "nH", "nHv"]
    assert [int(row.split()[0]) for row in table[1:]] == list(range(len(table) - 1))
    assert reason.startswith("newton: Converged: ")
    np.testing.assert_allclose(json.loads(result)["x"], [1, 1], rtol=1e-8)
    status, out = answer(capsys, "minimize", "lambda p, c: np.sum((p['a'] - c)**2) + p['b']**2", "--x0", '{"a": [1, 2], "b": 3}', "--at", "[5, 6]")
    x = json.loads(out.splitlines()[-1])["x"]
    np.testing.assert_allclose([*x["a"], x["b"]], [5, 6, 0], atol=1e-9)
    status, out = answer(capsys, "minimize", "lambda x: np.sum((x - 3)**2)", "--x0", "[0, 0]", "--bounds", "[[0, 1], [null, null]]")
    assert json.loads(out.splitlines()[-1])["x"] == [1.0, 3.0]
    assert answer(capsys, "minimize", "lambda x: -x", "--x0", "1")[0] == 1


def test_a_module_in_the_working_directory_is_found(capsys, tmp_path, monkeypatch):
    (tmp_path / "mine_for_the_command_line.py").write_text("def cube(x):\n    return x**3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert answer(capsys, "grad", "mine_for_the_command_line:cube", "--at", 2) == (0, "12.0\n")


@pytest.mark.parametrize(("argv", "says"), [
    (["grad", "foo", "--at", "1"], "module:name or a lambda, got 'foo'"),
    (["grad", ":f", "--at", "1"], "module:name or a lambda"),
    (["grad", "nowhere:f", "--at", "1"], "cannot import 'nowhere'"),
    (["grad", "scipy.optimize:nope", "--at", "1"], "scipy.optimize has no 'nope'"),
    (["grad", "numpy:pi", "--at", "1"], "numpy:pi is not a function but a float"),
    (["grad", "lambda x: (", "--at", "1"], "cannot read 'lambda x: ('"),
    (["grad", "numpy:sin", "--at", "hello"], "--at 'hello' is not JSON"),
    (["grad", "numpy:sin", "--at", "[1, [2]]"], "numbers only, in lists of equal length"),
    (["grad", "numpy:sin", "--at", "[[1, 2], [3]]"], "numbers only, in lists of equal length"),
    (["grad", "numpy:sin", "--at", '"a"'], "numbers only"),
    (["grad", "numpy:sin", "--at", "[1, null]"], "numbers only"),
    (["grad", "numpy:sin", "--at", "true"], "numbers only"),
    (["grad", "numpy:sin", "--at", '{"a": [true]}'], "numbers only"),
    (["grad", "numpy:sin"], "--at"),
    (["integrate", "numpy:sin", "--at", "1"], "invalid choice"),
    (["grad", "numpy:sin", "--at", "[1, 2]"], "the gradient needs a scalar"),
    (["minimize", "numpy:sin", "--x0", "[1"], "--x0 '[1' is not JSON"),
    (["minimize", "numpy:sin", "--x0", "1", "--bounds", "1,2"], "--bounds '1,2' is not JSON"),
    (["minimize", "numpy:sin", "--x0", "1", "--method", "fastest"], "no method 'fastest'"),
    (["minimize", "numpy:sin"], "--x0"),
    (["grad", "lambda x: float(x)", "--at", "1"], "float(x)"),
    (["value", "lambda x: 1 / (x - 1)", "--at", "1"], "ZeroDivisionError"),
    (["value", "lambda: 1", "--at", "1"], "TypeError"),
    (["value", "lambda x: undefined", "--at", "1"], "NameError"),
    (["grad", "lambda x: None", "--at", "1"], "returned None"),
    (["value", "lambda x: object()", "--at", "1"], "object"),
    (["trace", "numpy:sin", "--at", "1", "--draw", "/nowhere/graph.png"], "/nowhere/graph.png"),
    (["trace", "numpy:sin", "--at", "1", "--draw", "graph.nonsense"], "nonsense"),
])
def test_bad_input_gets_one_line_and_status_2(capsys, argv, says):
    message = refusal(capsys, *argv)
    assert says in message
    assert "error:" in message


def test_a_failing_assertion_of_the_user_is_bad_input(capsys):
    assert "AssertionError" in refusal(capsys, "value", "lambda x: (_ for _ in ()).throw(AssertionError('no'))", "--at", "1")
