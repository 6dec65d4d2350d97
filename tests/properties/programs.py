"""Random programs as source text, drawn by hypothesis: operators, ufuncs, reductions, indexing, reshaping, products, choices, writes.

Every line is tried on plain NumPy values when it is drawn; what NumPy refuses, or what grows too large, is left out.
"""

import numpy as np
from hypothesis import strategies as st

UNARY = ("np.sin({a})", "np.cos({a})", "np.tanh({a})", "np.arctan({a})", "np.exp(0.3 * np.tanh({a}))", "np.sqrt(1.5 + {a} * {a})", "np.log(2 + {a} ** 2)",
         "np.expm1(np.sin({a}))", "-{a}", "+{a}", "abs({a})", "{a} ** 2", "{a} ** 3", "1 / (2 + {a} ** 2)", "2 ** np.sin({a})", "np.square({a})", "np.log1p({a} ** 2)",
         "np.maximum({a}, 0.1)", "np.clip({a}, -0.5, 0.75)", "np.sign({a}) * {a}", "np.floor({a}) + {a}", "np.where({a} > 0.1, {a}, 0.5 * {a})",
         "np.where({a} > 0, np.sqrt(np.abs({a})), 0 * {a})", "np.arcsinh({a})", "np.sinc({a})", "np.reciprocal(1.5 + np.cos({a}))", "np.cbrt(2 + {a} ** 2)",
         "np.copy({a})", "{a}.copy()", "np.real({a})", "np.conj({a})", "{a} * {a}", "{a} - {a} * 0.5", "np.hypot({a}, 1.25)", "np.arctan2({a}, 2.0)", "3 - {a}", "{a} // 4 + {a}",
         "np.exp2(np.cos({a}))", "np.logaddexp({a}, 0.3)")
BINARY = ("{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / (1.5 + {b} ** 2)", "np.maximum({a}, {b})", "np.minimum({a}, {b})", "np.hypot({a}, 1 + {b} ** 2)",
    "np.arctan2({a}, 1 + {b} ** 2)",
          "np.logaddexp({a}, {b})", "np.where({a} > {b}, {a}, {b} * 2)", "(1.5 + {a} ** 2) ** np.sin({b})", "np.add({a}, {b})", "np.multiply.outer({a}, {b})",
              "np.where({a} < 0.2, {b}, {a})",
          "np.fmax({a}, {b})", "np.subtract.outer({a}, {b})")
REDUCE = ("np.sum({a})", "np.sum({a}, axis={k})", "np.sum({a}, axis={k}, keepdims=True)", "{a}.mean()", "{a}.mean(axis={k})", "np.prod(np.cos({a}), axis={k})",
    "np.max({a}, axis={k})",
          "np.min({a}, axis={k}, keepdims=True)", "{a}.std(axis={k}) if {a}.shape[{k}] > 1 else {a}.sum({k})", "np.var({a})", "np.add.reduce({a}, axis={k})",
              "np.cumsum({a}, axis={k})",
          "np.cumprod(np.cos({a}), axis={k})", "np.linalg.norm(2 + {a} ** 2, axis={k})", "np.multiply.reduce(np.sin({a}), axis={k})",
              "np.sum({a}, axis={k}, where=np.asarray({a} > 0))",
          "np.max({a})", "np.diff({a}, axis={k})", "np.sort({a}, axis={k})", "np.add.accumulate({a}, axis={k})")
SHAPING = ("{a}.T", "{a}.ravel()", "{a}[::-1]", "{a}[0]", "{a}[-1]", "{a}[1:]", "{a}[..., None]", "{a}[None]", "{a}[..., 0]", "{a}[..., ::2]",
    "np.concatenate([{a}, 2 * {a}], axis={k})",
           "np.stack([{a}, np.sin({a})], axis={k})", "{a}.reshape(-1)", "{a}.reshape(1, -1)", "np.flip({a}, {k})", "np.roll({a}, 1, {k})", "np.repeat({a}, 2, axis={k})",
               "np.tile({a}, 2)",
           "np.swapaxes({a}, 0, -1)", "np.moveaxis({a}, 0, -1)", "{a}[np.array([0, 0, -1])]", "{a}[np.asarray({a} > 0)]", "{a}[[-1, 0]]", "np.expand_dims({a}, {k})",
               "np.squeeze({a})",
           "np.broadcast_to({a}, (2,) + {a}.shape)", "np.take({a}, [0, -1, 0], axis={k})", "np.hstack([{a}, {a}])", "np.vstack([{a}, -{a}])", "np.split({a}, [1], axis={k})[1]",
           "np.array([{a}.ravel()[0], np.sin({a}.ravel()[-1])]) * {a}.ravel()[0]", "np.stack([r for r in {a}])", "np.stack(list({a}[::-1]))", "{a}.flatten()",
               "np.triu(np.atleast_2d({a}))")
