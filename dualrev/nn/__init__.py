"""Neural networks: modules with backward functions, losses, backpropagation, and training, on the core's rules."""

from . import functional
from .backpropagation import Backpropagation, backpropagation
from .backward import backward
from .checking import check_network
from .functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_with_logits,
    gelu,
    huber,
    mean_squared_error,
    relu,
    sigmoid,
    softmax,
    softplus,
    tanh,
)
from .modules import (
    GELU,
    AvgPool1d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose1d,
    ConvTranspose2d,
    Dropout,
    Embedding,
    Flatten,
    Function,
    LayerNorm,
    Linear,
    MaxPool1d,
    MaxPool2d,
    Module,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
)
from .naming import parameters, with_parameters

__all__ = ["GELU", "AvgPool1d", "AvgPool2d", "Backpropagation", "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "Dropout", "Embedding", "Flatten",
           "Function", "LayerNorm", "Linear", "MaxPool1d", "MaxPool2d", "Module", "ReLU", "Residual", "Sequential", "Sigmoid", "Softmax", "Tanh",
           "backpropagation", "backward", "binary_cross_entropy", "binary_cross_entropy_with_logits", "check_network", "cross_entropy",
           "cross_entropy_with_logits", "functional", "gelu", "huber", "mean_squared_error", "parameters", "relu", "sigmoid", "softmax", "softplus", "tanh",
           "with_parameters"]
