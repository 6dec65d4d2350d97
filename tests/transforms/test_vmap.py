"""`vmap`: axes in and out, containers, nestings, and what raises."""

from typing import NamedTuple

import numpy as np
import pytest

import dualrev as dr
from dualrev.core.errors import DeadTraceError, DualrevError, LeavesTraceError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))


class Pair(NamedTuple):
    a: object
    b: object


def each(f, *args):
    return np.stack([f(*parts) for parts in zip(*args, strict=True)])


def f(x):
    return np.sum(np.sin(x) * x[0]) + np.max(x)


def same(x):
    return x


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_axes_in_and_out(axis):
    A = RNG.normal(size=(2, 3, 4))
    g = lambda a: np.sin(a) @ np.ones(a.shape[1])  # noqa: E731
    want = np.stack([g(a) for a in np.moveaxis(A, axis, 0)])
    close(dr.vmap(g, axis)(A), want)
    close(dr.vmap(g, in_axes=axis, out_axes=-1)(A), want.T)
    close(dr.vmap(g, (axis,), 1)(A), want.T)


def test_an_argument_that_all_examples_share():
    w = RNG.normal(size=(3,))
    close(dr.vmap(np.dot, (None, 0))(w, X), X @ w)
    close(dr.vmap(np.dot, (0, None))(X, w), X @ w)
    close(dr.vmap(lambda w, x: w, (None, 0))(w, X), np.stack([w] * 4))


def test_keyword_arguments_are_batched_along_axis_0():
    close(dr.vmap(lambda x, *, scale: x * scale)(X, scale=Y[:, 0]), X * Y[:, :1])


def test_containers_of_arguments_and_axes():
    params = {"W": RNG.normal(size=(4, 2, 3)), "b": [RNG.normal(size=2), RNG.normal(size=(2, 4))]}
    g = lambda p, x: {"y": p["W"] @ x + p["b"][0] * p["b"][1], "n": 7.0}  # noqa: E731
    got = dr.vmap(g, in_axes=({"W": 0, "b": [None, 1]}, 0))(params, X)
    close(got["y"], np.stack([params["W"][i] @ X[i] + params["b"][0] * params["b"][1][:, i] for i in range(4)]))
    close(got["n"], np.full(4, 7.0))
    pair = dr.vmap(lambda p: Pair(p.a + p.b, (p.a, None)), in_axes=(Pair(0, 1),), out_axes=Pair(1, 0))(Pair(X, Y.T))
    close(pair.a, (X + Y).T)
    assert pair.b[1] is None
    single = dr.vmap(lambda p: p[0] * p[1], in_axes=[(0, None)])((X, 2.0))
    close(single, 2 * X)


def test_out_axes_none_wants_a_result_that_all_share():
    w = np.arange(3.0)
    close(dr.vmap(lambda x, w: 2 * w, (0, None), None)(X, w), 2 * w)
    with pytest.raises(ValueError, match="depends on the example, so that out_axes=None"):
        dr.vmap(lambda x: x, 0, None)(X)


def test_nested():
    outer = dr.vmap(dr.vmap(lambda x, y: np.dot(x, y) + x[0], (None, 0)), (0, None))(X, Y)
    close(outer, X @ Y.T + X[:, :1])
    close(dr.vmap(lambda x: dr.vmap(lambda a: a * x)(x))(X), np.einsum("ni,nj->nij", X, X))


@pytest.mark.parametrize("transform", [dr.grad, dr.hessian, dr.jacobian, lambda f: lambda x: dr.hvp(f)(x, x), lambda f: lambda x: dr.jvp(f, (x,), (x * x,))[1],
                                       lambda f: lambda x: dr.vjp(f, x)[1](2.0)[0], lambda f: dr.grad(dr.checkpoint(f)), lambda f: lambda x: dr.linearize(f, x)[1](x),
                                       lambda f: dr.grad(lambda x: np.sum(dr.grad(f)(x) ** 2))])
