"""Problems 20 to 35, of any size: residuals in plain NumPy, numbered as in the paper."""

import numpy as np


def watson(x):
    n = len(x)
    t = np.arange(1, 30) / 29
    powers = t[:, None] ** np.arange(n)
    slopes = np.arange(1, n) * powers[:, :-1]
    return np.concatenate([slopes @ x[1:] - (powers @ x) ** 2 - 1, np.stack([x[0], x[1] - x[0] ** 2 - 1])])


def extended_rosenbrock(x):
    return np.concatenate([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]])


def extended_powell(x):
    a, b, c, d = x[::4], x[1::4], x[2::4], x[3::4]
    return np.concatenate([a + 10 * b, np.sqrt(5) * (c - d), (b - 2 * c) ** 2, np.sqrt(10) * (a - d) ** 2])


def penalty_1(x):
    return np.append(np.sqrt(1e-5) * (x - 1), np.sum(x**2) - 0.25)


def penalty_2(x):
    n = len(x)
    e, i = np.exp(x / 10), np.arange(2, n + 1)
    y = np.exp(i / 10) + np.exp((i - 1) / 10)
    first, last = x[:1] - 0.2, np.sum(np.arange(n, 0, -1) * x**2) - 1
    return np.concatenate([first, np.sqrt(1e-5) * (e[1:] + e[:-1] - y), np.sqrt(1e-5) * (e[1:] - np.exp(-0.1)), np.reshape(last, 1)])


def variably_dimensioned(x):
    s = np.sum(np.arange(1, len(x) + 1) * (x - 1))
    return np.concatenate([x - 1, np.stack([s, s**2])])


def trigonometric(x):
    n, c = len(x), np.cos(x)
    return n - np.sum(c) + np.arange(1, n + 1) * (1 - c) - np.sin(x)


def brown_almost_linear(x):
    return np.append(x[:-1] + np.sum(x) - (len(x) + 1), np.prod(x) - 1)


def discrete_boundary(x):
    h = 1 / (len(x) + 1)
    t = h * np.arange(1, len(x) + 1)
    y = np.concatenate([np.zeros(1), x, np.zeros(1)])
    return 2 * x - y[:-2] - y[2:] + h**2 * (x + t + 1) ** 3 / 2


def discrete_integral(x):
    h = 1 / (len(x) + 1)
    t = h * np.arange(1, len(x) + 1)
    cubes = (x + t + 1) ** 3
    below, above = np.cumsum(t * cubes), np.sum((1 - t) * cubes) - np.cumsum((1 - t) * cubes)
    return x + h * ((1 - t) * below + t * above) / 2


def broyden_tridiagonal(x):
    y = np.concatenate([np.zeros(1), x, np.zeros(1)])
    return (3 - 2 * x) * x - y[:-2] - 2 * y[2:] + 1


def broyden_banded(x):
    q = np.concatenate([np.zeros(5), x * (1 + x), np.zeros(1)])
    n = len(x)
    near = q[0:n] + q[1:n + 1] + q[2:n + 2] + q[3:n + 3] + q[4:n + 4] + q[6:n + 6]
    return x * (2 + 5 * x**2) + 1 - near


M = 10  # the number of residuals of the linear problems


def linear_full_rank(x):
    s = 2 / M * np.sum(x) + 1
    return np.concatenate([x, np.zeros(M - len(x))]) - s


def linear_rank_1(x):
    return np.arange(1, M + 1) * np.sum(np.arange(1, len(x) + 1) * x) - 1


def linear_rank_1_zeros(x):
    s = np.sum(np.arange(2, len(x)) * x[1:-1])
    return np.concatenate([[0.0], np.arange(1, M - 1), [0.0]]) * s - 1


def chebyquad(x):
    n = len(x)
    z = 2 * x - 1
    before, now, rows = np.ones(n), z, []
    for i in range(1, n + 1):
        rows.append(np.mean(now) + (1 / (i**2 - 1) if i % 2 == 0 else 0.0))
        before, now = now, 2 * z * now - before
    return np.stack(rows)
