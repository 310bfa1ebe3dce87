"""The measured tables of ecopt-bench as problems: the same codes of the rows as bench/tables.c.

EC-NAS: ten bits of the upper triangle and three operations (a choice of four, the last one
"none"); training energy against accuracy.  Zeus: batch size, power limit and, where there are two,
the optimiser; energy and time to the target accuracy, which some rows never reach (a failed
trial).  The reference points come from ecopt-bench.
"""
import csv
import os

from problems import Problem

BITS, OPS, VERTICES = 10, 3, 5


class Table:
    """Rows that may be chosen: codes of each parameter and the values, None of a failed row."""

    def __init__(self, rows, is_choice):
        self.rows, self.is_choice = rows, is_choice
        self.levels = [sorted({x[i] for x in rows}) for i in range(len(is_choice))]

    def _distance(self, a, b):
        total = 0.0
        for i, (p, q) in enumerate(zip(a, b)):
            if self.is_choice[i]:
                total += p != q
            else:
                # Steps of the sorted values, all of them as far as one choice from another.
                levels = self.levels[i]
                total += abs(levels.index(p) - levels.index(q)) / max(1, len(levels) - 1)
        return total

    def nearest(self, x, measured, rng):
        """The row nearest to x that is not measured yet; ties by chance."""
        left = [row for row in self.rows if row not in measured]
        distances = [self._distance(row, x) for row in left]
        least = min(distances)
        return rng.choice([row for row, far in zip(left, distances) if far == least])


class TableProblem(Problem):
    """A problem whose points are the rows of a table."""

    def __init__(self, name, rows, is_choice):
        self.table = Table(rows, is_choice)
        low = [levels[0] for levels in self.table.levels]
        high = [levels[-1] for levels in self.table.levels]
        super().__init__(name, low, high, [0.0, 0.0], None)

    def evaluate(self, x, seed, trial):
        y = self.table.rows[tuple(x)]
        row = {"x": list(x), "y": y or [], "y_true": y or [], "c": []}
        return {**row, "is_failed": y is None}


def _cell(adjacency, ops):
    """A smaller cell is one of five vertices, the output moved to the end."""
    n, bits, codes = 2 + len(ops), iter(adjacency), [0] * BITS
    places = {}
    for a in range(VERTICES):
        for b in range(a + 1, VERTICES):
            places[a, b] = len(places)
    for a in range(n):
        for b in range(a + 1, n):
            codes[places[a, VERTICES - 1 if b == n - 1 else b]] = int(next(bits))
    return tuple(codes) + tuple(int(op) for op in ops) + (3,) * (OPS - len(ops))


def _read(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _ecnas(folder):
    rows = {}
    for line in _read(folder, "ecnas_4epoch.csv"):
        if line["space"] == "5V":
            values = [float(line["train_energy_J"]), -float(line["val_acc"])]
            rows[_cell(line["adj_upper_rowmajor"], line["ops"])] = values
    return [TableProblem("EC-NAS", rows, [False] * BITS + [True] * OPS)] if rows else []


def _zeus(folder):
    groups = {}
    for line in _read(folder, "zeus_v100_p100.csv"):
        groups.setdefault((line["gpu"], line["dataset"]), []).append(line)
    for (gpu, dataset), lines in groups.items():
        optimizers = list(dict.fromkeys(line["optimizer"] for line in lines))
        rows = {}
        for line in lines:
            x = (float(line["batch_size"]), float(line["power_limit_W"]))
            if len(optimizers) > 1:
                x += (optimizers.index(line["optimizer"]),)
            reached = line["eta_J"] and line["tta_s"]
            rows[x] = [float(line["eta_J"]), float(line["tta_s"])] if reached else None
        yield TableProblem(f"Zeus-{gpu}-{dataset}", rows, [False, False, True][: 2 + (len(optimizers) > 1)])


def load(folder):
    """All tables of the folder by name; none where the files are not there."""
    return {problem.name: problem for problem in [*_ecnas(folder), *_zeus(folder)]}
