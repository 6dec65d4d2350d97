"""Freed arrays stay with the process."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
import dualrev as dr

gradient = dr.grad(lambda x: np.sum(np.sin(np.sin(x)) * x))
x = np.linspace(0.0, 1.0, 100_000)
for _ in range(3):
    gradient(x)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    gradient(x)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**environment):
    run = subprocess.run([sys.executable, "-c", PROGRAM], env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives freed arrays back so early")
def test_the_arrays_of_a_gradient_find_the_memory_of_the_one_before():
    as_it_is, given_back = faults(), faults(MALLOC_MMAP_THRESHOLD_="131072")  # which stops glibc from learning
    assert given_back > 2000
    assert as_it_is < given_back / 10
