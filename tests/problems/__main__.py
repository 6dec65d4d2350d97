"""``python -m tests.problems``: own methods beside SciPy's on the 35 problems, with the same tolerance; ``--times``, ``--loops`` and ``--large`` for time and size."""

import argparse
import sys

from tests.problems import comparison, large, loops, times


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tests.problems", description=__doc__)
    parser.add_argument("--times", action="store_true", help="time beside SciPy's methods with hand-written gradients")
    parser.add_argument("--loops", action="store_true", help="the same with derivatives by hand on both sides: the loops alone")
    parser.add_argument("--large", action="store_true", help="Rosenbrock with a million variables: time and memory")
    parser.add_argument("--each", metavar="METHOD", help="one method, problem by problem")
    parser.add_argument("--only", metavar="NAME", nargs="+", default=(), help="for --times and --loops: these jobs, methods and sizes, as in --only springs l-bfgs 100")
    options = parser.parse_args(argv)
    if options.large:
        large.report(sys.stdout)
    elif options.loops:
        loops.report(sys.stdout, options.only)
    elif options.times:
        times.report(sys.stdout, only=options.only)
    elif options.each:
        comparison.report_each(options.each, sys.stdout)
    else:
        comparison.report(sys.stdout)


if __name__ == "__main__":
    main()
