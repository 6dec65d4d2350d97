"""The engine: levels, traced values, interpreters and the words in which rules are written. It holds no rule."""

from .memory import keep_freed

keep_freed()
