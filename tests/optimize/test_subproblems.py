"""The pieces on their own: line search, exact, truncated and Krylov steps, compact inverse Hessians, boxes."""

import math

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from dualrev.optimize.box import Box
from dualrev.optimize.damped import Dense, Tridiagonal
from dualrev.optimize.exact import ExactModel, cholesky_step
from dualrev.optimize.krylov import Krylov
from dualrev.optimize.linesearch import Trial, search
from dualrev.optimize.loop import Point
from dualrev.optimize.newton import truncated
from dualrev.optimize.quasinewton import BFGS, LBFGS
from dualrev.optimize.sparsestep import positive_factors, sparse_step

seeds = st.integers(0, 2**32 - 1)


def on_line(f, d):
    calls = []

    def phi(a):
        calls.append(a)
        return Trial(a, f(a), d(a), a)

    return phi, calls


# test functions 1 and 2 of Moré and Thuente (1994), one whose slope stays negative, and one with a steep wall
BETA = 0.004
LINES = [
    (lambda a: -a / (a**2 + 2), lambda a: (a**2 - 2) / (a**2 + 2) ** 2),
    (lambda a: (a + BETA) ** 5 - 2 * (a + BETA) ** 4, lambda a: 5 * (a + BETA) ** 4 - 8 * (a + BETA) ** 3),
    (lambda a: 0.01 * np.sqrt(1 + (a - 1) ** 2) + 0.01 * np.sqrt(1e-4 + a**2) - 0.02 * a,
     lambda a: 0.01 * (a - 1) / np.sqrt(1 + (a - 1) ** 2) + 0.01 * a / np.sqrt(1e-4 + a**2) - 0.02),
    (lambda a: np.exp(8 * (a - 2)) - a, lambda a: 8 * np.exp(8 * (a - 2)) - 1),
]


@pytest.mark.parametrize("line", range(4))
@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 10.0, 1e3])
@pytest.mark.parametrize(("c1", "c2"), [(1e-4, 0.9), (1e-3, 0.1), (1e-3, 1e-2)])
def test_strong_wolfe_conditions(line, first, c1, c2):
    f, d = LINES[line]
    phi, calls = on_line(f, d)
    with np.errstate(over="ignore"):
        found = search(phi, f(0.0), d(0.0), first, c1, c2)
    assert found is not None
    if line != 2:  # whose slope is negative for ever
        assert found.f <= f(0.0) + c1 * found.a * d(0.0)
        assert abs(found.d) <= c2 * abs(d(0.0))
    assert len(calls) <= 40


def test_steps_that_are_not_finite_are_taken_back():
    phi, _ = on_line(lambda a: (a - 0.3) ** 2 if a < 0.5 else math.inf, lambda a: 2 * (a - 0.3))
    found = search(phi, 0.09, -0.6, 1e6, c2=0.1)
    assert found.a == pytest.approx(0.3)
    assert search(lambda a: Trial(a, math.inf, math.nan), 0.0, -1.0, 1.0) is None


def test_the_longest_step_is_kept():
    phi, calls = on_line(lambda a: -a, lambda a: -1.0)
    assert search(phi, 0.0, -1.0, 1.0, longest=7.0).a == 7.0
    assert max(calls) == 7.0


@given(seeds, st.integers(1, 7), st.floats(1e-3, 1e3))
@settings(max_examples=60)
def test_exact_steps_are_optimal(seed, n, radius):
    """The conditions of Moré and Sorensen: (H + sigma I) p = -g, H + sigma I >= 0, sigma >= 0, and sigma > 0 only at the edge."""
    rng = np.random.default_rng(seed)
    H = rng.standard_normal((n, n))
    H, g = H + H.T, rng.standard_normal(n)
    p, decrease, edge = ExactModel(H, g).solve(radius)
    assert decrease == pytest.approx(-(g @ p + 0.5 * p @ H @ p), rel=1e-7, abs=1e-12)
    assert np.linalg.norm(p) <= radius * (1 + 1e-9)
    sigma = -(p @ (H @ p + g)) / (p @ p)
    assert sigma >= -1e-8
    if edge:
        assert np.linalg.norm(p) == pytest.approx(radius)
    else:
        assert abs(sigma) < 1e-7
    np.testing.assert_allclose(H @ p + sigma * p, -g, atol=1e-6 * (1 + np.linalg.norm(g) + sigma * radius))
    assert np.linalg.eigvalsh(H)[0] + sigma >= -1e-7 * (1 + sigma)


