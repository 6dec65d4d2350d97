"""The options of SciPy's own methods, which their signatures tell."""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["named_options", "require_options"]

POSITIONS = {"fun", "f", "x0", "args", "func", "fcn", "jac", "hess", "hessp", "bounds", "constraints", "callback", "grad", "unknown_options", "options", "_callback", "_method"}


def named_options(module: Any, home: str) -> set[str] | None:
    """The options of a method that lives in a module under a name; None where it is not there."""
    function = getattr(module, home, None)
    return None if function is None else set(inspect.signature(function).parameters) - POSITIONS


def require_options(where: str, name: str, options: dict[str, Any], known: set[str] | None) -> None:
    """Raise where a method is given an option that it does not have."""
    unknown = [key for key in options if known is not None and key not in known]
    if unknown:
        raise ValueError(f"{where}: SciPy's {name} has no option {unknown[0]!r}; it has {', '.join(sorted(known or ()))}")
