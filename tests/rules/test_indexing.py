"""Reading, choosing and sorting entries."""

import numpy as np
import pytest

import dualrev as dr
from dualrev.agreement import Problem, examine
from dualrev.rules import indexing

X = np.array([[0.4, -1.2, 2.5, 0.9], [1.1, 0.7, -0.3, -2.0], [3.1, -0.1, 1.7, 0.2]])
V = np.array([0.5, -1.5, 2.5])


def agree(f, *args):
    y = dr.vjp(f, *args)[0]
    np.testing.assert_array_equal(y, f(*args))
    examine(Problem(f, args, getattr(f, "__name__", "f"), 1e-7), 2, [], [])


INDICES = {
    "row": 1, "last": -1, "entry": (2, 3), "slice": slice(1, None), "steps": (slice(None, None, -2), slice(3, 0, -1)),
    "ellipsis": (..., 1), "new axis": (None, 1, None), "empty tuple": (),
    "integers": [2, 0, 2], "array": np.array([[0, 1], [1, 1]]), "pairs": ([0, 0, 2], [1, 1, -1]), "outer": np.ix_([0, 2], [3, 3, 1]), "row and integers": (1, [0, 3, 0]),
    "integers apart": ([0, 0], None, [2, 2]), "mask": X > 0.5, "mask of rows": np.array([True, False, True]),
    "mask and slice": (slice(1, 3), np.array([True, False, False, True])),
    "no entry": [], "empty mask": np.zeros((3, 4), bool), "numpy integer": np.int32(2), "one false": False,
}


@pytest.mark.parametrize("name", INDICES)
def test_reading(name):
    agree(lambda x: x[INDICES[name]] ** 2 * 1.5, X)


@pytest.mark.parametrize("name", INDICES)
def test_writing(name):
    index = INDICES[name]

    def f(x, v):
        y = x * 1.0
        y[index] = y[index] * v + v**2
        return y * y

    if name in ("integers", "pairs", "array", "outer", "row and integers", "integers apart"):
        with_copies = np.unique(np.arange(12).reshape(3, 4)[index]).size < np.arange(12).reshape(3, 4)[index].size
        assert with_copies, "these are the indices that name an entry twice: the last one stays"
    agree(f, X, 0.7)


class TestTake:
    @pytest.mark.parametrize("keywords", [{}, {"axis": 0}, {"axis": -1}, {"axis": 1, "mode": "wrap"}, {"mode": "clip"}], ids=str)
    @pytest.mark.parametrize("indices", [[0, 2, 0], 1, np.array([[1, 0], [2, 2]])], ids=str)
    def test_take(self, keywords, indices):
        agree(lambda x: np.take(x, indices, **keywords) ** 2, X)
        agree(lambda x: x.take(indices, **keywords) ** 2, X)

    def test_out_of_range(self):
        with pytest.raises(IndexError):
            dr.grad(lambda x: np.sum(np.take(x, [5], axis=0)))(X)

    def test_along_axis(self):
        order = np.argsort(X, axis=1)
        agree(lambda x: np.take_along_axis(x, order, 1) ** 2, X)
        agree(lambda x: np.take_along_axis(x, np.argsort(X, axis=0)[:1], axis=0) ** 2, X)
        agree(lambda x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0) * np.arange(3.0)[:, None], X)

    def test_put_along_axis(self):
        def f(x, v):
            y = x * 1.0
            np.put_along_axis(y, np.array([[1], [0], [3]]), v, 1)
            return y**2

        agree(f, X, V[:, None])


