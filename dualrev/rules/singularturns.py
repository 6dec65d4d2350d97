"""The other choices of singular vectors of equal or zero singular values, and what they tell of a function that does not depend on the choice."""

import numpy as np

from ..core.rows import composite
from ..core.tracer import concrete, meta
from .factorisations import mH
from .products import mT
from .repeated import Seen, generic_turn, is_unused, largest, slots, told_of_equal, turn, unused, within
from .singularspaces import alike, assembled, frames, in_pieces, is_simple, runs_of, singular_spaces, spaces_chosen, spaces_cotangent, spaces_tangent
from .singularvectors import NOTES, nothing, plain_cotangent


def turned_among_zeros(k, m, n, dtype):
    """Unitary P and Q by which the k-th turn multiplies vectors u_i and v_j of zero singular values: every u_i comes beside every v_j, and for complex ones beside i v_j.

    The last turn is the first one with the other sign, which tells a kink.
    """
    left, right = generic_turn(m, dtype), generic_turn(n, dtype)[::-1]
    half, step = divmod(k - 1, max(m, n))
    if half > (dtype.kind == "c"):
        return -left, right
    phase = 1j if half else 1
    return (np.roll(left, -step, axis=1) * phase, right) if m >= n else (left * phase, np.roll(right, -step, axis=1))


def spaces_turned(k, y, a, full):
    """The k-th other choice of singular vectors."""
    u, s, vh = assembled(y)
    plain = concrete(s)
    equal, zero = runs_with_choice(plain)
    left, right = frames(y)
    dtype = meta(u)[1]
    p, q = (turn(k, equal, meta(frame)[0][1], dtype) for frame in (left, right))
    if zero is not None:
        p[zero:, zero:], q[zero:, zero:] = turned_among_zeros(k, len(p) - zero, len(q) - zero, dtype)
    return in_pieces((left @ p)[:, :meta(u)[0][1]], s, mH((right @ q)[:, :meta(vh)[0][0]]))


def runs_with_choice(s):
    """The runs of equal singular values, and where the zeros begin, if there are any."""
    runs = [run for run in runs_of(s) if not is_simple(run, s)]
    zeros = [run.start for run in runs if nothing(s)[run.start]]
    return [run for run in runs if run.start not in zeros], zeros[0] if zeros else None


def with_choice(g, s):
    """The runs of equal singular values whose vectors somebody used, and where the zeros begin, if somebody used theirs."""
    places = slots(runs_of(s), alike(s))
    n = len(places)
    unread = unused(g[:n], places, len(s)) & unused(g[2 * n:3 * n], places, len(s))
    beyond = any(part.size and not is_unused(part) for part in g[-2:])
    equal, zero = runs_with_choice(s)
    return [run for run in equal if not np.all(unread[run])], None if zero is None or (np.all(unread[zero:]) and not beyond) else zero


def squared(x, n):
    """A matrix with zeros added until it has n rows and n columns."""
    rows, columns = meta(x)[0]
    x = np.concatenate([x, np.zeros((n - rows, columns), meta(x)[1])], axis=0) if rows < n else x
    return np.concatenate([x, np.zeros((n, n - columns), meta(x)[1])], axis=1) if columns < n else x


def spins(y, g):
    """The slopes of the singular values, and the sum and the difference of U^T gU and gV^H V*: slopes along turns of the vectors.

    The difference is Hermitian between equal singular values where such turns change nothing, and between zeros both are.
    """
    left, right = frames(y)
    gu, gs, gv = assembled(g)
    n = max(meta(left)[0][1], meta(right)[0][1])
    x, z = squared(mT(left) @ gu, n), squared(gv @ np.conj(right), n)
    return gs, x + z, x - z


def skew(x):
    """How far a matrix is from Hermitian."""
    return largest(x - mH(x))


def placed(slope, m, n, step):
    """The m x n matrix with slopes at (i + step, i) where it is high, and (i, i + step) where it is wide, cyclically."""
    return np.roll(np.eye(m, n), step, axis=0 if m >= n else 1) * np.expand_dims(slope, -2 if m >= n else -1)


def told_of_zeros(seen, zero, m, n, dtype):
    """What belongs to the zeros, from place ``zero`` on, beside their own slopes, and by how much it does not fit."""
    count = max(m, n)
    last = 1 + count * (1 + (dtype.kind == "c"))
    slopes = [seen[k][0][zero:] for k in range(last + 1)]
    found = sum(placed(-1j * slope if k >= count else slope, m, n, k % count) for k, slope in enumerate(slopes[1:last]))
    left, right = turned_among_zeros(1, m, n, dtype)
    found = np.conj(left) @ found @ mT(right)
    return found - placed(slopes[0], m, n, 0), largest(np.real(np.diagonal(found)) - slopes[0]) + largest(slopes[1] + slopes[last])


def spaces_told(others, g, y, a, full):
    """The transpose, and between equal or zero singular values what those of other choices tell; NaN for a function that depends on the choice, or has a kink."""
    plain, dtype = concrete(assembled(y)[1]), meta(a)[1]
    equal, zero = with_choice(g, plain)
    if not equal and zero is None:
        return spaces_cotangent(g, y, a, full)
    left, right = frames(y)
    k, m, n = len(plain), meta(left)[0][1], meta(right)[0][1]
    seen = Seen(spins, y, g, others)
    c = plain_cotangent(assembled(g), assembled(y), a, full)
    if equal:
        known, misfit = told_of_equal(seen, equal, k, dtype)
    if zero is not None:
        of_zeros, kink = told_of_zeros(seen, zero, m - zero, n - zero, dtype)
        kink = kink + sum(skew(part[zero:, zero:]) for _, *parts in seen.values() for part in parts)
        of_zeros = np.where(seen.agree(kink), of_zeros, np.nan)
        c = c + np.conj(left[:, zero:]) @ of_zeros @ mT(right[:, zero:])
    if equal:
        misfit = misfit + sum(skew(apart[run, run]) for _, _, apart in seen.values() for run in equal)
        known = np.where(within(equal, k) & ~seen.agree(misfit), np.nan, known)
        c = c + np.conj(left[:, :k]) @ known @ mT(right[:, :k])
    return c


composite(singular_spaces, spaces_tangent, vjp=(spaces_cotangent,), choose=spaces_chosen, turn=spaces_turned, told=spaces_told, multiple=True,
          name="np.linalg.svd (equal or zero singular values)", notes=NOTES)
