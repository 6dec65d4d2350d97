"""Print the table of speeds: ``python -m tests.benchmarks [--sweep] [--only NAME ...] [--repeat N] [--libraries NAME ...] [--json PATH]``.

Each job is computed by plain NumPy (the function alone), dualrev, and whichever of autograd, JAX and PyTorch is installed, in one process and in turn; all
must agree on the result before they are timed. ``--sweep`` measures every function of the table instead, and prints the ten that cost most over their plain call,
all that cost more than six times it with 1e5 elements, and why; its ``--json`` file has a line a function, and a sweep that is started again goes on from there.
Run it from the project's directory.
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

from .jobs import JOBS
from .libraries import installed
from .printing import as_json, footnotes, header, line
from .sweep import costs
from .timing import Measurement, measure, settle_memory
from .worst import read, report, write

__all__ = ["main"]

MEMORY = 8 * 2**30  # bytes; the outer product of two long vectors must fail at once


def sweep(only: list[str], repeat: int, path: Path | None) -> int:
    """Print the dearest functions, small and large; the exit status is 2 where nothing is selected."""
    settle_memory()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
    try:
        for large in (False, True):
            known, found = read(path, large), []
            for cost in costs(large, repeat, only, known):
                found.append(cost)
                if path is not None and cost.name not in known:
                    write(path, cost, large)
            if not found:
                print(f"no function of the table has {' or '.join(only)} in its name", file=sys.stderr)
                return 2
            print("\n".join(report(found, large)), flush=True)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run the benchmarks; the exit status is 2 where nothing is selected, otherwise 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Time derivatives beside other libraries.")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only jobs whose kind and name contain this; may be repeated")
    parser.add_argument("--sweep", action="store_true", help="every function of the table, with small arrays and with 1e5 elements")
    parser.add_argument("--repeat", type=int, default=15, metavar="N", help="samples of each library (default 15)")
    parser.add_argument("--libraries", nargs="*", metavar="NAME", help="only these beside np and dualrev: autograd, jax, torch")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the numbers there as well")
    options = parser.parse_args(argv)
    if options.sweep:
        return sweep(options.only, options.repeat, options.json)
    jobs = [job for job in JOBS if not options.only or any(part.lower() in f"{job.kind} {job.name}".lower() for part in options.only)]
    if not jobs or options.repeat < 1:
        print(f"nothing to measure; the jobs are: {', '.join(job.name for job in JOBS)}", file=sys.stderr)
        return 2
    libraries = [library for library in installed() if options.libraries is None or library.name in ("np", "dualrev", *options.libraries)]
    found: list[Measurement] = []
    settle_memory()
    print(header(), flush=True)
    for job in jobs:
        found.append(measure(job, libraries, options.repeat))
        print(line(found[-1]), flush=True)
    print("\n".join(["", *footnotes(found)]))
    if options.json:
        options.json.write_text(as_json(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
