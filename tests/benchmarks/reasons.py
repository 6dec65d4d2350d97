"""Why some functions cost more than six times their plain call with 1e5 elements, as far as it has been measured: reason -> names, as shells match them."""

from __future__ import annotations

__all__ = ["REASONS"]


REASONS: dict[str, tuple[str, ...]] = {
    "an integral with 512 to 640 nodes for each entry, in the parameter": (
        "scipy.special.gammainc*", "scipy.special.betainc*", "scipy.special.chdtr*", "scipy.special.fdtr*", "scipy.special.gdtr*", "scipy.special.stdtr*", "scipy.special.bdtr*",
        "scipy.special.btdtr*", "scipy.special.nbdtr*", "scipy.special.pdtr*"),
}
