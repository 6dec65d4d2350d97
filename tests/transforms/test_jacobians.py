"""Jacobians and Hessians in batches of directions: one run of the function, chunks, memory, blocks, nestings."""

import tracemalloc

import numpy as np
import pytest

import dualrev as dr

RNG = np.random.default_rng(3)
W = RNG.normal(size=(5, 4))


def tall(x):
    return np.tanh(W @ x) * np.sum(x**2)


def wide(x):
    return np.stack([np.sum(np.sin(x)), x[0] * x[-1]])


def column(f, x, k):
    e = np.zeros_like(x)
    e.flat[k] = 1.0
    return dr.jvp(f, (x,), (e,))[1]


def by_columns(f, x):
    return np.stack([column(f, x, k) for k in range(x.size)], -1).reshape(np.shape(f(x)) + x.shape)


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
@pytest.mark.parametrize("chunk", [None, 1, 2, 3, 100])
@pytest.mark.parametrize("f", [tall, wide, lambda x: x[::-1] * 1.0, lambda x: x, lambda x: np.sum(x), lambda x: np.outer(x, x), lambda x: np.ones(3)])
def test_chunks_and_modes(f, chunk, mode):
    x = RNG.normal(size=4)
    J = dr.jacobian(f, mode=mode, chunk_size=chunk)(x)
    np.testing.assert_allclose(J, by_columns(f, x), rtol=1e-13, atol=1e-14)
    assert isinstance(J, np.ndarray)
    assert J.flags.owndata or J.base.flags.owndata
    assert J.flags.c_contiguous


@pytest.mark.parametrize("chunk", [None, 3])
@pytest.mark.parametrize("transform", [lambda f, **k: dr.jacobian(f, mode="forward", **k), lambda f, **k: dr.jacobian(f, mode="reverse", **k), lambda f, **k: dr.hessian(
    lambda x: np.sum(f(x)), **k)])
def test_the_function_runs_once(transform, chunk):
    calls = []

    def f(x):
        calls.append(x.shape)
        return np.sin(x) * x[0]

    transform(f, chunk_size=chunk)(np.ones(20))
    assert calls == [(20,)]


def test_mode_is_chosen_by_shape(monkeypatch):
    from dualrev.transforms import jacobians

    taken = []
    for name in ("by_columns", "by_rows"):
        original = getattr(jacobians, name)
        monkeypatch.setattr(jacobians, name, lambda *args, name=name, original=original: (taken.append(name), original(*args))[1])
    dr.jacobian(tall)(np.ones(4))
    dr.jacobian(wide)(np.ones(4))
    assert taken == ["by_columns", "by_rows"]


def test_blocks_of_containers_and_arguments():
    def f(p, q):
        return {"y": np.outer(p["a"], q), "s": (np.sum(p["b"][0] * q), p["a"][0])}

    p, q = {"a": RNG.normal(size=2), "b": [RNG.normal(size=3)]}, RNG.normal(size=3)
    for mode in ("forward", "reverse"):
        J = dr.jacobian(f, (0, 1), mode=mode)(p, q)
        of_p, of_q = J["y"]
        assert of_p["a"].shape == (2, 3, 2)
        assert of_p["b"][0].shape == (2, 3, 3)
        assert not np.any(of_p["b"][0])
        np.testing.assert_allclose(of_q, np.einsum("i,jk->ijk", p["a"], np.eye(3)))
        np.testing.assert_allclose(J["s"][0][0]["b"][0], q)
        np.testing.assert_allclose(J["s"][1][0]["a"], [1.0, 0.0])
    H = dr.hessian(lambda p, q: np.sum(f(p, q)["y"] ** 2), (0, 1))(p, q)
    np.testing.assert_allclose(H[0]["a"][1], 4 * np.outer(p["a"], q))


