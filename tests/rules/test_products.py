"""Products of arrays: matmul, dot, tensordot and their kin, in every way, for all combinations of shapes."""

import numpy as np
import pytest

import dualrev as dr
from tests.rules.ways import check

LA = np.linalg
NEW = hasattr(np, "matvec")  # NumPy 2.2
rng = np.random.default_rng(13)


@pytest.fixture(autouse=True)
def _the_same_numbers_in_any_order():
    global rng
    rng = np.random.default_rng(13)


def draw(*shape, kind=float):
    return rng.normal(size=shape) + (1j * rng.normal(size=shape) if kind is complex else 0)


PAIRS = [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4))]
STACKS = [((5, 1, 2, 3), (4, 3, 2)), ((1, 2, 3), (1, 3, 2)), ((0, 2, 3), (3, 2)), ((2, 0), (0, 3))]


@pytest.mark.parametrize("kinds", [(float, float), (complex, float), (float, complex)])
@pytest.mark.parametrize(("a", "b"), PAIRS + STACKS)
def test_matmul(a, b, kinds):
    check(np.matmul, draw(*a, kind=kinds[0]), draw(*b, kind=kinds[1]))


@pytest.mark.parametrize(("a", "b"), [*PAIRS, ((2, 4, 3), (2, 3, 2)), ((), (3,)), ((3,), ()), ((), ())])
def test_dot(a, b):
    check(np.dot, draw(*a), draw(*b, kind=complex))


@pytest.mark.parametrize(("a", "b"), [((2, 3, 4), (5, 4)), ((4,), (3, 4)), ((), (3,)), ((3,), ()), ((2, 3), (3,))])
def test_inner(a, b):
    check(np.inner, draw(*a), draw(*b, kind=complex))


@pytest.mark.parametrize(("function", "a", "b"), [
    (np.outer, (3,), (2,)), (np.outer, (2, 3), (2,)), (np.outer, (), (2,)), (np.outer, (2,), ()), (LA.outer, (3,), (2,)),
    (np.kron, (2, 3), (4,)), (np.kron, (2,), (3, 2, 2)),
    (np.kron, (), (2, 2)), (np.kron, (2, 2), (2, 2)), (np.vdot, (2, 3), (3, 2)), (np.vdot, (), ()), (np.vecdot, (2, 3), (4, 1, 3)),
    *([(np.matvec, (2, 3, 4), (4,)), (np.vecmat, (3,), (2, 3, 4))] if NEW else []),
    (LA.matmul, (2, 3), (3, 2)), (LA.vecdot, (2, 3), (2, 3)),
])
@pytest.mark.parametrize("kind", [float, complex])
def test_other_products(function, a, b, kind):
    check(function, draw(*a, kind=kind), draw(*b, kind=complex))


@pytest.mark.parametrize(("a", "b", "axes"), [
    ((4, 2, 3), (2, 3, 2), 2), ((2, 3), (3, 2), 1), ((2, 3), (2,), 0), ((2, 3, 2), (2, 3, 3), ((0, 1), (0, 1))), ((2, 3, 2), (2, 4, 3), ((1,), (2,))), ((2, 3), (2, 3), (1, 1)),
    ((2, 3, 2), (2, 4, 3), [1, [-1]]), ((2, 3), (2, 4), (np.array([0]), np.array([-2]))), ((), (2,), 0), ((2, 0), (0, 3), 1),
])
def test_tensordot(a, b, axes):
    check(lambda a, b: np.tensordot(a, b, axes), draw(*a, kind=complex), draw(*b))
    check(lambda a, b: LA.tensordot(a, b, axes=axes), draw(*a), draw(*b))


KEYWORDS = {
    "vecdot axis": (lambda a, b: np.vecdot(a, b, axis=0), (3, 2), (3, 2)), "vecdot keepdims": (lambda a, b: np.vecdot(a, b, keepdims=True), (3, 2), (3, 2)),
    "vecdot axis keepdims": (lambda a, b: np.vecdot(a, b, axis=0, keepdims=True), (3, 2), (3, 2)), "vecdot axes": (lambda a, b: np.vecdot(a, b, axes=[0, 1, ()]), (3, 2), (2, 3)),
    "vecdot two axes": (lambda a, b: np.vecdot(a, b, axes=[0, 1]), (3, 2), (2, 3)), "linalg.vecdot axis": (lambda a, b: LA.vecdot(a, b, axis=0), (3, 2), (3, 2)),
    "matmul dtype": (lambda a, b: np.matmul(a, b, dtype=np.complex128), (3, 2), (2, 2)),
}
if NEW:
    KEYWORDS |= {
        "matvec axes": (lambda a, x: np.matvec(a, x, axes=[(0, 1), 0, 0]), (3, 4, 2), (4, 2)),
        "vecmat axes": (lambda x, a: np.vecmat(x, a, axes=[0, (1, 2), 0]), (3, 2), (2, 3, 4)),
    }


