"""The test problems of ecopt-bench in plain Python, with the same names, bounds and noise.

Written from the published formulas, not from bench/problems.c; `bench/peers/run` compares both at
every initial point, and check_problems.py compares these with BoTorch's.  Standard library only,
so that the memory of a peer's process is the peer's own.  All objectives are minimised; a point is
feasible where every constraint value is >= 0.
"""
import math


def branin_currin(x):
    a, b = 15 * x[0] - 5, 15 * x[1]
    branin = (b - 5.1 / (4 * math.pi**2) * a * a + 5 / math.pi * a - 6) ** 2
    branin += 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10
    factor = 1 - math.exp(-1 / (2 * x[1])) if x[1] > 0 else 1.0
    top = 2300 * x[0] ** 3 + 1900 * x[0] ** 2 + 2092 * x[0] + 60
    return [branin, factor * top / (100 * x[0] ** 3 + 500 * x[0] ** 2 + 4 * x[0] + 20)]


def branin_disk(x):
    return [50 - (15 * x[0] - 5 - 2.5) ** 2 - (15 * x[1] - 7.5) ** 2]


def dtlz2(x, m=2):
    g = sum((v - 0.5) ** 2 for v in x[m - 1 :])
    values = []
    for k in range(m):
        value = 1 + g
        for v in x[: m - 1 - k]:
            value *= math.cos(v * math.pi / 2)
        if k:
            value *= math.sin(x[m - 1 - k] * math.pi / 2)
        values.append(value)
    return values


def c2dtlz2_disks(x):
    f, r2 = dtlz2(x), 0.2**2
    ends = [
        (f[i] - 1) ** 2 + sum(v * v - r2 for j, v in enumerate(f) if j != i) for i in range(len(f))
    ]
    middle = sum((v - 1 / math.sqrt(len(f))) ** 2 - r2 for v in f)
    return [-min(*ends, middle)]


def zdt(x, kind):
    g = 1 + 9 * sum(x[1:]) / (len(x) - 1)
    ratio = x[0] / g
    if kind == 1:
        return [x[0], g * (1 - math.sqrt(ratio))]
    if kind == 2:
        return [x[0], g * (1 - ratio**2)]
    return [x[0], 1 - math.sqrt(ratio) - ratio * math.sin(10 * math.pi * x[0])]


def vehicle_safety(x):
    a, b, c, d, e = x
    mass = 1640.2823 + 2.3573285 * a + 2.3220035 * b + 4.5688768 * c
    mass += 7.7213633 * d + 4.4559504 * e
    impact = 6.5856 + 1.15 * a - 1.0427 * b + 0.9738 * c + 0.8364 * d
    impact += -0.3695 * a * d + 0.0861 * a * e + 0.3628 * b * d
    impact += -0.1106 * a**2 - 0.3437 * c**2 + 0.1764 * d**2
    intrusion = -0.0551 + 0.0181 * a + 0.1024 * b + 0.0421 * c - 0.0073 * a * b + 0.024 * b * c
    intrusion += -0.0118 * b * d - 0.0204 * c * d - 0.008 * c * e - 0.0241 * b**2 + 0.0109 * d**2
    return [mass, impact, intrusion]


def penicillin(x):
    volume, biomass, temperature, glucose, feed, feed_glucose, ph = x
    h = 10**-ph
    product = co2 = 0.0
    heat = 7e3 * math.exp(-5100 / (1.9872 * temperature))
    heat -= 1e33 * math.exp(-50000 / (1.9872 * temperature))
    growth = 0.092 / (1 + 1e-10 / h + h / 7e-5) * heat
    for hour in range(1, 2501):
        loss = volume * 2.5e-4 * math.expm1(5 * (temperature - 373) / (273 - 373))
        dv = feed - loss
        mu = growth * glucose / (0.15 * biomass + glucose)
        dx = mu * biomass - biomass / volume * dv
        mu_pp = 0.005 * glucose / (0.0002 + glucose + glucose**2 / 0.10)
        ds = -mu / 0.45 * biomass - mu_pp / 0.90 * biomass - 0.014 * biomass
        ds += feed * feed_glucose / volume - glucose / volume * dv
        dp = mu_pp * biomass - 0.04 * product - product / volume * dv
        co2 += 0.143 * dx + 4e-7 * biomass + 1e-4
        product += dp
        volume += dv
        biomass += dx
        glucose += ds
        if volume > 180 or glucose < 0 or dp < 1e-11:
            break
    return [-product, co2, float(hour)]


_MASK = (1 << 64) - 1


def _mix(z):
    """Finaliser of splitmix64: Steele, Lea, Flood 2014."""
    z = (z + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def _uniform(seed, index, stream):
    inner = _mix((_mix(seed & _MASK) + index) & _MASK)
    return (_mix((inner + stream) & _MASK) >> 11) * 2.0**-53


def normal(seed, trial, k):
    """The same noise for the same seed and trial as ecopt-bench adds: common random numbers."""
    u = 1 - _uniform(seed, trial, 2 * k)
    return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * _uniform(seed, trial, 2 * k + 1))


class Problem:
    """Bounds, reference point and values of one problem."""

    table = None  # of the rows that may be chosen, in tables.py

    def __init__(self, name, low, high, reference, values, constraints=None, noise_sd=None):
        self.name, self.low, self.high = name, list(low), list(high)
        self.reference, self.values, self.constraints = list(reference), values, constraints
        self.noise_sd = list(noise_sd or [0.0] * len(self.reference))
        self.d, self.m = len(self.low), len(self.reference)

    def evaluate(self, x, seed, trial):
        """What the optimiser is told, the true values and the constraints at x."""
        truth = self.values(x)
        told = [
            v + s * normal(seed, trial, k) if s else v
            for k, (v, s) in enumerate(zip(truth, self.noise_sd))
        ]
        return {"x": list(x), "y": told, "y_true": truth, "c": self.constraints(x) if self.constraints else []}


def _unit(name, d, reference, values, **more):
    return Problem(name, [0.0] * d, [1.0] * d, reference, values, **more)


PROBLEMS = {
    p.name: p
    for p in [
        _unit("BraninCurrin", 2, [18, 6], branin_currin),
        _unit("DTLZ2", 6, [1.1] * 2, dtlz2),
        _unit("ZDT1", 6, [11, 11], lambda x: zdt(x, 1)),
        _unit("ZDT2", 6, [11, 11], lambda x: zdt(x, 2)),
        _unit("ZDT3", 6, [11, 11], lambda x: zdt(x, 3)),
        Problem("VehicleSafety", [1] * 5, [3] * 5, [1864.72022, 11.81993945, 0.2903999384], vehicle_safety),
        Problem(
            "Penicillin",
            [60, 0.05, 293, 0.05, 0.01, 500, 5],
            [120, 18, 303, 18, 0.5, 700, 6.5],
            [25.935, 57.612, 935.5],
            penicillin,
        ),
        _unit("C2DTLZ2", 6, [1.1] * 2, dtlz2, constraints=c2dtlz2_disks),
        _unit("ConstrainedBraninCurrin", 2, [80, 12], branin_currin, constraints=branin_disk),
        _unit("DTLZ2-m4", 6, [1.1] * 4, lambda x: dtlz2(x, 4)),
        _unit("BraninCurrin-noisy", 2, [18, 6], branin_currin, noise_sd=[15.19, 0.63]),
    ]
}