@pytest.mark.parametrize("g", [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1e-9, 2.0]])
def test_the_hard_case(g):
    H, g = np.diag([-1.0, 1.0, 2.0]), np.array(g)
    p, decrease, edge = ExactModel(H, g).solve(3.0)
    assert edge
    assert np.linalg.norm(p) == pytest.approx(3.0)
    np.testing.assert_allclose((H + np.eye(3)) @ p, -g, atol=1e-9)
    assert decrease > 0


def test_a_matrix_that_is_not_positive_definite_has_no_cholesky_step():
    assert cholesky_step(np.diag([1.0, -1.0]), np.ones(2)) is None
    np.testing.assert_allclose(cholesky_step(np.diag([1.0, 4.0]), np.ones(2)), [-1.0, -0.25])


@given(seeds, st.integers(2, 8))
@settings(max_examples=30)
def test_krylov_over_the_whole_space_is_exact_and_steihaug_not_better(seed, n):
    rng = np.random.default_rng(seed)
    H = rng.standard_normal((n, n))
    H, g = H + H.T, rng.standard_normal(n)

    class Quadratic:
        def products(self, x):
            return lambda v: H @ v

    model = Krylov(Quadratic())
    model.at(Point(np.zeros(n), 0.0, g))
    model.tol = 1e-12
    for radius in (10.0, 0.5, 0.1):
        p, decrease, _ = model.solve(radius)
        best = ExactModel(H, g).solve(radius)
        assert decrease == pytest.approx(best[1], rel=0.3 if np.any(np.linalg.eigvalsh(H) < 0) else 1e-6)
        assert decrease == pytest.approx(-(g @ p + 0.5 * p @ H @ p), rel=1e-6)
        s, r, _ = truncated(lambda v: H @ v, g, radius, 1e-12, 100)
        assert np.linalg.norm(s) <= radius * (1 + 1e-9)
        np.testing.assert_allclose(r, g + H @ s, atol=1e-7 * (1 + np.linalg.norm(s)))
        assert -(g @ s + 0.5 * s @ H @ s) <= best[1] / 0.8 + 1e-9


@given(seeds, st.integers(1, 8))
@settings(max_examples=30)
def test_damped_steps_have_the_length_that_is_asked_for(seed, n):
    rng = np.random.default_rng(seed)
    d, e, b = rng.uniform(2.0, 4.0, n), rng.uniform(-1.0, 1.0, max(n - 1, 1)), rng.standard_normal(n)
    T = np.diag(d) + np.diag(e[:n - 1], 1) + np.diag(e[:n - 1], -1)
    for steps in (Dense(T, -b), Tridiagonal(d, e, b)):
        np.testing.assert_allclose(T @ steps.step, b, rtol=1e-9, atol=1e-12)
        longest = steps.length
        for radius in (0.9 * longest, 0.1 * longest, 1e-6 * longest):
            assert steps.shortened(radius)
            assert np.linalg.norm(steps.step) == pytest.approx(radius, rel=1.01 * steps.close) and steps.sigma > 0
            np.testing.assert_allclose((T + steps.sigma * np.eye(n)) @ steps.step, b, rtol=1e-9, atol=1e-12)
            p = steps.fitted(radius)
            assert np.linalg.norm(p) == pytest.approx(radius, rel=1e-9)
            shift = steps.sigma + steps.rise(radius)
            np.testing.assert_allclose((T + shift * np.eye(n)) @ p, b, rtol=0, atol=1e-7 * np.linalg.norm(b))
        assert not steps.shortened(longest)  # it goes one way
    indefinite = Tridiagonal(np.array([1.0, -1.0]), np.zeros(1), np.ones(2))
    assert not indefinite.definite and not indefinite.shortened(0.1)
    assert Tridiagonal(np.array([1.0, -1.0]), np.zeros(1), np.ones(2), 2.0).definite


