"""Samples for dr.scipy.fft: every transform once or twice; all keywords are tested in tests/scipy/test_fft.py."""

from dualrev.scipy import fft

HERMITIAN = ("irfft", "hfft", "fft", "ifft")


def lines(name):
    draw = (lambda d: d.z(2, 4)) if name in HERMITIAN else (lambda d: d(2, 5))
    return [lambda d: ((draw(d),), {}), lambda d: ((draw(d),), {"axis": 0, "n": 3, "norm": "ortho"})]


def spaces(name):
    draw = (lambda d: d.z(2, 4)) if name[:-1] in HERMITIAN else (lambda d: d(2, 5))
    return [lambda d: ((draw(d),), {}), lambda d: ((draw(d),), {"s": (3, 4), "axes": (1, 0), "norm": "forward"})]


SAMPLES = {getattr(fft, name): lines(name) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "dct", "idct", "dst", "idst")}
SAMPLES |= {getattr(fft, name): spaces(name) for name in ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2", "fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn")}
SAMPLES |= {getattr(fft, name): spaces(name) for name in ("dctn", "idctn", "dstn", "idstn")}
SAMPLES |= {getattr(fft, name): [lambda d: ((d(2, 5),), {"axes": 1})] for name in ("fftshift", "ifftshift")}
SAMPLES |= {getattr(fft, name): [lambda d: ((d(5), 0.3, 0.7), {"bias": 0.2, "offset": 0.1})] for name in ("fht", "ifht")}
