"""Reading the files of NIST's Statistical Reference Datasets for nonlinear regression: data, model, starting points and certified values."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

FILES = Path(__file__).parent / "nist"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PARAMETER = re.compile(rf"^\s*b\d+\s*=\s*({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})\s*$")


class Dataset(NamedTuple):
    """One regression problem with its certified result."""

    name: str
    formula: str
    x: np.ndarray
    y: np.ndarray
    starts: np.ndarray  # (2, n)
    parameters: np.ndarray  # (n,)
    deviations: np.ndarray  # (n,), certified standard deviations
    sum_of_squares: float
    degrees_of_freedom: int

    def model(self, x, b):
        """The model at predictors x (m,) and parameters b (n,), as the file's formula says."""
        return eval(self.formula, {"exp": np.exp}, {"x": x, **{f"b{k + 1}": b[k] for k in range(len(self.parameters))}})

    def residuals(self, b):
        return self.model(self.x, b) - self.y


def read(name):
    """Read one of the files."""
    text = (FILES / f"{name}.dat").read_text(encoding="ascii")
    lines = text.splitlines()
    table = np.array([[float(part) for part in found.groups()] for found in map(_PARAMETER.match, lines) if found])
    begin = max(k for k, line in enumerate(lines) if line.startswith("Data:"))
    if lines[begin].split() != ["Data:", "y", "x"]:
        raise ValueError(f"{name}: expected one response y and one predictor x, got {lines[begin]!r}")
    data = np.array([[float(part) for part in line.split()] for line in lines[begin + 1:] if line.strip()])
    observations, freedom = (int(_value(text, label)) for label in ("Number of Observations", "Degrees of Freedom"))
    if data.shape != (observations, 2) or observations - len(table) != freedom:
        raise ValueError(f"{name}: {data.shape} data and {len(table)} parameters do not fit {observations} observations and {freedom} degrees of freedom")
    return Dataset(name, _formula(text), data[:, 1], data[:, 0], table[:, :2].T.copy(), table[:, 2], table[:, 3], float(_value(text, "Residual Sum of Squares")), freedom)


def _value(text, label):
    return re.search(rf"^{label}:\s*(\S+)", text, re.MULTILINE)[1]


def _formula(text):
    """The right-hand side of ``y = ...  +  e`` as a Python expression."""
    body = re.search(r"^\s*y = (.*?)\+\s*e\s*$", text, re.MULTILINE | re.DOTALL)[1]
    return " ".join(body.replace("[", "(").replace("]", ")").split())


NAMES = sorted(path.stem for path in FILES.glob("*.dat"))
