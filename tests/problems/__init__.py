"""The 35 problems of Moré, Garbow and Hillstrom in plain NumPy, their published minima, and a table of the optimizers on them (`python -m tests.problems`)."""
