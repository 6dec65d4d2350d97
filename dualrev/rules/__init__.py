"""The table: every derivative, once. Importing this package fills it."""

from collections.abc import Callable

from ..core.operators import install
from ..core.rows import TABLE
from . import (
    activations,
    applying,
    arithmetic,
    batches,
    bessel_order,
    building,
    contracting,
    convolution,
    eigenvectors,
    factorisations,
    fourier,
    hypergeometric_series,
    indexing,
    leastsquares,
    linalg,
    missing,
    norms,
    padding,
    polynomials,
    products,
    quantiles,
    reducing,
    scimath,
    sets,
    shaping,
    signals,
    singularvalues,
    sparseproducts,
    special_antiderivatives,
    special_bessel,
    special_elliptic,
    special_equations,
    special_error,
    special_exponential,
    special_gamma,
    special_hypergeometric,
    special_incomplete,
    special_integrals,
    special_inverses,
    special_kolmogorov,
    special_mathieu,
    special_noncentral,
    special_noncentral_t,
    special_polynomials,
    special_unsupported,
    special_wright,
    spectral,
    statistics,
    struve_order,
    svd,
    ufuncmethods,
    ufuncs,
    windows,
    withoutslopes,
)

__all__ = ["TABLE", "complete", "coverage", "later"]

later: list[Callable[[], None]] = []
"""What fills the rest of the table, rooms that are imported when they are first used."""

_ = (activations, applying, arithmetic, batches, bessel_order, building, contracting, convolution, eigenvectors, factorisations, fourier,
     hypergeometric_series, indexing, leastsquares, linalg, missing, norms, padding, polynomials, products, quantiles, reducing, scimath, sets,
     shaping, signals, singularvalues, sparseproducts, special_antiderivatives, special_bessel, special_elliptic, special_equations, special_error,
     special_exponential, special_gamma, special_hypergeometric, special_incomplete, special_integrals, special_inverses, special_kolmogorov,
     special_mathieu, special_noncentral, special_noncentral_t, special_polynomials, special_unsupported, special_wright, spectral, statistics,
     struve_order, svd, ufuncmethods, ufuncs, windows, withoutslopes)
install()


def complete() -> None:
    """Fill the table with the rows that wait for the first use of their room."""
    for fill in later:
        fill()


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
    complete()
    hidden = {"g", "t", "x", "y", "a", "b", "i", "out"}
    found: list[dict[str, object]] = [{"function": row.name, "kind": row.kind, "keywords": sorted(row.keywords - hidden),
              "modes": [] if row.kind == "unsupported" else ["forward", "reverse"], "notes": row.notes} for row in TABLE.values()]
    return sorted(found, key=lambda entry: str(entry["function"]))
