"""The table: every derivative, once. Importing this package fills it."""

from ..core.operators import install
from ..core.rows import TABLE
from . import arithmetic, contracting, factorisations, fourier, indexing, leastsquares, linalg, norms, products, reducing, shaping, spectral, ufuncmethods, ufuncs

__all__ = ["TABLE", "coverage"]

_ = (arithmetic, contracting, factorisations, fourier, indexing, leastsquares, linalg, norms, products, reducing, shaping, spectral, ufuncmethods, ufuncs)
install()


def coverage() -> list[dict[str, object]]:
    """Return the table as data.

    Returns
    -------
    list of dict
        One entry a function, by name: ``function``, ``kind``, ``keywords`` (those that its rules honour), ``modes``, ``notes``.

    Examples
    --------
    >>> import dualrev as dr
    >>> [row["kind"] for row in dr.rules.coverage() if row["function"] == "np.sin"]
    ['elementwise']
    """
    hidden = {"g", "t", "x", "y", "a", "b", "i", "out"}
    found: list[dict[str, object]] = [{"function": row.name, "kind": row.kind, "keywords": sorted(row.keywords - hidden),
              "modes": [] if row.kind == "unsupported" else ["forward", "reverse"], "notes": row.notes} for row in TABLE.values()]
    return sorted(found, key=lambda entry: str(entry["function"]))