def test_of_a_derivative(transform):
    close(dr.vmap(transform(f))(X), each(transform(f), X))


def test_derivatives_of_it():
    total = lambda X: np.sum(dr.vmap(f)(X) ** 2)  # noqa: E731
    plain = lambda X: sum(f(x) ** 2 for x in X)  # noqa: E731
    close(dr.grad(total)(X), dr.grad(plain)(X))
    close(dr.hessian(total)(X), dr.hessian(plain)(X))
    close(dr.hvp(total)(X, Y), dr.hvp(plain)(X, Y))
    close(dr.jvp(total, (X,), (Y,))[1], dr.jvp(plain, (X,), (Y,))[1])
    close(dr.grad(lambda X: np.sum(dr.vmap(dr.checkpoint(f))(X) ** 2))(X), dr.grad(plain)(X))
    per_example = lambda X: np.sum(dr.vmap(dr.grad(f))(X) ** 2)  # noqa: E731
    close(dr.grad(per_example)(X), dr.grad(lambda X: sum(np.sum(dr.grad(f)(x) ** 2) for x in X))(X))


def test_of_a_pullback_and_a_pushforward():
    """The batch is in the cotangents or tangents alone: the tape and the values are plain."""
    g = lambda x: np.tanh(x) * x[::-1]  # noqa: E731
    x = X[0]
    _, pullback = dr.vjp(g, x)
    close(dr.vmap(lambda v: pullback(v)[0])(Y), each(lambda v: pullback(v)[0], Y))
    close(dr.vmap(lambda t: dr.jvp(g, (x,), (t,))[1])(Y), each(lambda t: dr.jvp(g, (x,), (t,))[1], Y))
    _, pushforward = dr.linearize(g, x)
    close(dr.vmap(pushforward)(Y), each(pushforward, Y))
    close(dr.vmap(lambda v: dr.hvp(f)(x, v))(Y), each(lambda v: dr.hvp(f)(x, v), Y))


def test_dual_numbers_by_hand():
    y = dr.vmap(lambda x, t: np.sin(dr.Dual(x, t)).tangent)(X, Y)
    close(y, np.cos(X) * Y)


def test_one_pass_for_all_examples():
    calls = []

    def counted(x):
        calls.append(x.shape)
        return f(x)

    dr.vmap(dr.grad(counted))(np.ones((50, 3)))
    assert calls == [(3,)]


def test_what_the_program_sees():
    seen = []

    def g(x):
        seen.append((x.shape, x.ndim, x.size, len(x), x.dtype, np.shape(x), np.ndim(x), x.nbytes, [r.shape for r in x]))
        return x.sum()

    dr.vmap(g)(np.ones((7, 2, 3), np.float32))
    assert seen == [((2, 3), 2, 6, 2, np.dtype("f4"), (2, 3), 2, 24, [(3,), (3,)])]


def test_types_stay():
    assert dr.vmap(f)(X.astype(np.float32)).dtype == np.float32
    close(dr.vmap(np.abs)(X + 1j * Y), np.abs(X + 1j * Y))
    close(dr.vmap(dr.grad(lambda z: np.sum(np.abs(z) ** 2)))(X + 1j * Y), 2 * (X - 1j * Y))
    whole = dr.vmap(lambda k: k * 2)(np.arange(3))
    assert whole.dtype == np.arange(3).dtype
    np.testing.assert_array_equal(dr.vmap(lambda x: x > 0)(X), X > 0)
    np.testing.assert_array_equal(dr.vmap(lambda x: (x > 0) & ~(x > 1) | False)(X), (X > 0) & ~(X > 1))


def test_a_batch_of_one():
    close(dr.vmap(f)(X[:1]), [f(X[0])])


