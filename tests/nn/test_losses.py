"""Losses: the chapter's formulas, reductions, smoothing, logits, and gradients at saturated predictions."""

import numpy as np
import pytest
from scipy.special import expit, softmax

import dualrev as dr
from dualrev import nn
from dualrev.nn import functional as F

RNG = np.random.default_rng(0)
P, Y = RNG.uniform(0.1, 0.9, 5), RNG.integers(0, 2, 5)
LOGITS, CLASSES = RNG.normal(size=(4, 3)), np.array([0, 2, 1, 1])
HOT = np.eye(3)[CLASSES]


def test_formulas_of_the_text():
    a, y = RNG.normal(size=5), RNG.normal(size=5)
    assert F.mean_squared_error(a, y, "sum") == pytest.approx(0.5 * np.sum((y - a) ** 2))
    np.testing.assert_allclose(dr.grad(F.mean_squared_error)(a, y, "sum"), a - y, rtol=1e-14)
    np.testing.assert_allclose(dr.grad(F.binary_cross_entropy)(P, Y, "sum"), (P - Y) / (P * (1 - P)), rtol=1e-12)
    p = softmax(LOGITS, axis=-1)
    np.testing.assert_allclose(dr.grad(F.cross_entropy)(p, HOT, "sum"), -HOT / p, rtol=1e-12)


def test_logits_agree_with_probabilities():
    z = np.log(P / (1 - P))
    assert F.binary_cross_entropy_with_logits(z, Y) == pytest.approx(F.binary_cross_entropy(P, Y), rel=1e-13)
    np.testing.assert_allclose(dr.grad(F.binary_cross_entropy_with_logits)(z, Y, "sum"), P - Y, rtol=1e-12)
    for target in (CLASSES, HOT):
        assert F.cross_entropy_with_logits(LOGITS, target) == pytest.approx(F.cross_entropy(softmax(LOGITS, axis=-1), target), rel=1e-13)
        np.testing.assert_allclose(dr.grad(F.cross_entropy_with_logits)(LOGITS, target, "sum"), softmax(LOGITS, axis=-1) - HOT, rtol=1e-12)
    np.testing.assert_allclose(F.cross_entropy_with_logits(LOGITS.T, CLASSES, "none", axis=0), F.cross_entropy_with_logits(LOGITS, CLASSES, "none"), rtol=1e-14)


@pytest.mark.parametrize("z", [-1e4, -800.0, 800.0, 1e4])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_saturated_logits_have_finite_gradients(z, y):
    gradient = dr.grad(F.binary_cross_entropy_with_logits)(z, y)
    assert gradient == pytest.approx(expit(z) - y, abs=1e-300)
    assert F.binary_cross_entropy_with_logits(z, y) == pytest.approx(abs(z) if (z > 0) != (y > 0) else 0.0)
    rows = np.array([[z, 0.0]])
    gradient = dr.grad(F.cross_entropy_with_logits)(rows, np.array([[y, 1 - y]]))
    np.testing.assert_allclose(gradient, softmax(rows, axis=-1) - [[y, 1 - y]], atol=1e-300)
    assert np.all(np.isfinite(dr.hessian(F.cross_entropy_with_logits)(rows, np.array([[y, 1 - y]]))))


def test_classes_that_are_ruled_out():
    z = np.array([[0.5, -np.inf, 1.0], [-np.inf, -np.inf, 0.0]])
    value, gradient = dr.value_and_grad(F.cross_entropy_with_logits)(z, np.array([0, 2]), "sum")
    assert value == pytest.approx(-np.log(softmax([0.5, 1.0])[0]))
    np.testing.assert_allclose(gradient, softmax(z, axis=-1) - np.eye(3)[[0, 2]], rtol=1e-12)
    assert F.cross_entropy_with_logits(z, np.array([1, 2]), "sum") == np.inf


