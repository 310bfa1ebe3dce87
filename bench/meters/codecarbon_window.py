"""One window measured by CodeCarbon's own tracker, at its default of a reading every 15 s.

usage: codecarbon_window.py TREE SECONDS        prints: joules, true joules

Only where it looks for the counters is changed; CPU energy alone is taken from its result.
"""
import logging
import os
import sys
import time

import codecarbon.core.cpu as cpu

tree, seconds = sys.argv[1], float(sys.argv[2])
rapl = os.path.join(tree, "sys/class/powercap/intel-rapl")
original = cpu.IntelRAPL.__init__
cpu.IntelRAPL.__init__ = lambda self, rapl_dir=None, **options: original(self, rapl_dir=rapl, **options)
cpu.is_rapl_available = lambda *args: True

from codecarbon import OfflineEmissionsTracker  # noqa: E402

def true_j():
    with open(os.path.join(tree, "truth_uj")) as file:
        return 1e-6 * int(file.read())


tracker = OfflineEmissionsTracker(country_iso_code="GBR", save_to_file=False, log_level=logging.CRITICAL,
                                  tracking_mode="machine", allow_multiple_runs=True)
tracker.start()  # looks for its sources first, for some seconds, and then takes its first reading
before = true_j()
time.sleep(seconds)
after = true_j()
tracker.stop()
# Without this interface it would have guessed from the name of the processor.
assert any(hasattr(hardware, "_intel_interface") for hardware in tracker._hardware), tracker._hardware
print(3.6e6 * tracker._total_cpu_energy.kWh, after - before)