def test_results_are_nobody_elses_memory():
    before = X.copy()
    y = dr.vmap(lambda x: x)(X)
    y += 1
    z = dr.vmap(lambda x: x[::-1])(X)
    z += 1
    np.testing.assert_array_equal(X, before)
    shared = dr.vmap(lambda x, w: w, (0, None))(X, np.ones(3))
    shared[0] = 5
    assert shared[1, 0] == 1


def test_writing_in_place():
    def g(x):
        y = np.zeros_like(x)
        y[0] = x[1] ** 2
        y[1:] += x[:-1]
        y[[0, 2]] *= 2.0
        tail = y[1:]
        tail *= 3
        z = np.zeros(2, like=x)
        z[...] = y[:2]
        x += z[0]
        return np.concatenate([y, z, x])

    before = X.copy()
    close(dr.vmap(g)(X), each(lambda x: g(x.copy()), X))
    np.testing.assert_array_equal(X, before)
    close(dr.vmap(dr.jacobian(g))(X), each(dr.jacobian(g), X))
    total = lambda X: np.sum(dr.vmap(g)(X) ** 2)  # noqa: E731
    close(dr.grad(total)(X), dr.grad(lambda X: sum(np.sum(g(1 * x) ** 2) for x in X))(X))


def test_writing_into_a_buffer_that_is_not_batched():
    def g(w):
        def one(x):
            y = np.zeros_like(w)
            y[1] = x[0] * w[0]
            return np.sum(y**2)
        return np.sum(dr.vmap(one)(X))

    close(dr.grad(g)(np.array([2.0, 1.0])), [4 * np.sum(X[:, 0] ** 2), 0])
    with pytest.raises(LeavesTraceError, match=r"writing x into a plain array.*test_vmap.py"):
        dr.vmap(lambda x: np.zeros(3).__setitem__(0, x[0]))(X)


INDICES = [lambda x, i: x[i], lambda x, i: x[:, i], lambda x, i: x[i, :, i], lambda x, i: x[..., i], lambda x, i: x[1, :, [0, 1]] * i[0],
           lambda x, i: x[i, 1], lambda x, i: x[:, i, 1], lambda x, i: x[1, :, i], lambda x, i: x[i[0]], lambda x, i: x[:, i[0], 1:], lambda x, i: x[i[0], :, i[1]],
           lambda x, i: x[i[:, None], i], lambda x, i: x[None, i, ..., 0], lambda x, i: x[np.array([True, False, True])] * i[0], lambda x, i: x[:, :, i[0]],
           lambda x, i: x[[0, 1], i], lambda x, i: x[:, [0, 1], i[1]], lambda x, i: x[0, :, [[0], [1]]] * i[0], lambda x, i: x[:, None, i],
           lambda x, i: x[[0, i[1]]], lambda x, i: x[[i[0], i[1]], :, 2], lambda x, i: x[1:, [[i[0], 0], [2, i[1]]]], lambda x, i: x[[0, i[0]], [1, 2]]]


@pytest.mark.parametrize("read", INDICES)
def test_indices(read):
    """Reading, its derivative, and writing at the same index, whichever of the array and the index is batched."""
    A, I = RNG.normal(size=(4, 3, 3, 3)), RNG.integers(0, 3, (4, 2))  # noqa: E741
    cut = lambda a, i: np.copy(read(a, i)) * 2.0  # noqa: E731

    def gradient(a, i):
        return dr.grad(lambda a: np.sum(np.sin(cut(a, i))))(a)

    close(dr.vmap(cut)(A, I), each(cut, A, I))
    close(dr.vmap(gradient)(A, I), each(gradient, A, I))
    close(dr.vmap(cut, (0, None))(A, I[0]), each(lambda a: cut(a, I[0]), A))
    close(dr.vmap(gradient, (0, None))(A, I[0]), each(lambda a: gradient(a, I[0]), A))
    table = lambda a: np.sum(np.sin(dr.vmap(cut, (None, 0))(a, I)))  # noqa: E731
    close(dr.grad(table)(A[0]), sum(gradient(A[0], i) for i in I))


