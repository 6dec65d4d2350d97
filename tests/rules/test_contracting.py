"""Einstein summation: every form, in every way, and NumPy's errors."""

import numpy as np
import pytest

import dualrev as dr
from tests.rules.ways import check

rng = np.random.default_rng(17)


@pytest.fixture(autouse=True)
def _the_same_numbers_in_any_order():
    global rng
    rng = np.random.default_rng(17)


def draw(*shape, kind=float):
    return rng.normal(size=shape) + (1j * rng.normal(size=shape) if kind is complex else 0)


FORMS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ba,ca", (2, 3), (4, 3)), (" i j , j k -> k i ", (2, 3), (3, 4)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    ("i,i,i->", (3,), (3,), (3,)),
    ("ii", (3, 3)), ("ii->i", (3, 3)), ("iii->i", (3, 3, 3)), ("iij->j", (3, 3, 2)), ("iij,j->i", (3, 3, 2), (2,)), ("iij,k->k", (3, 3, 2), (4,)),
    ("ij->", (2, 3)), ("ij->ji", (2, 3)), ("ba", (2, 3)),
    ("ij,k->i", (2, 3), (4,)), ("ij,ij->i", (1, 3), (2, 3)), ("i,i->", (3,), (1,)), ("i,i->i", (3,), (1,)), (",->", (), ()), (",i->i", (), (3,)),
    ("...ij,...jk->...ik", (2, 1, 3, 2), (4, 2, 3)), ("i...,i...->...", (2, 1, 3), (2, 4, 1)), ("...ii->...i", (2, 3, 3)), ("...,i->i...", (2, 3), (4,)),
    ("...ba", (2, 3, 4)), ("...i,...i", (2, 3), (3,)),
    ("i...->...", (2, 3)), ("...i->...", (3,)), ("i->...i", (2,)), ("ab,bc->ac", (0, 2), (2, 3)), ("ab,bc->ac", (2, 0), (0, 3)),
]


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("kind", [float, complex])
def test_subscripts(form, kind):
    text, *shapes = form
    check(lambda *a: np.einsum(text, *a), *(draw(*shape, kind=kind if k == 0 else float) for k, shape in enumerate(shapes)))


LISTS = {
    "with output": (lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]), (2, 3), (3, 4)), "capitals first": (lambda a, b: np.einsum(a, [30, 1], b, [1, 2]), (2, 3), (3, 4)),
    "ellipsis": (lambda a, b: np.einsum(a, [Ellipsis, 1], b, [1, 2], [Ellipsis, 2]), (2, 5, 3), (3, 4)), "scalar": (lambda a: np.einsum(a, [0], a, [0], []), (3,)),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_axes(name):
    f, *shapes = LISTS[name]
    check(f, *(draw(*shape) for shape in shapes))


def test_the_same_operand_several_times():
    check(lambda a: np.einsum("ij,ij,ik->k", a, a, a), draw(2, 3))


def test_plain_numbers_and_lists_as_operands():
    check(lambda b: np.einsum(",i->i", 2.0, b), draw(3))
    check(lambda b: np.einsum("i,i", [1.0, 2.0, 3.0], b), draw(3))
    check(lambda b: np.einsum("i,i", [b[0], b[1]], b[1:]), draw(3))


def test_keywords():
    a, b = draw(2, 3), draw(3, 4)
    check(lambda a, b: np.einsum("ij,jk", a, b, optimize="greedy"), a, b)
    check(lambda a, b: np.einsum("ij,jk", a, b, dtype=complex), a, b)
    with pytest.raises(TypeError, match="cast"):
        dr.grad(lambda a: np.sum(np.einsum("ij->i", a, dtype=np.float32)))(a)
    assert dr.grad(lambda a: np.sum(np.einsum("ij->i", a, dtype=np.float32, casting="same_kind")))(a).dtype == np.float64


def test_large_contractions():
    """Above a size two operands are multiplied as matrices; the numbers stay."""
    a, b = draw(60, 50), draw(50, 70)
    g = draw(60, 70)
    y, pullback = dr.vjp(lambda a, b: np.einsum("ij,jk->ik", a, b), a, b)
    np.testing.assert_allclose(y, a @ b, rtol=1e-12, atol=1e-12)
    for found, expected in zip(pullback(g), (g @ b.T, a.T @ g), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_a_diagonal_by_einsum_is_a_view():
    """NumPy's is, and writes to the array through it; here that raises unless it can be done."""
    def f(x):
        y = x * 1.0
        d = np.einsum("ii->i", y)
        d[...] = 0
        return np.sum(y * y)

    with pytest.raises(TypeError, match="einsum"):
        dr.grad(f)(draw(3, 3))


@pytest.mark.parametrize(("text", "shapes"), [
    ("...i->i", [(2, 3)]), ("ij", [(2, 3, 4)]), ("ij,jk", [(2, 3)]), ("ij->ii", [(2, 3)]), ("ij->ik", [(2, 3)]), ("ij,jk->ik", [(2, 3), (2, 3)]),
    ("ii->i", [(2, 3)]), ("i1->i", [(2, 3)]), ("..i->i", [(2, 3)]), ("...i...->i", [(2, 2, 2)]),
])
def test_bad_subscripts_get_an_error_as_in_numpy(text, shapes):
    arrays = [draw(*shape) for shape in shapes]
    with pytest.raises(ValueError, match="."):
        np.einsum(text, *arrays)
    with pytest.raises(ValueError, match="."):
        dr.vjp(lambda *a: np.einsum(text, *a), *arrays)
