"""Modules: small immutable containers of parameters that can be called."""

from .activations import GELU, Dropout, Flatten, Function, ReLU, Sigmoid, Softmax, Tanh
from .containers import Residual, Sequential, as_module
from .convolution import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from .dense import Embedding, Linear
from .module import Module
from .normalisation import LayerNorm
from .pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d

__all__ = ["GELU", "AvgPool1d", "AvgPool2d", "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "Dropout", "Embedding", "Flatten", "Function", "LayerNorm", "Linear",
           "MaxPool1d", "MaxPool2d", "Module", "ReLU", "Residual", "Sequential", "Sigmoid", "Softmax", "Tanh", "as_module"]