def test_small_losses_keep_their_digits():
    """log(1 + exp(z)) - z would be 0 here."""
    assert F.binary_cross_entropy_with_logits(50.0, 1.0) == pytest.approx(np.exp(-50.0), rel=1e-12)


def test_certain_predictions_as_probabilities():
    assert F.binary_cross_entropy(np.array([1.0]), np.array([1])) == 0
    assert F.binary_cross_entropy(np.array([1.0]), np.array([0])) == np.inf
    assert F.cross_entropy(np.array([[1.0, 0.0]]), np.array([0])) == 0


def test_huber_is_quadratic_and_then_linear():
    r = np.array([-3.0, -0.5, 0.0, 2.0])
    np.testing.assert_allclose(F.huber(r, np.zeros(4), 2.0, "none"), [4.0, 0.125, 0.0, 2.0])
    np.testing.assert_allclose(dr.grad(F.huber)(r, np.zeros(4), 2.0, "sum"), [-2.0, -0.5, 0.0, 2.0])


@pytest.mark.parametrize("loss", [F.mean_squared_error, F.huber, F.binary_cross_entropy, F.binary_cross_entropy_with_logits])
def test_reductions(loss):
    each = loss(P, Y, reduction="none")
    assert each.shape == P.shape
    assert loss(P, Y, reduction="sum") == pytest.approx(each.sum())
    assert loss(P, Y) == pytest.approx(each.mean())
    dr.check_grads(lambda p: loss(p, Y), P, order=2)
    with pytest.raises(ValueError, match="reduction must be 'mean', 'sum' or 'none', got 'average'"):
        loss(P, Y, reduction="average")


def test_label_smoothing():
    smooth = HOT * 0.9 + 0.1 / 3
    for loss, prediction in ((F.cross_entropy, softmax(LOGITS, axis=-1)), (F.cross_entropy_with_logits, LOGITS)):
        for target in (HOT, CLASSES):
            assert loss(prediction, target, label_smoothing=0.1) == pytest.approx(loss(prediction, smooth), rel=1e-13)
        dr.check_grads(lambda z: loss(z, CLASSES, label_smoothing=0.1), prediction, order=2)
    for loss in (F.binary_cross_entropy, F.binary_cross_entropy_with_logits):
        assert loss(P, Y, label_smoothing=0.1) == pytest.approx(loss(P, Y * 0.9 + 0.05), rel=1e-13)
        with pytest.raises(ValueError, match="label_smoothing must be in"):
            loss(P, Y, label_smoothing=1.5)


def test_a_column_against_a_vector_raises():
    """The chapter's loop broadcasts (n, 1) against (n,)."""
    for loss in (F.mean_squared_error, F.huber, F.binary_cross_entropy, F.binary_cross_entropy_with_logits):
        with pytest.raises(ValueError, match=r"the prediction has shape \(5, 1\) and the target \(5,\); they must be equal"):
            loss(P[:, None], Y)
    with pytest.raises(ValueError, match="the classes have shape"):
        F.cross_entropy_with_logits(LOGITS, np.zeros(3, int))
    with pytest.raises(ValueError, match="a class is outside 0..2"):
        F.cross_entropy_with_logits(LOGITS, np.full(4, 3))
    with pytest.raises(ValueError, match="a probability is outside"):
        F.binary_cross_entropy(P + 1, Y)
    with pytest.raises(ValueError, match="a target is outside"):
        F.cross_entropy_with_logits(LOGITS, HOT * 2)
    with pytest.raises(ValueError, match="delta must be positive"):
        F.huber(P, P, 0)


@pytest.mark.parametrize("loss", [F.mean_squared_error, F.huber, F.binary_cross_entropy, F.binary_cross_entropy_with_logits])
def test_single_precision_stays(loss):
    value, gradient = dr.value_and_grad(loss)(P.astype(np.float32), Y)
    assert value.dtype == gradient.dtype == np.float32
    assert nn.cross_entropy_with_logits(LOGITS.astype(np.float32), CLASSES).dtype == np.float32
