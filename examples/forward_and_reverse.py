"""Forward against reverse mode on f(x, y) = x**2 + y**3 at (2, 3): the same gradient, by another number of passes."""

from pathlib import Path

import numpy as np

import dualrev as dr

POINT = (2.0, 3.0)


def f(x, y):
    """x**2 + y**3."""
    return x**2 + y**3


def many(x):
    """The same sum with any number of variables: squares at the even places, cubes at the odd ones."""
    return np.sum(x[::2] ** 2) + np.sum(x[1::2] ** 3)


class Counted:
    """A function that counts how often it is run."""

    def __init__(self, function):
        self.function, self.runs = function, 0

    def __call__(self, *args):
        self.runs += 1
        return self.function(*args)


def forward_gradient(function, point):
    """One pass for each variable: the derivative along its axis."""
    slopes = []
    for direction in np.eye(len(point)):
        _, slope = dr.jvp(function, point, tuple(direction))
        slopes.append(float(slope))
    return slopes


def reverse_gradient(function, point):
    """One run of the function, then one walk back, whatever the number of variables."""
    value, pullback = dr.vjp(function, *point)
    pullback = Counted(pullback)
    return float(value), list(pullback(1.0)), pullback.runs


def passes(n):
    """Count the passes that each mode needs for the gradient of `many` in n variables."""
    x = np.linspace(0.5, 1.5, n)
    forward, reverse = Counted(many), Counted(many)
    slopes = [dr.jvp(forward, (x,), (direction,))[1] for direction in np.eye(n)]
    gradient = dr.grad(reverse)(x)
    assert np.allclose(slopes, gradient, rtol=1e-12)
    return forward.runs, reverse.runs


def picture(path, program):
    """Draw the passes: tangents that go forwards, one variable at a time, and derivatives that come backwards, all at once."""
    from matplotlib.figure import Figure

    from dualrev.draw import sketch

    figure = Figure(figsize=(9, 8), layout="constrained")
    panels = figure.subplots(3)
    values = program.values()
    above = {name: f"{name} = {value:g}" for name, value in values.items()}
    for axes, direction, what in zip(panels, np.eye(2), "xy", strict=False):
        _, tangents = dr.jvp(program.values, POINT, tuple(direction))
        sketch(axes, program, above, {name: f"d{name}/d{what} = {t:g}" for name, t in tangents.items()})
        axes.set_title(f"forward pass in {what}: every value with its derivative in {what}, from left to right")
    sketch(panels[2], program, above, {name: f"df/d{name} = {g:g}" for name, g in program.derivatives().items()})
    panels[2].set_title("reverse pass: the derivative of f in every value, from right to left")
    figure.savefig(path, dpi=110)


def main(path=None):
    """Print values, gradients and counts, save the picture; return them."""
    program = dr.trace(f, *POINT)
    print(program)

    counted = Counted(f)
    forward = forward_gradient(counted, POINT)
    runs = counted.runs
    print(f"\nforward mode: gradient {forward} by {runs} passes, one for each variable")

    counted = Counted(f)
    value, reverse, walks = reverse_gradient(counted, POINT)
    print(f"reverse mode: gradient {reverse} by {counted.runs} run of f = {value} and {walks} walk back")

    print("\nvariables   forward passes   reverse passes")
    counts = {n: passes(n) for n in (2, 10, 100)}
    for n, (ahead, back) in counts.items():
        print(f"{n:9}{ahead:17}{back:17}")

    path = Path(path or Path(__file__).with_suffix(".png"))
    picture(path, program)
    print(f"\nPicture: {path}")
    return {"value": value, "forward": forward, "reverse": reverse, "forward runs": runs, "reverse runs": counted.runs, "walks": walks, "counts": counts}


if __name__ == "__main__":
    main()
