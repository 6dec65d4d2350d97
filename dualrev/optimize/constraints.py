"""Constraints in SciPy's forms, with Jacobians and Hessians supplied from one evaluation each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, NonlinearConstraint
from scipy.sparse import issparse

from ..core.tree import flatten
from ..transforms.arguments import named, require_callable
from ..transforms.jacobians import hessian
from ..transforms.reversemode import vjp

__all__ = ["ConstraintFunction", "read_constraints"]


class ConstraintFunction:
    """The values of a constraint's function as a vector (m,), with its Jacobian and the Hessian of a combination of them.

    Parameters
    ----------
    fun : callable
        Takes x in the user's form; returns an array, a number or a container of them.
    variables : Variables
        The form of x.
    args : tuple
        Further arguments.
    first : bool
        Whether derivatives will be asked for.
    """

    def __init__(self, fun: Callable[..., Any], variables: Any, args: tuple[Any, ...] = (), first: bool = True) -> None:
        require_callable(fun, "minimize: a constraint")
        self.fun, self.variables, self.args, self.first = fun, variables, args, first
        self._x = self._y = self._pull = self._J = None  # type: Any

    def flat(self, x: Any) -> Any:
        """The values of a flat vector, which may be traced."""
        leaves = flatten(self.fun(self.variables.form(x), *self.args))[0]
        if not leaves:
            raise TypeError(f"minimize: the constraint {named(self.fun)} returned nothing")
        parts = [np.reshape(leaf, -1) for leaf in leaves]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _at(self, x: np.ndarray) -> None:
        if self._x is None or not np.array_equal(self._x, x):
            self._y, pull = vjp(self.flat, np.array(x, float))
            self._x, self._pull, self._J = np.array(x, float), pull, None

    def value(self, x: np.ndarray) -> np.ndarray:
        """The values (m,)."""
        if not self.first:
            return np.array(self.flat(np.array(x, float)), float)
        self._at(x)
        return np.array(self._y)

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """The Jacobian (m, n), from the evaluation that gave the values."""
        self._at(x)
        if self._J is None:
            self._J = np.stack([self._pull(e)[0] for e in np.eye(len(self._y))])
        return self._J.copy()

    def hessian(self, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The Hessian (n, n) of the weighted sum of the values."""
        H = hessian(lambda x: np.dot(self.flat(x), weights))(np.array(x, float))
        return (H + H.T) / 2


def read_constraints(constraints: Any, variables: Any, second: bool, first: bool = True) -> list[Any]:
    """Supply derivatives to SciPy's constraints: dicts, `NonlinearConstraint`, `LinearConstraint`, alone or in a list; Hessians too if ``second``, and not even
    Jacobians unless ``first``.

    Raises
    ------
    TypeError, ValueError
        If one is none of these.
    """
    if isinstance(constraints, (dict, NonlinearConstraint, LinearConstraint)):
        constraints = [constraints]
    try:
        given = list(constraints)
    except TypeError as error:
        raise TypeError(f"minimize: constraints must be SciPy's or a list of them, got {type(constraints).__name__}") from error
    return [_read(constraint, variables, second, first) for constraint in given]


def _read(constraint: Any, variables: Any, second: bool, first: bool) -> Any:
    if isinstance(constraint, dict):
        if constraint.get("type") not in ("eq", "ineq") or "fun" not in constraint:
            raise ValueError("minimize: a constraint given as a dict needs 'type', which is 'eq' or 'ineq', and 'fun'")
        args = constraint.get("args", ())
        made = ConstraintFunction(constraint["fun"], variables, args if isinstance(args, tuple) else (args,), first)
        if second:
            return NonlinearConstraint(made.value, 0, 0 if constraint["type"] == "eq" else np.inf, jac=made.jacobian, hess=made.hessian)
        return {"type": constraint["type"], "fun": made.value, **({"jac": made.jacobian} if first else {})}
    if isinstance(constraint, NonlinearConstraint):
        made = ConstraintFunction(constraint.fun, variables, first=first)
        more = {"hess": made.hessian, "keep_feasible": constraint.keep_feasible} if second else {}
        return NonlinearConstraint(made.value, constraint.lb, constraint.ub, **({"jac": made.jacobian} if first else {}), **more)
    if isinstance(constraint, LinearConstraint):
        A = constraint.A
        if A.shape[1] != variables.total:
            raise ValueError(f"minimize: a LinearConstraint has {A.shape[1]} columns, x0 has {variables.total} entries")
        if variables.free is None and (second or not issparse(A)):
            return constraint
        A = A if not issparse(A) else A.tocsc() if second else A.toarray()  # trust-constr alone takes sparse ones
        rest = A @ variables.held()
        return LinearConstraint(A if variables.free is None else A[:, variables.free], constraint.lb - rest, constraint.ub - rest, keep_feasible=constraint.keep_feasible)
    raise TypeError(f"minimize: a constraint must be a dict, a NonlinearConstraint or a LinearConstraint, got {type(constraint).__name__}")
