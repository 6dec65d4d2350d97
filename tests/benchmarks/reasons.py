"""Why some functions cost more than six times their plain call with 1e5 elements: reason -> names, as shells match them. The first that fits is given."""

from __future__ import annotations

__all__ = ["PASS", "PASSES", "REASONS"]

SPECIAL = "scipy.special."


def special(names: str) -> tuple[str, ...]:
    """Names of scipy.special."""
    return tuple(SPECIAL + name for name in names.split())


REASONS: dict[str, tuple[str, ...]] = {
    "a series, a continued fraction or an integral for each entry, in a parameter": special(
        "gammainc* betainc* chdtr* fdtr* gdtr* stdtr* bdtr* btdtr* nbdtr* pdtr* hyperu") + tuple(
            f"dr.scipy.stats.{name}.*" for name in ("gamma", "invgamma", "chi2", "beta", "t", "f", "poisson", "binom", "nbinom", "chi", "nakagami",
                                                   "loggamma", "gengamma", "gennorm", "betaprime")) + ("betainc_slope", "hyperu_slope", "fisher_density"),
    "a series for each entry, in a parameter": (
        *special("smirnov* ncfdtr* wright_bessel log_wright_bessel hyp0f1 hyp1f1"), "hyp*f1_slope", "dr.scipy.stats.betabinom.*"),
    "an integral or a series for each entry, in the order or a parameter": (
        *special("jv* yv* iv* kv* hankel* struve modstruve hyp2f1 pbdv pbvv pbwa zeta* eval_* lpmv sph_harm*"), "zeta_slope", "order_slope"),
    "what SciPy takes for the derivative (struve, airy, elliprd, psi of numbers below 0, wofz) costs so many times the function": (
        *special("itstruve0 itmodstruve0 it2* agm poch wofz voigt_profile rgamma ellipkinc ellipeinc"), "digamma_rise"),
    "the normal tail at several places for each entry, in each parameter": ("dr.scipy.stats.invgauss.log*", "dr.scipy.stats.wald.log*", "dr.scipy.stats.exponnorm.*"),
    "the plain call touches few entries; the cotangent has the length of the array: zeros of it take four times the call, a traced call twenty": (
        "np.trace", "np.take", "np.take_along_axis", "np.linalg.trace", "replaced", "entries at distinct places"),
    "a write to few entries of a copy, which costs a copy on each way and a traced call": (
        "np.put", "np.put_along_axis", "np.fill_diagonal", "np.place", "np.putmask", "np.add.at", "np.subtract.at"),
    "a write to few entries of a copy, which costs a copy on each way; entries named twice are updated in rounds, of two to four traced calls each": ("np.*.at",),
    "an extremum reads the array once; its derivative compares each entry with it and counts, its cotangent is zeros and a few numbers, and a call takes as long as both": (
        "np.max", "np.min", "np.amax", "np.amin", "np.nanmax", "np.nanmin", "np.ptp", "np.histogram_bin_edges",
        *(f"np.{name}.reduce*" for name in ("maximum", "minimum", "fmax", "fmin"))),
    "which entry was chosen takes a comparison or two, and what it lets through takes three passes for each argument": (
        "np.maximum", "np.minimum", "np.fmax", "np.fmin", "np.clip*"),
    "a sum of products reads each array once; its pullback owns copies of both and makes two more, which is five times the call": (
        "np.vdot", "np.inner", "np.dot", "np.tensordot", "np.linalg.tensordot", "np.matvec", "np.vecmat", "np.vecdot", "np.linalg.vecdot", "np.linalg.matmul", "np.matmul",
        "np.einsum*", "np.linalg.norm*", "np.linalg.multi_dot"),
    "products of all other entries from both ends, where the product itself leaves the range of floats": ("np.multiply.reduceat",),
    "a call for each knot, each of which takes as long as a pass over the points": ("dr.scipy.interpolate.BSpline (adjoint)",),
    "SciPy's loop in C runs over the array once; the derivative runs it in each argument, and backwards": ("dr.scipy.signal.*", "dr.scipy.ndimage.*", "dr.scipy.interpolate.*"),
    "six products of thirds of the arrays, whose cotangents are put together from thirds": ("np.cross", "np.linalg.cross"),
    "Sylvester's equation, which takes two Schur forms": ("dr.scipy.linalg.sqrtm",),
    "the order of all entries, where the plain call finds the distinct ones without it": ("np.unique*", "np.intersect1d", "np.setxor1d", "np.union1d", "np.setdiff1d"),
    "the plain call is one copy; the derivative is that, some traced calls around it, and sums of the copies": (
        "dr.scipy.linalg.toeplitz", "dr.scipy.linalg.hankel", "dr.scipy.linalg.circulant", "dr.scipy.linalg.companion", "dr.scipy.linalg.convolution_matrix"),
    "the order of the entries, where the plain call selects or sorts numbers": ("np.nan*quantile", "np.nanpercentile", "np.nanmedian", "np.median", "np.sort*", "np.partition"),
    "the plain call is a third of an inverse and less, and the derivative takes an inverse, or two products": (
        "np.linalg.det", "np.linalg.slogdet", "np.linalg.solve", "np.polyfit", "np.linalg.eigvals*",
        "dr.scipy.linalg.pinv", "scipy.linalg.pinv*"),
}

PASSES = "the plain call is one or two passes through memory that lies in the cache; the derivative reads and writes more arrays than the cache holds"
PASS = 3e-4  # seconds below which a plain call is no more than that
