"""Layers and losses as plain functions of arrays; the modules of `dualrev.nn` hold their parameters and call these."""

from .activations import gelu, log_softmax, relu, sigmoid, softmax, softplus, tanh
from .convolution import conv, conv1d, conv2d, conv_transpose, conv_transpose1d, conv_transpose2d
from .losses import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, cross_entropy_with_logits, huber, mean_squared_error
from .mapping import dropout, embedding, linear
from .normalisation import layer_norm
from .pooling import avg_pool, max_pool

__all__ = ["avg_pool", "binary_cross_entropy", "binary_cross_entropy_with_logits", "conv", "conv1d", "conv2d", "conv_transpose", "conv_transpose1d", "conv_transpose2d",
           "cross_entropy", "cross_entropy_with_logits", "dropout", "embedding", "gelu", "huber", "layer_norm", "linear", "log_softmax", "max_pool", "mean_squared_error",
           "relu", "sigmoid", "softmax", "softplus", "tanh"]