class TestChoice:
    def test_where_broadcasts(self):
        agree(lambda a, b: np.where(X > 0, a, b) ** 2, X, np.float64(0.3))
        agree(lambda a, b: np.where(np.array([[True], [False], [True]]), a, b) ** 2, X[0], X)
        agree(lambda a: np.where([True, False, True], a, 0) ** 2, V)

    def test_where_with_a_traced_condition(self):
        agree(lambda x: np.where(x > 0.3, np.exp(x), x**2), X)

    def test_where_with_one_argument_gives_indices(self):
        np.testing.assert_array_equal(dr.grad(lambda x: np.sum(x[np.where(x > 0.5)]))(X), (X > 0.5) * 1.0)

    def test_select(self):
        agree(lambda x: np.select([x > 1, x > 0], [x**2, np.sqrt(np.abs(x))], default=-x), X)

    def test_choose(self):
        pick = np.array([0, 1, 1])
        agree(lambda x, v: np.choose(pick, [x[:, 0] ** 2, v * 2]), X, V)

    def test_compress_and_extract(self):
        agree(lambda x: np.compress([True, False, True], x, axis=0) ** 2, X)
        agree(lambda x: x.compress([False, True], axis=1) ** 2, X)
        agree(lambda x: np.extract(x > 0.5, x) ** 2, X)

    def test_infinite_slopes_that_were_not_chosen(self):
        x = np.array([0.0, 4.0])
        for f in (lambda x: np.sum(np.sqrt(x)[1:]), lambda x: np.sum(np.take(np.sqrt(x), [1])), lambda x: np.sum(np.compress([False, True], np.sqrt(x))),
                  lambda x: np.sum(np.select([x > 0], [np.sqrt(x)])), lambda x: np.sort(np.sqrt(x))[1], lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0))):
            np.testing.assert_array_equal(dr.grad(f)(x), [0.0, 0.25])
            np.testing.assert_array_equal([dr.jvp(f, (x,), (e,))[1] for e in np.eye(2)], [0.0, 0.25])


class TestSorting:
    @pytest.mark.parametrize("axis", [0, 1, -1, None])
    def test_sort(self, axis):
        weights = np.arange(12.0) if axis is None else np.arange(12.0).reshape(3, 4)
        agree(lambda x: np.sort(x, axis=axis) * weights, X)

    def test_ties_keep_their_order(self):
        np.testing.assert_array_equal(dr.grad(lambda x: np.sort(x) @ np.array([1.0, 2.0, 3.0]))(np.array([5.0, 5.0, 1.0])), [2, 3, 1])

    def test_partition(self):
        agree(lambda x: np.partition(x, 2)[:, 2] ** 2, X)

    def test_in_place(self):
        def f(x):
            y = x * 1.0
            y.sort(axis=0)
            return y * np.arange(3.0)[:, None]

        agree(f, X)

    def test_nan_comes_last(self):
        x = np.array([np.nan, 2.0, 1.0])
        np.testing.assert_array_equal(dr.vjp(np.sort, x)[0], [1.0, 2.0, np.nan])


@pytest.mark.parametrize("index", [slice(a, b, step) for a in (None, 1, -3, 9) for b in (None, 2, -1, -9, 9) for step in (None, 1, 2, -1)])
def test_the_transpose_of_a_slice_is_zero_outside(index, monkeypatch):
    monkeypatch.setattr(indexing, "WORTH", 0)  # as for large arrays
    x = np.arange(1.0, 11.0).reshape(5, 2)
    want = np.zeros((5, 2))
    want[index] = x[index]
    np.testing.assert_array_equal(indexing.scattered(x[index], index, (5, 2)), want)


