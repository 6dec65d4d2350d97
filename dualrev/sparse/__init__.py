"""Sparse Jacobians and Hessians: patterns found from the rows of the table, colourings, and plans that are used again at the next point."""

from ..transforms import jacobians
from .colouring import Colouring
from .matrices import sparse_hessian, sparse_jacobian
from .pattern import Pattern, colour, pattern
from .plan import Plan, plan

__all__ = ["Colouring", "Pattern", "Plan", "colour", "pattern", "plan"]

jacobians.SPARSE.update(jacobian=sparse_jacobian, hessian=sparse_hessian)
