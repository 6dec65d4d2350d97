"""Functions of scipy.special as mpmath knows them, and the derivative of any of them to about 20 digits."""

import mpmath as mp

DIGITS, STEP = 60, -20


class Inverse:
    """The inverse of a function in the argument ``slot``, in whose place the value comes; ``near`` is SciPy's own."""

    def __init__(self, function, slot, near):
        self.function, self.slot, self.near = function, slot, near

    def slope(self, point, i):
        xs = [mp.mpf(x) for x in point]
        s, value, start = self.slot, xs[self.slot], mp.mpf(float(self.near(*point)))
        root = mp.findroot(lambda z: self.function(*xs[:s], z, *xs[s + 1:]) - value, (start, start * (1 + mp.mpf(10) ** -9)), tol=mp.mpf(10) ** -70)
        at = [*xs[:s], root, *xs[s + 1:]]
        down = difference(self.function, at, s)
        return 1 / down if i == s else -difference(self.function, at, i) / down


class Coarse:
    """A function that takes long: 30 digits are enough for it."""

    def __init__(self, function):
        self.function = function


class Integral:
    """A function of which the exact derivative is known, as an integrand."""

    def __init__(self, slope):
        self.slope = slope


def difference(exact, xs, i, step=STEP):
    """A central difference, good for about 20 digits."""
    h = mp.mpf(10) ** step * (abs(xs[i]) or 1)
    return (exact(*xs[:i], xs[i] + h, *xs[i + 1:]) - exact(*xs[:i], xs[i] - h, *xs[i + 1:])) / (2 * h)


def exact_slope(exact, point, i):
    """The derivative of a function in argument i."""
    coarse = isinstance(exact, Coarse)
    with mp.workdps(30 if coarse else DIGITS):
        xs = [x if isinstance(x, int) else mp.mpf(x) for x in point]
        if isinstance(exact, Integral):
            return exact.slope(*xs)
        return exact.slope(point, i) if isinstance(exact, Inverse) else difference(exact.function, xs, i, -10) if coarse else difference(exact, xs, i)


def exact_second(exact, point, i, j):
    """The second derivative of a function in arguments i and j, by differences of differences."""
    with mp.workdps(DIGITS):
        return difference(lambda *xs: difference(exact, xs, i, -14), [mp.mpf(x) for x in point], j, -14)


def normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def log_normal(x):
    return mp.log1p(-normal(-x)) if x > 0 else mp.log(normal(x))


def beta_lower(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def beta_upper(a, b, x):
    return mp.betainc(a, b, x, 1, regularized=True)


def gamma_lower(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def gamma_upper(a, x):
    return mp.gammainc(a, x, mp.inf, regularized=True)


def student(v, t):
    half = beta_lower(v / 2, mp.mpf(1) / 2, v / (v + t * t)) / 2
    return 1 - half if t > 0 else half


def fisher(d, e, x):
    return beta_lower(d / 2, e / 2, d * x / (d * x + e))


def binomial_sum(k, n, p):
    return beta_lower(n - k, k + 1, 1 - p)


def negative_sum(k, n, p):
    return beta_lower(n, k + 1, p)


def poisson(mean):
    """Probabilities of the indices that matter."""
    return [(j, mp.exp(-mean) * mean**j / mp.factorial(j)) for j in range(int(mean + 20 * mp.sqrt(mean) + 60))]


def chi_noncentral(x, d, c):
    return mp.fsum(p * gamma_lower(d / 2 + j, x / 2) for j, p in poisson(c / 2))


def fisher_noncentral(d, e, c, f):
    return mp.fsum(p * beta_lower(d / 2 + j, e / 2, d * f / (d * f + e)) for j, p in poisson(c / 2))


def student_noncentral(v, c, t):
    def integrand(s):
        return 2 * (v / 2) ** (v / 2) / mp.gamma(v / 2) * s ** (v - 1) * mp.exp(-v * s * s / 2) * mp.ncdf(t * s - c)

    return mp.quad(integrand, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4, 8])


def tukey_quantile(p, s):
    return (p**s - (1 - p) ** s) / s


def faddeeva(z):
    return mp.exp(-z * z) * mp.erfc(-1j * z)


def voigt(x, s, c):
    return mp.re(faddeeva((x + 1j * c) / (s * mp.sqrt(2)))) / (s * mp.sqrt(2 * mp.pi))


def owens(h, a):
    return mp.quad(lambda x: mp.exp(-h * h * (1 + x * x) / 2) / (1 + x * x), [0, a]) / (2 * mp.pi)


def wright(a, b, x):
    return mp.fsum(x**k * mp.rgamma(a * k + b) / mp.factorial(k) for k in range(int(x + 20 * mp.sqrt(x) + 80)))


def kolmogorov(x):
    return 2 * mp.fsum((-1) ** (k - 1) * mp.exp(-2 * k * k * x * x) for k in range(1, 80))


def smirnov(n, d):
    return d * mp.fsum(mp.binomial(n, j) * (d + mp.mpf(j) / n) ** (j - 1) * (1 - d - mp.mpf(j) / n) ** (n - j) for j in range(int(n * (1 - d)) + 1))


def jacobi(n, a, b, x):
    return mp.binomial(n + a, n) * mp.hyp2f1(-n, n + a + b + 1, a + 1, (1 - x) / 2)


def shifted_jacobi(n, p, q, x):
    return jacobi(n, p - q, q - 1, 2 * x - 1) / mp.binomial(2 * n + p - 1, n)


def legendre(n, x):
    return mp.hyp2f1(-n, n + 1, 1, (1 - x) / 2)


def laguerre(n, a, x):
    return mp.binomial(n + a, n) * mp.hyp1f1(-n, a + 1, x)


def spherical(bessel):
    """The spherical function of a Bessel function."""
    return lambda n, x: mp.sqrt(mp.pi / (2 * x)) * bessel(n + mp.mpf(1) / 2, x)


def characteristic(first, corner, second):
    """Mathieu's characteristic value: an eigenvalue of a matrix of Fourier coefficients; the place of the eigenvalue is m // 2 (one less for sine and even m)."""
    def value(m, q):
        size = 16
        matrix = mp.matrix(size)
        for r in range(size):
            matrix[r, r] = mp.mpf(first + 2 * r) ** 2 + (corner * q if r == 0 else 0)
            if r:
                matrix[r, r - 1] = matrix[r - 1, r] = q * (mp.sqrt(2) if second and r == 1 else 1)
        return sorted(mp.eigsy(matrix, eigvals_only=True))[(m - (first == 2)) // 2]

    return value