@pytest.mark.parametrize("name", KEYWORDS)
def test_keywords(name):
    f, a, b = KEYWORDS[name]
    check(f, draw(*a, kind=complex), draw(*b, kind=complex))


def test_keywords_without_a_rule_raise():
    a = draw(3, 4, 2)
    with pytest.raises(NotImplementedError, match=r"matmul .*'axes'"):
        dr.grad(lambda a: np.sum(np.matmul(a, a, axes=[(0, 1), (1, 0), (0, 1)])))(a)
    with pytest.raises(NotImplementedError, match="keepdims"):
        dr.grad(lambda a: np.sum(np.vecdot(a, a, axes=[0, 0, 0], keepdims=True)))(a)


@pytest.mark.parametrize("function", [np.dot, np.inner, np.outer, np.kron, np.matmul])
def test_lists_and_numbers_as_the_other_argument(function):
    x = draw(3)
    check(lambda x: function([1.0, 2.0, 3.0], x), x)
    check(lambda x: function(x, [1.0, 2.0, 3.0]), x)
    if function is not np.matmul:
        check(lambda x: function(2.0, x), x)
        single = x.astype(np.float32)
        assert dr.vjp(lambda x: function(x, 2.0), single)[0].dtype == function(single, 2.0).dtype
        assert dr.grad(lambda s: np.sum(function(s, x)))(2.0) == pytest.approx(np.sum(x))
        assert dr.grad(lambda s: np.sum(function(s, s)))(2.0) == pytest.approx(4.0)


def test_matmul_with_nested_lists():
    x = draw(2)
    check(lambda x: np.matmul([[1.0, 2.0], [3.0, 4.0]], x), x)
    check(lambda x: np.matmul(x, [[1.0, 2.0], [3.0, 4.0]]), x)
    check(lambda x: x @ [1.0, 2.0], x)
    check(lambda x: [1.0, 2.0] @ x, x)


@pytest.mark.parametrize("shapes", [[(2, 3), (3, 4)], [(2, 3), (3, 4), (4, 2)], [(3,), (3, 4), (4, 2), (2,)], [(3,), (3,)],
                                    [(6, 1), (1, 5), (5, 2), (2, 3)], [(3, 2), (2, 4), (4,)]])
def test_multi_dot(shapes):
    arrays = [draw(*shape, kind=complex if k == 0 else float) for k, shape in enumerate(shapes)]
    check(lambda *a: LA.multi_dot(a), *arrays)


def test_multi_dot_multiplies_in_the_cheapest_order():
    """(6 x 1)(1 x 500)(500 x 1): the inner product first. The other order would make a 6 x 500 matrix."""
    shapes = []
    seen = lambda f: lambda a, b: shapes.append((a.shape, b.shape)) or f(a, b)
    from dualrev.rules import products

    fake = type("Numpy", (), {"__getattr__": lambda self, name: seen(np.matmul) if name == "matmul" else getattr(np, name)})
    plain, products.np = products.np, fake()
    try:
        dr.grad(lambda a: np.sum(LA.multi_dot([a, np.ones((1, 500)), np.ones((500, 1))])))(np.ones((6, 1)))
    finally:
        products.np = plain
    assert shapes[0] == ((1, 500), (500, 1))


BAD = [(np.tensordot, (2, 3), (2, 3), 3), (np.tensordot, (2, 3), (2, 3), ((5,), (0,))), (np.tensordot, (2, 2), (2, 2), ((0, 0), (0, 0))),
       (np.tensordot, (2, 3), (2, 3), ((0,), (0, 1))),
       (LA.outer, (2, 2), (2,)), (np.vdot, (3,), (2,)), (LA.vecdot, (3,), (2,)),
       (np.dot, (2, 3), (2, 3)), (np.inner, (2, 3), (2, 2)), *([(np.matvec, (3,), (3,))] if NEW else []), (np.vecdot, (3,), (1,)),
       (np.matmul, (2, 3), (2, 3)), (np.matmul, (), (3,))]


@pytest.mark.parametrize(("function", "a", "b", "rest"), [(*case, None)[:4] for case in BAD])
def test_bad_shapes_get_numpys_errors(function, a, b, rest):
    more = () if rest is None else (rest,)
    with pytest.raises((ValueError, IndexError)):
        function(draw(*a), draw(*b), *more)
    with pytest.raises((ValueError, IndexError)):
        dr.vjp(lambda a, b: function(a, b, *more), draw(*a), draw(*b))


def test_bad_chains_get_numpys_errors():
    for arrays, error in (([draw(2, 3)], ValueError), ([draw(2, 3), draw(3, 2, 2), draw(2)], LA.LinAlgError),
                          ([draw(1, 2, 3), draw(3, 2), draw(2)], LA.LinAlgError), ([draw(2, 3), draw(2, 3)], ValueError)):
        with pytest.raises(error):
            LA.multi_dot(arrays)
        with pytest.raises(error):
            dr.vjp(lambda a: LA.multi_dot([a, *arrays[1:]]), arrays[0])
