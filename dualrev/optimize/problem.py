"""The objective of `minimize` over a flat vector: value and gradient from one evaluation, Hessians and products with them, all counted."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg.blas import ddot

from ..core.quiet import hush, unhush
from ..plans.determined import determined
from ..transforms.arguments import named
from ..transforms.forwardmode import linearize
from ..transforms.jacobians import hessian
from ..transforms.reversemode import grad, value_and_grad
from .replayed import Replays, Run, scalar_jobs

__all__ = ["FAILURES", "Counts", "Objective", "where_defined"]

FAILURES = (ArithmeticError, np.linalg.LinAlgError)  # what a function may raise where it is not defined

FEW = 8  # up to how many variables products one after the other are faster than a batch of them
MANY, SPARSE = 15, 1000  # beyond how many products at a point a Hessian pays, and up to how many variables that is tried
REPLAYED = 400  # up to how many variables whole Hessians are recorded
LARGE, FULL = 100, 0.2  # from how many variables a Hessian may be sparse, and from which share of entries it is not


def where_defined(f: Callable[..., Any], *args: Any, otherwise: Any = None) -> Any:
    """Evaluate without floating-point warnings; give something else where a function says that it is not defined."""
    silence = hush()
    try:
        return f(*args)
    except FAILURES:
        return otherwise
    finally:
        unhush(silence)


def _number(y: Any) -> float:
    """A value as a number, also where it is an array of one entry."""
    return float(y.item() if isinstance(y, np.ndarray) and y.size == 1 else y)


class Counts:
    """How often things were evaluated: values, gradients (or Jacobians), Hessians, products with a Hessian (or Jacobian)."""

    __slots__ = ("nfev", "nhev", "nhvp", "njev")

    def __init__(self) -> None:
        self.nfev = self.njev = self.nhev = self.nhvp = 0

    def entries(self) -> dict[str, int]:
        """The counts by their names in the result."""
        return {name: getattr(self, name) for name in ("nfev", "njev", "nhev", "nhvp")}


class Seen(NamedTuple):
    """What was found at a point: the gradient is empty where only the value was asked for, and a run is there where it was replayed."""

    x: np.ndarray
    value: float
    gradient: np.ndarray
    run: Run | None


class Objective:
    """A function of the user's x as a function of the flat vector of its free entries.

    Every evaluation gives value and gradient together and is remembered for the last points, so that asking for one after the other costs nothing. Arrays that are handed
    out are not to be written to.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, with a real scalar result.
    variables : Variables
        The form of x.
    args : tuple
        Further arguments.
    undisturbed : bool
        Nothing of the user's but fun runs between two evaluations, until `confirm` is called.

    Attributes
    ----------
    counts : Counts
        nfev and njev rise together at each new point; a Hessian or a product with it counts as nhev or nhvp.

    Examples
    --------
    >>> import numpy as np
    >>> from dualrev.optimize.variables import Variables
    >>> objective = Objective(lambda p: p["a"] ** 2 * p["b"], Variables({"a": 3.0, "b": 2.0}))
    >>> value, gradient = objective.value_and_gradient(np.array([3.0, 2.0]))
    >>> float(value), gradient
    (18.0, array([12.,  9.]))
    >>> objective.hessian(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])
    >>> objective.counts.nfev
    1
    """

    def __init__(self, fun: Callable[..., Any], variables: Any, args: tuple[Any, ...] = (), undisturbed: bool = False) -> None:
        self.fun, self.variables, self.args, self.counts = fun, variables, args, Counts()
        form = variables.form
        if variables.plain:
            self.flat: Callable[..., Any] = (lambda x: fun(x, *args)) if args else fun
        else:
            self.flat = lambda x: fun(form(x), *args)
        self._replays = Replays(self.flat, scalar_jobs, determined(fun, args, variables.key()) if undisturbed else None)
        self._wanted = "gradient"
        self._sparse: Any = None
        self._begun = 0
        self._seen: list[tuple[Any, ...]] = []  # of the last points what `Seen` says

    def confirm(self, result: Any) -> bool:
        """Whether the function itself gives the value of a result but for rounding errors, and give its own; asked where it was not called at each point.

        From then on something else of the user's may run between two evaluations.
        """
        if self._replays.disturb():
            value = where_defined(self.value_itself, result.x)
            if value is None or not self._replays.is_near(result.fun, value):
                return False
            result.fun = value
        return True

    def value_itself(self, tree: Any) -> float:
        """The value of something in the form of x0."""
        return _number(self.flat(self.variables.flat(tree)))

    @functools.cached_property
    def _both(self) -> Callable[..., Any]:
        return value_and_grad(self.flat)

    @functools.cached_property
    def _gradient(self) -> Callable[..., Any]:
        return grad(self.flat)

    def expect(self, kind: str) -> None:
        """Say before the first evaluation that products with the Hessian ("product") or whole Hessians ("hessian") will be asked for, or neither ("")."""
        self._wanted = kind if kind == "product" or (kind and self.variables.n <= LARGE) else "gradient"

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return f(x) and its gradient (n,); either may hold values that are not finite."""
        known = self._known(x)
        return (known.value, known.gradient) if known is not None and known.gradient.size else self.evaluate(x)

    def evaluate(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """The same at a point that is known to be new. It keeps x: do not write to it afterwards."""
        counts = self.counts
        counts.nfev += 1
        counts.njev += 1
        seen = value, gradient, _ = self._evaluated(x)
        self._seen = [(x, *seen), *self._seen[:1]]
        return value, gradient

    def _known(self, x: np.ndarray) -> Seen | None:
        """What was found at a point, where it is one of the last."""
        for seen in self._seen:
            if seen[0] is x or np.array_equal(seen[0], x):
                return Seen(*seen)
        return None

    def _evaluated(self, x: np.ndarray) -> tuple[float, np.ndarray, Run | None]:
        """Value, gradient, and what a replay left, from one run of the function: by a replay where one holds, and by the tape otherwise."""
        replays = self._replays
        if not replays.kind and replays.prepare(self._wanted, x):
            return float(replays.values[0]), replays.values[1], None
        value: Any = None
        exact = None
        if not replays.kind or replays.due:
            value, exact = self._both(x)
            value = float(value)
        elif not replays.alone:
            value = float(self.flat(x.copy()))
        found = replays.derivative(x, value, exact)
        if found is not None:
            value, gradient, run = found
            return float(value), gradient, run
        if exact is None:
            value, exact = self._both(x)
        return float(value), exact, None

    def value(self, x: np.ndarray) -> float:
        """Return f(x) without derivatives, for methods that use none."""
        known = self._known(x)
        if known is not None:
            return known.value
        self.counts.nfev += 1
        value = _number(self.flat(x.copy()))
        self._seen = [(x, value, np.zeros(0), None), *self._seen[:1]]
        return value

    def attempt(self, x: np.ndarray) -> tuple[float, np.ndarray | None]:
        """Evaluate a trial point; (inf, None) where the value or the gradient is not finite, or the function says by an arithmetic error or LinAlgError that it is not
        defined. Floating-point warnings are not shown there: such a point only makes the step shrink."""
        value, gradient = where_defined(self.evaluate, x, otherwise=(np.inf, None))
        if not -np.inf < value < np.inf or (not ddot(gradient, gradient) < np.inf and not np.all(np.isfinite(gradient))):
            return np.inf, None
        return value, gradient

    def first(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate the start, where value and gradient must be finite.

        Raises
        ------
        ValueError
            If they are not, since no step can be made from there.
        """
        try:
            value, gradient = self.evaluate(x)
        except ValueError:
            if not self._opened(x):
                raise
            value, gradient = self.evaluate(x)
        where = self.variables.where
        self._require_finite(value)
        if not np.all(np.isfinite(gradient)):
            k = int(np.argmin(np.isfinite(gradient)))
            raise ValueError(f"{where}: the derivative of {named(self.fun)} in {self.variables.name(k)} is {gradient[k]} at x0; start elsewhere. "
                             "dualrev.debug() finds the first derivative that is not finite.")
        return value, gradient

    def _opened(self, x: np.ndarray) -> bool:
        """Take a result that is an array of one entry as that number, as SciPy does; False where it is something else."""
        try:
            y = self.flat(x.copy())
        except ValueError:
            return False
        if not isinstance(y, np.ndarray) or y.ndim == 0 or y.size != 1:
            return False
        closed = self.flat
        self.counts.nfev = self.counts.njev = 0
        self.flat = lambda x: np.reshape(closed(x), ())
        self._replays = Replays(self.flat, scalar_jobs)
        for name in ("_both", "_gradient"):
            self.__dict__.pop(name, None)
        return True

    def first_value(self, x: np.ndarray) -> float:
        """The same without a gradient."""
        value = self.value(x)
        self._require_finite(value)
        return value

    def _require_finite(self, value: float) -> None:
        if not np.isfinite(value):
            raise ValueError(f"{self.variables.where}: {named(self.fun)} is {value} at x0; start where it is finite. dualrev.debug() finds the first value that is not.")

    def products(self, x: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return v -> H(x) v, without another run of the function: forward over reverse, recorded once.

        Where the last point took many products and whole Hessians are cheap, up to 100 variables or sparse up to 1,000, the Hessian is evaluated instead.
        """
        counts = self.counts
        many, self._begun = counts.nhvp - self._begun > MANY, counts.nhvp
        run = self._run("product", x)
        push: Any = None if run is None else self._replays.product(run)
        if push is None and many and (len(x) <= LARGE or (len(x) <= SPARSE and self._sparse is not False)):
            push = self.curvature(x).__matmul__

        def product(v: np.ndarray) -> np.ndarray:
            nonlocal push
            counts.nhvp += 1
            found = None if push is None else push(v)
            if found is None:
                push = linearize(self._gradient, x)[1]
                found = push(v)
            return found

        return product

    def _run(self, kind: str, x: np.ndarray) -> Run | None:
        """The run of a replay at a point, for its second derivatives; None where the tape has to be asked."""
        replays = self._replays
        fresh = replays.kind != kind
        if not replays.prepare(kind, x):
            return None
        known = self._known(x)
        if known is not None and known.run is not None and known.run[0] is replays.replay:
            return known.run
        if known is not None and known.gradient.size:
            value = known.value
        else:
            value = float(replays.values[0] if fresh else self.flat(x.copy()))
        found = replays.derivative(x, value, known.gradient if replays.due and known is not None and known.gradient.size else None)
        return None if found is None else found[2]

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """Return the Hessian (n, n), exactly symmetric."""
        self.counts.nhev += 1
        run = self._run("hessian", x) if len(x) <= REPLAYED else None
        H = None if run is None else self._replays.rest(run)
        if H is not None:
            return H
        if len(x) <= FEW:
            _, push = linearize(self._gradient, x)
            H = np.stack([push(e) for e in np.eye(len(x))])
        else:
            H = hessian(self.flat)(x)
        return (H + H.T) / 2

    def curvature(self, x: np.ndarray) -> Any:
        """Return the Hessian as a `scipy.sparse.csc_array` where it is large and mostly zero, and as an array otherwise."""
        if len(x) <= LARGE or self._sparse is False:
            return self.hessian(x)
        if self._sparse is None:
            self._sparse = hessian(self.flat, sparse=True)
        self.counts.nhev += 1
        H = self._sparse(x)
        if H.nnz > FULL * len(x) ** 2:
            self._sparse = False
            H = H.toarray()
        return (H + H.T) / 2 if isinstance(H, np.ndarray) else ((H + H.T) / 2).tocsc()
