"""Running the scripts of examples/, and looking at what they save."""

import importlib.util
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name):
    """Import a script as a module of its own."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_picture(path, least=20_000):
    """Whether a file is a PNG of some size."""
    return path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") and path.stat().st_size > least