@pytest.mark.parametrize("place", [0, slice(1, None), np.array([2, 0]), (slice(None), 1), (0, slice(None), [0, 2]), (..., np.array([1, 1]))])
def test_writing_at_indices(place):
    A, v = RNG.normal(size=(4, 3, 3, 3)), RNG.normal(size=(4,))

    def g(a, v):
        b = np.sin(a)
        b[place] = v * 2
        b[place] += a[place]
        return b

    close(dr.vmap(g)(A, v), each(g, A, v))
    with pytest.raises(LeavesTraceError, match="writing x into a plain array"):
        dr.vmap(g, (None, 0))(A[0], v)
    gradient = dr.grad(lambda a, v: np.sum(g(a, v) ** 2), (0, 1))
    for k in range(2):
        close(dr.vmap(gradient)(A, v)[k], each(lambda a, v: gradient(a, v)[k], A, v))


def test_writing_at_batched_indices():
    def g(x, i, v):
        y = x * 1.0
        y[i] = v
        return y

    I, v = np.array([0, 2, 1, 1]), RNG.normal(size=4)  # noqa: E741
    close(dr.vmap(g)(X, I, v), each(g, X, I, v))
    close(dr.vmap(dr.jacobian(g))(X, I, v), each(dr.jacobian(g), X, I, v))
    close(dr.vmap(lambda i: np.array(X, like=i)[i])(I), X[I])


def test_writing_one_number_under_a_mask_of_each_example():
    X = np.random.default_rng(4).normal(size=(4, 3))

    def put(x, v):
        y = x * 1.0
        y[x > 0] = v
        return y

    def rows(x):
        y = np.outer(x, x)
        y[x > 0] = x[0]
        return y

    t = np.array([1.0, -1.0, 0.5])
    for f in (lambda x: put(x, 0.0), lambda x: put(x, x[0] ** 2), rows, dr.grad(lambda x: np.sum(put(x, x[0] ** 2) ** 2)),
              lambda x: dr.jvp(lambda x: put(x, x[0] ** 2), (x,), (t,))[1], dr.hessian(lambda x: np.sum(put(x, x[0] ** 2) ** 2))):
        np.testing.assert_allclose(dr.vmap(f)(X), np.stack([f(x) for x in X]), rtol=1e-13)
    assert dr.vmap(lambda x: put(x, 0.0))(X.astype(np.float32)).dtype == np.float32


def test_structural_zeros():
    safe = lambda x: np.where(x > 0, np.sqrt(x), 0.0)  # noqa: E731
    x = np.array([0.0, 4.0, 0.0])
    np.testing.assert_array_equal(dr.vmap(dr.grad(safe))(x), [0.0, 0.25, 0.0])
    np.testing.assert_array_equal(dr.grad(lambda x: np.sum(dr.vmap(safe)(x)))(x), [0.0, 0.25, 0.0])
    np.testing.assert_array_equal(dr.vmap(lambda x, t: dr.jvp(safe, (x,), (t,))[1])(x, np.ones(3)), [0.0, 0.25, 0.0])


def test_what_an_example_did_not_choose_stays_zero_in_it():
    """The root of a determinant has no finite derivative at zero, which the examples that chose another value must not see."""
    def f(x):
        return np.where(x[0] > 0, np.linalg.det(x[0] * np.eye(2)) ** 0.25, 0.0)

    points = np.array([[1.0, 2.0], [0.0, 1.0]])
    with np.errstate(all="ignore"):
        close(dr.vmap(dr.grad(f))(points), each(dr.grad(f), points))
    t, v = np.ones((3, 3)), np.array([1.0, 2.0, 3.0])
    second = lambda a: dr.vjp(lambda q: dr.jvp(np.linalg.svdvals, (q,), (t,))[1], a)[1](v)[0]  # noqa: E731
    matrices = np.random.default_rng(0).normal(size=(2, 3, 3))
    np.testing.assert_allclose(dr.vmap(second)(matrices), each(second, matrices), rtol=1e-9)


