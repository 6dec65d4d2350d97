"""Print the page of what has a derivative: ``python -m dualrev.rules > docs/coverage.md``."""

from . import page

print(page(), end="")