PRODUCT = ("{a} @ {b}", "{a} @ {b}.T", "{a}.T @ {b}", "np.dot({a}, {b})", "np.outer({a}, {b})", "np.inner({a}, {b})", "np.tensordot({a}, {b}, 1)",
    "np.einsum('...i,...i->...', {a}, {b})",
           "np.einsum('i...,i...->...', {a}, {b})", "np.kron({a}, {b})", "np.vdot({a}, {b}) if {a}.shape == {b}.shape else {a}")
WRITES = ("{n} = np.zeros_like({a}); {n}[...] = {b}; {n} += {a}", "{n} = {a}.copy(); {n}[0] = {n}[-1] * {n}[0]", "{n} = {a}.copy(); {n}[1:] += {n}[:-1]",
    "{n} = {a} * 1; {n}[np.asarray({n} > 0)] *= 2",
          "{n} = {a} * 1.0; {n} *= {b}", "{n} = {a} + 0; {n} -= {a} * 0.5", "{n} = np.empty_like({a}); {n}[:] = 1; {n}[::2] = {a}[::2]",
              "{n} = {a}.copy(); {n}[0] += 1; {n}[..., -1] *= {n}[..., 0]",
          "{n} = np.zeros_like({a}); np.add({a}, {b}, out={n})", "{n} = np.zeros_like({a}); np.add.at({n}, [0, 0, -1], {a}[[0, -1, 0]])",
              "{n} = {a}.copy(); {n}.fill(0.5); {n} += {a}[::-1]",
          "{n} = np.zeros_like({a}, shape=(3,) + {a}.shape)\nfor k in range(3): {n}[k] = np.sin({a} + k) + ({n}[k - 1] if k else 0)",
              "{n} = {a}.copy(); {n}[[0, -1]] = {n}[[-1, 0]]",
          "{n} = {a}.copy(); w_{n} = {n}[1:]; w_{n} *= 2; del w_{n}", "{n} = np.copy({a}); {n} /= (2 + {b} ** 2)", "{n} = {a}.copy(); {n}.sort()",
              "{n} = {a} * 2\nfor r in range({n}.shape[0]): {n}[r] *= r + 1")
FAMILIES = {"unary": UNARY, "binary": BINARY, "reduce": REDUCE, "shaping": SHAPING, "product": PRODUCT, "write": WRITES}
SHAPES = ((), (3,), (1,), (2, 3), (3, 1), (1, 3), (3, 3), (2, 1, 3), (4,))


class Program:
    """A function of one or two arrays as source text, with the point at which it is tested."""

    def __init__(self, lines, count, point):
        self.lines, self.count, self.point = lines, count, point
        self.source = "\n".join([f"def f({', '.join(f'x{i}' for i in range(count))}):", *(f"    {part}" for line in lines for part in line.split("\n"))])
        scope = {"np": np}
        exec(self.source, scope)
        self.f = scope["f"]

    def __repr__(self):
        return f"{self.source}\nat {self.point!r}"


def attempt(line, scope):
    """Run a line on plain values; return whether NumPy takes it and the new values stay of moderate size."""
    trial = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in scope.items()}
    try:
        with np.errstate(all="ignore"):
            exec(line, trial)
    except (ValueError, IndexError, TypeError, AttributeError):
        return None
    name = line.split(" = ")[0]
    value = np.asarray(trial[name])
    fine = value.dtype.kind in "fc" and 0 < value.size <= 60 and value.ndim <= 4 and np.all(np.isfinite(value)) and np.max(np.abs(value)) < 50
    return {k: v for k, v in trial.items() if k in scope or k == name} if fine else None


@st.composite
def programs(draw, families=tuple(FAMILIES), steps=6, dtype=float):
    """Draw a program of up to ``steps`` lines out of the given families, and a point for it."""
    count = draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    point = tuple(np.asarray(rng.uniform(-1.3, 1.3, draw(st.sampled_from(SHAPES)))).astype(dtype) for _ in range(count))
    scope = {f"x{i}": x for i, x in enumerate(point)}
    lines = []
    for k in range(draw(st.integers(1, steps))):
        form = draw(st.sampled_from(FAMILIES[draw(st.sampled_from(families))]))
        names = list(scope)
        a, b = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        if not np.ndim(scope[a]) and ("{a}[" in form or "{n}[" in form):
            continue  # traced scalars are not subscriptable: NumPy would take them for sequences
        axis = draw(st.integers(0, max(np.ndim(scope[a]) - 1, 0)))
        text = form.format(a=a, b=b, k=axis, n=f"v{k}")
        line = text if text.startswith(f"v{k} = ") else f"v{k} = {text}"
        after = attempt(line, {"np": np, **scope})
        if after is not None:
            after.pop("np")
            scope = after
            lines.append(line)
    tail = list(scope)[-1]
    lines.append(f"return {tail} * np.cos({tail}) + 0.25 * " + " ".join(f"np.sum(x{i})" if i == 0 else f"+ 0.5 * np.sum(x{i} * x{i})" for i in range(count)))
    return Program(lines, count, point)
