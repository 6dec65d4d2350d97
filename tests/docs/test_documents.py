"""Each code block of the README and of docs/ runs and gives what it says; the README's commands are the ones that are run elsewhere."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest

import dualrev as dr
from tests.docs.documents import DOCUMENTS, ROOT, blocks, matches, run

README = ROOT / "README.md"
INSTALL, TEST = "pip install .", "pip install '.[test]' && python -m pytest"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_blocks_run_and_claims_hold(path):
    claims = run(path)
    if blocks(path, "python"):
        assert claims > 0


def test_every_block_has_a_known_language():
    for path in DOCUMENTS:
        fences = re.findall(r"^```(\w*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert fences[1::2] == [""] * (len(fences) // 2), path.name
        assert set(fences[::2]) <= {"python", "sh", "text"}, path.name


def test_links_lead_somewhere():
    found = 0
    for path in DOCUMENTS:
        prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)#]+)\)", prose):
            assert target.startswith("https://") or (path.parent / target).exists(), f"{path.name} links to {target}"
            found += 1
    assert found > 5


def test_the_page_on_networks_lists_its_pages():
    index = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
    pages = sorted((ROOT / "docs").glob("nn_*.md"))
    assert len(pages) >= 9
    for path in pages:
        assert f"]({path.name})" in index, path.name
        assert blocks(path, "python"), path.name
    assert "](docs/networks.md)" in README.read_text(encoding="utf-8")


def test_readme_names_everything_public():
    text = README.read_text(encoding="utf-8")
    assert [name for name in dr.__all__ if f"`{name}" not in text] == []
    claimed = set(re.findall(r"\bdr\.(\w+)", "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)))
    assert sorted(name for name in claimed if not hasattr(dr, name)) == []


def commands():
    return [line for _, _, text in blocks(README, "sh") for line in text.strip().splitlines()]


def test_readme_commands_are_the_two():
    main, tests = commands()
    assert main.startswith(f"{INSTALL} && python -m dualrev grad scipy.optimize:rosen --at ")
    assert tests == TEST
    assert README.read_text(encoding="utf-8").index(tests) < 1500  # on the first screen


def test_readme_main_command_gives_the_gradient():
    from scipy.optimize import rosen_der

    words = shlex.split(commands()[0].removeprefix(f"{INSTALL} && "))
    assert words.pop(0) == "python"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == pytest.approx(rosen_der([-1.2, 1.0, 0.3]), rel=1e-12)
    assert matches(done.stdout, blocks(README, "text")[0][2])


def test_ci_runs_exactly_the_readme_test_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert script.count(commands()[1]) == 1
    assert "ruff check ." in script
    assert "mypy" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize(("claim", "holds"), [
    ("1 + 1  # -> 2", True), ("1 + 1  # -> 3", False), ("1 / 0  # raises ZeroDivisionError: division...", True), ("1 / 1  # raises ZeroDivisionError", False),
    ("1 / 0  # raises ValueError", False), ("print(1)\n```\n\n```text\n1", True), ("print(1)\n```\n\n```text\n2", False), ("x = [1.0,\n     2.0]\nx  # -> [1.0, ...]", True),
])
def test_a_false_claim_is_found(tmp_path, claim, holds):
    path = tmp_path / "document.md"
    path.write_text(f"Text\n\n```python\n{claim}\n```\n", encoding="utf-8")
    if holds:
        assert run(path) == 1
    else:
        with pytest.raises((AssertionError, ZeroDivisionError)):
            run(path)


def test_matching_takes_dots_for_anything():
    assert matches("Dual(0.8414, 0.5403)", "Dual(0.84..., 0.54...)")
    assert not matches("Dual(0.8414, 0.5403)", "Dual(0.85..., 0.54...)")