def test_types():
    assert dr.jacobian(tall)(np.ones(4, np.float32)).dtype == np.float64  # W is float64
    assert dr.jacobian(np.sin)(np.ones(4, np.float32)).dtype == np.float32
    assert isinstance(dr.jacobian(lambda x: x**2)(3.0), float)
    z = RNG.normal(size=3) + 1j * RNG.normal(size=3)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dr.jacobian(lambda z: z * z[0], mode=mode, chunk_size=2)(z), np.diag(np.full(3, z[0])) + np.outer(z, [1, 0, 0]))
        np.testing.assert_allclose(dr.jacobian(lambda z: np.abs(z) ** 2, mode=mode)(z), np.diag(2 * np.conj(z)))
        with pytest.raises(ValueError, match="not holomorphic"):
            dr.jacobian(lambda z: z * np.real(z[0]), mode=mode)(z)
    assert dr.jacobian(np.sin)(np.zeros(0)).shape == (0, 0)
    assert dr.jacobian(lambda x: np.sum(x), mode="reverse")(np.zeros((2, 0))).shape == (2, 0)


def test_nestings():
    x = RNG.normal(size=3)
    f = lambda x: np.sin(x) * np.sum(x**2)  # noqa: E731
    phi = lambda x: np.sum(f(x) ** 2)  # noqa: E731
    T = dr.jacobian(dr.jacobian(f))(x)
    np.testing.assert_allclose(T, dr.jacobian(dr.jacobian(f, mode="reverse"), mode="reverse")(x), rtol=1e-12)
    np.testing.assert_allclose(T, np.swapaxes(T, 1, 2), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(dr.hessian(phi)(x), dr.jacobian(dr.jacobian(phi, mode="reverse"), mode="reverse")(x), rtol=1e-12)
    gram = lambda x: np.sum(dr.jacobian(f)(x) ** 2)  # noqa: E731
    np.testing.assert_allclose(dr.grad(gram)(x), dr.jacobian(gram)(x), rtol=1e-12)
    np.testing.assert_allclose(np.sum(dr.grad(gram)(x)), dr.jvp(gram, (x,), (np.ones(3),))[1], rtol=1e-12)
    X = RNG.normal(size=(4, 3))
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dr.vmap(dr.jacobian(f, mode=mode))(X), np.stack([dr.jacobian(f)(x) for x in X]), rtol=1e-12)
    np.testing.assert_allclose(dr.jacobian(lambda X: dr.vmap(phi)(X))(X), np.einsum("ij,ik->ijk", np.eye(4), np.stack([dr.grad(phi)(x) for x in X])), rtol=1e-12)


def test_structural_zeros_stay():
    f = lambda x: np.where(x > 0, np.sqrt(x), 0.0)  # noqa: E731
    for mode in ("forward", "reverse"):
        np.testing.assert_array_equal(dr.jacobian(f, mode=mode)(np.array([0.0, 4.0])), np.diag([0.0, 0.25]))


def test_what_the_default_chunk_takes():
    """A bound on what is alive holds for a Jacobian whose directions do not fit at once."""
    from dualrev.transforms import blocks

    n = 3000

    def f(x):
        for _ in range(4):
            x = np.sin(x) * x
        return x

    x = RNG.uniform(0.5, 1.0, n)
    for mode in ("forward", "reverse"):
        tracemalloc.start()
        J = dr.jacobian(f, mode=mode)(x)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < blocks.MEMORY + 3 * J.nbytes, peak / 2**20
        np.testing.assert_allclose(np.diag(J), dr.jvp(f, (x,), (np.ones(n),))[1])


@pytest.mark.parametrize("transform", [dr.jacobian, dr.hessian])
@pytest.mark.parametrize("size", [0, -1, 2.5, True, "many"])
def test_chunk_size_is_checked(transform, size):
    with pytest.raises(ValueError, match=rf"{transform.__name__}: chunk_size must be a positive integer"):
        transform(tall, chunk_size=size)


@pytest.mark.parametrize(("call", "words"), [
    (lambda f: dr.hvp(f)(np.ones(2), np.ones(3)), r"hvp: the tangent of argument 0 has shape \(3,\), it must have \(2,\)"),
    (lambda f: dr.hvp(lambda s, x: s * f(x), 1)(2.0, np.ones(2), np.ones(3)), r"hvp: the tangent of argument 1 has shape"),
    (lambda f: dr.hvp(f, "x")(np.ones(2), np.ones(3)), "hvp: the tangent of argument "),
    (lambda f: dr.hvp(lambda s, x: s * f(x), (0, 1))(2.0, np.ones(2), (1.0,)), "hvp: 2 arguments are differentiated, but the vector has 1 parts"),
])
def test_products_with_the_hessian_name_themselves(call, words):
    with pytest.raises(ValueError, match=words):
        call(lambda x: np.sum(x**3))
