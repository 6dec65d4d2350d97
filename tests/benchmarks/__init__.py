"""Benchmarks: derivatives by dualrev beside autograd, JAX and PyTorch. Run them with ``python -m tests.benchmarks``."""
