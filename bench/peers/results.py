"""Files of results: one run of one method on one problem from one seed, as JSON lines.

  {"kind": "run", "problem", "method", "seed", "d", "m", "n_init", "reference",
   "largest" (hypervolume there is, or null), "versions", ...}
  {"kind": "trial", "n": 1, "x", "y", "y_true", "c", "is_failed", "suggest_cpu_s"}      (many)
  {"kind": "end", "peak_rss_b", "ours_cpu_s"}

A file without its end is a run that was stopped: it counts as far as it goes, and `run` either
goes on with it or starts it again.  `suggest_cpu_s` is null at the initial points.  `ours_cpu_s`
has, at each n, what ECOpt's suggestion cost beside this run.
"""
import json
import math
import os


class ResultError(Exception):
    """A file that is not as described; the text names the file and the line."""


def _numbers(value, n):
    return (
        isinstance(value, list)
        and (n is None or len(value) == n)
        and all(isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in value)
    )


def _cost(value):
    return value is None or (isinstance(value, (int, float)) and math.isfinite(value) and value >= 0)


class Run:
    """One run: header, trials in order, end (None when it was stopped)."""

    def __init__(self, header, path):
        self.header, self.path, self.trials, self.end = header, path, [], None

    @property
    def key(self):
        return self.header["problem"], self.header["method"], self.header["seed"]

    def points(self, n):
        """True objectives of the feasible ones of the first n trials."""
        return [
            t["y_true"]
            for t in self.trials[:n]
            if not t.get("is_failed") and all(v >= 0 for v in t["c"])
        ]

    def cpu_s(self, n, window=5):
        """Mean cost of the suggestions that end at the n-th trial, None when there is none."""
        costs = [t["suggest_cpu_s"] for t in self.trials[max(0, n - window) : n]]
        costs = [c for c in costs if c is not None]
        return sum(costs) / len(costs) if costs else None


def _check_header(row, complain):
    for key, kind in (("problem", str), ("method", str), ("seed", int), ("d", int), ("m", int), ("n_init", int)):
        if not isinstance(row.get(key), kind):
            complain(f"the run has no '{key}'")
    if not _cost(row.get("largest")):
        complain("'largest' is neither null nor a number >= 0")
    if not _numbers(row.get("reference"), row["m"]):
        complain(f"'reference' is not {row['m']} numbers")


def _check_trial(row, run, complain):
    if row.get("n") != len(run.trials) + 1:
        complain(f"trial {row.get('n')} follows trial {len(run.trials)}")
    if not _numbers(row.get("x"), run.header["d"]):
        complain(f"'x' is not {run.header['d']} numbers")
    if not row.get("is_failed"):
        for key in ("y", "y_true"):
            if not _numbers(row.get(key), run.header["m"]):
                complain(f"'{key}' is not {run.header['m']} numbers")
    if not _numbers(row.get("c"), None):
        complain("'c' is not a list of numbers")
    if not _cost(row.get("suggest_cpu_s")):
        complain("'suggest_cpu_s' is neither null nor a number >= 0")


def _line(text, run, path, complain):
    try:
        row = json.loads(text)
    except ValueError:
        complain("not JSON")
    kind = row.get("kind") if isinstance(row, dict) else None
    if run is None:
        if kind != "run":
            complain("the first line is not a 'run'")
        _check_header(row, complain)
        return Run(row, path)
    if run.end is not None:
        complain("something follows the end")
    if kind == "trial":
        _check_trial(row, run, complain)
        run.trials.append(row)
    elif kind == "end":
        if not _cost(row.get("peak_rss_b")):
            complain("'peak_rss_b' is neither null nor a number >= 0")
        run.end = row
    else:
        complain(f"a line of kind '{kind}'")
    return run


def read(path):
    """Reads and checks one file; ResultError says what is wrong and where."""
    run = None
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    # A last line without its end of line was cut off while it was written.
    for number, text in enumerate(lines[:-1], 1):

        def complain(what, number=number):
            raise ResultError(f"{path}:{number}: {what}")

        run = _line(text, run, path, complain)
    if run is None:
        raise ResultError(f"{path}:1: empty")
    return run


def read_all(folders):
    """All runs below the folders, in order of their names; the same run twice is an error."""
    runs = {}
    for folder in folders:
        if not os.path.isdir(folder):
            raise ResultError(f"{folder}: no such folder")
        for base, dirs, names in os.walk(folder):
            dirs.sort()
            for name in sorted(names):
                if name.endswith(".jsonl"):
                    run = read(os.path.join(base, name))
                    if run.key in runs:
                        raise ResultError(f"{run.path}: the same run as {runs[run.key].path}")
                    runs[run.key] = run
    return list(runs.values())


def path_of(folder, problem, method, seed):
    return os.path.join(folder, problem, f"{method}-{seed}.jsonl")


class Writer:
    """Writes a run line by line, each flushed, so that a stopped run can be gone on with."""

    def __init__(self, path, header, kept=()):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.file = open(path, "w", encoding="utf-8")
        self._put({"kind": "run", **header})
        for trial in kept:
            self._put(trial)

    def _put(self, row):
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()

    def trial(self, n, row, suggest_cpu_s):
        self._put({"kind": "trial", "n": n, **row, "suggest_cpu_s": suggest_cpu_s})

    def end(self, row):
        self._put({"kind": "end", **row})
        self.file.close()