def test_object_arrays_are_lifted():
    close(dr.vmap(lambda x: np.array([x[0] * x[1], np.sin(x[2])]))(X), np.stack([X[:, 0] * X[:, 1], np.sin(X[:, 2])], 1))
    close(dr.vmap(dr.grad(lambda x: np.sum(np.asarray(x) ** 2)))(X), 2 * X)


def test_rules_that_decide_by_values():
    """One matrix is symmetric and the other is not; one list holds a NaN: each example is decided by itself."""
    A = np.array([[[4.0, 1.0], [1.0, 3.0]], [[4.0, 0.5], [1.0, 3.0]]])
    g = dr.grad(lambda a: np.sum(np.linalg.cholesky(a)))
    close(dr.vmap(g)(A), each(g, A))
    B = np.array([[1.0, 3.0, 2.0, 5.0], [1.0, np.nan, 2.0, 0.0]])
    np.testing.assert_allclose(dr.vmap(np.median)(B), [2.5, np.nan])
    close(dr.vmap(lambda a: np.sum(np.linalg.eigh(a + a.T)[0] ** 2))(A), each(lambda a: np.sum(np.linalg.eigh(a + a.T)[0] ** 2), A))


def test_rules_of_a_users_own():
    import math

    cube = dr.primitive(lambda x: math.pow(x, 3) if x > 0 else 0.0, elementwise=lambda y, x: 3 * x * x if x > 0 else 0.0)
    close(dr.vmap(cube)(X[0]), [cube(x) for x in X[0]])
    close(dr.vmap(dr.grad(cube))(X[0]), [dr.grad(cube)(x) for x in X[0]])

    @dr.custom_jvp
    def softplus(x):
        return np.log1p(np.exp(x))

    softplus.defjvp(lambda p, t: (softplus(*p), t[0] * 10.0))
    clipped = dr.custom_vjp(lambda x: x * 1.0)
    clipped.defvjp(lambda x: (x * 1.0, None), lambda saved, g: (np.clip(g, -1.0, 1.0),))
    for h in (lambda x: np.sum(softplus(x)), lambda x: np.sum(5.0 * clipped(x))):
        close(dr.vmap(h)(X), each(h, X))
        close(dr.vmap(dr.grad(h))(X), each(dr.grad(h), X))
        close(dr.grad(lambda X, h=h: np.sum(dr.vmap(h)(X)))(X), each(dr.grad(h), X))


def test_custom_rules_see_the_batch_at_once():
    """The rule is called once for all examples, whichever level is inside; shared arguments receive the sum."""
    seen = []

    @dr.custom_jvp
    def scaled(x, p):
        return {"y": np.sin(x) * p["w"]}

    @scaled.defjvp
    def rule(primals, tangents):
        seen.append(np.shape(primals[0]))
        (x, p), (t, s) = primals, tangents
        return scaled(x, p), {"y": 10.0 * t * p["w"] + np.sin(x) * s["w"]}

    @dr.custom_vjp
    def product(x, p):
        return x * p["w"]

    product.defvjp(lambda x, p: (x * p["w"], {"kept": (x, p["w"], None)}), lambda saved, g: (seen.append(g.shape) or 3.0 * g * saved["kept"][1], {"w": g * saved["kept"][0]}))
    w = np.array([1.0, 2.0, -1.0])
    for g in (lambda x, w: np.sum(scaled(x, {"w": w})["y"]), lambda x, w: np.sum(product(x, {"w": w}) ** 2)):
        seen.clear()
        got = dr.grad(lambda X, w, g=g: np.sum(dr.vmap(g, (0, None))(X, w)), (0, 1))(X, w)
        assert seen == [(3,)]
        close(got[0], each(lambda x, g=g: dr.grad(g)(x, w), X))
        close(got[1], sum(dr.grad(g, 1)(x, w) for x in X))
        close(dr.vmap(dr.grad(g), (0, None))(X, w), each(lambda x, g=g: dr.grad(g)(x, w), X))
        close(dr.hessian(lambda X, g=g: np.sum(dr.vmap(g, (0, None))(X, w) ** 2))(X[:2]), dr.hessian(lambda X, g=g: g(X[0], w) ** 2 + g(X[1], w) ** 2)(X[:2]))

    def closes_over(y):
        times = dr.custom_jvp(lambda a: a * y)
        times.defjvp(lambda p, t: (p[0] * y, t[0] * y))
        return times(2.0 * y)

    with pytest.raises((DualrevError, TypeError), match="is not among its arguments"):
        dr.grad(lambda x: np.sum(dr.vmap(closes_over)(x)))(X[0])


