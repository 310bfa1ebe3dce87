"""A made-up machine with RAPL counters that follow a known power: files shaped as the kernel's, fed in real time.

Layout as in /sys: folders below devices/virtual/powercap, links in class/powercap.  Files are written in place,
because meters hold them open.  truth_uj holds the energy that a meter should see, all packages and dram.
"""
import math
import multiprocessing
import os
import time

LSB_UJ = 61.03515625
RANGE_UJ = 262143328850


class Zone:
    """One counter: name, power in W as a function of seconds, start value and range."""

    def __init__(self, name, power, start_j=1000.0, range_uj=RANGE_UJ, counts=True, copy_of=None, children=()):
        self.name, self.power, self.range_uj, self.counts = name, power, range_uj, counts
        self.value_uj, self.children, self.copy_of = 1e6 * start_j, children, copy_of
        self.true_uj = 0.0
        self.path = None

    def shown(self):
        source = self.copy_of or self
        return int(source.value_uj // LSB_UJ * LSB_UJ) % (self.range_uj + 61)


class Machine:
    def __init__(self, root, zones, events=()):
        """events: (seconds, function of the machine), run once each by the feeding thread."""
        self.root, self.top, self.events = root, zones, sorted(events, key=lambda e: e[0])
        self.zones = [z for zone in zones for z in (zone, *zone.children)]
        self.is_unreadable = False
        self.stopping = multiprocessing.Event()
        base = os.path.join(root, "sys/devices/virtual/powercap/intel-rapl")
        links = os.path.join(root, "sys/class/powercap")
        os.makedirs(base)
        os.makedirs(links)
        os.makedirs(os.path.join(root, "proc"))
        os.symlink("../../devices/virtual/powercap/intel-rapl", os.path.join(links, "intel-rapl"))
        for i, zone in enumerate(zones):
            self._make(zone, base, f"intel-rapl:{i}", links, "intel-rapl")
            for j, child in enumerate(zone.children):
                self._make(child, zone.path, f"intel-rapl:{i}:{j}", links, f"intel-rapl/intel-rapl:{i}")
        self.truth = os.open(os.path.join(root, "truth_uj"), os.O_RDWR | os.O_CREAT)
        self._show()

    def _make(self, zone, parent, entry, links, inside):
        zone.path = os.path.join(parent, entry)
        os.makedirs(zone.path)
        os.symlink(f"../../devices/virtual/powercap/{inside}/{entry}", os.path.join(links, entry))
        files = {"name": zone.name, "max_energy_range_uj": zone.range_uj, "energy_uj": 0,
                 "constraint_0_name": "long_term", "constraint_0_power_limit_uw": 65000000}
        for file, text in files.items():
            with open(os.path.join(zone.path, file), "w") as f:
                f.write(f"{text}\n")
        zone.fd = os.open(os.path.join(zone.path, "energy_uj"), os.O_RDWR)

    def _show(self):
        for zone in self.zones:
            text = "unreadable         \n" if self.is_unreadable else f"{zone.shown():018d}\n"
            os.pwrite(zone.fd, text.encode(), 0)
        os.pwrite(self.truth, f"{int(sum(z.true_uj for z in self.zones if z.counts)):018d}\n".encode(), 0)

    def true_j(self):
        return 1e-6 * int(os.pread(self.truth, 64, 0))

    def feed(self):
        """Advances the counters every 2 ms until stop; ahead of others, who would make the counters stand still."""
        try:
            os.nice(-10)
        except OSError:
            pass
        start = last = time.monotonic()
        events = list(self.events)
        while not self.stopping.wait(0.002):
            now = time.monotonic()
            while events and now - start >= events[0][0]:
                events.pop(0)[1](self)
            for zone in self.zones:
                if zone.copy_of is None:
                    joules = zone.power(0.5 * (last + now) - start) * (now - last)
                    zone.value_uj += 1e6 * joules
                    zone.true_uj += 1e6 * joules
            last = now
            self._show()

    def start(self):
        self.feeder = multiprocessing.Process(target=self.feed, daemon=True)
        self.feeder.start()

    def stop(self):
        self.stopping.set()
        self.feeder.join()


def constant(watts):
    return lambda t: watts


def bursts(idle, peak, period_s, busy_s):
    return lambda t: peak if math.fmod(t, period_s) < busy_s else idle


def _reset(machine):
    for zone in machine.zones:
        zone.value_uj = 0


def _hide(machine):
    machine.is_unreadable = True


def _bring_back(machine):
    machine.is_unreadable = False


def server():
    return [Zone(f"package-{i}", constant(80 - 10 * i), children=(Zone("dram", constant(8 - i)),)) for i in (0, 1)]


def laptop():
    package = Zone("package-0", constant(10), start_j=5000,
                   children=(Zone("core", constant(6), counts=False), Zone("uncore", constant(1), counts=False)))
    return [package, Zone("psys", constant(22), start_j=9000, counts=False)]


def two_dies():
    first = Zone("package-0-die-0", constant(60))
    return [first, Zone("package-0-die-1", constant(60), copy_of=first, counts=False)]


def near_wrap():
    return [Zone("package-0", constant(40), start_j=1e-6 * RANGE_UJ - 300)]


# name: (zones, events, seconds of the window)
CASES = {
    "constant 40 W": (lambda: [Zone("package-0", constant(40))], (), 40),
    "2 s window": (lambda: [Zone("package-0", constant(40))], (), 2),
    "bursts, 10 and 90 W": (lambda: [Zone("package-0", bursts(10, 90, 1.0, 0.3))], (), 40),
    "counter wraps": (near_wrap, (), 40),
    "counter restarts at 20 s": (lambda: [Zone("package-0", constant(40), start_j=100000)], ((20, _reset),), 40),
    "unreadable from 14 to 17 s": (lambda: [Zone("package-0", constant(40))], ((14, _hide), (17, _bring_back)), 40),
    "unreadable at the end": (lambda: [Zone("package-0", constant(40))], ((30, _hide),), 40),
    "two sockets with dram": (server, (), 40),
    "laptop with psys": (laptop, (), 40),
    "one counter under two dies": (two_dies, (), 40),
}
