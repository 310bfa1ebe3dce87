"""Runs ecopt-bench for one problem and seed and turns its JSON into the trials of results.py."""
import json
import subprocess


class BenchError(Exception):
    """ecopt-bench failed, or its values are not those of problems.py."""


def run(program, problem, seed, trials, data, sampler="mobo"):
    """The JSON object of one problem with one seed."""
    command = [program, "quality", "--problem", problem, "--seeds", "1", "--first-seed", str(seed)]
    command += ["--trials", str(trials), "--sampler", sampler, "--data", data, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"'{' '.join(command)}' failed: {done.stderr.strip()}")
    return json.loads(done.stdout)["runs"][0]


def rows(document):
    """Trials in the order they were told; the cost of the initial points is not a suggestion's."""
    trials = document["seeds"][0]["trials"]
    found = []
    for n, trial in enumerate(trials, 1):
        row = {key: trial[key] for key in ("x", "y", "y_true", "c")}
        row["is_failed"] = trial.get("is_failed", False)
        if row["is_failed"]:
            row["y"] = row["y_true"] = []
        cost = None if n <= document["init"] else trial["ask_cpu_ms"] / 1e3
        found.append({"kind": "trial", "n": n, **row, "suggest_cpu_s": cost})
    return found


def _spread(problem, x, key, k):
    """How far rounding moves a value: the widest change when x moves by parts of 1e-15.

    Euler steps of an hour make Penicillin's glucose jump about 0 at some points, where the last
    bit of x decides the second digit of the yield: there nothing can be compared.
    """
    values = [problem.evaluate([v * (1 + i * 3e-16) for v in x], 0, 0)[key][k] for i in range(-8, 9)]
    return max(values) - min(values)


def check(problem, seed, trials):
    """Both evaluate alike: values, noise and constraints of every trial, to 1e-9 (a Problem)."""
    for n, trial in enumerate(trials, 1):
        mine = problem.evaluate(trial["x"], seed, n)
        if mine.get("is_failed", False) != trial["is_failed"]:
            raise BenchError(f"{problem.name}, seed {seed}, trial {n}: failed in one of the two")
        for key in ("y", "y_true", "c"):
            for k, (a, b) in enumerate(zip(trial[key], mine[key], strict=True)):
                if abs(a - b) <= 1e-9 * (1 + abs(b)):
                    continue
                if problem.table or abs(a - b) > 2 * _spread(problem, trial["x"], "c" if key == "c" else "y_true", k):
                    raise BenchError(f"{problem.name}, seed {seed}, trial {n}: {key} is {a}, here {b}")


def header(document, problem, seed, session):
    return {
        "problem": problem, "method": f"ecopt-{document['sampler']}", "seed": seed, "session": session,
        "d": document["d"], "m": document["m"], "n_init": document["init"],
        "reference": document["reference"], "largest": document["largest_hypervolume"], "versions": {},
    }


def costs(trials, n_init):
    """Mean cost of the suggestions in a window of 5 that ends at each n, by n."""
    found = {}
    for n in range(n_init + 1, len(trials) + 1):
        window = trials[max(n_init, n - 5) : n]
        found[str(n)] = sum(t["suggest_cpu_s"] for t in window) / len(window)
    return found
