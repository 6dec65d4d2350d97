"""dualrev differentiates ordinary NumPy code, exactly, in forward and in reverse mode."""

import importlib
from typing import TYPE_CHECKING, Any

from . import rules, scipy, sparse
from .check import check_grads
from .core.forward import Dual
from .debug import debug
from .plans.tracing import trace
from .transforms.batching import vmap
from .transforms.checkpoint import checkpoint
from .transforms.checkpoint_loop import checkpoint_loop
from .transforms.constants import stop_gradient
from .transforms.curvature import hessian_diagonal, hessian_trace, laplacian
from .transforms.custom import custom_jvp, custom_vjp
from .transforms.forwardmode import derivative, jvp, linearize
from .transforms.jacobians import hessian, hvp, jacobian
from .transforms.linearoperators import gnvp, hvp_operator
from .transforms.primitive import primitive
from .transforms.reversemode import elementwise_grad, grad, value_and_grad, vjp

if TYPE_CHECKING:
    from . import nn, optimize

__version__ = "0.1.0"
__all__ = ["Dual", "check_grads", "checkpoint", "checkpoint_loop", "custom_jvp", "custom_vjp", "debug", "derivative", "elementwise_grad", "gnvp", "grad", "hessian",
           "hessian_diagonal", "hessian_trace", "hvp", "hvp_operator", "jacobian", "jvp", "laplacian", "linearize", "nn", "optimize", "primitive", "rules", "scipy",
           "sparse", "stop_gradient", "trace", "value_and_grad", "vjp", "vmap"]
ROOMS = ("nn", "optimize")  # imported when they are first used, since SciPy's optimizers alone take longer than all the rest


def __getattr__(name: str) -> Any:
    if name in ROOMS:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'dualrev' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *ROOMS})
