"""Reading the documents: their code blocks, their claims and their tables."""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import re
import sys
import types
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CLAIM = re.compile(r"#\s*(->|raises)\s+(.*)$")
_CHECKER = doctest.OutputChecker()
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(path, language=None):
    """Return (language, line number of the first line, text) of each code block, or of those in one language."""
    text = path.read_text(encoding="utf-8")
    return [(m[1], text[: m.start()].count("\n") + 2, m[2]) for m in _FENCE.finditer(text) if language in (None, m[1])]


def run(path):
    """Run a document's Python blocks in one namespace and check what they claim; return the number of claims.

    A claim is a comment at the end of a statement: ``# -> text`` gives the repr of its value, ``# raises Name: text`` the error. A text block after a Python
    block is a claim too: what that block prints. ``...`` matches anything.
    """
    module, claims, printed = types.ModuleType("__document__"), 0, None
    sys.modules[module.__name__] = module  # where dataclasses look for the names of their class
    for language, start, text in blocks(path):
        if language == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                claims += _run_block(path, start, text, vars(module))
            printed = output.getvalue()
        elif language == "text" and printed is not None:
            assert matches(printed, text), f"{path.name}:{start} shows\n{text}\nwhere this is printed\n{printed}"
            claims, printed = claims + 1, None
        else:
            printed = None
    return claims


def _run_block(path, start, text, names):
    source = "\n" * (start - 1) + text  # so that an error names the document's line
    lines, claims = source.split("\n"), 0
    for statement in ast.parse(source, str(path)).body:
        claim = _CLAIM.search(lines[statement.end_lineno - 1])
        kind, expected = claim.groups() if claim else (None, None)
        claims += kind is not None
        _check(statement, kind, expected, names, f"{path.name}:{statement.lineno}", str(path))
    return claims


def _check(statement, kind, expected, names, place, filename):
    if kind == "raises":
        name = expected.partition(":")[0]
        try:
            exec(compile(ast.Module([statement], []), filename, "exec"), names)
        except Exception as error:
            got = f"{type(error).__name__}: {error}"
            expected = expected if ":" in expected else f"{name}: ..."
            assert matches(got, expected), f"{place} raised\n{got}\nwhere the document says\n{expected}"
        else:
            raise AssertionError(f"{place} raised nothing, where the document says {expected}")
    elif kind == "->":
        assert isinstance(statement, ast.Expr), f"{place}: only an expression has a value"
        got = repr(eval(compile(ast.Expression(statement.value), filename, "eval"), names))
        assert matches(got, expected), f"{place} gave\n{got}\nwhere the document says\n{expected}"
    else:
        exec(compile(ast.Module([statement], []), filename, "exec"), names)


def matches(got, expected):
    """Whether a text is the expected one, up to white space and ``...``."""
    return _CHECKER.check_output(expected + "\n", got + "\n", _FLAGS)


def tables(path, first_column):
    """Return the rows of the tables whose first column has a name, as dicts with the code marks taken off."""
    rows, head = [], None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            head = None
            continue
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if head is None:
            head = cells
        elif head[0] == first_column and not set(line) <= set("|-: "):
            rows.append(dict(zip(head, cells, strict=True)))
    return rows
