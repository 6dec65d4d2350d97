"""The computational graph of J = exp(sin(x**2)) at x = 1.5, step by step: values forwards, derivatives backwards."""

from itertools import pairwise
from pathlib import Path

import numpy as np

import dualrev as dr

POINT = 1.5
STEPS = [("u", "x**2", lambda x: x**2), ("v", "sin(u)", np.sin), ("J", "exp(v)", np.exp)]  # each a function of the one before


def J(x):
    """exp(sin(x**2))."""
    return np.exp(np.sin(x**2))


def table(program):
    """For x and for each step: its value, its own slope, and the derivative of J in it. Nothing is typed in."""
    values, derivatives = program.values(), program.derivatives()
    slopes = {name: float(dr.derivative(step)(before)) for (name, _, step), before in zip(STEPS, values.values(), strict=False)}
    return {name: (float(value), slopes.get(name), float(derivatives[name])) for name, value in values.items()}


def by_differences(rows, h=1e-5):
    """The derivative of J in x and in each step, from two runs of the steps that follow."""
    found = {}
    for k, (name, (value, _, _)) in enumerate(rows.items()):
        ends = []
        for y in (value + h, value - h):
            for _, _, step in STEPS[k:]:
                y = step(y)
            ends.append(y)
        found[name] = float(ends[0] - ends[1]) / (2 * h)
    return found


def main(path=None):
    """Print the program and the table, check it by differences, save the picture; return table and differences."""
    program = dr.trace(J, POINT)
    for equation, (name, _, _) in zip(program.equations, STEPS, strict=True):
        equation.outputs[0].name = name  # a, b, c, unless somebody knows better
    print(program)

    rows = table(program)
    print("\nForwards: each step's value, and its own slope at the value before it")
    for name, formula, _ in STEPS:
        value, slope, _ = rows[name]
        print(f"    {name} = {formula:8} = {value:9.6f}    slope {slope:9.6f}")

    print("\nBackwards: the derivative of J in each value is that in the next one times the next one's slope")
    print(f"    dJ/dJ = {rows['J'][2]:9.6f}")
    for name, after in reversed(list(pairwise(rows))):
        print(f"    dJ/d{name} = {rows[name][2]:9.6f} = {rows[after][2]:9.6f} * {rows[after][1]:9.6f}")

    checks = by_differences(rows)
    print("\nThe same by differences")
    for name, check in checks.items():
        print(f"    dJ/d{name} = {check:9.6f}    relative error {abs(check - rows[name][2]) / abs(rows[name][2]):.0e}")

    path = Path(path or Path(__file__).with_suffix(".png"))
    program.draw(path, values=True, derivatives=True)
    print(f"\nPicture: {path}")
    return rows, checks


if __name__ == "__main__":
    main()