@given(seeds, st.integers(1, 6), st.integers(1, 12))
@settings(max_examples=30)
def test_limited_memory_is_bfgs_with_a_scaled_start(seed, n, k):
    """The compact form against the recursion over all pairs that are kept."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n))
    A = A @ A.T + np.eye(n)
    short, x = LBFGS(memory=5), rng.standard_normal(n)
    pairs = []
    for _ in range(k):
        new = x + rng.standard_normal(n)
        short.learn(Point(x, 0.0, A @ x), Point(new, 0.0, A @ new), new - x)
        pairs.append((new - x, A @ (new - x)))
        x = new
    s, y = pairs[-1]
    H = np.eye(n) * (s @ y) / (y @ y)
    for s, y in pairs[-5:]:
        E = np.eye(n) - np.outer(s, y) / (s @ y)
        H = E @ H @ E.T + np.outer(s, s) / (s @ y)
    v = rng.standard_normal(n)
    np.testing.assert_allclose(short.direction(Point(x, 0.0, -v))[0], H @ v, rtol=1e-6, atol=1e-8 * np.linalg.norm(H))


def test_bfgs_fulfils_the_secant_equation():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((4, 4))
    A = A @ A.T + np.eye(4)
    full, x = BFGS(), np.zeros(4)
    for _ in range(6):
        new = x + rng.standard_normal(4)
        full.learn(Point(x, 0.0, A @ x), Point(new, 0.0, A @ new), new - x)
        p, first = full.direction(Point(new, 0.0, -(A @ new - A @ x)))
        np.testing.assert_allclose(p, new - x, rtol=1e-8)
        assert first == 1.0
        x = new


def test_a_box():
    box = Box(np.array([0.0, -np.inf]), np.array([1.0, np.inf]))
    assert box.project(np.array([2.0, 9.0])).tolist() == [1.0, 9.0]
    assert box.size(np.array([0.0, 0.0]), np.array([3.0, 0.5])) == 0.5
    assert box.size(np.array([0.25, 0.0]), np.array([3.0, 0.0])) == 0.25
    assert box.held(np.array([0.0, 0.0]), np.array([3.0, 3.0])).tolist() == [True, False]
    assert box.room(np.array([0.5, 0.0]), np.array([-1.0, 5.0])) == 0.5
    assert box.room(np.array([0.5, 0.0]), np.array([0.0, 5.0])) == math.inf


@given(seeds, st.booleans())
@settings(max_examples=30)
def test_sparse_steps(seed, shifted):
    rng = np.random.default_rng(seed)
    A = sp.random_array((20, 20), density=0.1, rng=rng)
    A = (A + A.T + sp.eye_array(20) * (4.0 * shifted)).tocsc()
    lowest = np.linalg.eigvalsh(A.toarray())[0]
    assert (positive_factors(A) is not None) == (lowest > 0)
    g = rng.standard_normal(20)
    p = sparse_step(A, g)
    assert g @ p < 0
    if lowest > 0:
        np.testing.assert_allclose(A @ p, -g, atol=1e-9)


@pytest.mark.parametrize("part", [0.0, 1e-14, 1e-10, 1e-6, 1e-3])
@pytest.mark.parametrize("radius", [1e-2, 1.0, 1e3])
def test_the_lowest_curvature_among_others_that_are_as_small_beside_the_largest(part, radius):
    w = np.array([-5e-6, 3e-4, 5e-4, 9e-4, 2.0, 1e9])
    c = np.array([part, 1e-5, 1e-6, 1e-8, 0.1, 2e4])
    p, decrease, edge = ExactModel(np.diag(w), c).solve(radius)
    assert edge
    np.testing.assert_allclose(np.linalg.norm(p), radius, rtol=1e-6)
    sigma = np.longdouble(5e-6) + np.geomspace(1e-22, 1e9, 200001, dtype=np.longdouble)  # the dual bounds the decrease from above, for every shift
    bound = 0.5 * np.min(np.sum(c**2 / (w + sigma[:, None]), axis=1) + sigma * radius**2)
    assert 0.99 * bound <= decrease <= bound * (1 + 1e-6)
