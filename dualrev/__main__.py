"""The command line: ``python -m dualrev grad scipy.optimize:rosen --at '[-1.2, 1.0, 0.3]'``."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

import dualrev as dr

from .check import check_grads
from .plans.tracing import trace

DESCRIPTION = "Values, derivatives, checks and computational graphs of NumPy functions."
EPILOG = """\
FUNCTION is module:name, or a lambda in quotes, in which np is NumPy.
VALUE is JSON: a number, a list of numbers (an array; nested lists for more axes), or an object of these. Several values are several arguments.

examples:
  python -m dualrev value   'lambda x, y: x**2 + y**3' --at 2 3
  python -m dualrev grad    scipy.optimize:rosen --at '[-1.2, 1.0, 0.3]'
  python -m dualrev hessian scipy.optimize:rosen --at '[-1.2, 1.0, 0.3]'
  python -m dualrev check   'lambda x: np.exp(np.sin(x**2))' --at 1.5
  python -m dualrev trace   'lambda x: np.exp(np.sin(x**2))' --at 1.5 --draw graph.png
  python -m dualrev minimize scipy.optimize:rosen --x0 '[-1.2, 1.0]' --method newton

The result is JSON (NaN and Infinity as Python writes them, a complex number as {"real": ..., "imag": ...}); trace prints the program,
minimize a table of iterations, why it ended, and value and place as JSON.
Derivatives are taken in all arguments: with several, a list with one entry for each.
Exit status: 0, or 1 if a check failed or no minimum was reached, or 2 for bad input.
"""
COMMANDS = {"value": "evaluate the function", "grad": "gradient of a scalar function", "hessian": "second derivatives of a scalar function",
            "check": "compare the derivatives with numerical ones", "trace": "print the computational graph as a program",
            "minimize": "minimize a scalar function from a starting point"}


class BadInput(Exception):
    """What the user gave cannot be used."""


class Parser(argparse.ArgumentParser):
    """A parser that answers an error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = Parser(prog="python -m dualrev", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"dualrev {dr.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="|".join(COMMANDS))
    for name, what in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
        command.add_argument("function", metavar="FUNCTION", help="module:name, or a lambda in quotes")
        if name == "minimize":
            command.add_argument("--x0", metavar="VALUE", required=True, help="where to start, as JSON")
            command.add_argument("--at", metavar="VALUE", nargs="+", action="extend", default=[], help="further arguments of the function, as JSON")
            command.add_argument("--method", help="as in dualrev.optimize.minimize, such as newton, bfgs, trust-bounds or scipy:SLSQP")
            command.add_argument("--bounds", metavar="PAIRS", help="one [low, high] for each entry of x0, as JSON; null is unbounded")
            command.add_argument("--tol", type=float, help="the largest entry that the gradient may have in the end")
            continue
        command.add_argument("--at", metavar="VALUE", nargs="+", action="extend", required=True, help="the arguments as JSON")
        if name == "trace":
            command.add_argument("--dot", action="store_true", help="print the graph for Graphviz instead")
            command.add_argument("--draw", metavar="PATH", help="save a picture with values, and with derivatives where the result is one real scalar")
    return parser


def find_function(text: str) -> Callable[..., Any]:
    """Find the function that ``module:name`` or a lambda means."""
    if text.lstrip().startswith("lambda"):
        try:
            return eval(text, {"np": np, "dr": dr})
        except SyntaxError as error:
            raise BadInput(f"cannot read {text!r}: {error.msg}") from error
    module, _, name = text.partition(":")
    if not module or not name:
        raise BadInput(f"FUNCTION must be module:name or a lambda, got {text!r}")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except ImportError as error:
        raise BadInput(f"cannot import {module!r}: {error}") from error
    except AttributeError as error:
        raise BadInput(f"{module} has no {name!r}") from error
    if not callable(found):
        raise BadInput(f"{text} is not a function but a {type(found).__name__}")
    return found


def read_value(text: str, option: str = "--at") -> Any:
    """Read an argument: JSON with lists as arrays."""
    try:
        return as_argument(json.loads(text))
    except json.JSONDecodeError as error:
        raise BadInput(f"{option} {text!r} is not JSON: {error}") from error
    except (TypeError, ValueError) as error:
        raise BadInput(f"{option} {text!r} must hold numbers only, in lists of equal length") from error


def as_argument(x: Any) -> Any:
    """Make floats and arrays of what JSON holds."""
    if isinstance(x, dict):
        return {k: as_argument(v) for k, v in x.items()}
    if isinstance(x, list):
        if not all(isinstance(leaf, (int, float)) and not isinstance(leaf, bool) for leaf in np.ravel(np.array(x, dtype=object)).tolist()):
            raise TypeError
        return np.array(x, dtype=float)
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        raise TypeError
    return float(x)


def as_json(x: Any) -> Any:
    """Turn a result into what JSON can hold."""
    if isinstance(x, dict):
        return {str(k): as_json(v) for k, v in x.items()}
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        return {field.name: as_json(getattr(x, field.name)) for field in dataclasses.fields(x)}
    if isinstance(x, (list, tuple)):
        return [as_json(v) for v in x]
    if isinstance(x, (np.ndarray, np.generic)):
        return as_json(x.tolist())
    return {"real": x.real, "imag": x.imag} if isinstance(x, complex) else x


def run(command: str, f: Callable[..., Any], args: list[Any], options: argparse.Namespace) -> str:
    """Carry a command out and return what to print."""
    if command == "trace":
        program = trace(f, *args)
        if options.draw:
            program.draw(options.draw, values=True, derivatives=program.scalar)
        return program.to_dot() if options.dot else str(program)
    if command == "check":
        return str(check_grads(f, *args))
    argnums = 0 if len(args) == 1 else tuple(range(len(args)))
    function = {"value": f, "grad": dr.grad(f, argnums), "hessian": dr.hessian(f, argnums)}[command]
    return json.dumps(as_json(function(*args)))


def minimize(f: Callable[..., Any], args: list[Any], options: argparse.Namespace) -> int:
    """Minimize, print what happened, and return the exit status."""
    try:
        bounds = None if options.bounds is None else json.loads(options.bounds)
    except json.JSONDecodeError as error:
        raise BadInput(f"--bounds {options.bounds!r} is not JSON: {error}") from error
    found = dr.optimize.minimize(f, read_value(options.x0, "--x0"), tuple(args), options.method, bounds, tol=options.tol)
    print(f"{found.history}\n{found.method}: {found.message}\n{json.dumps({'fun': as_json(found.fun), 'x': as_json(found.x)})}")
    return 0 if found.success else 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process if left out.

    Returns
    -------
    int
        The exit status: 0, 1 if a check failed, 2 for bad input.

    Examples
    --------
    >>> main(["grad", "lambda x: x**2", "--at", "3"])
    6.0
    0
    """
    parser = make_parser()
    options = parser.parse_args(argv)
    if options.command is None:
        parser.print_help()
        return 0
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        f = find_function(options.function)
        args = [read_value(text) for text in options.at]
        if options.command == "minimize":
            return minimize(f, args, options)
        print(run(options.command, f, args, options))
    except AssertionError as failure:
        if options.command != "check":
            return complain(parser, failure)
        print(failure)
        return 1
    except Exception as error:  # whatever goes wrong in a user's function is answered in one line
        return complain(parser, error)
    return 0


def complain(parser: argparse.ArgumentParser, error: BaseException) -> int:
    """Write an error in one line, and return the exit status for bad input."""
    kind = "" if isinstance(error, BadInput) else f"{type(error).__name__}: "
    print(f"{parser.prog}: error: {kind}{' '.join(str(error).split())}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
