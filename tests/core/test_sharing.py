"""Work that the processors share."""

import contextvars
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from dualrev.core import sharing


@pytest.fixture
def four(monkeypatch):
    monkeypatch.setattr(sharing, "processors", lambda: 4)


def test_every_number_is_dealt_with_once(four):
    done, threads, met = [], set(), threading.Event()

    def worker(numbers):
        for k in numbers:
            threads.add(threading.get_ident())
            if len(threads) > 1:
                met.set()
            assert met.wait(30)
            done.append(k)

    sharing.share(1000, worker)
    assert sorted(done) == list(range(1000))


def test_workers_see_the_callers_context(four):
    variable = contextvars.ContextVar("variable", default=0)
    variable.set(7)
    seen = []
    with np.errstate(divide="ignore"):
        sharing.share(8, lambda numbers: [seen.append((variable.get(), np.geterr()["divide"])) for _ in numbers])
    assert seen == [(7, "ignore")] * 8


def test_an_exception_ends_the_sharing_and_is_raised(four):
    done = []

    def worker(numbers):
        for k in numbers:
            if k == 5:
                raise ValueError("number five")
            done.append(k)

    with pytest.raises(ValueError, match="number five"):
        sharing.share(10_000, worker)
    assert 5 not in done and len(done) < 10_000
    sharing.share(3, lambda numbers: done.clear() or list(numbers))  # and the next goes on as ever


def test_one_processor_works_alone(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert sharing.processors() == 1
    threads = set()
    sharing.share(50, lambda numbers: [threads.add(threading.get_ident()) for _ in numbers])
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize(("said", "meant"), [("2", 2), ("3,2", 3), ("", 8), ("many", 8), ("0", 8), ("12", 12), ("64", 16)])
def test_the_number_of_processors(said, meant, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(16), raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert sharing.processors() == meant
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(2), raising=False)
    assert sharing.processors() == 2


PROGRAM = """
import os, sys
import numpy as np
from dualrev.core import sharing
sharing.processors = lambda: 3
total = []
sharing.share(100, lambda numbers: total.extend(numbers))
child = os.fork() if hasattr(os, "fork") else 0
mine = []
sharing.share(100, lambda numbers: mine.extend(numbers))
assert sorted(mine) == list(range(100))
if child:
    assert os.waitpid(child, 0)[1] == 0
import atexit
atexit.register(lambda: sharing.share(10, lambda numbers: list(numbers)))
"""


def test_it_works_in_a_child_process_and_at_the_end_of_the_interpreter():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=60)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2, reason="needs two processors, and a system that tells them apart")
def test_threads_are_woken_away_from_the_caller_and_free_again_at_once(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    allowed, met = os.sched_getaffinity(0), threading.Event()
    bound = []

    def worker(numbers):
        for _ in numbers:
            bound.append((threading.get_ident(), os.sched_getaffinity(0)))
            if len({thread for thread, _ in bound}) > 1:
                met.set()
            assert met.wait(30)

    for _ in range(3):
        met.clear(), bound.clear()
        sharing.share(100, worker)
        assert all(to == allowed for _, to in bound)
    assert os.sched_getaffinity(0) == allowed and sharing._members


def test_a_system_that_does_not_let_us_bind_threads_changes_nothing(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse, raising=False)
    done = []
    sharing.share(100, done.extend)
    assert sorted(done) == list(range(100))
