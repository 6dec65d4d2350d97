"""Neural networks: modules with backward functions, losses, backpropagation, and training, on the core's rules."""

from . import functional
from .backpropagation import Backpropagation, backpropagation
from .backward import backward
from .checking import check_network
from .curvature import gauss_newton_product, hessian_product
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
from .monitoring import LayerReport, Monitor, NetworkReport, NetworkWarning, inspect
from .naming import parameters, with_parameters
from .training import SGD, Adam, AdamW, EarlyStopping, Fit, History, LossScale, Optimizer, RMSProp, TrainingState, accuracy, evaluate, fit, load, save, schedules

__all__ = ["GELU", "SGD", "Adam", "AdamW", "AvgPool1d", "AvgPool2d", "Backpropagation", "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "Dropout",
           "EarlyStopping", "Embedding", "Fit", "Flatten", "Function", "History", "LayerNorm", "LayerReport", "Linear", "LossScale", "MaxPool1d", "MaxPool2d",
           "Module", "Monitor", "NetworkReport", "NetworkWarning", "Optimizer", "RMSProp", "ReLU", "Residual", "Sequential", "Sigmoid", "Softmax", "Tanh",
           "TrainingState", "accuracy", "backpropagation", "backward", "binary_cross_entropy", "binary_cross_entropy_with_logits", "check_network",
           "cross_entropy", "cross_entropy_with_logits", "evaluate", "fit", "functional", "gauss_newton_product", "gelu", "hessian_product", "huber", "inspect",
           "load", "mean_squared_error", "parameters", "relu", "save", "schedules", "sigmoid", "softmax", "softplus", "tanh", "with_parameters"]
