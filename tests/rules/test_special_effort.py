"""Functions whose derivatives were integrals with hundreds of nodes, or large matrices, whatever their arguments: what they take now, and that it is enough."""

import numpy as np
import pytest
from scipy import special as sp

import dualrev as dr
from dualrev.rules import special_antiderivatives, special_hypergeometric, special_noncentral, special_wright
from dualrev.rules.special_mathieu import matrices


@pytest.mark.parametrize("sine", [False, True])
@pytest.mark.parametrize("q", [1e-3, 0.5, 30.0, 1000.0, -20.0, -1000.0])
def test_mathieu_values_in_q_against_larger_matrices(sine, q):
    function = sp.mathieu_b if sine else sp.mathieu_a
    for m in (1, 2, 5, 14, 30):
        rest, slope = matrices(m // 2 + 150, m % 2 == 1, sine)
        _, vectors = np.linalg.eigh(rest + q * slope)
        want = np.sum(vectors * (slope @ vectors), axis=0)[(m - sine) // 2]
        assert dr.derivative(lambda q, m=m: function(m, q))(q) == pytest.approx(want, rel=1e-10, abs=1e-11)


def test_mathieu_values_of_one_parity_take_one_matrix_that_fits(monkeypatch):
    sizes, eigh = [], np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda a: sizes.append(a.shape[-1]) or eigh(a))
    dr.derivative(lambda q: sp.mathieu_a(2, q))(np.array(0.7))
    assert len(sizes) == 1
    assert sizes[0] <= 20
    q = np.array([0.4, 3.0])
    both = dr.jvp(lambda q: sp.mathieu_a(np.array([1, 4]), q), (q,), (np.ones(2),))[1]
    np.testing.assert_allclose(both, [dr.derivative(lambda q, m=m: sp.mathieu_a(m, q))(x) for m, x in zip((1, 4), q, strict=True)], rtol=1e-12)


def test_struve_functions_of_order_zero():
    x = np.linspace(-12.0, 12.0, 5001)
    for sign, function in ((-1, sp.struve), (1, sp.modstruve)):
        np.testing.assert_allclose(special_antiderivatives.struve_zero(x, sign), function(0.0, x), rtol=1e-13, atol=1e-15)
    assert np.isnan(special_antiderivatives.struve_zero(np.array([np.nan, 1.0]), -1)[0])


def test_terms_and_nodes_follow_the_arguments(monkeypatch):
    terms = []
    for name in ("gamma_steps", "beta_steps"):
        monkeypatch.setattr(special_noncentral, name, lambda a, k, *rest, plain=getattr(special_noncentral, name): terms.append(len(k)) or plain(a, k, *rest))
    dr.grad(sp.chndtr, (0, 1, 2))(1.5, 2.0, 1.0)
    dr.grad(sp.ncfdtr, (0, 1, 2, 3))(1.5, 2.0, 1.0, 0.7)
    assert 18 < max(terms) <= 42
    columns = []
    monkeypatch.setattr(special_wright, "psi_slope", lambda s, i: columns.append(np.shape(s)[-1]) or sp.psi(s))
    dr.grad(sp.wright_bessel, 1)(0.5, 0.7, 1.0)
    assert max(columns) <= 30
    nodes, total = [], np.sum
    monkeypatch.setattr(special_hypergeometric.np, "sum", lambda a, **kwargs: nodes.append(np.shape(a)[-1]) or total(a, **kwargs))
    dr.grad(sp.hyperu)(1.5, 0.7, 1.0)
    assert 20 < max(nodes) < 180
