"""Training: optimizers, schedules, minibatches, clipping, mixed precision, states that can be saved, and the loop."""

from . import schedules
from .evaluating import accuracy, evaluate
from .fit import Fit, fit
from .history import History
from .loop import EarlyStopping
from .optimizers import SGD, Adam, AdamW, Optimizer, RMSProp
from .scaling import LossScale
from .state import TrainingState, load, save

__all__ = ["SGD", "Adam", "AdamW", "EarlyStopping", "Fit", "History", "LossScale", "Optimizer", "RMSProp", "TrainingState",
           "accuracy", "evaluate", "fit", "load", "save", "schedules"]