class TestWritesByIndex:
    """Writes to few entries of a long array: what they cost beside copies of it."""

    WRITES = [lambda y, v: np.put(y, [5, -1, 3], v), lambda y, v: np.add.at(y, [5, 7, 5], v), lambda y, v: np.multiply.at(y, np.array([5, -7, 3]), v),
              lambda y, v: np.fill_diagonal(y.reshape(40, 50), 2 * v[0]), lambda y, v: y.__setitem__(np.array([5, 9, -3]), v), lambda y, v: np.sin.at(y, [4, 4])]

    @pytest.mark.parametrize("k", range(6))
    def test_an_array_is_copied_once_on_each_way(self, k, monkeypatch):
        x, v, whole = np.linspace(0.5, 1.5, 2000), np.array([1.5, 2.0, 3.0]), []

        def f(x, v):
            y = np.copy(x)
            self.WRITES[k](y, v)
            return y

        def counted(function):
            def call(a, *rest, **kwargs):
                r = function(a, *rest, **kwargs)
                whole.extend([1] * (np.size(r) >= 2000))
                return r

            return call

        y, pullback = dr.vjp(f, x, v)
        np.testing.assert_array_equal(y, f(x, v))
        for name in ("array", "full", "arange", "resize"):
            monkeypatch.setattr(np, name, counted(getattr(np, name)))
        a, b = pullback(np.cos(x))
        assert len(whole) <= 1
        monkeypatch.undo()
        t, s = np.sin(x), np.array([0.3, -0.2, 0.5])
        np.testing.assert_allclose(np.sum(a * t) + np.sum(b * s), np.sum(np.cos(x) * dr.jvp(f, (x, v), (t, s))[1]), rtol=1e-13)

    def test_the_last_of_several_writes_to_an_entry_wins(self):
        v = np.array([1.0, 2.0, 3.0])
        for index in ([0, 100, 0], [-2000, 5, 0], ([7, 7, 7],)):
            g = dr.grad(lambda v, i=index: np.sum(np.arange(2000.0) * [y := np.zeros_like(v, shape=2000), y.__setitem__(i, v), y + 1][-1]))(v)
            plain = np.zeros(2000)
            plain[index[0] if isinstance(index, tuple) else index] = [1, 2, 3]
            np.testing.assert_array_equal(g, [np.arange(2000)[plain == k].sum() for k in (1, 2, 3)])

    @pytest.mark.parametrize("shape", [(3, 4), (4, 3), (7, 2), (3, 3, 3)])
    @pytest.mark.parametrize("wrap", [False, True])
    def test_the_diagonal_is_numpys(self, shape, wrap):
        def f(x):
            y = np.copy(x)
            np.fill_diagonal(y, 7.0, wrap=wrap)
            return y

        x = np.arange(float(np.prod(shape))).reshape(shape)
        np.testing.assert_array_equal(dr.vjp(f, x)[0], f(x))
        for wrong in (np.ones(3), np.ones((2, 3, 2))):
            with pytest.raises(ValueError, match="at least 2-d|equal length"):
                dr.grad(lambda x: np.sum(f(x)))(wrong)


class TestInsertionsAndDeletions:
    @pytest.mark.parametrize("axis", [None, 0, 1, -1])
    @pytest.mark.parametrize("place", [0, 1, -1, -3, 2, [0, 2], slice(0, 2), np.array([True, False, True, False])])
    def test_values_are_numpys(self, place, axis):
        def same(f, *args):
            try:
                expected = f(*args)
            except (IndexError, ValueError) as error:
                with pytest.raises(type(error)):
                    dr.vjp(f, *args)
                return
            agree(f, *args)
            np.testing.assert_array_equal(dr.vjp(f, *args)[0], expected)

        same(lambda x: np.delete(x, place, axis=axis), X)
        for values in (np.float64(7.5), V[:1], X[:, :1], X[:1], X[:1, :1]):
            same(lambda x, v: np.insert(x, place, v, axis=axis), X, values)

    def test_out_of_bounds(self):
        for f in (lambda x: np.insert(x, 4, 1.0), lambda x: np.delete(x, 3), lambda x: np.delete(x, -4)):
            with pytest.raises(IndexError, match="out of bounds for axis 0 with size 3"):
                dr.grad(lambda x, f=f: np.sum(f(x)))(V)

    def test_distinct_places_are_written_not_added_to(self, monkeypatch):
        """np.add.at costs several times as much."""
        monkeypatch.setattr(indexing, "repeats", lambda index: pytest.fail("asked whether an entry is named twice"))
        for f in (lambda x: np.extract(X > 0, x), lambda x: np.compress(X.ravel() > 0, x), lambda x: np.delete(x, [1, 5]), lambda x: np.delete(x, 2, axis=1), np.unique,
                  lambda x: np.insert(x, 3, 2.0)):
            y, pullback = dr.vjp(f, X)
            np.testing.assert_allclose(pullback(y)[0].sum(), np.sum(y) - (2.0 if y.size > X.size else 0.0), rtol=1e-14)

    @pytest.mark.parametrize("unique", [False, True])
    def test_intersections(self, unique):
        a, b = np.array([3.0, 1.0, 7.0, 5.0]), np.array([5.0, 9.0, 1.0, 2.0])
        f = lambda a, b: np.intersect1d(a, b, assume_unique=unique)
        assert dr.vjp(f, a, b + 0.5)[1](np.zeros(0))[0].shape == (4,)
        np.testing.assert_array_equal(dr.jacobian(f)(a, b), [[0, 0.5, 0, 0], [0, 0, 0, 0.5]])
        y, i, j = dr.vjp(lambda a: np.intersect1d(a, b, unique, return_indices=True), a)[0]
        np.testing.assert_array_equal((a[i], b[j]), (y, y))
