"""Derivatives from a recording that is replayed at new points, as long as it can be shown to hold there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.batching import Batched, BatchTrace
from ..core.debugging import active
from ..core.tracer import peek
from ..plans.remembered import is_tabled, owned, program_of, recall, remember, rerun
from ..plans.replay import Misfit, Replay, record, recorded
from ..transforms.forwardmode import jvp
from ..transforms.reversemode import value_and_grad

__all__ = ["Replays", "Run", "scalar_jobs"]

VARIABLES = 2000  # beyond this size of x NumPy's own time counts, and not that of the tape
ENTRIES = {"hessian": 200_000}  # the same for values on the way; a Hessian has products that do not change from point to point
OTHERWISE = 10_000
CALLS = 100_000  # which take some 100 MB
RECORDINGS = 4  # how many are made where decisions fall otherwise from place to place
CHECKED = frozenset(4 * 8**k for k in range(20))  # at which replays the derivative is compared with that of the tape
DOUBTS = 3  # how often values may differ by rounding errors of what was cancelled on the way
ROUNDING = 1e-12  # by which a replayed value may differ: Python's powers of numbers, for one, differ from those of arrays in the last bit
SHARE = 1e-9  # of its largest entry, by which a replayed derivative may differ from that of the tape


Run = tuple[Replay, list[Any]]  # a replay at one point: the slots mean something to the recording that filled them alone


class Replays:
    """Derivatives of a function of a vector, which is recorded once.

    The function itself is called at each new point as it is, without any tracing, and the recording is believed only where it gives the same values but for rounding errors
    and all recorded decisions fall alike; at the 4th point of a recording, the 32nd, the 256th and so on the first derivative is compared with that of the tape as well.
    Otherwise the answer is None, and the tape has to be asked. Where the function is determined, it is called at the first point of a recording alone.

    Parameters
    ----------
    f : callable
        The function.
    jobs : callable
        From f makes by name what may be recorded: functions of x, or of x and a direction, that return the value, the first derivative, and perhaps more.
    known : Determined, optional
        What `determined` says of f, if nothing else runs between two points that could change what f reads.

    Attributes
    ----------
    kind : str
        The job that is recorded, "" where none is.
    values : tuple
        The value and the first derivative at the place of the recording.

    Examples
    --------
    >>> import numpy as np
    >>> f = lambda x: np.sum(x**4)
    >>> replays = Replays(f, scalar_jobs)
    >>> replays.prepare("hessian", np.array([1.0, 2.0]))
    True
    >>> x = np.array([2.0, 3.0])
    >>> value, gradient, run = replays.derivative(x, *value_and_grad(f)(x)) if replays.due else replays.derivative(x, f(x))
    >>> gradient, replays.rest(run)
    (array([ 32., 108.]), array([[ 48.,   0.],
           [  0., 108.]]))
    """

    def __init__(self, f: Callable[..., Any], jobs: Callable[[Callable[..., Any]], dict[str, Callable[..., Any]]], known: Any = None) -> None:
        self.f, self.jobs, self.known, self.kind = f, jobs, known, ""
        self.replay: Any = None
        self.values: Any = None
        self.before: Any = None  # by which a determined function is remembered, and the mark of what it read
        self.left, self.doubts = RECORDINGS, 0

    def prepare(self, kind: str, x: np.ndarray) -> bool:
        """Record a job at a point, or remember what was recorded, unless it is there already; report whether it is."""
        if self.kind == kind:
            return True
        if not self.left or len(x) > VARIABLES or active.get() is not None:
            return False
        self.left -= 1
        try:
            replay, values = self._recorded(kind, x)
        except (ArithmeticError, np.linalg.LinAlgError):  # not defined at this point
            return False
        except Exception:  # the tape says what is wrong, if anything is
            self.give_up()
            return False
        if any([value.dtype.kind == "c" for value in values]):  # noqa: C419 (a list is faster than a generator)
            self.give_up()
            return False
        self.kind, self.replay, self.values = kind, replay, values
        return True

    def _recorded(self, kind: str, x: np.ndarray) -> tuple[Replay, Sequence[Any]]:
        """A replay and its results at a point. The function runs once: where its program is not known, what it called is run again instead, if that is all in the table."""
        f, limit = self.f, ENTRIES.get(kind, OTHERWISE)
        if self.known is not None:
            return self._determined(kind, x, limit)
        with recorded((x,), limit, CALLS) as (recording, (z,)):
            y = f(z)
            program = program_of(z, y)
            replay = None if program is None else recall((kind, program))
            if replay is not None and (found := here(replay, x, peek(y))) is not None:
                return replay, found
            if is_tabled(recording):
                f = rerun(z, y)
            kept = [copy for _, copy in recording.literals.values()]
        replay, values = self._record(f, kind, x, limit, kept)
        if program is not None:
            remember((kind, program), replay)
        return replay, values

    def _determined(self, kind: str, x: np.ndarray, limit: int) -> tuple[Replay, Sequence[Any]]:
        """The same for a function that is known by what it reads."""
        known = self.known
        key: Any = (kind, len(x), known.key)
        replay = recall(key) if known.lasts else None
        if replay is not None and (found := here(replay, x)) is not None:
            return replay, found
        self.before = owned(key) if known.lasts else None, known.mark()
        replay, values = self._record(self.f, kind, x, limit, [] if known.lasts else known.kept)
        if known.mark() != self.before[1]:
            raise Misfit("the function changes what it reads")
        return replay, values

    def _settle(self, replay: Replay) -> None:
        """Remember a recording once the function has been called as it is, and has left what it reads as it was; if not, it is to be called at each point."""
        key, mark = self.before
        if self.known.mark() != mark:
            self.known = None
        elif key is not None:
            remember(key, replay)

    def _record(self, f: Callable[..., Any], kind: str, x: np.ndarray, limit: int, kept: Sequence[Any] = ()) -> tuple[Replay, Sequence[Any]]:
        return record(self.jobs(f)[kind], (x, np.ones_like(x)) if kind == "product" else (x,), 2, limit, CALLS, kept)

    @property
    def alone(self) -> bool:
        """Whether the recording is believed without another run of the function."""
        return self.known is not None and self.replay.agreed > 0

    @property
    def due(self) -> bool:
        """Whether the tape is to be asked for the next derivative, and the replay to be compared with it."""
        return self.replay.agreed + 1 in CHECKED

    def derivative(self, x: np.ndarray, value: Any, exact: Any = None) -> tuple[Any, np.ndarray, Run] | None:
        """The value at a point and the first derivative, which is not to be written to, and the run of the replay, from which the rest follows.

        Parameters
        ----------
        x : array (n,)
            The point.
        value : float, array or None
            What the function itself gives there; None where the replay is believed `alone`.
        exact : array, optional
            The derivative by the tape, where that was asked.
        """
        if not self.kind or active.get() is not None:
            return None
        try:
            slots = self.replay.begin(x)
        except Misfit:
            self.forget()
            return None
        replay = self.replay
        y, d = slots[replay.outputs[0]], slots[replay.outputs[1]]
        if value is not None and not same(y, value):
            self.doubt(y, value)
            return None
        if exact is not None and not agree(d, exact, SHARE):
            self.give_up()
            return None
        if not replay.agreed and self.known is not None:
            self._settle(replay)
        replay.agreed += 1
        return y if value is None else value, d, (replay, slots)

    def doubt(self, y: Any, value: Any) -> None:
        """Give up where a replay gave another value than the function, which then depends on something else than x. Values that come out small by cancellation may differ
        by rounding errors of what was cancelled: that is forgiven a few times."""
        self.doubts += 1
        if isinstance(value, np.ndarray) or self.doubts > DOUBTS or not self.is_near(y, value):
            self.give_up()

    def is_near(self, y: Any, value: Any) -> bool:
        """Whether two values differ by rounding errors of numbers like that at the recording."""
        return bool(same(y, value) or abs(y - value) <= ROUNDING * abs(self.values[0]))

    def product(self, run: Run) -> Callable[[np.ndarray], np.ndarray | None] | None:
        """The third result as a function of the direction, at a point that was replayed; it returns None where a replay does not hold."""
        if not self._finished(run):
            return None
        replay, slots = run

        def push(v: np.ndarray) -> np.ndarray | None:
            replay.give(slots, 1, v)
            try:
                replay.go(slots, 2)
            except Misfit:
                self.forget()
                return None
            return replay.output(slots, 2)

        return push

    def rest(self, run: Run) -> np.ndarray | None:
        """The third result at a point that was replayed."""
        return run[0].output(run[1], 2) if self._finished(run) else None

    def _finished(self, run: Run) -> bool:
        try:
            run[0].go(run[1], 1)
        except Misfit:
            self.forget()
            return False
        return True

    def disturb(self) -> bool:
        """Say that from now on others may change what the function reads; report whether a recording was believed alone."""
        if self.known is None:
            return False
        self.known = None
        self.forget()
        return self.values is not None

    def forget(self) -> None:
        """Drop a recording that does not hold here; another may be made."""
        self.kind, self.replay = "", None

    def give_up(self) -> None:
        """Record no more."""
        self.forget()
        self.left = 0


def here(replay: Replay, x: np.ndarray, value: Any = None) -> tuple[Any, Any] | None:
    """The first results of a known replay, None where it does not hold at this point, or gives another than a known value."""
    try:
        slots = replay.begin(x)
    except Misfit:
        return None
    y = replay.output(slots, 0)
    return (y, replay.output(slots, 1)) if value is None or same(y, value) else None


def same(y: Any, value: Any) -> bool:
    """Whether a replayed value is that of the function but for rounding errors."""
    if type(value) is float and y == value:
        return True
    if isinstance(value, np.ndarray):
        return agree(y, value, ROUNDING)
    return bool(abs(y - value) <= ROUNDING * abs(value) or y == value or (y != y and value != value))


def agree(d: np.ndarray, exact: np.ndarray, share: float) -> bool:
    """Whether two arrays are the same but for a share of their largest entry."""
    if d.shape != exact.shape:
        return False
    if np.array_equal(d, exact):
        return True
    scale = float(np.max(np.abs(exact), initial=0.0, where=np.isfinite(exact)))
    return bool(np.allclose(d, exact, rtol=0, atol=share * scale, equal_nan=True))


def scalar_jobs(f: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """What may be recorded of a scalar function: its value and gradient alone, with products with the Hessian, or with the Hessian."""
    both = value_and_grad(f)

    def product(x: Any, v: Any) -> tuple[Any, ...]:
        (y, g), (_, Hv) = jvp(both, (x,), (v,))
        return y, g, Hv

    def whole(x: Any) -> tuple[Any, ...]:
        units = BatchTrace(len(x))  # all directions at once
        try:
            y, g, H = product(x, units.batched(np.eye(len(x))))
            H = H._value if isinstance(H, Batched) and H._trace is units else np.broadcast_to(H, (len(x), len(x)))
        finally:
            units.close()
        return y, g, (H + H.T) / 2

    return {"gradient": both, "product": product, "hessian": whole}