def test_checkpoints_in_a_batch():
    """One entry for all examples: the function runs twice, the second time on the way back."""
    runs = []

    @dr.checkpoint
    def stretch(x, *, scale):
        runs.append(x.shape)
        return np.sin(x * scale) * x, np.sum(x)

    def total(X, c=stretch):
        def one(x):
            y, s = c(x, scale=2.0)
            return np.sum(y) * s
        return np.sum(dr.vmap(one)(X) ** 2)

    g = dr.grad(total)(X)
    assert runs == [(3,), (3,)]
    close(g, dr.grad(lambda X: total(X, stretch.__wrapped__))(X))
    close(dr.hvp(total)(X, Y), dr.hvp(lambda X: total(X, stretch.__wrapped__))(X, Y))
    with pytest.raises(DualrevError, match="uses a batched value that is not among its arguments"):
        dr.grad(lambda X: np.sum(dr.vmap(lambda x: dr.checkpoint(lambda a: a * x)(2.0 * x))(X)))(X)

    @dr.checkpoint
    def writes(x):
        x[0] = 1.0
        return x * 2

    with pytest.raises(DualrevError, match="writes to its argument"):
        dr.grad(lambda X: np.sum(dr.vmap(writes)(X)))(X)


@pytest.mark.parametrize("decide", [lambda x: x if x[0] > 0 else -x, lambda x: (x > 0).all() and x, lambda x: max(x[0], x[1]), lambda x: [k for k in range(3) if x[k] > 0],
                                    lambda x: 1.0 in x, lambda x: not np.any(x)])
def test_python_control_flow_raises_and_names_the_line(decide):
    with pytest.raises(LeavesTraceError, match=r"one for each of 4 examples \(at test_vmap.py:\d+.*np.where"):
        dr.vmap(decide)(X)


@pytest.mark.parametrize("leave", [lambda x: float(x[0]), lambda x: int(x[0]), lambda x: range(x[0]), lambda x: complex(x[0])])
def test_plain_numbers_raise(leave):
    with pytest.raises(LeavesTraceError, match=r"one plain number.*4 examples \(at test_vmap.py"):
        dr.vmap(leave)(X)


def test_shapes_that_depend_on_values_raise():
    with pytest.raises(DualrevError, match=r"another number of entries for each \(at test_vmap.py.*np.where"):
        dr.vmap(lambda x: np.sum(x[x > 0]))(X)
    with pytest.raises(DualrevError, match=r"np.nonzero gives a result of a shape that depends on the values.*test_vmap.py"):
        dr.vmap(lambda x: np.nonzero(x > 0)[0])(X)
    with pytest.raises(IndexError, match=r"np.array\(a, like=i\)\[i\]"):
        dr.vmap(lambda i: X[i])(np.array([0, 1]))


