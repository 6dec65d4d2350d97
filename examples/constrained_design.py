"""The lightest beam that does not bend too far: trust-constr with the Jacobians and Hessians of all constraints supplied.

A cantilever of five hollow square segments carries a load at its tip. Minimize its weight over the heights of the segments with a bound on the tip's deflection,
sum(c_k / x_k**3) <= 1, and heights that shrink by at most 15 percent from one segment to the next. Source: C. Fleury, V. Braibant, Structural optimization: a new dual
method using mixed variables, Int. J. Numer. Methods Eng. 23 (1986); without the second kind of constraint the optimum is known, weight 1.33996.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.optimize import NonlinearConstraint

import dualrev as dr

C = np.array([61.0, 37.0, 19.0, 7.0, 1.0])
KNOWN = 1.33996


def weight(p):
    """Weight in the units of the source."""
    return 0.0624 * np.sum(p["height"])


def deflection(p):
    """Deflection of the tip over the allowed one."""
    return np.sum(C / p["height"] ** 3)


def taper(p):
    """Height of each segment over the one before."""
    return p["height"][1:] / p["height"][:-1]


def design(smooth):
    """Find the best design; with ``smooth`` the taper is limited too."""
    limits = [NonlinearConstraint(deflection, -np.inf, 1.0)]
    if smooth:
        limits.append(NonlinearConstraint(taper, 0.85, 1.0))
    start, bounds = {"height": np.full(5, 5.0)}, {"height": (1.0, 10.0)}
    return dr.optimize.minimize(weight, start, method="trust-constr", constraints=limits, bounds=bounds, options={"gtol": 1e-9, "xtol": 1e-10})


def picture(file, designs):
    """Draw the beams from the side."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(len(designs), 1, figsize=(9, 5), sharex=True, sharey=True)
    for axis, (name, found) in zip(axes, designs.items(), strict=True):
        heights = found.x["height"]
        axis.bar(np.arange(5) + 0.5, heights, width=1.0, bottom=-heights / 2, edgecolor="black", color="0.85")
        axis.bar(-0.15, 9, width=0.3, bottom=-4.5, color="white", edgecolor="0.4", hatch="///")
        axis.annotate("load", xy=(5, -4.2), xytext=(5, -heights[-1] / 2), ha="center", va="top", color="crimson", arrowprops={"arrowstyle": "->", "color": "crimson"})
        axis.set(xlim=(-0.3, 5.4), ylim=(-4.5, 4.5), xlabel="segment, from the wall to the tip", ylabel="height")
        axis.label_outer()
        axis.set_title(f"{name}: weight {found.fun:.4f}, deflection {deflection(found.x):.4f} of the allowed one")
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    plt.close(figure)


def main(file=None):
    """Find both designs, print them, save the picture; return them."""
    designs = {"deflection alone": design(False), "with limited taper": design(True)}
    for name, found in designs.items():
        print(f"{name:20} weight {found.fun:.5f}   heights {np.round(found.x['height'], 4)}   {found.nfev} evaluations, {found.nit} iterations")
    print(f"known optimum without the taper: {KNOWN}")
    picture(file or Path(__file__).with_suffix(".png"), designs)
    return designs


if __name__ == "__main__":
    main(*sys.argv[1:])