def test_bad_calls():
    for axes, error, words in (("a", TypeError, "in_axes must be an int"), (True, TypeError, "in_axes must be an int"), ((0, 0), ValueError, "2 entries"),
                               (3, ValueError, r"argument 'x' of same has shape \(4, 3\), which has no axis 3"), (None, ValueError, "no argument of same is batched"),
                               (({"a": 0},), ValueError, "does not have the structure")):
        with pytest.raises(error, match=words):
            dr.vmap(same, axes)(X)
    with pytest.raises(ValueError, match=r"batches of different lengths: 'a' has 4, 'b'\['k'\] has 2"):
        dr.vmap(lambda a, b: a)(X, {"k": X[:2]})
    with pytest.raises(TypeError, match="has no axes"):
        dr.vmap(lambda a, b: a)(X, 2.0)
    with pytest.raises(ValueError, match="the batch is empty"):
        dr.vmap(f)(X[:0])
    with pytest.raises(ValueError, match="out_axes=2"):
        dr.vmap(f, 0, 2)(X)
    with pytest.raises(TypeError, match="returned None"):
        dr.vmap(lambda x: None)(X)
    with pytest.raises(TypeError, match="first argument must be a function"):
        dr.vmap(3)


def test_values_that_escape_raise():
    kept = []
    dr.vmap(lambda x: (kept.append(x), x)[1])(X)
    with pytest.raises(DeadTraceError):
        kept[0] + 1


def test_programs_of_batches():
    program = dr.trace(dr.vmap(f), X)
    close(program(Y), dr.vmap(f)(Y))
    assert len(program.equations) < 12


def running_product(x):
    total, found = 1.0, []
    for entry in x:
        total *= entry
        found.append(total)
    return np.stack(found)


def written_to_without_axes(x):
    y = np.zeros_like(x)
    same_array = y
    y += x
    y += x
    return same_array**2


@pytest.mark.parametrize(("g", "x"), [(running_product, X), (written_to_without_axes, X[:, 0])])
def test_an_augmented_assignment_binds_numbers_anew_and_writes_to_arrays(g, x):
    close(dr.vmap(g)(x), each(g, x))
    for way in (dr.grad, lambda g: lambda x: dr.jvp(g, (x,), (1.0 + 0 * x,))[1]):
        slope = way(lambda x: np.sum(g(x)))
        close(dr.vmap(slope)(x), each(slope, x))
        close(dr.vmap(way(lambda x: np.sum(slope(x))))(x), each(way(lambda x: np.sum(slope(x))), x))


def test_several_values_that_were_not_chosen_in_some_examples():
    """log|det A| and the sign, or eigenvalues and eigenvectors: the rule may have no finite answer where neither is used."""
    def f(x):
        a = x.reshape(2, 2)
        sign, size = np.linalg.slogdet(a)
        return np.where(np.abs(x[0] - x[1]) < 0.5, x[0] * 3, size + sign)

    def g(x):
        w, v = np.linalg.eigh((x + x[::-1]).reshape(2, 2))
        return np.where(x[0] > 5, np.sum(np.sqrt(w)) + v[0, 0] ** 4, np.sum(x**2))

    singular, regular = np.array([1.0, 1.0, 1.0, 1.0]), np.array([7.0, 1.0, 2.0, 3.0])
    batch = np.stack([singular, regular, np.zeros(4)])
    for function in (f, g):
        for way in (dr.grad(function), dr.hessian(function), dr.jacobian(dr.jacobian(function, mode="forward"), mode="reverse"),
                    lambda x: dr.jvp(dr.grad(function), (x,), (regular,))[1]):
            each_alone = [way(x) for x in batch]
            assert np.all(np.isfinite(each_alone[1]))
            close(dr.vmap(way)(batch), np.stack(each_alone))
    close(dr.grad(f)(singular), [3.0, 0.0, 0.0, 0.0])
    close(dr.jacobian(lambda x: np.reshape(f(x), (1,)), sparse=True)(singular).toarray(), [[3.0, 0.0, 0.0, 0.0]])
